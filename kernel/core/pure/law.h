/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * G.711: A-law, mu-law, and the way between them.
 *
 * Octets are as on the line, bit 7 (sign, 1 = positive) first: A-law with its even
 * bits inverted (G.711 table 1, note: so positive zero is 0xd5 and negative zero
 * 0x55), mu-law with all magnitude bits inverted (positive zero 0xff, negative
 * zero 0x7f).
 *
 * Direct conversion is by G.711 tables 3 and 4, not by way of a linear value, so
 * A -> mu -> A gives what G.711 3.4 promises. It is not a bijection: a clear
 * (transparent) bearer must never be converted.
 *
 * Linear values are 16-bit: G.711's 13-bit A-law value times 8 and 14-bit mu-law
 * value times 4, the usual alignment of the two laws' overload points.
 *
 * enum tdm_law is opentdm.h's. Constant tables; no state; any context; O(1) an octet.
 */
#ifndef TDM_PURE_LAW_H
#define TDM_PURE_LAW_H

#include "pure.h"

/* What an idle slot sends: positive zero of its law. */
#define TDM_IDLE_ALAW	0xd5u
#define TDM_IDLE_ULAW	0xffu

extern const u8 tdm_law_alaw_to_ulaw[256];	/* G.711 table 4 */
extern const u8 tdm_law_ulaw_to_alaw[256];	/* G.711 table 3 */

static inline u8 tdm_law_idle(enum tdm_law law)
{
	return law == TDM_LAW_ALAW ? TDM_IDLE_ALAW : TDM_IDLE_ULAW;
}

/**
 * tdm_law_convert() - octets of one law into the other
 * @out:	may be @in
 *
 * Copies if the laws are the same.
 */
void tdm_law_convert(u8 *out, enum tdm_law to, const u8 *in, enum tdm_law from, u32 len);

/** tdm_law_alaw_decode() - linear value of an A-law octet, a multiple of 8 */
s16 tdm_law_alaw_decode(u8 octet);

/** tdm_law_ulaw_decode() - linear value of a mu-law octet, a multiple of 4 */
s16 tdm_law_ulaw_decode(u8 octet);

/** tdm_law_alaw_encode() - A-law octet by G.711's decision values */
u8 tdm_law_alaw_encode(s16 linear);

/** tdm_law_ulaw_encode() - mu-law octet by G.711's decision values */
u8 tdm_law_ulaw_encode(s16 linear);

#endif /* TDM_PURE_LAW_H */

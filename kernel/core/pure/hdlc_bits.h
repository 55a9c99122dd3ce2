/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line as words of bits in its own order, the first one at bit 0, up to eight octets at a time;
 * private to hdlc_*.c.
 */
#ifndef TDM_PURE_HDLC_BITS_H
#define TDM_PURE_HDLC_BITS_H

#include "pure.h"

#define TDM_HDLC_WORD		8u	/* octets */

/* FCS-16 over a frame and its own FCS (Q.921 2.7: 0001110100001111, reflected). */
#define TDM_HDLC_FCS_INIT	0xffffu
#define TDM_HDLC_FCS_GOOD	0xf0b8u

/*
 * tdm_hdlc_fcs() - the FCS register after @n more octets
 *
 * O(@n), about two instructions an octet of a long frame.
 */
u16 tdm_hdlc_fcs(u16 fcs, const u8 *octets, u32 n);

/* The lowest @n bits, 0 to 64. */
static inline u64 tdm_hdlc_low(u32 n)
{
	return n < 64 ? (1ULL << n) - 1 : U64_MAX;
}

/* @n octets, at most eight, the first one lowest. */
static inline u64 tdm_hdlc_load(const u8 *from, u32 n)
{
	u64 word = 0;

	if (likely(n == TDM_HDLC_WORD)) {
		__le64 le;

		memcpy(&le, from, sizeof(le));
		return le64_to_cpu(le);
	}
	while (n--)
		word = word << 8 | from[n];
	return word;
}

static inline void tdm_hdlc_store(u8 *to, u64 word, u32 n)
{
	if (likely(n == TDM_HDLC_WORD)) {
		__le64 le = cpu_to_le64(word);

		memcpy(to, &le, sizeof(le));
		return;
	}
	for (; n--; word >>= 8)
		*to++ = (u8)word;
}

/* The bits of each octet in reverse: a slot's octet begins with its highest one. */
static inline u64 tdm_hdlc_mirror(u64 word)
{
	word = (word >> 1 & 0x5555555555555555ULL) + (word & 0x5555555555555555ULL) * 2;
	word = (word >> 2 & 0x3333333333333333ULL) + (word & 0x3333333333333333ULL) * 4;
	return (word >> 4 & 0x0f0f0f0f0f0f0f0fULL) | (word & 0x0f0f0f0f0f0f0f0fULL) << 4;
}

/* 56 kbit/s: the lower seven bits of each octet, without gaps. */
static inline u64 tdm_hdlc_from_56k(u64 word)
{
	word = (word & 0x007f007f007f007fULL) | (word & 0x7f007f007f007f00ULL) >> 1;
	word = (word & 0x00003fff00003fffULL) | (word & 0x3fff00003fff0000ULL) >> 2;
	return (word & 0x0fffffffULL) | (word & 0x0fffffff00000000ULL) >> 4;
}

/* The reverse; the highest bit of each octet is 0. */
static inline u64 tdm_hdlc_to_56k(u64 bits)
{
	bits = (bits & 0x0fffffffULL) | (bits & 0x00fffffff0000000ULL) << 4;
	bits = (bits & 0x00003fff00003fffULL) | (bits & 0x0fffc0000fffc000ULL) << 2;
	return (bits & 0x007f007f007f007fULL) | (bits & 0x3f803f803f803f80ULL) << 1;
}

#endif /* TDM_PURE_HDLC_BITS_H */

// SPDX-License-Identifier: GPL-2.0-only
/* G.711: see law.h; the tables between the laws are in law_table.c. */
#include "law.h"

#define ALAW_INVERT	0x55u	/* even bits, counted from G.711's bit 1, our bit 7 */
#define SIGN		0x80u	/* 1 = positive */
#define ULAW_BIAS	132	/* 33 in units of 14 bits */
#define ULAW_CLIP	(32767 - ULAW_BIAS)

void tdm_law_convert(u8 *out, enum tdm_law to, const u8 *in, enum tdm_law from, u32 len)
{
	const u8 *table = to == TDM_LAW_ALAW ? tdm_law_ulaw_to_alaw : tdm_law_alaw_to_ulaw;
	u32 i;

	if (to == from) {
		memmove(out, in, len);
		return;
	}
	for (i = 0; i < len; i++)
		out[i] = table[in[i]];
}

s16 tdm_law_alaw_decode(u8 octet)
{
	u32 v = octet ^ ALAW_INVERT, segment = v >> 4 & 7, step = v & 0xf;
	s32 value = (s32)(segment ? (2 * step + 33) << (segment - 1) : 2 * step + 1) * 8;

	return (s16)(octet & SIGN ? value : -value);
}

s16 tdm_law_ulaw_decode(u8 octet)
{
	u32 v = ~(u32)octet, segment = v >> 4 & 7, step = v & 0xf;
	s32 value = (s32)((2 * step + 33) << segment) * 4 - ULAW_BIAS;

	return (s16)(octet & SIGN ? value : -value);
}

/* How often @v must be halved to be at most @limit; v < 32768, limit >= 255: at most 7. */
static u32 halvings(u32 v, u32 limit)
{
	u32 n = 0;

	while (v > limit) {
		v >>= 1;
		n++;
	}
	return n;
}

u8 tdm_law_alaw_encode(s16 linear)
{
	/* The interval below zero ends at -1: ~x puts -1 into the first. */
	u32 value = (u32)(linear >= 0 ? linear : ~linear);
	u32 segment = halvings(value, 255), code;

	/* Segment 0 and 1 have the same steps, of 16; the others double. */
	if (segment)
		code = segment << 4 | ((value >> (segment + 3)) & 0xf);
	else
		code = value >> 4;
	return (u8)((linear >= 0 ? SIGN : 0) | code) ^ ALAW_INVERT;
}

u8 tdm_law_ulaw_encode(s16 linear)
{
	u32 value = (u32)min_t(s32, linear >= 0 ? linear : -(s32)linear, ULAW_CLIP) + ULAW_BIAS;
	u32 segment = halvings(value, 255);

	return (u8)~((linear >= 0 ? 0 : SIGN) | segment << 4 | ((value >> (segment + 3)) & 0xf));
}

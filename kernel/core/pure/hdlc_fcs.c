// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FCS of 16 bits (Q.921 2.7), eight octets at a time.
 *
 * Squaring a polynomial over GF(2) squares each of its terms, so of the FCS's
 * P = x^16 + x^12 + x^5 + 1 the eighth power is x^128 + x^96 + x^40 + 1, still of four terms. A
 * remainder of two words by P^8 moves on by one word with a few shifts; its own remainder by P,
 * which is the FCS, is taken at the end.
 *
 * Bit 0 is first on the line and so the highest power: x^40 times a word is, in the word's own
 * place, the word >> 40, and in the one before it the word << 24.
 */
#include "hdlc_bits.h"

#define FEW	32u	/* octets for which the two words would not pay */

static u16 by_octet(u16 fcs, const u8 *octets, u32 n)
{
	while (n--)
		fcs = crc_ccitt_byte(fcs, *octets++);
	return fcs;
}

u16 tdm_hdlc_fcs(u16 fcs, const u8 *octets, u32 n)
{
	u8 rest[2 * TDM_HDLC_WORD];
	u64 first, second;

	if (n < FEW)
		return by_octet(fcs, octets, n);
	/* What the register holds is the same as those bits inverted in what follows. */
	first = tdm_hdlc_load(octets, TDM_HDLC_WORD) ^ fcs;
	second = tdm_hdlc_load(octets + TDM_HDLC_WORD, TDM_HDLC_WORD);
	octets += sizeof(rest);
	n -= sizeof(rest);
	for (; n >= TDM_HDLC_WORD; n -= TDM_HDLC_WORD) {
		/* x^128 is x^96 + x^40 + 1; what of x^96 is past x^128 again goes the same way. */
		u64 over = first ^ first << 32;

		first = second ^ over >> 32 ^ over << 24;
		second = tdm_hdlc_load(octets, TDM_HDLC_WORD) ^ over >> 40 ^ over;
		octets += TDM_HDLC_WORD;
	}
	tdm_hdlc_store(rest, first, TDM_HDLC_WORD);
	tdm_hdlc_store(rest + TDM_HDLC_WORD, second, TDM_HDLC_WORD);
	return by_octet(by_octet(0, rest, sizeof(rest)), octets, n);
}

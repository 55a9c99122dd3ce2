// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channel associated signalling, as bits of the line.
 *
 * E1 (G.704 5.1.3.2): slot 16 of frames 1..15 of a multiframe of 16 has the ABCD of slot n in its high
 * and of slot n + 16 in its low half; that of frame 0 is 0000 x y x x. XSn holds just these octets.
 *
 * T1 (T1.403, robbed bits): the last bit of each slot in frames 6, 12, 18 and 24 is A, B, C, D; with
 * F12 there are only A and B. XS1..12 hold two channels' ABCD each with F24; with F12 XS1..6 hold four channels' AB
 * each for one multiframe and XS7..12 for the next.
 */
#include "framer.h"

#define XSP_CASEN	BIT(6)	/* E1 */
#define FMR5_EIBR	BIT(6)	/* T1 */
#define CAS_WORD	0x0b	/* frame 0 of E1: no alarm, spare bits 1 */
#define CAS_ALARM	0x04	/* y */
#define CHANNELS	24u

static bool clear_channel(const struct framer *f, unsigned int chan)
{
	return f->reg[FR_CCB1 + (chan - 1) / 8] & (0x80 >> ((chan - 1) % 8));
}

static bool esf(const struct framer *f)
{
	return (f->reg[FR_XSW] & 3) == 2;
}

/* Bit of channel @chan for the robbed frame @n (0: A). */
static bool robbed_bit(const struct framer *f, unsigned int chan, unsigned int n)
{
	unsigned int c = chan - 1;

	if (esf(f))
		return f->reg[FR_XS1 + c / 2] >> (c % 2 ? 0 : 4) & (8 >> n);
	return f->reg[FR_XS1 + c / 4 + (n < 2 ? 0 : 6)] >> (6 - 2 * (c % 4)) & (2 >> (n & 1));
}

static void insert_robbed(const struct framer *f, struct line_ms *ms)
{
	unsigned int k, chan, frame;

	for (k = 0; k < LINE_FRAMES; k++) {
		frame = (ms->frame + k) % 24;
		if (frame % 6 != 5)
			continue;
		for (chan = 1; chan <= CHANNELS; chan++) {
			u8 *octet = &ms->slots[chan][k];

			if (!clear_channel(f, chan))
				*octet = (u8)((*octet & 0xfe) | robbed_bit(f, chan, frame / 6));
		}
	}
}

void cas_insert(const struct framer *f, struct line_ms *ms)
{
	unsigned int k;

	if (framer_is_t1(f)) {
		if (f->reg[FR_XSP] & FMR5_EIBR)
			insert_robbed(f, ms);
		return;
	}
	if (!(f->reg[FR_XSP] & XSP_CASEN))
		return;
	for (k = 0; k < LINE_FRAMES; k++) {
		unsigned int frame = (ms->frame + k) % 16;

		ms->slots[16][k] = frame ? f->reg[FR_XS1 + frame] : CAS_WORD;
	}
}

int cas_disturb(struct framer *f, unsigned int slot, u8 abcd, u32 ms)
{
	bool t1 = framer_is_t1(f);

	if (!slot || slot > (t1 ? CHANNELS : 31) || (!t1 && slot == 16) || abcd > 15)
		return -EINVAL;
	f->cas_slot = (u8)slot;
	f->cas_abcd = abcd;
	f->cas_ms = ms;
	return 0;
}

static void disturb(const struct framer *f, u8 *rs)
{
	unsigned int c = f->cas_slot - 1u, reg, shift;
	u8 mask = 15, bits = f->cas_abcd;

	if (!framer_is_t1(f)) {
		reg = f->cas_slot % 16;
		shift = f->cas_slot < 16 ? 4 : 0;
	} else if (esf(f)) {
		reg = c / 2;
		shift = c % 2 ? 0 : 4;
	} else {
		reg = c / 4;
		shift = 6 - 2 * (c % 4);
		mask = 3;
		bits >>= 2;
	}
	rs[reg] = (u8)((rs[reg] & ~(mask << shift)) | bits << shift);
}

static void publish(struct framer *f, const u8 *received)
{
	u8 rs[16];

	memcpy(rs, received, sizeof(rs));
	if (f->cas_ms)
		disturb(f, rs);
	if (!memcmp(f->rs, rs, sizeof(f->rs)))
		return;
	memcpy(f->rs, rs, sizeof(f->rs));
	framer_cause(f, ISR0_CASC);
}

static void publish_robbed(struct framer *f)
{
	u8 rs[16] = { 0 };
	unsigned int c;

	for (c = 0; c < CHANNELS; c++) {
		if (esf(f))
			rs[c / 2] |= (u8)(f->cas_in[c] << (c % 2 ? 0 : 4));
		else
			rs[c / 4] |= (u8)(f->cas_in[c] >> 2 << (6 - 2 * (c % 4)));
	}
	publish(f, rs);
}

static void extract_robbed(struct framer *f, const struct line_ms *ms)
{
	unsigned int last = esf(f) ? 23 : 11;
	unsigned int k, c;

	for (k = 0; k < LINE_FRAMES; k++) {
		unsigned int frame = (ms->frame + k) % (last + 1);

		if (frame % 6 != 5)
			continue;
		if (frame == 5)
			memset(f->cas_in, 0, sizeof(f->cas_in));
		for (c = 0; c < CHANNELS; c++)
			if (ms->slots[c + 1][k] & 1)
				f->cas_in[c] |= (u8)(8 >> frame / 6);
		/* The first multiframe may have begun before we saw it. */
		if (frame == 5)
			f->cas_valid = true;
		if (frame == last && f->cas_valid)
			publish_robbed(f);
	}
}

static void status16(struct framer *f, u8 now)
{
	u8 came = now & (u8)~f->frs1;

	if (came & FRS1_TS16LFA)
		framer_cause(f, ISR3_LMFA16);
	if (came & FRS1_TS16AIS)
		framer_cause(f, ISR3_AIS16);
	if (came & FRS1_TS16RA)
		framer_cause(f, ISR3_RA16);
	f->frs1 = now;
}

/* A multiframe of slot 16 (G.732 5.2): two words in a row without 0000 are a loss, one with it is the end of it. */
static void multiframe16(struct framer *f)
{
	unsigned int i, ones = 0;
	u8 now = 0;

	for (i = 0; i < 16; i++)
		ones += f->cas_row[i] == 0xff;
	f->cas_wrong = f->cas_row[0] & 0xf0 ? (u8)min_t(u32, f->cas_wrong + 1u, 2) : 0;
	if (f->cas_wrong == 2)
		now = FRS1_TS16LFA | (ones == 16 ? FRS1_TS16AIS : 0);
	else if (!f->cas_wrong && f->cas_row[0] & CAS_ALARM)
		now = FRS1_TS16RA;
	status16(f, now);
	if (!f->cas_wrong)
		publish(f, f->cas_row);
}

void cas_extract(struct framer *f, const struct line_ms *ms)
{
	unsigned int k;

	if (f->cas_ms)
		f->cas_ms--;
	if (framer_is_t1(f)) {
		extract_robbed(f, ms);
		return;
	}
	if (!(f->reg[FR_XSP] & XSP_CASEN)) {
		f->frs1 = 0;
		return;
	}
	for (k = 0; k < LINE_FRAMES; k++) {
		unsigned int frame = (ms->frame + k) % 16;

		f->cas_row[frame] = ms->slots[16][k];
		if (!frame)
			f->cas_valid = true;
		if (frame == 15 && f->cas_valid)
			multiframe16(f);
	}
}

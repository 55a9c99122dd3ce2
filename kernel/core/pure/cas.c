// SPDX-License-Identifier: GPL-2.0-only
/* Where ABCD lies in the octets: see cas.h. */
#include "cas.h"

#define MFAS_MASK	0xf0u	/* 0000 in bits 7..4 of frame 0 */
#define MFAS_SPARE	0x0bu	/* x bits, unused: 1 (G.704 5.1.3.2.2, note) */
#define MFAS_ALARM	0x04u	/* y */
#define MFAS_BAD_MAX	2u	/* G.732 5.2: wrong ones in succession that lose it */
#define ZEROS_MAX	(2 * TDM_CAS_MF_FRAMES)
#define ROBBED_FIRST	5u	/* frame 6, numbered from 0 ... */
#define ROBBED_EVERY	6u	/* ... and each sixth after it */

#define BIT_A		0x8u
#define BIT_B		0x4u
#define BIT_C		0x2u
#define BIT_D		0x1u

u8 tdm_cas_e1_octet(unsigned int frame, const u8 abcd[TDM_SLOTS_MAX], bool alarm)
{
	u8 high;

	if (!frame)
		return (u8)(MFAS_SPARE | (alarm ? MFAS_ALARM : 0));
	high = abcd[frame] & 0xf;
	if (!high)
		high = BIT_D;
	return (u8)(high << 4 | (abcd[frame + 16] & 0xf));
}

void tdm_cas_e1_pack(u8 ts16[TDM_CAS_MF_FRAMES], const u8 abcd[TDM_SLOTS_MAX], bool alarm)
{
	unsigned int i;

	for (i = 0; i < TDM_CAS_MF_FRAMES; i++)
		ts16[i] = tdm_cas_e1_octet(i, abcd, alarm);
}

void tdm_cas_e1_tx_row(struct tdm_cas_e1_tx *tx, u8 row[TDM_BLOCK_FRAMES],
		       const u8 abcd[TDM_SLOTS_MAX], bool alarm)
{
	unsigned int i;

	for (i = 0; i < TDM_BLOCK_FRAMES; i++) {
		row[i] = tdm_cas_e1_octet(tx->frame, abcd, alarm);
		tx->frame = (tx->frame + 1) % TDM_CAS_MF_FRAMES;
	}
}

/* Not aligned: a right alignment signal after something that is not all 0. */
static bool e1_find(struct tdm_cas_e1_rx *rx, u8 octet)
{
	bool found = !(octet & MFAS_MASK) && rx->last;

	rx->last = octet;
	if (!found)
		return false;
	rx->aligned = true;
	rx->alarm = octet & MFAS_ALARM;
	rx->frame = 1;
	rx->bad = 0;
	return true;
}

static void e1_lose(struct tdm_cas_e1_rx *rx, u8 octet)
{
	rx->aligned = false;
	rx->alarm = false;
	rx->last = octet;
}

/* Aligned, frame 0 of a multiframe. Returns true if the state has changed. */
static bool e1_alignment(struct tdm_cas_e1_rx *rx, u8 octet)
{
	bool alarm = octet & MFAS_ALARM;

	if (octet & MFAS_MASK) {
		if (++rx->bad < MFAS_BAD_MAX)
			return false;
		e1_lose(rx, octet);
		return true;
	}
	rx->bad = 0;
	if (alarm == rx->alarm)
		return false;
	rx->alarm = alarm;
	return true;
}

static void e1_store(struct tdm_cas_e1_rx *rx, unsigned int slot, u8 bits, unsigned int i,
		     u32 *changed, u8 *at)
{
	if (rx->abcd[slot] == bits)
		return;
	rx->abcd[slot] = bits;
	*changed |= BIT(slot);
	if (at)
		at[slot] = (u8)i;
}

bool tdm_cas_e1_rx_row(struct tdm_cas_e1_rx *rx, const u8 row[TDM_BLOCK_FRAMES], u32 *changed,
		       u8 at[TDM_SLOTS_MAX])
{
	bool state = false;
	unsigned int i;

	*changed = 0;
	for (i = 0; i < TDM_BLOCK_FRAMES; i++) {
		u8 octet = row[i], frame = rx->frame;

		rx->zeros = octet ? 0 : (u8)min_t(u32, rx->zeros + 1u, ZEROS_MAX);
		if (!rx->aligned) {
			state |= e1_find(rx, octet);
			continue;
		}
		rx->frame = (frame + 1) % TDM_CAS_MF_FRAMES;
		if (rx->zeros >= ZEROS_MAX) {
			e1_lose(rx, octet);
			state = true;
		} else if (!frame) {
			state |= e1_alignment(rx, octet);
		} else if (!rx->bad) {
			/* After a wrong alignment signal nothing is believed for a multiframe. */
			e1_store(rx, frame, octet >> 4, i, changed, at);
			e1_store(rx, frame + 16, octet & 0xf, i, changed, at);
		}
	}
	return state;
}

u8 tdm_cas_t1_signalling(const struct tdm_cas_t1 *t, unsigned int from, unsigned int *at)
{
	static const u8 esf[] = { BIT_A, BIT_B, BIT_C, BIT_D };
	static const u8 d4[] = { BIT_A | BIT_C, BIT_B | BIT_D };
	unsigned int i, frame = t->frame + from;

	for (i = from; i < TDM_BLOCK_FRAMES; i++, frame++) {
		if (frame >= t->frames)
			frame -= t->frames;
		if (frame % ROBBED_EVERY != ROBBED_FIRST)
			continue;
		*at = i;
		return t->frames == TDM_CAS_ESF_FRAMES ? esf[frame / ROBBED_EVERY] :
							 d4[frame / ROBBED_EVERY];
	}
	return 0;
}

void tdm_cas_t1_advance(struct tdm_cas_t1 *t, u32 frames)
{
	t->frame = (u8)((t->frame + frames % t->frames) % t->frames);
}

void tdm_cas_t1_insert(const struct tdm_cas_t1 *t, u8 row[TDM_BLOCK_FRAMES], u8 abcd)
{
	unsigned int at = 0, from = 0;
	u8 mask;

	/* D4 sends the upper one of each pair: A and B. */
	while ((mask = tdm_cas_t1_signalling(t, from, &at)) != 0) {
		u8 top = mask & (BIT_A | BIT_B) ? mask & (BIT_A | BIT_B) : mask;

		row[at] = (u8)((row[at] & ~1u) | (abcd & top ? 1 : 0));
		from = at + 1;
	}
}

int tdm_cas_t1_extract(const struct tdm_cas_t1 *t, const u8 row[TDM_BLOCK_FRAMES], u8 *abcd)
{
	unsigned int at = 0, from = 0;
	int changed = -1;
	u8 mask;

	while ((mask = tdm_cas_t1_signalling(t, from, &at)) != 0) {
		u8 bits = (u8)((*abcd & ~mask) | (row[at] & 1 ? mask : 0));

		if (bits != *abcd)
			changed = (int)at;
		*abcd = bits;
		from = at + 1;
	}
	return changed;
}

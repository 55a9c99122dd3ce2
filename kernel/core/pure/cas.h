/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Channel-associated signalling: where ABCD lies in the octets.
 *
 * E1, slot 16 of a multiframe of 16 frames (G.704 5.1.3.2.2):
 *
 *   frame 0:  0 0 0 0 x y x x      multiframe alignment, y = 1: alarm (spare x = 1)
 *   frame n:  a b c d   a b c d    n = 1..15: slot n in bits 7..4, slot n + 16 in 3..0
 *
 * abcd = 0000 must not be sent for slots 1-15: it would look like the alignment
 * signal. It is sent as 0001 (that rule is applied here).
 *
 * T1, robbed bits: bit 0 of every slot's octet in frames 6 and 12 of a D4
 * superframe (A, B) or 6, 12, 18 and 24 of an ESF superframe (A, B, C, D)
 * (T1.403 9.2, G.704 3.1.3.3). Frames are numbered from 0 here: 5, 11, 17, 23.
 *
 * ABCD is a nibble with A at bit 3. D4 gives A and B; C and D repeat them, as is
 * usual where four bits meet two, so 0xa stands for A=1 B=0.
 *
 * The caller serialises calls on one object; any context; O(slots).
 */
#ifndef TDM_PURE_CAS_H
#define TDM_PURE_CAS_H

#include "pure.h"

#define TDM_CAS_MF_FRAMES	16u
#define TDM_CAS_D4_FRAMES	12u
#define TDM_CAS_ESF_FRAMES	24u

/* Bits for a slot about which nothing is known. */
#define TDM_CAS_E1_IDLE		0x9u	/* Q.421: af=1 bf=0 idle, cd=01: 1001 */
#define TDM_CAS_E1_BLOCKED	0xdu	/* Q.421: bb=1 blocked: 1101 */
#define TDM_CAS_T1_IDLE		0x0u	/* E&M: A=0 on hook */

/**
 * tdm_cas_e1_pack() - the sixteen octets of slot 16 of one multiframe
 * @ts16:	out, frame 0 first
 * @abcd:	indexed by slot; [0] and [16] are ignored
 * @alarm:	the y bit: tell the far end that its multiframe is lost
 */
void tdm_cas_e1_pack(u8 ts16[TDM_CAS_MF_FRAMES], const u8 abcd[TDM_SLOTS_MAX], bool alarm);

/** tdm_cas_e1_octet() - slot 16 of one frame (0..15) of the multiframe */
u8 tdm_cas_e1_octet(unsigned int frame, const u8 abcd[TDM_SLOTS_MAX], bool alarm);

/** struct tdm_cas_e1_tx - where the next row lies in the multiframe; zero to start */
struct tdm_cas_e1_tx {
	u8 frame;
};

/** tdm_cas_e1_tx_row() - slot 16 of the next 8 frames */
void tdm_cas_e1_tx_row(struct tdm_cas_e1_tx *tx, u8 row[TDM_BLOCK_FRAMES],
		       const u8 abcd[TDM_SLOTS_MAX], bool alarm);

/**
 * struct tdm_cas_e1_rx - receiver of slot 16; zero to start (not aligned, all ABCD 0)
 * @aligned:	multiframe alignment (G.732 5.2: lost after two wrong alignment
 *		signals in succession, or one or two multiframes of nothing but 0s
 *		(two here); found at a right one after a slot 16 that was not all 0)
 * @alarm:	y bit, valid while aligned
 * @abcd:	as last received, by slot; stands still while not aligned
 */
struct tdm_cas_e1_rx {
	u8 abcd[TDM_SLOTS_MAX];
	bool aligned;
	bool alarm;
	u8 frame;	/* next, 0..15 */
	u8 bad;		/* wrong alignment signals in succession */
	u8 last;	/* octet before, for finding */
	u8 zeros;	/* octets 0 in succession, saturating */
};

/**
 * tdm_cas_e1_rx_row() - take slot 16 of the next 8 frames
 * @changed:	out: bit n set: abcd[n] changed; then in at[n] (0..7) the frame of the row
 * @at:		may be NULL
 *
 * Return: true if @aligned or @alarm changed.
 */
bool tdm_cas_e1_rx_row(struct tdm_cas_e1_rx *rx, const u8 row[TDM_BLOCK_FRAMES], u32 *changed,
		       u8 at[TDM_SLOTS_MAX]);

/**
 * struct tdm_cas_t1 - one direction of a T1's robbed bits
 * @frames:	of the superframe: TDM_CAS_D4_FRAMES or TDM_CAS_ESF_FRAMES
 * @frame:	next row's first frame in the superframe, 0..frames-1
 *
 * Set both to start; the framer gives the phase on receive (tdm_cas_t1_advance()).
 */
struct tdm_cas_t1 {
	u8 frames;
	u8 frame;
};

/**
 * tdm_cas_t1_signalling() - which bit, if any, the robbed octet of this row carries
 * @t:		phase of the row
 * @at:		out: frame 0..7 of the row with the robbed bit
 *
 * A row holds at most two (D4: frames 6 and 12 are six apart). Call with @from 0,
 * then with *at + 1.
 * Return: mask of ABCD bits to move (D4: A with C, B with D); 0: none any more.
 */
u8 tdm_cas_t1_signalling(const struct tdm_cas_t1 *t, unsigned int from, unsigned int *at);

/** tdm_cas_t1_advance() - go on by a number of frames (a row: 8) */
void tdm_cas_t1_advance(struct tdm_cas_t1 *t, u32 frames);

/**
 * tdm_cas_t1_insert() - rob one slot's row of its bits for @abcd
 *
 * Does not advance the phase, so it serves every slot of the span.
 */
void tdm_cas_t1_insert(const struct tdm_cas_t1 *t, u8 row[TDM_BLOCK_FRAMES], u8 abcd);

/**
 * tdm_cas_t1_extract() - take the robbed bits out of one slot's row
 * @abcd:	in and out: bits that the row carries are replaced
 *
 * Does not advance the phase, nor change the row.
 * Return: frame 0..7 of the last change in @abcd; -1: no change.
 */
int tdm_cas_t1_extract(const struct tdm_cas_t1 *t, const u8 row[TDM_BLOCK_FRAMES], u8 *abcd);

#endif /* TDM_PURE_CAS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debouncing of CAS bits from a FIFO of {frame, bits}.
 *
 *   raw     0000|1101|0000|1101.................
 *                 <1 ms>     <-- persist -->
 *   stable  0000...........................|1101   change.frame = where 1101 began
 *
 * The input is the raw transitions in their order, each with the frame at which
 * it was on the line, so it does not matter how late they are fed: a state that
 * lasted at least the persistence time comes out, however short ago the next one
 * began, and one that lasted less never does.
 *
 * One object per slot, 24 octets. The caller serialises; any context; O(1).
 */
#ifndef TDM_PURE_DEBOUNCE_H
#define TDM_PURE_DEBOUNCE_H

#include "pure.h"

struct tdm_debounce {
	u64 since;	/* frame at which @cand began */
	u32 persist;	/* frames */
	u8 stable;	/* last state given out */
	u8 cand;	/* raw state; nothing is pending if it equals @stable */
};

/**
 * struct tdm_debounced - one debounced change
 * @frame:	at which the new state began on the line (pulse lengths are
 *		differences of these); it was certain @persist frames later
 * @bits:	new state
 * @old:	the state before
 */
struct tdm_debounced {
	u64 frame;
	u8 bits;
	u8 old;
};

/** tdm_debounce_init() - stable at @bits; @persist frames, 0: every change counts */
void tdm_debounce_init(struct tdm_debounce *d, u32 persist, u8 bits, u64 frame);

/**
 * tdm_debounce_push() - the raw bits are @bits from @frame on
 *
 * Return: true if the state before had lasted long enough, or (persist 0) the new
 * one counts at once: @out is written. At most one change per call.
 */
bool tdm_debounce_push(struct tdm_debounce *d, u64 frame, u8 bits, struct tdm_debounced *out);

/**
 * tdm_debounce_poll() - time is now @frame, no later transition is in the FIFO
 *
 * Return: true if the pending state has become stable: @out is written.
 */
bool tdm_debounce_poll(struct tdm_debounce *d, u64 frame, struct tdm_debounced *out);

/** tdm_debounce_next() - frame for tdm_debounce_poll(); TDM_FRAME_NEVER: nothing pending */
u64 tdm_debounce_next(const struct tdm_debounce *d);

#endif /* TDM_PURE_DEBOUNCE_H */

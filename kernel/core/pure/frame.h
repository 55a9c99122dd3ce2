/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic on frame numbers: 64-bit counters of line frames, and their low halves.
 *
 * Inline, no state, any context.
 */
#ifndef TDM_PURE_FRAME_H
#define TDM_PURE_FRAME_H

#include "pure.h"

/** tdm_frame_diff() - @a - @b as a signed number of frames; right within +-2^63 */
static inline s64 tdm_frame_diff(u64 a, u64 b)
{
	return (s64)(a - b);
}

/** tdm_frame_reached() - @now is at or after @frame; false for TDM_FRAME_NEVER */
static inline bool tdm_frame_reached(u64 now, u64 frame)
{
	return frame != TDM_FRAME_NEVER && tdm_frame_diff(now, frame) >= 0;
}

/** tdm_frame_first() - the earlier of two deadlines, either of which may be TDM_FRAME_NEVER */
static inline u64 tdm_frame_first(u64 a, u64 b)
{
	return a < b ? a : b;
}

/**
 * tdm_frame_extend() - the 64-bit number nearest to @near whose low half is @lo
 *
 * Right while the true number is within 2^31 frames (3 days) of @near.
 */
static inline u64 tdm_frame_extend(u64 near, u32 lo)
{
	return near + (u64)(s64)(s32)(lo - (u32)near);
}

/** tdm_frame_to_ms() - whole milliseconds; a shift, no division */
static inline u64 tdm_frame_to_ms(u64 frames)
{
	return frames >> 3;
}

/**
 * struct tdm_frame_gap - follows one direction's frame numbers
 * @next:	number expected next
 * @started:	false until the first call
 */
struct tdm_frame_gap {
	u64 next;
	bool started;
};

/**
 * tdm_frame_gap_check() - @count frames arrive, the first of them numbered @frame
 *
 * Return: frames missing before them; 0 on the first call; negative if the number
 * went back by so many (the expectation then stays: numbers never go back).
 */
static inline s64 tdm_frame_gap_check(struct tdm_frame_gap *g, u64 frame, u32 count)
{
	s64 gap = g->started ? tdm_frame_diff(frame, g->next) : 0;

	if (gap >= 0)
		g->next = frame + count;
	g->started = true;
	return gap;
}

#endif /* TDM_PURE_FRAME_H */

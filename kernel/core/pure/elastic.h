/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elastic buffer for a path between two clock domains (cards).
 *
 *   push, 8 frames, writer's clock            pull, 8 frames, reader's clock
 *   ------------>  [ . . . . | . . . . . . | . . . . ]  ------------>
 *                   0      low    start   high     depth
 *
 * Measured before each pull: above high one frame is deleted, below low one is
 * repeated: a controlled slip (G.810 4.3.19), of all slots together, so that N x 64
 * bearers keep their octets in one frame. The level must wander from one end of
 * low..high to the other before a slip of the other sign: that is the hysteresis. It
 * is at least 8 frames, since rows come by 8 and the level seen jumps by 8 when the
 * two clocks' ticks pass each other.
 *
 * A slip is made only after spread_pulls pulls in a row outside on the same side: a late
 * tick causes none, and the eight slips of such a jump are spread instead of being
 * bunched. If the level is so near the end that there is no time it is made at once.
 *
 * Frames that do not fit, or are not there at all, are no slips: overruns and
 * underruns are counted apart, in frames, and the buffer starts again.
 *
 * Rows are planar: [slot][8] octets. The caller serialises push and pull (both run
 * under tick locks of two cards: the caller's connection lock); any context; O(slots).
 */
#ifndef TDM_PURE_ELASTIC_H
#define TDM_PURE_ELASTIC_H

#include "pure.h"

/**
 * struct tdm_elastic_config - levels in frames
 * @slots:	rows, 1..32
 * @depth:	frames of memory for each, a power of two, 64..1024
 * @low:	repeat below; at least 16: one row to give, and one in reserve
 * @high:	delete above; at least low + 8, at most depth - 24
 * @start:	with how many it starts, low..high: the delay until the clocks have wandered
 * @spread_pulls: pulls in a row outside low..high before a slip; 0 means 1
 */
struct tdm_elastic_config {
	u32 slots;
	u32 depth;
	u32 low;
	u32 high;
	u32 start;
	u32 spread_pulls;
};

/*
 * Good for cards with 1 ms ticks: 2 to 3 ms, one whole tick of jitter to each side. A call starts with the
 * shortest delay, a line in the middle, where a slip is farthest.
 */
#define TDM_ELASTIC_DEPTH	64u
#define TDM_ELASTIC_LOW		16u
#define TDM_ELASTIC_HIGH	24u
#define TDM_ELASTIC_MIDDLE	20u
#define TDM_ELASTIC_SPREAD	125u

/**
 * struct tdm_elastic_stats - since init
 * @repeated:	slips that repeated one frame
 * @deleted:	slips that deleted one frame
 * @underruns:	frames given out as idle since there were none
 * @overruns:	frames thrown away since there was no room
 */
struct tdm_elastic_stats {
	u64 repeated;
	u64 deleted;
	u64 underruns;
	u64 overruns;
};

enum tdm_elastic_result {
	TDM_ELASTIC_OK,		/* eight frames as they were pushed */
	TDM_ELASTIC_REPEATED,	/* slip: the frame before, then seven new ones */
	TDM_ELASTIC_DELETED,	/* slip: the first waiting frame left out */
	TDM_ELASTIC_IDLE,	/* nothing to give (yet, or an underrun) */
};

struct tdm_elastic {
	u8 *mem;		/* caller's: [slot][depth] */
	struct tdm_elastic_config cfg;
	u64 wr;			/* frames pushed */
	u64 rd;			/* frames consumed */
	u32 outside;		/* pulls in a row beyond low or high, and on which side */
	bool above;
	bool running;		/* it has started: pulls consume */
	bool started;		/* has run once: idle rows count as underruns */
	struct tdm_elastic_stats stats;
};

/** tdm_elastic_size() - octets of memory that a configuration needs */
u32 tdm_elastic_size(const struct tdm_elastic_config *cfg);

/**
 * tdm_elastic_init() - empty
 * @mem:	tdm_elastic_size() octets, the caller's until it is done
 *
 * Return: 0; -EINVAL for levels that break the rules above.
 */
int tdm_elastic_init(struct tdm_elastic *e, const struct tdm_elastic_config *cfg, u8 *mem);

/**
 * tdm_elastic_push() - one row of 8 frames from the writer
 * @rows:	for each slot a pointer to 8 octets
 */
void tdm_elastic_push(struct tdm_elastic *e, const u8 *const *rows);

/**
 * tdm_elastic_pull() - one row of 8 frames for the reader
 * @rows:	for each slot a pointer to room for 8 octets, always written
 * @idle:	octet for frames that are not there
 *
 * Idle until the level has reached @start for the first time (or again, after an
 * underrun); it then starts with exactly that level.
 *
 * Return: what happened to the row.
 */
enum tdm_elastic_result tdm_elastic_pull(struct tdm_elastic *e, u8 *const *rows, u8 idle);

/** tdm_elastic_level() - frames in the buffer: the delay it adds at this moment */
u32 tdm_elastic_level(const struct tdm_elastic *e);

/** tdm_elastic_restart() - forget what is there and start again (a writer's gap) */
void tdm_elastic_restart(struct tdm_elastic *e);

#endif /* TDM_PURE_ELASTIC_H */

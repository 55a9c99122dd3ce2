/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operation that stands on the move adds to it; for daemon/call only.
 */
#ifndef TDMD_CALL_MOVE_PRIV_H
#define TDMD_CALL_MOVE_PRIV_H

#include "daemon/call/move.h"

/* Lives until done(). */
struct move_ext {
	/*
	 * A third channel that is held with dest and source; NULL: none. Neither of them. The
	 * caller's handle.
	 */
	struct channel *also;
	/*
	 * Beyond the move's own conditions: in the task of prepare and again in that of commit.
	 * Must only look. Not 0: refused with it. Optional.
	 */
	int (*check)(struct move_ext *ext, struct channel *dest, struct channel *source);
	/*
	 * The seats are swapped; the same task, dest, source and also held. May call "task"
	 * functions on also, and post. Optional.
	 */
	void (*committed)(struct move_ext *ext, struct channel *dest, struct channel *source);
};

/** channel_move_ext() - channel_move() with conditions; -EINVAL, too, for an also that is one. */
int channel_move_ext(struct channel *dest, struct channel *source, struct move_ext *ext,
		     void (*done)(void *arg, int err), void *arg);

#endif

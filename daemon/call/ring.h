/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring group: a channel that is being called (or that is up) rings several endpoints at once, and
 * talks to the one that answers first. With one endpoint it is the everyday call (connect.h).
 *
 *	- Each endpoint is a channel of its own (a branch). The first branch that answers wins, by
 *	  one compare-and-swap; all others are cleared with CAUSE_PICKED_UP (26), also one that
 *	  answers in the same moment. Then the caller is answered, and both are in a bridge that
 *	  dissolves when either ends. EVENT_CHANNEL_RING_WON of the winner (of a group only).
 *	- Endpoints that cannot be called are left out, as long as one is left.
 *	- When the last branch has ended without an answer, the caller is hung up with the cause of
 *	  that one; after timeout_ms, all with CAUSE_NO_ANSWER.
 *	- When the caller hangs up first, all branches get its cause. When somebody else becomes its
 *	  controller before an answer, they get CAUSE_NORMAL.
 *	- A branch may be picked up (pickup.h), which counts as its answer.
 */
#ifndef TDMD_CALL_RING_H
#define TDMD_CALL_RING_H

#include "daemon/call/channel.h"

#define RING_MAX 32

struct ring_params {
	const char *const *endpoints; /* "TECH/target" each */
	unsigned int count;	      /* 1..RING_MAX */
	/* target is filled from the endpoints; caller: empty number: the caller's own */
	struct leg_request request;
	/* one endpoint: join at PROGRESS when the far end has in-band information */
	bool early_media;
};

/**
 * channel_ring() - task of ch (state RING or UP). Takes over as its controller.
 *
 * Returns 0 when at least one is dialling; else nothing changed: -EINVAL: state or count; -ENODEV,
 * -EBUSY: ch is dead or ending; -ENOMEM; or what channel_originate() said of the first endpoint,
 * with *reason (may be NULL): leg_errno_cause() tells the cause to refuse with.
 */
int channel_ring(struct channel *ch, const struct ring_params *params, const char **reason);

/**
 * channel_ring_post() - the same from any thread. done() (may be NULL) exactly once, in a task
 * (must only post), unless it returns -EINVAL (count) or -ENOMEM.
 */
int channel_ring_post(struct channel *ch, const struct ring_params *params,
		      void (*done)(void *arg, int err), void *arg);

#endif

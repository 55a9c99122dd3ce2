/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Move: re-seat a leg.
 *
 * move(dest, source): dest keeps its identity (ids, names), bridge, controller, variables, taps and
 * sources, and gets source's leg, with the signals and frames queued in it, and source's party.
 * Source gets dest's old leg and ends by ordinary hang-up (CAUSE_NORMAL towards that leg's far
 * end).
 *
 *   prepare	may fail, may take its time: checks both, makes the seats, brings a path that goes
 *		through the kernel back to user space. Nothing is changed by a refusal.
 *   commit	one task that holds both channels (and their bridges), in ascending id: repeats the
 *		checks, then swaps the seats. Cannot fail, calls nobody.
 *   after	messages: connected line to both far ends, hold state, the bridge's path anew,
 *		hang-up of source. What dest's old far end says from the commit on is heard by
 *		nobody.
 *
 * A -> A				-EINVAL
 * dest or source dead			-ENODEV
 * dest or source ending		-EBUSY (a hang-up that comes after commit ends the right
 *					leg)
 * dest or source in another move	-EBUSY while that lasts; so of A -> B and B -> A that meet
 *					one wins and the other's source has ended; A -> B and B -> C
 *					either meet (one wins) or follow one another (both are done)
 * source not answered (UP)		-EINVAL
 * dest in a bridge			stays in it, with the new leg
 * source in a bridge			leaves it, as by any hang-up; if it is dest's own bridge:
 *					-EINVAL, since dest would be talking to itself
 * dest being recorded or played to	goes on, with the new leg
 * dest not UP				becomes UP with the new leg; the old one is released with
 *					CAUSE_PICKED_UP
 */
#ifndef TDMD_CALL_MOVE_H
#define TDMD_CALL_MOVE_H

#include "daemon/call/channel.h"

/**
 * channel_move() - any thread. done(arg, err) exactly once, in a task (must only post); may be
 * NULL. Returns 0 when it was begun; -EINVAL for dest == source, -ENOMEM; done is not called then.
 */
int channel_move(struct channel *dest, struct channel *source, void (*done)(void *arg, int err),
		 void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfer: somebody who is in a call (the transferrer, channel T) hands his peer to another one.
 *
 * Blind: T is in a bridge with P; P goes on to a new destination, and T's call ends.
 *
 *	T -- bridge -- P		   P -- (new bridge once it answers) -- destination
 *
 *	One task that holds the bridge, T and P: looks, makes the destination's channel (or lets the
 *	router decide), and only when that worked takes P out of the bridge and hangs up T with
 *	CAUSE_NORMAL. So a destination that cannot be called (no route, no free timeslot, line down)
 *	is a refusal, and T and P talk on. What comes later is P's call: P is hung up with the
 *	destination's own cause when that refuses or does not answer. It does not go back, for T's
 *	line is free by then. EVENT_CHANNEL_TRANSFERRED of T.
 *
 * Attended: T has two calls, with channels T1 and T2, of which at least one is in a bridge with a
 * peer.
 *
 *	T1 -- bridge -- P1		T1 (leg of P2) -- bridge -- P1
 *	T2 -- bridge -- P2		T2 and P2 end
 *
 *	A move of P2's leg into T1, on the condition that T2 and P2 are together when it is prepared
 *	and when it is committed: T1 keeps its identity, bridge and controller, so that P1's call
 *	does not notice; P2's channel takes T1's old leg along to its end, and T2 is hung up, both
 *	with CAUSE_NORMAL. When T2 is in no bridge (it talks to an application, or was taken aside),
 *	it is T2 that gets P1's leg, in the place in which T2 is; and the other way round. A peer
 *	that was on hold is told that it is no longer, when its new one does not hold it.
 *	EVENT_CHANNEL_TRANSFERRED_ATTENDED of the channel that goes on.
 *
 * A channel dead				-ENODEV
 * A channel ending, or in a move		-EBUSY (T's hang-up that comes first refuses a blind
 *						transfer; for P's as well)
 * Bridge or peer change meanwhile		-EBUSY
 * T or P not answered (UP)			-EINVAL
 * No bridge with a peer; T1 and T2 the same,
 * or in one bridge				-EINVAL
 * Channels of two applications			-EPERM
 * The number has no route, or one that refuses	by the cause: leg_cause_errno()
 * Nothing is changed by a refusal.
 */
#ifndef TDMD_CALL_TRANSFER_H
#define TDMD_CALL_TRANSFER_H

#include "daemon/call/channel.h"

struct transfer_params {
	const char *target;	 /* an endpoint, "TECH/target"; else a number for the router */
	unsigned int timeout_ms; /* an endpoint's: no answer; 0: for ever */
};

/*
 * Both: any thread. done(arg, err) exactly once, in a task (must only post); may be NULL. They
 * return 0 when begun; -EINVAL, -ENODEV, -ENOMEM: done() is not called then.
 */

/** channel_transfer() - blind; @ch is T. Further errors: channel_connect()'s, channel_route()'s. */
int channel_transfer(struct channel *ch, const struct transfer_params *params,
		     void (*done)(void *arg, int err), void *arg);
/** channel_transfer_attended() - @first, @second: T1, T2. Further errors: channel_move()'s. */
int channel_transfer_attended(struct channel *first, struct channel *second,
			      void (*done)(void *arg, int err), void *arg);

#endif

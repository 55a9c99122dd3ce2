/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call's history: each step that a bill or a complaint is decided by is told to one keeper,
 * before the step counts.
 *
 * Unlike an event, which is queued and tells what happened, a step is told in the task in which it
 * is about to happen, and the keeper may refuse it: a call that cannot be written down is then not
 * placed, not answered, not moved.  So whoever bills knows no less than the far end does:
 *
 *	START		before SETUP goes out; before the router sees a call that came in
 *	ANSWERING	before CONNECT goes out
 *	ANSWER		before the channel is UP, its controller is told and its media is bridged
 *	MOVED, GIVEN	one entry each for dest and source, together, before the move's commit
 *	END		before the controller, the bridge and the leg know that it ends; not refused
 *
 * All others are told when they happen, and are not refused either: a transfer, a pickup and their
 * like are what a move, or entering and leaving bridges, was for.
 */
#ifndef TDMD_CALL_HISTORY_H
#define TDMD_CALL_HISTORY_H

#include "daemon/call/channel.h"

enum history {
	HISTORY_START,
	HISTORY_ANSWERING,
	HISTORY_ANSWER,
	HISTORY_HOLD,	/* its party holds the call */
	HISTORY_UNHOLD,
	HISTORY_HELD,	/* we told its party that it is on hold */
	HISTORY_UNHELD,
	HISTORY_ENTERED, /* a bridge */
	HISTORY_LEFT,
	HISTORY_MOVED,	/* it goes on with the leg of peer */
	HISTORY_GIVEN,	/* its leg went to peer */
	HISTORY_END,
	HISTORY_TRANSFERRED, /* blind: its peer goes on to the detail */
	HISTORY_TRANSFERRED_ATTENDED, /* it goes on with peer's leg; the detail is who asked */
	HISTORY_SWAPPED,	/* it took peer's place in the bridge */
	HISTORY_PICKED_UP,	/* it rang, and peer's leg answered it */
	HISTORY_PARKED,		/* the detail is the place */
	HISTORY_UNPARKED,	/* ... and why */
	HISTORY_RING_WON,	/* of those that peer called it answered first */
	HISTORY_KINDS
};

#define HISTORY_DETAIL_LEN 80

/* As kept for ever: a name is never given another meaning. */
const char *history_name(enum history what);

/* A step, with all that is known of the call by then: each entry can stand alone. */
struct history_entry {
	uint8_t what; /* enum history */
	bool begins;  /* the first step of its channel */
	bool moved;   /* another leg than its first sits or sat in it */
	uint64_t time_us; /* CLOCK_REALTIME, like the next three */
	uint64_t start_us;
	uint64_t answer_us; /* 0: not answered */
	uint64_t end_us;    /* 0: it goes on */
	uint64_t linked;    /* the channel with which the call began that this one is part of */
	uint64_t peer;	    /* the other channel of an operation on two; 0: none */
	char peer_sid[CHANNEL_SID_LEN];
	char detail[HISTORY_DETAIL_LEN];
	char bridge[CHANNEL_SID_LEN]; /* ENTERED, LEFT */
	char calling[32]; /* outgoing: the number that is shown to the called party */
	struct channel_info info;
};

#define HISTORY_AT_ONCE 2 /* entries of one step */

/*
 * Keeps n entries (1..HISTORY_AT_ONCE), all or none.  In a task: the channels are held, and maybe
 * a bridge, so it must not wait; it may append to a local file (enter "append" in locks.tbl).
 * Negative errno refuses what can be refused, and is what the operation then returns.
 */
typedef int (*history_keep_fn)(const struct history_entry *entries, int n);

/** history_set_keeper() - NULL: nobody, and a step costs nothing. While no channel lives. */
void history_set_keeper(history_keep_fn keep);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stress: threads that do anything to anybody's call, on 500 timeslots.
 *
 *	main.c	threads, histogram, verdict
 *	ops.c, ops_calls.c	the operations: each chooses channels, asks, waits for the answer
 *	plant.c	the technology "Stress": timeslots with one owner each, far ends, span loss
 *	slots.c	with --kernel: those timeslots are the kernel's
 *	watch.c	what must hold: after every operation, and when all is at rest
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"
#include "daemon/call/event.h"
#include "daemon/call/move.h"
#include "daemon/core/futex.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define SPANS  50
#define SLOTS  10
#define PLACES (SPANS * SLOTS)
#define ACTORS 64

/* --- a thread that does operations ----------------------------------------------------------- */

struct actor {
	struct tthread thread;
	uint64_t rng;
	unsigned int number;
	const char *doing; /* atomic; for who asks why it does not go on */
};

extern bool every; /* one thread, and everything is looked at after every operation */

uint32_t roll(struct actor *me, uint32_t n);

/* The answer to one request: done() exactly once. */
struct answer {
	uint32_t count; /* futex */
	int err;
};

void answer_done(void *arg, int err);
/** answer_wait() - the result; a request that is not answered in a minute ends the program. */
int answer_wait(struct actor *me, struct answer *answer);
/** in_task() - fn in a task of ch, and its result. */
int in_task(struct actor *me, struct channel *ch, int (*fn)(struct channel *ch, void *arg), void *arg);

/* --- operations ------------------------------------------------------------------------------ */

#define NOT_TRIED 1 /* there is no call of which it could be asked */

struct op {
	const char *name;
	unsigned int weight;
	int (*run)(struct actor *me); /* 0, NOT_TRIED, or a negative errno: refused */
	uint64_t tried, done;	      /* atomic */
};

extern struct op ops[];
extern const unsigned int op_count;

#define S(state) (1U << (state))
#define LIVE	 (S(CHAN_DOWN) | S(CHAN_RING) | S(CHAN_DIALING) | S(CHAN_PROCEEDING) | \
		  S(CHAN_RINGING) | S(CHAN_UP))

enum { ANYWHERE, ALONE, BRIDGED };

/** pick() - a channel in one of these states, with a reference; not @but. NULL: found none. */
struct channel *pick(struct actor *me, uint32_t states, int where, struct channel *but);
/** pick_two() - two of them; false: none, and no reference. */
bool pick_two(struct actor *me, uint32_t a_states, int a_where, struct channel **a,
	      uint32_t b_states, int b_where, struct channel **b);
/** seen() - look at it after what was done, and give the reference back. */
void seen(struct actor *me, struct channel *ch);

int op_originate(struct actor *me);
int op_incoming(struct actor *me);
int op_answer(struct actor *me);
int op_hold(struct actor *me);
int op_hang_up(struct actor *me);
int op_lose_span(struct actor *me);
int op_bridge(struct actor *me);
int op_unbridge(struct actor *me);
int op_move(struct actor *me);

/* --- plant ----------------------------------------------------------------------------------- */

struct stress_leg {
	struct leg leg;
	struct mpsc_node seize, release; /* in the plant's queues */
	unsigned int place;		 /* timeslot: span * SLOTS + slot */
	bool answers;			 /* the far end answers when it is called */
	uint32_t releases;		 /* atomic; how often release was asked */
	bool seized;			 /* atomic; the kernel's timeslot is its, until this is false */
	struct tdm_dev *dev;		 /* the plant's thread's, as gone: that timeslot, if slots_real */
	bool gone;			 /* released, the timeslot is somebody else's */
};

static inline struct stress_leg *stress_leg(struct leg *leg)
{
	return container_of(leg, struct stress_leg, leg);
}

int plant_start(void);
void plant_stop(void);
/** plant_idle() - wait until the plant's thread has done what it was asked. */
void plant_idle(struct actor *me);
/** plant_incoming() - a call comes in; -EBUSY: no timeslot. */
int plant_incoming(struct actor *me);
/** plant_lose_span() - its line fails, every call of it ends; how many did when it was lost last. */
int plant_lose_span(struct actor *me, unsigned int span);
/** plant_pick() - the channel of a timeslot, with a reference; NULL: it is idle. */
struct channel *plant_pick(unsigned int place);
/** plant_say() - the far end of ch's leg as it is now. -ENODEV: it has none. */
int plant_say(struct channel *ch, enum leg_signal_type type);
struct leg *plant_owner(unsigned int place); /* at rest only */
unsigned int plant_used(unsigned int span); /* timeslots */
uint32_t plant_legs(void);
/** plant_look() - whether the timeslot of ch is its leg's for the kernel, too. */
void plant_look(struct actor *me, struct channel *ch);

/* --- watch ----------------------------------------------------------------------------------- */

/** violation() - count and tell what must not be. */
void violation(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t violations(void);
void watch_start(void);
/** watch_channel() - what holds for a channel at any time, looked at in a task of it. */
void watch_channel(struct actor *me, struct channel *ch);
/** watch_rest() - what holds for all, when nobody does anything. */
void watch_rest(struct actor *me);
/** watch_end() - when all calls are over. */
void watch_end(void);
/** settle() - until nobody has anything to do. */
void settle(struct actor *me);

#endif

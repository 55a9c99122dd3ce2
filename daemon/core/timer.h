/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers. A schedule (struct tsched) is a heap of timers; one of them belongs to the daemon's timer
 * thread, others may be run by any thread of a user's own.
 *
 * A callback runs with nothing held and must only post; a debug build reports one that takes over
 * 1 ms. An armed timer pins its owner. ttimer_cancel() does not wait for a callback that is
 * running, so that a callback's effect is always a task, which looks at the object's state when it runs.
 */
#ifndef TDMD_CORE_TIMER_H
#define TDMD_CORE_TIMER_H

#include "daemon/core/lock.h"
#include "daemon/core/ref.h"
#include "daemon/core/serializer.h"
#include "daemon/core/types.h"

struct ttimer;
typedef void (*ttimer_fn)(struct ttimer *timer);

struct ttimer {
	uint64_t when; /* ns, CLOCK_MONOTONIC */
	uint32_t slot; /* place in the heap + 1; 0: not armed. Under the schedule's lock */
	ttimer_fn fn;
	struct ref *owner; /* pinned while armed; may be NULL */
};

struct tsched {
	tlock_t lock; /* queue.timer: heap, size, used, and slot of every timer in it */
	struct ttimer **heap;
	uint32_t used, size;
	/*
	 * When tsched_serve() looks again at the latest; 0: its thread does not sleep, or there is
	 * none. Under the lock.
	 */
	uint64_t until;
	uint32_t wake; /* futex: raised when an earlier timer was armed than that, and to end */
	uint32_t quit; /* atomic: tsched_serve() shall return */
	uint64_t late_max_ns;
	uint64_t fired;
	uint64_t slow; /* callbacks over 1 ms; debug builds */
};

/** tnow() - CLOCK_MONOTONIC in ns. */
uint64_t tnow(void);

int tsched_init(struct tsched *sched);
/** tsched_exit() - disarms what is left (dropping the pins). */
void tsched_exit(struct tsched *sched);
/**
 * tsched_run() - fire what is due; from the one thread that serves this schedule, with nothing
 * held. Returns ns until the next one, or UINT64_MAX when there is none.
 */
uint64_t tsched_run(struct tsched *sched);
/**
 * tsched_serve() - be the thread of this schedule: fire what is due and sleep until the next is,
 * whoever arms it, until tsched_quit(). With nothing held.
 */
void tsched_serve(struct tsched *sched);
/** tsched_quit() - tsched_serve() returns, even if it begins later. Any thread; does not wait. */
void tsched_quit(struct tsched *sched);

void ttimer_init(struct ttimer *timer, ttimer_fn fn, struct ref *owner);
/** ttimer_start() - (re)arm.  -ENOMEM: the heap could not grow, and the timer is not armed. */
int ttimer_start(struct tsched *sched, struct ttimer *timer, uint64_t delay_ns);
/** ttimer_cancel() - true: it was armed and will not fire. */
bool ttimer_cancel(struct tsched *sched, struct ttimer *timer);

/* The daemon's own timer thread and its schedule. */
extern struct tsched timer_sched;
int timer_thread_start(void);
void timer_thread_stop(void);

#endif

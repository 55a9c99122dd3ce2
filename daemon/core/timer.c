// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Schedules: a binary heap by time, each timer knowing its place, so that arming and cancelling are
 * O(log n).
 */
#include "daemon/core/timer.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/core/futex.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"

struct tsched timer_sched;
static struct tthread timer_thread;

uint64_t tnow(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

int tsched_init(struct tsched *sched)
{
	*sched = (struct tsched){ .size = 64 };
	sched->heap = calloc(sched->size, sizeof(*sched->heap));
	if (!sched->heap)
		return -ENOMEM;
	tlock_init(&sched->lock, TLOCK_QUEUE_TIMER, 0);
	return 0;
}

void tsched_exit(struct tsched *sched)
{
	while (sched->used) {
		struct ttimer *timer = sched->heap[--sched->used];

		timer->slot = 0;
		if (timer->owner)
			ref_put(timer->owner);
	}
	free(sched->heap);
	sched->heap = NULL;
	tlock_destroy(&sched->lock);
}

static void place(struct tsched *sched, uint32_t i, struct ttimer *timer)
{
	sched->heap[i] = timer;
	timer->slot = i + 1;
}

static void sift_up(struct tsched *sched, uint32_t i, struct ttimer *timer)
{
	while (i && sched->heap[(i - 1) / 2]->when > timer->when) {
		place(sched, i, sched->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(sched, i, timer);
}

static void sift_down(struct tsched *sched, uint32_t i, struct ttimer *timer)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= sched->used)
			break;
		if (child + 1 < sched->used &&
		    sched->heap[child + 1]->when < sched->heap[child]->when)
			child++;
		if (sched->heap[child]->when >= timer->when)
			break;
		place(sched, i, sched->heap[child]);
		i = child;
	}
	place(sched, i, timer);
}

static void heap_remove(struct tsched *sched, struct ttimer *timer)
{
	uint32_t i = timer->slot - 1;
	struct ttimer *last = sched->heap[--sched->used];

	tlock_assert_held(&sched->lock);
	timer->slot = 0;
	if (last == timer)
		return;
	if (i && sched->heap[(i - 1) / 2]->when > last->when)
		sift_up(sched, i, last);
	else
		sift_down(sched, i, last);
}

void ttimer_init(struct ttimer *timer, ttimer_fn fn, struct ref *owner)
{
	*timer = (struct ttimer){ .fn = fn, .owner = owner };
}

static int heap_grow(struct tsched *sched)
{
	struct ttimer **heap;

	if (sched->used < sched->size)
		return 0;
	heap = realloc(sched->heap, 2 * sched->size * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	sched->heap = heap;
	sched->size *= 2;
	return 0;
}

int ttimer_start(struct tsched *sched, struct ttimer *timer, uint64_t delay_ns)
{
	uint64_t now = tnow();
	bool armed, wake = false;
	int err;

	tlock_lock(&sched->lock);
	armed = timer->slot != 0;
	if (armed)
		heap_remove(sched, timer);
	err = heap_grow(sched);
	if (!err) {
		timer->when = delay_ns > UINT64_MAX - now ? UINT64_MAX : now + delay_ns;
		sift_up(sched, sched->used++, timer);
		/*
		 * Most timers watch over what comes in time and is then cancelled: the thread, once it
		 * has been told to look in ten seconds, sleeps through all of them that end later.
		 */
		wake = timer->when < sched->until;
		if (wake)
			sched->until = timer->when;
		if (!armed && timer->owner)
			ref_get(timer->owner);
	}
	tlock_unlock(&sched->lock);
	if (err && armed && timer->owner)
		ref_put(timer->owner);
	if (wake) {
		atomic_add(&sched->wake, 1);
		futex_wake(&sched->wake, 1);
	}
	return err;
}

bool ttimer_cancel(struct tsched *sched, struct ttimer *timer)
{
	bool armed;

	tlock_lock(&sched->lock);
	armed = timer->slot != 0;
	if (armed)
		heap_remove(sched, timer);
	tlock_unlock(&sched->lock);
	if (armed && timer->owner)
		ref_put(timer->owner);
	return armed;
}

static void fire(struct tsched *sched, struct ttimer *timer)
{
	/*
	 * The callback may rearm it or give the last other reference away: the pin is ours until it
	 * is over.
	 */
	struct ref *owner = timer->owner;
#ifdef TDM_LOCK_CHECK
	ttimer_fn fn = timer->fn;
	uint64_t began = tnow(), took;

	lock_assert_none_held();
	timer->fn(timer);
	lock_assert_none_held();
	took = tnow() - began;
	if (took > NSEC_PER_MSEC) {
		atomic_inc_relaxed(&sched->slow);
		log_warn("timer callback %p took %llu us: it should only post", (void *)fn,
			 (unsigned long long)(took / NSEC_PER_USEC));
	}
#else
	timer->fn(timer);
#endif
	atomic_store_relaxed(&sched->fired, sched->fired + 1);
	if (owner)
		ref_put(owner);
}

/* @sleeps: the caller will, until then or until an earlier timer is armed. */
static uint64_t run(struct tsched *sched, bool sleeps)
{
	for (;;) {
		struct ttimer *timer = NULL;
		uint64_t now = tnow(), wait = UINT64_MAX;

		tlock_lock(&sched->lock);
		sched->until = 0;
		if (sched->used) {
			uint64_t when = sched->heap[0]->when;

			if (when <= now) {
				timer = sched->heap[0];
				heap_remove(sched, timer);
				if (now - when > sched->late_max_ns)
					atomic_store_relaxed(&sched->late_max_ns, now - when);
			} else {
				wait = when - now;
			}
		}
		if (sleeps && !timer)
			sched->until = sched->used ? sched->heap[0]->when : UINT64_MAX;
		tlock_unlock(&sched->lock);
		if (!timer)
			return wait;
		fire(sched, timer);
	}
}

uint64_t tsched_run(struct tsched *sched)
{
	return run(sched, false);
}

void tsched_serve(struct tsched *sched)
{
	lock_assert_none_held();
	for (;;) {
		uint32_t wake = atomic_load(&sched->wake);
		uint64_t wait;

		if (atomic_load(&sched->quit))
			return;
		wait = run(sched, true);
		futex_wait(&sched->wake, wake, wait == UINT64_MAX ? UINT64_MAX : tnow() + wait);
	}
}

void tsched_quit(struct tsched *sched)
{
	atomic_store(&sched->quit, 1);
	atomic_add(&sched->wake, 1);
	futex_wake(&sched->wake, 1);
}

static void timer_main(void *arg)
{
	tsched_serve(arg);
}

int timer_thread_start(void)
{
	int err = tsched_init(&timer_sched);

	if (err)
		return err;
	err = tthread_start(&timer_thread, TTHREAD_TIMER, "timer", timer_main, &timer_sched);
	if (err)
		tsched_exit(&timer_sched);
	return err;
}

void timer_thread_stop(void)
{
	tsched_quit(&timer_sched);
	tthread_join(&timer_thread);
	tsched_exit(&timer_sched);
}

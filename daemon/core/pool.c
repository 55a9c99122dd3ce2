// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool of threads that run serializers.
 *
 * Runnable serializers pass through one bounded ring for many producers and many consumers: each
 * cell has a sequence number that says whose turn it is, so that a push and a pop are one
 * compare-and-swap each and no lock is taken. A serializer is in the ring at most once and
 * serializer_init() admits no more of them than there are cells: a push always finds room.
 *
 * A thread that finds the ring empty parks. To keep posts cheap at most one thread is being woken
 * at a time (wake_pending); it wakes the next when it finds more than it can do itself. Why no
 * wake-up is lost: whoever parks first says so (parked), then forgets older wake-ups
 * (wake_pending), then looks at the ring once more; whoever posts first fills the ring, then looks
 * at parked. Either the one sees the other's cell or the other sees it parked, and a wake-up begun
 * after that changes the word on which it is about to sleep.
 */
#include "daemon/core/pool.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/futex.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define POOL_CAPACITY 131072
#define POOL_THREADS_MAX 64

struct cell {
	uint64_t seq;
	struct serializer *ser;
};

struct worker {
	struct tthread thread;
	struct pool_counts counts;
} __attribute__((aligned(TDM_CACHELINE)));

int pool_status;

static struct {
	struct cell *cells;
	uint64_t mask;
	uint64_t in __attribute__((aligned(TDM_CACHELINE)));
	uint64_t out __attribute__((aligned(TDM_CACHELINE)));

	uint32_t parked __attribute__((aligned(TDM_CACHELINE)));
	uint32_t wake_gen; /* futex: parked threads sleep on it */
	uint32_t wake_pending;
	uint32_t idle_gen; /* futex: drainers sleep on it */
	uint32_t drainers;
	uint32_t alive;
	uint32_t stop;
	int threads;
	struct worker *workers;
	uint64_t edeadlk, timedout;
} pool;

static __thread struct worker *me;
static struct pool_counts stray; /* for tasks run outside the pool; never read */

static void ring_push(struct serializer *ser)
{
	uint64_t pos = atomic_load_relaxed(&pool.in);

	for (;;) {
		struct cell *cell = &pool.cells[pos & pool.mask];
		uint64_t seq = atomic_load(&cell->seq);

		if (seq == pos) {
			if (__atomic_compare_exchange_n(&pool.in, &pos, pos + 1, true,
							__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
				cell->ser = ser;
				atomic_store(&cell->seq, pos + 1);
				return;
			}
		} else {
			pos = atomic_load_relaxed(&pool.in);
		}
	}
}

static struct serializer *ring_pop(void)
{
	uint64_t pos = atomic_load_relaxed(&pool.out);

	for (;;) {
		struct cell *cell = &pool.cells[pos & pool.mask];
		uint64_t seq = atomic_load(&cell->seq);

		if (seq == pos + 1) {
			if (__atomic_compare_exchange_n(&pool.out, &pos, pos + 1, true,
							__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
				struct serializer *ser = cell->ser;

				atomic_store(&cell->seq, pos + pool.mask + 1);
				return ser;
			}
		} else if (seq < pos + 1) {
			return NULL;
		} else {
			pos = atomic_load_relaxed(&pool.out);
		}
	}
}

static bool ring_empty(void)
{
	return __atomic_load_n(&pool.in, __ATOMIC_SEQ_CST) ==
	       __atomic_load_n(&pool.out, __ATOMIC_SEQ_CST);
}

static void wake_one(void)
{
	if (atomic_load(&pool.parked) && !atomic_xchg(&pool.wake_pending, 1)) {
		atomic_add(&pool.wake_gen, 1);
		futex_wake(&pool.wake_gen, 1);
	}
}

void pool_schedule(struct serializer *ser)
{
	ring_push(ser);
	atomic_barrier();
	wake_one();
}

static void park(void)
{
	uint32_t gen = atomic_load(&pool.wake_gen);
	uint32_t parked = atomic_add(&pool.parked, 1);

	atomic_xchg(&pool.wake_pending, 0);
	if (ring_empty() && !atomic_load(&pool.stop)) {
		if (parked == (uint32_t)pool.threads && atomic_load(&pool.drainers)) {
			atomic_add(&pool.idle_gen, 1);
			futex_wake(&pool.idle_gen, INT32_MAX);
		}
		futex_wait(&pool.wake_gen, gen, UINT64_MAX);
	}
	atomic_sub(&pool.parked, 1);
	atomic_xchg(&pool.wake_pending, 0);
}

static void worker_main(void *arg)
{
	bool fresh = true;

	me = arg;
	while (!atomic_load(&pool.stop)) {
		struct serializer *ser = ring_pop();

		if (!ser) {
			park();
			fresh = true;
			continue;
		}
		if (fresh && !ring_empty())
			wake_one();
		fresh = false;
		serializer_run(ser);
		lock_assert_none_held();
	}
}

struct pool_counts *pool_counts(void)
{
	return me ? &me->counts : &stray;
}

void pool_count_refused(bool timedout)
{
	atomic_inc_relaxed(timedout ? &pool.timedout : &pool.edeadlk);
}

int pool_admit(void)
{
	uint32_t alive = atomic_add(&pool.alive, 1);

	if (alive > pool.mask + 1) {
		atomic_sub(&pool.alive, 1);
		return -ENFILE;
	}
	return 0;
}

void pool_leave(void)
{
	atomic_sub(&pool.alive, 1);
}

static int pool_join(void)
{
	atomic_store(&pool.stop, 1);
	atomic_add(&pool.wake_gen, 1);
	futex_wake(&pool.wake_gen, INT32_MAX);
	for (int i = 0; i < pool.threads; i++)
		tthread_join(&pool.workers[i].thread);
	pool.threads = 0;
	free(pool.workers);
	free(pool.cells);
	pool.workers = NULL;
	pool.cells = NULL;
	return 0;
}

int serializer_pool_start(int n, uint32_t capacity)
{
	uint64_t cells = 64;

	if (n < 1 || n > POOL_THREADS_MAX || pool.cells)
		return -EINVAL;
	while (cells < (capacity ? capacity : POOL_CAPACITY))
		cells *= 2;
	memset(&pool, 0, sizeof(pool));
	pool.cells = calloc(cells, sizeof(*pool.cells));
	pool.workers = aligned_alloc(TDM_CACHELINE, (size_t)n * sizeof(*pool.workers));
	if (!pool.cells || !pool.workers) {
		free(pool.cells);
		free(pool.workers);
		pool.cells = NULL;
		return -ENOMEM;
	}
	memset(pool.workers, 0, (size_t)n * sizeof(*pool.workers));
	pool.mask = cells - 1;
	for (uint64_t i = 0; i < cells; i++)
		pool.cells[i].seq = i;
	atomic_store(&pool_status, 0);
	/* Before the first thread starts: park() compares with it. */
	pool.threads = n;
	for (int i = 0; i < n; i++) {
		int err = tthread_start(&pool.workers[i].thread, TTHREAD_POOL, "pool", worker_main,
					&pool.workers[i]);

		if (err) {
			pool.threads = i;
			pool_join();
			return err;
		}
	}
	return 0;
}

int serializer_pool_drain(uint64_t timeout_ns)
{
	uint64_t deadline = timeout_ns == UINT64_MAX ? UINT64_MAX : tnow() + timeout_ns;
	int err = 0;

	lock_assert_none_held();
	if (!tthread_may_wait())
		return -EDEADLK;
	/*
	 * A serializer that is not idle is in the ring, or run by a thread, or stands still for a
	 * task that is in a queue of one that is. So all are idle when the ring is empty and every
	 * thread is parked.
	 */
	atomic_add(&pool.drainers, 1);
	for (;;) {
		uint32_t gen = atomic_load(&pool.idle_gen);

		if (ring_empty() && __atomic_load_n(&pool.parked, __ATOMIC_SEQ_CST) ==
					    (uint32_t)pool.threads &&
		    ring_empty())
			break;
		if (err)
			break;
		err = futex_wait(&pool.idle_gen, gen, deadline);
	}
	atomic_sub(&pool.drainers, 1);
	return err;
}

int serializer_pool_stop(uint64_t timeout_ns)
{
	int err;

	if (!pool.cells)
		return 0;
	err = serializer_pool_drain(timeout_ns);
	if (err == -EDEADLK)
		return err;
	if (err) {
		atomic_store(&pool_status, -ESHUTDOWN);
		serializer_pool_drain(timeout_ns);
	}
	pool_join();
	return err;
}

void serializer_pool_stats(struct serializer_stats *stats)
{
	*stats = (struct serializer_stats){
		.alive = atomic_load_relaxed(&pool.alive),
		.threads = (uint32_t)pool.threads,
		.runnable = (uint32_t)(atomic_load_relaxed(&pool.in) - atomic_load_relaxed(&pool.out)),
		.edeadlk = atomic_load_relaxed(&pool.edeadlk),
		.timedout = atomic_load_relaxed(&pool.timedout),
	};
	for (int i = 0; i < pool.threads; i++) {
		const struct pool_counts *c = &pool.workers[i].counts;
		uint64_t wait_max = atomic_load_relaxed(&c->wait_max_ns);
		uint32_t depth_max = atomic_load_relaxed(&c->depth_max);

		stats->executed += atomic_load_relaxed(&c->executed);
		stats->wait_total_ns += atomic_load_relaxed(&c->wait_total_ns);
		if (wait_max > stats->wait_max_ns)
			stats->wait_max_ns = wait_max;
		if (depth_max > stats->depth_max)
			stats->depth_max = depth_max;
	}
}

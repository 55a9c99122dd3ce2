// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool of threads that run serializers.
 *
 * Runnable serializers pass through one bounded ring without locks (mpmc.h). A serializer is in the
 * ring at most once and serializer_init() admits no more of them than there are cells: a push
 * always finds room.
 *
 * A thread that finds the ring empty parks. What a task posts wakes nobody: the thread that runs it
 * looks at the ring next, and a wake-up costs more than most tasks. It wakes another one when it
 * takes something up and more is left in the ring. At most one is being woken at a time
 * (wake_pending). Why no wake-up is lost: whoever parks first says so (parked), then forgets older
 * wake-ups (wake_pending), then looks at the ring once more; whoever posts from outside first fills
 * the ring, then looks at parked. Either the one sees the other's cell or the other sees it parked,
 * and a wake-up begun after that changes the word on which it is about to sleep.
 */
#include "daemon/core/pool.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/futex.h"
#include "daemon/core/mpmc.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define POOL_CAPACITY 131072
#define POOL_THREADS_MAX 64

struct worker {
	struct tthread thread;
	struct pool_counts counts;
} __attribute__((aligned(TDM_CACHELINE)));

int pool_status;

static struct {
	struct mpmc ring;

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

static bool ring_empty(void)
{
	return mpmc_count(&pool.ring) == 0;
}

static void wake_one(void)
{
	if (__atomic_load_n(&pool.parked, __ATOMIC_SEQ_CST) && !atomic_xchg(&pool.wake_pending, 1)) {
		atomic_add(&pool.wake_gen, 1);
		futex_wake(&pool.wake_gen, 1);
	}
}

void pool_schedule(struct serializer *ser)
{
	if (!mpmc_push(&pool.ring, ser))
		abort(); /* pool_admit() lets in no more than fit */
	if (!me)
		wake_one();
}

void pool_share(void)
{
	if (!ring_empty())
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
	me = arg;
	while (!atomic_load(&pool.stop)) {
		struct serializer *ser = mpmc_pop(&pool.ring);

		if (!ser) {
			park();
			continue;
		}
		pool_share();
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

	if (alive > pool.ring.mask + 1) {
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
	mpmc_exit(&pool.ring);
	pool.workers = NULL;
	return 0;
}

int serializer_pool_start(int n, uint32_t capacity)
{
	if (n < 1 || n > POOL_THREADS_MAX || pool.ring.cells)
		return -EINVAL;
	memset(&pool, 0, sizeof(pool));
	pool.workers = aligned_alloc(TDM_CACHELINE, (size_t)n * sizeof(*pool.workers));
	if (!pool.workers)
		return -ENOMEM;
	memset(pool.workers, 0, (size_t)n * sizeof(*pool.workers));
	if (mpmc_init(&pool.ring, capacity ? capacity : POOL_CAPACITY)) {
		free(pool.workers);
		return -ENOMEM;
	}
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
		    ring_empty()) {
			err = 0; /* in the last moment, too */
			break;
		}
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

	if (!pool.ring.cells)
		return 0;
	err = serializer_pool_drain(timeout_ns);
	if (err == -EDEADLK)
		return err;
	if (err) {
		/* Each is called, however slow the machine; what does not return is not joined. */
		atomic_store(&pool_status, -ESHUTDOWN);
		serializer_pool_drain(UINT64_MAX);
	}
	pool_join();
	return err;
}

void serializer_pool_stats(struct serializer_stats *stats)
{
	*stats = (struct serializer_stats){
		.alive = atomic_load_relaxed(&pool.alive),
		.threads = (uint32_t)pool.threads,
		.runnable = (uint32_t)mpmc_count(&pool.ring),
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checker of locks: each violation, in a child of its own, must abort with its sentence; what
 * is right must not. And timers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/lock.h"
#include "daemon/core/ref.h"
#include "daemon/core/serializer.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "tests/unit/daemon/filter.h"

#ifndef TDM_LOCK_CHECK
#error "this test needs a build with the checker"
#endif

static tlock_t bridge, chan1, chan2, dialog, agent, leaf, group;

static void locks_make(void)
{
	tlock_init(&bridge, TLOCK_BRIDGE, 9);
	tlock_init(&chan1, TLOCK_CHANNEL, 1);
	tlock_init(&chan2, TLOCK_CHANNEL, 2);
	tlock_init(&dialog, TLOCK_LEG_DIALOG, 0);
	tlock_init(&agent, TLOCK_LEG_AGENT, 0);
	tlock_init(&leaf, TLOCK_QUEUE_TIMER, 0);
	tlock_init(&group, TLOCK_QUEUE_GROUP, 0);
}

/* Runs fn in a child; its standard error into out. Returns whether it was aborted. */
static bool aborts(void (*fn)(void), char *out, size_t len)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], 2);
		close(fds[0]);
		locks_make();
		fn();
		_exit(0);
	}
	close(fds[1]);
	while (n + 1 < len && (got = read(fds[0], out + n, len - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void falling_rank(void)
{
	tlock_lock(&chan1);
	tlock_lock(&bridge);
}

static void two_leaves(void)
{
	tlock_t other;

	tlock_init(&other, TLOCK_QUEUE_TIMER, 0);
	tlock_lock(&leaf);
	tlock_lock(&other);
}

static void descending_ids(void)
{
	tlock_lock(&chan2);
	tlock_lock(&chan1);
}

static void recursive(void)
{
	tlock_lock(&chan1);
	tlock_lock(&chan1);
}

static void wrong_release(void)
{
	tlock_lock(&bridge);
	tlock_lock(&chan1);
	tlock_unlock(&bridge);
}

static void release_of_another(void)
{
	tlock_unlock(&bridge);
}

static void dialog_then_agent(void *arg)
{
	(void)arg;
	tlock_lock(&dialog);
	tlock_lock(&agent);
	tlock_unlock(&agent);
	tlock_unlock(&dialog);
}

/* Nobody is deadlocked; two threads have only shown that they could be. */
static void cycle_over_threads(void)
{
	struct tthread thread;

	tthread_start(&thread, TTHREAD_GROUP, "other", dialog_then_agent, NULL);
	tthread_join(&thread);
	tlock_lock(&agent);
	tlock_lock(&dialog);
}

static void kernel_under_channel(void)
{
	tlock_lock(&chan1);
	lock_boundary_check(LOCK_ENTER_SHORT);
}

static void waiting_under_group(void)
{
	tlock_lock(&group);
	lock_boundary_check(LOCK_ENTER_WAIT);
}

static void callback_under_lock(void)
{
	tlock_lock(&leaf);
	lock_assert_none_held();
}

static void leg_op_under_bridge(void)
{
	tlock_lock(&bridge);
	tlock_lock(&chan1);
	lock_assert_only_held(&chan1);
}

static void leg_op_without_channel(void)
{
	lock_assert_only_held(&chan1);
}

static int nothing(struct serializer_call *call, void *arg)
{
	(void)call;
	(void)arg;
	return 0;
}

static void wait_under_lock(void)
{
	struct serializer ser;

	serializer_pool_start(1, 64);
	serializer_init(&ser, TLOCK_CHANNEL, 7, NULL);
	tlock_lock(&leaf);
	serializer_call(&ser, nothing, NULL, NULL, UINT64_MAX);
}

static void takes_and_ends(void *arg)
{
	(void)arg;
	tlock_lock(&leaf);
}

static void thread_ends_with_lock(void)
{
	struct tthread thread;

	tthread_start(&thread, TTHREAD_USER, "ends", takes_and_ends, NULL);
	tthread_join(&thread);
}

static void keeps_lock(struct ttimer *timer)
{
	(void)timer;
	tlock_lock(&group);
}

static void timer_returns_with_lock(void)
{
	struct ttimer timer;
	struct tsched sched;

	tsched_init(&sched);
	ttimer_init(&timer, keeps_lock, NULL);
	ttimer_start(&sched, &timer, 0);
	tsched_run(&sched);
}

static int always_pending(tlock_t *lock)
{
	(void)lock;
	return 1;
}

static void pending_change(void)
{
	tlock_set_release_check(&chan1, always_pending);
	tlock_lock(&chan1);
	tlock_unlock(&chan1);
}

static void not_held(void)
{
	tlock_assert_held(&chan1);
}

static void destroyed_while_held(void)
{
	tlock_lock(&chan1);
	tlock_destroy(&chan1);
}

static const struct {
	void (*fn)(void);
	const char *sentence;
	bool both; /* two stacks are shown */
} cases[] = {
	{ falling_rank, "bridge (rank 100) under channel (rank 200)", true },
	{ two_leaves, "two of class queue.timer", true },
	{ descending_ids, "channel 1 under channel 2: not ascending", true },
	{ recursive, "taken twice", true },
	{ wrong_release, "released before channel, which was taken later", true },
	{ release_of_another, "does not hold it", false },
	{ cycle_over_threads, "leg.dialog under leg.agent closes a cycle", true },
	{ kernel_under_channel, "a call of kind short under channel", true },
	{ waiting_under_group, "a call of kind wait under queue.group", true },
	{ callback_under_lock, "with queue.timer held", true },
	{ leg_op_under_bridge, "a leg's operation under bridge, which is not its channel's", true },
	{ leg_op_without_channel, "channel 1 must be held here", false },
	{ wait_under_lock, "a wait with queue.timer held", true },
	{ thread_ends_with_lock, "a wait with queue.timer held", true },
	{ timer_returns_with_lock, "a callback, an event or a wait with queue.group held", true },
	{ pending_change, "released with a state change pending", true },
	{ not_held, "channel 1 must be held here", false },
	{ destroyed_while_held, "destroyed while held", false },
};

static void violations_abort(void **state)
{
	char out[65536];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(aborts(cases[i].fn, out, sizeof(out)));
		if (!strstr(out, cases[i].sentence))
			fail_msg("expected \"%s\" in:\n%s", cases[i].sentence, out);
		assert_non_null(strstr(out, "now, at:"));
		if (cases[i].both)
			assert_true(strstr(out, "taken at:") || strstr(out, "first seen at:"));
	}
}

static void right_order(void)
{
	for (int i = 0; i < 2; i++) {
		tlock_lock(&bridge);
		tlock_lock(&chan1);
		tlock_lock(&chan2);
		dialog_then_agent(NULL);
		tlock_lock(&leaf);
		tlock_lock(&group);
		tlock_unlock(&group);
		tlock_unlock(&leaf);
		tlock_unlock(&chan2);
		tlock_unlock(&chan1);
		tlock_unlock(&bridge);
	}
	tlock_lock(&group);
	lock_boundary_check(LOCK_ENTER_SHORT);
	tlock_unlock(&group);
	lock_boundary_check(LOCK_ENTER_WAIT);
	lock_assert_none_held();
}

static void what_is_right_passes(void **state)
{
	char out[4096];

	(void)state;
	assert_false(aborts(right_order, out, sizeof(out)));
	assert_string_equal(out, "");
}

/* S9: table, headers and document are one. */
static void s9_table_and_documents_agree(void **state)
{
	(void)state;
	assert_int_equal(system("scripts/locks-gen --check"), 0);
}

/* --- contention ------------------------------------------------------------------------------ */

static uint64_t guarded;

static void count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 50000; i++) {
		tlock_lock(&chan1);
		guarded++;
		tlock_unlock(&chan1);
	}
}

static void locks_exclude(void **state)
{
	struct tthread t[3];

	(void)state;
	locks_make();
	guarded = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(tthread_start(&t[i], TTHREAD_USER, "count", count_up, NULL), 0);
	for (int i = 0; i < 3; i++)
		tthread_join(&t[i]);
	assert_int_equal(guarded, 150000);
}

/* --- timers ---------------------------------------------------------------------------------- */

struct tick {
	struct ttimer timer;
	struct ref ref;
	uint32_t fired;
	uint64_t at;
};

static uint32_t order[300], order_count;

static void tick_release(struct ref *ref)
{
	(void)ref;
}

static void tick_fn(struct ttimer *timer)
{
	struct tick *tick = container_of(timer, struct tick, timer);

	tick->at = tnow();
	order[order_count++] = (uint32_t)(timer->when / NSEC_PER_MSEC);
	atomic_add(&tick->fired, 1);
}

static void timers_fire_in_order(void **state)
{
	struct tsched sched;
	static struct tick ticks[300];
	uint32_t last = 0;

	(void)state;
	srand(7);
	order_count = 0;
	assert_int_equal(tsched_init(&sched), 0);
	for (int i = 0; i < 300; i++) {
		ref_init(&ticks[i].ref, tick_release);
		ttimer_init(&ticks[i].timer, tick_fn, &ticks[i].ref);
		assert_int_equal(ttimer_start(&sched, &ticks[i].timer,
					      (uint64_t)(rand() % 40) * NSEC_PER_MSEC),
				 0);
		assert_int_equal(ticks[i].ref.count, 2);
	}
	/* A third is cancelled, a third put off. */
	for (int i = 0; i < 300; i += 3)
		assert_true(ttimer_cancel(&sched, &ticks[i].timer));
	assert_false(ttimer_cancel(&sched, &ticks[0].timer));
	for (int i = 1; i < 300; i += 3)
		assert_int_equal(ttimer_start(&sched, &ticks[i].timer,
					      (uint64_t)(30 + rand() % 30) * NSEC_PER_MSEC),
				 0);
	while (tsched_run(&sched) != UINT64_MAX)
		usleep(500);
	assert_int_equal(order_count, 200);
	for (int i = 0; i < 200; i++) {
		assert_true(order[i] >= last);
		last = order[i];
	}
	for (int i = 0; i < 300; i++) {
		assert_int_equal(ticks[i].fired, i % 3 ? 1 : 0);
		assert_int_equal(ticks[i].ref.count, 1);
	}
	tsched_exit(&sched);
}

static struct tsched own;
static pthread_t own_thread;
static uint32_t wrong_thread;

/* Five times, each armed by the one before. */
static void again_fn(struct ttimer *timer)
{
	struct tick *tick = container_of(timer, struct tick, timer);

	if (!pthread_equal(pthread_self(), own_thread))
		wrong_thread++;
	if (atomic_load(&tick->fired) < 4)
		ttimer_start(&own, timer, NSEC_PER_MSEC);
	atomic_add(&tick->fired, 1);
}

static void *serve_own(void *arg)
{
	tthread_enter(TTHREAD_USER);
	tsched_serve(arg);
	tthread_leave();
	return NULL;
}

/* It sleeps for a timer that is far; one armed meanwhile from elsewhere wakes it. */
static void a_schedule_on_a_thread_of_ones_own(void **state)
{
	struct tick far, near;

	(void)state;
	memset(&far, 0, sizeof(far));
	memset(&near, 0, sizeof(near));
	wrong_thread = 0;
	assert_int_equal(tsched_init(&own), 0);
	ttimer_init(&far.timer, tick_fn, NULL);
	ttimer_init(&near.timer, again_fn, NULL);
	assert_int_equal(ttimer_start(&own, &far.timer, 1000 * NSEC_PER_SEC), 0);
	assert_int_equal(pthread_create(&own_thread, NULL, serve_own, &own), 0);
	usleep(5000);
	assert_int_equal(ttimer_start(&own, &near.timer, NSEC_PER_MSEC), 0);
	for (int i = 0; i < 10000 && atomic_load(&near.fired) < 5; i++)
		usleep(1000);
	assert_int_equal(atomic_load(&near.fired), 5);
	assert_true(ttimer_cancel(&own, &far.timer));
	tsched_quit(&own);
	pthread_join(own_thread, NULL);
	assert_int_equal(far.fired, 0);
	assert_int_equal(wrong_thread, 0);
	/* Told to end before it begins, it does not begin. */
	assert_int_equal(ttimer_start(&own, &near.timer, 0), 0);
	tsched_serve(&own);
	assert_int_equal(near.fired, 5);
	tsched_exit(&own);
}

static uint32_t until_ms(void)
{
	uint64_t until;

	tlock_lock(&own.lock);
	until = own.until;
	tlock_unlock(&own.lock);
	return until == UINT64_MAX ? 0 : (uint32_t)(until / NSEC_PER_MSEC);
}

/*
 * A thread that sleeps is not woken by what ends after it looks again anyway: not by a second timer,
 * and not when the one that it sleeps for is cancelled and armed anew.
 */
static void later_timers_do_not_wake(void **state)
{
	struct tick first, other;
	uint32_t wake;

	(void)state;
	memset(&first, 0, sizeof(first));
	memset(&other, 0, sizeof(other));
	assert_int_equal(tsched_init(&own), 0);
	ttimer_init(&first.timer, tick_fn, NULL);
	ttimer_init(&other.timer, tick_fn, NULL);
	/* Nobody sleeps yet. */
	assert_int_equal(ttimer_start(&own, &first.timer, 100 * NSEC_PER_SEC), 0);
	assert_int_equal(own.wake, 0);
	assert_int_equal(pthread_create(&own_thread, NULL, serve_own, &own), 0);
	for (int i = 0; i < 10000 && !until_ms(); i++)
		usleep(1000);
	assert_int_equal(until_ms(), first.timer.when / NSEC_PER_MSEC);
	assert_int_equal(ttimer_start(&own, &other.timer, 200 * NSEC_PER_SEC), 0);
	assert_true(ttimer_cancel(&own, &first.timer));
	assert_true(ttimer_cancel(&own, &other.timer));
	assert_int_equal(ttimer_start(&own, &first.timer, 150 * NSEC_PER_SEC), 0);
	wake = atomic_load(&own.wake);
	assert_int_equal(wake, 0);
	/* It looks at the first one's time in vain, and then at the right one. */
	assert_int_equal(ttimer_start(&own, &other.timer, NSEC_PER_MSEC), 0);
	assert_int_equal(atomic_load(&own.wake), wake + 1);
	assert_true(ttimer_cancel(&own, &other.timer) || atomic_load(&other.fired));
	assert_int_equal(ttimer_start(&own, &first.timer, 20 * NSEC_PER_MSEC), 0);
	for (int i = 0; i < 10000 && !atomic_load(&first.fired); i++)
		usleep(1000);
	assert_int_equal(atomic_load(&first.fired), 1);
	tsched_quit(&own);
	pthread_join(own_thread, NULL);
	tsched_exit(&own);
}

static void slow_fn(struct ttimer *timer)
{
	(void)timer;
	usleep(3000);
}

/* S15: a callback that takes its time is reported. */
static void s15_slow_callbacks_are_counted(void **state)
{
	struct tick slow, fast;

	(void)state;
	memset(&slow, 0, sizeof(slow));
	memset(&fast, 0, sizeof(fast));
	assert_int_equal(timer_thread_start(), 0);
	ttimer_init(&slow.timer, slow_fn, NULL);
	ttimer_init(&fast.timer, tick_fn, NULL);
	order_count = 0;
	assert_int_equal(ttimer_start(&timer_sched, &fast.timer, 20 * NSEC_PER_MSEC), 0);
	assert_int_equal(ttimer_start(&timer_sched, &slow.timer, NSEC_PER_MSEC), 0);
	for (int i = 0; i < 5000 && !atomic_load(&fast.fired); i++)
		usleep(1000);
	assert_int_equal(atomic_load(&fast.fired), 1);
	assert_true(atomic_load(&timer_sched.slow) >= 1);
	timer_thread_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(violations_abort),
		cmocka_unit_test(what_is_right_passes),
		cmocka_unit_test(s9_table_and_documents_agree),
		cmocka_unit_test(locks_exclude),
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(a_schedule_on_a_thread_of_ones_own),
		cmocka_unit_test(later_timers_do_not_wake),
		cmocka_unit_test(s15_slow_callbacks_are_counted),
	};

	tests_chosen();
	tthread_enter(TTHREAD_USER);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What went wrong elsewhere with locks, callbacks and threads (docs/scenarios.md), each as a test
 * that fails on the naive design of tests/mutation. Moves are in test_scenarios_move.c.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/world.h"

static int do_hold(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_hold(ch);
}

/* --- S7 -------------------------------------------------------------------------------------- */

#define S7_LEGS	  4
#define S7_ROUNDS 1500

static struct testleg *s7_leg[S7_LEGS];

/* The network's messages: each handled with the dialog and its user agent locked. */
static void s7_network(void *arg)
{
	(void)arg;
	for (int i = 0; i < S7_ROUNDS; i++)
		testleg_say_locked(s7_leg[i % S7_LEGS], i & 1 ? LEG_HOLD : LEG_UNHOLD);
}

static void s7_signals_come_under_the_legs_locks(void **state)
{
	struct channel *ch[S7_LEGS];
	struct tthread network;
	tlock_t agent;

	(void)state;
	tlock_init(&agent, TLOCK_LEG_AGENT, 0);
	for (int i = 0; i < S7_LEGS; i++) {
		s7_leg[i] = testleg_new(true);
		leg_get(&s7_leg[i]->leg);
		testleg_lock_by(s7_leg[i], &agent);
		ch[i] = chan_new(s7_leg[i], NULL);
		assert_int_equal(channel_post_dial(ch[i]), 0);
		settle();
		testleg_say_locked(s7_leg[i], LEG_ANSWERED);
		settle();
		assert_int_equal(info_of(ch[i]).state, CHAN_UP);
	}
	assert_int_equal(tthread_start(&network, TTHREAD_USER, "network", s7_network, NULL), 0);
	/* Meanwhile the channels' tasks call into the legs: channel, then dialog, then agent. */
	for (int i = 0; i < S7_ROUNDS / 5; i++)
		assert_int_equal(in_task(ch[i % S7_LEGS], do_hold, NULL), 0);
	tthread_join(&network);
	for (int i = 0; i < S7_LEGS; i++) {
		channel_post_hangup(ch[i], CAUSE_NORMAL);
		channel_put(ch[i]);
	}
	settle();
	for (int i = 0; i < S7_LEGS; i++) {
		tlock_destroy(&s7_leg[i]->dialog);
		leg_put(&s7_leg[i]->leg);
	}
	tlock_destroy(&agent);
}

/* --- S12 ------------------------------------------------------------------------------------- */

static uint32_t s12_calls, s12_late, s12_wrong, s12_gone;

/* A callback that calls back into the library, and waits for what that brings. */
static void s12_deliver(struct event_sub *sub, struct event *event)
{
	uint64_t began = tnow();
	struct channel *ch;

	(void)sub;
	if (event->type != EVENT_CHANNEL_VAR)
		return;
	ch = channel_by_id(event->chan.id);
	if (!ch || in_task(ch, do_hold, NULL))
		atomic_add(&s12_wrong, 1);
	if (ch)
		channel_put(ch);
	if (tnow() - began > NSEC_PER_SEC)
		atomic_add(&s12_late, 1);
	atomic_add(&s12_calls, 1);
}

static void s12_sub_gone(struct event_sub *sub)
{
	(void)sub;
	atomic_store(&s12_gone, 1);
}

static int set_var(struct channel *ch, void *arg)
{
	return channel_set_var(ch, "A", arg);
}

static void s12_a_callback_calls_back_and_waits(void **state)
{
	struct event_sub sub = { .deliver = s12_deliver, .gone = s12_sub_gone };
	struct testleg *tl;
	struct channel *ch = chan_up(NULL, "1", &tl);

	(void)state;
	s12_calls = 0;
	s12_late = 0;
	s12_wrong = 0;
	s12_gone = 0;
	event_subscribe(&sub, EVENT_ALL);
	for (int i = 0; i < 50; i++)
		assert_int_equal(in_task(ch, set_var, (void *)(i & 1 ? "x" : "y")), 0);
	until(atomic_load(&s12_calls) == 50);
	event_unsubscribe(&sub);
	until(atomic_load(&s12_gone));
	assert_int_equal(s12_wrong, 0);
	/* Each would be that waits for something else; on a busy machine any one may be. */
	assert_true(s12_late < 25);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

/* --- S14 ------------------------------------------------------------------------------------- */

static int leave_it_to_another(struct channel *ch, void *arg)
{
	(void)arg;
	ch->pending = true;
	return 0;
}

static void s14_in_child(void)
{
	struct testleg *tl;
	struct channel *ch;

	world_setup(NULL);
	ch = chan_up(NULL, "1", &tl);
	in_task(ch, leave_it_to_another, NULL);
	settle(); /* the result comes before the unlock */
}

/* Whoever lets a channel go with a change of its state pending is stopped there. */
static void s14_a_change_left_to_another_thread(void **state)
{
	int fds[2], status;
	char out[65536];
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], 2);
		close(fds[0]);
		s14_in_child();
		_exit(0);
	}
	close(fds[1]);
	while (n + 1 < sizeof(out) && (got = read(fds[0], out + n, sizeof(out) - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(out, "released with a state change pending"));
}

/* --- S17 ------------------------------------------------------------------------------------- */

static uint32_t s17_done;
static int s17_count;

static int s17_one(struct channel *ch, void *arg)
{
	struct channel_info info;

	(void)arg;
	channel_info_read(ch, &info);
	s17_count++;
	return 0;
}

static void s17_list(void *arg)
{
	(void)arg;
	s17_count = 0;
	channel_foreach(s17_one, NULL);
	atomic_store(&s17_done, 1);
}

/* By a thread of its own, which may stand still for ever. */
static void s17_list_comes(void *arg)
{
	struct tthread thread;

	(void)arg;
	atomic_store(&s17_done, 0);
	assert_int_equal(tthread_start(&thread, TTHREAD_USER, "list", s17_list, NULL), 0);
	until(atomic_load(&s17_done));
	tthread_join(&thread);
}

static void post_hold_done(struct channel_work *work, int err)
{
	(void)work;
	(void)err;
}

static int post_hold(struct channel_work *work, struct channel *ch)
{
	(void)work;
	return channel_hold(ch);
}

/*
 * One leg's operation never returns. Lists come at once, other calls come and go, and the line
 * under the stuck one can go down.
 */
static void s17_an_operation_never_returns(void **state)
{
	struct channel_work hold = { .fn = post_hold, .done = post_hold_done };
	struct testleg *stuck;
	struct channel *ch = chan_up("stuck", "1", &stuck);

	(void)state;
	leg_get(&stuck->leg);
	stuck->on[LEG_OP_HOLD] = BLOCK_IT;
	channel_post_work(ch, &hold);
	until(atomic_load(&stuck->blocked) == 1);
	assert_true(promptly(s17_list_comes, NULL));
	assert_int_equal(s17_count, 1);
	another_call();
	leg_hangup(&stuck->leg, CAUSE_NET_OUT_OF_ORDER);
	leg_released(&stuck->leg);
	testleg_unblock(stuck);
	until(info_of(ch).state == CHAN_DEAD);
	assert_int_equal(info_of(ch).cause, CAUSE_NET_OUT_OF_ORDER);
	leg_put(&stuck->leg);
	channel_put(ch);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest one[] = {
		T(s7_signals_come_under_the_legs_locks),
		T(s12_a_callback_calls_back_and_waits),
	};
	const struct CMUnitTest three[] = {
		T(s7_signals_come_under_the_legs_locks),
		T(s12_a_callback_calls_back_and_waits),
		T(s17_an_operation_never_returns), /* needs a thread to stand in the operation */
	};
	/* Before anything else: it forks. */
	const struct CMUnitTest forking[] = {
		cmocka_unit_test(s14_a_change_left_to_another_thread),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("in a child", forking, NULL, NULL);
	failed += cmocka_run_group_tests_name("pool of one", one, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", three, NULL, NULL);
}

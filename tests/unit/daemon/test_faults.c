// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * S6: every allocation fails once, and every operation of a leg fails once and is lost once, in every
 * operation of the core. What is refused has changed nothing, and nothing is left over.
 *
 * The allocator is wrapped by the linker. Nobody listens to events: one that is lost for want of
 * memory is a gap in their numbers, as it should be.
 */
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"
#include "daemon/core/log.h"
#include "tests/unit/daemon/plant.h"

/* --- the allocator --------------------------------------------------------------------------- */

static bool spent;	       /* one failed in the last operation */
static int32_t countdown = -1; /* atomic; how many succeed until one fails; negative: all do */

static bool fails(void)
{
	return atomic_load(&countdown) >= 0 && atomic_sub(&countdown, 1) == -1;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* --- the cast: a and b talk, c and d are up, e rings, f calls us ----------------------------- */

enum { A, B, C, D, E, F, ALL };

static struct channel *ch[ALL];
static struct testleg *leg[ALL];
static struct bridge *br;
static struct result answer;
static unsigned int place;

static void cast(void)
{
	char sid[2] = "a";

	for (int i = A; i < E; i++, sid[0]++)
		ch[i] = up(sid, "1", &leg[i]);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, ch[A]), 0);
	assert_int_equal(add(br, ch[B]), 0);
	leg[E] = testleg_new(true);
	ch[E] = chan_new(leg[E], "e");
	assert_int_equal(channel_post_dial(ch[E]), 0);
	settle();
	testleg_say(leg[E], LEG_RINGING);
	leg[F] = testleg_new(false);
	ch[F] = chan_new(leg[F], "f");
	testleg_incoming(leg[F], "1", "2");
	settle();
	for (int i = A; i < ALL; i++)
		leg_get(&leg[i]->leg);
}

static int count_left(struct channel *any, void *arg)
{
	channel_post_hangup(any, CAUSE_NORMAL);
	++*(unsigned int *)arg;
	return 0;
}

/* Everybody ends, also who was made meanwhile; the second time nobody is there. */
static void cast_end(void)
{
	unsigned int left = 0;

	for (int i = A; i < ALL; i++)
		for (int op = 0; op < LEG_OPS; op++)
			leg[i]->on[op] = DO_IT;
	channel_foreach(count_left, &left);
	settle();
	until(living() == 0);
	settle();
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
	settle();
	for (int i = A; i < ALL; i++) {
		leg_released(&leg[i]->leg); /* out of quarantine */
		leg_put(&leg[i]->leg);
		channel_put(ch[i]);
	}
	assert_int_equal(leg_quarantine_count(), 0);
}

/* --- operations ------------------------------------------------------------------------------ */

static int attach_none(struct channel *any, const struct leg_signal *sig)
{
	(void)any;
	(void)sig;
	return 0;
}

static int op_originate(void)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "new" };
	struct channel *fresh;
	int err = channel_originate("Local/5", &req, &params, &fresh, NULL);

	if (err)
		return err;
	err = channel_post_dial(fresh);
	channel_put(fresh);
	answer.count = 1;
	return err ? -EALREADY : 0; /* it is there: not dialled */
}

static int op_bridge(void)
{
	struct result *r = &answer;

	return bridge_remove(br, ch[A], result_done, r);
}

static int op_add(void)
{
	struct bridge *mine;
	int err = bridge_create("mine", NULL, true, &mine);

	if (err)
		return err;
	err = bridge_add(mine, ch[C], result_done, &answer);
	if (err)
		bridge_destroy(mine, NULL, NULL);
	bridge_put(mine);
	return err;
}

static int op_swap(void)
{
	return bridge_swap(ch[A], ch[C], result_done, &answer);
}

static int op_move(void)
{
	return channel_move(ch[C], ch[D], result_done, &answer);
}

static int op_move_bridged(void)
{
	return channel_move(ch[A], ch[C], result_done, &answer);
}

static int op_attended(void)
{
	return channel_transfer_attended(ch[A], ch[C], result_done, &answer);
}

static int op_blind(void)
{
	struct transfer_params params = { .target = "Local/7" };

	return channel_transfer(ch[A], &params, result_done, &answer);
}

static int op_pickup(void)
{
	return channel_pickup(ch[E], ch[C], result_done, &answer);
}

static void parked(void *arg, int result)
{
	place = result > 0 ? (unsigned int)result : 0;
	result_done(arg, result > 0 ? 0 : result);
}

static int op_park(void)
{
	struct park_params params = { .timeout_ms = 60000, .back = "Local/8" };

	return channel_park(ch[A], &params, parked, &answer);
}

static int op_ring(void)
{
	static const char *const endpoints[] = { "Local/1", "Local/2" };
	struct ring_params params = { .endpoints = endpoints, .count = 2,
				      .request.timeout_ms = 60000 };

	return channel_ring_post(ch[F], &params, result_done, &answer);
}

static int op_hang_up(void)
{
	for (int i = A; i < ALL; i++)
		channel_post_hangup(ch[i], CAUSE_NORMAL);
	answer.count = 1;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
	int cannot_fail;
} all_ops[] = {
	{ "originate", op_originate, 0 }, { "unbridge", op_bridge, 0 },
	{ "bridge", op_add, 0 },	  { "swap", op_swap, 0 },
	{ "move", op_move, 0 },		  { "move in a bridge", op_move_bridged, 0 },
	{ "attended transfer", op_attended, 0 }, { "blind transfer", op_blind, 0 },
	{ "pickup", op_pickup, 0 },	  { "park", op_park, 0 },
	{ "ring group", op_ring, 0 },	  { "hang-up", op_hang_up, 1 },
};

/* All or nothing: after a refusal everybody is as he was. */
static void run_one(size_t n)
{
	struct channel_info before[ALL], after;
	unsigned int were = living();
	int err;

	for (int i = A; i < ALL; i++)
		before[i] = info_of(ch[i]);
	answer = (struct result){ 0 };
	err = all_ops[n].run();
	settle();
	spent = atomic_xchg(&countdown, -1) < 0;
	settle();
	if (!err) {
		until(atomic_load(&answer.count) == 1);
		err = answer.err;
	}
	if (all_ops[n].cannot_fail) {
		assert_int_equal(err, 0);
		for (int i = A; i < ALL; i++)
			until(info_of(ch[i]).state == CHAN_DEAD);
	}
	for (int i = A; err && i < ALL; i++) {
		after = info_of(ch[i]);
		if (after.state != before[i].state || strcmp(after.leg, before[i].leg) ||
		    after.bridge != before[i].bridge || after.held != before[i].held ||
		    strcmp(after.app, before[i].app))
			fail_msg("%s is refused with %d, and has changed %s", all_ops[n].name, err,
				 before[i].sid);
	}
	if (err && err != -EALREADY && living() != were)
		fail_msg("%s is refused with %d, and has left %d calls", all_ops[n].name, err,
			 (int)living() - (int)were);
	/* And it can be asked again: nothing is half-done. */
	if (err && err != -EALREADY) {
		answer = (struct result){ 0 };
		for (int i = A; i < ALL; i++)
			for (int op = 0; op < LEG_OPS; op++)
				leg[i]->on[op] = DO_IT;
		assert_int_equal(all_ops[n].run(), 0);
		until(atomic_load(&answer.count) == 1);
		assert_int_equal(answer.err, 0);
		settle();
	}
}

static void s6_every_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(all_ops); n++) {
		int32_t nth = 0;

		/* Until the operation needs no more than are allowed. */
		do {
			cast();
			atomic_store(&countdown, nth);
			run_one(n);
			cast_end();
		} while (spent && nth++ < 200);
		print_message("%s: %d allocations\n", all_ops[n].name, nth);
		assert_true(nth < 200);
	}
}

/*
 * The answer of one who was called by a ring group is no request that could be refused: both talk, or
 * both calls end, and so does the bridge that was made for them.
 */
static int count_bridges(struct bridge *any, void *arg)
{
	(void)any;
	++*(unsigned int *)arg;
	return 0;
}

static void answer_short_of_memory(int32_t nth)
{
	static const char *const endpoints[] = { "Test/1" };
	struct ring_params params = { .endpoints = endpoints, .count = 1,
				      .request.timeout_ms = 60000 };
	struct leg_signal *sig = leg_signal_new(LEG_ANSWERED);
	struct channel_info caller;
	struct testleg *called;
	unsigned int bridges = 0;

	answer = (struct result){ 0 };
	assert_int_equal(channel_ring_post(ch[F], &params, result_done, &answer), 0);
	until(atomic_load(&answer.count) == 1);
	assert_int_equal(answer.err, 0);
	settle();
	called = testleg_last;
	leg_get(&called->leg);
	leg[F]->on[LEG_OP_ANSWER] = LOSE_IT; /* its far end speaks when there is memory again */
	atomic_store(&countdown, nth);
	leg_signal(&called->leg, sig);
	settle();
	spent = atomic_xchg(&countdown, -1) < 0;
	if (leg[F]->asked[LEG_OP_ANSWER])
		testleg_say(leg[F], LEG_ANSWERED);
	settle();
	caller = info_of(ch[F]);
	bridge_foreach(count_bridges, &bridges);
	if (caller.state == CHAN_UP && caller.bridge) {
		assert_int_equal(bridges, 2);
	} else {
		until(info_of(ch[F]).state == CHAN_DEAD && !called->leg.chan);
		settle();
		bridges = 0;
		bridge_foreach(count_bridges, &bridges);
		assert_int_equal(bridges, 1);
	}
	leg_put(&called->leg);
}

static void s6_every_allocation_of_an_answer_fails_once(void **state)
{
	int32_t nth = 0;

	(void)state;
	do {
		cast();
		answer_short_of_memory(nth);
		cast_end();
	} while (spent && nth++ < 200);
	print_message("%d allocations\n", nth);
	assert_true(nth > 3 && nth < 200);
}

static void s6_every_leg_operation_fails_and_is_lost_once(void **state)
{
	static const enum behaviour faults[] = { FAIL_IT, LOSE_IT };

	(void)state;
	channel_release_timeout_ns = 20 * NSEC_PER_MSEC;
	for (size_t n = 0; n < ARRAY_SIZE(all_ops); n++)
		for (int op = 0; op < LEG_OPS; op++)
			for (size_t f = 0; f < ARRAY_SIZE(faults); f++) {
				cast();
				for (int i = A; i < ALL; i++)
					leg[i]->on[op] = faults[f];
				run_one(n);
				cast_end();
			}
}

/* --- a world without listeners --------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	channel_release_timeout_ns = 10 * NSEC_PER_SEC;
	at_once = true;
	provider_err = 0;
	pending_count = 0;
	if (timer_thread_start() || serializer_pool_start(1, 0) || event_start() ||
	    channels_init() || bridges_init() || local_init() || park_init(1, 10) ||
	    leg_tech_register(&testleg_tech))
		return -1;
	channel_set_default_controller(attach_none);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		settle();
		trcu_barrier();
	}
	assert_int_equal(bridges_exit(), 0);
	assert_int_equal(channels_exit(), 0);
	event_stop();
	timer_thread_stop();
	settle();
	trcu_barrier();
	trcu_barrier();
	struct serializer_stats stats;

	serializer_pool_stats(&stats);
	assert_int_equal(stats.alive, 0);
	assert_int_equal(serializer_pool_stop(patience_ns()), 0);
	leg_tech_unregister(&testleg_tech);
	local_exit();
	trcu_barrier();
	assert_int_equal(testlegs_alive(), 0);
	assert_int_equal(tframe_alive(), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(s6_every_allocation_fails_once, setup, teardown),
		cmocka_unit_test_setup_teardown(s6_every_allocation_of_an_answer_fails_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(s6_every_leg_operation_fails_and_is_lost_once, setup,
						teardown),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

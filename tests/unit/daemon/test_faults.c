// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * S6: every allocation fails once, and every operation of a leg fails and is lost, in every operation of
 * the core: of every leg of the cast, and only once, of whichever leg is asked first. What is refused has
 * changed nothing, and nothing is left over. (Blocked: test_blocked.c.)
 *
 * The allocator is wrapped by the linker. Nobody listens to events: one that is lost for want of
 * memory is a gap in their numbers, as it should be.
 */
#include "daemon/call/channel_priv.h"
#include "daemon/call/ring.h"
#include "tests/unit/daemon/cast.h"

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

/* --- tests ----------------------------------------------------------------------------------- */

static void s6_every_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t n = 0; n < core_op_count; n++) {
		int32_t nth = 0;

		/* Until the operation needs no more than are allowed. */
		do {
			cast();
			atomic_store(&countdown, nth);
			core_op_begin(&core_ops[n]);
			settle();
			spent = atomic_xchg(&countdown, -1) < 0;
			core_op_end(&core_ops[n]);
			cast_end();
		} while (spent && nth++ < 200);
		print_message("%s: %d allocations\n", core_ops[n].name, nth);
		assert_true(nth < 200);
	}
}

static struct result answer;

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
	assert_int_equal(channel_ring_post(cast_ch[F], &params, result_done, &answer), 0);
	until(atomic_load(&answer.count) == 1);
	assert_int_equal(answer.err, 0);
	settle();
	called = testleg_last;
	leg_get(&called->leg);
	cast_leg[F]->on[LEG_OP_ANSWER] = LOSE_IT; /* its far end speaks when there is memory again */
	atomic_store(&countdown, nth);
	leg_signal(&called->leg, sig);
	settle();
	spent = atomic_xchg(&countdown, -1) < 0;
	if (cast_leg[F]->asked[LEG_OP_ANSWER])
		testleg_say(cast_leg[F], LEG_ANSWERED);
	settle();
	caller = info_of(cast_ch[F]);
	bridge_foreach(count_bridges, &bridges);
	if (caller.state == CHAN_UP && caller.bridge) {
		assert_int_equal(bridges, 2);
	} else {
		until(info_of(cast_ch[F]).state == CHAN_DEAD && !called->leg.chan);
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

static const enum behaviour faults[] = { FAIL_IT, LOSE_IT };

static void s6_every_leg_operation_fails_and_is_lost(void **state)
{
	(void)state;
	channel_release_timeout_ns = 20 * NSEC_PER_MSEC;
	for (size_t n = 0; n < core_op_count; n++)
		for (int op = 0; op < LEG_OPS; op++)
			for (size_t f = 0; f < ARRAY_SIZE(faults); f++) {
				cast();
				for (int i = A; i < ALL; i++)
					cast_leg[i]->on[op] = faults[f];
				core_op_begin(&core_ops[n]);
				core_op_end(&core_ops[n]);
				cast_end();
			}
}

static void s6_every_leg_operation_fails_and_is_lost_once(void **state)
{
	(void)state;
	channel_release_timeout_ns = 20 * NSEC_PER_MSEC;
	cast_tech = "Test"; /* whom the operation calls may be who is asked */
	for (int op = 0; op < LEG_OPS; op++) {
		unsigned int reached = 0;

		for (size_t n = 0; n < core_op_count; n++)
			for (size_t f = 0; f < ARRAY_SIZE(faults); f++) {
				cast();
				testleg_fault((enum leg_op)op, faults[f]);
				core_op_begin(&core_ops[n]);
				settle();
				reached += !!testleg_faulted();
				core_op_end(&core_ops[n]);
				cast_end();
			}
		assert_true(reached); /* else the table lacks an operation */
	}
	cast_tech = "Local";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(s6_every_allocation_fails_once, cast_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(s6_every_allocation_of_an_answer_fails_once,
						cast_setup, world_teardown),
		cmocka_unit_test_setup_teardown(s6_every_leg_operation_fails_and_is_lost, cast_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(s6_every_leg_operation_fails_and_is_lost_once,
						cast_setup, world_teardown),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

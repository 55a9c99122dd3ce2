// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the sides of a ring group, and of an everyday call, are told of each other.
 */
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/ring.h"
#include "tests/unit/daemon/plant.h"

/* Party 0 calls; 1..count are the branches. */
static struct testleg *made[RING_MAX];
static int made_count;
static char shown[32]; /* who calls, as the branch made last was told */

static int request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	(void)reason;
	snprintf(shown, sizeof(shown), "%s", req->caller.number);
	made[made_count] = testleg_new(true);
	*leg = &made[made_count++]->leg;
	return 0;
}

static struct leg_tech group_tech = { .name = "Group", .request = request };

static int setup(void **state)
{
	int err = plant_setup(state);

	return err ? err : leg_tech_register(&group_tech);
}

static int teardown(void **state)
{
	int err = world_teardown(state);

	leg_tech_unregister(&group_tech);
	return err;
}

static int take_it(struct channel *ch, const struct leg_signal *sig)
{
	(void)ch;
	(void)sig;
	return 0;
}

static int ring(unsigned int count, const char *number)
{
	const char *endpoints[RING_MAX];
	struct ring_params params = { .endpoints = endpoints, .count = count };
	struct result res = { 0 };

	snprintf(params.request.caller.number, sizeof(params.request.caller.number), "%s", number);
	for (unsigned int i = 0; i < RING_MAX; i++)
		endpoints[i] = "Group/1";
	assert_int_equal(channel_ring_post(who[0].ch, &params, result_done, &res), 0);
	settle();
	assert_int_equal(res.count, 1);
	return res.err;
}

static void scene(unsigned int count)
{
	made_count = 0;
	channel_set_default_controller(take_it);
	party_calling();
	assert_int_equal(ring(count, ""), 0);
	assert_int_equal(made_count, count);
	for (int i = 0; i < made_count; i++)
		party_take(made[i]->leg.chan, made[i]);
}

static uint32_t asked(int i, enum leg_op op)
{
	return atomic_load(&who[i].leg->asked[op]);
}

static void say(int i, enum leg_signal_type type)
{
	testleg_say(who[i].leg, type);
	settle();
}

static void digits(int i, const char *text)
{
	struct leg_signal *sig = leg_signal_new(LEG_DIGITS);

	snprintf(sig->u.digits, sizeof(sig->u.digits), "%s", text);
	leg_signal(&who[i].leg->leg, sig);
	settle();
}

static void before_the_answer(void **state)
{
	(void)state;
	for (int count = 1; count <= 3; count += 2) {
		bool one = count == 1;

		scene((unsigned int)count);
		assert_string_equal(info_of(who[0].ch).app, one ? "connect" : "ring");
		assert_string_equal(info_of(who[1].ch).app, one ? "connect" : "ring");
		assert_string_equal(shown, "4711");
		/* Each said so when it was dialled. */
		assert_int_equal(asked(0, LEG_OP_PROCEEDING), 1);
		digits(0, "34");
		for (int i = 1; i <= count; i++)
			assert_string_equal(who[i].leg->digits, one ? "34" : "");
		assert_int_equal(asked(0, LEG_OP_RINGING), 0);
		for (int i = 1; i <= count; i++)
			say(i, LEG_RINGING);
		assert_int_equal(asked(0, LEG_OP_RINGING), 1);
		say(1, LEG_PROGRESS);
		say(1, LEG_PROGRESS);
		assert_int_equal(asked(0, LEG_OP_PROGRESS), one ? 2 : 0);
		assert_int_equal(info_of(who[0].ch).bridge, 0);
		assert_int_equal(asked(0, LEG_OP_ANSWER), 0);
		scene_end();
	}
}

static void after_the_answer(void **state)
{
	(void)state;
	for (int count = 1; count <= 3; count += 2) {
		int won = count == 1 ? 1 : 2;

		scene((unsigned int)count);
		say(won, LEG_ANSWERED);
		assert_int_equal(asked(0, LEG_OP_ANSWER), 1);
		assert_int_equal(state_of(0), CHAN_UP);
		say(0, LEG_HOLD);
		assert_int_equal(asked(won, LEG_OP_HOLD), 1);
		assert_int_equal(asked(won, LEG_OP_UNHOLD), 0);
		say(0, LEG_UNHOLD);
		assert_int_equal(asked(won, LEG_OP_HOLD), 1);
		assert_int_equal(asked(won, LEG_OP_UNHOLD), 1);
		assert_int_equal(asked(0, LEG_OP_HOLD), 0);
		say(won, LEG_HOLD);
		assert_int_equal(asked(0, LEG_OP_HOLD), 1);
		assert_int_equal(asked(0, LEG_OP_UNHOLD), 0);
		say(won, LEG_UNHOLD);
		assert_int_equal(asked(0, LEG_OP_HOLD), 1);
		assert_int_equal(asked(0, LEG_OP_UNHOLD), 1);
		assert_true(talk(who[0].leg, who[won].leg));
		for (int i = 1; i <= count; i++)
			assert_int_equal(state_of(i), i == won ? CHAN_UP : CHAN_DEAD);
		events_all();
		assert_int_equal(events_of(EVENT_CHANNEL_RING_WON, 0), count > 1);
		events_forget();
		scene_end();
	}
}

/* One that talks already is not answered again; and another number than its own may be shown. */
static void a_caller_that_is_up(void **state)
{
	(void)state;
	made_count = 0;
	party_add("1");
	assert_int_equal(ring(1, "55"), 0);
	assert_string_equal(shown, "55");
	testleg_say(made[0], LEG_ANSWERED);
	settle();
	assert_int_equal(asked(0, LEG_OP_ANSWER), 0);
	assert_true(talk(who[0].leg, made[0]));
	scene_end();
}

/* A call that cannot be answered is none. */
static void a_caller_that_cannot_be_answered(void **state)
{
	(void)state;
	scene(2);
	who[0].leg->on[LEG_OP_ANSWER] = FAIL_IT;
	say(2, LEG_ANSWERED);
	for (int i = 0; i <= 2; i++)
		assert_int_equal(state_of(i), CHAN_DEAD);
	scene_end();
}

/* The caller is rung for as long as one rings, and then gets what the last one said. */
static void branches_that_end(void **state)
{
	(void)state;
	for (int left = 0; left < 2; left++) {
		scene(3);
		leg_hangup(&who[1].leg->leg, CAUSE_BUSY);
		leg_hangup(&who[3].leg->leg, CAUSE_REJECTED);
		settle();
		assert_int_equal(state_of(0), CHAN_RING);
		if (left) {
			say(2, LEG_ANSWERED);
			assert_int_equal(state_of(0), CHAN_UP);
		} else {
			leg_hangup(&who[2].leg->leg, CAUSE_NO_ANSWER);
			settle();
			assert_int_equal(state_of(0), CHAN_DEAD);
			assert_int_equal(info_of(who[0].ch).cause, CAUSE_NO_ANSWER);
		}
		scene_end();
	}
}

static void as_many_as_may_ring(void **state)
{
	(void)state;
	made_count = 0;
	channel_set_default_controller(take_it);
	party_calling();
	assert_int_equal(ring(RING_MAX, ""), 0);
	assert_int_equal(made_count, RING_MAX);
	testleg_say(made[RING_MAX - 1], LEG_ANSWERED);
	settle();
	assert_true(talk(who[0].leg, made[RING_MAX - 1]));
	assert_int_equal(living(), 2);
	scene_end();
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(before_the_answer),
		T(after_the_answer),
		T(a_caller_that_is_up),
		T(a_caller_that_cannot_be_answered),
		T(branches_that_end),
		T(as_many_as_may_ring),
	};

	tests_chosen();
	return cmocka_run_group_tests_name("what is passed on", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pickup: what it gives, what it refuses, and what else may happen to the call at each step.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/pickup.h"
#include "tests/unit/daemon/plant.h"

static struct result res, res2;
static int victim;

static void begin(void)
{
	res = (struct result){ 0 };
	res2 = (struct result){ 0 };
}

static void strike_hang_up(void)
{
	channel_post_hangup(who[victim].ch, CAUSE_BUSY);
}

/* What a request gave: returned, or by done(), and then exactly once. */
static int outcome(int returned)
{
	settle();
	assert_int_equal(res.count, returned ? 0 : 1);
	return returned ? returned : res.err;
}

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = "Test/9" };

	(void)sig;
	return channel_connect(ch, &params, NULL) ? CAUSE_BUSY : 0;
}

enum { RINGS, BY, ALSO };

static void pickup_scene(void)
{
	begin();
	party_ringing();
	party_add("2");
	party_add("3");
}

static void op_pickup(void)
{
	assert_int_equal(channel_pickup(who[RINGS].ch, who[BY].ch, result_done, &res), 0);
}

static int pickup(int ringing, int by)
{
	begin();
	return outcome(channel_pickup(who[ringing].ch, who[by].ch, result_done, &res));
}

/* The caller hears nothing of it: it is answered, and talks. */
static void pickup_of_an_everyday_call(void **state)
{
	struct testleg *rings;

	(void)state;
	begin();
	channel_set_default_controller(router);
	party_calling();
	rings = testleg_last;
	party_take(rings->leg.chan, rings);
	party_add("2");
	testleg_say(rings, LEG_RINGING);
	settle();
	assert_int_equal(outcome(channel_pickup(who[1].ch, who[2].ch, result_done, &res)), 0);
	assert_int_equal(sits_in(1), 2);
	assert_int_equal(state_of(0), CHAN_UP);
	assert_true(talk(who[0].leg, who[2].leg));
	assert_int_equal(atomic_load(&rings->release_cause), CAUSE_PICKED_UP);
	until(events_of(EVENT_CHANNEL_PICKED_UP, channel_id(who[1].ch)) == 1);
	assert_int_equal(living(), 2);
	scene_end();
}

static void pickup_refusals(void **state)
{
	(void)state;
	pickup_scene();
	assert_int_equal(channel_pickup(who[RINGS].ch, who[RINGS].ch, NULL, NULL), -EINVAL);
	assert_int_equal(pickup(ALSO, BY), -EINVAL);
	assert_int_equal(pickup(BY, RINGS), -EINVAL);
	assert_int_equal(in_task(who[RINGS].ch, control, &app_a), 0);
	assert_int_equal(in_task(who[BY].ch, control, &app_b), 0);
	assert_int_equal(pickup(RINGS, BY), -EPERM);
	assert_int_equal(in_task(who[BY].ch, control, NULL), 0);
	scene_check();
	assert_int_equal(living(), 3);
	assert_int_equal(state_of(RINGS), CHAN_RINGING);
	channel_post_hangup(who[RINGS].ch, CAUSE_NORMAL);
	settle();
	assert_int_equal(pickup(RINGS, BY), -ENODEV);
	assert_int_equal(state_of(BY), CHAN_UP);
	scene_end();
}

static void strike_answer(void)
{
	testleg_say(who[RINGS].leg, LEG_ANSWERED);
}

static void strike_pickup(void)
{
	assert_int_equal(channel_pickup(who[RINGS].ch, who[ALSO].ch, result_done, &res2), 0);
}

static void pickup_at_every_step(void **state)
{
	static void (*const strikes[])(void) = { strike_hang_up, strike_hang_up, strike_answer,
						 strike_pickup };
	uint32_t done = 0, refused = 0;

	(void)state;
	for (int bridged = 0; bridged < 2; bridged++)
		for (victim = RINGS; victim <= BY + 2; victim++)
			for (int n = -1; n <= TURNS; n++) {
				pickup_scene();
				if (bridged) {
					party_add("4");
					party_bridge(BY, 3, true);
				}
				meet(n, op_pickup, strikes[victim]);
				assert_int_equal(res.count, 1);
				scene_check();
				*(res.err ? &refused : &done) += 1;
				if (!res.err && state_of(RINGS) == CHAN_UP)
					assert_int_equal(sits_in(RINGS), BY);
				if (victim == BY + 1) /* answered, by the one or the other */
					assert_int_equal(state_of(RINGS), CHAN_UP);
				if (victim == BY + 2) /* exactly one got it */
					assert_true(!res.err != !res2.err && res2.count == 1);
				if (res.err && victim != BY)
					assert_int_equal(state_of(BY), CHAN_UP);
				scene_end();
			}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pickup_of_an_everyday_call),
		T(pickup_refusals),
		T(pickup_at_every_step),
	};
	int failed;

	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

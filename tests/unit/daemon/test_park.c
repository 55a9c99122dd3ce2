// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parking: into a place, out of it in each way, and both met by everything else at each step.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/park.h"
#include "tests/unit/daemon/plant.h"

#define FIRST 701
#define COUNT 3

static struct result parked, back;

/* 0 is parked; 1 is its peer, the parker, where there is a bridge; 2 and 3 retrieve. */
enum { P, PARKER, BY, ALSO };

static int setup(void **state)
{
	assert_int_equal(park_init(FIRST, COUNT), 0);
	return plant_setup(state);
}

static void scene(bool bridged)
{
	static const char *const numbers[] = { "1", "2", "3", "4" };

	parked = (struct result){ 0 };
	back = (struct result){ 0 };
	for (int i = 0; i < 4; i++)
		party_add(numbers[i]);
	if (bridged)
		party_bridge(P, PARKER, true);
}

static int park(int i, unsigned int place, unsigned int timeout_ms, const char *to)
{
	struct park_params params = { .place = place, .timeout_ms = timeout_ms, .back = to };
	int err;

	parked = (struct result){ 0 };
	err = channel_park(who[i].ch, &params, result_done, &parked);
	if (err)
		return err;
	settle();
	assert_int_equal(parked.count, 1);
	return parked.err;
}

static int retrieve(unsigned int place, int by)
{
	int err;

	back = (struct result){ 0 };
	err = channel_retrieve(place, who[by].ch, result_done, &back);
	if (err)
		return err;
	settle();
	assert_int_equal(back.count, 1);
	return back.err;
}

static int count_one(unsigned int place, struct channel *ch, void *arg)
{
	(void)place;
	(void)ch;
	++*(int *)arg;
	return 0;
}

static int taken(void)
{
	int n = 0;

	park_foreach(count_one, &n);
	return n;
}

static bool left_by(const struct event *event, const void *why)
{
	return !strcmp(event->u.park.why, why);
}

static bool unparked(const char *why)
{
	return events_that(EVENT_CHANNEL_UNPARKED, left_by, why) > 0;
}

static int no_bridge(struct bridge *br, void *arg)
{
	(void)br;
	(void)arg;
	return 1;
}

static void a_call_waits_in_a_place(void **state)
{
	(void)state;
	scene(true);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	assert_int_equal(state_of(PARKER), CHAN_DEAD);
	assert_int_equal(atomic_load(&who[PARKER].leg->release_cause), CAUSE_NORMAL);
	assert_int_equal(state_of(P), CHAN_UP);
	assert_int_equal(info_of(who[P].ch).bridge, 0);
	assert_int_equal(who[P].leg->asked[LEG_OP_HOLD], 1);
	assert_int_equal(hear(who[P].leg), -1);
	assert_int_equal(bridge_foreach(no_bridge, NULL), 0); /* it waits without a media path */
	assert_int_equal(taken(), 1);
	until(events_of(EVENT_CHANNEL_PARKED, channel_id(who[P].ch)) == 1);
	assert_int_equal(retrieve(FIRST, BY), 0);
	assert_int_equal(taken(), 0);
	assert_int_equal(who[P].leg->asked[LEG_OP_UNHOLD], 1);
	assert_true(talk(who[P].leg, who[BY].leg));
	assert_string_equal(who[BY].leg->connected.number, "1");
	until(unparked("retrieved"));
	leg_hangup(&who[P].leg->leg, CAUSE_NORMAL);
	settle();
	assert_int_equal(state_of(BY), CHAN_DEAD);
	scene_end();
}

static void places(void **state)
{
	char lengthy[100];

	(void)state;
	memset(lengthy, '1', sizeof(lengthy));
	lengthy[sizeof(lengthy) - 1] = '\0';
	assert_int_equal(park_init(0, 1), -EINVAL);
	assert_int_equal(park_init(1, 0), -EINVAL);
	assert_int_equal(park_init(1, PARK_PLACES + 1), -EINVAL);
	assert_int_equal(park_init(UINT32_MAX, 2), -EINVAL);
	scene(false);
	assert_int_equal(park(P, FIRST - 1, 0, NULL), -EINVAL);
	assert_int_equal(park(P, FIRST + COUNT, 0, NULL), -EINVAL);
	assert_int_equal(park(P, 0, 0, lengthy), -EINVAL);
	assert_int_equal(park(P, FIRST + 1, 0, NULL), FIRST + 1);
	assert_int_equal(park(P, 0, 0, NULL), -EBUSY); /* it is parked already */
	assert_int_equal(park(PARKER, FIRST + 1, 0, NULL), -EBUSY);
	assert_int_equal(park(PARKER, 0, 0, NULL), FIRST);
	assert_int_equal(park(BY, 0, 0, NULL), FIRST + 2);
	assert_int_equal(park(ALSO, 0, 0, NULL), -ENOSPC);
	assert_int_equal(state_of(ALSO), CHAN_UP);
	assert_int_equal(retrieve(FIRST - 1, ALSO), -EINVAL);
	assert_int_equal(retrieve(FIRST, PARKER), -EINVAL); /* itself */
	assert_int_equal(retrieve(FIRST, ALSO), 0);
	assert_int_equal(retrieve(FIRST, BY), -ENOENT);
	assert_int_equal(retrieve(FIRST + 1, ALSO), -EBUSY); /* it talks already */
	assert_int_equal(taken(), 2);
	leg_hangup(&who[P].leg->leg, CAUSE_NORMAL);
	settle();
	assert_int_equal(taken(), 1);
	until(unparked("gone"));
	assert_int_equal(park(P, 0, 0, NULL), -ENODEV);
	scene_end();
	assert_int_equal(taken(), 0);
	/* Not answered; and of another application. */
	party_ringing();
	assert_int_equal(park(0, 0, 0, NULL), -EINVAL);
	scene_end();
	scene(true);
	assert_int_equal(in_task(who[P].ch, control, &app_a), 0);
	assert_int_equal(in_task(who[PARKER].ch, control, &app_b), 0);
	assert_int_equal(park(P, 0, 0, NULL), -EPERM);
	assert_true(talk(who[P].leg, who[PARKER].leg));
	assert_int_equal(in_task(who[PARKER].ch, control, NULL), 0);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	assert_int_equal(in_task(who[BY].ch, control, &app_b), 0);
	assert_int_equal(retrieve(FIRST, BY), -EPERM);
	assert_int_equal(bridge_foreach(no_bridge, NULL), 0);
	assert_int_equal(in_task(who[BY].ch, control, NULL), 0);
	assert_int_equal(retrieve(FIRST, BY), 0);
	scene_end();
}

static const char *routed;

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = "Test/9" };

	if (strcmp(sig->u.call.called, "2"))
		return 3;
	routed = "2";
	return channel_connect(ch, &params, NULL) ? CAUSE_BUSY : 0;
}

static void nobody_comes(void **state)
{
	static const char *const to[] = { NULL, "Test/9", "5", "Nothing/1", "" };

	(void)state;
	channel_set_default_controller(router);
	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		bool returns = i < 2;

		testleg_last = NULL;
		routed = NULL;
		scene(i == 0);
		assert_int_equal(park(P, 0, 20, to[i]), FIRST);
		until(taken() == 0);
		settle();
		if (returns) {
			/* To the parker's number, by the router; or to the endpoint. */
			assert_int_equal(routed != NULL, i == 0);
			assert_int_equal(who[P].leg->asked[LEG_OP_UNHOLD], 1);
			until(testleg_last != NULL);
			testleg_say(testleg_last, LEG_ANSWERED);
			settle();
			assert_true(talk(who[P].leg, testleg_last));
		} else {
			assert_int_equal(atomic_load(&who[P].leg->release_cause), CAUSE_NO_ANSWER);
		}
		until(unparked("timeout"));
		scene_end();
	}
}

static void out_by_other_ways(void **state)
{
	struct bridge *br;

	(void)state;
	scene(false);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	party_bridge(P, BY, false);
	assert_int_equal(taken(), 0);
	until(unparked("bridged"));
	scene_end();
	scene(false);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	assert_int_equal(in_task(who[P].ch, control, NULL), 0);
	settle();
	assert_int_equal(taken(), 0);
	until(unparked("taken"));
	scene_end();
	/* A leg that is moved into it waits there; one that is moved away leaves its place. */
	scene(false);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	assert_int_equal(move(who[P].ch, who[BY].ch), 0);
	assert_int_equal(taken(), 1);
	assert_int_equal(sits_in(P), BY);
	assert_int_equal(move(who[ALSO].ch, who[P].ch), 0);
	assert_int_equal(taken(), 0);
	assert_int_equal(sits_in(ALSO), BY);
	scene_end();
	/* Alone in a bridge: there is no parker. */
	scene(false);
	assert_int_equal(bridge_create(NULL, NULL, false, &br), 0);
	assert_int_equal(add(br, who[P].ch), 0);
	assert_int_equal(park(P, 0, 0, NULL), FIRST);
	assert_int_equal(info_of(who[P].ch).bridge, 0);
	end_bridge(br);
	scene_end();
}

/* --- every interleaving ---------------------------------------------------------------------- */

static int victim;

static void strike_hang_up(void)
{
	channel_post_hangup(who[victim].ch, CAUSE_BUSY);
}

static void op_park(void)
{
	struct park_params params = { .place = 0 };

	assert_int_equal(channel_park(who[P].ch, &params, result_done, &parked), 0);
}

static void park_at_every_step(void **state)
{
	uint32_t done = 0, refused = 0;

	(void)state;
	for (int bridged = 0; bridged < 2; bridged++)
		for (victim = P; victim <= PARKER; victim++)
			for (int n = -1; n <= TURNS; n++) {
				scene(bridged);
				meet(n, op_park, strike_hang_up);
				assert_int_equal(parked.count, 1);
				scene_check();
				*(parked.err < 0 ? &refused : &done) += 1;
				assert_int_equal(taken(), parked.err > 0 && victim == PARKER);
				if (taken())
					assert_int_equal(state_of(P), CHAN_UP);
				scene_end();
				assert_int_equal(taken(), 0);
				events_forget();
			}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

static void op_retrieve(void)
{
	assert_int_equal(channel_retrieve(FIRST, who[BY].ch, result_done, &back), 0);
}

static void strike_retrieve(void)
{
	int err = channel_retrieve(FIRST, who[ALSO].ch, result_done, &parked);

	if (err)
		result_done(&parked, err);
}

static void strike_bridge(void)
{
	struct bridge *br;

	assert_int_equal(bridge_create(NULL, NULL, false, &br), 0);
	assert_int_equal(bridge_add(br, who[P].ch, NULL, NULL), 0);
	bridge_put(br);
}

static void retrieve_at_every_step(void **state)
{
	static void (*const strikes[])(void) = { strike_hang_up, strike_hang_up, strike_retrieve,
						 strike_bridge };
	uint32_t done = 0, refused = 0;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(strikes); k++)
		for (int n = -1; n <= TURNS; n++) {
			scene(false);
			assert_int_equal(park(P, 0, 0, NULL), FIRST);
			parked = (struct result){ 0 };
			victim = k ? BY : P;
			meet(n, op_retrieve, strikes[k]);
			assert_int_equal(back.count, 1);
			scene_check();
			*(back.err ? &refused : &done) += 1;
			if (strikes[k] == strike_retrieve) {
				assert_int_equal(parked.count, 1);
				assert_true(!parked.err != !back.err);
				assert_true(talk(who[P].leg, who[back.err ? ALSO : BY].leg));
			}
			if (back.err)
				assert_true(back.err == -EBUSY || back.err == -ENODEV);
			if (back.err && victim != BY)
				assert_int_equal(state_of(BY), CHAN_UP);
			if (back.err && k == 1)
				assert_int_equal(taken(), 1);
			scene_end();
			assert_int_equal(taken(), 0);
			events_forget();
		}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

/* Time-outs that meet retrievals, by the clock: each call is either retrieved or goes its way. */
static void retrievals_meet_the_timer(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		scene(false);
		assert_int_equal(park(P, 0, 2, NULL), FIRST);
		usleep(1500 + (useconds_t)i * 25);
		back = (struct result){ 0 };
		if (!channel_retrieve(FIRST, who[BY].ch, result_done, &back))
			until(atomic_load(&back.count) == 1);
		else
			back.err = -ENOENT;
		settle();
		scene_check();
		until(taken() == 0);
		settle();
		assert_int_equal(state_of(P), back.err ? CHAN_DEAD : CHAN_UP);
		assert_int_equal(state_of(BY), CHAN_UP);
		scene_end();
		events_forget();
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_waits_in_a_place),
		T(places),
		T(nobody_comes),
		T(out_by_other_ways),
		T(park_at_every_step),
		T(retrieve_at_every_step),
		T(retrievals_meet_the_timer),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transfers: what they give, what they refuse, and a hang-up of each party at each
 * step.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/transfer.h"
#include "tests/unit/daemon/plant.h"

static struct result res;
static int victim;

static void begin(void)
{
	res = (struct result){ 0 };
	testleg_last = NULL;
	testleg_request_err = 0;
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

static const char *route_to;

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = route_to };
	const char *reason = NULL;
	int err;

	(void)sig;
	if (!route_to)
		return 3; /* no route to destination */
	err = channel_connect(ch, &params, &reason);
	return err ? leg_errno_cause(err) : 0;
}

/* --- blind ----------------------------------------------------------------------------------- */

enum { T, P };

static void blind_scene(void)
{
	begin();
	party_add("1");
	party_add("2");
	party_bridge(T, P, true);
}

static int blind(const char *target, unsigned int timeout_ms)
{
	struct transfer_params params = { .target = target, .timeout_ms = timeout_ms };

	return outcome(channel_transfer(who[T].ch, &params, result_done, &res));
}

static void blind_to_an_endpoint(void **state)
{
	struct testleg *dest;

	(void)state;
	blind_scene();
	assert_int_equal(blind("Test/9", 0), 0);
	dest = testleg_last;
	assert_int_equal(state_of(T), CHAN_DEAD);
	assert_int_equal(atomic_load(&who[T].leg->release_cause), CAUSE_NORMAL);
	assert_int_equal(state_of(P), CHAN_UP);
	assert_int_equal(sits_in(P), P);
	assert_int_equal(info_of(who[P].ch).bridge, 0);
	assert_int_equal(living(), 2); /* S11: the peer's and the destination's */
	testleg_say(dest, LEG_RINGING);
	testleg_say(dest, LEG_ANSWERED);
	settle();
	assert_true(talk(who[P].leg, dest));
	until(events_of(EVENT_CHANNEL_TRANSFERRED, channel_id(who[T].ch)) == 1);
	leg_hangup(&dest->leg, CAUSE_BUSY);
	settle();
	assert_int_equal(atomic_load(&who[P].leg->release_cause), CAUSE_BUSY);
	scene_end();
}

/* In an everyday call the end of either is the other's: not of the one who hands over. */
static void blind_of_an_everyday_call(void **state)
{
	(void)state;
	channel_set_default_controller(router);
	for (int by = 0; by < 2; by++) {
		struct transfer_params params = { .target = "Test/8" };
		int err;

		begin();
		route_to = "Test/9";
		party_calling();
		party_take(testleg_last->leg.chan, testleg_last);
		testleg_say(testleg_last, LEG_ANSWERED);
		settle();
		assert_true(talk(who[0].leg, who[1].leg));
		err = channel_transfer(who[by].ch, &params, result_done, &res);
		assert_int_equal(outcome(err), 0);
		assert_int_equal(state_of(by), CHAN_DEAD);
		assert_int_equal(state_of(!by), CHAN_UP);
		testleg_say(testleg_last, LEG_ANSWERED);
		settle();
		assert_true(talk(who[!by].leg, testleg_last));
		scene_end();
	}
}

static void blind_to_a_number(void **state)
{
	(void)state;
	channel_set_default_controller(router);
	route_to = "Test/5";
	blind_scene();
	assert_int_equal(blind("5", 0), 0);
	assert_string_equal(info_of(who[P].ch).exten, "5");
	testleg_say(testleg_last, LEG_ANSWERED);
	settle();
	assert_true(talk(who[P].leg, testleg_last));
	scene_end();
}

/* Nothing changed: they are where they were, and talk. */
static void blind_refused(int err, const char *target)
{
	assert_int_equal(blind(target, 0), err);
	assert_true(talk(who[T].leg, who[P].leg));
	assert_int_equal(living(), 2);
	assert_int_equal(events_of(EVENT_CHANNEL_TRANSFERRED, 0), 0);
	begin();
}

static void blind_refusals(void **state)
{
	static const int errs[] = { -EINVAL, -ENOENT, -EBUSY, -ENETDOWN, -EAGAIN, -ENOMEM };
	char lengthy[100];

	(void)state;
	memset(lengthy, '1', sizeof(lengthy));
	lengthy[sizeof(lengthy) - 1] = '\0';
	blind_scene();
	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		testleg_request_err = errs[i];
		blind_refused(errs[i], "Test/9");
	}
	blind_refused(-EINVAL, "Nothing/9");
	blind_refused(-EINVAL, "");
	blind_refused(-EINVAL, lengthy);
	blind_refused(-ENOENT, "5"); /* there is no router at all */
	channel_set_default_controller(router);
	route_to = NULL;
	blind_refused(-ENOENT, "5");
	route_to = "Test/5";
	testleg_request_err = -EBUSY;
	blind_refused(-EBUSY, "5");
	assert_int_equal(in_task(who[T].ch, control, &app_a), 0);
	assert_int_equal(in_task(who[P].ch, control, &app_b), 0);
	blind_refused(-EPERM, "Test/9");
	assert_int_equal(in_task(who[T].ch, control, NULL), 0);
	assert_int_equal(in_task(who[P].ch, control, NULL), 0);
	/* One that ends, alone, and dead. */
	who[T].leg->on[LEG_OP_RELEASE] = KEEP_IT;
	channel_post_hangup(who[T].ch, CAUSE_NORMAL);
	channel_post_hangup(who[P].ch, CAUSE_NORMAL);
	settle();
	assert_true(blind("Test/9", 0) == -EINVAL || res.err == -EBUSY);
	testleg_play(who[T].leg, LEG_OP_RELEASE);
	settle();
	begin();
	assert_int_equal(blind("Test/9", 0), -ENODEV);
	scene_end();
	begin();
	party_add("1");
	assert_int_equal(blind("Test/9", 0), -EINVAL);
	scene_end();
}

/* Neither was answered: there is no call to hand over. */
static void blind_before_the_answer(void **state)
{
	(void)state;
	begin();
	party_ringing();
	party_add("2");
	party_bridge(T, P, false);
	assert_int_equal(blind("Test/9", 0), -EINVAL);
	assert_int_equal(state_of(T), CHAN_RINGING);
	assert_int_equal(living(), 2);
	scene_end();
}

/* The destination comes to nothing later: the peer hears why. */
static void blind_to_one_that_fails(void **state)
{
	(void)state;
	blind_scene();
	assert_int_equal(blind("Test/9", 0), 0);
	leg_hangup(&testleg_last->leg, CAUSE_BUSY);
	settle();
	assert_int_equal(atomic_load(&who[P].leg->release_cause), CAUSE_BUSY);
	scene_end();
	blind_scene();
	assert_int_equal(blind("Test/9", 20), 0);
	until(state_of(P) == CHAN_DEAD);
	settle();
	assert_int_equal(atomic_load(&who[P].leg->release_cause), CAUSE_NO_ANSWER);
	scene_end();
}

static void op_blind(void)
{
	struct transfer_params params = { .target = "Test/9" };

	assert_int_equal(channel_transfer(who[T].ch, &params, result_done, &res), 0);
}

static void blind_at_every_step(void **state)
{
	uint32_t done = 0, refused = 0;

	(void)state;
	for (victim = T; victim <= P; victim++)
		for (int n = -1; n <= TURNS; n++) {
			blind_scene();
			meet(n, op_blind, strike_hang_up);
			assert_int_equal(res.count, 1);
			scene_check();
			*(res.err ? &refused : &done) += 1;
			/* Either way the transferrer is out of it. */
			assert_int_equal(state_of(T), CHAN_DEAD);
			if (res.err)
				assert_true(res.err == -EBUSY || res.err == -ENODEV);
			else if (victim == T)
				assert_int_equal(state_of(P), CHAN_UP);
			if (res.err || victim == P) {
				assert_int_equal(state_of(P), CHAN_DEAD);
				assert_int_equal(living(), 0); /* the destination's as well */
			}
			scene_end();
		}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

/* --- attended -------------------------------------------------------------------------------- */

enum { T1, T2, P1, P2 };
#define FIRST  1 /* it is in a bridge with its peer */
#define SECOND 2

static bool dissolve = true;

static void attended_scene(int shape)
{
	begin();
	party_add("1");
	party_add("2");
	party_add("3");
	party_add("4");
	if (shape & FIRST)
		party_bridge(T1, P1, dissolve);
	if (shape & SECOND)
		party_bridge(T2, P2, dissolve);
}

static void op_attended(void)
{
	int err = channel_transfer_attended(who[T1].ch, who[T2].ch, result_done, &res);

	if (err)
		result_done(&res, err);
}

/* Bridges that are an application's end nobody's call: the transferrer's ends all the same. */
static void attended_in_bridges_that_stay(void **state)
{
	(void)state;
	dissolve = false;
	for (int shape = FIRST; shape <= (FIRST | SECOND); shape++) {
		attended_scene(shape);
		op_attended();
		settle();
		assert_int_equal(res.err, 0);
		assert_int_equal(who[T1].leg->asked[LEG_OP_RELEASE], 1);
		assert_int_equal(who[T2].leg->asked[LEG_OP_RELEASE], 1);
		assert_int_equal(living(), 2);
		scene_end();
	}
	dissolve = true;
}

static void attended_in_each_shape(void **state)
{
	(void)state;
	/* Both: the first call goes on, with the second one's peer. */
	attended_scene(FIRST | SECOND);
	op_attended();
	settle();
	assert_int_equal(res.err, 0);
	assert_int_equal(sits_in(T1), P2);
	assert_true(talk(who[P1].leg, who[P2].leg));
	assert_string_equal(who[P1].leg->connected.number, "4");
	assert_string_equal(who[P2].leg->connected.number, "3");
	assert_int_equal(atomic_load(&who[T1].leg->release_cause), CAUSE_NORMAL);
	assert_int_equal(atomic_load(&who[T2].leg->release_cause), CAUSE_NORMAL);
	assert_int_equal(living(), 2);
	until(events_of(EVENT_CHANNEL_TRANSFERRED_ATTENDED, channel_id(who[T1].ch)) == 1);
	scene_end();
	/* One alone: its peer comes to where the other one is. */
	for (int shape = FIRST; shape <= SECOND; shape++) {
		int dest = shape == FIRST ? T2 : T1, peer = shape == FIRST ? P1 : P2;

		attended_scene(shape);
		op_attended();
		settle();
		assert_int_equal(res.err, 0);
		assert_int_equal(sits_in(dest), peer);
		assert_int_equal(state_of(peer), CHAN_DEAD);
		assert_int_equal(who[T1].leg->asked[LEG_OP_RELEASE], 1);
		assert_int_equal(who[T2].leg->asked[LEG_OP_RELEASE], 1);
		scene_end();
	}
	attended_scene(0);
	op_attended();
	settle();
	assert_int_equal(res.err, -EINVAL);
	assert_int_equal(living(), 4);
	scene_end();
}

static void attended_refusals(void **state)
{
	(void)state;
	attended_scene(FIRST | SECOND);
	assert_int_equal(channel_transfer_attended(who[T1].ch, who[T1].ch, NULL, NULL), -EINVAL);
	assert_int_equal(channel_transfer_attended(who[T1].ch, who[P1].ch, NULL, NULL), -EINVAL);
	assert_int_equal(in_task(who[T1].ch, control, &app_a), 0);
	assert_int_equal(in_task(who[T2].ch, control, &app_b), 0);
	op_attended();
	settle();
	assert_int_equal(res.err, -EPERM);
	assert_int_equal(in_task(who[T2].ch, control, &app_a), 0);
	assert_true(talk(who[T1].leg, who[P1].leg) && talk(who[T2].leg, who[P2].leg));
	assert_int_equal(living(), 4);
	begin();
	op_attended();
	settle();
	assert_int_equal(res.err, 0);
	begin();
	op_attended(); /* T2 is dead */
	settle();
	assert_int_equal(res.err, -ENODEV);
	scene_end();
	/* The second call still rings. */
	begin();
	party_add("1");
	party_add("2");
	party_add("3");
	party_ringing();
	party_bridge(T1, P1, true);
	party_bridge(T2, P2, true);
	op_attended();
	settle();
	assert_int_equal(res.err, -EINVAL);
	assert_int_equal(living(), 4);
	scene_end();
}

/* Everyday calls: the peer that waited on hold is told that it is over. */
static void attended_of_held_calls(void **state)
{
	struct channel *t1, *t2;
	struct testleg *leg;

	(void)state;
	begin();
	channel_set_default_controller(router);
	route_to = "Test/9";
	party_calling(); /* a call for T ... */
	leg = testleg_last;
	leg_get(&leg->leg);
	testleg_say(leg, LEG_ANSWERED);
	settle();
	t1 = leg->leg.chan;
	party_take(t1, leg);
	testleg_say(leg, LEG_HOLD); /* ... who lets it wait, and makes another */
	settle();
	assert_int_equal(who[0].leg->asked[LEG_OP_HOLD], 1);
	assert_int_equal(who[0].leg->asked[LEG_OP_UNHOLD], 0);
	party_calling();
	t2 = who[2].ch;
	party_take(testleg_last->leg.chan, testleg_last);
	testleg_say(testleg_last, LEG_ANSWERED);
	settle();
	assert_int_equal(channel_transfer_attended(t1, t2, result_done, &res), 0);
	settle();
	assert_int_equal(res.err, 0);
	assert_int_equal(who[0].leg->asked[LEG_OP_UNHOLD], 1);
	assert_true(talk(who[0].leg, who[3].leg));
	assert_int_equal(state_of(1), CHAN_UP);
	assert_int_equal(state_of(2), CHAN_DEAD);
	assert_int_equal(living(), 2);
	leg_put(&leg->leg);
	scene_end();
}

static void strike_part(void)
{
	struct bridge *br = bridge_by_id(info_of(who[T2].ch).bridge);

	if (!br)
		return;
	assert_int_equal(bridge_remove(br, who[T2].ch, NULL, NULL), 0);
	bridge_put(br);
}

/* Somebody took the transferrer out of the call that he hands over: it is not his any more. */
static void attended_of_calls_that_part(void **state)
{
	uint32_t done = 0, refused = 0;

	(void)state;
	for (int n = -1; n <= TURNS; n++) {
		attended_scene(FIRST | SECOND);
		meet(n, op_attended, strike_part);
		assert_int_equal(res.count, 1);
		scene_check();
		*(res.err ? &refused : &done) += 1;
		if (res.err) {
			assert_int_equal(res.err, -EBUSY);
			assert_int_equal(living(), 4);
		} else {
			assert_int_equal(living(), 2);
		}
		scene_end();
	}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

static void attended_at_every_step(void **state)
{
	uint32_t done = 0, refused = 0;

	(void)state;
	for (int shape = FIRST; shape <= (FIRST | SECOND); shape++)
		for (victim = T1; victim <= P2; victim++)
			for (int n = -1; n <= TURNS; n++) {
				int dest = shape & SECOND ? T1 : T2;

				attended_scene(shape);
				meet(n, op_attended, strike_hang_up);
				assert_int_equal(res.count, 1);
				scene_check();
				*(res.err ? &refused : &done) += 1;
				if (res.err)
					assert_true(res.err == -EBUSY || res.err == -ENODEV ||
						    res.err == -EINVAL);
				else {
					assert_int_equal(state_of(dest == T1 ? T2 : T1), CHAN_DEAD);
					if (state_of(dest) == CHAN_UP)
						assert_int_equal(sits_in(dest),
								 dest == T1 ? P2 : P1);
				}
				scene_end();
			}
	print_message("%u done, %u refused\n", done, refused);
	assert_true(done && refused);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(blind_to_an_endpoint),
		T(blind_of_an_everyday_call),
		T(blind_to_a_number),
		T(blind_refusals),
		T(blind_before_the_answer),
		T(blind_to_one_that_fails),
		T(blind_at_every_step),
		T(attended_in_each_shape),
		T(attended_in_bridges_that_stay),
		T(attended_of_calls_that_part),
		T(attended_refusals),
		T(attended_of_held_calls),
		T(attended_at_every_step),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

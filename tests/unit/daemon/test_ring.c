// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ring groups: who wins, what the others get, and that 1,000 races leave nothing behind (S21).
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "tests/unit/daemon/plant.h"

#define RACES 1000

static struct result res;
static int count = 3;
static unsigned int timeout_ms;

/* Party 0 calls; 1..count are the branches, in the order of their endpoints. */
static struct testleg *made[RING_MAX];
static int made_count;

static int request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	if (!strcmp(req->target, "busy")) {
		*reason = "every timeslot is taken";
		return -EBUSY;
	}
	made[made_count] = testleg_new(true);
	*leg = &made[made_count]->leg;
	leg_get(*leg); /* the test looks at it after its end */
	made_count++;
	return 0;
}

static void forget_made(void)
{
	while (made_count)
		leg_put(&made[--made_count]->leg);
}

static struct leg_tech group_tech = { .name = "Group", .request = request };
static const char *const group[] = { "Group/1", "Group/2", "Group/3" };

static int setup(void **state)
{
	int err = plant_setup(state);

	return err ? err : leg_tech_register(&group_tech);
}

static int teardown(void **state)
{
	int err;

	forget_made();
	err = world_teardown(state);
	leg_tech_unregister(&group_tech);
	return err;
}

static int ring(const char *const *endpoints)
{
	struct ring_params params = { .endpoints = endpoints, .count = (unsigned int)count,
				      .request = { .complete = true, .timeout_ms = timeout_ms } };

	return channel_ring_post(who[0].ch, &params, result_done, &res);
}

static int take_it(struct channel *ch, const struct leg_signal *sig)
{
	(void)ch;
	(void)sig;
	return 0; /* it rings; the test decides */
}

static void scene(void)
{
	res = (struct result){ 0 };
	forget_made();
	timeout_ms = 0;
	count = 3;
	channel_set_default_controller(take_it);
	party_calling();
	assert_int_equal(ring(group), 0);
	settle();
	assert_int_equal(res.count, 1);
	assert_int_equal(res.err, 0);
	assert_int_equal(made_count, count);
	for (int i = 0; i < made_count; i++) {
		party_take(made[i]->leg.chan, made[i]);
		testleg_say(made[i], LEG_RINGING);
	}
	settle();
}

static int cause_of(int i)
{
	return atomic_load(&who[i].leg->release_cause);
}

static uint32_t standing, go_on;

static int stand_still(struct channel_work *work, struct channel *ch)
{
	(void)work;
	(void)ch;
	atomic_store(&standing, 1);
	while (!atomic_load(&go_on))
		usleep(1000);
	return 0;
}

static void stood(struct channel_work *work, int err)
{
	(void)work;
	assert_int_equal(err, 0);
}

/* Where the first event of that type about the caller stands. */
static uint32_t place_of(enum event_type type)
{
	uint32_t i = 0;

	while (events[i]->type != type || events[i]->chan.id != channel_id(who[0].ch) ||
	       (type == EVENT_CHANNEL_STATE && events[i]->chan.state != CHAN_UP))
		assert_true(++i < events_count);
	return i;
}

/* A caller that is busy while somebody answers is answered before it is in the bridge, too. */
static void answer_comes_before_bridge(void **state)
{
	struct channel_work work = { .fn = stand_still, .done = stood };

	(void)state;
	scene();
	events_all();
	events_forget();
	atomic_store(&standing, 0);
	atomic_store(&go_on, 0);
	channel_post_work(who[0].ch, &work);
	until(atomic_load(&standing));
	testleg_say(who[2].leg, LEG_ANSWERED);
	until(events_of(EVENT_CHANNEL_RING_WON, channel_id(who[2].ch)) == 1);
	another_call(); /* whatever can be done of it was done then */
	atomic_store(&go_on, 1);
	settle();
	events_all();
	assert_true(place_of(EVENT_CHANNEL_STATE) < place_of(EVENT_BRIDGE_ENTERED));
	assert_true(talk(who[0].leg, who[2].leg));
	leg_hangup(&who[2].leg->leg, CAUSE_BUSY);
	settle();
	scene_end();
}

static void first_answer_wins(void **state)
{
	(void)state;
	scene();
	assert_int_equal(who[0].leg->asked[LEG_OP_RINGING], 1); /* and not three times */
	testleg_say(who[2].leg, LEG_ANSWERED);
	settle();
	assert_int_equal(state_of(0), CHAN_UP);
	assert_int_equal(state_of(2), CHAN_UP);
	assert_int_equal(cause_of(1), CAUSE_PICKED_UP);
	assert_int_equal(cause_of(3), CAUSE_PICKED_UP);
	assert_true(talk(who[0].leg, who[2].leg));
	until(events_of(EVENT_CHANNEL_RING_WON, channel_id(who[2].ch)) == 1);
	/* From here on it is a call like any other. */
	testleg_say(who[2].leg, LEG_HOLD);
	settle();
	assert_int_equal(who[0].leg->asked[LEG_OP_HOLD], 1);
	leg_hangup(&who[2].leg->leg, CAUSE_BUSY);
	settle();
	assert_int_equal(cause_of(0), CAUSE_BUSY);
	scene_end();
}

static void nobody_answers(void **state)
{
	(void)state;
	scene();
	leg_hangup(&who[1].leg->leg, CAUSE_BUSY);
	leg_hangup(&who[2].leg->leg, CAUSE_REJECTED);
	settle();
	assert_int_equal(state_of(0), CHAN_RING);
	leg_hangup(&who[3].leg->leg, CAUSE_NO_RESPONSE);
	settle();
	assert_int_equal(cause_of(0), CAUSE_NO_RESPONSE);
	scene_end();
	/* The time is over. */
	forget_made();
	res = (struct result){ 0 };
	timeout_ms = 20;
	party_calling();
	assert_int_equal(ring(group), 0);
	until(state_of(0) == CHAN_DEAD);
	settle();
	for (int i = 0; i < made_count; i++)
		assert_null(made[i]->leg.chan);
	assert_int_equal(cause_of(0), CAUSE_NO_ANSWER);
	scene_end();
}

static void the_caller_goes_first(void **state)
{
	(void)state;
	scene();
	leg_hangup(&who[0].leg->leg, CAUSE_REJECTED);
	settle();
	for (int i = 1; i <= 3; i++)
		assert_int_equal(cause_of(i), CAUSE_REJECTED);
	scene_end();
}

/* Somebody else decides about the caller: the phones stop ringing, it lives on. */
static void the_caller_goes_elsewhere(void **state)
{
	(void)state;
	scene();
	assert_int_equal(in_task(who[0].ch, control, NULL), 0);
	settle();
	for (int i = 1; i <= 3; i++)
		assert_int_equal(cause_of(i), CAUSE_NORMAL);
	assert_int_equal(state_of(0), CHAN_RING);
	scene_end();
}

static void endpoints_that_cannot_be_called(void **state)
{
	static const char *const some[] = { "Group/busy", "Group/1", "Nothing/1" };
	static const char *const none[] = { "Group/busy", "Nothing/1", "Group/busy" };

	(void)state;
	channel_set_default_controller(take_it);
	forget_made();
	res = (struct result){ 0 };
	count = 3;
	timeout_ms = 0;
	party_calling();
	assert_int_equal(ring(none), 0);
	settle();
	assert_int_equal(res.err, -EBUSY);
	assert_int_equal(state_of(0), CHAN_RING);
	assert_int_equal(ring(some), 0);
	settle();
	assert_int_equal(res.err, 0);
	assert_int_equal(made_count, 1);
	testleg_say(made[0], LEG_ANSWERED);
	settle();
	assert_true(talk(who[0].leg, made[0]));
	count = 0;
	assert_int_equal(ring(some), -EINVAL);
	count = RING_MAX + 1;
	assert_int_equal(ring(some), -EINVAL);
	count = 3;
	party_add("1");
	channel_post_hangup(who[0].ch, CAUSE_NORMAL);
	settle();
	res.count = 0;
	assert_int_equal(ring(group), 0);
	settle();
	assert_int_equal(res.err, -ENODEV);
	scene_end();
	/* One that is dialled itself is in no state to ring others. */
	party_ringing();
	assert_int_equal(ring(group), 0);
	settle();
	assert_int_equal(res.err, -EINVAL);
	scene_end();
}

static void a_branch_is_picked_up(void **state)
{
	struct result picked = { 0 };

	(void)state;
	scene();
	party_add("7");
	assert_int_equal(channel_pickup(who[2].ch, who[4].ch, result_done, &picked), 0);
	settle();
	assert_int_equal(picked.err, 0);
	assert_true(talk(who[0].leg, who[4].leg));
	for (int i = 1; i <= 3; i++)
		assert_int_equal(cause_of(i), CAUSE_PICKED_UP);
	scene_end();
}

/* Its dial fails, or its leg never lets go. */
static void a_branch_that_misbehaves(void **state)
{
	(void)state;
	world_quarantine = true;
	channel_release_timeout_ns = 20 * NSEC_PER_MSEC;
	scene();
	who[1].leg->on[LEG_OP_RELEASE] = LOSE_IT;
	who[3].leg->on[LEG_OP_RELEASE] = FAIL_IT;
	testleg_say(who[2].leg, LEG_ANSWERED);
	until(state_of(1) == CHAN_DEAD && state_of(3) == CHAN_DEAD);
	settle();
	assert_true(talk(who[0].leg, who[2].leg));
	assert_int_equal(leg_quarantine_count(), 2);
	leg_released(&who[1].leg->leg);
	leg_released(&who[3].leg->leg);
	assert_int_equal(leg_quarantine_count(), 0);
	scene_end();
}

/* --- races ----------------------------------------------------------------------------------- */

static int strike_kind, striker;
enum { ANSWER, FAR_END, CALLER_GOES, CALLER_ELSEWHERE, KINDS };

static void op_answer(void)
{
	testleg_say(who[1].leg, LEG_ANSWERED);
}

static int forget_fn(struct channel_work *work, struct channel *ch)
{
	(void)work;
	return control(ch, NULL);
}

static void forget_done(struct channel_work *work, int err)
{
	(void)work;
	(void)err;
}

static struct channel_work forget_work = { .fn = forget_fn, .done = forget_done };

static void strike(void)
{
	switch (strike_kind) {
	case ANSWER:
		testleg_say(who[striker].leg, LEG_ANSWERED);
		break;
	case FAR_END:
		leg_hangup(&who[striker].leg->leg, CAUSE_BUSY);
		break;
	case CALLER_GOES:
		leg_hangup(&who[0].leg->leg, CAUSE_BUSY);
		break;
	case CALLER_ELSEWHERE:
		channel_post_work(who[0].ch, &forget_work);
		break;
	}
}

/* Whatever came: at most one branch is left, and then the caller talks to it; or nobody is. */
static void check_one_or_none(void)
{
	int left = 0, winner = 0;

	scene_check();
	for (int i = 1; i <= 3; i++)
		if (state_of(i) != CHAN_DEAD) {
			left++;
			winner = i;
		}
	assert_true(left <= 1);
	if (left) {
		assert_int_equal(state_of(winner), CHAN_UP);
		assert_int_equal(state_of(0), CHAN_UP);
		assert_int_equal(info_of(who[0].ch).bridge, info_of(who[winner].ch).bridge);
		assert_true(talk(who[0].leg, who[winner].leg));
		for (int i = 1; i <= 3; i++)
			if (i != winner && cause_of(i) != CAUSE_BUSY)
				assert_int_equal(cause_of(i), CAUSE_PICKED_UP);
	} else if (strike_kind != CALLER_ELSEWHERE) {
		assert_int_equal(state_of(0), CHAN_DEAD);
	}
}

static void s21_at_every_step(void **state)
{
	uint32_t left[KINDS] = { 0 };

	(void)state;
	for (strike_kind = 0; strike_kind < KINDS; strike_kind++)
		for (striker = 1; striker <= 3; striker++)
			for (int n = -1; n < TURNS; n++) {
				scene();
				meet(n, op_answer, strike);
				check_one_or_none();
				left[strike_kind] += state_of(0) == CHAN_UP;
				scene_end();
				events_forget();
			}
	print_message("calls that came about: %u, %u, %u, %u of %d\n", left[ANSWER], left[FAR_END],
		      left[CALLER_GOES], left[CALLER_ELSEWHERE], 3 * (TURNS + 1));
	assert_int_equal(left[ANSWER], 3 * (TURNS + 1));
	assert_true(left[FAR_END] && left[CALLER_ELSEWHERE]);
}

/* S21: all three answer, some hang up, the caller too: nothing is stuck, limits are right. */
static bool of_group(const struct leg *leg, void *arg)
{
	(void)arg;
	return !strcmp(leg->ops->tech, "Test");
}

static void s21_races(void **state)
{
	uint32_t talked = 0;

	(void)state;
	test_seed();
	strike_kind = ANSWER;
	for (int race = 0; race < RACES; race++) {
		scene();
		/* Each says something, one of them twice, beginning with any. */
		for (int i = rand() % 3, said = 0; said < 4; said++, i++) {
			int to = 1 + i % 3;

			if (rand() % 4)
				testleg_say(who[to].leg, LEG_ANSWERED);
			else
				leg_hangup(&who[rand() % 8 ? to : 0].leg->leg, CAUSE_BUSY);
		}
		settle();
		if (state_of(0) == CHAN_RING) { /* one of them has said nothing */
			leg_hangup(&who[0].leg->leg, CAUSE_BUSY);
			settle();
		}
		check_one_or_none();
		talked += state_of(0) == CHAN_UP;
		assert_int_equal(channel_count(of_group, NULL), state_of(0) == CHAN_UP ? 2 : 0);
		scene_end();
		events_forget();
	}
	print_message("%u of %d calls came about\n", talked, RACES);
	assert_true(talked > RACES / 10 && talked < RACES);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_answer_wins),
		T(nobody_answers),
		T(the_caller_goes_first),
		T(the_caller_goes_elsewhere),
		T(endpoints_that_cannot_be_called),
		T(a_branch_is_picked_up),
		T(a_branch_that_misbehaves),
		T(s21_at_every_step),
		T(s21_races),
	};
	const struct CMUnitTest busy[] = { T(answer_comes_before_bridge) };
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	failed += cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("a thread stands", busy, NULL, NULL);
}

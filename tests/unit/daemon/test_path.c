// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The media path of a bridge: when the kernel is asked, what is made of its answers, who is told.
 */
#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/plant.h"

static struct bridge *br;

/* Two, three or four parties; the first two in br, without a word of the kernel so far. */
static void scene(bool kernel_at_once)
{
	static const char *const numbers[] = { "1", "2", "3", "4" };

	at_once = kernel_at_once;
	provider_err = 0;
	connects = 0;
	disconnects = 0;
	for (int i = 0; i < 4; i++)
		party_add(numbers[i]);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
}

static void scene_close(void)
{
	at_once = true;
	end_bridge(br);
	scene_end();
	events_all();
	events_forget();
}

static void both_in(void)
{
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(add(br, who[1].ch), 0);
}

static int path(void)
{
	return bridge_info_of(br).path;
}

static void out(int i)
{
	struct result r = { 0 };

	assert_int_equal(bridge_remove(br, who[i].ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.err, 0);
}

/* The kernel has done what it was asked for as the nth. */
static void done(int n, int err)
{
	media_op_done(pending[n], err);
	settle();
}

static struct media_source source[4];

static int speaks(struct channel *ch, void *arg)
{
	channel_source_attach(ch, arg);
	return 0;
}

static int is_silent(struct channel *ch, void *arg)
{
	channel_source_detach(ch, arg);
	return 0;
}

static void user(int i, bool begins)
{
	source[i].pull = NULL;
	assert_int_equal(in_task(who[i].ch, begins ? speaks : is_silent, &source[i]), 0);
	settle();
	if (!begins)
		trcu_barrier();
}

/* --- when the kernel is wanted --------------------------------------------------------------- */

static void either_member_keeps_it_in_user_space(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		scene(true);
		both_in();
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		user(i, true);
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
		user(i, false);
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		testleg_say(who[i].leg, LEG_MEDIA_LOST);
		settle();
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(mode(br, BRIDGE_KERNEL), -ENOTCONN);
		assert_int_equal(mode(br, BRIDGE_AUTO), 0);
		testleg_say(who[i].leg, LEG_MEDIA_READY);
		settle();
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		assert_int_equal(mode(br, BRIDGE_USER), 0);
		user(i, true);
		user(i, false);
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(connects, 3);
		assert_int_equal(disconnects, 3);
		scene_close();
	}
}

static void not_every_pair_can_be_joined(void **state)
{
	const struct media_provider *none[2] = { NULL, NULL };
	struct media_provider other, unable;

	(void)state;
	for (int i = 0; i < 5; i++) {
		const struct media_provider *had;

		scene(true);
		had = who[0].leg->leg.ep.provider;
		other = *had;
		unable = *had;
		unable.can_xconnect = NULL;
		if (i < 2)
			who[i].leg->leg.ep.provider = none[i];
		else if (i == 2)
			who[0].leg->leg.ep.provider = who[1].leg->leg.ep.provider = NULL;
		else if (i == 3)
			who[1].leg->leg.ep.provider = &other;
		else
			who[0].leg->leg.ep.provider = who[1].leg->leg.ep.provider = &unable;
		both_in();
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(mode(br, BRIDGE_KERNEL), -EOPNOTSUPP);
		assert_int_equal(connects, 0);
		scene_close();
	}
}

static void the_mode_of_new_bridges(void **state)
{
	(void)state;
	bridge_default_mode(BRIDGE_USER);
	scene(true);
	bridge_default_mode(BRIDGE_AUTO);
	assert_int_equal(bridge_info_of(br).mode, BRIDGE_USER);
	both_in();
	assert_int_equal(path(), BRIDGE_PATH_USER);
	assert_int_equal(connects, 0);
	scene_close();
	scene(true);
	assert_int_equal(bridge_info_of(br).mode, BRIDGE_AUTO);
	scene_close();
}

/* --- its answers ----------------------------------------------------------------------------- */

/* It is not asked again before something changes: a member, the mode, a member's leg. */
static void a_refusal_holds(void **state)
{
	static const struct {
		const char *what;
		int changed;
	} *c, cases[] = { { "nothing", 0 }, { "member", 1 }, { "mode", 1 }, { "move", 1 },
			  { "swap", 1 } };
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		c = &cases[i];
		r = (struct result){ 0 };
		scene(true);
		provider_err = -EIO;
		both_in();
		assert_int_equal(path(), BRIDGE_PATH_USER);
		assert_int_equal(connects, 1);
		assert_int_equal(disconnects, 0);
		user(1, true);
		user(1, false);
		assert_int_equal(connects, 1);
		provider_err = 0;
		switch (i) {
		case 1:
			out(1);
			assert_int_equal(path(), BRIDGE_PATH_NONE);
			assert_int_equal(add(br, who[2].ch), 0);
			break;
		case 2:
			assert_int_equal(mode(br, BRIDGE_KERNEL), 0);
			break;
		case 3:
			assert_int_equal(move(who[0].ch, who[2].ch), 0);
			assert_string_equal(who[1].leg->connected.number, "3");
			break;
		case 4:
			assert_int_equal(bridge_swap(who[0].ch, who[2].ch, result_done, &r), 0);
			settle();
			break;
		}
		if (path() != (c->changed ? BRIDGE_PATH_KERNEL : BRIDGE_PATH_USER))
			fail_msg("after %s the path is %d", c->what, path());
		assert_int_equal(connects, c->changed ? 2 : 1);
		scene_close();
		assert_int_equal(disconnects, c->changed);
	}
}

/* What the kernel does for members that have left is nothing to those who are there now. */
static void answers_of_before(void **state)
{
	(void)state;
	scene(false);
	both_in();
	assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
	out(1);
	assert_int_equal(path(), BRIDGE_PATH_NONE);
	assert_int_equal(disconnects, 1);
	assert_int_equal(add(br, who[2].ch), 0);
	assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
	done(0, 0);
	done(1, 0);
	assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
	done(2, 0);
	assert_int_equal(path(), BRIDGE_PATH_KERNEL);
	assert_int_equal(mode(br, BRIDGE_AUTO), 0);
	/* The same on the way back. */
	user(0, true);
	assert_int_equal(path(), BRIDGE_PATH_TO_USER);
	assert_int_equal(disconnects, 2);
	out(0);
	assert_int_equal(disconnects, 2);
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
	done(4, 0);
	assert_int_equal(path(), BRIDGE_PATH_KERNEL);
	user(1, true);
	assert_int_equal(path(), BRIDGE_PATH_TO_USER);
	done(3, 0);
	assert_int_equal(path(), BRIDGE_PATH_TO_USER);
	done(5, 0);
	assert_int_equal(path(), BRIDGE_PATH_USER);
	user(0, false);
	assert_int_equal(path(), BRIDGE_PATH_USER);
	user(1, false);
	assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
	done(6, 0);
	assert_int_equal(path(), BRIDGE_PATH_KERNEL);
	assert_int_equal(connects, 4);
	at_once = true;
	out(1);
	assert_int_equal(path(), BRIDGE_PATH_NONE);
	assert_int_equal(disconnects, 4);
	scene_close();
	assert_int_equal(disconnects, 4);
}

/* Whoever asked while it stood to change is answered when it stands still: in that order. */
static int order[4], answers;
static int results[4];

static void in_order(void *arg, int err)
{
	results[answers] = err;
	order[answers++] = (int)(intptr_t)arg;
}

static void waiters_in_order(void **state)
{
	(void)state;
	scene(false);
	both_in();
	answers = 0;
	assert_int_equal(bridge_set_mode(br, BRIDGE_USER, in_order, (void *)0), 0);
	assert_int_equal(bridge_settle(br, in_order, (void *)1), 0);
	assert_int_equal(bridge_set_mode(br, BRIDGE_KERNEL, in_order, (void *)2), 0);
	assert_int_equal(bridge_set_mode(br, BRIDGE_KERNEL, NULL, NULL), 0);
	assert_int_equal(bridge_set_mode(br, BRIDGE_KERNEL, in_order, (void *)3), 0);
	settle();
	assert_int_equal(answers, 0);
	done(0, -ENOSPC);
	assert_int_equal(answers, 4);
	for (int i = 0; i < answers; i++) {
		assert_int_equal(order[i], i);
		/* Who only waits is not refused what others asked for. */
		assert_int_equal(results[i], i == 1 ? 0 : -ENOSPC);
	}
	assert_int_equal(bridge_info_of(br).mode, BRIDGE_KERNEL);
	answers = 0;
	assert_int_equal(bridge_settle(br, in_order, (void *)0), 0);
	settle();
	assert_int_equal(answers, 1);
	assert_int_equal(results[0], 0);
	assert_int_equal(bridge_info_of(br).mode, BRIDGE_KERNEL);
	scene_close();
}

/* Who waits when the last one leaves is answered, too. */
static void waiters_of_a_bridge_that_ends(void **state)
{
	struct result asked = { 0 }, ended = { 0 };

	(void)state;
	scene(false);
	both_in();
	assert_int_equal(bridge_set_mode(br, BRIDGE_KERNEL, result_done, &asked), 0);
	settle();
	assert_int_equal(asked.count, 0);
	assert_int_equal(bridge_destroy(br, result_done, &ended), 0);
	settle();
	assert_int_equal(asked.count, 1);
	assert_int_equal(asked.err, -ENOTCONN);
	assert_int_equal(ended.count, 1);
	assert_int_equal(pending_count, 2);
	done(0, 0);
	done(1, 0);
	bridge_put(br);
	at_once = true;
	scene_end();
}

/* --- what is told ---------------------------------------------------------------------------- */

static bool of_the_path(const struct event *event, const void *arg)
{
	const struct event *want = arg;

	return event->bridge == bridge_id(br) && !strcmp(event->bridge_sid, "br") &&
	       !event->has_chan && event->obj_seq == want->obj_seq &&
	       !memcmp(&event->u.path, &want->u.path, sizeof(want->u.path));
}

static void each_change_is_an_event(void **state)
{
	/* The bridge's creation has number 1. */
	struct event on = { .obj_seq = 2 }, off = { .obj_seq = 3 }, unknown = { .obj_seq = 4 };

	(void)state;
	memset(&on.u, 0, sizeof(on.u));
	memset(&off.u, 0, sizeof(off.u));
	memset(&unknown.u, 0, sizeof(unknown.u));
	scene(false);
	both_in();
	assert_int_equal(events_of(EVENT_BRIDGE_PATH, 0), 0);
	on.u.path.kernel = true;
	on.u.path.delta_ab = pending[0]->delta_ab = -11;
	on.u.path.delta_ba = pending[0]->delta_ba = -12;
	on.u.path.delay_ab = pending[0]->delay_ab = 13;
	on.u.path.delay_ba = pending[0]->delay_ba = 14;
	done(0, 0);
	until(events_that(EVENT_BRIDGE_PATH, of_the_path, &on) == 1);
	user(0, true);
	off.u.path.delta_ab = pending[1]->delta_ab = 21;
	off.u.path.delta_ba = pending[1]->delta_ba = 22;
	off.u.path.delay_ab = off.u.path.delay_ba = -1; /* of user space nothing is known */
	done(1, 0);
	until(events_that(EVENT_BRIDGE_PATH, of_the_path, &off) == 1);
	user(0, false);
	unknown.u.path.kernel = true;
	unknown.u.path.delta_ab = pending[2]->delta_ab;
	unknown.u.path.delay_ab = unknown.u.path.delay_ba = -1;
	done(2, 0);
	until(events_that(EVENT_BRIDGE_PATH, of_the_path, &unknown) == 1);
	scene_close();
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(either_member_keeps_it_in_user_space),
		T(not_every_pair_can_be_joined),
		T(the_mode_of_new_bridges),
		T(a_refusal_holds),
		T(answers_of_before),
		T(waiters_in_order),
		T(waiters_of_a_bridge_that_ends),
		T(each_change_is_an_event),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

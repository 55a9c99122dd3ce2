// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mute and silence: who hears what in a bridge of two, behind a local pair and in a conference; and
 * that the kernel has the bridge again afterwards.
 */
#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "tests/unit/daemon/conference.h"

#define RX   MEDIA_TAP_RX
#define TX   MEDIA_TAP_TX
#define IDLE 0xd5 /* of A-law */

static int mute_fn(struct channel *ch, void *arg)
{
	unsigned int dirs = *(unsigned int *)arg;

	return channel_mute(ch, dirs & (RX | TX), !(dirs & ~(RX | TX)));
}

static int mute(struct channel *ch, unsigned int dirs, bool on)
{
	int err;

	dirs |= on ? 0 : 0x100;
	err = in_task(ch, mute_fn, &dirs);
	settle();
	return err;
}

static int silence_fn(struct channel *ch, void *arg)
{
	return channel_silence(ch, *(bool *)arg);
}

static int silence(struct channel *ch, bool on)
{
	int err = in_task(ch, silence_fn, &on);

	settle();
	return err;
}

/* What b hears when a says something, and nothing older. */
static int says(struct testleg *a, struct testleg *b, uint8_t what)
{
	int heard;

	speak(a, what);
	heard = hear(b);
	assert_true(heard == -1 || heard == IDLE || hear(b) == -1 || hear(b) == IDLE);
	return heard;
}

/* In this direction nothing is heard, in the other one everything is. */
static void one_way(struct testleg *from, struct testleg *to)
{
	assert_int_equal(says(from, to, 21), -1);
	assert_int_equal(says(to, from, 22), 22);
}

static void two_in_a_bridge(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	assert_int_equal(mute(a, RX, true), 0);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	one_way(la, lb);
	assert_int_equal(mute(a, TX, true), 0);
	assert_int_equal(says(la, lb, 7), -1);
	assert_int_equal(says(lb, la, 7), -1);
	assert_int_equal(mute(a, RX, false), 0);
	one_way(lb, la);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	/* Twice is once. */
	assert_int_equal(mute(a, TX, true), 0);
	assert_int_equal(mute(a, RX | TX, false), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(mute(a, RX | TX, false), 0);
	assert_int_equal(mute(b, RX, true), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	one_way(lb, la);
	end_bridge(br);
	channel_post_hangup(b, CAUSE_NORMAL);
	settle();
	assert_int_equal(mute(b, RX, false), -ENODEV);
	channel_put(b);
	hang_up(a);
}

static void silent_in_a_bridge(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(silence(a, true), 0);
		assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
		assert_int_equal(says(lb, la, 23), IDLE);
		assert_int_equal(says(la, lb, 24), 24);
	}
	assert_int_equal(silence(a, false), 0);
	assert_int_equal(silence(a, false), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(silence(a, true), 0); /* and ends with it */
	end_bridge(br);
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
	assert_int_equal(silence(a, true), -ENODEV);
	channel_put(a);
	hang_up(b);
}

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = "Test/9" };
	const char *reason = NULL;

	(void)sig;
	return channel_connect(ch, &params, &reason) ? CAUSE_UNALLOCATED : 0;
}

/* la - a - l ~ m - b - lb, where ~ is the pair. */
static void behind_a_local_pair(void **state)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "local" };
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *l;

	(void)state;
	channel_set_default_controller(router);
	assert_int_equal(channel_originate("Local/12345", &req, &params, &l, NULL), 0);
	assert_int_equal(channel_post_dial(l), 0);
	settle();
	lb = testleg_last;
	testleg_say(lb, LEG_ANSWERED);
	settle();
	assert_int_equal(bridge_create("br", NULL, true, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, l), 0);
	assert_true(talk(la, lb));
	assert_int_equal(mute(l, RX, true), 0);
	one_way(lb, la);
	assert_int_equal(mute(l, RX, false), 0);
	assert_int_equal(mute(l, TX, true), 0);
	one_way(la, lb);
	assert_int_equal(mute(l, TX, false), 0);
	assert_true(talk(la, lb));
	leg_hangup(&lb->leg, 16);
	settle();
	bridge_put(br);
	channel_put(a);
	channel_put(l);
}

static void in_a_conference(void **state)
{
	int heard[3];

	(void)state;
	conference(BRIDGE_MIXING, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add_as(i, false, false, 0), 0);
	period((int[]){ 40, 50, 60 }, heard, 3);
	assert_int_equal(heard[2], sum_of(40, 50));
	assert_int_equal(mute(who[0].ch, RX, true), 0);
	period((int[]){ 40, 50, 60 }, heard, 3);
	assert_int_equal(heard[0], sum_of(50, 60));
	assert_int_equal(heard[1], 60);
	assert_int_equal(heard[2], 50);
	assert_int_equal(mute(who[0].ch, TX, true), 0);
	period((int[]){ 40, 50, 60 }, heard, 3);
	assert_int_equal(heard[0], -1);
	assert_int_equal(mute(who[0].ch, RX | TX, false), 0);
	period((int[]){ 40, 50, 60 }, heard, 3);
	assert_int_equal(heard[2], sum_of(40, 50));
	assert_int_equal(heard[0], sum_of(50, 60));
	conference_end();
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_in_a_bridge),
		T(silent_in_a_bridge),
		T(behind_a_local_pair),
		T(in_a_conference),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

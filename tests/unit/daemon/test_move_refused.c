// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves that are refused, at once or after the path has settled: nothing has changed, and nothing
 * stands in the way of the next one. And what is told when one is done while its far ends speak.
 */
#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/transfer.h"
#include "tests/unit/daemon/plant.h"

/* 0 is dest, 1 is source; 2 is in a bridge with dest, 3 in one with source, as the shape says. */
enum { DEST, SOURCE, DEST_PEER, SOURCE_PEER };
#define WITH_DEST   1
#define WITH_SOURCE 2

static struct result moved, second;
static struct bridge *empty;

static void scene(int shape)
{
	static const char *const numbers[] = { "1", "2", "3", "4" };

	at_once = true;
	moved = (struct result){ 0 };
	second = (struct result){ 0 };
	for (int i = 0; i < 4; i++)
		party_add(numbers[i]);
	if (shape & WITH_DEST)
		party_bridge(DEST, DEST_PEER, false);
	if (shape & WITH_SOURCE)
		party_bridge(SOURCE, SOURCE_PEER, false);
	assert_int_equal(bridge_create(NULL, NULL, false, &empty), 0);
}

static void scene_close(void)
{
	end_bridge(empty);
	scene_end();
	events_all();
	events_forget();
}

static void op_move(void)
{
	assert_int_equal(channel_move(who[DEST].ch, who[SOURCE].ch, result_done, &moved), 0);
}

/* Each leg where it was, bridges in the kernel again, and the move can be done after all. */
static void nothing_changed(int shape)
{
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sits_in(i), i);
		assert_int_equal(state_of(i), CHAN_UP);
	}
	scene_check();
	events_all();
	assert_int_equal(events_of(EVENT_CHANNEL_MOVED, 0), 0);
	for (int i = DEST; i <= SOURCE; i++) {
		uint64_t id = info_of(who[i].ch).bridge;
		struct bridge *br = id && shape & (1 << i) ? bridge_by_id(id) : NULL;

		if (!br)
			continue;
		assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
		bridge_put(br);
	}
	assert_int_equal(move(who[DEST].ch, who[SOURCE].ch), 0);
	assert_int_equal(sits_in(DEST), SOURCE);
}

/* --- two at a time --------------------------------------------------------------------------- */

static int park(int i)
{
	struct park_params params = { .timeout_ms = 0 };

	return channel_park(who[i].ch, &params, result_done, &second);
}

static int blind(int i)
{
	struct transfer_params params = { .target = "Test/9" };

	return channel_transfer(who[i].ch, &params, result_done, &second);
}

static int onto(int dest, int source)
{
	return channel_move(who[dest].ch, who[source].ch, result_done, &second);
}

static int begin_second(int what)
{
	switch (what) {
	case 0:
		return onto(DEST, SOURCE_PEER);
	case 1:
		return onto(SOURCE_PEER, DEST);
	case 2:
		return onto(SOURCE, SOURCE_PEER);
	case 3:
		return onto(SOURCE_PEER, SOURCE);
	case 4:
		return park(DEST);
	case 5:
		return park(SOURCE);
	case 6:
		return blind(DEST);
	default:
		return blind(DEST_PEER);
	}
}

static void one_at_a_time(void **state)
{
	(void)state;
	for (int what = 0; what < 8; what++) {
		scene(WITH_DEST);
		at_once = false;
		op_move();
		settle();
		assert_int_equal(moved.count, 0);
		assert_int_equal(begin_second(what), 0);
		settle();
		assert_int_equal(second.count, 1);
		if (second.err != -EBUSY)
			fail_msg("%d in the middle of a move: %d", what, second.err);
		pending_play();
		at_once = true;
		assert_int_equal(moved.count, 1);
		assert_int_equal(moved.err, 0);
		assert_int_equal(sits_in(DEST), SOURCE);
		/* Now that it is over, nothing is in the way. */
		assert_int_equal(move(who[DEST].ch, who[SOURCE_PEER].ch), 0);
		assert_int_equal(sits_in(DEST), SOURCE_PEER);
		scene_close();
	}
}

/* --- a bridge that changes while the path settles -------------------------------------------- */

static void a_bridge_that_changes(void **state)
{
	static const struct {
		int shape, who;
		bool in;
	} cases[] = {
		{ WITH_DEST, DEST, false },
		{ WITH_DEST, SOURCE, true },
		{ WITH_SOURCE, SOURCE, false },
		{ WITH_SOURCE, DEST, true },
		{ WITH_DEST | WITH_SOURCE, DEST, false },
		{ WITH_DEST | WITH_SOURCE, SOURCE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct channel *ch;

		scene(cases[i].shape);
		ch = who[cases[i].who].ch;
		at_once = false;
		op_move();
		settle();
		assert_int_equal(moved.count, 0);
		if (cases[i].in) {
			assert_int_equal(bridge_add(empty, ch, result_done, &second), 0);
		} else {
			struct bridge *br = bridge_by_id(info_of(ch).bridge);

			assert_int_equal(bridge_remove(br, ch, result_done, &second), 0);
			bridge_put(br);
		}
		settle();
		assert_int_equal(second.err, 0);
		pending_play();
		at_once = true;
		assert_int_equal(moved.count, 1);
		assert_int_equal(moved.err, -EBUSY);
		nothing_changed(cases[i].shape * cases[i].in);
		scene_close();
	}
}

/* --- one that cannot be written down --------------------------------------------------------- */

static bool full;

static int keep(const struct history_entry *entries, int n)
{
	(void)n;
	return full && entries[0].what == HISTORY_MOVED ? -ENOSPC : 0;
}

static void one_that_cannot_be_written(void **state)
{
	(void)state;
	for (int shape = 0; shape < 4; shape++) {
		scene(shape);
		full = true;
		assert_int_equal(move(who[DEST].ch, who[SOURCE].ch), -ENOSPC);
		full = false;
		nothing_changed(shape);
		scene_close();
	}
}

/* --- far ends that speak meanwhile ----------------------------------------------------------- */

static char heard[64];

static void hear_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			const struct leg_signal *sig)
{
	static const char letters[] = { [NOTICE_HOLD] = 'h', [NOTICE_UNHOLD] = 'u',
					[NOTICE_MOVED] = 'm', [NOTICE_ENDING] = 'e' };
	size_t n = strlen(heard);

	(void)ctl;
	(void)ch;
	(void)sig;
	if (letters[notice] && n + 1 < sizeof(heard)) {
		heard[n] = letters[notice];
		heard[n + 1] = '\0';
	}
}

static struct controller ears = { .name = "ears", .notice = hear_notice };

static enum leg_signal_type says;

static void strike_source_says(void)
{
	testleg_say(who[SOURCE].leg, says);
}

static void strike_dest_ends(void)
{
	channel_post_hangup(who[DEST].ch, CAUSE_BUSY);
}

/* Dest's controller knows at the end whether the far end holds, and was not told twice. */
static void hold_in_the_moment_of_the_move(void **state)
{
	(void)state;
	for (int was = 0; was < 4; was++)
		for (int n = -1; n < 8; n++) {
			bool dest = was & 1, source = was & 2;
			char last = '\0';

			scene(0);
			if (dest)
				testleg_say(who[DEST].leg, LEG_HOLD);
			if (source)
				testleg_say(who[SOURCE].leg, LEG_HOLD);
			settle();
			says = source ? LEG_UNHOLD : LEG_HOLD;
			heard[0] = '\0';
			assert_int_equal(in_task(who[DEST].ch, control, &ears), 0);
			meet(n, op_move, strike_source_says);
			assert_int_equal(moved.err, 0);
			assert_int_equal(info_of(who[DEST].ch).held, !source);
			for (const char *p = heard; *p; p++) {
				if (*p == 'm')
					continue;
				if (*p == last)
					fail_msg("held %d, step %d: told %s", was, n, heard);
				last = *p;
			}
			assert_int_equal(last ? last == 'h' : dest, !source);
			scene_close();
		}
}

static bool is_hold(const struct event *event, const void *arg)
{
	(void)arg;
	return event->chan.state >= CHAN_ENDING;
}

/* A call that is ending hears nothing more of its new leg, nor is that told anything. */
static void dest_ends_after_the_move(void **state)
{
	uint32_t late = 0;

	(void)state;
	for (int n = -1; n < 8; n++) {
		const char *end;

		scene(WITH_DEST);
		testleg_say(who[SOURCE].leg, LEG_HOLD);
		settle();
		for (int i = 0; i < 4; i++)
			who[i].leg->on[LEG_OP_RELEASE] = KEEP_IT;
		heard[0] = '\0';
		assert_int_equal(in_task(who[DEST].ch, control, &ears), 0);
		meet(n, op_move, strike_dest_ends);
		end = strchr(heard, 'e');
		assert_non_null(end);
		assert_string_equal(end, "e");
		events_all();
		assert_int_equal(events_that(EVENT_CHANNEL_HOLD, is_hold, NULL), 0);
		if (!moved.err && who[SOURCE].leg->asked[LEG_OP_CONNECTED] == 0)
			late++;
		for (int i = 0; i < 4; i++) {
			who[i].leg->on[LEG_OP_RELEASE] = DO_IT;
			testleg_play(who[i].leg, LEG_OP_RELEASE);
		}
		settle();
		scene_close();
	}
	print_message("%u ended between the commit and what follows\n", late);
	assert_true(late);
}

/* The far end of the new leg is told whom it talks to; when that is known. */
static void the_new_far_end_is_told(void **state)
{
	(void)state;
	for (int shape = 0; shape < 2; shape++) {
		scene(shape);
		assert_int_equal(move(who[DEST].ch, who[SOURCE].ch), 0);
		assert_int_equal(who[SOURCE].leg->asked[LEG_OP_CONNECTED], shape);
		assert_string_equal(who[SOURCE].leg->connected.number, shape ? "3" : "");
		assert_string_equal(who[DEST_PEER].leg->connected.number, shape ? "2" : "");
		assert_int_equal(atomic_load(&who[DEST].leg->release_cause), CAUSE_NORMAL);
		scene_close();
	}
}

static int refused_setup(void **state)
{
	history_set_keeper(keep);
	return plant_setup(state);
}

static int refused_teardown(void **state)
{
	int err = world_teardown(state);

	history_set_keeper(NULL);
	return err;
}

#define T(f) cmocka_unit_test_setup_teardown(f, refused_setup, refused_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_at_a_time),
		T(a_bridge_that_changes),
		T(one_that_cannot_be_written),
		T(hold_in_the_moment_of_the_move),
		T(dest_ends_after_the_move),
		T(the_new_far_end_is_told),
	};

	tests_chosen();
	return cmocka_run_group_tests_name("moves that are refused", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves: what each of the stated cases gives, and that nothing is left half-done however a move, a
 * hang-up and another move meet.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/plant.h"

/* --- moves ----------------------------------------------------------------------------------- */

static void a_move_reseats_the_leg(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	leg_get(&la->leg);
	assert_int_equal(move(a, a), -EINVAL);
	assert_int_equal(move(a, b), 0);
	assert_int_equal(info_of(a).state, CHAN_UP);
	assert_string_equal(info_of(a).sid, "a");
	assert_string_equal(info_of(a).caller.number, "2");
	assert_string_equal(info_of(a).leg, lb->leg.label);
	assert_int_equal(info_of(b).state, CHAN_DEAD);
	assert_int_equal(atomic_load(&la->release_cause), CAUSE_NORMAL);
	assert_int_equal(lb->asked[LEG_OP_RELEASE], 0);
	/* Signals of the leg go where it sits now. */
	leg_hangup(&lb->leg, 21);
	settle();
	assert_int_equal(info_of(a).cause, 21);
	assert_int_equal(move(a, b), -ENODEV);
	until(events_of(EVENT_CHANNEL_MOVED, channel_id(a)) == 1);
	leg_put(&la->leg);
	channel_put(a);
	channel_put(b);
}

/* S4: hang-up before commit refuses; after it the right leg ends. */
static void s4_hang_up_around_a_move(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	la->on[LEG_OP_RELEASE] = KEEP_IT;
	channel_post_hangup(a, CAUSE_NORMAL);
	settle();
	assert_int_equal(move(a, b), -EBUSY);
	assert_int_equal(move(b, a), -EBUSY);
	assert_int_equal(info_of(b).state, CHAN_UP);
	testleg_play(la, LEG_OP_RELEASE);
	settle();
	assert_int_equal(move(b, a), -ENODEV);
	channel_put(a);
	hang_up(b);
}

static void pick_up_a_ringing_call(void **state)
{
	struct testleg *la = testleg_new(true), *lb;
	struct channel *a = chan_new(la, "a"), *b = up("b", "2", &lb);

	(void)state;
	leg_get(&la->leg);
	channel_post_dial(a);
	testleg_say(la, LEG_RINGING);
	settle();
	assert_int_equal(move(b, a), -EINVAL); /* a call that is not answered is moved nowhere */
	assert_int_equal(move(a, b), 0);
	assert_int_equal(info_of(a).state, CHAN_UP);
	assert_int_equal(atomic_load(&la->release_cause), CAUSE_PICKED_UP);
	leg_put(&la->leg);
	channel_put(b);
	hang_up(a);
}

static void a_move_in_a_bridge_of_the_kernel(void **state)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	struct bridge *br;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(move(a, b), -EINVAL); /* it would talk to itself */
	assert_int_equal(disconnects, 0);
	assert_int_equal(move(a, c), 0);
	settle();
	assert_int_equal(disconnects, 1);
	assert_int_equal(connects, 2);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	assert_int_equal(info_of(a).bridge, bridge_id(br));
	assert_string_equal(lb->connected.number, "3");
	assert_string_equal(lc->connected.number, "2");
	end_bridge(br);
	channel_put(c);
	hang_up(a);
	hang_up(b);
}

/* No sample of the old peer after the commit. */
static void blocks_of_an_older_generation_die(void **state)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	struct media_view old;
	struct tframe *frame;
	struct bridge *br;

	(void)state;
	leg_get(&la->leg);
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	speak(la, 1);
	speak(la, 2);
	assert_int_equal(hear(lb), 1);
	frame = tframe_alloc();
	frame->octets = 160;
	memset(frame->data, 3, 160);
	/* A media thread in the middle of its period. */
	trcu_read_lock();
	media_view_load(&la->leg.ep, &old);
	la->on[LEG_OP_RELEASE] = KEEP_IT;
	struct result r = { 0 };

	assert_int_equal(channel_move(a, c, result_done, &r), 0);
	until(atomic_load(&r.count) == 1);
	media_push(&old, frame);
	trcu_read_unlock();
	speak(la, 4);
	assert_int_equal(hear(lb), -1);
	speak(lc, 5);
	assert_int_equal(hear(lb), 5);
	speak(lb, 6);
	assert_int_equal(hear(lc), 6);
	assert_int_equal(hear(la), -1);
	settle(); /* source's hang-up is a task of its own */
	testleg_play(la, LEG_OP_RELEASE);
	leg_put(&la->leg);
	end_bridge(br);
	channel_put(c);
	hang_up(a);
	hang_up(b);
}

static uint32_t tapped, tap_gone_count;

static void tap_block(struct media_tap *tap, struct tframe *frame, unsigned int dir)
{
	(void)tap;
	(void)frame;
	(void)dir;
	tapped++;
}

static void tap_gone(struct media_tap *tap)
{
	(void)tap;
	atomic_add(&tap_gone_count, 1);
}

static int attach_tap(struct channel *ch, void *arg)
{
	channel_tap_attach(ch, arg);
	return 0;
}

static void a_recording_goes_on_over_a_move(void **state)
{
	struct media_tap tap = { .block = tap_block, .gone = tap_gone, .dir = MEDIA_TAP_RX };
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);

	(void)state;
	tapped = 0;
	tap_gone_count = 0;
	assert_int_equal(in_task(a, attach_tap, &tap), 0);
	speak(la, 1);
	assert_int_equal(tapped, 1);
	assert_int_equal(move(a, b), 0);
	speak(lb, 1);
	assert_int_equal(tapped, 2);
	channel_put(b);
	hang_up(a);
	settle();
	until(atomic_load(&tap_gone_count) == 1);
}

/* S1, S2, S20: moves of random pairs at once, with hang-ups: every leg in exactly one channel. */
#define CHANS 8
#define MOVES 3000

static void random_moves(void **state)
{
	struct channel *ch[CHANS];
	struct testleg *tl;
	int done_moves = 0, begun = 0, made = CHANS;
	static struct result results[MOVES];

	(void)state;
	test_seed();
	memset(results, 0, sizeof(results));
	for (int i = 0; i < CHANS; i++)
		ch[i] = up(NULL, "1", &tl);
	for (int i = 0; i < MOVES; i++) {
		int a = rand() % CHANS, b = rand() % CHANS;

		if (!channel_move(ch[a], ch[b], result_done, &results[i]))
			begun++;
		if (rand() % 50 == 0)
			channel_post_hangup(ch[rand() % CHANS], CAUSE_NORMAL);
		/* Replace some of the dead. */
		if (i % 20 == 19) {
			settle();
			for (int k = 0; k < CHANS; k++)
				if (info_of(ch[k]).state == CHAN_DEAD) {
					channel_put(ch[k]);
					ch[k] = up(NULL, "1", &tl);
					made++;
				}
		}
	}
	settle();
	for (int i = 0; i < MOVES; i++) {
		assert_true(results[i].count <= 1);
		begun -= (int)results[i].count;
		done_moves += results[i].count && !results[i].err;
	}
	assert_int_equal(begun, 0);
	assert_true(done_moves > MOVES / 50);
	print_message("%d moves done, %d channels made\n", done_moves, made);
	for (int i = 0; i < CHANS; i++)
		hang_up(ch[i]);
}

/* --- every interleaving ---------------------------------------------------------------------- */

/*
 * Parties: 0 is dest, 1 is source; 2 is in a bridge with dest, 3 in one with source, where the
 * shape says so. Bridges go through the kernel, so that a move has to settle them first.
 */
enum { DEST, SOURCE, DEST_PEER, SOURCE_PEER };
#define WITH_DEST   1
#define WITH_SOURCE 2

static struct result moved, moved_too;
static int victim;

static void scene(int shape)
{
	party_add("1");
	party_add("2");
	party_add("3");
	party_add("4");
	if (shape & WITH_DEST)
		party_bridge(DEST, DEST_PEER, true);
	if (shape & WITH_SOURCE)
		party_bridge(SOURCE, SOURCE_PEER, true);
	moved = (struct result){ 0 };
	moved_too = (struct result){ 0 };
}

static void op_move(void)
{
	assert_int_equal(channel_move(who[DEST].ch, who[SOURCE].ch, result_done, &moved), 0);
}

static void strike_hang_up(void)
{
	channel_post_hangup(who[victim].ch, CAUSE_BUSY);
}

/* The far end itself: by the leg, which may sit elsewhere by then. */
static void strike_far_end(void)
{
	leg_hangup(&who[victim].leg->leg, CAUSE_BUSY);
}

/* All of it or nothing, and the hang-up is lost in neither case. */
static void check_moved(int shape, bool by_leg)
{
	int seat = by_leg && victim == SOURCE && !moved.err ? DEST : victim;

	assert_int_equal(moved.count, 1);
	scene_check();
	if (moved.err) {
		assert_true(moved.err == -EBUSY || moved.err == -ENODEV);
		/* Only who was hit, and whom that bridge takes along, has ended. */
		for (int i = 0; i < 4; i++)
			if (state_of(i) != CHAN_DEAD)
				assert_int_equal(sits_in(i), i);
		assert_int_equal(state_of(DEST) == CHAN_DEAD,
				 victim == DEST || (victim == DEST_PEER && shape & WITH_DEST));
	} else {
		assert_int_equal(state_of(SOURCE), CHAN_DEAD);
		assert_int_equal(who[DEST].leg->asked[LEG_OP_RELEASE], 1);
		if (state_of(DEST) != CHAN_DEAD)
			assert_int_equal(sits_in(DEST), SOURCE);
		until(events_of(EVENT_CHANNEL_MOVED, channel_id(who[DEST].ch)) == 1);
		/* What hit the old leg of dest, or source itself, does not end dest. */
		if ((victim == DEST && by_leg) || (victim == SOURCE && !by_leg) ||
		    victim == SOURCE_PEER)
			assert_int_equal(state_of(DEST), CHAN_UP);
	}
	if (!(by_leg && victim == DEST && !moved.err))
		assert_int_equal(state_of(seat), CHAN_DEAD);
}

static uint32_t won, refused;

static void s4_hang_up_at_every_step(void **state)
{
	(void)state;
	won = 0;
	refused = 0;
	for (int shape = 0; shape < 4; shape++)
		for (victim = DEST; victim <= SOURCE_PEER; victim++)
			for (int n = -1; n < TURNS; n++)
				for (int by_leg = 0; by_leg < 2; by_leg++) {
					scene(shape);
					meet(n, op_move, by_leg ? strike_far_end : strike_hang_up);
					check_moved(shape, by_leg);
					*(moved.err ? &refused : &won) += 1;
					scene_end();
					events_forget();
				}
	print_message("%u moves done, %u refused\n", won, refused);
	assert_true(won && refused);
}

/* The provider holds the path while the strike comes: nothing was changed yet. */
static void hang_up_while_the_path_settles(void **state)
{
	(void)state;
	for (victim = DEST; victim <= SOURCE_PEER; victim++) {
		scene(WITH_DEST | WITH_SOURCE);
		at_once = false;
		op_move();
		settle();
		assert_int_equal(moved.count, 0);
		assert_int_equal(sits_in(DEST), DEST);
		strike_hang_up();
		pending_play();
		at_once = true;
		check_moved(WITH_DEST | WITH_SOURCE, false);
		assert_true(moved.err); /* each of the four takes dest or source along */
		scene_end();
		events_forget();
	}
}

/* The same with one whose leg takes its time to end: it is neither dead nor to be moved. */
static void an_ending_one_is_not_moved(void **state)
{
	(void)state;
	for (victim = DEST; victim <= SOURCE; victim++) {
		int other = victim == DEST ? WITH_SOURCE : WITH_DEST;

		scene(other);
		who[victim].leg->on[LEG_OP_RELEASE] = KEEP_IT;
		at_once = false;
		op_move();
		settle();
		strike_hang_up();
		pending_play();
		at_once = true;
		assert_int_equal(moved.count, 1);
		assert_int_equal(moved.err, -EBUSY);
		assert_int_equal(sits_in(victim), victim);
		testleg_play(who[victim].leg, LEG_OP_RELEASE);
		settle();
		scene_end();
		events_forget();
	}
}

static void strike_back(void)
{
	int err = channel_move(who[SOURCE].ch, who[DEST].ch, result_done, &moved_too);

	assert_int_equal(err, 0);
}

/* A -> B and B -> A: exactly one. */
static void crossed_moves(void **state)
{
	uint32_t first = 0;

	(void)state;
	for (int shape = 0; shape < 4; shape++)
		for (int n = -1; n < TURNS; n++) {
			int dest, source;

			scene(shape);
			meet(n, op_move, strike_back);
			assert_int_equal(moved.count + moved_too.count, 2);
			assert_true(!moved.err != !moved_too.err);
			dest = moved.err ? SOURCE : DEST;
			source = moved.err ? DEST : SOURCE;
			first += !moved.err;
			assert_true(moved.err + moved_too.err == -EBUSY ||
				    moved.err + moved_too.err == -ENODEV);
			assert_int_equal(state_of(dest), CHAN_UP);
			assert_int_equal(state_of(source), CHAN_DEAD);
			assert_int_equal(sits_in(dest), source);
			scene_end();
			events_forget();
		}
	print_message("the first one won %u times\n", first);
	assert_true(first && first < 4 * (TURNS + 1));
}

/* 2 is the third one of a chain: its own bridge is not in play. */
static void strike_chain(void)
{
	int err = channel_move(who[SOURCE].ch, who[DEST_PEER].ch, result_done, &moved_too);

	assert_int_equal(err, 0);
}

/* A -> B and B -> C (source of the first is dest of the second): one wins, or the second first. */
static void chained_moves(void **state)
{
	uint32_t both = 0;

	(void)state;
	for (int shape = 0; shape < 4; shape += WITH_SOURCE)
		for (int n = -1; n < TURNS; n++) {
			scene(shape);
			meet(n, op_move, strike_chain);
			assert_int_equal(moved.count + moved_too.count, 2);
			assert_false(moved.err && moved_too.err);
			scene_check();
			if (!moved.err)
				assert_int_equal(sits_in(DEST),
						 moved_too.err ? SOURCE : DEST_PEER);
			else
				assert_int_equal(sits_in(SOURCE), DEST_PEER);
			if (moved.err || moved_too.err)
				assert_true(moved.err + moved_too.err == -EBUSY ||
					    moved.err + moved_too.err == -ENODEV);
			both += !moved.err && !moved_too.err;
			scene_end();
			events_forget();
		}
	print_message("both were done %u times\n", both);
	/* The second one alone can go first, and only where nothing has to be settled. */
	assert_true(both < 2 * (TURNS + 1));
	assert_true(both || world_threads > 1);
}

/* Whoever is recorded, however a hang-up meets the move: each tap ends once, with its channel. */
static void recordings_end_with_their_channels(void **state)
{
	(void)state;
	for (victim = DEST; victim <= SOURCE; victim++)
		for (int n = -1; n < TURNS; n++) {
			struct media_tap tap[2] = {
				{ .block = tap_block, .gone = tap_gone, .dir = MEDIA_TAP_RX },
				{ .block = tap_block, .gone = tap_gone,
				  .dir = MEDIA_TAP_RX | MEDIA_TAP_TX },
			};

			tap_gone_count = 0;
			scene(WITH_DEST);
			assert_int_equal(in_task(who[DEST].ch, attach_tap, &tap[0]), 0);
			assert_int_equal(in_task(who[SOURCE].ch, attach_tap, &tap[1]), 0);
			meet(n, op_move, strike_hang_up);
			check_moved(WITH_DEST, false);
			if (!moved.err && state_of(DEST) == CHAN_UP) {
				tapped = 0;
				speak(who[SOURCE].leg, 1);
				assert_int_equal(tapped, 1);
			}
			scene_end();
			until(atomic_load(&tap_gone_count) == 2);
			events_forget();
		}
}

/* --- what comes along ------------------------------------------------------------------------ */

/* A controller that notes what it hears. */
static struct controller ears;
static uint32_t heard[32];

static void hear_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			const struct leg_signal *sig)
{
	(void)ctl;
	(void)ch;
	(void)sig;
	heard[notice]++;
}

static int listen_to(struct channel *ch, void *arg)
{
	(void)arg;
	channel_set_controller(ch, &ears);
	return 0;
}

static void hold_goes_with_the_leg(void **state)
{
	(void)state;
	ears = (struct controller){ .name = "ears", .notice = hear_notice };
	for (int held = 0; held < 4; held++) {
		bool was = held & 1, is = held & 2;

		memset(heard, 0, sizeof(heard));
		scene(0);
		if (was)
			testleg_say(who[DEST].leg, LEG_HOLD);
		if (is)
			testleg_say(who[SOURCE].leg, LEG_HOLD);
		settle();
		assert_int_equal(in_task(who[DEST].ch, listen_to, NULL), 0);
		assert_int_equal(move(who[DEST].ch, who[SOURCE].ch), 0);
		assert_int_equal(info_of(who[DEST].ch).held, is);
		assert_int_equal(heard[NOTICE_HOLD], !was && is);
		assert_int_equal(heard[NOTICE_UNHOLD], was && !is);
		scene_end();
	}
}

/* What the old far end says after the commit is no business of source's controller. */
static void op_late_answer(void)
{
	op_move();
	/* Its answer comes too late, in the moment of the move. */
	testleg_say(who[DEST].leg, LEG_ANSWERED);
	testleg_say(who[DEST].leg, LEG_CONNECTED);
	testleg_say(who[DEST].leg, LEG_MEDIA_READY);
}

static void strike_nothing(void)
{
}

static void the_old_leg_is_silent(void **state)
{
	(void)state;
	ears = (struct controller){ .name = "ears", .notice = hear_notice };
	memset(heard, 0, sizeof(heard));
	moved = (struct result){ 0 };
	party_ringing();
	party_add("2");
	assert_int_equal(in_task(who[SOURCE].ch, listen_to, NULL), 0);
	meet(0, op_late_answer, strike_nothing);
	assert_int_equal(moved.err, 0);
	assert_int_equal(sits_in(DEST), SOURCE);
	assert_int_equal(heard[NOTICE_ANSWERED] + heard[NOTICE_CONNECTED] + heard[NOTICE_MEDIA], 0);
	assert_int_equal(heard[NOTICE_ENDING], 1);
	until(events_of(EVENT_CHANNEL_DESTROYED, channel_id(who[SOURCE].ch)) == 1);
	assert_int_equal(events_of(EVENT_CHANNEL_CALLER, channel_id(who[SOURCE].ch)), 0);
	scene_end();
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_move_reseats_the_leg),
		T(s4_hang_up_around_a_move),
		T(pick_up_a_ringing_call),
		T(a_move_in_a_bridge_of_the_kernel),
		T(blocks_of_an_older_generation_die),
		T(a_recording_goes_on_over_a_move),
		T(random_moves),
		T(s4_hang_up_at_every_step),
		T(hang_up_while_the_path_settles),
		T(an_ending_one_is_not_moved),
		T(crossed_moves),
		T(chained_moves),
		T(recordings_end_with_their_channels),
		T(hold_goes_with_the_leg),
		T(the_old_leg_is_silent),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

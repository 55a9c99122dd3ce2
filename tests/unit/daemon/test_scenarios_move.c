// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What went wrong elsewhere with moves (docs/scenarios.md), each as a test that fails on the naive
 * design of tests/mutation.
 */
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/plant.h"

/* The leg of a channel, by its label. */
static void assert_seated(struct channel *ch, const struct testleg *tl)
{
	assert_string_equal(info_of(ch).leg, tl->leg.label);
}

/* --- S1 -------------------------------------------------------------------------------------- */

/*
 * Two transfers of one bridge at once, each of which needs what the other one holds; a pool of one
 * thread has to finish both.
 */
static void s1_two_transfers_of_one_bridge(void **state)
{
	struct testleg *la, *lb, *lc, *ld;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc),
		       *d = up("d", "4", &ld);
	struct result ra = { 0 }, rb = { 0 };
	struct bridge *br;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	at_once = false;
	assert_int_equal(channel_move(a, c, result_done, &ra), 0);
	assert_int_equal(channel_move(b, d, result_done, &rb), 0);
	pending_play();
	assert_int_equal(ra.count, 1);
	assert_int_equal(rb.count, 1);
	assert_int_equal(ra.err, 0);
	assert_int_equal(rb.err, 0);
	assert_seated(a, lc);
	assert_seated(b, ld);
	at_once = true;
	end_bridge(br);
	channel_put(c);
	channel_put(d);
	hang_up(a);
	hang_up(b);
}

/* --- S2 -------------------------------------------------------------------------------------- */

#define CROWD	    6
#define CROWD_MOVES (getenv("OPENTDM_LONG") ? 5000 : 500)

static uint32_t foreign, heard;

/* In every task: the channel is whole, and what is heard comes from the leg that sits here. */
static void whole_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			 const struct leg_signal *sig)
{
	const struct leg *leg = channel_leg(ch);

	(void)ctl;
	if (rcu_ptr_load(&leg->chan) != ch || strcmp(ch->face.leg, leg->label))
		atomic_add(&foreign, 1);
	if (notice != NOTICE_DTMF)
		return;
	if (sig->ms != (uint32_t)leg->id)
		atomic_add(&foreign, 1);
	atomic_add(&heard, 1);
}

static struct controller whole = { .name = "whole", .notice = whole_notice };

static int watch_it(struct channel *ch, void *arg)
{
	channel_set_controller(ch, arg);
	return 0;
}

static struct channel *watched_up(struct testleg **tl)
{
	struct channel *ch = up(NULL, "1", tl);

	leg_get(&(*tl)->leg);
	assert_int_equal(in_task(ch, watch_it, &whole), 0);
	return ch;
}

/* A digit that says which leg it came by. */
static void digit(struct testleg *tl)
{
	struct leg_signal *sig = leg_signal_new(LEG_DTMF);

	assert_non_null(sig);
	sig->ms = (uint32_t)tl->leg.id;
	sig->u.digits[0] = '5';
	leg_signal(&tl->leg, sig);
}

static void s2_tasks_see_a_channel_whole(void **state)
{
	struct testleg *tl[CROWD];
	struct channel *ch[CROWD];
	uint32_t moved = 0;

	(void)state;
	test_seed();
	foreign = 0;
	heard = 0;
	for (int i = 0; i < CROWD; i++)
		ch[i] = watched_up(&tl[i]);
	for (int n = 0; n < CROWD_MOVES; n++) {
		int a = rand() % CROWD, b = (a + 1 + rand() % (CROWD - 1)) % CROWD;
		struct result r = { 0 };

		digit(tl[a]);
		digit(tl[b]);
		assert_int_equal(channel_move(ch[a], ch[b], result_done, &r), 0);
		digit(tl[b]);
		digit(tl[a]);
		until(atomic_load(&r.count) == 1);
		digit(tl[b]);
		if (r.err)
			continue;
		/* b's leg sits in a now; a's old one ends with b. */
		moved++;
		leg_put(&tl[a]->leg);
		tl[a] = tl[b];
		channel_put(ch[b]);
		ch[b] = watched_up(&tl[b]);
	}
	settle();
	print_message("%u moves, %u signals heard\n", moved, heard);
	assert_int_equal(foreign, 0);
	assert_true(moved > CROWD_MOVES / 2);
	/* Four of five come by a leg that stays; what the old leg says while it ends may be lost. */
	assert_true(heard >= 3 * moved);
	for (int i = 0; i < CROWD; i++) {
		hang_up(ch[i]);
		leg_put(&tl[i]->leg);
	}
}

/* The same by steps: at each of a move a digit comes by the leg that moves, and is heard once. */
static struct channel *s2_dest, *s2_source;
static struct testleg *s2_leg;
static struct result s2_moved;

static void s2_move(void)
{
	assert_int_equal(channel_move(s2_dest, s2_source, result_done, &s2_moved), 0);
}

static void s2_digit(void)
{
	digit(s2_leg);
}

static void s2_at_every_step(void **state)
{
	(void)state;
	for (int younger = 0; younger < 2; younger++)
		for (int n = -1; n <= TURNS; n++) {
			struct testleg *tl[2];
			struct channel *ch[2];

			for (int i = 0; i < 2; i++)
				ch[i] = watched_up(&tl[i]);
			s2_dest = ch[!younger];
			s2_source = ch[younger];
			s2_leg = tl[younger];
			s2_moved = (struct result){ 0 };
			foreign = 0;
			heard = 0;
			meet(n, s2_move, s2_digit);
			assert_int_equal(s2_moved.count, 1);
			assert_int_equal(s2_moved.err, 0);
			assert_int_equal(foreign, 0);
			assert_int_equal(heard, 1);
			hang_up(s2_dest);
			channel_put(s2_source);
			settle();
			for (int i = 0; i < 2; i++)
				leg_put(&tl[i]->leg);
			events_forget();
		}
}

/* --- S3 -------------------------------------------------------------------------------------- */

static int nothing(struct channel *ch, void *arg)
{
	(void)ch;
	(void)arg;
	return 0;
}

/* While a move waits for the path nobody who comes by executes it, and nothing tells him to. */
static void s3_nobody_else_executes_a_move(void **state)
{
	struct testleg *la, *lb, *lc, *ld;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc),
		       *d = up("d", "4", &ld);
	struct result r = { 0 };
	struct bridge *br;
	char text[8192];
	FILE *f;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	at_once = false;
	assert_int_equal(channel_move(a, c, result_done, &r), 0);
	settle();
	assert_int_equal(pending_count, 1);
	digit(la);
	digit(lc);
	assert_int_equal(in_task(a, nothing, NULL), 0);
	assert_int_equal(in_task(c, nothing, NULL), 0);
	assert_int_equal(move(a, d), -EBUSY);
	assert_int_equal(move(d, c), -EBUSY);
	channel_doorbell(a);
	channel_doorbell(c);
	settle();
	assert_seated(a, la);
	assert_seated(c, lc);
	assert_int_equal(r.count, 0);
	pending_play();
	assert_int_equal(r.count, 1);
	assert_int_equal(r.err, 0);
	assert_seated(a, lc);
	/* A channel knows that it is moving; what is to be done only the move itself knows. */
	f = fopen("daemon/call/channel_priv.h", "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "bool moving;"));
	assert_null(strstr(text, "struct move"));
	at_once = true;
	end_bridge(br);
	channel_put(c);
	hang_up(a);
	hang_up(b);
	hang_up(d);
}

/* --- S4 -------------------------------------------------------------------------------------- */

enum step { BEFORE, SETTLING, COMMITTED, AFTER, STEPS };
enum victim { DEST, SOURCE, DEST_FAR_END, SOURCE_FAR_END, VICTIMS };

static void end_party(enum victim victim, struct channel *a, struct channel *c, struct testleg *la,
		    struct testleg *lc)
{
	switch (victim) {
	case DEST:
		channel_post_hangup(a, CAUSE_NORMAL);
		break;
	case SOURCE:
		channel_post_hangup(c, CAUSE_NORMAL);
		break;
	case DEST_FAR_END:
		leg_hangup(&la->leg, CAUSE_NORMAL);
		break;
	default:
		leg_hangup(&lc->leg, CAUSE_NORMAL);
	}
}

static uint32_t hold_back; /* 1: a task stands in the source; 2: it may go */

static int stand(struct channel_work *work, struct channel *ch)
{
	(void)work;
	(void)ch;
	atomic_store(&hold_back, 1);
	while (atomic_load(&hold_back) != 2)
		usleep(100);
	return 0;
}

static void stood(struct channel_work *work, int err)
{
	(void)work;
	(void)err;
}

/* A task waits in the queue of ch behind whoever holds it. */
static bool queued(struct channel *ch)
{
	return (uintptr_t)atomic_load(&channel_serializer(ch)->head) > 1;
}

/*
 * Commit holds dest and is queued on source, in which another task stands: what is posted now comes
 * between commit and what follows it.
 */
static void hang_up_at_commit(enum victim victim, struct channel *a, struct channel *c,
			      struct testleg *la, struct testleg *lc)
{
	struct channel_work work = { .fn = stand, .done = stood };

	atomic_store(&hold_back, 0);
	channel_post_work(c, &work);
	until(atomic_load(&hold_back) == 1);
	media_op_done(pending[--pending_count], 0);
	until(queued(c));
	end_party(victim, a, c, la, lc);
	atomic_store(&hold_back, 2);
	settle();
}

/* late: the leg that is hung up does not release at once. */
static void one_hang_up(enum step step, enum victim victim, bool late)
{
	struct testleg *la, *lb, *lc;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc);
	bool moved = step >= COMMITTED, lc_ends;
	struct result r = { 0 };
	struct bridge *br;

	leg_get(&la->leg);
	leg_get(&lc->leg);
	la->on[LEG_OP_RELEASE] = late ? KEEP_IT : DO_IT;
	lc->on[LEG_OP_RELEASE] = late ? KEEP_IT : DO_IT;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	at_once = false;
	if (step == BEFORE)
		end_party(victim, a, c, la, lc);
	assert_int_equal(channel_move(a, c, result_done, &r), 0);
	settle();
	if (step == SETTLING)
		end_party(victim, a, c, la, lc);
	if (step == COMMITTED)
		hang_up_at_commit(victim, a, c, la, lc);
	pending_play();
	if (step == AFTER) {
		end_party(victim, a, c, la, lc);
		pending_play();
	}
	at_once = true;
	testleg_play(la, LEG_OP_RELEASE);
	testleg_play(lc, LEG_OP_RELEASE);
	settle();
	la->on[LEG_OP_RELEASE] = DO_IT;
	lc->on[LEG_OP_RELEASE] = DO_IT;
	assert_int_equal(r.count, 1);
	if (moved)
		assert_int_equal(r.err, 0);
	else
		assert_true(r.err == -EBUSY || r.err == -ENODEV);
	/* Who ends: before the commit whom it was said to; afterwards source does in any case. */
	lc_ends = moved ? victim == DEST || victim == SOURCE_FAR_END :
			  victim == SOURCE || victim == SOURCE_FAR_END;
	assert_int_equal(lc->asked[LEG_OP_RELEASE], lc_ends);
	assert_int_equal(la->asked[LEG_OP_RELEASE], moved ? 1 : !lc_ends);
	assert_int_equal(info_of(a).state, moved == lc_ends ? CHAN_DEAD : CHAN_UP);
	assert_int_equal(info_of(c).state, moved || lc_ends ? CHAN_DEAD : CHAN_UP);
	assert_int_equal(info_of(b).state, CHAN_UP);
	if (info_of(a).state == CHAN_UP)
		assert_seated(a, moved ? lc : la);
	end_bridge(br);
	hang_up(a);
	hang_up(b);
	hang_up(c);
	settle();
	assert_int_equal(la->asked[LEG_OP_RELEASE], 1);
	assert_int_equal(lc->asked[LEG_OP_RELEASE], 1);
	leg_put(&la->leg);
	leg_put(&lc->leg);
}

static void s4_hang_up_at_every_step(void **state)
{
	(void)state;
	for (enum step step = BEFORE; step < STEPS; step++)
		for (enum victim victim = DEST; victim < VICTIMS; victim++) {
			/* A pool of one cannot stand in a task and go on. */
			if (step == COMMITTED && world_threads == 1)
				continue;
			print_message("step %d, victim %d\n", step, victim);
			one_hang_up(step, victim, false);
			one_hang_up(step, victim, true);
		}
}

/* --- S5 -------------------------------------------------------------------------------------- */

static void s5_disjoint_moves_do_not_wait_for_one_another(void **state)
{
	struct testleg *la, *lb, *lc, *ld, *le;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *c = up("c", "3", &lc),
		       *d = up("d", "4", &ld), *e = up("e", "5", &le);
	struct result slow = { 0 }, quick = { 0 };
	struct bridge *br;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	at_once = false;
	assert_int_equal(channel_move(a, c, result_done, &slow), 0);
	settle();
	assert_int_equal(channel_move(d, e, result_done, &quick), 0);
	until(atomic_load(&quick.count) == 1);
	assert_int_equal(quick.err, 0);
	assert_seated(d, le);
	assert_int_equal(slow.count, 0);
	pending_play();
	assert_int_equal(slow.count, 1);
	assert_int_equal(slow.err, 0);
	at_once = true;
	end_bridge(br);
	channel_put(c);
	channel_put(e);
	hang_up(a);
	hang_up(b);
	hang_up(d);
}

/* --- S11, S19 -------------------------------------------------------------------------------- */

static int count_one(struct channel *ch, void *arg)
{
	(void)ch;
	++*(int *)arg;
	return 0;
}

static int channels(void)
{
	int n = 0;

	channel_foreach(count_one, &n);
	return n;
}

static void s11_a_move_creates_no_channel(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);
	struct event *moved = NULL;
	uint32_t created;

	(void)state;
	until(events_of(EVENT_CHANNEL_CREATED, 0) == 2);
	assert_int_equal(move(a, b), 0);
	until(events_of(EVENT_CHANNEL_DESTROYED, channel_id(b)) == 1);
	created = events_of(EVENT_CHANNEL_CREATED, 0);
	assert_int_equal(created, 2);
	assert_int_equal(channels(), 1);
	assert_string_equal(info_of(a).sid, "a");
	/* The call's history says it, as one event between the two that were there. */
	assert_int_equal(events_of(EVENT_CHANNEL_MOVED, 0), 1);
	for (uint32_t i = 0; i < atomic_load(&events_count); i++)
		if (events[i]->type == EVENT_CHANNEL_MOVED)
			moved = events[i];
	assert_int_equal(moved->chan.id, channel_id(a));
	assert_int_equal(moved->u.moved.source, channel_id(b));
	assert_string_equal(moved->u.moved.source_sid, "b");
	channel_put(b);
	hang_up(a);
}

static uint32_t app_digits;

static void app_notice(struct controller *ctl, struct channel *ch, enum notice notice,
		       const struct leg_signal *sig)
{
	(void)ctl;
	(void)ch;
	(void)sig;
	if (notice == NOTICE_DTMF)
		atomic_add(&app_digits, 1);
}

static struct controller app = { .name = "app", .notice = app_notice };

static void s19_a_bridged_channel_goes_to_an_application_and_back(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb), *found;
	struct channel_info before = info_of(b);
	struct result r = { 0 };
	struct bridge *br;

	(void)state;
	app_digits = 0;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(bridge_remove(br, b, result_done, &r), 0);
	settle();
	assert_int_equal(r.err, 0);
	assert_int_equal(in_task(b, watch_it, &app), 0);
	assert_string_equal(info_of(b).app, "app");
	digit(lb);
	settle();
	assert_int_equal(app_digits, 1);
	assert_int_equal(in_task(b, watch_it, NULL), 0);
	assert_int_equal(add(br, b), 0);
	assert_int_equal(info_of(b).id, before.id);
	assert_string_equal(info_of(b).name, before.name);
	assert_string_equal(info_of(b).leg, before.leg);
	assert_int_equal(info_of(b).state, CHAN_UP);
	found = channel_by_name("b");
	assert_ptr_equal(found, b);
	channel_put(found);
	assert_int_equal(channels(), 2);
	until(events_of(EVENT_BRIDGE_ENTERED, channel_id(b)) == 2);
	assert_int_equal(events_of(EVENT_CHANNEL_CREATED, 0), 2);
	assert_int_equal(events_of(EVENT_CHANNEL_MOVED, 0), 0);
	assert_int_equal(info_of(a).bridge, bridge_id(br));
	end_bridge(br);
	hang_up(a);
	hang_up(b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(s1_two_transfers_of_one_bridge),
		T(s2_tasks_see_a_channel_whole),
		T(s2_at_every_step),
		T(s3_nobody_else_executes_a_move),
		T(s4_hang_up_at_every_step),
		T(s5_disjoint_moves_do_not_wait_for_one_another),
		T(s11_a_move_creates_no_channel),
		T(s19_a_bridged_channel_goes_to_an_application_and_back),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/cast.h"

#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"
#include "daemon/core/log.h"

/* --- the cast -------------------------------------------------------------------------------- */

struct channel *cast_ch[ALL];
struct testleg *cast_leg[ALL];
const char *cast_tech = "Local";

static struct channel **const ch = cast_ch;
static struct testleg **const leg = cast_leg;
static struct bridge *br;
static struct result answer;
static unsigned int place;	  /* H's */
static struct channel_work asked; /* the one of this operation */

static const char *endpoint(const char *target)
{
	static char text[2][32];
	static int which; /* two are in use at a time */

	which = !which;
	snprintf(text[which], sizeof(text[which]), "%s/%s", cast_tech, target);
	return text[which];
}

static void asked_done(struct channel_work *work, int err)
{
	(void)work;
	result_done(&answer, err);
}

static int ask(struct channel *of, int (*fn)(struct channel_work *work, struct channel *of))
{
	asked = (struct channel_work){ .fn = fn, .done = asked_done };
	channel_post_work(of, &asked);
	return 0;
}

static int work_hold(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_hold(of);
}

static void parked(void *arg, int result)
{
	place = result > 0 ? (unsigned int)result : 0;
	result_done(arg, result > 0 ? 0 : result);
}

static void answered(void)
{
	settle();
	assert_int_equal(atomic_load(&answer.count), 1);
	assert_int_equal(answer.err, 0);
	answer = (struct result){ 0 };
}

void cast(void)
{
	const struct park_params forever = { .timeout_ms = 0 };

	answer = (struct result){ 0 };
	for (int i = A; i < ALL; i++) {
		char sid[2] = { (char)('a' + i), '\0' };

		if (i != E && i != F)
			ch[i] = up(sid, "1", &leg[i]);
	}
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(add(br, ch[A]), 0);
	assert_int_equal(add(br, ch[B]), 0);
	leg[E] = testleg_new(true);
	ch[E] = chan_new(leg[E], "e");
	assert_int_equal(channel_post_dial(ch[E]), 0);
	settle();
	testleg_say(leg[E], LEG_RINGING);
	leg[F] = testleg_new(false);
	ch[F] = chan_new(leg[F], "f");
	testleg_incoming(leg[F], "1", "2");
	settle();
	ask(ch[G], work_hold);
	answered();
	assert_int_equal(channel_park(ch[H], &forever, parked, &answer), 0);
	answered();
	for (int i = A; i < ALL; i++)
		leg_get(&leg[i]->leg);
}

static int count_left(struct channel *any, void *arg)
{
	channel_post_hangup(any, CAUSE_NORMAL);
	++*(unsigned int *)arg;
	return 0;
}

void cast_end(void)
{
	unsigned int left = 0;

	for (int i = A; i < ALL; i++)
		for (int op = 0; op < LEG_OPS; op++)
			leg[i]->on[op] = DO_IT;
	channel_foreach(count_left, &left);
	settle();
	until(living() == 0);
	settle();
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
	settle();
	for (int i = A; i < ALL; i++) {
		leg_released(&leg[i]->leg); /* out of quarantine */
		leg_put(&leg[i]->leg);
		channel_put(ch[i]);
	}
	testleg_fault_end();
	assert_int_equal(leg_quarantine_count(), 0);
}

/* --- operations ------------------------------------------------------------------------------ */

static int op_originate(void)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "new" };
	struct channel *fresh;
	int err = channel_originate(endpoint("5"), &req, &params, &fresh, NULL);

	if (err)
		return err;
	err = channel_post_dial(fresh);
	channel_put(fresh);
	answer.count = 1;
	return err ? -EALREADY : 0; /* it is there: not dialled */
}

static int op_unbridge(void)
{
	return bridge_remove(br, ch[A], result_done, &answer);
}

static int op_add(void)
{
	struct bridge *mine;
	int err = bridge_create("mine", NULL, true, &mine);

	if (err)
		return err;
	err = bridge_add(mine, ch[C], result_done, &answer);
	if (err)
		bridge_destroy(mine, NULL, NULL);
	bridge_put(mine);
	return err;
}

static int op_swap(void)
{
	return bridge_swap(ch[A], ch[C], result_done, &answer);
}

static int op_move(void)
{
	return channel_move(ch[C], ch[D], result_done, &answer);
}

static int op_move_bridged(void)
{
	return channel_move(ch[A], ch[C], result_done, &answer);
}

static int op_attended(void)
{
	return channel_transfer_attended(ch[A], ch[C], result_done, &answer);
}

static int op_blind(void)
{
	struct transfer_params params = { .target = endpoint("7") };

	return channel_transfer(ch[A], &params, result_done, &answer);
}

static int op_pickup(void)
{
	return channel_pickup(ch[E], ch[C], result_done, &answer);
}

static int op_park(void)
{
	struct park_params params = { .timeout_ms = 60000, .back = endpoint("8") };

	return channel_park(ch[A], &params, parked, &answer);
}

static int op_ring(void)
{
	const char *const endpoints[] = { endpoint("1"), endpoint("2") };
	struct ring_params params = { .endpoints = endpoints, .count = 2,
				      .request.timeout_ms = 60000 };

	return channel_ring_post(ch[F], &params, result_done, &answer);
}

static int op_retrieve(void)
{
	return channel_retrieve(place, ch[C], result_done, &answer);
}

static int op_end_bridge(void)
{
	return bridge_destroy(br, result_done, &answer);
}

static int op_path(void)
{
	return bridge_set_mode(br, BRIDGE_USER, result_done, &answer);
}

static int op_hang_up(void)
{
	for (int i = A; i < ALL; i++)
		channel_post_hangup(ch[i], CAUSE_NORMAL);
	answer.count = 1;
	return 0;
}

/* --- operations on one call ------------------------------------------------------------------ */

static int work_proceeding(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_proceeding(of);
}

static int work_progress(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_progress(of, 0);
}

static int work_ringing(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_ringing(of);
}

static int work_answer(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_answer(of);
}

static int work_digits(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_send_digits(of, "12");
}

static int work_dtmf(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_send_dtmf(of, "12", 100, 100);
}

static int work_unhold(struct channel_work *work, struct channel *of)
{
	(void)work;
	return channel_unhold(of);
}

static int work_connected(struct channel_work *work, struct channel *of)
{
	const struct party party = { .number = "4711" };

	(void)work;
	return channel_connected(of, &party);
}

static int op_proceeding(void)
{
	return ask(ch[F], work_proceeding);
}

static int op_progress(void)
{
	return ask(ch[F], work_progress);
}

static int op_ringing(void)
{
	return ask(ch[F], work_ringing);
}

static int op_answer(void)
{
	return ask(ch[F], work_answer);
}

static int op_digits(void)
{
	return ask(ch[E], work_digits);
}

static int op_dtmf(void)
{
	return ask(ch[C], work_dtmf);
}

static int op_hold(void)
{
	return ask(ch[C], work_hold);
}

static int op_unhold(void)
{
	return ask(ch[G], work_unhold);
}

static int op_connected(void)
{
	return ask(ch[C], work_connected);
}

const struct core_op core_ops[] = {
	{ "originate", op_originate, false },
	{ "proceeding", op_proceeding, false },
	{ "progress", op_progress, false },
	{ "ringing", op_ringing, false },
	{ "answer", op_answer, false },
	{ "digits", op_digits, false },
	{ "dtmf", op_dtmf, false },
	{ "hold", op_hold, false },
	{ "unhold", op_unhold, false },
	{ "connected line", op_connected, false },
	{ "unbridge", op_unbridge, false },
	{ "bridge", op_add, false },
	{ "bridge's end", op_end_bridge, false },
	{ "bridge's path", op_path, false },
	{ "swap", op_swap, false },
	{ "move", op_move, false },
	{ "move in a bridge", op_move_bridged, false },
	{ "attended transfer", op_attended, false },
	{ "blind transfer", op_blind, false },
	{ "pickup", op_pickup, false },
	{ "park", op_park, false },
	{ "retrieve", op_retrieve, false },
	{ "ring group", op_ring, false },
	{ "hang-up", op_hang_up, true },
};
const size_t core_op_count = ARRAY_SIZE(core_ops);

/* --- all or nothing -------------------------------------------------------------------------- */

static struct channel_info before[ALL];
static unsigned int were;
static int begun;

void core_op_begin(const struct core_op *op)
{
	were = living();
	for (int i = A; i < ALL; i++)
		before[i] = info_of(ch[i]);
	answer = (struct result){ 0 };
	begun = op->run();
}

static void nothing_changed(const struct core_op *op, int err)
{
	for (int i = A; i < ALL; i++) {
		struct channel_info after = info_of(ch[i]);

		if (after.state != before[i].state || strcmp(after.leg, before[i].leg) ||
		    after.bridge != before[i].bridge || after.held != before[i].held ||
		    strcmp(after.connected.number, before[i].connected.number) ||
		    strcmp(after.app, before[i].app))
			fail_msg("%s is refused with %d, and has changed %s", op->name, err,
				 before[i].sid);
	}
	if (err != -EALREADY && living() != were)
		fail_msg("%s is refused with %d, and has left %d calls", op->name, err,
			 (int)living() - (int)were);
}

void core_op_end(const struct core_op *op)
{
	int err = begun;

	settle();
	if (!err) {
		until(atomic_load(&answer.count) == 1);
		err = answer.err;
	}
	if (op->cannot_fail) {
		assert_int_equal(err, 0);
		for (int i = A; i < ALL; i++)
			until(info_of(ch[i]).state == CHAN_DEAD);
	}
	if (!err)
		return;
	nothing_changed(op, err);
	if (err == -EALREADY)
		return;
	/* And it can be asked again: nothing is half-done. */
	answer = (struct result){ 0 };
	for (int i = A; i < ALL; i++)
		for (int lop = 0; lop < LEG_OPS; lop++)
			leg[i]->on[lop] = DO_IT;
	assert_int_equal(op->run(), 0);
	until(atomic_load(&answer.count) == 1);
	assert_int_equal(answer.err, 0);
	settle();
}

/* --- a world without listeners --------------------------------------------------------------- */

int cast_pool = 1;

static int attach_none(struct channel *any, const struct leg_signal *sig)
{
	(void)any;
	(void)sig;
	return 0;
}

int cast_setup(void **state)
{
	(void)state;
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	channel_release_timeout_ns = 10 * NSEC_PER_SEC;
	at_once = true;
	provider_err = 0;
	pending_count = 0;
	if (timer_thread_start() || serializer_pool_start(cast_pool, 0) || event_start() ||
	    channels_init() || bridges_init() || local_init() || park_init(1, 10) ||
	    leg_tech_register(&testleg_tech))
		return -1;
	channel_set_default_controller(attach_none);
	return 0;
}

int cast_teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		settle();
		trcu_barrier();
	}
	assert_int_equal(bridges_exit(), 0);
	assert_int_equal(channels_exit(), 0);
	event_stop();
	timer_thread_stop();
	settle();
	trcu_barrier();
	trcu_barrier();
	struct serializer_stats stats;

	serializer_pool_stats(&stats);
	assert_int_equal(stats.alive, 0);
	assert_int_equal(serializer_pool_stop(patience_ns()), 0);
	leg_tech_unregister(&testleg_tech);
	local_exit();
	trcu_barrier();
	assert_int_equal(testlegs_alive(), 0);
	assert_int_equal(tframe_alive(), 0);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/cast.h"

#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/snoop.h"
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

static int work_snoop(struct channel_work *work, struct channel *of)
{
	const struct snoop_params params = { .spy = MEDIA_TAP_RX | MEDIA_TAP_TX,
					     .whisper = MEDIA_TAP_RX | MEDIA_TAP_TX };
	struct channel *snooping;
	int err = channel_snoop(of, &params, &snooping);

	(void)work;
	if (!err)
		channel_put(snooping);
	return err;
}

const struct core_op core_ops[] = {
	{ "originate", .run = op_originate },
	{ "proceeding", .who = F, .work = work_proceeding },
	{ "progress", .who = F, .work = work_progress },
	{ "ringing", .who = F, .work = work_ringing },
	{ "answer", .who = F, .work = work_answer },
	{ "digits", .who = E, .work = work_digits },
	{ "dtmf", .who = C, .work = work_dtmf },
	{ "hold", .who = C, .work = work_hold },
	{ "unhold", .who = G, .work = work_unhold },
	{ "connected line", .who = C, .work = work_connected },
	{ "snoop", .who = A, .work = work_snoop },
	{ "unbridge", .run = op_unbridge },
	{ "bridge", .run = op_add },
	{ "bridge's end", .run = op_end_bridge },
	{ "bridge's path", .run = op_path },
	{ "swap", .run = op_swap },
	{ "move", .run = op_move },
	{ "move in a bridge", .run = op_move_bridged },
	{ "attended transfer", .run = op_attended },
	{ "blind transfer", .run = op_blind },
	{ "pickup", .run = op_pickup },
	{ "park", .run = op_park },
	{ "retrieve", .run = op_retrieve },
	{ "ring group", .run = op_ring },
	{ "hang-up", .run = op_hang_up, .cannot_fail = true },
};
const size_t core_op_count = ARRAY_SIZE(core_ops);

/* --- all or nothing -------------------------------------------------------------------------- */

static int run(const struct core_op *op)
{
	return op->work ? ask(ch[op->who], op->work) : op->run();
}

static struct channel_info before[ALL];
static unsigned int were;
static int begun;

void core_op_begin(const struct core_op *op)
{
	were = living();
	for (int i = A; i < ALL; i++)
		before[i] = info_of(ch[i]);
	answer = (struct result){ 0 };
	begun = run(op);
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
	assert_int_equal(run(op), 0);
	until(atomic_load(&answer.count) == 1);
	assert_int_equal(answer.err, 0);
	settle();
}

/* --- a world without listeners --------------------------------------------------------------- */

static int attach_none(struct channel *any, const struct leg_signal *sig)
{
	(void)any;
	(void)sig;
	return 0;
}

int cast_setup(void **state)
{
	world_deaf = true;
	if (plant_setup(state) || park_init(1, 10))
		return -1;
	channel_set_default_controller(attach_none);
	return 0;
}

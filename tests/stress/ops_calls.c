// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on several calls: what stands on the move. And the table of all.
 */
#include "daemon/call/park.h"
#include "daemon/call/pickup.h"
#include "daemon/call/ring.h"
#include "daemon/call/transfer.h"
#include "tests/stress/stress.h"

static const char *endpoint(struct actor *me)
{
	return roll(me, 2) ? "Stress/answers" : "Stress/rings";
}

/* What ends by itself does so soon; never where everything is to be at rest after an operation. */
static unsigned int timeout_ms(struct actor *me)
{
	if (every)
		return 0;
	return roll(me, 2) ? 20 + roll(me, 200) : 0;
}

static int op_transfer(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_UP), BRIDGED, NULL);
	struct transfer_params params = { .target = endpoint(me), .timeout_ms = timeout_ms(me) };
	struct answer a = { 0 };
	int err;

	if (!ch)
		return NOT_TRIED;
	err = channel_transfer(ch, &params, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, ch);
	return err;
}

static int op_attended(struct actor *me)
{
	struct channel *first, *second;
	struct answer a = { 0 };
	int err;

	if (!pick_two(me, S(CHAN_UP), BRIDGED, &first, S(CHAN_UP), ANYWHERE, &second))
		return NOT_TRIED;
	if (roll(me, 2))
		err = channel_transfer_attended(first, second, answer_done, &a);
	else
		err = channel_transfer_attended(second, first, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, first);
	seen(me, second);
	return err;
}

static int op_swap(struct actor *me)
{
	struct channel *out, *in;
	struct answer a = { 0 };
	int err;

	if (!pick_two(me, S(CHAN_UP), BRIDGED, &out, S(CHAN_UP), ANYWHERE, &in))
		return NOT_TRIED;
	err = bridge_swap(out, in, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, out);
	seen(me, in);
	return err;
}

static int op_pickup(struct actor *me)
{
	struct channel *ringing, *by;
	struct answer a = { 0 };
	int err;

	if (!pick_two(me, S(CHAN_RINGING), ANYWHERE, &ringing, S(CHAN_UP), ALONE, &by))
		return NOT_TRIED;
	err = channel_pickup(ringing, by, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, ringing);
	seen(me, by);
	return err;
}

static int op_park(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_UP), ANYWHERE, NULL);
	struct park_params params = { .timeout_ms = timeout_ms(me), .back = endpoint(me) };
	struct answer a = { 0 };
	int err;

	if (!ch)
		return NOT_TRIED;
	err = channel_park(ch, &params, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, ch);
	return err > 0 ? 0 : err; /* the place */
}

struct place {
	unsigned int skip, place;
};

static int one_place(unsigned int place, struct channel *ch, void *arg)
{
	struct place *p = arg;

	(void)ch;
	p->place = place;
	return !p->skip--;
}

static int op_retrieve(struct actor *me)
{
	struct place p = { .skip = roll(me, 8) };
	struct answer a = { 0 };
	struct channel *by;
	int err;

	park_foreach(one_place, &p);
	by = p.place ? pick(me, S(CHAN_UP), ALONE, NULL) : NULL;
	if (!by)
		return NOT_TRIED;
	err = channel_retrieve(p.place, by, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, by);
	return err;
}

static int op_ring(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_RING), ANYWHERE, NULL);
	const char *const endpoints[3] = { endpoint(me), endpoint(me), endpoint(me) };
	struct ring_params params = { .endpoints = endpoints, .count = 2 + roll(me, 2),
				      .request.timeout_ms = timeout_ms(me) };
	struct answer a = { 0 };
	int err;

	if (!ch)
		return NOT_TRIED;
	err = channel_ring_post(ch, &params, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, ch);
	return err;
}

struct op ops[] = {
	{ .name = "originate", .weight = 200, .run = op_originate },
	{ .name = "incoming", .weight = 200, .run = op_incoming },
	{ .name = "answer", .weight = 220, .run = op_answer },
	{ .name = "hold", .weight = 60, .run = op_hold },
	{ .name = "bridge", .weight = 180, .run = op_bridge },
	{ .name = "unbridge", .weight = 40, .run = op_unbridge },
	{ .name = "move", .weight = 60, .run = op_move },
	{ .name = "transfer", .weight = 40, .run = op_transfer },
	{ .name = "attended", .weight = 40, .run = op_attended },
	{ .name = "swap", .weight = 40, .run = op_swap },
	{ .name = "pickup", .weight = 60, .run = op_pickup },
	{ .name = "park", .weight = 50, .run = op_park },
	{ .name = "retrieve", .weight = 50, .run = op_retrieve },
	{ .name = "ring-group", .weight = 50, .run = op_ring },
	{ .name = "hang-up", .weight = 40, .run = op_hang_up },
	{ .name = "span-loss", .weight = 28, .run = op_lose_span },
};
const unsigned int op_count = ARRAY_SIZE(ops);

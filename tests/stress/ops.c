// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on one call, bridges, the plain move. Each chooses channels of which it can be asked by what they say of themselves;
 * until it is asked they may have changed, and it is refused: that is what is to be tried.
 */
#include <unistd.h>

#include "tests/stress/stress.h"

#define TRIES 40

struct channel *pick(struct actor *me, uint32_t states, int where, struct channel *but)
{
	for (int i = 0; i < TRIES; i++) {
		struct channel *ch = plant_pick(roll(me, PLACES));
		struct channel_info info;

		if (!ch)
			continue;
		channel_info_read(ch, &info);
		if (ch != but && (S(info.state) & states) &&
		    (where == ANYWHERE || (where == BRIDGED) == !!info.bridge))
			return ch;
		channel_put(ch);
	}
	return NULL;
}

bool pick_two(struct actor *me, uint32_t a_states, int a_where, struct channel **a,
	      uint32_t b_states, int b_where, struct channel **b)
{
	*a = pick(me, a_states, a_where, NULL);
	*b = *a ? pick(me, b_states, b_where, *a) : NULL;
	if (*a && !*b)
		channel_put(*a);
	return *b;
}

void seen(struct actor *me, struct channel *ch)
{
	watch_channel(me, ch);
	channel_put(ch);
}

/* --- one call -------------------------------------------------------------------------------- */

int op_originate(struct actor *me)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { 0 };
	const char *reason = NULL;
	struct channel *ch;
	int err;

	snprintf(req.caller.number, sizeof(req.caller.number), "%u", roll(me, 10000));
	err = channel_originate(roll(me, 2) ? "Stress/answers" : "Stress/rings", &req, &params,
				&ch, &reason);
	if (err)
		return err;
	err = channel_post_dial(ch);
	seen(me, ch);
	return err;
}

int op_incoming(struct actor *me)
{
	return plant_incoming(me);
}

static int is_up(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_state(ch) == CHAN_UP ? 0 : -EINVAL;
}

static int do_answer(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_answer(ch);
}

/* We answer who calls us; whom we call answers us. */
int op_answer(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_RING) | S(CHAN_RINGING), ANYWHERE, NULL);
	struct channel_info info;
	int err;

	if (!ch)
		return NOT_TRIED;
	channel_info_read(ch, &info);
	if (info.outgoing)
		err = plant_say(ch, LEG_ANSWERED);
	else
		err = in_task(me, ch, do_answer, NULL);
	if (!err)
		err = in_task(me, ch, is_up, NULL);
	seen(me, ch);
	return err;
}

static int do_hold(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_hold(ch);
}

static int do_unhold(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_unhold(ch);
}

/* By us, or by the far end. */
int op_hold(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_UP), ANYWHERE, NULL);
	int err;

	if (!ch)
		return NOT_TRIED;
	switch (roll(me, 4)) {
	case 0:
		err = in_task(me, ch, do_hold, NULL);
		break;
	case 1:
		err = in_task(me, ch, do_unhold, NULL);
		break;
	case 2:
		err = plant_say(ch, LEG_HOLD);
		break;
	default:
		err = plant_say(ch, LEG_UNHOLD);
	}
	seen(me, ch);
	return err;
}

static int ends(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_state(ch) >= CHAN_ENDING ? 0 : -EINVAL;
}

int op_hang_up(struct actor *me)
{
	struct channel *ch = pick(me, LIVE, ANYWHERE, NULL);
	bool ours = roll(me, 2);
	int err = 0, i = 0;

	if (!ch)
		return NOT_TRIED;
	if (ours)
		channel_post_hangup(ch, CAUSE_NORMAL);
	else
		err = plant_say(ch, LEG_HANGUP);
	if (!err) {
		/*
		 * Of two who hang up at once the first one's task counts, which he may be about to post.
		 * The far end's goes with its leg, which may have been moved away meanwhile.
		 */
		do {
			err = in_task(me, ch, ends, NULL);
		} while (ours && err == -EINVAL && i++ < 60000 && !usleep(1000));
		if (err == -ENODEV)
			err = 0;
		if (err && ours)
			violation("%s does not end", channel_name(ch));
	}
	seen(me, ch);
	return err;
}

int op_lose_span(struct actor *me)
{
	unsigned int span, i = 0;

	/* Few are in use at a time. */
	do {
		span = roll(me, SPANS);
	} while (!plant_used(span) && i++ < TRIES);
	if (!plant_used(span))
		return NOT_TRIED;
	return plant_lose_span(me, span) ? 0 : -ENODEV;
}

/* --- bridges --------------------------------------------------------------------------------- */

static int ask_add(struct actor *me, struct bridge *br, struct channel *ch)
{
	struct answer a = { 0 };
	int err = bridge_add(br, ch, answer_done, &a);

	return err ? err : answer_wait(me, &a);
}

int op_bridge(struct actor *me)
{
	struct channel *a, *b;
	struct bridge *br;
	int err;

	if (!pick_two(me, S(CHAN_UP), ALONE, &a, S(CHAN_UP), ALONE, &b))
		return NOT_TRIED;
	err = bridge_create(NULL, NULL, true, &br);
	if (!err) {
		err = ask_add(me, br, a);
		if (!err)
			err = ask_add(me, br, b);
		if (err)
			bridge_destroy(br, NULL, NULL);
		bridge_put(br);
	}
	seen(me, a);
	seen(me, b);
	return err;
}

int op_unbridge(struct actor *me)
{
	struct channel *ch = pick(me, S(CHAN_UP), BRIDGED, NULL);
	struct answer a = { 0 };
	struct channel_info info;
	struct bridge *br;
	int err;

	if (!ch)
		return NOT_TRIED;
	channel_info_read(ch, &info);
	br = info.bridge ? bridge_by_id(info.bridge) : NULL;
	if (!br) {
		channel_put(ch);
		return -ENOENT;
	}
	if (roll(me, 2))
		err = bridge_remove(br, ch, answer_done, &a);
	else
		err = bridge_destroy(br, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	bridge_put(br);
	seen(me, ch);
	return err;
}

/* --- moves ----------------------------------------------------------------------------------- */

int op_move(struct actor *me)
{
	struct channel *source, *dest;
	struct answer a = { 0 };
	int err;

	if (!pick_two(me, S(CHAN_UP), ANYWHERE, &source, LIVE, ANYWHERE, &dest))
		return NOT_TRIED;
	err = channel_move(dest, source, answer_done, &a);
	if (!err)
		err = answer_wait(me, &a);
	seen(me, dest);
	seen(me, source);
	return err;
}

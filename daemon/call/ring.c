// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ring groups: a controller on the caller and one on each branch, which pass on by message what the
 * one side says to the other.
 *
 * Whose call it is, is decided in one word, ring->winner: 0 while nobody has answered; then a
 * branch's number, or CLOSED when no answer counts any more (the caller has gone, the time is over,
 * or every branch has ended). Whoever changes it from 0 posts the hang-ups that follow from that;
 * so each branch is either the winner or hung up by exactly one party, however answers, hang-ups
 * and the timer meet.
 */
#include "daemon/call/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"
#include "daemon/call/say.h"
#include "daemon/core/log.h"

#define CLOSED UINT32_MAX

struct ring;

struct branch {
	struct controller ctl;
	struct ring *ring;
	struct channel *ch; /* a reference */
	struct channel_work start;
	struct channel_work join; /* of the caller; once: ring->br says so */
	bool attached, over; /* tasks of ch */
};

struct ring {
	/* one for the caller's controller, one for each branch, the timer's while armed */
	struct ref ref;
	struct controller caller;
	struct channel *a; /* a reference */
	struct bridge *br; /* a reference; tasks of the branch that joins */
	struct ttimer timer; /* no answer */
	bool early_media, group;
	uint32_t winner;   /* atomic: 0, a branch's number from 1 on, or CLOSED */
	uint32_t open;	   /* atomic: branches that have not ended */
	uint32_t said;	   /* atomic: bits of enum say: the caller is told once */
	unsigned int count;
	struct branch branch[];
};

static void ring_free(struct ref *ref)
{
	struct ring *ring = container_of(ref, struct ring, ref);

	if (ring->br)
		bridge_put(ring->br);
	channel_put(ring->a);
	for (unsigned int i = 0; i < ring->count; i++)
		channel_put(ring->branch[i].ch);
	free(ring);
}

/* Everybody but one branch (or NULL). */
static void hang_up_others(struct ring *ring, const struct branch *but, int cause)
{
	for (unsigned int i = 0; i < ring->count; i++)
		if (&ring->branch[i] != but)
			channel_post_hangup(ring->branch[i].ch, cause);
}

/* No answer counts from now on; false: it was decided before. */
static bool close_ring(struct ring *ring)
{
	uint32_t open = 0;

	if (!atomic_cas(&ring->winner, &open, CLOSED))
		return false;
	ttimer_cancel(&timer_sched, &ring->timer);
	return true;
}

static void no_answer(struct ttimer *timer)
{
	struct ring *ring = container_of(timer, struct ring, timer);

	if (!close_ring(ring))
		return;
	hang_up_others(ring, NULL, CAUSE_NO_ANSWER);
	channel_post_hangup(ring->a, CAUSE_NO_ANSWER);
}

/* --- the caller's side ----------------------------------------------------------------------- */

/* The one that talks to the caller, or would; NULL: none yet, or several. */
static struct branch *other_side(struct ring *ring)
{
	uint32_t winner = atomic_load(&ring->winner);

	if (winner && winner != CLOSED)
		return &ring->branch[winner - 1];
	return ring->count == 1 ? &ring->branch[0] : NULL;
}

static void say_to(struct branch *branch, enum say what, const char *digits)
{
	say(branch->ch, &branch->ctl, &branch->ring->ref, what, 0, digits);
}

static void caller_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			  const struct leg_signal *sig)
{
	struct ring *ring = container_of(ctl, struct ring, caller);
	struct branch *other = other_side(ring);

	if (notice == NOTICE_ENDING) {
		close_ring(ring);
		hang_up_others(ring, NULL, channel_cause(ch));
	} else if (!other) {
		return;
	} else if (notice == NOTICE_DIGITS) {
		say_to(other, SAY_DIGITS, sig->u.digits);
	} else if (notice == NOTICE_HOLD) {
		say_to(other, SAY_HOLD, NULL);
	} else if (notice == NOTICE_UNHOLD) {
		say_to(other, SAY_UNHOLD, NULL);
	}
}

/* After the end, or since somebody else decides about the caller now. */
static void caller_detach(struct controller *ctl, struct channel *ch)
{
	struct ring *ring = container_of(ctl, struct ring, caller);

	(void)ch;
	if (close_ring(ring))
		hang_up_others(ring, NULL, CAUSE_NORMAL);
	ref_put(&ring->ref);
}

/* --- the branches' side ---------------------------------------------------------------------- */

static uint32_t number(const struct branch *branch)
{
	return (uint32_t)(branch - branch->ring->branch) + 1;
}

static void say_back(struct ring *ring, enum say what, int cause)
{
	say(ring->a, &ring->caller, &ring->ref, what, cause, NULL);
}

static void bridged(void *arg, int err)
{
	struct branch *branch = arg;

	/* Somebody else bridged it meanwhile, or it is ending: then that is what holds. */
	if (err && err != -EBUSY && err != -ENODEV)
		channel_post_hangup(branch->ch, CAUSE_TEMPORARY);
	ref_put(&branch->ring->ref);
}

static void caller_bridged(void *arg, int err)
{
	struct branch *branch = arg;

	/* The caller went elsewhere in the moment of the answer: nobody is there to talk to. */
	if (err == -ECANCELED)
		channel_post_hangup(branch->ch, CAUSE_NORMAL);
	else if (err && err != -EBUSY && err != -ENODEV)
		channel_post_hangup(branch->ring->a, CAUSE_TEMPORARY);
	ref_put(&branch->ring->ref);
}

/* Task of the caller. */
static int put_in(struct channel_work *work, struct channel *ch)
{
	struct branch *branch = container_of(work, struct branch, join);
	struct ring *ring = branch->ring;
	int err;

	(void)ch;
	ref_get(&ring->ref);
	err = bridge_add_for(ring->br, ring->a, &ring->caller, caller_bridged, branch);
	if (!err) {
		ref_get(&ring->ref);
		err = bridge_add(ring->br, branch->ch, bridged, branch);
	}
	if (err)
		ref_put(&ring->ref);
	return err;
}

static void not_joined(struct branch *branch, int err)
{
	log_warn_errno(err, "channel %s cannot be bridged", branch->ch->name);
	channel_post_hangup(branch->ch, leg_errno_cause(err));
}

static void join_done(struct channel_work *work, int err)
{
	struct branch *branch = container_of(work, struct branch, join);
	struct ring *ring = branch->ring;

	if (err)
		bridge_kick(ring->br); /* nobody may have come */
	if (err == -ENODEV) /* the caller has ended */
		channel_post_hangup(branch->ch, CAUSE_NORMAL);
	else if (err)
		not_joined(branch, err);
	ref_put(&ring->ref);
}

/* By way of the caller: what was said to it before, an answer, is carried out and told before. */
static void join(struct branch *branch)
{
	struct ring *ring = branch->ring;
	int err;

	if (ring->br)
		return;
	err = bridge_create(NULL, NULL, true, &ring->br);
	if (err) {
		not_joined(branch, err);
		return;
	}
	branch->join.fn = put_in;
	branch->join.done = join_done;
	ref_get(&ring->ref);
	channel_post_work(ring->a, &branch->join);
}

static void answered(struct branch *branch)
{
	struct ring *ring = branch->ring;
	uint32_t open = 0;

	/* Too late: whoever decided has posted our hang-up, or is about to. */
	if (!atomic_cas(&ring->winner, &open, number(branch)))
		return;
	ttimer_cancel(&timer_sched, &ring->timer);
	hang_up_others(ring, branch, CAUSE_PICKED_UP);
	if (ring->group)
		event_operation(branch->ch, EVENT_CHANNEL_RING_WON, ring->a, NULL, NULL);
	say_back(ring, SAY_ANSWER, 0);
	join(branch);
}

static void say_once(struct ring *ring, enum say what)
{
	uint32_t bit = 1U << what;

	if (!(__atomic_fetch_or(&ring->said, bit, __ATOMIC_SEQ_CST) & bit))
		say_back(ring, what, 0);
}

/* It ends, or goes its own way. */
static void branch_over(struct branch *branch, int cause)
{
	struct ring *ring = branch->ring;

	if (branch->over)
		return;
	branch->over = true;
	if (atomic_load(&ring->winner) == number(branch))
		channel_post_hangup(ring->a, cause);
	else if (!atomic_sub(&ring->open, 1) && close_ring(ring))
		channel_post_hangup(ring->a, cause);
}

static void branch_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			  const struct leg_signal *sig)
{
	struct branch *branch = container_of(ctl, struct branch, ctl);
	struct ring *ring = branch->ring;

	switch (notice) {
	case NOTICE_PROCEEDING:
		say_once(ring, SAY_PROCEEDING);
		break;
	case NOTICE_PROGRESS:
		if (ring->count > 1)
			break;
		say_back(ring, SAY_PROGRESS, sig ? sig->cause : 0);
		if (ring->early_media)
			join(branch);
		break;
	case NOTICE_RINGING:
		say_once(ring, SAY_RINGING);
		break;
	case NOTICE_ANSWERED:
		answered(branch);
		break;
	case NOTICE_HOLD:
		say_back(ring, SAY_HOLD, 0);
		break;
	case NOTICE_UNHOLD:
		say_back(ring, SAY_UNHOLD, 0);
		break;
	case NOTICE_ENDING:
		branch_over(branch, channel_cause(ch));
		break;
	default:
		break;
	}
}

static void branch_detach(struct controller *ctl, struct channel *ch)
{
	struct branch *branch = container_of(ctl, struct branch, ctl);
	struct ring *ring = branch->ring;

	(void)ch;
	/* Somebody else decides about it now. The winner is in the bridge; others ring no more. */
	if (atomic_load(&ring->winner) != number(branch))
		branch_over(branch, CAUSE_NORMAL);
	ref_put(&ring->ref);
}

/* --- setting it up --------------------------------------------------------------------------- */

static int start_fn(struct channel_work *work, struct channel *ch)
{
	struct branch *branch = container_of(work, struct branch, start);
	int err = channel_alive(ch);

	/* It ends already: it would not tell a controller any more. */
	if (err)
		return err;
	branch->attached = true;
	ref_get(&branch->ring->ref); /* the controller's; it may be gone before we return */
	channel_set_controller(ch, &branch->ctl);
	err = channel_dial(ch);
	if (err)
		channel_hangup(ch, leg_errno_cause(err));
	return 0;
}

static void start_done(struct channel_work *work, int err)
{
	struct branch *branch = container_of(work, struct branch, start);
	struct ring *ring = branch->ring;

	/* It was dead before it began: nobody else will tell of it. */
	if (err && !branch->attached)
		branch_over(branch, CAUSE_TEMPORARY);
	ref_put(&ring->ref);
}

/* The endpoints that can be called; the first error if there is none. */
static int make_branches(struct ring *ring, const struct ring_params *params,
			 const struct leg_request *req, const char **reason)
{
	int first = 0;

	for (unsigned int i = 0; i < params->count; i++) {
		struct branch *branch = &ring->branch[ring->count];
		struct channel_params cp = { .linked = ring->a->linked };
		const char *why = NULL;
		int err = channel_originate(params->endpoints[i], req, &cp, &branch->ch, &why);

		if (!err) {
			ring->count++;
			continue;
		}
		if (params->count > 1)
			log_info("ring group: %s is left out: %s", params->endpoints[i],
				 why ? why : strerror(-err));
		if (!first && reason)
			*reason = why;
		first = first ? first : err;
	}
	return ring->count ? 0 : first;
}

static void ring_setup(struct ring *ring, struct channel *ch, const struct ring_params *params)
{
	const char *name = params->count > 1 ? "ring" : "connect";

	channel_get(ch);
	ring->a = ch;
	ring->early_media = params->early_media && params->count == 1;
	ring->group = params->count > 1;
	ring->caller = (struct controller){ .name = name, .notice = caller_notice,
					    .detach = caller_detach };
	ref_init(&ring->ref, ring_free); /* the caller's side's */
	ttimer_init(&ring->timer, no_answer, &ring->ref);
}

static void branches_start(struct ring *ring)
{
	ring->open = ring->count;
	for (unsigned int i = 0; i < ring->count; i++) {
		struct branch *branch = &ring->branch[i];

		branch->ring = ring;
		branch->ctl = (struct controller){ .name = ring->caller.name,
						   .notice = branch_notice,
						   .detach = branch_detach };
		branch->start.fn = start_fn;
		branch->start.done = start_done;
		ref_get(&ring->ref); /* the start's */
	}
	for (unsigned int i = 0; i < ring->count; i++)
		channel_post_work(ring->branch[i].ch, &ring->branch[i].start);
}

int channel_ring(struct channel *ch, const struct ring_params *params, const char **reason)
{
	struct leg_request req = params->request;
	struct ring *ring;
	int err = channel_alive(ch);

	serializer_assert_held(&ch->ser);
	if (!err && ((ch->face.state != CHAN_RING && ch->face.state != CHAN_UP) ||
		     !params->count || params->count > RING_MAX))
		err = -EINVAL;
	if (err)
		return err;
	ring = calloc(1, sizeof(*ring) + params->count * sizeof(ring->branch[0]));
	if (!ring)
		return -ENOMEM;
	if (!req.caller.number[0])
		req.caller = ch->face.caller;
	ring_setup(ring, ch, params);
	err = make_branches(ring, params, &req, reason);
	if (!err && req.timeout_ms)
		err = ttimer_start(&timer_sched, &ring->timer, req.timeout_ms * NSEC_PER_MSEC);
	if (err)
		goto hang_up_branches;
	channel_set_controller(ch, &ring->caller);
	branches_start(ring);
	return 0;

hang_up_branches:
	hang_up_others(ring, NULL, CAUSE_CONGESTION);
	ref_put(&ring->ref);
	return err;
}

/* --- from anywhere --------------------------------------------------------------------------- */

struct ring_post {
	struct channel_work work;
	struct ring_params params;
	void (*done)(void *arg, int err);
	void *arg;
	const char *endpoints[RING_MAX];
	char text[];
};

static int post_fn(struct channel_work *work, struct channel *ch)
{
	return channel_ring(ch, &container_of(work, struct ring_post, work)->params, NULL);
}

static void post_done(struct channel_work *work, int err)
{
	struct ring_post *post = container_of(work, struct ring_post, work);

	if (post->done)
		post->done(post->arg, err);
	free(post);
}

int channel_ring_post(struct channel *ch, const struct ring_params *params,
		      void (*done)(void *arg, int err), void *arg)
{
	struct ring_post *post;
	size_t len = 0;
	char *at;

	if (!params->count || params->count > RING_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < params->count; i++)
		len += strlen(params->endpoints[i]) + 1;
	post = calloc(1, sizeof(*post) + len);
	if (!post)
		return -ENOMEM;
	post->params = *params;
	post->params.endpoints = post->endpoints;
	post->done = done;
	post->arg = arg;
	at = post->text;
	for (unsigned int i = 0; i < params->count; i++) {
		post->endpoints[i] = at;
		at = stpcpy(at, params->endpoints[i]) + 1;
	}
	post->work.fn = post_fn;
	post->work.done = post_done;
	channel_post_work(ch, &post->work);
	return 0;
}

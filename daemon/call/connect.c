// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connect: a controller on both sides that passes on, by message, what the one side says to the
 * other.
 */
#include "daemon/call/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

struct connect {
	struct ref ref; /* one for each controller that is attached, and the timer's while armed */
	struct controller caller, callee;
	struct channel *a, *b; /* references */
	struct bridge *br;     /* a reference; tasks of b only */
	struct ttimer timer;   /* no answer */
	bool early_media;
};

static void connect_free(struct ref *ref)
{
	struct connect *cn = container_of(ref, struct connect, ref);

	if (cn->br)
		bridge_put(cn->br);
	channel_put(cn->a);
	channel_put(cn->b);
	free(cn);
}

/* --- messages to the other side -------------------------------------------------------------- */

enum say {
	SAY_PROCEEDING,
	SAY_PROGRESS,
	SAY_RINGING,
	SAY_ANSWER,
	SAY_DIGITS,
	SAY_HOLD,
	SAY_UNHOLD,
};

struct message {
	struct channel_work work;
	enum say say;
	int cause;
	char digits[32];
};

static int message_fn(struct channel_work *work, struct channel *ch)
{
	struct message *m = container_of(work, struct message, work);

	switch (m->say) {
	case SAY_PROCEEDING:
		return channel_proceeding(ch);
	case SAY_PROGRESS:
		return channel_progress(ch, m->cause);
	case SAY_RINGING:
		return channel_ringing(ch);
	case SAY_ANSWER:
		return channel_state(ch) == CHAN_UP ? 0 : channel_answer(ch);
	case SAY_DIGITS:
		return channel_send_digits(ch, m->digits);
	case SAY_HOLD:
		return channel_hold(ch);
	case SAY_UNHOLD:
		return channel_unhold(ch);
	}
	return -EINVAL;
}

/* What a line cannot say is left out; a call that cannot be answered is none. */
static void message_done(struct channel_work *work, int err)
{
	struct message *m = container_of(work, struct message, work);

	if (err && m->say == SAY_ANSWER)
		channel_post_hangup(work->ch, leg_errno_cause(err));
	free(m);
}

static void say(struct channel *to, enum say what, int cause, const char *digits)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m) {
		if (what == SAY_ANSWER)
			channel_post_hangup(to, CAUSE_CONGESTION);
		return;
	}
	m->say = what;
	m->cause = cause;
	if (digits)
		snprintf(m->digits, sizeof(m->digits), "%s", digits);
	m->work.fn = message_fn;
	m->work.done = message_done;
	channel_post_work(to, &m->work);
}

/* --- the caller's side ----------------------------------------------------------------------- */

static void caller_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			  const struct leg_signal *sig)
{
	struct connect *cn = container_of(ctl, struct connect, caller);

	switch (notice) {
	case NOTICE_DIGITS:
		say(cn->b, SAY_DIGITS, 0, sig->u.digits);
		break;
	case NOTICE_HOLD:
		say(cn->b, SAY_HOLD, 0, NULL);
		break;
	case NOTICE_UNHOLD:
		say(cn->b, SAY_UNHOLD, 0, NULL);
		break;
	case NOTICE_ENDING:
		channel_post_hangup(cn->b, channel_cause(ch));
		break;
	default:
		break;
	}
}

static void caller_detach(struct controller *ctl, struct channel *ch)
{
	(void)ch;
	ref_put(&container_of(ctl, struct connect, caller)->ref);
}

/* --- the callee's side ----------------------------------------------------------------------- */

static void bridged(void *arg, int err)
{
	struct channel *ch = arg;

	/* Somebody else bridged it meanwhile, or it is ending: then that is what holds. */
	if (err && err != -EBUSY && err != -ENODEV)
		channel_post_hangup(ch, CAUSE_TEMPORARY);
	channel_put(ch);
}

static int put_in(struct bridge *br, struct channel *ch)
{
	int err;

	channel_get(ch);
	err = bridge_add(br, ch, bridged, ch);
	if (err)
		channel_put(ch);
	return err;
}

static void join(struct connect *cn)
{
	int err;

	if (cn->br)
		return;
	err = bridge_create(NULL, NULL, true, &cn->br);
	if (!err)
		err = put_in(cn->br, cn->a);
	if (!err)
		err = put_in(cn->br, cn->b);
	if (!err)
		return;
	log_warn_errno(err, "channel %s cannot be bridged", channel_name(cn->b));
	channel_post_hangup(cn->b, leg_errno_cause(err));
}

static void callee_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			  const struct leg_signal *sig)
{
	struct connect *cn = container_of(ctl, struct connect, callee);

	switch (notice) {
	case NOTICE_PROCEEDING:
		say(cn->a, SAY_PROCEEDING, 0, NULL);
		break;
	case NOTICE_PROGRESS:
		say(cn->a, SAY_PROGRESS, sig ? sig->cause : 0, NULL);
		if (cn->early_media)
			join(cn);
		break;
	case NOTICE_RINGING:
		say(cn->a, SAY_RINGING, 0, NULL);
		break;
	case NOTICE_ANSWERED:
		ttimer_cancel(&timer_sched, &cn->timer);
		say(cn->a, SAY_ANSWER, 0, NULL);
		join(cn);
		break;
	case NOTICE_HOLD:
		say(cn->a, SAY_HOLD, 0, NULL);
		break;
	case NOTICE_UNHOLD:
		say(cn->a, SAY_UNHOLD, 0, NULL);
		break;
	case NOTICE_ENDING:
		ttimer_cancel(&timer_sched, &cn->timer);
		channel_post_hangup(cn->a, channel_cause(ch));
		break;
	default:
		break;
	}
}

static void callee_detach(struct controller *ctl, struct channel *ch)
{
	(void)ch;
	ref_put(&container_of(ctl, struct connect, callee)->ref);
}

static void no_answer(struct ttimer *timer)
{
	struct connect *cn = container_of(timer, struct connect, timer);

	channel_post_hangup(cn->b, CAUSE_NO_ANSWER);
}

/* --- setting it up --------------------------------------------------------------------------- */

struct start {
	struct channel_work work;
	struct connect *cn; /* the callee's reference */
	unsigned int timeout_ms;
};

static int start_fn(struct channel_work *work, struct channel *b)
{
	struct start *start = container_of(work, struct start, work);
	struct connect *cn = start->cn;
	int err;

	start->cn = NULL;
	channel_set_controller(b, &cn->callee);
	err = channel_dial(b);
	if (!err && start->timeout_ms)
		err = ttimer_start(&timer_sched, &cn->timer, start->timeout_ms * NSEC_PER_MSEC);
	if (err)
		channel_hangup(b, leg_errno_cause(err));
	return 0;
}

/* b was dead before it began: nobody will tell a of it but we. */
static void start_done(struct channel_work *work, int err)
{
	struct start *start = container_of(work, struct start, work);

	if (err && start->cn) {
		channel_post_hangup(start->cn->a, CAUSE_TEMPORARY);
		ref_put(&start->cn->ref);
	}
	free(start);
}

int channel_connect(struct channel *ch, const struct connect_params *params, const char **reason)
{
	struct leg_request req = params->request;
	struct channel_params cp = { 0 };
	struct connect *cn;
	struct start *start;
	int err = channel_alive(ch);

	serializer_assert_held(&ch->ser);
	if (!err && ch->face.state != CHAN_RING && ch->face.state != CHAN_UP)
		err = -EINVAL;
	if (err)
		return err;
	cn = calloc(1, sizeof(*cn));
	start = calloc(1, sizeof(*start));
	err = -ENOMEM;
	if (!cn || !start)
		goto free_memory;
	if (!req.caller.number[0])
		req.caller = ch->face.caller;
	err = channel_originate(params->endpoint, &req, &cp, &cn->b, reason);
	if (err)
		goto free_memory;
	channel_get(ch);
	cn->a = ch;
	cn->early_media = params->early_media;
	cn->caller = (struct controller){ .name = "connect", .notice = caller_notice,
					  .detach = caller_detach };
	cn->callee = (struct controller){ .name = "connect", .notice = callee_notice,
					  .detach = callee_detach };
	ref_init(&cn->ref, connect_free); /* the caller's side's */
	ref_get(&cn->ref);		  /* the callee's */
	ttimer_init(&cn->timer, no_answer, &cn->ref);
	channel_set_controller(ch, &cn->caller);
	start->cn = cn;
	start->timeout_ms = req.timeout_ms;
	start->work.fn = start_fn;
	start->work.done = start_done;
	channel_post_work(cn->b, &start->work);
	return 0;

free_memory:
	free(cn);
	free(start);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a task may ask of its channel.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

#define S(state) (1U << (state))
#define CALLING	 (S(CHAN_DIALING) | S(CHAN_PROCEEDING) | S(CHAN_RINGING))

/* In which states an operation makes sense. */
static const uint32_t op_states[LEG_OPS] = {
	[LEG_OP_DIAL] = S(CHAN_DOWN),
	[LEG_OP_PROCEEDING] = S(CHAN_RING),
	[LEG_OP_PROGRESS] = S(CHAN_RING),
	[LEG_OP_RINGING] = S(CHAN_RING),
	[LEG_OP_ANSWER] = S(CHAN_RING),
	[LEG_OP_DIGITS] = CALLING,
	[LEG_OP_DTMF] = CALLING | S(CHAN_RING) | S(CHAN_UP),
	[LEG_OP_HOLD] = S(CHAN_UP),
	[LEG_OP_UNHOLD] = S(CHAN_UP),
	[LEG_OP_CONNECTED] = CALLING | S(CHAN_RING) | S(CHAN_UP),
};

int channel_alive(const struct channel *ch)
{
	if (ch->face.state == CHAN_DEAD)
		return -ENODEV;
	return ch->face.state == CHAN_ENDING || ch->given ? -EBUSY : 0;
}

int channel_same_owner(const struct channel *a, const struct channel *b)
{
	if (a->ctl && a->ctl->app && b->ctl && b->ctl->app && strcmp(a->ctl->name, b->ctl->name))
		return -EPERM;
	return 0;
}

/* 0: go on. */
static int may(const struct channel *ch, enum leg_op op, bool has)
{
	int err;

	serializer_assert_held(&ch->ser);
	err = channel_alive(ch);
	if (err)
		return err;
	if (!(op_states[op] & S(ch->face.state)))
		return -EINVAL;
	if (!has)
		return -EOPNOTSUPP;
	lock_assert_only_held(&ch->ser.lock);
	return 0;
}

int channel_dial(struct channel *ch)
{
	int err = may(ch, LEG_OP_DIAL, ch->leg && ch->leg->ops->dial);

	if (!err && !ch->leg->outgoing)
		err = -EINVAL;
	if (!err)
		err = history_tell(ch, HISTORY_START, NULL);
	/* The state first: what dial() causes may be handled at once, but by the next task. */
	if (!err)
		err = ch->leg->ops->dial(ch->leg);
	if (err)
		return err;
	channel_set_state(ch, CHAN_DIALING);
	event_channel(ch, EVENT_CHANNEL_DIALED);
	return 0;
}

int channel_proceeding(struct channel *ch)
{
	int err = may(ch, LEG_OP_PROCEEDING, ch->leg && ch->leg->ops->proceeding);

	return err ? err : ch->leg->ops->proceeding(ch->leg);
}

int channel_progress(struct channel *ch, int cause)
{
	int err = may(ch, LEG_OP_PROGRESS, ch->leg && ch->leg->ops->progress);

	return err ? err : ch->leg->ops->progress(ch->leg, cause);
}

int channel_ringing(struct channel *ch)
{
	int err = may(ch, LEG_OP_RINGING, ch->leg && ch->leg->ops->ringing);

	return err ? err : ch->leg->ops->ringing(ch->leg);
}

int channel_answer(struct channel *ch)
{
	int err = may(ch, LEG_OP_ANSWER, ch->leg && ch->leg->ops->answer);

	if (err)
		return err;
	if (ch->answering)
		return 0;
	err = history_tell(ch, HISTORY_ANSWERING, NULL);
	if (err)
		return err;
	err = ch->leg->ops->answer(ch->leg, ch->face.connected.number[0] ? &ch->face.connected :
									   NULL);
	ch->answering = !err;
	return err;
}

static bool digits_ok(const char *digits, const char *allowed)
{
	return *digits && strlen(digits) < sizeof(((struct leg_signal *)0)->u.digits) &&
	       digits[strspn(digits, allowed)] == '\0';
}

int channel_send_digits(struct channel *ch, const char *digits)
{
	int err = may(ch, LEG_OP_DIGITS, ch->leg && ch->leg->ops->digits);

	if (!err && !digits_ok(digits, "0123456789*#"))
		err = -EINVAL;
	return err ? err : ch->leg->ops->digits(ch->leg, digits);
}

int channel_send_dtmf(struct channel *ch, const char *digits, unsigned int tone_ms,
		      unsigned int gap_ms)
{
	int err = may(ch, LEG_OP_DTMF, ch->leg && ch->leg->ops->dtmf);

	if (!err && !digits_ok(digits, "0123456789*#ABCDabcd"))
		err = -EINVAL;
	return err ? err : ch->leg->ops->dtmf(ch->leg, digits, tone_ms, gap_ms);
}

int channel_hold(struct channel *ch)
{
	int err = may(ch, LEG_OP_HOLD, ch->leg && ch->leg->ops->hold);

	if (!err)
		err = ch->leg->ops->hold(ch->leg);
	if (err)
		return err;
	history_tell(ch, HISTORY_HELD, NULL);
	channel_music(ch, MUSIC_HELD, true, NULL);
	return 0;
}

int channel_unhold(struct channel *ch)
{
	int err = may(ch, LEG_OP_UNHOLD, ch->leg && ch->leg->ops->unhold);

	if (!err)
		err = ch->leg->ops->unhold(ch->leg);
	if (err)
		return err;
	history_tell(ch, HISTORY_UNHELD, NULL);
	channel_music(ch, MUSIC_HELD, false, NULL);
	return 0;
}

int channel_connected(struct channel *ch, const struct party *party)
{
	int err = may(ch, LEG_OP_CONNECTED, true);
	struct channel_face face = ch->face;

	if (err)
		return err;
	if (!memcmp(&face.connected, party, sizeof(*party)))
		return 0;
	/* Many lines have no way to show it; what lists say is right all the same. */
	if (ch->leg->ops->connected)
		err = ch->leg->ops->connected(ch->leg, party);
	if (err && err != -EOPNOTSUPP)
		return err;
	face.connected = *party;
	channel_face_set(ch, &face);
	event_channel(ch, EVENT_CHANNEL_CONNECTED);
	return 0;
}

/* --- the controller -------------------------------------------------------------------------- */

void channel_notice(struct channel *ch, enum notice notice, const struct leg_signal *sig)
{
	if (ch->ctl)
		ch->ctl->notice(ch->ctl, ch, notice, sig);
}

void channel_set_controller(struct channel *ch, struct controller *ctl)
{
	struct controller *old = ch->ctl;
	struct channel_face face = ch->face;

	serializer_assert_held(&ch->ser);
	if (old == ctl)
		return;
	if (ch->in_app) {
		ch->in_app = false;
		event_channel(ch, EVENT_CHANNEL_APP_LEFT);
	}
	ch->ctl = ctl;
	if (ctl) {
		snprintf(face.app, sizeof(face.app), "%s", ctl->name);
		channel_face_set(ch, &face);
	}
	if (old && old->detach)
		old->detach(old, ch);
}

void channel_app_enter(struct channel *ch, const char *args)
{
	struct event *event;

	serializer_assert_held(&ch->ser);
	if (ch->in_app)
		return;
	ch->in_app = true;
	event = event_of_channel(ch, EVENT_CHANNEL_APP_ENTERED);
	if (!event)
		return;
	snprintf(event->u.app.args, sizeof(event->u.app.args), "%s", args);
	event_post(event);
}

int channel_route(struct channel *ch, const char *exten, int *cause)
{
	channel_attach_fn attach = channel_default_controller();
	struct leg_signal sig = { .type = LEG_INCOMING };
	struct channel_face face = ch->face;
	int err = channel_alive(ch), why;

	serializer_assert_held(&ch->ser);
	if (!err && (face.state != CHAN_RING && face.state != CHAN_UP))
		err = -EINVAL;
	if (!err && !attach)
		err = -ENOENT;
	if (cause)
		*cause = leg_errno_cause(err);
	if (err)
		return err;
	sig.u.call.caller = face.caller;
	sig.u.call.complete = true;
	snprintf(sig.u.call.called, sizeof(sig.u.call.called), "%s", exten);
	why = attach(ch, &sig);
	if (cause)
		*cause = why;
	if (why)
		return leg_cause_errno(why);
	/* What attach() changed of the face stays. */
	face = ch->face;
	memcpy(face.exten, sig.u.call.called, sizeof(face.exten));
	channel_face_set(ch, &face);
	channel_notice(ch, NOTICE_INCOMING, &sig);
	return 0;
}

bool channel_in_app(const struct channel *ch)
{
	serializer_assert_held(&ch->ser);
	return ch->in_app;
}

struct controller *channel_controller(struct channel *ch)
{
	serializer_assert_held(&ch->ser);
	return ch->ctl;
}

/* --- variables ------------------------------------------------------------------------------- */

int channel_set_var(struct channel *ch, const char *name, const char *value)
{
	struct channel_var *var;
	struct event *event;

	serializer_assert_held(&ch->ser);
	if (!*name || strlen(name) >= sizeof(var->name) || strlen(value) >= sizeof(var->value))
		return -EINVAL;
	if (ch->face.state == CHAN_DEAD)
		return -ENODEV;
	for (var = ch->vars; var && strcmp(var->name, name); var = var->next)
		;
	if (!var) {
		var = calloc(1, sizeof(*var));
		if (!var)
			return -ENOMEM;
		snprintf(var->name, sizeof(var->name), "%s", name);
		var->next = ch->vars;
		ch->vars = var;
	}
	snprintf(var->value, sizeof(var->value), "%s", value);
	event = event_of_channel(ch, EVENT_CHANNEL_VAR);
	if (event) {
		memcpy(event->u.var.name, var->name, sizeof(var->name));
		memcpy(event->u.var.value, var->value, sizeof(var->value));
		event_post(event);
	}
	return 0;
}

const char *channel_var(struct channel *ch, const char *name)
{
	serializer_assert_held(&ch->ser);
	for (const struct channel_var *var = ch->vars; var; var = var->next)
		if (!strcmp(var->name, name))
			return var->value;
	return NULL;
}

/* --- what it is ------------------------------------------------------------------------------ */

enum channel_state channel_state(const struct channel *ch)
{
	return ch->face.state;
}

int channel_cause(const struct channel *ch)
{
	return ch->face.cause;
}

const struct party *channel_caller(const struct channel *ch)
{
	return &ch->face.caller;
}

const char *channel_exten(const struct channel *ch)
{
	return ch->face.exten;
}

struct leg *channel_leg(const struct channel *ch)
{
	return ch->leg;
}

uint64_t channel_linked(const struct channel *ch)
{
	return ch->linked;
}

struct bridge *channel_bridge(const struct channel *ch)
{
	return ch->bridge;
}

void channel_get(struct channel *ch)
{
	ref_get(&ch->ref);
}

void channel_put(struct channel *ch)
{
	ref_put(&ch->ref);
}

uint64_t channel_id(const struct channel *ch)
{
	return ch->id;
}

const char *channel_sid(const struct channel *ch)
{
	return ch->sid;
}

const char *channel_name(const struct channel *ch)
{
	return ch->name;
}

struct serializer *channel_serializer(struct channel *ch)
{
	return &ch->ser;
}

void channel_talk_event(struct channel *ch, const struct channel_talk *talk)
{
	struct event *event = event_of_channel(ch, EVENT_CHANNEL_TALK);

	if (!event)
		return;
	event->u.talk = *talk;
	/* A channel that has ended is nobody's; who began this is told of its end all the same. */
	if (!event->chan.app[0])
		memcpy(event->chan.app, talk->app, sizeof(event->chan.app));
	event_post(event);
}

/* --- from anywhere --------------------------------------------------------------------------- */

static void work_task(struct task *task, int status)
{
	struct channel_work *work = container_of(task, struct channel_work, task);
	struct channel *ch = work->ch;

	work->done(work, status ? status : work->fn(work, ch));
	channel_put(ch);
}

void channel_post_work(struct channel *ch, struct channel_work *work)
{
	channel_get(ch);
	work->ch = ch;
	task_init(&work->task, work_task);
	serializer_post(&ch->ser, &work->task);
}

static int dial_fn(struct channel_work *work, struct channel *ch)
{
	int err = channel_dial(ch);

	(void)work;
	if (err)
		channel_hangup(ch, leg_errno_cause(err));
	return err;
}

static void dial_done(struct channel_work *work, int err)
{
	(void)err;
	free(work);
}

int channel_post_dial(struct channel *ch)
{
	struct channel_work *work = calloc(1, sizeof(*work));

	if (!work)
		return -ENOMEM;
	work->fn = dial_fn;
	work->done = dial_done;
	channel_post_work(ch, work);
	return 0;
}

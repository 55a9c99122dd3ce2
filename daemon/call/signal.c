// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals: what a leg tells its channel, as a table of signal, states in which it makes sense, the
 * state that follows, what is done, and who is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

#define S(state) (1U << (state))
#define CALLING	 (S(CHAN_DIALING) | S(CHAN_PROCEEDING) | S(CHAN_RINGING))
#define LIVE	 (S(CHAN_DOWN) | S(CHAN_RING) | CALLING | S(CHAN_UP))
#define KEEP	 CHAN_STATES

static void incoming(struct channel *ch, const struct leg_signal *sig)
{
	struct channel_face face = ch->face;
	channel_attach_fn attach = channel_default_controller();
	int cause;

	face.caller = sig->u.call.caller;
	memcpy(face.exten, sig->u.call.called, sizeof(face.exten));
	channel_face_set(ch, &face);
	if (history_tell(ch, HISTORY_START, NULL)) {
		channel_hangup(ch, CAUSE_TEMPORARY);
		return;
	}
	if (ch->ctl) {
		channel_notice(ch, NOTICE_INCOMING, sig);
		return;
	}
	cause = attach ? attach(ch, sig) : CAUSE_UNALLOCATED;
	if (cause)
		channel_hangup(ch, cause);
	else
		channel_notice(ch, NOTICE_INCOMING, sig);
}

static void digits(struct channel *ch, const struct leg_signal *sig)
{
	struct channel_face face = ch->face;
	size_t n = strlen(face.exten);

	snprintf(face.exten + n, sizeof(face.exten) - n, "%s", sig->u.digits);
	channel_face_set(ch, &face);
}

static void answered(struct channel *ch, const struct leg_signal *sig)
{
	struct channel_face face = ch->face;

	/* For a call that we placed: who took it. */
	if (face.outgoing && sig->u.party.number[0]) {
		face.caller = sig->u.party;
		channel_face_set(ch, &face);
	}
	/* Before anybody sees it UP; if it cannot be written down there is no call. */
	if (history_tell(ch, HISTORY_ANSWER, NULL))
		channel_hangup(ch, CAUSE_TEMPORARY);
}

static void dtmf(struct channel *ch, const struct leg_signal *sig)
{
	for (const char *d = sig->u.digits; *d; d++) {
		struct event *event = event_of_channel(ch, EVENT_CHANNEL_DTMF);

		if (!event)
			continue;
		event->u.dtmf.digit = *d;
		event->u.dtmf.ms = sig->ms;
		event_post(event);
	}
}

static void held(struct channel *ch, const struct leg_signal *sig)
{
	struct channel_face face = ch->face;

	face.held = sig->type == LEG_HOLD;
	channel_face_set(ch, &face);
	history_tell(ch, face.held ? HISTORY_HOLD : HISTORY_UNHOLD, NULL);
	if (ch->bridge) /* who is held there hears music */
		bridge_kick(ch->bridge);
}

static void connected(struct channel *ch, const struct leg_signal *sig)
{
	struct channel_face face = ch->face;

	face.caller = sig->u.party;
	channel_face_set(ch, &face);
}

static void media(struct channel *ch, const struct leg_signal *sig)
{
	atomic_store(&ch->leg->ep.ready, sig->type == LEG_MEDIA_READY);
	if (ch->bridge)
		bridge_kick(ch->bridge);
}

/* An operation came to nothing: those without which there is no call end it. */
static void op_failed(struct channel *ch, const struct leg_signal *sig)
{
	switch (sig->u.failed.op) {
	case LEG_OP_DIAL:
	case LEG_OP_ANSWER:
	case LEG_OPS: /* the media path */
		channel_hangup(ch, leg_errno_cause(sig->u.failed.err));
		break;
	default:
		log_warn_errno(sig->u.failed.err, "channel %s: operation %d failed", ch->name,
			       sig->u.failed.op);
	}
}

#define NO_NOTICE -1
#define NO_EVENT  -1

static const struct rule {
	uint32_t states;
	uint8_t next; /* enum channel_state, or KEEP */
	int8_t event;
	int8_t notice;
	void (*act)(struct channel *ch, const struct leg_signal *sig);
} rules[LEG_SIGNALS] = {
	[LEG_INCOMING] = { S(CHAN_DOWN), CHAN_RING, NO_EVENT, NO_NOTICE, incoming },
	[LEG_DIGITS] = { S(CHAN_RING), KEEP, EVENT_CHANNEL_DIGITS, NOTICE_DIGITS, digits },
	[LEG_PROCEEDING] = { S(CHAN_DIALING), CHAN_PROCEEDING, NO_EVENT, NOTICE_PROCEEDING, NULL },
	[LEG_PROGRESS] = { CALLING, KEEP, NO_EVENT, NOTICE_PROGRESS, NULL },
	[LEG_RINGING] = { S(CHAN_DIALING) | S(CHAN_PROCEEDING), CHAN_RINGING, NO_EVENT,
			  NOTICE_RINGING, NULL },
	[LEG_ANSWERED] = { CALLING | S(CHAN_RING), CHAN_UP, NO_EVENT, NOTICE_ANSWERED, answered },
	[LEG_DTMF] = { LIVE, KEEP, NO_EVENT, NOTICE_DTMF, dtmf },
	[LEG_HOLD] = { S(CHAN_UP), KEEP, EVENT_CHANNEL_HOLD, NOTICE_HOLD, held },
	[LEG_UNHOLD] = { S(CHAN_UP), KEEP, EVENT_CHANNEL_UNHOLD, NOTICE_UNHOLD, held },
	[LEG_CONNECTED] = { LIVE, KEEP, EVENT_CHANNEL_CALLER, NOTICE_CONNECTED, connected },
	[LEG_MEDIA_READY] = { LIVE, KEEP, NO_EVENT, NOTICE_MEDIA, media },
	[LEG_MEDIA_LOST] = { LIVE | S(CHAN_ENDING), KEEP, NO_EVENT, NO_NOTICE, media },
	[LEG_OP_FAILED] = { LIVE, KEEP, NO_EVENT, NOTICE_FAILED, op_failed },
	/* HANGUP and RELEASED do not come through the FIFO. */
};

static void handle(struct channel *ch, const struct leg_signal *sig)
{
	const struct rule *rule = sig->type < LEG_SIGNALS ? &rules[sig->type] : NULL;

	/*
	 * Of a leg that came by a move and only waits for its end no controller is to hear: it
	 * would take it for the one that it had.
	 */
	if (!rule || !(rule->states & S(ch->face.state)) || (ch->given && rule->act != media)) {
		log_debug("channel %s: signal %d dropped in state %s", ch->name, sig->type,
			  channel_state_name(ch->face.state));
		return;
	}
	ch->pending = true;
	if (sig->type != LEG_INCOMING && rule->act)
		rule->act(ch, sig);
	if (ch->face.state >= CHAN_ENDING) {
		ch->pending = false; /* it ended in that: nothing follows */
		return;
	}
	if (rule->next != KEEP)
		channel_set_state(ch, rule->next);
	if (sig->type == LEG_INCOMING)
		rule->act(ch, sig); /* the router acts on a channel that rings already */
	if (rule->event != NO_EVENT)
		event_channel(ch, (enum event_type)rule->event);
	if (rule->notice != NO_NOTICE && ch->face.state < CHAN_ENDING && !ch->given)
		channel_notice(ch, (enum notice)rule->notice, sig);
	ch->pending = false;
}

static struct leg_signal *next_signal(struct leg *leg)
{
	struct mpsc_node *node;

	if (!leg->todo)
		leg->todo = mpsc_take(&leg->fifo);
	node = leg->todo;
	if (!node)
		return NULL;
	leg->todo = node->next;
	return container_of(node, struct leg_signal, node);
}

/*
 * Answer the doorbell. The flag falls first: what is appended from here on rings again. How the
 * call ended is read before the FIFO, so that everything said before the end is handled before it.
 */
void channel_door_task(struct task *task, int status)
{
	struct channel *ch = container_of(task, struct channel, door);
	struct leg_signal *sig;
	struct leg *leg;
	uint32_t ended;

	atomic_xchg(&ch->door_queued, 0);
	leg = ch->leg;
	if (status || !leg)
		return;
	if (!ch->told)
		event_channel(ch, EVENT_CHANNEL_CREATED);
	ended = __atomic_load_n(&leg->ended, __ATOMIC_SEQ_CST);
	while (ch->leg == leg && (sig = next_signal(leg))) {
		handle(ch, sig);
		free(sig);
	}
	if (ch->leg != leg)
		return;
	if (ended & LEG_ENDED_HANGUP)
		channel_hangup(ch, atomic_load(&leg->end_cause));
	if (!(ended & LEG_ENDED_RELEASED) || ch->face.state == CHAN_DEAD)
		return;
	/* Released without our asking: the line is gone. */
	channel_hangup(ch, CAUSE_NET_OUT_OF_ORDER);
	if (ch->face.state == CHAN_ENDING) {
		ch->pending = true;
		channel_finish(ch);
		ch->pending = false;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libpri says, event by event, in the group's thread. Arriving calls are in pri_incoming.c.
 */
#include <errno.h>
#include <string.h>

#include "daemon/conf/text.h"
#include "daemon/core/log.h"
#include "daemon/sig/pri_leg.h"

static void party_signal(struct pri_leg *l, enum leg_signal_type type, const struct party *p)
{
	struct leg_signal *sig = leg_signal_new(type);

	if (!sig)
		return;
	sig->u.party = *p;
	leg_signal(&l->leg, sig);
}

static void progress_signal(struct pri_leg *l, const struct pri_news *n)
{
	struct leg_signal *sig;

	if (!(n->progressmask & PRI_PROG_INBAND_AVAILABLE) && n->cause <= 0)
		return;
	sig = leg_signal_new(LEG_PROGRESS);
	if (!sig)
		return;
	sig->cause = (int16_t)(n->cause > 0 ? n->cause : 0);
	leg_signal(&l->leg, sig);
}

/*
 * The first answer to our SETUP settles the B-channel (Q.931 5.1.2, 5.2.3): ours, or another one
 * if we only preferred it. False: we cannot have it, and the call is being cleared.
 */
static bool channel_settled(struct pri_leg *l, const struct pri_dch *d, const struct pri_news *n)
{
	struct group *g = l->grp;
	struct bchan_ref ref = pri_channel_decode(g, d, n->channel);

	if (l->claim_posted)
		return true;
	if (bchan_ref_valid(ref) && ref.slot > 0 && !bchan_ref_same(ref, l->bch)) {
		if (bchan_take(&g->slots, ref, l)) {
			log_notice("%s: the far end wants a slot that is not free", l->leg.label);
			pri_leg_hangup(l, PRI_CAUSE_CHANNEL_UNACCEPTABLE);
			return false;
		}
		bchan_free(&g->slots, l->bch, l);
		l->bch = ref;
	}
	if (!bchan_ref_valid(l->bch)) {
		pri_leg_hangup(l, PRI_CAUSE_REQUESTED_CHAN_UNAVAIL);
		return false;
	}
	pri_leg_claim(l);
	return true;
}

static void on_setup_ack(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	const char *p;

	if (!channel_settled(l, d, n))
		return;
	l->state = PL_OVERLAP_OUT;
	for (p = l->pending; *p; p++)
		pri_information(d->pri, l->call, *p);
	l->pending[0] = '\0';
	progress_signal(l, n);
}

static void on_proceeding(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (!channel_settled(l, d, n))
		return;
	l->state = PL_PROC_OUT;
	leg_signal_simple(&l->leg, LEG_PROCEEDING);
	progress_signal(l, n);
}

static void on_progress(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (channel_settled(l, d, n))
		progress_signal(l, n);
}

static void on_ringing(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (!channel_settled(l, d, n))
		return;
	l->state = PL_ALERT_OUT;
	progress_signal(l, n);
	leg_signal_simple(&l->leg, LEG_RINGING);
}

static void on_answer(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (!channel_settled(l, d, n))
		return;
	ttimer_cancel(&l->grp->sched, &l->timer);
	l->state = PL_ACTIVE;
	pri_connect_ack(d->pri, l->call, 0);
	party_signal(l, LEG_ANSWERED, &n->connected);
}

static void on_connect_ack(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)d;
	(void)n;
	l->state = PL_ACTIVE;
	leg_signal_simple(&l->leg, LEG_ANSWERED);
}

static void on_digits(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	struct leg_signal *sig = leg_signal_new(LEG_DIGITS);

	(void)d;
	if (!sig)
		return;
	TEXT_SET(sig->u.digits, n->called);
	leg_signal(&l->leg, sig);
}

static void on_notify(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)d;
	if (n->notify == PRI_NOTIFY_REMOTE_HOLD)
		leg_signal_simple(&l->leg, LEG_HOLD);
	else if (n->notify == PRI_NOTIFY_REMOTE_RETRIEVAL)
		leg_signal_simple(&l->leg, LEG_UNHOLD);
	if (n->has_connected)
		party_signal(l, LEG_CONNECTED, &n->connected);
}

static void on_facility(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)d;
	if (n->has_connected)
		party_signal(l, LEG_CONNECTED, &n->connected);
}

/* DISCONNECT: the core is told, and its release() sends RELEASE. */
static void on_disconnect(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (l->state == PL_CLEARING || l->release_asked) {
		l->state = PL_CLEARING;
		pri_hangup(d->pri, l->call, n->cause);	/* both at once: Q.931 5.3.5 */
		return;
	}
	l->state = PL_FAR_END;
	leg_hangup(&l->leg, n->cause > 0 ? n->cause : CAUSE_NORMAL_UNSPECIFIED);
}

/*
 * Glare: the far end has the slot for a call of its own (Q.931 5.7). Nothing of this call was
 * heard by anybody, so it is placed again on another slot.
 */
static bool glare_retry(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	struct group *g = l->grp;
	struct bchan_ref ref;

	if (l->state != PL_SETUP || n->cause != PRI_CAUSE_REQUESTED_CHAN_UNAVAIL ||
	    l->tries >= PRI_GLARE_TRIES || l->release_asked ||
	    bchan_take_any(&g->slots, l->bch, l, &ref))
		return false;
	atomic_inc_relaxed(&g->glare);
	log_info("%s: the far end has this slot in use: tried again on i%d/s%d", l->leg.label,
		 g->cfg->interface_ids[ref.iface], ref.slot);
	pri_hangup(d->pri, l->call, n->cause);
	l->call = NULL;
	bchan_free(&g->slots, l->bch, l);
	l->bch = ref;
	if (pri_leg_setup(l))
		pri_leg_cleared(l, CAUSE_TEMPORARY);
	return true;
}

/*
 * RELEASE, RELEASE COMPLETE, or libpri cleared it by itself: one pri_hangup() more and the call is
 * gone.
 */
static void on_hangup(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	if (glare_retry(d, l, n))
		return;
	pri_hangup(d->pri, l->call, n->cause);
	pri_leg_cleared(l, n->cause);
}

/* It is gone already. */
static void on_hangup_ack(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)d;
	pri_leg_cleared(l, n->cause);
}

static void on_hold(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)n;
	pri_hold_rej(d->pri, l->call, PRI_CAUSE_FACILITY_NOT_IMPLEMENTED);
}

static void on_retrieve(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n)
{
	(void)n;
	pri_retrieve_rej(d->pri, l->call, PRI_CAUSE_FACILITY_NOT_IMPLEMENTED);
}

/* The events of a call, and the states in which they mean something. */
static const struct {
	int type;
	unsigned int states;
	void (*fn)(struct pri_dch *d, struct pri_leg *l, const struct pri_news *n);
} call_events[] = {
	{ PRI_EVENT_SETUP_ACK, PL_BIT(PL_SETUP), on_setup_ack },
	{ PRI_EVENT_PROCEEDING, PL_BIT(PL_SETUP) | PL_BIT(PL_OVERLAP_OUT), on_proceeding },
	{ PRI_EVENT_PROGRESS, PL_OUTGOING, on_progress },
	{ PRI_EVENT_RINGING, PL_OUTGOING, on_ringing },
	{ PRI_EVENT_ANSWER, PL_OUTGOING, on_answer },
	{ PRI_EVENT_CONNECT_ACK, PL_BIT(PL_ANSWERING), on_connect_ack },
	{ PRI_EVENT_INFO_RECEIVED, PL_BIT(PL_OVERLAP_IN), on_digits },
	{ PRI_EVENT_KEYPAD_DIGIT, PL_BIT(PL_OVERLAP_IN), on_digits },
	{ PRI_EVENT_NOTIFY, PL_LIVE, on_notify },
	{ PRI_EVENT_FACILITY, PL_LIVE, on_facility },
	{ PRI_EVENT_HANGUP_REQ, PL_LIVE | PL_BIT(PL_CLEARING), on_disconnect },
	{ PRI_EVENT_HANGUP, PL_LIVE | PL_BIT(PL_CLEARING) | PL_BIT(PL_FAR_END), on_hangup },
	{ PRI_EVENT_HANGUP_ACK, ~0u, on_hangup_ack },
	{ PRI_EVENT_HOLD, PL_LIVE, on_hold },
	{ PRI_EVENT_RETRIEVE, PL_LIVE, on_retrieve },
};

/* A call that has no leg: one that was refused, or that a leg has let go of. */
static void orphan(struct pri_dch *d, const struct pri_news *n)
{
	if (n->call && (n->type == PRI_EVENT_HANGUP || n->type == PRI_EVENT_HANGUP_REQ))
		pri_hangup(d->pri, n->call, n->cause);
}

static void call_event(struct pri_dch *d, const struct pri_news *n)
{
	struct pri_leg *l = pri_leg_find(d->grp, n->call);
	size_t i;

	if (!l) {
		orphan(d, n);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(call_events); i++)
		if (call_events[i].type == n->type && (call_events[i].states & PL_BIT(l->state)))
			call_events[i].fn(d, l, n);
}

void pri_event_handle(struct pri_dch *d, pri_event *e)
{
	struct group *g = d->grp;
	struct pri_news n;

	pri_news_read(e, &n);
	switch (n.type) {
	case PRI_EVENT_DCHAN_UP:
	case PRI_EVENT_DCHAN_DOWN:
		pri_dch_event(d, n.type);
		break;
	case PRI_EVENT_RING:
		pri_incoming(d, &n);
		break;
	case PRI_EVENT_RESTART:
		pri_restart_received(g, pri_channel_decode(g, d, n.channel));
		break;
	case PRI_EVENT_RESTART_ACK:
		pri_restart_acked(g, pri_channel_decode(g, d, n.channel));
		break;
	case PRI_EVENT_SERVICE:
		pri_service_received(d, n.channel, n.changestatus);
		break;
	case PRI_EVENT_SERVICE_ACK:
		pri_service_acked(d, n.channel);
		break;
	case PRI_EVENT_CONFIG_ERR:
		log_warn("%s: the far end is not what it is configured to be: %s", g->cfg->name,
			 n.error);
		break;
	default:
		call_event(d, &n);
	}
}

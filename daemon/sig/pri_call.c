// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the group's thread does for a leg: the operations, the clearing, the slot and its media.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/text.h"
#include "daemon/core/log.h"
#include "daemon/route/number.h"
#include "daemon/sig/pri_leg.h"

/* Twice T308 after T305, and some (Q.931 5.3.3): libpri has given a call up by then. */
#define CLEARING_NS	(45 * NSEC_PER_SEC)

int pri_channel_encode(struct group *g, struct bchan_ref ref)
{
	int id = g->cfg->interface_ids[ref.iface];

	return g->cfg->nspans > 1 ? ref.slot | id << 8 | 1 << 16 : ref.slot;
}

struct bchan_ref pri_channel_decode(struct group *g, const struct pri_dch *d, int channel)
{
	struct bchan_ref ref = { (int16_t)d->iface, -1 };
	int i;

	if (channel == -1)
		return ref;
	if (channel >> 16 & 1) {
		for (i = 0; i < g->cfg->nspans; i++)
			if (g->cfg->interface_ids[i] == (channel >> 8 & 0xff))
				break;
		if (i == g->cfg->nspans)
			return BCHAN_REF_NONE;
		ref.iface = (int16_t)i;
	}
	if ((channel & 0xff) == 0)
		return BCHAN_REF_NONE;
	ref.slot = (channel & 0xff) == 0xff ? -1 : (int16_t)(channel & 0xff);
	return ref;
}

struct pri_leg *pri_leg_find(struct group *g, q931_call *call)
{
	struct pri_leg *l;

	for (l = g->legs; l; l = l->next)
		if (call && l->call == call)
			return l;
	return NULL;
}

/* The list holds a reference until leg_released(). */
void pri_leg_listed(struct pri_leg *l)
{
	struct group *g = l->grp;

	leg_get(&l->leg);
	l->next = g->legs;
	l->link = &g->legs;
	if (g->legs)
		g->legs->link = &l->next;
	g->legs = l;
}

/* Nothing of it is on the line: the slot is free, and the core is told. Any thread. */
static void line_is_free(struct pri_leg *l)
{
	struct group *g = l->grp;

	bchan_free(&g->slots, l->bch, l);
	leg_released(&l->leg);
	atomic_sub(&g->nlegs, 1);
}

static void leg_forget(struct pri_leg *l)
{
	bool listed = l->link;

	l->state = PL_END;
	ttimer_cancel(&l->grp->sched, &l->timer);
	if (listed) {
		*l->link = l->next;
		if (l->next)
			l->next->link = l->link;
		l->link = NULL;
		leg_put(&l->leg);
	}
}

static void leg_end(struct pri_leg *l)
{
	line_is_free(l);
	leg_forget(l);
}

static void unclaimed_run(struct group *g, struct group_msg *msg)
{
	struct pri_leg *l = container_of(msg, struct pri_leg, unclaimed);

	(void)g;
	leg_forget(l);
	leg_put(&l->leg);	/* the claim's */
}

/* Nobody waits for the rest: the leg is cleared, and its group's thread has nothing to do with it. */
static void unclaimed(struct media_claim *claim)
{
	struct pri_leg *l = container_of(claim, struct pri_leg, claim);

	line_is_free(l);
	l->unclaimed.fn = unclaimed_run;
	group_post_quietly(l->grp, &l->unclaimed);
}

/* The slot is ours for good: let its octets flow. */
void pri_leg_claim(struct pri_leg *l)
{
	struct plant *p = l->grp->plant;

	if (l->claim_posted)
		return;
	l->claim.line = p->ops->line(p, l->bch.iface);
	if (!l->claim.line)
		return;
	l->claim.leg = &l->leg;
	l->claim.slot = (uint8_t)l->bch.slot;
	l->claim.format = l->format;
	l->claim.detect = l->grp->cfg->dtmf;
	l->claim.unclaimed = unclaimed;
	l->claim_posted = true;
	leg_get(&l->leg);
	media_claim(&l->claim);
}

/* Cleared by Q.931 and released by the core: now the slot may go back. */
static void leg_finish(struct pri_leg *l)
{
	if (l->state != PL_CLEARED || !l->release_asked)
		return;
	if (!l->claim_posted) {
		leg_end(l);
	} else if (!l->unclaim_posted) {
		l->unclaim_posted = true;
		media_unclaim(&l->claim);
	}
}

/* Who has asked for the release waits for that, and not for the reason of it. */
static void tell_hangup(struct pri_leg *l, int cause)
{
	if (!l->release_asked)
		leg_hangup(&l->leg, cause);
}

void pri_leg_cleared(struct pri_leg *l, int cause)
{
	l->call = NULL;
	if (l->state >= PL_CLEARED)
		return;
	l->state = PL_CLEARED;
	ttimer_cancel(&l->grp->sched, &l->timer);
	tell_hangup(l, cause > 0 ? cause : CAUSE_NORMAL_UNSPECIFIED);
	leg_finish(l);
}

void pri_leg_drop(struct pri_leg *l, int cause)
{
	if (l->call)
		pri_destroycall(pri_active(l->grp), l->call);
	pri_leg_cleared(l, cause);
}

static void leg_timer_fired(struct ttimer *t)
{
	struct pri_leg *l = container_of(t, struct pri_leg, timer);

	if (PL_BIT(l->state) & PL_OUTGOING) {
		leg_hangup(&l->leg, CAUSE_NO_ANSWER);	/* the core will release it */
	} else if (l->state == PL_CLEARING) {
		log_warn("%s: the far end does not clear: given up", l->leg.label);
		pri_leg_drop(l, CAUSE_TIMER_EXPIRY);
	}
}

void pri_leg_timer_init(struct pri_leg *l)
{
	ttimer_init(&l->timer, leg_timer_fired, &l->leg.ref);
}

/*
 * Causes for which libpri sends RELEASE at once. Of an incoming call it then tells us nothing
 * more, so they are replaced there; for the losers of a ring group (26) they are what Q.931 5.3.2
 * wants.
 */
static int cause_fit(const struct pri_leg *l, int cause)
{
	if (cause < 1 || cause > 127)
		return PRI_CAUSE_NORMAL_UNSPECIFIED;
	if (l->leg.outgoing)
		return cause == PRI_CAUSE_INVALID_CALL_REFERENCE ? PRI_CAUSE_NORMAL_UNSPECIFIED :
								   cause;
	switch (cause) {
	case PRI_CAUSE_CHANNEL_UNACCEPTABLE:
	case PRI_CAUSE_CALL_AWARDED_DELIVERED:
	case PRI_CAUSE_NONSELECTED_USER_CLEARING:
	case PRI_CAUSE_INVALID_CALL_REFERENCE:
		return PRI_CAUSE_NORMAL_UNSPECIFIED;
	default:
		return cause;
	}
}

/*
 * Causes with which libpri answers a SETUP of ours that nobody answered by dropping the call at
 * once.
 */
static bool cause_drops(int cause)
{
	return cause == PRI_CAUSE_UNALLOCATED || cause == PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION ||
	       cause == PRI_CAUSE_REQUESTED_CHAN_UNAVAIL ||
	       cause == PRI_CAUSE_IDENTIFIED_CHANNEL_NOTEXIST ||
	       cause == PRI_CAUSE_INCOMPATIBLE_DESTINATION;
}

void pri_leg_hangup(struct pri_leg *l, int cause)
{
	struct pri *pri = pri_active(l->grp);

	if (l->state >= PL_CLEARING)
		return;
	cause = cause_fit(l, cause);
	if (l->state == PL_SETUP && cause_drops(cause))
		cause = PRI_CAUSE_NORMAL_UNSPECIFIED;
	if (!l->call) {
		pri_leg_cleared(l, cause);
		return;
	}
	l->state = PL_CLEARING;
	if (ttimer_start(&l->grp->sched, &l->timer, CLEARING_NS))
		log_error("%s: no memory to watch over its clearing", l->leg.label);
	tell_hangup(l, cause);
	pri_hangup(pri, l->call, cause);
}

static void party_id(struct pri_party_id *id, const struct party *p, const struct conf_group *c)
{
	static const int pres[] = {
		[PARTY_ALLOWED] = PRI_PRES_ALLOWED, [PARTY_RESTRICTED] = PRI_PRES_RESTRICTED,
		[PARTY_UNAVAILABLE] = PRI_PRES_UNAVAILABLE,
	};
	char number[CONF_NUMBER_MAX + 1];
	int octet;

	memset(id, 0, sizeof(*id));
	if (p->number[0]) {
		number_outgoing(p->ton ? p->ton : c->calling_type,
				p->ton || !c->calling_plan ? p->npi : c->calling_plan, p->number,
				number, &octet);
		id->number.valid = 1;
		id->number.plan = octet;
		id->number.presentation = pres[p->presentation % ARRAY_SIZE(pres)] |
					  (p->screening & 3);
		TEXT_SET(id->number.str, number);
	}
	if (p->name[0] && c->display) {
		id->name.valid = 1;
		id->name.presentation = pres[p->presentation % ARRAY_SIZE(pres)];
		id->name.char_set = PRI_CHAR_SET_ISO8859_1;
		TEXT_SET(id->name.str, p->name);
	}
}

static void bearer_set(struct pri_sr *sr, const struct pri_leg *l)
{
	static const int caps[] = {
		[CONF_SPEECH] = PRI_TRANS_CAP_SPEECH, [CONF_AUDIO_3K1] = PRI_TRANS_CAP_3_1K_AUDIO,
		[CONF_DIGITAL] = PRI_TRANS_CAP_DIGITAL,
	};
	const struct conf_group *c = l->grp->cfg;

	if (l->format == MEDIA_CLEAR)
		pri_sr_set_bearer(sr, PRI_TRANS_CAP_DIGITAL, 0);
	else
		pri_sr_set_bearer(sr, caps[c->bearer],
				  l->format == MEDIA_ALAW ? PRI_LAYER_1_ALAW : PRI_LAYER_1_ULAW);
}

int pri_leg_setup(struct pri_leg *l)
{
	struct group *g = l->grp;
	const struct conf_group *c = g->cfg;
	struct pri *pri = pri_active(g);
	struct pri_party_redirecting redirecting = { .count = 1 };
	char called[CONF_NUMBER_MAX + 1];
	struct pri_party_id caller;
	struct pri_sr *sr = pri_sr_new();
	int octet, err = -ENOMEM;

	l->call = sr ? pri_new_call(pri) : NULL;
	if (!l->call)
		goto out;
	number_outgoing(c->called_type, c->called_plan, l->number, called, &octet);
	pri_sr_set_channel(sr, pri_channel_encode(g, l->bch), c->negotiation == CONF_EXCLUSIVE, 0);
	bearer_set(sr, l);
	pri_sr_set_called(sr, called, octet,
			  l->req.complete || !(c->overlap & CONF_OVERLAP_SEND));
	party_id(&caller, &l->req.caller, c);
	pri_sr_set_caller_party(sr, &caller);
	if (l->req.redirecting.number[0]) {
		party_id(&redirecting.from, &l->req.redirecting, c);
		pri_sr_set_redirecting_parties(sr, &redirecting);
	}
	err = pri_setup(pri, l->call, sr) ? -EIO : 0;
	if (err) {
		pri_destroycall(pri, l->call);
		l->call = NULL;
	} else {
		atomic_inc_relaxed(&g->setups_out);
		l->tries++;
		l->state = PL_SETUP;
	}
out:
	pri_sr_free(sr);
	return err;
}

/* --- operations -------------------- */

static int do_dial(struct pri_leg *l, struct pri_leg_msg *m)
{
	(void)m;
	pri_leg_listed(l);
	if (atomic_load_relaxed(&l->grp->active) < 0)
		pri_leg_cleared(l, CAUSE_NET_OUT_OF_ORDER);
	else if ((l->req.timeout_ms &&
		  ttimer_start(&l->grp->sched, &l->timer, l->req.timeout_ms * NSEC_PER_MSEC)) ||
		 pri_leg_setup(l))
		pri_leg_cleared(l, CAUSE_TEMPORARY);
	return 0;
}

static int channel_of(struct pri_leg *l)
{
	return pri_channel_encode(l->grp, l->bch);
}

static int libpri_err(int ret)
{
	return ret ? -EIO : 0;
}

/* The group has sent CALL PROCEEDING itself, unless it waits for digits. */
static int do_proceeding(struct pri_leg *l, struct pri_leg_msg *m)
{
	(void)m;
	if (l->state != PL_OVERLAP_IN)
		return 0;
	l->state = PL_PROC_IN;
	return libpri_err(pri_proceeding(pri_active(l->grp), l->call, channel_of(l), 0));
}

static int do_progress(struct pri_leg *l, struct pri_leg_msg *m)
{
	struct pri *pri = pri_active(l->grp);

	do_proceeding(l, m);
	if (m->cause > 0)
		return libpri_err(pri_progress_with_cause(pri, l->call, channel_of(l), 1,
							  m->cause));
	return libpri_err(pri_progress(pri, l->call, channel_of(l), 1));
}

static int do_ringing(struct pri_leg *l, struct pri_leg_msg *m)
{
	do_proceeding(l, m);
	if (l->state == PL_ALERT_IN)
		return 0;
	l->state = PL_ALERT_IN;
	return libpri_err(pri_acknowledge(pri_active(l->grp), l->call, channel_of(l), 0));
}

static void connected_set(struct pri_leg *l, const struct pri_leg_msg *m)
{
	struct pri_party_connected_line line;

	if (!m->has_party || !m->party.number[0])
		return;
	party_id(&line.id, &m->party, l->grp->cfg);
	pri_connected_line_update(pri_active(l->grp), l->call, &line);
}

static int do_answer(struct pri_leg *l, struct pri_leg_msg *m)
{
	struct pri *pri = pri_active(l->grp);
	int err;

	do_proceeding(l, m);
	connected_set(l, m);
	err = libpri_err(pri_answer(pri, l->call, channel_of(l), 0));
	if (err)
		return err;
	l->state = PL_ANSWERING;
	/*
	 * Q.931 5.2.8: only the user side waits for CONNECT ACKNOWLEDGE; the network's call is
	 * active now.
	 */
	if (l->grp->cfg->side == CONF_NETWORK) {
		l->state = PL_ACTIVE;
		leg_signal_simple(&l->leg, LEG_ANSWERED);
	}
	return 0;
}

static int do_digits(struct pri_leg *l, struct pri_leg_msg *m)
{
	const char *p;

	if (l->state == PL_SETUP) {
		if (strlen(l->pending) + strlen(m->digits) > CONF_NUMBER_MAX)
			return -ENAMETOOLONG;
		strcat(l->pending, m->digits);
		return 0;
	}
	if (l->state != PL_OVERLAP_OUT)
		return -EINVAL;
	for (p = m->digits; *p; p++)
		if (pri_information(pri_active(l->grp), l->call, *p))
			return -EIO;
	return 0;
}

static int do_hold(struct pri_leg *l, struct pri_leg_msg *m)
{
	return libpri_err(pri_notify(pri_active(l->grp), l->call, channel_of(l),
				     m->op == LEG_OP_HOLD ? PRI_NOTIFY_REMOTE_HOLD :
							    PRI_NOTIFY_REMOTE_RETRIEVAL));
}

static int do_connected(struct pri_leg *l, struct pri_leg_msg *m)
{
	connected_set(l, m);
	return 0;
}

static int do_release(struct pri_leg *l, struct pri_leg_msg *m)
{
	l->release_asked = true;
	l->release_cause = m->cause;
	if (l->state == PL_NEW) {	/* never dialled */
		l->state = PL_CLEARED;
		leg_finish(l);
	} else if (l->state == PL_CLEARED) {
		leg_finish(l);
	} else {
		pri_leg_hangup(l, m->cause);
	}
	return 0;
}

/* Which operation may come in which states, and who does it. */
static const struct {
	int (*fn)(struct pri_leg *l, struct pri_leg_msg *m);
	unsigned int states;
} operations[LEG_OPS] = {
	[LEG_OP_DIAL]	    = { do_dial, PL_BIT(PL_NEW) },
	[LEG_OP_PROCEEDING] = { do_proceeding, PL_INCOMING },
	[LEG_OP_PROGRESS]   = { do_progress, PL_INCOMING },
	[LEG_OP_RINGING]    = { do_ringing, PL_INCOMING },
	[LEG_OP_ANSWER]	    = { do_answer, PL_INCOMING },
	[LEG_OP_DIGITS]	    = { do_digits, PL_OUTGOING },
	[LEG_OP_HOLD]	    = { do_hold, PL_BIT(PL_ACTIVE) },
	[LEG_OP_UNHOLD]	    = { do_hold, PL_BIT(PL_ACTIVE) },
	[LEG_OP_CONNECTED]  = { do_connected, PL_LIVE },
	[LEG_OP_RELEASE]    = { do_release, ~0u },
};

static void op_failed(struct pri_leg *l, enum leg_op op, int err)
{
	struct leg_signal *sig = leg_signal_new(LEG_OP_FAILED);

	if (!sig)
		return;
	sig->u.failed.op = (uint8_t)op;
	sig->u.failed.err = err;
	leg_signal(&l->leg, sig);
}

void pri_leg_execute(struct pri_leg *l, struct pri_leg_msg *m)
{
	int err = -EINVAL;

	if (atomic_load(&l->grp->ended)) {
		if (m->op == LEG_OP_RELEASE && l->state != PL_END)
			leg_end(l);
		return;
	}
	if (operations[m->op].fn && (operations[m->op].states & PL_BIT(l->state)))
		err = operations[m->op].fn(l, m);
	/* On a call that is ending anyway nobody wants to hear of it. */
	if (err && (PL_BIT(l->state) & PL_LIVE))
		op_failed(l, m->op, err);
}

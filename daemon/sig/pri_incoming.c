// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arriving calls: SETUP, its B-channel (Q.931 5.2.3), the channel that is made of it, or the
 * refusal.
 */
#include <errno.h>
#include <string.h>

#include "daemon/call/channel.h"
#include "daemon/core/log.h"
#include "daemon/group/admit.h"
#include "daemon/route/number.h"
#include "daemon/sig/pri_leg.h"

/*
 * Refuse a call that has no leg. libpri answers a few causes with RELEASE COMPLETE; for others it
 * needs a call that was proceeding, and sends DISCONNECT.
 */
static void refuse(struct pri_dch *d, const struct pri_news *n, int cause)
{
	struct group *g = d->grp;

	atomic_inc_relaxed(&g->refused);
	log_info("%s: call from '%s' to '%s' refused: cause %d", g->cfg->name, n->caller.number,
		 n->called, cause);
	switch (cause) {
	case PRI_CAUSE_UNALLOCATED:
	case PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION:
	case PRI_CAUSE_REQUESTED_CHAN_UNAVAIL:
	case PRI_CAUSE_IDENTIFIED_CHANNEL_NOTEXIST:
	case PRI_CAUSE_INCOMPATIBLE_DESTINATION:
		break;
	default:
		pri_proceeding(d->pri, n->call, n->channel, 0);
	}
	pri_hangup(d->pri, n->call, cause);
}

/*
 * Both sides took the same slot at once (Q.931 5.7): the network's call has it. On the user side
 * our own call loses the slot; the network will give it another or refuse it, and then it is tried
 * again.
 */
static void glare_yield(struct group *g, struct bchan_ref ref)
{
	struct pri_leg *l, *loser = bchan_owner(&g->slots, ref);

	if (g->cfg->side != CONF_USER || !loser)
		return;
	/* Owners that were not dialled yet are not in the list: theirs stays. */
	for (l = g->legs; l && l != loser; l = l->next)
		;
	if (!l || l->state != PL_SETUP)
		return;
	log_info("%s: the network took this slot at the same time", l->leg.label);
	bchan_free(&g->slots, ref, l);
	l->bch = BCHAN_REF_NONE;
}

static int no_slot_cause(const struct group *g, int err)
{
	if (err == -EBUSY)
		return PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION;
	return g->cfg->side == CONF_NETWORK ? PRI_CAUSE_NETWORK_OUT_OF_ORDER :
					      PRI_CAUSE_DESTINATION_OUT_OF_ORDER;
}

/* Takes a slot for @l. 0, or the cause to refuse with. */
static int slot_choose(struct pri_dch *d, const struct pri_news *n, struct pri_leg *l)
{
	struct group *g = d->grp;
	struct bchan_ref ref = pri_channel_decode(g, d, n->channel);
	int err;

	if (!bchan_ref_valid(ref))
		return n->channel > 0 && (n->channel & 0xff) ?
		       PRI_CAUSE_IDENTIFIED_CHANNEL_NOTEXIST :
		       PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION;
	if (ref.slot >= 0) {
		glare_yield(g, ref);
		err = bchan_take(&g->slots, ref, l);
		if (!err) {
			l->bch = ref;
			return 0;
		}
		if (!n->flexible)
			return err == -EINVAL ? PRI_CAUSE_IDENTIFIED_CHANNEL_NOTEXIST :
						PRI_CAUSE_REQUESTED_CHAN_UNAVAIL;
	}
	err = bchan_take_any(&g->slots, BCHAN_REF_NONE, l, &l->bch);
	return err ? no_slot_cause(g, err) : 0;
}

/* Q.931 4.5.5: what we can carry. 0, or the cause to refuse with. */
static int bearer_read(const struct pri_news *n, const struct conf_group *c, uint8_t *format)
{
	switch (n->ctype) {
	case PRI_TRANS_CAP_SPEECH:
	case PRI_TRANS_CAP_3_1K_AUDIO:
		*format = c->law == CONF_ALAW ? MEDIA_ALAW : MEDIA_ULAW;
		return 0;
	case PRI_TRANS_CAP_DIGITAL:
	case PRI_TRANS_CAP_RESTRICTED_DIGITAL:
	case PRI_TRANS_CAP_DIGITAL_W_TONES:
	case PRI_TRANS_CAP_VIDEO:
		*format = MEDIA_CLEAR;
		return 0;
	default:
		return PRI_CAUSE_BEARERCAPABILITY_NOTIMPL;
	}
}

static void caller_normalise(const struct conf_group *c, struct party *p)
{
	char number[CONF_NUMBER_MAX + 1];

	if (number_normalise(c, p->number, NUMBER_OCTET(p->ton, p->npi), number) ||
	    strlen(number) >= sizeof(p->number) || !strcmp(number, p->number))
		return;
	strcpy(p->number, number);
	p->ton = PRI_TON_UNKNOWN;	/* the prefix says it now */
}

static void offer_signal(struct pri_leg *l, const struct leg_call *call)
{
	struct leg_signal *sig = leg_signal_new(LEG_INCOMING);

	if (!sig) {
		leg_hangup(&l->leg, CAUSE_CONGESTION);
		return;
	}
	sig->u.call = *call;
	leg_signal(&l->leg, sig);
}

/* Makes the channel. From its success on the core decides, and ends the leg by release(). */
static int offer(struct pri_dch *d, const struct pri_news *n, struct pri_leg *l, bool complete)
{
	struct group *g = d->grp;
	struct leg_call call = { .caller = n->caller, .redirecting = n->redirecting,
				 .complete = complete, .bearer = l->format };
	struct channel_params params = { .exten = call.called, .caller = &call.caller };
	char name[CHANNEL_NAME_LEN], called[CONF_NUMBER_MAX + 1];
	int err;

	caller_normalise(g->cfg, &call.caller);
	number_normalise(g->cfg, n->called, n->called_plan, called);
	snprintf(call.called, sizeof(call.called), "%.*s", (int)sizeof(call.called) - 1, called);
	pri_leg_label(l);
	snprintf(name, sizeof(name), "PRI/%s/i%ds%d", g->cfg->name,
		 g->cfg->interface_ids[l->bch.iface], l->bch.slot);
	params.name = name;
	err = channel_create(&params, &l->leg, NULL);
	if (err)
		return err;
	atomic_add(&g->nlegs, 1);
	l->call = n->call;
	l->state = complete ? PL_PROC_IN : PL_OVERLAP_IN;
	pri_leg_listed(l);
	offer_signal(l, &call);
	return 0;
}

static int admit_cause(struct group *g)
{
	if (atomic_load(&g->closing))
		return PRI_CAUSE_SWITCH_CONGESTION;
	switch (admit_check(g)) {
	case ADMIT_OK:
		return 0;
	case ADMIT_GROUP:
		return PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION;
	default:
		return PRI_CAUSE_SWITCH_CONGESTION;
	}
}

void pri_incoming(struct pri_dch *d, const struct pri_news *n)
{
	struct group *g = d->grp;
	bool complete = n->complete || !(g->cfg->overlap & CONF_OVERLAP_RECEIVE);
	struct pri_leg *l;
	uint8_t format;
	int cause;

	atomic_inc_relaxed(&g->setups_in);
	if (!n->call || pri_leg_find(g, n->call))
		return;
	cause = bearer_read(n, g->cfg, &format);
	if (!cause)
		cause = admit_cause(g);
	l = cause ? NULL : pri_leg_new(g, false);
	if (!cause && !l)
		cause = PRI_CAUSE_SWITCH_CONGESTION;
	if (!cause) {
		l->format = l->leg.ep.addr.format = format;
		cause = slot_choose(d, n, l);
	}
	if (!cause && offer(d, n, l, complete)) {
		bchan_free(&g->slots, l->bch, l);
		cause = PRI_CAUSE_SWITCH_CONGESTION;
	}
	if (cause) {
		refuse(d, n, cause);
		if (l)
			leg_put(&l->leg);
		return;
	}
	/*
	 * Q.931 5.2.3: the first answer names the slot. It also lets libpri report the call's end
	 * to us.
	 */
	if (complete)
		pri_proceeding(d->pri, n->call, pri_channel_encode(g, l->bch), 0);
	else
		pri_setup_ack(d->pri, n->call, pri_channel_encode(g, l->bch), 0, 0);
	pri_leg_claim(l);
	leg_put(&l->leg);	/* the creator's */
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PRI technology: request() and the leg's operations, which only post to the group's mailbox.
 * What is done there stands in pri_call.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/text.h"
#include "daemon/core/log.h"
#include "daemon/group/admit.h"
#include "daemon/media/talk.h"
#include "daemon/route/number.h"
#include "daemon/sig/pri_leg.h"

static void leg_msg_run(struct group *g, struct group_msg *msg)
{
	struct pri_leg_msg *m = container_of(msg, struct pri_leg_msg, msg);
	struct pri_leg *l = m->leg;

	(void)g;
	pri_leg_execute(l, m);
	if (!m->embedded)
		free(m);
	leg_put(&l->leg);
}

static void msg_post(struct pri_leg *l, struct pri_leg_msg *m, enum leg_op op)
{
	m->msg.fn = leg_msg_run;
	m->leg = l;
	m->op = op;
	leg_get(&l->leg);
	group_post(l->grp, &m->msg);
}

static int op_post(struct leg *leg, enum leg_op op, int cause, const struct party *party,
		   const char *digits)
{
	struct pri_leg_msg *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->cause = cause;
	if (party) {
		m->has_party = true;
		m->party = *party;
	}
	if (digits)
		strcpy(m->digits, digits);
	msg_post(pri_leg_of(leg), m, op);
	return 0;
}

static int op_dial(struct leg *leg)
{
	struct pri_leg *l = pri_leg_of(leg);

	l->m_dial.embedded = true;
	msg_post(l, &l->m_dial, LEG_OP_DIAL);
	return 0;
}

static int op_proceeding(struct leg *leg)
{
	return op_post(leg, LEG_OP_PROCEEDING, 0, NULL, NULL);
}

static int op_progress(struct leg *leg, int cause)
{
	return op_post(leg, LEG_OP_PROGRESS, cause, NULL, NULL);
}

static int op_ringing(struct leg *leg)
{
	return op_post(leg, LEG_OP_RINGING, 0, NULL, NULL);
}

static int op_answer(struct leg *leg, const struct party *connected)
{
	return op_post(leg, LEG_OP_ANSWER, 0, connected, NULL);
}

static int op_digits(struct leg *leg, const char *digits)
{
	if (!number_valid(digits))
		return -EINVAL;
	return op_post(leg, LEG_OP_DIGITS, 0, NULL, digits);
}

/* In band: a source in the channel that we sit in, whose lock is held. */
static int op_dtmf(struct leg *leg, const char *digits, unsigned int tone_ms, unsigned int gap_ms)
{
	return talk_dtmf(leg->chan, digits, tone_ms, gap_ms);
}

static int op_hold(struct leg *leg)
{
	return op_post(leg, LEG_OP_HOLD, 0, NULL, NULL);
}

static int op_unhold(struct leg *leg)
{
	return op_post(leg, LEG_OP_UNHOLD, 0, NULL, NULL);
}

static int op_connected(struct leg *leg, const struct party *party)
{
	return op_post(leg, LEG_OP_CONNECTED, 0, party, NULL);
}

static int op_release(struct leg *leg, int cause)
{
	struct pri_leg *l = pri_leg_of(leg);

	l->m_release.embedded = true;
	l->m_release.cause = cause;
	msg_post(l, &l->m_release, LEG_OP_RELEASE);
	return 0;
}

static void op_free(struct leg *leg)
{
	struct pri_leg *l = pri_leg_of(leg);
	struct group *g = l->grp;

	free(l);
	ref_put(&g->ref);
}

static const struct leg_ops pri_leg_ops = {
	.tech = "PRI",
	.dial = op_dial,
	.proceeding = op_proceeding,
	.progress = op_progress,
	.ringing = op_ringing,
	.answer = op_answer,
	.digits = op_digits,
	.dtmf = op_dtmf,
	.hold = op_hold,
	.unhold = op_unhold,
	.connected = op_connected,
	.release = op_release,
	.free = op_free,
};

struct pri_leg *pri_leg_new(struct group *g, bool outgoing)
{
	struct pri_leg *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	leg_init(&l->leg, &pri_leg_ops, outgoing);
	l->grp = g;
	ref_get(&g->ref);
	l->bch = BCHAN_REF_NONE;
	pri_leg_timer_init(l);
	return l;
}

struct group *pri_leg_group(const struct leg *leg)
{
	if (leg->ops != &pri_leg_ops)
		return NULL;
	return container_of(leg, struct pri_leg, leg)->grp;
}

void pri_leg_label(struct pri_leg *l)
{
	char label[96];

	snprintf(label, sizeof(label), "%s/i%d/s%d", l->grp->cfg->name,
		 l->grp->cfg->interface_ids[l->bch.iface], l->bch.slot);
	TEXT_SET(l->leg.label, label);
}

/* "group/number" */
static int target_read(const char *target, char *group, char *number, const char **reason)
{
	size_t len = strcspn(target, "/");

	if (!len || len > CONF_NAME_MAX || target[len] != '/') {
		*reason = "a PRI endpoint is PRI/GROUP/NUMBER";
		return -EINVAL;
	}
	memcpy(group, target, len);
	group[len] = '\0';
	target += len + 1;
	if (strlen(target) > CONF_NUMBER_MAX || !number_valid(target)) {
		*reason = "the number holds something that cannot be dialled";
		return -EINVAL;
	}
	strcpy(number, target);
	return 0;
}

static int request_in(struct group *g, const struct leg_request *req, const char *number,
		      struct leg **leg, const char **reason)
{
	static const struct {
		const char *reason;
		int err;
	} refusals[] = {
		[ADMIT_CPU] = { "the machine is over its CPU limit: no new calls", -EAGAIN },
		[ADMIT_LIMIT] = { "there are as many calls as [limits] max-calls says", -EAGAIN },
		[ADMIT_GROUP] = { "the group has as many calls as its max-calls says", -EBUSY },
	};
	enum admit admit = admit_check(g);
	struct pri_leg *l;
	int err;

	if (admit != ADMIT_OK) {
		*reason = refusals[admit].reason;
		return refusals[admit].err;
	}
	if (atomic_load(&g->active) < 0 || atomic_load(&g->closing)) {
		*reason = "the group's D-channel is down";
		return -ENETDOWN;
	}
	l = pri_leg_new(g, true);
	if (!l)
		return -ENOMEM;
	l->req = *req;
	strcpy(l->number, number);
	l->format = req->bearer == MEDIA_CLEAR ? MEDIA_CLEAR :
		    g->cfg->law == CONF_ALAW ? MEDIA_ALAW : MEDIA_ULAW;
	l->leg.ep.addr.format = l->format;
	err = bchan_take_any(&g->slots, BCHAN_REF_NONE, l, &l->bch);
	if (err) {
		*reason = err == -EBUSY ? "all timeslots of the group are in use" :
					  "the group's free timeslots are out of service";
		leg_put(&l->leg);
		return err;
	}
	pri_leg_label(l);
	atomic_add(&g->nlegs, 1);
	*leg = &l->leg;
	return 0;
}

static int pri_request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	char group[CONF_NAME_MAX + 1], number[CONF_NUMBER_MAX + 1];
	struct group *g;
	int err = target_read(req->target, group, number, reason);

	if (err)
		return err;
	g = group_find(group);
	if (!g) {
		*reason = "there is no such trunk group";
		return -ENOENT;
	}
	err = request_in(g, req, number, leg, reason);
	ref_put(&g->ref);
	return err;
}

struct leg_tech pri_tech = {
	.name = "PRI",
	.request = pri_request,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies what an event of libpri says into memory of ours. libpri has one event per controller and
 * fills it anew at its next call, so nothing of it may be kept.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/conf/text.h"
#include "daemon/route/number.h"
#include "daemon/sig/pri_leg.h"

static void party_set(struct party *p, const char *number, int plan, int pres, const char *name)
{
	memset(p, 0, sizeof(*p));
	TEXT_SET(p->number, number);
	TEXT_SET(p->name, name);
	p->ton = NUMBER_TYPE(plan);
	p->npi = NUMBER_PLAN(plan);
	p->screening = pres & PRI_PRES_NUMBER_TYPE;
	switch (pres & PRI_PRES_RESTRICTION) {
	case PRI_PRES_ALLOWED:
		p->presentation = PARTY_ALLOWED;
		break;
	case PRI_PRES_RESTRICTED:
		p->presentation = PARTY_RESTRICTED;
		break;
	default:
		p->presentation = PARTY_UNAVAILABLE;
	}
}

static void party_id_set(struct party *p, const struct pri_party_id *id)
{
	party_set(p, id->number.valid ? id->number.str : "", id->number.plan,
		  id->number.valid ? id->number.presentation : PRI_PRES_UNAVAILABLE,
		  id->name.valid ? id->name.str : "");
}

static void subcommands_read(const struct pri_subcommands *subs, struct pri_news *n)
{
	int i;

	for (i = 0; subs && i < subs->counter_subcmd; i++) {
		const struct pri_subcommand *s = &subs->subcmd[i];

		if (s->cmd == PRI_SUBCMD_CONNECTED_LINE) {
			n->has_connected = true;
			party_id_set(&n->connected, &s->u.connected_line.id);
		} else if (s->cmd == PRI_SUBCMD_REDIRECTING) {
			party_id_set(&n->redirecting, &s->u.redirecting.from);
		}
	}
}

static void ring_read(const pri_event_ring *r, struct pri_news *n)
{
	n->channel = r->channel;
	n->call = r->call;
	n->flexible = r->flexible;
	n->complete = r->complete;
	n->ctype = r->ctype;
	n->layer1 = r->layer1;
	n->progressmask = r->progressmask;
	n->called_plan = r->calledplan;
	TEXT_SET(n->called, r->callednum);
	party_set(&n->caller, r->callingnum, r->callingplan,
		  r->callingnum[0] ? r->callingpres : PRI_PRES_UNAVAILABLE, r->callingname);
	if (r->redirectingnum[0])
		party_set(&n->redirecting, r->redirectingnum, r->callingplanrdnis,
			  PRI_PRES_ALLOWED, r->redirectingname);
	subcommands_read(r->subcmds, n);
}

void pri_news_read(const pri_event *e, struct pri_news *n)
{
	memset(n, 0, sizeof(*n));
	n->type = e->e;
	switch (e->e) {
	case PRI_EVENT_RING:
		ring_read(&e->ring, n);
		break;
	case PRI_EVENT_INFO_RECEIVED:
		n->channel = e->ring.channel;
		n->call = e->ring.call;
		n->complete = e->ring.complete;
		TEXT_SET(n->called, e->ring.callednum);
		break;
	case PRI_EVENT_KEYPAD_DIGIT:
		n->channel = e->digit.channel;
		n->call = e->digit.call;
		TEXT_SET(n->called, e->digit.digits);
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
	case PRI_EVENT_HANGUP_ACK:
		n->channel = e->hangup.channel;
		n->call = e->hangup.call;
		n->cause = e->hangup.cause;
		break;
	case PRI_EVENT_RINGING:
		n->channel = e->ringing.channel;
		n->call = e->ringing.call;
		n->progressmask = e->ringing.progressmask;
		subcommands_read(e->ringing.subcmds, n);
		break;
	case PRI_EVENT_ANSWER:
		n->channel = e->answer.channel;
		n->call = e->answer.call;
		n->progressmask = e->answer.progressmask;
		subcommands_read(e->answer.subcmds, n);
		break;
	case PRI_EVENT_PROCEEDING:
	case PRI_EVENT_PROGRESS:
		n->channel = e->proceeding.channel;
		n->call = e->proceeding.call;
		n->cause = e->proceeding.cause;
		n->progressmask = e->proceeding.progressmask;
		subcommands_read(e->proceeding.subcmds, n);
		break;
	case PRI_EVENT_SETUP_ACK:
		n->channel = e->setup_ack.channel;
		n->call = e->setup_ack.call;
		n->progressmask = e->setup_ack.progressmask;
		break;
	case PRI_EVENT_CONNECT_ACK:
		n->channel = e->connect_ack.channel;
		n->call = e->connect_ack.call;
		break;
	case PRI_EVENT_NOTIFY:
		n->channel = e->notify.channel;
		n->call = e->notify.call;
		n->notify = e->notify.info;
		subcommands_read(e->notify.subcmds, n);
		break;
	case PRI_EVENT_FACILITY:
		n->channel = e->facility.channel;
		n->call = e->facility.call;
		subcommands_read(e->facility.subcmds, n);
		break;
	case PRI_EVENT_RESTART:
	case PRI_EVENT_RESTART_ACK:
		n->channel = e->restart.channel;
		break;
	case PRI_EVENT_SERVICE:
	case PRI_EVENT_SERVICE_ACK:
		n->channel = e->service.channel;
		n->changestatus = e->service.changestatus;
		break;
	case PRI_EVENT_HOLD:
		n->call = e->hold.call;
		break;
	case PRI_EVENT_RETRIEVE:
		n->call = e->retrieve.call;
		n->channel = e->retrieve.channel;
		break;
	case PRI_EVENT_CONFIG_ERR:
		TEXT_SET(n->error, e->err.err);
		break;
	default:
		break;
	}
}

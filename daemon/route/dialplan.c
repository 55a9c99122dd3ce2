// SPDX-License-Identifier: GPL-2.0-or-later
/* The dial plan; see dialplan.h. Everything but the timer runs in tasks of the call's channel. */
#include "daemon/route/dialplan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/connect.h"
#include "daemon/conf/text.h"
#include "daemon/core/lock.h"
#include "daemon/core/log.h"
#include "daemon/core/timer.h"
#include "daemon/media/talk.h"
#include "daemon/route/number.h"
#include "daemon/route/route.h"

#define CAUSE_NO_ROUTE		3
#define CAUSE_NO_SERVICE	63
#define OVERLAP_MS		15000

/*
 * What the dial plan knows of a call. One reference is the controller's, one the timer's while it
 * is armed.
 */
struct plan {
	struct controller ctl;
	struct ref ref;
	struct rcu_head rcu;
	struct channel *ch;		/* a handle */
	struct conf *conf;		/* a reference */
	const struct conf_route *route;	/* once found; of conf */
	char from[CONF_NAME_MAX + 1];
	uint8_t bearer;
	struct ttimer timer;		/* no further digit came */
	struct channel_work work;	/* what the timer posts */
	uint32_t work_queued;		/* atomic */
};

static tlock_t conf_lock;		/* queue.config: the pointer below */
static struct conf *current;
static int (*app_take)(struct channel *ch, const char *app);	/* atomic */

void dialplan_set(struct conf *conf)
{
	struct conf *old;

	if (conf)
		conf_get(conf);
	tlock_lock(&conf_lock);
	old = current;
	current = conf;
	tlock_unlock(&conf_lock);
	if (old)
		conf_put(old);
}

static struct conf *conf_now(void)
{
	struct conf *conf;

	tlock_lock(&conf_lock);
	conf = current ? conf_get(current) : NULL;
	tlock_unlock(&conf_lock);
	return conf;
}

void dialplan_set_app(int (*take)(struct channel *ch, const char *app))
{
	atomic_store(&app_take, take);
}

static void plan_free(struct rcu_head *head)
{
	struct plan *p = container_of(head, struct plan, rcu);

	conf_put(p->conf);
	channel_put(p->ch);
	free(p);
}

static void plan_release(struct ref *ref)
{
	struct plan *p = container_of(ref, struct plan, ref);

	trcu_free(&p->rcu, plan_free);
}

static void detach(struct controller *ctl, struct channel *ch)
{
	struct plan *p = container_of(ctl, struct plan, ctl);

	(void)ch;
	ttimer_cancel(&timer_sched, &p->timer);
	ref_put(&p->ref);
}

/* --- actions -------------------- */

/* Each returns 0: somebody controls the call; or a cause: nothing changed. */
static int do_bridge(struct plan *p, struct channel *ch, const char *dialled)
{
	const struct conf_route *r = p->route;
	struct connect_params params = { .early_media = true };
	char number[CONF_NUMBER_MAX + 1], endpoint[CONF_NAME_MAX + CONF_NUMBER_MAX + 8];
	const char *reason = NULL;
	int err;

	err = route_number(r, dialled, number);
	if (err)
		return CAUSE_INVALID_NUMBER;
	snprintf(endpoint, sizeof(endpoint), "PRI/%s/%s", r->group, number);
	params.endpoint = endpoint;
	params.request.complete = true;
	params.request.bearer = p->bearer;
	params.request.timeout_ms = (unsigned int)r->answer_timeout;
	err = channel_connect(ch, &params, &reason);
	if (!err)
		return 0;	/* connect is the controller now */
	log_info("%s to %s: %s", channel_name(ch), endpoint, reason ? reason : strerror(-err));
	return leg_errno_cause(err);
}

static void path_make(const char *dir, const char *name, char *path, size_t len)
{
	const char *suffix = strrchr(name, '.') ? "" : ".wav";

	if (*name == '/')
		snprintf(path, len, "%s%s", name, suffix);
	else
		snprintf(path, len, "%s/%s%s", dir, name, suffix);
}

static void talk(struct plan *p, struct channel *ch, enum talk_kind kind, const char *dir,
		 const char *name)
{
	char path[2 * CONF_PATH_MAX + 8];
	struct talk_params params = { .kind = (uint8_t)kind, .path = path,
				      .repeat = (unsigned int)p->route->repeat,
				      .hangup = kind == TALK_PLAY && p->route->hangup };
	int err;

	path_make(dir, name, path, sizeof(path));
	err = talk_start(ch, &params);
	if (!err)
		return;
	log_warn_errno(err, "%s: %s", channel_name(ch), path);
	if (params.hangup)
		channel_post_hangup(ch, CAUSE_TEMPORARY);
}

/* The call is answered: fill the line. */
static void do_answered(struct plan *p, struct channel *ch)
{
	const struct conf_route *r = p->route;

	if (*r->record)
		talk(p, ch, TALK_RECORD_RX, p->conf->recordings, r->record);
	if (*r->play)
		talk(p, ch, TALK_PLAY, p->conf->sounds, r->play);
	if (r->echo)
		talk(p, ch, TALK_ECHO, "", "");
}

static int do_answer(struct plan *p, struct channel *ch)
{
	bool up = channel_state(ch) == CHAN_UP;
	int err = up ? 0 : channel_answer(ch);

	if (err)
		return CAUSE_TEMPORARY;
	channel_set_controller(ch, &p->ctl);
	if (up)
		do_answered(p, ch);
	return 0;
}

static int do_app(struct plan *p, struct channel *ch)
{
	int (*take)(struct channel *ch, const char *app) = atomic_load(&app_take);
	int err;

	if (!take)
		return CAUSE_NO_SERVICE;
	err = take(ch, p->route->app);
	if (err != -ENOENT)
		return err ? leg_errno_cause(err) : 0;
	log_notice("%s: application %s is not there: the call is refused with cause %d",
		   channel_name(ch), p->route->app, p->route->cause);
	return p->route->cause;
}

static int route_run(struct plan *p, struct channel *ch, const char *dialled)
{
	log_info("%s: call from '%s' to '%s' takes route %s%s", channel_name(ch),
		 channel_caller(ch)->number, dialled, p->route->match,
		 p->route->prefix ? "*" : "");
	switch (p->route->action) {
	case CONF_BRIDGE:
		return do_bridge(p, ch, dialled);
	case CONF_ANSWER:
		return do_answer(p, ch);
	case CONF_APP:
		return do_app(p, ch);
	default:
		return p->route->cause;
	}
}

/* --- looking up -------------------- */

static unsigned int overlap_ms(const struct plan *p)
{
	const struct conf_group *g = conf_group_find(p->conf, p->from);

	return g ? (unsigned int)g->overlap_timeout : OVERLAP_MS;
}

/*
 * @last: no further digit will come, or none came in time. 0: on its way, or waiting for digits; or
 * a cause to refuse with, and nothing changed.
 */
static int look_up(struct plan *p, struct channel *ch, const char *dialled, bool last)
{
	const struct conf_route *r;
	enum route_verdict v = route_find(p->conf, p->from, dialled, &r);

	if (!last && (v == ROUTE_MORE || v == ROUTE_MATCH_MORE)) {
		if (!ttimer_start(&timer_sched, &p->timer, overlap_ms(p) * NSEC_PER_MSEC))
			return 0;
		log_warn("%s: no memory to wait for digits", channel_name(ch));
	}
	ttimer_cancel(&timer_sched, &p->timer);
	if (!r) {
		log_info("%s: call from '%s' to '%s' has no route", channel_name(ch),
			 channel_caller(ch)->number, dialled);
		return v == ROUTE_MORE ? CAUSE_INVALID_NUMBER : CAUSE_NO_ROUTE;
	}
	p->route = r;
	return route_run(p, ch, dialled);
}

/* Of a call that is the plan's already. */
static void decide(struct plan *p, struct channel *ch, bool last)
{
	int cause = look_up(p, ch, channel_exten(ch), last);

	if (cause)
		channel_hangup(ch, cause);
}

static void timer_fired(struct ttimer *t)
{
	struct plan *p = container_of(t, struct plan, timer);
	uint32_t no = 0;

	if (!atomic_cas(&p->work_queued, &no, 1))
		return;
	ref_get(&p->ref);
	channel_post_work(p->ch, &p->work);
}

static int timeout_fn(struct channel_work *work, struct channel *ch)
{
	struct plan *p = container_of(work, struct plan, work);

	atomic_store(&p->work_queued, 0);
	if (channel_controller(ch) == &p->ctl && !p->route)
		decide(p, ch, true);
	return 0;
}

static void timeout_done(struct channel_work *work, int err)
{
	(void)err;
	ref_put(&container_of(work, struct plan, work)->ref);
}

static void notice(struct controller *ctl, struct channel *ch, enum notice n,
		   const struct leg_signal *sig)
{
	struct plan *p = container_of(ctl, struct plan, ctl);

	(void)sig;
	if ((n == NOTICE_INCOMING || n == NOTICE_DIGITS) && !p->route)
		decide(p, ch, false);
	else if (n == NOTICE_ANSWERED && p->route && p->route->action == CONF_ANSWER)
		do_answered(p, ch);
}

static int attach(struct channel *ch, const struct leg_signal *sig)
{
	struct conf *conf = conf_now();
	const char *label = channel_leg(ch)->label;
	size_t len = strcspn(label, "/");
	struct plan *p;
	int cause;

	if (!conf)
		return CAUSE_OUT_OF_ORDER;
	p = calloc(1, sizeof(*p));
	if (!p) {
		conf_put(conf);
		return CAUSE_CONGESTION;
	}
	ref_init(&p->ref, plan_release);
	p->ctl = (struct controller){ .name = "dialplan", .notice = notice, .detach = detach };
	channel_get(ch);
	p->ch = ch;
	p->conf = conf;
	text_set(p->from, len + 1 < sizeof(p->from) ? len + 1 : sizeof(p->from), label);
	p->bearer = sig->u.call.bearer;
	ttimer_init(&p->timer, timer_fired, &p->ref);
	p->work.fn = timeout_fn;
	p->work.done = timeout_done;
	if (!sig->u.call.complete) {
		channel_set_controller(ch, &p->ctl);
		return 0;
	}
	/* All is known: refuse before anything changes, for the call may have something to lose. */
	cause = look_up(p, ch, sig->u.call.called, true);
	if (channel_controller(ch) != &p->ctl)
		ref_put(&p->ref);
	return cause;
}

void dialplan_init(void)
{
	tlock_init(&conf_lock, TLOCK_QUEUE_CONFIG, 0);
	channel_set_default_controller(attach);
}

void dialplan_exit(void)
{
	channel_set_default_controller(NULL);
	dialplan_set(NULL);
	tlock_destroy(&conf_lock);
}

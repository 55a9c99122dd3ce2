// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/telephony/world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/call/bridge.h"
#include "daemon/call/event.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "daemon/group/group_priv.h"
#include "daemon/media/media.h"
#include "daemon/media/talk.h"
#include "tests/unit/telephony/cable.h"

#define CALLS 8192

static struct world_call *calls;
static uint32_t ncalls;		/* atomic */
static uint32_t next_incoming;	/* the test's thread */
static pthread_mutex_t digits_lock = PTHREAD_MUTEX_INITIALIZER; /* the digits of all calls */

static struct world_call *call_new(void)
{
	uint32_t i = atomic_add(&ncalls, 1) - 1;

	if (i >= CALLS)
		abort();
	return &calls[i];
}

static void notice(struct controller *ctl, struct channel *ch, enum notice n,
		   const struct leg_signal *sig)
{
	struct world_call *c = container_of(ctl, struct world_call, ctl);

	pthread_mutex_lock(&digits_lock);
	if (n == NOTICE_DIGITS)
		snprintf(c->digits, sizeof(c->digits), "%s", channel_exten(ch));
	if (n == NOTICE_DTMF && strlen(c->digits) + 1 < sizeof(c->digits))
		strcat(c->digits, sig->u.digits);
	pthread_mutex_unlock(&digits_lock);
	if (n == NOTICE_MEDIA)
		atomic_store(&c->media, 1);
	if (n == NOTICE_ENDING) {
		c->cause = channel_cause(ch);
		atomic_store(&c->ended, 1);
	}
	atomic_store(&c->state, channel_state(ch));
	atomic_add(&c->notices, 1);
}

static void detach(struct controller *ctl, struct channel *ch)
{
	(void)ch;
	atomic_store(&container_of(ctl, struct world_call, ctl)->detached, 1);
}

static void call_init(struct world_call *c, struct channel *ch, bool incoming)
{
	c->ctl = (struct controller){ .name = "world", .notice = notice, .detach = detach };
	channel_get(ch);
	c->ch = ch;
	c->incoming = incoming;
	snprintf(c->name, sizeof(c->name), "%s", channel_name(ch));
}

static int attach(struct channel *ch, const struct leg_signal *sig)
{
	struct world_call *c = call_new();

	call_init(c, ch, true);
	snprintf(c->called, sizeof(c->called), "%s", sig->u.call.called);
	snprintf(c->caller, sizeof(c->caller), "%s", sig->u.call.caller.number);
	channel_set_controller(ch, &c->ctl);
	atomic_store(&c->used, 1);
	return 0;
}

int world_init(void **state)
{
	(void)state;
	log_init(getenv("WORLD_LOG") ? (enum log_level)atoi(getenv("WORLD_LOG")) : LOG_LVL_ERROR);
	calls = calloc(CALLS, sizeof(*calls));
	tthread_enter(TTHREAD_USER);
	if (serializer_pool_start(1, 0) || timer_thread_start() || event_start() ||
	    channels_init() || bridges_init() || media_start(0) || talk_init())
		return -1;
	channel_set_default_controller(attach);
	return 0;
}

static uint32_t unsubscribed;

static void sub_gone(struct event_sub *sub)
{
	(void)sub;
	atomic_store(&unsubscribed, 1);
}

void world_subscribe(struct event_sub *sub)
{
	sub->gone = sub_gone;
	event_subscribe(sub, EVENT_ALL);
}

void world_unsubscribe(struct event_sub *sub)
{
	atomic_store(&unsubscribed, 0);
	event_unsubscribe(sub);
	for (int i = 0; i < PATIENCE && !atomic_load(&unsubscribed); i++)
		usleep(1000);
}

int world_exit(void **state)
{
	int err;

	(void)state;
	err = serializer_pool_stop(PATIENCE * NSEC_PER_MSEC);
	talk_exit();
	media_stop();
	event_stop();
	timer_thread_stop();
	trcu_barrier();
	err |= bridges_exit();
	err |= channels_exit();
	trcu_barrier();
	tthread_leave();
	free(calls);
	return err;
}

static void ready_check(const struct group_info *i, void *arg)
{
	if (group_ready(i->name) != 1)
		*(int *)arg = 0;
}

int world_start(const char *text)
{
	struct conf_errors errs = { 0 };
	struct conf *conf;
	int err;

	if (conf_parse(text, strlen(text), &conf, &errs)) {
		for (; errs.first; errs.first = errs.first->next)
			fprintf(stderr, "%d: %s\n", errs.first->line, errs.first->text);
		return -1;
	}
	err = groups_start(conf, cable_plant_open);
	conf_put(conf);
	return err;
}

int world_up(const char *text)
{
	int i, ready = 0;

	if (world_start(text))
		return -1;
	/* Not PATIENCE, which is short where one knows what will not come: the set-up does. */
	for (i = 0; i < 4000 && !ready; i++) {
		ready = 1;
		groups_info(ready_check, &ready);
		usleep(5000);
	}
	return ready ? 0 : -1;
}

int world_down(void)
{
	uint32_t i, n = atomic_load(&ncalls);
	int left = 0;

	groups_stop();
	serializer_pool_drain(PATIENCE * NSEC_PER_MSEC);
	for (i = 0; i < n; i++) {
		if (calls[i].ch && !atomic_load(&calls[i].ended)) {
			fprintf(stderr, "%s never ended\n", calls[i].name);
			left++;
		}
		if (calls[i].ch)
			channel_put(calls[i].ch);
	}
	memset(calls, 0, sizeof(*calls) * n);
	atomic_store(&ncalls, 0);
	next_incoming = 0;
	cable_reset();
	trcu_barrier();
	return left ? -1 : 0;
}

/* The controller is set in a task before the call is dialled. */
struct set_work {
	struct channel_work work;
	struct world_call *call;
};

static int set_fn(struct channel_work *work, struct channel *ch)
{
	struct set_work *w = container_of(work, struct set_work, work);

	channel_set_controller(ch, &w->call->ctl);
	atomic_store(&w->call->used, 1);
	return channel_dial(ch);
}

static void set_done(struct channel_work *work, int err)
{
	struct set_work *w = container_of(work, struct set_work, work);

	if (err) {
		atomic_store(&w->call->ended, 1);
		channel_post_hangup(w->call->ch, 41);
	}
	free(w);
}

static int dial(const char *endpoint, const char *caller, bool complete, struct world_call **out,
		const char **reason)
{
	struct leg_request req = { .complete = complete, .bearer = MEDIA_ALAW };
	struct channel_params params = { .exten = "2001" };
	struct set_work *w;
	struct channel *ch;
	int err;

	snprintf(req.caller.number, sizeof(req.caller.number), "%s", caller);
	req.caller.npi = 1;
	err = channel_originate(endpoint, &req, &params, &ch, reason);
	if (err)
		return err;
	w = calloc(1, sizeof(*w));
	w->call = call_new();
	call_init(w->call, ch, false);
	w->work.fn = set_fn;
	w->work.done = set_done;
	*out = w->call;
	channel_post_work(ch, &w->work);
	channel_put(ch);
	return 0;
}

struct world_call *world_dial(const char *endpoint, const char *caller)
{
	struct world_call *c = NULL;
	const char *reason = NULL;
	int err = dial(endpoint, caller, true, &c, &reason);

	if (err)
		fprintf(stderr, "%s: %d %s\n", endpoint, err, reason ? reason : "");
	return c;
}

struct world_call *world_dial_overlap(const char *endpoint)
{
	struct world_call *c = NULL;
	const char *reason;

	return dial(endpoint, "", false, &c, &reason) ? NULL : c;
}

struct world_call *world_try(const char *endpoint, const char **reason)
{
	struct world_call *c = NULL;

	return dial(endpoint, "", true, &c, reason) ? NULL : c;
}

int world_dial_err(const char *endpoint, const char **reason)
{
	struct world_call *c;

	return dial(endpoint, "", true, &c, reason);
}

struct world_call *world_incoming(int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;

	do {
		while (next_incoming < atomic_load(&ncalls)) {
			struct world_call *c = &calls[next_incoming];

			if (!atomic_load(&c->used))
				break;
			next_incoming++;
			if (c->incoming)
				return c;
		}
		usleep(500);
	} while (tnow() < until);
	return NULL;
}

enum order { ORDER_PROCEEDING, ORDER_RINGING, ORDER_ANSWER, ORDER_DIGITS, ORDER_HANGUP };

struct order_work {
	struct channel_work work;
	enum order order;
	int cause;
	char digits[32];
};

static int order_fn(struct channel_work *work, struct channel *ch)
{
	struct order_work *w = container_of(work, struct order_work, work);

	switch (w->order) {
	case ORDER_PROCEEDING:
		return channel_proceeding(ch);
	case ORDER_RINGING:
		return channel_ringing(ch);
	case ORDER_ANSWER:
		return channel_answer(ch);
	case ORDER_DIGITS:
		return channel_send_digits(ch, w->digits);
	default:
		channel_hangup(ch, w->cause);
		return 0;
	}
}

static void order_done(struct channel_work *work, int err)
{
	(void)err;
	free(container_of(work, struct order_work, work));
}

static void order_digits(struct world_call *c, enum order what, int cause, const char *digits)
{
	struct order_work *w = calloc(1, sizeof(*w));

	w->work.fn = order_fn;
	w->work.done = order_done;
	w->order = what;
	w->cause = cause;
	snprintf(w->digits, sizeof(w->digits), "%s", digits);
	channel_post_work(c->ch, &w->work);
}

static void order(struct world_call *c, enum order what, int cause)
{
	order_digits(c, what, cause, "");
}

void world_digits(struct world_call *c, const char *digits)
{
	order_digits(c, ORDER_DIGITS, 0, digits);
}

void world_proceeding(struct world_call *c)
{
	order(c, ORDER_PROCEEDING, 0);
}

void world_ringing(struct world_call *c)
{
	order(c, ORDER_RINGING, 0);
}

void world_answer(struct world_call *c)
{
	order(c, ORDER_ANSWER, 0);
}

void world_hangup(struct world_call *c, int cause)
{
	order(c, ORDER_HANGUP, cause);
}

int world_wait_state(struct world_call *c, enum channel_state state, int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;
	struct channel_info info;

	do {
		channel_info_read(c->ch, &info);
		if (info.state == state)
			return 0;
		if (info.state > state)
			break;
		usleep(500);
	} while (tnow() < until);
	fprintf(stderr, "%s: in state %s, cause %d\n", c->name,
		channel_state_name((enum channel_state)info.state), info.cause);
	return -1;
}

bool world_has_digits(struct world_call *c, const char *digits)
{
	bool has;

	pthread_mutex_lock(&digits_lock);
	has = !strcmp(c->digits, digits);
	pthread_mutex_unlock(&digits_lock);
	return has;
}

int world_wait_end(struct world_call *c, int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;

	do {
		if (atomic_load(&c->ended))
			return c->cause;
		usleep(500);
	} while (tnow() < until);
	return -1;
}

int world_wait_gone(struct world_call *c, int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;
	struct channel *ch;

	do {
		ch = channel_by_name(c->name);
		if (!ch)
			return 0;
		channel_put(ch);
		usleep(200);
	} while (tnow() < until);
	return -1;
}

static void idle_check(const struct group_info *i, void *arg)
{
	if (i->calls || i->slots.busy || i->slots.resetting)
		*(int *)arg = 0;
}

int world_all_idle(int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;
	int idle;

	do {
		idle = 1;
		groups_info(idle_check, &idle);
		if (idle)
			return 0;
		usleep(1000);
	} while (tnow() < until);
	return -1;
}

struct blocked {
	const char *group;
	int count;
};

static void blocked_read(const struct group_info *i, void *arg)
{
	struct blocked *b = arg;

	if (!strcmp(i->name, b->group))
		b->count = (int)i->slots.blocked;
}

int world_blocked(const char *group)
{
	struct blocked b = { group, -1 };

	groups_info(blocked_read, &b);
	return b.count;
}

struct active {
	const char *group;
	int index;
};

static void active_read(const struct group_info *i, void *arg)
{
	struct active *a = arg;

	if (!strcmp(i->name, a->group))
		a->index = i->active_dchan;
}

int world_wait_active(const char *group, int index, int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;
	struct active a = { group, -3 };

	do {
		groups_info(active_read, &a);
		if (a.index == index)
			return 0;
		usleep(2000);
	} while (tnow() < until);
	return -1;
}

struct links {
	const char *group;
	uint32_t mask;
};

static void links_read(const struct group_info *i, void *arg)
{
	struct links *l = arg;

	if (!strcmp(i->name, l->group))
		l->mask = i->dchans_up;
}

int world_wait_links(const char *group, uint32_t mask, int ms)
{
	uint64_t until = tnow() + (uint64_t)ms * NSEC_PER_MSEC;
	struct links l = { group, ~0u };

	do {
		groups_info(links_read, &l);
		if (l.mask == mask)
			return 0;
		usleep(2000);
	} while (tnow() < until);
	return -1;
}

struct restart_msg {
	struct group_msg msg;
	int channel;
	uint32_t done;
};

static void restart_run(struct group *g, struct group_msg *msg)
{
	struct restart_msg *m = container_of(msg, struct restart_msg, msg);

	pri_reset(pri_active(g), m->channel);
	pri_dch_flush(&g->dch[0]);
	atomic_store(&m->done, 1);
}

int world_restart(const char *group, int iface, int slot)
{
	struct restart_msg m = { .msg.fn = restart_run };
	struct group *g = group_find(group);

	if (!g)
		return -1;
	m.channel = g->cfg->nspans > 1 ? slot | iface << 8 | 1 << 16 : slot;
	group_post(g, &m.msg);
	while (!atomic_load(&m.done))
		usleep(500);
	ref_put(&g->ref);
	return 0;
}

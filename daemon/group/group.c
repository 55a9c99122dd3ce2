// SPDX-License-Identifier: GPL-2.0-or-later
/* Trunk groups: their threads and mailboxes. The list of groups is in groups.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/group/group_internal.h"

#define CLEAR_NS	(1500 * NSEC_PER_MSEC)	/* how long a stop waits for the far end */

static void messages_run(struct group *g, struct mpsc *box)
{
	struct mpsc_node *node = mpsc_take(box), *next;

	for (; node; node = next) {
		struct group_msg *msg = container_of(node, struct group_msg, node);

		next = node->next;
		msg->fn(g, msg);
	}
}

static void mailbox_run(struct group *g)
{
	messages_run(g, &g->mailbox);
	messages_run(g, &g->quiet);
}

static void ring(struct group *g)
{
	uint64_t one = 1;

	/* Nobody reads it: each write is an edge. To overflow it takes longer than any group lives. */
	if (write(g->doorbell, &one, sizeof(one)) < 0)
		return;
}

void group_post(struct group *g, struct group_msg *msg)
{
	bool first = mpsc_push(&g->mailbox, &msg->node);

	/*
	 * A leg may outlive its group's thread. Whoever posts then runs the mailbox in place:
	 * taking it is atomic, and all that is left to do is to say that nothing is on the line.
	 */
	if (atomic_load(&g->ended))
		mailbox_run(g);
	else if (first)
		ring(g);
}

void group_post_quietly(struct group *g, struct group_msg *msg)
{
	mpsc_push(&g->quiet, &msg->node);
	if (atomic_load(&g->ended))
		mailbox_run(g);
}

static void news_read(struct group *g)
{
	struct plant_news news;

	while (g->plant->ops->news_next(g->plant, &news) > 0)
		pri_span_news(g, &news);
}

/*
 * Wakes us when a timer of ours or of libpri's is due. Nearly all are cancelled before, and others
 * end later: the alarm stays as it is unless it would come too late, and comes in vain now and then.
 */
static void alarm_set(struct group *g)
{
	uint64_t ns = tsched_run(&g->sched), now = tnow(), at;
	int ms = ns > 3600 * NSEC_PER_SEC ? -1 : (int)((ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
	struct itimerspec spec = { 0 };

	ms = pri_dch_timeout(g, ms);
	at = ms < 0 ? UINT64_MAX : now + (uint64_t)ms * NSEC_PER_MSEC;
	/* libpri's times are in milliseconds, and rounded anew each time. */
	if (at == UINT64_MAX || (g->alarm_at > now && at + NSEC_PER_MSEC >= g->alarm_at))
		return;
	spec.it_value.tv_sec = (time_t)(at / NSEC_PER_SEC);
	spec.it_value.tv_nsec = (long)(at % NSEC_PER_SEC);
	timerfd_settime(g->alarm, TFD_TIMER_ABSTIME, &spec, NULL);
	g->alarm_at = at;
}

/* A D-channel is left out while it is muted: errors cannot be. */
static void dch_watch(struct group *g, struct pri_dch *d)
{
	uint32_t out = d->head != d->tail ? EPOLLOUT : 0;
	struct epoll_event e = { .events = d->muted ? 0 : EPOLLIN | out, .data.ptr = d };
	int how = !e.events ? EPOLL_CTL_DEL : d->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	/* One that is closed was left out before. */
	if (!d->dchan || e.events == d->watched)
		return;
	if (epoll_ctl(g->epoll, how, d->dchan->fd, &e))
		log_warn_errno(-errno, "%s: D-channel %d is not listened to", g->cfg->name,
			       d->index + 1);
	else
		d->watched = e.events;
}

static void dch_events(struct pri_dch *d, uint32_t events)
{
	if (events & EPOLLOUT)
		pri_dch_flush(d);
	if (events & ~(uint32_t)EPOLLOUT)
		pri_dch_input(d);
	if (events & EPOLLERR)
		pri_dch_mute(d);
}

/* Of what is waited for: doorbell and alarm have no pointer, the news have the group's. */
static void group_wait(struct group *g)
{
	struct epoll_event events[CONF_DCHANS_MAX + 3];
	int i, n;

	alarm_set(g);	/* first: what its timers send is to be waited for */
	for (i = 0; i < g->ndch; i++)
		dch_watch(g, &g->dch[i]);
	n = epoll_wait(g->epoll, events, ARRAY_SIZE(events), -1);
	for (i = 0; i < n; i++)
		if (events[i].data.ptr == g)
			news_read(g);
	for (i = 0; i < n; i++)
		if (events[i].data.ptr && events[i].data.ptr != g)
			dch_events(events[i].data.ptr, events[i].events);
}

static void legs_hangup(struct group *g)
{
	struct pri_leg *l, *next;

	for (l = g->legs; l; l = next) {
		next = l->next;
		pri_leg_hangup(l, PRI_CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

static void legs_drop(struct group *g)
{
	struct pri_leg *l, *next;

	for (l = g->legs; l; l = next) {
		next = l->next;
		pri_leg_drop(l, PRI_CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

/* No leg is on the line, and none waits for us to forget it. */
static bool is_empty(const struct group *g)
{
	return !atomic_load(&g->nlegs) && !g->legs;
}

static void group_thread(void *arg)
{
	struct group *g = arg;
	uint64_t until = 0;
	int rounds = 0;

	pri_dch_open(g);
	if (g->plant->ops->news_fd(g->plant) >= 0)
		news_read(g);
	for (;;) {
		mailbox_run(g);
		pri_dch_timers(g);
		if (g->stopping && !until) {
			until = tnow() + CLEAR_NS;
			legs_hangup(g);
			pri_dch_timers(g);
		}
		if (g->stopping && (is_empty(g) || tnow() > until)) {
			/* First without messages, then without waiting for the core either. */
			if (is_empty(g) || rounds++)
				break;
			until = tnow() + CLEAR_NS;
			legs_drop(g);
		}
		if (g->stopping && ttimer_start(&g->sched, &g->stop_timer, 50 * NSEC_PER_MSEC))
			break;
		group_wait(g);
	}
	pri_dch_close(g);
}

static void stop_tick(struct ttimer *t)
{
	(void)t;	/* it only ends the poll */
}

static void reopen_fired(struct ttimer *t)
{
	pri_dch_open(container_of(t, struct group, reopen));
}

static void group_free(struct rcu_head *head)
{
	struct group *g = container_of(head, struct group, rcu);

	tsched_exit(&g->sched);
	bchan_exit(&g->slots);
	conf_put(g->conf);
	free(g);
}

static void group_release(struct ref *ref)
{
	struct group *g = container_of(ref, struct group, ref);

	trcu_free(&g->rcu, group_free);
}

static int group_init(struct group *g, struct conf *conf, const struct conf_group *cfg)
{
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	int err = tsched_init(&g->sched);

	if (err)
		return err;
	ref_init(&g->ref, group_release);
	g->conf = conf_get(conf);
	g->cfg = cfg;
	g->active = -1;
	g->capture.fd = -1;
	bchan_init(&g->slots, cfg);
	group_service_load(g);
	ttimer_init(&g->reopen, reopen_fired, &g->ref);
	ttimer_init(&g->stop_timer, stop_tick, &g->ref);
	pri_span_init(g);
	pri_restart_init(g);
	pri_service_init(g);
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	g->doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	g->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (g->epoll < 0 || g->doorbell < 0 || g->alarm < 0 ||
	    epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->doorbell, &edge) ||
	    epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->alarm, &edge))
		return -errno;
	return 0;
}

/* The plant is there. */
static int news_watch(struct group *g)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = g };
	int fd = g->plant->ops->news_fd(g->plant);

	return fd >= 0 && epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

/* What must not outlive the group's thread; legs may still hold the rest. */
static void group_close(struct group *g)
{
	if (g->plant)
		g->plant->ops->close(g->plant);
	g->plant = NULL;
	if (g->capturing)
		capture_close(&g->capture);
	g->capturing = false;
	if (g->doorbell >= 0)
		close(g->doorbell);
	g->doorbell = -1;
	if (g->alarm >= 0)
		close(g->alarm);
	if (g->epoll >= 0)
		close(g->epoll);
	g->alarm = g->epoll = -1;
	ttimer_cancel(&g->sched, &g->reopen);
	ttimer_cancel(&g->sched, &g->t309);
	ttimer_cancel(&g->sched, &g->reset_timer);
	ttimer_cancel(&g->sched, &g->service_timer);
	ttimer_cancel(&g->sched, &g->stop_timer);
	pri_span_exit(g);
}

int group_create(struct conf *conf, const struct conf_group *cfg, plant_open_fn open,
		 struct group **out)
{
	struct group *g = calloc(1, sizeof(*g));
	int err;

	*out = NULL;
	if (!g)
		return -ENOMEM;
	err = group_init(g, conf, cfg);
	if (!err && *cfg->capture) {
		err = capture_open(&g->capture, cfg->capture, cfg->name, cfg->side == CONF_NETWORK);
		g->capturing = !err;
		if (err)
			log_error_errno(err, "%s: capture to %s", cfg->name, cfg->capture);
	}
	if (!err)
		err = open(cfg, &g->plant);
	if (!err)
		err = news_watch(g);
	if (!err)
		err = pri_dch_create(g);
	if (!err)
		err = tthread_start(&g->thread, TTHREAD_GROUP, cfg->name, group_thread, g);
	if (err) {
		log_error_errno(err, "group %s cannot be started", cfg->name);
		atomic_store(&g->ended, true);
		if (g->conf)
			group_close(g);
		if (g->conf)
			ref_put(&g->ref);
		else
			free(g);
		return err;
	}
	*out = g;
	return 0;
}

struct stop_msg {
	struct group_msg msg;
};

static void stop_run(struct group *g, struct group_msg *msg)
{
	(void)msg;
	g->stopping = true;
}

void group_stop(struct group *g)
{
	struct stop_msg stop = { .msg.fn = stop_run };

	atomic_store(&g->closing, true);
	group_post(g, &stop.msg);
	tthread_join(&g->thread);
	atomic_store(&g->ended, true);
	mailbox_run(g);
	if (atomic_load(&g->nlegs))
		log_warn("%s: %u of its legs were not released in time", g->cfg->name,
			 atomic_load(&g->nlegs));
	group_close(g);
	ref_put(&g->ref);
}


// SPDX-License-Identifier: GPL-2.0-or-later
/* The media thread: its mailbox, its clock domains, and what happens in a period. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "daemon/media/line.h"

#define BLOCK		8	/* the line takes 8 frames at once: the kernel's TDM_BLOCK_FRAMES */
#define LATE_MAX	4	/* periods in a row before the delay grows */
#define EVENTS_MAX	64	/* told of at once; what they are is looked at anyway */
#define IDLE_MS		1000	/* without a doorbell and a period */
#define DOWN_MS		50	/* how often a span that is down is looked at */
#define STOP_NS		(2 * NSEC_PER_SEC) /* how long a stop waits for claims */

__thread struct media_now media_now;
struct media_thread media_thread = { .doorbell = -1, .epoll = -1 };
static struct tthread thread;

static void mailbox_run(struct media_thread *t)
{
	struct mpsc_node *node = mpsc_take(&t->mailbox), *next;

	for (; node; node = next) {
		struct media_msg *msg = container_of(node, struct media_msg, node);

		next = node->next;
		msg->fn(t, msg);
	}
}

void media_wake(struct media_thread *t)
{
	uint64_t one = 1;

	/* Nobody reads it: each write is an edge. */
	if (write(t->doorbell, &one, sizeof(one)) < 0)
		return;
}

static void post(struct media_msg *msg, void (*fn)(struct media_thread *, struct media_msg *))
{
	msg->fn = fn;
	if (mpsc_push(&media_thread.mailbox, &msg->node))
		media_wake(&media_thread);
}

void media_claim(struct media_claim *claim)
{
	post(&claim->msg_claim, media_slot_claim);
}

void media_unclaim(struct media_claim *claim)
{
	post(&claim->msg_unclaim, media_slot_unclaim);
}

/* --- lines and domains -------------------- */

static struct media_domain *domain_get(struct media_thread *t, const struct media_line *l)
{
	struct media_domain *d;

	/*
	 * Lines of one card with different periods cannot go in lockstep: each period is a domain.
	 */
	for (d = t->domains; d; d = d->next)
		if (d->card == l->card && d->period == l->period)
			return d;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->card = l->card;
	d->period = l->period;
	d->next = t->domains;
	t->domains = d;
	return d;
}

static void line_add(struct media_thread *t, struct media_msg *msg)
{
	struct media_line *l = container_of(msg, struct media_line, msg_add);
	struct media_domain *d = domain_get(t, l);
	unsigned int i;

	for (i = 0; i < LINE_SLOTS; i++)
		l->slot[i].line = l;
	l->domain = d;
	if (!d) {
		log_error("no memory to serve a line: its slots stay silent");
		atomic_store(&l->gone, true);
		return;
	}
	l->next = d->lines;
	d->lines = l;
	atomic_inc_relaxed(&t->stats.lines);
}

static void line_close(struct media_thread *t, struct media_line *l)
{
	struct media_domain *d = l->domain, **dp;
	struct media_line **lp;

	if (d) {
		for (lp = &d->lines; *lp != l; lp = &(*lp)->next)
			;
		*lp = l->next;
		atomic_store_relaxed(&t->stats.lines, t->stats.lines - 1);
		if (!d->lines) {
			for (dp = &t->domains; *dp; dp = &(*dp)->next)
				if (*dp == d) {
					*dp = d->next;
					break;
				}
			free(d);
		}
	}
	if (l->watched)
		epoll_ctl(t->epoll, EPOLL_CTL_DEL, l->fd, NULL);
	l->ops->close(l);
}

/* Lines that were dropped, and whose last claim is gone, are closed between two periods. */
static void lines_sweep(struct media_thread *t)
{
	struct media_domain *d, *dnext;
	struct media_line *l, *lnext;

	for (d = t->domains; d; d = dnext) {
		dnext = d->next;
		for (l = d->lines; l; l = lnext) {
			lnext = l->next;
			if (l->dropped && !l->claims)
				line_close(t, l);
		}
	}
}

static void line_dropped(struct media_thread *t, struct media_msg *msg)
{
	struct media_line *l = container_of(msg, struct media_line, msg_drop);

	l->dropped = true;
	if (!l->domain && !l->claims)
		line_close(t, l);
}

void media_line_add(struct media_line *line)
{
	post(&line->msg_add, line_add);
}

void media_line_drop(struct media_line *line)
{
	post(&line->msg_drop, line_dropped);
}

/* --- periods -------------------- */

static void line_is_gone(struct media_thread *t, struct media_line *l)
{
	unsigned int i;

	if (atomic_load_relaxed(&l->gone))
		return;
	atomic_store(&l->gone, true);
	log_warn("span %u: its card is gone", l->span);
	for (i = 0; i < LINE_SLOTS; i++)
		if (l->slot[i].claim)
			media_slot_lost(t, &l->slot[i]);
}

/* Reads all positions once. How far every running line has received; 0: none runs. */
static uint64_t domain_pos(struct media_thread *t, struct media_domain *d, uint64_t *tx)
{
	struct media_line *l;
	uint64_t rx = 0;

	*tx = 0;
	for (l = d->lines; l; l = l->next) {
		l->ops->pos(l, &l->pos);
		if (l->pos.gone)
			line_is_gone(t, l);
		if (!l->pos.running || l->pos.gone)
			continue;
		if (!rx || l->pos.rx_frame < rx)
			rx = l->pos.rx_frame;
		if (l->pos.tx_frame > *tx)
			*tx = l->pos.tx_frame;
	}
	return rx;
}

static uint64_t round_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

static void domain_start(struct media_thread *t, struct media_domain *d, uint64_t rx, uint64_t tx)
{
	unsigned int slack = t->lead_ms ? t->lead_ms * 8 : d->period;

	d->started = true;
	d->rx_next = rx / d->period * d->period;
	d->delay = round_up(d->period + (tx > rx ? tx - rx : 0) + BLOCK + slack, BLOCK);
}

/* After a stop of the thread that was longer than the ring: what is lost is lost, and said. */
static void domain_catch_up(struct media_thread *t, struct media_domain *d, uint64_t rx)
{
	unsigned int ring = d->lines->ring;
	struct media_line *l;
	uint64_t next;
	unsigned int i;

	if (rx < d->rx_next + ring)
		return;
	next = (rx - d->period) / d->period * d->period;
	atomic_add_relaxed(&t->stats.overruns, next - d->rx_next);
	d->rx_next = next;
	for (l = d->lines; l; l = l->next)
		for (i = 0; i < LINE_SLOTS; i++)
			l->slot[i].gap = true;
}

static void domain_lateness(struct media_thread *t, struct media_domain *d, uint64_t tx)
{
	if (d->rx_next + d->delay >= tx + BLOCK) {
		d->late = 0;
		return;
	}
	atomic_inc_relaxed(&t->stats.late);
	if (++d->late < LATE_MAX)
		return;
	d->late = 0;
	d->delay += d->period;
	log_notice("card %u: the media thread is late again and again: delay raised to %u ms",
		   d->card, (unsigned int)(d->delay / 8));
}

static struct media_slot *first_of(struct media_line *l, uint32_t slots)
{
	return &l->slot[__builtin_ctz(slots)];
}

/* One period of all lines: all receive, then all send, with one view of each endpoint. */
static void domain_period(struct media_thread *t, struct media_domain *d, uint64_t tx)
{
	struct media_line *l;
	uint32_t slots;

	domain_lateness(t, d, tx);
	trcu_read_lock();
	for (l = d->lines; l; l = l->next)
		for (slots = l->claimed; slots; slots &= slots - 1)
			media_slot_receive(t, first_of(l, slots), d->rx_next, d->period);
	for (l = d->lines; l; l = l->next)
		for (slots = l->claimed; slots; slots &= slots - 1)
			media_slot_send(t, first_of(l, slots), d->rx_next + d->delay, d->period);
	trcu_read_unlock();
	d->rx_next += d->period;
	atomic_inc_relaxed(&t->stats.periods);
}

static void domain_run(struct media_thread *t, struct media_domain *d)
{
	struct media_line *l;
	uint64_t rx, tx;
	uint32_t slots;

	rx = domain_pos(t, d, &tx);
	if (!rx) {
		d->started = false;
		return;
	}
	if (!d->started)
		domain_start(t, d, rx, tx);
	domain_catch_up(t, d, rx);
	while (rx >= d->rx_next + d->period)
		domain_period(t, d, tx);
	for (l = d->lines; l; l = l->next) {
		l->ops->consumed(l, d->rx_next);
		for (slots = l->claimed; slots; slots &= slots - 1)
			if (first_of(l, slots)->undo)
				media_undo_poll(t, first_of(l, slots));
	}
}

/* The descriptor of a span that is down always has an error to report, so it is left out. */
static void line_watch(struct media_thread *t, struct media_line *l)
{
	struct epoll_event e = { .events = EPOLLIN };
	bool watch = l->pos.running && l->fd >= 0;

	if (watch == l->watched)
		return;
	if (epoll_ctl(t->epoll, watch ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, l->fd, &e))
		log_warn_errno(-errno, "span %u: its periods are not listened to", l->span);
	else
		l->watched = watch;
}

/*
 * Lines without a descriptor are looked at every millisecond: they belong to programs without a
 * kernel. One whose span is down is looked at now and then.
 */
static void wait_for(struct media_thread *t)
{
	struct epoll_event events[EVENTS_MAX];
	int timeout = IDLE_MS;
	struct media_domain *d;
	struct media_line *l;

	for (d = t->domains; d; d = d->next)
		for (l = d->lines; l; l = l->next) {
			line_watch(t, l);
			if (l->fd < 0)
				timeout = 1;
			else if (!l->watched && timeout > DOWN_MS)
				timeout = DOWN_MS;
		}
	lock_boundary_check(LOCK_ENTER_WAIT);
	epoll_wait(t->epoll, events, EVENTS_MAX, timeout);
}

static void media_run(void *arg)
{
	struct media_thread *t = arg;
	struct media_domain *d;

	while (!t->stopping || (t->domains && tnow() < t->stop_by)) {
		wait_for(t);
		mailbox_run(t);
		media_ops_run(t);
		for (d = t->domains; d; d = d->next)
			domain_run(t, d);
		lines_sweep(t);
	}
}

static void stop_run(struct media_thread *t, struct media_msg *msg)
{
	(void)msg;
	t->stopping = true;
	t->stop_by = tnow() + STOP_NS;
}

static void waiting_exit(struct media_thread *t)
{
	close(t->doorbell);
	close(t->epoll);
	t->doorbell = t->epoll = -1;
}

static int waiting_init(struct media_thread *t)
{
	struct epoll_event bell = { .events = EPOLLIN | EPOLLET };
	int err;

	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->epoll >= 0 && t->doorbell >= 0 &&
	    !epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->doorbell, &bell))
		return 0;
	err = -errno;
	waiting_exit(t);
	return err;
}

int media_start(unsigned int lead_ms)
{
	struct media_thread *t = &media_thread;
	int err;

	memset(t, 0, sizeof(*t));
	t->lead_ms = lead_ms;
	err = waiting_init(t);
	if (err)
		return err;
	t->thread = &thread;
	err = tthread_start(t->thread, TTHREAD_MEDIA, "media", media_run, t);
	if (err)
		waiting_exit(t);
	return err;
}

void media_stop(void)
{
	struct media_msg stop;

	if (media_thread.doorbell < 0)
		return;
	post(&stop, stop_run);
	tthread_join(media_thread.thread);
	if (media_thread.domains)
		log_error("media: some slots were not given back; the kernel will take them");
	waiting_exit(&media_thread);
}

void media_stats_read(struct media_stats *s)
{
	const struct media_stats *from = &media_thread.stats;

	s->lines = atomic_load_relaxed(&from->lines);
	s->claims = atomic_load_relaxed(&from->claims);
	s->connects = atomic_load_relaxed(&from->connects);
	s->periods = atomic_load_relaxed(&from->periods);
	s->late = atomic_load_relaxed(&from->late);
	s->overruns = atomic_load_relaxed(&from->overruns);
	s->slips = atomic_load_relaxed(&from->slips) + media_slips();
	s->starved = atomic_load_relaxed(&from->starved);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The D-channels of a trunk group: libpri's controllers, the frames to and from them, up and down.
 *
 * libpri's I/O callbacks only queue: a frame to send is put into the D-channel's queue, which the
 * group's thread writes out when libpri has returned; a received frame is lent to the read
 * callback by pri_dch_input().
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "daemon/core/log.h"
#include "daemon/sig/pri_leg.h"

#define REOPEN_NS	NSEC_PER_SEC
#define U_MASK		0xef	/* an unnumbered frame without P/F (Q.921 table 5) */
#define U_SABME		0x6f
#define T309_DEFAULT	(90 * NSEC_PER_SEC)	/* Q.931 table 9-1: any value; 90 s is usual */

static int io_read(struct pri *pri, void *buf, int len)
{
	struct pri_dch *d = pri_get_userdata(pri);
	const struct dch_frame *f = d->rx;

	if (!f || f->len + 2 > len)
		return 0;
	d->rx = NULL;
	memcpy(buf, f->data, f->len);
	memset((char *)buf + f->len, 0, 2);	/* libpri wants to see where an FCS was */
	return f->len + 2;
}

static int io_write(struct pri *pri, void *buf, int len)
{
	struct pri_dch *d = pri_get_userdata(pri);
	struct dch_frame *f;

	/*
	 * Without a line there is nobody to hear it; Q.921 sends again what matters. Only the
	 * newest unnumbered frame waits: libpri sends its first SABME when it is made, and a far
	 * end that hears none takes the link for up, while libpri drops all it says until T200.
	 */
	if (!d->dchan && (len < 5 || (((uint8_t *)buf)[2] & 3) != 3))
		return len;
	if (!d->dchan)
		d->head = d->tail;
	f = &d->queue[d->head % DCH_QUEUE];
	if (len < 2 || len - 2 > DCH_FRAME_MAX || d->head - d->tail == DCH_QUEUE) {
		atomic_inc_relaxed(&d->grp->frames_dropped);
		return len;
	}
	f->len = (uint16_t)(len - 2);
	memcpy(f->data, buf, f->len);
	d->head++;
	return len;
}

static void log_pri(struct pri *pri, char *text, bool error)
{
	struct pri_dch *d = pri ? pri_get_userdata(pri) : NULL;
	int len = (int)strcspn(text, "\n");

	if (!len)
		return;
	if (error)
		log_notice("%s: libpri: %.*s", d ? d->grp->cfg->name : "-", len, text);
	else
		log_debug("%s: libpri: %.*s", d ? d->grp->cfg->name : "-", len, text);
}

static void log_message(struct pri *pri, char *text)
{
	log_pri(pri, text, false);
}

static void log_trouble(struct pri *pri, char *text)
{
	log_pri(pri, text, true);
}

static void timers_set(struct pri *pri, const struct conf_group *c)
{
	const struct {
		int timer, ms;
	} set[] = {
		{ PRI_TIMER_T200, c->t200 }, { PRI_TIMER_T203, c->t203 },
		{ PRI_TIMER_T303, c->t303 }, { PRI_TIMER_T305, c->t305 },
		{ PRI_TIMER_T308, c->t308 }, { PRI_TIMER_T309, c->t309 },
		{ PRI_TIMER_T310, c->t310 }, { PRI_TIMER_T313, c->t313 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(set); i++)
		if (set[i].ms)
			pri_set_timer(pri, set[i].timer, set[i].ms);
}

static int iface_of(const struct conf_group *c, const struct conf_addr *a)
{
	int i;

	for (i = 0; i < c->nspans; i++)
		if (c->spans[i].port == a->port && !strcmp(c->spans[i].card, a->card))
			return i;
	return 0;
}

/*
 * libpri has no function that frees a struct pri, so those of stopped groups are kept here, where
 * they can be reached. The configuring thread only.
 */
static struct pri **parked;
static size_t nparked;

static int park(struct pri *pri)
{
	struct pri **p = realloc(parked, (nparked + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	parked = p;
	parked[nparked++] = pri;
	return 0;
}

int pri_dch_create(struct group *g)
{
	const struct conf_group *c = g->cfg;
	int i;

	pri_set_message(log_message);
	pri_set_error(log_trouble);
	g->ndch = c->ndchans;
	for (i = 0; i < g->ndch; i++) {
		struct pri_dch *d = &g->dch[i];

		d->grp = g;
		d->index = i;
		d->iface = iface_of(c, &c->dchans[i]);
		d->pri = pri_new_cb(-1, c->side == CONF_USER ? PRI_CPE : PRI_NETWORK,
				    c->switchtype, io_read, io_write, d);
		if (!d->pri || park(d->pri))
			return -ENOMEM;
		if (i)
			pri_enslave(g->dch[0].pri, d->pri);
		pri_set_overlapdial(d->pri, c->overlap != CONF_OVERLAP_NO);
		pri_hangup_fix_enable(d->pri, 1);
		pri_connect_ack_enable(d->pri, 1);	/* else its arrival is not reported */
		pri_set_inbanddisconnect(d->pri, (unsigned int)c->inband_release);
		pri_set_service_message_support(d->pri, c->service_messages);
		if (c->display)
			pri_display_options_send(d->pri, PRI_DISPLAY_OPTION_NAME_INITIAL);
		else
			pri_display_options_send(d->pri, PRI_DISPLAY_OPTION_BLOCK);
		pri_display_options_receive(d->pri, PRI_DISPLAY_OPTION_NAME_INITIAL);
		timers_set(d->pri, c);
	}
	return 0;
}

static void reopen_later(struct group *g)
{
	if (ttimer_start(&g->sched, &g->reopen, REOPEN_NS))
		log_error("%s: no memory to retry the D-channel: it stays closed", g->cfg->name);
}

void pri_dch_open(struct group *g)
{
	char buf[64];
	int i, err;

	for (i = 0; i < g->ndch; i++) {
		struct pri_dch *d = &g->dch[i];

		d->muted = false;
		if (d->dchan)
			continue;
		err = g->plant->ops->dchan_open(g->plant, &g->cfg->dchans[i], &d->dchan);
		if (!err) {
			log_debug("%s: D-channel %s is open", g->cfg->name,
				  conf_addr_str(&g->cfg->dchans[i], buf, sizeof(buf)));
			continue;
		}
		d->dchan = NULL;
		log_at(err == -ENODEV ? LOG_LVL_DEBUG : LOG_LVL_WARN, err,
		       "%s: D-channel %s cannot be opened", g->cfg->name,
		       conf_addr_str(&g->cfg->dchans[i], buf, sizeof(buf)));
		reopen_later(g);
	}
}

/* The descriptor of a span that is down always has an error to report: it would keep us busy. */
void pri_dch_mute(struct pri_dch *d)
{
	d->muted = true;
	reopen_later(d->grp);
}

static void dch_close(struct pri_dch *d)
{
	if (d->watched)
		epoll_ctl(d->grp->epoll, EPOLL_CTL_DEL, d->dchan->fd, NULL);
	dchan_close(d->dchan);
	d->dchan = NULL;
	d->watched = 0;
}

void pri_dch_close(struct group *g)
{
	bool was_up = atomic_load_relaxed(&g->active) >= 0;
	int i;

	atomic_store(&g->active, -1);
	atomic_store(&g->dchans_up, 0);
	for (i = 0; i < g->ndch; i++) {
		dch_close(&g->dch[i]);
		if (g->dch[i].up)
			group_tell_dchannel(g, i, false);
		g->dch[i].up = false;
	}
	if (was_up)
		group_tell(g);
}

static void dch_broken(struct pri_dch *d, int err)
{
	log_warn_errno(err, "%s: D-channel %d is broken", d->grp->cfg->name, d->index + 1);
	dch_close(d);
	d->head = d->tail;
	reopen_later(d->grp);
}

void pri_dch_flush(struct pri_dch *d)
{
	while (d->dchan && d->tail != d->head) {
		struct dch_frame *f = &d->queue[d->tail % DCH_QUEUE];
		int err = dchan_write(d->dchan, f->data, f->len);

		if (err == -EAGAIN)
			return;
		if (!err) {
			atomic_inc_relaxed(&d->grp->frames_tx);
			if (d->grp->capturing)
				capture_frame(&d->grp->capture, 1, f->data, f->len);
		/* the span is down: as if it were lost on the line */
		} else if (err == -ENETDOWN) {
			atomic_inc_relaxed(&d->grp->frames_dropped);
		} else {
			dch_broken(d, err);
			return;
		}
		d->tail++;
	}
}

/*
 * One frame: most often there is no other, and to read that there is none would cost as much as to
 * read one. If there is, the next wait is over at once.
 */
void pri_dch_input(struct pri_dch *d)
{
	struct dch_frame f;
	pri_event *e;
	bool again;
	int n;

	if (!d->dchan)
		return;
	n = dchan_read(d->dchan, f.data, sizeof(f.data));
	if (n == -EAGAIN || n == -ENETDOWN || n == -EINTR || n == -EMSGSIZE)
		return;
	if (n < 0) {
		dch_broken(d, n);
		return;
	}
	f.len = (uint16_t)n;
	atomic_inc_relaxed(&d->grp->frames_rx);
	if (d->grp->capturing)
		capture_frame(&d->grp->capture, 0, f.data, f.len);
	/* Shorter than a U frame cannot be LAPD (Q.921 2.9); libpri reads its header unasked. */
	if (f.len < 3)
		return;
	again = d->up && (f.data[2] & U_MASK) == U_SABME;
	d->rx = &f;
	e = pri_check_event(d->pri);
	d->rx = NULL;
	if (e)
		pri_event_handle(d, e);
	/* libpri does not tell of it, but what was under way is lost (Q.921 5.5.1.2). */
	if (again) {
		pri_restart_again(d->grp);
		pri_service_again(d->grp);
	}
	pri_dch_flush(d);
}

static bool is_due(const struct timeval *due, const struct timeval *now)
{
	return now->tv_sec == due->tv_sec ? now->tv_usec >= due->tv_usec :
					    now->tv_sec > due->tv_sec;
}

/* libpri looks through all its timers to find those that are due: only when one is. */
void pri_dch_timers(struct group *g)
{
	struct timeval now;
	pri_event *e;
	int i;

	gettimeofday(&now, NULL);
	for (i = 0; i < g->ndch; i++) {
		struct pri_dch *d = &g->dch[i];

		while (is_due(&d->due, &now) && (e = pri_schedule_run(d->pri)))
			pri_event_handle(d, e);
		pri_dch_flush(d);
	}
}

int pri_dch_timeout(struct group *g, int ms)
{
	const struct timeval never = { .tv_sec = LONG_MAX };
	struct timeval now, *next;
	long left;
	int i;

	gettimeofday(&now, NULL);
	for (i = 0; i < g->ndch; i++) {
		next = pri_schedule_next(g->dch[i].pri);
		g->dch[i].due = next ? *next : never;
		if (!next)
			continue;
		left = (next->tv_sec - now.tv_sec) * 1000 +
		       (next->tv_usec - now.tv_usec) / 1000 + 1;
		if (left < 0)
			left = 0;
		if (ms < 0 || left < ms)
			ms = (int)left;
	}
	return ms;
}

struct pri *pri_active(struct group *g)
{
	int active = atomic_load_relaxed(&g->active);

	return g->dch[active < 0 ? 0 : active].pri;
}

/*
 * Q.931 5.8.9 and Annex F: with backup D-channels, libpri leaves T309 to us. Without any link the
 * calls that are active live on for T309; all others were cleared by libpri when the link went.
 */
static void t309_fired(struct ttimer *t)
{
	struct group *g = container_of(t, struct group, t309);
	struct pri_leg *l, *next;

	if (atomic_load_relaxed(&g->active) >= 0)
		return;
	log_warn("%s: no D-channel came back: its calls end", g->cfg->name);
	for (l = g->legs; l; l = next) {
		next = l->next;
		pri_leg_drop(l, PRI_CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

static uint64_t t309_ns(const struct group *g)
{
	return g->cfg->t309 ? (uint64_t)g->cfg->t309 * NSEC_PER_MSEC : T309_DEFAULT;
}

static void dch_up(struct pri_dch *d)
{
	struct group *g = d->grp;

	if (d->up)
		return;
	d->up = true;
	atomic_store(&g->dchans_up, atomic_load_relaxed(&g->dchans_up) | 1u << d->index);
	log_notice("%s: D-channel %d is up", g->cfg->name, d->index + 1);
	if (atomic_load_relaxed(&g->active) >= 0) {
		group_tell_dchannel(g, d->index, true);
		return;
	}
	atomic_store(&g->active, d->index);
	group_tell_dchannel(g, d->index, true);
	group_tell(g);
	ttimer_cancel(&g->sched, &g->t309);
	pri_restart_begin(g);
	pri_service_up(g);
}

/*
 * Q.931 5.8.9: without a link, calls that are not active are cleared. libpri leaves those that are
 * being cleared to T305, half a minute, in which their slots would not come back.
 */
static void clearing_drop(struct group *g)
{
	struct pri_leg *l, *next;

	for (l = g->legs; l; l = next) {
		next = l->next;
		if (l->state == PL_CLEARING)
			pri_leg_drop(l, PRI_CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

static void dch_down(struct pri_dch *d)
{
	struct group *g = d->grp;
	int i;

	if (!d->up)
		return;
	d->up = false;
	atomic_store(&g->dchans_up, atomic_load_relaxed(&g->dchans_up) & ~(1u << d->index));
	log_notice("%s: D-channel %d is down", g->cfg->name, d->index + 1);
	if (atomic_load_relaxed(&g->active) != d->index) {
		group_tell_dchannel(g, d->index, false);
		return;
	}
	for (i = 0; i < g->ndch && !g->dch[i].up; i++)
		;
	if (i < g->ndch) {
		log_notice("%s: D-channel %d takes over", g->cfg->name, i + 1);
		atomic_store(&g->active, i);
		group_tell_dchannel(g, d->index, false);
		return;
	}
	atomic_store(&g->active, -1);
	group_tell_dchannel(g, d->index, false);
	group_tell(g);
	clearing_drop(g);
	if (g->ndch > 1 && ttimer_start(&g->sched, &g->t309, t309_ns(g)))
		t309_fired(&g->t309);
}

void pri_dch_event(struct pri_dch *d, int type)
{
	if (type == PRI_EVENT_DCHAN_UP)
		dch_up(d);
	else
		dch_down(d);
}

/*
 * A span has been in failure for T309: its calls have no voice and nobody will clear them for us.
 */
static void iface_fired(struct ttimer *t)
{
	struct group *g = NULL;
	struct pri_leg *l, *next;
	int i;

	/* The array's index is found through the owner: all timers of a group pin the group. */
	g = container_of(t->owner, struct group, ref);
	i = (int)(t - g->iface_timer);
	if (g->iface_ok[i])
		return;
	for (l = g->legs; l; l = next) {
		next = l->next;
		if (l->bch.iface == i)
			pri_leg_hangup(l, PRI_CAUSE_DESTINATION_OUT_OF_ORDER);
	}
}

void pri_span_init(struct group *g)
{
	int i;

	ttimer_init(&g->t309, t309_fired, &g->ref);
	for (i = 0; i < CONF_SPANS_MAX; i++) {
		ttimer_init(&g->iface_timer[i], iface_fired, &g->ref);
		g->iface_ok[i] = 1;
	}
}

void pri_span_exit(struct group *g)
{
	int i;

	for (i = 0; i < CONF_SPANS_MAX; i++)
		ttimer_cancel(&g->sched, &g->iface_timer[i]);
}

void pri_span_news(struct group *g, const struct plant_news *n)
{
	struct bchan_ref all = { (int16_t)n->iface, -1 };
	bool ok = n->up && !n->failed && !n->defect;
	char buf[64];

	if (g->iface_ok[n->iface] == ok)
		return;
	g->iface_ok[n->iface] = ok;
	group_block(g, all, BCHAN_ALARM, !ok);
	conf_addr_str(&g->cfg->spans[n->iface], buf, sizeof(buf));
	if (ok) {
		log_notice("%s: span %s is in service", g->cfg->name, buf);
		ttimer_cancel(&g->sched, &g->iface_timer[n->iface]);
		pri_dch_open(g);
		return;
	}
	log_warn("%s: span %s is %s: no new calls on it", g->cfg->name, buf,
		 n->up ? "in alarm" : "down");
	if (ttimer_start(&g->sched, &g->iface_timer[n->iface], t309_ns(g)))
		iface_fired(&g->iface_timer[n->iface]);
}

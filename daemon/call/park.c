// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parking. A place holds the id of the channel that is parked there; what is known of that is a
 * controller of the channel, and so belongs to the channel's tasks:
 *
 *	place: 0 -> id		task of the channel: before it becomes parked
 *	place: id -> 0		task of the channel: in leave_place(), once
 *
 * Whoever finds an id in a place and acts on it looks again in a task of that channel.
 */
#include "daemon/call/park.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/say.h"
#include "daemon/core/log.h"

static uint64_t places[PARK_PLACES]; /* atomic: a channel's id, or 0 */
static unsigned int first_place = 701, place_count = 99;

#define BACK_LEN 80

struct parked {
	struct ref ref; /* the controller's, the timer's while armed, the work's while queued */
	struct controller ctl;
	struct channel *ch; /* a reference */
	unsigned int place; /* 0: it has left; tasks of ch */
	struct ttimer timer;
	struct channel_work work;
	char back[BACK_LEN];
	char app[32]; /* whose it was; empty: no application's */
};

int park_init(unsigned int first, unsigned int count)
{
	if (!first || !count || count > PARK_PLACES || first > UINT32_MAX - count)
		return -EINVAL;
	first_place = first;
	place_count = count;
	return 0;
}

bool park_place_ok(unsigned int place)
{
	return place >= first_place && place - first_place < place_count;
}

int park_foreach(int (*fn)(unsigned int place, struct channel *ch, void *arg), void *arg)
{
	int ret = 0;

	for (unsigned int i = 0; i < place_count && !ret; i++) {
		uint64_t id = atomic_load(&places[i]);
		struct channel *ch = id ? channel_by_id(id) : NULL;

		if (!ch)
			continue;
		ret = fn(first_place + i, ch, arg);
		channel_put(ch);
	}
	return ret;
}

/* The place's number, or -EBUSY, -ENOSPC. */
static int take_place(unsigned int place, uint64_t id)
{
	unsigned int from = place ? place - first_place : 0;
	unsigned int to = place ? from + 1 : place_count;

	for (unsigned int i = from; i < to; i++) {
		uint64_t nobody = 0;

		if (atomic_cas(&places[i], &nobody, id))
			return (int)(first_place + i);
	}
	return place ? -EBUSY : -ENOSPC;
}

static void park_event(struct channel *ch, enum event_type type, unsigned int place,
		       const char *why)
{
	struct event *event;
	char detail[32];

	snprintf(detail, sizeof(detail), "%u%s%s", place, *why ? " " : "", why);
	history_tell_operation(ch, *why ? HISTORY_UNPARKED : HISTORY_PARKED, NULL, detail);
	event = event_of_channel(ch, type);
	if (!event)
		return;
	event->u.park.place = place;
	snprintf(event->u.park.why, sizeof(event->u.park.why), "%s", why);
	event_post(event);
}

/* --- being parked: tasks of the channel ------------------------------------------------------ */

static void leave_place(struct parked *p, const char *why)
{
	if (!p->place)
		return;
	atomic_store(&places[p->place - first_place], 0);
	ttimer_cancel(&timer_sched, &p->timer);
	channel_music(p->ch, MUSIC_PARKED, false, NULL);
	park_event(p->ch, EVENT_CHANNEL_UNPARKED, p->place, why);
	p->place = 0;
}

static void parked_free(struct ref *ref)
{
	struct parked *p = container_of(ref, struct parked, ref);

	channel_put(p->ch);
	free(p);
}

static void parked_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			  const struct leg_signal *sig)
{
	struct parked *p = container_of(ctl, struct parked, ctl);

	(void)sig;
	if (notice == NOTICE_ENDING) {
		leave_place(p, "gone");
	} else if (notice == NOTICE_BRIDGED) {
		leave_place(p, "bridged");
		channel_set_controller(ch, NULL);
	}
}

static void parked_detach(struct controller *ctl, struct channel *ch)
{
	struct parked *p = container_of(ctl, struct parked, ctl);

	(void)ch;
	leave_place(p, "taken");
	ref_put(&p->ref);
}

/* NULL: it is not parked. */
static struct parked *parked_of(const struct channel *ch)
{
	if (!ch->ctl || ch->ctl->notice != parked_notice)
		return NULL;
	return container_of(ch->ctl, struct parked, ctl);
}

/* Nobody came. */
static int timeout_fn(struct channel_work *work, struct channel *ch)
{
	struct parked *p = container_of(work, struct parked, work);
	struct connect_params params = { .endpoint = p->back, .request = { .complete = true } };
	const char *reason = NULL;
	int err = -ENOENT;

	if (ch->ctl != &p->ctl || !p->place)
		return 0;
	leave_place(p, "timeout");
	channel_unhold(ch); /* a line that cannot say so was not told of the hold either */
	if (strchr(p->back, '/'))
		err = channel_connect(ch, &params, &reason);
	else if (*p->back)
		err = channel_route(ch, p->back, NULL);
	if (!err)
		return 0;
	if (*p->back)
		log_info("channel %s does not go back to %s: %s", ch->name, p->back,
			 reason ? reason : strerror(-err));
	channel_hangup(ch, CAUSE_NO_ANSWER);
	return 0;
}

static void timeout_done(struct channel_work *work, int err)
{
	(void)err;
	ref_put(&container_of(work, struct parked, work)->ref);
}

static void timer_fired(struct ttimer *timer)
{
	struct parked *p = container_of(timer, struct parked, timer);

	ref_get(&p->ref);
	channel_post_work(p->ch, &p->work);
}

/* --- parking --------------------------------------------------------------------------------- */

struct park {
	struct task_multi mt;
	struct channel *ch, *parker; /* references; the parker may be NULL, */
	struct bridge *br;	     /* and so the bridge */
	struct parked *parked;
	unsigned int place, timeout_ms;
	void (*done)(void *arg, int result);
	void *arg;
};

static int park_check(const struct park *op)
{
	struct channel *ch = op->ch;
	int err = channel_alive(ch);

	if (!err && (ch->bridge != op->br || ch->moving || parked_of(ch)))
		err = -EBUSY;
	if (!err && op->parker && op->parker->bridge != op->br)
		err = -EBUSY;
	if (!err && ch->face.state != CHAN_UP)
		err = -EINVAL;
	return err || !op->parker ? err : channel_same_owner(ch, op->parker);
}

/* The place, or an error with nothing changed. */
static int park(struct park *op)
{
	struct parked *p = op->parked;
	struct channel *ch = op->ch;
	int place = take_place(op->place, ch->id);
	int err;

	if (place < 0)
		return place;
	p->place = (unsigned int)place;
	if (op->timeout_ms) {
		err = ttimer_start(&timer_sched, &p->timer, op->timeout_ms * NSEC_PER_MSEC);
		if (err) {
			atomic_store(&places[p->place - first_place], 0);
			return err;
		}
	}
	if (op->parker && !*p->back)
		snprintf(p->back, sizeof(p->back), "%s", op->parker->face.caller.number);
	if (ch->ctl && ch->ctl->app)
		snprintf(p->app, sizeof(p->app), "%s", ch->ctl->name);
	ref_get(&p->ref);
	channel_set_controller(ch, &p->ctl);
	if (op->parker) {
		/* Its end is no longer the parked one's business. */
		channel_set_controller(op->parker, NULL);
		channel_post_hangup(op->parker, CAUSE_NORMAL);
	}
	if (op->br) {
		bridge_leave(op->br, ch);
		bridge_last_left(op->br); /* when it was alone */
	}
	park_event(ch, EVENT_CHANNEL_PARKED, p->place, "");
	channel_music(ch, MUSIC_PARKED, true, NULL);
	/* By a task of its own: here more is held than a leg's operation may run under. */
	say(ch, &p->ctl, &p->ref, SAY_HOLD, 0, NULL);
	return place;
}

static void park_end(struct park *op)
{
	if (op->br)
		bridge_put(op->br);
	if (op->parker)
		channel_put(op->parker);
	channel_put(op->ch);
	ref_put(&op->parked->ref);
	free(op);
}

static void park_task(struct task *task, int status)
{
	struct park *op = container_of(task, struct park, mt.task);

	/* The parker or the bridge has gone, which is no end of the one to be parked. */
	if (status == -ENODEV && op->ch->face.state != CHAN_DEAD)
		status = -EBUSY;
	if (!status)
		status = park_check(op);
	if (!status)
		status = park(op);
	if (op->done)
		op->done(op->arg, status);
	park_end(op);
}

static struct parked *parked_new(struct channel *ch, const char *back)
{
	struct parked *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	ref_init(&p->ref, parked_free);
	p->ctl = (struct controller){ .name = "park", .notice = parked_notice,
				      .detach = parked_detach };
	channel_get(ch);
	p->ch = ch;
	ttimer_init(&p->timer, timer_fired, &p->ref);
	p->work.fn = timeout_fn;
	p->work.done = timeout_done;
	snprintf(p->back, sizeof(p->back), "%s", back ? back : "");
	return p;
}

int channel_park(struct channel *ch, const struct park_params *params,
		 void (*done)(void *arg, int result), void *arg)
{
	struct serializer *sers[3] = { &ch->ser };
	struct park *op;
	int n = 1, err;

	if ((params->place && !park_place_ok(params->place)) ||
	    (params->back && strlen(params->back) >= BACK_LEN))
		return -EINVAL;
	op = calloc(1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	op->parked = parked_new(ch, params->back);
	if (!op->parked) {
		free(op);
		return -ENOMEM;
	}
	channel_get(ch);
	op->ch = ch;
	op->place = params->place;
	op->timeout_ms = params->timeout_ms;
	op->done = done;
	op->arg = arg;
	err = bridge_peer_find(ch, &op->br, &op->parker);
	if (err == -ENODEV) {
		park_end(op);
		return err;
	}
	/* Without a parker, maybe alone in a bridge. */
	if (err)
		bridge_of(ch, &op->br);
	if (op->parker)
		sers[n++] = &op->parker->ser;
	if (op->br)
		sers[n++] = &op->br->ser;
	task_init(&op->mt.task, park_task);
	return serializer_post_multi(&op->mt, sers, n);
}

/* --- retrieving ------------------------------------------------------------------------------ */

struct retrieve {
	struct task_multi mt;
	struct channel *ch, *by; /* references */
	struct bridge *br;	 /* a reference; new and empty */
	unsigned int place;
	void (*done)(void *arg, int err);
	void *arg;
};

static int retrieve_check(const struct retrieve *op)
{
	const struct parked *p = parked_of(op->ch);
	const struct controller *ctl = op->by->ctl;
	int err = channel_alive(op->by);

	if (!err && (!p || p->place != op->place))
		err = -ENODEV;
	if (!err)
		err = channel_alive(op->ch);
	/* Its id is listed from the start: somebody may have been quick. */
	if (!err && (op->by->bridge || op->br->dying || op->br->members))
		err = -EBUSY;
	if (!err && op->by->face.state != CHAN_UP)
		err = -EINVAL;
	if (!err && *p->app && ctl && ctl->app && strcmp(p->app, ctl->name))
		err = -EPERM;
	return err;
}

static void retrieve_task(struct task *task, int status)
{
	struct retrieve *op = container_of(task, struct retrieve, mt.task);

	if (!status)
		status = retrieve_check(op);
	if (!status) {
		leave_place(parked_of(op->ch), "retrieved");
		channel_set_controller(op->ch, NULL);
		say(op->ch, NULL, &op->ch->ref, SAY_UNHOLD, 0, NULL);
		/* Cannot fail: both live and are in no bridge, and this one is empty. */
		bridge_enter(op->br, op->ch);
		bridge_enter(op->br, op->by);
	} else {
		bridge_abandon(op->br);
	}
	if (op->done)
		op->done(op->arg, status);
	bridge_put(op->br);
	channel_put(op->ch);
	channel_put(op->by);
	free(op);
}

int channel_retrieve(unsigned int place, struct channel *by, void (*done)(void *arg, int err),
		     void *arg)
{
	struct serializer *sers[3] = { &by->ser };
	struct retrieve *op;
	uint64_t id;
	int err;

	if (!park_place_ok(place))
		return -EINVAL;
	id = atomic_load(&places[place - first_place]);
	if (id == by->id)
		return -EINVAL;
	op = calloc(1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	op->ch = id ? channel_by_id(id) : NULL;
	err = op->ch ? bridge_create(NULL, NULL, true, &op->br) : -ENOENT;
	if (err) {
		if (op->ch)
			channel_put(op->ch);
		free(op);
		return err;
	}
	channel_get(by);
	op->by = by;
	op->place = place;
	op->done = done;
	op->arg = arg;
	sers[1] = &op->ch->ser;
	sers[2] = &op->br->ser;
	task_init(&op->mt.task, retrieve_task);
	return serializer_post_multi(&op->mt, sers, 3);
}

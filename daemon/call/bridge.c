// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges: membership.
 *
 * Whatever changes membership is a task that holds the bridge and the channel. channel->bridge
 * therefore needs both to change and either to be read. A bridge pins its members and each member
 * pins its bridge; both pins fall together when the member leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/core/log.h"

/* --- events ---------------------------------------------------------------------------------- */

static void name_bridge(struct event *event, const struct bridge *br)
{
	event->bridge = br->id;
	memcpy(event->bridge_sid, br->sid, sizeof(event->bridge_sid));
}

struct event *event_of_bridge(struct bridge *br, enum event_type type)
{
	struct event *event;

	serializer_assert_held(&br->ser);
	br->event_seq++;
	event = event_new(type);
	if (!event)
		return NULL;
	event->obj_seq = br->event_seq;
	name_bridge(event, br);
	return event;
}

void bridge_member_event(struct bridge *br, struct channel *ch, enum event_type type)
{
	struct event *event = event_of_channel(ch, type);

	if (!event)
		return;
	name_bridge(event, br);
	event_post(event);
}

/* --- life ------------------------------------------------------------------------------------ */

static void bridge_free_rcu(struct rcu_head *rcu)
{
	free(container_of(rcu, struct bridge, rcu));
}

static void bridge_release(struct ref *ref)
{
	struct bridge *br = container_of(ref, struct bridge, ref);

	serializer_exit(&br->ser);
	trcu_free(&br->rcu, bridge_free_rcu);
}

static void kick_task(struct task *task, int status)
{
	struct bridge *br = container_of(task, struct bridge, kick);

	atomic_xchg(&br->kicked, 0);
	if (status)
		return;
	path_eval(br);
	/* Whoever made it for somebody who then could not be put in leaves it to this. */
	bridge_last_left(br);
}

void bridge_kick(struct bridge *br)
{
	if (!atomic_xchg(&br->kicked, 1))
		serializer_post(&br->ser, &br->kick);
}

struct created {
	struct task task;
	struct bridge *br;
};

static void created_task(struct task *task, int status)
{
	struct created *c = container_of(task, struct created, task);

	if (!status)
		event_post(event_of_bridge(c->br, EVENT_BRIDGE_CREATED));
	free(c);
}

static uint32_t default_mode = BRIDGE_AUTO; /* atomic */

void bridge_default_mode(enum bridge_mode mode)
{
	atomic_store(&default_mode, (uint32_t)mode);
}

int bridge_create(const char *sid, const char *name, bool dissolve, struct bridge **out)
{
	struct bridge *br = calloc(1, sizeof(*br));
	struct created *created = calloc(1, sizeof(*created));
	int err = -ENOMEM;

	if (!br || !created)
		goto free_memory;
	err = -EINVAL;
	if ((sid && (!*sid || strlen(sid) >= CHANNEL_SID_LEN)) ||
	    (name && strlen(name) >= CHANNEL_NAME_LEN))
		goto free_memory;
	ref_init(&br->ref, bridge_release); /* the tables' */
	br->id = call_id_next();
	br->created_us = now_us();
	br->dissolve = dissolve;
	br->mode = (uint8_t)atomic_load_relaxed(&default_mode);
	if (sid)
		snprintf(br->sid, sizeof(br->sid), "%s", sid);
	else
		snprintf(br->sid, sizeof(br->sid), "b%llu.%llu",
			 (unsigned long long)(br->created_us / 1000000),
			 (unsigned long long)br->id);
	snprintf(br->name, sizeof(br->name), "%s", name ? name : "");
	task_init(&br->kick, kick_task);
	err = serializer_init(&br->ser, TLOCK_BRIDGE, br->id, &br->ref);
	if (err)
		goto free_memory;
	bridge_get(br); /* the caller's */
	/* Nobody ends it before it is in every table. */
	serializer_hold(&br->ser);
	err = bridge_register(br);
	if (err) {
		free(created);
		bridge_put(br);
		bridge_put(br);
		serializer_let_go(&br->ser);
		return err;
	}
	task_init(&created->task, created_task);
	created->br = br;
	serializer_post(&br->ser, &created->task);
	*out = br;
	serializer_let_go(&br->ser);
	return 0;

free_memory:
	free(created);
	free(br);
	return err;
}

static void die(struct bridge *br)
{
	bridge_done done = br->destroyed;

	event_post(event_of_bridge(br, EVENT_BRIDGE_DESTROYED));
	bridge_unregister(br);
	serializer_close(&br->ser);
	if (done)
		done(br->destroyed_arg, 0);
	bridge_put(br); /* the tables' */
}

/* --- members --------------------------------------------------------------------------------- */

/* A request about a bridge and a channel. */
struct req {
	struct task_multi mt;
	struct bridge *br;  /* references */
	struct channel *ch; /* may be NULL */
	const struct controller *ctl; /* not NULL: only while it controls ch */
	bridge_done done;
	void *arg;
	int mode;
};

static void req_end(struct req *req, int err)
{
	if (req->done)
		req->done(req->arg, err);
	if (req->ch)
		channel_put(req->ch);
	bridge_put(req->br);
	free(req);
}

static int req_post(struct bridge *br, struct channel *ch, task_fn fn, bridge_done done, void *arg,
		    const struct req *more)
{
	struct serializer *sers[2] = { &br->ser, ch ? &ch->ser : NULL };
	struct req *req = calloc(1, sizeof(*req));

	if (!req)
		return -ENOMEM;
	if (more)
		*req = *more;
	req->br = br;
	req->ch = ch;
	req->done = done;
	req->arg = arg;
	bridge_get(br);
	if (ch)
		channel_get(ch);
	task_init(&req->mt.task, fn);
	return serializer_post_multi(&req->mt, sers, ch ? 2 : 1);
}

struct tell {
	struct channel_work work;
	struct party party;
};

static int tell_fn(struct channel_work *work, struct channel *ch)
{
	return channel_connected(ch, &container_of(work, struct tell, work)->party);
}

static void tell_done(struct channel_work *work, int err)
{
	(void)err;
	free(container_of(work, struct tell, work));
}

/* Each party is told of the other, by message: it is nothing a membership could fail for. */
void bridge_tell_parties(struct bridge *br)
{
	for (int i = 0; br->members == 2 && i < 2; i++) {
		struct tell *tell = calloc(1, sizeof(*tell));
		struct channel_info info;

		if (!tell)
			return;
		channel_info_read(br->member[!i], &info);
		tell->party = info.caller;
		tell->work.fn = tell_fn;
		tell->work.done = tell_done;
		if (info.caller.number[0])
			channel_post_work(br->member[i], &tell->work);
		else
			free(tell);
	}
}

void bridge_set_member(struct channel *ch, struct bridge *br)
{
	struct channel_face face = ch->face;

	ch->bridge = br;
	face.bridge = br ? br->id : 0;
	channel_face_set(ch, &face);
}

int bridge_enter(struct bridge *br, struct channel *ch)
{
	int err = channel_alive(ch);

	if (err)
		return err;
	if (ch->bridge)
		return ch->bridge == br ? -EALREADY : -EBUSY;
	if (br->dying)
		return -ENODEV;
	if (br->members == BRIDGE_MEMBERS)
		return -EBUSY;
	br->member[br->members] = ch;
	atomic_store(&br->member_id[br->members], ch->id);
	br->members++;
	channel_get(ch);
	bridge_get(br);
	bridge_set_member(ch, br);
	/* Who comes second joins the call of who was there. */
	if (br->members == 1)
		br->linked = ch->linked;
	ch->linked = br->linked;
	history_tell(ch, HISTORY_ENTERED, br->sid);
	bridge_member_event(br, ch, EVENT_BRIDGE_ENTERED);
	if (br->members == 2) {
		path_joined(br);
		bridge_tell_parties(br);
	}
	channel_notice(ch, NOTICE_BRIDGED, NULL);
	path_eval(br);
	return 0;
}

static void add_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status && req->ctl && req->ch->ctl != req->ctl)
		status = -ECANCELED;
	if (!status)
		status = bridge_enter(req->br, req->ch);
	/* One that would dissolve when it is empty is not kept because nobody ever came. */
	if (status)
		bridge_last_left(req->br);
	req_end(req, status);
}

/* Both held. Drops the pins of both; the caller has its own. */
void bridge_leave(struct bridge *br, struct channel *ch)
{
	int i = br->member[0] == ch ? 0 : 1;

	path_parted(br);
	br->members--;
	br->member[i] = br->member[br->members];
	atomic_store(&br->member_id[i], br->member_id[br->members]);
	br->member[br->members] = NULL;
	atomic_store(&br->member_id[br->members], 0);
	bridge_set_member(ch, NULL);
	history_tell(ch, HISTORY_LEFT, br->sid);
	if (ch->face.state != CHAN_DEAD)
		bridge_member_event(br, ch, EVENT_BRIDGE_LEFT);
	channel_notice(ch, NOTICE_UNBRIDGED, NULL);
	path_eval(br);
	channel_put(ch);
	bridge_put(br);
}

void bridge_last_left(struct bridge *br)
{
	if (!br->members && (br->dying || br->dissolve) && !br->ser.closed) {
		br->dying = true;
		die(br);
	}
}

void bridge_abandon(struct bridge *br)
{
	serializer_assert_held(&br->ser);
	br->dying = true;
	bridge_last_left(br);
}

static void remove_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status && req->ch->bridge != req->br)
		status = -ENOENT;
	if (!status) {
		bridge_leave(req->br, req->ch);
		bridge_last_left(req->br);
	}
	req_end(req, status);
}

/* A member's call ended; -ENODEV (the channel is dead by now) is no reason to leave it in. */
static void leave_task(struct task *task, int status)
{
	struct channel *ch = container_of(task, struct channel, leave.task);
	struct bridge *br = ch->bridge;

	(void)status;
	if (br) {
		struct channel *other = br->member[br->member[0] == ch ? 1 : 0];

		if (br->dissolve && other)
			channel_post_hangup(other, ch->face.cause);
		bridge_get(br);
		bridge_leave(br, ch);
		bridge_last_left(br);
		bridge_put(br);
	}
	channel_put(ch);
}

void bridge_channel_ended(struct channel *ch)
{
	struct serializer *sers[2] = { &ch->ser, NULL };

	serializer_assert_held(&ch->ser);
	if (!ch->bridge)
		return;
	sers[1] = &ch->bridge->ser;
	channel_get(ch);
	task_init(&ch->leave.task, leave_task);
	serializer_post_multi(&ch->leave, sers, 2);
}

int bridge_add(struct bridge *br, struct channel *ch, bridge_done done, void *arg)
{
	return req_post(br, ch, add_task, done, arg, NULL);
}

int bridge_add_for(struct bridge *br, struct channel *ch, const struct controller *ctl,
		   bridge_done done, void *arg)
{
	return req_post(br, ch, add_task, done, arg, &(struct req){ .ctl = ctl });
}

int bridge_remove(struct bridge *br, struct channel *ch, bridge_done done, void *arg)
{
	return req_post(br, ch, remove_task, done, arg, NULL);
}

/* --- the bridge alone ------------------------------------------------------------------------ */

static void destroy_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);
	struct bridge *br = req->br;

	if (!status && br->dying)
		status = -EALREADY;
	if (status) {
		req_end(req, status);
		return;
	}
	br->dying = true;
	br->destroyed = req->done;
	br->destroyed_arg = req->arg;
	req->done = NULL;
	for (int i = 0; i < br->members; i++)
		if (req_post(br, br->member[i], remove_task, NULL, NULL, NULL))
			channel_post_hangup(br->member[i], CAUSE_TEMPORARY); /* leaves too */
	bridge_last_left(br);
	req_end(req, 0);
}

int bridge_destroy(struct bridge *br, bridge_done done, void *arg)
{
	return req_post(br, NULL, destroy_task, done, arg, NULL);
}

#define KEEP_MODE -1

static void mode_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);
	struct bridge *br = req->br;
	struct path_waiter *waiter;

	if (!status && br->dying)
		status = -ENODEV;
	waiter = status ? NULL : calloc(1, sizeof(*waiter));
	if (!status && !waiter)
		status = -ENOMEM;
	if (!waiter) {
		req_end(req, status);
		return;
	}
	if (req->mode != KEEP_MODE) {
		atomic_store(&br->mode, (uint8_t)req->mode);
		br->refused = 0;
	}
	waiter->mode = req->mode != KEEP_MODE;
	waiter->done = req->done;
	waiter->arg = req->arg;
	req->done = NULL;
	path_wait(br, waiter);
	req_end(req, 0);
}

int bridge_set_mode(struct bridge *br, enum bridge_mode mode, bridge_done done, void *arg)
{
	return req_post(br, NULL, mode_task, done, arg, &(struct req){ .mode = (int)mode });
}

int bridge_settle(struct bridge *br, bridge_done done, void *arg)
{
	return req_post(br, NULL, mode_task, done, arg, &(struct req){ .mode = KEEP_MODE });
}

static void rejoin_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status) {
		req->br->refused = 0;
		bridge_tell_parties(req->br);
		path_eval(req->br);
	}
	req_end(req, status);
}

void bridge_rejoin(struct bridge *br)
{
	/* Without memory the old connected line stays, and the path in user space. */
	if (req_post(br, NULL, rejoin_task, NULL, NULL, NULL))
		log_warn("bridge %s: not told of a move for want of memory", br->sid);
}

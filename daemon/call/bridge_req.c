// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges: what is asked of them, each in a task that holds the bridge and the channel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/core/log.h"

/* A request about a bridge and a channel. */
struct req {
	struct task_multi mt;
	struct bridge *br;  /* references */
	struct channel *ch; /* may be NULL */
	const struct controller *ctl; /* not NULL: only while it controls ch */
	bridge_done done;
	void *arg;
	int mode;
	struct bridge_voice voice;
	unsigned int what; /* of it: BRIDGE_VOICE_* */
	bool music;
	char class[MUSIC_CLASS_LEN];
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

static void add_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status && req->ctl && req->ch->ctl != req->ctl)
		status = -ECANCELED;
	if (!status)
		status = bridge_enter_as(req->br, req->ch, &req->voice);
	/* One that would dissolve when it is empty is not kept because nobody ever came. */
	if (status)
		bridge_last_left(req->br);
	req_end(req, status);
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
		/* Of a conference as long as there is somebody to talk to. */
		for (int i = 0; br->dissolve && br->members <= 2 && i < br->members; i++)
			if (br->member[i].ch != ch)
				channel_post_hangup(br->member[i].ch, ch->face.cause);
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

int bridge_add_as(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		  bridge_done done, void *arg)
{
	return req_post(br, ch, add_task, done, arg, &(struct req){ .voice = *voice });
}

static void voice_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status && req->ch->bridge != req->br)
		status = -ENOENT;
	if (!status)
		status = bridge_voice(req->br, req->ch, &req->voice, req->what);
	req_end(req, status);
}

int bridge_set_voice(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		     unsigned int what, bridge_done done, void *arg)
{
	return req_post(br, ch, voice_task, done, arg,
			&(struct req){ .voice = *voice, .what = what });
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

static void music_task(struct task *task, int status)
{
	struct req *req = container_of(task, struct req, mt.task);

	if (!status)
		status = bridge_music(req->br, req->music, req->class);
	req_end(req, status);
}

int bridge_set_music(struct bridge *br, bool on, const char *class, bridge_done done, void *arg)
{
	struct req more = { .music = on };

	snprintf(more.class, sizeof(more.class), "%s", class ? class : "");
	return req_post(br, NULL, music_task, done, arg, &more);
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
		if (req_post(br, br->member[i].ch, remove_task, NULL, NULL, NULL))
			channel_post_hangup(br->member[i].ch, CAUSE_TEMPORARY); /* leaves too */
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

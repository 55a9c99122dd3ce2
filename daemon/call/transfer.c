// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transfers; transfer.h tells what they mean. Who is whose peer is read without a lock, and checked
 * in the task that acts on it.
 */
#include "daemon/call/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/move_priv.h"
#include "daemon/core/log.h"

#define TARGET_LEN sizeof(((struct event *)0)->u.op.target)

/* --- blind ----------------------------------------------------------------------------------- */

struct blind {
	struct task_multi mt;
	struct channel *ch, *peer; /* references */
	struct bridge *br;	   /* a reference */
	char target[TARGET_LEN];
	unsigned int timeout_ms;
	void (*done)(void *arg, int err);
	void *arg;
};

static int blind_check(const struct blind *op)
{
	int err = channel_alive(op->ch);

	if (!err)
		err = channel_alive(op->peer);
	if (!err && (!bridge_has(op->br, op->ch, op->peer) || op->ch->moving || op->peer->moving))
		err = -EBUSY;
	if (!err && (op->ch->face.state != CHAN_UP || op->peer->face.state != CHAN_UP))
		err = -EINVAL;
	return err ? err : channel_same_owner(op->ch, op->peer);
}

/* The peer gets another controller, or nothing changed. */
static int send_on(struct blind *op)
{
	struct connect_params params = { .endpoint = op->target,
					 .request = { .complete = true,
						      .timeout_ms = op->timeout_ms } };
	const char *reason = NULL;
	int err;

	if (!strchr(op->target, '/'))
		return channel_route(op->peer, op->target, NULL);
	err = channel_connect(op->peer, &params, &reason);
	if (err)
		log_info("channel %s is not transferred to %s: %s", op->ch->name, op->target,
			 reason ? reason : strerror(-err));
	return err;
}

static void blind_task(struct task *task, int status)
{
	struct blind *op = container_of(task, struct blind, mt.task);

	/* The bridge has gone; both may live on. */
	if (status == -ENODEV && op->ch->face.state != CHAN_DEAD &&
	    op->peer->face.state != CHAN_DEAD)
		status = -EBUSY;
	if (!status)
		status = blind_check(op);
	if (!status)
		status = send_on(op);
	if (!status) {
		event_operation(op->ch, EVENT_CHANNEL_TRANSFERRED, op->peer, NULL, op->target);
		/* Its end is no longer the peer's business. */
		channel_set_controller(op->ch, NULL);
		/* The router may have found that it ends at once: then it leaves by itself. */
		if (op->peer->bridge == op->br)
			bridge_leave(op->br, op->peer);
		channel_post_hangup(op->ch, CAUSE_NORMAL);
	}
	if (op->done)
		op->done(op->arg, status);
	bridge_put(op->br);
	channel_put(op->peer);
	channel_put(op->ch);
	free(op);
}

int channel_transfer(struct channel *ch, const struct transfer_params *params,
		     void (*done)(void *arg, int err), void *arg)
{
	struct serializer *sers[3] = { &ch->ser };
	struct blind *op;
	int err;

	if (!*params->target || strlen(params->target) >= TARGET_LEN)
		return -EINVAL;
	op = calloc(1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	err = bridge_peer_find(ch, &op->br, &op->peer);
	if (err) {
		free(op);
		return err;
	}
	channel_get(ch);
	op->ch = ch;
	snprintf(op->target, sizeof(op->target), "%s", params->target);
	op->timeout_ms = params->timeout_ms;
	op->done = done;
	op->arg = arg;
	task_init(&op->mt.task, blind_task);
	sers[1] = &op->peer->ser;
	sers[2] = &op->br->ser;
	return serializer_post_multi(&op->mt, sers, 3);
}

/* --- attended -------------------------------------------------------------------------------- */

struct attended {
	struct move_ext ext;   /* also: the transferrer's in source's bridge */
	struct channel *also;  /* references */
	struct channel *source;
	void (*done)(void *arg, int err);
	void *arg;
};

static int attended_check(struct move_ext *ext, struct channel *dest, struct channel *source)
{
	int err = channel_alive(ext->also);

	/* A bridge has two members: of one, they are each other's peer. */
	if (!err && (!source->bridge || source->bridge != ext->also->bridge))
		err = -EBUSY;
	if (!err && (dest->face.state != CHAN_UP || ext->also->face.state != CHAN_UP))
		err = -EINVAL;
	return err ? err : channel_same_owner(dest, ext->also);
}

static void attended_committed(struct move_ext *ext, struct channel *dest, struct channel *source)
{
	event_operation(dest, EVENT_CHANNEL_TRANSFERRED_ATTENDED, source, ext->also, NULL);
	channel_post_hangup(ext->also, CAUSE_NORMAL);
}

static void attended_end(struct attended *op)
{
	channel_put(op->also);
	channel_put(op->source);
	free(op);
}

static void attended_done(void *arg, int err)
{
	struct attended *op = arg;

	if (op->done)
		op->done(op->arg, err);
	attended_end(op);
}

int channel_transfer_attended(struct channel *first, struct channel *second,
			      void (*done)(void *arg, int err), void *arg)
{
	struct channel *dest = first, *also = second;
	struct bridge *br = NULL;
	struct attended *op;
	int err;

	if (first == second)
		return -EINVAL;
	op = calloc(1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	err = bridge_peer_find(also, &br, &op->source);
	if (err == -EINVAL) {
		/* The second one talks to no channel: the first one's peer takes its place. */
		dest = second;
		also = first;
		err = bridge_peer_find(also, &br, &op->source);
	}
	if (err) {
		free(op);
		return err;
	}
	bridge_put(br);
	channel_get(also);
	op->also = also;
	op->ext = (struct move_ext){ .also = also, .check = attended_check,
				     .committed = attended_committed };
	op->done = done;
	op->arg = arg;
	/* In one bridge the source is dest: -EINVAL. */
	err = channel_move_ext(dest, op->source, &op->ext, attended_done, op);
	if (err)
		attended_end(op);
	return err;
}

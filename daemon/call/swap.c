// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swap into a bridge: one task that holds the bridge, both channels, and the bridge from which the
 * new one comes.
 */
#include <stdlib.h>

#include "daemon/call/bridge_priv.h"

struct swap {
	struct task_multi mt;
	struct channel *out, *in; /* references */
	struct bridge *br, *from; /* references; from may be NULL */
	bridge_done done;
	void *arg;
};

static int swap_check(const struct swap *op)
{
	int err = channel_alive(op->out);

	if (!err)
		err = channel_alive(op->in);
	if (!err && (op->out->bridge != op->br || op->in->bridge != op->from || op->br->dying))
		err = -EBUSY;
	return err ? err : channel_same_owner(op->out, op->in);
}

/* m: in's in a conference; takes the reference. */
static void swap(struct bridge *br, struct channel *out, struct channel *in, struct mix_member *m)
{
	struct bridge_member *slot = bridge_slot(br, out);

	path_parted(br, out);
	bridge_music_leave(slot);
	if (m) {
		mix_leave(slot->mix);
		mix_enter(m);
	}
	slot->ch = in;
	slot->mix = m;
	atomic_store_relaxed(&slot->voice, 0);
	atomic_store(&slot->id, in->id);
	channel_get(in); /* out's pins become in's: of the channel, and the bridge's stays one */
	bridge_set_member(out, NULL);
	bridge_set_member(in, br);
	in->linked = br->linked;
	history_tell(in, HISTORY_ENTERED, br->sid);
	history_tell(out, HISTORY_LEFT, br->sid);
	bridge_member_event(br, in, EVENT_BRIDGE_ENTERED);
	bridge_member_event(br, out, EVENT_BRIDGE_LEFT);
	event_operation(in, EVENT_CHANNEL_SWAPPED, out, NULL, NULL);
	path_joined(br);
	bridge_tell_parties(br);
	channel_notice(out, NOTICE_UNBRIDGED, NULL);
	channel_notice(in, NOTICE_BRIDGED, NULL);
	path_eval(br);
	bridge_music_eval(br);
	channel_put(out);
}

static void swap_task(struct task *task, int status)
{
	struct swap *op = container_of(task, struct swap, mt.task);
	struct mix_member *m = NULL;

	/* A bridge has gone; both channels may live on. */
	if (status == -ENODEV && op->out->face.state != CHAN_DEAD &&
	    op->in->face.state != CHAN_DEAD)
		status = -EBUSY;
	if (!status)
		status = swap_check(op);
	if (!status && op->br->mix) {
		m = bridge_voice_new(op->br, op->in, &(struct bridge_voice){ 0 });
		status = m ? 0 : -ENOMEM;
	}
	if (!status) {
		if (op->from) {
			bridge_leave(op->from, op->in);
			bridge_last_left(op->from);
		}
		swap(op->br, op->out, op->in, m);
	}
	if (op->done)
		op->done(op->arg, status);
	if (op->from)
		bridge_put(op->from);
	bridge_put(op->br);
	channel_put(op->in);
	channel_put(op->out);
	free(op);
}

int bridge_swap(struct channel *out, struct channel *in, bridge_done done, void *arg)
{
	struct serializer *sers[4] = { &out->ser, &in->ser };
	struct swap *op;
	int n = 3, err;

	if (in == out)
		return -EINVAL;
	op = calloc(1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	err = bridge_of(out, &op->br);
	if (err)
		goto free_op;
	err = bridge_of(in, &op->from);
	if (err == -ENODEV || op->br == op->from)
		goto put_bridges;
	channel_get(out);
	channel_get(in);
	op->out = out;
	op->in = in;
	op->done = done;
	op->arg = arg;
	sers[2] = &op->br->ser;
	if (op->from)
		sers[n++] = &op->from->ser;
	task_init(&op->mt.task, swap_task);
	return serializer_post_multi(&op->mt, sers, n);

put_bridges:
	if (op->from)
		bridge_put(op->from);
	bridge_put(op->br);
	err = err ? err : -EINVAL;
free_op:
	free(op);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Move: re-seat a leg. move.h tells what it means; here is how.
 *
 *	prepare		task of both channels; nothing changes but that both are marked as moving,
 *			and that their ports have one more user of the transmit side
 *	settle		tasks of the bridges, one after the other: the path is back in user space,
 *			and stays there because of that user
 *	commit		task of both channels: checks again, writes it down, swaps
 *	after		task of dest: tells controller, far ends and bridge
 *
 * Without bridges there is nothing to settle and commit follows in the task of prepare. No task
 * waits for another, no state says that somebody else should finish the move, and everything that
 * commit needs was allocated before.
 */
#include "daemon/call/move_priv.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

struct move {
	struct task_multi mt;
	struct channel *dest, *source; /* references */
	struct bridge *bridge[2];      /* references; dest's and source's, as prepare saw them */
	struct media_seat *seat;       /* {source's leg, dest's port} */
	struct channel_work after;
	struct move_ext *ext; /* may be NULL */
	int err;       /* a refusal on the way */
	bool answered; /* dest was not UP before */
	bool was_held, is_held; /* whether dest's far end held it before the commit, and after */
	void (*done)(void *arg, int err);
	void *arg;
};

static void move_free(struct move *mv)
{
	media_seat_free(mv->seat);
	for (int i = 0; i < 2; i++)
		if (mv->bridge[i])
			bridge_put(mv->bridge[i]);
	if (mv->ext && mv->ext->also)
		channel_put(mv->ext->also);
	channel_put(mv->dest);
	channel_put(mv->source);
	free(mv);
}

/* All held: the ext is the caller's again once done() was called. */
static void end(struct move *mv, int err)
{
	void (*done)(void *arg, int err) = mv->done;
	void *arg = mv->arg;

	move_free(mv);
	if (done)
		done(arg, err);
}

/* From now on, or no longer, a move: both held. */
static void mark(struct channel *ch, bool moving)
{
	ch->moving = moving;
	atomic_add(&ch->port.tx_users, moving ? 1U : -1U);
	if (!moving && ch->bridge)
		bridge_kick(ch->bridge);
}

static int check(const struct move *mv)
{
	struct channel *dest = mv->dest, *source = mv->source;
	int err = channel_alive(dest);

	if (!err)
		err = channel_alive(source);
	if (err)
		return err;
	if (source->face.state != CHAN_UP)
		return -EINVAL;
	if (dest->bridge && dest->bridge == source->bridge)
		return -EINVAL;
	return mv->ext && mv->ext->check ? mv->ext->check(mv->ext, dest, source) : 0;
}

/* The peer knows the old leg's hold, and is to hear of the new one's; unless it did already. */
static void tell_hold(const struct move *mv, struct channel *dest)
{
	bool held = dest->face.held;

	if (dest->face.state != CHAN_UP || mv->was_held == mv->is_held || held != mv->is_held)
		return;
	event_channel(dest, held ? EVENT_CHANNEL_HOLD : EVENT_CHANNEL_UNHOLD);
	channel_notice(dest, held ? NOTICE_HOLD : NOTICE_UNHOLD, NULL);
}

static int after_fn(struct channel_work *work, struct channel *dest)
{
	struct move *mv = container_of(work, struct move, after);
	struct leg *leg = dest->leg;

	mark(dest, false);
	if (mv->answered)
		channel_notice(dest, NOTICE_ANSWERED, NULL);
	channel_notice(dest, NOTICE_MOVED, NULL);
	tell_hold(mv, dest);
	channel_music(dest, MUSIC_HELD, false, NULL); /* this leg was not put on hold by it */
	if (dest->face.state == CHAN_UP && dest->face.connected.number[0] && leg->ops->connected)
		leg->ops->connected(leg, &dest->face.connected);
	if (dest->bridge)
		bridge_rejoin(dest->bridge);
	return 0;
}

/* -ENODEV: dest ended in between, which is no business of a move that was committed. */
static void after_done(struct channel_work *work, int err)
{
	(void)err;
	end(container_of(work, struct move, after), 0);
}

/* Cannot fail, calls nobody, allocates nothing. */
static void commit(struct move *mv)
{
	struct channel *dest = mv->dest, *source = mv->source;
	struct leg *old = dest->leg, *leg = source->leg;
	struct channel_face df = dest->face, sf = source->face;

	dest->pending = true;
	source->pending = true;
	rcu_ptr_publish(&dest->leg, leg);
	rcu_ptr_publish(&source->leg, old);
	rcu_ptr_publish(&leg->chan, dest);
	rcu_ptr_publish(&old->chan, source);
	atomic_barrier(); /* pairs with ring() in leg.c */

	/* The old leg is in no port: until it is gone it sends idle and is not heard. */
	media_seat_publish(&dest->port, &leg->ep, mv->seat);
	media_seat_publish(&source->port, &old->ep, NULL);
	mv->seat = NULL;

	mv->was_held = df.held;
	mv->is_held = sf.held;
	df.state = sf.state;
	df.held = sf.held;
	df.caller = sf.caller;
	memcpy(df.leg, sf.leg, sizeof(df.leg));
	sf.state = dest->face.state;
	sf.held = dest->face.held;
	sf.caller = dest->face.caller;
	memcpy(sf.leg, dest->face.leg, sizeof(sf.leg));
	mv->answered = sf.state != CHAN_UP;
	channel_face_set(dest, &df);
	channel_face_set(source, &sf);
	source->given = true;
	dest->pending = false;
	source->pending = false;
}

static void committed(struct move *mv)
{
	struct channel *dest = mv->dest, *source = mv->source;
	struct event *event = event_of_channel(dest, EVENT_CHANNEL_MOVED);

	if (event) {
		event->u.moved.source = source->id;
		memcpy(event->u.moved.source_sid, source->sid, sizeof(source->sid));
		event_post(event);
	}
	if (mv->answered)
		event_channel(dest, EVENT_CHANNEL_STATE);
	if (mv->ext && mv->ext->committed)
		mv->ext->committed(mv->ext, dest, source);
	log_info("channel %s goes on with the leg of %s", dest->name, source->name);
	mark(source, false);
	channel_doorbell(dest);
	channel_doorbell(source);
	channel_post_hangup(source, mv->answered ? CAUSE_PICKED_UP : CAUSE_NORMAL);
	mv->after.fn = after_fn;
	mv->after.done = after_done;
	channel_post_work(dest, &mv->after);
}

static void commit_task(struct task *task, int status)
{
	struct move *mv = container_of(task, struct move, mt.task);
	struct channel *dest = mv->dest, *source = mv->source;

	if (!status)
		status = mv->err ? mv->err : check(mv);
	/* Bridged elsewhere meanwhile: that path was not settled. */
	if (!status && (dest->bridge != mv->bridge[0] || source->bridge != mv->bridge[1]))
		status = -EBUSY;
	if (!status)
		status = history_tell_move(dest, source); /* the last that can refuse */
	if (status) {
		mark(dest, false);
		mark(source, false);
		end(mv, status);
		return;
	}
	commit(mv);
	committed(mv);
}

static int post(struct move *mv, task_fn fn)
{
	struct serializer *sers[3] = { &mv->dest->ser, &mv->source->ser };
	int n = 2;

	if (mv->ext && mv->ext->also)
		sers[n++] = &mv->ext->also->ser;
	task_init(&mv->mt.task, fn);
	return serializer_post_multi(&mv->mt, sers, n);
}

static void to_commit(struct move *mv)
{
	post(mv, commit_task); /* as it went for prepare: no duplicate */
}

static void settled_source(void *arg, int err)
{
	(void)err; /* -ENODEV: the bridge is gone, and commit sees that */
	to_commit(arg);
}

static void settled_dest(void *arg, int err)
{
	struct move *mv = arg;

	/* err: as for source's */
	if (!mv->bridge[1]) {
		to_commit(mv);
		return;
	}
	/* From a success on it is the next task's, which may have ended it already. */
	err = bridge_settle(mv->bridge[1], settled_source, mv);
	if (!err)
		return;
	mv->err = err;
	to_commit(mv); /* which refuses: it holds what undoing needs */
}

static void prepare_task(struct task *task, int status)
{
	struct move *mv = container_of(task, struct move, mt.task);
	struct channel *dest = mv->dest, *source = mv->source;

	if (!status)
		status = check(mv);
	if (!status && (dest->moving || source->moving))
		status = -EBUSY;
	if (!status) {
		mv->seat = media_seat_new(dest, source->leg);
		status = mv->seat ? 0 : -ENOMEM;
	}
	if (!status && !dest->bridge && !source->bridge)
		status = history_tell_move(dest, source);
	if (status) {
		end(mv, status);
		return;
	}
	mark(dest, true);
	mark(source, true);
	if (!dest->bridge && !source->bridge) {
		commit(mv);
		committed(mv);
		return;
	}
	mv->bridge[0] = dest->bridge;
	mv->bridge[1] = source->bridge;
	for (int i = 0; i < 2; i++)
		if (mv->bridge[i])
			bridge_get(mv->bridge[i]);
	if (mv->bridge[0])
		status = bridge_settle(mv->bridge[0], settled_dest, mv);
	else
		status = bridge_settle(mv->bridge[1], settled_source, mv);
	if (status) {
		mark(dest, false);
		mark(source, false);
		end(mv, status);
	}
}

int channel_move_ext(struct channel *dest, struct channel *source, struct move_ext *ext,
		     void (*done)(void *arg, int err), void *arg)
{
	struct move *mv;
	int err;

	if (dest == source)
		return -EINVAL;
	mv = calloc(1, sizeof(*mv));
	if (!mv)
		return -ENOMEM;
	channel_get(dest);
	channel_get(source);
	if (ext && ext->also)
		channel_get(ext->also);
	mv->dest = dest;
	mv->source = source;
	mv->ext = ext;
	mv->done = done;
	mv->arg = arg;
	err = post(mv, prepare_task);
	if (err)
		move_free(mv);
	return err;
}

int channel_move(struct channel *dest, struct channel *source, void (*done)(void *arg, int err),
		 void *arg)
{
	return channel_move_ext(dest, source, NULL, done, arg);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* All plays and recordings: by id, by turn, how they stand, and what is told of them; see talk.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/event.h"
#include "daemon/conf/text.h"
#include "daemon/media/talk_priv.h"

static tlock_t talk_lock;		/* queue.media: the list below, and next of all in it */
static struct talk *talks;

static struct event_sub *listener;

/* Events come until the listener is gone, which is after the last channel. */
static void __attribute__((constructor)) talk_locks(void)
{
	tlock_init(&talk_lock, TLOCK_QUEUE_MEDIA, 0);
}

/* Of it, or of the bridge in which it is. */
static bool is_of(const struct talk *k, const struct channel_info *chan)
{
	return k->br ? bridge_id(k->br) == chan->bridge : channel_id(k->ch) == chan->id;
}

/* One that this digit ends, and that does not know it yet. Counted. */
static struct talk *ended_by(const struct event *event)
{
	struct talk *k;

	tlock_lock(&talk_lock);
	for (k = talks; k; k = k->next)
		if (k->ops == &talk_record_ops && is_of(k, &event->chan) &&
		    !atomic_load(&k->finishing) && strchr(k->digits, event->u.dtmf.digit))
			break;
	if (k)
		ref_get(&k->ref);
	tlock_unlock(&talk_lock);
	return k;
}

/* Event thread. */
static void listen(struct event_sub *sub, struct event *event)
{
	struct talk *k;

	(void)sub;
	if (event->type != EVENT_CHANNEL_DTMF || !event->u.dtmf.digit)
		return;
	while ((k = ended_by(event))) {
		talk_finish(k, 0);
		ref_put(&k->ref);
	}
}

static void listener_gone(struct event_sub *sub)
{
	free(sub);
}

int talk_list_init(void)
{
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	listener->deliver = listen;
	listener->gone = listener_gone;
	event_subscribe(listener, EVENT_BIT(EVENT_CHANNEL_DTMF));
	return 0;
}

void talk_list_exit(void)
{
	event_unsubscribe(listener);
}

void talk_list_remove(struct talk *k)
{
	struct talk **p;

	tlock_lock(&talk_lock);
	for (p = &talks; *p && *p != k; p = &(*p)->next)
		;
	if (*p)
		*p = k->next;
	tlock_unlock(&talk_lock);
}

static struct talk *find(const char *id)
{
	struct talk *k = talks;

	tlock_assert_held(&talk_lock);
	while (k && strcmp(k->id, id))
		k = k->next;
	return k;
}

struct talk *talk_get(const char *id)
{
	struct talk *k;

	tlock_lock(&talk_lock);
	k = find(id);
	if (k)
		ref_get(&k->ref);
	tlock_unlock(&talk_lock);
	return k;
}

int talk_list_add(struct talk *k)
{
	struct talk *o;

	tlock_lock(&talk_lock);
	o = find(k->id);
	if (!o) {
		k->next = talks;
		talks = k;
	}
	tlock_unlock(&talk_lock);
	return o ? -EEXIST : 0;
}

void talk_report_fill(struct talk *k, struct talk_report *r)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->id, k->id, sizeof(r->id));
	r->kind = k->params.kind;
	r->err = atomic_load(&k->err);
	r->started = (uint8_t)atomic_load(&k->begun);
	r->frame = atomic_load(&k->frame);
	r->octets = atomic_load(&k->octets);
	r->filled = atomic_load(&k->filled);
}

/* --- what is told -------------------- */

static const char *state_name(const struct talk *k)
{
	switch (atomic_load(&k->state)) {
	case TALK_QUEUED:
		return "queued";
	case TALK_RUNNING:
		return k->params.kind == TALK_PLAY ? "playing" : "recording";
	case TALK_PAUSED:
		return "paused";
	default:
		return "done";
	}
}

/* As it was when item was heard. */
static void talk_fill(const struct talk *k, uint32_t item, struct channel_talk *t)
{
	memset(t, 0, sizeof(*t));
	t->record = k->params.kind != TALK_PLAY;
	TEXT_SET(t->id, k->id);
	t->bridge = k->br;
	TEXT_SET(t->target, k->br ? bridge_sid(k->br) : channel_sid(k->ch));
	TEXT_SET(t->state, state_name(k));
	if (t->record) {
		uint64_t octets = atomic_load(&k->octets), silent = atomic_load(&k->silent);

		TEXT_SET(t->uri, strrchr(k->path, '.') ? strrchr(k->path, '.') + 1 : "");
		t->ms = (uint32_t)(octets / 8);
		t->silence_ms = (uint32_t)(silent / 8);
		t->talking_ms = t->ms - t->silence_ms;
	} else {
		TEXT_SET(t->uri, k->items[item].uri);
	}
	if (item + 1 < k->nitems)
		TEXT_SET(t->next_uri, k->items[item + 1].uri);
}

/* Task of its channel or bridge, which may have died. */
void talk_tell(struct talk *k, enum channel_talk_step step, uint32_t item)
{
	int err = atomic_load(&k->err);
	struct channel_talk t;

	if (!k->ops->event)
		return;
	talk_fill(k, item, &t);
	t.step = (uint8_t)step;
	TEXT_SET(t.app, k->app);
	if (step == CHANNEL_TALK_CONTINUING)
		TEXT_SET(t.state, "continuing");
	if (step == CHANNEL_TALK_FINISHED && err && err != -ECANCELED) {
		t.err = err;
		TEXT_SET(t.state, "failed");
	} else if (step == CHANNEL_TALK_FINISHED && atomic_load(&k->discard)) {
		TEXT_SET(t.state, "canceled");
	}
	if (k->br)
		bridge_talk_event(k->br, &t);
	else
		channel_talk_event(k->ch, &t);
}

/* Files may have been too short to be told of one by one. */
static void tell_items(struct talk *k)
{
	uint32_t item = atomic_load(&k->item);

	if (item < k->item_told)	/* another round */
		k->item_told = 0;
	while (k->item_told < item)
		talk_tell(k, CHANNEL_TALK_CONTINUING, ++k->item_told);
}

/* Its id is free before anybody is told. */
void talk_tell_over(struct talk *k)
{
	talk_list_remove(k);
	if (k->told)
		return;
	k->told = true;
	tell_items(k);
	atomic_store(&k->state, TALK_OVER);
	talk_tell(k, CHANNEL_TALK_FINISHED, k->item_told);
}

int talk_step_fn(struct talk *k)
{
	if (!k->told)
		tell_items(k);
	return 0;
}

void talk_step_done(struct talk *k, int err)
{
	atomic_store(&k->stepping, 0);
	atomic_barrier();	/* pairs with talk_step(): it posts, or its step is seen here */
	if (!err && !k->told && atomic_load(&k->item) > k->item_told)
		talk_step(k);
	ref_put(&k->ref);
}

void talk_step(struct talk *k)
{
	uint32_t no = 0;

	if (!atomic_cas(&k->stepping, &no, 1))
		return;
	ref_get(&k->ref);
	talk_post(k, &k->work_step);
}

/* --- turns -------------------- */

/* One that waits; of several the one that came first. Counted. NULL: none. */
struct talk *talk_next_waiting(const struct talk *k)
{
	struct talk *o, *first = NULL;

	tlock_lock(&talk_lock);
	for (o = talks; o; o = o->next)
		if (o->ser == k->ser && o->waiting)
			first = o;	/* the list's end is the oldest */
	if (first)
		ref_get(&first->ref);
	tlock_unlock(&talk_lock);
	return first;
}

/* Task of the channel: one at a time has the turn. */
bool talk_take_turn(struct talk *k)
{
	bool free = true;
	struct talk *o;

	tlock_lock(&talk_lock);
	for (o = talks; o && free; o = o->next)
		free = o->ser != k->ser || !o->turn;
	tlock_unlock(&talk_lock);
	k->turn = free;
	k->waiting = !free;
	return free;
}

int talk_control(const char *id, enum talk_control control)
{
	int err = -ENOENT;
	struct talk *k;

	tlock_lock(&talk_lock);
	k = find(id);
	if (k && k->ops->control)
		err = k->ops->control(k, control);
	tlock_unlock(&talk_lock);
	return err;
}

int talk_change(struct talk *k, enum talk_state from, enum talk_state to)
{
	uint32_t is = from;

	return atomic_cas(&k->state, &is, to) ? 0 : -EINVAL;
}

int talk_read(const char *id, struct channel_talk *t)
{
	struct talk *k = talk_get(id);
	int err = k && k->ops->event ? 0 : -ENOENT;

	if (!err)
		talk_fill(k, atomic_load(&k->item), t);
	if (k)
		ref_put(&k->ref);
	return err;
}

int talk_report_read(const char *id, struct talk_report *r)
{
	struct talk *k = talk_get(id);

	if (!k)
		return -ENOENT;
	talk_report_fill(k, r);
	ref_put(&k->ref);
	return 0;
}


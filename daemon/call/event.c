// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: queued by tasks, delivered by one thread.
 */
#include "daemon/call/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/futex.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"

static struct mpsc queue;
static uint32_t rung; /* futex: raised when the queue was empty and is not */
static uint32_t stopping;
static struct event_sub *subs; /* changed under subs_lock; the event thread reads it under RCU */
static tlock_t subs_lock;      /* queue.event: the list, what each asks for, the two sums below */
static uint64_t asked;	       /* atomic: the types that any of them asks for */
/*
 * Atomic: twice how many events were not made because nobody asked for them; and ALL_ASKED, while
 * there is a subscriber who asks for all. In one word, since to him the numbers have no gaps: no
 * event is counted here any more once he is there.
 */
static uint64_t unmade;
static struct event_counts counts; /* atomics */
static struct tthread thread;
static uint64_t made;	       /* the event thread's: delivered events */
static uint64_t lost;

#define ALL_ASKED 1
#define UNMADE	  2

static const char *const names[EVENT_TYPES] = {
	[EVENT_CHANNEL_CREATED] = "ChannelCreated",
	[EVENT_CHANNEL_STATE] = "ChannelStateChange",
	[EVENT_CHANNEL_DIALED] = "Dial",
	[EVENT_CHANNEL_DTMF] = "ChannelDtmfReceived",
	[EVENT_CHANNEL_DIGITS] = "ChannelDialplan",
	[EVENT_CHANNEL_HOLD] = "ChannelHold",
	[EVENT_CHANNEL_UNHOLD] = "ChannelUnhold",
	[EVENT_CHANNEL_CONNECTED] = "ChannelConnectedLine",
	[EVENT_CHANNEL_CALLER] = "ChannelCallerId",
	[EVENT_CHANNEL_VAR] = "ChannelVarset",
	[EVENT_CHANNEL_MOVED] = "ChannelMoved",
	[EVENT_CHANNEL_TRANSFERRED] = "BridgeBlindTransfer",
	[EVENT_CHANNEL_TRANSFERRED_ATTENDED] = "BridgeAttendedTransfer",
	[EVENT_CHANNEL_SWAPPED] = "ChannelSwapped",
	[EVENT_CHANNEL_PICKED_UP] = "ChannelPickedUp",
	[EVENT_CHANNEL_PARKED] = "ChannelParked",
	[EVENT_CHANNEL_UNPARKED] = "ChannelUnparked",
	[EVENT_CHANNEL_RING_WON] = "RingGroupAnswered",
	[EVENT_CHANNEL_APP_ENTERED] = "StasisStart",
	[EVENT_CHANNEL_APP_LEFT] = "StasisEnd",
	[EVENT_CHANNEL_HANGUP_REQUEST] = "ChannelHangupRequest",
	[EVENT_CHANNEL_DESTROYED] = "ChannelDestroyed",
	[EVENT_CHANNEL_TALK] = "ChannelTalk",
	[EVENT_CHANNEL_TALKING_STARTED] = "ChannelTalkingStarted",
	[EVENT_CHANNEL_TALKING_FINISHED] = "ChannelTalkingFinished",
	[EVENT_LEG_QUARANTINED] = "LegQuarantined",
	[EVENT_BRIDGE_CREATED] = "BridgeCreated",
	[EVENT_BRIDGE_ENTERED] = "ChannelEnteredBridge",
	[EVENT_BRIDGE_LEFT] = "ChannelLeftBridge",
	[EVENT_BRIDGE_PATH] = "BridgePathChanged",
	[EVENT_BRIDGE_DESTROYED] = "BridgeDestroyed",
	[EVENT_CPU_REACHED] = "CpuLimitReached",
	[EVENT_CPU_CLEARED] = "CpuLimitCleared",
	[EVENT_ENDPOINT] = "EndpointStateChange",
	[EVENT_DCHANNEL] = "DChannelState",
	[EVENT_SPAN_ALARM] = "SpanAlarm",
	[EVENT_SPAN_CLOCK] = "SpanClockChanged",
};

const char *event_name(enum event_type type)
{
	return names[type];
}

static void event_free(struct ref *ref)
{
	free(container_of(ref, struct event, ref));
}

static void __attribute__((constructor)) event_locks(void)
{
	tlock_init(&subs_lock, TLOCK_QUEUE_EVENT, 0);
}

static void count(const struct channel *ch, enum event_type type)
{
	switch (type) {
	case EVENT_CHANNEL_CREATED:
		atomic_inc_relaxed(&counts.created[ch->face.outgoing]);
		break;
	case EVENT_CHANNEL_MOVED:
		atomic_inc_relaxed(&counts.moved);
		break;
	case EVENT_CHANNEL_DESTROYED:
		atomic_inc_relaxed(&counts.destroyed[(unsigned int)ch->face.cause %
						     ARRAY_SIZE(counts.destroyed)]);
		break;
	default:
		break;
	}
}

void event_counts_read(struct event_counts *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts.created); i++)
		to->created[i] = atomic_load_relaxed(&counts.created[i]);
	to->moved = atomic_load_relaxed(&counts.moved);
	for (size_t i = 0; i < ARRAY_SIZE(counts.destroyed); i++)
		to->destroyed[i] = atomic_load_relaxed(&counts.destroyed[i]);
}

/* Whether the event is to be made; if not, it has its number now. */
static bool asked_for(enum event_type type)
{
	uint64_t old = atomic_load_relaxed(&unmade);

	do {
		if ((old & ALL_ASKED) || (atomic_load_relaxed(&asked) & EVENT_BIT(type)))
			return true;
	} while (!__atomic_compare_exchange_n(&unmade, &old, old + UNMADE, true, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return false;
}

/*
 * The object's own number is taken even when nobody listens: a gap shows who subscribed too late.
 */
struct event *event_of_channel(struct channel *ch, enum event_type type)
{
	struct event *event;

	serializer_assert_held(&ch->ser);
	/* Whatever happens to it first, its creation is told before. */
	if (!ch->told) {
		ch->told = true;
		event_channel(ch, EVENT_CHANNEL_CREATED);
		if (type == EVENT_CHANNEL_CREATED)
			return NULL;
	}
	ch->event_seq++;
	count(ch, type);
	event = event_new(type);
	if (!event)
		return NULL;
	event->obj_seq = ch->event_seq;
	event->has_chan = true;
	channel_info_read(ch, &event->chan);
	return event;
}

/* What each of them is called in the history; 0: nothing. */
static const uint8_t operations[EVENT_TYPES] = {
	[EVENT_CHANNEL_TRANSFERRED] = HISTORY_TRANSFERRED,
	[EVENT_CHANNEL_TRANSFERRED_ATTENDED] = HISTORY_TRANSFERRED_ATTENDED,
	[EVENT_CHANNEL_SWAPPED] = HISTORY_SWAPPED,
	[EVENT_CHANNEL_PICKED_UP] = HISTORY_PICKED_UP,
	[EVENT_CHANNEL_RING_WON] = HISTORY_RING_WON,
};

void event_operation(struct channel *ch, enum event_type type, const struct channel *other,
		     const struct channel *second, const char *target)
{
	struct event *event;

	if (operations[type])
		history_tell_operation(ch, (enum history)operations[type], other,
				       second ? second->sid : target);
	event = event_of_channel(ch, type);
	if (!event)
		return;
	event->u.op.other = other->id;
	memcpy(event->u.op.other_sid, other->sid, sizeof(other->sid));
	if (second) {
		event->u.op.second = second->id;
		memcpy(event->u.op.second_sid, second->sid, sizeof(second->sid));
	}
	if (target)
		snprintf(event->u.op.target, sizeof(event->u.op.target), "%s", target);
	event_post(event);
}

struct event *event_new(enum event_type type)
{
	struct event *event;

	if (!asked_for(type))
		return NULL;
	event = calloc(1, sizeof(*event));
	if (!event) {
		atomic_inc_relaxed(&lost);
		return NULL;
	}
	ref_init(&event->ref, event_free);
	event->type = (uint8_t)type;
	event->time_us = now_us();
	event->made_ns = tnow();
	return event;
}

void event_post(struct event *event)
{
	if (!event || !mpsc_push(&queue, &event->node))
		return;
	atomic_add(&rung, 1);
	futex_wake(&rung, 1);
}

void event_channel(struct channel *ch, enum event_type type)
{
	event_post(event_of_channel(ch, type));
}

void event_cpu(bool reached, int load, int high, int low)
{
	struct event *event = event_new(reached ? EVENT_CPU_REACHED : EVENT_CPU_CLEARED);

	if (!event)
		return;
	event->u.cpu.load = load;
	event->u.cpu.high = high;
	event->u.cpu.low = low;
	event_post(event);
}

static void sum_up(void)
{
	uint64_t types = EVENT_NONE;
	bool all = false;

	tlock_assert_held(&subs_lock);
	for (const struct event_sub *sub = subs; sub; sub = sub->next) {
		types |= sub->types;
		all = all || sub->types == EVENT_ALL;
	}
	atomic_store(&asked, types);
	if (all)
		__atomic_or_fetch(&unmade, ALL_ASKED, __ATOMIC_SEQ_CST);
	else
		__atomic_and_fetch(&unmade, ~(uint64_t)ALL_ASKED, __ATOMIC_SEQ_CST);
}

void event_subscribe(struct event_sub *sub, uint64_t types)
{
	sub->ended = false;
	sub->types = types;
	tlock_lock(&subs_lock);
	sub->next = subs;
	rcu_ptr_publish(&subs, sub);
	sum_up();
	tlock_unlock(&subs_lock);
}

void event_ask(struct event_sub *sub, uint64_t types)
{
	tlock_lock(&subs_lock);
	sub->types = types;
	sum_up();
	tlock_unlock(&subs_lock);
}

void event_unsubscribe(struct event_sub *sub)
{
	atomic_store(&sub->ended, true);
	atomic_add(&rung, 1);
	futex_wake(&rung, 1);
}

/* The event thread only: nobody else takes entries out. */
static void reap(bool all)
{
	struct event_sub **p = &subs, *sub, *gone = NULL;

	tlock_lock(&subs_lock);
	while ((sub = *p)) {
		if (!all && !atomic_load(&sub->ended)) {
			p = &sub->next;
			continue;
		}
		rcu_ptr_publish(p, sub->next);
		sub->next = gone;
		gone = sub;
	}
	if (gone)
		sum_up();
	tlock_unlock(&subs_lock);
	while ((sub = gone)) {
		gone = sub->next;
		lock_assert_none_held();
		if (sub->gone)
			sub->gone(sub);
	}
}

static void deliver(struct event *event)
{
	struct event_sub *sub, *next;

	event->seq = ++made + atomic_load(&unmade) / UNMADE;
	/* The list's head may grow meanwhile; entries are only taken out by ourselves. */
	for (sub = rcu_ptr_load(&subs); sub; sub = next) {
		next = sub->next;
		if (atomic_load(&sub->ended))
			continue;
		lock_assert_none_held();
		sub->deliver(sub, event);
		lock_assert_none_held();
	}
	event_put(event);
}

static void event_main(void *arg)
{
	bool stop;

	(void)arg;
	do {
		uint32_t seen = atomic_load(&rung);
		struct mpsc_node *node, *next;

		stop = atomic_load(&stopping);
		for (node = mpsc_take(&queue); node; node = next) {
			next = node->next;
			deliver(container_of(node, struct event, node));
		}
		reap(false);
		if (!stop && mpsc_empty(&queue))
			futex_wait(&rung, seen, UINT64_MAX);
	} while (!stop);
	reap(true);
}

uint64_t events_lost(void)
{
	return atomic_load_relaxed(&lost);
}

int event_start(void)
{
	atomic_store(&stopping, 0);
	return tthread_start(&thread, TTHREAD_EVENT, "event", event_main, NULL);
}

void event_stop(void)
{
	atomic_store(&stopping, 1);
	atomic_add(&rung, 1);
	futex_wake(&rung, 1);
	tthread_join(&thread);
	if (atomic_load_relaxed(&lost))
		log_warn("%llu events were lost for want of memory",
			 (unsigned long long)atomic_load_relaxed(&lost));
}

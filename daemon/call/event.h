/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: what happened to channels and bridges, and to the daemon, for those who watch.
 *
 * An event is made in a task of its object, so that the events of one object are numbered and
 * queued in the order in which they happened. One that no subscriber asks for is only counted. One
 * thread delivers them to the subscribers, with nothing held. A subscriber may take any lock of its
 * own and may call anything, serializer_call() too; while it dawdles the other subscribers wait, so
 * one that cannot keep up should keep a queue of its own (an event is counted: take a reference).
 */
#ifndef TDMD_CALL_EVENT_H
#define TDMD_CALL_EVENT_H

#include "daemon/call/channel.h"
#include "daemon/core/mpsc.h"
#include "daemon/core/ref.h"
#include "daemon/core/types.h"

enum event_type {
	EVENT_CHANNEL_CREATED,
	EVENT_CHANNEL_STATE,	  /* state changed: chan.state */
	EVENT_CHANNEL_DIALED,	  /* the leg was asked to place its call */
	EVENT_CHANNEL_DTMF,	  /* u.dtmf */
	EVENT_CHANNEL_DIGITS,	  /* the called number grew: chan.exten */
	EVENT_CHANNEL_HOLD,
	EVENT_CHANNEL_UNHOLD,
	EVENT_CHANNEL_CONNECTED,  /* connected line changed: chan.connected */
	EVENT_CHANNEL_CALLER,	  /* caller changed */
	EVENT_CHANNEL_VAR,	  /* u.var */
	EVENT_CHANNEL_MOVED,	  /* this is dest of a move: u.moved */
	EVENT_CHANNEL_TRANSFERRED, /* blind: this is the transferrer's: u.op, op.target */
	EVENT_CHANNEL_TRANSFERRED_ATTENDED, /* the channel that goes on: u.op */
	EVENT_CHANNEL_SWAPPED,	  /* this took u.op's place in the bridge */
	EVENT_CHANNEL_PICKED_UP,  /* this rang and has u.op's leg now */
	EVENT_CHANNEL_PARKED,	  /* u.park */
	EVENT_CHANNEL_UNPARKED,	  /* u.park, park.why */
	EVENT_CHANNEL_RING_WON,	  /* of a ring group this answered first; u.op called it */
	EVENT_CHANNEL_APP_ENTERED, /* it waits for what its application decides: u.app, chan.app */
	EVENT_CHANNEL_APP_LEFT,	  /* chan.app decides no more: it ends, or somebody else does */
	EVENT_CHANNEL_HANGUP_REQUEST, /* chan.cause; will end */
	EVENT_CHANNEL_DESTROYED,  /* the last one of a channel: chan.cause */
	EVENT_CHANNEL_TALK,	  /* a play or record of it, or of a bridge, began or ended: u.talk */
	EVENT_CHANNEL_TALKING_STARTED,	/* in a conference */
	EVENT_CHANNEL_TALKING_FINISHED, /* u.talking */
	EVENT_LEG_QUARANTINED,	  /* u.leg */
	EVENT_BRIDGE_CREATED,
	EVENT_BRIDGE_ENTERED,	  /* chan and bridge */
	EVENT_BRIDGE_LEFT,
	EVENT_BRIDGE_PATH,	  /* u.path */
	EVENT_BRIDGE_DESTROYED,
	EVENT_CPU_REACHED,	  /* the load is at its limit: no new calls. u.cpu */
	EVENT_CPU_CLEARED,	  /* new calls are taken again. u.cpu */
	EVENT_ENDPOINT,		  /* calls can be placed there now, or no more: u.endpoint */
	EVENT_DCHANNEL,		  /* a D-channel came up or went down: u.dchannel */
	EVENT_SPAN_ALARM,	  /* u.span */
	EVENT_SPAN_CLOCK,	  /* a card's clock is made in another way: u.clock */
	EVENT_TYPES
};

#define EVENT_BIT(type) (1ULL << (type))
#define EVENT_NONE	0ULL
#define EVENT_ALL	(EVENT_BIT(EVENT_TYPES) - 1)

struct event {
	struct mpsc_node node;
	struct ref ref;
	uint8_t type;	   /* enum event_type */
	/*
	 * Over all events, those that nobody asked for too, in the order of delivery; without gaps
	 * for who asks for all, as long as it does.
	 */
	uint64_t seq;
	/* over the events of this channel (or, for bridge events without one, bridge) */
	uint64_t obj_seq;
	uint64_t time_us;  /* CLOCK_REALTIME */
	uint64_t made_ns;  /* tnow(): what was made before an instant was made before it for all */
	bool has_chan;
	uint64_t bridge;   /* 0: none */
	uint64_t bridge_created_us;
	uint8_t bridge_type, bridge_mode;
	char bridge_sid[CHANNEL_SID_LEN], bridge_name[CHANNEL_NAME_LEN];
	struct channel_info chan; /* as it was then */
	union {
		struct {
			char digit;
			uint32_t ms;
		} dtmf;
		struct {
			char name[32];
			char value[96];
		} var;
		struct {
			uint64_t source;
			char source_sid[CHANNEL_SID_LEN];
		} moved;
		/* Of an operation on several channels: the others. */
		struct {
			uint64_t other; /* blind: the peer that goes on; attended: whose leg came */
			char other_sid[CHANNEL_SID_LEN];
			uint64_t second; /* attended: the transferrer's other channel, which ends */
			char second_sid[CHANNEL_SID_LEN];
			char target[80]; /* blind: where it goes */
		} op;
		struct {
			uint32_t place;
			char why[12]; /* "retrieved", "timeout", "bridged", "gone" */
		} park;
		struct {
			char args[96]; /* with commas between */
		} app;
		struct {
			char label[40];
			int err;
		} leg;
		struct {
			bool kernel;
			int64_t delta_ab, delta_ba; /* frames added or (negative) dropped */
			int64_t delay_ab, delay_ba; /* frames; -1 unknown */
		} path;
		struct channel_talk talk;
		struct {
			uint32_t ms; /* from the start; what was waited for more is in it */
		} talking;
		struct {
			int load, high, low; /* per cent; the limits as they were then */
		} cpu;
		struct {
			char tech[8];
			char resource[80];
			char leg[40]; /* what the labels of its legs are, or begin with */
			bool online;
		} endpoint;
		struct {
			char group[32];
			char address[32]; /* CARD:PORT:SLOT */
			int number;	  /* in the configuration, from 1 */
			int active;	  /* the one in use now; 0: none */
			bool up;
		} dchannel;
		/* Alarms by name, with commas between. */
		struct {
			char id[32]; /* CARD:PORT */
			char alarms[32], defects[32], raised[32], cleared[32];
			bool sending_rai;
		} span;
		struct {
			char card[16];
			char state[12]; /* "free", "locked", "holdover" */
			uint32_t port;	/* that drives it; 0: none */
		} clock;
	} u;
};

struct event_sub {
	/*
	 * In the event thread, nothing held. The event is the subscriber's until it returns;
	 * event_get() keeps it.
	 */
	void (*deliver)(struct event_sub *sub, struct event *event);
	/*
	 * The subscription has ended: no more deliver() runs. Event thread, nothing held; may free
	 * it.
	 */
	void (*gone)(struct event_sub *sub);
	struct event_sub *next;
	uint64_t types; /* EVENT_BIT()s that it asks for; others come as well */
	bool ended;
	struct rcu_head rcu;
};

static inline void event_get(struct event *event)
{
	ref_get(&event->ref);
}
static inline void event_put(struct event *event)
{
	ref_put(&event->ref);
}

const char *event_name(enum event_type type);

/**
 * event_new() - one that is of no channel and no bridge, to be filled and posted; NULL: nobody asks
 * for its type, or no memory. Any thread, any lock.
 */
struct event *event_new(enum event_type type);
/** event_post() - NULL is allowed. Any thread, any lock; does not wait. */
void event_post(struct event *event);

/** event_subscribe() - events of these types from now on. Any thread. */
void event_subscribe(struct event_sub *sub, uint64_t types);
/** event_ask() - of these, in the place of those that were asked for. A subscriber's, any thread. */
void event_ask(struct event_sub *sub, uint64_t types);
/**
 * event_unsubscribe() - gone() follows; until then deliver() may still be called. Any thread, does
 * not wait.
 */
void event_unsubscribe(struct event_sub *sub);

/**
 * event_cpu() - the CPU monitor has closed (@reached) or opened the gate for new calls
 * @load: of the last second; @high, @low: the limits that it is compared with. All per cent.
 *
 * Any thread, nothing held; does not wait.
 */
void event_cpu(bool reached, int load, int high, int low);

/* What befell channels since the start, whether anybody was told or not. */
struct event_counts {
	uint64_t created[2]; /* in, out */
	uint64_t moved;
	uint64_t destroyed[128]; /* by cause (Q.850) */
};

/** event_counts_read() - any thread */
void event_counts_read(struct event_counts *counts);

/** events_lost() - how many were not made for want of memory. Any thread. */
uint64_t events_lost(void);

int event_start(void);
/**
 * event_stop() - delivers what is queued, ends all subscriptions, ends the thread. Before
 * channels_exit() and bridges_exit(): who is told of a call or a bridge may look it up.
 */
void event_stop(void);

#endif

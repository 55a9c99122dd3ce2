/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a bridge; for bridge.c and path.c.
 */
#ifndef TDMD_CALL_BRIDGE_PRIV_H
#define TDMD_CALL_BRIDGE_PRIV_H

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"

struct path_op;

/* Someone who waits for the path. */
struct path_waiter {
	struct path_waiter *next;
	bool mode;		/* for the mode as it is; else only for a path that stands still */
	bridge_done done;
	void *arg;
};

struct bridge {
	struct ref ref;
	struct serializer ser;
	uint64_t id;
	uint64_t created_us;
	char sid[CHANNEL_SID_LEN];
	char name[CHANNEL_NAME_LEN];
	bool dissolve;
	struct cds_lfht_node by_id, by_sid;
	struct rcu_head rcu;

	/* Protected by ser.lock; those that lists show are written and read as atomics. */
	struct channel *member[BRIDGE_MEMBERS]; /* references */
	uint64_t member_id[BRIDGE_MEMBERS];
	uint8_t members, mode, path;
	bool dying;
	uint64_t event_seq;
	uint64_t linked; /* history: the call of its members */
	int refused;		    /* why the kernel refused these two; until something changes */
	struct path_op *op;	    /* the connection that is, or is being, made */
	struct path_waiter *waiters;
	bridge_done destroyed;
	void *destroyed_arg;

	uint32_t kicked;
	struct task kick;
};

/* path.c: tasks of the bridge */
void path_eval(struct bridge *br);
void path_joined(struct bridge *br);
void path_parted(struct bridge *br); /* before a member is taken out */
void path_wait(struct bridge *br, struct path_waiter *waiter);

/* bridge_find.c */
int bridge_register(struct bridge *br); /* -EEXIST */
void bridge_unregister(struct bridge *br);

/* bridge.c: tasks that hold the bridge, and the channel where there is one */
void bridge_set_member(struct channel *ch, struct bridge *br); /* what the channel says of it */
void bridge_member_event(struct bridge *br, struct channel *ch, enum event_type type);
void bridge_tell_parties(struct bridge *br); /* each of the other, by message */
void bridge_last_left(struct bridge *br); /* ends it, if that was so and it is to end then */

struct event *event_of_bridge(struct bridge *br, enum event_type type);

#endif

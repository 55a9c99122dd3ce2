/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a bridge; for daemon/call only.
 */
#ifndef TDMD_CALL_BRIDGE_PRIV_H
#define TDMD_CALL_BRIDGE_PRIV_H

#include "daemon/call/bridge.h"
#include "daemon/call/channel_priv.h"
#include "daemon/call/mixer.h"

struct path_op;

/* Someone who waits for the path. */
struct path_waiter {
	struct path_waiter *next;
	bool mode;		/* for the mode as it is; else only for a path that stands still */
	bridge_done done;
	void *arg;
};

struct bridge_member {
	struct channel *ch;	/* a reference */
	uint64_t id;		/* atomic; 0: none */
	uint32_t voice;		/* atomic: a struct bridge_voice, as lists show it */
	struct mix_member *mix;	/* a reference; conferences */
	uint64_t music;		/* music.c: because the other one's party holds it; 0: none */
};

/* A bridge_voice in a word, so that who reads without a lock reads it whole. */
#define VOICE_MUTE	1U
#define VOICE_ANNOUNCER 2U
#define VOICE_VOLUME	8 /* from this bit on */

struct bridge {
	struct ref ref;
	struct serializer ser;
	uint64_t id;
	uint64_t created_us;
	char sid[CHANNEL_SID_LEN];
	char name[CHANNEL_NAME_LEN];
	bool dissolve;
	uint8_t type, max; /* enum bridge_type; members that there may be */
	struct media_mix *mix; /* a reference; NULL: two-party, and not so since bridge_mix() */
	struct cds_lfht_node by_id, by_sid;
	struct rcu_head rcu;

	/* Protected by ser.lock; those that lists show are written and read as atomics. */
	uint8_t members, mode, path;
	uint32_t shifts; /* odd while members move up in the list: who reads it looks again */
	bool dying;
	struct channel_music music;
	uint64_t event_seq;
	uint64_t linked; /* history: the call of its members */
	int refused;		    /* why the kernel refused these two; until something changes */
	struct path_op *op;	    /* the connection that is, or is being, made */
	struct path_waiter *waiters;
	bridge_done destroyed;
	void *destroyed_arg;

	uint32_t kicked;
	struct task kick;

	struct bridge_member member[]; /* max of them; the first members of them are there */
};

/* path.c: tasks of the bridge */
void path_eval(struct bridge *br);
void path_joined(struct bridge *br);
void path_parted(struct bridge *br, const struct channel *ch); /* before ch is taken out */
void path_wait(struct bridge *br, struct path_waiter *waiter);

/* bridge_media.c */
void bridge_media_end(struct bridge *br); /* what is played to it and listens to it goes */

/* music.c: tasks of the bridge */
/* Members, their roles, or whether they hold have changed. */
void bridge_music_eval(struct bridge *br);
void bridge_music_leave(struct bridge_member *m); /* it will be in it no more */
int bridge_music(struct bridge *br, bool on, const char *class); /* bridge_set_music() */

/* bridge_find.c */
int bridge_register(struct bridge *br); /* -EEXIST */
void bridge_unregister(struct bridge *br);

/* bridge.c: tasks that hold the bridge, and the channel where there is one */
void bridge_set_member(struct channel *ch, struct bridge *br); /* what the channel says of it */
void bridge_member_event(struct bridge *br, struct channel *ch, enum event_type type);
void bridge_tell_parties(struct bridge *br); /* each of the other, by message */
struct bridge_member *bridge_slot(struct bridge *br, const struct channel *ch); /* it is in it */
/* In a conference, not entered; NULL: no memory. */
struct mix_member *bridge_voice_new(struct bridge *br, struct channel *ch,
				    const struct bridge_voice *voice);
int bridge_enter_as(struct bridge *br, struct channel *ch, const struct bridge_voice *voice);
int bridge_voice(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		 unsigned int what); /* bridge_set_voice() */
struct bridge_voice voice_of(uint32_t word);
void bridge_last_left(struct bridge *br); /* ends it, if that was so and it is to end then */

struct event *event_of_bridge(struct bridge *br, enum event_type type);

#endif

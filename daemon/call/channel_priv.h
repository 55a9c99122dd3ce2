/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a channel; for daemon/call only.
 */
#ifndef TDMD_CALL_CHANNEL_PRIV_H
#define TDMD_CALL_CHANNEL_PRIV_H

#include <urcu.h>
#include <urcu/rculfhash.h>

#include "daemon/call/channel.h"
#include "daemon/call/event.h"
#include "daemon/call/history.h"
#include "daemon/call/media.h"
#include "daemon/call/music.h"
#include "daemon/core/timer.h"

struct channel_var {
	struct channel_var *next;
	char name[32];
	char value[96];
};

/*
 * What lists and events show and what changes in a channel's life. Written by tasks of the channel
 * only, as a whole and word by word, with info_seq odd meanwhile; so a task of the channel reads it
 * as it stands, and anybody else reads it without a lock (channel_info_read()).
 */
struct channel_face {
	uint64_t bridge;
	int32_t cause;
	uint8_t state;
	uint8_t outgoing;
	uint8_t held;
	uint8_t pad;
	char leg[40];
	char exten[32];
	char app[32];
	struct party caller;
	struct party connected;
} __attribute__((aligned(8)));

/* Written by the media thread that serves the leg; level.h. */
struct media_level {
	uint32_t mean, peak; /* atomics: of squares of samples, of samples */
	uint64_t at_ns;	     /* atomic; tnow(); 0: never */
};

/* Music on hold of a channel or a bridge; tasks of it. */
struct channel_music {
	uint64_t playing; /* the player's; 0: none */
	uint8_t why;	  /* enum music_why; bridge: 1 when it was asked for */
	char class[MUSIC_CLASS_LEN]; /* that was asked for; empty: its own */
};

struct channel {
	/* What a look-up touches, in a row: it is cache misses that it costs. */
	struct ref ref;
	uint64_t id;
	struct cds_lfht_node by_id, by_sid;
	char name[CHANNEL_NAME_LEN]; /* ends with the id, by which it is found */
	char sid[CHANNEL_SID_LEN];

	struct serializer ser;
	uint64_t created_us;
	struct rcu_head rcu;

	uint32_t face_seq;
	struct channel_face face;

	/* Protected by ser.lock. */
	struct leg *leg;	  /* a reference */
	struct bridge *bridge;	  /* a reference; also needs the bridge's lock to change */
	struct controller *ctl;
	struct channel_var *vars;
	uint64_t event_seq;
	bool moving;		  /* a move of it is prepared and not over */
	bool given;		  /* its leg went to another channel; the hang-up is posted */
	int release_err;	  /* why the leg, unless it has released, goes to quarantine */
	bool told;		  /* EVENT_CHANNEL_CREATED was sent */
	bool in_app;		  /* EVENT_CHANNEL_APP_ENTERED was, and its controller is the same */
	bool answering;		  /* answer was asked: once */
	bool pending;		  /* a state change is under way: never at unlock (S14) */
	bool moved;		  /* history: another leg than its first sits or sat here */
	struct channel_music music;
	uint64_t linked;	  /* history: the channel with which its call began */
	uint64_t start_us, answer_us, end_us; /* history: 0: not */
	char calling[32];	  /* outgoing: shown to the called party; set at creation */

	struct media_port port;
	struct media_level level[2]; /* of what comes from the line, of what is sent to it */
	struct ttimer release_timer;

	/* Tasks that must need no memory; each is queued while its flag is set. */
	uint32_t door_queued, hangup_queued, release_late_queued;
	int32_t hangup_cause;
	struct task door, hangup, release_late;
	struct task_multi leave;  /* of the bridge, when it ends */
};

struct channel *channel_of_ser(struct serializer *ser);

/* channel.c */
void channel_face_set(struct channel *ch, const struct channel_face *face);
void channel_set_state(struct channel *ch, enum channel_state state);
void channel_notice(struct channel *ch, enum notice notice, const struct leg_signal *sig);
void channel_doorbell(struct channel *ch);
void channel_finish(struct channel *ch);
channel_attach_fn channel_default_controller(void);
int channel_alive(const struct channel *ch); /* 0, -ENODEV, -EBUSY */
/*
 * An operation takes channels of one owner: -EPERM when two different applications control them.
 * Both held.
 */
int channel_same_owner(const struct channel *a, const struct channel *b);

/* signal.c */
void channel_door_task(struct task *task, int status);

/* registry.c */
int channel_register(struct channel *ch);
void channel_unregister(struct channel *ch);
void channel_gone(void); /* it was registered, and its end was told */
uint64_t call_id_next(void);
unsigned long hash_id(uint64_t id);
unsigned long hash_text(const char *text);
extern struct cds_lfht *channel_ids;

/* seat.c */
struct media_seat *media_seat_new(struct channel *ch, struct leg *leg);
void media_seat_free(struct media_seat *seat);
/**
 * media_seat_publish() - seat (or NULL) into a port and its endpoint; the old one dies after a
 * grace period.
 */
void media_seat_publish(struct media_port *port, struct media_ep *ep, struct media_seat *seat);

/* history.c: tasks. Negative errno: the keeper refuses the step, which must not take place. */
int history_tell(struct channel *ch, enum history what, const char *bridge_sid);
int history_tell_move(struct channel *dest, struct channel *source);
/* Of what stands on moves and bridges: not refused. peer and detail may be NULL. */
void history_tell_operation(struct channel *ch, enum history what, const struct channel *peer,
			    const char *detail);

/* bridge.c; see there */
/** bridge_kick() - look at its path again; one that dissolves ends if it is empty. Any thread; no memory. */
void bridge_kick(struct bridge *br);
void bridge_channel_ended(struct channel *ch);
/**
 * bridge_tell_left() - that it is in its bridge no more, once; none: nothing. Task of the channel:
 * of one that ends this comes before the task that takes it out, which needs the bridge as well.
 */
void bridge_tell_left(struct channel *ch);
/**
 * bridge_settle() - done once the bridge has acted on its ports' users as they are now. Any thread;
 * -ENOMEM.
 */
int bridge_settle(struct bridge *br, void (*done)(void *arg, int err), void *arg);
void bridge_rejoin(struct bridge *br); /* a member has another leg */
/**
 * bridge_of() - the bridge in which ch is, with a reference. Any thread, no lock: a picture.
 * -ENODEV ch is dead; -EINVAL: it is in none; *br is NULL then.
 */
int bridge_of(struct channel *ch, struct bridge **br);
/**
 * bridge_peer_find() - that bridge and the other member, both with references, for a task that
 * holds all three to check with bridge_has(). Errors as above; -EINVAL too when it is alone,
 * or one of more than two.
 */
int bridge_peer_find(struct channel *ch, struct bridge **br, struct channel **peer);
/* Tasks that hold the bridge and the channels: */
bool bridge_has(const struct bridge *br, const struct channel *a, const struct channel *b);
int bridge_enter(struct bridge *br, struct channel *ch); /* as bridge_add() */
void bridge_leave(struct bridge *br, struct channel *ch); /* it is in it; others stay */
void bridge_abandon(struct bridge *br); /* one without members ends */
/**
 * bridge_add_for() - bridge_add(), while ctl controls ch; -ECANCELED: it does no longer.
 */
int bridge_add_for(struct bridge *br, struct channel *ch, const struct controller *ctl,
		   void (*done)(void *arg, int err), void *arg);

/* event.c */
struct event *event_of_channel(struct channel *ch, enum event_type type); /* NULL: nobody listens */
void event_channel(struct channel *ch, enum event_type type);
/* An operation on several channels, told of ch; second and target may be NULL. */
void event_operation(struct channel *ch, enum event_type type, const struct channel *other,
		     const struct channel *second, const char *target);

/* quarantine.c */
void leg_quarantine(struct leg *leg, int err);
void leg_quarantine_end(struct leg *leg);

extern uint64_t channel_release_timeout_ns;

#endif

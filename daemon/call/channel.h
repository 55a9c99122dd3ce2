/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A channel: a call's identity and state. Its leg is the technology under it.
 *
 *		        leg_hangup(), leg_released(), signals
 *	+-------+  ------------------------------->  +---------+   notices    +------------+
 *	|  leg  |                                    | channel |  --------->  | controller |
 *	+-------+  <-------------------------------  +---------+  <---------  +------------+
 *		              operations (leg_ops)               a serializer    channel_*()
 *
 * Functions are of three kinds, and each says which it is:
 *   any thread	no more than posting or an RCU look-up;
 *   task	from a task that holds the channel's serializer: a controller's notice(), a task
 *		posted to it;
 *   user	may wait: only from threads that may (tthread_may_wait()).
 */
#ifndef TDMD_CALL_CHANNEL_H
#define TDMD_CALL_CHANNEL_H

#include "daemon/call/leg.h"
#include "daemon/call/party.h"
#include "daemon/core/serializer.h"
#include "daemon/core/types.h"

struct channel;
struct bridge;

#define CHANNEL_SID_LEN	 40
#define CHANNEL_NAME_LEN 64

enum channel_state {
	CHAN_DOWN,	/* made; nothing was asked or offered yet */
	CHAN_RING,	/* incoming: we are being called */
	CHAN_DIALING,	/* outgoing: asked the leg to place the call */
	CHAN_PROCEEDING, /* outgoing: the network has the number and works */
	CHAN_RINGING,	/* outgoing: the far end is alerted */
	CHAN_UP,	/* answered */
	CHAN_ENDING,	/* release was asked */
	CHAN_DEAD,	/* all is over: -ENODEV */
	CHAN_STATES
};

/* ARI's names: "Down", "Ring", "Up", ... */
const char *channel_state_name(enum channel_state state);

/* A consistent picture of a channel, for lists and events. */
struct channel_info {
	uint64_t id;
	uint64_t bridge; /* id, or 0 */
	uint64_t created_us; /* CLOCK_REALTIME */
	uint8_t state;	 /* enum channel_state */
	bool outgoing;
	bool held;
	int cause;	 /* Q.850, once it ends */
	char sid[CHANNEL_SID_LEN];   /* the API's id; an alias of id */
	char name[CHANNEL_NAME_LEN]; /* "PRI/groupname/2001-0000002a" */
	char leg[40];		     /* the leg's label */
	char exten[32];		     /* called number, incoming and outgoing */
	char app[32];		     /* who controls it; empty: nobody */
	struct party caller;	/* the party at this channel's leg */
	struct party connected; /* whom that party is told to be talking to */
};

#define CHANNEL_URI_LEN	 96

/* A play or a recording of the media area, as it is told of: what happens and how it stands then. */
struct channel_talk {
	bool record;
	uint8_t step;		     /* enum channel_talk_step */
	int err;		     /* why it failed */
	char id[CHANNEL_SID_LEN];
	bool bridge;		     /* target is one */
	char target[CHANNEL_SID_LEN]; /* sid of the channel or bridge */
	char app[32];		     /* the application that hears of it when the target has none */
	char state[12];		     /* ARI's: "queued", "playing", "recording", "done", ... */
	char uri[CHANNEL_URI_LEN];   /* of a play: what is played; of a recording: its format */
	char next_uri[CHANNEL_URI_LEN]; /* of a play: what follows; may be empty */
	/* of a recording, so far: how long it is, how much of it is speech, and the rest */
	uint32_t ms, talking_ms, silence_ms;
};

enum channel_talk_step {
	CHANNEL_TALK_STARTED,
	CHANNEL_TALK_CONTINUING, /* a play: the next of its files */
	CHANNEL_TALK_FINISHED,	 /* err: it failed */
};

struct channel_params {
	const char *name;  /* "PRI/group/i1s5", to which the id is added; NULL: one is made */
	const char *sid;   /* the API's id; NULL: one is made. -EEXIST when it is taken */
	const char *exten;
	const struct party *caller;
	const char *app;
	const char *calling; /* outgoing: the number that the called party is shown */
	uint64_t linked; /* channel_linked() of the channel for which it is made; 0: its own call */
};

/*
 * --- controllers
 * -----------------------------------------------------------------------------------------
 */

enum notice {
	/* sig: LEG_INCOMING. Decide: proceeding, ringing, answer, connect, hang up */
	NOTICE_INCOMING,
	NOTICE_DIGITS,	   /* sig: LEG_DIGITS; the exten has grown */
	NOTICE_PROCEEDING,
	NOTICE_PROGRESS,   /* sig */
	NOTICE_RINGING,
	NOTICE_ANSWERED,   /* sig; the state is UP (incoming: our answer is through) */
	NOTICE_DTMF,	   /* sig */
	NOTICE_HOLD,
	NOTICE_UNHOLD,
	NOTICE_CONNECTED,  /* sig */
	NOTICE_MEDIA,	   /* the leg's endpoint is served: blocks flow */
	NOTICE_FAILED,	   /* sig: LEG_OP_FAILED */
	NOTICE_BRIDGED,	   /* entered a bridge */
	NOTICE_UNBRIDGED,
	NOTICE_MOVED,	   /* another leg is seated here now */
	/* the call ends: channel_info's cause; the last notice of a controller */
	NOTICE_ENDING,
};

/*
 * Who decides what happens to a channel. One at a time; when it is replaced the old one gets no
 * more notices.
 */
struct controller {
	const char *name; /* channel_info.app */
	bool app;	  /* it stands for an application of that name, whose the channel is then */
	/*
	 * A task of the channel: its serializer is held. May call the "task" functions on this
	 * channel and post anything to others; must not wait. sig is NULL where not said otherwise,
	 * and lent.
	 */
	void (*notice)(struct controller *ctl, struct channel *ch, enum notice notice,
		       const struct leg_signal *sig);
	/* No more notices will come from this channel. May free ctl. Same context. */
	void (*detach)(struct controller *ctl, struct channel *ch);
};

/**
 * channel_set_default_controller() - who gets calls that come in and that nobody has claimed: the
 * router. attach() is called in a task of the new channel at LEG_INCOMING; it calls
 * channel_set_controller() (and then gets NOTICE_INCOMING) or returns a Q.850 cause to refuse with;
 * 0: taken.
 */
typedef int (*channel_attach_fn)(struct channel *ch, const struct leg_signal *sig);
void channel_set_default_controller(channel_attach_fn attach);

/**
 * channel_route() - task: let the router decide about a channel as if it had called exten. State
 * RING or UP. -EINVAL: state; -ENODEV, -EBUSY: dead, ending; or what leg_cause_errno() makes of the
 * router's cause (-ENOENT: nobody has such a number). Then nothing changed, the controller is what
 * it was, and *cause (may be NULL) is one to hang up with.
 */
int channel_route(struct channel *ch, const char *exten, int *cause);

/** channel_set_controller() - task. NULL: none. The old one's detach() is called. */
void channel_set_controller(struct channel *ch, struct controller *ctl);
struct controller *channel_controller(struct channel *ch); /* task */
bool channel_in_app(const struct channel *ch); /* task: it waits for an application's decision */
/**
 * channel_app_enter() - task, of a controller that stands for an application: from now on the call
 * waits for what that decides. Events tell it of that, once, and of the end of it, which is the
 * controller's.
 * @args: what it is to know of the call, with commas between; at most 95 octets are told
 */
void channel_app_enter(struct channel *ch, const char *args);

/*
 * --- life
 * ------------------------------------------------------------------------------------------------
 */

/**
 * channel_create() - a channel with a leg in it; any thread (in the leg's technology, before its
 * first signal). On success the channel holds a reference on the leg, and *out (if not NULL) is a
 * handle of the caller's.
 * -ENOMEM; -ENFILE: too many channels; -EEXIST: the sid; -EINVAL: the sid has something in it that
 * does not belong into a path, or the name no slash. On failure nothing has changed.
 */
int channel_create(const struct channel_params *params, struct leg *leg, struct channel **out);

/**
 * channel_originate() - make an outgoing channel; any thread. Not dialled yet: channel_post_dial().
 * @endpoint: "TECH/target". Errors: those of channel_create() and of the technology's request();
 * -EINVAL: endpoint without a technology that we know. *reason (may be NULL): a static sentence.
 */
int channel_originate(const char *endpoint, const struct leg_request *req,
		      const struct channel_params *params, struct channel **out,
		      const char **reason);

/*
 * Handles. Any thread (registered with tthread_*). Look-ups are lock-free; NULL: no such channel,
 * or dead.
 */
struct channel *channel_by_id(uint64_t id);
struct channel *channel_by_name(const char *name); /* a sid or a name */
void channel_get(struct channel *ch);
void channel_put(struct channel *ch);
uint64_t channel_id(const struct channel *ch);
const char *channel_sid(const struct channel *ch);
const char *channel_name(const struct channel *ch);
struct serializer *channel_serializer(struct channel *ch);

/** channel_info_read() - any thread, takes no lock: never delayed by anything the channel does. */
void channel_info_read(struct channel *ch, struct channel_info *info);
/**
 * channel_foreach() - every living channel, in no order, under RCU: fn must not sleep. Non-zero
 * ends it.
 */
int channel_foreach(int (*fn)(struct channel *ch, void *arg), void *arg);
/** channel_count_legs() - living channels whose leg matches; limits are computed with it. */
unsigned int channel_count(bool (*match)(const struct leg *leg, void *arg), void *arg);

/** now_us() - CLOCK_REALTIME in us. */
uint64_t now_us(void);

int channels_init(void);
/** channels_wait_gone() - user: until no channel is alive. -ETIMEDOUT, -EDEADLK. */
int channels_wait_gone(uint64_t deadline_ns);
/**
 * channels_exit() - after the pool has stopped; -EBUSY and a log line for each channel that is
 * still there.
 */
int channels_exit(void);

/*
 * --- task functions
 * --------------------------------------------------------------------------------------
 */

/*
 * All return 0 or: -ENODEV dead; -EINVAL not in this state (an answered call cannot ring); -EBUSY
 * ending; or what the leg's operation says (-EOPNOTSUPP). Nothing changed then.
 */
int channel_dial(struct channel *ch);
int channel_proceeding(struct channel *ch);
int channel_progress(struct channel *ch, int cause);
int channel_ringing(struct channel *ch);
int channel_answer(struct channel *ch);
int channel_send_digits(struct channel *ch, const char *digits);
int channel_send_dtmf(struct channel *ch, const char *digits, unsigned int tone_ms,
		      unsigned int gap_ms);
int channel_hold(struct channel *ch);
int channel_unhold(struct channel *ch);
/** channel_connected() - tell the party at ch whom it is talking to. */
int channel_connected(struct channel *ch, const struct party *party);
/** channel_hangup() - cannot fail; a second one is ignored (the first cause counts). */
void channel_hangup(struct channel *ch, int cause);
int channel_set_var(struct channel *ch, const char *name, const char *value);
const char *channel_var(struct channel *ch, const char *name);
enum channel_state channel_state(const struct channel *ch);
int channel_cause(const struct channel *ch);
const struct party *channel_caller(const struct channel *ch);
const char *channel_exten(const struct channel *ch);
struct leg *channel_leg(const struct channel *ch);
/** channel_linked() - the id of the channel with which the call began that this one is part of. */
uint64_t channel_linked(const struct channel *ch);
struct bridge *channel_bridge(const struct channel *ch); /* not counted */
/** channel_talk_event() - report a play or record of the media area: EVENT_CHANNEL_TALK. */
void channel_talk_event(struct channel *ch, const struct channel_talk *talk);

/*
 * --- from anywhere
 * ---------------------------------------------------------------------------------------
 */

/** channel_post_hangup() - needs no memory, cannot fail. Any thread. */
void channel_post_hangup(struct channel *ch, int cause);
/** channel_post_dial() - any thread; a failure to dial ends the channel with a cause. -ENOMEM. */
int channel_post_dial(struct channel *ch);

/* Anything else: run fn in a task of the channel. */
struct channel_work {
	struct task task;
	struct channel *ch; /* pinned until after done() */
	/*
	 * Task. Not called when the channel is dead (err is -ENODEV then). Its result goes to
	 * done().
	 */
	int (*fn)(struct channel_work *work, struct channel *ch);
	/*
	 * The task's end, serializer still held: must only post. Frees the work or whatever holds
	 * it.
	 */
	void (*done)(struct channel_work *work, int err);
};

/**
 * channel_post_work() - fn and done set. Any thread, cannot fail; done() is called exactly once.
 */
void channel_post_work(struct channel *ch, struct channel_work *work);

#endif

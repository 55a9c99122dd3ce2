/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bridge: who hears whom.
 *
 *	two-party	each the other
 *	mixing		each all others: a conference (mixer.h)
 *	holding		announcers are heard by all, the others by nobody
 *
 * The media path of a two-party bridge, and of a mixing one while two are in it, is either user
 * space (the media threads pass blocks) or the kernel (the provider's cross-connect). Mode AUTO
 * drops it into the kernel as soon as nobody needs the transmit side, and takes it back when
 * someone does (a source or a tap of TX; taps of RX go on in either). A change is asked of the
 * provider and completes later, one at a time; each completed change is an EVENT_BRIDGE_PATH with
 * the delay difference that was announced.
 */
#ifndef TDMD_CALL_BRIDGE_H
#define TDMD_CALL_BRIDGE_H

#include "daemon/call/channel.h"
#include "daemon/core/types.h"

struct bridge;

enum bridge_mode {
	BRIDGE_AUTO,
	BRIDGE_USER,   /* stay in user space */
	BRIDGE_KERNEL, /* insist: a request for it fails where it cannot be had */
};

enum bridge_path {
	BRIDGE_PATH_NONE, /* fewer than two members, or an endpoint not ready */
	BRIDGE_PATH_USER,
	BRIDGE_PATH_TO_KERNEL, /* asked for; blocks still pass through user space */
	BRIDGE_PATH_KERNEL,
	BRIDGE_PATH_TO_USER,
};

enum bridge_type { BRIDGE_TWO_PARTY, BRIDGE_MIXING, BRIDGE_HOLDING };

#define BRIDGE_MEMBERS 64 /* of a conference */

/* What a member of a conference is to it. */
struct bridge_voice {
	bool mute;	/* is not heard */
	bool announcer;	/* of a holding bridge: is heard by all, and hears nobody */
	int8_t volume;	/* dB by which it is heard louder: -24..24 */
};

struct bridge_info {
	uint64_t id;
	uint64_t created_us;
	uint8_t type, mode, path;
	uint8_t members;
	uint64_t member[BRIDGE_MEMBERS];
	struct bridge_voice voice[BRIDGE_MEMBERS]; /* of each of them */
	char sid[CHANNEL_SID_LEN];
	char name[CHANNEL_NAME_LEN];
};

const char *bridge_type_name(enum bridge_type type); /* ARI's: "mixing", "holding" */
const char *bridge_path_name(enum bridge_path path);
const char *bridge_mode_name(enum bridge_mode mode);
int bridge_mode_by_name(const char *name); /* "auto", "user", "kernel"; -EINVAL */

/**
 * bridge_create() - any thread. @sid, @name: NULL for one that is made. *out is a handle. -ENOMEM,
 * -ENFILE, -EEXIST.
 * @dissolve: ends by itself, and hangs up who is left (with CAUSE_NORMAL or the leaver's cause),
 * when a member's call ends.
 */
int bridge_create(const char *sid, const char *name, bool dissolve, struct bridge **out);
/** bridge_create_type() - of another type than two-party. */
int bridge_create_type(enum bridge_type type, const char *sid, const char *name, bool dissolve,
		       struct bridge **out);
/** bridge_default_mode() - the mode of bridges made from now on (AUTO). Any thread. */
void bridge_default_mode(enum bridge_mode mode);
struct bridge *bridge_by_id(uint64_t id);
struct bridge *bridge_by_name(const char *sid);
void bridge_get(struct bridge *br);
void bridge_put(struct bridge *br);
uint64_t bridge_id(const struct bridge *br);
const char *bridge_sid(const struct bridge *br);
struct serializer *bridge_serializer(struct bridge *br);
/**
 * bridge_mix() - task of the bridge: from now on it mixes, so that it can be played to and tapped
 * as a whole. One of two becomes a conference of these two; what passes in user space between two
 * clocks then begins anew. -ENODEV, -ENOMEM: nothing changed.
 */
int bridge_mix(struct bridge *br);
/** bridge_first() - task of the bridge: who came first of those in it, not counted; NULL: nobody */
struct channel *bridge_first(const struct bridge *br);
/**
 * bridge_format() - task of the bridge: the law (enum media_format) of the line of who came first
 * of those whose lines are served; A-law when none is
 */
unsigned int bridge_format(const struct bridge *br);
/** bridge_talk_event() - task of the bridge: channel_talk_event() of a bridge */
void bridge_talk_event(struct bridge *br, const struct channel_talk *talk);
void bridge_info_read(struct bridge *br, struct bridge_info *info); /* any thread, no lock */
int bridge_foreach(int (*fn)(struct bridge *br, void *arg), void *arg);

/*
 * Requests: any thread; done(arg, err) is called exactly once in a task (must only post), with a
 * handle of the caller's not needed meanwhile. done may be NULL.
 */
typedef void (*bridge_done)(void *arg, int err);

/**
 * bridge_add() - put a channel in. -ENODEV dead; -EBUSY it is in another bridge, or this is full,
 * or it is ending;
 * -EALREADY it is in. -ENOMEM (also when returned: done is not called then).
 */
int bridge_add(struct bridge *br, struct channel *ch, bridge_done done, void *arg);

/**
 * bridge_add_as() - bridge_add() of a member with a voice other than everybody's. -EINVAL: the
 * volume, or an announcer of a bridge that is not holding, or any of it in a two-party bridge.
 */
int bridge_add_as(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		  bridge_done done, void *arg);
/**
 * bridge_set_voice() - change it. -ENOENT it is not in this one; -EINVAL as above. @what: the
 * parts of it that are meant, BRIDGE_VOICE_*.
 */
#define BRIDGE_VOICE_MUTE   1
#define BRIDGE_VOICE_VOLUME 2
int bridge_set_voice(struct bridge *br, struct channel *ch, const struct bridge_voice *voice,
		     unsigned int what, bridge_done done, void *arg);
/** bridge_remove() - take it out. -ENOENT it is not in this one. */
int bridge_remove(struct bridge *br, struct channel *ch, bridge_done done, void *arg);
/**
 * bridge_swap() - @in takes @out's place in the bridge in which that is, in one task: nobody sees
 * the bridge without either. @in leaves the bridge in which it may be, as by bridge_remove(); @out
 * goes on without one, and keeps its voice: @in has everybody's. EVENT_CHANNEL_SWAPPED of @in.
 * Errors to done: -ENODEV either is dead; -EBUSY either is ending, or a bridge changed meanwhile;
 * -EPERM they are of two applications. Returned: -EINVAL @in is @out, or @out is in no bridge, or
 * both are in the same; -ENODEV; -ENOMEM: done is not called then. Nothing is changed by a refusal.
 */
int bridge_swap(struct channel *out, struct channel *in, bridge_done done, void *arg);
/** bridge_destroy() - members leave (and are not hung up), then it ends. */
int bridge_destroy(struct bridge *br, bridge_done done, void *arg);
/**
 * bridge_set_mode() - choose the path. done comes when the path is as asked: 0; -EOPNOTSUPP: the
 * kernel cannot join these two;
 * -EBUSY: someone needs the transmit side; -ENOTCONN: fewer than two members, or not ready (the
 * mode is kept, and holds once they are); or the provider's error.
 */
int bridge_set_mode(struct bridge *br, enum bridge_mode mode, bridge_done done, void *arg);

int bridges_init(void);
int bridges_exit(void);

#endif

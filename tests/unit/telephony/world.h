/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole telephone world in one process: the core, trunk groups joined by cables, and a
 * controller that does what the test says. Calls are kept in slots that are never reused within a
 * test.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "daemon/call/channel.h"
#include "tests/unit/daemon/filter.h"

/*
 * How long a test waits for what must come, in ms: far longer than a loaded machine needs, and shorter than
 * T305 and T308, whose ends would hide a message that was lost.
 */
#define PATIENCE patience_ms()

struct world_call {
	struct controller ctl;
	struct channel *ch;		/* a handle */
	char name[CHANNEL_NAME_LEN], caller[32], called[64], digits[64];
	bool incoming;
	/* Atomics, written by tasks. */
	uint32_t used, state, ended, detached, notices, taken;
	int cause;
	uint32_t media;
};

/* cmocka group fixtures: serializers, timers, events, channels. */
int world_init(void **state);
int world_exit(void **state);

/** world_up() - start the groups of a configuration and wait until they are ready */
int world_up(const char *conf);
/** world_start() - the same without waiting */
int world_start(const char *conf);
/** world_down() - stop them; fails if anything is left over */
int world_down(void);
struct event_sub;
void world_subscribe(struct event_sub *sub);
/** world_unsubscribe() - returns when nothing is delivered to it any more, and it may be used again */
void world_unsubscribe(struct event_sub *sub);

struct world_call *world_dial(const char *endpoint, const char *caller);
struct world_call *world_dial_overlap(const char *endpoint);
void world_digits(struct world_call *c, const char *digits);
/** world_has_digits() - exactly these have come up to now, in messages or as tones */
bool world_has_digits(struct world_call *c, const char *digits);
/** world_restart() - make a group send RESTART of a slot whatever is on it */
int world_restart(const char *group, int iface, int slot);
/** world_wait_active() - until this D-channel is the one in use */
int world_wait_active(const char *group, int index, int ms);
/** world_wait_links() - until exactly these D-channels are up: a mask */
int world_wait_links(const char *group, uint32_t mask, int ms);
/** world_try() - as world_dial(), but a refusal is no surprise */
struct world_call *world_try(const char *endpoint, const char **reason);
int world_dial_err(const char *endpoint, const char **reason);
/**
 * world_incoming() - the next call that came in and that nobody has taken yet; NULL at the timeout
 */
struct world_call *world_incoming(int ms);
void world_proceeding(struct world_call *c);
void world_ringing(struct world_call *c);
void world_answer(struct world_call *c);
void world_hangup(struct world_call *c, int cause);
int world_wait_state(struct world_call *c, enum channel_state state, int ms);
/** world_wait_end() - the cause it ended with, or -1 at the timeout */
int world_wait_end(struct world_call *c, int ms);
/** world_wait_gone() - after its end: nothing of it is left on the line; -1 at the timeout */
int world_wait_gone(struct world_call *c, int ms);
/** world_all_idle() - wait until no group has a call and all slots are idle; -1 at the timeout */
int world_all_idle(int ms);
/** world_blocked() - slots of a group that are blocked */
int world_blocked(const char *group);

#endif

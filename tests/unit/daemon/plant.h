/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls with media, for tests: a provider that completes when told to, what the parties say and
 * hear, and events of two things at every step of each other.
 */
#ifndef TEST_PLANT_H
#define TEST_PLANT_H

#include "tests/unit/daemon/world.h"

/* The provider's. What is asked of it is done at once, with provider_err, or kept. */
#define PENDING_MAX 16
extern struct media_op *pending[PENDING_MAX];
extern uint32_t pending_count, connects, disconnects; /* atomic */
extern bool at_once;
extern int provider_err;
/** pending_play() - complete what was kept, and what that brings, until all is at rest. */
void pending_play(void);

int plant_setup(void **state); /* and the world's */

/* An answered channel whose leg is served by the provider. */
struct channel *up(const char *sid, const char *number, struct testleg **tl);
void hang_up(struct channel *ch); /* and the handle */
void end_bridge(struct bridge *br); /* and the handle */
/* Requests, and their results. */
int add(struct bridge *br, struct channel *ch);
int mode(struct bridge *br, enum bridge_mode m);
int move(struct channel *dest, struct channel *source);

void speak(struct testleg *tl, uint8_t what);
/* What tl hears: the first octet of the next block, or -1. */
int hear(struct testleg *tl);
/* Whether they hear each other, and no old block is left. */
bool talk(struct testleg *a, struct testleg *b);

/*
 * Two things that meet. op() is posted while the pool stands still; strike() happens after n turns
 * of the pool's ring (so between any two tasks of different objects, with a pool of one); before
 * op() for n < 0; for n of TURNS when all that op() caused is over, for with a pool of two the
 * turns may all pass before. Returns when all is at rest.
 */
#define TURNS 24
void meet(int n, void (*op)(void), void (*strike)(void));

/* Two applications; control() is for in_task(): that one, or nobody, controls the channel. */
extern struct controller app_a, app_b;
int control(struct channel *ch, void *ctl);
unsigned int living(void); /* channels that have a leg */

/* --- a scene: parties, each with its channel and leg; the leg's count is kept over its end --- */

#define PARTIES 8
struct party_of {
	struct channel *ch;
	struct testleg *leg;
};
extern struct party_of who[PARTIES];
extern int parties;

struct channel *party_add(const char *number);	/* up */
struct channel *party_ringing(void);		/* outgoing; its far end is alerted */
struct channel *party_calling(void);		/* incoming, state RING */
struct party_of *party_take(struct channel *ch, struct testleg *tl); /* one more, with references */
struct bridge *party_bridge(int a, int b, bool dissolve); /* not counted */
enum channel_state state_of(int i);
/* The index of the party whose leg sits in that channel now; -1. */
int sits_in(int i);
/*
 * What must hold whenever all is at rest: each leg sits in one living channel and was not released,
 * or in none and was released once; members and bridges agree; no bridge that dissolves has one
 * member.
 */
void scene_check(void);
/** scene_end() - hang up all that is left, check, forget. */
void scene_end(void);

#endif

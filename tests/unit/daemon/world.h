/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every test of calls starts from and must end with: pool, timers, events up; nothing left at
 * the end.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/bridge.h"
#include "daemon/call/channel.h"
#include "daemon/call/event.h"
#include "daemon/call/local.h"
#include "daemon/call/move.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "tests/unit/daemon/filter.h"
#include "tests/unit/daemon/testleg.h"

extern int world_threads;
int world_setup(void **state);
int world_teardown(void **state);

uint64_t patience_ns(void); /* patience_ms() */
/** settle() - until nobody has anything to do; fails when patience ends without anything done. */
void settle(void);
/**
 * promptly() - fn(arg) is over within a second, ten times what is promised, at least once in ten
 * times. What waits for something else never is; on a busy machine it may be late any one time.
 */
bool promptly(void (*fn)(void *arg), void *arg);
/** until() - wait until the condition holds; for what timers or other threads bring. */
#define until(cond)                                                  \
	do {                                                         \
		uint64_t end_ = tnow() + patience_ns();              \
		while (!(cond) && tnow() < end_)                     \
			usleep(1000);                                \
		assert_true(cond);                                   \
	} while (0)

/* gives tl's reference to the channel */
struct channel *chan_new(struct testleg *tl, const char *sid);
/** chan_up() - an answered channel on a new leg. */
struct channel *chan_up(const char *sid, const char *number, struct testleg **tl);
/** another_call() - one comes, is answered and ends, while something else may stand still. */
void another_call(void);
struct channel_info info_of(struct channel *ch);
struct bridge_info bridge_info_of(struct bridge *br);

/* The result of a request that ends in done(arg, err). */
struct result {
	uint32_t count;
	int err;
};
void result_done(void *arg, int err);

/* Run fn in a task of the channel, and return its result. */
int in_task(struct channel *ch, int (*fn)(struct channel *ch, void *arg), void *arg);


/* Events, in order of delivery. */
#define EVENTS_MAX 4096
extern struct event *events[EVENTS_MAX];
extern uint32_t events_count;
uint32_t events_of(enum event_type type, uint64_t chan);
uint32_t events_that(enum event_type type,
		     bool (*match)(const struct event *event, const void *arg), const void *arg);
/** events_all() - once those of all that was done so far have come; the last one is our own mark. */
uint32_t events_all(void);
/** events_forget() - what came so far; when all is at rest. */
void events_forget(void);

extern bool world_quarantine; /* legs that were lost on purpose */
extern bool world_deaf;	      /* before the setup: nobody listens to events */

#endif

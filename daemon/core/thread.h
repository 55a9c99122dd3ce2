/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of thread. Each thread of the daemon is started here, so that the core knows which may wait
 * for a serializer, and so that it is registered with liburcu.
 */
#ifndef TDMD_CORE_THREAD_H
#define TDMD_CORE_THREAD_H

#include <pthread.h>

#include "daemon/core/types.h"

enum tthread_kind {
	TTHREAD_USER,  /* not ours, or the program's main thread: the only kind that may wait */
	TTHREAD_POOL,  /* runs tasks */
	TTHREAD_TIMER,
	TTHREAD_EVENT, /* delivers events to subscribers; may wait */
	TTHREAD_API,
	TTHREAD_GROUP,
	TTHREAD_MEDIA,
	TTHREAD_CPU,
	TTHREAD_RECORD,
	TTHREAD_SPANS,
	TTHREAD_KINDS
};

struct tthread {
	pthread_t pthread;
	enum tthread_kind kind;
	char name[16];
	void (*fn)(void *arg);
	void *arg;
};

/**
 * tthread_start() - start a thread of a kind.
 * @t: kept by the caller until tthread_join(), which always follows.
 * Returns 0 or a negative errno (-EAGAIN, -EPERM).
 */
int tthread_start(struct tthread *t, enum tthread_kind kind, const char *name, void (*fn)(void *),
		  void *arg);
/** tthread_join() - waits for its end; not from a task. */
void tthread_join(struct tthread *t);

/**
 * tthread_enter() / tthread_leave() - for a thread that someone else started (main(), an
 * application's). Needed before any look-up, since those use RCU.
 */
void tthread_enter(enum tthread_kind kind);
void tthread_leave(void);

enum tthread_kind tthread_kind(void);
/**
 * tthread_may_wait() - whether this thread may block for the core: false in tasks, group, timer,
 * media, API.
 */
bool tthread_may_wait(void);

#endif

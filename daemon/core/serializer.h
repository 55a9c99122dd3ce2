/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serializers: every channel and every bridge has one, a queue of tasks that run in order, one at a
 * time, on a pool of threads.
 *
 *   - A task runs to completion under its object's lock and never waits. What it needs from
 *     elsewhere comes back as another task (a continuation).
 *   - A task on several objects (struct task_multi) holds all their serializers. It is queued on
 *     the lowest first; when it is at the head there, that serializer stands still, while the task
 *     queues on the next. No thread waits in the meantime, and since everybody goes upward there is
 *     no cycle: a pool of one thread completes everything.
 *   - Order among serializers is (rank of their lock class, id): bridges before channels, then
 *     ascending id.
 *   - Tasks are intrusive: posting allocates nothing, cannot fail for want of memory, takes no
 *     lock.
 *   - The task belongs to the queue from the post until its function is called, which may free it
 *     or post it again.
 *
 * A serializer that is not idle pins its owner (struct ref), so that a queued task never meets
 * freed memory.
 */
#ifndef TDMD_CORE_SERIALIZER_H
#define TDMD_CORE_SERIALIZER_H

#include "daemon/core/lock.h"
#include "daemon/core/ref.h"
#include "daemon/core/types.h"

struct serializer;
struct task;

/**
 * task_fn - what a task does.
 * @status: 0; or -ENODEV: the object was closed before the task came to its turn; or -ESHUTDOWN:
 * the pool
 *	is shutting down. In both cases it must only release what it brought and tell whoever waits.
 * Context: pool thread (or the thread of a serializer_call()), the locks of all serializers it was
 * posted to are held, nothing else. Must not wait.
 */
typedef void (*task_fn)(struct task *task, int status);

struct task {
	struct task *next;
	task_fn fn;
	uint64_t posted; /* ns, for the waiting time; by a task: when that began */
	uint32_t depth;	 /* how many were queued with it */
	uint32_t flags;
};

static inline void task_init(struct task *task, task_fn fn)
{
	*task = (struct task){ .fn = fn };
}

#define TASK_MULTI_MAX 4

/* A task that holds up to TASK_MULTI_MAX serializers at once. */
struct task_multi {
	struct task task;
	struct serializer *ser[TASK_MULTI_MAX];
	int count;
	int held;
};

struct serializer {
	struct task *head; /* new tasks, newest first; see serializer.c for the two sentinels */
	/* taken from head, oldest first; only whoever runs or holds us touches it */
	struct task *todo;
	struct ref *owner; /* pinned while not idle; may be NULL for one that outlives the pool */
	uint64_t id;
	tlock_t lock;	   /* protects the object that we serialize; held around every task */
	uint16_t class;
	bool closed;	   /* written under lock; tasks now get -ENODEV */
	/* Read without a lock by statistics; written only by whoever runs us. */
	uint32_t depth_max;
	uint64_t executed;
	uint64_t wait_total_ns;
	uint64_t wait_max_ns;
};

/* Totals over all serializers. */
struct serializer_stats {
	uint64_t executed;
	uint64_t wait_total_ns;
	uint64_t wait_max_ns;
	uint32_t depth_max;
	uint32_t alive;	   /* serializers */
	uint32_t threads;
	uint32_t runnable; /* serializers waiting for a thread, now */
	uint64_t edeadlk;  /* serializer_call() refused */
	uint64_t timedout;
};

/**
 * serializer_pool_start() - start n threads (at least 1).
 * @capacity: how many serializers may exist at a time; 0 for 131,072.
 */
int serializer_pool_start(int n, uint32_t capacity);
/**
 * serializer_pool_stop() - run what is queued and what that posts, until all is idle or timeout_ns
 * has passed; what is left then gets -ESHUTDOWN, all of it, and must not post itself again. Then
 * the threads end. Returns 0, or -ETIMEDOUT.
 */
int serializer_pool_stop(uint64_t timeout_ns);
/** serializer_pool_drain() - wait until no serializer is runnable or running; not from a task. */
int serializer_pool_drain(uint64_t timeout_ns);
void serializer_pool_stats(struct serializer_stats *stats);

/**
 * serializer_init() - make a serializer, idle.
 * @class: of its lock; gives its rank among serializers.
 * @id: orders serializers of one class; unique in it.
 * @owner: what it pins.
 * Returns -ENFILE when capacity is reached.
 */
int serializer_init(struct serializer *ser, enum lock_class class, uint64_t id, struct ref *owner);
/**
 * serializer_hold() - right after serializer_init(), before anybody knows the object: what is posted
 * waits until serializer_let_go(), so that the object can be made known in several steps. Both from
 * the same thread; needs the caller's reference on the owner.
 */
void serializer_hold(struct serializer *ser);
void serializer_let_go(struct serializer *ser);
/** serializer_exit() - from the owner's release; it is idle by then. */
void serializer_exit(struct serializer *ser);
/** serializer_close() - from a task of it: the object is dead, all later tasks get -ENODEV. */
void serializer_close(struct serializer *ser);

/**
 * serializer_post() - append a task. The caller has a handle on the owner (or is a task of it). Any
 * thread, any lock, never sleeps, cannot fail; the function is always called, exactly once.
 */
void serializer_post(struct serializer *ser, struct task *task);

/**
 * serializer_post_multi() - append a task to several. mt->task.fn is set; @sers in any order, no
 * duplicates, 1..TASK_MULTI_MAX of them. The caller's handles must last until the task has run.
 * Returns -EINVAL for a duplicate or a bad count, nothing posted.
 */
int serializer_post_multi(struct task_multi *mt, struct serializer *const *sers, int count);

/** serializer_held() - whether the running task holds it (its own, or one of a task_multi's). */
bool serializer_held(const struct serializer *ser);
void serializer_assert_held(const struct serializer *ser);

struct serializer_call; /* opaque */

/**
 * call_fn - what a serializer_call() runs. Its result is the call's.
 * @call: ask serializer_call_abandoned() before doing something that only makes sense for a waiting
 * caller.
 */
typedef int (*call_fn)(struct serializer_call *call, void *arg);

/**
 * serializer_call() - post and wait.
 * @release: NULL when arg outlives any task; else called exactly once when nobody needs arg any
 * more.
 *	After -ETIMEDOUT the function may still run, so that an arg with release NULL must not be on
 *	the stack.
 * @deadline_ns: CLOCK_MONOTONIC.
 *
 * From a task that holds ser: runs in place. From any other task and from group, timer, media, API
 * threads: -EDEADLK at once, in release builds too. With a lock held: a violation.
 * -ETIMEDOUT: not finished in time; a call that had not begun never will. -ENODEV: the object is
 * dead.
 * -ENOMEM. Otherwise what fn returned.
 */
int serializer_call(struct serializer *ser, call_fn fn, void *arg, void (*release)(void *arg),
		    uint64_t deadline_ns);
bool serializer_call_abandoned(const struct serializer_call *call);

#endif

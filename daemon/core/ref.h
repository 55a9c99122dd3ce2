/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counted references and RCU.
 *
 * An object that can be looked up has a struct ref. A look-up finds it under rcu_read_lock() and
 * turns it into a handle with ref_tryget(); the last ref_put() calls release, which must pass the
 * memory to trcu_free() since another look-up may still be reading it.
 */
#ifndef TDMD_CORE_REF_H
#define TDMD_CORE_REF_H

#include <urcu.h>

#include "daemon/core/types.h"

struct ref {
	uint32_t count;
	void (*release)(struct ref *ref); /* any thread, any lock: must only free or post */
};

static inline void ref_init(struct ref *ref, void (*release)(struct ref *ref))
{
	ref->count = 1;
	ref->release = release;
}

/** ref_get() - one more, by someone who has one. */
static inline void ref_get(struct ref *ref)
{
	__atomic_add_fetch(&ref->count, 1, __ATOMIC_RELAXED);
}

/** ref_tryget() - one more, found under RCU: false when the object is already on its way out. */
static inline bool ref_tryget(struct ref *ref)
{
	uint32_t old = atomic_load_relaxed(&ref->count);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&ref->count, &old, old + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

static inline void ref_put(struct ref *ref)
{
	if (__atomic_sub_fetch(&ref->count, 1, __ATOMIC_ACQ_REL) == 0)
		ref->release(ref);
}

/*
 * RCU read sections. Any thread that tthread_start() or tthread_enter() knows; they nest, never
 * sleep inside. rcu_ptr_load() reads a pointer that rcu_ptr_publish() replaces.
 */
extern char trcu_token; /* what TSan is told to order read sections and frees by */

static inline void trcu_read_lock(void)
{
	rcu_read_lock();
}

static inline void trcu_read_unlock(void)
{
	tsan_release(&trcu_token);
	rcu_read_unlock();
}

#define rcu_ptr_load(pp)	__atomic_load_n(pp, __ATOMIC_ACQUIRE)
#define rcu_ptr_publish(pp, v)	__atomic_store_n(pp, v, __ATOMIC_RELEASE)

/**
 * trcu_free() - call fn(head) after a grace period, from liburcu's thread: it may only free memory.
 */
void trcu_free(struct rcu_head *head, void (*fn)(struct rcu_head *head));
/** trcu_barrier() - wait until all that trcu_free() took is freed; at exit and in tests. */
void trcu_barrier(void);

#endif

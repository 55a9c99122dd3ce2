/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranked locks.
 *
 * A tlock_t is a mutex of four bytes (plus what the checker needs in a debug build) with a class
 * from locks.tbl. It is not recursive and cannot be tried. With TDM_LOCK_CHECK the build knows per
 * thread what is held and aborts, with the stacks of both sides, when
 *
 *   - the rank of what is taken is not above that of everything held (two of one class: only where
 *     the table says "id", and then in ascending id);
 *   - a lock is released that is not the last one taken;
 *   - the class graph learned from all threads would get a cycle;
 *   - the kernel is entered by a kind of call which the table does not allow under what is held;
 *   - a callback or an event is delivered, or a blocking call is made, with anything held;
 *   - a leg's operation runs with anything held but the lock of its channel;
 *   - a thread ends, or a task or a timer callback returns, with anything held;
 *   - a lock's release check fails (a channel with a state change still pending).
 *
 * Without it none of this costs an instruction.
 */
#ifndef TDMD_CORE_LOCK_H
#define TDMD_CORE_LOCK_H

#include "daemon/core/lock_classes.h"
#include "daemon/core/types.h"

/* The debug, ASan and TSan builds check; a release build does not. */
#if defined(OPENTDM_DEBUG) && !defined(TDM_LOCK_CHECK)
#define TDM_LOCK_CHECK 1
#endif

typedef struct tlock {
	uint32_t word; /* 0 free, 1 held, 2 held and someone sleeps on it */
#ifdef TDM_LOCK_CHECK
	uint32_t class;
	uint64_t id;
	int (*release_check)(struct tlock *lock);
#endif
} tlock_t;

/* Kinds of call into the kernel, as the table's column "enter" names them. */
enum lock_enter {
	LOCK_ENTER_DATA = 1,  /* stream positions */
	LOCK_ENTER_SHORT = 2, /* claim, release, cross-connect */
	LOCK_ENTER_WAIT = 4,  /* can wait for an event, or takes long: needs nothing held */
	LOCK_ENTER_APPEND = 8, /* one write() of at most a page to the end of a local file */
};

/**
 * tlock_init() - make a lock of a class.
 * @id: the key that orders two locks of one class where the table says so, else 0. No duplicates
 * among
 *	locks that can be held together.
 */
void tlock_init(tlock_t *lock, enum lock_class class, uint64_t id);
/** tlock_destroy() - the lock must be free; checked in debug builds. */
void tlock_destroy(tlock_t *lock);
/**
 * tlock_lock() - may sleep, for as long as the holder computes: nobody waits for an event under a
 * tlock.
 */
void tlock_lock(tlock_t *lock);
void tlock_unlock(tlock_t *lock);

/** tlock_contended() - how many times, in all threads, a tlock_lock() found the lock taken. */
uint64_t tlock_contended(void);
/** tlock_waited_ns() - how long they waited for it, all together. Any thread. */
uint64_t tlock_waited_ns(void);

#ifdef TDM_LOCK_CHECK
void tlock_assert_held(const tlock_t *lock);
void lock_assert_none_held(void);
/** lock_assert_only_held() - this one, and nothing else: what a leg's operation runs under. */
void lock_assert_only_held(const tlock_t *lock);
/**
 * lock_boundary_check() - to be called just before entering the kernel; see enum lock_enter.
 * Aborts when any lock that this thread holds does not allow it.
 */
void lock_boundary_check(enum lock_enter call);
/** tlock_set_release_check() - fn runs at each unlock, still held; non-zero is a violation. */
void tlock_set_release_check(tlock_t *lock, int (*fn)(tlock_t *lock));
#else
static inline void tlock_assert_held(const tlock_t *lock)
{
	(void)lock;
}
static inline void lock_assert_none_held(void)
{
}
static inline void lock_assert_only_held(const tlock_t *lock)
{
	(void)lock;
}
static inline void lock_boundary_check(enum lock_enter call)
{
	(void)call;
}
#define tlock_set_release_check(lock, fn) ((void)(lock))
#endif

#endif

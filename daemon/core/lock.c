// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lock itself: a word with three values, slept on with futex(2).
 *
 *	0 free	-> 1 held	by compare-and-swap, the usual case
 *	1, 2	-> 2		by whoever is about to sleep
 *	2	-> 0 + wake	by the holder, since someone may sleep
 *
 * Not a pthread mutex, because a channel has one and four bytes will do, and because the slow path
 * is the one place where contention can be counted for nothing.
 */
#include "daemon/core/lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon/core/futex.h"
#include "daemon/core/lock_check.h"
#include "daemon/core/timer.h"

static uint64_t contended, waited_ns; /* atomic */

int futex_wait(uint32_t *word, uint32_t val, uint64_t deadline_ns)
{
	struct timespec ts = { .tv_sec = (time_t)(deadline_ns / NSEC_PER_SEC),
			       .tv_nsec = (long)(deadline_ns % NSEC_PER_SEC) };

	/* WAIT_BITSET, unlike WAIT, takes an absolute time. */
	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, val,
		    deadline_ns == UINT64_MAX ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY) < 0 &&
	    errno == ETIMEDOUT)
		return -ETIMEDOUT;
	return 0;
}

void futex_wake(uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void tlock_init(tlock_t *lock, enum lock_class class, uint64_t id)
{
	*lock = (tlock_t){ 0 };
	lock_check_init(lock, class, id);
}

void tlock_destroy(tlock_t *lock)
{
	lock_check_destroy(lock);
}

static void tlock_lock_slow(tlock_t *lock)
{
	uint64_t begin = tnow();

	atomic_inc_relaxed(&contended);
	while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
		futex_wait(&lock->word, 2, UINT64_MAX);
	atomic_add_relaxed(&waited_ns, tnow() - begin);
}

void tlock_lock(tlock_t *lock)
{
	uint32_t free = 0;

	lock_check_before(lock); /* before: a deadlock should be reported, not entered */
	if (!__atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		tlock_lock_slow(lock);
	lock_check_taken(lock);
}

void tlock_unlock(tlock_t *lock)
{
	lock_check_release(lock);
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		futex_wake(&lock->word, 1);
}

uint64_t tlock_contended(void)
{
	return atomic_load_relaxed(&contended);
}

uint64_t tlock_waited_ns(void)
{
	return atomic_load_relaxed(&waited_ns);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between lock.c and its checker; nobody else's business.
 */
#ifndef TDMD_CORE_LOCK_CHECK_H
#define TDMD_CORE_LOCK_CHECK_H

#include "daemon/core/lock.h"

#ifdef TDM_LOCK_CHECK
void lock_check_init(tlock_t *lock, enum lock_class class, uint64_t id);
void lock_check_destroy(const tlock_t *lock);
void lock_check_before(const tlock_t *lock);
void lock_check_taken(const tlock_t *lock);
void lock_check_release(tlock_t *lock);
#else
#define lock_check_init(lock, class, id) ((void)(class), (void)(id))
#define lock_check_destroy(lock) ((void)(lock))
#define lock_check_before(lock)	 ((void)(lock))
#define lock_check_taken(lock)	 ((void)(lock))
#define lock_check_release(lock) ((void)(lock))
#endif

#endif

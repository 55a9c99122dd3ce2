/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that every file of the daemon uses.
 */
#ifndef TDMD_CORE_TYPES_H
#define TDMD_CORE_TYPES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TDM_CACHELINE 64
#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

/*
 * ThreadSanitizer sees C's atomics but not the order that liburcu's own code creates (it is not
 * built with the sanitizer). These tell it, at the few places where an object passes through
 * liburcu.
 */
#if defined(__SANITIZE_THREAD__)
#define TDM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TDM_TSAN 1
#endif
#endif

#ifdef TDM_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define tsan_acquire(p) __tsan_acquire((void *)(p))
#define tsan_release(p) __tsan_release((void *)(p))
#else
#define tsan_acquire(p) ((void)(p))
#define tsan_release(p) ((void)(p))
#endif

#define atomic_load(p)	       __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic_store(p, v)     __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define atomic_store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic_xchg(p, v)      __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define atomic_add(p, v)       __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)
#define atomic_sub(p, v)       __atomic_sub_fetch(p, v, __ATOMIC_SEQ_CST)
#define atomic_inc_relaxed(p)  ((void)__atomic_add_fetch(p, 1, __ATOMIC_RELAXED))
#define atomic_add_relaxed(p, v) ((void)__atomic_add_fetch(p, v, __ATOMIC_RELAXED))
#define atomic_cas(p, old, new) \
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define atomic_barrier()       __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif

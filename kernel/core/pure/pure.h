/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One source, two worlds: what the pure logic needs of its surroundings.
 *
 * Everything in this folder compiles into tdm.ko and, unchanged, into user
 * space programs (unit tests, fuzzers, benches).  Rules for it:
 *
 *  - no allocation: the caller provides every structure and buffer;
 *  - no locks: the caller serialises all calls on one object, unless a header
 *    says otherwise; different objects never share writable state;
 *  - callable from hard interrupt context: no sleeping, loops bounded by an
 *    argument or a constant, no floating point, no 64-bit division by a
 *    variable (32-bit kernels lack it);
 *  - time is the line frame number, a u64 that counts 8000 a second and is
 *    never wall time.
 */
#ifndef TDM_PURE_PURE_H
#define TDM_PURE_PURE_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <asm/byteorder.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/crc-ccitt.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#else /* user space */

#include <endian.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#ifndef U64_MAX
#define U64_MAX		((u64)~0ULL)
#endif
#ifndef U32_MAX
#define U32_MAX		((u32)~0U)
#endif
#ifndef BIT
#define BIT(n)		(1UL << (n))
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#ifndef min
#define min(a, b)	({ __typeof__(a) min_a_ = (a); __typeof__(b) min_b_ = (b); \
			   min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b)	({ __typeof__(a) max_a_ = (a); __typeof__(b) max_b_ = (b); \
			   max_a_ > max_b_ ? max_a_ : max_b_; })
#endif
#ifndef min_t
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#endif
#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif
#ifndef static_assert
#define static_assert(...)	_Static_assert(__VA_ARGS__)
#endif
#ifndef noinline
#define noinline	/* it would but cost */
#endif
#ifndef fallthrough
#define fallthrough	__attribute__((__fallthrough__))
#endif

/* Bits are counted from 0, of fls64() from 1. */
#define __ffs64(x)	((unsigned long)__builtin_ctzll(x))
#define fls64(x)	((x) ? 64 - __builtin_clzll(x) : 0)

#define cpu_to_le64(x)	htole64(x)
#define le64_to_cpu(x)	le64toh(x)

extern const u16 tdm_crc_ccitt_table[256];

/* Same meaning as the kernel's: reflected x^16 + x^12 + x^5 + 1. */
static inline u16 crc_ccitt_byte(u16 crc, const u8 c)
{
	return (u16)(crc >> 8) ^ tdm_crc_ccitt_table[(crc ^ c) & 0xff];
}

#endif /* __KERNEL__ */

#include <opentdm.h>

/* Line frames: one each 125 us (G.704 2.1.1 and 2.3.1). */
#define TDM_FRAMES_PER_MS	(TDM_FRAMES_PER_SEC / 1000u)

#define TDM_MS_TO_FRAMES(ms)	((ms) * TDM_FRAMES_PER_MS)

/* "No such frame": never reached by a counter that starts at 0. */
#define TDM_FRAME_NEVER		U64_MAX

#endif /* TDM_PURE_PURE_H */

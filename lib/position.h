/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a 64-bit position that the kernel writes into a page, which we can only read.
 *
 * The kernel writes the full position, and then its low half once more beside it.
 */
#ifndef LIBTDM_POSITION_H
#define LIBTDM_POSITION_H

#include <stdint.h>

/* Where one load takes all 64 bits. */
static inline uint64_t tdm_position_whole(const uint64_t *full, const uint32_t *low)
{
	(void)low;
	return __atomic_load_n(full, __ATOMIC_ACQUIRE);
}

/*
 * By halves, where there is no 64-bit load (and no cmpxchg8b either, for that writes). Whatever
 * low half we see, a full position read after it is at least that far, and less than 2^32 frames
 * (six days) further. The full one is whole if its high half is the same before and after its
 * low half was read.
 */
static inline uint64_t tdm_position_halves(const uint64_t *full, const uint32_t *low)
{
	const volatile uint32_t *half = (const volatile uint32_t *)full;
	uint32_t lo = __atomic_load_n(low, __ATOMIC_ACQUIRE);
	uint32_t hi, hi2, full_lo;

	do {
		hi = half[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		full_lo = half[__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		hi2 = half[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__];
	} while (hi != hi2);
	return (((uint64_t)hi << 32) | full_lo) - (uint32_t)(full_lo - lo);
}

static inline uint64_t tdm_position(const uint64_t *full, const uint32_t *low)
{
#if UINTPTR_MAX > 0xffffffffUL
	return tdm_position_whole(full, low);
#else
	return tdm_position_halves(full, low);
#endif
}

#endif

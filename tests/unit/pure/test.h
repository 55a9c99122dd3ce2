/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of kernel/core/pure: cmocka, and random numbers whose seed is printed.
 * OPENTDM_SEED=n repeats a run.
 */
#ifndef TDM_TEST_PURE_H
#define TDM_TEST_PURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static uint64_t test_rand_state;

static inline void test_seed(const char *name)
{
	const char *given = getenv("OPENTDM_SEED");
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	test_rand_state = given ? strtoull(given, NULL, 0) :
				  (uint64_t)now.tv_nsec << 20 ^ (uint64_t)getpid();
	printf("# %s: OPENTDM_SEED=%llu\n", name, (unsigned long long)test_rand_state);
	fflush(stdout);
}

/* splitmix64 */
static inline uint64_t test_rand(void)
{
	uint64_t z = test_rand_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0..n-1 */
static inline unsigned int test_below(unsigned int n)
{
	return (unsigned int)(test_rand() % n);
}

#endif /* TDM_TEST_PURE_H */

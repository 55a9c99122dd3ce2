/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of kernel/core/pure. The same files are cmocka programs and, within
 * tests/kunit/, suites of a kernel module. A file ends with TEST_SUITE_BEGIN(name)
 * TEST_CASE(f), ... TEST_SUITE_END.
 *
 * Random numbers print their seed; OPENTDM_SEED=n, or the module's seed=n, repeats a run.
 */
#ifndef TDM_TEST_PURE_H
#define TDM_TEST_PURE_H

#ifdef __KERNEL__
#include "tests/kunit/kunit_asserts.h"
#else

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
	printf("# %s: seed %llu (repeat with OPENTDM_SEED)\n", name,
	       (unsigned long long)test_rand_state);
	fflush(stdout);
}

#define TEST(name)	static void name(void **state __attribute__((unused)))
#define TEST_CASE(name)	cmocka_unit_test(name)
#define TEST_SUITE_BEGIN(name)	\
	static const char suite_name[] = #name; \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = {
#define TEST_SUITE_END \
	}; test_seed(suite_name); return cmocka_run_group_tests(tests, NULL, NULL); }

#endif /* __KERNEL__ */

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

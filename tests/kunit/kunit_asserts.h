/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of cmocka that tests/unit/pure uses, said in KUnit. */
#ifndef TDM_TEST_KUNIT_ASSERTS_H
#define TDM_TEST_KUNIT_ASSERTS_H

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

/* KUnit runs the cases of a module one after the other. */
static struct kunit *test_now __maybe_unused;
static u64 test_rand_state __maybe_unused;

extern unsigned long tdm_kunit_seed;

#define TEST(name)	static void name(struct kunit *test)
#define TEST_CASE(name)	KUNIT_CASE(name)
#define TEST_SUITE_BEGIN(suite)						\
	static int suite_init(struct kunit *test)			\
	{								\
		test_now = test;					\
		test_rand_state = tdm_kunit_seed;			\
		kunit_info(test, "seed %lu\n", tdm_kunit_seed);		\
		return 0;						\
	}								\
	static struct kunit_case suite_cases[];				\
	static struct kunit_suite suite_itself = {			\
		.name = "tdm-" #suite, .init = suite_init, .test_cases = suite_cases, \
	};								\
	static struct kunit_case suite_cases[] = {
#define TEST_SUITE_END \
		{}							\
	};								\
	kunit_test_suite(suite_itself)

#define assert_true(c)		KUNIT_ASSERT_TRUE(test_now, !!(c))
#define assert_false(c)		KUNIT_ASSERT_FALSE(test_now, !!(c))
#define assert_null(p)		KUNIT_ASSERT_TRUE(test_now, !(p))
/* cmocka compares as wide unsigned numbers: so do we. */
#define assert_int_equal(a, b)	KUNIT_ASSERT_EQ(test_now, (u64)(a), (u64)(b))
#define assert_in_range(v, lo, hi) \
	KUNIT_ASSERT_TRUE(test_now, (u64)(v) >= (u64)(lo) && (u64)(v) <= (u64)(hi))
#define assert_string_equal(a, b) KUNIT_ASSERT_STREQ(test_now, a, b)
#define assert_memory_equal(a, b, n) KUNIT_ASSERT_EQ(test_now, memcmp(a, b, n), 0)

#endif /* TDM_TEST_KUNIT_ASSERTS_H */

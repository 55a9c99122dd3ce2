// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks that nobody counts: found when both the framer's second and the clock miss them, and only then. */
#include "tests/unit/pure/test.h"

#include "kernel/te4xx/logic.h"

#define MS	1000000u

static struct te4xx_pace p;
static u64 now;
static u32 found;

static void start(void)
{
	te4xx_pace_init(&p);
	now = 123456789;
	found = 0;
}

/* @n blocks, each served up to @jitter ns late, on a line whose milliseconds are @ppm longer. */
static void blocks(u32 n, u32 jitter, int ppm)
{
	while (n--) {
		now += (u64)((int)MS + ppm);
		te4xx_pace_block(&p, now + (jitter ? test_rand() % jitter : 0));
	}
}

/* @n interrupts do not come: the one after them is served in time for its own block. */
static void missed(u32 n)
{
	now += (u64)n * MS;
}

static void second(void)
{
	found += te4xx_pace_second(&p);
}

TEST(nothing_is_lost_by_jitter_and_drift)
{
	u32 s, early = 0;

	test_seed("pace");
	start();
	for (s = 0; s < 60; s++) {
		/* The framer's second ends a block earlier or later, and its clock is another one. */
		u32 late = (u32)test_rand() % 2;

		blocks(1000 - early + late - (s % 10 == 0), 900000, s < 30 ? 100 : -100);
		early = late;
		second();
	}
	assert_int_equal(found, 0);
}

TEST(each_number_of_missed_interrupts_is_found)
{
	u32 n;

	for (n = 1; n < 300; n += n < 8 ? 1 : 37) {
		start();
		blocks(1000, 100000, 0);
		second();
		blocks(400, 100000, 0);
		missed(n);
		blocks(600 - n, 100000, 0);
		second();
		assert_int_equal(found, n);
		blocks(1000, 100000, 0);
		second();
		assert_int_equal(found, n);
	}
}

TEST(a_loss_across_the_end_of_a_second_is_found_whole)
{
	start();
	blocks(1000, 0, 0);
	second();
	blocks(990, 0, 0);
	missed(19);
	blocks(1, 0, 0);
	second();			/* its cause was due ten blocks before */
	blocks(990, 0, 0);
	second();
	assert_int_equal(found, 19);
}

/* A machine that stands still takes its line along, or none: the framer says whether. */
TEST(a_line_that_waits_has_lost_nothing)
{
	start();
	blocks(1000, 0, 0);
	second();
	blocks(500, 0, 0);
	now += 70 * MS;
	blocks(500, 0, 0);
	second();
	blocks(1000, 0, 0);
	second();
	assert_int_equal(found, 0);
}

/* Nor is a short second believed alone: a framer that was programmed anew begins another one. */
TEST(a_framer_alone_is_not_believed)
{
	start();
	blocks(1000, 0, 0);
	second();
	blocks(300, 0, 0);
	second();
	blocks(1700, 0, 0);
	second();
	assert_int_equal(found, 0);
}

TEST(what_comes_before_the_first_second_is_not_judged)
{
	start();
	blocks(100, 0, 0);
	missed(50);
	blocks(300, 0, 0);
	second();
	assert_int_equal(found, 0);
}

TEST_SUITE_BEGIN(pace)
	TEST_CASE(nothing_is_lost_by_jitter_and_drift),
	TEST_CASE(each_number_of_missed_interrupts_is_found),
	TEST_CASE(a_loss_across_the_end_of_a_second_is_found_whole),
	TEST_CASE(a_line_that_waits_has_lost_nothing),
	TEST_CASE(a_framer_alone_is_not_believed),
	TEST_CASE(what_comes_before_the_first_second_is_not_judged),
TEST_SUITE_END

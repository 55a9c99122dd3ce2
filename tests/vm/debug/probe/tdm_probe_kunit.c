// SPDX-License-Identifier: GPL-2.0-or-later
/* A KUnit suite of which one case passes and one fails: both must be told. */
#include <kunit/test.h>
#include <linux/module.h>

static void right(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static void wrong(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 2);
}

static struct kunit_case cases[] = { KUNIT_CASE(right), KUNIT_CASE(wrong), {} };
static struct kunit_suite suite = { .name = "tdm-probe", .test_cases = cases };

kunit_test_suite(suite);

MODULE_DESCRIPTION("opentdm's rig: a KUnit suite that fails");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdm_kunit.ko: the unit tests of kernel/core/pure, run in the kernel with the kernel's own
 * helpers under them. Needs CONFIG_KUNIT; read its TAP for "not ok": insmod succeeds anyway.
 */
#include "kunit_asserts.h"

unsigned long tdm_kunit_seed = 20260101;
module_param_named(seed, tdm_kunit_seed, ulong, 0444);
MODULE_PARM_DESC(seed, "where the random tests start");

MODULE_DESCRIPTION("opentdm: KUnit suites of the pure logic");
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's test harness, whose 30 s for a test are a verdict on the machine: the long form goes on for
 * minutes, and a kernel full of checks is ten times slower. Who never ends is ended by the runner, which
 * knows how long the whole program may take.
 */
#ifndef SELFTESTS_HARNESS_H
#define SELFTESTS_HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 3600

#endif

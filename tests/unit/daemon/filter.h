/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test program is told by the environment: OPENTDM_TEST chooses tests by name ("s4_*"), as
 * make check-scenario does; OPENTDM_SEED replays a random one; OPENTDM_PATIENCE_MS is how long is
 * waited for what must come: 20 s, unless one knows that it will not (tests/mutation).
 */
#ifndef TEST_FILTER_H
#define TEST_FILTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static inline void tests_chosen(void)
{
	const char *name = getenv("OPENTDM_TEST");

	if (name)
		cmocka_set_test_filter(name);
}

static inline int patience_ms(void)
{
	const char *ms = getenv("OPENTDM_PATIENCE_MS");

	return ms ? atoi(ms) : 20000;
}

/* Prints it, and seeds rand(). */
static inline unsigned int test_seed(void)
{
	const char *text = getenv("OPENTDM_SEED");
	struct timespec now;
	unsigned int seed;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seed = text ? (unsigned int)strtoul(text, NULL, 0) :
		      (unsigned int)(now.tv_nsec / 1000 + now.tv_sec * 1000);
	print_message("seed %u\n", seed);
	srand(seed);
	return seed;
}

#endif

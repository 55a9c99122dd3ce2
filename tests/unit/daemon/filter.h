/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test program is told by the environment: OPENTDM_TEST chooses tests by name ("s4_*"), as
 * make check-scenario does; OPENTDM_SEED replays a random one.
 */
#ifndef TEST_FILTER_H
#define TEST_FILTER_H

#include <stdlib.h>
#include <time.h>

static inline void tests_chosen(void)
{
	const char *name = getenv("OPENTDM_TEST");

	if (name)
		cmocka_set_test_filter(name);
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

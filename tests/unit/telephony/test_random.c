// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random calls between two groups: both directions, many at once, hung up at random points from
 * either end, the D-channel cut and restored in between, RESTART sent under them. In the end every
 * slot is idle on both sides.
 *
 * OPENTDM_SEED replays it, WORLD_CALLS lengthens it.
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/timer.h"
#include "tests/unit/daemon/filter.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/world.h"

#define AT_ONCE 30

static unsigned int seed;

static unsigned int roll(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

struct slot {
	struct world_call *call;
	uint64_t due;		/* when the next thing happens to it */
	int steps;
};

static struct slot live[2 * AT_ONCE];

static void remember(struct world_call *c)
{
	size_t i;

	for (i = 0; i < sizeof(live) / sizeof(*live); i++)
		if (!live[i].call) {
			live[i] = (struct slot){ c, tnow() + roll(5) * NSEC_PER_MSEC, 0 };
			return;
		}
	world_hangup(c, 42);
}

/* One random thing to one call: ring, answer, hang up. */
static void poke(struct slot *s)
{
	static const int causes[] = { 16, 17, 18, 19, 21, 27, 31, 41, 26, 1, 34 };

	if (tnow() < s->due)
		return;
	if (atomic_load(&s->call->ended)) {
		s->call = NULL;
		return;
	}
	s->due = tnow() + roll(8) * NSEC_PER_MSEC;
	switch (s->steps++ < 12 ? roll(6) : 5) {
	case 0:
		if (s->call->incoming)
			world_ringing(s->call);
		break;
	case 1:
	case 2:
		if (s->call->incoming)
			world_answer(s->call);
		break;
	case 5:
		world_hangup(s->call, causes[roll(sizeof(causes) / sizeof(*causes))]);
		break;
	default:
		break;
	}
}

static int alive(void)
{
	size_t i;
	int n = 0;

	for (i = 0; i < sizeof(live) / sizeof(*live); i++)
		n += !!live[i].call;
	return n;
}

static void random_calls(void **state)
{
	int want = getenv("WORLD_CALLS") ? atoi(getenv("WORLD_CALLS")) : 400, made = 0, cuts = 0;
	uint64_t cut_until = 0, next_cut = tnow() + 500 * NSEC_PER_MSEC;
	struct world_call *c;
	/* For something to happen, not for all of it: a busy machine may take its time. */
	uint64_t patience = 120 * NSEC_PER_SEC, until = tnow() + patience;
	int last = 0;
	size_t i;

	(void)state;
	while ((made < want || alive()) && tnow() < until) {
		const char *reason;

		if (made - alive() != last) {
			last = made - alive();
			until = tnow() + patience;
		}

		if (made < want && alive() < AT_ONCE) {
			struct world_call *out = world_try(roll(2) ? "PRI/user/1" : "PRI/net/2", &reason);

			if (out) {
				remember(out);
				made++;
			}
		}
		while ((c = world_incoming(0)))
			remember(c);
		for (i = 0; i < sizeof(live) / sizeof(*live); i++)
			if (live[i].call)
				poke(&live[i]);
		if (made < want && tnow() > next_cut) {
			cable_cut(1, true);
			cuts++;
			cut_until = tnow() + (roll(3) ? 300 : 2500) * NSEC_PER_MSEC;
			next_cut = cut_until + 1500 * NSEC_PER_MSEC;
		}
		if (cut_until && tnow() > cut_until) {
			cable_cut(1, false);
			cut_until = 0;
		}
		if (!roll(400))
			world_restart(roll(2) ? "user" : "net", 0, 1 + (int)roll(15));
		usleep(300);
	}
	cable_cut(1, false);
	print_message("%d calls made, %d cuts, %d left\n", made, cuts, alive());
	assert_int_equal(want, made);
	assert_int_equal(0, alive());
	assert_int_equal(0, world_all_idle(60000));
}

static int up(void **state)
{
	(void)state;
	seed = test_seed();
	return world_up("[group user]\nspans = wire:1\nside = user\nt200 = 200\nt203 = 500\n"
			"t303 = 500\nt305 = 1000\nt308 = 500\nt309 = 1000\nt313 = 500\n"
			"[group net]\nspans = wire:2\nside = network\nt200 = 200\nt203 = 500\n"
			"t303 = 500\nt305 = 1000\nt308 = 500\nt309 = 1000\nselect = descending\n");
}

static int down(void **state)
{
	(void)state;
	return world_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_calls, up, down),
	};

	return cmocka_run_group_tests(tests, world_init, world_exit);
}

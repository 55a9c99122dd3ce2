// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conferences whose members come, go, end, move and are swapped: to the octet, and in and out of
 * the kernel.
 */
#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/conference.h"

/* --- coming and going, to the octet ---------------------------------------------------------- */

static void add_third(void)
{
	assert_int_equal(add(br, who[2].ch), 0);
}

static void add_third_muted(void)
{
	assert_int_equal(add_as(2, true, false, 0), 0);
}

static void third_leaves(void)
{
	take_out(2);
}

static void third_hangs_up(void)
{
	channel_post_hangup(who[2].ch, CAUSE_NORMAL);
	settle();
}

static void third_moves(void)
{
	assert_int_equal(move(who[2].ch, who[3].ch), 0);
}

static void third_is_swapped(void)
{
	struct result r = { 0 };

	assert_int_equal(bridge_swap(who[2].ch, who[3].ch, result_done, &r), 0);
	settle();
	assert_int_equal(r.err, 0);
}

/*
 * The first two count; the third is silent, or muted. Whenever in a period it comes, goes, ends or
 * is another one, what each of the two hears of the other goes on without an octet too many or too
 * few.
 */
static void no_octet_is_lost_or_repeated(void **state)
{
	static void (*const op[][2])(void) = {
		{ add_third, third_leaves },	   { add_third_muted, third_leaves },
		{ add_third, third_hangs_up },	   { add_third, third_moves },
		{ add_third, third_is_swapped },   { add_third_muted, third_is_swapped },
	};
	size_t pairs = getenv("OPENTDM_LONG") ? 81 : 9;

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(op) * pairs; c++) {
		/* Each step once for each of the two, or each with each. */
		int nth = (int)(c / ARRAY_SIZE(op)), at[2];
		struct line line[4] = { { .says = 3 }, { .says = 100 } };

		at[0] = nth % 9;
		at[1] = (nth / 9 + nth * 4) % 9;
		conference(BRIDGE_MIXING, 4);
		for (int i = 0; i < 4; i++) {
			line[i].leg = who[i].leg;
			who[i].leg->leg.ep.addr.format = MEDIA_ULAW;
		}
		assert_int_equal(add(br, who[0].ch), 0);
		assert_int_equal(add(br, who[1].ch), 0);
		assert_int_equal(mode(br, BRIDGE_USER), 0);
		for (int p = 0; p < 9; p++) {
			trcu_read_lock();
			for (int s = 0; s < 9; s++) {
				if ((p == 3 || p == 6) && s == at[p / 3 - 1])
					op[c % ARRAY_SIZE(op)][p / 3 - 1]();
				if (s < 4)
					line_push(&line[s ^ (p & 2)], (s ^ (p & 2)) < 2);
				else if (s < 8)
					line_pull(&line[(s - 4) ^ (p & 1)]);
			}
			/* Nothing waits for the next period, or it would do so for ever. */
			for (int i = 0; i < 4; i++)
				assert_int_equal(media_queued(&line[i].view), 0);
			trcu_read_unlock();
		}
		for (int i = 0; i < 2; i++)
			if (line[i].broken || line[i].heard != 9 * 160 ||
			    line[i].last != (uint8_t)(line[!i].says - 1))
				fail_msg("case %zu, steps %d and %d: party %d %s after %u octets",
					 c % ARRAY_SIZE(op), at[0], at[1], i,
					 line[i].broken ? "lost or repeated" : "heard another",
					 line[i].heard);
		conference_end();
	}
}

/* Of who left, or whose leg went, nothing is heard after that, though blocks of it waited. */
static void nothing_of_before(void **state)
{
	static void (*const op[])(void) = { third_leaves, third_hangs_up, third_moves,
					    third_is_swapped };
	int say[4] = { 0x9a, 0x31, 0xa5, 0x11 }, heard[4];

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(op); c++) {
		say[2] = 0xa5;
		conference(BRIDGE_MIXING, 4);
		for (int i = 0; i < 3; i++)
			assert_int_equal(add(br, who[i].ch), 0);
		period(say, heard, 4);
		assert_int_equal(heard[3], -1);
		/* It does not hear, so that rows wait for it; and then it speaks alone. */
		say[0] = 0x66;
		for (int i = 0; i < 5; i++) {
			for (int k = 0; k < 3; k++)
				speak(who[k].leg, (uint8_t)say[k]);
			assert_int_equal(hear(who[0].leg), sum_of(say[1], say[2]));
			assert_int_equal(hear(who[1].leg), sum_of(say[0], say[2]));
		}
		for (int i = 0; i < 5; i++)
			speak(who[2].leg, 0xa5);
		op[c]();
		say[0] = 0x9a;
		say[2] = -1;
		for (int i = 0; i < 5; i++) {
			period(say, heard, 4);
			assert_int_equal(heard[0], c < 2 ? say[1] : sum_of(say[1], say[3]));
			assert_int_equal(heard[1], c < 2 ? say[0] : sum_of(say[0], say[3]));
			assert_int_equal(heard[2], -1);
			assert_int_equal(heard[3], c < 2 ? -1 : sum_of(say[0], say[1]));
		}
		conference_end();
	}
}

/* --- the kernel ------------------------------------------------------------------------------ */

static int path(void)
{
	return bridge_info_of(br).path;
}

/* A third one comes, and one of the three goes, at each state of the path. */
static void the_kernel_has_it_while_they_are_two(void **state)
{
	(void)state;
	for (int c = 0; c < 4 * 3; c++) {
		conference(BRIDGE_MIXING, 3);
		at_once = false;
		connects = disconnects = pending_count = 0;
		assert_int_equal(add(br, who[0].ch), 0);
		assert_int_equal(add(br, who[1].ch), 0);
		assert_int_equal(path(), BRIDGE_PATH_TO_KERNEL);
		if (c % 4 != 0) {
			media_op_done(pending[0], 0);
			settle();
			assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		}
		assert_int_equal(add(br, who[2].ch), 0);
		assert_int_equal(path(), c % 4 ? BRIDGE_PATH_TO_USER : BRIDGE_PATH_TO_KERNEL);
		if (c % 4 == 2) {
			media_op_done(pending[1], 0);
			settle();
			assert_int_equal(path(), BRIDGE_PATH_USER);
		} else if (c % 4 == 3) {
			/* It comes back before the kernel has let go. */
			take_out(2);
			assert_int_equal(path(), BRIDGE_PATH_TO_USER);
			assert_int_equal(add(br, who[2].ch), 0);
		}
		take_out(c / 4);
		at_once = true;
		for (uint32_t i = c % 4 ? c % 4 == 2 ? 2 : 1 : 0; i < atomic_load(&pending_count); i++) {
			media_op_done(pending[i], 0);
			settle();
		}
		assert_int_equal(path(), BRIDGE_PATH_KERNEL);
		assert_int_equal(connects, disconnects + 1);
		assert_string_equal(who[c / 4 ? 0 : 1].leg->connected.number, c / 4 == 2 ? "2" : "3");
		conference_end();
		assert_int_equal(connects, disconnects);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_octet_is_lost_or_repeated),
		T(nothing_of_before),
		T(the_kernel_has_it_while_they_are_two),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

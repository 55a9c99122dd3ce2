// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of conferences, against G.711's own tables (by law.h, which test_law.c checks) and
 * against octets that were worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/call/media.h"
#include "daemon/media/law.h"
#include "daemon/media/mix.h"

#define PARTIES 3

/* What the listener is sent, sample by sample, by the definition. */
static uint8_t expected(unsigned int law, int32_t sum)
{
	sum = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
	return law_octet(law, (int16_t)sum);
}

/* Every pair of octets, in each law, for a listener of each: 65,536 sums in rows of odd lengths. */
static void each_hears_the_others_exactly(void **state)
{
	static const unsigned int laws[] = { MEDIA_ALAW, MEDIA_ULAW };
	static uint8_t a[65536], b[65536], out[65536];
	static int16_t row[PARTIES][65536];
	static int32_t sum[65536];

	(void)state;
	for (int i = 0; i < 65536; i++) {
		a[i] = (uint8_t)i;
		b[i] = (uint8_t)(i >> 8);
	}
	for (int l = 0; l < 4; l++) {
		unsigned int la = laws[l & 1], lb = laws[l >> 1];
		size_t at = 0, n = 1;

		memset(sum, 0, sizeof(sum));
		mix_linear(row[0], a, 65536, la);
		mix_linear(row[1], b, 65536, lb);
		for (int i = 0; i < 65536; i++)
			row[2][i] = (int16_t)(i * 7919);
		for (int p = 0; p < PARTIES; p++)
			mix_add(sum, row[p], 65536);
		for (; at < 65536; at += n, n = n % 161 + 1) {
			if (n > 65536 - at)
				n = 65536 - at;
			mix_less(out + at, sum + at, row[2] + at, n, la);
		}
		for (int i = 0; i < 65536; i++)
			assert_int_equal(out[i], expected(la, law_linear(la, a[i]) +
							      law_linear(lb, b[i])));
		mix_less(out, sum, NULL, 65536, lb);
		for (int i = 0; i < 65536; i++)
			assert_int_equal(out[i], expected(lb, row[0][i] + row[1][i] + row[2][i]));
	}
}

/*
 * A-law 0xaa stands for 32256 and 0x2a for -32256, 0xd5 for 8, 0x55 for -8; mu-law 0x80, 0x00:
 * 32124.
 */
static void octets_worked_out_by_hand(void **state)
{
	static const struct {
		unsigned int law;
		uint8_t in[PARTIES], out[PARTIES];
	} cases[] = {
		{ MEDIA_ALAW, { 0xd5, 0xd5, 0x55 }, { 0xd5, 0xd5, 0xd4 } },
		{ MEDIA_ALAW, { 0xaa, 0xaa, 0xaa }, { 0xaa, 0xaa, 0xaa } },
		{ MEDIA_ALAW, { 0xaa, 0xaa, 0x2a }, { 0xd5, 0xd5, 0xaa } },
		{ MEDIA_ALAW, { 0x2a, 0x2a, 0x55 }, { 0x2a, 0x2a, 0x2a } },
		{ MEDIA_ULAW, { 0x80, 0x00, 0xff }, { 0x00, 0x80, 0xff } },
		{ MEDIA_ULAW, { 0x80, 0x80, 0x7f }, { 0x80, 0x80, 0x80 } },
		{ MEDIA_ULAW, { 0xff, 0x7f, 0xfe }, { 0xfe, 0xfe, 0xff } },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		int16_t row[PARTIES];
		int32_t sum = 0;
		uint8_t out;

		for (int p = 0; p < PARTIES; p++) {
			mix_linear(&row[p], &cases[c].in[p], 1, cases[c].law);
			mix_add(&sum, &row[p], 1);
		}
		for (int p = 0; p < PARTIES; p++) {
			mix_less(&out, &sum, &row[p], 1, cases[c].law);
			if (out != cases[c].out[p])
				fail_msg("case %zu, party %d: 0x%02x", c, p, out);
		}
	}
}

/* The sum itself has no limit: two who are as loud as can be do not cut off the third. */
static void only_what_leaves_saturates(void **state)
{
	int16_t up = 32767, down = -32768, quiet = 1000;
	int32_t sum = 0;
	uint8_t out;

	(void)state;
	for (int i = 0; i < 30; i++) {
		mix_add(&sum, &up, 1);
		mix_add(&sum, &up, 1);
		mix_add(&sum, &down, 1);
		mix_add(&sum, &down, 1);
	}
	sum += 60;	/* what each four of them leave is -2 */
	mix_add(&sum, &quiet, 1);
	mix_less(&out, &sum, NULL, 1, MEDIA_ALAW);
	assert_int_equal(out, law_octet(MEDIA_ALAW, 1000));
}

static void gain(void **state)
{
	int16_t row[65536];

	(void)state;
	assert_int_equal(mix_gain_of(0), 4096);
	assert_int_equal(mix_gain_of(6), 8173);	/* 1.99526 */
	assert_int_equal(mix_gain_of(-6), 2053);	/* 0.50119 */
	assert_int_equal(mix_gain_of(20), 40960);
	assert_int_equal(mix_gain_of(-20), 410);
	assert_int_equal(mix_gain_of(24), 64917);
	assert_int_equal(mix_gain_of(-24), 258);
	assert_int_equal(mix_gain_of(99), 64917);
	assert_int_equal(mix_gain_of(-99), 258);
	for (int g = -1; g < 3; g++) {
		int32_t factor = g < 0 ? 0 : g == 2 ? 64917 : 4096 >> g;

		for (int i = 0; i < 65536; i++)
			row[i] = (int16_t)(i - 32768);
		mix_gain(row, 65536, factor);
		for (int i = 0; i < 65536; i++) {
			double want = (double)(i - 32768) * factor / 4096;

			want = want > 32767 ? 32767 : want < -32768 ? -32768 : want;
			if (row[i] < want - 0.5 || row[i] > want + 0.5)
				fail_msg("%d times %d/4096 is %d", i - 32768, factor, row[i]);
		}
	}
}

static void level(void **state)
{
	int16_t row[] = { 100, -100, 300, -300, -32768, 32767 };

	(void)state;
	assert_int_equal(mix_level(row, 0), 0);
	assert_int_equal(mix_level(row, 4), 200);
	assert_int_equal(mix_level(row + 4, 1), 32768);
	assert_int_equal(mix_level(row + 4, 2), 32767);
}

static void talking_begins_at_once_and_ends_late(void **state)
{
	struct mix_talk t = { 0 };
	int rows;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(mix_talk(&t, MIX_TALK_LEVEL - 1, 160));
	assert_true(mix_talk(&t, MIX_TALK_LEVEL, 160));
	assert_true(t.talking);
	assert_int_equal(t.samples, 160);
	/*
	 * A pause that is shorter than the hold time, by one row: no end, and the next begins
	 * anew.
	 */
	for (rows = 1; rows < 50; rows++)
		assert_false(mix_talk(&t, 0, 160));
	assert_false(mix_talk(&t, 5000, 160));
	for (rows = 1; rows < 50; rows++)
		assert_false(mix_talk(&t, 0, 160));
	assert_true(mix_talk(&t, 0, 160));
	assert_false(t.talking);
	assert_int_equal(t.samples, 160 * 101);
	assert_false(mix_talk(&t, 0, 160));
	assert_true(mix_talk(&t, 32768, 80));
	assert_int_equal(t.samples, 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hears_the_others_exactly),
		cmocka_unit_test(octets_worked_out_by_hand),
		cmocka_unit_test(only_what_leaves_saturates),
		cmocka_unit_test(gain),
		cmocka_unit_test(level),
		cmocka_unit_test(talking_begins_at_once_and_ends_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoding against ITU-T G.711, all 65,536 samples: each code of table 1 (A-law) and table 2
 * (mu-law) stands for an interval between two decision values, and every sample must get the code
 * of the interval in which it lies. On a decision value both neighbours are right: G.711 leaves
 * that open (note 3 of the tables).
 *
 * The intervals are built here from the tables' rule, not from anybody's encoder: segments whose
 * steps double.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/call/media.h"
#include "daemon/media/law.h"

#define CODES	128

struct interval {
	double low, high, value;	/* of 16-bit samples */
};

/*
 * A-law, table 1a: decision values x1..x128 with 13-bit samples (largest 4096), so 16-bit ones are
 * eight times as much. Segments 1 and 2 have steps of 2, then they double. Code n of the positive
 * half is 0x80 + n, with even bits inverted (column 6).
 */
static void alaw_intervals(struct interval *of)
{
	double low = 0, step = 2;
	int n;

	for (n = 0; n < CODES; n++) {
		if (n >= 32 && n % 16 == 0)
			step *= 2;
		of[n] = (struct interval){ low * 8, (low + step) * 8, (low + step / 2) * 8 };
		low += step;
	}
	assert_true(low == 4096);
}

/*
 * mu-law, table 2a: decision values 0, 1, 3, 5 ... 31, 35 ... 8159 with 14-bit samples, so 16-bit
 * ones are four times as much. Code n of the positive half is 0xff - n.
 */
static void ulaw_intervals(struct interval *of)
{
	double low = 0, step = 1;
	int n;

	for (n = 0; n < CODES; n++) {
		of[n] = (struct interval){ low * 4, (low + step) * 4, (low + step / 2) * 4 };
		if (!n)
			of[n].value = 0;	/* x1: y1 is 0 */
		low += step;
		if (!n)
			step = 2;
		else if (n % 16 == 15)
			step *= 2;
	}
	assert_true(low == 8159);
}

/* Which interval of the table an octet names, and its sign. */
static int code_of(unsigned int format, uint8_t octet, int *negative)
{
	if (format == MEDIA_ALAW) {
		octet ^= 0x55;
		*negative = !(octet & 0x80);
		return octet & 0x7f;
	}
	*negative = !(octet & 0x80);
	return ~octet & 0x7f;
}

static void encode_all(unsigned int format, const struct interval *of, double most)
{
	int sample, wrong = 0;

	for (sample = -32768; sample <= 32767; sample++) {
		uint8_t octet = law_octet(format, (int16_t)sample);
		int negative, n = code_of(format, octet, &negative);
		double x = negative ? -sample : sample;

		/* Beyond the virtual decision value all is the last code. */
		if (x > most)
			x = most;
		if (x < of[n].low || x > of[n].high) {
			if (wrong++ < 8)
				print_error("sample %d: octet 0x%02x stands for %s%g to %g\n",
					    sample, octet, negative ? "-" : "", of[n].low,
					    of[n].high);
		}
	}
	assert_int_equal(0, wrong);
}

/* Decoded, each octet is the value in its interval's middle (columns 7 and 8: y), exactly. */
static void decode_all(unsigned int format, const struct interval *of)
{
	int octet;

	for (octet = 0; octet < 256; octet++) {
		int negative, n = code_of(format, (uint8_t)octet, &negative);
		double y = negative ? -of[n].value : of[n].value;

		assert_true(law_linear(format, (uint8_t)octet) == y);
	}
}

static void alaw(void **state)
{
	struct interval of[CODES];

	(void)state;
	alaw_intervals(of);
	encode_all(MEDIA_ALAW, of, 32768);
	decode_all(MEDIA_ALAW, of);
}

static void ulaw(void **state)
{
	struct interval of[CODES];

	(void)state;
	ulaw_intervals(of);
	encode_all(MEDIA_ULAW, of, 8159 * 4);
	decode_all(MEDIA_ULAW, of);
}

/* What was encoded, decoded and encoded again is the same octet (mu-law: 0 has two). */
static void again(void **state)
{
	int octet;

	(void)state;
	for (octet = 0; octet < 256; octet++) {
		uint8_t o = (uint8_t)octet;

		assert_int_equal(o, law_octet(MEDIA_ALAW, law_linear(MEDIA_ALAW, o)));
		if (o != 0x7f)
			assert_int_equal(o, law_octet(MEDIA_ULAW, law_linear(MEDIA_ULAW, o)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alaw),
		cmocka_unit_test(ulaw),
		cmocka_unit_test(again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

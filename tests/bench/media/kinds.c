// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kinds of far ends; kinds.h. G.711 is written here once more, so that what the daemon makes is judged by
 * something else than its own tables.
 */
#include "tests/bench/media/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IDLE		0xd5
#define DIGITS		16
#define TONE		8000	/* samples after which a digit's two tones are where they began */
#define TONE_PEAK	8000	/* of one of the two */
#define SUMS		(1 << 17)	/* octets of a conference that are known beforehand: 16 s */
#define LINEAR_MAX	32256	/* what the loudest octet stands for */

static int16_t linear_of[256];
static uint8_t nearest[65536];		/* the octet that stands for nearly this sample */
static int32_t sum[SUMS];		/* of what all of a port send */
static uint8_t tone[DIGITS][TONE + PLANE_RUN_MAX];

/* --- A-law ------------------------------------------------------------------------------------- */

/* G.711 table 1, in steps of 1/32768: 16 in segments 0 and 1, then twice as much in each. */
static int alaw_linear(uint8_t octet)
{
	unsigned int v = octet ^ 0x55, segment = v >> 4 & 7, step = v & 15;
	int level = segment ? (int)((2 * step + 33) << (segment - 1)) : (int)(2 * step + 1);

	return v & 0x80 ? 8 * level : -8 * level;
}

/* What an octet stands for reaches so far to both sides (G.711, decision values). */
static int half_step(uint8_t octet)
{
	unsigned int segment = (octet ^ 0x55) >> 4 & 7;

	return segment ? 8 << (segment - 1) : 8;
}

static int lower(const void *a, const void *b)
{
	return linear_of[*(const uint8_t *)a] - linear_of[*(const uint8_t *)b];
}

/* Goes through all samples and all octets at once, both from the lowest. */
static void alaw_make(void)
{
	uint8_t octets[256];
	unsigned int at = 0;

	for (unsigned int i = 0; i < 256; i++) {
		octets[i] = (uint8_t)i;
		linear_of[i] = (int16_t)alaw_linear((uint8_t)i);
	}
	qsort(octets, 256, 1, lower);
	for (int i = -32768; i < 32768; i++) {
		while (at < 255 && abs(linear_of[octets[at + 1]] - i) < abs(linear_of[octets[at]] - i))
			at++;
		nearest[i & 0xffff] = octets[at];
	}
}

/* --- nothing comes ----------------------------------------------------------------------------- */

static void send_random(uint8_t *to, unsigned int port, unsigned int slot, uint64_t index, size_t n)
{
	plane_send(to, plane_channel(port, slot), index, n);
}

static void judge_silent(struct plane_check *check, const uint8_t *octets, size_t n)
{
	check->synced = true;
	plane_judged(check, n, !memcmp(octets, octets + 1, n - 1));
}

const struct ours_kind kind_silent = { send_random, judge_silent };

/* --- a conference ------------------------------------------------------------------------------ */

void kinds_conference(unsigned int port)
{
	memset(sum, 0, sizeof(sum));
	for (unsigned int slot = 1; slot <= PLANE_SLOTS; slot++)
		for (size_t i = 0; (PLANE_B_SLOTS & 1U << slot) && i < SUMS; i++)
			sum[i] += linear_of[*plane_octets(plane_channel(port, slot), i)];
}

/* Whether @octets are the sum of all others' from @index on, in A-law. */
static bool is_sum(unsigned int channel, uint64_t index, const uint8_t *octets, size_t n)
{
	const uint8_t *own = plane_octets(channel, index);

	if (index + n > SUMS)
		plane_die("a conference is judged for no longer than %d octets", SUMS);
	for (size_t i = 0; i < n; i++) {
		int must = sum[index + i] - linear_of[own[i]];

		if (abs(must) > LINEAR_MAX || abs(linear_of[octets[i]] - must) > half_step(octets[i]))
			return false;
	}
	return true;
}

static void judge_conference(struct plane_check *check, const uint8_t *octets, size_t n)
{
	if (check->synced) {
		plane_judged(check, n, is_sum(check->channel, check->next, octets, n));
		return;
	}
	if (!memcmp(octets, octets + 1, 7))
		return;
	for (check->next = 0; check->next < 8 * PLANE_REACH; check->next++)
		if (is_sum(check->channel, check->next, octets, n))
			break;
	check->synced = check->next < 8 * PLANE_REACH;
	check->next += n;
}

const struct ours_kind kind_conference = { send_random, judge_conference };

/* --- digits ------------------------------------------------------------------------------------ */

char kinds_digit(unsigned int slot)
{
	return "1234567890*#ABCD"[slot % DIGITS];
}

static void tones_make(void)
{
	static const char *const rows[] = { "123A", "456B", "789C", "*0#D" };
	static const double low[] = { 697, 770, 852, 941 }, high[] = { 1209, 1336, 1477, 1633 };

	for (unsigned int d = 0; d < DIGITS; d++) {
		unsigned int row = 0, column;
		double f, g;

		while (!strchr(rows[row], kinds_digit(d)))
			row++;
		column = (unsigned int)(strchr(rows[row], kinds_digit(d)) - rows[row]);
		f = 2 * M_PI * low[row] / 8000;
		g = 2 * M_PI * high[column] / 8000;
		for (unsigned int i = 0; i < TONE; i++)
			tone[d][i] = nearest[(int)(TONE_PEAK * (sin(f * i) + sin(g * i))) & 0xffff];
		memcpy(tone[d] + TONE, tone[d], PLANE_RUN_MAX);
	}
}

static void send_digit(uint8_t *to, unsigned int port, unsigned int slot, uint64_t index, size_t n)
{
	(void)port;
	if (plane_flip())
		memset(to, IDLE, n);
	else
		memcpy(to, tone[slot % DIGITS] + index % TONE, n);
}

const struct ours_kind kind_digits = { send_digit, judge_silent };

void kinds_init(void)
{
	alaw_make();
	tones_make();
}

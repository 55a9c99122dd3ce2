// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of a conference; see mix.h.
 *
 * Everything that a sample meets is a table or a loop without a branch, which the compiler makes
 * four or eight samples wide: with thirty parties these loops are what a media thread does.
 */
#include "daemon/media/mix.h"

#include "daemon/call/media.h"
#include "daemon/media/law.h"

/* Release builds have these loops twice; which one is run, the loader asks the processor once. */
#if defined(MIX_WIDE) && defined(__x86_64__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define STEP  8		/* samples looked up before it is asked whether there are more */
#define WIDTH 64	/* samples between the two halves of mix_less(); of STEPs */

static int16_t linear_of[2][256];
static uint8_t octet_of[2][65536];

static void __attribute__((constructor)) tables_make(void)
{
	static const unsigned int law[2] = { MEDIA_ALAW, MEDIA_ULAW };

	for (int t = 0; t < 2; t++) {
		for (unsigned int i = 0; i < 256; i++)
			linear_of[t][i] = law_linear(law[t], (uint8_t)i);
		for (unsigned int i = 0; i < 65536; i++)
			octet_of[t][i] = law_octet(law[t], (int16_t)i);
	}
}

void mix_linear(int16_t *row, const uint8_t *octets, size_t n, unsigned int format)
{
	const int16_t *table = linear_of[format == MEDIA_ULAW];

	for (; n >= STEP; n -= STEP, row += STEP, octets += STEP)
		for (size_t i = 0; i < STEP; i++)
			row[i] = table[octets[i]];
	for (size_t i = 0; i < n; i++)
		row[i] = table[octets[i]];
}

static inline int32_t saturated(int32_t v)
{
	v = v > INT16_MAX ? INT16_MAX : v;
	return v < INT16_MIN ? INT16_MIN : v;
}

int32_t mix_gain_of(int db)
{
	/* 10^(1/20), and one over it, in 2^-30: 48 steps of it lose less than half a step of gain */
	int64_t step = db < 0 ? 956973408 : 1204758142, gain = (int64_t)MIX_GAIN_UNITY << 16;
	int n = db < 0 ? -db : db;

	for (int i = 0; i < n && i < MIX_GAIN_DB; i++)
		gain = (gain * step) >> 30;
	return (int32_t)((gain + (1 << 15)) >> 16);
}

WIDE void mix_gain(int16_t *row, size_t n, int32_t gain)
{
	for (size_t i = 0; i < n; i++)
		row[i] = (int16_t)saturated((row[i] * gain + MIX_GAIN_UNITY / 2) >> MIX_GAIN_SHIFT);
}

WIDE void mix_add(int32_t *sum, const int16_t *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += row[i];
}

WIDE void mix_less(uint8_t *octets, const int32_t *sum, const int16_t *own, size_t n,
	      unsigned int format)
{
	const uint8_t *table = octet_of[format == MEDIA_ULAW];
	uint16_t out[WIDTH];

	while (n) {
		size_t part = n < WIDTH ? n : WIDTH, done = 0;

		if (own)
			for (size_t i = 0; i < part; i++)
				out[i] = (uint16_t)saturated(sum[i] - own[i]);
		else
			for (size_t i = 0; i < part; i++)
				out[i] = (uint16_t)saturated(sum[i]);
		for (; done + STEP <= part; done += STEP)
			for (size_t i = 0; i < STEP; i++)
				octets[done + i] = table[out[done + i]];
		for (; done < part; done++)
			octets[done] = table[out[done]];
		octets += part;
		sum += part;
		own = own ? own + part : NULL;
		n -= part;
	}
}

uint8_t mix_octet(unsigned int format, uint8_t a, uint8_t b)
{
	const int16_t *linear = linear_of[format == MEDIA_ULAW];
	uint8_t idle = law_idle(format);

	if (a == idle || b == idle)
		return a == idle ? b : a;
	return octet_of[format == MEDIA_ULAW][(uint16_t)saturated(linear[a] + linear[b])];
}

WIDE unsigned int mix_level(const int16_t *row, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)(row[i] < 0 ? -row[i] : row[i]);
	return n ? sum / (uint32_t)n : 0;
}

bool mix_talk(struct mix_talk *talk, unsigned int level, size_t n)
{
	bool was = talk->talking;

	talk->samples += n;
	if (level >= MIX_TALK_LEVEL) {
		if (!was)
			talk->samples = n;
		talk->talking = true;
		talk->quiet = 0;
	} else {
		talk->quiet += was ? (uint32_t)n : 0;
		talk->talking = was && talk->quiet < MIX_TALK_HOLD;
	}
	return talk->talking != was;
}

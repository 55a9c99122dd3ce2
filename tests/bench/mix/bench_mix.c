// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of a conference: what a party of thirty costs in a second, at 20 ms a row.
 *
 *	perf stat -e instructions:u build/release/bench/bench_mix [PARTIES [SECONDS [DB]]]
 *
 * Instructions divided by PARTIES * SECONDS are those of a channel-second. DB: everybody's gain,
 * other than 0.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/media.h"
#include "daemon/media/mix.h"

#define ROW	160
#define PARTIES 512

static uint8_t octets[PARTIES][ROW];
static int16_t rows[PARTIES][ROW];
static struct mix_talk talk[PARTIES];

int main(int argc, char **argv)
{
	int parties = argc > 1 ? atoi(argv[1]) : 30, seconds = argc > 2 ? atoi(argv[2]) : 100;
	int32_t gain = mix_gain_of(argc > 3 ? atoi(argv[3]) : 0);
	int32_t sum[ROW];
	unsigned int changes = 0;

	if (parties < 1 || parties > PARTIES || seconds < 1)
		return 2;
	for (int p = 0; p < parties; p++)
		for (int i = 0; i < ROW; i++)
			octets[p][i] = (uint8_t)(p * 31 + i * 7);
	for (long turn = 0; turn < seconds * 50L; turn++) {
		memset(sum, 0, sizeof(sum));
		for (int p = 0; p < parties; p++) {
			mix_linear(rows[p], octets[p], ROW, MEDIA_ALAW);
			changes += mix_talk(&talk[p], mix_level(rows[p], ROW), ROW);
			if (gain != MIX_GAIN_UNITY)
				mix_gain(rows[p], ROW, gain);
			mix_add(sum, rows[p], ROW);
		}
		for (int p = 0; p < parties; p++)
			mix_less(octets[p], sum, rows[p], ROW, MEDIA_ALAW);
	}
	printf("%d parties, %d s, %u changes of who talks\n", parties, seconds, changes);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole calls (placed, answered, hung up: three steps to be written down), without call records and
 * with them. The difference is what a call's record costs the tasks of the call; what the thread
 * that stores takes is in the processor time beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/record/record.h"
#include "tests/bench/core/bench.h"

#define WAVES 100
#define WAVE  500

static void waves(unsigned int n, struct sample *sample)
{
	static struct bench_up ups[WAVE];

	for (unsigned int w = 0; w < n; w++) {
		bench_start(sample);
		bench_up(ups, WAVE);
		for (int i = 0; i < WAVE; i++)
			channel_post_hangup(ups[i].ch, CAUSE_NORMAL);
		bench_settle();
		bench_stop(sample);
		for (int i = 0; i < WAVE; i++) {
			must(channel_state(ups[i].ch) == CHAN_DEAD);
			leg_put(&ups[i].leg->leg);
			channel_put(ups[i].ch);
		}
		sample->count += WAVE;
	}
}

static void run_plain(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	bench_world(bench->threads);
	waves(WAVES / scale, sample);
}

static void run_recorded(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	char folder[] = "/tmp/bench-XXXXXX", journal[64], db[64], command[80];
	struct record_params params = { .journal = journal, .database = db };
	struct record_stats stats;

	must(mkdtemp(folder));
	snprintf(journal, sizeof(journal), "%s/journal", folder);
	snprintf(db, sizeof(db), "%s/db", folder);
	bench_world(bench->threads);
	must(!record_start(&params));
	waves(WAVES / scale, sample);
	record_stop();
	record_stats(&stats);
	must(stats.appended == 3 * (uint64_t)sample->count && stats.stored == stats.appended);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	must(!system(command));
}

const struct bench bench_records[] = {
	{ "calls", 1, "1/s", 0, false, run_plain },
	{ "calls, recorded", 1, "1/s", 0, false, run_recorded },
	{ .name = NULL },
};

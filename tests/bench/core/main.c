// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_core [--short] [--json FILE] [NAME...]: a table of what the channel core does in a second.
 *
 * The machine's other work slows a run and never speeds it up, so a figure is the median of five,
 * with their spread beside it, and beside that what one processor second yields. One thread means
 * one processor for everything: pool, timer and the freeing of what is over.
 */
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "tests/bench/core/bench.h"

#define RUNS 5

static const struct bench *const tables[] = { bench_moves, bench_posts, bench_life,
					       bench_records };
static FILE *json;
static int failed;

void bench_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	_exit(2);
}

void bench_pool(int threads)
{
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	must(!timer_thread_start());
	must(!serializer_pool_start(threads, 0));
}

void bench_world(int threads)
{
	bench_pool(threads);
	must(!channels_init());
}

void bench_settle(void)
{
	must(!serializer_pool_drain(60 * NSEC_PER_SEC));
}

void bench_up(struct bench_up *ups, unsigned int n)
{
	const struct channel_params params = { .name = "Test/2001", .exten = "2001" };

	for (unsigned int i = 0; i < n; i++) {
		ups[i].leg = testleg_new(true);
		must(!channel_create(&params, &ups[i].leg->leg, &ups[i].ch));
		must(!channel_post_dial(ups[i].ch));
	}
	bench_settle();
	for (unsigned int i = 0; i < n; i++)
		testleg_say(ups[i].leg, LEG_ANSWERED);
	bench_settle();
	for (unsigned int i = 0; i < n; i++)
		must(channel_state(ups[i].ch) == CHAN_UP);
	trcu_barrier();
}

static uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

void bench_start(struct sample *sample)
{
	sample->contended -= tlock_contended();
	sample->cpu_ns -= cpu_now();
	sample->wall_ns -= tnow();
}

void bench_stop(struct sample *sample)
{
	sample->wall_ns += tnow();
	sample->contended += tlock_contended();
	trcu_barrier();
	sample->cpu_ns += cpu_now();
}

/* --- one run --------------------------------------------------------------------------------- */

static void tie(void)
{
	cpu_set_t all, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	/* The last one: interrupts prefer the first. */
	for (int i = CPU_SETSIZE; i-- > 0;)
		if (CPU_ISSET(i, &all)) {
			CPU_SET(i, &one);
			break;
		}
	sched_setaffinity(0, sizeof(one), &one);
}

static bool run(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	int fds[2], status;
	pid_t child;

	if (pipe(fds))
		return false;
	fflush(NULL);
	child = fork();
	if (!child) {
		*sample = (struct sample){ 0 };
		if (bench->threads == 1)
			tie();
		bench->run(bench, scale, sample);
		_exit(write(fds[1], sample, sizeof(*sample)) != sizeof(*sample));
	}
	close(fds[1]);
	if (child < 0 || read(fds[0], sample, sizeof(*sample)) != sizeof(*sample))
		sample->count = 0;
	close(fds[0]);
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(const struct bench *bench, const char *name, const char *unit, double value,
		double spread)
{
	printf("%-28s %7d %12.0f %-12s %7.1f %%", name, bench->threads, value, unit, spread * 100);
	if (json)
		fprintf(json,
			"%s\n {\"name\": \"%s\", \"threads\": %d, \"value\": %.1f, \"unit\": \"%s\","
			" \"spread\": %.4f}",
			ftell(json) > 1 ? "," : "", name, bench->threads, value, unit, spread);
}

static void judge(const struct bench *bench, double value, double cpu)
{
	if (isnan(cpu))
		printf(" %12s", "");
	else
		printf(" %12.0f", cpu);
	if (!bench->target)
		printf("\n");
	else if (isnan(cpu))
		printf("  <= %8.0f %s\n", bench->target, value <= bench->target ? "yes" : "no");
	else
		printf("  >= %8.0f %s\n", bench->target, value >= bench->target ? "yes" : "no");
}

static void measure(const struct bench *bench, unsigned int scale)
{
	double value[RUNS] = { 0 }, cpu[RUNS] = { 0 };
	int runs = scale > 1 ? 1 : RUNS, mid = runs / 2;
	uint64_t contended = 0;
	char name[64];

	for (int i = 0; i < runs; i++) {
		struct sample s;

		if (!run(bench, scale, &s)) {
			printf("%-28s %7d  failed\n", bench->name, bench->threads);
			failed++;
			return;
		}
		value[i] = s.wall_ns ? s.count * 1e9 / (double)s.wall_ns : s.count;
		cpu[i] = s.wall_ns ? s.count * 1e9 / (double)s.cpu_ns : NAN;
		if (s.contended > contended)
			contended = s.contended;
	}
	qsort(value, (size_t)runs, sizeof(*value), ascending);
	qsort(cpu, (size_t)runs, sizeof(*cpu), ascending);
	row(bench, bench->name, bench->unit, value[mid],
	    value[mid] ? (value[runs - 1] - value[0]) / value[mid] : 0);
	judge(bench, value[mid], cpu[mid]);
	if (!bench->disjoint)
		return;
	snprintf(name, sizeof(name), "%s: contended locks", bench->name);
	row(bench, name, "locks", (double)contended, 0);
	printf(" %12s  <= %8d %s\n", "", 0, contended ? "no" : "yes");
	failed += contended != 0;
}

static bool wanted(const struct bench *bench, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strstr(bench->name, *names))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned int scale = 1;
	double load = 0;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--short")) {
			scale = 20;
		} else if (!strcmp(argv[i], "--json") && i + 1 < argc) {
			json = fopen(argv[++i], "w");
			if (!json) {
				perror(argv[i]);
				return 2;
			}
		} else {
			fprintf(stderr, "usage: %s [--short] [--json FILE] [NAME...]\n", argv[0]);
			return 2;
		}
	}
	getloadavg(&load, 1);
	printf("%ld processors, load %.1f before\n", sysconf(_SC_NPROCESSORS_ONLN), load);
	printf("%-28s %7s %12s %-12s %9s %12s  %s\n", "what", "threads", "median", "", "spread",
	       "per CPU s", "asked");
	if (json)
		fputc('[', json);
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct bench *bench = tables[t]; bench->name; bench++)
			if (wanted(bench, argv + i)) {
				measure(bench, scale);
				fflush(stdout);
			}
	if (json)
		fprintf(json, "\n]\n");
	if (json && fclose(json)) {
		perror("json");
		return 2;
	}
	return failed ? 1 : 0;
}

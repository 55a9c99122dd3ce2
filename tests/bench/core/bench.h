/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measurements of the channel core. Each run is a process of its own with a core of its own (pool,
 * timers, tables), and checks that what it measured has happened: a figure for work that was not
 * done is worse than none.
 */
#ifndef BENCH_CORE_H
#define BENCH_CORE_H

#include <stdint.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/thread.h"
#include "tests/unit/daemon/testleg.h"

/* What one run found. */
struct sample {
	double count;	  /* operations; or the value itself, when wall_ns is 0 */
	uint64_t wall_ns; /* 0: not a rate */
	uint64_t cpu_ns;  /* of all threads, with what is freed behind it */
	uint64_t contended; /* locks that were found taken meanwhile */
};

struct bench {
	const char *name;
	int threads;	/* that work; one: the whole process is tied to one processor */
	const char *unit;
	double target;	/* at least (a rate) or at most (memory); 0: none */
	bool disjoint;	/* what runs at once has nothing in common: no lock may be contended */
	void (*run)(const struct bench *bench, unsigned int scale, struct sample *sample);
};

/* moves.c, posts.c, life.c, records.c; each ends with a name of NULL */
extern const struct bench bench_moves[], bench_posts[], bench_life[], bench_records[];

/** must() - end the run: what it measures is not what it says. */
#define must(cond)                                                        \
	do {                                                              \
		if (!(cond))                                              \
			bench_fail(__FILE__, __LINE__, #cond);            \
	} while (0)
void __attribute__((noreturn)) bench_fail(const char *file, int line, const char *what);

/** bench_pool() - threads, as many in the pool; no tables. Ends with the process. */
void bench_pool(int threads);
/** bench_world() - a core with a pool of so many threads; it ends with the process. */
void bench_world(int threads);
/** bench_settle() - until nobody has anything to do. */
void bench_settle(void);
/** bench_up() - answered channels on new legs; handles on all are the caller's. */
struct bench_up {
	struct channel *ch;
	struct testleg *leg;
};
void bench_up(struct bench_up *ups, unsigned int n);

/* Time that passes between start and stop is added to the sample; may be repeated. */
void bench_start(struct sample *sample);
void bench_stop(struct sample *sample);

#endif

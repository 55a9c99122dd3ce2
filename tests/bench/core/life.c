// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels that come and go while ten thousand others are up; finding these meanwhile; and what an
 * idle one takes.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/call/local.h"
#include "tests/bench/core/bench.h"

#define OTHERS 10000

static struct bench_up others[OTHERS];
static uint64_t ids[OTHERS];
static char names[OTHERS][CHANNEL_NAME_LEN];

static void make_others(void)
{
	bench_up(others, OTHERS);
	for (int i = 0; i < OTHERS; i++) {
		ids[i] = channel_id(others[i].ch);
		snprintf(names[i], sizeof(names[i]), "%s", channel_name(others[i].ch));
		leg_put(&others[i].leg->leg);
	}
}

/* --- coming and going ------------------------------------------------------------------------ */

#define CYCLES 200000
#define BATCH  16

/* In the pool: makes a batch of channels and hangs them up, then goes to the end of the queue. */
struct maker {
	struct ref ref;
	struct serializer ser;
	struct task task;
	uint32_t made, end; /* UINT32_MAX: until stop */
	uint32_t stop;
	uint64_t *ids;	    /* NULL: not kept */
	uint64_t last;	    /* the newest one's, for who looks */
} __attribute__((aligned(TDM_CACHELINE)));

static void never(struct ref *ref)
{
	(void)ref;
	must(false);
}

/*
 * False: the core takes no more for now. Two threads that do nothing else can make channels faster than
 * liburcu's one thread frees them, and what is not freed yet counts: -ENFILE. Waiting for it is part
 * of what a second holds.
 */
static bool make_one(struct maker *maker)
{
	const struct channel_params params = { .name = "Test/2002", .exten = "2002" };
	struct testleg *tl = testleg_new(true);
	struct channel *ch, *found;
	int err = channel_create(&params, &tl->leg, &ch);

	leg_put(&tl->leg);
	if (err == -ENFILE)
		return false;
	must(!err);
	atomic_store(&maker->last, channel_id(ch));
	found = channel_by_id(channel_id(ch));
	must(found == ch);
	channel_put(found);
	if (maker->ids)
		maker->ids[maker->made] = channel_id(ch);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
	atomic_store_relaxed(&maker->made, maker->made + 1);
	return true;
}

static void make_batch(struct task *task, int status)
{
	struct maker *maker = container_of(task, struct maker, task);

	must(!status);
	for (int i = 0; i < BATCH && maker->made < maker->end; i++)
		if (!make_one(maker))
			break;
	if (maker->made < maker->end && !atomic_load(&maker->stop))
		serializer_post(&maker->ser, &maker->task);
}

static void maker_init(struct maker *maker, uint32_t cycles)
{
	*maker = (struct maker){ .end = cycles };
	ref_init(&maker->ref, never);
	task_init(&maker->task, make_batch);
	must(!serializer_init(&maker->ser, TLOCK_CHANNEL, call_id_next(), &maker->ref));
}

static int count_all(struct channel *ch, void *arg)
{
	(void)ch;
	++*(unsigned int *)arg;
	return 0;
}

static void come_and_go(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	uint32_t cycles = CYCLES / scale;
	unsigned int left = 0;
	struct maker maker[2] = { 0 };

	bench_world(bench->threads);
	make_others();
	for (int t = 0; t < bench->threads; t++) {
		maker_init(&maker[t], cycles);
		maker[t].ids = calloc(cycles, sizeof(*maker[t].ids));
		must(maker[t].ids);
	}
	bench_start(sample);
	for (int t = 0; t < bench->threads; t++)
		serializer_post(&maker[t].ser, &maker[t].task);
	bench_settle();
	bench_stop(sample);
	for (int t = 0; t < bench->threads; t++) {
		must(maker[t].made == cycles);
		for (uint32_t i = 0; i < cycles; i++)
			must(!channel_by_id(maker[t].ids[i]));
		sample->count += cycles;
	}
	channel_foreach(count_all, &left);
	must(left == OTHERS);
	for (uint32_t i = 0; i < 4; i++)
		trcu_barrier();
	must(testlegs_alive() == OTHERS);
}

/* --- finding --------------------------------------------------------------------------------- */

#define LOOKUPS 2000000

static uint64_t thread_cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* One look-up in 64 is of a channel that has just been made: it is found, or is gone. */
static void find_new(struct maker *maker)
{
	uint64_t id = atomic_load(&maker->last);
	struct channel *ch = channel_by_id(id);

	if (!ch)
		return;
	must(channel_id(ch) == id);
	channel_put(ch);
}

static void find(struct sample *sample, unsigned int scale, bool by_name)
{
	uint32_t n = LOOKUPS / scale, seed = 12345, i;
	struct maker maker;

	bench_world(1);
	make_others();
	maker_init(&maker, UINT32_MAX);
	serializer_post(&maker.ser, &maker.task);
	while (!atomic_load(&maker.last))
		;
	sample->cpu_ns = -thread_cpu_now();
	sample->wall_ns = -tnow();
	/* However long it takes until enough have come and gone meanwhile. */
	for (i = 0; i < n || atomic_load_relaxed(&maker.made) <= 1000 / scale; i++) {
		struct channel *ch;
		uint32_t at;

		seed = seed * 1664525 + 1013904223;
		at = (uint32_t)((uint64_t)seed * OTHERS >> 32);
		if (i % 64 == 0) {
			find_new(&maker);
			continue;
		}
		ch = by_name ? channel_by_name(names[at]) : channel_by_id(ids[at]);
		must(ch == others[at].ch);
		channel_put(ch);
	}
	sample->wall_ns += tnow();
	sample->cpu_ns += thread_cpu_now();
	sample->count = i;
	atomic_store(&maker.stop, 1);
	bench_settle();
}

static void find_by_id(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	(void)bench;
	find(sample, scale, false);
}

static void find_by_name(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	(void)bench;
	find(sample, scale, true);
}

/* --- memory ---------------------------------------------------------------------------------- */

static size_t heap(void)
{
	struct mallinfo2 info = mallinfo2(); /* of all arenas, with what each block costs */

	return info.uordblks + info.hblkhd;
}

static size_t resident(void)
{
	unsigned long size, pages;
	FILE *file = fopen("/proc/self/statm", "r");

	must(file && fscanf(file, "%lu %lu", &size, &pages) == 2);
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Local legs: nothing but what the core needs. The tables grow behind: until they are as they stay. */
static size_t wait_grown(void)
{
	size_t before, now = heap();

	do {
		before = now;
		usleep(100000);
		trcu_barrier();
		now = heap();
	} while (now != before);
	return now;
}

static void memory(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	const struct leg_request req = { .target = "2001" };
	const struct channel_params params = { .name = "Local/2001", .exten = "2001" };
	size_t heap_before, resident_before, heap_each, resident_each;

	(void)bench;
	(void)scale;
	bench_pool(1);
	bench_settle();
	heap_before = heap();
	resident_before = resident();
	must(!channels_init()); /* tables count too */
	for (int i = 0; i < OTHERS / 2; i++) {
		struct leg *leg[2];

		must(!local_pair_new(&req, &leg[0], &leg[1]));
		for (int k = 0; k < 2; k++) {
			must(!channel_create(&params, leg[k], NULL));
			leg_put(leg[k]);
		}
	}
	bench_settle();
	heap_each = (wait_grown() - heap_before) / OTHERS;
	resident_each = (resident() - resident_before) / OTHERS;
	sample->count = (double)(heap_each > resident_each ? heap_each : resident_each);
}

const struct bench bench_life[] = {
	{ "channel create and destroy", 1, "channels/s", 300000, false, come_and_go },
	{ "channel create and destroy", 2, "channels/s", 0, false, come_and_go },
	{ "look-up by id", 2, "look-ups/s", 5000000, false, find_by_id },
	{ "look-up by name", 2, "look-ups/s", 5000000, false, find_by_name },
	{ "memory of an idle channel", 1, "octets", 2048, false, memory },
	{ 0 },
};

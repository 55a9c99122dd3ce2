// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves. A thousand pairs a round; every destination goes from round to round with the leg that the
 * last move gave it, while each source is made anew, outside the time that counts. Inside it are the
 * move with all that it causes, and the end of its source.
 */

#include "daemon/call/move.h"
#include "tests/bench/core/bench.h"

#define PAIRS  1000
#define ROUNDS 50
#define WINDOW 16 /* moves that are under way at a time, for each thread */

struct pair {
	struct channel *dest, *source;
	struct testleg *new, *old;
	uint64_t source_id;
	struct chain *chain;
};
static struct pair pairs[PAIRS];

/* The pairs of one thread's worth: as one move ends, the next is asked for. */
struct chain {
	struct pair *next, *end;
	uint32_t done;
	uint32_t refused;
} __attribute__((aligned(TDM_CACHELINE)));

static void ask(struct chain *chain);

static void moved(void *arg, int err)
{
	struct pair *pair = arg;
	struct chain *chain = pair->chain;

	atomic_add(&chain->done, 1);
	if (err)
		atomic_add(&chain->refused, 1);
	ask(chain);
}

static void ask(struct chain *chain)
{
	struct pair *pair = __atomic_fetch_add(&chain->next, sizeof(*pair), __ATOMIC_RELAXED);

	if (pair >= chain->end)
		return;
	must(!channel_move(pair->dest, pair->source, moved, pair));
	channel_put(pair->source);
}

static void make_sources(void)
{
	static struct bench_up ups[PAIRS];

	bench_up(ups, PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		pairs[i].old = pairs[i].new;
		pairs[i].new = ups[i].leg;
		pairs[i].source = ups[i].ch;
		pairs[i].source_id = channel_id(ups[i].ch);
	}
}

static void make_dests(unsigned int each, struct chain *chains)
{
	static struct bench_up ups[PAIRS];

	bench_up(ups, PAIRS);
	for (unsigned int i = 0; i < PAIRS; i++) {
		pairs[i].dest = ups[i].ch;
		pairs[i].new = ups[i].leg;
		pairs[i].chain = &chains[i / each];
	}
}

static void look(struct pair *pair)
{
	struct channel_info info;

	channel_info_read(pair->dest, &info);
	must(info.state == CHAN_UP);
	must(pair->dest->leg == &pair->new->leg);
	must(pair->new->leg.chan == pair->dest);
	must(!pair->new->asked[LEG_OP_RELEASE]);
	must(pair->old->asked[LEG_OP_RELEASE] == 1);
	must(!pair->old->leg.chan);
	must(!channel_by_id(pair->source_id));
	leg_put(&pair->old->leg);
}

static void moves(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	struct chain chains[2];
	unsigned int each = PAIRS / (unsigned int)bench->threads;

	bench_world(bench->threads);
	make_dests(each, chains);
	for (unsigned int round = 0; round < (ROUNDS + scale - 1) / scale; round++) {
		make_sources();
		for (int t = 0; t < bench->threads; t++)
			chains[t] = (struct chain){ .next = pairs + (unsigned int)t * each,
						    .end = pairs + (unsigned int)(t + 1) * each };
		bench_start(sample);
		for (int i = 0; i < WINDOW; i++)
			for (int t = 0; t < bench->threads; t++)
				ask(&chains[t]);
		bench_settle();
		bench_stop(sample);
		for (int t = 0; t < bench->threads; t++)
			must(chains[t].done == each && !chains[t].refused);
		for (unsigned int i = 0; i < PAIRS; i++)
			look(&pairs[i]);
		sample->count += PAIRS;
	}
}

const struct bench bench_moves[] = {
	{ "move", 1, "moves/s", 400000, true, moves },
	{ "move", 2, "moves/s", 0, true, moves },
	{ 0 },
};

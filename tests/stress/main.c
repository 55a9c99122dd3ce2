// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <unistd.h>

#include "daemon/call/local.h"
#include "daemon/call/park.h"
#include "daemon/core/log.h"
#include "tests/stress/slots.h"
#include "tests/stress/stress.h"

static struct actor actors[ACTORS];
static unsigned int threads = 4, pool = 3;
static uint64_t seed, want_ops, want_ns;
bool every;
static uint64_t ended_at;
static uint64_t asked; /* atomic: operations that were begun */
static uint64_t refused[256];

/* xorshift64*: the same numbers everywhere, and no lock. */
uint32_t roll(struct actor *me, uint32_t n)
{
	me->rng ^= me->rng >> 12;
	me->rng ^= me->rng << 25;
	me->rng ^= me->rng >> 27;
	return (uint32_t)((me->rng * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

/* --- asking ---------------------------------------------------------------------------------- */

void answer_done(void *arg, int err)
{
	struct answer *answer = arg;

	answer->err = err;
	/* The waiter may be gone once it has seen this; waking nobody is harmless. */
	if (atomic_add(&answer->count, 1) > 1)
		violation("a request is answered twice");
	futex_wake(&answer->count, 1);
}

static void __attribute__((noreturn)) stands_still(const struct actor *me)
{
	printf("# violation: seed %llu: thread %u waits for ever in %s\n",
	       (unsigned long long)seed, me->number, me->doing);
	printf("not ok - no violation\n");
	fflush(stdout);
	abort();
}

#define MINUTE (60 * NSEC_PER_SEC)

int answer_wait(struct actor *me, struct answer *answer)
{
	uint64_t until = tnow() + MINUTE;

	while (!atomic_load(&answer->count))
		if (futex_wait(&answer->count, 0, until) == -ETIMEDOUT &&
		    !atomic_load(&answer->count))
			stands_still(me);
	return answer->err;
}

struct in_task {
	int (*fn)(struct channel *ch, void *arg);
	struct channel *ch;
	void *arg;
};

static int in_task_fn(struct serializer_call *call, void *arg)
{
	struct in_task *it = arg;

	(void)call;
	return it->fn(it->ch, it->arg);
}

int in_task(struct actor *me, struct channel *ch, int (*fn)(struct channel *ch, void *arg), void *arg)
{
	struct in_task it = { .fn = fn, .ch = ch, .arg = arg };
	int err = serializer_call(channel_serializer(ch), in_task_fn, &it, NULL, tnow() + MINUTE);

	if (err == -ETIMEDOUT)
		stands_still(me);
	return err;
}

void settle(struct actor *me)
{
	/* The plant wakes tasks, and tasks the plant. */
	for (int i = 0; i < 4; i++) {
		if (serializer_pool_drain(MINUTE))
			stands_still(me);
		plant_idle(me);
	}
	if (serializer_pool_drain(MINUTE))
		stands_still(me);
}

/* --- threads --------------------------------------------------------------------------------- */

static struct op *choose(struct actor *me)
{
	unsigned int sum = 0, at;

	for (unsigned int i = 0; i < op_count; i++)
		sum += ops[i].weight;
	at = roll(me, sum);
	for (unsigned int i = 0; i < op_count; i++) {
		if (at < ops[i].weight)
			return &ops[i];
		at -= ops[i].weight;
	}
	return ops;
}

/* What an operation may be refused with, since somebody else was faster. */
static bool may_refuse(int err)
{
	return err == -EBUSY || err == -ENODEV || err == -EINVAL || err == -ENOENT ||
	       err == -EALREADY || err == -ENOSPC;
}

static void act(struct actor *me)
{
	struct op *op = choose(me);
	int err;

	me->doing = op->name;
	err = op->run(me);
	if (err == NOT_TRIED)
		return;
	atomic_add_relaxed(&asked, 1);
	atomic_add_relaxed(&op->tried, 1);
	if (!err)
		atomic_add_relaxed(&op->done, 1);
	else if (!may_refuse(err))
		violation("%s is refused with %d", op->name, err);
	else
		atomic_add_relaxed(&refused[-err], 1);
}

static bool more(void)
{
	return (!want_ops || atomic_load_relaxed(&asked) < want_ops) &&
	       (!want_ns || tnow() < ended_at);
}

static void actor_main(void *arg)
{
	struct actor *me = arg;

	while (more()) {
		act(me);
		if (every)
			watch_rest(me);
	}
}

static int stays(struct channel *ch, const struct leg_signal *sig)
{
	(void)ch;
	(void)sig;
	return 0;
}

static int end_one(struct channel *ch, void *arg)
{
	(void)arg;
	channel_post_hangup(ch, CAUSE_NORMAL);
	return 0;
}

/* --- verdict --------------------------------------------------------------------------------- */

static unsigned int tests, failed;

static void ok(bool good, const char *what)
{
	tests++;
	failed += !good;
	printf("%s %u - %s\n", good ? "ok" : "not ok", tests, what);
}

static void verdict(double seconds)
{
	uint64_t all = asked ? asked : 1;
	bool share = true, success = true;

	printf("# %-12s %10s %7s %9s\n", "operation", "tried", "share", "succeeded");
	for (unsigned int i = 0; i < op_count; i++) {
		const struct op *op = &ops[i];

		printf("# %-12s %10llu %6.2f%% %8.1f%%\n", op->name, (unsigned long long)op->tried,
		       100.0 * (double)op->tried / (double)all,
		       op->tried ? 100.0 * (double)op->done / (double)op->tried : 0.0);
		share &= op->tried * 100 >= all;
		success &= op->done * 2 >= op->tried;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		if (refused[i])
			printf("# refused with -%u: %llu\n", i, (unsigned long long)refused[i]);
	printf("# count operations %llu\n", (unsigned long long)asked);
	printf("# %.1f s, %.0f operations a second\n", seconds, (double)asked / seconds);
	ok(!violations(), "no violation");
	ok(share, "each operation is at least 1 % of all");
	ok(success, "each operation succeeds in at least half of all cases");
}

static void usage(void)
{
	fputs("usage: stress [--seed N] [--threads N] [--pool N] [--ops N] [--seconds N] [--every] [--kernel]\n"
	      "--kernel: with the kernel's timeslots, of cards of tdm_virt\n"
	      "--every: one thread, and everything is looked at after every operation\n"
	      "OPENTDM_SEED replays a run: each thread rolls the same dice again.\n",
	      stderr);
	exit(2);
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' }, { "threads", required_argument, NULL, 't' },
		{ "pool", required_argument, NULL, 'p' }, { "ops", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 'n' }, { "every", no_argument, NULL, 'e' },
		{ "kernel", no_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	const char *text = getenv("OPENTDM_SEED");
	int c;

	seed = text ? strtoull(text, NULL, 0) : tnow() % 1000000007;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		uint64_t n = optarg ? strtoull(optarg, NULL, 0) : 0;

		switch (c) {
		case 's':
			seed = n;
			break;
		case 't':
			threads = n > 0 && n <= ACTORS ? (unsigned int)n : threads;
			break;
		case 'p':
			pool = n > 0 ? (unsigned int)n : pool;
			break;
		case 'o':
			want_ops = n;
			break;
		case 'n':
			want_ns = n * NSEC_PER_SEC;
			break;
		case 'e':
			every = true;
			threads = 1;
			break;
		case 'k':
			slots_real = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	if (!want_ops && !want_ns)
		want_ops = 20000;
}

static void start(void)
{
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	if (timer_thread_start() || serializer_pool_start((int)pool, 0) || event_start() ||
	    channels_init() || bridges_init() || local_init() || park_init(1, 100) || plant_start()) {
		fputs("stress: cannot start\n", stderr);
		exit(1);
	}
	channel_set_default_controller(stays);
	watch_start();
}

/* Of ring groups and parked calls, which end by themselves. */
static bool timers_armed(void)
{
	bool armed;

	tlock_lock(&timer_sched.lock);
	armed = timer_sched.used;
	tlock_unlock(&timer_sched.lock);
	return armed;
}

static void finish(void)
{
	struct actor *me = &actors[0];
	struct serializer_stats stats;

	me->doing = "the end";
	while (timers_armed()) {
		usleep(10000);
		settle(me);
	}
	watch_rest(me);
	channel_foreach(end_one, NULL);
	/* Freed seats drop channels, whose ends free seats. */
	for (int i = 0; i < 4; i++) {
		settle(me);
		trcu_barrier();
	}
	ok(!channels_exit() && !bridges_exit(), "no channel and no bridge is left over");
	event_stop();
	timer_thread_stop(); /* an armed timer pins */
	settle(me);
	trcu_barrier();
	trcu_barrier();
	serializer_pool_stats(&stats);
	if (stats.alive)
		printf("# %u serializers\n", stats.alive);
	ok(!stats.alive, "no serializer is left over");
	ok(!serializer_pool_stop(MINUTE), "the pool ends");
	plant_stop();
	local_exit();
	trcu_barrier();
	watch_end();
}

int main(int argc, char **argv)
{
	uint64_t began;

	options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# seed %llu: %u threads, pool of %u\n", (unsigned long long)seed, threads, pool);
	start();
	began = tnow();
	ended_at = began + want_ns;
	for (unsigned int i = 0; i < threads; i++) {
		struct actor *me = &actors[i];

		me->number = i;
		me->rng = (seed + 1) * 0x9e3779b97f4a7c15ULL + i * 0xd1b54a32d192ed03ULL;
		me->rng |= !me->rng;
		if (tthread_start(&me->thread, TTHREAD_USER, "actor", actor_main, me))
			abort();
	}
	for (unsigned int i = 0; i < threads; i++)
		tthread_join(&actors[i].thread);
	double seconds = (double)(tnow() - began) / (double)NSEC_PER_SEC;

	finish();
	verdict(seconds);
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}

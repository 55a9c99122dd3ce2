// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel-fuzz [--ops N] [--threads N] [--trace]
 *
 * Half of the calls by one thread, whose book is exact; the other half by several on one plant. OPENTDM_SEED
 * repeats what one thread asks for; --threads 1 --ops N --trace shows the first N of it, one a line.
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define THREADS 8
#define SHORT_OPS 40000
#define LONG_OPS 1000000
#define AGAIN 2000	/* calls that are made twice */
#define STANDSTILL 300	/* seconds without a call of any thread */
#define ACCEPTED_PERCENT 20

static struct fuzzer fuzzers[THREADS];
static unsigned int nfuzzers, running;	/* running: atomic */
static uint64_t calls_each;
static unsigned int tests, failed;

static void __attribute__((format(printf, 2, 3))) ok(bool good, const char *fmt, ...)
{
	va_list args;

	failed += !good;
	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* --- threads ------------------------------------------------------------------------------------------ */

static void *thread(void *arg)
{
	struct fuzzer *me = arg;

	nl_open(me);
	dev_memory(me);
	run_calls(me, calls_each);
	io_unmap_all(me);
	nl_close(me);
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static uint64_t asked(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < nfuzzers; i++)
		sum += __atomic_load_n(&fuzzers[i].asked, __ATOMIC_RELAXED);
	return sum;
}

/* Whoever waits for ever is named; the machine is of no use any more then. */
static void watch(void)
{
	uint64_t last = 0, now;
	unsigned int seconds = 0;

	for (; __atomic_load_n(&running, __ATOMIC_ACQUIRE); usleep(20000)) {
		now = asked();
		seconds = now == last ? seconds + 1 : 0;
		last = now;
		if (seconds < STANDSTILL * 50)
			continue;
		for (unsigned int i = 0; i < nfuzzers; i++)
			printf("# seed %llu: thread %u stands still at call %llu in %s\n",
			       (unsigned long long)seed, i, (unsigned long long)fuzzers[i].asked,
			       fuzzers[i].doing);
		printf("not ok %u - no call waits for ever\n", tests + 1);
		fflush(stdout);
		_exit(1);
	}
}

/* --- rounds ------------------------------------------------------------------------------------------- */

struct ids {
	uint32_t id[256];
	unsigned int n;
};

static void note_id(void *arg, const void *const *attrs)
{
	struct ids *ids = arg;

	if (ids->n < COUNT(ids->id) && nl_u32(attrs[TDM_VIRT_A_PORT]) == 1)
		ids->id[ids->n++] = nl_u32(attrs[TDM_VIRT_A_CARD]);
}

static unsigned int living(struct fuzzer *me, struct ids *ids)
{
	struct ask ask = { .family = VIRT, .cmd = TDM_VIRT_CMD_GET, .dump = true };
	struct answer answer = { .each = note_id, .arg = ids };

	ids->n = 0;
	if (nl_plain(me, &ask, &answer) < 0)
		violation(me, "the cards cannot be read");
	return ids->n;
}

static unsigned int entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	unsigned int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

/* Descriptors first, or in every second round cards first, under them. */
static void clean(bool cards_first)
{
	static struct fuzzer me = { .doing = "removal" };
	struct ids ids;

	nl_open(&me);
	if (!cards_first)
		io_close_all();
	living(&me, &ids);
	for (unsigned int i = 0; i < ids.n; i++)
		virt_remove(&me, ids.id[i]);
	if (cards_first)
		io_close_all();
	if (living(&me, &ids) || entries("/sys/class/opentdm"))
		violation(&me, "%u cards are left, %u in sysfs", ids.n, entries("/sys/class/opentdm"));
	nl_close(&me);
	book_reset();
}

/* Numbers of the seed's for each thread (splitmix64). */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The digest of what the first thread asked for. */
static uint64_t run(unsigned int threads, uint64_t calls)
{
	struct timespec from, to;
	pthread_t id[THREADS];

	clock_gettime(CLOCK_MONOTONIC, &from);
	memset(fuzzers, 0, sizeof(fuzzers));
	alone = threads == 1;
	nfuzzers = running = threads;
	calls_each = calls / threads;
	for (unsigned int i = 0; i < threads; i++) {
		fuzzers[i].number = i;
		fuzzers[i].doing = "nothing yet";
		fuzzers[i].rng = mix(seed + i) | 1;
		if (pthread_create(&id[i], NULL, thread, &fuzzers[i])) {
			perror("kernel-fuzz: thread");
			exit(2);
		}
	}
	watch();
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	clean(threads > 1);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("# %llu calls by %u threads in %ld s\n", (unsigned long long)asked(), threads,
	       (long)(to.tv_sec - from.tv_sec));
	return fuzzers[0].digest;
}

/* --- verdicts ------------------------------------------------------------------------------------------- */

static void tell(void)
{
	uint64_t accepted = 0, all = 0, netlink = 0;
	unsigned int unmet = 0;

	for (unsigned int i = 0; i < kind_count; i++) {
		const struct kind *k = &kinds[i];
		const struct tally *t = &tallies[i];
		bool met = (k->needs == REFUSED || t->accepted) && (k->needs == ACCEPTED || t->refused);

		printf("# %s: %llu accepted, %llu refused%s\n", k->name,
		       (unsigned long long)t->accepted, (unsigned long long)t->refused,
		       met ? "" : " (both are needed)");
		unmet += !met;
		accepted += t->accepted;
		all += t->accepted + t->refused;
		if (k->run == events_read)
			netlink = all;
	}
	printf("# count netlink-calls %llu\n# count device-calls %llu\n# count fuzz-kernel %llu\n",
	       (unsigned long long)netlink, (unsigned long long)(all - netlink),
	       (unsigned long long)all);
	ok(!unmet, "each command and each ioctl was accepted and was refused");
	ok(all && accepted * 100 >= all * ACCEPTED_PERCENT,
	   "%llu of %llu calls were accepted: %llu %%, of at least %u", (unsigned long long)accepted,
	   (unsigned long long)all, (unsigned long long)(all ? accepted * 100 / all : 0),
	   ACCEPTED_PERCENT);
	ok(!violations, "each answer was as it must be (%llu were not)",
	   (unsigned long long)violations);
}

/* What is held anywhere would keep the modules in use. They come back for the tests that follow. */
static void unload(void)
{
	ok(!syscall(SYS_delete_module, "tdm_virt", O_NONBLOCK) &&
	   !syscall(SYS_delete_module, "tdm", O_NONBLOCK), "both modules can be unloaded");
	ok(!system("modprobe tdm_virt"), "and loaded again");
}

static void same_again(uint64_t calls)
{
	uint64_t first = run(1, calls), second;

	second = run(1, calls);
	ok(first == second, "%llu calls of one seed are the same again: digest %016llx",
	   (unsigned long long)calls, (unsigned long long)second);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ops", required_argument, NULL, 'o' },
		{ "threads", required_argument, NULL, 't' },
		{ "trace", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t ops = getenv("OPENTDM_LONG") ? LONG_OPS : SHORT_OPS;
	const char *given = getenv("OPENTDM_SEED");
	unsigned int threads = 4;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			ops = strtoull(optarg, NULL, 0);
		else if (c == 't')
			threads = (unsigned int)strtoul(optarg, NULL, 0);
		else if (c == 'v')
			trace = true;
		else
			return 2;
	}
	if (!threads || threads > THREADS || !ops) {
		fprintf(stderr, "kernel-fuzz: 1 to %d threads, and at least one call\n", THREADS);
		return 2;
	}
	if (given)
		seed = strtoull(given, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
		seed >>= 33;
	printf("# seed %llu; OPENTDM_SEED=%llu repeats it\n", (unsigned long long)seed,
	       (unsigned long long)seed);
	fflush(stdout);
	clean(false);
	if (threads == 1) {
		run(1, ops);
	} else {
		same_again(AGAIN);
		run(1, ops / 2);
		run(threads, ops - ops / 2);
	}
	tell();
	unload();
	printf("1..%u\n", tests);
	return !!failed;
}

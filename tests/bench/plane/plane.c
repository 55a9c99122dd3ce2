// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measuring the data plane: see plane.h.
 *
 * The machine is one CPU whose instructions take a nanosecond each, and whose idle time is skipped.
 * So CPU time that the kernel did not spend idle is a count of instructions, of interrupts too. It is
 * the difference of the clock and of idle_sleeptime in /proc/timer_list, which is kept to the
 * nanosecond; /proc/stat has the same in hundredths of a second. Reading it is taken off again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "plane.h"

#define TABLE		(1U << 21)	/* more than PLANE_CHANNELS * PLANE_REACH */
#define CHECKS_MAX	PLANE_CHANNELS
#define SETTLE_S	3		/* for what follows the making of spans: debouncing, first seconds */
#define SYNC_OCTETS	256		/* in which a gap between what was sent first and next shows */
#define SYNC_STEPS	2000		/* a receiver that has not found its place by then never will */

struct plane_count {
	uint64_t now, idle;		/* ns */
	uint64_t own;			/* ns on the CPU: this program, ... */
	uint64_t process;		/* ... and the one that is watched */
	uint64_t calls;
	uint64_t wakeups;
	uint64_t process_wakeups;
};

uint64_t plane_calls;
static uint8_t table[TABLE + PLANE_REACH + PLANE_RUN_MAX];
static struct plane_check *checks[CHECKS_MAX];
static unsigned int nchecks;
static bool searching;			/* the first octets: a gap among them is looked over, not judged */
static int watched;			/* a process; 0: none */
static unsigned int length = 1;		/* of a window, in seconds */
static bool flip;			/* one bit of what is sent next is to be inverted */
static uint64_t sent[PLANE_CHANNELS];	/* index of the octet that each channel sends next */
static uint64_t delay;			/* octets between sender and receiver, at most */
static uint64_t start_ns;		/* what opening the load took, */
static long start_kb;			/* and how much memory */
static uint64_t own_cost;		/* instructions that a pair of counts takes itself, ... */
static uint64_t own_time;		/* ... and those of them that are this program's */

void plane_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/* --- what is sent and judged ------------------------------------------------------------------- */

void plane_init(void)
{
	uint64_t x = 0x9e3779b97f4a7c15ULL;

	for (size_t i = 0; i < TABLE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		table[i] = (uint8_t)(x >> 32);
	}
	memcpy(table + TABLE, table, sizeof(table) - TABLE);
}

const uint8_t *plane_octets(unsigned int channel, uint64_t index)
{
	return table + ((uint64_t)channel * PLANE_REACH + index) % TABLE;
}

void plane_soften(void)
{
	/* Of the segment's number, bits 4 to 6, the highest; on the line even bits are inverted (G.711). */
	for (size_t i = 0; i < sizeof(table); i++)
		table[i] |= 0x40;
}

bool plane_flip(void)
{
	bool was = flip;

	flip = false;
	return was;
}

void plane_send(uint8_t *to, unsigned int channel, uint64_t index, size_t n)
{
	memcpy(to, plane_octets(channel, index), n);
	sent[channel] = index + n;
	if (flip && plane_flip())
		to[n / 2] ^= 1;
}

static bool idle(const uint8_t *octets)
{
	return !memcmp(octets, octets + 1, 7);
}

static inline void judged(struct plane_check *check, size_t n, bool right)
{
	uint64_t way;

	if (!right) {
		check->wrong++;
		check->synced = !searching;
	}
	check->next += n;
	check->octets += n;
	way = sent[check->channel] - check->next;
	if (way > delay)
		delay = way;
}

void plane_judged(struct plane_check *check, size_t n, bool right)
{
	judged(check, n, right);
}

void plane_judge(struct plane_check *check, const uint8_t *octets, size_t n)
{
	const uint8_t *begin = plane_octets(check->channel, 0), *at;

	if (!check->synced) {
		if (idle(octets))
			return;
		at = memmem(begin, PLANE_REACH + n, octets, n);
		if (!at)
			return;
		check->synced = true;
		check->next = (uint64_t)(at - begin) + n;
		return;
	}
	judged(check, n, !memcmp(octets, plane_octets(check->channel, check->next), n));
}

void plane_frame_send(uint8_t *to, unsigned int channel, uint64_t n, size_t len)
{
	plane_send(to, channel, n * 7, len);
}

void plane_frame_judge(struct plane_check *check, const uint8_t *frame, size_t len, size_t must)
{
	if (!check->synced) {
		/* What a receiver that has just been opened makes of the first frames is its own affair. */
		for (check->next = 0; check->next < PLANE_REACH / 7; check->next++)
			if (len == must && !memcmp(frame, plane_octets(check->channel, check->next * 7), len))
				break;
		check->synced = check->next < PLANE_REACH / 7;
		check->next++;
		if (!check->synced)
			printf("# a frame of %zu octets instead of %zu before the first\n", len, must);
		return;
	}
	if (len != must || memcmp(frame, plane_octets(check->channel, check->next * 7), len))
		check->wrong++;
	check->next++;
	check->octets += len;
}

struct plane_check *plane_check_new(unsigned int channel)
{
	struct plane_check *check = calloc(1, sizeof(*check));

	if (!check || nchecks == CHECKS_MAX)
		plane_die("there is no room for another receiver");
	check->channel = channel;
	checks[nchecks++] = check;
	return check;
}

void plane_checks_end(void)
{
	while (nchecks)
		free(checks[--nchecks]);
}

static bool all_synced(void)
{
	for (unsigned int i = 0; i < nchecks; i++)
		if (!checks[i]->synced)
			return false;
	return true;
}

/* Whether every receiver judged at least @least octets since the last time, and found them right. */
static bool verdict(const char *name, uint64_t least)
{
	uint64_t wrong = 0, few = UINT64_MAX;

	for (unsigned int i = 0; i < nchecks; i++) {
		wrong += checks[i]->wrong;
		if (checks[i]->octets < few)
			few = checks[i]->octets;
		checks[i]->octets = 0;
		checks[i]->wrong = 0;
	}
	if (wrong)
		printf("# %s: %llu wrong blocks\n", name, (unsigned long long)wrong);
	if (nchecks && few < least)
		printf("# %s: a channel received %llu octets of %llu\n", name,
		       (unsigned long long)few, (unsigned long long)least);
	return !wrong && (!nchecks || few >= least);
}

/* --- instructions ------------------------------------------------------------------------------ */

static uint64_t number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		plane_die("/proc/timer_list says nothing of '%s'", key);
	at += strlen(key);
	while (*at == ' ' || *at == ':')
		at++;
	return strtoull(at, NULL, 10);
}

void plane_watch(int pid)
{
	watched = pid;
}

/* Adds what one thread took: ns on the CPU, and how often it waited. */
static void count_thread(struct plane_count *c, const char *tid)
{
	char path[96], text[4096], *at;
	unsigned long long ns;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", watched, tid);
	f = fopen(path, "r");
	if (!f)
		return;
	if (fscanf(f, "%llu", &ns) == 1)
		c->process += ns;
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", watched, tid);
	f = fopen(path, "r");
	if (!f)
		return;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strstr(text, "\nvoluntary_ctxt_switches:");
	if (at)
		c->process_wakeups += strtoull(strchr(at, ':') + 1, NULL, 10);
}

static void count_process(struct plane_count *c)
{
	struct dirent *entry;
	char path[64];
	DIR *threads;

	c->process = 0;
	c->process_wakeups = 0;
	if (!watched)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task", watched);
	threads = opendir(path);
	if (!threads)
		plane_die("%s: %s", path, strerror(errno));
	while ((entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			count_thread(c, entry->d_name);
	closedir(threads);
}

void plane_times(uint64_t *now, uint64_t *idle_time)
{
	static char text[1 << 16];
	size_t have = 0;
	ssize_t n;
	int fd = open("/proc/timer_list", O_RDONLY);

	if (fd < 0)
		plane_die("/proc/timer_list: %s", strerror(errno));
	while (have < sizeof(text) - 1 && (n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += (size_t)n;
	close(fd);
	text[have] = '\0';
	*now = number_after(text, "now at ");
	*idle_time = number_after(text, ".idle_sleeptime");
}

static void count(struct plane_count *c)
{
	struct rusage usage;
	struct timespec own;

	count_process(c);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	c->own = (uint64_t)own.tv_sec * 1000000000 + (uint64_t)own.tv_nsec;
	getrusage(RUSAGE_SELF, &usage);
	c->calls = plane_calls;
	c->wakeups = (uint64_t)usage.ru_nvcsw;
	plane_times(&c->now, &c->idle);
}

static uint64_t instructions(const struct plane_count *a, const struct plane_count *b)
{
	return (b->now - a->now) - (b->idle - a->idle);
}

/* --- from loads to figures --------------------------------------------------------------------- */

static void sleep_s(unsigned int seconds)
{
	struct timespec t = { .tv_sec = seconds };

	nanosleep(&t, NULL);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void run_for(const struct plane_load *load, unsigned int seconds, bool traffic)
{
	uint64_t end;

	if (!traffic || !(load->period || load->frame)) {
		sleep_s(seconds);
		return;
	}
	/* Not so many steps: several cards have as many clocks, and a period of each is a step. */
	for (end = now_ns() + 1000000000ULL * seconds; now_ns() < end;)
		load->step(load);
}

static bool get_in_step(const struct plane_load *load)
{
	unsigned int i, more = load->period ? SYNC_OCTETS / load->period + 1 : 0;

	searching = true;
	for (i = 0; load->step && i < SYNC_STEPS && (!all_synced() || more); i++) {
		more -= more && all_synced();
		load->step(load);
	}
	searching = false;
	if (!all_synced()) {
		printf("# %s: a receiver never found its place\n", load->name);
		return false;
	}
	run_for(load, 1, true);
	verdict(load->name, 0);
	delay = 0;
	return true;
}

/* At least this of every channel in a window; of HDLC nine tenths of what stuffing leaves of the line. */
static uint64_t least(const struct plane_load *load)
{
	if (!load->frame)
		return load->period ? 8000ULL * length - 2 * (uint64_t)load->period : 0;
	return 8000ULL * length * load->frame / (load->frame + 3) * 9 / 10;
}

static bool window(const struct plane_load *load, const char *system, unsigned int pairs, bool traffic)
{
	struct plane_count a, b;
	double seconds, channels = load->channels ? load->channels * pairs : 1;
	bool good;

	count(&a);
	run_for(load, length, traffic);
	count(&b);
	seconds = (double)(b.now - a.now) / 1e9;
	good = verdict(load->name, traffic ? least(load) : 0);
	printf("{\"system\": \"%s\", \"name\": \"%s\", \"pairs\": %u, \"channels\": %.0f, "
	       "\"seconds\": %.6f, \"instructions\": %llu, \"own\": %llu, \"process\": %llu, "
	       "\"process_wakeups\": %llu, \"calls\": %llu, \"wakeups\": %llu, "
	       "\"delay\": %llu, \"start\": %llu, \"memory\": %ld, \"right\": %s}\n",
	       system, load->name, pairs, channels, seconds,
	       (unsigned long long)(instructions(&a, &b) - own_cost),
	       (unsigned long long)(b.own - a.own > own_time ? b.own - a.own - own_time : 0),
	       (unsigned long long)(b.process - a.process),
	       (unsigned long long)(b.process_wakeups - a.process_wakeups),
	       (unsigned long long)(b.calls - a.calls), (unsigned long long)(b.wakeups - a.wakeups),
	       (unsigned long long)delay, (unsigned long long)start_ns, start_kb,
	       good ? "true" : "false");
	fflush(stdout);
	return good;
}

/* What the kernel itself has taken. Free memory says less: it leaves out what lies ready for one CPU. */
static long kernel_kb(void)
{
	static const char *const names[] = { "Slab:", "VmallocUsed:", "Percpu:", "PageTables:" };
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kb = 0;

	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strncmp(line, names[i], strlen(names[i])))
				kb += atol(line + strlen(names[i]));
	if (f)
		fclose(f);
	return kb;
}

static void start(const struct plane_load *load, unsigned int pairs)
{
	uint64_t begin = now_ns();

	start_kb = -kernel_kb();
	load->open(load, pairs);
	start_ns = now_ns() - begin;
	sleep_s(SETTLE_S);
	begin = now_ns();
	if (load->resume)
		load->resume(load, pairs);
	start_ns += now_ns() - begin;
	start_kb += kernel_kb();
}

static bool measure(const struct plane_load *load, const char *system, unsigned int pairs,
		    unsigned int windows, bool flipping)
{
	bool good, traffic = !load->pause;

	start(load, pairs);
	good = get_in_step(load);
	if (good && load->pause) {
		flip = flipping;
		run_for(load, length, true);
		good = verdict(load->name, least(load));
		load->pause(load);
	}
	for (unsigned int i = 0; good && i < windows; i++) {
		flip = flipping && traffic;
		good = window(load, system, pairs, traffic);
	}
	if (good && load->pause) {
		/* What was counted was still there. */
		load->resume(load, pairs);
		good = get_in_step(load);
		load->pause(load);
	}
	load->close(load);
	plane_checks_end();
	if (good && flip)
		plane_die("%s: nothing was sent that could be wrong", load->name);
	flip = false;
	return good;
}

static void calibrate(void)
{
	struct plane_count a, b;

	count(&a);
	for (int i = 0; i < 3; i++) {
		count(&b);
		own_cost = instructions(&a, &b);
		own_time = b.own - a.own;
		a = b;
	}
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

int plane_main(const char *system, const struct plane_load *loads, int argc, char **argv)
{
	unsigned int pairs = 1, windows = 3;
	bool flipping = false, good = true;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--flip"))
			flipping = true;
		else if (!strcmp(argv[i], "--pairs") && i + 1 < argc)
			pairs = (unsigned int)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--windows") && i + 1 < argc)
			windows = (unsigned int)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			length = (unsigned int)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--system") && i + 1 < argc)
			system = argv[++i];
		else
			plane_die("usage: %s [--pairs N] [--windows N] [--seconds N] [--flip] [NAME...]", argv[0]);
	}
	if (!pairs || pairs > PLANE_PAIRS_MAX || !windows || !length)
		plane_die("pairs must be 1 to %d, windows and their seconds at least 1", PLANE_PAIRS_MAX);
	plane_init();
	calibrate();
	for (; loads->name; loads++)
		/* What carries no channel only when it is asked for. */
		if (loads->channels ? wanted(loads->name, argv + i) :
				      argv[i] && wanted(loads->name, argv + i))
			good &= measure(loads, system, pairs, windows, flipping);
	return good ? 0 : 1;
}

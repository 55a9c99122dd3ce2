// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of a stream's positions against a writer that does what the kernel does: the full
 * position, then its low half, with every other write over the end of 2^32 frames. Only readings
 * during which at most one write was made count, for a line takes six days for 2^32 frames: each
 * must be the position before it or that after it, so a high half of one and a low half of the
 * other is found. Both readers, in both word sizes.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/position.h"

#define STEP	8U

static struct {
	uint64_t full __attribute__((aligned(8)));
	uint32_t low;
} page;
static uint32_t written;	/* what has been written; one more may be on the page already */
static uint32_t stop;

/* The @n-th position: 2^32 - 8, 2^32, 2 * 2^32 - 8, 2 * 2^32 ... */
static uint64_t after(uint32_t n)
{
	return ((uint64_t)(n / 2 + 1) << 32) - (n % 2 ? 0 : STEP);
}

static void *writes(void *arg)
{
	uint32_t n = 0;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint64_t p = after(n);

		__atomic_store_n(&page.full, p, __ATOMIC_RELEASE);
		__atomic_store_n(&page.low, (uint32_t)p, __ATOMIC_RELEASE);
		__atomic_store_n(&written, n++, __ATOMIC_RELEASE);
		for (volatile int i = 0; i < 40; i++)
			;
	}
	return NULL;
}

static int reader(uint64_t (*position)(const uint64_t *full, const uint32_t *low), double seconds)
{
	struct timespec t, end;
	uint64_t last = 0;
	unsigned long reads = 0, wrong = 0, moved = 0;
	pthread_t thread;

	page.full = after(0);
	page.low = (uint32_t)page.full;
	written = stop = 0;
	if (pthread_create(&thread, NULL, writes, NULL))
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += (long)(seconds * 1e9);
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	do {
		for (int i = 0; i < 1000; i++, reads++) {
			uint32_t n = __atomic_load_n(&written, __ATOMIC_ACQUIRE);
			uint64_t p = position(&page.full, &page.low);

			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&written, __ATOMIC_RELAXED) != n)
				continue;
			if ((p < last || (p != after(n) && p != after(n + 1))) && wrong++ < 5)
				printf("# %#llx, not %#llx, nor %#llx; the last was %#llx\n",
				       (unsigned long long)p, (unsigned long long)after(n),
				       (unsigned long long)after(n + 1), (unsigned long long)last);
			moved += p != last;
			last = p;
		}
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (t.tv_sec < end.tv_sec || (t.tv_sec == end.tv_sec && t.tv_nsec < end.tv_nsec));
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	printf("# %lu reads, %lu positions of %u, %lu wrong\n", reads, moved, written, wrong);
	return !wrong && moved > 2 && last > 1ULL << 32;
}

/* What no race is needed for: the low half is behind the full position, on both sides of 2^32. */
static int behind(void)
{
	static const struct {
		uint64_t full;
		uint32_t low;
		uint64_t want;
	} rows[] = {
		{ 0, 0, 0 },
		{ 0x1234, 0x1230, 0x1230 },
		{ 0x100000000, 0xfffffff8, 0xfffffff8 },
		{ 0x100000008, 0xfffffff8, 0xfffffff8 },
		{ 0x7ffffffff, 0xfffffff0, 0x7fffffff0 },
		{ 0x700000000, 0, 0x700000000 },
		{ 0x700000000, 0x80000000, 0x680000000 },
	};
	int ok = 1;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		page.full = rows[i].full;
		page.low = rows[i].low;
		ok &= tdm_position_halves(&page.full, &page.low) == rows[i].want;
		ok &= tdm_position_whole(&page.full, &page.low) == rows[i].full;
	}
	return ok;
}

/*
 * --- a write exactly between the two halves
 * ------------------------------------------------------
 */

static char *pages;		/* two: the full position lies across their border */
static long page_size;
static uint32_t beside;
static volatile sig_atomic_t faults;

static void put(uint64_t position)
{
	memcpy(pages + page_size - 4, &position, sizeof(position));
	beside = (uint32_t)position;
}

static void writes_between(int sig)
{
	(void)sig;
	if (faults++ || mprotect(pages, page_size, PROT_READ | PROT_WRITE))
		_exit(3);
	put(1ULL << 32);
}

/*
 * The page of the low half cannot be read: the fault that this makes, after the high half has
 * been read, is when the position goes over 2^32. (Of a little-endian machine, as all that we
 * run on are.)
 */
static int between(void)
{
	struct sigaction action = { .sa_handler = writes_between }, old;
	uint64_t p;

	page_size = sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (pages == MAP_FAILED || sigaction(SIGSEGV, &action, &old))
		return 0;
	put((1ULL << 32) - STEP);
	if (mprotect(pages, page_size, PROT_NONE))
		return 0;
	p = tdm_position_halves((const uint64_t *)(void *)(pages + page_size - 4), &beside);
	sigaction(SIGSEGV, &old, NULL);
	munmap(pages, 2 * page_size);
	printf("# %d write between the halves: %#llx\n", (int)faults, (unsigned long long)p);
	return faults == 1 && p == (1ULL << 32) - STEP;
}

int main(void)
{
	int halves = reader(tdm_position_halves, 1), whole = reader(tdm_position_whole, 1);
	int still = behind(), torn = between();

	printf("%sok 1 - by halves, beside a writer\n", halves ? "" : "not ");
	printf("%sok 2 - whole, beside a writer\n", whole ? "" : "not ");
	printf("%sok 3 - the low half is behind\n", still ? "" : "not ");
	printf("%sok 4 - a write between the halves\n", torn ? "" : "not ");
	printf("1..4\n");
	return !(halves && whole && still && torn);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of a stream's positions against a writer that does what the kernel does: the full position, then
 * its low half, over the ends of 2^32 frames again and again. A position that was never written, or is older than
 * one that had been written before the reading began, is wrong. Both readers, in both word sizes.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/position.h"

#define STEP	8U
#define AROUND	4096U	/* frames before and after 2^32 */

static struct {
	uint64_t full __attribute__((aligned(8)));
	uint32_t low;
} page;
static uint32_t written;	/* steps done since `base`; behind what is on the page */
static uint32_t stop;

static uint64_t base(uint32_t round)
{
	return ((uint64_t)(round + 1) << 32) - AROUND;
}

/* Steps of all rounds in a row: what position was on the page after @n of them. */
static uint64_t after(uint32_t n)
{
	return base(n / (2 * AROUND / STEP)) + (uint64_t)(n % (2 * AROUND / STEP)) * STEP;
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
			uint64_t least = after(__atomic_load_n(&written, __ATOMIC_ACQUIRE)), p, most;

			p = position(&page.full, &page.low);
			/* The writer may have stored one more than it has said. */
			most = after(__atomic_load_n(&written, __ATOMIC_ACQUIRE) + 1);
			if ((p < least || p > most || p < last || p % STEP) && wrong++ < 5)
				printf("# %#llx, of %#llx to %#llx, the last was %#llx\n",
				       (unsigned long long)p, (unsigned long long)least,
				       (unsigned long long)most, (unsigned long long)last);
			moved += p != last;
			last = p;
		}
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (t.tv_sec < end.tv_sec || (t.tv_sec == end.tv_sec && t.tv_nsec < end.tv_nsec));
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	printf("# %lu reads, %lu positions, %u rounds over 2^32, %lu wrong\n", reads, moved,
	       written / (2 * AROUND / STEP), wrong);
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

int main(void)
{
	int halves = reader(tdm_position_halves, 1), whole = reader(tdm_position_whole, 1);
	int still = behind();

	printf("%sok 1 - by halves, beside a writer\n", halves ? "" : "not ");
	printf("%sok 2 - whole, beside a writer\n", whole ? "" : "not ");
	printf("%sok 3 - the low half is behind\n", still ? "" : "not ");
	printf("1..3\n");
	return !(halves && whole && still);
}

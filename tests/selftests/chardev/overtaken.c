// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader of octets who is held up while they are copied to him, until all memory of the buffer has been written
 * anew: he gets others that follow each other, and what he missed is counted once. What holds him up is a page of
 * his that appears late (userfaultfd).
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>
#include "../harness.h"
#include "plant.h"

#define PAGE	4096
#define N	2046		/* octets read at once: of one or three slots, whole frames, and copied at once */
#define WAITING	4000		/* frames that may wait for the reader */

/* Makes the page appear, long after somebody wanted it. */
static void *page_comes_late(void *arg)
{
	static uint8_t page[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = { .src = (uintptr_t)page, .len = PAGE };
	int uffd = *(int *)arg;
	struct uffd_msg msg;

	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		return NULL;
	ms(1000);
	copy.dst = msg.arg.pagefault.address & ~(PAGE - 1ULL);
	ioctl(uffd, UFFDIO_COPY, &copy);
	return NULL;
}

static uint8_t *late_page(int uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioc(uffd, UFFDIO_API, &api) || ioc(uffd, UFFDIO_REGISTER, &reg) ? NULL : page;
}

/* Octet n is n % 211. */
static int follow_each_other(const uint8_t *octets, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (octets[i] != (octets[i - 1] + 1) % 211)
			return 0;
	return 1;
}

static void overtaken(struct __test_metadata *_metadata, uint32_t slots, unsigned int width)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	struct tdm_bind tx = bind_of(card, 1, slots, TDM_BIND_TX), rx = bind_of(card, 2, slots, 0);
	static uint8_t out[80000];
	size_t i, len = sizeof(out) / width * width;
	int a, b, uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct tdm_stats s, t;
	pthread_t helper;
	uint8_t *in;

	tx.tx_frames = sizeof(out) / width;
	rx.rx_frames = WAITING;
	rx.rx_wake = N / width;
	a = bound(tx, O_RDWR);
	b = bound(rx, O_RDONLY);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	ASSERT_LE(0, uffd);
	in = late_page(uffd);
	ASSERT_NE(NULL, in);
	for (i = 0; i < sizeof(out); i++)
		out[i] = i % 211;
	ASSERT_EQ(len, write(a, out, len));
	/* Until nothing but this waits in the buffer. */
	line_passes(a, WAITING);
	s = stats_of(b);
	ASSERT_EQ(0, pthread_create(&helper, NULL, page_comes_late, &uffd));
	ASSERT_EQ(N, read(b, in, N));
	ASSERT_EQ(0, pthread_join(helper, NULL));
	/* They were the oldest when he had them, and so what he reads now was behind them. */
	ASSERT_EQ(N, read(b, in + N, N));
	t = stats_of(b);
	EXPECT_EQ(1, follow_each_other(in, 2 * N));
	EXPECT_LE(WAITING, t.rx_overruns - s.rx_overruns);
	EXPECT_EQ(t.rx_frames, t.rx_overruns + (t.rx_queued + 2 * N) / width);
	close(a);
	close(b);
	close(uffd);
	munmap(in, PAGE);
	plant_unplug(card);
}

TEST(one_slot)
{
	overtaken(_metadata, 2, 1);
}

TEST(three_slots)
{
	overtaken(_metadata, 0x228, 3);
}

TEST_HARNESS_MAIN

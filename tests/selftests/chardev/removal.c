// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cards that go, owners that stand still: K3, K4 and K5 of the scenarios that must never happen.
 *
 * OPENTDM_ROUNDS: how often the races are run (20; 100 in the long form).
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include "../harness.h"
#include "plant.h"

static unsigned int rounds(void)
{
	const char *n = getenv("OPENTDM_ROUNDS");

	return n ? strtoul(n, NULL, 10) : getenv("OPENTDM_LONG") ? 100 : 20;
}

struct blocked {
	int fd, err;
	char how;
	atomic_int done;
};

static void *wait_in_kernel(void *arg)
{
	static uint8_t octets[1 << 16];
	struct blocked *b = arg;
	ssize_t n = 0;

	switch (b->how) {
	case 'r':
		while ((n = read(b->fd, octets, 8)) > 0)
			;
		b->err = errno;
		break;
	case 'w':
		while ((n = write(b->fd, octets, sizeof(octets))) > 0)
			;
		b->err = errno;
		break;
	case 'd':
		b->err = -drain(b->fd, 0);
		break;
	case 'p':
		/* Defects come first: their POLLPRI. A span that is merely down would be POLLERR alone. */
		while (!((n = revents(b->fd, POLLPRI, -1)) & (POLLHUP | POLLERR)))
			ms(1);
		b->err = n & POLLHUP ? ENODEV : ENETDOWN;
		break;
	}
	atomic_store(&b->done, 1);
	return NULL;
}

TEST(waiters_are_told)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	static const char how[] = "rwdp";
	struct blocked b[4] = { 0 };
	pthread_t thread[4];
	static uint8_t octets[64000];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct tdm_bind bind = bind_of(card, 1, 2U << i, TDM_BIND_TX);

		bind.rx_wake = 8000;
		bind.tx_frames = 64000;
		b[i].how = how[i];
		b[i].fd = bound(bind, O_RDWR);
		ASSERT_LE(0, b[i].fd);
	}
	/* Eight seconds of the line, so that draining it lasts. */
	for (i = 0; i < 4; i++) {
		ssize_t n = how[i] == 'd' ? sizeof(octets) : 8;

		EXPECT_EQ(n, write(b[i].fd, octets, n));
	}
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, wait_in_kernel, &b[i]));
	ms(100);
	plant_yank(card);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
		/* Nobody sees a span that is down on the way out: it is gone at once. */
		EXPECT_EQ(ENODEV, b[i].err) TH_LOG("waiter '%c'", how[i]);
		EXPECT_EQ(-1, write(b[i].fd, octets, 8));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_NE(0, revents(b[i].fd, POLLIN, 0) & POLLHUP);
		close(b[i].fd);
	}
}

TEST(stream_after_removal)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	struct tdm_event e = { .size = sizeof(e) };
	struct tdm_sig sig = { .size = sizeof(sig), .slot = 5 };
	struct tdm_connect con = { .size = sizeof(con), .a_slot = 5, .b_slot = 5 };
	struct tdm_claim refused;
	struct mapped m;
	uint64_t r;

	ASSERT_EQ(0, stream_of(&m, card, 1, 80, 10));
	ASSERT_EQ(0, claim(m.fd, 5, TDM_CLAIM_FLAGS, 0, NULL));
	con.b_fd = m.fd;
	ASSERT_EQ(0, ioc(m.fd, TDM_CONNECT, &con));
	ASSERT_EQ(1, wait_rx(&m, rx_frame(&m) + 200));
	plant_unplug(card);
	EXPECT_EQ(TDM_STREAM_GONE, m.kpos->state);
	EXPECT_NE(0, revents(m.fd, POLLIN, 0) & POLLHUP);
	r = rx_frame(&m);
	ms(50);
	EXPECT_EQ(r, rx_frame(&m));
	m.tx[0] = 1;
	EXPECT_EQ(1, m.tx[0]);
	EXPECT_EQ(-ENODEV, claim(m.fd, 6, TDM_CLAIM_RX, 0, &refused));
	EXPECT_NE(NULL, strstr(refused.reason, "was removed"));
	EXPECT_EQ(-ENODEV, release(m.fd, 5, TDM_CLAIM_TX, &refused));
	EXPECT_NE(NULL, strstr(refused.reason, "was removed"));
	EXPECT_EQ(-ENODEV, ioc(m.fd, TDM_CONNECT, &con));
	EXPECT_EQ(-ENODEV, ioc(m.fd, TDM_DISCONNECT, &con));
	EXPECT_EQ(-ENODEV, ioc(m.fd, TDM_SIG_GET, &sig));
	/* What had happened can still be fetched; the last of it is that the card is gone. */
	e.type = 0;
	while (!ioc(m.fd, TDM_EVENT_GET, &e))
		if (e.type == TDM_EVENT_GONE)
			break;
	EXPECT_EQ(TDM_EVENT_GONE, e.type);
	/* A mapping made after the card went shows the memory as it was left. */
	EXPECT_NE(NULL, area(m.fd, TDM_MMAP_KPOS, m.s.pos_len, PROT_READ));
	close(m.fd);
	m.tx[1] = 2;
	EXPECT_EQ(2, m.tx[1]);
	stream_unmap(&m);
}

/* --- K4: close and munmap race removal --------------------------------------------------------------- */

struct race {
	struct mapped m, other;
	uint32_t card;
	atomic_int go;
	unsigned int round;
};

static void *unmaps(void *arg)
{
	struct race *r = arg;

	while (!atomic_load(&r->go))
		;
	if (r->round & 1)
		close(r->m.fd);
	stream_unmap(&r->m);
	if (!(r->round & 1))
		close(r->m.fd);
	return NULL;
}

/* Everything that an owner may do, until the card is gone. */
static void *claims(void *arg)
{
	struct race *r = arg;
	struct tdm_connect con = { .size = sizeof(con), .a_slot = 7, .b_slot = 8 };
	unsigned int i;
	int ret = 0;

	while (!atomic_load(&r->go))
		;
	con.b_fd = r->other.fd;
	for (i = 0; ret != -ENODEV && i < 100000; i++) {
		ret = claim(r->other.fd, 7, TDM_CLAIM_FLAGS, 0, NULL);
		if (!ret)
			ret = claim(r->other.fd, 8, TDM_CLAIM_FLAGS, 0, NULL);
		if (!ret)
			ret = ioc(r->other.fd, TDM_CONNECT, &con);
		if (!ret && i % 2)
			ret = ioc(r->other.fd, TDM_DISCONNECT, &con);
		if (!ret)
			ret = release(r->other.fd, 7, TDM_CLAIM_FLAGS, NULL);
		if (!ret)
			ret = release(r->other.fd, 8, TDM_CLAIM_FLAGS, NULL);
	}
	return (void *)(intptr_t)ret;
}

/* K5: page faults and mappings beside ioctls that copy: lockdep sees an order that is wrong. */
static void *maps(void *arg)
{
	struct race *r = arg;
	unsigned int i;

	while (!atomic_load(&r->go))
		;
	for (i = 0; i < 200; i++) {
		void *p = area(r->other.fd, TDM_MMAP_TX, r->other.s.ring_len,
			       PROT_READ | PROT_WRITE);

		if (!p)
			return (void *)1;
		((volatile uint8_t *)p)[i] = i;
		munmap(p, r->other.s.ring_len);
	}
	return NULL;
}

TEST(k4_k5_close_and_munmap_race_removal)
{
	unsigned int n = rounds();
	struct race r;

	for (r.round = 0; r.round < n; r.round++) {
		pthread_t t[3];
		void *ret;

		r.card = plant_card(2, TDM_TYPE_E1);
		r.go = 0;
		ASSERT_EQ(0, stream_of(&r.m, r.card, 1, 80, 10));
		ASSERT_EQ(0, stream_of(&r.other, r.card, 2, 80, 10));
		ASSERT_EQ(0, claim(r.m.fd, 5, TDM_CLAIM_FLAGS, 0, NULL));
		ASSERT_EQ(0, pthread_create(&t[0], NULL, unmaps, &r));
		ASSERT_EQ(0, pthread_create(&t[1], NULL, claims, &r));
		ASSERT_EQ(0, pthread_create(&t[2], NULL, maps, &r));
		atomic_store(&r.go, 1);
		if (r.round % 4 > 1)
			ms(r.round % 5);
		if (r.round & 2)
			plant_yank(r.card);
		else
			plant_unplug(r.card);
		pthread_join(t[0], NULL);
		pthread_join(t[1], &ret);
		EXPECT_EQ(-ENODEV, (int)(intptr_t)ret);
		pthread_join(t[2], &ret);
		EXPECT_EQ(NULL, ret);
		EXPECT_EQ(TDM_STREAM_GONE, r.other.kpos->state);
		stream_close(&r.other);
	}
	TH_LOG("%u rounds", n);
}

/* --- K1: a span goes down or away while its work is busy ----------------------------------------------- */

struct busy {
	uint32_t card;
	atomic_int stop;
	atomic_uint reports;
};

/* Defects, CAS bits and sentences in quick succession: the works of all spans never rest. */
static void *keeps_works_busy(void *arg)
{
	struct busy *b = arg;

	while (!atomic_load(&b->stop)) {
		unsigned int n = atomic_load(&b->reports), port = 1 + n % 4;

		plant_defects(b->card, port, n / 4 % 2 ? TDM_ALARM_LOS : 0);
		plant_cas(b->card, port, 1 + n % 15, n % 16);
		atomic_store(&b->reports, n + 1);
	}
	return NULL;
}

/*
 * Whoever flushes or drains the span's work queue holds nothing that its work takes. The core does that in one
 * place, tdm_span_drain(), which asserts that the span's mutex is not held. Were it called with the mutex
 * held (from span_down(), say), the removal here would wait for a work that waits for the mutex: this test
 * would not end, and on a kernel with lockdep the first drain already would be reported, busy or not: the work
 * queue has a lock map of its own, which its works take before the mutex and the drain takes after it.
 */
TEST(k1_down_and_removal_while_works_are_busy)
{
	unsigned int i, n = rounds(), p;
	struct busy b;

	for (i = 0; i < n; i++) {
		pthread_t thread;
		double start;
		int fd;

		b.card = plant_card_as(4, TDM_TYPE_E1, -1, TDM_SIGNALLING_CAS, 1);
		atomic_store(&b.stop, 0);
		atomic_store(&b.reports, 0);
		fd = bound(bind_of(b.card, 1, 2, TDM_BIND_TX), O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, pthread_create(&thread, NULL, keeps_works_busy, &b));
		start = now();
		while (atomic_load(&b.reports) < 5 + i % 7 && now() < start + 30)
			ms(1);
		EXPECT_LT(4, atomic_load(&b.reports));
		start = now();
		for (p = 1; p <= 4; p++)
			plant_down(b.card, p);
		for (p = 1; p <= 4; p++)
			plant_up(b.card, p);
		ms(5);
		if (i & 1)
			plant_yank(b.card);
		else
			plant_unplug(b.card);
		/* POLLHUP of a descriptor is told under the mutex, so before the drain; its end is the name's. */
		EXPECT_NE(0, revents(fd, POLLPRI, 10000) & (POLLHUP | POLLPRI));
		while (plant_there(b.card) && now() < start + 20)
			ms(1);
		EXPECT_GT(10, now() - start);
		atomic_store(&b.stop, 1);
		pthread_join(thread, NULL);
		close(fd);
	}
	TH_LOG("%u rounds", n);
}

/* --- K3: the owner is stopped ------------------------------------------------------------------------ */

static void owner(uint32_t card, int ready)
{
	int fd = bound(bind_of(card, 1, 2, TDM_BIND_TX), O_RDWR);
	int hd = bound(hdlc_of(card, 1, 4, TDM_BIND_TX), O_RDWR);
	static uint8_t octets[8000];
	struct mapped m;

	if (fd < 0 || hd < 0 || stream_of(&m, card, 1, 80, 10) ||
	    claim(m.fd, 5, TDM_CLAIM_FLAGS, 0, NULL) || write(ready, "x", 1) != 1)
		_exit(3);
	for (;;) {
		if (write(fd, octets, 800) < 0 || read(fd, octets, 800) < 0)
			_exit(errno == ENODEV || errno == ENETDOWN ? 0 : 4);
	}
}

TEST(k3_a_stopped_owner_stops_nobody)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	uint8_t in[800];
	int pipes[2], tap, mine, status;
	struct tdm_stats s;
	double start;
	unsigned int got = 0;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid)
		owner(card, pipes[1]);
	ASSERT_EQ(1, read(pipes[0], in, 1));
	ms(50);
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	tap = bound(bind_of(card, 1, 2, 0), O_RDONLY);
	mine = bound(bind_of(card, 2, 8, TDM_BIND_TX), O_RDWR);
	ASSERT_LE(0, tap);
	ASSERT_LE(0, mine);
	/* Longer than its buffers last. */
	ms(1500);
	while (got < 8000) {
		ssize_t n = read(tap, in, sizeof(in));

		ASSERT_LT(0, n);
		got += n;
	}
	EXPECT_EQ(800, write(mine, in, 800));
	EXPECT_EQ(0, drain(mine, 5000));
	s = stats_of(mine);
	EXPECT_EQ(800, s.tx_frames);
	/* Configuration and removal wait for nobody. */
	start = now();
	plant_down(card, 1);
	plant_up(card, 1);
	plant_unplug(card);
	EXPECT_GT(2, now() - start);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	close(tap);
	close(mine);
}

/* The card driver's module goes under open descriptors; the core stays as long as they are open. */
TEST(module_of_the_card_goes)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	struct mapped m;

	ASSERT_EQ(0, stream_of(&m, card, 1, 80, 10));
	EXPECT_EQ(0, system("rmmod tdm_virt"));
	EXPECT_EQ(TDM_STREAM_GONE, m.kpos->state);
	EXPECT_NE(0, system("rmmod tdm 2>/dev/null"));
	EXPECT_EQ(0, system("modprobe tdm_virt"));
	stream_close(&m);
}

TEST_HARNESS_MAIN

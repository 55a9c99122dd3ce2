// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every ioctl of /dev/tdm with good, boundary and bad arguments, on CARD_E1 and CARD_T1 (with-cards). Built
 * for both word sizes: the structures are the same, and this is what proves it.
 */
#include "../harness.h"
#include "plant.h"

static uint32_t e1, t1;

static void __attribute__((constructor)) find_cards(void)
{
	const char *a = getenv("CARD_E1"), *b = getenv("CARD_T1");

	if (!a || !b) {
		fprintf(stderr, "CARD_E1 and CARD_T1 are not set: run with-cards\n");
		exit(2);
	}
	e1 = strtoul(a, NULL, 10);
	t1 = strtoul(b, NULL, 10);
}

/* A refusal of TDM_BIND: the errno, with the sentence in *why. */
static int refused(struct tdm_bind bind, int flags, char *why)
{
	int fd = dev_open(flags), ret = ioc(fd, TDM_BIND, &bind);

	strcpy(why, bind.reason);
	close(fd);
	return ret;
}

#define EXPECT_REFUSED(error, sentence, bind, flags) do {			\
	char why_[TDM_REASON_LEN];						\
	EXPECT_EQ(error, refused(bind, flags, why_));				\
	EXPECT_NE(NULL, strstr(why_, sentence)) TH_LOG("it says '%s'", why_);	\
} while (0)

#define B(...) ({ struct tdm_bind b_ = bind_of(e1, 1, 1U << 5, 0); __VA_ARGS__; b_; })
#define H(...) ({ struct tdm_bind b_ = hdlc_of(e1, 1, 1U << 5, 0); __VA_ARGS__; b_; })

TEST(layout)
{
	EXPECT_EQ(184, sizeof(struct tdm_bind));
	EXPECT_EQ(128, sizeof(struct tdm_stats));
	EXPECT_EQ(8, sizeof(struct tdm_flush));
	EXPECT_EQ(8, sizeof(struct tdm_drain));
	EXPECT_EQ(176, sizeof(struct tdm_stream));
	EXPECT_EQ(160, sizeof(struct tdm_claim));
	EXPECT_EQ(184, sizeof(struct tdm_connect));
	EXPECT_EQ(32, sizeof(struct tdm_event));
	EXPECT_EQ(16, sizeof(struct tdm_sig));
	EXPECT_EQ(120, sizeof(struct tdm_stream_kpos));
	EXPECT_EQ(64, sizeof(struct tdm_stream_upos));
}

TEST(unknown_ioctls)
{
	int fd = dev_open(O_RDWR);
	char nothing[256] = { 0 };

	EXPECT_EQ(-ENOTTY, ioc(fd, _IOWR(TDM_IOC_MAGIC, 0x7f, struct tdm_bind), nothing));
	EXPECT_EQ(-ENOTTY, ioc(fd, _IOWR('x', 0x01, struct tdm_bind), nothing));
	EXPECT_EQ(-ENOTTY, ioc(fd, _IOR(TDM_IOC_MAGIC, 0x01, struct tdm_bind), nothing));
	EXPECT_EQ(-EFAULT, ioc(fd, TDM_BIND, NULL));
	EXPECT_EQ(-EFAULT, ioc(fd, TDM_BIND, (void *)(uintptr_t)16));
	close(fd);
}

TEST(sizes)
{
	struct {
		struct tdm_bind bind;
		uint8_t tail[64];
	} longer = { .bind = B(b_.size = sizeof(longer)) };
	int fd = dev_open(O_RDWR);
	struct tdm_stats stats = { .size = sizeof(stats) - 1 };

	/* A caller of the future: what it adds is zero, so it means nothing yet. */
	EXPECT_EQ(0, ioc(fd, TDM_BIND, &longer));
	EXPECT_EQ(sizeof(longer), longer.bind.size);
	close(fd);
	fd = dev_open(O_RDWR);
	longer.bind.frame = 0;
	longer.tail[63] = 1;
	EXPECT_EQ(-E2BIG, ioc(fd, TDM_BIND, &longer));
	EXPECT_REFUSED(-EINVAL, "", B(b_.size = 0), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "", B(b_.size = 4), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "", B(b_.size--), O_RDWR);
	EXPECT_REFUSED(-E2BIG, "", B(b_.size = 4097), O_RDWR);
	EXPECT_REFUSED(-E2BIG, "", B(b_.size = ~0U), O_RDWR);
	longer.tail[63] = 0;
	EXPECT_EQ(0, ioc(fd, TDM_BIND, &longer));
	EXPECT_EQ(-EINVAL, ioc(fd, TDM_STATS, &stats));
	close(fd);
}

/* The result lies where it cannot be written: nothing has been bound. */
TEST(read_only_memory)
{
	struct tdm_bind *bind = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = dev_open(O_RDWR);

	ASSERT_NE(MAP_FAILED, bind);
	*bind = B();
	ASSERT_EQ(0, mprotect(bind, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, ioc(fd, TDM_BIND, bind));
	ASSERT_EQ(0, mprotect(bind, 4096, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, ioc(fd, TDM_BIND, bind));
	munmap(bind, 4096);
	close(fd);
}

TEST(bind_refusals)
{
	EXPECT_REFUSED(-EINVAL, "flags", B(b_.flags = 0x10), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "flags", B(b_.flags = 0x80000000), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "reserved", B(b_.reserved[0] = 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "reserved", B(b_.reserved[1] = 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "mode", B(b_.mode = 2), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "bearer", B(b_.bearer = 3), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "empty", B(b_.slots = 0), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "56", B(b_.slots = 6, b_.bearer = TDM_BEARER_56K), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "slot 0", B(b_.slots = 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "slot 0", B(b_.slots = ~0U), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "slot 25", B(b_.card = t1, b_.slots = 1U << 25), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "slot 0", B(b_.card = t1, b_.slots = 1), O_RDWR);
	EXPECT_REFUSED(-ENODEV, "no card", B(b_.card = 0x7ffffff0), O_RDWR);
	EXPECT_REFUSED(-ENODEV, "ports 1 to 4", B(b_.port = 0), O_RDWR);
	EXPECT_REFUSED(-ENODEV, "ports 1 to 4", B(b_.port = 5), O_RDWR);
	EXPECT_REFUSED(-EPERM, "read-only", B(b_.flags = TDM_BIND_TX), O_RDONLY);
	EXPECT_REFUSED(-EINVAL, "HDLC", B(b_.flags = TDM_BIND_INVERT), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "HDLC", B(b_.flags = TDM_BIND_IDLE_MARK), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "HDLC", B(b_.flags = TDM_BIND_NO_FCS), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "HDLC", B(b_.mtu = 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "receive", B(b_.rx_frames = 7), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "receive", B(b_.rx_frames = 480001), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "transmit", B(b_.tx_frames = 7), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "transmit", B(b_.tx_frames = ~0U), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "rx_wake", B(b_.rx_frames = 80, b_.rx_wake = 81), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "receive", B(b_.slots = ~1U, b_.rx_frames = 480000), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "speech", H(b_.bearer = TDM_BEARER_SPEECH), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "mtu", H(b_.mtu = TDM_HDLC_MTU_MAX + 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "PCM", H(b_.rx_wake = 1), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "receive", H(b_.mtu = 100, b_.rx_frames = 207), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "transmit", H(b_.mtu = 100, b_.tx_frames = 207), O_RDWR);
	EXPECT_REFUSED(-EINVAL, "receive", H(b_.rx_frames = (16 << 20) + 1), O_RDWR);
}

TEST(bind_boundaries)
{
	const struct tdm_bind good[] = {
		B(b_.rx_frames = 8, b_.tx_frames = 8, b_.flags = TDM_BIND_TX),
		B(b_.rx_frames = 480000, b_.tx_frames = 480000, b_.rx_wake = 480000),
		B(b_.slots = ~1U, b_.flags = TDM_BIND_TX),
		B(b_.card = t1, b_.slots = 0x1fffffe, b_.flags = TDM_BIND_TX),
		B(b_.bearer = TDM_BEARER_56K), B(b_.bearer = TDM_BEARER_SPEECH),
		H(b_.mtu = 1, b_.rx_frames = 10, b_.tx_frames = 10, b_.flags = TDM_BIND_FLAGS),
		H(b_.mtu = TDM_HDLC_MTU_MAX, b_.flags = TDM_BIND_TX),
		H(b_.slots = ~1U), H(b_.bearer = TDM_BEARER_56K),
	};
	unsigned int i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		int fd = bound(good[i], O_RDWR);

		EXPECT_LE(0, fd) TH_LOG("case %u", i);
		close(fd);
	}
}

TEST(wrong_states)
{
	struct tdm_stats stats = { .size = sizeof(stats) };
	struct tdm_event event = { .size = sizeof(event) };
	struct tdm_sig sig = { .size = sizeof(sig), .slot = 5 };
	struct tdm_connect con = { .size = sizeof(con), .a_slot = 5 };
	struct tdm_stream stream = {
		.size = sizeof(stream), .card = e1, .port = 1, .period_frames = 160, .periods = 4,
	};
	struct tdm_bind bind = B();
	struct mapped m;
	uint8_t octet;
	int fd = dev_open(O_RDWR);

	EXPECT_EQ(-EBADFD, ioc(fd, TDM_STATS, &stats));
	EXPECT_EQ(-EBADFD, flush(fd, TDM_FLUSH_RX));
	EXPECT_EQ(-EBADFD, drain(fd, 1));
	EXPECT_EQ(-EBADFD, claim(fd, 5, TDM_CLAIM_RX, 0, NULL));
	EXPECT_EQ(-EBADFD, release(fd, 5, TDM_CLAIM_RX, NULL));
	EXPECT_EQ(-EBADFD, ioc(fd, TDM_CONNECT, &con));
	EXPECT_EQ(-EBADFD, ioc(fd, TDM_DISCONNECT, &con));
	EXPECT_EQ(-EBADFD, ioc(fd, TDM_EVENT_GET, &event));
	EXPECT_EQ(-EBADFD, ioc(fd, TDM_SIG_GET, &sig));
	EXPECT_EQ(-EBADFD, ioc(fd, TDM_SIG_SET, &sig));
	EXPECT_EQ(-1, read(fd, &octet, 1));
	EXPECT_EQ(EBADFD, errno);
	EXPECT_EQ(-1, write(fd, &octet, 1));
	EXPECT_EQ(EBADFD, errno);
	EXPECT_EQ(NULL, area(fd, TDM_MMAP_RX, 4096, PROT_READ));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_NE(0, revents(fd, POLLIN, 0) & POLLERR);

	EXPECT_EQ(0, ioc(fd, TDM_BIND, &bind));
	EXPECT_EQ(-EBUSY, ioc(fd, TDM_BIND, &bind));
	EXPECT_NE(NULL, strstr(bind.reason, "bound already"));
	EXPECT_EQ(-EBUSY, ioc(fd, TDM_STREAM_OPEN, &stream));
	EXPECT_EQ(-EBADFD, claim(fd, 5, TDM_CLAIM_RX, 0, NULL));
	EXPECT_EQ(NULL, area(fd, TDM_MMAP_RX, 4096, PROT_READ));
	close(fd);

	ASSERT_EQ(0, stream_of(&m, e1, 1, 160, 4));
	EXPECT_EQ(-EBUSY, ioc(m.fd, TDM_STREAM_OPEN, &stream));
	EXPECT_NE(NULL, strstr(stream.reason, "stream already"));
	EXPECT_EQ(-EBUSY, ioc(m.fd, TDM_BIND, &bind));
	EXPECT_EQ(-EBADFD, ioc(m.fd, TDM_STATS, &stats));
	EXPECT_EQ(-1, read(m.fd, &octet, 1));
	EXPECT_EQ(EBADFD, errno);
	stream_close(&m);
}

TEST(owners_sentence)
{
	int fd = bound(B(b_.flags = TDM_BIND_TX), O_RDWR), tap = bound(B(), O_RDONLY);
	char name[64], comm[16] = { 0 }, why[TDM_REASON_LEN];
	struct tdm_claim c;
	struct mapped m;
	FILE *f = fopen("/proc/self/comm", "r");

	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(comm, sizeof(comm), f));
	comm[strcspn(comm, "\n")] = 0;
	snprintf(name, sizeof(name), "%s[%d]", comm, getpid());
	EXPECT_LE(0, fd);
	EXPECT_LE(0, tap);
	EXPECT_EQ(-EBUSY, refused(B(b_.flags = TDM_BIND_TX), O_RDWR, why));
	EXPECT_NE(NULL, strstr(why, name)) TH_LOG("'%s' lacks '%s'", why, name);
	EXPECT_NE(NULL, strstr(why, ":1:5 ")) TH_LOG("'%s'", why);
	EXPECT_EQ(-EBUSY, refused(B(b_.flags = TDM_BIND_TX, b_.slots = ~1U), O_RDWR, why));
	ASSERT_EQ(0, stream_of(&m, e1, 1, 160, 4));
	EXPECT_EQ(-EBUSY, claim(m.fd, 5, TDM_CLAIM_TX | TDM_CLAIM_RX, 0, &c));
	EXPECT_NE(NULL, strstr(c.reason, name)) TH_LOG("'%s'", c.reason);
	/* All or nothing: the receive side was not taken either. */
	EXPECT_EQ(-EINVAL, release(m.fd, 5, TDM_CLAIM_RX, NULL));
	EXPECT_EQ(0, claim(m.fd, 5, TDM_CLAIM_RX, 0, NULL));
	close(fd);
	EXPECT_EQ(0, claim(m.fd, 5, TDM_CLAIM_TX, 0, NULL));
	EXPECT_EQ(-EBUSY, claim(m.fd, 5, TDM_CLAIM_TX, 0, &c));
	EXPECT_NE(NULL, strstr(c.reason, "this descriptor")) TH_LOG("'%s'", c.reason);
	stream_close(&m);
	close(tap);
}

TEST(stats_flush_drain)
{
	int fd = bound(B(b_.flags = TDM_BIND_TX), O_RDWR), tap = bound(B(), O_RDWR);
	struct tdm_stats stats = { .size = sizeof(stats), .flags = 1 };
	uint8_t octets[8] = { 0 };

	ASSERT_LE(0, fd);
	ASSERT_LE(0, tap);
	EXPECT_EQ(-EINVAL, ioc(fd, TDM_STATS, &stats));
	stats.flags = 0;
	EXPECT_EQ(0, ioc(fd, TDM_STATS, &stats));
	EXPECT_EQ(sizeof(stats), stats.size);
	EXPECT_EQ(0, stats.tx_frames);
	EXPECT_EQ(0, stats.tx_underruns);
	EXPECT_LT(0, stats.rx_frame);
	EXPECT_EQ(-EINVAL, flush(fd, 0));
	EXPECT_EQ(-EINVAL, flush(fd, 4));
	EXPECT_EQ(0, flush(fd, TDM_FLUSH_RX));
	EXPECT_EQ(0, flush(fd, TDM_FLUSH_RX | TDM_FLUSH_TX));
	EXPECT_EQ(0, flush(tap, TDM_FLUSH_RX));
	EXPECT_EQ(-EPERM, flush(tap, TDM_FLUSH_TX));
	EXPECT_EQ(-EPERM, drain(tap, 1));
	EXPECT_EQ(-1, write(tap, octets, 1));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, drain(fd, 0));
	EXPECT_EQ(8, write(fd, octets, 8));
	EXPECT_EQ(0, drain(fd, 1000));
	EXPECT_EQ(8, stats_of(fd).tx_frames);
	EXPECT_EQ(0, stats_of(fd).tx_queued);
	close(fd);
	close(tap);
}

TEST(stream_refusals)
{
	const struct { uint32_t card, port, pf, periods, flags, res; int ret; } bad[] = {
		{ e1, 1, 0, 4, 0, 0, -EINVAL }, { e1, 1, 7, 4, 0, 0, -EINVAL },
		{ e1, 1, 12, 4, 0, 0, -EINVAL }, { e1, 1, 328, 4, 0, 0, -EINVAL },
		{ e1, 1, 160, 2, 0, 0, -EINVAL }, { e1, 1, 160, 257, 0, 0, -EINVAL },
		{ e1, 1, 160, 4, 1, 0, -EINVAL }, { e1, 1, 160, 4, 0, 1, -EINVAL },
		{ e1, 0, 160, 4, 0, 0, -ENODEV }, { e1, 5, 160, 4, 0, 0, -ENODEV },
		{ 0x7ffffff0, 1, 160, 4, 0, 0, -ENODEV },
	};
	const uint32_t good[][2] = { { 8, 3 }, { 320, 256 }, { 8, 256 }, { 320, 3 }, { 24, 5 } };
	struct mapped m;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct tdm_stream s = {
			.size = sizeof(s), .flags = bad[i].flags, .card = bad[i].card,
			.port = bad[i].port, .period_frames = bad[i].pf,
			.periods = bad[i].periods, .reserved = { bad[i].res },
		};
		int fd = dev_open(O_RDWR);

		EXPECT_EQ(bad[i].ret, ioc(fd, TDM_STREAM_OPEN, &s)) TH_LOG("case %u", i);
		EXPECT_NE(0, s.reason[0]);
		close(fd);
	}
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ASSERT_EQ(0, stream_of(&m, e1, 1, good[i][0], good[i][1]));
		EXPECT_EQ(32 * good[i][0], m.s.period_len);
		EXPECT_LE(m.s.period_len * good[i][1], m.s.ring_len);
		EXPECT_EQ(0, m.s.ring_len % 4096);
		EXPECT_EQ(TDM_STREAM_RUNNING, m.kpos->state);
		stream_close(&m);
	}
}

TEST(stream_mappings)
{
	struct mapped m;
	void *p;

	ASSERT_EQ(0, stream_of(&m, e1, 1, 160, 4));
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_KPOS, m.s.pos_len, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_RX, m.s.ring_len, PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_TX, m.s.ring_len, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_RX, m.s.ring_len + 4096, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_RX, 4096, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(NULL, area(m.fd, TDM_MMAP_RX + 4096, m.s.ring_len, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
	p = mmap(NULL, m.s.ring_len, PROT_READ, MAP_PRIVATE, m.fd, TDM_MMAP_RX);
	EXPECT_EQ(MAP_FAILED, p);
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, mprotect((void *)m.kpos, m.s.pos_len, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect((void *)m.rx, m.s.ring_len, PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(m.tx, m.s.ring_len, PROT_READ | PROT_EXEC));
	EXPECT_EQ(0, mprotect(m.tx, m.s.ring_len, PROT_READ));
	EXPECT_EQ(0, mprotect(m.tx, m.s.ring_len, PROT_READ | PROT_WRITE));
	/* A piece of a mapping goes, the rest stays. */
	EXPECT_EQ(0, munmap((void *)m.rx, 4096));
	EXPECT_EQ(0, m.rx[4096]);
	/* The memory outlives the descriptor. */
	close(m.fd);
	m.tx[m.s.ring_len - 1] = 1;
	EXPECT_EQ(1, m.tx[m.s.ring_len - 1]);
	stream_unmap(&m);
}

TEST(claim_refusals)
{
	struct tdm_claim c;
	struct mapped m;
	uint64_t before;
	int ro;

	ASSERT_EQ(0, stream_of(&m, e1, 1, 160, 4));
	EXPECT_EQ(-EINVAL, claim(m.fd, 5, 0, 0, &c));
	EXPECT_EQ(-EINVAL, claim(m.fd, 5, 4, 0, &c));
	EXPECT_EQ(-EINVAL, claim(m.fd, 5, TDM_CLAIM_RX, 3, &c));
	EXPECT_EQ(-EINVAL, claim(m.fd, 0, TDM_CLAIM_RX, 0, &c));
	EXPECT_NE(0, c.reason[0]);
	EXPECT_EQ(-EINVAL, claim(m.fd, 32, TDM_CLAIM_RX, 0, &c));
	EXPECT_EQ(-EINVAL, claim(m.fd, ~0U, TDM_CLAIM_RX, 0, &c));
	EXPECT_EQ(-EINVAL, release(m.fd, 5, TDM_CLAIM_RX, &c));
	EXPECT_NE(NULL, strstr(c.reason, "not claimed"));
	EXPECT_EQ(-EINVAL, release(m.fd, 5, 0, &c));
	EXPECT_EQ(-EINVAL, release(m.fd, 32, TDM_CLAIM_RX, &c));
	EXPECT_EQ(0, claim(m.fd, 1, TDM_CLAIM_FLAGS, TDM_BEARER_56K, &c));
	EXPECT_EQ(0, c.reason[0]);
	before = rx_frame(&m);
	EXPECT_EQ(0, claim(m.fd, 31, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, &c));
	EXPECT_LE(before, c.rx_frame);
	EXPECT_GE(rx_frame(&m), c.rx_frame);
	EXPECT_EQ(-EBUSY, claim(m.fd, 31, TDM_CLAIM_RX, 0, NULL));
	EXPECT_EQ(0, release(m.fd, 31, TDM_CLAIM_RX, &c));
	EXPECT_EQ(-EINVAL, release(m.fd, 31, TDM_CLAIM_FLAGS, &c));
	EXPECT_EQ(0, release(m.fd, 31, TDM_CLAIM_TX, &c));
	EXPECT_EQ(0, release(m.fd, 1, TDM_CLAIM_FLAGS, &c));
	stream_close(&m);
	/* A reader may listen. */
	ro = dev_open(O_RDONLY);
	m.s.reason[0] = 0;
	EXPECT_EQ(0, ioc(ro, TDM_STREAM_OPEN, &m.s));
	EXPECT_EQ(-EPERM, claim(ro, 5, TDM_CLAIM_TX, 0, &c));
	EXPECT_EQ(0, claim(ro, 5, TDM_CLAIM_RX, 0, &c));
	close(ro);
}

/* The errno of TDM_CONNECT; a refusal without a sentence is none. */
static int refused_connect(int fd, struct tdm_connect *con)
{
	int ret = ioc(fd, TDM_CONNECT, con);

	return ret && !con->reason[0] ? 1 : ret;
}

TEST(connect_refusals)
{
	struct tdm_connect con = { .size = sizeof(con), .a_slot = 5, .b_slot = 6 };
	int a = bound(B(b_.flags = TDM_BIND_TX), O_RDWR);
	int b = bound(B(b_.flags = TDM_BIND_TX, b_.slots = 3U << 6), O_RDWR);
	int h = bound(H(b_.flags = TDM_BIND_TX, b_.slots = 1U << 8), O_RDWR);
	int tap = bound(B(b_.slots = 1U << 9), O_RDWR), null = open("/dev/null", O_RDWR);

#define CON(...) ({ struct tdm_connect c_ = con; c_.b_fd = b; __VA_ARGS__; refused_connect(a, &c_); })
	ASSERT_LE(0, tap);
	EXPECT_EQ(-EINVAL, CON(c_.flags = 2));
	EXPECT_EQ(-EINVAL, CON(c_.reserved = 1));
	EXPECT_EQ(-EINVAL, CON(c_.a_slot = 32));
	EXPECT_EQ(-EINVAL, CON(c_.b_slot = ~0U));
	EXPECT_EQ(-EPERM, CON(c_.a_slot = 6));
	EXPECT_EQ(-EPERM, CON(c_.b_slot = 5));
	EXPECT_EQ(-EBADF, CON(c_.b_fd = -1));
	EXPECT_EQ(-EBADF, CON(c_.b_fd = 1000));
	EXPECT_EQ(-EINVAL, CON(c_.b_fd = null));
	EXPECT_EQ(-EINVAL, CON(c_.b_fd = h, c_.b_slot = 8));
	EXPECT_EQ(-EPERM, CON(c_.b_fd = tap, c_.b_slot = 9));
	EXPECT_EQ(-EINVAL, CON(c_.b_fd = a, c_.b_slot = 5, c_.flags = TDM_CONNECT_BOTH));
	con.b_fd = h;
	EXPECT_EQ(-EINVAL, ioc(h, TDM_CONNECT, &con));
	EXPECT_EQ(0, CON());
	EXPECT_EQ(-EBUSY, CON());
	EXPECT_EQ(-EBUSY, CON(c_.b_slot = 7));
	EXPECT_EQ(-EPERM, CON(c_.a_slot = 7, c_.b_slot = 6));
	con.a_slot = 6;
	EXPECT_EQ(-ENOENT, ioc(b, TDM_DISCONNECT, &con));
	EXPECT_NE(NULL, strstr(con.reason, "disconnect at")) TH_LOG("%s", con.reason);
	EXPECT_EQ(-EPERM, ioc(a, TDM_DISCONNECT, &con));
	con.a_slot = 32;
	EXPECT_EQ(-EINVAL, ioc(a, TDM_DISCONNECT, &con));
	con.a_slot = 5;
	EXPECT_EQ(0, ioc(a, TDM_DISCONNECT, &con));
	EXPECT_EQ(-ENOENT, ioc(a, TDM_DISCONNECT, &con));
	EXPECT_EQ(0, CON(c_.b_fd = a, c_.b_slot = 5));
	close(a);
	close(b);
	close(h);
	close(tap);
	close(null);
}

TEST(events_and_signalling)
{
	struct tdm_event event = { .size = sizeof(event) };
	struct tdm_sig sig = { .size = sizeof(sig), .slot = 5 };
	int fd = bound(B(b_.flags = TDM_BIND_TX), O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, ioc(fd, TDM_EVENT_GET, &event));
	event.size = 8;
	EXPECT_EQ(-EINVAL, ioc(fd, TDM_EVENT_GET, &event));
	/* The span's signalling is common channel. */
	EXPECT_EQ(-EOPNOTSUPP, ioc(fd, TDM_SIG_GET, &sig));
	EXPECT_EQ(-EOPNOTSUPP, ioc(fd, TDM_SIG_SET, &sig));
	sig.tx = 16;
	EXPECT_EQ(-EINVAL, ioc(fd, TDM_SIG_SET, &sig));
	sig.tx = 0;
	sig.slot = 32;
	EXPECT_EQ(-EINVAL, ioc(fd, TDM_SIG_GET, &sig));
	close(fd);
}

/* What was written on port 1 arrives on port 2: the ioctls of this word size move real octets. */
TEST(octets_cross_the_line)
{
	int a = bound(B(b_.flags = TDM_BIND_TX), O_RDWR), b = bound(B(b_.port = 2), O_RDONLY);
	uint8_t out[800], in[4000];
	unsigned int i, got = 0, at;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	for (i = 0; i < sizeof(out); i++)
		out[i] = mix(i);
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	while (got < sizeof(in)) {
		ssize_t n = read(b, in + got, sizeof(in) - got);

		ASSERT_LT(0, n);
		got += n;
	}
	for (at = 0; at < sizeof(in) - sizeof(out); at++)
		if (!memcmp(in + at, out, sizeof(out)))
			break;
	EXPECT_LT(at, sizeof(in) - sizeof(out));
	close(a);
	close(b);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cross-connects of descriptors. A card of four ports, joined 1-2 and 3-4: the world is on ports 1 and 4, and
 * what it says there is cross-connected between ports 2 and 3:
 *
 *	world 1 === 2 --connect--> 3 === 4 world
 *
 * All on one card, so every frame number is of one clock and every delay exact: an octet sent in frame t of a port
 * is received by the port at the other end in frame t - lead.
 */
#include "../harness.h"
#include "plant.h"

#define PERIOD	80
#define PERIODS	100
#define OWN	0x33	/* what the owner of 3 sends while nothing is connected */

FIXTURE(connect) {
	uint32_t card;
	struct mapped world, far, a, b;	/* ports 1, 4, 2, 3 */
};

static void fill(struct mapped *m, unsigned int slot, int value)
{
	uint64_t t;

	for (t = 0; t < ring_frames(m); t++)
		m->tx[place(m, t, slot)] = value < 0 ? mix(t) : value;
}

FIXTURE_SETUP(connect)
{
	self->card = plant_card(4, TDM_TYPE_E1);
	ASSERT_EQ(0, stream_of(&self->world, self->card, 1, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&self->a, self->card, 2, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&self->b, self->card, 3, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&self->far, self->card, 4, PERIOD, PERIODS));
	ASSERT_EQ(0, claim(self->world.fd, 5, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	ASSERT_EQ(0, claim(self->far.fd, 7, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	ASSERT_EQ(0, claim(self->a.fd, 5, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	ASSERT_EQ(0, claim(self->b.fd, 7, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
}

FIXTURE_TEARDOWN(connect)
{
	stream_close(&self->world);
	stream_close(&self->far);
	stream_close(&self->a);
	stream_close(&self->b);
	plant_unplug(self->card);
}

static int join(struct mapped *a, struct mapped *b, uint32_t flags, struct tdm_connect *con)
{
	*con = (struct tdm_connect) {
		.size = sizeof(*con), .flags = flags, .a_slot = 5, .b_fd = b->fd, .b_slot = 7,
	};
	return ioc(a->fd, TDM_CONNECT, con);
}

static int part(struct mapped *a, struct tdm_connect *con)
{
	*con = (struct tdm_connect) { .size = sizeof(*con), .a_slot = 5 };
	return ioc(a->fd, TDM_DISCONNECT, con);
}

TEST_F(connect, exact_frames_and_delay)
{
	uint64_t w = 0, o = 0, r, from, until, t;
	struct tdm_connect con, dis;
	int32_t lead = self->a.s.tx_lead;
	unsigned int wrong = 0;
	double end;

	speak(&self->world, 5, -1, &w);
	speak(&self->b, 7, OWN, &o);
	ASSERT_EQ(1, wait_rx(&self->far, rx_frame(&self->far) + 400));
	ASSERT_EQ(0, join(&self->a, &self->b, 0, &con)) TH_LOG("%s", con.reason);
	/* Two milliseconds from octet on the line to octet on the line. */
	TH_LOG("cross-connect of one card: %lld frames from line to line",
	       (long long)con.ab_delay - lead);
	EXPECT_GE(16, con.ab_delay - lead);
	for (end = now() + 0.3; now() < end; ms(10)) {
		speak(&self->world, 5, -1, &w);
		speak(&self->b, 7, OWN, &o);
	}
	ASSERT_EQ(0, part(&self->a, &dis)) TH_LOG("%s", dis.reason);
	from = con.b_tx_frame - lead;
	until = dis.b_tx_frame - lead;
	for (end = now() + 0.1; now() < end; ms(10))
		speak(&self->b, 7, OWN, &o);
	ASSERT_EQ(1, wait_rx(&self->far, until + 160));
	ASSERT_GT(from + ring_frames(&self->far), rx_frame(&self->far));
	for (r = from - 160; r < until + 160; r++) {
		uint8_t is = self->far.rx[place(&self->far, r, 7)], want = OWN;

		if (r >= from && r < until) {
			/* Back along the way: sent by 3, received by 2, sent by 1. */
			t = r + lead - con.ab_delay + lead;
			want = mix(t);
		}
		if (is != want && wrong++ < 5)
			TH_LOG("frame %lld of %llu: 0x%02x, not 0x%02x", (long long)(r - from),
			       (unsigned long long)(until - from), is, want);
	}
	EXPECT_EQ(0, wrong);
	EXPECT_LT(1000, until - from);
}

TEST_F(connect, both_directions_and_taps)
{
	int tap = bound(bind_of(self->card, 2, 1 << 5, 0), O_RDONLY);
	struct tdm_connect con;
	uint64_t w = 0, f = 0, r, at;
	unsigned int wrong = 0;
	static uint8_t heard[4000];
	unsigned int got = 0;

	ASSERT_LE(0, tap);
	ASSERT_EQ(0, join(&self->a, &self->b, TDM_CONNECT_BOTH, &con));
	EXPECT_EQ(con.ab_delay, con.ba_delay);
	speak(&self->world, 5, 0x44, &w);
	speak(&self->far, 7, 0x55, &f);
	at = (w > f ? w : f) - ring_frames(&self->far) + 8 * PERIOD;
	ASSERT_EQ(1, wait_rx(&self->far, at + 1600));
	for (r = at + 800; r < at + 1600; r++)
		wrong += self->far.rx[place(&self->far, r, 7)] != 0x44 ||
			 self->world.rx[place(&self->world, r, 5)] != 0x55;
	EXPECT_EQ(0, wrong);
	/* The owner's own receive side and a tap go on. */
	EXPECT_EQ(0x44, self->a.rx[place(&self->a, at + 1000, 5)]);
	while (got < sizeof(heard)) {
		ssize_t n = read(tap, heard + got, sizeof(heard) - got);

		ASSERT_LT(0, n);
		got += n;
	}
	EXPECT_NE(NULL, memmem(heard, got, "\x44\x44\x44\x44\x44\x44\x44\x44", 8));
	close(tap);
}

/* What the far end hears some time from now. */
static int hears(struct mapped *far, unsigned int slot)
{
	uint64_t r = rx_frame(far) + 80;

	return wait_rx(far, r + 1) ? far->rx[place(far, r, slot)] : -1;
}

TEST_F(connect, ends_with_release_and_close)
{
	struct tdm_connect con;
	uint64_t w = 0, o = 0;
	int fd, dup_fd;

	speak(&self->world, 5, 0x44, &w);
	speak(&self->b, 7, OWN, &o);
	ASSERT_EQ(0, join(&self->a, &self->b, TDM_CONNECT_BOTH, &con));
	EXPECT_EQ(0x44, hears(&self->far, 7));
	ASSERT_EQ(0, release(self->a.fd, 5, TDM_CLAIM_TX, NULL));
	EXPECT_EQ(OWN, hears(&self->far, 7));
	ASSERT_EQ(0, claim(self->a.fd, 5, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL));
	EXPECT_EQ(-ENOENT, part(&self->a, &con));
	/* The far side of it goes: b_slot released. */
	ASSERT_EQ(0, join(&self->a, &self->b, 0, &con));
	ASSERT_EQ(0, release(self->b.fd, 7, TDM_CLAIM_TX, NULL));
	EXPECT_EQ(0xd5, hears(&self->far, 7));
	EXPECT_EQ(-ENOENT, part(&self->a, &con));
	/* A bound descriptor as the end, closed. */
	fd = bound(bind_of(self->card, 3, 1 << 7, TDM_BIND_TX), O_RDWR);
	ASSERT_LE(0, fd);
	con.a_slot = 5;
	con.b_slot = 7;
	con.b_fd = fd;
	ASSERT_EQ(0, ioc(self->a.fd, TDM_CONNECT, &con)) TH_LOG("%s", con.reason);
	speak(&self->world, 5, 0x44, &w);
	EXPECT_EQ(0x44, hears(&self->far, 7));
	dup_fd = dup(fd);
	close(fd);
	EXPECT_EQ(0x44, hears(&self->far, 7));
	close(dup_fd);
	EXPECT_EQ(0xd5, hears(&self->far, 7));
	EXPECT_EQ(-ENOENT, part(&self->a, &con));
}

/* What the owner writes while it is connected is gone when it falls back: never old speech. */
TEST_F(connect, no_old_speech_after_it)
{
	struct tdm_connect con;
	uint64_t end, wrong = 0, r;

	fill(&self->b, 7, OWN);
	ASSERT_EQ(0, join(&self->a, &self->b, 0, &con));
	end = tx_frame(&self->b) + ring_frames(&self->b) + 80;
	while (tx_frame(&self->b) < end)
		ms(5);
	ASSERT_EQ(0, part(&self->a, &con));
	end = rx_frame(&self->far) + 160;
	ASSERT_EQ(1, wait_rx(&self->far, end + 800));
	for (r = end; r < end + 800; r++)
		wrong += self->far.rx[place(&self->far, r, 7)] != 0xd5;
	EXPECT_EQ(0, wrong);
}

/* Two cards, E1 and T1: speech is converted, clear is not, and both pass the elastic buffer. */
static void across(struct __test_metadata *_metadata, uint32_t e1, uint32_t bearer, uint8_t in,
		   uint8_t out)
{
	uint32_t t1 = plant_card(2, TDM_TYPE_T1);
	struct mapped world, a, b, far;
	struct tdm_connect con;
	uint64_t w = 0;
	unsigned int i;
	int heard = -1;

	ASSERT_EQ(0, stream_of(&world, e1, 1, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&a, e1, 2, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&b, t1, 1, PERIOD, PERIODS));
	ASSERT_EQ(0, stream_of(&far, t1, 2, PERIOD, PERIODS));
	ASSERT_EQ(0, claim(world.fd, 6, TDM_CLAIM_TX, bearer, NULL));
	ASSERT_EQ(0, claim(a.fd, 6, TDM_CLAIM_TX, bearer, NULL));
	ASSERT_EQ(0, claim(b.fd, 7, TDM_CLAIM_TX, bearer, NULL));
	ASSERT_EQ(0, claim(far.fd, 7, TDM_CLAIM_RX, bearer, NULL));
	con = (struct tdm_connect) {
		.size = sizeof(con), .flags = TDM_CONNECT_BOTH, .a_slot = 6, .b_fd = b.fd,
		.b_slot = 7,
	};
	ASSERT_EQ(0, ioc(a.fd, TDM_CONNECT, &con)) TH_LOG("%s", con.reason);
	TH_LOG("cross-connect of two cards: %lld frames in the buffer", (long long)con.ab_delay);
	EXPECT_LE(8, con.ab_delay);
	EXPECT_GE(16, con.ab_delay);	/* 2 ms */
	EXPECT_EQ(con.ab_delay, con.ba_delay);
	for (i = 0; i < 20 && heard != out; i++) {
		speak(&world, 6, in, &w);
		heard = hears(&far, 7);
	}
	EXPECT_EQ(out, heard);
	/* The other card goes while connected. */
	plant_unplug(t1);
	con.a_slot = 6;
	EXPECT_EQ(-ENOENT, ioc(a.fd, TDM_DISCONNECT, &con));
	EXPECT_EQ(-ENODEV, ioc(b.fd, TDM_DISCONNECT, &con));
	con.b_fd = b.fd;
	EXPECT_EQ(-ENODEV, ioc(a.fd, TDM_CONNECT, &con));
	stream_close(&world);
	stream_close(&a);
	stream_close(&b);
	stream_close(&far);
}

TEST_F(connect, two_cards_speech)
{
	/* Smallest positive values of the laws: A-law 0xd5, mu-law 0xff. */
	across(_metadata, self->card, TDM_BEARER_SPEECH, 0x55, 0x7e);
}

TEST_F(connect, two_cards_clear)
{
	across(_metadata, self->card, TDM_BEARER_CLEAR, 0x2a, 0x2a);
}

TEST_F(connect, two_cards_restricted)
{
	across(_metadata, self->card, TDM_BEARER_56K, 0x2a, 0x2b);
}

/* What an administrator takes from a slot outlives whoever comes to transmit there. */
TEST_F(connect, administrators_stay)
{
	struct tdm_connect con = { .size = sizeof(con), .a_slot = 20, .b_fd = -1 };
	uint32_t id = plant_connect(self->card, 1, 20, self->card, 1, 21, 0);
	int fd;

	ASSERT_EQ(0, claim(self->world.fd, 20, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL));
	EXPECT_EQ(-EPERM, ioc(self->world.fd, TDM_DISCONNECT, &con));
	EXPECT_EQ(0, release(self->world.fd, 20, TDM_CLAIM_TX, NULL));
	fd = bound(bind_of(self->card, 1, 1U << 20, TDM_BIND_TX), O_RDWR);
	ASSERT_LE(0, fd);
	close(fd);
	plant_disconnect(id);		/* ends the program if it is no more */
}

/* Claims and releases at run time say exactly from which frame on they are effective. */
TEST_F(connect, claims_are_exact)
{
	struct tdm_claim c, rel;
	int32_t lead = self->b.s.tx_lead;
	uint64_t r, o = 0, wrong = 0;
	unsigned int round;

	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, claim(self->far.fd, 9, TDM_CLAIM_RX, TDM_BEARER_CLEAR, NULL));
		ms(20);
		ASSERT_EQ(0, claim(self->b.fd, 9, TDM_CLAIM_TX, TDM_BEARER_CLEAR, &c));
		o = 0;
		speak(&self->b, 9, 0x66, &o);
		ms(100);
		ASSERT_EQ(0, release(self->b.fd, 9, TDM_CLAIM_TX, &rel));
		ASSERT_EQ(1, wait_rx(&self->far, rel.tx_frame - lead + 80));
		/* 0x66 up to the release and idle from there on. */
		for (r = rel.tx_frame - lead - 80; r < rel.tx_frame - lead + 80; r++)
			wrong += self->far.rx[place(&self->far, r, 9)] !=
				 (r < rel.tx_frame - lead ? 0x66 : 0xd5);
		/* Idle until what was written: never what lay in the ring from the round before. */
		for (r = c.tx_frame - lead; r < c.tx_frame - lead + 8; r++)
			wrong += self->far.rx[place(&self->far, r, 9)] != 0xd5;
		ASSERT_EQ(0, release(self->far.fd, 9, TDM_CLAIM_RX, NULL));
	}
	EXPECT_EQ(0, wrong);
}

/* An underrun sends idle: rows written once are heard once, whatever becomes of the writer. */
TEST_F(connect, rows_revert_to_idle)
{
	uint64_t r, start, heard = 0;

	fill(&self->b, 7, OWN);
	start = rx_frame(&self->far);
	ASSERT_EQ(1, wait_rx(&self->far, start + 2 * ring_frames(&self->far)));
	for (r = rx_frame(&self->far) - ring_frames(&self->far) + PERIOD;
	     r < rx_frame(&self->far) - PERIOD; r++)
		heard += self->far.rx[place(&self->far, r, 7)] != 0xd5;
	EXPECT_EQ(0, heard);
	/* A gap that is longer than the ring leaves nothing behind either. */
	fill(&self->b, 7, OWN);
	plant_late(self->card, 2000);
	ms(2500);
	start = rx_frame(&self->far);
	ASSERT_EQ(1, wait_rx(&self->far, start + ring_frames(&self->far)));
	heard = 0;
	for (r = start + PERIOD; r < start + ring_frames(&self->far) - PERIOD; r++)
		heard += self->far.rx[place(&self->far, r, 7)] != 0xd5;
	EXPECT_EQ(0, heard);
	EXPECT_LT(0, self->far.kpos->rx_gap_frames);
}

/* --- several listeners ------------------------------------------------------------------------------- */

/* Streams and a bound descriptor that all receive one slot have the same octets at the same frames. */
TEST_F(connect, many_taps_of_one_slot)
{
	uint64_t w = 0, r, from, wrong = 0;
	struct mapped tap[3];
	static uint8_t heard[3200];
	unsigned int i, got = 0;
	int fd;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, stream_of(&tap[i], self->card, 2, i ? PERIOD : 8, PERIODS));
		ASSERT_EQ(0, claim(tap[i].fd, 5, TDM_CLAIM_RX, TDM_BEARER_CLEAR, NULL));
	}
	EXPECT_EQ(3, plant_taps(self->card, 2, 5));
	speak(&self->world, 5, -1, &w);
	fd = bound(bind_of(self->card, 2, 1 << 5, 0), O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(4, plant_taps(self->card, 2, 5));
	from = rx_frame(&self->a) + 160;
	/* 640 frames lie in the smallest of the rings. */
	ASSERT_EQ(1, wait_rx(&self->a, from + 640));
	for (r = rx_frame(&tap[0]) - 400; r < rx_frame(&self->a) - 80; r++) {
		uint8_t is = self->a.rx[place(&self->a, r, 5)];

		for (i = 0; i < 3; i++)
			wrong += tap[i].rx[place(&tap[i], r, 5)] != is;
		wrong += is == 0xd5 && self->a.rx[place(&self->a, r + 1, 5)] == 0xd5 &&
			 self->a.rx[place(&self->a, r + 2, 5)] == 0xd5;
	}
	EXPECT_EQ(0, wrong);
	while (got < sizeof(heard)) {
		ssize_t n = read(fd, heard + got, sizeof(heard) - got);

		ASSERT_LT(0, n);
		got += n;
	}
	for (r = 0; r < 16; r++)
		heard[r] = self->a.rx[place(&self->a, from + 320 + r, 5)];
	EXPECT_NE(NULL, memmem(heard + 16, sizeof(heard) - 16, heard, 16));
	/* One goes, one stops listening: the others do not notice. */
	stream_close(&tap[0]);
	ASSERT_EQ(0, release(tap[1].fd, 5, TDM_CLAIM_RX, NULL));
	EXPECT_EQ(2, plant_taps(self->card, 2, 5));
	speak(&self->world, 5, 0x44, &w);
	r = w;
	ASSERT_EQ(1, wait_rx(&self->a, r - 800));
	for (wrong = 0, from = r - 1200; from < r - 900; from++)
		wrong += tap[2].rx[place(&tap[2], from, 5)] != self->a.rx[place(&self->a, from, 5)];
	EXPECT_EQ(0, wrong);
	stream_close(&tap[1]);
	stream_close(&tap[2]);
	close(fd);
	EXPECT_EQ(0, plant_taps(self->card, 2, 5));
}

/* --- administrative ---------------------------------------------------------------------------------- */

/* Frames from here to there, if all of @n received octets are what was said so long before; else -1. */
static int delay_of(struct mapped *to, unsigned int slot, uint64_t from, unsigned int n)
{
	unsigned int d, i;

	for (d = 0; d < 64; d++) {
		for (i = 0; i < n; i++)
			if (to->rx[place(to, from + i, slot)] != (uint8_t)mix(from + i - d))
				break;
		if (i == n)
			return d;
	}
	return -1;
}

TEST_F(connect, administrative_with_traffic)
{
	uint64_t w = 0, f = 0, at, r;
	struct tdm_claim refused;
	int there, back;
	uint32_t id;
	double end;

	ASSERT_EQ(0, claim(self->world.fd, 9, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	ASSERT_EQ(0, claim(self->far.fd, 11, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	EXPECT_EQ(0xd5, hears(&self->far, 11));
	id = plant_connect(self->card, 2, 9, self->card, 3, 11, 1);
	/* Its slots are nobody else's. */
	EXPECT_EQ(-EBUSY, claim(self->a.fd, 9, TDM_CLAIM_TX, TDM_BEARER_CLEAR, &refused));
	EXPECT_STREQ(" is in use by an administrator's cross-connect", strchr(refused.reason, ' '));
	EXPECT_EQ(-EBUSY, claim(self->b.fd, 11, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL));
	at = tx_frame(&self->world) + 400;
	speak(&self->world, 9, -1, &w);
	speak(&self->far, 11, -1, &f);
	ASSERT_EQ(1, wait_rx(&self->far, at + 2000));
	there = delay_of(&self->far, 11, at, 1600);
	back = delay_of(&self->world, 9, at, 1600);
	TH_LOG("administrative cross-connect: %d frames there, %d back", there, back);
	EXPECT_LE(0, there);
	EXPECT_EQ(there, back);
	plant_disconnect(id);
	r = rx_frame(&self->far) + 80;
	speak(&self->world, 9, 0x44, &w);
	ASSERT_EQ(1, wait_rx(&self->far, r + 800));
	for (at = 0; r < rx_frame(&self->far); r++)
		at += self->far.rx[place(&self->far, r, 11)] != 0xd5;
	EXPECT_EQ(0, at);
	EXPECT_EQ(0, claim(self->a.fd, 9, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL));
	/* One direction: the other is as if it had never been connected. */
	ASSERT_EQ(0, release(self->a.fd, 9, TDM_CLAIM_TX, NULL));
	plant_connect(self->card, 2, 9, self->card, 3, 11, 0);
	for (there = -1, end = now() + 10; now() < end && there != 0x45; there = hears(&self->far, 11))
		speak(&self->world, 9, 0x45, &w);
	EXPECT_EQ(0x45, there);
	EXPECT_EQ(0xd5, hears(&self->world, 9));
}

TEST_F(connect, administrative_of_two_cards)
{
	uint32_t other = plant_card(2, TDM_TYPE_T1);
	struct mapped far;
	uint64_t w = 0;
	unsigned int i;
	int heard = -1;

	ASSERT_EQ(0, stream_of(&far, other, 2, PERIOD, PERIODS));
	ASSERT_EQ(0, claim(far.fd, 7, TDM_CLAIM_RX, TDM_BEARER_CLEAR, NULL));
	ASSERT_EQ(0, claim(self->world.fd, 9, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL));
	plant_connect(self->card, 2, 9, other, 1, 7, 1);
	for (i = 0; i < 20 && heard != 0x2a; i++) {
		speak(&self->world, 9, 0x2a, &w);
		heard = hears(&far, 7);
	}
	EXPECT_EQ(0x2a, heard);
	/* Idle of the T1 end comes back through the elastic buffer. */
	EXPECT_EQ(0xff, hears(&self->world, 9));
	plant_unplug(other);
	EXPECT_EQ(0xd5, hears(&self->world, 9));
	EXPECT_EQ(0, claim(self->a.fd, 9, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL));
	stream_close(&far);
}

TEST_HARNESS_MAIN

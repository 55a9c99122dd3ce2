// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libtdm's streams and descriptors, on CARD_E1 (with-cards: four ports, joined 1-2 and 3-4).
 * Built for both word sizes, for a 32-bit program reads the positions in another way.
 */
#include "../harness.h"
#include "lib/tdm.h"
#include "../chardev/plant.h"

#define PERIOD	80
#define PERIODS	50
#define RING	((uint64_t)PERIOD * PERIODS)

static uint32_t e1;

static void __attribute__((constructor)) find_cards(void)
{
	const char *a = getenv("CARD_E1");

	if (!a) {
		fprintf(stderr, "CARD_E1 is not set: run with-cards\n");
		exit(2);
	}
	e1 = strtoul(a, NULL, 10);
}

FIXTURE(stream) {
	struct tdm_dev *near, *far;	/* ports 1 and 2 */
	struct tdm_stream s;
};

static struct tdm_dev *open_stream(uint32_t port, struct tdm_stream *s)
{
	struct tdm_dev *dev;
	struct tdm_error e;

	*s = (struct tdm_stream) {
		.card = e1, .port = port, .period_frames = PERIOD, .periods = PERIODS,
	};
	if (tdm_dev_open(&dev, O_RDWR, NULL, &e) || tdm_stream_open(dev, s, &e)) {
		fprintf(stderr, "# %s\n", e.text);
		return NULL;
	}
	return dev;
}

static int take(struct tdm_dev *dev, unsigned int slot, struct tdm_error *e)
{
	struct tdm_claim c = { .flags = TDM_CLAIM_FLAGS, .slot = slot, .bearer = TDM_BEARER_CLEAR };

	return tdm_claim(dev, &c, e);
}

static int give(struct tdm_dev *dev, unsigned int slot, struct tdm_error *e)
{
	struct tdm_claim c = { .flags = TDM_CLAIM_FLAGS, .slot = slot };

	return tdm_release(dev, &c, e);
}

FIXTURE_SETUP(stream)
{
	struct tdm_error e;

	self->far = open_stream(2, &self->s);
	self->near = open_stream(1, &self->s);
	ASSERT_NE(NULL, self->near);
	ASSERT_NE(NULL, self->far);
	ASSERT_EQ(0, take(self->near, 5, &e)) TH_LOG("%s", e.text);
	ASSERT_EQ(0, take(self->far, 5, &e)) TH_LOG("%s", e.text);
}

FIXTURE_TEARDOWN(stream)
{
	tdm_dev_close(self->near);
	tdm_dev_close(self->far);
}

static int until(struct tdm_dev *dev, uint64_t frame)
{
	int i, ret = 0;

	for (i = 0; i < 1000 && tdm_stream_rx_frame(dev) < frame; i++) {
		tdm_stream_consumed(dev, tdm_stream_rx_frame(dev));
		ret = tdm_stream_wait(dev, 10000);
		if (ret < 0)
			return ret;
	}
	return tdm_stream_rx_frame(dev) >= frame ? ret : -ETIMEDOUT;
}

/* What is put is got, octet by octet, across periods. */
TEST_F(stream, put_and_get)
{
	static uint8_t out[1000], in[3000];
	uint64_t at, r;
	unsigned int i;
	uint8_t *found;

	for (i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)mix(i);
	r = tdm_stream_rx_frame(self->far);
	at = tdm_stream_tx_frame(self->near) + 1000;
	ASSERT_EQ(0, tdm_stream_put(self->near, 5, at, out, sizeof(out)));
	EXPECT_EQ(out[3], *tdm_stream_tx_row(self->near, at + 3, 5));
	ASSERT_LE(0, until(self->far, r + sizeof(in)));
	ASSERT_EQ(0, tdm_stream_get(self->far, 5, r, in, sizeof(in)));
	found = memmem(in, sizeof(in), out, sizeof(out));
	ASSERT_NE(NULL, found);
	EXPECT_EQ(out[7], *tdm_stream_rx_row(self->far, r + (size_t)(found - in) + 7, 5));
	EXPECT_EQ(TDM_STREAM_RUNNING, tdm_stream_state(self->near));
}

TEST_F(stream, what_cannot_be_put_or_got)
{
	static uint8_t octets[RING];
	uint64_t rx, tx;

	ASSERT_LE(0, until(self->near, RING + 1000));
	rx = tdm_stream_rx_frame(self->near);
	tx = tdm_stream_tx_frame(self->near);
	EXPECT_EQ(-EAGAIN, tdm_stream_get(self->near, 5, rx + 8000, octets, 8));
	EXPECT_EQ(-EOVERFLOW, tdm_stream_get(self->near, 5, rx - RING - 8, octets, 8));
	EXPECT_EQ(-ETIME, tdm_stream_put(self->near, 5, tx - 8, octets, 8));
	EXPECT_EQ(-EOVERFLOW, tdm_stream_put(self->near, 5, tx + RING + 8000, octets, 8));
	EXPECT_EQ(-EOVERFLOW, tdm_stream_put(self->near, 5, tx + 8000, octets, RING));
}

/* Positions only go on, a block at a time, as the line does; the wake-ups are counted. */
TEST_F(stream, positions)
{
	uint64_t rx = 0, tx = 0, first = tdm_stream_rx_frame(self->near);
	uint64_t woken = tdm_stream_wakeups(self->near), gap_rx = 7, gap_tx = 7;
	unsigned int wrong = 0, moved = 0;
	double end = now() + 1;

	while (now() < end) {
		uint64_t r = tdm_stream_rx_frame(self->near);
		uint64_t t = tdm_stream_tx_frame(self->near);

		wrong += r < rx || t < tx || r % 8 || t % 8;
		moved += r != rx;
		rx = r;
		tx = t;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_LT(10, moved);
	/* It may be late, a whole period at most at a time, but never fast. */
	EXPECT_GT(3 * 8000, rx - first);
	EXPECT_LE(0, until(self->near, rx + 10 * PERIOD));
	EXPECT_LT(woken, tdm_stream_wakeups(self->near));
	tdm_stream_gaps(self->near, &gap_rx, &gap_tx);
	EXPECT_EQ(0, gap_rx);
	EXPECT_EQ(0, gap_tx);
	tdm_stream_gaps(self->near, NULL, NULL);
	tdm_stream_consumed(self->near, tdm_stream_rx_frame(self->near) + 80000);
	EXPECT_EQ(0, tdm_stream_wait(self->near, 20));
}

TEST_F(stream, claims_and_connects)
{
	struct tdm_connect con = { .flags = TDM_CONNECT_BOTH, .a_slot = 5, .b_slot = 6 };
	struct tdm_event event;
	struct tdm_error e;

	EXPECT_EQ(-EBUSY, take(self->near, 5, &e));
	EXPECT_NE(0, strlen(e.text));
	EXPECT_EQ(-EINVAL, take(self->near, 0, &e));
	EXPECT_EQ(-EPERM, tdm_connect(self->near, self->far, &con, &e));
	EXPECT_NE(NULL, strstr(e.text, "not transmitted")) TH_LOG("%s", e.text);
	ASSERT_EQ(0, take(self->far, 6, &e)) TH_LOG("%s", e.text);
	ASSERT_EQ(0, tdm_connect(self->near, self->far, &con, &e)) TH_LOG("%s", e.text);
	EXPECT_LT(0, con.ab_delay);
	con = (struct tdm_connect) { .flags = TDM_CONNECT_BOTH, .a_slot = 5, .b_slot = 5 };
	EXPECT_EQ(-EBUSY, tdm_connect(self->near, self->far, &con, &e));
	EXPECT_EQ(0, tdm_disconnect(self->near, &con, &e)) TH_LOG("%s", e.text);
	EXPECT_EQ(-ENOENT, tdm_disconnect(self->near, &con, &e));
	EXPECT_EQ(0, give(self->far, 6, &e)) TH_LOG("%s", e.text);
	EXPECT_EQ(-EOPNOTSUPP, tdm_sig_set(self->near, 5, 3, &e));
	EXPECT_NE(0, strlen(e.text));
	while (tdm_event_get(self->near, &event) > 0)
		;
	EXPECT_EQ(0, tdm_event_get(self->near, &event));
}

TEST(refusals)
{
	struct tdm_stream s = { .card = e1, .port = 9, .period_frames = 80, .periods = 4 };
	struct tdm_bind bind = { .card = e1, .port = 1, .slots = 1U << 9, .mode = TDM_MODE_PCM };
	struct tdm_stats stats;
	struct tdm_dev *dev;
	struct tdm_error e;

	ASSERT_EQ(0, tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, NULL, &e));
	EXPECT_GT(0, tdm_stream_open(dev, &s, &e));
	EXPECT_NE(0, strlen(e.text));
	EXPECT_EQ(-EBADFD, tdm_stats(dev, &stats, &e));
	/* A refused one is as good as new. */
	bind.flags = TDM_BIND_TX;
	EXPECT_EQ(0, tdm_bind(dev, &bind, &e)) TH_LOG("%s", e.text);
	EXPECT_EQ(8, tdm_write(dev, "opentdm.", 8));
	EXPECT_EQ(0, tdm_drain(dev, 10000, &e)) TH_LOG("%s", e.text);
	EXPECT_EQ(0, tdm_stats(dev, &stats, &e));
	EXPECT_EQ(8, stats.tx_frames);
	EXPECT_EQ(0, tdm_flush(dev, TDM_FLUSH_RX, &e));
	tdm_dev_close(dev);
	tdm_dev_close(NULL);
}

TEST_HARNESS_MAIN

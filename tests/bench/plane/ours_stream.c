// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams of whole spans: one poll() a period for all of them, rows copied out of and into what is
 * shared with the kernel. The octet sent in transmit frame f is number f of its channel, counted from
 * the first period of the load.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "lib/tdm.h"
#include "ours.h"

#define RING_FRAMES	1280	/* 160 ms */
#define LEAD		16	/* frames that the kernel may be ahead of us: what must be (8), and a tick more */

struct stream {
	struct tdm_dev *dev;
	unsigned int port, period;
	uint64_t rx, tx;	/* the next periods to be dealt with */
	uint64_t origin;	/* the transmit frame that is number 0 */
	struct plane_check *check[PLANE_SLOTS + 1];
};

static struct stream streams[PORTS_MAX];
static struct pollfd polled[PORTS_MAX];
static unsigned int nstreams;
const struct ours_kind *ours_kind;
static uint64_t origins[PORTS_MAX / CARD_PORTS];	/* of a card's streams; 0: not so far */

static void must(int ret, const struct tdm_error *e)
{
	if (ret < 0)
		plane_die("%s", e->text);
}

void ours_stream_add(unsigned int pairs, unsigned int port, unsigned int period,
		     unsigned int (*from)(unsigned int pairs, unsigned int port, unsigned int slot))
{
	struct stream *s = &streams[nstreams];
	struct tdm_stream arg = { .card = ours_card(port), .port = ours_port(port),
				  .period_frames = period, .periods = RING_FRAMES / period };
	struct tdm_error e;
	unsigned int slot;

	*s = (struct stream){ .port = port, .period = period };
	must(tdm_dev_open(&s->dev, O_RDWR, NULL, &e), &e);
	must(tdm_stream_open(s->dev, &arg, &e), &e);
	for (slot = 1; slot <= PLANE_SLOTS; slot++) {
		struct tdm_claim claim = { .flags = TDM_CLAIM_RX | TDM_CLAIM_TX, .slot = slot,
					   .bearer = TDM_BEARER_CLEAR };

		if (!(PLANE_B_SLOTS & 1U << slot))
			continue;
		must(tdm_claim(s->dev, &claim, &e), &e);
		s->check[slot] = plane_check_new(from(pairs, port, slot));
	}
	s->rx = (tdm_stream_rx_frame(s->dev) / period + 1) * period;
	polled[nstreams++] = (struct pollfd){ .fd = tdm_fd(s->dev), .events = POLLIN };
}

/* The first period that begins at least LEAD frames from now. */
static void start(struct stream *s)
{
	uint64_t *origin = &origins[(s->port - 1) / CARD_PORTS];

	s->tx = (tdm_stream_tx_frame(s->dev) + LEAD + s->period - 1) / s->period * s->period;
	if (!*origin)
		*origin = s->tx;
	s->origin = *origin;
}

static void send(struct stream *s)
{
	unsigned int slot;

	if (!s->tx)
		start(s);
	for (slot = 1; slot <= PLANE_SLOTS; slot++) {
		uint8_t *row;

		if (!s->check[slot])
			continue;
		row = tdm_stream_tx_row(s->dev, s->tx, slot);
		if (ours_kind)
			ours_kind->send(row, s->port, slot, s->tx - s->origin, s->period);
		else
			plane_send(row, plane_channel(s->port, slot), s->tx - s->origin, s->period);
	}
	s->tx += s->period;
}

static void serve(struct stream *s)
{
	uint64_t rx = tdm_stream_rx_frame(s->dev);
	unsigned int slot;

	for (; s->rx + s->period <= rx; s->rx += s->period) {
		for (slot = 1; slot <= PLANE_SLOTS; slot++) {
			const uint8_t *row;

			if (!s->check[slot])
				continue;
			row = tdm_stream_rx_row(s->dev, s->rx, slot);
			if (ours_kind)
				ours_kind->judge(s->check[slot], row, s->period);
			else
				plane_judge(s->check[slot], row, s->period);
		}
		send(s);
	}
	tdm_stream_consumed(s->dev, s->rx);
}

void ours_stream_step(const struct plane_load *load)
{
	unsigned int i;

	(void)load;
	if (plane_call(poll(polled, nstreams, 1000)) <= 0)
		plane_die("poll: no period ends: %s", strerror(errno));
	for (i = 0; i < nstreams; i++)
		serve(&streams[i]);
}

void ours_stream_end(void)
{
	while (nstreams)
		tdm_dev_close(streams[--nstreams].dev);
	memset(origins, 0, sizeof(origins));
}

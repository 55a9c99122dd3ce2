// SPDX-License-Identifier: GPL-2.0-or-later
/* B channels that each say one octet; far.h. */
#include <fcntl.h>
#include <string.h>

#include "lib/tdm.h"
#include "tests/bench/pri/far.h"

#define PERIOD		160
#define PERIODS		8
#define LEAD		16	/* frames that the kernel may be ahead of us */
#define B_SLOTS		0xfffefffeU

static struct side {
	const struct end *end;
	struct tdm_dev *dev;
	uint64_t rx, tx;
	uint8_t say[SLOTS], heard[SLOTS];
} sides[2];

static struct side *side_of(const struct end *end)
{
	return &sides[sides[1].end == end];
}

static void open_side(struct side *s, const struct end *end)
{
	struct tdm_stream arg = { .card = end->card, .port = end->port, .period_frames = PERIOD,
				  .periods = PERIODS };
	struct tdm_error e;

	s->end = end;
	if (tdm_dev_open(&s->dev, O_RDWR, NULL, &e) || tdm_stream_open(s->dev, &arg, &e))
		die("%s", e.text);
	for (unsigned int slot = 1; slot < SLOTS; slot++) {
		struct tdm_claim claim = { .flags = TDM_CLAIM_RX | TDM_CLAIM_TX, .slot = slot,
					   .bearer = TDM_BEARER_CLEAR };

		if ((B_SLOTS & 1U << slot) && tdm_claim(s->dev, &claim, &e))
			die("%s", e.text);
	}
}

int audio_open(const struct end *from, const struct end *to)
{
	open_side(&sides[0], from);
	open_side(&sides[1], to);
	return tdm_fd(sides[0].dev);
}

static void serve(struct side *s)
{
	uint64_t rx = tdm_stream_rx_frame(s->dev) / PERIOD * PERIOD, tx = tdm_stream_tx_frame(s->dev) + LEAD;

	if (rx > s->rx)
		for (unsigned int slot = 1; slot < SLOTS; slot++)
			s->heard[slot] = tdm_stream_rx_row(s->dev, rx - PERIOD, slot)[PERIOD - 1];
	s->rx = rx;
	/* Two periods lie ready. */
	if (s->tx < tx)
		s->tx = (tx + PERIOD - 1) / PERIOD * PERIOD;
	for (; s->tx < tx + 2 * PERIOD; s->tx += PERIOD)
		for (unsigned int slot = 1; slot < SLOTS; slot++)
			if (B_SLOTS & 1U << slot)
				memset(tdm_stream_tx_row(s->dev, s->tx, slot), s->say[slot], PERIOD);
	tdm_stream_consumed(s->dev, rx);
}

void audio_turn(void)
{
	serve(&sides[0]);
	serve(&sides[1]);
}

void audio_say(const struct end *end, unsigned int slot, uint8_t octet)
{
	side_of(end)->say[slot] = octet;
}

uint8_t audio_heard(const struct end *end, unsigned int slot)
{
	return side_of(end)->heard[slot];
}

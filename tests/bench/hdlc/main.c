// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HDLC as the tick does it, a block of eight octets at a time, with nothing around it: for run,
 * which counts the instructions of measured_rx() or measured_tx().
 * Usage: bench_hdlc rx|tx LOAD; prints how many octets of the line were measured.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/core/pure/hdlc.h"

#define BLOCK		8u
#define BLOCKS		4096u
#define FRAME_MAX	1024u
#define PERIOD		32768u	/* octets of data, then again */

struct load {
	const char *name;
	u32 len;	/* of each frame; 0: none, flags alone */
	u32 flags;	/* of the configuration */
	int data;	/* what the frames are filled with; -1: random octets */
};

static const struct load loads[] = {
	{ "idle", 0, 0, 0 },
	{ "mark", 0, TDM_HDLC_F_IDLE_MARK, 0 },
	{ "4", 4, 0, -1 },
	{ "20", 20, 0, -1 },
	{ "260", 260, 0, -1 },
	{ "1024", 1024, 0, -1 },
	{ "260-zeros", 260, 0, 0x00 },
	{ "260-ones", 260, 0, 0xff },
	{ "260-56k", 260, TDM_HDLC_F_56K, -1 },
	{ "260-inverted", 260, TDM_HDLC_F_INVERT, -1 },
};

static u8 line[BLOCKS * BLOCK];
static u8 data[PERIOD + FRAME_MAX];
static u8 frame[FRAME_MAX + TDM_HDLC_FCS_LEN];

static void fill_data(const struct load *load)
{
	u64 x = 0x9e3779b97f4a7c15u;
	u32 i;

	for (i = 0; i < sizeof(data); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (u8)(load->data < 0 ? x >> 32 : (u32)load->data);
	}
}

/* Frame after frame, the next one given when the one before is taken. */
noinline void measured_tx(struct tdm_hdlc_tx *tx, u32 len);
void measured_tx(struct tdm_hdlc_tx *tx, u32 len)
{
	u32 i, at = 0;

	if (len)
		tdm_hdlc_tx_start(tx, data, len);
	for (i = 0; i < BLOCKS; i++) {
		u8 *out = line + i * BLOCK;
		u32 left = BLOCK, made;

		while (tdm_hdlc_tx_fill(tx, out, left, &made) == TDM_HDLC_TX_DONE) {
			at = (at + len) % PERIOD;
			tdm_hdlc_tx_start(tx, data + at, len);
			out += made;
			left -= made;
		}
	}
}

noinline void measured_rx(struct tdm_hdlc_rx *rx);
void measured_rx(struct tdm_hdlc_rx *rx)
{
	u32 i;

	for (i = 0; i < BLOCKS; i++) {
		const u8 *in = line + i * BLOCK;
		u32 left = BLOCK, used;

		while (tdm_hdlc_rx(rx, in, left, &used)) {
			in += used;
			left -= used;
		}
	}
}

int main(int argc, char **argv)
{
	const struct load *load = loads;
	struct tdm_hdlc_config cfg = { 0 };
	struct tdm_hdlc_rx rx;
	struct tdm_hdlc_tx tx;

	while (argc == 3 && load < loads + ARRAY_SIZE(loads) && strcmp(load->name, argv[2]))
		load++;
	if (argc != 3 || load == loads + ARRAY_SIZE(loads)) {
		fprintf(stderr, "usage: bench_hdlc rx|tx LOAD\n");
		return 2;
	}
	cfg.flags = load->flags;
	fill_data(load);
	if (tdm_hdlc_tx_init(&tx, &cfg) || tdm_hdlc_rx_init(&rx, &cfg, frame, sizeof(frame)))
		return 2;
	measured_tx(&tx, load->len);
	if (!strcmp(argv[1], "rx"))
		measured_rx(&rx);
	else
		rx.stats.frames = tx.stats.frames;
	/* All but the last one, which may still be on its way. */
	if (rx.stats.frames + 1 < tx.stats.frames || (load->len && !tx.stats.frames)) {
		fprintf(stderr, "bench_hdlc: %llu frames sent, %llu received\n",
			(unsigned long long)tx.stats.frames, (unsigned long long)rx.stats.frames);
		return 1;
	}
	printf("%u\n", BLOCKS * BLOCK);
	return 0;
}

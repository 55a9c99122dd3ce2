// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HDLC receiver on any line, in any configuration and split, against the naive one: the same
 * events, the same frames, the same counters.
 *
 * Input: flags, min_len, max_len, buffer size, a seed for the splits; then the slot's octets.
 */
#include <stdint.h>
#include <stdlib.h>
#include "tests/unit/pure/hdlc_ref.h"

#define HEADER	5u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hdlc_ref ref;
static u8 frame[REF_OCTETS];

/* Octet by octet through the naive receiver up to its next event. */
static int ref_next(const u8 *in, u32 n, u32 *at, int *bit)
{
	int low = ref.cfg.flags & TDM_HDLC_F_56K ? 1 : 0;

	for (; *at < n; (*at)++, *bit = 7) {
		while (*bit >= low) {
			u32 v = in[*at] >> (*bit)-- & 1;
			int ret = hdlc_ref_bit(&ref, ref.cfg.flags & TDM_HDLC_F_INVERT ? !v : v);

			if (ret)
				return ret;
		}
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tdm_hdlc_config cfg;
	struct tdm_hdlc_rx rx;
	u32 at = 0, n, used, ref_at = 0, split, room;
	int ref_bit = 7;
	const u8 *in;

	if (size < HEADER || size > 4096)
		return 0;
	cfg = (struct tdm_hdlc_config) {
		.flags = data[0] & TDM_HDLC_F_ALL, .min_len = data[1], .max_len = data[2],
	};
	room = data[3];
	split = data[4] | 1;
	in = data + HEADER;
	n = (u32)size - HEADER;
	if (tdm_hdlc_rx_init(&rx, &cfg, room ? frame : NULL, room))
		return 0;
	hdlc_ref_init(&ref, &cfg, room);

	while (at < n) {
		u32 piece = 1 + split % 37;
		int ret, want;

		split = split * 1103515245u + 12345u;
		if (piece > n - at)
			piece = n - at;
		ret = tdm_hdlc_rx(&rx, in + at, piece, &used);
		if (used > piece || (ret && !used) || (!ret && used != piece))
			abort();
		at += used;
		if (!ret)
			continue;
		want = ref_next(in, n, &ref_at, &ref_bit);
		if (ret != want || ref_at != at - 1)
			abort();
		if (ret > 0 && memcmp(frame, ref.frame, (size_t)ret))
			abort();
	}
	if (ref_next(in, n, &ref_at, &ref_bit) || memcmp(&rx.stats, &ref.stats, sizeof(rx.stats)))
		abort();
	if (tdm_hdlc_rx_idle(&rx) != (ref.ones >= 15))
		abort();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HDLC lines made by hand, bit by bit, and the feeding of receivers with them. */
#ifndef TDM_TEST_HDLC_LINE_H
#define TDM_TEST_HDLC_LINE_H

#include "hdlc_ref.h"

#define LINE_MAX_OCTETS	20000u

/* A line as bits, in line order. */
struct line {
	u32 n;
	u8 bit[8 * LINE_MAX_OCTETS];
};

static struct line line;
static u8 octets[LINE_MAX_OCTETS];
static u8 buf[REF_OCTETS];
static struct hdlc_ref ref __attribute__((unused));

static inline void put(u32 bits, u32 n)
{
	while (n--)
		line.bit[line.n++] = bits >> n & 1;
}

static inline void flags(u32 n)
{
	while (n--)
		put(0x7e, 8);
}

/* Frame of @n bits, stuffed, by hand: nothing here is shared with the code under test. */
static inline void stuffed(const u8 *frame, u32 n)
{
	u32 ones = 0, i;

	for (i = 0; i < n; i++) {
		u32 bit = frame[i / 8] >> i % 8 & 1;

		put(bit, 1);
		ones = bit ? ones + 1 : 0;
		if (ones == 5) {
			put(0, 1);
			ones = 0;
		}
	}
}

/* Frame with its FCS; @n octets without. */
static inline void framed(const u8 *frame, u32 n)
{
	static u8 f[REF_OCTETS + 2];
	static u8 bits[8 * REF_OCTETS];
	u32 i, fcs;

	memcpy(f, frame, n);
	for (i = 0; i < 8 * n; i++)
		bits[i] = frame[i / 8] >> i % 8 & 1;
	fcs = hdlc_ref_fcs(bits, 8 * n);
	f[n] = (u8)fcs;
	f[n + 1] = (u8)(fcs >> 8);
	stuffed(f, 8 * (n + 2));
}

/*
 * The line's bits as slot octets of the configuration. Three flags are enough for the first of
 * them to be seen: up to 7 bits make no octet here.
 */
static inline u32 to_octets(u32 cfg_flags)
{
	u32 width = cfg_flags & TDM_HDLC_F_56K ? 7 : 8, i, n;

	flags(3);
	n = line.n / width;
	for (i = 0; i < n; i++) {
		u32 v = 0, k;

		for (k = 0; k < width; k++)
			v = v << 1 | line.bit[i * width + k];
		if (cfg_flags & TDM_HDLC_F_INVERT)
			v = ~v;
		octets[i] = width == 7 ? (u8)(v << 1 | (test_rand() & 1)) : (u8)v;
	}
	return n;
}

/* Feed @n octets in random pieces; collect the events, and after which octet each came. */
struct events {
	u32 n;
	int ret[4096];
	u32 sum[4096];
	u32 at[4096];
};

static struct events ev __attribute__((unused)), ev_ref __attribute__((unused));

static inline u32 sum_of(const u8 *p, u32 n)
{
	u32 s = 2166136261u;

	while (n--)
		s = (s ^ *p++) * 16777619u;
	return s;
}

static inline void feed(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, struct events *to)
{
	u32 most = test_below(4) ? 40 : 4000, at = 0;

	while (n) {
		u32 piece = 1 + test_below(min(n, most)), used;
		int ret = tdm_hdlc_rx(rx, in, piece, &used);

		if (!ret)
			assert_int_equal(used, piece);
		else
			assert_in_range(used, 1, piece);
		in += used;
		n -= used;
		at += used;
		if (!ret)
			continue;
		assert_true(to->n < ARRAY_SIZE(to->ret));
		to->at[to->n] = at;
		to->sum[to->n] = ret > 0 ? sum_of(rx->buf, (u32)ret) : 0;
		to->ret[to->n++] = ret;
	}
}

static inline void feed_ref(struct hdlc_ref *r, const u8 *in, u32 n, struct events *to)
{
	int low = r->cfg.flags & TDM_HDLC_F_56K ? 1 : 0;
	u32 i;
	int k;

	for (i = 0; i < n; i++) {
		for (k = 7; k >= low; k--) {
			u32 bit = in[i] >> k & 1;
			int ret = hdlc_ref_bit(r, r->cfg.flags & TDM_HDLC_F_INVERT ? !bit : bit);

			if (!ret)
				continue;
			to->at[to->n] = i + 1;
			to->sum[to->n] = ret > 0 ? sum_of(r->frame, (u32)ret) : 0;
			to->ret[to->n++] = ret;
		}
	}
}

static inline void start(struct tdm_hdlc_rx *rx, u32 cfg_flags, u32 min_len, u32 max_len)
{
	struct tdm_hdlc_config cfg = {
		.flags = cfg_flags, .min_len = min_len, .max_len = max_len,
	};

	line.n = 0;
	ev.n = 0;
	assert_int_equal(tdm_hdlc_rx_init(rx, &cfg, buf, sizeof(buf)), 0);
}

static inline int first_event(struct tdm_hdlc_rx *rx, u32 cfg_flags)
{
	feed(rx, octets, to_octets(cfg_flags), &ev);
	return ev.n ? ev.ret[0] : 0;
}

static const u32 modes[] __attribute__((unused)) = {
	0, TDM_HDLC_F_56K, TDM_HDLC_F_INVERT, TDM_HDLC_F_56K | TDM_HDLC_F_INVERT,
	TDM_HDLC_F_NO_FCS, TDM_HDLC_F_IDLE_MARK,
	TDM_HDLC_F_IDLE_MARK | TDM_HDLC_F_56K | TDM_HDLC_F_NO_FCS,
};

static inline void random_frame(u8 *frame, u32 len)
{
	u32 kind = test_below(5), i;
	u8 same = (u8)test_rand();

	/* Random, all 1s (most stuffing), flags, one octet, and long runs. */
	for (i = 0; i < len; i++) {
		u8 v = (u8)test_rand();

		frame[i] = kind == 0 ? v : kind == 1 ? 0xff : kind == 2 ? 0x7e : kind == 3 ? same :
			   v & 1 ? 0xff : v & 2 ? 0x00 : v;
	}
}

#endif /* TDM_TEST_HDLC_LINE_H */

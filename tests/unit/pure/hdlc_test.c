// SPDX-License-Identifier: GPL-2.0-or-later
/* HDLC: receiver against a naive one, transmitter against both, every counter. */
#include "test.h"
#include "hdlc_ref.h"
#include "kernel/core/pure/hdlc_table.h"

#define LINE_MAX_OCTETS	20000u

/* A line as bits, in line order. */
struct line {
	u32 n;
	u8 bit[8 * LINE_MAX_OCTETS];
};

static struct line line;
static u8 octets[LINE_MAX_OCTETS];
static u8 buf[REF_OCTETS];
static struct hdlc_ref ref;

static void put(u32 bits, u32 n)
{
	while (n--)
		line.bit[line.n++] = bits >> n & 1;
}

static void flags(u32 n)
{
	while (n--)
		put(0x7e, 8);
}

/* Frame of @n bits, stuffed, by hand: nothing here is shared with the code under test. */
static void stuffed(const u8 *frame, u32 n)
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
static void framed(const u8 *frame, u32 n)
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
 * them to be seen: up to 6 bits make no octet here, and up to 7 wait in the receiver (56k).
 */
static u32 to_octets(u32 cfg_flags)
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

/* Feed @n octets in random pieces; collect the events. */
struct events {
	u32 n;
	int ret[4096];
	u32 sum[4096];
};

static struct events ev, ev_ref;

static u32 sum_of(const u8 *p, u32 n)
{
	u32 s = 2166136261u;

	while (n--)
		s = (s ^ *p++) * 16777619u;
	return s;
}

static void feed(struct tdm_hdlc_rx *rx, const u8 *in, u32 n, struct events *to)
{
	while (n) {
		u32 piece = 1 + test_below(n < 40 ? n : 40), used;
		int ret = tdm_hdlc_rx(rx, in, piece, &used);

		if (!ret)
			assert_int_equal(used, piece);
		else
			assert_in_range(used, 1, piece);
		in += used;
		n -= used;
		if (!ret)
			continue;
		assert_true(to->n < ARRAY_SIZE(to->ret));
		to->sum[to->n] = ret > 0 ? sum_of(rx->buf, (u32)ret) : 0;
		to->ret[to->n++] = ret;
	}
}

static void feed_ref(struct hdlc_ref *r, const u8 *in, u32 n, struct events *to)
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
			to->sum[to->n] = ret > 0 ? sum_of(r->frame, (u32)ret) : 0;
			to->ret[to->n++] = ret;
		}
	}
}

static void start(struct tdm_hdlc_rx *rx, u32 cfg_flags, u32 min_len, u32 max_len)
{
	struct tdm_hdlc_config cfg = {
		.flags = cfg_flags, .min_len = min_len, .max_len = max_len,
	};

	line.n = 0;
	ev.n = 0;
	assert_int_equal(tdm_hdlc_rx_init(rx, &cfg, buf, sizeof(buf)), 0);
}

static int first_event(struct tdm_hdlc_rx *rx, u32 cfg_flags)
{
	feed(rx, octets, to_octets(cfg_flags), &ev);
	return ev.n ? ev.ret[0] : 0;
}

TEST(test_tables)
{
	u32 before, octet;
	int i;

	for (before = 0; before < 6; before++) {
		for (octet = 0; octet < 256; octet++) {
			u32 ones = before, out = 0, n = 0, special = 0;
			u16 e = tdm_hdlc_rx_table[before][octet];

			for (i = 7; i >= 0; i--) {
				u32 bit = octet >> i & 1;

				if (!bit && ones == 5) {
					ones = 0;
					continue;
				}
				out |= bit << n++;
				ones = bit ? ones + 1 : 0;
				special |= ones == 6;
			}
			assert_int_equal(e >> 15, special);
			if (special)
				continue;
			assert_int_equal(e & 0xff, out);
			assert_int_equal(e >> 8 & 0xf, n);
			assert_int_equal(e >> 12, ones);
		}
	}
	for (octet = 0; octet < 256; octet++)
		assert_int_equal(tdm_hdlc_rx_table[6][octet], 0x8000);
	for (before = 0; before < 5; before++) {
		for (octet = 0; octet < 256; octet++) {
			u32 ones = before, out = 0, n = 0;
			u16 e = tdm_hdlc_tx_table[before][octet];

			for (i = 0; i < 8; i++) {
				u32 bit = octet >> i & 1;

				out = out << 1 | bit;
				n++;
				ones = bit ? ones + 1 : 0;
				if (ones == 5) {
					out <<= 1;
					n++;
					ones = 0;
				}
			}
			assert_int_equal(e & 0x3ff, out);
			assert_int_equal((e >> 10 & 3) + 8, n);
			assert_int_equal(e >> 12, ones);
		}
	}
}

/* CRC-16/X-25: the published check value of "123456789" is 0x906e. */
TEST(test_crc)
{
	const char *s = "123456789";
	u16 crc = 0xffff;

	while (*s)
		crc = crc_ccitt_byte(crc, (u8)*s++);
	assert_int_equal(crc ^ 0xffff, 0x906e);
}

/* The octets on the line, by hand: frame octet 01 is slot octet 80. */
TEST(test_mapping)
{
	struct tdm_hdlc_config cfg = { .flags = TDM_HDLC_F_NO_FCS };
	static const u8 frame[] = { 0x01, 0xff, 0x55 };
	/* 7e | 10000000 | 11111 0 111 | 10101010, shifted by the stuffed 0 | 7e ... */
	static const u8 expect[] = { 0x7e, 0x80, 0xfb, 0xd5, 0x3f, 0x3f };
	struct tdm_hdlc_tx tx;
	u8 out[8];
	u32 n;

	assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
	assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 3), 0);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out, 6, &n), TDM_HDLC_TX_DONE);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out + n, 6 - n, &n), TDM_HDLC_TX_FULL);
	assert_memory_equal(out, expect, 6);
}

/* Q.921 SABME on TEI 0: 00 01 7f, command; FCS by an independent bitwise division. */
TEST(test_known_frame)
{
	static const u8 sabme[] = { 0x00, 0x01, 0x7f };
	struct tdm_hdlc_rx rx;

	start(&rx, 0, 0, 0);
	flags(1);
	framed(sabme, 3);
	flags(1);
	feed(&rx, octets, to_octets(0), &ev);
	assert_int_equal(ev.n, 1);
	assert_int_equal(ev.ret[0], 3);
	assert_memory_equal(buf, sabme, 3);
	assert_int_equal(rx.stats.frames, 1);
	assert_int_equal(rx.stats.octets, 3);
}

static const u32 modes[] = {
	0, TDM_HDLC_F_56K, TDM_HDLC_F_INVERT, TDM_HDLC_F_56K | TDM_HDLC_F_INVERT,
	TDM_HDLC_F_NO_FCS, TDM_HDLC_F_IDLE_MARK,
	TDM_HDLC_F_IDLE_MARK | TDM_HDLC_F_56K | TDM_HDLC_F_NO_FCS,
};

static void random_frame(u8 *frame, u32 len)
{
	u32 kind = test_below(4), i;

	/* Random, all 1s (most stuffing), flags, and long runs. */
	for (i = 0; i < len; i++) {
		u8 v = (u8)test_rand();

		frame[i] = kind == 0 ? v : kind == 1 ? 0xff : kind == 2 ? 0x7e :
			   v & 1 ? 0xff : v & 2 ? 0x00 : v;
	}
}

/* Frames at every shift against the octets, in every mode, hand-made line. */
TEST(test_every_shift)
{
	static u8 frame[400];
	u32 m, shift, round;

	for (m = 0; m < ARRAY_SIZE(modes); m++) {
		if (modes[m] & TDM_HDLC_F_NO_FCS)
			continue;
		for (shift = 0; shift < 16; shift++) {
			for (round = 0; round < 20; round++) {
				u32 len = 1 + test_below(sizeof(frame));
				struct tdm_hdlc_rx rx;

				random_frame(frame, len);
				start(&rx, modes[m], 0, 0);
				put(0, shift % 8);
				if (shift >= 8)
					put(0x7f, 7);
				flags(1);
				framed(frame, len);
				feed(&rx, octets, to_octets(modes[m]), &ev);
				assert_int_equal(ev.n, 1);
				assert_int_equal(ev.ret[0], len);
				assert_memory_equal(buf, frame, len);
			}
		}
	}
}

/* Transmitter to receiver, frames back to back or apart, pieces of any size. */
static void loop(u32 mode, u32 min_flags)
{
	struct tdm_hdlc_config cfg = { .flags = mode, .min_flags = min_flags };
	static u8 frame[64][300];
	u32 len[64], sent = 0, got = 0, i, rounds = 0;
	struct tdm_hdlc_tx tx;
	struct tdm_hdlc_rx rx;

	assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, sizeof(buf)), 0);
	for (i = 0; i < 64; i++) {
		len[i] = 1 + test_below(300);
		random_frame(frame[i], len[i]);
	}
	while (got < 64) {
		u8 piece[64];
		u32 want = 1 + test_below(64), have = 0, used, at = 0;
		int ret;

		assert_true(++rounds < 20000);
		while (have < want) {
			enum tdm_hdlc_tx_event e;
			u32 n;

			if (sent < 64 && !tdm_hdlc_tx_busy(&tx) && test_below(3)) {
				assert_int_equal(tdm_hdlc_tx_start(&tx, frame[sent], len[sent]), 0);
				assert_int_equal(tdm_hdlc_tx_start(&tx, frame[0], 1), -EBUSY);
				sent++;
			}
			e = tdm_hdlc_tx_fill(&tx, piece + have, want - have, &n);
			assert_true(e != TDM_HDLC_TX_MORE);
			have += n;
		}
		if (mode & TDM_HDLC_F_56K)
			for (i = 0; i < want; i++)
				assert_int_equal(piece[i] & 1, 1);
		while ((ret = tdm_hdlc_rx(&rx, piece + at, want - at, &used)) != 0) {
			assert_int_equal(ret, len[got]);
			assert_memory_equal(buf, frame[got], len[got]);
			got++;
			at += used;
		}
	}
	assert_int_equal(tx.stats.frames, 64);
	assert_int_equal(rx.stats.frames, 64);
	assert_int_equal(rx.stats.octets, tx.stats.octets);
	assert_int_equal(rx.stats.fcs + rx.stats.aborts + rx.stats.shorts + rx.stats.longs +
			 rx.stats.unaligned + rx.stats.overruns, 0);
}

TEST(test_loop)
{
	u32 m, min_flags, round;

	for (m = 0; m < ARRAY_SIZE(modes); m++)
		for (min_flags = 0; min_flags < 5; min_flags++)
			for (round = 0; round < 4; round++)
				loop(modes[m], min_flags);
}

/* Exactly the asked number of flags between frames that are started at DONE. */
TEST(test_flags_between)
{
	static const u8 frame[] = { 0xaa, 0xaa };
	u32 asked, mode;

	for (mode = 0; mode < 2; mode++) {
		for (asked = 1; asked < 6; asked++) {
			struct tdm_hdlc_config cfg = {
				.flags = mode ? TDM_HDLC_F_IDLE_MARK : 0, .min_flags = asked,
			};
			u32 i, n, have = 0, seen = 0, done = 0, run = 0;
			struct tdm_hdlc_tx tx;
			u8 out[200];

			assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
			assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 2), 0);
			while (have < sizeof(out)) {
				if (tdm_hdlc_tx_fill(&tx, out + have, (u32)sizeof(out) - have, &n) ==
				    TDM_HDLC_TX_DONE && ++done < 3)
					assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 2), 0);
				have += n;
			}
			/* Count flags between the first and the last aa aa, bit by bit. */
			for (i = 0; i < 8 * sizeof(out); i++) {
				u32 bit = out[i / 8] >> (7 - i % 8) & 1;

				if (!bit && run == 6)
					seen++;
				run = bit ? run + 1 : 0;
				if (mode && run == 7)
					break;
			}
			assert_int_equal(done, 3);
			/* opening, two between; idle flags follow unless marks end it after one */
			if (mode)
				assert_int_equal(seen, 3 * asked + 1);
		}
	}
}

/* Every single wrong bit of a frame: the frame never arrives as if it were good. */
TEST(test_bit_errors)
{
	static u8 frame[40];
	u32 len, i;

	for (len = 1; len <= sizeof(frame); len += 3) {
		u32 from, to;

		random_frame(frame, len);
		line.n = 0;
		flags(2);
		from = line.n;
		framed(frame, len);
		to = line.n;
		for (i = from; i < to; i++) {
			struct tdm_hdlc_rx rx;
						u32 k, bad;

			start(&rx, 0, 0, 0);
			line.n = to;
			line.bit[i] ^= 1;
			feed(&rx, octets, to_octets(0), &ev);
			line.bit[i] ^= 1;
			bad = rx.stats.fcs + rx.stats.aborts + rx.stats.shorts + rx.stats.unaligned;
			for (k = 0; k < ev.n; k++)
				assert_false(ev.ret[k] == (int)len &&
					     ev.sum[k] == sum_of(frame, len));
			/*
			 * Something is counted, unless an abort or a flag arose within the first
			 * octet and less than an octet remained, which is noise.
			 */
			if (i > from + 20 && i < to - 20)
				assert_true(bad > 0);
			assert_int_equal(rx.stats.frames, 0);
		}
	}
}

TEST(test_kinds)
{
	static const u8 frame[20] = { 1, 2, 3, 4, 5, 0xff, 0xff, 8, 9 };
	struct tdm_hdlc_rx rx;
	u32 bits;

	/* wrong FCS */
	start(&rx, 0, 0, 0);
	flags(1);
	stuffed(frame, 8 * 9);
	flags(1);
	assert_int_equal(first_event(&rx, 0), -EBADMSG);
	assert_int_equal(rx.stats.fcs, 1);

	/* abort after eight bits of data, but not after seven */
	start(&rx, 0, 0, 0);
	flags(1);
	put(0x2a, 8);
	put(0, 1);
	put(0x7f, 7);
	assert_int_equal(first_event(&rx, 0), -ECONNABORTED);
	assert_int_equal(rx.stats.aborts, 1);
	start(&rx, 0, 0, 0);
	flags(1);
	put(0x2a, 6);
	put(0, 1);
	put(0x7f, 7);
	assert_int_equal(first_event(&rx, 0), 0);
	assert_int_equal(rx.stats.aborts, 0);

	/* number of bits */
	for (bits = 1; bits < 100; bits++) {
		int expect = bits < 8 ? 0 : bits % 8 ? -EILSEQ : bits < 24 ? -ENODATA : -EBADMSG;

		start(&rx, 0, 0, 0);
		flags(1);
		stuffed(frame, bits);
		assert_int_equal(first_event(&rx, 0), expect);
	}

	/* min_len */
	start(&rx, 0, 4, 0);
	flags(1);
	framed(frame, 3);
	assert_int_equal(first_event(&rx, 0), -ENODATA);
	assert_int_equal(rx.stats.shorts, 1);
	start(&rx, 0, 4, 0);
	flags(1);
	framed(frame, 4);
	assert_int_equal(first_event(&rx, 0), 4);

	/* max_len */
	start(&rx, 0, 0, 10);
	flags(1);
	framed(frame, 10);
	assert_int_equal(first_event(&rx, 0), 10);
	start(&rx, 0, 0, 10);
	flags(1);
	framed(frame, 11);
	flags(1);
	framed(frame, 10);
	assert_int_equal(first_event(&rx, 0), -EMSGSIZE);
	assert_int_equal(rx.stats.longs, 1);
	assert_int_equal(rx.stats.frames, 1);
}

TEST(test_buffers)
{
	struct tdm_hdlc_config cfg = { 0 };
	static const u8 frame[20] = { 7, 7, 7 };
	struct tdm_hdlc_rx rx;
	u32 used, n;

	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, 2), -EINVAL);
	cfg.flags = 0x80000000u;
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, 99), -EINVAL);
	cfg.flags = 0;
	cfg.min_len = 5;
	cfg.max_len = 4;
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, 99), -EINVAL);

	/* no buffer: each frame is an overrun, noise is not */
	memset(&cfg, 0, sizeof(cfg));
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, NULL, 0), 0);
	line.n = 0;
	flags(1);
	framed(frame, 12);
	flags(1);
	put(0x15, 5);
	flags(2);
	framed(frame, 1);
	flags(1);
	n = to_octets(0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, n, &used), -ENOBUFS);
	assert_int_equal(rx.stats.overruns, 1);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + used, n - used, &n), -ENOBUFS);
	assert_int_equal(rx.stats.overruns, 2);

	/* a buffer that comes in the middle is for the next frame; no change within one */
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, NULL, 0), 0);
	line.n = 0;
	flags(1);
	framed(frame, 12);
	flags(1);
	framed(frame, 13);
	flags(1);
	n = to_octets(0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, 6, &used), 0);
	assert_int_equal(tdm_hdlc_rx_buffer(&rx, buf, 100), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 6, n - 6, &used), -ENOBUFS);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 6 + used, 5, &n), 0);
	assert_int_equal(tdm_hdlc_rx_buffer(&rx, NULL, 0), -EBUSY);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 11 + used, 20, &n), 13);

	/* lost octets */
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, 100), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, 6, &used), 0);
	tdm_hdlc_rx_gap(&rx);
	assert_int_equal(rx.stats.overruns, 1);
	tdm_hdlc_rx_gap(&rx);
	assert_int_equal(rx.stats.overruns, 1);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 7, 30, &used), 13);
}

TEST(test_idle)
{
	struct tdm_hdlc_rx rx;
	static const u8 mark[9] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7e };
	u32 used;

	start(&rx, 0, 0, 0);
	assert_int_equal(tdm_hdlc_rx(&rx, mark, 1, &used), 0);
	assert_false(tdm_hdlc_rx_idle(&rx));
	assert_int_equal(tdm_hdlc_rx(&rx, mark, 1, &used), 0);
	assert_true(tdm_hdlc_rx_idle(&rx));
	assert_int_equal(tdm_hdlc_rx(&rx, mark, 8, &used), 0);
	assert_true(tdm_hdlc_rx_idle(&rx));
	assert_int_equal(rx.stats.idles, 1);
	assert_int_equal(tdm_hdlc_rx(&rx, mark + 8, 1, &used), 0);
	assert_false(tdm_hdlc_rx_idle(&rx));
}

/* Flags that share their 0: 011111101111110, and frames between such. */
TEST(test_shared_zero)
{
	static const u8 frame[] = { 0x11, 0x22, 0x33 };
	struct tdm_hdlc_rx rx;
		u32 i;

	start(&rx, 0, 0, 0);
	put(0, 1);
	for (i = 0; i < 50; i++) {
		u32 k = test_below(5) + 1;

		while (k--)
			put(0x7e, 7);
		framed(frame, 3);
		put(0, 1);
	}
	put(0x7e, 7);
	feed(&rx, octets, to_octets(0), &ev);
	assert_int_equal(ev.n, 50);
	assert_int_equal(rx.stats.frames, 50);
}

static void fill_all(struct tdm_hdlc_tx *tx, u8 *out, u32 n)
{
	u32 have = 0, w;

	while (have < n) {
		tdm_hdlc_tx_fill(tx, out + have, n - have, &w);
		have += w;
	}
}

TEST(test_parts)
{
	struct tdm_hdlc_config cfg = { 0 };
	static const u8 frame[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct tdm_hdlc_tx tx;
	struct tdm_hdlc_rx rx;
	u8 out[40];
	u32 n, have, used;

	/* in three parts, the last one empty */
	assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
	assert_int_equal(tdm_hdlc_tx_part(&tx, frame, 0, true), -EINVAL);
	assert_int_equal(tdm_hdlc_tx_part(&tx, frame, 4, false), 0);
	assert_int_equal(tdm_hdlc_tx_part(&tx, frame, 4, false), -EBUSY);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out, 40, &have), TDM_HDLC_TX_MORE);
	assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 4), -EBUSY);
	assert_int_equal(tdm_hdlc_tx_part(&tx, frame + 4, 6, false), 0);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out + have, 40 - have, &n), TDM_HDLC_TX_MORE);
	have += n;
	assert_int_equal(tdm_hdlc_tx_part(&tx, NULL, 0, true), 0);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out + have, 40 - have, &n), TDM_HDLC_TX_DONE);
	have += n;
	fill_all(&tx, out + have, 40 - have);
	start(&rx, 0, 0, 0);
	assert_int_equal(tdm_hdlc_rx(&rx, out, 40, &used), 10);
	assert_memory_equal(buf, frame, 10);
	assert_int_equal(tdm_hdlc_rx(&rx, out + used, 40 - used, &n), 0);

	/* the second part does not come: abort, counted here and there; the next frame is good */
	assert_int_equal(tdm_hdlc_tx_part(&tx, frame, 4, false), 0);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out, 40, &have), TDM_HDLC_TX_MORE);
	fill_all(&tx, out + have, 40 - have);
	assert_int_equal(tx.stats.underruns, 1);
	assert_int_equal(tdm_hdlc_rx(&rx, out, 40, &used), -ECONNABORTED);
	assert_int_equal(tdm_hdlc_rx(&rx, out + used, 40 - used, &n), 0);
	assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 10), 0);
	fill_all(&tx, out, 40);
	assert_int_equal(tdm_hdlc_rx(&rx, out, 40, &used), 10);

	/* given up on purpose: before its first bit, and within */
	assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 10), 0);
	assert_true(tdm_hdlc_tx_abort(&tx));
	assert_int_equal(tx.stats.aborts, 0);
	assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 10), 0);
	fill_all(&tx, out, 5);
	assert_true(tdm_hdlc_tx_abort(&tx));
	assert_false(tdm_hdlc_tx_abort(&tx));
	fill_all(&tx, out + 5, 35);
	assert_int_equal(tx.stats.aborts, 1);
	assert_int_equal(tdm_hdlc_rx(&rx, out, 40, &used), -ECONNABORTED);
	assert_int_equal(tx.stats.frames, 2);
}

/* Random and flag-rich lines, any configuration: the same events as the naive receiver. */
TEST(test_against_naive)
{
	static const u8 spice[] = { 0x7e, 0xfc, 0x3f, 0xff, 0x00, 0x7d, 0xbf, 0x1f, 0xf8 };
	u32 round, i;

	for (round = 0; round < 3000; round++) {
		struct tdm_hdlc_config cfg = {
			.flags = (u32)test_rand() & 7,
			.min_len = test_below(4),
			.max_len = test_below(2) ? 4 + test_below(40) : 0,
		};
		u32 size = test_below(4) ? 3 + test_below(60) : 0;
		u32 n = 1 + test_below(600), kind = test_below(3);
				struct tdm_hdlc_rx rx;

		for (i = 0; i < n; i++)
			octets[i] = kind == 0 || test_below(3) ? (u8)test_rand() :
				    kind == 1 ? spice[test_below(sizeof(spice))] : 0x7e;
		for (i = 0; kind == 2 && i < n; i++)
			if (i && test_below(3))
				octets[i] = octets[i - 1];
		assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, size ? buf : NULL, size), 0);
		hdlc_ref_init(&ref, &cfg, size);
		ev.n = 0;
		ev_ref.n = 0;
		feed(&rx, octets, n, &ev);
		feed_ref(&ref, octets, n, &ev_ref);
		/* 56k: what has not made up an octet is not looked at yet */
		if (ev_ref.n == ev.n + 1 && cfg.flags & TDM_HDLC_F_56K)
			ev_ref.n--;
		else if (!(cfg.flags & TDM_HDLC_F_56K))
			assert_memory_equal(&rx.stats, &ref.stats, sizeof(ref.stats));
		assert_int_equal(ev.n, ev_ref.n);
		assert_memory_equal(ev.ret, ev_ref.ret, ev.n * sizeof(ev.ret[0]));
		assert_memory_equal(ev.sum, ev_ref.sum, ev.n * sizeof(ev.sum[0]));
	}
}

TEST_SUITE_BEGIN(hdlc)
	TEST_CASE(test_tables),
	TEST_CASE(test_crc),
	TEST_CASE(test_mapping),
	TEST_CASE(test_known_frame),
	TEST_CASE(test_every_shift),
	TEST_CASE(test_loop),
	TEST_CASE(test_flags_between),
	TEST_CASE(test_bit_errors),
	TEST_CASE(test_kinds),
	TEST_CASE(test_buffers),
	TEST_CASE(test_idle),
	TEST_CASE(test_shared_zero),
	TEST_CASE(test_parts),
	TEST_CASE(test_against_naive),
TEST_SUITE_END

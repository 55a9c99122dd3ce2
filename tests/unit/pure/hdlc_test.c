// SPDX-License-Identifier: GPL-2.0-or-later
/* HDLC receiver: against a naive one, hand-made lines, every counter. */
#include "test.h"
#include "hdlc_line.h"
#include "kernel/core/pure/hdlc_bits.h"

/* Octets to bits and back, by definition. */
TEST(test_bits)
{
	u32 round, i, k;

	for (round = 0; round < 200; round++) {
		u8 in[TDM_HDLC_WORD], out[TDM_HDLC_WORD];
		u32 n = 1 + test_below(TDM_HDLC_WORD);
		u64 word, bits, mirrored;

		for (i = 0; i < TDM_HDLC_WORD; i++)
			in[i] = (u8)test_rand();
		word = tdm_hdlc_load(in, n);
		mirrored = tdm_hdlc_mirror(word);
		bits = tdm_hdlc_from_56k(mirrored);
		for (i = 0; i < n; i++) {
			assert_int_equal(word >> 8 * i & 0xff, in[i]);
			for (k = 0; k < 8; k++)
				assert_int_equal(mirrored >> (8 * i + k) & 1, in[i] >> (7 - k) & 1);
			for (k = 0; k < 7; k++)
				assert_int_equal(bits >> (7 * i + k) & 1, in[i] >> (7 - k) & 1);
		}
		assert_int_equal(n < TDM_HDLC_WORD ? word >> 8 * n : 0, 0);
		assert_int_equal(n < TDM_HDLC_WORD ? bits >> 7 * n : 0, 0);
		assert_true(tdm_hdlc_to_56k(bits) == (mirrored & 0x7f7f7f7f7f7f7f7fULL));
		memset(out, 0x5a, sizeof(out));
		tdm_hdlc_store(out, tdm_hdlc_mirror(mirrored), n);
		for (i = 0; i < TDM_HDLC_WORD; i++)
			assert_int_equal(out[i], i < n ? in[i] : 0x5a);
	}
}

/* CRC-16/X-25: the published check value of "123456789" is 0x906e. The rest bit by bit. */
TEST(test_fcs)
{
	const char *s = "123456789";
	u32 n, i;

	assert_int_equal(tdm_hdlc_fcs(TDM_HDLC_FCS_INIT, (const u8 *)s, 9) ^ 0xffff, 0x906e);
	for (n = 0; n < 300; n++) {
		u32 at = test_below(TDM_HDLC_WORD), first = test_below(n + 1);
		u16 fcs;

		for (i = 0; i < n; i++)
			octets[at + i] = (u8)test_rand();
		for (i = 0; i < 8 * n; i++)
			line.bit[i] = octets[at + i / 8] >> i % 8 & 1;
		fcs = tdm_hdlc_fcs(TDM_HDLC_FCS_INIT, octets + at, n);
		assert_int_equal(fcs ^ 0xffff, hdlc_ref_fcs(line.bit, 8 * n));
		fcs = tdm_hdlc_fcs(TDM_HDLC_FCS_INIT, octets + at, first);
		fcs = tdm_hdlc_fcs(fcs, octets + at + first, n - first);
		assert_int_equal(fcs ^ 0xffff, hdlc_ref_fcs(line.bit, 8 * n));
	}
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

/* The buffer is not touched before the flag, nor by the rest of a frame that began without it. */
TEST(test_buffer_untouched)
{
	struct tdm_hdlc_config cfg = { 0 };
	static u8 frame[100];
	struct tdm_hdlc_rx rx;
	u32 used, n, i;

	start(&rx, 0, 0, 0);
	framed(frame, sizeof(frame));
	framed(frame, sizeof(frame));
	memset(buf, 0x5a, sizeof(buf));
	n = to_octets(0) - 4;
	assert_int_equal(tdm_hdlc_rx(&rx, octets, n, &used), 0);
	for (i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0x5a);

	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, NULL, 0), 0);
	line.n = 0;
	flags(1);
	framed(frame, sizeof(frame));
	flags(1);
	n = to_octets(0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, 16, &used), 0);
	assert_int_equal(tdm_hdlc_rx_buffer(&rx, buf, sizeof(buf)), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 16, n - 16, &used), -ENOBUFS);
	for (i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0x5a);

	/* nor past the end of a smaller one that follows on a larger one, nor after a gap */
	start(&rx, 0, 0, 0);
	flags(1);
	framed(frame, sizeof(frame));
	flags(1);
	framed(frame, sizeof(frame));
	flags(1);
	n = to_octets(0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, n, &used), sizeof(frame));
	memset(buf, 0x5a, sizeof(buf));
	assert_int_equal(tdm_hdlc_rx_buffer(&rx, buf, 50), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets + used, n - used, &i), -EMSGSIZE);
	for (i = 50; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0x5a);
	assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, buf, sizeof(buf)), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, octets, 32, &used), 0);
	tdm_hdlc_rx_gap(&rx);
	memset(buf, 0x5a, sizeof(buf));
	assert_int_equal(tdm_hdlc_rx(&rx, octets + 40, 40, &used), 0);
	for (i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0x5a);
}

/* 1s from before a gap and from after it make no flag. */
TEST(test_gap)
{
	static const u8 before[] = { 0x03 };
	static const u8 after[12] = { 0xf0, [11] = 0x7e };
	struct tdm_hdlc_rx rx;
	u32 used;

	start(&rx, 0, 0, 0);
	assert_int_equal(tdm_hdlc_rx(&rx, before, 1, &used), 0);
	tdm_hdlc_rx_gap(&rx);
	assert_int_equal(tdm_hdlc_rx(&rx, after, 12, &used), 0);
	start(&rx, 0, 0, 0);
	assert_int_equal(tdm_hdlc_rx(&rx, before, 1, &used), 0);
	assert_int_equal(tdm_hdlc_rx(&rx, after, 12, &used), -EILSEQ);
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

/* In whole blocks of the tick: flags that fill them, a frame that does so too, and again flags. */
TEST(test_blocks)
{
	static u8 frame[64];
	struct tdm_hdlc_rx rx;
	u32 round, len, n, i, used;

	for (round = 0; round < 20; round++) {
		do {
			len = 1 + test_below(sizeof(frame));
			random_frame(frame, len);
			start(&rx, 0, 0, 0);
			flags(16);
			framed(frame, len);
		} while (line.n % 64);
		flags(16);
		n = to_octets(0) & ~7u;
		for (i = 0; i < n; i += used) {
			int ret = tdm_hdlc_rx(&rx, octets + i, 8 - i % 8, &used);

			assert_true(!ret || ret == (int)len);
		}
		assert_int_equal(rx.stats.frames, 1);
		assert_memory_equal(buf, frame, len);
	}
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

static const u8 spice[] = { 0x7e, 0xfc, 0x3f, 0xff, 0x00, 0x7d, 0xbf, 0x1f, 0xf8 };

/* Random octets, among flags and the like, or repeated. */
static u32 random_octets(void)
{
	u32 n = 1 + test_below(600), kind = test_below(3), i;

	for (i = 0; i < n; i++)
		octets[i] = kind == 0 || test_below(3) ? (u8)test_rand() :
			    kind == 1 ? spice[test_below(sizeof(spice))] : 0x7e;
	for (i = 0; kind == 2 && i < n; i++)
		if (i && test_below(3))
			octets[i] = octets[i - 1];
	return n;
}

/* Frames good and bad, what may lie between them, and bits that are wrong, too many or missing. */
static u32 random_frames(u32 cfg_flags)
{
	static u8 frame[80];
	u32 rounds = 1 + test_below(30), errors = test_below(4), i;

	line.n = 0;
	put(test_rand() & 0x7f, test_below(8));
	for (i = 0; i < rounds; i++) {
		u32 len = test_below(8) ? 1 + test_below(12) : 1 + test_below(sizeof(frame));

		random_frame(frame, len);
		if (test_below(4))
			flags(1 + (test_below(6) ? 0 : test_below(40)));
		else if (test_below(2))
			put(0x7e, 7);
		switch (test_below(8)) {
		case 0:
			stuffed(frame, 1 + test_below(8 * len));
			break;
		case 1:
			stuffed(frame, 1 + test_below(8 * len));
			put(0x7fffffff, 1 + test_below(31));
			break;
		case 2:
			put(0xffffffff, 1 + test_below(32));
			put(0xffffffff, test_below(33));
			break;
		default:
			framed(frame, len);
		}
	}
	for (i = 0; i < errors; i++) {
		u32 at = test_below(line.n);

		line.bit[at] ^= 1;
		at = test_below(line.n);
		memmove(line.bit + at, line.bit + at + 1, --line.n - at);
	}
	return to_octets(cfg_flags);
}

/* Any line in any configuration, split anyhow: events and counters of the naive receiver. */
TEST(test_against_naive)
{
	u32 round;

	for (round = 0; round < 4000; round++) {
		struct tdm_hdlc_config cfg = {
			.flags = (u32)test_rand() & TDM_HDLC_F_ALL,
			.min_len = test_below(4),
			.max_len = test_below(2) ? 4 + test_below(40) : 0,
		};
		u32 size = test_below(8) ? 3 + test_below(60) : 0;
		u32 n = test_below(2) ? random_octets() : random_frames(cfg.flags);
		struct tdm_hdlc_rx rx;

		memset(buf, 0x5a, sizeof(buf));
		assert_int_equal(tdm_hdlc_rx_init(&rx, &cfg, size ? buf : NULL, size), 0);
		hdlc_ref_init(&ref, &cfg, size);
		ev.n = 0;
		ev_ref.n = 0;
		feed(&rx, octets, n, &ev);
		feed_ref(&ref, octets, n, &ev_ref);
		assert_memory_equal(&rx.stats, &ref.stats, sizeof(ref.stats));
		assert_int_equal(ev.n, ev_ref.n);
		assert_memory_equal(ev.ret, ev_ref.ret, ev.n * sizeof(ev.ret[0]));
		assert_memory_equal(ev.sum, ev_ref.sum, ev.n * sizeof(ev.sum[0]));
		assert_memory_equal(ev.at, ev_ref.at, ev.n * sizeof(ev.at[0]));
		assert_int_equal(tdm_hdlc_rx_idle(&rx), ref.ones >= 15);
		/* Nothing is written past the buffer. */
		assert_int_equal(buf[size], 0x5a);
		assert_int_equal(buf[size + TDM_HDLC_WORD - 1], 0x5a);
	}
}

TEST_SUITE_BEGIN(hdlc)
	TEST_CASE(test_bits),
	TEST_CASE(test_fcs),
	TEST_CASE(test_known_frame),
	TEST_CASE(test_every_shift),
	TEST_CASE(test_bit_errors),
	TEST_CASE(test_kinds),
	TEST_CASE(test_buffers),
	TEST_CASE(test_buffer_untouched),
	TEST_CASE(test_gap),
	TEST_CASE(test_idle),
	TEST_CASE(test_blocks),
	TEST_CASE(test_shared_zero),
	TEST_CASE(test_against_naive),
TEST_SUITE_END;

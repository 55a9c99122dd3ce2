// SPDX-License-Identifier: GPL-2.0-or-later
/* HDLC receiver: against a naive one, hand-made lines, every counter. */
#include "test.h"
#include "hdlc_line.h"
#include "kernel/core/pure/hdlc_table.h"

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
	TEST_CASE(test_known_frame),
	TEST_CASE(test_every_shift),
	TEST_CASE(test_bit_errors),
	TEST_CASE(test_kinds),
	TEST_CASE(test_buffers),
	TEST_CASE(test_idle),
	TEST_CASE(test_shared_zero),
	TEST_CASE(test_against_naive),
TEST_SUITE_END;

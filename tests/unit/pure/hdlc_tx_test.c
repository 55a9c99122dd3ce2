// SPDX-License-Identifier: GPL-2.0-or-later
/* HDLC transmitter: lines by hand, loops to the receiver, parts, aborts. */
#include "test.h"
#include "hdlc_line.h"

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
	/* Told when all whole octets of it are there: of 33 bits four. */
	assert_int_equal(n, 4);
	assert_int_equal(tdm_hdlc_tx_fill(&tx, out + n, 6 - n, &n), TDM_HDLC_TX_FULL);
	assert_memory_equal(out, expect, 6);
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

/*
 * Frames one after the other, whole or in parts, filled any number of octets at a time: the line is
 * that made by hand bit by bit, and the idle filler after it.
 */
static void by_hand(u32 mode, u32 min_flags)
{
	struct tdm_hdlc_config cfg = { .flags = mode, .min_flags = min_flags };
	static u8 frames[16][300], part[300], out[LINE_MAX_OCTETS];
	u32 len[16], count = 1 + test_below(16), next = 0, at = 0, have = 0, n, made, i;
	enum tdm_hdlc_tx_event event = TDM_HDLC_TX_DONE;
	struct tdm_hdlc_tx tx;

	line.n = 0;
	for (i = 0; i < count; i++) {
		len[i] = 1 + test_below(test_below(4) ? 300 : 8);
		random_frame(frames[i], len[i]);
		flags(max(min_flags, 1u));
		if (mode & TDM_HDLC_F_NO_FCS)
			stuffed(frames[i], 8 * len[i]);
		else
			framed(frames[i], len[i]);
	}
	flags(1);
	for (i = 0; i < 60; i++)
		put(mode & TDM_HDLC_F_IDLE_MARK ? 0xff : 0x7e, 8);
	/* Less the flags that it adds. */
	n = to_octets(mode) - 4;

	assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
	while (have < n) {
		/* The memory of a part is anything's again once it was taken. */
		memset(part, (int)test_rand(), sizeof(part));
		if (event != TDM_HDLC_TX_FULL && next < count) {
			u32 left = len[next] - at, k = test_below(3) ? left : 1 + test_below(left);

			memcpy(part, frames[next] + at, k);
			assert_int_equal(tdm_hdlc_tx_part(&tx, part, k, k == left), 0);
			at = k == left ? 0 : at + k;
			next += k == left;
		}
		do {
			u32 want = 1 + test_below(test_below(2) ? 12 : 300);

			event = tdm_hdlc_tx_fill(&tx, out + have, min(want, n - have), &made);
			have += made;
		} while (event == TDM_HDLC_TX_FULL && have < n);
	}
	assert_int_equal(tx.stats.frames, count);
	assert_int_equal(tx.stats.underruns, 0);
	for (i = 0; i < n; i++)
		assert_int_equal(out[i], mode & TDM_HDLC_F_56K ? octets[i] | 1 : octets[i]);
}

TEST(test_by_hand)
{
	u32 round;

	for (round = 0; round < 400; round++)
		by_hand((u32)test_rand() & TDM_HDLC_F_ALL, test_below(12));
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

/* The flags of the idle line count as those before a frame: it begins at once. */
TEST(test_flags_idle)
{
	static const u8 expect[] = { 0x7e, 0x55, 0x55 };
	static const u8 frame[] = { 0xaa, 0xaa };
	u32 idle, made;

	for (idle = 0; idle < 20; idle++) {
		struct tdm_hdlc_config cfg = { .min_flags = 9 };
		struct tdm_hdlc_tx tx;
		u8 out[32];

		assert_int_equal(tdm_hdlc_tx_init(&tx, &cfg), 0);
		assert_int_equal(tdm_hdlc_tx_fill(&tx, out, 1 + idle, &made), TDM_HDLC_TX_FULL);
		assert_int_equal(tdm_hdlc_tx_start(&tx, frame, 2), 0);
		tdm_hdlc_tx_fill(&tx, out + 1 + idle, 31 - idle, &made);
		assert_memory_equal(out + max(idle, 8u), expect, 3);
	}
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

TEST_SUITE_BEGIN(hdlc_tx)
	TEST_CASE(test_mapping),
	TEST_CASE(test_loop),
	TEST_CASE(test_by_hand),
	TEST_CASE(test_flags_between),
	TEST_CASE(test_flags_idle),
	TEST_CASE(test_parts),
TEST_SUITE_END;

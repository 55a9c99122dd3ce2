// SPDX-License-Identifier: GPL-2.0-or-later
/* Two framer units on a cable: status and causes, counters, signalling bits, HDLC, loops. */
#include "tests/unit/pure/test.h"

#include "tests/emulator/framer.h"

static struct line lines[2];
static struct framer u[2];
static u8 tx[2][LINE_SLOTS][LINE_FRAMES], rx[2][LINE_SLOTS][LINE_FRAMES];

static void write_both(u8 reg, u8 value)
{
	framer_write(&u[0], reg, value);
	framer_write(&u[1], reg, value);
}

static void run(unsigned int ms)
{
	while (ms--) {
		framer_transmit(&u[0], tx[0]);
		framer_transmit(&u[1], tx[1]);
		framer_receive(&u[0], rx[0]);
		framer_receive(&u[1], rx[1]);
	}
}

static void start(bool t1)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		line_init(&lines[i]);
		framer_init(&u[i], &lines[i], false);
		framer_reset(&u[i], true);
	}
	line_join(&lines[0], &lines[1]);
	memset(tx, 0x55, sizeof(tx));
	write_both(FR_FMR1, t1 ? 0x9c : 0x4c);
	write_both(FR_FMR2, t1 ? 0x20 : 0xc3);
	write_both(FR_XSW, t1 ? 0x0e : 0x9f);
	for (i = 0; i < FRAMER_ISRS; i++)
		write_both((u8)(FR_IMR0 + i), 0);
	run(10);
	for (i = 0; i < FRAMER_ISRS; i++) {
		framer_read(&u[0], (u8)(FR_ISR0 + i));
		framer_read(&u[1], (u8)(FR_ISR0 + i));
	}
}

TEST(a_good_line_is_green)
{
	start(false);
	assert_int_equal(framer_read(&u[0], FR_FRS0), 0);
	assert_int_equal(rx[0][7][3], 0x55);
	start(true);
	assert_int_equal(framer_read(&u[1], FR_FRS0), 0);
}

TEST(alarms_come_and_go_with_causes_that_clear_on_read)
{
	start(false);
	lines[0].los = LINE_FOR_EVER;
	run(1);
	assert_int_equal(framer_read(&u[0], FR_FRS0), FRS0_LOS | FRS0_LFA | FRS0_LMFA);
	assert_true(framer_pending(&u[0]));
	assert_int_equal(framer_read(&u[0], FR_GIS), 4);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 2), 0x44);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 2), 0);
	assert_false(framer_pending(&u[0]));
	/* AXRA: the far end hears of it by itself. */
	run(2);
	assert_int_equal(framer_read(&u[1], FR_FRS0), FRS0_RRA);
	assert_int_equal(framer_read(&u[1], FR_ISR0 + 2), 1);
	lines[0].los = 0;
	run(1);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 2), 0xa0);
	run(2);
	assert_int_equal(framer_read(&u[1], FR_ISR0 + 2), 2);
	assert_int_equal(framer_read(&u[1], FR_FRS0), 0);
}

TEST(masked_causes_are_not_shown)
{
	start(false);
	write_both(FR_IMR0 + 2, 0xff);
	lines[0].ais = LINE_FOR_EVER;
	run(1);
	assert_int_equal(framer_read(&u[0], FR_FRS0) & FRS0_AIS, FRS0_AIS);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 2), 0);
}

TEST(e1_and_t1_do_not_understand_each_other)
{
	start(false);
	framer_write(&u[0], FR_FMR1, 0x9c);
	run(2);
	assert_int_equal(framer_read(&u[1], FR_FRS0) & FRS0_LFA, FRS0_LFA);
	start(false);
	/* No CRC-4 from the far end: aligned, but without multiframe. */
	framer_write(&u[0], FR_FMR1, 0x44);
	run(2);
	assert_int_equal(framer_read(&u[1], FR_FRS0), FRS0_NMF | FRS0_LMFA);
}

TEST(counters_are_latched_each_second)
{
	start(false);
	lines[0].inject[LINE_ERR_CRC].count = 9;
	lines[0].inject[LINE_ERR_CODE].count = 300;
	run(1000);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 3) & 0xc0, 0xc0);
	assert_int_equal(framer_read(&u[0], FR_COUNTERS + 4), 9);
	assert_int_equal(framer_read(&u[0], FR_COUNTERS + 2), 300 & 255);
	assert_int_equal(framer_read(&u[0], FR_COUNTERS + 3), 1);
	/* Each bad block is told to the far end by an E bit. */
	assert_int_equal(framer_read(&u[1], FR_COUNTERS + 6), 9);
	run(1000);
	assert_int_equal(framer_read(&u[0], FR_COUNTERS + 4), 0);
}

TEST(cas_of_e1_in_slot_16)
{
	unsigned int i;

	start(false);
	write_both(FR_XSP, 0x5c);
	for (i = 1; i < 16; i++)
		framer_write(&u[0], (u8)(FR_XS1 + i), (u8)(i << 4 | (15 - i)));
	run(8);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 8);
	for (i = 1; i < 16; i++)
		assert_int_equal(framer_read(&u[1], (u8)(FR_XS1 + i)), i << 4 | (15 - i));
	run(8);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 0);
}

/* The far end stops to send a multiframe in slot 16, and begins again. */
TEST(alarms_of_slot_16)
{
	start(false);
	write_both(FR_XSP, 0x5c);
	run(8);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0);
	framer_read(&u[1], FR_ISR0 + 3);
	framer_write(&u[0], FR_XSP, 0x1c);
	run(2);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0);
	run(8);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0x08);
	assert_int_equal(framer_read(&u[1], FR_ISR0 + 3) & 0x38, 0x20);
	memset(tx[0][16], 0xff, LINE_FRAMES);
	run(8);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0x18);
	assert_int_equal(framer_read(&u[1], FR_ISR0 + 3) & 0x38, 0x10);
	framer_write(&u[0], FR_XSP, 0x5c);
	run(8);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0);
	/* Not asked to look for it, it sees nothing. */
	framer_write(&u[1], FR_XSP, 0x1c);
	framer_write(&u[0], FR_XSP, 0x1c);
	run(8);
	assert_int_equal(framer_read(&u[1], FR_FRS1), 0);
}

/* A test may let a slot's bits be others for a while. */
TEST(disturbed_bits)
{
	start(false);
	write_both(FR_XSP, 0x5c);
	framer_write(&u[0], FR_XS1 + 3, 0x59);
	run(8);
	framer_read(&u[1], FR_ISR0);
	assert_int_equal(cas_disturb(&u[1], 19, 0x6, 6), 0);
	run(4);
	assert_int_equal(framer_read(&u[1], FR_XS1 + 3), 0x56);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 8);
	run(6);
	assert_int_equal(framer_read(&u[1], FR_XS1 + 3), 0x59);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 8);
	assert_int_equal(cas_disturb(&u[1], 16, 0x6, 6), -EINVAL);
}

static void robbed(u8 fmr4, unsigned int regs)
{
	unsigned int i, k, wrong = 0;
	unsigned int clear = 11;

	start(true);
	write_both(FR_XSW, fmr4);
	write_both(FR_XSP, 0x40);
	/* Channel 12 is clear. */
	write_both(FR_CCB1 + 1, 0x10);
	for (i = 0; i < 12; i++)
		framer_write(&u[0], (u8)(FR_XS1 + i), (u8)(0x1b + 37 * (i % regs)));
	run(12);
	for (i = 0; i < regs; i++) {
		u8 mask = 0xff;

		/* What a clear channel's last bits are is none of signalling's business. */
		if (regs == 12 && i == clear / 2)
			mask = 0xf0;
		if (regs == 6 && i == clear / 4)
			mask = 0xfc;
		assert_int_equal(framer_read(&u[1], (u8)(FR_XS1 + i)) & mask,
				 (u8)(0x1b + 37 * i) & mask);
	}
	for (i = 0; i < 24; i++) {
		run(1);
		for (k = 0; k < LINE_FRAMES; k++) {
			assert_int_equal(rx[1][12][k], 0x55);
			wrong += rx[1][1][k] != 0x55;
		}
	}
	/* Channel 1 lost the bits that were 0: of each sixth frame, at most. */
	assert_in_range(wrong, 1, 32);
}

TEST(robbed_bits_of_f24)
{
	robbed(0x0e, 12);
}

TEST(robbed_bits_of_f12)
{
	robbed(0x0c, 6);
	/* A second half that says something else is sent in each second multiframe. */
	framer_read(&u[1], FR_ISR0);
	framer_write(&u[0], FR_XS1 + 6, 0xe4);
	run(12);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 8);
	run(12);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 8, 8);
}

static void hdlc_on(void)
{
	write_both(FR_MODE, 0x88);
	write_both(FR_TTR1 + 2, 0x80);
	write_both(FR_RTR1 + 2, 0x80);
	write_both(FR_CMDR, 0x01);
	run(20);
	framer_read(&u[0], FR_ISR0 + 1);
	framer_read(&u[1], FR_ISR0);
}

static void wait_cause(struct framer *f, u8 reg, u8 bit)
{
	unsigned int ms;

	for (ms = 0; ms < 200; ms++) {
		if (framer_read(f, reg) & bit)
			return;
		run(1);
	}
	fail_msg("cause %02x of register %02x did not come", bit, reg);
}

static void send_frame(const u8 *frame, unsigned int len)
{
	unsigned int i, at = 0, n;

	while (at < len) {
		n = min(len - at, HDLC_FIFO);
		for (i = 0; i < n; i++)
			framer_write(&u[0], FR_FIFO, frame[at + i]);
		at += n;
		framer_write(&u[0], FR_CMDR, at == len ? 0x0a : 0x08);
		wait_cause(&u[0], FR_ISR0 + 1, 0x01);
	}
}

static unsigned int take_frame(u8 *to)
{
	unsigned int at = 0, ms, cause, i, len;

	for (ms = 0; ms < 500; ms++) {
		cause = framer_read(&u[1], FR_ISR0);
		if (cause & 0x01) {
			for (i = 0; i < HDLC_FIFO; i++)
				to[at++] = framer_read(&u[1], FR_FIFO);
			framer_write(&u[1], FR_CMDR, 0x80);
		} else if (cause & 0x80) {
			len = framer_read(&u[1], FR_RBCH) * 256u + framer_read(&u[1], FR_RBCL);
			for (i = len % 32 ? len % 32 : 32; i; i--)
				to[at++] = framer_read(&u[1], FR_FIFO);
			framer_write(&u[1], FR_CMDR, 0x80);
			assert_int_equal(at, len);
			return at;
		} else {
			run(1);
		}
	}
	fail_msg("no frame");
	return 0;
}

TEST(hdlc_frames_of_all_lengths)
{
	static const unsigned int lengths[] = { 2, 4, 28, 29, 30, 31, 32, 61, 64, 93, 260 };
	u8 out[300] = { 0 }, in[400];
	unsigned int i, k, n;

	start(false);
	hdlc_on();
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (k = 0; k < lengths[i]; k++)
			out[k] = (u8)test_rand();
		send_frame(out, lengths[i]);
		n = take_frame(in);
		assert_int_equal(n, lengths[i] + 3);
		assert_memory_equal(in, out, lengths[i]);
		assert_int_equal(in[n - 1] & 0xf0, 0xa0);
	}
	/* Nothing more comes, and never is the controller busy. */
	run(20);
	assert_int_equal(framer_read(&u[1], FR_ISR0) & 0x81, 0);
	assert_int_equal(framer_read(&u[1], FR_SIS) & 4, 0);
}

TEST(hdlc_frame_after_frame)
{
	u8 out[3][40], in[400];
	unsigned int i, k;

	start(false);
	hdlc_on();
	/* While the first is on the line the second is taken; the third when that goes out. */
	for (i = 0; i < 3; i++) {
		for (k = 0; k < sizeof(out[i]); k++)
			out[i][k] = (u8)test_rand();
		send_frame(out[i], sizeof(out[i]));
		assert_int_equal(framer_read(&u[0], FR_ISR0 + 1) & 0x10, 0);
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(take_frame(in), sizeof(out[i]) + 3);
		assert_memory_equal(in, out[i], sizeof(out[i]));
	}
	/* A fourth part without room is an underrun. */
	framer_write(&u[0], FR_FIFO, 1);
	framer_write(&u[0], FR_CMDR, 0x0a);
	framer_write(&u[0], FR_FIFO, 2);
	framer_write(&u[0], FR_CMDR, 0x0a);
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 1) & 0x10, 0x10);
}

TEST(hdlc_frames_that_nobody_takes)
{
	u8 out[] = { 0, 1, 2, 3 }, in[400];
	unsigned int i, n, whole = 0;

	start(false);
	hdlc_on();
	/* More than it keeps. */
	for (i = 0; i < 200; i++) {
		out[0] = (u8)i;
		send_frame(out, sizeof(out));
	}
	run(20);
	while (whole < 128) {
		n = take_frame(in);
		assert_int_equal(n, sizeof(out) + 3);
		assert_int_equal(in[0], whole++);
	}
	/* That there were others is told, and the next one is not one of them. */
	out[0] = 201;
	send_frame(out, sizeof(out));
	n = take_frame(in);
	assert_int_equal(n, 1);
	assert_int_equal(in[0] & 0x40, 0x40);
	n = take_frame(in);
	assert_int_equal(n, sizeof(out) + 3);
	assert_int_equal(in[0], 201);
	assert_int_equal(in[n - 1] & 0xf0, 0xa0);
}

TEST(loops)
{
	start(false);
	memset(tx[0], 0x11, sizeof(tx[0]));
	memset(tx[1], 0x22, sizeof(tx[1]));
	framer_write(&u[0], FR_LIM0, 0x0a);
	run(10);
	assert_int_equal(rx[0][3][0], 0x11);
	framer_write(&u[0], FR_LIM0, 0x08);
	framer_write(&u[1], FR_LIM1, 0xf2);
	run(10);
	assert_int_equal(rx[0][3][0], 0x11);
	assert_int_equal(rx[1][3][0], 0x11);
	framer_write(&u[1], FR_LIM1, 0xf0);
	framer_write(&u[1], FR_FMR2, 0xc7);
	run(10);
	assert_int_equal(rx[0][3][0], 0x11);
	framer_write(&u[1], FR_FMR2, 0xc3);
	run(10);
	assert_int_equal(rx[0][3][0], 0x22);
}

/*
 * Two clocks that differ by 800 ppm, over a socket: 6.4 slips a second, all of one sign at each end,
 * once the way's and the buffer's room is used up; and no octet is lost otherwise.
 */
TEST(clocks_that_differ_slip)
{
	char path[64];
	unsigned int i, wrong = 0, n = 0;
	u8 last = 0;

	start(false);
	snprintf(path, sizeof(path), "/tmp/framer-test.%d", (int)getpid());
	assert_int_equal(line_listen(&lines[0], path), 0);
	assert_int_equal(line_connect(&lines[1], path), 0);
	assert_int_equal(line_ready(&lines[0]), 0);
	unlink(path);
	line_set_ppm(&lines[1], 800);
	write_both(FR_IMR0 + 3, 0x34);
	while (n < 40000) {
		for (i = 0; i < 2; i++) {
			line_ready(&lines[i]);
			if (!line_may_tick(&lines[i]))
				continue;
			memset(tx[i][9], (int)(lines[i].sent & 0x7f), LINE_FRAMES);
			framer_transmit(&u[i], tx[i]);
			framer_receive(&u[i], rx[i]);
			if (i)
				continue;
			/* What the plugging in has cost is over. */
			if (++n == 10000) {
				framer_read(&u[0], FR_ISR0 + 3);
				framer_read(&u[1], FR_ISR0 + 3);
			}
			/* Each octet is sent in eight frames; a slip adds or takes one. */
			if (n > 100 && (u8)(rx[0][9][0] - last) % 128 > 2)
				wrong++;
			last = rx[0][9][0];
		}
	}
	assert_int_equal(wrong, 0);
	assert_in_range(u[0].slips, 256 - 28, 256 + 1);
	assert_in_range(u[1].slips, 256 - 28, 256 + 1);
	/* The slower one hears more than it can pass on (RSN), the faster one less (RSP). */
	assert_int_equal(framer_read(&u[0], FR_ISR0 + 3) & 3, 2);
	assert_int_equal(framer_read(&u[1], FR_ISR0 + 3) & 3, 1);
	line_release(&lines[0]);
	line_release(&lines[1]);
}

/* With one clock no octet is lost or repeated, whichever end is late: each gets its turns by the dozen. */
TEST(who_is_scheduled_when_makes_no_slip)
{
	char path[64];
	unsigned int i, k, wrong = 0, n = 0, lag = 1;
	u8 first[2] = { 0 };
	u64 slips = 0;

	start(false);
	snprintf(path, sizeof(path), "/tmp/framer-turns.%d", (int)getpid());
	assert_int_equal(line_listen(&lines[0], path), 0);
	assert_int_equal(line_connect(&lines[1], path), 0);
	assert_int_equal(line_ready(&lines[0]), 0);
	unlink(path);
	while (n++ < 10000) {
		/* Turns of 1 to 12 milliseconds that are granted as far as the line lets them. */
		lag = (lag * 5 + 3) % 4096;
		for (i = lag >> 4 & 1, k = 1 + (lag >> 6) % 12; k; k--) {
			line_ready(&lines[i]);
			if (!line_may_tick(&lines[i]))
				break;
			memset(tx[i][9], (int)(lines[i].sent & 0x7f), LINE_FRAMES);
			framer_transmit(&u[i], tx[i]);
			framer_receive(&u[i], rx[i]);
			/* What the plugging in has cost is over. */
			if (lines[i].sent == 100) {
				first[i] = (u8)((lines[i].sent - rx[i][9][0]) & 0x7f);
				slips += u[i].slips;
			} else if (lines[i].sent > 100) {
				wrong += ((lines[i].sent - rx[i][9][0]) & 0x7f) != first[i];
			}
		}
	}
	assert_true(lines[0].sent > 1000);
	assert_int_equal(wrong, 0);
	assert_int_equal(u[0].slips + u[1].slips, slips);
	line_release(&lines[0]);
	line_release(&lines[1]);
}

TEST_SUITE_BEGIN(framer)
	TEST_CASE(a_good_line_is_green),
	TEST_CASE(alarms_come_and_go_with_causes_that_clear_on_read),
	TEST_CASE(masked_causes_are_not_shown),
	TEST_CASE(e1_and_t1_do_not_understand_each_other),
	TEST_CASE(counters_are_latched_each_second),
	TEST_CASE(cas_of_e1_in_slot_16),
	TEST_CASE(alarms_of_slot_16),
	TEST_CASE(disturbed_bits),
	TEST_CASE(robbed_bits_of_f24),
	TEST_CASE(robbed_bits_of_f12),
	TEST_CASE(hdlc_frames_of_all_lengths),
	TEST_CASE(hdlc_frame_after_frame),
	TEST_CASE(hdlc_frames_that_nobody_takes),
	TEST_CASE(loops),
	TEST_CASE(clocks_that_differ_slip),
	TEST_CASE(who_is_scheduled_when_makes_no_slip),
TEST_SUITE_END

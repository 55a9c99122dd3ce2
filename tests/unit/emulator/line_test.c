// SPDX-License-Identifier: GPL-2.0-or-later
/* A line without any card: joints, impairments, errors by count and rate, time that keeps together. */
#include "tests/unit/pure/test.h"

#include "tests/emulator/line.h"

static struct line a, b;

static void start(void)
{
	line_init(&a);
	line_init(&b);
}

static struct line_ms block(u8 octet)
{
	struct line_ms ms = { .flags = LINE_SIGNAL | LINE_FRAMED };

	memset(ms.slots, octet, sizeof(ms.slots));
	return ms;
}

static struct line_ms pass(struct line *from, struct line *to, u8 octet)
{
	struct line_ms ms = block(octet);

	line_send(from, &ms);
	assert_true(line_receive(to, &ms));
	return ms;
}

TEST(an_open_line_has_no_signal)
{
	struct line_ms ms = block(1);

	start();
	line_send(&a, &ms);
	assert_false(line_receive(&a, &ms));
	assert_int_equal(ms.flags, 0);
	assert_int_equal(ms.slots[5][3], 0xff);
}

TEST(a_cable_carries_both_ways_and_a_plug_to_itself)
{
	start();
	line_join(&a, &b);
	assert_int_equal(pass(&a, &b, 0x12).slots[31][7], 0x12);
	assert_int_equal(pass(&b, &a, 0x34).slots[0][0], 0x34);
	line_join(&a, &a);
	assert_int_equal(b.joint, LINE_OPEN);
	assert_int_equal(pass(&a, &a, 0x56).slots[9][1], 0x56);
	line_open(&a);
	assert_int_equal(a.joint, LINE_OPEN);
}

TEST(impairments_are_the_receivers)
{
	start();
	line_join(&a, &b);
	b.los = LINE_FOR_EVER;
	assert_int_equal(pass(&a, &b, 1).flags, 0);
	assert_int_equal(pass(&b, &a, 1).flags, LINE_SIGNAL | LINE_FRAMED);
	b.los = 0;
	b.ais = LINE_FOR_EVER;
	assert_int_equal(pass(&a, &b, 1).flags, LINE_SIGNAL | LINE_AIS);
	b.ais = 0;
	b.lfa = LINE_FOR_EVER;
	b.rai = LINE_FOR_EVER;
	assert_int_equal(pass(&a, &b, 1).flags, LINE_SIGNAL);
	b.lfa = 0;
	assert_int_equal(pass(&a, &b, 1).flags, LINE_SIGNAL | LINE_FRAMED | LINE_RAI);
}

TEST(errors_by_count_and_by_rate)
{
	u32 crc = 0, code = 0, ms;

	start();
	line_join(&a, &b);
	b.inject[LINE_ERR_CRC].count = 300;
	b.inject[LINE_ERR_CODE].per_second = 37;
	for (ms = 0; ms < 2000; ms++) {
		struct line_ms got = pass(&a, &b, 1);

		crc += got.crc;
		code += got.code;
	}
	assert_int_equal(crc, 300);
	assert_int_equal(code, 74);
}

TEST(a_full_queue_loses_the_oldest)
{
	struct line_ms ms;
	unsigned int i;

	start();
	line_join(&a, &b);
	for (i = 0; i < LINE_QUEUE + 3; i++) {
		ms = block((u8)i);
		line_send(&a, &ms);
	}
	assert_true(line_receive(&b, &ms));
	assert_int_equal(ms.slots[1][0], 3);
	assert_int_equal(b.dropped, 3);
}

/* Both ends of a socket; each runs whenever it may. */
TEST(a_socket_keeps_two_clocks_together)
{
	char path[64];
	struct line_ms ms = block(0x77);
	unsigned int i, at = 0, bt = 0;

	start();
	snprintf(path, sizeof(path), "/tmp/line-test.%d", (int)getpid());
	assert_int_equal(line_listen(&a, path), 0);
	assert_int_equal(line_connect(&b, path), 0);
	assert_int_equal(line_ready(&a), 0);
	line_set_ppm(&b, 1000);
	for (i = 0; i < 20000; i++) {
		if (line_may_tick(&a) && at < 10000) {
			line_send(&a, &ms);
			at++;
		}
		line_ready(&b);
		if (line_may_tick(&b)) {
			line_send(&b, &ms);
			bt++;
		}
		line_ready(&a);
	}
	/* A thousand ppm more in ten seconds are ten milliseconds, give or take the lead. */
	assert_int_equal(at, 10000);
	assert_in_range(bt, 10008, 10013);
	line_release(&b);
	assert_int_equal(line_ready(&a), -ENOTCONN);
	assert_int_equal(a.joint, LINE_SOCKET);
	line_release(&a);
	unlink(path);
	assert_int_equal(line_connect(&b, path), -ENOENT);
	assert_int_equal(line_set_ppm(&b, 1001), -EINVAL);
}

TEST_SUITE_BEGIN(line)
	TEST_CASE(an_open_line_has_no_signal),
	TEST_CASE(a_cable_carries_both_ways_and_a_plug_to_itself),
	TEST_CASE(impairments_are_the_receivers),
	TEST_CASE(errors_by_count_and_by_rate),
	TEST_CASE(a_full_queue_loses_the_oldest),
	TEST_CASE(a_socket_keeps_two_clocks_together),
TEST_SUITE_END

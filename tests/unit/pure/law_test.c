// SPDX-License-Identifier: GPL-2.0-or-later
/* G.711 exhaustively: against spandsp, and against what the Recommendation says in words. */
#include "test.h"
#ifndef __KERNEL__
#include <inttypes.h>
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#endif
#include "kernel/core/pure/law.h"

#ifndef __KERNEL__ /* the oracle is a library of user space */
TEST(test_between_laws)
{
	int i;

	for (i = 0; i < 256; i++) {
		assert_int_equal(tdm_law_alaw_to_ulaw[i], alaw_to_ulaw((uint8_t)i));
		assert_int_equal(tdm_law_ulaw_to_alaw[i], ulaw_to_alaw((uint8_t)i));
	}
}

TEST(test_decode_all)
{
	int i;

	for (i = 0; i < 256; i++) {
		assert_int_equal(tdm_law_alaw_decode((u8)i), alaw_to_linear((uint8_t)i));
		assert_int_equal(tdm_law_ulaw_decode((u8)i), ulaw_to_linear((uint8_t)i));
	}
}
#endif

TEST(test_decode)
{
	/* G.711 tables 1 and 2: overload and first values, in 13 and 14 bits */
	assert_int_equal(tdm_law_alaw_decode(0xff ^ 0x55), 4032 * 8);
	assert_int_equal(tdm_law_alaw_decode(0x80 ^ 0x55), 1 * 8);
	assert_int_equal(tdm_law_ulaw_decode(0x80), 8031 * 4);
	assert_int_equal(tdm_law_ulaw_decode(0xfe), 2 * 4);
	assert_int_equal(tdm_law_ulaw_decode(0xff), 0);
	assert_int_equal(tdm_law_ulaw_decode(0x7f), 0);
}

/*
 * Every linear value against G.711's decision values (tables 1a, 2a: lower edge of each interval,
 * in 16-bit units). At an edge itself the Recommendation leaves the choice open.
 */
static int alaw_edge(int n)
{
	int segment = n >> 4, step = n & 15;

	return 8 * (segment ? (2 * step + 32) << (segment - 1) : 2 * step);
}

static int ulaw_edge(int n)
{
	return n ? 4 * (((2 * (n & 15) + 32) << (n >> 4)) - 33) : 0;
}

TEST(test_encode)
{
	int x;

	assert_int_equal(alaw_edge(127), 3968 * 8);
	assert_int_equal(ulaw_edge(127), 7903 * 4);
	for (x = -32768; x <= 32767; x++) {
		u8 a = tdm_law_alaw_encode((s16)x), u = tdm_law_ulaw_encode((s16)x);
		int na = (a ^ 0x55) & 0x7f, nu = ~u & 0x7f;

		assert_int_equal(a & 0x80, x >= 0 ? 0x80 : 0);
		assert_int_equal(u & 0x80, x >= 0 ? 0x80 : 0);
		assert_true(abs(x) >= alaw_edge(na));
		assert_true(na == 127 || abs(x) <= alaw_edge(na + 1));
		assert_true(abs(x) >= ulaw_edge(nu));
		assert_true(nu == 127 || abs(x) <= ulaw_edge(nu + 1));
	}
}

TEST(test_round_trips)
{
	int i;

	for (i = 0; i < 256; i++) {
		u8 o = (u8)i, there, back;

		assert_int_equal(tdm_law_alaw_encode(tdm_law_alaw_decode(o)), o);
		/* mu-law's negative zero is the one that does not come back */
		assert_int_equal(tdm_law_ulaw_encode(tdm_law_ulaw_decode(o)),
				 o == 0x7f ? 0xff : o);
		/* the sign survives; a conversion there and back is off by one step at most */
		there = tdm_law_alaw_to_ulaw[i];
		back = tdm_law_ulaw_to_alaw[there];
		assert_int_equal(there & 0x80, o & 0x80);
		assert_in_range(((back ^ o) & 0x80) + abs((back ^ 0x55) - (o ^ 0x55)), 0, 1);
		there = tdm_law_ulaw_to_alaw[i];
		back = tdm_law_alaw_to_ulaw[there];
		assert_int_equal(there & 0x80, o & 0x80);
		assert_in_range(((back ^ o) & 0x80) + abs(back - o), 0, 1);
	}
}

TEST(test_convert)
{
	u8 in[256], out[256];
	int i;

	for (i = 0; i < 256; i++)
		in[i] = (u8)i;
	tdm_law_convert(out, TDM_LAW_ALAW, in, TDM_LAW_ALAW, 256);
	assert_memory_equal(in, out, 256);
	tdm_law_convert(out, TDM_LAW_ULAW, in, TDM_LAW_ALAW, 256);
	assert_memory_equal(out, tdm_law_alaw_to_ulaw, 256);
	tdm_law_convert(in, TDM_LAW_ALAW, in, TDM_LAW_ULAW, 256);
	assert_memory_equal(in, tdm_law_ulaw_to_alaw, 256);
	assert_int_equal(tdm_law_idle(TDM_LAW_ALAW), 0xd5);
	assert_int_equal(tdm_law_idle(TDM_LAW_ULAW), 0xff);
	assert_int_equal(tdm_law_alaw_encode(0), 0xd5);
	assert_int_equal(tdm_law_ulaw_encode(0), 0xff);
}

TEST_SUITE_BEGIN(law)
#ifndef __KERNEL__
	TEST_CASE(test_between_laws),
	TEST_CASE(test_decode_all),
#endif
	TEST_CASE(test_decode),
	TEST_CASE(test_encode),
	TEST_CASE(test_round_trips),
	TEST_CASE(test_convert),
TEST_SUITE_END;

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Register programs of a line: what the profile says arrives, in its order and where it belongs, and loops do
 * not get lost in it. The long sequences are those that DAHDI's driver was seen to write.
 */
#include <opentdm_netlink.h>
#include "tests/unit/pure/test.h"
#include "kernel/te4xx/logic.h"
#include "kernel/te4xx/te4xx_regs.h"

static struct te4xx_program p;

/* A line with the built-in profile, not looped. */
static struct te4xx_line line(u8 type, u8 lbo)
{
	struct te4xx_line l = {
		.type = type, .lbo = lbo, .v31 = true, .signalling = TDM_SIGNALLING_CCS,
		.framing = type == TDM_TYPE_E1 ? TDM_FRAMING_CRC4 : TDM_FRAMING_ESF,
		.line_code = type == TDM_TYPE_E1 ? TDM_CODE_HDB3 : TDM_CODE_B8ZS,
	};

	assert_true(te4xx_profile_copy(te4xx_profile_default, type, lbo, &l.interface));
	return l;
}

/* The last value written to a register, -1 for none. */
static int value_of(u8 reg)
{
	int value = -1;

	for (unsigned int i = 0; i < p.n; i++)
		if (p.reg[i].reg == reg)
			value = p.reg[i].value;
	return value;
}

/* These writes one after the other, somewhere in the program. */
static bool holds(const struct te4xx_reg *want, unsigned int n)
{
	for (unsigned int at = 0; at + n <= p.n; at++)
		if (!memcmp(&p.reg[at], want, n * sizeof(*want)))
			return true;
	return false;
}

TEST(test_e1)
{
	static const struct te4xx_reg receiver[] = {
		{ 0x86, 0x40 }, { 0xbb, 0x17 }, { 0xbc, 0x55 }, { 0xbb, 0x97 }, { 0xbb, 0x11 }, { 0xbc, 0xaa },
		{ 0xbb, 0x91 }, { 0xbb, 0x12 }, { 0xbc, 0x55 }, { 0xbb, 0x92 }, { 0xbb, 0x0c }, { 0xbb, 0x00 },
		{ 0xbb, 0x8c }, { 0x3a, 0x20 }, { 0x38, 0x0a }, { 0x39, 0x15 },
	};
	struct te4xx_line l = line(TDM_TYPE_E1, 0);

	te4xx_program_line(&p, &l);
	assert_true(holds(receiver, ARRAY_SIZE(receiver)));
	assert_int_equal(value_of(0x26), 0x54);
	assert_int_equal(value_of(0x27), 0x02);
	assert_int_equal(value_of(0x28), 0x00);
	/* A framer that is older, or has eight ports, does not have PC6. */
	l.v31 = false;
	te4xx_program_line(&p, &l);
	assert_int_equal(value_of(0x86), -1);
	assert_true(holds(receiver + 1, ARRAY_SIZE(receiver) - 1));
}

TEST(test_t1)
{
	static const struct te4xx_reg interface[] = {
		{ 0x86, 0x00 }, { 0xbd, 0x05 }, { 0x3a, 0x61 }, { 0x38, 0x0a }, { 0x39, 0x15 }, { 0x26, 0x8c },
		{ 0x27, 0x01 }, { 0x28, 0x00 },
	};
	struct te4xx_line l = line(TDM_TYPE_T1, 5);

	te4xx_program_line(&p, &l);
	assert_true(holds(interface, ARRAY_SIZE(interface)));
	l = line(TDM_TYPE_J1, 0);
	te4xx_program_line(&p, &l);
	assert_int_equal(value_of(0x3a), 0x21);
	assert_int_equal(value_of(0x26), 0xd7);
}

/* What is written to the line interface is the profile's alone: another profile changes all of it. */
TEST(test_said_once)
{
	static const u8 regs[] = { 0x26, 0x27, 0x28, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x86, 0xbb, 0xbc, 0xbd };

	for (u8 type = TDM_TYPE_E1; type <= TDM_TYPE_J1; type++) {
		struct te4xx_line l = line(type, 0);

		l.interface.count = 0;
		te4xx_program_line(&p, &l);
		for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
			assert_true(value_of(regs[i]) <= 0);
	}
}

TEST(test_loops)
{
	static const struct { u8 loop, reg, value; } loops[] = {
		{ TDM_LOOP_NONE, FR_LIM0, 0x08 }, { TDM_LOOP_NONE, FR_LIM1, 0xf0 },
		{ TDM_LOOP_LOCAL, FR_LIM0, 0x0a }, { TDM_LOOP_LOCAL, FR_LIM1, 0xf0 },
		{ TDM_LOOP_LINE, FR_LIM0, 0x08 }, { TDM_LOOP_LINE, FR_LIM1, 0xf2 },
		{ TDM_LOOP_PAYLOAD, FR_LIM0, 0x08 }, { TDM_LOOP_PAYLOAD, FR_LIM1, 0xf0 },
	};

	for (u8 type = TDM_TYPE_E1; type <= TDM_TYPE_J1; type++) {
		struct te4xx_line l = line(type, 0);

		for (unsigned int i = 0; i < ARRAY_SIZE(loops); i++) {
			l.loopback = loops[i].loop;
			te4xx_program_line(&p, &l);
			assert_int_equal(value_of(loops[i].reg), loops[i].value);
			te4xx_program_loop(&p, &l);
			assert_int_equal(value_of(loops[i].reg), loops[i].value);
			te4xx_program_interface(&p, &l);
			assert_int_equal(value_of(loops[i].reg), loops[i].value);
		}
	}
}

/* A line that is up gets the profile and nothing that would reset it; one that starts is reset once. */
TEST(test_interface)
{
	static const struct te4xx_reg reset[] = { { FR_CMDR, 0x50 }, { FR_CMDR, 0 } };

	for (u8 type = TDM_TYPE_E1; type <= TDM_TYPE_J1; type++) {
		struct te4xx_line l = line(type, 0);

		te4xx_program_interface(&p, &l);
		assert_int_equal(p.n, l.interface.count);
		for (unsigned int i = 0; i < p.n; i++) {
			assert_int_equal(p.reg[i].reg, l.interface.write[i].reg);
			assert_int_equal(p.reg[i].value, l.interface.write[i].value);
		}
		assert_int_equal(value_of(FR_CMDR), -1);
		te4xx_program_line(&p, &l);
		assert_true(holds(reset, ARRAY_SIZE(reset)));
	}
}

/* The longest profile that there can be fits, with all else that a line gets. */
TEST(test_room)
{
	struct te4xx_line l = line(TDM_TYPE_E1, 0);

	l.signalling = TDM_SIGNALLING_CAS;
	l.interface.count = TE4XX_WRITES_MAX;
	te4xx_program_line(&p, &l);
	assert_in_range(p.n, TE4XX_WRITES_MAX + 1, TE4XX_PROGRAM_MAX);
	l.type = TDM_TYPE_T1;
	te4xx_program_line(&p, &l);
	assert_in_range(p.n, TE4XX_WRITES_MAX + 1, TE4XX_PROGRAM_MAX);
}

TEST_SUITE_BEGIN(te4xx_program)
	TEST_CASE(test_e1),
	TEST_CASE(test_t1),
	TEST_CASE(test_said_once),
	TEST_CASE(test_loops),
	TEST_CASE(test_interface),
	TEST_CASE(test_room),
TEST_SUITE_END;

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers of the cards and their framers against tables of what they mean on these cards. The tables have the
 * numbers themselves, so that a wrong name in the driver's headers does not make both wrong.
 */
#include "tests/unit/pure/test.h"
#include "kernel/te4xx/logic.h"
#include <opentdm.h>
#include <opentdm_netlink.h>

#define E1_FAS		.type = TDM_TYPE_E1, .framing = TDM_FRAMING_FAS, .line_code = TDM_CODE_HDB3
#define E1_CRC4		.type = TDM_TYPE_E1, .framing = TDM_FRAMING_CRC4, .line_code = TDM_CODE_HDB3
#define T1_D4		.type = TDM_TYPE_T1, .framing = TDM_FRAMING_D4, .line_code = TDM_CODE_B8ZS
#define T1_ESF		.type = TDM_TYPE_T1, .framing = TDM_FRAMING_ESF, .line_code = TDM_CODE_B8ZS
#define J1_ESF		.type = TDM_TYPE_J1, .framing = TDM_FRAMING_ESF, .line_code = TDM_CODE_B8ZS
#define CCS		.signalling = TDM_SIGNALLING_CCS
#define CAS		.signalling = TDM_SIGNALLING_CAS

/* --- status: 0x4c (FRS0), 0x4d (FRS1) ------------------------------------------------------------- */

static const struct {
	struct te4xx_line line;
	u8 frs0, frs1;
	u32 defects;
} status[] = {
	{ { E1_CRC4, CCS }, 0x00, 0x00, 0 },
	{ { E1_CRC4, CCS }, 0x80, 0x00, TDM_ALARM_LOS },
	{ { E1_CRC4, CCS }, 0x40, 0x00, TDM_ALARM_AIS },
	{ { E1_CRC4, CCS }, 0x20, 0x00, TDM_ALARM_LFA },
	{ { E1_CRC4, CCS }, 0x10, 0x00, TDM_ALARM_RAI },
	{ { E1_CRC4, CCS }, 0x02, 0x00, TDM_ALARM_LMFA },
	/* A worse one hides what follows from it: LOS, AIS, LFA, the rest. */
	{ { E1_CRC4, CCS }, 0xff, 0xff, TDM_ALARM_LOS },
	{ { E1_CRC4, CCS }, 0xa2, 0x00, TDM_ALARM_LOS },
	{ { E1_CRC4, CCS }, 0x62, 0x00, TDM_ALARM_AIS },
	{ { E1_CRC4, CCS }, 0x32, 0x00, TDM_ALARM_LFA },
	{ { E1_CRC4, CCS }, 0x12, 0x00, TDM_ALARM_RAI | TDM_ALARM_LMFA },
	{ { T1_ESF, CCS }, 0x62, 0x00, TDM_ALARM_AIS },
	{ { T1_ESF, CCS }, 0x22, 0x00, TDM_ALARM_LFA },
	{ { T1_ESF, CCS }, 0x10, 0x00, TDM_ALARM_RAI },
	/* Multiframes are there to be lost with CRC-4, and with CAS in slot 16 (FRS1 bit 3). */
	{ { E1_FAS, CCS }, 0x02, 0x08, 0 },
	{ { E1_FAS, CAS }, 0x02, 0x00, 0 },
	{ { E1_FAS, CAS }, 0x00, 0x08, TDM_ALARM_LMFA },
	{ { E1_CRC4, CAS }, 0x00, 0x08, TDM_ALARM_LMFA },
	{ { E1_CRC4, CCS }, 0x00, 0x08, 0 },
	{ { T1_D4, CCS }, 0x02, 0x00, 0 },
	/* Of T1 this bit is a loop-up code. */
	{ { T1_ESF, CAS }, 0x00, 0x08, 0 },
	/* NMF, FSRF, and the transmitter's monitors are no defects of what is received. */
	{ { E1_FAS, CCS }, 0x05, 0x03, 0 },
};

TEST(status_registers)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(status); i++) {
		u32 got = te4xx_defects(&status[i].line, status[i].frs0, status[i].frs1);

		if (got != status[i].defects)
			fail_msg("row %u: %#x", i, got);
	}
}

/* --- causes: 0x6a (ISR2) and the status that they begin ------------------------------------------------ */

TEST(onset_causes)
{
	static const u8 begins[8] = {
		0x10 /* RA */, 0 /* RAR */, 0x80 /* LOS */, 0x40 /* AIS */, 0, 0 /* MFAR */, 0x20 /* LFA */,
		0 /* FAR */
	};
	unsigned int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(te4xx_onsets((u8)(1 << i)), begins[i]);
	assert_int_equal(te4xx_onsets(0xff), 0xf0);
	assert_int_equal(te4xx_onsets(0), 0);
}

/* --- causes: 0x6b (ISR3), 0x6c (ISR4) ------------------------------------------------------------- */

/* RSN, XSP: more came than could go; RSP, XSN: less. */
static const struct {
	u8 isr3, isr4;
	unsigned int repeated, deleted;
} slips[] = {
	{ 0x00, 0x00, 0, 0 }, { 0x01, 0x00, 1, 0 }, { 0x02, 0x00, 0, 1 }, { 0x00, 0x40, 1, 0 },
	{ 0x00, 0x80, 0, 1 }, { 0x03, 0xc0, 2, 2 }, { 0xfc, 0x3f, 0, 0 },
};

TEST(slip_causes)
{
	unsigned int i, repeated, deleted;

	for (i = 0; i < ARRAY_SIZE(slips); i++) {
		te4xx_slips(slips[i].isr3, slips[i].isr4, &repeated, &deleted);
		assert_int_equal(repeated, slips[i].repeated);
		assert_int_equal(deleted, slips[i].deleted);
	}
}

TEST(lamps)
{
	assert_int_equal(te4xx_led(false, 0), 0);
	assert_int_equal(te4xx_led(false, TDM_ALARM_LOS), 0);
	assert_int_equal(te4xx_led(true, TDM_ALARM_LOS), 1);
	assert_int_equal(te4xx_led(true, TDM_ALARM_LMFA | TDM_ALARM_RAI), 1);
	assert_int_equal(te4xx_led(true, 0), 2);
	assert_int_equal(te4xx_led(true, TDM_ALARM_RAI), 3);
}

/* --- signalling: 0x70 (XS1, RS1) and what follows -------------------------------------------------- */

static const struct {
	struct te4xx_line line;
	unsigned int slot;
	u8 reg, bits;		/* from 0x70; those of the slot in it */
} places[] = {
	{ { E1_CRC4 }, 1, 1, 0xf0 }, { { E1_CRC4 }, 15, 15, 0xf0 },
	{ { E1_CRC4 }, 17, 1, 0x0f }, { { E1_CRC4 }, 31, 15, 0x0f },
	{ { T1_ESF }, 1, 0, 0xf0 }, { { T1_ESF }, 2, 0, 0x0f },
	{ { T1_ESF }, 23, 11, 0xf0 }, { { T1_ESF }, 24, 11, 0x0f },
	{ { T1_D4 }, 1, 0, 0xc0 }, { { T1_D4 }, 2, 0, 0x30 }, { { T1_D4 }, 3, 0, 0x0c },
	{ { T1_D4 }, 4, 0, 0x03 }, { { T1_D4 }, 24, 5, 0x03 },
};

static unsigned int low_bit(u8 bits)
{
	return (unsigned int)__builtin_ctz(bits);
}

TEST(signalling_bits_lie_where_the_chip_has_them)
{
	struct te4xx_cas_place at;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		const struct te4xx_line *l = &places[i].line;
		u8 bits = places[i].bits, xs[16] = { 0 };
		bool two = l->framing == TDM_FRAMING_D4;

		assert_true(te4xx_cas_place(l, places[i].slot, &at));
		memset(xs, 0xff, sizeof(xs));
		te4xx_cas_put(l, &at, places[i].slot, xs, 0x4);
		for (k = 0; k < 16; k++)
			assert_int_equal(xs[k] | bits, 0xff);
		assert_int_equal((xs[places[i].reg] & bits) >> low_bit(bits), two ? 1 : 4);
		assert_int_equal(te4xx_cas_get(&at, xs), 0x4);
		te4xx_cas_put(l, &at, places[i].slot, xs, 0xf);
		assert_int_equal(te4xx_cas_get(&at, xs), two ? 0xc : 0xf);
	}
}

TEST(signalling_that_is_not_there)
{
	static const struct te4xx_line e1 = { E1_CRC4 }, esf = { T1_ESF }, d4 = { T1_D4 };
	struct te4xx_cas_place at;
	u8 xs[16] = { 0 };

	assert_false(te4xx_cas_place(&e1, 0, &at));
	assert_false(te4xx_cas_place(&e1, 16, &at));
	assert_false(te4xx_cas_place(&e1, 32, &at));
	assert_false(te4xx_cas_place(&esf, 0, &at));
	assert_false(te4xx_cas_place(&esf, 25, &at));
	assert_int_equal(te4xx_cas_registers(&e1), 16);
	assert_int_equal(te4xx_cas_registers(&esf), 12);
	assert_int_equal(te4xx_cas_registers(&d4), 6);
	/* 0000 in slots 1 to 15 would look like the multiframe's alignment. */
	assert_true(te4xx_cas_place(&e1, 15, &at));
	te4xx_cas_put(&e1, &at, 15, xs, 0);
	assert_int_equal(te4xx_cas_get(&at, xs), 1);
	assert_true(te4xx_cas_place(&e1, 17, &at));
	te4xx_cas_put(&e1, &at, 17, xs, 0);
	assert_int_equal(te4xx_cas_get(&at, xs), 0);
}

/* --- what is written for a line --------------------------------------------------------------------- */

/* The last value written to a register, -1 for none. */
static int value_of(const struct te4xx_program *p, u8 reg)
{
	unsigned int i;
	int value = -1;

	for (i = 0; i < p->n; i++)
		if (p->reg[i].reg == reg)
			value = p->reg[i].value;
	return value;
}

#define END	{ 0, 0, 0 }

/* Bits of registers that a line type, a framing, a code asks for; pulse shapes are profiles' and not here. */
static const struct {
	struct te4xx_line line;
	struct { u8 reg, mask, value; } want[10];
} lines[] = {
	/* FMR1: T1 or E1, CRC-4 sent, counters latched; FMR2: CRC-4 looked for; FMR0: codes. */
	{ { E1_CRC4, CCS }, { { 0x1d, 0x1c, 0x0c }, { 0x1e, 0xc6, 0xc0 }, { 0x1c, 0xf0, 0xf0 },
			      { 0x20, 0x20, 0x00 }, { 0x21, 0x40, 0x00 }, { 0x36, 0x02, 0x00 },
			      { 0x37, 0x02, 0x00 }, END } },
	{ { E1_FAS, CCS }, { { 0x1d, 0x1c, 0x04 }, { 0x1e, 0xc6, 0x00 }, END } },
	{ { E1_CRC4, CAS }, { { 0x21, 0x40, 0x40 }, { 0x14, 0x08, 0x00 }, { 0x17, 0x38, 0x00 }, END } },
	{ { E1_CRC4, CCS, .rai = true }, { { 0x20, 0x3f, 0x3f }, END } },
	{ { .type = TDM_TYPE_E1, .framing = TDM_FRAMING_FAS, .line_code = TDM_CODE_AMI, CCS },
	  { { 0x1c, 0xf0, 0xa0 }, END } },
	{ { .type = TDM_TYPE_E1, .framing = TDM_FRAMING_FAS, .line_code = TDM_CODE_AMI, CCS,
	    .v31 = true }, { { 0x1c, 0xf0, 0xb0 }, { 0x86, 0xff, 0x40 }, END } },
	{ { .type = TDM_TYPE_E1, .framing = TDM_FRAMING_FAS, .line_code = TDM_CODE_AMI, CCS,
	    .octal = true }, { { 0x1c, 0xf0, 0xb0 }, { 0x1d, 0x02, 0x02 }, END } },
	/* FMR4: framing; FMR5: robbed bits by register; CCB: none robbed, or all. */
	{ { T1_ESF, CCS }, { { 0x1d, 0x1c, 0x1c }, { 0x1c, 0xf0, 0xf0 }, { 0x20, 0x23, 0x02 },
			     { 0x2f, 0xff, 0xff }, { 0x30, 0xff, 0xff }, { 0x31, 0xff, 0xff },
			     { 0x14, 0x08, 0x08 }, END } },
	{ { T1_D4, CCS }, { { 0x20, 0x23, 0x00 }, END } },
	{ { T1_D4, CCS, .rai = true }, { { 0x20, 0x23, 0x20 }, END } },
	{ { T1_ESF, CCS, .rai = true }, { { 0x20, 0x23, 0x22 }, END } },
	{ { T1_ESF, CAS }, { { 0x21, 0x40, 0x40 }, { 0x2f, 0xff, 0x00 }, { 0x30, 0xff, 0x00 },
			     { 0x31, 0xff, 0x00 }, { 0x14, 0x08, 0x00 }, END } },
	{ { .type = TDM_TYPE_T1, .framing = TDM_FRAMING_D4, .line_code = TDM_CODE_AMI, CCS },
	  { { 0x1c, 0xc0, 0x80 }, END } },
	/* LIM2: -7.5, -15, -22.5 dB; the five DSX-1 steps have none. */
	{ { T1_ESF, CCS, .lbo = 0 }, { { 0x3a, 0xc0, 0x00 }, END } },
	{ { T1_ESF, CCS, .lbo = 4 }, { { 0x3a, 0xc0, 0x00 }, END } },
	{ { T1_ESF, CCS, .lbo = 5 }, { { 0x3a, 0xc0, 0x40 }, END } },
	{ { T1_ESF, CCS, .lbo = 6 }, { { 0x3a, 0xc0, 0x80 }, END } },
	{ { T1_ESF, CCS, .lbo = 7 }, { { 0x3a, 0xc0, 0xc0 }, END } },
	/* LIM0, LIM1, FMR2: loops, one at a time. */
	{ { E1_CRC4, CCS, .loopback = TDM_LOOP_LOCAL },
	  { { 0x36, 0x02, 0x02 }, { 0x37, 0x02, 0x00 }, { 0x1e, 0x04, 0x00 }, END } },
	{ { E1_CRC4, CCS, .loopback = TDM_LOOP_LINE },
	  { { 0x36, 0x02, 0x00 }, { 0x37, 0x02, 0x02 }, { 0x1e, 0x04, 0x00 }, END } },
	{ { T1_ESF, CCS, .loopback = TDM_LOOP_PAYLOAD },
	  { { 0x36, 0x02, 0x00 }, { 0x37, 0x02, 0x00 }, { 0x1e, 0x04, 0x04 }, END } },
	/* IMR2: every alarm; IMR3: the second and slips; IMR4: slips. */
	{ { J1_ESF, CCS }, { { 0x16, 0xff, 0x00 }, { 0x17, 0x43, 0x00 }, { 0x18, 0xc0, 0x00 }, END } },
	{ { E1_FAS, CCS }, { { 0x16, 0xff, 0x00 }, { 0x17, 0x43, 0x00 }, { 0x18, 0xc0, 0x00 }, END } },
};

/* With the built-in profile of its type and build-out. */
static void program(struct te4xx_program *p, struct te4xx_line line)
{
	assert_true(te4xx_profile_copy(te4xx_profile_default, line.type, line.lbo, &line.interface));
	te4xx_program_line(p, &line);
}

TEST(programs_of_lines)
{
	struct te4xx_program p;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		program(&p, lines[i].line);
		assert_in_range(p.n, 1, TE4XX_PROGRAM_MAX);
		for (k = 0; lines[i].want[k].mask; k++) {
			int got = value_of(&p, lines[i].want[k].reg);

			if (got < 0 || (got & lines[i].want[k].mask) != lines[i].want[k].value)
				fail_msg("row %u, register %#x: %#x", i, lines[i].want[k].reg, got);
		}
	}
}

/* Alarms must not be told before the line is as it shall be. */
TEST(causes_come_last)
{
	struct te4xx_program p;
	unsigned int i, k, first;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		program(&p, lines[i].line);
		for (first = 0; p.reg[first].reg < 0x14 || p.reg[first].reg > 0x18; first++)
			;
		for (k = first; k < p.n; k++)
			assert_in_range(p.reg[k].reg, 0x14, 0x18);
	}
}

TEST(programs_of_the_bus)
{
	struct te4xx_line l = { E1_CRC4, .unit = 3, .v31 = true };
	struct te4xx_program p;

	/* SIC1: 8 MHz; SIC2: phase of the port; offsets of a card that has an E1 port. */
	te4xx_program_bus(&p, &l);
	assert_int_equal(value_of(&p, 0x3e), 0xc2);
	assert_int_equal(value_of(&p, 0x3f), 0x26);
	assert_int_equal(value_of(&p, 0x22), 0x00);
	assert_int_equal(value_of(&p, 0x23), 0x04);
	assert_int_equal(value_of(&p, 0x24), 0x04);
	assert_int_equal(value_of(&p, 0x25), 0x04);
	assert_int_equal(value_of(&p, 0x81), 0xbb);
	l.v31 = false;
	te4xx_program_bus(&p, &l);
	assert_int_equal(value_of(&p, 0x81), 0x22);
	/* 16 MHz; bit 7 of RC0 is J1. */
	l.octal = true;
	l.unit = 7;
	l.type = TDM_TYPE_J1;
	te4xx_program_bus(&p, &l);
	assert_int_equal(value_of(&p, 0x3e), 0xca);
	assert_int_equal(value_of(&p, 0x3f), 0x2e);
	assert_int_equal(value_of(&p, 0x40), 0x14);
	assert_int_equal(value_of(&p, 0x24), 0x80);
	assert_int_equal(value_of(&p, 0x41), 0x05);
}

TEST(programs_of_the_chip_and_its_clock)
{
	struct te4xx_program p;

	te4xx_program_chip(&p, false);
	assert_int_equal(value_of(&p, 0x85), 0xe0);
	assert_int_equal(value_of(&p, 0x08), 0x01);
	assert_int_equal(value_of(&p, 0x96), 0x00);
	te4xx_program_chip(&p, true);
	assert_int_equal(value_of(&p, 0x96), 0x01);
	assert_int_equal(value_of(&p, 0x8a), 0x00);
	te4xx_program_clock(&p, 2, false);
	assert_int_equal(value_of(&p, 0x44), 0xb8);
	assert_int_equal(value_of(&p, 0x42), -1);
	te4xx_program_clock(&p, 5, true);
	assert_int_equal(value_of(&p, 0x44), 0x38);
	assert_int_equal(value_of(&p, 0x42), 0xa0);
	te4xx_program_quiet(&p);
	assert_int_equal(p.n, 5);
	assert_int_equal(value_of(&p, 0x16), 0xff);
}

/* --- the ring: counter modulo 128 ---------------------------------------------------------------- */

TEST(ring_positions)
{
	struct te4xx_ring r = { .blocks = 64, .lead = 16, .most = 15, .done = 126, .offset = 3 };
	struct te4xx_due due;

	te4xx_ring_advance(&r, 126, true, &due);
	assert_int_equal(due.blocks, 0);
	te4xx_ring_advance(&r, 1, true, &due);
	assert_int_equal(due.blocks, 3);
	assert_int_equal(due.lost, 0);
	assert_int_equal(due.first, 126);
	assert_int_equal(te4xx_ring_rx(&r, 126), (126 + 3) % 64);
	assert_int_equal(te4xx_ring_tx(&r, 126), (126 + 16 + 3) % 64);
	/* As late as may be, and later: what is older than the lead is gone. */
	te4xx_ring_advance(&r, 16, true, &due);
	assert_int_equal(due.blocks, 15);
	assert_int_equal(due.lost, 0);
	te4xx_ring_advance(&r, 36, true, &due);
	assert_int_equal(due.blocks, 15);
	assert_int_equal(due.lost, 5);
	assert_int_equal(due.first, 128 + 16 + 5);
	te4xx_ring_advance(&r, 35, true, &due);
	assert_int_equal(due.lost + due.blocks, 127);
	/* Without a counter an interrupt is a block. */
	r = (struct te4xx_ring){ .blocks = 1, .lead = 1, .most = 1 };
	te4xx_ring_advance(&r, 77, false, &due);
	assert_int_equal(due.blocks, 1);
	assert_int_equal(te4xx_ring_rx(&r, due.first), 0);
	assert_int_equal(te4xx_ring_tx(&r, due.first), 0);
}

TEST_SUITE_BEGIN(registers)
	TEST_CASE(status_registers),
	TEST_CASE(onset_causes),
	TEST_CASE(slip_causes),
	TEST_CASE(lamps),
	TEST_CASE(signalling_bits_lie_where_the_chip_has_them),
	TEST_CASE(signalling_that_is_not_there),
	TEST_CASE(programs_of_lines),
	TEST_CASE(causes_come_last),
	TEST_CASE(programs_of_the_bus),
	TEST_CASE(programs_of_the_chip_and_its_clock),
	TEST_CASE(ring_positions),
TEST_SUITE_END

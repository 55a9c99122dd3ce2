// SPDX-License-Identifier: GPL-2.0-or-later
/* What a unit's registers make of its line, in words: so a test sees what a driver asked for. */
#include "framer.h"

#define FMR1_XFS	BIT(3)
#define FMR2_PLB	BIT(2)
#define LIM0_LL		BIT(1)
#define LIM1_RL		BIT(1)
#define XSP_CASEN	BIT(6)
#define RC0_J1		BIT(7)
#define FR_RC0		0x24
#define FR_LIM2		0x3a
#define CHANNELS	24u

static const char *framing(const struct framer *f)
{
	u8 receive = f->reg[FR_FMR2] >> 6;
	bool transmit = f->reg[FR_FMR1] & FMR1_XFS;

	if (framer_is_t1(f)) {
		static const char *const fm[] = { "d4", "f4", "esf", "f72" };

		return fm[f->reg[FR_XSW] & 3];
	}
	if (receive == 3 && transmit)
		return "crc4";
	return receive == 0 && !transmit ? "fas" : "mixed";
}

/* FMR0 has a code each way; the one received may be tolerant of zero codes where AMI is sent. */
static const char *line_code(const struct framer *f)
{
	switch (f->reg[FR_FMR0] >> 6) {
	case 2:
		return "ami";
	case 3:
		return framer_is_t1(f) ? "b8zs" : "hdb3";
	default:
		return "other";
	}
}

static const char *loop(const struct framer *f)
{
	bool local = f->reg[FR_LIM0] & LIM0_LL, line = f->reg[FR_LIM1] & LIM1_RL;
	bool payload = f->reg[FR_FMR2] & FMR2_PLB;

	if (local + line + payload > 1)
		return "several";
	return local ? "local" : line ? "line" : payload ? "payload" : "none";
}

static unsigned int channels_with_bits(const struct framer *f)
{
	unsigned int chan, n = 0;

	if (!framer_is_t1(f))
		return f->reg[FR_XSP] & XSP_CASEN ? 30 : 0;
	for (chan = 0; chan < CHANNELS; chan++)
		n += !(f->reg[FR_CCB1 + chan / 8] & (0x80 >> chan % 8));
	return n;
}

void framer_describe(const struct framer *f, FILE *to)
{
	bool t1 = framer_is_t1(f);
	static const char *const lbo[] = { "0", "7.5", "15", "22.5" };

	fprintf(to, "type %s framing %s code %s lbo %s loop %s cas %u\n",
		!t1 ? "e1" : f->reg[FR_RC0] & RC0_J1 ? "j1" : "t1", framing(f), line_code(f),
		t1 ? lbo[f->reg[FR_LIM2] >> 6] : "0", loop(f), channels_with_bits(f));
}

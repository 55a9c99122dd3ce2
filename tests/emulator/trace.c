// SPDX-License-Identifier: GPL-2.0-or-later
/* Register traffic in words, a line each; the local bus is shown as the framer accesses it makes. */
#include "card.h"

static const char *const registers[CARD_REGS] = {
	"RDADDR", "WRADDR", "COUNT", "DMACTRL", "INTR", "RING", "VERSION", "LEDS", "GPIOCTL", "GPIO",
	"LADDR", "LDATA", "LEDS2", "ESPI",
};

/* Names that both directions share; read and write names where they differ. */
static const struct {
	u8 reg;
	const char *read, *write;
} names[] = {
	{ 0x00, "RFIFO", "XFIFO" }, { 0x02, "CMDR", "CMDR" }, { 0x03, "MODE", "MODE" },
	{ 0x08, "IPC", "IPC" }, { 0x09, "CCR1", "CCR1" }, { 0x0a, "CCR2", "CCR2" },
	{ 0x0c, "RTR1", "RTR1" }, { 0x0d, "RTR2", "RTR2" }, { 0x0e, "RTR3", "RTR3" },
	{ 0x0f, "RTR4", "RTR4" }, { 0x10, "TTR1", "TTR1" }, { 0x11, "TTR2", "TTR2" },
	{ 0x12, "TTR3", "TTR3" }, { 0x13, "TTR4", "TTR4" }, { 0x14, "IMR0", "IMR0" },
	{ 0x15, "IMR1", "IMR1" }, { 0x16, "IMR2", "IMR2" }, { 0x17, "IMR3", "IMR3" },
	{ 0x18, "IMR4", "IMR4" }, { 0x1b, "IERR", "IERR" }, { 0x1c, "FMR0", "FMR0" },
	{ 0x1d, "FMR1", "FMR1" }, { 0x1e, "FMR2", "FMR2" }, { 0x20, "XSW/FMR4", "XSW/FMR4" },
	{ 0x21, "XSP/FMR5", "XSP/FMR5" }, { 0x36, "LIM0", "LIM0" }, { 0x37, "LIM1", "LIM1" },
	{ 0x38, "PCD", "PCD" }, { 0x39, "PCR", "PCR" }, { 0x3a, "LIM2", "LIM2" },
	{ 0x44, "CMR1", "CMR1" }, { 0x4a, "VSTR", "4A" }, { 0x4c, "FRS0", "4C" },
	{ 0x4d, "FRS1", "4D" }, { 0x50, "FECL", "50" }, { 0x52, "CVCL", "52" },
	{ 0x54, "CEC1L", "54" }, { 0x56, "EBCL", "56" }, { 0x64, "SIS", "64" },
	{ 0x65, "RSIS", "65" }, { 0x66, "RBCL", "66" }, { 0x67, "RBCH", "67" },
	{ 0x68, "ISR0", "68" }, { 0x69, "ISR1", "69" }, { 0x6a, "ISR2", "6A" },
	{ 0x6b, "ISR3", "6B" }, { 0x6c, "ISR4", "6C" }, { 0x6e, "GIS", "6E" }, { 0x6f, "CIS", "6F" },
	{ 0xd6, "COMPAT", "COMPAT" },
};

void trace_register(struct card *c, bool write, u32 reg, u32 value)
{
	if (!c->trace || reg == R_LADDR || reg == R_LDATA)
		return;
	/* Read after each write to flush it, with no meaning of its own. */
	if (!write && reg == R_VERSION)
		return;
	fprintf(c->trace, "%8llu  %-7s %s %08x\n", (unsigned long long)c->stats.ticks, registers[reg],
		write ? "<-" : "->", value);
}

void trace_framer(struct card *c, bool write, unsigned int unit, u8 reg, u8 value)
{
	const char *name = "";
	unsigned int i;

	if (!c->trace)
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].reg == reg)
			name = write ? names[i].write : names[i].read;
	if (reg >= FR_XS1 && reg < FR_XS1 + 16)
		name = write ? "XS" : "RS";
	fprintf(c->trace, "%8llu  framer %u %02x %-8s %s %02x\n", (unsigned long long)c->stats.ticks,
		unit, reg, name, write ? "<-" : "->", value);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register programs of the framer, all of them tables of (register, value). What pulses and receiver are told depends
 * on the line and is the profile's (firmware/); the rest is here.
 */
#include "logic.h"
#include "te4xx_regs.h"
#include <opentdm_netlink.h>

#define FMR1_XFS	0x08	/* E1: CRC-4 is sent */
#define FMR1_SSD0	0x02	/* bus of the OctalFALC */
#define FMR2_RFS	0xc0	/* E1: CRC-4 with interworking is looked for */
#define FMR0_AMI	0xa0
#define FMR0_AMI_31	0xb0
#define FMR0_ZEROS	0xf0	/* HDB3, B8ZS */
#define FMR4_D4		0x0c
#define FMR4_ESF	0x0e
#define XSP_CASEN	0x40
#define RC0_J1		0x80
#define IMR0_CASC	0xf7
#define IMR3_E1_CAS	0x84	/* SEC, slips, and the three alarms of slot 16 */
#define SIC2_PHASE	1

#define TABLE(p, t)	put_all(p, t, sizeof(t) / sizeof((t)[0]))

static void put(struct te4xx_program *p, u8 reg, u8 value)
{
	p->reg[p->n].reg = reg;
	p->reg[p->n].value = value;
	p->n++;
}

static void put_all(struct te4xx_program *p, const struct te4xx_reg *from, unsigned int n)
{
	while (n--) {
		put(p, from->reg, from->value);
		from++;
	}
}

/* GPC1: one multiplexed system bus; IPC: interrupt pin active low; GCM1-8: master clock. */
static const struct te4xx_reg chip[] = {
	{ 0x85, 0xe0 }, { 0x08, 0x01 },
	{ 0x92, 0x00 }, { 0x93, 0x18 }, { 0x94, 0xfb }, { 0x95, 0x0b }, { 0x96, 0x00 },
	{ 0x97, 0x0b }, { 0x98, 0xdb }, { 0x99, 0xdf },
};

static const struct te4xx_reg chip_octal[] = { { 0x8a, 0x00 }, { 0x96, 0x01 } };

/*
 * GCR, SIC1, SIC3, CMR2, XC0, XC1, RC1, PC1. The offsets are those of a card with an E1 port, so that a slot's place in
 * memory does not depend on what the other ports are.
 */
static const struct te4xx_reg bus_quad[] = {
	{ 0x46, 0x00 }, { 0x3e, 0xc2 }, { 0x40, 0x04 }, { 0x45, 0x00 },
	{ 0x22, 0x00 }, { 0x23, 0x04 }, { 0x25, 0x04 }, { 0x80, 0x00 },
};

static const struct te4xx_reg bus_octal[] = {
	{ 0x46, 0x00 }, { 0x3e, 0xca }, { 0x40, 0x14 }, { 0x45, 0x00 }, { 0x41, 0x05 },
	{ 0x22, 0x00 }, { 0x23, 0x04 }, { 0x25, 0x04 }, { 0x80, 0x00 },
};

/* PC2-PC5, multi-function ports */
static const struct te4xx_reg pins_v31[] = {
	{ 0x81, 0xbb }, { 0x82, 0xbb }, { 0x83, 0xbb }, { 0x84, 0x01 },
};

static const struct te4xx_reg pins_old[] = {
	{ 0x81, 0x22 }, { 0x82, 0x65 }, { 0x83, 0x35 }, { 0x84, 0x01 },
};

static const struct te4xx_reg pins_octal[] = {
	{ 0x81, 0xbb }, { 0x82, 0xf5 }, { 0x83, 0x35 }, { 0x84, 0x01 },
};

/* Receiver and transmitter are reset once the framing is as it shall be, before pulses and equaliser. */
static const struct te4xx_reg reset[] = { { FR_CMDR, 0x50 }, { FR_CMDR, 0x00 } };

/* XSA7, XSA8, FMR3 */
static const struct te4xx_reg e1_spare[] = { { 0x2f, 0x00 }, { 0x30, 0x00 }, { 0x31, 0x00 } };

/* CCB1-3: with robbed bits in every channel, or in none */
static const struct te4xx_reg t1_robbed[] = { { 0x2f, 0x00 }, { 0x30, 0x00 }, { 0x31, 0x00 } };
static const struct te4xx_reg t1_clear[] = { { 0x2f, 0xff }, { 0x30, 0xff }, { 0x31, 0xff } };

/* IMR0-4: alarms, the second, slips; HDLC is the core's */
static const struct te4xx_reg causes[] = {
	{ 0x14, 0xff }, { 0x15, 0xff }, { 0x16, 0x00 }, { 0x17, 0xbc }, { 0x18, 0x3f },
};

static const struct te4xx_reg quiet[] = {
	{ 0x14, 0xff }, { 0x15, 0xff }, { 0x16, 0xff }, { 0x17, 0xff }, { 0x18, 0xff },
};

void te4xx_program_chip(struct te4xx_program *p, bool octal)
{
	p->n = 0;
	TABLE(p, chip);
	if (octal)
		TABLE(p, chip_octal);
}

void te4xx_program_bus(struct te4xx_program *p, const struct te4xx_line *l)
{
	p->n = 0;
	if (l->octal)
		TABLE(p, bus_octal);
	else
		TABLE(p, bus_quad);
	put(p, 0x3f, 0x20 | l->unit << SIC2_PHASE);
	put(p, 0x24, (l->octal ? 0x00 : 0x04) | (l->type == TDM_TYPE_J1 ? RC0_J1 : 0));
	if (l->octal)
		TABLE(p, pins_octal);
	else if (l->v31)
		TABLE(p, pins_v31);
	else
		TABLE(p, pins_old);
}

static u8 fmr0(const struct te4xx_line *l)
{
	if (l->line_code != TDM_CODE_AMI)
		return FMR0_ZEROS;
	return l->v31 || l->octal ? FMR0_AMI_31 : FMR0_AMI;
}

static u8 fmr2(const struct te4xx_line *l)
{
	u8 value = 0x20;	/* T1: SSP */

	/* ALMF; RAI is the core's to send, so not AXRA. */
	if (l->type == TDM_TYPE_E1)
		value = 0x01 | (l->framing == TDM_FRAMING_CRC4 ? FMR2_RFS : 0);
	return value | (l->loopback == TDM_LOOP_PAYLOAD ? FR_FMR2_PLB : 0);
}

u8 te4xx_xsw(const struct te4xx_line *l)
{
	u8 value = 0x9f;

	if (l->type != TDM_TYPE_E1)
		value = l->framing == TDM_FRAMING_ESF ? FMR4_ESF : FMR4_D4;
	return value | (l->rai ? FR_XSW_XRA : 0);
}

/* LIM0 and LIM1 belong to the profile but for the loops in them. */
static u8 with_loop(const struct te4xx_line *l, u8 reg, u8 value)
{
	if (reg == FR_LIM1 && l->loopback == TDM_LOOP_LINE)
		return value | FR_LIM1_RL;
	if (reg == FR_LIM0 && l->loopback == TDM_LOOP_LOCAL)
		return value | FR_LIM0_LL;
	return value;
}

static bool applies(const struct te4xx_line *l, const struct te4xx_write *w)
{
	return w->when == TE4XX_WHEN_ALWAYS || l->v31;
}

static void put_interface(struct te4xx_program *p, const struct te4xx_line *l)
{
	unsigned int i;

	for (i = 0; i < l->interface.count; i++) {
		const struct te4xx_write *w = &l->interface.write[i];

		if (applies(l, w))
			put(p, w->reg, with_loop(l, w->reg, w->value));
	}
}

void te4xx_program_interface(struct te4xx_program *p, const struct te4xx_line *l)
{
	p->n = 0;
	put_interface(p, l);
}

/* What the profile leaves in a register; 0, as after a reset, if it does not write to it. */
static u8 left_in(const struct te4xx_line *l, u8 reg)
{
	u8 value = 0;
	unsigned int i;

	for (i = 0; i < l->interface.count; i++) {
		const struct te4xx_write *w = &l->interface.write[i];

		if (w->reg == reg && applies(l, w))
			value = w->value;
	}
	return value;
}

void te4xx_program_loop(struct te4xx_program *p, const struct te4xx_line *l)
{
	p->n = 0;
	put(p, FR_FMR2, fmr2(l));
	put(p, FR_LIM1, with_loop(l, FR_LIM1, left_in(l, FR_LIM1)));
	put(p, FR_LIM0, with_loop(l, FR_LIM0, left_in(l, FR_LIM0)));
}

static void put_t1(struct te4xx_program *p, const struct te4xx_line *l)
{
	put(p, FR_FMR1, 0x9c | (l->octal ? FMR1_SSD0 : 0));
	put(p, FR_FMR0, fmr0(l));
	put(p, FR_XSW, te4xx_xsw(l));
	put(p, FR_XSP, 0x40);
	TABLE(p, reset);
	put_interface(p, l);
	if (l->signalling == TDM_SIGNALLING_CAS)
		TABLE(p, t1_robbed);
	else
		TABLE(p, t1_clear);
}

static void put_e1(struct te4xx_program *p, const struct te4xx_line *l)
{
	bool crc4 = l->framing == TDM_FRAMING_CRC4;

	put(p, FR_FMR1, 0x44 | (crc4 ? FMR1_XFS : 0) | (l->octal ? FMR1_SSD0 : 0));
	put(p, FR_FMR0, fmr0(l));
	TABLE(p, reset);
	put_interface(p, l);
	put(p, FR_XSW, te4xx_xsw(l));
	put(p, FR_XSP, 0x1c | (l->signalling == TDM_SIGNALLING_CAS ? XSP_CASEN : 0));
	TABLE(p, e1_spare);
}

void te4xx_program_line(struct te4xx_program *p, const struct te4xx_line *l)
{
	bool cas = l->signalling == TDM_SIGNALLING_CAS;

	te4xx_program_loop(p, l);
	if (l->type == TDM_TYPE_E1)
		put_e1(p, l);
	else
		put_t1(p, l);
	TABLE(p, causes);
	if (cas)
		put(p, FR_IMR0, IMR0_CASC);
	if (cas && l->type == TDM_TYPE_E1)
		put(p, FR_IMR3, IMR3_E1_CAS);
}

void te4xx_program_quiet(struct te4xx_program *p)
{
	p->n = 0;
	TABLE(p, quiet);
}

void te4xx_program_clock(struct te4xx_program *p, unsigned int unit, bool octal)
{
	p->n = 0;
	put(p, FR_CMR1, octal ? 0x38 : 0x38 + (unit << 6));
	if (octal)
		put(p, FR_CMR1_EIGHT, unit << 5);
}

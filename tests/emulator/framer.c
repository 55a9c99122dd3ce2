// SPDX-License-Identifier: GPL-2.0-or-later
/* A unit of the framer chip: registers, status, causes, counters. framer.h has the picture. */
#include "framer.h"

#define FMR1_PMOD	BIT(4)	/* T1 */
#define FMR1_XFS	BIT(3)	/* E1: CRC-4 is sent */
#define FMR1_XAIS	BIT(0)
#define FMR2_RFS	0xc0	/* E1: receive framing; not 0: CRC-4 */
#define FMR2_PLB	BIT(2)
#define FMR2_AXRA	BIT(1)	/* E1 */
#define XSW_XRA		BIT(5)
#define FMR5_XLD	BIT(5)	/* T1 */
#define FMR5_XLU	BIT(4)
#define LIM0_LL		BIT(1)
#define LIM1_RL		BIT(1)
#define FRS1_LLBDD	BIT(4)	/* T1 */
#define FRS1_LLBAD	BIT(3)
#define SIS_XFW		BIT(6)
#define COMPAT_OFF	BIT(5)
#define VERSION_31	0x20
#define SECOND_MS	1000

enum { COUNT_FAS, COUNT_CODE, COUNT_CRC, COUNT_EBIT, COUNT_CEC2, COUNT_CEC3 };

static const struct tdm_elastic_config slip_config = {
	.slots = LINE_SLOTS, .depth = TDM_ELASTIC_DEPTH, .low = TDM_ELASTIC_LOW,
	.high = TDM_ELASTIC_HIGH, .start = TDM_ELASTIC_MIDDLE, .spread_pulls = 1,
};

bool framer_is_t1(const struct framer *f)
{
	return f->reg[FR_FMR1] & FMR1_PMOD;
}

void framer_init(struct framer *f, struct line *line, bool octal)
{
	memset(f, 0, sizeof(*f));
	f->line = line;
	f->octal = octal;
	framer_reset(f, false);
}

void framer_reset(struct framer *f, bool active)
{
	unsigned int i;

	f->active = active;
	if (active)
		return;
	memset(f->reg, 0, sizeof(f->reg));
	for (i = 0; i < FRAMER_ISRS; i++)
		f->reg[FR_IMR0 + i] = 0xff;
	memset(f->isr, 0, sizeof(f->isr));
	memset(f->rs, 0, sizeof(f->rs));
	memset(f->counter, 0, sizeof(f->counter));
	memset(f->latched, 0, sizeof(f->latched));
	f->cas_valid = false;
	f->frs0 = 0;
	f->frs1 = 0;
	f->ms = 0;
	hdlc_ctl_init(&f->hdlc);
	tdm_elastic_init(&f->slip, &slip_config, f->slip_mem);
}

void framer_cause(struct framer *f, unsigned int isr, unsigned int bits)
{
	f->isr[isr] |= (u8)(bits & ~f->reg[FR_IMR0 + isr]);
}

bool framer_pending(const struct framer *f)
{
	unsigned int i;

	for (i = 0; i < FRAMER_ISRS; i++)
		if (f->isr[i])
			return true;
	return false;
}

static u8 gis(const struct framer *f)
{
	u8 bits = 0;
	unsigned int i;

	for (i = 0; i < FRAMER_ISRS; i++)
		if (f->isr[i])
			bits |= (u8)BIT(i);
	return bits;
}

u8 framer_read(struct framer *f, u8 reg)
{
	u8 value;

	switch (reg) {
	case FR_FIFO:
		return hdlc_ctl_pop(f);
	case FR_VSTR:
		return f->reg[FR_COMPAT] & COMPAT_OFF ? VERSION_31 : 0;
	case FR_FRS0:
		return f->frs0;
	case FR_FRS1:
		return f->frs1;
	case 0x4e:
	case 0x4f:
		return 0;
	case FR_COUNTERS ... FR_COUNTERS + 11:
		return (u8)(f->latched[(reg - FR_COUNTERS) / 2] >> (reg & 1 ? 8 : 0));
	case FR_SIS:
		return SIS_XFW;
	case FR_RSIS:
		return f->hdlc.part_len ? f->hdlc.part[f->hdlc.part_len - 1] : 0;
	case FR_RBCL:
		return (u8)hdlc_ctl_length(f);
	case FR_RBCH:
		return (u8)(hdlc_ctl_length(f) >> 8 & 0x0f);
	case FR_ISR0 ... FR_ISR0 + FRAMER_ISRS - 1:
		value = f->isr[reg - FR_ISR0];
		f->isr[reg - FR_ISR0] = 0;
		return value;
	case FR_GIS:
		return gis(f);
	case FR_XS1 ... FR_XS1 + 15:
		return f->rs[reg - FR_XS1];
	default:
		return f->reg[reg];
	}
}

void framer_write(struct framer *f, u8 reg, u8 value)
{
	switch (reg) {
	case FR_FIFO:
		hdlc_ctl_push(f, value);
		return;
	case FR_CMDR:
		hdlc_ctl_command(f, value);
		return;
	}
	f->reg[reg] = value;
	/* A cause that is masked afterwards is not shown any more. */
	if (reg >= FR_IMR0 && reg < FR_IMR0 + FRAMER_ISRS)
		f->isr[reg - FR_IMR0] &= (u8)~value;
}

static u8 sent_flags(const struct framer *f)
{
	bool t1 = framer_is_t1(f);
	u8 flags = LINE_SIGNAL | LINE_FRAMED | (t1 ? LINE_T1 : 0);

	if (f->reg[FR_FMR1] & FMR1_XAIS)
		return LINE_SIGNAL | LINE_AIS;
	if (f->reg[FR_XSW] & XSW_XRA)
		flags |= LINE_RAI;
	if (t1) {
		if ((f->reg[FR_XSW] & 3) == 2)
			flags |= LINE_MULTI;
		if (f->reg[FR_XSP] & FMR5_XLU)
			flags |= LINE_LOOP_UP;
		if (f->reg[FR_XSP] & FMR5_XLD)
			flags |= LINE_LOOP_DOWN;
	} else {
		if (f->reg[FR_FMR1] & FMR1_XFS)
			flags |= LINE_MULTI;
		if (f->reg[FR_FMR2] & FMR2_AXRA && f->frs0 & FRS0_LFA)
			flags |= LINE_RAI;
	}
	return flags;
}

void framer_transmit(struct framer *f, u8 slots[LINE_SLOTS][LINE_FRAMES])
{
	struct line_ms ms = { 0 };

	if (f->active) {
		ms.flags = sent_flags(f);
		ms.frame = f->frame;
		ms.sa = f->reg[FR_XSW] & 0x1f;
		ms.ebits = f->ebits_to_send;
		memcpy(ms.slots, f->reg[FR_FMR2] & FMR2_PLB ? f->last_rx.slots : slots,
		       sizeof(ms.slots));
		hdlc_ctl_insert(f, &ms);
		cas_insert(f, &ms);
		if (ms.flags & LINE_AIS)
			memset(ms.slots, 0xff, sizeof(ms.slots));
	}
	f->ebits_to_send = 0;
	f->frame = (u8)((f->frame + LINE_FRAMES) % 48);
	f->last_tx = ms;
	line_send(f->line, f->active && f->reg[FR_LIM1] & LIM1_RL ? &f->last_rx : &ms);
}

static u8 live_status(const struct framer *f, const struct line_ms *ms)
{
	bool t1 = framer_is_t1(f);
	bool framed = ms->flags & LINE_FRAMED && !(ms->flags & LINE_T1) == !t1;
	bool multi = ms->flags & LINE_MULTI;
	u8 frs0 = 0;

	if (!(ms->flags & LINE_SIGNAL))
		return FRS0_LOS | FRS0_LFA | FRS0_LMFA;
	if (ms->flags & LINE_AIS)
		frs0 |= FRS0_AIS;
	/* F12 and F24 have nothing in common that could be aligned to. */
	if (t1 && multi != ((f->reg[FR_XSW] & 3) == 2))
		framed = false;
	if (!framed)
		return frs0 | FRS0_LFA | FRS0_LMFA;
	if (ms->flags & LINE_RAI)
		frs0 |= FRS0_RRA;
	if (!t1 && f->reg[FR_FMR2] & FMR2_RFS && !multi)
		frs0 |= FRS0_NMF | FRS0_LMFA;
	return frs0;
}

static const struct {
	u8 bit;
	unsigned int isr;
	u8 on, off;
} edges[] = {
	{ FRS0_LOS, ISR2_LOS, 0 },
	{ FRS0_AIS, ISR2_AIS, 0 },
	{ FRS0_LFA, ISR2_LFA, BIT(7) },
	{ FRS0_RRA, ISR2_RA, BIT(1) },
};

static void status(struct framer *f, const struct line_ms *ms)
{
	u8 was = f->frs0, now = live_status(f, ms);
	u8 loop = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		if (now & ~was & edges[i].bit)
			framer_cause(f, edges[i].isr, edges[i].on);
		if (was & ~now & edges[i].bit)
			framer_cause(f, edges[i].isr, edges[i].off);
	}
	if (was & ~now & FRS0_LMFA)
		framer_cause(f, ISR2_MFAR);
	if (framer_is_t1(f) && now & ~was & FRS0_LMFA)
		framer_cause(f, ISR2_LMFA);
	f->frs0 = now;
	if (framer_is_t1(f) && !(now & FRS0_LFA)) {
		loop |= ms->flags & LINE_LOOP_UP ? FRS1_LLBAD : 0;
		loop |= ms->flags & LINE_LOOP_DOWN ? FRS1_LLBDD : 0;
		if (loop != (f->frs1 & (FRS1_LLBAD | FRS1_LLBDD)))
			framer_cause(f, ISR3_LLBSC);
	}
	/* Of E1 it is about slot 16: cas.c. */
	if (framer_is_t1(f))
		f->frs1 = loop;
	if (now & (FRS0_LOS | FRS0_AIS | FRS0_LFA))
		f->errored = true;
}

static void count(struct framer *f, unsigned int which, u32 n)
{
	f->counter[which] = (u16)min_t(u32, f->counter[which] + n, 0xffff);
	if (n)
		f->errored = true;
}

static void counters(struct framer *f, const struct line_ms *ms)
{
	if (!(f->frs0 & FRS0_LOS))
		count(f, COUNT_CODE, ms->code);
	if (!(f->frs0 & FRS0_LFA)) {
		count(f, COUNT_FAS, ms->fas);
		count(f, COUNT_CRC, ms->crc);
		if (ms->crc)
			framer_cause(f, ISR0_CRC);
		if (!framer_is_t1(f)) {
			count(f, COUNT_EBIT, ms->ebits);
			f->ebits_to_send = ms->crc;
			f->sa = ms->sa;
		}
	}
}

static void second(struct framer *f)
{
	if (++f->ms < SECOND_MS)
		return;
	f->ms = 0;
	memcpy(f->latched, f->counter, sizeof(f->latched));
	memset(f->counter, 0, sizeof(f->counter));
	framer_cause(f, ISR3_SEC);
	if (f->errored)
		framer_cause(f, ISR3_ES);
	f->errored = false;
}

static void push(struct framer *f, const struct line_ms *ms)
{
	const u8 *rows[LINE_SLOTS];
	unsigned int i;

	for (i = 0; i < LINE_SLOTS; i++)
		rows[i] = ms->slots[i];
	tdm_elastic_push(&f->slip, rows);
}

static void pull(struct framer *f, u8 slots[LINE_SLOTS][LINE_FRAMES])
{
	u8 *rows[LINE_SLOTS];
	unsigned int i;

	for (i = 0; i < LINE_SLOTS; i++)
		rows[i] = slots[i];
	switch (tdm_elastic_pull(&f->slip, rows, 0xff)) {
	case TDM_ELASTIC_REPEATED:
		framer_cause(f, ISR3_RSP);
		f->slips++;
		break;
	case TDM_ELASTIC_DELETED:
		framer_cause(f, ISR3_RSN);
		f->slips++;
		break;
	default:
		break;
	}
}

static void take(struct framer *f, const struct line_ms *ms)
{
	status(f, ms);
	counters(f, ms);
	if (!(f->frs0 & FRS0_LFA)) {
		cas_extract(f, ms);
		hdlc_ctl_extract(f, ms);
	} else {
		f->cas_valid = false;
	}
	push(f, ms);
	f->last_rx = *ms;
}

void framer_receive(struct framer *f, u8 slots[LINE_SLOTS][LINE_FRAMES])
{
	struct line_ms ms;
	bool cable, fresh;

	fresh = line_receive(f->line, &ms);
	if (!f->active) {
		memset(slots, 0xff, LINE_SLOTS * LINE_FRAMES);
		return;
	}
	if (f->reg[FR_LIM0] & LIM0_LL) {
		ms = f->last_tx;
		fresh = true;
	}
	/*
	 * A far end that is merely late (its clock differs) leaves us with what the slip buffer has;
	 * so does one that is early, with two milliseconds at once.
	 */
	cable = f->line->joint == LINE_SOCKET ? f->line->fd >= 0 : f->line->joint != LINE_OPEN;
	if (fresh || !cable)
		take(f, &ms);
	if (f->line->joint == LINE_SOCKET && line_due(f->line) && line_receive(f->line, &ms))
		take(f, &ms);
	second(f);
	pull(f, slots);
}

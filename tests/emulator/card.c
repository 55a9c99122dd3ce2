// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BAR0: 32-bit registers, and the local bus through two of them. A framer access is an edge of a
 * strobe in LADDR together with the framer's chip select:
 *
 *   LADDR:  addr | addr, select, strobe | addr          the access happens at the middle write
 *   LDATA:         value to write before it, value read after it
 */
#include "card.h"

#define LADDR_PORT	8		/* bits 9..8 */
#define LADDR_FRAMER	BIT(10)
#define LADDR_OCTASIC	BIT(11)
#define LADDR_LOW	BIT(14)		/* units 0-3 */
#define LADDR_READ	BIT(15)
#define LADDR_WRITE	BIT(16)
#define LEDS_ACTIVE	BIT(12)
#define LEDS2_AUTH	BIT(20)
#define LEDS2_AUTH_DONE	BIT(12)
/* Below 0xc01a0165 there is no 16-bit path to an echo canceller. */
#define FIRMWARE	0xc01a0164u
#define ESPI_IDLE	0

u32 card_units(const struct card *c)
{
	/* A card with two ports has the chip with four. */
	return c->model->ports == 8 ? 8 : 4;
}

static void reset_units(struct card *c, bool active)
{
	unsigned int i;

	for (i = 0; i < card_units(c); i++)
		framer_reset(&c->units[i], active);
}

void card_init(struct card *c, const struct card_model *model, const struct card_host *host)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->model = model;
	c->host = *host;
	c->grant = LINE_FOR_EVER;
	for (i = 0; i < CARD_UNITS; i++) {
		line_init(&c->lines[i]);
		framer_init(&c->units[i], &c->lines[i], model->ports == 8);
	}
	memset(c->rx, 0xff, sizeof(c->rx));
}

void card_release(struct card *c)
{
	unsigned int i;

	for (i = 0; i < CARD_UNITS; i++)
		line_release(&c->lines[i]);
}

void card_reset(struct card *c)
{
	memset(c->reg, 0, sizeof(c->reg));
	memset(c->tsi, 0, sizeof(c->tsi));
	c->tsi_used = false;
	c->intr = 0;
	c->reported = 0;
	c->authenticated = false;
	reset_units(c, false);
}

bool card_running(const struct card *c)
{
	return (c->reg[R_DMACTRL] & DMACTRL_RUN) == DMACTRL_RUN;
}

static bool framer_level(const struct card *c)
{
	unsigned int i;

	for (i = 0; i < card_units(c); i++)
		if (framer_pending(&c->units[i]))
			return true;
	return false;
}

bool card_waiting(const struct card *c)
{
	return card_running(c) && c->intr & INTR_DMA && !c->hold;
}

bool card_interrupt_level(const struct card *c)
{
	return card_running(c) && !c->hold && (c->intr & INTR_DMA || framer_level(c));
}

static unsigned int bus_unit(const struct card *c, u32 laddr)
{
	unsigned int unit = laddr >> LADDR_PORT & 3;

	return c->model->ports == 8 && !(laddr & LADDR_LOW) ? unit + 4 : unit;
}

static u8 chip_read(struct card *c, unsigned int unit, u8 reg)
{
	unsigned int i;
	u8 bits = 0;

	if (reg != FR_CIS)
		return framer_read(&c->units[unit], reg);
	for (i = 0; i < card_units(c); i++)
		if (framer_pending(&c->units[i]))
			bits |= (u8)BIT(i);
	return bits;
}

static void local_bus(struct card *c, u32 laddr)
{
	u32 edges = laddr & ~c->reg[R_LADDR];
	unsigned int unit = bus_unit(c, laddr);
	bool read, write;

	c->reg[R_LADDR] = laddr;
	if (laddr & LADDR_OCTASIC) {
		/* Nobody there. */
		c->latch = 0xff;
		return;
	}
	read = laddr & LADDR_FRAMER && laddr & LADDR_READ && edges & (LADDR_FRAMER | LADDR_READ);
	write = laddr & LADDR_FRAMER && laddr & LADDR_WRITE && edges & (LADDR_FRAMER | LADDR_WRITE);
	if (read) {
		c->latch = chip_read(c, unit, (u8)laddr);
		c->stats.framer_reads++;
		trace_framer(c, false, unit, (u8)laddr, c->latch);
	}
	if (write) {
		framer_write(&c->units[unit], (u8)laddr, (u8)c->reg[R_LDATA]);
		c->stats.framer_writes++;
		trace_framer(c, true, unit, (u8)laddr, (u8)c->reg[R_LDATA]);
	}
}

static u32 read_intr(struct card *c)
{
	u32 value = c->hold ? 0 : c->intr & INTR_DMA;

	if (!c->hold && framer_level(c))
		value |= INTR_FRAMER;
	c->reported = value;
	if (c->model->gen == 5)
		value |= (c->ident & 0x7f) << 16;
	return value;
}

static u32 register_value(struct card *c, u32 reg)
{
	switch (reg) {
	case R_INTR:
		return read_intr(c);
	case R_RING:
		return c->model->gen == 5 ? (c->index & 0x7f) << 8 : 0;
	case R_VERSION:
		return FIRMWARE;
	case R_LEDS:
		return (u32)c->id << 28 | (u32)(c->jumpers & 0x0f) << 8;
	case R_LEDS2:
		return (u32)(c->jumpers >> 4) << 8 | (c->authenticated ? LEDS2_AUTH_DONE : 0);
	case R_LDATA:
		return c->latch;
	case R_ESPI:
		return ESPI_IDLE;
	default:
		return c->reg[reg];
	}
}

/* xorshift64: what a card answers whose bus is broken. */
static u32 garbage(struct card *c)
{
	c->seed ^= c->seed << 13;
	c->seed ^= c->seed >> 7;
	c->seed ^= c->seed << 17;
	return (u32)(c->seed >> 16);
}

/* A card that is pulled out of its slot is so between two accesses as well as in one. */
static void count_down(struct card *c)
{
	if (c->die_in && !--c->die_in)
		c->host.die(c->host.ctx);
}

u32 card_read(struct card *c, u32 offset, u32 len)
{
	u32 reg = offset / 4;
	u32 value = reg < CARD_REGS ? register_value(c, reg) : 0;

	count_down(c);
	c->stats.reg_reads++;
	if (c->hostile && !(c->spares_version && reg == R_VERSION)) {
		value = garbage(c);
		/* What was not shown is not acknowledged either. */
		if (reg == R_INTR)
			c->reported &= value;
	}
	if (reg < CARD_REGS)
		trace_register(c, false, reg, value);
	value >>= 8 * (offset % 4);
	return len < 4 ? value & ((1u << 8 * len) - 1) : value;
}

static void write_dmactrl(struct card *c, u32 value)
{
	bool was = card_running(c);

	c->reg[R_DMACTRL] = value;
	dma_tsi_command(c, value);
	if (card_running(c) && !was)
		dma_start(c);
	if (!card_running(c))
		c->intr &= ~INTR_DMA;
}

void card_write(struct card *c, u32 offset, u32 value, u32 len)
{
	u32 reg = offset / 4;

	count_down(c);
	c->stats.reg_writes++;
	/* Only whole registers are ever written. */
	if (reg >= CARD_REGS || offset % 4 || len != 4)
		return;
	trace_register(c, true, reg, value);
	switch (reg) {
	case R_LADDR:
		local_bus(c, value);
		return;
	case R_DMACTRL:
		write_dmactrl(c, value);
		return;
	case R_INTR:
		/* What came between the driver's look and its answer stays. */
		if (c->intr & c->reported & INTR_DMA)
			c->stats.acks++;
		c->intr &= ~c->reported;
		c->reported = 0;
		if (card_interrupt_level(c))
			c->host.interrupt(c->host.ctx);
		return;
	case R_LEDS:
		if ((value ^ c->reg[R_LEDS]) & LEDS_ACTIVE)
			reset_units(c, value & LEDS_ACTIVE);
		break;
	case R_LEDS2:
		if (value & LEDS2_AUTH)
			c->authenticated = true;
		break;
	}
	c->reg[reg] = value;
}

bool card_may_tick(const struct card *c)
{
	unsigned int i;

	for (i = 0; i < c->model->ports; i++)
		if (!line_may_tick(&c->lines[i]))
			return false;
	return c->grant;
}

int card_clock_unit(const struct card *c)
{
	const struct framer *first = &c->units[0];
	unsigned int unit = c->model->ports == 8 ? first->reg[FR_CMR1_EIGHT] >> 5 :
						   first->reg[FR_CMR1] >> 6;

	return c->reg[R_DMACTRL] & DMACTRL_RCLK ? (int)unit : -1;
}

/* One clock for all lines of a card. */
static void follow_clock(struct card *c)
{
	int unit = card_clock_unit(c);
	s32 ppm = c->ppm;
	unsigned int i;

	if (unit >= 0 && c->lines[unit].fd >= 0 && !(c->units[unit].frs0 & FRS0_LOS))
		ppm = c->lines[unit].far_ppm;
	for (i = 0; i < CARD_UNITS; i++)
		line_set_ppm(&c->lines[i], ppm);
}

void card_tick(struct card *c)
{
	unsigned int i;

	c->stats.ticks++;
	if (c->grant && c->grant != LINE_FOR_EVER)
		c->grant--;
	follow_clock(c);
	/* In step, all that was to be served has been served by now: what is missed is just this. */
	if (c->hold_next) {
		c->hold = c->hold_next;
		c->hold_next = 0;
	}
	if (card_running(c))
		dma_fetch(c);
	else
		memset(c->tx, 0xff, sizeof(c->tx));
	for (i = 0; i < c->model->ports; i++)
		framer_transmit(&c->units[i], c->tx[i]);
	for (i = 0; i < c->model->ports; i++)
		framer_receive(&c->units[i], c->rx[i]);
	if (card_running(c))
		dma_store(c);
	if (c->hold)
		c->hold--;
	if (card_interrupt_level(c))
		c->host.interrupt(c->host.ctx);
}

int card_set_ppm(struct card *c, s32 ppm)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < CARD_UNITS && !ret; i++)
		ret = line_set_ppm(&c->lines[i], ppm);
	if (!ret)
		c->ppm = ppm;
	return ret;
}

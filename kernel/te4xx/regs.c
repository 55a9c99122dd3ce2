// SPDX-License-Identifier: GPL-2.0-only
/*
 * Framer registers, through the local bus of the card. The bus has no ready signal: reading VERSION
 * after each step is what lets the step reach the framer and take its time.
 */
#include "te4xx.h"

#define ALL_ONES	U32_MAX

u32 te4xx_read(struct te4xx *te, unsigned int offset)
{
	return READ_ONCE(te->gone) ? ALL_ONES : readl(te->regs + offset);
}

void te4xx_write(struct te4xx *te, unsigned int offset, u32 value)
{
	if (!READ_ONCE(te->gone))
		writel(value, te->regs + offset);
}

/* VERSION is never all ones while the card is in its slot; one that sleeps may say anything. */
bool te4xx_present(struct te4xx *te)
{
	if (te4xx_read(te, TE_VERSION) != ALL_ONES || READ_ONCE(te->asleep))
		return true;
	WRITE_ONCE(te->gone, true);
	if (test_bit(0, &te->shown))
		mod_delayed_work(system_wq, &te->watch, 0);
	return false;
}

static void settle(struct te4xx *te)
{
	if (!READ_ONCE(te->gone))
		te4xx_present(te);
}

static u32 address(unsigned int unit, u8 reg)
{
	return reg | (unit & 3) << TE_LADDR_PORT | (unit < 4 ? TE_LADDR_LOW : 0);
}

u8 te4xx_framer_read(struct te4xx *te, unsigned int unit, u8 reg)
{
	u32 laddr = address(unit, reg);
	unsigned long flags;
	u8 value = 0xff;

	spin_lock_irqsave(&te->lock, flags);
	te4xx_write(te, TE_LADDR, laddr);
	settle(te);
	te4xx_write(te, TE_LADDR, laddr | TE_LADDR_SELECT | TE_LADDR_READ);
	settle(te);
	if (!READ_ONCE(te->gone))
		value = readb(te->regs + TE_LDATA);
	te4xx_write(te, TE_LADDR, laddr);
	settle(te);
	spin_unlock_irqrestore(&te->lock, flags);
	return value;
}

void te4xx_framer_write(struct te4xx *te, unsigned int unit, u8 reg, u8 value)
{
	u32 laddr = address(unit, reg);
	unsigned long flags;

	spin_lock_irqsave(&te->lock, flags);
	te4xx_write(te, TE_LADDR, laddr);
	settle(te);
	te4xx_write(te, TE_LDATA, value);
	settle(te);
	te4xx_write(te, TE_LADDR, laddr | TE_LADDR_SELECT | TE_LADDR_WRITE);
	settle(te);
	te4xx_write(te, TE_LADDR, laddr);
	settle(te);
	spin_unlock_irqrestore(&te->lock, flags);
}

void te4xx_framer_program(struct te4xx *te, unsigned int unit, const struct te4xx_program *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		te4xx_framer_write(te, unit, p->reg[i].reg, p->reg[i].value);
}

void te4xx_leds(struct te4xx *te)
{
	u32 leds = TE_LEDS_ACTIVE, leds2 = 0;
	unsigned int i;

	lockdep_assert_held(&te->lock);
	for (i = 0; i < te->model->ports; i++) {
		u32 led = te->port[i].led;

		if (i < 4)
			leds |= led << 2 * i;
		else
			leds2 |= led << 2 * (i - 4);
	}
	te4xx_write(te, TE_LEDS, leds);
	if (te4xx_octal(te))
		te4xx_write(te, TE_LEDS2, leds2);
}

// SPDX-License-Identifier: GPL-2.0-only
/* What the card and its framers say, in words of the core. */
#include "logic.h"
#include "te4xx_regs.h"
#include <opentdm.h>
#include <opentdm_netlink.h>

#define IDENT_MASK	0x7f

u32 te4xx_defects(const struct te4xx_line *l, u8 frs0, u8 frs1)
{
	bool crc = l->framing == TDM_FRAMING_CRC4;
	bool cas = l->type == TDM_TYPE_E1 && l->signalling == TDM_SIGNALLING_CAS;
	u32 defects = 0;

	if (frs0 & FR_FRS0_LOS)
		return TDM_ALARM_LOS;
	if (frs0 & FR_FRS0_AIS)
		return TDM_ALARM_AIS;
	if (frs0 & FR_FRS0_LFA)
		return TDM_ALARM_LFA;
	if (frs0 & FR_FRS0_RRA)
		defects |= TDM_ALARM_RAI;
	if ((crc && frs0 & FR_FRS0_LMFA) || (cas && frs1 & FR_FRS1_TS16LFA))
		defects |= TDM_ALARM_LMFA;
	return defects;
}

u8 te4xx_onsets(u8 isr2)
{
	return (isr2 & FR_ISR2_LOS ? FR_FRS0_LOS : 0) | (isr2 & FR_ISR2_AIS ? FR_FRS0_AIS : 0) |
	       (isr2 & FR_ISR2_LFA ? FR_FRS0_LFA : 0) | (isr2 & FR_ISR2_RA ? FR_FRS0_RRA : 0);
}

void te4xx_slips(u8 isr3, u8 isr4, unsigned int *repeated, unsigned int *deleted)
{
	*repeated = !!(isr3 & FR_ISR3_RSP) + !!(isr4 & FR_ISR4_XSN);
	*deleted = !!(isr3 & FR_ISR3_RSN) + !!(isr4 & FR_ISR4_XSP);
}

u8 te4xx_led(bool up, u32 defects)
{
	if (!up)
		return TE4XX_LED_OFF;
	if (defects & ~TDM_ALARM_RAI)
		return TE4XX_LED_RED;
	return defects ? TE4XX_LED_YELLOW : TE4XX_LED_GREEN;
}

bool te4xx_cas_place(const struct te4xx_line *l, unsigned int slot, struct te4xx_cas_place *at)
{
	unsigned int channel = slot - 1;

	at->width = 4;
	if (l->type == TDM_TYPE_E1) {
		/* XS1 is the multiframe word; XSn has slots n - 1 and n + 15. */
		if (!slot || slot == 16 || slot >= TDM_E1_SLOTS)
			return false;
		at->reg = slot % 16;
		at->shift = slot < 16 ? 4 : 0;
		return true;
	}
	if (!slot || slot > TDM_T1_SLOTS)
		return false;
	if (l->framing == TDM_FRAMING_ESF) {
		at->reg = channel / 2;
		at->shift = channel % 2 ? 0 : 4;
	} else {
		at->reg = channel / 4;
		at->shift = 6 - 2 * (channel % 4);
		at->width = 2;
	}
	return true;
}

unsigned int te4xx_cas_registers(const struct te4xx_line *l)
{
	if (l->type == TDM_TYPE_E1)
		return FR_XS_NUM;
	return l->framing == TDM_FRAMING_ESF ? TDM_T1_SLOTS / 2 : TDM_T1_SLOTS / 4;
}

u8 te4xx_cas_get(const struct te4xx_cas_place *at, const u8 *xs)
{
	u8 bits = xs[at->reg] >> at->shift & ((1 << at->width) - 1);

	return bits << (4 - at->width);
}

void te4xx_cas_put(const struct te4xx_line *l, const struct te4xx_cas_place *at, unsigned int slot,
		   u8 *xs, u8 abcd)
{
	u8 mask = (1 << at->width) - 1;

	abcd &= 0x0f;
	if (l->type == TDM_TYPE_E1 && slot < 16 && !abcd)
		abcd = 1;
	xs[at->reg] &= ~(mask << at->shift);
	xs[at->reg] |= abcd >> (4 - at->width) << at->shift;
}

void te4xx_ring_advance(struct te4xx_ring *r, u32 ident, bool counts, struct te4xx_due *due)
{
	due->blocks = counts ? (ident - r->done) & IDENT_MASK : 1;
	due->lost = 0;
	if (due->blocks > r->most) {
		due->lost = due->blocks - r->most;
		due->blocks = r->most;
	}
	due->first = r->done + due->lost;
	r->done = due->first + due->blocks;
}

u32 te4xx_ring_rx(const struct te4xx_ring *r, u32 number)
{
	return (number + r->offset) & (r->blocks - 1);
}

u32 te4xx_ring_tx(const struct te4xx_ring *r, u32 number)
{
	return (number + r->lead + r->offset) & (r->blocks - 1);
}

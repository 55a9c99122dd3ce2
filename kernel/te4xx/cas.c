// SPDX-License-Identifier: GPL-2.0-only
/* Signalling bits, which the framer takes out of the line and puts into it. */
#include <linux/interrupt.h>
#include "te4xx.h"

void te4xx_set_cas(struct tdm_span *span, unsigned int slot, u8 abcd)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx *te = port->te;
	struct te4xx_cas_place at;
	unsigned long flags;
	u8 value;

	if (!te4xx_cas_place(&port->line, slot, &at))
		return;
	spin_lock_irqsave(&te->lock, flags);
	te4xx_cas_put(&port->line, &at, slot, port->xs_tx, abcd);
	value = port->xs_tx[at.reg];
	spin_unlock_irqrestore(&te->lock, flags);
	/* The span mutex keeps two writes of one register in order. */
	te4xx_framer_write(te, port->line.unit, FR_XS1 + at.reg, value);
	if (at.width == 2)
		te4xx_framer_write(te, port->line.unit,
				   FR_XS1 + te4xx_cas_registers(&port->line) + at.reg, value);
}

void te4xx_cas_restore(struct te4xx_port *port)
{
	unsigned int n = te4xx_cas_registers(&port->line), i;

	/* XS1 of E1 is the multiframe word, which the framer makes. */
	for (i = port->line.type == TDM_TYPE_E1; i < n; i++)
		te4xx_framer_write(port->te, port->line.unit, FR_XS1 + i, port->xs_tx[i]);
	for (i = 0; port->line.framing == TDM_FRAMING_D4 && i < n; i++)
		te4xx_framer_write(port->te, port->line.unit, FR_XS1 + n + i, port->xs_tx[i]);
}

void te4xx_settle(struct tdm_span *span)
{
	struct te4xx_port *port = tdm_span_priv(span);

	/* The interrupt that ticks also asks the framers; what it found is the service's. */
	synchronize_irq(port->te->pdev->irq);
	flush_work(&port->te->service);
}

void te4xx_cas_receive(struct te4xx_port *port, u64 frame)
{
	unsigned int n = te4xx_cas_registers(&port->line), slot, i;
	struct te4xx_cas_place at;
	u8 xs[FR_XS_NUM] = { 0 };

	for (i = port->line.type == TDM_TYPE_E1; i < n; i++)
		xs[i] = te4xx_framer_read(port->te, port->line.unit, FR_XS1 + i);
	/* Without alignment the bits are anybody's. */
	if (READ_ONCE(port->te->gone) || port->defects & ~TDM_ALARM_RAI)
		return;
	for (slot = 1; slot < TDM_SLOTS_MAX; slot++) {
		if (!te4xx_cas_place(&port->line, slot, &at))
			continue;
		if (!port->cas_known ||
		    te4xx_cas_get(&at, xs) != te4xx_cas_get(&at, port->xs_rx))
			tdm_span_cas(port->span, frame, slot, te4xx_cas_get(&at, xs));
	}
	memcpy(port->xs_rx, xs, sizeof(xs));
	port->cas_known = true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the framers notice.
 *
 * Causes are cleared by being read. The interrupt does that, one pass over the units, and the level falls;
 * the service then reads what they point at. Losses of signal and frame, AIS and RAI are causes when they begin; the
 * end of some is not, so a port with a defect is looked at again by the interrupt's order, and each port once a second.
 */
#include "te4xx.h"

bool te4xx_collect(struct te4xx *te)
{
	unsigned long units = te4xx_framer_read(te, 0, FR_CIS), which;
	unsigned int unit, n;
	unsigned long flags;
	bool found = false;

	units &= BIT(te->model->ports) - 1;
	for_each_set_bit(unit, &units, TE4XX_PORTS) {
		struct te4xx_port *port = &te->port[unit];

		which = te4xx_framer_read(te, unit, FR_GIS);
		for_each_set_bit(n, &which, FR_ISRS) {
			unsigned int repeated, deleted;
			u8 isr = te4xx_framer_read(te, unit, FR_ISR0 + n);

			/* The service may come when the next of them is there already. */
			te4xx_slips(n == 3 ? isr : 0, n == 4 ? isr : 0, &repeated, &deleted);
			spin_lock_irqsave(&te->lock, flags);
			port->isr[n] |= isr;
			if (n == 0 && isr & FR_ISR0_CASC)
				port->cas_frame = tdm_card_rx_frame(te->card);
			port->repeated += repeated;
			port->deleted += deleted;
			spin_unlock_irqrestore(&te->lock, flags);
			if (n == 3 && isr & FR_ISR3_SEC)
				te4xx_second(te, unit);
			found = true;
		}
	}
	return found;
}

static u32 counter(struct te4xx_port *port, u8 reg)
{
	u32 low = te4xx_framer_read(port->te, port->line.unit, reg);

	return low | te4xx_framer_read(port->te, port->line.unit, reg + 1) << 8;
}

/* The chip latches its counters each second, and holds them until the next. */
static void count_second(struct te4xx_port *port)
{
	struct te4xx *te = port->te;
	struct tdm_line_errors e = {
		.frame = counter(port, FR_FEC),
		.lcv = counter(port, FR_CVC),
	};
	unsigned long flags;

	if (port->line.framing == TDM_FRAMING_CRC4 || port->line.framing == TDM_FRAMING_ESF)
		e.crc = counter(port, FR_CEC);
	if (port->line.framing == TDM_FRAMING_CRC4)
		e.ebit = counter(port, FR_EBC);
	/* The second in which the start lay began before it. */
	if (READ_ONCE(te->gone) || !port->counting) {
		port->counting = true;
		return;
	}
	spin_lock_irqsave(&te->lock, flags);
	port->errors.frame += e.frame;
	port->errors.lcv += e.lcv;
	port->errors.crc += e.crc;
	port->errors.ebit += e.ebit;
	spin_unlock_irqrestore(&te->lock, flags);
}

void te4xx_get_errors(struct tdm_span *span, struct tdm_line_errors *errors)
{
	struct te4xx_port *port = tdm_span_priv(span);
	unsigned long flags;

	spin_lock_irqsave(&port->te->lock, flags);
	*errors = port->errors;
	memset(&port->errors, 0, sizeof(port->errors));
	spin_unlock_irqrestore(&port->te->lock, flags);
}

static void tell(struct te4xx_port *port, u32 defects)
{
	struct te4xx *te = port->te;
	unsigned long flags;

	if (!port->fresh && defects == port->defects)
		return;
	WRITE_ONCE(port->defects, defects);
	tdm_span_defects(port->span, tdm_card_rx_frame(te->card), defects);
	spin_lock_irqsave(&te->lock, flags);
	port->led = te4xx_led(port->up, defects);
	te4xx_leds(te);
	spin_unlock_irqrestore(&te->lock, flags);
}

static void look(struct te4xx_port *port, u8 isr2)
{
	struct te4xx *te = port->te;
	u8 frs0 = te4xx_framer_read(te, port->line.unit, FR_FRS0);
	u8 frs1 = te4xx_framer_read(te, port->line.unit, FR_FRS1);

	if (READ_ONCE(te->gone))
		return;
	/* One that is over already was one none the less. */
	if (te4xx_onsets(isr2) & ~frs0)
		tell(port, te4xx_defects(&port->line, frs0 | te4xx_onsets(isr2), frs1));
	tell(port, te4xx_defects(&port->line, frs0, frs1));
}

static void tell_slips(struct te4xx_port *port, unsigned int repeated, unsigned int deleted)
{
	u64 frame = tdm_card_rx_frame(port->te->card);

	/* Without alignment the buffers slip as they please. */
	if (port->defects & (TDM_ALARM_LOS | TDM_ALARM_LFA | TDM_ALARM_AIS))
		return;
	while (repeated--)
		tdm_span_slip(port->span, frame, 1);
	while (deleted--)
		tdm_span_slip(port->span, frame, -1);
}

static void serve(struct te4xx_port *port)
{
	struct te4xx *te = port->te;
	u8 isr[FR_ISRS];
	unsigned long flags;
	unsigned int repeated, deleted;
	bool up, second, cas;
	u64 cas_frame;

	spin_lock_irqsave(&te->lock, flags);
	memcpy(isr, port->isr, sizeof(isr));
	memset(port->isr, 0, sizeof(port->isr));
	repeated = port->repeated;
	deleted = port->deleted;
	port->repeated = 0;
	port->deleted = 0;
	up = port->up;
	cas_frame = isr[0] & FR_ISR0_CASC ? port->cas_frame : tdm_card_rx_frame(te->card);
	spin_unlock_irqrestore(&te->lock, flags);
	if (!up)
		return;
	second = isr[3] & FR_ISR3_SEC;
	cas = port->line.signalling == TDM_SIGNALLING_CAS;
	if (port->fresh || port->defects || second || isr[2] || isr[3] & ~FR_ISR3_SEC)
		look(port, isr[2]);
	tell_slips(port, repeated, deleted);
	if (second)
		count_second(port);
	if (cas && (second || isr[0] & FR_ISR0_CASC))
		te4xx_cas_receive(port, cas_frame);
	port->fresh = false;
}

void te4xx_serve(struct work_struct *work)
{
	struct te4xx *te = container_of(work, struct te4xx, service);
	unsigned int i;

	for (i = 0; i < te->model->ports && !READ_ONCE(te->asleep); i++)
		serve(&te->port[i]);
}

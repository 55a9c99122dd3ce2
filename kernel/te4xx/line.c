// SPDX-License-Identifier: GPL-2.0-only
/* What the core asks of a port. All with the span mutex held but te4xx_set_clock(). */
#include "te4xx.h"

static int configure(struct tdm_span *span, const struct tdm_span_config *config,
		     struct netlink_ext_ack *extack)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx_profile profile;

	if (config->framing == TDM_FRAMING_UNFRAMED) {
		NL_SET_ERR_MSG(extack, "framing: these cards have no unframed mode");
		return -EOPNOTSUPP;
	}
	if (!te4xx_profile_find(te4xx_profile_default, config->type, config->lbo, &profile)) {
		NL_SET_ERR_MSG(extack, "lbo: the card has no line profile for this build-out");
		return -EOPNOTSUPP;
	}
	port->line.type = config->type;
	port->line.framing = config->framing;
	port->line.line_code = config->line_code;
	port->line.signalling = config->signalling;
	port->line.loopback = config->loopback;
	port->line.lbo = config->lbo;
	return 0;
}

static void program(struct te4xx_port *port)
{
	struct te4xx_program p;

	te4xx_program_bus(&p, &port->line);
	te4xx_framer_program(port->te, port->line.unit, &p);
	te4xx_program_line(&p, &port->line);
	te4xx_framer_program(port->te, port->line.unit, &p);
	if (port->line.signalling == TDM_SIGNALLING_CAS)
		te4xx_cas_restore(port);
}

static void restore(struct tdm_span *span)
{
	struct te4xx_port *port = tdm_span_priv(span);

	program(port);
	port->fresh = true;
}

static int start(struct tdm_span *span, struct netlink_ext_ack *extack)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx *te = port->te;
	unsigned long flags;

	port->line.rai = false;
	port->fresh = true;
	port->counting = false;
	port->cas_known = false;
	WRITE_ONCE(port->defects, 0);
	memset(port->xs_tx, 0, sizeof(port->xs_tx));
	memset(&port->errors, 0, sizeof(port->errors));
	te4xx_firmware_renew(port);
	program(port);
	if (READ_ONCE(te->gone)) {
		NL_SET_ERR_MSG(extack, TE4XX_NO_ANSWER);
		return -ENODEV;
	}
	spin_lock_irqsave(&te->lock, flags);
	port->up = true;
	port->led = TE4XX_LED_RED;
	te4xx_leds(te);
	if (!te->running++)
		te4xx_dma_start(te);
	spin_unlock_irqrestore(&te->lock, flags);
	te4xx_call_service(te);	/* the first look */
	return 0;
}

static void stop(struct tdm_span *span)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx *te = port->te;
	struct te4xx_program p;
	unsigned long flags;

	spin_lock_irqsave(&te->lock, flags);
	port->up = false;
	port->led = TE4XX_LED_OFF;
	te4xx_leds(te);
	if (!--te->running)
		te4xx_dma_stop(te);
	spin_unlock_irqrestore(&te->lock, flags);
	te4xx_program_quiet(&p);
	te4xx_framer_program(te, port->line.unit, &p);
	/* Interrupt and service may be in the middle of this port; the next start finds nothing left of it. */
	te4xx_settle(span);
	WRITE_ONCE(port->defects, 0);
}

/* Nothing is reset: the line keeps its alignment if the receiver does. The same profile is not written again. */
static void renew(struct tdm_span *span)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx_program p;

	if (!te4xx_firmware_renew(port))
		return;
	te4xx_program_interface(&p, &port->line);
	te4xx_framer_program(port->te, port->line.unit, &p);
}

static int set_loopback(struct tdm_span *span, u8 loopback, struct netlink_ext_ack *extack)
{
	struct te4xx_port *port = tdm_span_priv(span);
	struct te4xx_program p;

	port->line.loopback = loopback;
	te4xx_program_loop(&p, &port->line);
	te4xx_framer_program(port->te, port->line.unit, &p);
	return 0;
}

static void set_rai(struct tdm_span *span, bool on)
{
	struct te4xx_port *port = tdm_span_priv(span);

	port->line.rai = on;
	te4xx_framer_write(port->te, port->line.unit, FR_XSW, te4xx_xsw(&port->line));
}

int te4xx_set_clock(struct tdm_card *card, unsigned int port)
{
	struct te4xx *te = tdm_card_priv(card);
	struct te4xx_program p;
	unsigned long flags;

	te4xx_program_clock(&p, port ? port - 1 : 0, te4xx_octal(te));
	te4xx_framer_program(te, 0, &p);
	spin_lock_irqsave(&te->lock, flags);
	te->dmactrl &= ~TE_DMACTRL_RCLK;
	if (port)
		te->dmactrl |= TE_DMACTRL_RCLK;
	te4xx_write(te, TE_DMACTRL, te->dmactrl);
	spin_unlock_irqrestore(&te->lock, flags);
	return READ_ONCE(te->gone) ? -ENODEV : 0;
}

const struct tdm_span_ops te4xx_span_ops = {
	.configure = configure,
	.start = start,
	.stop = stop,
	.renew = renew,
	.restore = restore,
	.set_loopback = set_loopback,
	.set_rai = set_rai,
	.set_cas = te4xx_set_cas,
	.get_errors = te4xx_get_errors,
	.settle = te4xx_settle,
	.rx_block = te4xx_rx_block,
	.tx_block = te4xx_tx_block,
};

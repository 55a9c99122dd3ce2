// SPDX-License-Identifier: GPL-2.0-only
/*
 * One virtual card: the ops that the core calls. All with the span mutex held, but for rx_block and tx_block
 * (tick) and set_clock (the card's clock lock).
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "plant.h"

static bool refused(const struct virt_port *port, u32 op, struct netlink_ext_ack *extack)
{
	if (!(READ_ONCE(port->refuse) & op))
		return false;
	NL_SET_ERR_MSG(extack, "the virtual port was told to refuse this");
	return true;
}

static void take_over(struct virt_port *port, const struct tdm_span_config *config)
{
	WRITE_ONCE(port->type, config->type);
	WRITE_ONCE(port->framing, config->framing);
	WRITE_ONCE(port->signalling, config->signalling);
	WRITE_ONCE(port->loopback, config->loopback);
	virt_line_changed();
}

static int configure(struct tdm_span *span, const struct tdm_span_config *config,
		     struct netlink_ext_ack *extack)
{
	struct virt_port *port = tdm_span_priv(span);

	if (refused(port, TDM_VIRT_OP_CONFIGURE, extack))
		return -EIO;
	take_over(port, config);
	return 0;
}

static int start(struct tdm_span *span, struct netlink_ext_ack *extack)
{
	struct virt_port *port = tdm_span_priv(span);

	if (refused(port, TDM_VIRT_OP_START, extack))
		return -EIO;
	memset(port->tx, 0xff, sizeof(port->tx));
	port->unpushed = false;
	port->received = false;
	port->sent = false;
	port->fresh = true;
	port->reported = U32_MAX;
	port->repeated = 0;
	port->deleted = 0;
	WRITE_ONCE(port->rai, false);
	WRITE_ONCE(port->up, true);
	virt_line_changed();
	virt_clock_start(port->card);
	return 0;
}

static void stop(struct tdm_span *span)
{
	struct virt_port *port = tdm_span_priv(span);

	WRITE_ONCE(port->up, false);
	WRITE_ONCE(port->rai, false);
	virt_line_changed();
	virt_clock_stop(port->card);
}

static int set_loopback(struct tdm_span *span, u8 loopback, struct netlink_ext_ack *extack)
{
	struct virt_port *port = tdm_span_priv(span);

	if (refused(port, TDM_VIRT_OP_LOOPBACK, extack))
		return -EIO;
	WRITE_ONCE(port->loopback, loopback);
	virt_line_changed();
	return 0;
}

static void set_rai(struct tdm_span *span, bool on)
{
	struct virt_port *port = tdm_span_priv(span);

	WRITE_ONCE(port->rai, on);
	virt_line_changed();
}

static void set_cas(struct tdm_span *span, unsigned int slot, u8 abcd)
{
	struct virt_port *port = tdm_span_priv(span);

	WRITE_ONCE(port->cas_tx[slot], abcd);
	virt_line_changed();
}

static void get_errors(struct tdm_span *span, struct tdm_line_errors *errors)
{
	struct virt_port *port = tdm_span_priv(span);
	unsigned long flags;

	spin_lock_irqsave(&port->card->regs, flags);
	*errors = port->errors;
	memset(&port->errors, 0, sizeof(port->errors));
	spin_unlock_irqrestore(&port->card->regs, flags);
}

static const void *rx_block(struct tdm_span *span, unsigned int i)
{
	struct virt_port *port = tdm_span_priv(span);

	port->received = true;
	return virt_line_rx(port);
}

static void *tx_block(struct tdm_span *span, unsigned int i)
{
	struct virt_port *port = tdm_span_priv(span);

	port->sent = true;
	return virt_line_tx(port);
}

static int set_clock(struct tdm_card *tdm, unsigned int port)
{
	struct virt_card *card = *(struct virt_card **)tdm_card_priv(tdm);

	if (port && (READ_ONCE(card->refuse) & TDM_VIRT_OP_CLOCK))
		return -EIO;
	WRITE_ONCE(card->clock_port, port);
	return 0;
}

static const struct tdm_span_ops span_ops = {
	.configure = configure,
	.start = start,
	.stop = stop,
	.set_loopback = set_loopback,
	.set_rai = set_rai,
	.set_cas = set_cas,
	.get_errors = get_errors,
	.rx_block = rx_block,
	.tx_block = tx_block,
};

static const struct tdm_card_ops card_ops = {
	.owner = THIS_MODULE,
	.set_clock = set_clock,
};

static int init_ports(struct virt_card *card, const struct virt_new *new,
		      struct netlink_ext_ack *extack)
{
	unsigned int i;
	int ret;

	for (i = 0; i < card->ports; i++) {
		struct virt_port *port = &card->port[i];

		port->card = card;
		port->nr = i + 1;
		port->span = tdm_card_span(card->card, i + 1);
		port->random = 0x9e3779b97f4a7c15ULL * (i + 1);
		take_over(port, &new->config);
		ret = tdm_card_init_port(card->card, i + 1, &span_ops, &new->config,
					 BIT(TDM_TYPE_E1) | BIT(TDM_TYPE_T1) | BIT(TDM_TYPE_J1), port);
		if (ret) {
			NL_SET_ERR_MSG(extack, "type, framing, line code and signalling do not go together");
			return ret;
		}
	}
	return 0;
}

/*
 * The virtual card is kept beside the core's, which has a pointer to it: the core's may outlive it, held by
 * somebody's descriptor, and this module too.
 */
struct virt_card *virt_card_alloc(const struct virt_new *new, struct netlink_ext_ack *extack)
{
	struct virt_card *card = kzalloc(sizeof(*card), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!card)
		return ERR_PTR(-ENOMEM);
	card->ports = new->ports;
	tdm_reg_lock_init(&card->regs);
	card->port = kvcalloc(new->ports, sizeof(*card->port), GFP_KERNEL);
	if (!card->port)
		goto free;
	card->card = tdm_card_alloc(NULL, &card_ops, "virt", new->key, new->ports, VIRT_TX_BLOCKS,
				    sizeof(card));
	if (IS_ERR(card->card)) {
		ret = PTR_ERR(card->card);
		goto free;
	}
	*(struct virt_card **)tdm_card_priv(card->card) = card;
	tdm_card_set_identity(card->card, "opentdm virtual card", NULL);
	ret = init_ports(card, new, extack);
	if (!ret && new->name)
		ret = tdm_card_set_name(card->card, new->name);
	if (!ret)
		return card;
	tdm_card_put(card->card);
free:
	kvfree(card->port);
	kfree(card);
	return ERR_PTR(ret);
}

void virt_card_free(struct virt_card *card)
{
	tdm_card_put(card->card);
	kvfree(card->port);
	kfree(card);
}

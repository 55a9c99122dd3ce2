// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of a millisecond, and the interrupt that brings them.
 *
 *	memory		port * 256 + slot * 8 + k, k = 0..7 the oldest octet first: the core's planar block
 *	generation 5	a ring of TE4XX_RING blocks each way. INTR counts milliseconds, so one register read
 *			an interrupt says how many blocks are done, however late it is
 *	2 to 4		one block each way, overwritten each millisecond: an interrupt is a block, and one that
 *			is late has lost others (pace.c)
 *
 * Of block n that was received, the transmit block filled in exchange is n + lead. One that comes so late that
 * this has been sent already is lost, both ways, and is a gap in the frame numbers.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include "te4xx.h"

#define LEAD_MIN	2
#define LEAD_MAX	(TDM_TICK_BLOCKS_MAX + 1)
#define LOOK_BLOCKS	20	/* with a defect the framer is looked at this often: some ends are no cause */
#define SAME_TRIES	4

static unsigned int lead = 16;
module_param(lead, uint, 0444);
MODULE_PARM_DESC(lead, "ms from reception to transmission, 2 to 33 (16): an interrupt may be this late less one; generation 5");

static u32 ring_octets(const struct te4xx *te)
{
	return te->ring.blocks * te->block_size;
}

int te4xx_dma_alloc(struct te4xx *te)
{
	te->mem = dmam_alloc_coherent(&te->pdev->dev, 2 * ring_octets(te), &te->bus, GFP_KERNEL);
	return te->mem ? 0 : -ENOMEM;
}

void te4xx_ring_init(struct te4xx *te)
{
	te->block_size = te4xx_units(te) * TE4XX_UNIT_SIZE;
	te->ring = (struct te4xx_ring){ .blocks = 1, .lead = 1, .most = 1 };
	if (te->model->gen < 5)
		return;
	te->ring.blocks = TE4XX_RING;
	te->ring.lead = clamp_t(u32, lead, LEAD_MIN, LEAD_MAX);
	te->ring.most = te->ring.lead - 1;
}

static u32 ident_of(u32 intr)
{
	return intr >> TE_INTR_IDENT & TE_INTR_IDENT_MASK;
}

/* Where counter and index stand; both were set to zero by the start, or so it seems. */
static void synchronise(struct te4xx *te)
{
	u32 before, index, after;
	unsigned int i;

	te->ring.done = 0;
	te->ring.offset = 0;
	te4xx_pace_init(&te->pace);
	if (te->model->gen < 5)
		return;
	for (i = 0; i < SAME_TRIES; i++) {
		before = ident_of(te4xx_read(te, TE_INTR));
		index = te4xx_read(te, TE_RING) >> TE_RING_INDEX & TE_RING_INDEX_MASK;
		after = ident_of(te4xx_read(te, TE_INTR));
		if (before == after)
			break;
	}
	te->ring.done = after;
	te->ring.offset = index - after;
}

void te4xx_dma_start(struct te4xx *te)
{
	lockdep_assert_held(&te->lock);
	memset(te->mem, 0xff, 2 * ring_octets(te));
	te4xx_write(te, TE_WRADDR, lower_32_bits(te->bus));
	te4xx_write(te, TE_RDADDR, lower_32_bits(te->bus) + ring_octets(te));
	te4xx_write(te, TE_RING, 1 << 16 | te->ring.blocks);
	te4xx_write(te, TE_INTR, TE_INTR_SEED);
	te->dmactrl |= TE_DMACTRL_RUN;
	te4xx_write(te, TE_DMACTRL, te->dmactrl);
	synchronise(te);
}

void te4xx_dma_stop(struct te4xx *te)
{
	lockdep_assert_held(&te->lock);
	te->dmactrl &= ~TE_DMACTRL_RUN;
	te4xx_write(te, TE_DMACTRL, te->dmactrl);
	te4xx_write(te, TE_INTR, 0);
}

static u8 *block(const struct tdm_span *span, u32 index)
{
	const struct te4xx_port *port = tdm_span_priv(span);

	return port->te->mem + index * port->te->block_size + port->line.unit * TE4XX_UNIT_SIZE;
}

/* Tick context: due is the interrupt's that ticks. */
const void *te4xx_rx_block(struct tdm_span *span, unsigned int i)
{
	const struct te4xx *te = ((struct te4xx_port *)tdm_span_priv(span))->te;

	return block(span, te->ring.blocks + te4xx_ring_rx(&te->ring, te->due.first + i));
}

void *te4xx_tx_block(struct tdm_span *span, unsigned int i)
{
	const struct te4xx *te = ((struct te4xx_port *)tdm_span_priv(span))->te;

	return block(span, te4xx_ring_tx(&te->ring, te->due.first + i));
}

void te4xx_second(struct te4xx *te, unsigned int unit)
{
	unsigned long flags;

	if (te->model->gen >= 5)
		return;
	spin_lock_irqsave(&te->lock, flags);
	if (unit != te->pace_unit && !te->port[te->pace_unit].up) {
		te->pace_unit = unit;
		te->pace.counting = false;
	}
	if (unit == te->pace_unit)
		te->owed += te4xx_pace_second(&te->pace);
	spin_unlock_irqrestore(&te->lock, flags);
}

/* The lock is not held: the core's tick lock stands outside of it. */
static void tick(struct te4xx *te, u32 intr)
{
	struct tdm_tick tick;
	unsigned long flags;

	spin_lock_irqsave(&te->lock, flags);
	te->due.blocks = 0;
	if (te->running)
		te4xx_ring_advance(&te->ring, ident_of(intr), te->model->gen >= 5, &te->due);
	if (te->due.blocks && te->model->gen < 5) {
		te4xx_pace_block(&te->pace, ktime_get_ns());
		te->due.lost = te->owed;
		te->owed = 0;
	}
	spin_unlock_irqrestore(&te->lock, flags);
	if (!te->due.blocks)
		return;
	te->frame += te->due.lost * TDM_BLOCK_FRAMES;
	tick.blocks = te->due.blocks;
	tick.rx_frame = te->frame;
	tick.tx_frame = te->frame + te->ring.lead * TDM_BLOCK_FRAMES;
	te->frame += te->due.blocks * TDM_BLOCK_FRAMES;
	dma_rmb();
	tdm_card_tick(te->card, &tick);
	dma_wmb();
	te->polled += te->due.blocks;
}

static bool look_due(struct te4xx *te)
{
	unsigned int i;

	if (te->polled < LOOK_BLOCKS)
		return false;
	te->polled = 0;
	for (i = 0; i < te->model->ports; i++)
		if (READ_ONCE(te->port[i].defects))
			return true;
	return false;
}

irqreturn_t te4xx_interrupt(int irq, void *data)
{
	struct te4xx *te = data;
	bool work = false;
	u32 intr;

	if (READ_ONCE(te->asleep))
		return IRQ_NONE;
	/*
	 * Also of a card that was stopped, or is known to be gone: the read lets a bridge drop a line that it still
	 * holds for an interrupt that was on its way.
	 */
	intr = readl(te->regs + TE_INTR);
	if ((intr == U32_MAX && !te4xx_present(te)) || !(intr & TE_INTR_OURS))
		return IRQ_NONE;
	if (intr & TE_INTR_DMA) {
		tick(te, intr);
		work = look_due(te);
	}
	if (intr & TE_INTR_FRAMER)
		work |= te4xx_collect(te);
	/* Last: it lets the next block's interrupt come. */
	te4xx_write(te, TE_INTR, 0);
	if (work)
		te4xx_call_service(te);
	return IRQ_HANDLED;
}

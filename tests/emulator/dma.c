// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of a millisecond between the lines and the guest's memory, generations 2 to 5.
 *
 *   block:   unit * 256 + slot * 8 + k       k = 0..7, the oldest octet first
 *   slot:    time slot; with the framers' offsets for a card without any E1 port channel + 4
 *   memory:  generations 2-4 one block each way; 5: a ring of N
 *
 * The index read by the driver is that after the block completed last; so block 0 is the first one.
 */
#include "card.h"

#define TSI_GO		BIT(14)
#define UNIT_SIZE	(LINE_SLOTS * LINE_FRAMES)

u32 dma_slot_offset(const struct card *c)
{
	return c->units[0].reg[FR_XC0] ? 4 : 0;
}

static u32 block_size(const struct card *c)
{
	return card_units(c) * UNIT_SIZE;
}

static u32 blocks(const struct card *c)
{
	u32 n = c->reg[R_RING] & 0xffff;

	return c->model->gen == 5 && n >= 1 && n <= 127 ? n : 1;
}

void dma_start(struct card *c)
{
	c->index = 0;
	c->ident = 0;
	c->ms = 0;
	c->intr &= ~INTR_DMA;
}

void dma_tsi_command(struct card *c, u32 value)
{
	u32 source = value & 0x7f, target = value >> 7 & 0x7f;
	unsigned int i;

	if (!(value & TSI_GO) || c->model->gen < 2)
		return;
	if (c->model->ports == 8) {
		source |= (value >> 16 & 1) << 7;
		target |= (value >> 15 & 1) << 7;
	}
	c->tsi[target] = (u8)source;
	c->tsi_used = false;
	for (i = 0; i < sizeof(c->tsi); i++)
		c->tsi_used |= c->tsi[i];
}

/* Slots that the card connects by itself send what their source received a millisecond ago. */
static void interchange(struct card *c, u8 *block)
{
	u32 offset = dma_slot_offset(c);
	unsigned int t, s;

	for (t = 0; c->tsi_used && t < block_size(c) / LINE_FRAMES; t++) {
		s = c->tsi[t];
		if (s && s % LINE_SLOTS >= offset)
			memcpy(block + t * LINE_FRAMES, c->rx[s / LINE_SLOTS][s % LINE_SLOTS - offset],
			       LINE_FRAMES);
	}
}

void dma_fetch(struct card *c)
{
	u32 size = block_size(c), offset = dma_slot_offset(c);
	u8 block[CARD_UNITS * UNIT_SIZE];
	unsigned int i, slots = LINE_SLOTS - offset;

	memset(block, 0xff, sizeof(block));
	/* The driver takes its addresses back before the engine stands. */
	if (c->reg[R_WRADDR] &&
	    c->host.read(c->host.ctx, c->reg[R_WRADDR] + c->index * size, block, size))
		c->stats.dma_faults++;
	interchange(c, block);
	for (i = 0; i < card_units(c); i++)
		memcpy(c->tx[i], block + i * UNIT_SIZE + offset * LINE_FRAMES, slots * LINE_FRAMES);
}

void dma_store(struct card *c)
{
	u32 size = block_size(c), offset = dma_slot_offset(c);
	u8 block[CARD_UNITS * UNIT_SIZE];
	unsigned int i, slots = LINE_SLOTS - offset;
	u32 ms_per_irq = c->model->gen == 5 ? c->reg[R_RING] >> 16 : 1;

	memset(block, 0xff, sizeof(block));
	for (i = 0; i < c->model->ports; i++)
		memcpy(block + i * UNIT_SIZE + offset * LINE_FRAMES, c->rx[i], slots * LINE_FRAMES);
	if (c->reg[R_RDADDR] &&
	    c->host.write(c->host.ctx, c->reg[R_RDADDR] + c->index * size, block, size))
		c->stats.dma_faults++;
	c->index = (c->index + 1) % blocks(c);
	c->ident = (c->ident + 1) & 0x7f;
	c->stats.dma_ticks++;
	if (++c->ms < ms_per_irq)
		return;
	c->ms = 0;
	if (c->intr & INTR_DMA)
		c->stats.missed++;
	c->intr |= INTR_DMA;
}

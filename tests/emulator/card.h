/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TE2xx/TE4xx/TE8xx card: BAR0 registers, DMA, interrupt, and the framer units behind them.
 *
 * The card knows nothing of how the guest reaches it: memory and interrupt line are behind
 * struct card_host. One thread; nothing here blocks.
 */
#ifndef EMULATOR_CARD_H
#define EMULATOR_CARD_H

#include <stdio.h>

#include "framer.h"
#include "line.h"

#define CARD_UNITS	8u
#define BAR0_SIZE	4096u

/* Register numbers: byte offset 4 * n. */
enum {
	R_RDADDR, R_WRADDR, R_COUNT, R_DMACTRL, R_INTR, R_RING, R_VERSION, R_LEDS, R_GPIOCTL,
	R_GPIO, R_LADDR, R_LDATA, R_LEDS2, R_ESPI, CARD_REGS
};

#define DMACTRL_RUN	0xc0000000u
#define DMACTRL_RCLK	BIT(29)
#define INTR_FRAMER	BIT(0)
#define INTR_DMA	BIT(1)

struct card_model {
	const char *name;
	u16 vendor, device, subvendor;
	u8 gen, ports;
};

/* NULL ends. */
const struct card_model *card_model_find(const char *name);
void card_models_print(FILE *to);

struct card_host {
	void *ctx;
	/* guest memory; -EFAULT for what is not mapped */
	int (*read)(void *ctx, u64 addr, void *to, u32 len);
	int (*write)(void *ctx, u64 addr, const void *from, u32 len);
	/* level of INTx became active (or still is, and nobody came) */
	void (*interrupt)(void *ctx);
	/* ends the process at once, in the middle of what it does */
	void (*die)(void *ctx);
};

struct card_stats {
	u64 reg_reads, reg_writes;	/* MMIO of the driver */
	u64 framer_reads, framer_writes;
	u64 ticks;			/* milliseconds of line time */
	u64 dma_ticks, acks;
	u64 missed;			/* blocks completed while the one before was not acknowledged */
	u64 dma_faults;
};

struct card {
	const struct card_model *model;
	struct card_host host;
	u32 reg[CARD_REGS];
	u8 jumpers;			/* bit n: port n + 1 is E1 */
	u8 id;				/* rotary switch */
	bool authenticated;
	u32 intr;			/* bits 1..0 pending */
	u32 reported;			/* of them, what the latest read of INTR showed */
	u8 latch;			/* LDATA of the latest framer read */
	u32 index, ident, ms;		/* gen 5: ring position; ms since the last interrupt */
	u8 tsi[256];			/* destination slot -> source slot, 0: DMA */
	bool tsi_used;
	s32 ppm;			/* of its own oscillator */
	struct line lines[CARD_UNITS];
	struct framer units[CARD_UNITS];
	u8 rx[CARD_UNITS][LINE_SLOTS][LINE_FRAMES];
	u8 tx[CARD_UNITS][LINE_SLOTS][LINE_FRAMES];
	struct card_stats stats;
	FILE *trace;
	u32 hold_next;			/* ms: hold from the next tick on */
	u32 hold;			/* ms for which there is no sign of an interrupt, while the lines go on */
	u32 grant;			/* in step: ms that may pass until there is another; LINE_FOR_EVER */
	u64 die_in;			/* register accesses until host.die(); 0: never */
	bool hostile;			/* reads give garbage ... */
	bool spares_version;		/* ... but that of VERSION */
	u64 seed;
};

void card_init(struct card *c, const struct card_model *model, const struct card_host *host);
void card_release(struct card *c);
/** card_reset() - PCI reset */
void card_reset(struct card *c);
u32 card_units(const struct card *c);
/** card_read(), card_write() - BAR0; any length of 1, 2, 4 within a register */
u32 card_read(struct card *c, u32 offset, u32 len);
void card_write(struct card *c, u32 offset, u32 value, u32 len);
/** card_running() - DMA goes, so that interrupts may be delivered */
bool card_running(const struct card *c);
/** card_waiting() - a completed block is not acknowledged yet */
bool card_waiting(const struct card *c);
/** card_interrupt_level() - INTx is active */
bool card_interrupt_level(const struct card *c);
/** card_may_tick() - no line is ahead of a far end, and there is a grant */
bool card_may_tick(const struct card *c);
/** card_tick() - a millisecond of line time */
void card_tick(struct card *c);
/**
 * card_clock_unit() - unit whose recovered clock is the card's, -1: its own oscillator
 *
 * That of a line without signal is nobody's: the card then runs on its own.
 */
int card_clock_unit(const struct card *c);
/** card_set_ppm() - of the card's own oscillator; -EINVAL */
int card_set_ppm(struct card *c, s32 ppm);

/* dma.c */
/** dma_start() - the engine goes from stopped to running */
void dma_start(struct card *c);
/** dma_fetch() - what the lines send, from the guest's memory */
void dma_fetch(struct card *c);
/** dma_store() - what the lines brought, to the guest's memory; completes the block */
void dma_store(struct card *c);
/** dma_slot_offset() - of octets in a block: first DMA slot of line slot 0 */
u32 dma_slot_offset(const struct card *c);
void dma_tsi_command(struct card *c, u32 value);

/* trace.c */
void trace_register(struct card *c, bool write, u32 reg, u32 value);
void trace_framer(struct card *c, bool write, unsigned int unit, u8 reg, u8 value);

#endif /* EMULATOR_CARD_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the driver is arithmetic: register programs of line types, what status bits mean, where
 * signalling bits lie, how far the card has come in its ring. No kernel calls, any context.
 */
#ifndef TE4XX_LOGIC_H
#define TE4XX_LOGIC_H

#include "pure/pure.h"
#include "profile.h"

/* A framer register and what is written to it. */
struct te4xx_reg {
	u8 reg;
	u8 value;
};

#define TE4XX_PROGRAM_MAX	(40 + TE4XX_WRITES_MAX)

/* Writes in their order. */
struct te4xx_program {
	unsigned int n;
	struct te4xx_reg reg[TE4XX_PROGRAM_MAX];
};

/* All that decides how a port's framer is programmed. */
struct te4xx_line {
	u8 type;		/* enum tdm_span_type */
	u8 framing;		/* enum tdm_framing */
	u8 line_code;		/* enum tdm_line_code */
	u8 signalling;		/* enum tdm_signalling */
	u8 loopback;		/* enum tdm_loopback */
	u8 lbo;			/* tdm_span_config.lbo */
	u8 unit;		/* port - 1 */
	bool rai;		/* RAI is sent */
	bool octal;		/* OctalFALC: a card of eight ports */
	bool v31;		/* QuadFALC version 3.1 */
	struct te4xx_writes interface;	/* the profile of type and lbo */
};

/** te4xx_program_chip() - what the whole chip gets once, through its first unit */
void te4xx_program_chip(struct te4xx_program *p, bool octal);
/** te4xx_program_bus() - the system side of one unit; @l: unit, octal, v31 and type matter */
void te4xx_program_bus(struct te4xx_program *p, const struct te4xx_line *l);
/** te4xx_program_line() - the line side of one unit, and its causes unmasked as the last */
void te4xx_program_line(struct te4xx_program *p, const struct te4xx_line *l);
/** te4xx_program_interface() - the line interface alone, as the profile has it: nothing is reset */
void te4xx_program_interface(struct te4xx_program *p, const struct te4xx_line *l);
/** te4xx_program_loop() - the three registers that hold loopbacks, without anything else of the line */
void te4xx_program_loop(struct te4xx_program *p, const struct te4xx_line *l);
/** te4xx_program_quiet() - every cause of a unit masked */
void te4xx_program_quiet(struct te4xx_program *p);
/** te4xx_program_clock() - the recovered clock is that of @unit */
void te4xx_program_clock(struct te4xx_program *p, unsigned int unit, bool octal);
/** te4xx_xsw() - register 0x20, in which RAI is sent */
u8 te4xx_xsw(const struct te4xx_line *l);

/** te4xx_defects() - TDM_ALARM_* of the status registers; what follows from a worse one is left out */
u32 te4xx_defects(const struct te4xx_line *l, u8 frs0, u8 frs1);

/** te4xx_slips() - of the causes ISR3 and ISR4; @repeated, @deleted: frames, in either direction */
void te4xx_slips(u8 isr3, u8 isr4, unsigned int *repeated, unsigned int *deleted);

/** te4xx_onsets() - of FRS0: what began, by the causes in ISR2, and may be over already */
u8 te4xx_onsets(u8 isr2);

enum te4xx_led { TE4XX_LED_OFF, TE4XX_LED_RED, TE4XX_LED_GREEN, TE4XX_LED_YELLOW };

u8 te4xx_led(bool up, u32 defects);

/* Where the ABCD of a slot lies among the registers XS1, XS2 ...: width 4 or 2 (AB) bits. */
struct te4xx_cas_place {
	u8 reg;			/* from XS1 */
	u8 shift;
	u8 width;
};

/** te4xx_cas_place() - false: the slot has no signalling bits */
bool te4xx_cas_place(const struct te4xx_line *l, unsigned int slot, struct te4xx_cas_place *at);
/** te4xx_cas_get() - ABCD of a slot, A in bit 3; with AB only, C and D are 0 */
u8 te4xx_cas_get(const struct te4xx_cas_place *at, const u8 *xs);
/** te4xx_cas_put() - changes only the slot's own bits; E1 slots 1-15 never send 0000 (G.704 5.1.3.2.2) */
void te4xx_cas_put(const struct te4xx_line *l, const struct te4xx_cas_place *at, unsigned int slot,
		   u8 *xs, u8 abcd);
/** te4xx_cas_registers() - how many XS registers the line type has */
unsigned int te4xx_cas_registers(const struct te4xx_line *l);

/*
 * How far the card has come. Blocks are counted from the start of its DMA; the card is asked by a
 * counter of 7 bits, or (generations 2 to 4, no counter) each interrupt is a block.
 */
struct te4xx_ring {
	u32 blocks;		/* of a direction; a power of two, or 1 */
	u32 lead;		/* blocks that transmission is ahead of reception */
	u32 most;		/* blocks that may be dealt with at once: those not yet sent are in time */
	u32 done;		/* blocks completed and dealt with, modulo 2^32 */
	u32 offset;		/* index of the block with number 0 */
};

struct te4xx_due {
	u32 blocks;		/* to be dealt with; of them the last is the newest */
	u32 lost;		/* before them: too late for the ring */
	u32 first;		/* number of the first of blocks */
};

/** te4xx_ring_advance() - @ident: the counter now; @counts: the card has one */
void te4xx_ring_advance(struct te4xx_ring *r, u32 ident, bool counts, struct te4xx_due *due);
/** te4xx_ring_rx(), te4xx_ring_tx() - index in memory of a block that was received, that is sent */
u32 te4xx_ring_rx(const struct te4xx_ring *r, u32 number);
u32 te4xx_ring_tx(const struct te4xx_ring *r, u32 number);

/* Generations 2 to 4: how many blocks there should have been; pace.c says how that is known. */
struct te4xx_pace {
	u64 expected;		/* ns: when the next interrupt is due; 0: not known yet */
	u32 served;		/* blocks since the framer's last second */
	u32 suspected;		/* blocks that the clock misses since then */
	u32 before;		/* and in the second before, as far as they were not found lost */
	bool counting;		/* a second has begun */
};

void te4xx_pace_init(struct te4xx_pace *p);
/** te4xx_pace_block() - an interrupt has brought a block; @now: ns of a clock that never goes back */
void te4xx_pace_block(struct te4xx_pace *p, u64 now);
/** te4xx_pace_second() - the framer's second is over; returns how many blocks of it were lost */
u32 te4xx_pace_second(struct te4xx_pace *p);

#endif /* TE4XX_LOGIC_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One unit of the framer chip (QuadFALC PEF 22554, OctalFALC): registers, status and interrupt
 * causes, counters, signalling, the HDLC controller, the receive slip buffer and loops.
 *
 *   transmit:  DMA slots -> CAS, HDLC inserted -> line
 *   receive:   line -> status, counters, CAS, HDLC -> slip buffer -> DMA slots
 *
 * A register read is done once per strobe: some clear, and the FIFO pops. All times are milliseconds.
 */
#ifndef EMULATOR_FRAMER_H
#define EMULATOR_FRAMER_H

#include <stdio.h>

#include "kernel/core/pure/elastic.h"
#include "kernel/core/pure/hdlc.h"
#include "line.h"

/* Registers; where read and write differ, the name says which. */
#define FR_FIFO		0x00
#define FR_CMDR		0x02
#define FR_MODE		0x03
#define FR_RTR1		0x0c
#define FR_TTR1		0x10
#define FR_IMR0		0x14
#define FR_FMR0		0x1c
#define FR_FMR1		0x1d
#define FR_FMR2		0x1e
#define FR_XSW		0x20	/* T1: FMR4 */
#define FR_XSP		0x21	/* T1: FMR5 */
#define FR_XC0		0x22
#define FR_CCB1		0x2f
#define FR_LIM0		0x36
#define FR_LIM1		0x37
#define FR_CMR1_EIGHT	0x42	/* OctalFALC: source of the recovered clock */
#define FR_CMR1		0x44	/* QuadFALC: the same */
#define FR_VSTR		0x4a	/* read */
#define FR_FRS0		0x4c	/* read */
#define FR_FRS1		0x4d
#define FR_COUNTERS	0x50	/* read, pairs of octets up to 0x5b */
#define FR_SIS		0x64	/* read */
#define FR_RSIS		0x65	/* read */
#define FR_RBCL		0x66
#define FR_RBCH		0x67
#define FR_ISR0		0x68	/* read */
#define FR_GIS		0x6e
#define FR_CIS		0x6f
#define FR_XS1		0x70	/* read: RS1 */
#define FR_COMPAT	0xd6

/* FRS0 */
#define FRS0_LOS	BIT(7)
#define FRS0_AIS	BIT(6)
#define FRS0_LFA	BIT(5)
#define FRS0_RRA	BIT(4)
#define FRS0_NMF	BIT(2)
#define FRS0_LMFA	BIT(1)

/* FRS1 of E1: slot 16 */
#define FRS1_TS16RA	BIT(6)
#define FRS1_TS16AIS	BIT(4)
#define FRS1_TS16LFA	BIT(3)

/* Causes: which ISR, which bit. */
#define ISR0_RME	0, BIT(7)
#define ISR0_CASC	0, BIT(3)
#define ISR0_CRC	0, BIT(2)
#define ISR0_RPF	0, BIT(0)
#define ISR1_ALLS	1, BIT(5)
#define ISR1_XDU	1, BIT(4)
#define ISR1_XPR	1, BIT(0)
#define ISR2_FAR	2, BIT(7)
#define ISR2_LFA	2, BIT(6)
#define ISR2_MFAR	2, BIT(5)
#define ISR2_LMFA	2, BIT(4)
#define ISR2_AIS	2, BIT(3)
#define ISR2_LOS	2, BIT(2)
#define ISR2_RAR	2, BIT(1)
#define ISR2_RA		2, BIT(0)
#define ISR3_ES		3, BIT(7)
#define ISR3_SEC	3, BIT(6)
#define ISR3_LMFA16	3, BIT(5)
#define ISR3_AIS16	3, BIT(4)
#define ISR3_RA16	3, BIT(3)	/* E1 */
#define ISR3_LLBSC	3, BIT(3)	/* T1 */
#define ISR3_RSN	3, BIT(1)	/* line faster than the card: a frame was left out */
#define ISR3_RSP	3, BIT(0)	/* slower: one was repeated */
#define FRAMER_ISRS	5

#define HDLC_FIFO	32u
#define HDLC_MAX	2048u
#define HDLC_STORE	16384u

/* RSIS, and the octet behind a frame in the FIFO */
#define RSIS_VFR	BIT(7)
#define RSIS_RDO	BIT(6)
#define RSIS_CRC	BIT(5)
#define RSIS_RAB	BIT(4)

/* What the HDLC controller has received, waits to give, and sends. */
struct hdlc_ctl {
	struct tdm_hdlc_rx rx;
	struct tdm_hdlc_tx tx;
	u8 frame[HDLC_MAX + 4];		/* being received */
	u8 store[HDLC_STORE];		/* frames with status octets, one behind the other */
	u32 stored, taken;		/* octets in it; of the first frame given to the driver */
	u32 lengths[128];
	u32 nframes;
	u8 part[HDLC_FIFO];		/* what the driver may read now */
	u32 part_len, part_at;
	bool overflow;			/* frames were lost for want of room, and the driver does not know yet */
	u8 in[HDLC_FIFO];		/* what the driver has written */
	u32 in_len;
	u8 out[HDLC_MAX];		/* frame being put together, or waiting for the line */
	u32 out_len;
	bool out_ready;
	u8 line[HDLC_MAX];		/* frame being sent */
	bool sending;
	u32 xpr_in;			/* ms until XPR, 0: not due */
	bool on;
};

struct framer {
	u8 reg[256];			/* as written */
	u8 isr[FRAMER_ISRS];
	u8 frs0, frs1;
	u8 rs[16];			/* received signalling; rs[0] of E1 is the multiframe word */
	u8 cas_in[24];			/* being collected: ABCD of T1's channels */
	u8 cas_row[16];			/* of E1's frames */
	bool cas_valid;
	u8 cas_wrong;			/* multiframe words without alignment, one after the other */
	u32 cas_ms;			/* so long the line has other bits for a slot */
	u8 cas_slot, cas_abcd;
	u16 counter[6], latched[6];
	u32 ms;				/* within the second */
	u32 sa;				/* received Sa bits */
	bool errored;
	u8 frame;			/* of what is sent, modulo 48 */
	u64 slips;
	u8 ebits_to_send;
	bool octal;
	bool active;			/* out of reset */
	struct line *line;
	struct line_ms last_tx, last_rx;
	struct tdm_elastic slip;
	u8 slip_mem[LINE_SLOTS * TDM_ELASTIC_DEPTH];
	struct hdlc_ctl hdlc;
};

void framer_init(struct framer *f, struct line *line, bool octal);
/** framer_reset() - what the chip's reset pin does */
void framer_reset(struct framer *f, bool active);
u8 framer_read(struct framer *f, u8 reg);
void framer_write(struct framer *f, u8 reg, u8 value);
/** framer_pending() - the unit has causes: its bit of CIS */
bool framer_pending(const struct framer *f);
bool framer_is_t1(const struct framer *f);
/** framer_transmit() - sends a millisecond of the line's slots */
void framer_transmit(struct framer *f, u8 slots[LINE_SLOTS][LINE_FRAMES]);
/** framer_receive() - takes a millisecond of the line */
void framer_receive(struct framer *f, u8 slots[LINE_SLOTS][LINE_FRAMES]);
/** framer_cause() - sets a cause unless it is masked */
void framer_cause(struct framer *f, unsigned int isr, unsigned int bits);

/** framer_describe() - a line of words about its configuration, pairs of name and value */
void framer_describe(const struct framer *f, FILE *to);

/* cas.c: bits in the slots of a millisecond; ms->frame says which frames */
void cas_insert(const struct framer *f, struct line_ms *ms);
void cas_extract(struct framer *f, const struct line_ms *ms);
/** cas_disturb() - the bits of a slot are received as @abcd for so many ms; -EINVAL: it has none */
int cas_disturb(struct framer *f, unsigned int slot, u8 abcd, u32 ms);

/* hdlc_ctl.c */
void hdlc_ctl_init(struct hdlc_ctl *h);
void hdlc_ctl_command(struct framer *f, u8 cmdr);
void hdlc_ctl_push(struct framer *f, u8 octet);
u8 hdlc_ctl_pop(struct framer *f);
/** hdlc_ctl_length() - RBC: octets of the frame whose end is in the FIFO */
u32 hdlc_ctl_length(const struct framer *f);
void hdlc_ctl_insert(struct framer *f, struct line_ms *ms);
void hdlc_ctl_extract(struct framer *f, const struct line_ms *ms);

#endif /* EMULATOR_FRAMER_H */

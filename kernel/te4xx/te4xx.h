/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tdm_te4xx.ko: Digium's TE2xx, TE4xx and TE820 cards.
 *
 *	probe.c		identity, bring-up, removal, sleep
 *	dma.c		rings, interrupt, ticks
 *	framer.c	causes, status, counters (its service)
 *	line.c		the core's ops: configuration, start and stop, loopbacks, clock
 *	cas.c		signalling bits both ways
 *	firmware.c	line profiles: the file or the built-in ones
 *	fail.c		fail points, in debug kernels
 *	regs.c		framer registers through the local bus
 *	program.c, decode.c, pace.c, profile.c	logic without kernel calls (logic.h, profile.h)
 *
 * The interrupt moves blocks and collects the framers' causes, which lowers the shared level; what follows from
 * them is its service's, a work. The service alone reads status and signalling, so reports have the line's order. It is
 * no thread of the interrupt: those are ahead of all that is not real time, and behind a slow bus, or with many cards that
 * have defects, they would leave nothing to it.
 *
 * struct te4xx is the core's memory (priv of the card): descriptors that are open may outlive the device. All else is
 * managed by the device and freed after remove() in reverse order, the interrupt first.
 */
#ifndef TE4XX_H
#define TE4XX_H

#include <linux/io.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include "tdm.h"
#include "logic.h"
#include "te4xx_regs.h"

#define TE4XX_NO_ANSWER	"the card does not answer: it is no longer in its slot"
#define TE4XX_PORTS	8
#define TE4XX_UNIT_SIZE	256		/* octets of a port in a block */
#define TE4XX_RING	64		/* blocks of a direction where the card has a ring; divides 128 */

struct te4xx_model {
	const char *name;
	u8 gen;
	u8 ports;
	bool pcie;
};

struct te4xx;

struct te4xx_port {
	struct te4xx *te;
	struct tdm_span *span;
	/* span mutex; type, framing and signalling only change while the span is down */
	struct te4xx_line line;
	/* card register lock: */
	bool up;
	u8 isr[FR_ISRS];		/* causes that were read and not dealt with */
	u64 cas_frame;			/* at which signalling was last seen to change */
	unsigned int repeated, deleted;	/* frames, of slips that were not told */
	struct tdm_line_errors errors;	/* since the core's last call */
	u8 xs_tx[FR_XS_NUM];		/* signalling as sent */
	u8 led;
	/* the service's: */
	u8 xs_rx[FR_XS_NUM];
	u32 defects;			/* also read by the interrupt */
	bool fresh;			/* nothing was reported since the start */
	bool counting;			/* the second in which the start lay is over */
	bool cas_known;			/* xs_rx is what was last reported */
};

struct te4xx {
	struct pci_dev *pdev;
	struct tdm_card *card;
	const struct te4xx_model *model;
	void __iomem *regs;
	/* Innermost: the local bus, what start, stop and interrupt share, and which profiles are in use. */
	spinlock_t lock;
	u32 dmactrl;			/* lock: last written */
	unsigned int running;		/* lock: spans that are up */
	struct te4xx_ring ring;		/* lock: */
	const u8 *profiles;		/* lock: the image in use */
	u8 *profile_copy;		/* lock: the same, to be freed; NULL: it is built in */
	bool v31;
	bool gone;			/* reads give all ones; never becomes false again */
	bool asleep;			/* between suspend and resume */
	u64 slept;			/* ns of boot time at suspend; that is not stopped by sleep */
	unsigned long shown;		/* bit 0: registered, with an interrupt; cleared by who undoes that */
	struct work_struct service;	/* on te4xx_queue; what the framers' causes point at */
	struct delayed_work watch;	/* looks once a second, or when asked to, whether the card is there */
	/* the interrupt's alone: */
	struct te4xx_due due;
	u64 frame;			/* next receive frame */
	struct te4xx_pace pace;		/* lock; generations 2 to 4 */
	unsigned int pace_unit;		/* whose seconds are counted */
	u32 owed;			/* blocks that were found lost and are not told yet */
	u32 polled;			/* blocks since the service was asked to look at defects */
	/* coherent memory: ring of sent, then ring of received blocks */
	u8 *mem;
	dma_addr_t bus;
	u32 block_size;
	struct te4xx_port port[TE4XX_PORTS];
};

static inline bool te4xx_octal(const struct te4xx *te)
{
	return te->model->ports == 8;
}

/* Units of the framer chip: one of four is behind two ports too. */
static inline unsigned int te4xx_units(const struct te4xx *te)
{
	return te4xx_octal(te) ? 8 : 4;
}

/* regs.c: any context; take the card register lock. A card that is gone reads as 0xff. */
u32 te4xx_read(struct te4xx *te, unsigned int offset);
void te4xx_write(struct te4xx *te, unsigned int offset, u32 value);
u8 te4xx_framer_read(struct te4xx *te, unsigned int unit, u8 reg);
void te4xx_framer_write(struct te4xx *te, unsigned int unit, u8 reg, u8 value);
void te4xx_framer_program(struct te4xx *te, unsigned int unit, const struct te4xx_program *p);
/*
 * A question to the card itself, after a read that gave all ones: false, it is not in its slot. Then the watch
 * is told to withdraw it. Any context, the lock may be held.
 */
bool te4xx_present(struct te4xx *te);
/* LEDs as the ports have them; the lock is held. */
void te4xx_leds(struct te4xx *te);

/* dma.c */
/* What the ring is for this model. */
void te4xx_ring_init(struct te4xx *te);
/* Before registration. Process context; -ENOMEM. */
int te4xx_dma_alloc(struct te4xx *te);
/* The lock is held. */
void te4xx_dma_start(struct te4xx *te);
void te4xx_dma_stop(struct te4xx *te);
irqreturn_t te4xx_interrupt(int irq, void *data);
/* From the interrupt: a second of this unit is over. */
void te4xx_second(struct te4xx *te, unsigned int unit);
const void *te4xx_rx_block(struct tdm_span *span, unsigned int i);
void *te4xx_tx_block(struct tdm_span *span, unsigned int i);

/* framer.c */
/* Takes the causes of all units over; from the interrupt. True: there is something for the service. */
bool te4xx_collect(struct te4xx *te);
void te4xx_serve(struct work_struct *work);
/* Any context. */
void te4xx_call_service(struct te4xx *te);
void te4xx_get_errors(struct tdm_span *span, struct tdm_line_errors *errors);

/* line.c */
extern const struct tdm_span_ops te4xx_span_ops;
int te4xx_set_clock(struct tdm_card *card, unsigned int port);

/* firmware.c */
/*
 * At probe, before the first start: the profiles that the card has from now on, released with the device. A file that is
 * refused is no error, but a sentence in @refused, TDM_REASON_LEN octets, else empty. Process context; -ENOMEM.
 */
int te4xx_firmware_init(struct te4xx *te, char *refused);
/* Card reload mutex held. */
int te4xx_reload(struct tdm_card *card, struct netlink_ext_ack *extack);
/* The port's profile, as of now; false: it is what the port had. Span mutex held. */
bool te4xx_firmware_renew(struct te4xx_port *port);

/* cas.c */
void te4xx_set_cas(struct tdm_span *span, unsigned int slot, u8 abcd);
void te4xx_cas_restore(struct te4xx_port *port);
/* Interrupt and service are through with what they found up to now. May sleep. */
void te4xx_settle(struct tdm_span *span);
/* The service. @frame: at which what is received now was seen. */
void te4xx_cas_receive(struct te4xx_port *port, u64 frame);

#endif /* TE4XX_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects of the plant, private to virt.c, card.c, line.c and clock.c. See virt.h for lifetime and locks. */
#ifndef TDM_VIRT_PLANT_H
#define TDM_VIRT_PLANT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include "pure/elastic.h"
#include <opentdm_virt_netlink.h>
#include "virt.h"

struct virt_card;
struct virt_port;

#define VIRT_TX_BLOCKS	2	/* of transmit memory a port: the one on the line, the one being filled */

/* Two joined ports; a == b: looped. Freed after a grace period. */
struct virt_link {
	struct rcu_head rcu;
	struct virt_port *a, *b;
	bool cross;			/* of different cards: two clocks, hence the elastic buffers */
	spinlock_t lock;		/* class card.reg: both buffers, between the two cards' ticks */
	struct tdm_elastic ab, ba;
	u8 *mem;
};

struct virt_port {
	struct virt_card *card;
	struct tdm_span *span;
	unsigned int nr;		/* from 1 */
	struct virt_link __rcu *link;	/* plant mutex */

	/* Written by the ops (span mutex), sampled by the ticks of the peer. */
	bool up, rai;
	u8 type, framing, signalling, loopback;
	u8 cas_tx[TDM_SLOTS_MAX];

	/* The fault panel: written under the plant mutex, sampled by ticks and ops. */
	u32 defects, bit_errors, refuse;

	/* Protected by card->regs. */
	struct tdm_line_errors errors;

	/* The tick's own. */
	u8 tx[VIRT_TX_BLOCKS][TDM_BLOCK_OCTETS] __aligned(8);
	u8 rx[TDM_BLOCK_OCTETS] __aligned(8);
	unsigned int cur;		/* tx block filled last */
	bool unpushed;			/* ... and not yet in the elastic buffer */
	bool received, sent;		/* the core asked for this tick's blocks */
	bool moves;			/* the line does something in each block, whoever listens */
	int seen;			/* state of the plant, see virt_line_changed(), that was sampled last */
	bool fresh;			/* came up: report every CAS bit once */
	u32 reported;			/* defects reported last; U32_MAX: none yet */
	u8 cas_rx[TDM_SLOTS_MAX];	/* CAS reported last */
	unsigned int repeated, deleted;	/* slips of this tick, to be reported after it */
	u64 random;
	u64 error_at;			/* 16.16 bits until the next bit error; 0: to be drawn */
};

struct virt_card {
	struct list_head node;		/* plant's list, by ascending id; plant mutex */
	struct list_head active;	/* clock.c: it ticks; timer's lock, read by RCU */
	struct tdm_card *card;
	unsigned int ports;
	struct virt_port *port;		/* [ports] */
	u8 nup;				/* spans up; clock.c, timer's lock */
	spinlock_t regs;		/* class card.reg */

	/* The fault panel of the card; as a port's. */
	s32 ppm;
	u32 refuse;
	bool stall, yank;
	atomic_t late;			/* ticks to leave out */

	u8 clock_port;			/* clocked from this port's line; 0: own oscillator */
	/* The timer's own. */
	u64 due;			/* CLOCK_MONOTONIC, ns */
	u64 frame;			/* next receive frame */
	unsigned int held;		/* blocks kept back by late */
	u64 ticks;
};

/* The other end of a port's join; the same port when it is looped. */
static inline struct virt_port *virt_peer(const struct virt_port *port, const struct virt_link *link)
{
	return link->a == port ? link->b : link->a;
}

/* card.c: both may sleep */
struct virt_card *virt_card_alloc(const struct virt_new *new, struct netlink_ext_ack *extack);
void virt_card_free(struct virt_card *card);	/* not registered (any more); nobody looks at it */

/*
 * line.c; in a tick (op context), but virt_line_turn() after it. All with the RCU read lock that the timer holds
 * around a card's turn.
 */
const void *virt_line_rx(struct virt_port *port);
void *virt_line_tx(struct virt_port *port);
void virt_line_turn(struct virt_port *port, unsigned int blocks, u64 frame, int state);
/*
 * Whoever has changed what ticks sample, a join, a fault, what a port's op sets, says so: they look again.
 * Any context.
 */
void virt_line_changed(void);
int virt_line_state(void);
int virt_link_init(struct virt_link *link);
void virt_link_free(struct rcu_head *rcu);

/* clock.c */
void virt_clock_init(void);
void virt_clock_exit(void);
void virt_clock_start(struct virt_card *card);	/* a span came up; any context */
void virt_clock_stop(struct virt_card *card);	/* a span went down */

#endif /* TDM_VIRT_PLANT_H */

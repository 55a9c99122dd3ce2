/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tdm_virt - virtual cards: ports joined by wires of memory, a timer for an interrupt, and a fault panel.
 *
 *	virt.c		module, plant: the list of cards, joins, faults: what netlink asks for
 *	card.c		one card: the ops that the core calls
 *	line.c		the wire: what a port receives, its defects, bit errors, CAS
 *	clock.c		the timer from which all cards tick, each at its own rate
 *	virt_netlink.c	family "opentdm_virt"
 *
 * Lifetime. A virtual card is the priv of its struct tdm_card. The plant's list holds it from
 * virt_card_new() until virt_card_del(), which takes it off the list and parts its joins (plant mutex), then
 * unregisters it (nothing held), waits for an RCU grace period and puts it. A port reaches its peer, maybe
 * of another card, only through port->link inside an RCU read section; a tick is one.
 *
 * What a peer looks at (up, rai, framing, cas_tx) is written by this port's ops and sampled, as a framer
 * samples its line, once per tick of the peer: so reports of one span have one source and one order.
 *
 * Locks: virt_plant (mutex: the list, the joins, faults) stands outside every lock of the core; link->lock,
 * card->regs and the timer's (spinlocks, class card.reg, none inside another) inside all of them.
 */
#ifndef TDM_VIRT_H
#define TDM_VIRT_H

#include <linux/types.h>
#include "tdm.h"

/* Defaults of the initial configuration by type, as uapi/opentdm_virt.yaml states them. */
void virt_config_default(struct tdm_span_config *config, u8 type);

struct virt_new {
	const char *name;		/* exact name, "virtN"; NULL: the lowest free one, or the key's */
	const char *key;		/* NULL: a key of its own */
	unsigned int ports;		/* 1..TDM_PORTS_MAX */
	struct tdm_span_config config;	/* initial, of all ports; start from virt_config_default() */
};

/* What VIRT_FAULT_* of mask is set; the rest is ignored. */
#define VIRT_FAULT_DEFECTS	BIT(0)
#define VIRT_FAULT_BIT_ERRORS	BIT(1)
#define VIRT_FAULT_CRC		BIT(2)
#define VIRT_FAULT_LCV		BIT(3)
#define VIRT_FAULT_FRAME	BIT(4)
#define VIRT_FAULT_REFUSE	BIT(5)
#define VIRT_FAULT_SECONDS	BIT(6)
#define VIRT_FAULT_PORT		0x7fU	/* these are a port's; REFUSE of TDM_VIRT_OP_CLOCK the card's */
#define VIRT_FAULT_PPM		BIT(8)
#define VIRT_FAULT_LATE		BIT(9)
#define VIRT_FAULT_STALL	BIT(10)
#define VIRT_FAULT_YANK		BIT(11)
#define VIRT_FAULT_CARD		0xf00U

struct virt_fault {
	u32 mask;
	u32 defects;		/* TDM_ALARM_*, over and above what the line has */
	u32 bit_errors;		/* per 10^9 bits */
	u32 crc, lcv, frame;	/* one-shot counts */
	u32 refuse;		/* enum tdm_virt_op bits */
	u32 seconds;		/* one-shot */
	s32 ppm;
	u32 late;		/* one-shot, ticks */
	bool stall;
};

/* One port as netlink shows it. */
struct virt_port_info {
	u32 card;
	char card_name[TDM_NAME_LEN];
	unsigned int ports;
	unsigned int port;
	bool joined;
	u32 peer_card;
	char peer_card_name[TDM_NAME_LEN];
	unsigned int peer_port;
	u32 defects;		/* injected */
	u32 bit_errors;
	u32 refuse;
	s32 ppm;
	bool stall;
	u64 ticks;
};

/*
 * All below: process context, may sleep, nothing held. extack may be NULL. -ENODEV: no such virtual card;
 * -EINVAL: no such port, or as said; every refusal sets a sentence.
 */
/* Also -EEXIST the name is taken, -ENOMEM. *id: the instance id. */
int virt_card_new(const struct virt_new *new, u32 *id, struct netlink_ext_ack *extack);
int virt_card_del(u32 card, struct netlink_ext_ack *extack);
int virt_card_by_name(const char *name, u32 *card);
/* -EBUSY one is joined already; -EINVAL their types differ. a == b: looped. */
int virt_join(u32 a_card, unsigned int a_port, u32 b_card, unsigned int b_port,
	      struct netlink_ext_ack *extack);
int virt_unjoin(u32 card, unsigned int port, struct netlink_ext_ack *extack); /* -ENOTCONN */
/* @port 0: only VIRT_FAULT_CARD bits are allowed (-EINVAL). VIRT_FAULT_YANK is done last, by a work item. */
int virt_fault_set(u32 card, unsigned int port, const struct virt_fault *fault,
		   struct netlink_ext_ack *extack);
int virt_port_get(u32 card, unsigned int port, struct virt_port_info *info);
/* For dumps: the first port at or after (card, port) in ascending order; -ENOENT at the end. */
int virt_port_next(u32 card, unsigned int port, struct virt_port_info *info);
/* Changes whenever a card or a join comes or goes; never 0. */
unsigned int virt_generation(void);

/* virt_netlink.c */
int virt_nl_init(void);
void virt_nl_exit(void);

#endif /* TDM_VIRT_H */

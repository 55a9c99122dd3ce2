/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cross-connects: in the tick, send on one slot what arrives on another.
 *
 * A connection has two ends and one leg (a's receive -> b's transmit) or two. A slot takes part in at
 * most one connection: tdm_slot.connect names it, whether a leg fills that slot or not. Connections
 * of descriptors join slots whose transmit sides the caller owns; administrative ones join slots
 * that nobody owns, and keep them from being claimed until they are deleted.
 *
 *	same card	rx block of a --------- copy in the connect phase --------> tx block of b
 *	two cards	rx block of a --push--> elastic buffer, 2 ms --pull--> tx block of b
 *			 (tick of a's card)     (leg->lock)        (tick of b's card)
 *
 * Locks. connect mutex (class "connect", inside the span mutexes, outside the tick locks): all
 * connections, tdm_slot.connect. A connection is made with both span mutexes and the connect mutex held,
 * and ends with the connect mutex alone, which is why path.c can end it while it holds only the
 * mutex of the span whose slot goes away. What a tick walks (the lists in struct tdm_connect_card,
 * tdm_path.tx_now, tdm_span.connect_tx) changes under the tick lock of that card as well.
 *
 * A leg keeps no reference on its cards: path.c and card.c end every connection of a slot before its
 * path or its card goes away (tdm_connect_slots_gone).
 */
#ifndef TDM_CONNECT_H
#define TDM_CONNECT_H

#include <linux/list.h>
#include <linux/types.h>

struct tdm_card;
struct tdm_span;
struct tdm_path;
struct tdm_connect_link;

/* One in each card. */
struct tdm_connect_card {
	struct list_head from;	/* legs to other cards: pushed by this card's tick; tick lock */
	struct list_head to;	/* legs that this card's tick sends; tick lock */
};

/* Before the card is registered. */
void tdm_connect_card_init(struct tdm_connect_card *connects);

/*
 * The connect phase for one block: after rx, before tx of the paths. Tick context, tick lock held.
 * Uses tdm_span.tick_rx and .tick_tx: the span's blocks of this moment, NULL while it is not up.
 */
void tdm_connect_block(struct tdm_card *card);

/*
 * Slots whose transmit side changes hands or whose span goes away: their connections end now. Called
 * with the span's mutex held, before a path is detached and before a card's ops end. May sleep.
 */
void tdm_connect_slots_gone(struct tdm_span *span, u32 slots);

/*
 * Of @slots, is one in an administrative connection, so that its transmit side cannot be claimed?
 * -EBUSY with a sentence in reason[TDM_REASON_LEN], or 0. Span mutex held.
 */
int tdm_connect_may_claim(struct tdm_span *span, u32 slots, char *reason);

/* One end, as netlink names it. */
struct tdm_connect_end {
	u32 card;		/* instance id */
	u32 port;		/* from 1 */
	u32 slot;
};

struct tdm_connect_info {
	u32 id;			/* never 0, not reused soon */
	bool admin;
	u32 flags;		/* TDM_CONNECT_BOTH */
	struct tdm_connect_end a, b;
	u64 slips;		/* two cards: frames repeated and deleted by the elastic buffers */
};

/*
 * Administrative connections, for netlink. Process context, no lock held, may sleep.
 * add: @bearer is that of both slots (TDM_BEARER_SPEECH: laws are converted). 0 and the id; -ENODEV,
 * -EINVAL, -EBUSY, -ENOMEM with a sentence in reason[TDM_REASON_LEN].
 * del: -ENOENT; -EPERM for a connection of descriptors; both with a sentence.
 * next: the connection (of either kind) with the lowest id above @after, or -ENOENT.
 */
int tdm_connect_admin_add(const struct tdm_connect_end *a, const struct tdm_connect_end *b, u32 flags,
			  u8 bearer, u32 *id, char *reason);
int tdm_connect_admin_del(u32 id, char *reason);
int tdm_connect_next(u32 after, struct tdm_connect_info *info);
/* The other end of the connection that a slot takes part in; -ENOENT. */
int tdm_connect_peer(struct tdm_span *span, unsigned int slot, struct tdm_connect_end *peer);

#endif /* TDM_CONNECT_H */

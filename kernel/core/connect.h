/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cross-connects: in the tick, send on one slot what arrives on another.
 *
 * A connection has two ends and one leg (a's receive -> b's transmit) or two. A slot takes part in at
 * most one connection, whether a leg fills it or not. Connections of descriptors join slots whose
 * transmit sides the caller owns; administrative ones join slots that nobody owns.
 *
 *	same card	rx block of a ---------- copied in the tick ---------> tx block of b
 *	two cards	rx block of a --push--> elastic buffer, 2 ms --pull--> tx block of b
 *			 (tick of a's card)     (leg's lock)        (tick of b's card)
 *
 * Lifetime. A connection holds a reference on both cards. It is reached by (span, slot) and by id
 * through two xarrays, which together count as one reference while it is live; look-ups are by RCU and kref, so
 * whoever found one may drop everything else, lock both spans in order and ask whether it is still live.
 *
 * Locks. live, and which slots take part, change with both span mutexes held (tdm_span_lock2). So
 * with one span's mutex held, whether a slot of it takes part stands still.
 */
#ifndef TDM_CONNECT_H
#define TDM_CONNECT_H

#include <linux/types.h>

struct tdm_span;
struct tdm_path;

/* One end, as netlink names it. */
struct tdm_connect_end {
	u32 card;		/* instance id */
	u32 port;		/* from 1 */
	u32 slot;
};

struct tdm_connect_info {
	u32 id;			/* never 0, not reused soon */
	bool admin;
	u8 bearer;		/* enum tdm_bearer, of b */
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
int tdm_connect_admin_add(const struct tdm_connect_end *a, const struct tdm_connect_end *b,
			  u32 flags, u8 bearer, u32 *id, char *reason);
int tdm_connect_admin_del(u32 id, char *reason);
int tdm_connect_next(u32 after, struct tdm_connect_info *info);

/*
 * Moves on, never back, with each connection that comes or goes: by it a dump notices that it is of two
 * states. Any context.
 */
unsigned int tdm_connect_generation(void);

/* Id of the connection that the slot takes part in, filled by it or not; 0: none. Span mutex held. */
u32 tdm_connect_of(const struct tdm_span *span, unsigned int slot);

/* End every connection of descriptors of these slots. No span mutex held; may sleep. */
void tdm_connect_end_slots(struct tdm_span *span, u32 slots);

/* The caller of TDM_CONNECT and of TDM_DISCONNECT: the paths' ops and masks say who owns what. */
struct tdm_connect_request {
	struct tdm_path *a, *b;	/* the same path for both is legal */
	u32 a_slot, b_slot;
	u32 flags;		/* TDM_CONNECT_* */
	/* out */
	s64 ab_delay, ba_delay;
	u64 b_tx_frame, a_tx_frame;
};

/*
 * No lock held; may sleep; the paths stay (the caller holds both files). add: -EPERM not the owner,
 * -EBUSY connected already, -EINVAL, -ENODEV, -ENOMEM; del (b is ignored): -ENOENT, -EPERM;
 * with a sentence.
 */
void tdm_connect_init(void);		/* module init, before the device */
int tdm_connect_add(struct tdm_connect_request *req, char *reason);
int tdm_connect_del(struct tdm_connect_request *req, char *reason);

#endif /* TDM_CONNECT_H */

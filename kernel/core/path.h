/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What carries the octets of a span: paths, which a stream or a bound descriptor attaches, its slots, and
 * the legs of cross-connects. core.h says which locks there are and how long a path lives.
 */
#ifndef TDM_PATH_H
#define TDM_PATH_H

#include <linux/list.h>
#include "tdm.h"

struct tdm_connect_leg;
struct tdm_event;
struct tdm_path;
struct tdm_ring;
struct tdm_span;

/* What tdm_path_ops.state is told. */
enum tdm_path_state {
	TDM_PATH_GONE = -1,	/* the card is away; nothing follows */
	TDM_PATH_DOWN = 0,	/* the span went down, or its card's tick died */
	TDM_PATH_UP = 1,
};

/*
 * Path ops. rx, tx and gap run in the tick: card tick lock held, must not sleep, must not wake:
 * return true where a waiter wants waking; tick.c does it after the lock is dropped.
 */
struct tdm_path_ops {
	/* One received block; frame is the number of its first octets. May be NULL (transmit only). */
	bool (*rx)(struct tdm_path *path, const void *block, u64 frame);
	/* Fill rows of a transmit block (rows in path->tx_now). May be NULL (receive only). */
	bool (*tx)(struct tdm_path *path, void *block, u64 frame);
	/* rx_frames were lost before the next rx, tx_frames were sent without us before the next tx. */
	void (*gap)(struct tdm_path *path, u64 rx_frames, u64 tx_frames);
	/* enum tdm_path_state. Span mutex held; process context. Wakes its waiters itself. */
	void (*state)(struct tdm_path *path, int state);
	/* A private event for the owner. Process context inside an RCU read section: must not sleep; no lock held. */
	void (*event)(struct tdm_path *path, const struct tdm_event *event);
	/*
	 * Wake whoever waits for @what, EPOLLIN or EPOLLOUT and its kin (tick context inside an RCU read section,
	 * no lock held).
	 */
	void (*wake)(struct tdm_path *path, __poll_t what);
	/* Who this is, for refusals, in at most TDM_OWNER_LEN. Span mutex held. */
	void (*name)(const struct tdm_path *path, char *buf, size_t len);
};

/* Something attached to a span that takes and gives octets: a stream, a bound descriptor. */
struct tdm_path {
	const struct tdm_path_ops *ops;
	struct tdm_span *span;	/* set by attach; stays valid until the client's card reference is put */
	struct list_head node;	/* in span->paths; written under the span mutex, read by RCU too */
	u32 rx_slots;		/* slots it receives; written under span mutex + card tick lock */
	u32 tx_slots;		/* slots whose transmit side it owns; the same */
	u32 tx_now;		/* of these, those that no cross-connect fills at present; the same */
	/*
	 * Octets of its one slot, which the tick puts and takes itself as long as they are whole rows that go to
	 * the line; ops->rx is then not called, ops->tx for the others. NULL: never. Set before attach.
	 */
	struct tdm_ring *rx_ring, *tx_ring;
	u8 mode;		/* enum tdm_mode, for listings; set before attach */
	bool always;		/* rx and tx run for every block while attached, with whatever slots; set before attach */
	bool attached;		/* span mutex */
	__poll_t wake;		/* what waiters are to be told of, 0: nothing; card tick lock */
	struct tdm_path *wake_next; /* tick context only */
};

struct tdm_slot {
	struct tdm_path *tx_owner;	/* span mutex; NULL: idle */
	struct tdm_connect_leg *connect;/* what fills the transmit side instead; span mutex + tick lock */
	u8 bearer;			/* enum tdm_bearer of the owner; span mutex */
	u8 cas_tx, cas_rx;		/* ABCD sent; ABCD received, debounced; span mutex */
	u8 cas_idle;			/* ABCD sent while nobody owns it; span mutex */
};

/*
 * One direction of a cross-connect: what src_slot receives is sent on dst_slot. Made by connect.c;
 * constant while plugged. push and pull are NULL on one card (the tick copies the row itself); between
 * two cards push runs in the tick of src's card for each received row, pull in the tick of dst's, under
 * their own tick locks, at the same time: an elastic buffer lies in between.
 */
struct tdm_connect_leg {
	struct tdm_span *src, *dst;
	u8 src_slot, dst_slot;
	bool plugged;			/* both span mutexes */
	const u8 *convert;		/* 256 octets, applied on the way; NULL: as they are */
	void (*push)(struct tdm_connect_leg *leg, u64 row, u64 rx_frame);
	u64 (*pull)(struct tdm_connect_leg *leg, u64 tx_frame);
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opentdm core - the objects, private to tdm.ko.
 *
 *	card.c		cards: ids, names, registry, registration and removal
 *	span.c		spans: configuration, up and down, state as netlink and sysfs see it
 *	tick.c		the fast path: receive, connect, transmit of one tick
 *	path.c		attaching and detaching paths, who owns which transmit side
 *	work.c		the span's work queue: reports -> alarms, CAS, counters -> events
 *	event.c		numbering and delivery of events
 *	clock.c		clock sources of a card: order, failover, wait to restore
 *	sysfs.c		class "opentdm"
 *	connect.c	cross-connects, administrative and of descriptors
 *	chardev.c	/dev/tdm: open, ioctl table, poll, mmap, release
 *	bound.c		bound descriptors; bound_pcm.c, bound_hdlc.c
 *	stream.c	streams
 *	netlink.c	family "opentdm"
 *	main.c		module init and exit
 *	pure/		logic without kernel calls
 *
 * Lifetime. The registry holds a reference on each card; so does each attached client (a bound or
 * stream descriptor), each cross-connect and each dump in progress. Spans and slots live inside their
 * card. `gone` is set under every span mutex of the card by tdm_card_unregister(), after which nothing can be
 * attached; then each path is told, detached from the tick, and only then do the driver's ops
 * end. A client keeps its memory (rings, mapped pages) until its descriptor and last mapping end.
 *
 * A sample: driver's block -> tick.c -> tdm_path.rx -> ring -> reader; and back by tdm_path.tx.
 * A signal: tdm_span_defects()/cas() -> span->reports (kfifo, span state lock) -> span->work on
 * span->wq -> pure/alarm.c under the span mutex -> span->events -> unlock -> event.c.
 */
#ifndef TDM_CORE_H
#define TDM_CORE_H

#include <linux/cdev.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "tdm.h"

struct tdm_path;
struct tdm_client;

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
	/* The span went up (1), down (0), or its card away (-1). Span mutex held; process context. */
	void (*state)(struct tdm_path *path, int state);
	/* A private event for the owner. Process context, no lock held. */
	void (*event)(struct tdm_path *path, const struct tdm_event *event);
	/* Wake whoever waits (tick context, no lock held). */
	void (*wake)(struct tdm_path *path);
	/* Who this is, for refusals: "tdmd[312]". */
	void (*name)(const struct tdm_path *path, char *buf, size_t len);
};

/* Something attached to a span that takes and gives octets: a stream, a bound descriptor. */
struct tdm_path {
	const struct tdm_path_ops *ops;
	struct tdm_span *span;	/* set by attach; stays valid until the client's card reference is put */
	struct list_head node;	/* in span->paths; span mutex */
	u32 rx_slots;		/* slots it receives; written under span mutex + card tick lock */
	u32 tx_slots;		/* slots whose transmit side it owns; the same */
	u32 tx_now;		/* of these, those that no cross-connect fills at present; the same */
	bool wake_pending;	/* tick context only */
};

struct tdm_slot {
	struct tdm_path *tx_owner;	/* span mutex; NULL: idle */
	struct tdm_connect_leg *connect;/* what fills the transmit side instead; span mutex + tick lock */
	u8 bearer;			/* enum tdm_bearer of the owner; span mutex */
	u8 cas_tx, cas_rx;		/* ABCD sent; ABCD received, debounced; span mutex */
};

#endif /* TDM_CORE_H */

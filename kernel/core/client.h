/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A descriptor of /dev/tdm, private to chardev.c, bound*.c, stream.c and connect.c.
 *
 *	                    TDM_BIND
 *	 open -> nothing ------------------> bound  --+
 *	            |      TDM_STREAM_OPEN            +--> release -> grace period -> freed
 *	            +----------------------> stream --+
 *
 * What a descriptor is (`role`) is written once, with release order, when all that belongs to it is
 * ready and it is attached; whoever reads it with acquire needs no lock: read, write, poll and mmap take none
 * for it. mmap() above all: it runs under mmap_lock, and a copy to user memory takes mmap_lock, so
 * no lock over such a copy may be one that mmap() takes.
 *
 * Locks, outermost first (docs/locking.md):
 *
 *	role_lock		changes of role and of claims; never over a user copy, never while waiting
 *	bound.rx_lock, tx_lock	one reader and one writer of the rings; over the user copy, not while waiting
 *	  span mutex
 *	    card tick lock	excludes the tick: flush, statistics
 *	event_lock		leaf: the event FIFO (irqs off is not needed: never taken in the tick)
 *
 * Lifetime: release() detaches the path, after which no rx or tx of it runs; wake and event may still
 * run inside an RCU read section and touch only what lies in struct tdm_client, which is
 * freed after a grace period.
 */
#ifndef TDM_CLIENT_H
#define TDM_CLIENT_H

#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>
#include "core.h"

#define TDM_CLIENT_EVENTS	64	/* power of two */

struct tdm_client;
struct tdm_bound;
struct tdm_stream_run;

/* What a role does for the calls that are not ioctls. NULL: EBADFD (read, write), ENODEV (mmap). */
struct tdm_role {
	const char *name;
	ssize_t (*read)(struct tdm_client *client, char __user *to, size_t n, bool wait);
	ssize_t (*write)(struct tdm_client *client, const char __user *from, size_t n, bool wait);
	__poll_t (*poll)(struct tdm_client *client);	/* of EPOLLIN and EPOLLOUT only */
	int (*mmap)(struct tdm_client *client, struct vm_area_struct *vma);
	void (*free)(struct tdm_client *client);	/* after detaching; may sleep */
};

struct tdm_client {
	struct tdm_path path;
	const struct tdm_role *role;	/* NULL: nothing yet; see the top */
	struct mutex role_lock;
	struct tdm_card *card;		/* a reference, once attached */
	union {				/* by role */
		struct tdm_bound *bound;
		struct tdm_stream_run *stream;
	};
	int state;			/* enum tdm_path_state; written by path op state, READ_ONCE */
	bool can_write;			/* opened for writing */
	u32 releasing;			/* transmit slots on their way out: no new cross-connect; span mutex */
	char name[TDM_OWNER_LEN];	/* "tdmd[312]", of who bound it; constant once attached */
	wait_queue_head_t wait;
	struct rcu_head rcu;

	spinlock_t event_lock;		/* protects what follows */
	u32 events_lost;
	DECLARE_KFIFO(events, struct tdm_event, TDM_CLIENT_EVENTS);
};

static inline struct tdm_client *tdm_path_client(const struct tdm_path *path)
{
	return container_of(path, struct tdm_client, path);
}

/* chardev.c: what the path ops of bound descriptors and of streams share. */
void tdm_client_state(struct tdm_path *path, int state);
void tdm_client_event(struct tdm_path *path, const struct tdm_event *event);
void tdm_client_wake(struct tdm_path *path, __poll_t what);
void tdm_client_name(const struct tdm_path *path, char *buf, size_t len);

/* A sentence for reason[TDM_REASON_LEN]; returns @error, so that a refusal is one line. */
__printf(3, 4) int tdm_refuse(char *reason, int error, const char *fmt, ...);

/*
 * The card of an ioctl (a reference, to be put) and its span. -ENODEV with a sentence. May sleep.
 */
int tdm_client_find(u32 card, u32 port, struct tdm_card **found, struct tdm_span **span,
		    char *reason);
/*
 * Attach client->path (ops and mode set) to a span and claim; takes the span mutex. On success the
 * client owns @card's reference.
 */
int tdm_client_attach(struct tdm_client *client, struct tdm_card *card, struct tdm_span *span,
		      u32 rx_slots, u32 tx_slots, u8 bearer, struct tdm_frames *eff, char *reason);
/* Give slots back, ending their cross-connects first. role_lock held. */
void tdm_client_release_slots(struct tdm_client *client, u32 rx_slots, u32 tx_slots,
			      struct tdm_frames *eff);
void tdm_client_become(struct tdm_client *client, const struct tdm_role *role);

/* -ENODEV, -ENETDOWN, or 0 while the span runs. */
static inline int tdm_client_running(const struct tdm_client *client)
{
	switch (READ_ONCE(client->state)) {
	case TDM_PATH_GONE:
		return -ENODEV;
	case TDM_PATH_UP:
		return 0;
	default:
		return -ENETDOWN;
	}
}

/* The octet that every octet of a slot is or-ed with: restricted digital has no bit 0. */
static inline u64 tdm_bearer_or(u8 bearer)
{
	return bearer == TDM_BEARER_56K ? 0x0101010101010101ULL : 0;
}

/* bound.c, stream.c: the ioctls; role_lock held where the table in chardev.c says so. */
int tdm_ioc_bind(struct tdm_client *client, struct tdm_bind *arg);
int tdm_ioc_stats(struct tdm_client *client, struct tdm_stats *arg);
int tdm_ioc_flush(struct tdm_client *client, struct tdm_flush *arg);
int tdm_ioc_drain(struct tdm_client *client, struct tdm_drain *arg);
int tdm_ioc_stream_open(struct tdm_client *client, struct tdm_stream *arg);
int tdm_ioc_claim(struct tdm_client *client, struct tdm_claim *arg);
int tdm_ioc_release(struct tdm_client *client, struct tdm_claim *arg);

extern const struct tdm_role tdm_role_stream;

/* The descriptor of a file of ours, or NULL. */
struct tdm_client *tdm_client_of(struct file *file);

#endif /* TDM_CLIENT_H */

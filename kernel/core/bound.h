/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bound descriptors: rings between the tick and read() and write(), private to bound*.c.
 *
 * Each ring has one producer and one consumer: the tick on one side (one at a time by the card tick
 * lock), the holder of rx_lock or tx_lock on the other. Positions only grow (they wrap with unsigned
 * long); each is written by one side with release order and read by the other with acquire order.
 * The tick takes no lock for it.
 *
 * PCM receive is the exception that overwrites: the tick writes whatever the reader does, since it
 * must not wait, and the oldest frames are to be lost, not the newest:
 *
 *	tick:	reserve = head + 8; wmb; write the octets; head = head + 8 (release)
 *	reader:	head (acquire); tail = max(tail, head - limit); copy; rmb; if reserve - tail > room,
 *		the tick has been writing where we read: what was copied is void, once more
 *
 * `room` octets of memory are at least `limit` + 8 frames, so that the reader may be as late as promised
 * while a block is being written. What the reader skips it counts, so lost frames
 * are counted exactly once, whoever looks (tdm_pcm_lost()).
 */
#ifndef TDM_BOUND_H
#define TDM_BOUND_H

#include "client.h"
#include "pure/hdlc.h"

/* Bounds of tdm_bind.rx_frames and tx_frames; in the uapi header's words. */
#define TDM_PCM_FRAMES_MAX	(60 * TDM_FRAMES_PER_SEC)
#define TDM_PCM_OCTETS_MAX	(8U << 20)
#define TDM_HDLC_OCTETS_MAX	(16U << 20)
#define TDM_HDLC_DEFAULT	(64U << 10)
#define TDM_HDLC_MTU_DEFAULT	1024U
#define TDM_HDLC_HEAD		4U	/* octets that a queued frame costs besides its own */

/* Positions count frames (PCM) or octets (HDLC). */
struct tdm_ring {
	u8 *data;
	unsigned long mask;	/* positions of memory - 1; a power of two */
	unsigned long limit;	/* positions in use, at most */
	/* the producer's */
	unsigned long head ____cacheline_aligned_in_smp;
	unsigned long reserve;	/* PCM receive: being written up to here */
	/* the consumer's */
	unsigned long tail ____cacheline_aligned_in_smp;
};

struct tdm_bound_hdlc;

struct tdm_bound {
	u8 mode;		/* enum tdm_mode */
	u8 bearer;
	bool tx_owner;		/* TDM_BIND_TX */
	u8 nslots;
	u8 slot[TDM_SLOTS_MAX];	/* ascending */
	u64 or;			/* tdm_bearer_or() */
	u32 rx_wake;		/* PCM: frames */
	u32 mtu;		/* HDLC */

	struct mutex rx_lock;	/* the consumer's side of rx; class client.rx */
	struct mutex tx_lock;	/* the producer's side of tx; class client.tx */
	atomic_t drainers;	/* the tick wakes after every block while someone drains */
	struct tdm_ring rx, tx;
	unsigned long tx_left;	/* positions below this have left; the tick's */
	unsigned long tx_told;	/* tx.head for which writers have been told of room; the tick's */
	bool tx_started;	/* something was written once; the tick's */
	u64 rx_lost;		/* PCM: skipped by the reader; rx_lock + tick lock */

	/* The tick's: written under the card tick lock, read under it by TDM_STATS. */
	struct tdm_stats stats;
	struct tdm_bound_hdlc *hdlc;	/* NULL: PCM */
};

/* The rings of a new bound descriptor; sizes are checked already. -ENOMEM. */
int tdm_ring_init(struct tdm_ring *ring, unsigned long positions, unsigned long limit,
		  unsigned int octets);
/* Octets [from, from + n) of an HDLC ring; @n at most its size. */
void tdm_ring_get(const struct tdm_ring *ring, unsigned long from, void *to, unsigned long n);
void tdm_ring_put(struct tdm_ring *ring, unsigned long at, const void *from, unsigned long n);

/* A position of the other side: what it covers is seen, or free, too. */
static inline unsigned long tdm_pos_get(const unsigned long *pos)
{
	/* Pairs with tdm_pos_set(). */
	return smp_load_acquire(pos);
}

/* Our own position: what it covers was written, or read, before. */
static inline void tdm_pos_set(unsigned long *pos, unsigned long value)
{
	/* Pairs with tdm_pos_get(). */
	smp_store_release(pos, value);
}

/* Positions that wait; the producer's or the consumer's view. */
static inline unsigned long tdm_ring_used(const struct tdm_ring *ring)
{
	return tdm_pos_get(&ring->head) - tdm_pos_get(&ring->tail);
}

static inline unsigned long tdm_ring_free(const struct tdm_ring *ring)
{
	return ring->limit - tdm_ring_used(ring);
}

/*
 * The tick's, when it has taken from tx: whether writers are to be told that half of it is free. Once for each
 * position of the head: who waits for room has written before, and what he wrote last is seen here at the
 * latest in the next tick, even if he did so while this one took; and then told anew.
 */
static inline bool tdm_bound_room(struct tdm_bound *bound)
{
	struct tdm_ring *ring = &bound->tx;
	unsigned long head = tdm_pos_get(&ring->head);

	if (head == bound->tx_told || head - ring->tail > ring->limit / 2)
		return false;
	bound->tx_told = head;
	return true;
}

/* One mode of a bound descriptor: what bound.c calls by mode. */
struct tdm_bound_ops {
	/* Checks mode's part of the request and makes the rings. A sentence on refusal. */
	int (*setup)(struct tdm_bound *bound, const struct tdm_bind *arg, char *reason);
	void (*free)(struct tdm_bound *bound);
	ssize_t (*read)(struct tdm_client *client, char __user *to, size_t n, bool wait);
	ssize_t (*write)(struct tdm_client *client, const char __user *from, size_t n, bool wait);
	bool (*readable)(const struct tdm_bound *bound);
	/* tx_lock and card tick lock held: drop what waits. */
	void (*flush_tx)(struct tdm_bound *bound);
	/* rx_lock held. */
	void (*flush_rx)(struct tdm_bound *bound);
	/* Card tick lock held: fields of stats that are not simply counted. */
	void (*stats)(const struct tdm_bound *bound, struct tdm_stats *to);
	const struct tdm_path_ops *path;
};

extern const struct tdm_bound_ops tdm_bound_pcm, tdm_bound_hdlc;

static inline const struct tdm_bound_ops *tdm_bound_ops(const struct tdm_bound *bound)
{
	return bound->mode == TDM_MODE_HDLC ? &tdm_bound_hdlc : &tdm_bound_pcm;
}

#endif /* TDM_BOUND_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings between the tick and read() and write().
 *
 * Each ring has one producer and one consumer: the tick on one side (one at a time by the card tick
 * lock), the holder of rx_lock or tx_lock of the descriptor on the other. Positions only grow (they wrap with
 * unsigned long); each is written by one side with release order and read by the other with acquire order.
 * The tick takes no lock for it.
 *
 * Octets of one slot, which most descriptors carry, the tick moves itself, without a call of their path
 * (tick.c); it does so where the path names a ring (struct tdm_path). Whatever is no whole row is the path's affair:
 * several slots, frames, a part of a row.
 *
 * PCM receive is the exception that overwrites: the tick writes whatever the reader does, since it
 * must not wait, and the oldest frames are to be lost, not the newest:
 *
 *	tick:	wmb; write the octets of head ... head + 8; head = head + 8 (release)
 *	reader:	head (acquire); tail = max(tail, head - limit); copy; rmb; head once more: up to head + 8
 *		the tick has written or is writing; if head + 8 - tail > memory, what was copied is void, once more
 *
 * Its memory is at least `limit` and two blocks, so that the reader may be as late as promised while a block comes
 * and the next is being written. What the reader skips it counts, so lost frames are counted exactly once,
 * whoever looks (pcm_stats()).
 */
#ifndef TDM_RING_H
#define TDM_RING_H

#include <linux/types.h>
#include <linux/wait.h>
#include "core.h"

/* Positions count frames (PCM) or octets (HDLC). */
struct tdm_ring {
	u8 *data;
	unsigned long mask;	/* positions of memory - 1; a power of two */
	unsigned long limit;	/* positions in use, at most */
	struct tdm_path *path;	/* whose it is, ... */
	wait_queue_head_t *wait; /* ... and where its reader or writer waits */
	u64 or;			/* tdm_bearer_or() */
	unsigned int slot;	/* PCM of one slot: which */
	/* the producer's, */
	unsigned long head ____cacheline_aligned_in_smp;
	u64 put;		/* PCM: frames that the tick put; its own */
	/* the consumer's */
	unsigned long tail ____cacheline_aligned_in_smp;
	unsigned long wake_at;	/* PCM receive: head from which on the tick wakes the reader, who sets it */
	u64 taken;		/* PCM: frames that the tick took; its own, as the next two */
	u64 missed;		/* PCM: frames for which there was nothing, after the first */
	unsigned long told;	/* head for which writers have been told of room; tick lock */
	unsigned int drainers;	/* wait for it to be empty: nobody is told while they do; tick lock */
};

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

/* PCM receive, the tick's: begins a block at the head, where it never wraps: both are multiples of 8. */
static inline unsigned long tdm_ring_put_begin(const struct tdm_ring *ring)
{
	/* A reader that sees octets of this block must see the head to which it belongs; pairs with his smp_rmb(). */
	smp_wmb();
	return ring->head;
}

/* The block at the head is written. Whether the reader is to be woken. */
static inline bool tdm_ring_put_end(struct tdm_ring *ring, unsigned long head)
{
	head += TDM_BLOCK_FRAMES;
	tdm_pos_set(&ring->head, head);
	ring->put += TDM_BLOCK_FRAMES;
	return (long)(head - READ_ONCE(ring->wake_at)) >= 0 && wq_has_sleeper(ring->wait);
}

static inline bool tdm_ring_put_row(struct tdm_ring *ring, u64 row)
{
	unsigned long head = tdm_ring_put_begin(ring);

	*(u64 *)(ring->data + (head & ring->mask)) = row | ring->or;
	return tdm_ring_put_end(ring, head);
}

/*
 * Transmit, the tick's, when it has taken: whether to wake who waits for room or for the ring to drain. For
 * room, when half of it is free, and once for each position of the head: who waits has written before, and
 * what he wrote last is seen here at the latest in the next tick, even if he did so while this one took; and
 * then told anew. Who drains is woken after every block (tdm_ring_drainers()). @head: not older than what was taken.
 */
static inline bool tdm_ring_wake_writer(struct tdm_ring *ring, unsigned long head)
{
	if (likely(head == ring->told))
		return false;
	if (!ring->drainers) {
		if (head - ring->tail > ring->limit / 2)
			return false;
		ring->told = head;
	}
	return wq_has_sleeper(ring->wait);
}

/* One more, or fewer, who drains; card tick lock held. */
static inline void tdm_ring_drainers(struct tdm_ring *ring, int n)
{
	ring->drainers += n;
	/* Never the head: that has passed. */
	ring->told = ring->tail - 1;
}

/* Frames of which there were none. Who has never written anything has not been late with it. */
static inline void tdm_ring_miss(struct tdm_ring *ring, unsigned int n)
{
	if (ring->taken)
		ring->missed += n;
}

/*
 * PCM of one slot, the tick's: takes *@row, which is idle if there is nothing (@idle: the span's), and says by *@wake
 * whether to wake. False, and nothing done, when what waits is less than a row, or lies in two pieces.
 */
static inline bool tdm_ring_take_row(struct tdm_ring *ring, u64 *row, const u8 *idle, bool *wake)
{
	unsigned long head = tdm_pos_get(&ring->head), tail = ring->tail, at = tail & ring->mask;
	u64 octets;

	/* What was written in odd pieces may lie across the memory's end. */
	if (likely(head - tail >= TDM_BLOCK_FRAMES && at <= ring->mask + 1 - TDM_BLOCK_FRAMES)) {
		memcpy(&octets, ring->data + at, TDM_BLOCK_FRAMES);
		tdm_pos_set(&ring->tail, tail + TDM_BLOCK_FRAMES);
		ring->taken += TDM_BLOCK_FRAMES;
	} else if (head == tail) {
		octets = tdm_idle_row(idle[ring->slot]);
		tdm_ring_miss(ring, TDM_BLOCK_FRAMES);
	} else {
		return false;
	}
	*row = octets | ring->or;
	*wake = tdm_ring_wake_writer(ring, head);
	return true;
}

#endif /* TDM_RING_H */

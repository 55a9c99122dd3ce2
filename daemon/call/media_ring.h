/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring in which blocks wait; for daemon/call only. No lock, no memory, any thread. */
#ifndef TDMD_CALL_MEDIA_RING_H
#define TDMD_CALL_MEDIA_RING_H

#include "daemon/call/media.h"

/*
 * One producer writes slot[in] and then in. A consumer reads slot[out], then claims it by moving
 * out with compare-and-swap: if another one was faster, what it read is not used. The producer
 * never writes a slot that was not claimed, so what a successful consumer read is what it claimed.
 */
static inline bool media_ring_put(struct media_ring *ring, struct tframe *frame)
{
	uint32_t in = atomic_load_relaxed(&ring->in);

	if (in - atomic_load(&ring->out) == MEDIA_RING)
		return false;
	atomic_store_relaxed(&ring->slot[in % MEDIA_RING], frame);
	atomic_store(&ring->in, in + 1);
	return true;
}

static inline struct tframe *media_ring_get(struct media_ring *ring)
{
	uint32_t out = atomic_load(&ring->out);
	struct tframe *frame;

	do {
		if (out == atomic_load(&ring->in))
			return NULL;
		frame = atomic_load_relaxed(&ring->slot[out % MEDIA_RING]);
	} while (!atomic_cas(&ring->out, &out, out + 1));
	return frame;
}

/** media_ring_len() - how many wait; by the time one reads it, it may be another number. */
static inline unsigned int media_ring_len(const struct media_ring *ring)
{
	return atomic_load(&ring->in) - atomic_load(&ring->out);
}

/** media_ring_give() - its producer: takes the reference; a full ring drops it, counted. */
void media_ring_give(struct media_ring *ring, struct tframe *frame);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bound PCM: octets of one slot, or of a mask of slots interleaved in line order:
 *
 *	frame f of slots {3, 5, 9}, in the ring and for read() and write():
 *
 *	... | f: 3 5 9 | f+1: 3 5 9 | f+2: 3 5 9 | ...
 *
 * Positions of the rings are frames (ring.h). What is one slot the tick nearly always moves itself, with whole
 * rows and without coming here; the octets are the same.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "bound.h"

#define TDM_PCM_CHUNK	2048UL	/* octets copied to the user before it is checked that they stood still */

/* --- the tick's side ------------------------------------------------------------------------------ */

static bool pcm_rx(struct tdm_path *path, const void *block, u64 frame)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;
	unsigned int i, k, n = bound->nslots;
	unsigned long head = tdm_ring_put_begin(&bound->rx);
	u8 *to = bound->rx.data + (head & bound->rx.mask) * n;

	for (k = 0; k < n; k++) {
		const u8 *row = (const u8 *)tdm_row_const(block, bound->slot[k]);

		for (i = 0; i < TDM_BLOCK_FRAMES; i++)
			to[i * n + k] = row[i];
	}
	return tdm_ring_put_end(&bound->rx, head);
}

/* Frames [0, n) of the block from the ring, the rest idle; only rows that no cross-connect fills. */
static void pcm_fill(const struct tdm_bound *bound, const struct tdm_path *path, void *block,
		     unsigned int n)
{
	const struct tdm_ring *ring = &bound->tx;
	unsigned int i, k;

	for (k = 0; k < bound->nslots; k++) {
		unsigned int slot = bound->slot[k];
		u8 *row = (u8 *)tdm_row(block, slot);

		if (!(path->tx_now & BIT(slot)))
			continue;
		for (i = 0; i < n; i++)
			row[i] = ring->data[((ring->tail + i) & ring->mask) * bound->nslots + k];
		memset(row + n, tdm_slot_idle(path->span, slot), TDM_BLOCK_FRAMES - n);
		*(u64 *)row |= bound->or;
	}
}

/* Octets of a slot that a cross-connect fills are taken at the same pace and go nowhere. */
static bool pcm_tx(struct tdm_path *path, void *block, u64 frame)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;
	struct tdm_ring *ring = &bound->tx;
	unsigned long head = tdm_pos_get(&ring->head);
	unsigned int n = min(head - ring->tail, (unsigned long)TDM_BLOCK_FRAMES);

	if (!bound->tx_owner)
		return false;
	pcm_fill(bound, path, block, n);
	tdm_pos_set(&ring->tail, ring->tail + n);
	ring->taken += n;
	tdm_ring_miss(ring, TDM_BLOCK_FRAMES - n);
	return tdm_ring_wake_writer(ring, head);
}

static void pcm_gap(struct tdm_path *path, u64 rx_frames, u64 tx_frames)
{
	tdm_path_client(path)->bound->stats.rx_gap_frames += rx_frames;
}

static const struct tdm_path_ops pcm_path_ops = {
	.rx = pcm_rx,
	.tx = pcm_tx,
	.gap = pcm_gap,
	.state = tdm_client_state,
	.event = tdm_client_event,
	.wake = tdm_client_wake,
	.name = tdm_client_name,
};

/* --- the reader's and the writer's side ----------------------------------------------------------- */

static unsigned long pcm_waiting(const struct tdm_bound *bound)
{
	return min(tdm_ring_used(&bound->rx), bound->rx.limit);
}

static bool pcm_readable(const struct tdm_bound *bound)
{
	return pcm_waiting(bound) >= bound->rx_wake;
}

/* rx_lock held. The tail moves, and with it the head at which its reader is woken. */
static void pcm_set_tail(struct tdm_bound *bound, unsigned long tail)
{
	tdm_pos_set(&bound->rx.tail, tail);
	WRITE_ONCE(bound->rx.wake_at, tail + bound->rx_wake);
}

/* rx_lock held. Skip what is beyond the limit, or was overwritten; count it. */
static void pcm_skip(struct tdm_bound *bound, unsigned long to)
{
	bound->rx_lost += to - bound->rx.tail;
	pcm_set_tail(bound, to);
}

/*
 * rx_lock held. Copies at most @n octets of what waits, whole frames in one piece of memory. Octets,
 * 0 when nothing waits, -EFAULT, or -EAGAIN when the tick has overtaken us: copy once more.
 */
static ssize_t pcm_read_chunk(struct tdm_bound *bound, char __user *to, size_t n)
{
	struct tdm_ring *ring = &bound->rx;
	unsigned long head = tdm_pos_get(&ring->head);
	unsigned long frames, at;

	if (head - ring->tail > ring->limit)
		pcm_skip(bound, head - ring->limit);
	at = ring->tail & ring->mask;
	frames = min3(head - ring->tail, ring->mask + 1 - at,
		      max(TDM_PCM_CHUNK / bound->nslots, 1UL));
	frames = min(frames, (unsigned long)(n / bound->nslots));
	if (copy_to_user(to, ring->data + at * bound->nslots, frames * bound->nslots))
		return -EFAULT;
	/* The octets were read before the head is again: what was overwritten meanwhile shows. */
	smp_rmb();
	if (tdm_pos_get(&ring->head) + TDM_BLOCK_FRAMES - ring->tail > ring->mask + 1)
		return -EAGAIN;
	pcm_set_tail(bound, ring->tail + frames);
	return frames * bound->nslots;
}

static ssize_t pcm_read_now(struct tdm_bound *bound, char __user *to, size_t n)
{
	size_t done = 0;
	ssize_t ret;

	while (done < n) {
		ret = pcm_read_chunk(bound, to + done, n - done);
		if (ret == -EAGAIN)
			continue;
		if (ret < 0)
			return done ? done : ret;
		if (!ret)
			break;
		done += ret;
	}
	return done;
}

static ssize_t pcm_read(struct tdm_client *client, char __user *to, size_t n, bool wait)
{
	struct tdm_bound *bound = client->bound;
	unsigned long want;
	ssize_t ret;

	if (n % bound->nslots)
		return -EINVAL;
	if (!n)
		return 0;
	want = min_t(unsigned long, n / bound->nslots, bound->rx_wake);
	for (;;) {
		if (mutex_lock_interruptible(&bound->rx_lock))
			return -ERESTARTSYS;
		ret = 0;
		if (!wait || pcm_waiting(bound) >= want || tdm_client_running(client))
			ret = pcm_read_now(bound, to, n);
		mutex_unlock(&bound->rx_lock);
		if (ret)
			return ret;
		ret = tdm_client_running(client);
		if (ret)
			return ret;
		if (!wait)
			return -EAGAIN;
		if (wait_event_interruptible(client->wait, pcm_waiting(bound) >= want ||
					     tdm_client_running(client)))
			return -ERESTARTSYS;
	}
}

/* tx_lock held. What fits of @n octets; the octets taken or -EFAULT. */
static ssize_t pcm_write_now(struct tdm_bound *bound, const char __user *from, size_t n)
{
	struct tdm_ring *ring = &bound->tx;
	unsigned long room = tdm_ring_free(ring), frames, at;
	size_t done = 0;

	while (done < n && room) {
		at = ring->head & ring->mask;
		frames = min3(room, ring->mask + 1 - at,
			      (unsigned long)((n - done) / bound->nslots));
		if (copy_from_user(ring->data + at * bound->nslots, from + done,
				   frames * bound->nslots))
			return done ? done : -EFAULT;
		tdm_pos_set(&ring->head, ring->head + frames);
		room -= frames;
		done += frames * bound->nslots;
	}
	return done;
}

/* Waits until half of the buffer is free, not for each block: one wake-up in many. */
static bool pcm_writable(const struct tdm_bound *bound)
{
	return tdm_ring_free(&bound->tx) >= DIV_ROUND_UP(bound->tx.limit, 2);
}

static ssize_t pcm_write(struct tdm_client *client, const char __user *from, size_t n, bool wait)
{
	struct tdm_bound *bound = client->bound;
	size_t done = 0;
	ssize_t ret;

	if (!bound->tx_owner)
		return -EPERM;
	if (n % bound->nslots)
		return -EINVAL;
	while (done < n) {
		ret = tdm_client_running(client);
		if (ret)
			break;
		if (mutex_lock_interruptible(&bound->tx_lock)) {
			ret = -ERESTARTSYS;
			break;
		}
		ret = pcm_write_now(bound, from + done, n - done);
		mutex_unlock(&bound->tx_lock);
		if (ret < 0)
			break;
		done += ret;
		if (done == n)
			break;
		ret = -EAGAIN;
		if (!wait)
			break;
		ret = wait_event_interruptible(client->wait, pcm_writable(bound) ||
					       tdm_client_running(client));
		if (ret)
			break;
	}
	return done ? done : n ? ret : 0;
}

/* --- making, flushing, counting ------------------------------------------------------------------- */

static int pcm_size(const char *which, u32 *frames, u32 otherwise, u32 nslots, char *reason)
{
	u32 most = min_t(u32, TDM_PCM_FRAMES_MAX, TDM_PCM_OCTETS_MAX / nslots);

	if (!*frames)
		*frames = otherwise;
	if (*frames < TDM_BLOCK_FRAMES || *frames > most)
		return tdm_refuse(reason, -EINVAL, "%s of %u frames: it must be %u to %u", which,
				  *frames, TDM_BLOCK_FRAMES, most);
	return 0;
}

static int pcm_setup(struct tdm_bound *bound, const struct tdm_bind *arg, char *reason)
{
	u32 rx = arg->rx_frames, tx = arg->tx_frames;
	int ret;

	if (arg->flags & ~TDM_BIND_TX)
		return tdm_refuse(reason, -EINVAL, "flags 0x%x are for HDLC",
				  arg->flags & ~TDM_BIND_TX);
	if (arg->mtu)
		return tdm_refuse(reason, -EINVAL, "an mtu is for HDLC");
	ret = pcm_size("a receive buffer", &rx, TDM_FRAMES_PER_SEC, bound->nslots, reason);
	if (ret)
		return ret;
	ret = pcm_size("a transmit buffer", &tx, TDM_FRAMES_PER_SEC / 2, bound->nslots, reason);
	if (ret)
		return ret;
	bound->rx_wake = arg->rx_wake ? arg->rx_wake : 1;
	if (bound->rx_wake > rx)
		return tdm_refuse(reason, -EINVAL, "rx_wake of %u frames is beyond the buffer's %u",
				  bound->rx_wake, rx);
	pcm_set_tail(bound, 0);
	bound->tx_left = &bound->tx.tail;
	ret = tdm_ring_init(&bound->rx, rx + 2 * TDM_BLOCK_FRAMES, rx, bound->nslots);
	if (!ret && bound->tx_owner)
		ret = tdm_ring_init(&bound->tx, tx, tx, bound->nslots);
	return ret;
}

static void pcm_free(struct tdm_bound *bound)
{
}

static void pcm_flush_tx(struct tdm_bound *bound)
{
	tdm_pos_set(&bound->tx.tail, tdm_pos_get(&bound->tx.head));
}

static void pcm_flush_rx(struct tdm_bound *bound)
{
	unsigned long head = tdm_pos_get(&bound->rx.head);

	/* What had been dropped before stays counted; what is flushed was not lost. */
	if (head - bound->rx.tail > bound->rx.limit)
		pcm_skip(bound, head - bound->rx.limit);
	pcm_set_tail(bound, head);
}

static void pcm_stats(const struct tdm_bound *bound, struct tdm_stats *to)
{
	unsigned long used = tdm_ring_used(&bound->rx);

	to->rx_frames = bound->rx.put;
	to->rx_octets = bound->rx.put * bound->nslots;
	to->tx_frames = bound->tx.taken;
	to->tx_octets = bound->tx.taken * bound->nslots;
	to->tx_underruns = bound->tx.missed;
	to->rx_overruns = bound->rx_lost;
	if (used > bound->rx.limit)
		to->rx_overruns += used - bound->rx.limit;
	to->rx_queued = pcm_waiting(bound) * bound->nslots;
	to->tx_queued = bound->tx_owner ? tdm_ring_used(&bound->tx) * bound->nslots : 0;
}

static const struct tdm_role pcm_role = {
	.name = "bound",
	.read = pcm_read,
	.write = pcm_write,
	.poll = tdm_bound_poll,
	.free = tdm_bound_free,
};

const struct tdm_bound_ops tdm_bound_pcm = {
	.role = &pcm_role,
	.setup = pcm_setup,
	.free = pcm_free,
	.readable = pcm_readable,
	.flush_tx = pcm_flush_tx,
	.flush_rx = pcm_flush_rx,
	.stats = pcm_stats,
	.path = &pcm_path_ops,
};

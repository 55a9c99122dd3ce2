// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bound HDLC: whole frames of one slot or of a mask of slots (pure/hdlc.h has the bits).
 *
 * Positions of the rings are octets; a ring holds records:
 *
 *	| u32 length | length octets | u32 length | ...		no padding; may wrap anywhere
 *
 * Receive: the tick builds a frame in hdlc->frame and, if it is good, puts it whole into the ring
 * or drops it whole (the new one: what waits has been promised). Transmit: the frame is sent from the ring
 * itself, in two parts where it wraps, and its memory is given back when it is taken whole. Frames
 * that follow in the ring follow on the line with one flag in between.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "bound.h"

struct tdm_bound_hdlc {
	/* All but the counts of the reader and the writer are the tick's. */
	struct tdm_hdlc_rx rx;
	struct tdm_hdlc_tx tx;
	u32 rx_pushed;			/* frames put into the receive ring */
	u32 rx_popped;			/* frames taken out of it; rx_lock */
	u32 tx_pushed;			/* frames put into the transmit ring; tx_lock */
	u32 tx_popped;			/* frames taken out of it */
	u32 sending;			/* octets of the frame under way; 0: none */
	u32 second;			/* of these, octets of its part at the ring's beginning */
	unsigned long tx_left;
	bool flush;			/* when the frame under way ends, go on at flush_to */
	unsigned long flush_to;
	u8 line[TDM_SLOTS_MAX * TDM_BLOCK_FRAMES];
	u8 frame[];			/* mtu + FCS */
};

/* --- the tick's side ------------------------------------------------------------------------------ */

static bool hdlc_push(struct tdm_bound *bound, u32 len)
{
	struct tdm_ring *ring = &bound->rx;

	if (tdm_ring_free(ring) < TDM_HDLC_HEAD + len) {
		bound->stats.rx_overruns++;
		return false;
	}
	tdm_ring_put(ring, ring->head, &len, TDM_HDLC_HEAD);
	tdm_ring_put(ring, ring->head + TDM_HDLC_HEAD, bound->hdlc->frame, len);
	WRITE_ONCE(bound->hdlc->rx_pushed, bound->hdlc->rx_pushed + 1);
	tdm_pos_set(&ring->head, ring->head + TDM_HDLC_HEAD + len);
	bound->stats.rx_frames++;
	bound->stats.rx_octets += len;
	return true;
}

static void hdlc_count(struct tdm_stats *stats, int error)
{
	switch (error) {
	case -EBADMSG:
		stats->hdlc_fcs++;
		break;
	case -ECONNABORTED:
		stats->hdlc_abort++;
		break;
	case -ENODATA:
		stats->hdlc_short++;
		break;
	case -EMSGSIZE:
		stats->hdlc_long++;
		break;
	case -EILSEQ:
		stats->hdlc_align++;
		break;
	}
}

static bool hdlc_rx(struct tdm_path *path, const void *block, u64 frame)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	u32 left = TDM_BLOCK_FRAMES * bound->nslots, used;
	const u8 *in = hdlc->line;
	bool wake = false;
	unsigned int i, k;
	int ret;

	if (bound->nslots == 1) {
		in = (const u8 *)tdm_row_const(block, bound->slot[0]);
	} else {
		for (k = 0; k < bound->nslots; k++) {
			const u8 *row = (const u8 *)tdm_row_const(block, bound->slot[k]);

			for (i = 0; i < TDM_BLOCK_FRAMES; i++)
				hdlc->line[i * bound->nslots + k] = row[i];
		}
	}
	while ((ret = tdm_hdlc_rx(&hdlc->rx, in, left, &used)) != 0) {
		if (ret > 0)
			wake |= hdlc_push(bound, ret);
		else
			hdlc_count(&bound->stats, ret);
		in += used;
		left -= used;
	}
	return wake;
}

/* Begin with the oldest record, if there is one. */
static void hdlc_next(struct tdm_bound *bound)
{
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	struct tdm_ring *ring = &bound->tx;
	unsigned long at, first;
	u32 len;

	if (tdm_pos_get(&ring->head) == ring->tail)
		return;
	tdm_ring_get(ring, ring->tail, &len, TDM_HDLC_HEAD);
	at = (ring->tail + TDM_HDLC_HEAD) & ring->mask;
	first = min_t(unsigned long, len, ring->mask + 1 - at);
	hdlc->sending = len;
	hdlc->second = len - first;
	WARN_ON_ONCE(tdm_hdlc_tx_part(&hdlc->tx, ring->data + at, first, !hdlc->second));
}

/* The frame under way is taken, or given up: its memory is free. */
static void hdlc_end(struct tdm_bound *bound)
{
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	struct tdm_ring *ring = &bound->tx;
	unsigned long tail = ring->tail + TDM_HDLC_HEAD + hdlc->sending;

	hdlc->sending = 0;
	WRITE_ONCE(hdlc->tx_popped, hdlc->tx_popped + 1);
	if (hdlc->flush) {
		tail = hdlc->flush_to;
		hdlc->flush = false;
	}
	tdm_pos_set(&ring->tail, tail);
}

static void hdlc_fill(struct tdm_bound *bound, u8 *out, u32 n)
{
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	u32 made;

	for (;;) {
		if (!hdlc->sending)
			hdlc_next(bound);
		switch (tdm_hdlc_tx_fill(&hdlc->tx, out, n, &made)) {
		case TDM_HDLC_TX_FULL:
			return;
		case TDM_HDLC_TX_MORE:
			WARN_ON_ONCE(tdm_hdlc_tx_part(&hdlc->tx, bound->tx.data, hdlc->second,
						      true));
			break;
		case TDM_HDLC_TX_DONE:
			bound->stats.tx_frames++;
			bound->stats.tx_octets += hdlc->sending;
			hdlc_end(bound);
			break;
		}
		out += made;
		n -= made;
	}
}

static bool hdlc_tx(struct tdm_path *path, void *block, u64 frame)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	u32 n = TDM_BLOCK_FRAMES * bound->nslots;
	/* What was taken by the end of the last block leaves the engine, with its flag, in this one. */
	unsigned long left = bound->tx.tail;
	unsigned int i, k;

	if (bound->nslots == 1) {
		hdlc_fill(bound, (u8 *)tdm_row(block, bound->slot[0]), n);
	} else {
		hdlc_fill(bound, hdlc->line, n);
		for (k = 0; k < bound->nslots; k++) {
			u8 *row = (u8 *)tdm_row(block, bound->slot[k]);

			for (i = 0; i < TDM_BLOCK_FRAMES; i++)
				row[i] = hdlc->line[i * bound->nslots + k];
		}
	}
	tdm_pos_set(&hdlc->tx_left, left);
	return tdm_ring_wake_writer(&bound->tx, tdm_pos_get(&bound->tx.head));
}

static void hdlc_gap(struct tdm_path *path, u64 rx_frames, u64 tx_frames)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;

	bound->stats.rx_gap_frames += rx_frames;
	if (rx_frames)
		tdm_hdlc_rx_gap(&bound->hdlc->rx);
}

/* What was half received or half sent when the span went down stays so: the peer must not see a stump. */
static void hdlc_state(struct tdm_path *path, int state)
{
	struct tdm_bound *bound = tdm_path_client(path)->bound;
	struct tdm_card *card = path->span->card;
	unsigned long flags;

	if (state != TDM_PATH_UP) {
		spin_lock_irqsave(&card->tick_lock, flags);
		tdm_hdlc_rx_gap(&bound->hdlc->rx);
		if (bound->hdlc->sending) {
			tdm_hdlc_tx_abort(&bound->hdlc->tx);
			hdlc_end(bound);
		}
		tdm_pos_set(&bound->hdlc->tx_left, bound->tx.tail);
		spin_unlock_irqrestore(&card->tick_lock, flags);
	}
	tdm_client_state(path, state);
}

static const struct tdm_path_ops hdlc_path_ops = {
	.rx = hdlc_rx,
	.tx = hdlc_tx,
	.gap = hdlc_gap,
	.state = hdlc_state,
	.event = tdm_client_event,
	.wake = tdm_client_wake,
	.name = tdm_client_name,
};

/* --- the reader's and the writer's side ----------------------------------------------------------- */

static bool hdlc_readable(const struct tdm_bound *bound)
{
	return tdm_ring_used(&bound->rx);
}

/* Octets [from, from + n) of a ring, which may wrap, to the user. 0 or -EFAULT. */
static int hdlc_copy_out(const struct tdm_ring *ring, unsigned long from, char __user *to, u32 n)
{
	unsigned long at = from & ring->mask;
	u32 first = min_t(unsigned long, n, ring->mask + 1 - at);

	if (copy_to_user(to, ring->data + at, first) ||
	    copy_to_user(to + first, ring->data, n - first))
		return -EFAULT;
	return 0;
}

/* rx_lock held. The frame's length, 0 when there is none; a frame that is refused stays. */
static ssize_t hdlc_read_now(struct tdm_bound *bound, char __user *to, size_t n)
{
	struct tdm_ring *ring = &bound->rx;
	u32 len;

	if (!tdm_ring_used(ring))
		return 0;
	tdm_ring_get(ring, ring->tail, &len, TDM_HDLC_HEAD);
	if (len > n)
		return -EMSGSIZE;
	if (hdlc_copy_out(ring, ring->tail + TDM_HDLC_HEAD, to, len))
		return -EFAULT;
	WRITE_ONCE(bound->hdlc->rx_popped, bound->hdlc->rx_popped + 1);
	tdm_pos_set(&ring->tail, ring->tail + TDM_HDLC_HEAD + len);
	return len;
}

static ssize_t hdlc_read(struct tdm_client *client, char __user *to, size_t n, bool wait)
{
	struct tdm_bound *bound = client->bound;
	ssize_t ret;

	for (;;) {
		if (mutex_lock_interruptible(&bound->rx_lock))
			return -ERESTARTSYS;
		ret = hdlc_read_now(bound, to, n);
		mutex_unlock(&bound->rx_lock);
		if (ret)
			return ret;
		ret = tdm_client_running(client);
		if (ret)
			return ret;
		if (!wait)
			return -EAGAIN;
		if (wait_event_interruptible(client->wait, hdlc_readable(bound) ||
					     tdm_client_running(client)))
			return -ERESTARTSYS;
	}
}

/* tx_lock held. n, 0 when there is no room, or -EFAULT. */
static ssize_t hdlc_write_now(struct tdm_bound *bound, const char __user *from, u32 n)
{
	struct tdm_ring *ring = &bound->tx;
	unsigned long at = (ring->head + TDM_HDLC_HEAD) & ring->mask;
	u32 first = min_t(unsigned long, n, ring->mask + 1 - at);

	if (tdm_ring_free(ring) < TDM_HDLC_HEAD + n)
		return 0;
	if (copy_from_user(ring->data + at, from, first) ||
	    copy_from_user(ring->data, from + first, n - first))
		return -EFAULT;
	tdm_ring_put(ring, ring->head, &n, TDM_HDLC_HEAD);
	WRITE_ONCE(bound->hdlc->tx_pushed, bound->hdlc->tx_pushed + 1);
	tdm_pos_set(&ring->head, ring->head + TDM_HDLC_HEAD + n);
	return n;
}

static ssize_t hdlc_write(struct tdm_client *client, const char __user *from, size_t n, bool wait)
{
	struct tdm_bound *bound = client->bound;
	ssize_t ret;

	if (!bound->tx_owner)
		return -EPERM;
	if (!n)
		return -EINVAL;
	if (n > bound->mtu)
		return -EMSGSIZE;
	for (;;) {
		ret = tdm_client_running(client);
		if (ret)
			return ret;
		if (mutex_lock_interruptible(&bound->tx_lock))
			return -ERESTARTSYS;
		ret = hdlc_write_now(bound, from, n);
		mutex_unlock(&bound->tx_lock);
		if (ret)
			return ret;
		if (!wait)
			return -EAGAIN;
		if (wait_event_interruptible(client->wait,
					     tdm_ring_free(&bound->tx) >= TDM_HDLC_HEAD + n ||
					     tdm_client_running(client)))
			return -ERESTARTSYS;
	}
}

/* --- making, flushing, counting ------------------------------------------------------------------- */

static int hdlc_size(const char *which, u32 *octets, u32 mtu, char *reason)
{
	/* Half free means that any frame can be written: so two of the longest must fit. */
	u32 least = 2 * (mtu + TDM_HDLC_HEAD);

	if (!*octets)
		*octets = TDM_HDLC_DEFAULT;
	if (*octets < least || *octets > TDM_HDLC_OCTETS_MAX)
		return tdm_refuse(reason, -EINVAL,
				  "%s of %u octets: with an mtu of %u it must be %u to %u", which,
				  *octets, mtu, least, TDM_HDLC_OCTETS_MAX);
	return 0;
}

static u32 hdlc_flags(const struct tdm_bind *arg)
{
	return (arg->bearer == TDM_BEARER_56K ? TDM_HDLC_F_56K : 0) |
	       (arg->flags & TDM_BIND_INVERT ? TDM_HDLC_F_INVERT : 0) |
	       (arg->flags & TDM_BIND_IDLE_MARK ? TDM_HDLC_F_IDLE_MARK : 0) |
	       (arg->flags & TDM_BIND_NO_FCS ? TDM_HDLC_F_NO_FCS : 0);
}

static int hdlc_setup(struct tdm_bound *bound, const struct tdm_bind *arg, char *reason)
{
	struct tdm_hdlc_config config = { .flags = hdlc_flags(arg) };
	u32 rx = arg->rx_frames, tx = arg->tx_frames, room;
	struct tdm_bound_hdlc *hdlc;
	int ret;

	bound->mtu = arg->mtu ? arg->mtu : TDM_HDLC_MTU_DEFAULT;
	if (bound->mtu > TDM_HDLC_MTU_MAX)
		return tdm_refuse(reason, -EINVAL, "an mtu of %u octets: it must be 1 to %u",
				  bound->mtu, TDM_HDLC_MTU_MAX);
	if (arg->bearer == TDM_BEARER_SPEECH)
		return tdm_refuse(reason, -EINVAL, "HDLC on a speech bearer: clear or 56k is needed");
	if (arg->rx_wake)
		return tdm_refuse(reason, -EINVAL, "rx_wake is for PCM");
	ret = hdlc_size("a receive buffer", &rx, bound->mtu, reason);
	if (ret)
		return ret;
	ret = hdlc_size("a transmit buffer", &tx, bound->mtu, reason);
	if (ret)
		return ret;
	room = bound->mtu + TDM_HDLC_FCS_LEN;
	hdlc = kvzalloc(struct_size(hdlc, frame, room), GFP_KERNEL_ACCOUNT);
	if (!hdlc)
		return -ENOMEM;
	bound->hdlc = hdlc;
	bound->tx_left = &hdlc->tx_left;
	config.max_len = bound->mtu;
	ret = tdm_hdlc_rx_init(&hdlc->rx, &config, hdlc->frame, room);
	if (!ret)
		ret = tdm_hdlc_tx_init(&hdlc->tx, &config);
	if (!ret)
		ret = tdm_ring_init(&bound->rx, rx, rx, 1);
	if (!ret && bound->tx_owner)
		ret = tdm_ring_init(&bound->tx, tx, tx, 1);
	return ret;
}

static void hdlc_free(struct tdm_bound *bound)
{
	kvfree(bound->hdlc);
	bound->hdlc = NULL;
}

static void hdlc_flush_tx(struct tdm_bound *bound)
{
	struct tdm_bound_hdlc *hdlc = bound->hdlc;
	unsigned long head = tdm_pos_get(&bound->tx.head);

	if (hdlc->sending) {
		hdlc->flush = true;
		hdlc->flush_to = head;
		hdlc->tx_popped = hdlc->tx_pushed - 1;
	} else {
		hdlc->tx_popped = hdlc->tx_pushed;
		tdm_pos_set(&bound->tx.tail, head);
	}
}

static void hdlc_flush_rx(struct tdm_bound *bound)
{
	struct tdm_ring *ring = &bound->rx;

	/* By records, so that the count stays exact while the tick goes on adding. */
	while (tdm_ring_used(ring)) {
		u32 len;

		tdm_ring_get(ring, ring->tail, &len, TDM_HDLC_HEAD);
		WRITE_ONCE(bound->hdlc->rx_popped, bound->hdlc->rx_popped + 1);
		tdm_pos_set(&ring->tail, ring->tail + TDM_HDLC_HEAD + len);
	}
}

static void hdlc_stats(const struct tdm_bound *bound, struct tdm_stats *to)
{
	const struct tdm_bound_hdlc *hdlc = bound->hdlc;

	to->rx_queued = hdlc->rx_pushed - READ_ONCE(hdlc->rx_popped);
	to->tx_queued = READ_ONCE(hdlc->tx_pushed) - hdlc->tx_popped;
}

static const struct tdm_role hdlc_role = {
	.name = "bound",
	.read = hdlc_read,
	.write = hdlc_write,
	.poll = tdm_bound_poll,
	.free = tdm_bound_free,
};

const struct tdm_bound_ops tdm_bound_hdlc = {
	.role = &hdlc_role,
	.setup = hdlc_setup,
	.free = hdlc_free,
	.readable = hdlc_readable,
	.flush_tx = hdlc_flush_tx,
	.flush_rx = hdlc_flush_rx,
	.stats = hdlc_stats,
	.path = &hdlc_path_ops,
};

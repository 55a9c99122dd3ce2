// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path: one tick of a card.
 *
 *	for each block of 8 frames:
 *	  receive	every running span that is listened to: its block to its paths, and to
 *			cross-connects that leave the card
 *	  connect	cross-connects within the card, and those that come from other cards
 *	  transmit	every running span that has something to send: idle codes where they are still due,
 *			then its paths
 *
 * One lock is taken, the card's tick lock, once. Under it only dense arrays are walked: running spans,
 * their paths, the legs; a slot that nobody claimed is in none of them and costs nothing, and the driver
 * is not asked for the blocks of a span that has no other. There is no atomic operation and no lock for
 * a slot, a span or an octet. Rows are moved as 64-bit words; those of descriptors of one slot without a
 * call (ring.h). What can take other locks, waking waiters, queueing works and reporting gaps, is done after
 * the lock is dropped, inside the RCU read section that keeps paths' memory (core.h).
 *
 * A tick does at most TDM_TICK_BLOCKS_MAX blocks: of a longer one the oldest are a gap.
 */
#include <linux/export.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include "core.h"
#include "pure/frame.h"
#include "ring.h"

#define WORKS_MAX	2	/* works queued by a tick */

/* What is left to do once the lock is dropped. */
struct after {
	struct tdm_path *wake;		/* chain by wake_next */
	u32 work;			/* bit port - 1: its work is due */
	u32 gap;			/* bit port - 1: tell it of the gap */
	struct tdm_report report;
};

#define READABLE	(EPOLLIN | EPOLLRDNORM)
#define WRITABLE	(EPOLLOUT | EPOLLWRNORM)

static inline void wants_wake(struct tdm_path *path, __poll_t what, struct after *after)
{
	if (!path->wake) {
		path->wake_next = after->wake;
		after->wake = path;
	}
	path->wake |= what;
}

static inline u64 convert_row(const u8 *table, u64 row)
{
	u8 *octet = (u8 *)&row;
	unsigned int i;

	for (i = 0; i < sizeof(row); i++)
		octet[i] = table[octet[i]];
	return row;
}

/* Octets of one slot each, to their descriptors. */
static void receive_rings(const struct tdm_span *span, struct after *after)
{
	struct tdm_ring **at = span->tick.rx_rings, **end = at + span->tick.nrx_rings;
	const u64 *rows = span->tick.rx;

	for (; at < end; at++) {
		struct tdm_ring *ring = *at;

		if (unlikely(tdm_ring_put_row(ring, rows[ring->slot])))
			wants_wake(ring->path, READABLE, after);
	}
}

static void transmit_rings(const struct tdm_span *span, u64 frame, struct after *after)
{
	struct tdm_ring **at = span->tick.tx_rings, **end = at + span->tick.ntx_rings;
	u64 *rows = span->tick.tx;

	for (; at < end; at++) {
		struct tdm_ring *ring = *at;
		bool wake;

		if (!tdm_ring_take_row(ring, &rows[ring->slot], span->tick.idle, &wake))
			wake = ring->path->ops->tx(ring->path, rows, frame);
		if (unlikely(wake))
			wants_wake(ring->path, WRITABLE, after);
	}
}

static void receive(struct tdm_card *card, unsigned int i, u64 frame, struct after *after)
{
	unsigned int s, p;

	for (s = 0; s < card->nrunning; s++) {
		struct tdm_span *span = card->running[s];

		if (!(span->tick.nrx | span->tick.rx_legs))
			continue;
		span->tick.rx = span->ops->rx_block(span, i);
		receive_rings(span, after);
		for (p = 0; p < span->tick.nrx_paths; p++) {
			struct tdm_path *path = span->tick.rx_paths[p];

			if (path->ops->rx(path, span->tick.rx, frame))
				wants_wake(path, READABLE, after);
		}
	}
	for (p = 0; p < card->push.n; p++) {
		struct tdm_connect_leg *leg = card->push.entry[p].leg;

		if (leg->src->tick.running)
			leg->push(leg, *tdm_row_const(leg->src->tick.rx, leg->src_slot), frame);
	}
}

/* The legs of a run, from one span to another; @rx is NULL while the first is down. */
static void connect_run(const struct tdm_leg_entry *entry, const void *rx, void *tx)
{
	const struct tdm_leg_entry *end = entry + entry->run;
	const u8 *convert = entry->leg->convert;
	const struct tdm_connect_leg *leg;

	if (!rx) {
		for (; entry < end; entry++) {
			leg = entry->leg;
			*tdm_row(tx, leg->dst_slot) = tdm_idle_row(leg->dst->tick.idle[leg->dst_slot]);
		}
	} else if (convert) {
		for (; entry < end; entry++) {
			leg = entry->leg;
			*tdm_row(tx, leg->dst_slot) = convert_row(convert, *tdm_row_const(rx, leg->src_slot));
		}
	} else {
		for (; entry < end; entry++) {
			leg = entry->leg;
			*tdm_row(tx, leg->dst_slot) = *tdm_row_const(rx, leg->src_slot);
		}
	}
}

static void connect_legs(struct tdm_card *card, u64 frame)
{
	unsigned int n;

	for (n = 0; n < card->local.n; n += card->local.entry[n].run) {
		const struct tdm_leg_entry *entry = &card->local.entry[n];

		if (entry->leg->dst->tick.tx)
			connect_run(entry, entry->leg->src->tick.rx, entry->leg->dst->tick.tx);
	}
	for (n = 0; n < card->pull.n; n++) {
		struct tdm_connect_leg *leg = card->pull.entry[n].leg;

		if (leg->dst->tick.tx)
			*tdm_row(leg->dst->tick.tx, leg->dst_slot) = leg->pull(leg, frame);
	}
}

static void send_idle(struct tdm_span *span)
{
	unsigned long slots = span->tick.idle_slots;
	unsigned int slot;

	for_each_set_bit(slot, &slots, TDM_SLOTS_MAX)
		*tdm_row(span->tick.tx, slot) = tdm_idle_row(span->tick.idle[slot]);
	if (--span->tick.idle_blocks == 0)
		span->tick.idle_slots = 0;
}

static void transmit(struct tdm_card *card, unsigned int i, u64 frame, struct after *after)
{
	unsigned int s, p;

	for (s = 0; s < card->nrunning; s++) {
		struct tdm_span *span = card->running[s];

		if (!(span->tick.ntx | span->tick.tx_legs | span->tick.idle_slots))
			continue;
		span->tick.tx = span->ops->tx_block(span, i);
		if (span->tick.idle_slots)
			send_idle(span);
	}
	connect_legs(card, frame);
	for (s = 0; s < card->nrunning; s++) {
		struct tdm_span *span = card->running[s];

		if (!span->tick.ntx)
			continue;
		transmit_rings(span, frame, after);
		for (p = 0; p < span->tick.ntx_paths; p++) {
			struct tdm_path *path = span->tick.tx_paths[p];

			if (path->ops->tx(path, span->tick.tx, frame))
				wants_wake(path, WRITABLE, after);
		}
	}
}

static void tell_gap(struct tdm_card *card, u64 rx_frames, u64 tx_frames, struct after *after)
{
	struct tdm_path *path;
	unsigned int s;

	card->gaps++;
	card->rx_gap_frames += rx_frames;
	card->tx_gap_frames += tx_frames;
	after->report.frame = card->next.rx;
	after->report.kind = TDM_REPORT_GAP;
	after->report.value = min_t(u64, rx_frames, U32_MAX);
	after->report.slot = min_t(u64, tx_frames / TDM_BLOCK_FRAMES, U16_MAX);
	for (s = 0; s < card->nrunning; s++) {
		struct tdm_span *span = card->running[s];

		after->gap |= BIT(span->port - 1);
		/* Paths are added and taken off the list under the tick's lock. */
		list_for_each_entry(path, &span->paths, node)
			if (path->ops->gap && (path->rx_slots || path->tx_slots || path->always))
				path->ops->gap(path, rx_frames, tx_frames);
	}
}

/*
 * Holds the tick's numbers against what should have come. Returns the first block to be done, or a
 * negative value when the tick is nonsense (a number went back): then nothing is done.
 */
static int check_tick(struct tdm_card *card, const struct tdm_tick *tick, struct after *after)
{
	u64 rx_gap = 0, tx_gap = 0;
	unsigned int skip = 0;

	if (!tick->blocks || (card->synced && (tick->rx_frame < card->next.rx ||
					       tick->tx_frame < card->next.tx))) {
		card->bad_ticks++;
		return -EINVAL;
	}
	if (card->synced) {
		rx_gap = tick->rx_frame - card->next.rx;
		tx_gap = tick->tx_frame - card->next.tx;
	}
	if (tick->blocks > 1)
		card->late_ticks++;
	if (tick->blocks > TDM_TICK_BLOCKS_MAX) {
		skip = tick->blocks - TDM_TICK_BLOCKS_MAX;
		rx_gap += (u64)skip * TDM_BLOCK_FRAMES;
		tx_gap += (u64)skip * TDM_BLOCK_FRAMES;
	}
	if (rx_gap || tx_gap)
		tell_gap(card, rx_gap, tx_gap, after);
	return skip;
}

/*
 * Spans whose work is due. All of a card's seconds may end in one tick, and queueing a work takes as long as a span's
 * block does: so a few at a time. The others stay due; what a work decides depends on frames, not on when it runs.
 */
static void find_due(struct tdm_card *card, struct after *after)
{
	unsigned int s, n = 0;

	for (s = 0; s < card->nrunning; s++) {
		struct tdm_span *span = card->running[s];

		if (card->next.rx < span->tick.work_due)
			continue;
		span->tick.work_due = TDM_FRAME_NEVER;
		after->work |= BIT(span->port - 1);
		if (++n == WORKS_MAX)
			break;
	}
}

static void finish_tick(struct tdm_card *card, const struct tdm_tick *tick, struct after *after)
{
	card->synced = true;
	card->ticks++;
	card->blocks += tick->blocks;
	card->next.rx = tick->rx_frame + (u64)tick->blocks * TDM_BLOCK_FRAMES;
	card->next.tx = tick->tx_frame + (u64)tick->blocks * TDM_BLOCK_FRAMES;
	atomic64_set(&card->rx_now, card->next.rx);
	find_due(card, after);
}

static void do_after(struct tdm_card *card, struct after *after)
{
	struct tdm_path *path, *next;
	unsigned long bits;
	__poll_t what;
	unsigned int port;

	for (path = after->wake; path; path = next) {
		next = path->wake_next;
		what = path->wake;
		WRITE_ONCE(path->wake, 0);
		path->ops->wake(path, what);
	}
	bits = after->gap;
	for_each_set_bit(port, &bits, TDM_PORTS_MAX)
		tdm_report_put(&card->spans[port], &after->report);
	bits = after->work;
	for_each_set_bit(port, &bits, TDM_PORTS_MAX)
		tdm_span_kick(&card->spans[port]);
}

void tdm_card_tick(struct tdm_card *card, const struct tdm_tick *tick)
{
	struct after after = {};
	unsigned long flags;
	int first;

	rcu_read_lock();
	spin_lock_irqsave(&card->tick_lock, flags);
	first = card->dead ? -ENODEV : check_tick(card, tick, &after);
	if (first >= 0) {
		unsigned int i;

		for (i = first; i < tick->blocks; i++) {
			u64 frames = (u64)i * TDM_BLOCK_FRAMES;

			receive(card, i, tick->rx_frame + frames, &after);
			transmit(card, i, tick->tx_frame + frames, &after);
		}
		finish_tick(card, tick, &after);
	}
	spin_unlock_irqrestore(&card->tick_lock, flags);
	do_after(card, &after);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(tdm_card_tick);

void tdm_card_frames(struct tdm_card *card, struct tdm_frames *next)
{
	unsigned long flags;

	spin_lock_irqsave(&card->tick_lock, flags);
	*next = card->next;
	spin_unlock_irqrestore(&card->tick_lock, flags);
}

s64 tdm_card_turnaround(struct tdm_card *card)
{
	struct tdm_frames next;

	tdm_card_frames(card, &next);
	return tdm_frame_diff(next.tx, next.rx);
}

u64 tdm_card_rx_frame(const struct tdm_card *card)
{
	return atomic64_read(&card->rx_now);
}
EXPORT_SYMBOL_GPL(tdm_card_rx_frame);

void tdm_tick_run(struct tdm_span *span, bool on)
{
	struct tdm_card *card = span->card;
	unsigned long flags;
	unsigned int i, n = 0;

	lockdep_assert_held(&span->lock);
	spin_lock_irqsave(&card->tick_lock, flags);
	span->tick.running = on;
	span->tick.rx = NULL;
	span->tick.tx = NULL;
	span->tick.work_due = on ? card->next.rx : TDM_FRAME_NEVER;
	/* A freshly started framer's transmit memory holds anything: idle wherever no source is. */
	if (on) {
		span->tick.idle_slots = ~0U;
		for (i = 0; i < TDM_SLOTS_MAX; i++)
			if (span->slots[i].tx_owner || span->slots[i].connect)
				span->tick.idle_slots &= ~BIT(i);
		span->tick.idle_slots &= tdm_config_slots(&span->config);
		span->tick.idle_blocks = card->tx_blocks;
	}
	for (i = 0; i < card->ports; i++)
		if (card->spans[i].tick.running)
			card->running[n++] = &card->spans[i];
	card->nrunning = n;
	spin_unlock_irqrestore(&card->tick_lock, flags);
}

bool tdm_tick_due(struct tdm_span *span, u64 frame)
{
	unsigned long flags;
	bool passed;

	lockdep_assert_held(&span->lock);
	spin_lock_irqsave(&span->card->tick_lock, flags);
	passed = tdm_frame_reached(span->card->next.rx, frame);
	span->tick.work_due = passed ? TDM_FRAME_NEVER : frame;
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	return passed;
}

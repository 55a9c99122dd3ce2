// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timer from which all virtual cards tick, each at its own rate.
 *
 *	card 0, 0 ppm		|    |    |    |    |
 *	card 1, +1000 ppm	|   |    |   |    |   |	 (not to scale)
 *	timer			^  ^^   ^^  ^^   ^^  ^^
 *
 * One timer and not one a card: when the machine is late, as a guest on a busy host is all the time, the
 * cards catch up in steps of one block each, in turn. So what lies between two cards sees the difference
 * of their rates and nothing of the lateness, which on real lines does not exist. For the same reason a
 * card that starts while the timer is late starts where the others are and not at the time of day. When
 * the timer is late by more than CATCH_UP_MAX blocks all cards together leave out the rest: all lines have
 * stood still for so long, and nothing is lost. Blocks that come too late, and gaps, are the fault panel's
 * (late-ticks).
 *
 * A card ticks while one of its spans is up. It is on the active list then; the timer walks that by RCU.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include "compat.h"
#include "plant.h"

#define PERIOD_NS	1000000		/* a block at 0 ppm */
#define CATCH_UP_MAX	TDM_TICK_BLOCKS_MAX
#define CLOCK_HOPS	8		/* cards clocked from cards clocked from ... */

static struct hrtimer timer;
static LIST_HEAD(active);
static spinlock_t timer_lock;		/* active and its nup, running; writes of line_now */
static bool running;			/* the timer is queued or in its callback */
static u64 line_now;			/* the cards have ticked, or begun to, up to here; CLOCK_MONOTONIC, ns */

/*
 * The length of a block of this card: its own oscillator's, or that of the card at the other end of the
 * line that it is clocked from. Cards that are clocked from each other in a ring run on their own.
 */
static u64 period(const struct virt_card *card)
{
	unsigned int hops;
	s32 ppm = READ_ONCE(card->ppm);

	for (hops = 0; hops < CLOCK_HOPS; hops++) {
		unsigned int nr = READ_ONCE(card->clock_port);
		const struct virt_link *link;

		if (!nr)
			return PERIOD_NS - READ_ONCE(card->ppm);
		link = rcu_dereference(card->port[nr - 1].link);
		if (!link)
			return PERIOD_NS - READ_ONCE(card->ppm);
		card = virt_peer(&card->port[nr - 1], link)->card;
	}
	return PERIOD_NS - ppm;
}

static void tick(struct virt_card *card, unsigned int blocks)
{
	struct tdm_tick tick = {
		.blocks = blocks,
		.rx_frame = card->frame,
		.tx_frame = card->frame + TDM_BLOCK_FRAMES,
	};
	unsigned int i;
	int state;

	card->frame += (u64)blocks * TDM_BLOCK_FRAMES;
	tdm_card_tick(card->card, &tick);
	WRITE_ONCE(card->ticks, card->ticks + 1);
	state = virt_line_state();
	for (i = 0; i < card->ports; i++) {
		struct virt_port *port = &card->port[i];

		if (!READ_ONCE(port->up))
			continue;
		if (port->moves || port->seen != state)
			virt_line_turn(port, blocks, card->frame, state);
		port->received = false;
		port->sent = false;
	}
}

/* One block of time has passed for the card. */
static void step(struct virt_card *card)
{
	card->due += period(card);
	if (READ_ONCE(card->stall))
		return;
	card->held++;
	if (atomic_add_unless(&card->late, -1, 0))
		return;
	tick(card, card->held);
	card->held = 0;
}

/* One step for all, so that no card gets a block more than its neighbour. */
static void stand_still(u64 now)
{
	struct virt_card *card;
	u64 behind = 0;
	u64 skip;

	list_for_each_entry_rcu(card, &active, active)
		if (card->due < now)
			behind = max(behind, now - card->due);
	if (behind <= (u64)CATCH_UP_MAX * PERIOD_NS)
		return;
	skip = (div_u64(behind, PERIOD_NS) - CATCH_UP_MAX) * PERIOD_NS;
	list_for_each_entry_rcu(card, &active, active)
		if (card->due <= now)
			card->due += skip;
}

/* Everything that is due by @now, in turn; returns when the next is. */
static u64 run_cards(u64 now)
{
	struct virt_card *card;
	unsigned int round;
	u64 next;
	bool any;

	stand_still(now);
	for (round = 0; round <= CATCH_UP_MAX; round++) {
		any = false;
		next = now + PERIOD_NS;
		list_for_each_entry_rcu(card, &active, active) {
			if (card->due <= now) {
				step(card);
				any = true;
			}
			next = min(next, card->due);
		}
		if (!any)
			break;
	}
	return next;
}

static enum hrtimer_restart timer_fired(struct hrtimer *t)
{
	enum hrtimer_restart restart = HRTIMER_RESTART;
	unsigned long flags;
	u64 now = ktime_get_ns();
	u64 next;

	spin_lock_irqsave(&timer_lock, flags);
	line_now = now;
	spin_unlock_irqrestore(&timer_lock, flags);
	rcu_read_lock();
	next = run_cards(now);
	rcu_read_unlock();
	spin_lock_irqsave(&timer_lock, flags);
	if (list_empty(&active)) {
		running = false;
		restart = HRTIMER_NORESTART;
	} else {
		hrtimer_set_expires(t, ns_to_ktime(next));
	}
	spin_unlock_irqrestore(&timer_lock, flags);
	return restart;
}

/*
 * Cards begin at whole milliseconds, so that those of one rate are served by one expiry. With timer_lock held
 * and the timer running.
 */
static u64 next_due(void)
{
	return (div_u64(line_now, PERIOD_NS) + 1) * PERIOD_NS;
}

void virt_clock_start(struct virt_card *card)
{
	unsigned long flags;
	bool start = false;

	spin_lock_irqsave(&timer_lock, flags);
	if (!card->nup++) {
		start = !running;
		running = true;
		if (start)
			line_now = ktime_get_ns();
		card->due = next_due();
		card->held = 0;
		list_add_tail_rcu(&card->active, &active);
	}
	if (start)
		hrtimer_start(&timer, ns_to_ktime(card->due), HRTIMER_MODE_ABS_SOFT);
	spin_unlock_irqrestore(&timer_lock, flags);
}

/*
 * A tick under way may still see the card; the core then finds none of its spans running. When the card is
 * to start again its list node must not be in use by a walker any more.
 */
void virt_clock_stop(struct virt_card *card)
{
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&timer_lock, flags);
	last = !--card->nup;
	if (last)
		list_del_rcu(&card->active);
	spin_unlock_irqrestore(&timer_lock, flags);
	if (last)
		synchronize_rcu();
}

void virt_clock_init(void)
{
	tdm_reg_lock_init(&timer_lock);
	hrtimer_setup(&timer, timer_fired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}

void virt_clock_exit(void)
{
	hrtimer_cancel(&timer);
}

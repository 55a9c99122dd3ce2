// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RESTART (Q.931 5.5), both ways.
 *
 * When the D-channel first comes up each idle slot is reset, one at a time, so that both sides
 * agree that it is idle. Nothing waits for an acknowledgement but the next RESTART; the group is
 * ready when the round is through.
 *
 * The first one is often lost. Both sides send SABME when they start; the side whose SABME is
 * answered first is up and sends RESTART, which the other one ignores as long as its own SABME is
 * not answered, and answering that one empties our queue (Q.921 5.5.1.2). So it is sent again,
 * twice at most (5.5.1 allows that at T316), but much sooner than after T316.
 */
#include "daemon/core/log.h"
#include "daemon/sig/pri_leg.h"

/* T316 is 2 minutes unless the administrator says otherwise: too long to keep a slot from calls. */
#define ACK_NS	(1500 * NSEC_PER_MSEC)
#define TRIES	3

static bool restart_send(struct group *g)
{
	uint64_t ns = g->cfg->t316 ? (uint64_t)g->cfg->t316 * NSEC_PER_MSEC : ACK_NS;

	pri_reset(pri_active(g), pri_channel_encode(g, g->resetting));
	return !ttimer_start(&g->sched, &g->reset_timer, ns);
}

static void restart_next(struct group *g)
{
	struct bchan_ref *r = &g->reset_next;

	for (; r->iface < g->slots.nifaces; r->iface++, r->slot = 0) {
		for (; r->slot < BCHAN_SLOTS; r->slot++) {
			if (bchan_reset_begin(&g->slots, *r))
				continue;
			g->resetting = *r;
			r->slot++;
			g->reset_tries = 1;
			if (restart_send(g))
				return;
			bchan_reset_end(&g->slots, g->resetting);
		}
	}
	g->resetting = BCHAN_REF_NONE;
	if (!atomic_load_relaxed(&g->ready))
		log_notice("%s: ready for calls", g->cfg->name);
	atomic_store(&g->ready, true);
}

static void reset_timeout(struct ttimer *t)
{
	struct group *g = container_of(t, struct group, reset_timer);

	if (!bchan_ref_valid(g->resetting))
		return;
	if (atomic_load_relaxed(&g->active) >= 0 && g->reset_tries++ < TRIES && restart_send(g))
		return;
	log_warn("%s: no answer to RESTART of slot i%d/s%d", g->cfg->name,
		 g->cfg->interface_ids[g->resetting.iface], g->resetting.slot);
	bchan_reset_end(&g->slots, g->resetting);
	if (atomic_load_relaxed(&g->active) >= 0)
		restart_next(g);
}

void pri_restart_init(struct group *g)
{
	ttimer_init(&g->reset_timer, reset_timeout, &g->ref);
	g->resetting = BCHAN_REF_NONE;
}

void pri_restart_begin(struct group *g)
{
	if (bchan_ref_valid(g->resetting))
		bchan_reset_end(&g->slots, g->resetting);
	ttimer_cancel(&g->sched, &g->reset_timer);
	/* Once is enough: after a short loss of the link both sides still know their calls. */
	g->reset_next = (struct bchan_ref){ 0, 0 };
	if (!g->cfg->restart || atomic_load_relaxed(&g->ready))
		g->reset_next.iface = (int16_t)g->slots.nifaces;
	restart_next(g);
}

/* The link was set up anew while a RESTART was under way. */
void pri_restart_again(struct group *g)
{
	if (!bchan_ref_valid(g->resetting))
		return;
	ttimer_cancel(&g->sched, &g->reset_timer);
	reset_timeout(&g->reset_timer);
}

void pri_restart_acked(struct group *g, struct bchan_ref ref)
{
	if (!bchan_ref_valid(g->resetting) || !bchan_ref_same(ref, g->resetting))
		return;
	ttimer_cancel(&g->sched, &g->reset_timer);
	bchan_reset_end(&g->slots, g->resetting);
	restart_next(g);
}

/*
 * The far end has reset a slot, or (slot -1) a whole interface: it knows no call there any more.
 * libpri has acknowledged it. What is left of our calls ends without a message.
 */
void pri_restart_received(struct group *g, struct bchan_ref ref)
{
	struct pri_leg *l, *next;

	if (!bchan_ref_valid(ref))
		return;
	group_block(g, ref, BCHAN_FAR, 0);
	for (l = g->legs; l; l = next) {
		next = l->next;
		if (l->bch.iface != ref.iface || (ref.slot >= 0 && l->bch.slot != ref.slot))
			continue;
		log_info("%s: reset by the far end", l->leg.label);
		pri_leg_drop(l, PRI_CAUSE_NORMAL_TEMPORARY_FAILURE);
	}
}

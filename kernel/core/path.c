// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths and legs: who receives a span's slots, who owns which transmit side, what fills it.
 *
 * A slot's transmit side has one source at a time, in this order: a plugged leg of a cross-connect; its
 * owner's path; nobody, and then it sends its idle code. What changes is changed under the span mutex, and
 * where a tick looks at it, under the card's tick lock too: the next tick is the first that sees it, and
 * it begins with the frames card->next says.
 */
#include <linux/slab.h>
#include "core.h"

static void eff_frames(const struct tdm_card *card, struct tdm_frames *eff)
{
	lockdep_assert_held(&card->tick_lock);
	if (eff)
		*eff = card->next;
}

void tdm_tick_rebuild(struct tdm_span *span)
{
	struct tdm_path *path;
	unsigned int nrx_paths = 0, ntx_paths = 0, nrx_rings = 0, ntx_rings = 0;

	lockdep_assert_held(&span->lock);
	lockdep_assert_held(&span->card->tick_lock);
	if (!span->gone) {
		list_for_each_entry(path, &span->paths, node) {
			if (path->rx_ring && path->rx_slots)
				span->tick.rx_rings[nrx_rings++] = path->rx_ring;
			else if (path->ops->rx && (path->rx_slots || path->always))
				span->tick.rx_paths[nrx_paths++] = path;
			if (path->tx_ring && path->tx_now)
				span->tick.tx_rings[ntx_rings++] = path->tx_ring;
			else if (path->ops->tx && (path->tx_now || path->always))
				span->tick.tx_paths[ntx_paths++] = path;
		}
	}
	span->tick.nrx = nrx_paths + nrx_rings;
	span->tick.ntx = ntx_paths + ntx_rings;
	span->tick.nrx_paths = nrx_paths;
	span->tick.ntx_paths = ntx_paths;
	span->tick.nrx_rings = nrx_rings;
	span->tick.ntx_rings = ntx_rings;
}

/* Let slots send idle: written as often as the card has transmit memory, which then repeats it. */
static void idle_slots(struct tdm_span *span, u32 slots)
{
	lockdep_assert_held(&span->card->tick_lock);
	span->tick.idle_slots |= slots;
	span->tick.idle_blocks = span->card->tx_blocks;
}

static int grow(struct tdm_span *span)
{
	unsigned int want, have = 0;
	struct tdm_path *path;
	void **room, *old;
	unsigned long flags;

	list_for_each_entry(path, &span->paths, node)
		have++;
	if (have < span->tick.room)
		return 0;
	want = max(4U, 2 * have);
	room = kcalloc(4 * want, sizeof(*room), GFP_KERNEL);
	if (!room)
		return -ENOMEM;
	spin_lock_irqsave(&span->card->tick_lock, flags);
	old = span->tick.rx_paths;
	span->tick.rx_paths = (struct tdm_path **)room;
	span->tick.tx_paths = (struct tdm_path **)(room + want);
	span->tick.rx_rings = (struct tdm_ring **)(room + 2 * want);
	span->tick.tx_rings = (struct tdm_ring **)(room + 3 * want);
	span->tick.room = want;
	tdm_tick_rebuild(span);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	kfree(old);
	return 0;
}

int tdm_path_attach(struct tdm_path *path, struct tdm_span *span)
{
	unsigned long flags;
	int ret;

	lockdep_assert_held(&span->lock);
	if (span->gone)
		return -ENODEV;
	ret = grow(span);
	if (ret)
		return ret;
	path->span = span;
	path->rx_slots = 0;
	path->tx_slots = 0;
	path->tx_now = 0;
	path->wake = 0;
	spin_lock_irqsave(&span->card->tick_lock, flags);
	list_add_tail_rcu(&path->node, &span->paths);
	path->attached = true;
	tdm_tick_rebuild(span);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	return 0;
}

static void say_owner(const struct tdm_span *span, unsigned int slot, char *reason)
{
	const struct tdm_slot *s = &span->slots[slot];
	char name[TDM_OWNER_LEN];
	const char *owner = "an administrator's cross-connect";

	if (!reason)
		return;
	if (s->tx_owner) {
		s->tx_owner->ops->name(s->tx_owner, name, sizeof(name));
		owner = name;
	}
	snprintf(reason, TDM_REASON_LEN, "%s:%u:%u is in use by %s", span->card->name, span->port, slot,
		 owner);
}

static int check_claim(const struct tdm_path *path, u32 rx_slots, u32 tx_slots, char *reason)
{
	struct tdm_span *span = path->span;
	u32 missing = (rx_slots | tx_slots) & ~tdm_config_slots(&span->config);
	unsigned int slot;

	if (missing) {
		if (reason)
			snprintf(reason, TDM_REASON_LEN, "%s:%u has no slot %u for users as it is configured",
				 span->card->name, span->port, (unsigned int)__ffs(missing));
		return -EINVAL;
	}
	for (slot = 0; slot < TDM_SLOTS_MAX; slot++) {
		struct tdm_slot *s = &span->slots[slot];

		if (!(tx_slots & BIT(slot)) || s->tx_owner == path)
			continue;
		if (s->tx_owner || s->connect) {
			say_owner(span, slot, reason);
			return -EBUSY;
		}
	}
	return 0;
}

int tdm_path_claim(struct tdm_path *path, u32 rx_slots, u32 tx_slots, u8 bearer,
		   struct tdm_frames *eff, char *reason)
{
	struct tdm_span *span = path->span;
	unsigned long flags;
	unsigned int slot;
	u32 fresh;
	int ret;

	lockdep_assert_held(&span->lock);
	if (span->gone || !path->attached)
		return -ENODEV;
	ret = check_claim(path, rx_slots, tx_slots, reason);
	if (ret)
		return ret;
	fresh = tx_slots & ~path->tx_slots;
	for (slot = 0; slot < TDM_SLOTS_MAX; slot++) {
		if (tx_slots & BIT(slot)) {
			span->slots[slot].tx_owner = path;
			span->slots[slot].bearer = bearer;
		}
	}
	spin_lock_irqsave(&span->card->tick_lock, flags);
	path->rx_slots |= rx_slots;
	path->tx_slots |= fresh;
	path->tx_now |= fresh;
	span->tick.idle_slots &= ~fresh;
	tdm_tick_rebuild(span);
	eff_frames(span->card, eff);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
	return 0;
}

void tdm_path_release(struct tdm_path *path, u32 rx_slots, u32 tx_slots, struct tdm_frames *eff)
{
	struct tdm_span *span = path->span;
	unsigned long flags;
	unsigned int slot;

	lockdep_assert_held(&span->lock);
	tx_slots &= path->tx_slots;
	for (slot = 0; slot < TDM_SLOTS_MAX; slot++) {
		struct tdm_slot *s = &span->slots[slot];

		if (!(tx_slots & BIT(slot)))
			continue;
		WARN_ON_ONCE(s->connect);
		s->tx_owner = NULL;
		s->bearer = TDM_BEARER_SPEECH;
		if (s->cas_tx != s->cas_idle)
			tdm_slot_set_cas(span, slot, s->cas_idle, NULL);
	}
	spin_lock_irqsave(&span->card->tick_lock, flags);
	path->rx_slots &= ~rx_slots;
	path->tx_slots &= ~tx_slots;
	path->tx_now &= ~tx_slots;
	idle_slots(span, tx_slots);
	tdm_tick_rebuild(span);
	eff_frames(span->card, eff);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
}

void tdm_path_detach(struct tdm_path *path)
{
	struct tdm_span *span = path->span;
	unsigned long flags;

	lockdep_assert_held(&span->lock);
	if (!path->attached)
		return;
	tdm_path_release(path, ~0U, ~0U, NULL);
	spin_lock_irqsave(&span->card->tick_lock, flags);
	list_del_rcu(&path->node);
	path->attached = false;
	tdm_tick_rebuild(span);
	spin_unlock_irqrestore(&span->card->tick_lock, flags);
}

/* Room for one leg more in a set of the card, for set_put(); other legs' spans may be at it at the same time. */
static int set_reserve(struct tdm_card *card, struct tdm_leg_set *set)
{
	struct tdm_leg_entry *fresh = NULL, *old;
	unsigned int want = 0;
	unsigned long flags;

	for (;;) {
		old = NULL;
		spin_lock_irqsave(&card->tick_lock, flags);
		if (fresh && set->room < want) {
			memcpy(fresh, set->entry, set->n * sizeof(*fresh));
			old = set->entry;
			set->entry = fresh;
			set->room = want;
			fresh = NULL;
		}
		if (set->n + set->reserved < set->room) {
			set->reserved++;
			spin_unlock_irqrestore(&card->tick_lock, flags);
			kfree(old);
			kfree(fresh);
			return 0;
		}
		want = max(8U, 2 * set->room);
		spin_unlock_irqrestore(&card->tick_lock, flags);
		kfree(old);
		kfree(fresh);
		fresh = kcalloc(want, sizeof(*fresh), GFP_KERNEL);
		if (!fresh)
			return -ENOMEM;
	}
}

static void set_unreserve(struct tdm_card *card, struct tdm_leg_set *set)
{
	unsigned long flags;

	spin_lock_irqsave(&card->tick_lock, flags);
	set->reserved--;
	spin_unlock_irqrestore(&card->tick_lock, flags);
}

/* Where the run to which @leg belongs begins, or would. The card's tick lock held, as by the next two. */
static unsigned int run_of(const struct tdm_leg_set *set, const struct tdm_connect_leg *leg)
{
	unsigned int i;

	for (i = 0; i < set->n; i += set->entry[i].run) {
		const struct tdm_connect_leg *first = set->entry[i].leg;

		if (first->src == leg->src && first->dst == leg->dst && first->convert == leg->convert)
			break;
	}
	return i;
}

/* As the first of its run. */
static void set_put(struct tdm_leg_set *set, struct tdm_connect_leg *leg)
{
	unsigned int i = run_of(set, leg);
	unsigned int run = i < set->n ? set->entry[i].run : 0;

	memmove(&set->entry[i + 1], &set->entry[i], (set->n - i) * sizeof(*set->entry));
	set->entry[i].leg = leg;
	set->entry[i].run = run + 1;
	set->n++;
	set->reserved--;
}

static void set_remove(struct tdm_leg_set *set, const struct tdm_connect_leg *leg)
{
	unsigned int first = run_of(set, leg), i = first;
	unsigned int run = set->entry[first].run;

	while (set->entry[i].leg != leg)
		i++;
	set->n--;
	memmove(&set->entry[i], &set->entry[i + 1], (set->n - i) * sizeof(*set->entry));
	/* Of the run, if there was more of it, one stands where its first stood. */
	if (run > 1)
		set->entry[first].run = run - 1;
}

/* The part of the card that only receives: push begins to fill, or leaves alone, the leg's own buffer. */
static void push_begin(struct tdm_card *src, struct tdm_connect_leg *leg)
{
	unsigned long flags;

	spin_lock_irqsave(&src->tick_lock, flags);
	set_put(&src->push, leg);
	leg->src->tick.rx_legs++;
	spin_unlock_irqrestore(&src->tick_lock, flags);
}

static void push_end(struct tdm_card *src, struct tdm_connect_leg *leg)
{
	unsigned long flags;

	spin_lock_irqsave(&src->tick_lock, flags);
	set_remove(&src->push, leg);
	leg->src->tick.rx_legs--;
	spin_unlock_irqrestore(&src->tick_lock, flags);
}

int tdm_leg_plug(struct tdm_connect_leg *leg, u64 *first)
{
	struct tdm_card *src = leg->src->card, *dst = leg->dst->card;
	struct tdm_slot *slot = &leg->dst->slots[leg->dst_slot];
	bool local = src == dst;
	struct tdm_leg_set *set = local ? &dst->local : &dst->pull;
	unsigned long flags;
	int ret;

	lockdep_assert_held(&leg->src->lock);
	lockdep_assert_held(&leg->dst->lock);
	if (leg->src->gone || leg->dst->gone)
		return -ENODEV;
	if (slot->connect)
		return -EBUSY;
	ret = set_reserve(dst, set);
	if (ret)
		return ret;
	if (!local) {
		ret = set_reserve(src, &src->push);
		if (ret) {
			set_unreserve(dst, set);
			return ret;
		}
		push_begin(src, leg);
	}
	spin_lock_irqsave(&dst->tick_lock, flags);
	set_put(set, leg);
	leg->dst->tick.tx_legs++;
	if (local)
		leg->src->tick.rx_legs++;
	slot->connect = leg;
	leg->dst->tick.idle_slots &= ~BIT(leg->dst_slot);
	if (slot->tx_owner) {
		slot->tx_owner->tx_now &= ~BIT(leg->dst_slot);
		tdm_tick_rebuild(leg->dst);
	}
	if (first)
		*first = dst->next.tx;
	spin_unlock_irqrestore(&dst->tick_lock, flags);
	leg->plugged = true;
	return 0;
}

void tdm_leg_unplug(struct tdm_connect_leg *leg, u64 *first)
{
	struct tdm_card *src = leg->src->card, *dst = leg->dst->card;
	struct tdm_slot *slot = &leg->dst->slots[leg->dst_slot];
	unsigned long flags;

	lockdep_assert_held(&leg->src->lock);
	lockdep_assert_held(&leg->dst->lock);
	if (!leg->plugged)
		return;
	spin_lock_irqsave(&dst->tick_lock, flags);
	set_remove(src == dst ? &dst->local : &dst->pull, leg);
	leg->dst->tick.tx_legs--;
	if (src == dst)
		leg->src->tick.rx_legs--;
	slot->connect = NULL;
	if (slot->tx_owner) {
		slot->tx_owner->tx_now |= BIT(leg->dst_slot);
		tdm_tick_rebuild(leg->dst);
	} else {
		idle_slots(leg->dst, BIT(leg->dst_slot));
	}
	if (first)
		*first = dst->next.tx;
	spin_unlock_irqrestore(&dst->tick_lock, flags);
	if (src != dst)
		push_end(src, leg);
	leg->plugged = false;
}

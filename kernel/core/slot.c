// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spans and slots as others see them, the locks of one and of two spans, and what is set on a slot.
 */
#include <linux/export.h>
#include "connect.h"
#include "core.h"

void tdm_span_lock(struct tdm_span *span)
{
	mutex_lock(&span->lock);
}

void tdm_span_unlock(struct tdm_span *span)
{
	mutex_unlock(&span->lock);
}

void tdm_span_lock2(struct tdm_span *a, struct tdm_span *b)
{
	if (a->id > b->id)
		swap(a, b);
	mutex_lock(&a->lock);
	if (a != b)
		mutex_lock_nested(&b->lock, TDM_LOCK_NESTED);
}

void tdm_span_unlock2(struct tdm_span *a, struct tdm_span *b)
{
	if (a != b)
		mutex_unlock(&b->lock);
	mutex_unlock(&a->lock);
}

void *tdm_span_priv(const struct tdm_span *span)
{
	return span->priv;
}
EXPORT_SYMBOL_GPL(tdm_span_priv);

unsigned int tdm_span_port(const struct tdm_span *span)
{
	return span->port;
}
EXPORT_SYMBOL_GPL(tdm_span_port);

struct tdm_card *tdm_span_card(const struct tdm_span *span)
{
	return span->card;
}
EXPORT_SYMBOL_GPL(tdm_span_card);

const struct tdm_span_config *tdm_span_config(const struct tdm_span *span)
{
	return &span->config;
}
EXPORT_SYMBOL_GPL(tdm_span_config);

u8 tdm_span_idle(const struct tdm_span *span)
{
	return tdm_config_idle(&span->config);
}
EXPORT_SYMBOL_GPL(tdm_span_idle);

static u32 sources(const struct tdm_span *span)
{
	unsigned int slot;
	u32 mask = 0;

	for (slot = 0; slot < TDM_SLOTS_MAX; slot++)
		if (span->slots[slot].tx_owner || span->slots[slot].connect)
			mask |= BIT(slot);
	return mask;
}

void tdm_span_info(const struct tdm_span *span, struct tdm_span_info *info)
{
	struct tdm_span *s = (struct tdm_span *)span;	/* its inner locks are not state */
	struct tdm_frames next;
	unsigned long flags;

	lockdep_assert_held(&span->lock);
	memset(info, 0, sizeof(*info));
	info->card_id = span->card->id;
	strscpy(info->card_name, span->card->name, sizeof(info->card_name));
	info->id = span->id;
	info->port = span->port;
	info->state = span->state;
	info->stalled = span->stalled;
	info->gone = span->gone;
	info->rai_sent = span->rai_sent;
	info->types = span->types;
	info->config = span->config;
	info->slots = tdm_config_slots(&span->config);
	info->tx_slots = sources(span);
	info->defects = span->defects;
	info->failures = span->failures;
	info->event_seq = span->event_seq;
	info->slips = span->slips;
	info->rx_gap_frames = span->rx_gap_frames;
	info->tx_gap_frames = span->tx_gap_frames;
	spin_lock_irqsave(&s->state_lock, flags);
	info->reports_lost = span->reports_lost;
	spin_unlock_irqrestore(&s->state_lock, flags);
	tdm_card_frames(span->card, &next);
	info->rx_frame = next.rx;
	info->tx_frame = next.tx;
}

void tdm_span_snapshot(struct tdm_span *span, struct tdm_span_info *info)
{
	mutex_lock(&span->lock);
	tdm_span_info(span, info);
	mutex_unlock(&span->lock);
}

static void fill_slot(const struct tdm_span *span, unsigned int nr, struct tdm_slot_info *info)
{
	const struct tdm_slot *slot = &span->slots[nr];
	const struct tdm_path *path;

	info->slot = nr;
	info->connect = tdm_connect_of(span, nr);
	info->bearer = slot->bearer;
	info->idle = tdm_slot_idle(span, nr);
	info->cas_tx = slot->cas_tx;
	info->cas_rx = slot->cas_rx;
	list_for_each_entry(path, &span->paths, node)
		if ((path->rx_slots & BIT(nr)) && path != slot->tx_owner)
			info->taps++;
	if (slot->tx_owner) {
		info->owned = true;
		info->mode = slot->tx_owner->mode;
		slot->tx_owner->ops->name(slot->tx_owner, info->owner, sizeof(info->owner));
	}
	if (slot->connect) {
		const struct tdm_connect_leg *leg = slot->connect;

		/* The peer's card stays: the cross-connect has a reference. */
		info->connected = true;
		info->peer_card = leg->src->card->id;
		strscpy(info->peer_card_name, leg->src->card->name, sizeof(info->peer_card_name));
		info->peer_port = leg->src->port;
		info->peer_slot = leg->src_slot;
	}
}

static bool slot_there(const struct tdm_span *span, unsigned int slot)
{
	return slot < TDM_SLOTS_MAX && (tdm_config_slots(&span->config) & BIT(slot));
}

int tdm_slot_snapshot(struct tdm_span *span, unsigned int slot, struct tdm_slot_info *info)
{
	int ret = 0;

	memset(info, 0, sizeof(*info));
	mutex_lock(&span->lock);
	if (span->gone)
		ret = -ENODEV;
	else if (!slot_there(span, slot))
		ret = -EINVAL;
	else
		fill_slot(span, slot, info);
	mutex_unlock(&span->lock);
	return ret;
}

int tdm_slot_set_cas(struct tdm_span *span, unsigned int slot, u8 abcd, const struct tdm_path *path)
{
	lockdep_assert_held(&span->lock);
	if (slot >= TDM_SLOTS_MAX || abcd > 0xf)
		return -EINVAL;
	if (span->slots[slot].tx_owner != path)
		return -EBUSY;
	span->slots[slot].cas_tx = abcd;
	if (span->gone)
		return -ENODEV;
	if (span->config.signalling != TDM_SIGNALLING_CAS || !span->ops->set_cas)
		return -EOPNOTSUPP;
	if (span->state == TDM_SPAN_UP)
		span->ops->set_cas(span, slot, abcd);
	return 0;
}

static int check_slot_set(const struct tdm_span *span, unsigned int slot, int idle, int cas_tx,
			  struct netlink_ext_ack *extack)
{
	if (span->gone) {
		NL_SET_ERR_MSG(extack, "the card is gone");
		return -ENODEV;
	}
	if (!slot_there(span, slot)) {
		NL_SET_ERR_MSG(extack, "slot: the span has no such slot for users as it is configured");
		return -EINVAL;
	}
	if (span->slots[slot].tx_owner || span->slots[slot].connect) {
		NL_SET_ERR_MSG(extack, "slot: its transmit side is in use");
		return -EBUSY;
	}
	if (idle > 0xff || cas_tx > 0xf) {
		NL_SET_ERR_MSG(extack, "idle: 0 to 255; cas-tx: 0 to 15");
		return -EINVAL;
	}
	if (cas_tx >= 0 && (span->config.signalling != TDM_SIGNALLING_CAS || !span->ops->set_cas)) {
		NL_SET_ERR_MSG(extack, "cas-tx: the span has no CAS signalling");
		return -EOPNOTSUPP;
	}
	return 0;
}

int tdm_slot_set(struct tdm_span *span, unsigned int slot, int idle, int cas_tx,
		 struct netlink_ext_ack *extack)
{
	unsigned long flags;
	int ret;

	mutex_lock(&span->lock);
	ret = check_slot_set(span, slot, idle, cas_tx, extack);
	if (ret)
		goto unlock;
	if (idle >= 0) {
		spin_lock_irqsave(&span->card->tick_lock, flags);
		span->tick.idle[slot] = idle;
		span->tick.idle_slots |= BIT(slot);
		span->tick.idle_blocks = span->card->tx_blocks;
		spin_unlock_irqrestore(&span->card->tick_lock, flags);
	}
	if (cas_tx >= 0) {
		span->slots[slot].cas_idle = cas_tx;
		ret = tdm_slot_set_cas(span, slot, cas_tx, NULL);
	}
unlock:
	mutex_unlock(&span->lock);
	return ret;
}

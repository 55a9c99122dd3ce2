// SPDX-License-Identifier: GPL-2.0-or-later
/* The B-channels of a trunk group; see bchan.h. */
#include "daemon/group/bchan.h"

#include <string.h>

void bchan_init(struct bchan_table *t, const struct conf_group *conf)
{
	int last = conf->line == CONF_E1 ? 31 : 24;
	int i, d, slot;

	memset(t, 0, sizeof(*t));
	tlock_init(&t->lock, TLOCK_QUEUE_GROUP, 0);
	t->nifaces = conf->nspans;
	t->select = conf->select;
	t->last = BCHAN_REF_NONE;
	for (i = 0; i < conf->nspans; i++)
		for (slot = 1; slot <= last; slot++)
			t->slot[i][slot].state = BCHAN_IDLE;
	for (d = 0; d < conf->ndchans; d++)
		for (i = 0; i < conf->nspans; i++)
			if (conf->dchans[d].port == conf->spans[i].port &&
			    !strcmp(conf->dchans[d].card, conf->spans[i].card))
				t->slot[i][conf->dchans[d].slot].state = BCHAN_NONE;
	/*
	 * G.704 5.1.1 and Q.931 know slot 16 of a span without a D-channel as a B-channel; most
	 * networks agree, so it stays usable.
	 */
}

void bchan_exit(struct bchan_table *t)
{
	tlock_destroy(&t->lock);
}

static struct bchan *at(struct bchan_table *t, struct bchan_ref ref)
{
	struct bchan *b;

	tlock_assert_held(&t->lock);
	if (ref.iface < 0 || ref.iface >= t->nifaces || ref.slot < 0 || ref.slot >= BCHAN_SLOTS)
		return NULL;
	b = &t->slot[ref.iface][ref.slot];
	return b->state == BCHAN_NONE ? NULL : b;
}

/* The n-th slot to look at; n counts over all interfaces. */
static struct bchan_ref candidate(const struct bchan_table *t, int n)
{
	int all = t->nifaces * BCHAN_SLOTS;

	if (t->select == CONF_DESCENDING)
		n = all - 1 - n;
	else if (t->select == CONF_ROUNDROBIN && bchan_ref_valid(t->last))
		n = (n + t->last.iface * BCHAN_SLOTS + t->last.slot + 1) % all;
	return (struct bchan_ref){ (int16_t)(n / BCHAN_SLOTS), (int16_t)(n % BCHAN_SLOTS) };
}

int bchan_take_any(struct bchan_table *t, struct bchan_ref avoid, void *owner,
		   struct bchan_ref *out)
{
	struct bchan_ref ref, best = BCHAN_REF_NONE;
	int n, blocked = 0, ret = -EBUSY;
	struct bchan *b;

	tlock_lock(&t->lock);
	for (n = 0; n < t->nifaces * BCHAN_SLOTS; n++) {
		ref = candidate(t, n);
		b = at(t, ref);
		if (!b || b->state != BCHAN_IDLE || bchan_ref_same(ref, avoid))
			continue;
		if (b->blocked) {
			blocked = 1;
			continue;
		}
		if (!bchan_ref_valid(best) || b->freed < at(t, best)->freed)
			best = ref;
		if (t->select != CONF_LEASTRECENT)
			break;
	}
	if (bchan_ref_valid(best)) {
		b = at(t, best);
		b->state = BCHAN_BUSY;
		b->owner = owner;
		t->last = *out = best;
		ret = 0;
	} else if (blocked) {
		ret = -ENETDOWN;
	}
	tlock_unlock(&t->lock);
	return ret;
}

int bchan_take(struct bchan_table *t, struct bchan_ref ref, void *owner)
{
	struct bchan *b;
	int ret = 0;

	tlock_lock(&t->lock);
	b = at(t, ref);
	if (!b)
		ret = -EINVAL;
	else if (b->state != BCHAN_IDLE)
		ret = -EBUSY;
	else if (b->blocked)
		ret = -ENETDOWN;
	if (!ret) {
		b->state = BCHAN_BUSY;
		b->owner = owner;
		t->last = ref;
	}
	tlock_unlock(&t->lock);
	return ret;
}

void bchan_free(struct bchan_table *t, struct bchan_ref ref, void *owner)
{
	struct bchan *b;

	tlock_lock(&t->lock);
	b = at(t, ref);
	if (b && b->state == BCHAN_BUSY && b->owner == owner) {
		b->state = BCHAN_IDLE;
		b->owner = NULL;
		b->freed = ++t->frees;
	}
	tlock_unlock(&t->lock);
}

void *bchan_owner(struct bchan_table *t, struct bchan_ref ref)
{
	struct bchan *b;
	void *owner;

	tlock_lock(&t->lock);
	b = at(t, ref);
	owner = b && b->state == BCHAN_BUSY ? b->owner : NULL;
	tlock_unlock(&t->lock);
	return owner;
}

int bchan_reset_begin(struct bchan_table *t, struct bchan_ref ref)
{
	struct bchan *b;
	int ret = 0;

	tlock_lock(&t->lock);
	b = at(t, ref);
	if (!b)
		ret = -EINVAL;
	else if (b->state != BCHAN_IDLE)
		ret = -EBUSY;
	else if (b->blocked & (BCHAN_NEAR | BCHAN_FAR))
		ret = -ENETDOWN;
	else
		b->state = BCHAN_RESETTING;
	tlock_unlock(&t->lock);
	return ret;
}

void bchan_reset_end(struct bchan_table *t, struct bchan_ref ref)
{
	struct bchan *b;

	tlock_lock(&t->lock);
	b = at(t, ref);
	if (b && b->state == BCHAN_RESETTING)
		b->state = BCHAN_IDLE;
	tlock_unlock(&t->lock);
}

uint32_t bchan_block(struct bchan_table *t, struct bchan_ref ref, int reason, int on)
{
	int slot, first = ref.slot < 0 ? 0 : ref.slot;
	int last = ref.slot < 0 ? BCHAN_SLOTS - 1 : ref.slot;
	uint32_t changed = 0;

	tlock_lock(&t->lock);
	for (slot = first; slot <= last; slot++) {
		struct bchan *b = at(t, (struct bchan_ref){ ref.iface, (int16_t)slot });

		uint8_t before = b ? b->blocked : 0;

		if (b && on)
			b->blocked |= (uint8_t)reason;
		else if (b)
			b->blocked &= (uint8_t)~reason;
		if (b && !before != !b->blocked)
			changed |= 1u << slot;
	}
	tlock_unlock(&t->lock);
	return changed;
}

enum bchan_state bchan_read(struct bchan_table *t, struct bchan_ref ref, int *blocked)
{
	enum bchan_state state;
	struct bchan *b;

	tlock_lock(&t->lock);
	b = at(t, ref);
	state = b ? b->state : BCHAN_NONE;
	if (blocked)
		*blocked = b ? b->blocked : 0;
	tlock_unlock(&t->lock);
	return state;
}

void bchan_count(struct bchan_table *t, struct bchan_counts *out)
{
	int i, slot;

	memset(out, 0, sizeof(*out));
	tlock_lock(&t->lock);
	for (i = 0; i < t->nifaces; i++)
		for (slot = 0; slot < BCHAN_SLOTS; slot++) {
			const struct bchan *b = &t->slot[i][slot];

			if (b->state == BCHAN_NONE)
				continue;
			out->total++;
			out->busy += b->state == BCHAN_BUSY;
			out->resetting += b->state == BCHAN_RESETTING;
			out->idle += b->state == BCHAN_IDLE && !b->blocked;
			out->blocked += b->state == BCHAN_IDLE && b->blocked;
			out->alarm += !!(b->blocked & BCHAN_ALARM);
		}
	tlock_unlock(&t->lock);
}

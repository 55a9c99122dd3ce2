// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cross-connects of slots: see connect.h for the picture, lifetime and locks. The tick's part of
 * it (copying rows of one card, calling push and pull) is in tick.c.
 */
#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <opentdm.h>
#include "client.h"
#include "connect.h"
#include "pure/elastic.h"
#include "pure/law.h"

/* A direction. Between two cards the buffer is pushed by one card's tick and pulled by the other's. */
struct tdm_direction {
	struct tdm_connect_leg leg;	/* core.h: constant while plugged */
	spinlock_t lock;		/* protects elastic; class connect.leg, inside the tick locks */
	struct tdm_elastic elastic;
	u8 memory[TDM_ELASTIC_DEPTH];
};

struct tdm_terminal {
	struct tdm_card *card;		/* a reference */
	struct tdm_span *span;
	unsigned int slot;
	u8 bearer;
};

struct tdm_connection {
	struct kref ref;		/* one while live, one for each finder */
	struct rcu_head rcu;
	u32 id;
	bool admin;
	bool live;			/* both span mutexes */
	u32 flags;			/* TDM_CONNECT_* */
	struct tdm_terminal a, b;
	struct tdm_direction ab, ba;
};

/* Both hold live connections only; a slot's entry changes with its span's mutex held. */
static DEFINE_XARRAY(by_slot);		/* index: slot_key() */
static DEFINE_XARRAY_ALLOC1(by_id);
static u32 last_id;
static atomic_t generation = ATOMIC_INIT(0);	/* moves on with each that comes or goes */

static unsigned long slot_key(const struct tdm_span *span, unsigned int slot)
{
	return (unsigned long)span->id * TDM_SLOTS_MAX + slot;
}

/* --- directions ------------------------------------------------------------------------------------- */

static u8 restricted[256];		/* every octet with bit 0 set; constant after the first use */

static void fill_restricted(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(restricted); i++)
		restricted[i] = i | 1;
}

static enum tdm_law law_of(const struct tdm_span *span)
{
	return span->config.type == TDM_TYPE_E1 ? TDM_LAW_ALAW : TDM_LAW_ULAW;
}

/* Only speech that goes to speech is converted; a restricted end makes both restricted. */
static const u8 *conversion(const struct tdm_terminal *from, const struct tdm_terminal *to)
{
	if (from->bearer == TDM_BEARER_56K || to->bearer == TDM_BEARER_56K)
		return restricted;
	if (from->bearer != TDM_BEARER_SPEECH || to->bearer != TDM_BEARER_SPEECH ||
	    law_of(from->span) == law_of(to->span))
		return NULL;
	return law_of(to->span) == TDM_LAW_ALAW ? tdm_law_ulaw_to_alaw : tdm_law_alaw_to_ulaw;
}

/* Tick of the source's card. */
static void direction_push(struct tdm_connect_leg *leg, u64 row, u64 rx_frame)
{
	struct tdm_direction *way = container_of(leg, struct tdm_direction, leg);
	const u8 *rows[1] = { (const u8 *)&row };
	u8 *octet = (u8 *)&row;
	unsigned long flags;
	unsigned int i;

	for (i = 0; leg->convert && i < sizeof(row); i++)
		octet[i] = leg->convert[octet[i]];
	spin_lock_irqsave(&way->lock, flags);
	tdm_elastic_push(&way->elastic, rows);
	spin_unlock_irqrestore(&way->lock, flags);
}

/* Tick of the destination's card. */
static u64 direction_pull(struct tdm_connect_leg *leg, u64 tx_frame)
{
	struct tdm_direction *way = container_of(leg, struct tdm_direction, leg);
	u64 row;
	u8 *rows[1] = { (u8 *)&row };
	unsigned long flags;

	spin_lock_irqsave(&way->lock, flags);
	tdm_elastic_pull(&way->elastic, rows, tdm_slot_idle(leg->dst, leg->dst_slot));
	spin_unlock_irqrestore(&way->lock, flags);
	return row;
}

static void direction_init(struct tdm_direction *way, const struct tdm_terminal *from,
			   const struct tdm_terminal *to)
{
	static const struct tdm_elastic_config config = {
		.slots = 1,
		.depth = TDM_ELASTIC_DEPTH,
		.low = TDM_ELASTIC_LOW,
		.high = TDM_ELASTIC_HIGH,
		.start = TDM_ELASTIC_LOW,
		.spread_pulls = TDM_ELASTIC_SPREAD,
	};

	way->leg.src = from->span;
	way->leg.src_slot = from->slot;
	way->leg.dst = to->span;
	way->leg.dst_slot = to->slot;
	way->leg.convert = conversion(from, to);
	spin_lock_init(&way->lock);
	tdm_lock_class(&way->lock, TDM_LOCK_CONNECT_LEG);
	if (from->card == to->card)
		return;
	WARN_ON(tdm_elastic_init(&way->elastic, &config, way->memory));
	way->leg.push = direction_push;
	way->leg.pull = direction_pull;
}

/* Frames that an octet waits; in an elastic buffer as it starts, until the clocks have wandered. */
static s64 direction_delay(const struct tdm_direction *way)
{
	if (way->leg.push)
		return TDM_ELASTIC_LOW;
	return tdm_card_turnaround(way->leg.src->card);
}

static u64 direction_slips(struct tdm_direction *way)
{
	unsigned long flags;
	u64 slips;

	spin_lock_irqsave(&way->lock, flags);
	slips = way->elastic.stats.repeated + way->elastic.stats.deleted;
	spin_unlock_irqrestore(&way->lock, flags);
	return slips;
}

/* --- finding and ending ----------------------------------------------------------------------------- */

/* Nothing held: the last reference on a card may be ours. */
static void connection_free(struct kref *ref)
{
	struct tdm_connection *c = container_of(ref, struct tdm_connection, ref);

	tdm_card_put(c->a.card);
	tdm_card_put(c->b.card);
	kfree_rcu(c, rcu);
}

static void connection_put(struct tdm_connection *c)
{
	kref_put(&c->ref, connection_free);
}

/* A reference, or NULL. Any context. */
static struct tdm_connection *find(struct xarray *where, unsigned long index)
{
	struct tdm_connection *c;

	rcu_read_lock();
	c = xa_load(where, index);
	if (c && !kref_get_unless_zero(&c->ref))
		c = NULL;
	rcu_read_unlock();
	return c;
}

/* Both span mutexes held; c is live no more, and whoever ended it puts the reference of that. */
static void forget(struct tdm_connection *c)
{
	c->live = false;
	atomic_inc(&generation);
	xa_erase(&by_slot, slot_key(c->a.span, c->a.slot));
	xa_erase(&by_slot, slot_key(c->b.span, c->b.slot));
	xa_erase(&by_id, c->id);
}

/* True if this call ended it. The frames are those at which the legs fill no longer. */
static bool end(struct tdm_connection *c, u64 *a_tx_frame, u64 *b_tx_frame)
{
	bool live;

	tdm_span_lock2(c->a.span, c->b.span);
	live = c->live;
	if (live) {
		tdm_leg_unplug(&c->ab.leg, b_tx_frame);
		if (c->flags & TDM_CONNECT_BOTH)
			tdm_leg_unplug(&c->ba.leg, a_tx_frame);
		forget(c);
	}
	tdm_span_unlock2(c->a.span, c->b.span);
	if (live)
		connection_put(c);
	return live;
}

/* @all: whoever made them. */
static void end_slots(struct tdm_span *span, u32 slots, bool all)
{
	struct tdm_connection *c;
	u64 a_tx_frame, b_tx_frame;
	unsigned int slot;

	for (slot = 0; slot < TDM_SLOTS_MAX; slot++) {
		if (!(slots & BIT(slot)))
			continue;
		c = find(&by_slot, slot_key(span, slot));
		if (!c)
			continue;
		if (all || !c->admin)
			end(c, &a_tx_frame, &b_tx_frame);
		connection_put(c);
	}
}

/* An administrator's may take from a slot what is received there, whoever transmits on it. */
void tdm_connect_end_slots(struct tdm_span *span, u32 slots)
{
	end_slots(span, slots, false);
}

/* gone is set, so that nothing new comes. */
void tdm_connect_span_gone(struct tdm_span *span)
{
	end_slots(span, U32_MAX, true);
}

/* --- making ----------------------------------------------------------------------------------------- */

static struct tdm_connection *connection_new(struct tdm_card *a, struct tdm_card *b)
{
	struct tdm_connection *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return NULL;
	kref_init(&c->ref);
	c->a.card = tdm_card_get(a);
	c->b.card = tdm_card_get(b);
	return c;
}

static int refuse_slot(const struct tdm_terminal *t, int error, const char *why, char *reason)
{
	return tdm_refuse(reason, error, "%s:%u:%u %s", t->card->name, t->span->port, t->slot, why);
}

/* Its span's mutex held. */
static int check_terminal(const struct tdm_terminal *t, char *reason)
{
	if (t->span->gone)
		return tdm_refuse(reason, -ENODEV, "%s was removed", t->card->name);
	if (xa_load(&by_slot, slot_key(t->span, t->slot)))
		return refuse_slot(t, -EBUSY, "is cross-connected already", reason);
	return 0;
}

/* Both span mutexes held. Everything that can fail, undone in reverse. */
static int publish(struct tdm_connection *c, struct tdm_connect_request *req)
{
	unsigned long a = slot_key(c->a.span, c->a.slot), b = slot_key(c->b.span, c->b.slot);
	int ret;

	ret = xa_err(xa_store(&by_slot, a, c, GFP_KERNEL_ACCOUNT));
	if (ret)
		return ret;
	ret = xa_err(xa_store(&by_slot, b, c, GFP_KERNEL_ACCOUNT));
	if (ret)
		goto erase_a;
	ret = xa_alloc_cyclic(&by_id, &c->id, c, xa_limit_31b, &last_id, GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		goto erase_b;
	ret = tdm_leg_plug(&c->ab.leg, &req->b_tx_frame);
	if (ret)
		goto erase_id;
	if (c->flags & TDM_CONNECT_BOTH)
		ret = tdm_leg_plug(&c->ba.leg, &req->a_tx_frame);
	if (ret)
		goto unplug;
	c->live = true;
	atomic_inc(&generation);
	return 0;

unplug:
	tdm_leg_unplug(&c->ab.leg, &req->b_tx_frame);
erase_id:
	xa_erase(&by_id, c->id);
erase_b:
	xa_erase(&by_slot, b);
erase_a:
	xa_erase(&by_slot, a);
	return ret;
}

/* Both span mutexes held; the slots' owners and bearers are checked and set. */
static int join(struct tdm_connection *c, struct tdm_connect_request *req, char *reason)
{
	int ret = check_terminal(&c->a, reason);

	if (!ret)
		ret = check_terminal(&c->b, reason);
	if (ret)
		return ret;
	if (c->a.span == c->b.span && c->a.slot == c->b.slot && (c->flags & TDM_CONNECT_BOTH))
		return refuse_slot(&c->a, -EINVAL, "is both ends: that is one direction, not both",
				   reason);
	direction_init(&c->ab, &c->a, &c->b);
	direction_init(&c->ba, &c->b, &c->a);
	ret = publish(c, req);
	if (ret)
		return tdm_refuse(reason, ret, "the cross-connect cannot be made: error %d", -ret);
	req->ab_delay = direction_delay(&c->ab);
	if (c->flags & TDM_CONNECT_BOTH)
		req->ba_delay = direction_delay(&c->ba);
	return 0;
}

/* --- of descriptors --------------------------------------------------------------------------------- */

/* Span mutex held. */
static int check_owner(struct tdm_terminal *t, const struct tdm_path *path, char *reason)
{
	if (t->span->gone)
		return tdm_refuse(reason, -ENODEV, "%s was removed", t->card->name);
	if (!(path->tx_slots & BIT(t->slot)))
		return refuse_slot(t, -EPERM, "is not transmitted by this descriptor", reason);
	if (tdm_path_client(path)->releasing & BIT(t->slot))
		return refuse_slot(t, -EBUSY, "is being released", reason);
	t->bearer = t->span->slots[t->slot].bearer;
	return 0;
}

int tdm_connect_add(struct tdm_connect_request *req, char *reason)
{
	struct tdm_connection *c;
	int ret;

	if (req->a_slot >= TDM_SLOTS_MAX || req->b_slot >= TDM_SLOTS_MAX)
		return tdm_refuse(reason, -EINVAL, "there is no slot %u",
				  max(req->a_slot, req->b_slot));
	c = connection_new(req->a->span->card, req->b->span->card);
	if (!c)
		return -ENOMEM;
	c->flags = req->flags;
	c->a.span = req->a->span;
	c->a.slot = req->a_slot;
	c->b.span = req->b->span;
	c->b.slot = req->b_slot;
	tdm_span_lock2(c->a.span, c->b.span);
	ret = check_owner(&c->a, req->a, reason);
	if (!ret)
		ret = check_owner(&c->b, req->b, reason);
	if (!ret)
		ret = join(c, req, reason);
	tdm_span_unlock2(c->a.span, c->b.span);
	if (ret)
		connection_put(c);
	return ret;
}

int tdm_connect_del(struct tdm_connect_request *req, char *reason)
{
	struct tdm_span *span = req->a->span;
	struct tdm_connection *c;
	bool owned, gone;
	int ret = 0;

	if (req->a_slot >= TDM_SLOTS_MAX)
		return tdm_refuse(reason, -EINVAL, "there is no slot %u", req->a_slot);
	tdm_span_lock(span);
	owned = req->a->tx_slots & BIT(req->a_slot);
	gone = span->gone;
	tdm_span_unlock(span);
	if (gone)
		return tdm_refuse(reason, -ENODEV, "%s was removed", span->card->name);
	if (!owned)
		return tdm_refuse(reason, -EPERM,
				  "slot %u is not transmitted by this descriptor", req->a_slot);
	c = find(&by_slot, slot_key(span, req->a_slot));
	if (!c)
		return tdm_refuse(reason, -ENOENT, "slot %u is not cross-connected", req->a_slot);
	if (c->admin)
		ret = tdm_refuse(reason, -EPERM, "cross-connect %u is an administrator's", c->id);
	else if (c->a.span != span || c->a.slot != req->a_slot)
		ret = tdm_refuse(reason, -ENOENT,
				 "slot %u is the far end: disconnect at %s:%u:%u", req->a_slot,
				 c->a.card->name, c->a.span->port, c->a.slot);
	else if (!end(c, &req->a_tx_frame, &req->b_tx_frame))
		ret = tdm_refuse(reason, -ENOENT, "slot %u is not cross-connected", req->a_slot);
	connection_put(c);
	return ret;
}

/* --- administrative --------------------------------------------------------------------------------- */

static int find_terminal(struct tdm_terminal *t, const struct tdm_connect_end *end, char *reason)
{
	t->slot = end->slot;
	if (t->slot >= TDM_SLOTS_MAX)
		return tdm_refuse(reason, -EINVAL, "there is no slot %u", end->slot);
	return tdm_client_find(end->card, end->port, &t->card, &t->span, reason);
}

/* Span mutex held. */
static int check_unowned(const struct tdm_terminal *t, char *reason)
{
	const struct tdm_path *owner = t->span->slots[t->slot].tx_owner;
	char name[TDM_OWNER_LEN];

	if (!(tdm_config_slots(&t->span->config) & BIT(t->slot)))
		return refuse_slot(t, -EINVAL, "is no timeslot for a bearer", reason);
	if (!owner)
		return 0;
	owner->ops->name(owner, name, sizeof(name));
	return tdm_refuse(reason, -EBUSY, "%s:%u:%u is used by %s", t->card->name, t->span->port,
			  t->slot, name);
}

int tdm_connect_admin_add(const struct tdm_connect_end *a, const struct tdm_connect_end *b,
			  u32 flags, u8 bearer, u32 *id, char *reason)
{
	struct tdm_connect_request req = { .flags = flags };
	struct tdm_terminal ta = { .bearer = bearer }, tb = { .bearer = bearer };
	struct tdm_connection *c = NULL;
	int ret;

	if (flags & ~TDM_CONNECT_FLAGS || bearer > TDM_BEARER_56K)
		return tdm_refuse(reason, -EINVAL, "unknown flags or bearer");
	ret = find_terminal(&ta, a, reason);
	if (ret)
		return ret;
	ret = find_terminal(&tb, b, reason);
	if (ret)
		goto put_a;
	c = connection_new(ta.card, tb.card);
	if (!c) {
		ret = -ENOMEM;
		goto put_b;
	}
	c->flags = flags;
	c->admin = true;
	c->a = ta;
	c->b = tb;
	tdm_span_lock2(ta.span, tb.span);
	ret = check_unowned(&c->a, reason);
	if (!ret)
		ret = check_unowned(&c->b, reason);
	if (!ret)
		ret = join(c, &req, reason);
	if (!ret)
		*id = c->id;
	tdm_span_unlock2(ta.span, tb.span);
	if (ret)
		connection_put(c);
put_b:
	tdm_card_put(tb.card);
put_a:
	tdm_card_put(ta.card);
	return ret;
}

int tdm_connect_admin_del(u32 id, char *reason)
{
	struct tdm_connection *c = find(&by_id, id);
	u64 a_tx_frame, b_tx_frame;
	int ret = 0;

	if (!c)
		return tdm_refuse(reason, -ENOENT, "there is no cross-connect %u", id);
	if (!c->admin)
		ret = tdm_refuse(reason, -EPERM,
				 "cross-connect %u belongs to a descriptor: its owner ends it", id);
	else if (!end(c, &a_tx_frame, &b_tx_frame))
		ret = tdm_refuse(reason, -ENOENT, "there is no cross-connect %u", id);
	connection_put(c);
	return ret;
}

static void fill_end(struct tdm_connect_end *end, const struct tdm_terminal *t)
{
	end->card = t->card->id;
	end->port = t->span->port;
	end->slot = t->slot;
}

int tdm_connect_next(u32 after, struct tdm_connect_info *info)
{
	unsigned long index = after;
	struct tdm_connection *c;

	rcu_read_lock();
	do {
		c = xa_find_after(&by_id, &index, ULONG_MAX, XA_PRESENT);
	} while (c && !kref_get_unless_zero(&c->ref));
	rcu_read_unlock();
	if (!c)
		return -ENOENT;
	info->id = c->id;
	info->admin = c->admin;
	info->bearer = c->b.bearer;
	info->flags = c->flags;
	fill_end(&info->a, &c->a);
	fill_end(&info->b, &c->b);
	info->slips = direction_slips(&c->ab) + direction_slips(&c->ba);
	connection_put(c);
	return 0;
}

unsigned int tdm_connect_generation(void)
{
	return atomic_read(&generation);
}

u32 tdm_connect_of(const struct tdm_span *span, unsigned int slot)
{
	const struct tdm_connection *c;

	lockdep_assert_held(&span->lock);
	c = xa_load(&by_slot, slot_key(span, slot));
	return c ? c->id : 0;
}

void tdm_connect_init(void)
{
	fill_restricted();
}

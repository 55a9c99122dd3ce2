// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dropping a bridge into the kernel's cross-connect and taking it back.
 *
 * To the kernel: from the transmit frame that the kernel names, it sends what was received K
 * frames ago, while we sent what was received D frames ago; D - K frames are never heard. Back:
 * rows are written again first, until the line has reached them; then the kernel is told to stop.
 * From the frame that it names our rows are heard, so D - K frames are heard twice. Both
 * differences are announced.
 */
#include <errno.h>
#include <string.h>

#include "daemon/core/log.h"
#include "daemon/media/line.h"

static struct media_slot *slot_of(const struct media_ep *ep)
{
	struct media_slot *s;

	if (ep->provider != &media_lines_provider || ep->addr.kind != MEDIA_SLOT)
		return NULL;
	s = ep->priv;
	/* The endpoint may have lost its slot since; the claim of a living one points back. */
	return s && s->claim && &s->claim->leg->ep == ep ? s : NULL;
}

static bool can_xconnect(const struct media_ep *a, const struct media_ep *b)
{
	if (a->addr.kind != MEDIA_SLOT || b->addr.kind != MEDIA_SLOT)
		return false;
	return (a->addr.format == MEDIA_CLEAR) == (b->addr.format == MEDIA_CLEAR);
}

/*
 * How many frames the user-space path from one slot to the other takes; -1: it varies (two
 * clocks).
 */
static int64_t user_delay(const struct media_slot *from, const struct media_slot *to)
{
	return from->line->domain == to->line->domain ? (int64_t)to->line->domain->delay : -1;
}

static void delays_set(struct media_op *op, int64_t ab, int64_t ba, const struct media_slot *a,
		       const struct media_slot *b, int64_t ab_before, int64_t ba_before)
{
	op->delay_ab = ab < 0 ? -1 : ab - b->line->tx_lead;
	op->delay_ba = ba < 0 ? -1 : ba - a->line->tx_lead;
	op->delta_ab = ab < 0 || ab_before < 0 ? 0 : ab - ab_before;
	op->delta_ba = ba < 0 || ba_before < 0 ? 0 : ba - ba_before;
}

static int connect_begin(struct media_thread *t, struct media_op *op)
{
	struct media_slot *a = slot_of(op->a), *b = slot_of(op->b);
	struct line_connect con;
	int err;

	if (!a || !b)
		return -ENODEV;
	if (a->peer || b->peer)
		return -EBUSY;
	if (!a->line->can_connect || !b->line->can_connect)
		return -EOPNOTSUPP;
	err = a->line->ops->connect(a->line, a->claim->slot, b->line, b->claim->slot, &con);
	if (err)
		return err;
	a->peer = b;
	b->peer = a;
	a->first = true;
	b->first = false;
	a->feeding = b->feeding = false;
	a->ab_delay = con.ab_delay;
	a->ba_delay = con.ba_delay;
	atomic_inc_relaxed(&t->stats.connects);
	delays_set(op, con.ab_delay, con.ba_delay, a, b, user_delay(a, b), user_delay(b, a));
	return 0;
}

static int disconnect_begin(struct media_thread *t, struct media_op *op)
{
	struct media_slot *a = slot_of(op->a), *b = slot_of(op->b);

	(void)t;
	if (!a || !b)
		return -ENODEV;
	if (a->peer != b)
		return -EINVAL;
	if (a->undo || b->undo)
		return -EBUSY;
	a->feeding = b->feeding = true;
	a->fed_from = b->fed_from = 0;
	a->undo = op;
	return 1;	/* media_undo_poll() completes it */
}

static void peers_forget(struct media_thread *t, struct media_slot *a, struct media_slot *b)
{
	a->peer = b->peer = NULL;
	a->feeding = b->feeding = false;
	a->first = b->first = false;
	atomic_store_relaxed(&t->stats.connects, t->stats.connects - 1);
}

/*
 * Has the line reached the rows that are written again (or will it never)? Silence counts as
 * written.
 */
static bool fed(const struct media_slot *s)
{
	const struct media_line *l = s->line;

	if (!l->pos.running)
		return true;
	return s->fed_from ? l->pos.tx_frame >= s->fed_from : false;
}

void media_undo_poll(struct media_thread *t, struct media_slot *a)
{
	struct media_op *op = a->undo;
	struct media_slot *b = a->peer;
	struct media_slot *first = a->first ? a : b;
	struct line_connect con;
	int64_t ab, ba;
	int err;

	if (!fed(a) || !fed(b))
		return;
	a->undo = NULL;
	err = first->line->ops->disconnect(first->line, first->claim->slot, &con);
	if (!err) {
		ab = a->first ? first->ab_delay : first->ba_delay;
		ba = a->first ? first->ba_delay : first->ab_delay;
		delays_set(op, user_delay(a, b), user_delay(b, a), a, b, ab, ba);
		peers_forget(t, a, b);
	}
	media_op_done(op, err);
}

/* The slot is released: the kernel has ended, or will end with it, what it was connected to. */
void media_connect_forget(struct media_thread *t, struct media_slot *s)
{
	struct media_slot *peer = s->peer;
	struct media_op *op;

	if (!peer)
		return;
	op = s->undo ? s->undo : peer->undo;
	s->undo = peer->undo = NULL;
	peers_forget(t, s, peer);
	if (op)
		media_op_done(op, -ENODEV);
}

/*
 * Wakes nobody: it is taken up with the next period. Nothing would be heard earlier, since rows that
 * are written again begin with a period, and until then user space brings what the kernel is to.
 */
static void op_post(struct media_ep *a, struct media_ep *b, struct media_op *op, bool connect)
{
	struct media_thread *t = &media_thread;
	struct media_op *old = atomic_load_relaxed(&t->ops);

	op->a = a;
	op->b = b;
	op->connect = connect;
	do {
		op->next = old;
	} while (!__atomic_compare_exchange_n(&t->ops, &old, op, true, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
}

void media_ops_run(struct media_thread *t)
{
	struct media_op *op = atomic_xchg(&t->ops, NULL), *list = NULL, *next;
	int err;

	for (; op; op = next) {		/* oldest first */
		next = op->next;
		op->next = list;
		list = op;
	}
	for (; list; list = next) {
		next = list->next;
		list->delay_ab = list->delay_ba = -1;
		list->delta_ab = list->delta_ba = 0;
		err = list->connect ? connect_begin(t, list) : disconnect_begin(t, list);
		if (err <= 0)
			media_op_done(list, err);
	}
}

static void xconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	op_post(a, b, op, true);
}

static void xdisconnect(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	op_post(a, b, op, false);
}

const struct media_provider media_lines_provider = {
	.name = "slot",
	.can_xconnect = can_xconnect,
	.xconnect = xconnect,
	.xdisconnect = xdisconnect,
};

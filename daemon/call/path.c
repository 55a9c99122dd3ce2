// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The media path of two who are alone in a bridge: user space or kernel. Of more: user space.
 *
 *	NONE -> USER			two members
 *	USER -> TO_KERNEL -> KERNEL	nobody needs the transmit side (or it failed: back to USER)
 *	KERNEL -> TO_USER -> USER	somebody does
 *	any -> NONE			a member left, and one is left
 *
 * While TO_* stands nothing else is asked; the completion looks again at what is wanted by then. A
 * member that leaves while the kernel connects takes the connection down with it: the provider
 * carries out in order what it is asked, so that what the leaver does next comes after that.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/core/log.h"

/*
 * One connection, from xconnect to xdisconnect. Everything for taking it down is there before it is
 * set up: that must not fail. References: the bridge's while br->op names it, and one for each
 * operation that is not done.
 */
struct path_op {
	struct ref ref;
	struct bridge *br; /* a reference */
	struct leg *a, *b; /* references */
	const struct channel *of[2]; /* in which these sat; to be compared only */
	struct media_op on, off;
	struct task on_task, off_task;
};

static void path_op_free(struct ref *ref)
{
	struct path_op *op = container_of(ref, struct path_op, ref);

	leg_put(op->a);
	leg_put(op->b);
	bridge_put(op->br);
	free(op);
}

static void path_event(struct bridge *br, const struct media_op *mop)
{
	struct event *event = event_of_bridge(br, EVENT_BRIDGE_PATH);

	log_info("bridge %s: path is %s now, %+lld/%+lld frames", br->sid,
		 bridge_path_name(br->path), (long long)mop->delta_ab, (long long)mop->delta_ba);
	if (!event)
		return;
	event->u.path.kernel = br->path == BRIDGE_PATH_KERNEL;
	event->u.path.delta_ab = mop->delta_ab;
	event->u.path.delta_ba = mop->delta_ba;
	event->u.path.delay_ab = mop->delay_ab;
	event->u.path.delay_ba = mop->delay_ba;
	event_post(event);
}

static void set_path(struct bridge *br, enum bridge_path path)
{
	atomic_store(&br->path, (uint8_t)path);
	for (int i = 0; br->mix && i < br->members; i++)
		mix_away(br->member[i].mix, path == BRIDGE_PATH_KERNEL);
}

static void on_task(struct task *task, int status)
{
	struct path_op *op = container_of(task, struct path_op, on_task);
	struct bridge *br = op->br;

	(void)status;
	/* Else a member left meanwhile, or the bridge has ended. */
	if (br->op == op) {
		if (op->on.err) {
			log_warn_errno(op->on.err, "bridge %s stays in user space", br->sid);
			br->refused = op->on.err;
			br->op = NULL;
			set_path(br, BRIDGE_PATH_USER);
			ref_put(&op->ref);
		} else {
			set_path(br, BRIDGE_PATH_KERNEL);
			path_event(br, &op->on);
		}
		path_eval(br);
	}
	ref_put(&op->ref);
}

static void off_task(struct task *task, int status)
{
	struct path_op *op = container_of(task, struct path_op, off_task);
	struct bridge *br = op->br;

	(void)status;
	if (br->op == op) {
		br->op = NULL;
		set_path(br, BRIDGE_PATH_USER);
		path_event(br, &op->off);
		ref_put(&op->ref);
		path_eval(br);
	}
	ref_put(&op->ref);
}

static void on_done(struct media_op *mop)
{
	struct path_op *op = container_of(mop, struct path_op, on);

	serializer_post(&op->br->ser, &op->on_task);
}

static void off_done(struct media_op *mop)
{
	struct path_op *op = container_of(mop, struct path_op, off);

	serializer_post(&op->br->ser, &op->off_task);
}

/* The legs of both members, each with a reference; false: not both there and served. */
static bool legs_get(struct bridge *br, struct leg **a, struct leg **b)
{
	struct leg *leg[2] = { NULL, NULL };

	trcu_read_lock();
	for (int i = 0; i < 2; i++) {
		struct media_seat *seat = rcu_ptr_load(&br->member[i].ch->port.seat);

		if (seat && atomic_load(&seat->ep->ready)) {
			leg[i] = seat->leg;
			leg_get(leg[i]);
		}
	}
	trcu_read_unlock();
	*a = leg[0];
	*b = leg[1];
	if (leg[0] && leg[1])
		return true;
	for (int i = 0; i < 2; i++)
		if (leg[i])
			leg_put(leg[i]);
	return false;
}

/*
 * 0: the kernel is wanted and these two legs (with references) can be joined there; else why not.
 */
static int wanted(struct bridge *br, struct leg **a, struct leg **b)
{
	const struct media_provider *provider;

	if (br->members < 2)
		return -ENOTCONN;
	if (br->members > 2 || br->type == BRIDGE_HOLDING)
		return -EOPNOTSUPP;
	if (br->mode == BRIDGE_USER)
		return -ECANCELED;
	/*
	 * Before the legs are looked at: a move counts as a user of the transmit side from before
	 * its commit until it has settled with the bridge, so that legs read after this are not
	 * those of before it.
	 */
	if (br->refused)
		return br->refused;
	for (int i = 0; i < 2; i++)
		if (atomic_load(&br->member[i].ch->port.tx_users) ||
		    (br->mix && !mix_plain(br->member[i].mix)))
			return -EBUSY;
	if (br->mix && atomic_load(&br->mix->port.tx_users))
		return -EBUSY;
	if (!legs_get(br, a, b))
		return -ENOTCONN;
	provider = (*a)->ep.provider;
	if (!provider || provider != (*b)->ep.provider || !provider->can_xconnect ||
	    !provider->can_xconnect(&(*a)->ep, &(*b)->ep)) {
		leg_put(*a);
		leg_put(*b);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Takes the references on the legs. */
static int to_kernel(struct bridge *br, struct leg *a, struct leg *b)
{
	struct path_op *op = calloc(1, sizeof(*op));

	if (!op) {
		leg_put(a);
		leg_put(b);
		return -ENOMEM;
	}
	ref_init(&op->ref, path_op_free); /* br->op's */
	bridge_get(br);
	op->br = br;
	op->a = a;
	op->b = b;
	op->of[0] = br->member[0].ch;
	op->of[1] = br->member[1].ch;
	task_init(&op->on_task, on_task);
	task_init(&op->off_task, off_task);
	op->on = (struct media_op){ .done = on_done, .a = &a->ep, .b = &b->ep, .connect = true,
				    .delay_ab = -1, .delay_ba = -1 };
	op->off = (struct media_op){ .done = off_done, .a = &a->ep, .b = &b->ep,
				     .delay_ab = -1, .delay_ba = -1 };
	br->op = op;
	set_path(br, BRIDGE_PATH_TO_KERNEL);
	ref_get(&op->ref);
	a->ep.provider->xconnect(&a->ep, &b->ep, &op->on);
	return 0;
}

static void disconnect(struct path_op *op)
{
	ref_get(&op->ref);
	op->a->ep.provider->xdisconnect(&op->a->ep, &op->b->ep, &op->off);
}

/* Tell those who wait, now that the path stands still; why it is not the kernel's, or 0. */
static void answer(struct bridge *br, int why)
{
	struct path_waiter *waiter;

	while ((waiter = br->waiters)) {
		bool insists = waiter->mode && br->mode == BRIDGE_KERNEL;

		br->waiters = waiter->next;
		if (waiter->done)
			waiter->done(waiter->arg, insists ? why : 0);
		free(waiter);
	}
}

void path_eval(struct bridge *br)
{
	struct leg *a, *b;
	int why;

	serializer_assert_held(&br->ser);
	if (br->path == BRIDGE_PATH_TO_KERNEL || br->path == BRIDGE_PATH_TO_USER)
		return;
	why = wanted(br, &a, &b);
	if (!why && br->path == BRIDGE_PATH_USER) {
		why = to_kernel(br, a, b);
		if (!why)
			return;
		br->refused = why;
	} else if (!why) {
		leg_put(a);
		leg_put(b);
	} else if (br->path == BRIDGE_PATH_KERNEL) {
		set_path(br, BRIDGE_PATH_TO_USER);
		disconnect(br->op);
		return;
	}
	answer(br, why);
}

void path_wait(struct bridge *br, struct path_waiter *waiter)
{
	struct path_waiter **p = &br->waiters;

	while (*p)
		p = &(*p)->next;
	waiter->next = NULL;
	*p = waiter;
	path_eval(br);
}

void path_joined(struct bridge *br)
{
	struct media_port *a, *b;

	if (br->members < 2)
		return;
	br->refused = 0;
	if (br->type == BRIDGE_TWO_PARTY) {
		a = &br->member[0].ch->port;
		b = &br->member[1].ch->port;
		rcu_ptr_publish(&a->peer, b);
		rcu_ptr_publish(&b->peer, a);
	}
	/* Two of a conference may still be in the kernel, or on the way, while a third comes. */
	if (br->path == BRIDGE_PATH_NONE)
		set_path(br, BRIDGE_PATH_USER);
}

void path_parted(struct bridge *br, const struct channel *ch)
{
	struct path_op *op = br->op;
	bool asked = br->path == BRIDGE_PATH_TO_USER;

	if (br->members < 2)
		return;
	/* A third one leaves those two as they are. */
	if (op && op->of[0] != ch && op->of[1] != ch)
		return;
	for (int i = 0; br->type == BRIDGE_TWO_PARTY && i < 2; i++)
		rcu_ptr_publish(&br->member[i].ch->port.peer, NULL);
	set_path(br, BRIDGE_PATH_NONE);
	br->op = NULL;
	if (!op)
		return;
	if (!asked)
		disconnect(op);
	ref_put(&op->ref);
}

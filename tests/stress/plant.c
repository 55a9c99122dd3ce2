// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/stress/slots.h"
#include "tests/stress/stress.h"

/*
 * Who has a timeslot. Taken by whoever calls or is called, given back by the plant's thread alone:
 * at the leg's release or when its span is lost. In between that thread binds the kernel's, for who
 * calls may be a task.
 */
static struct leg *owner[PLACES]; /* RCU; atomic */
static uint32_t next_place;
static uint32_t legs;

/* The plant's thread: what it is asked, and the provider's operations. */
static struct mpsc seizes, releases;
static struct media_op *media_ops; /* atomic; newest first */
static uint64_t lost_spans;	   /* atomic; bits */
static uint32_t lost_calls[SPANS]; /* atomic; when it was lost last */
static uint32_t rung, rounds;	   /* futexes */
static uint32_t idlers;		   /* who wait for rounds */
static uint32_t stop;
static struct tthread thread;

static void ring_plant(void)
{
	atomic_add(&rung, 1);
	futex_wake(&rung, 1);
}

/* --- legs ------------------------------------------------------------------------------------ */

static int far_end(struct leg *leg, enum leg_signal_type type)
{
	return leg_signal_simple(leg, type);
}

static void ask_seize(struct stress_leg *sl)
{
	leg_get(&sl->leg);
	if (mpsc_push(&seizes, &sl->seize))
		ring_plant();
}

static int leg_dial(struct leg *leg)
{
	int err = far_end(leg, LEG_PROCEEDING);

	ask_seize(stress_leg(leg));
	if (!err)
		err = far_end(leg, LEG_RINGING);
	if (!err && stress_leg(leg)->answers)
		err = far_end(leg, LEG_ANSWERED);
	return err;
}

static int leg_answer(struct leg *leg, const struct party *connected)
{
	(void)connected;
	return far_end(leg, LEG_ANSWERED);
}

static int leg_nothing(struct leg *leg)
{
	(void)leg;
	return 0;
}

static int leg_connected(struct leg *leg, const struct party *party)
{
	(void)leg;
	(void)party;
	return 0;
}

static int leg_release(struct leg *leg, int cause)
{
	struct stress_leg *sl = stress_leg(leg);

	(void)cause;
	if (atomic_add(&sl->releases, 1) != 1) {
		violation("leg %s is released twice", leg->label);
		return 0;
	}
	leg_get(leg);
	if (mpsc_push(&releases, &sl->release))
		ring_plant();
	return 0;
}

static void leave_slot(struct stress_leg *sl)
{
	struct leg *leg = &sl->leg;

	if (!atomic_cas(&owner[sl->place], &leg, NULL))
		violation("timeslot %u of leg %s has another owner", sl->place, sl->leg.label);
}

static void leg_free(struct leg *leg)
{
	struct stress_leg *sl = stress_leg(leg);

	/* One that never came into a channel takes its timeslot along. */
	if (!sl->gone && (sl->releases || leg->ended))
		violation("leg %s is freed with its timeslot", leg->label);
	if (sl->dev)
		violation("leg %s is freed while it binds its timeslot", leg->label);
	if (!sl->gone)
		leave_slot(sl);
	free(sl);
	atomic_sub(&legs, 1);
}

static const struct leg_ops ops_table = {
	.tech = "Stress",
	.dial = leg_dial,
	.proceeding = leg_nothing,
	.ringing = leg_nothing,
	.answer = leg_answer,
	.hold = leg_nothing,
	.unhold = leg_nothing,
	.connected = leg_connected,
	.release = leg_release,
	.free = leg_free,
};

/* --- the provider ---------------------------------------------------------------------------- */

static bool can(const struct media_ep *a, const struct media_ep *b)
{
	(void)a;
	(void)b;
	return true;
}

static void later(struct media_ep *a, struct media_ep *b, struct media_op *op)
{
	(void)a;
	(void)b;
	op->next = atomic_load_relaxed(&media_ops);
	while (!atomic_cas(&media_ops, &op->next, op))
		;
	ring_plant();
}

static const struct media_provider provider = {
	.name = "stress", .can_xconnect = can, .xconnect = later, .xdisconnect = later,
};

/* --- the plant's thread ---------------------------------------------------------------------- */

static void seize(struct stress_leg *sl)
{
	if (sl->gone)
		return; /* released, or its span lost, meanwhile */
	if (slots_real) {
		sl->dev = slots_take(sl->place);
		atomic_store(&sl->seized, sl->dev);
	}
	far_end(&sl->leg, LEG_MEDIA_READY);
}

static void give_back(struct stress_leg *sl)
{
	if (sl->gone)
		return;
	/* The kernel's first: who takes the timeslot from the book binds it next. */
	atomic_store(&sl->seized, false);
	if (sl->dev)
		slots_give(sl->dev);
	sl->dev = NULL;
	leave_slot(sl);
	sl->gone = true;
	leg_released(&sl->leg);
}

static unsigned int lose(unsigned int span)
{
	unsigned int n = 0;

	if (slots_real)
		slots_lose(span);
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		struct leg *leg;

		trcu_read_lock();
		leg = rcu_ptr_load(&owner[span * SLOTS + slot]);
		if (leg && !ref_tryget(&leg->ref))
			leg = NULL;
		trcu_read_unlock();
		if (!leg)
			continue;
		leg_hangup(leg, CAUSE_NET_OUT_OF_ORDER);
		give_back(stress_leg(leg));
		leg_put(leg);
		n++;
	}
	if (slots_real)
		slots_restore(span);
	return n;
}

/* In the order in which it was asked: the kernel has a timeslot in one connection only. */
static int connect(const struct media_op *op)
{
	const struct stress_leg *a = stress_leg(container_of(op->a, struct leg, ep));
	const struct stress_leg *b = stress_leg(container_of(op->b, struct leg, ep));

	if (a->gone || b->gone)
		return -ENODEV;
	return slots_real ? slots_connect(a, b, op->connect) : 0;
}

static void complete_media(void)
{
	struct media_op *op = atomic_xchg(&media_ops, NULL), *next, *list = NULL;

	for (; op; op = next) {
		next = op->next;
		op->next = list;
		list = op;
	}
	for (op = list; op; op = next) {
		next = op->next;
		media_op_done(op, connect(op));
	}
}

static void plant_main(void *arg)
{
	(void)arg;
	for (;;) {
		uint64_t spans;
		uint32_t seen = atomic_load(&rung);
		bool ending = atomic_load(&stop);
		struct mpsc_node *node, *next;

		spans = atomic_xchg(&lost_spans, 0);
		for (unsigned int span = 0; spans; span++, spans >>= 1)
			if (spans & 1)
				atomic_store(&lost_calls[span], lose(span));
		for (node = mpsc_take(&seizes); node; node = next) {
			struct stress_leg *sl = container_of(node, struct stress_leg, seize);

			next = node->next;
			seize(sl);
			leg_put(&sl->leg);
		}
		for (node = mpsc_take(&releases); node; node = next) {
			struct stress_leg *sl = container_of(node, struct stress_leg, release);

			next = node->next;
			give_back(sl);
			leg_put(&sl->leg);
		}
		complete_media();
		__atomic_store_n(&rounds, seen, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&idlers, __ATOMIC_SEQ_CST))
			futex_wake(&rounds, INT32_MAX);
		if (ending)
			return;
		futex_wait(&rung, seen, UINT64_MAX);
	}
}

/* Until a round has begun and ended after now. */
void plant_idle(struct actor *me)
{
	uint32_t want, seen;

	(void)me;
	atomic_add(&idlers, 1);
	want = atomic_add(&rung, 1);
	futex_wake(&rung, 1);
	while ((int32_t)((seen = atomic_load(&rounds)) - want) < 0)
		futex_wait(&rounds, seen, UINT64_MAX);
	atomic_sub(&idlers, 1);
}

/* --- calls ----------------------------------------------------------------------------------- */

static struct stress_leg *leg_new(bool outgoing)
{
	struct stress_leg *sl = calloc(1, sizeof(*sl));

	if (!sl)
		abort();
	leg_init(&sl->leg, &ops_table, outgoing);
	sl->leg.ep.addr.kind = MEDIA_TEST;
	sl->leg.ep.provider = &provider;
	for (unsigned int i = 0; i < PLACES; i++) {
		unsigned int place = atomic_add(&next_place, 1) % (PLACES);
		struct leg *none = NULL;

		sl->place = place;
		snprintf(sl->leg.label, sizeof(sl->leg.label), "s%u/%u-%llu", place / SLOTS,
			 place % SLOTS, (unsigned long long)sl->leg.id);
		if (atomic_cas(&owner[place], &none, &sl->leg)) {
			atomic_add(&legs, 1);
			return sl;
		}
	}
	free(sl);
	return NULL;
}

static int request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	struct stress_leg *sl = leg_new(true);

	if (!sl) {
		*reason = "every timeslot is taken";
		return -EBUSY;
	}
	sl->answers = req->target[0] == 'a';
	*leg = &sl->leg;
	return 0;
}

static struct leg_tech tech = { .name = "Stress", .request = request };

int plant_incoming(struct actor *me)
{
	struct channel_params params = { .name = "Stress/in" };
	struct leg_signal *sig = leg_signal_new(LEG_INCOMING);
	struct stress_leg *sl = leg_new(false);
	int err;

	if (!sig || !sl) {
		free(sig);
		return -EBUSY;
	}
	snprintf(sig->u.call.called, sizeof(sig->u.call.called), "%u", roll(me, 10000));
	snprintf(sig->u.call.caller.number, sizeof(sig->u.call.caller.number), "%u", sl->place);
	sig->u.call.complete = true;
	err = channel_create(&params, &sl->leg, NULL);
	if (err) {
		free(sig);
	} else {
		leg_signal(&sl->leg, sig);
		ask_seize(sl);
	}
	leg_put(&sl->leg);
	return err;
}

struct channel *plant_pick(unsigned int place)
{
	struct channel *ch = NULL;
	struct leg *leg;

	trcu_read_lock();
	leg = rcu_ptr_load(&owner[place]);
	if (leg)
		ch = rcu_ptr_load(&leg->chan);
	if (ch && !ref_tryget(&ch->ref))
		ch = NULL;
	trcu_read_unlock();
	return ch;
}

static struct leg *leg_of(struct channel *ch)
{
	struct leg *leg;

	trcu_read_lock();
	leg = rcu_ptr_load(&ch->leg);
	if (leg && !ref_tryget(&leg->ref))
		leg = NULL;
	trcu_read_unlock();
	return leg;
}

int plant_say(struct channel *ch, enum leg_signal_type type)
{
	struct leg *leg = leg_of(ch);
	int err = 0;

	if (!leg)
		return -ENODEV;
	if (type == LEG_HANGUP)
		leg_hangup(leg, CAUSE_NORMAL);
	else
		err = far_end(leg, type);
	leg_put(leg);
	return err;
}

int plant_lose_span(struct actor *me, unsigned int span)
{
	__atomic_or_fetch(&lost_spans, 1ULL << span, __ATOMIC_SEQ_CST);
	plant_idle(me);
	return (int)atomic_load(&lost_calls[span]);
}

struct leg *plant_owner(unsigned int place)
{
	return rcu_ptr_load(&owner[place]);
}

unsigned int plant_used(unsigned int span)
{
	unsigned int n = 0;

	for (unsigned int slot = 0; slot < SLOTS; slot++)
		n += !!rcu_ptr_load(&owner[span * SLOTS + slot]);
	return n;
}

void plant_look(struct actor *me, struct channel *ch)
{
	struct leg *leg = slots_real ? leg_of(ch) : NULL;
	const struct stress_leg *sl;

	if (!leg)
		return;
	sl = stress_leg(leg);
	/* It may be given back while we look: then it says so first. */
	if (atomic_load(&sl->seized) && !slots_owned(me->number, sl->place) &&
	    atomic_load(&sl->seized))
		violation("leg %s has its timeslot, and the kernel says that it is idle",
			  leg->label);
	leg_put(leg);
}

uint32_t plant_legs(void)
{
	return atomic_load(&legs);
}

int plant_start(void)
{
	int err = slots_real ? slots_start() : 0;

	if (!err)
		err = leg_tech_register(&tech);
	return err ? err : tthread_start(&thread, TTHREAD_GROUP, "plant", plant_main, NULL);
}

void plant_stop(void)
{
	atomic_store(&stop, 1);
	ring_plant();
	tthread_join(&thread);
	leg_tech_unregister(&tech);
	if (slots_real)
		slots_stop();
}

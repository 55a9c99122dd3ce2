// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the core does for legs: their FIFO and its doorbell, technologies, quarantine.
 *
 * Why no signal is lost over a move: leg_signal() appends, then looks where the leg sits, and rings
 * there. A move's commit seats the leg elsewhere, then rings there. Either the one who signals sees
 * the new seat, or the ring of the commit comes after the append; whoever answers a ring empties
 * the FIFO of the leg that sits there by then.
 */
#include "daemon/call/leg.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel_priv.h"
#include "daemon/core/log.h"

static uint64_t leg_ids;
static struct leg_tech *techs; /* RCU for readers */
static tlock_t techs_lock;     /* queue.tech: changes of the list */
static struct leg *quarantine;
static unsigned int quarantined;
/* queue.quarantine: the list, its count, and q_next, q_err and quarantined of every leg */
static tlock_t quarantine_lock;

static void __attribute__((constructor)) leg_locks(void)
{
	tlock_init(&techs_lock, TLOCK_QUEUE_TECH, 0);
	tlock_init(&quarantine_lock, TLOCK_QUEUE_QUARANTINE, 0);
}

static void signals_free(struct mpsc_node *list)
{
	while (list) {
		struct mpsc_node *next = list->next;

		free(container_of(list, struct leg_signal, node));
		list = next;
	}
}

static void leg_free_rcu(struct rcu_head *rcu)
{
	struct leg *leg = container_of(rcu, struct leg, rcu);

	signals_free(leg->todo);
	signals_free(mpsc_take(&leg->fifo));
	leg->ops->free(leg);
}

static void leg_release(struct ref *ref)
{
	trcu_free(&container_of(ref, struct leg, ref)->rcu, leg_free_rcu);
}

void leg_init(struct leg *leg, const struct leg_ops *ops, bool outgoing)
{
	memset(leg, 0, sizeof(*leg));
	ref_init(&leg->ref, leg_release);
	leg->ops = ops;
	leg->outgoing = outgoing;
	leg->id = __atomic_add_fetch(&leg_ids, 1, __ATOMIC_RELAXED);
}

struct leg_signal *leg_signal_new(enum leg_signal_type type)
{
	struct leg_signal *sig = calloc(1, sizeof(*sig));

	if (sig)
		sig->type = (uint8_t)type;
	return sig;
}

/* Returns false when the leg sits nowhere. */
static bool ring(struct leg *leg)
{
	struct channel *ch;

	atomic_barrier(); /* first the append, then the look at the seat; commit: the reverse */
	trcu_read_lock();
	ch = rcu_ptr_load(&leg->chan);
	if (ch && !ref_tryget(&ch->ref))
		ch = NULL;
	trcu_read_unlock();
	if (!ch)
		return false;
	channel_doorbell(ch);
	channel_put(ch);
	return true;
}

void leg_signal(struct leg *leg, struct leg_signal *sig)
{
	mpsc_push(&leg->fifo, &sig->node);
	ring(leg);
}

int leg_signal_simple(struct leg *leg, enum leg_signal_type type)
{
	struct leg_signal *sig = leg_signal_new(type);

	if (!sig)
		return -ENOMEM;
	leg_signal(leg, sig);
	return 0;
}

void leg_hangup(struct leg *leg, int cause)
{
	int32_t none = 0;

	if (!atomic_cas(&leg->end_cause, &none, cause > 0 ? cause : CAUSE_NORMAL_UNSPECIFIED))
		return;
	__atomic_or_fetch(&leg->ended, LEG_ENDED_HANGUP, __ATOMIC_SEQ_CST);
	ring(leg);
}

void leg_released(struct leg *leg)
{
	if (__atomic_fetch_or(&leg->ended, LEG_ENDED_RELEASED, __ATOMIC_SEQ_CST) &
	    LEG_ENDED_RELEASED)
		return;
	if (!ring(leg))
		leg_quarantine_end(leg);
}

/* --- technologies ---------------------------------------------------------------------------- */

int leg_tech_register(struct leg_tech *tech)
{
	int err = 0;

	tlock_lock(&techs_lock);
	for (struct leg_tech *t = techs; t; t = t->next)
		if (!strcasecmp(t->name, tech->name))
			err = -EEXIST;
	if (!err) {
		tech->next = techs;
		rcu_ptr_publish(&techs, tech);
	}
	tlock_unlock(&techs_lock);
	return err;
}

void leg_tech_unregister(struct leg_tech *tech)
{
	tlock_lock(&techs_lock);
	for (struct leg_tech **p = &techs; *p; p = &(*p)->next)
		if (*p == tech) {
			rcu_ptr_publish(p, tech->next);
			break;
		}
	tlock_unlock(&techs_lock);
	synchronize_rcu();
}

const struct leg_tech *leg_tech_find(const char *name, size_t len)
{
	const struct leg_tech *tech;

	/*
	 * Technologies live as long as the program, or are unregistered when no call is left: no
	 * pin.
	 */
	trcu_read_lock();
	for (tech = rcu_ptr_load(&techs); tech; tech = rcu_ptr_load(&tech->next))
		if (strlen(tech->name) == len && !strncasecmp(tech->name, name, len))
			break;
	trcu_read_unlock();
	return tech;
}

/* --- quarantine ------------------------------------------------------------------------------ */

/* Takes a reference of its own. */
void leg_quarantine(struct leg *leg, int err)
{
	bool end;

	leg_get(leg);
	tlock_lock(&quarantine_lock);
	leg->quarantined = true;
	leg->q_err = err;
	leg->q_next = quarantine;
	quarantine = leg;
	atomic_store(&quarantined, quarantined + 1);
	tlock_unlock(&quarantine_lock);
	log_error_errno(err, "%s %s does not release: quarantined, its call is ended",
			leg->ops->tech, leg->label);
	atomic_barrier();
	/*
	 * Released between the decision and now: leg_released() found it neither seated nor listed.
	 */
	end = __atomic_load_n(&leg->ended, __ATOMIC_SEQ_CST) & LEG_ENDED_RELEASED;
	if (end)
		leg_quarantine_end(leg);
}

void leg_quarantine_end(struct leg *leg)
{
	bool found = false;

	tlock_lock(&quarantine_lock);
	for (struct leg **p = &quarantine; leg->quarantined && *p; p = &(*p)->q_next)
		if (*p == leg) {
			*p = leg->q_next;
			leg->quarantined = false;
			atomic_store(&quarantined, quarantined - 1);
			found = true;
			break;
		}
	tlock_unlock(&quarantine_lock);
	if (!found)
		return;
	log_notice("%s %s has released after all", leg->ops->tech, leg->label);
	leg_put(leg);
}

unsigned int leg_quarantine_count(void)
{
	return atomic_load(&quarantined);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An intrusive queue for many producers and one consumer that always takes everything.
 *
 * A push is one compare-and-swap onto a list, newest first; the consumer exchanges the list for
 * nothing and turns it round. Unlike a linked queue with a tail pointer there is no moment at which
 * a producer that was interrupted hides the nodes of others, so that the consumer never has to wait
 * for one. Since the consumer only ever takes the whole list, nodes may be reused at once (no ABA).
 */
#ifndef TDMD_CORE_MPSC_H
#define TDMD_CORE_MPSC_H

#include "daemon/core/types.h"

struct mpsc_node {
	struct mpsc_node *next;
};

struct mpsc {
	struct mpsc_node *head;
};

/** mpsc_push() - append; true when the queue was empty (then the consumer wants a doorbell). */
static inline bool mpsc_push(struct mpsc *q, struct mpsc_node *node)
{
	struct mpsc_node *old = atomic_load_relaxed(&q->head);

	do {
		node->next = old;
	} while (!__atomic_compare_exchange_n(&q->head, &old, node, true, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return old == NULL;
}

/** mpsc_take() - everything that is there, oldest first; NULL when nothing is. */
static inline struct mpsc_node *mpsc_take(struct mpsc *q)
{
	struct mpsc_node *node, *next, *list = NULL;

	if (!__atomic_load_n(&q->head, __ATOMIC_SEQ_CST))
		return NULL;
	for (node = atomic_xchg(&q->head, NULL); node; node = next) {
		next = node->next;
		node->next = list;
		list = node;
	}
	return list;
}

static inline bool mpsc_empty(const struct mpsc *q)
{
	return __atomic_load_n(&q->head, __ATOMIC_SEQ_CST) == NULL;
}

#endif

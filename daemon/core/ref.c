// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/core/ref.h"

#include <stdlib.h>

#include "daemon/core/lock.h"

char trcu_token;

#ifdef TDM_TSAN

/*
 * liburcu calls the function itself; put the order that it created before it, where the sanitizer
 * can see it.
 */
struct tsan_head {
	struct rcu_head rcu;
	struct rcu_head *head;
	void (*fn)(struct rcu_head *head);
};

static void tsan_call(struct rcu_head *rcu)
{
	struct tsan_head *th = container_of(rcu, struct tsan_head, rcu);

	tsan_acquire(&trcu_token);
	tsan_acquire(th);
	th->fn(th->head);
	tsan_release(&trcu_token); /* for trcu_barrier() */
	free(th);
}

void trcu_free(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	struct tsan_head *th = malloc(sizeof(*th));

	if (!th)
		abort();
	th->head = head;
	th->fn = fn;
	tsan_release(th);
	call_rcu(&th->rcu, tsan_call);
}

#else

void trcu_free(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	call_rcu(head, fn);
}

#endif

void trcu_barrier(void)
{
	lock_assert_none_held();
	rcu_barrier();
	tsan_acquire(&trcu_token);
}

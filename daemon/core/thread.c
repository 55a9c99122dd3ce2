// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/core/thread.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/lock.h"
#include "daemon/core/ref.h"

static __thread enum tthread_kind my_kind;
static __thread bool registered;

/*
 * A task waits for nothing; a group, timer or media thread is what others wait for; the API thread
 * serves everybody. What remains are threads whose delay hurts only themselves.
 */
static const bool may_wait[TTHREAD_KINDS] = {
	[TTHREAD_USER] = true,
	[TTHREAD_EVENT] = true,
};

void tthread_enter(enum tthread_kind kind)
{
	my_kind = kind;
	if (!registered)
		rcu_register_thread();
	registered = true;
}

void tthread_leave(void)
{
	lock_assert_none_held();
	if (registered)
		rcu_unregister_thread();
	registered = false;
	my_kind = TTHREAD_USER;
}

static void *tthread_main(void *arg)
{
	struct tthread *t = arg;

	pthread_setname_np(pthread_self(), t->name);
	tthread_enter(t->kind);
	t->fn(t->arg);
	tthread_leave();
	return NULL;
}

int tthread_start(struct tthread *t, enum tthread_kind kind, const char *name, void (*fn)(void *),
		  void *arg)
{
	t->kind = kind;
	t->fn = fn;
	t->arg = arg;
	snprintf(t->name, sizeof(t->name), "%s", name);
	return -pthread_create(&t->pthread, NULL, tthread_main, t);
}

void tthread_join(struct tthread *t)
{
	lock_assert_none_held();
	pthread_join(t->pthread, NULL);
}

enum tthread_kind tthread_kind(void)
{
	return my_kind;
}

bool tthread_may_wait(void)
{
	return may_wait[my_kind];
}

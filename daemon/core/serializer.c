// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Serializers.
 *
 * head has two values that are no task:
 *
 *	NULL	idle: nobody runs it, nobody holds it, it is not in the pool's ring
 *	BUSY	in the ring, or run, or held by a task_multi; nothing new has come
 *
 * Who changes NULL to anything else has to see to it that it is run, and takes the reference on the
 * owner; who changes BUSY back to NULL drops it. todo belongs to whoever made it busy, and passes
 * on through the ring.
 */
#include "daemon/core/serializer.h"

#include <stdlib.h>

#include "daemon/core/futex.h"
#include "daemon/core/pool.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define BUSY ((struct task *)1)
#define BATCH 64 /* tasks in a row before others get their turn */

enum { TASK_MULTI = 1 };

static __thread struct {
	struct serializer *ser[TASK_MULTI_MAX];
	int count;
	uint64_t began; /* ns; while count is not 0 */
} running;

static const int ranks[] = {
#define X(cls, name, rank, by_id, enter) [cls] = rank,
	LOCK_CLASS_TABLE(X)
#undef X
};

int serializer_init(struct serializer *ser, enum lock_class class, uint64_t id, struct ref *owner)
{
	int err = pool_admit();

	if (err)
		return err;
	*ser = (struct serializer){ .id = id, .owner = owner, .class = (uint16_t)class };
	tlock_init(&ser->lock, class, id);
	return 0;
}

void serializer_exit(struct serializer *ser)
{
	tlock_destroy(&ser->lock);
	pool_leave();
}

void serializer_close(struct serializer *ser)
{
	serializer_assert_held(ser);
	ser->closed = true;
}

/* Push; true when it was idle, and so is ours to run. */
static bool push(struct serializer *ser, struct task *task)
{
	struct task *old = atomic_load_relaxed(&ser->head);

	/* A task is over in microseconds: one look at the clock for all that it posts. */
	task->posted = running.count ? running.began : tnow();
	do {
		task->next = old == BUSY ? NULL : old;
	} while (!__atomic_compare_exchange_n(&ser->head, &old, task, true, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return !old;
}

static void pin(struct serializer *ser)
{
	if (ser->owner)
		ref_get(ser->owner);
}

void serializer_post(struct serializer *ser, struct task *task)
{
	task->flags = 0;
	if (push(ser, task)) {
		pin(ser);
		pool_schedule(ser);
	}
}

/* The holder has nothing more to do with it. May free the owner. */
static void let_go(struct serializer *ser)
{
	struct task *busy = BUSY;

	if (!ser->todo && atomic_cas(&ser->head, &busy, NULL)) {
		if (ser->owner)
			ref_put(ser->owner);
		return;
	}
	pool_schedule(ser);
}

void serializer_hold(struct serializer *ser)
{
	atomic_store(&ser->head, BUSY);
	pin(ser);
}

void serializer_let_go(struct serializer *ser)
{
	let_go(ser);
}

/* Before it runs, and before running.count says so. */
static void count(struct serializer *ser, const struct task *task)
{
	struct pool_counts *total = pool_counts();
	uint64_t now = tnow(), wait = now - task->posted;

	running.began = now;
	atomic_store_relaxed(&ser->executed, ser->executed + 1);
	atomic_store_relaxed(&ser->wait_total_ns, ser->wait_total_ns + wait);
	if (wait > ser->wait_max_ns)
		atomic_store_relaxed(&ser->wait_max_ns, wait);
	atomic_store_relaxed(&total->executed, total->executed + 1);
	atomic_store_relaxed(&total->wait_total_ns, total->wait_total_ns + wait);
	if (wait > total->wait_max_ns)
		atomic_store_relaxed(&total->wait_max_ns, wait);
}

static void run_one(struct serializer *ser, struct task *task)
{
	count(ser, task);
	running.ser[0] = ser;
	running.count = 1;
	tlock_lock(&ser->lock);
	task->fn(task, ser->closed ? -ENODEV : atomic_load_relaxed(&pool_status));
	tlock_unlock(&ser->lock);
	running.count = 0;
}

/*
 * The task holds the first mt->held of its serializers. Go on to the others; run it when it has
 * them all. True: ser, which the caller runs, is the caller's again (or was not the task's); false:
 * it stands still for the task.
 */
static bool advance(struct task_multi *mt, struct serializer *ser)
{
	struct serializer *sers[TASK_MULTI_MAX];
	int n = mt->count;
	int status = atomic_load_relaxed(&pool_status);

	while (mt->held < n) {
		struct serializer *next = mt->ser[mt->held];
		struct task *idle = NULL;

		/* An idle one is taken on the spot: nobody is before us in its queue. */
		if (atomic_cas(&next->head, &idle, BUSY)) {
			pin(next);
			mt->held++;
			continue;
		}
		mt->task.flags = TASK_MULTI;
		if (push(next, &mt->task)) {
			pin(next);
			pool_schedule(next);
		}
		return false;
	}
	/* fn may free mt. */
	count(mt->ser[n - 1], &mt->task);
	for (int i = 0; i < n; i++) {
		sers[i] = mt->ser[i];
		running.ser[i] = sers[i];
		tlock_lock(&sers[i]->lock);
		if (sers[i]->closed)
			status = -ENODEV;
	}
	running.count = n;
	mt->task.fn(&mt->task, status);
	running.count = 0;
	for (int i = n; i-- > 0;)
		tlock_unlock(&sers[i]->lock);
	for (int i = 0; i < n; i++)
		if (sers[i] != ser)
			let_go(sers[i]);
	return true;
}

/* Take what has come, oldest first; NULL: nothing had, and it is idle now (its owner may be gone). */
static struct task *refill(struct serializer *ser)
{
	struct task *task, *next, *busy = BUSY, *list = NULL;
	uint32_t depth = 0;

	if (atomic_load(&ser->head) == BUSY && atomic_cas(&ser->head, &busy, NULL)) {
		if (ser->owner)
			ref_put(ser->owner);
		return NULL;
	}
	for (task = atomic_xchg(&ser->head, BUSY); task; task = next) {
		next = task->next;
		task->next = list;
		list = task;
		depth++;
	}
	ser->todo = list;
	if (depth > ser->depth_max) {
		struct pool_counts *total = pool_counts();

		atomic_store_relaxed(&ser->depth_max, depth);
		if (depth > total->depth_max)
			atomic_store_relaxed(&total->depth_max, depth);
	}
	return list;
}

void serializer_run(struct serializer *ser)
{
	for (int left = BATCH;; left--) {
		struct task *task = ser->todo;

		if (!task) {
			task = refill(ser);
			if (!task)
				return;
		}
		if (!left) {
			pool_schedule(ser);
			return;
		}
		if (left != BATCH)
			pool_share(); /* with what the task before this one posted */
		ser->todo = task->next;
		if (task->flags & TASK_MULTI) {
			struct task_multi *mt = container_of(task, struct task_multi, task);

			mt->held++;
			if (!advance(mt, ser))
				return;
		} else {
			run_one(ser, task);
		}
	}
}

static bool before(const struct serializer *a, const struct serializer *b)
{
	if (ranks[a->class] != ranks[b->class])
		return ranks[a->class] < ranks[b->class];
	return a->id < b->id;
}

int serializer_post_multi(struct task_multi *mt, struct serializer *const *sers, int n)
{
	if (n < 1 || n > TASK_MULTI_MAX)
		return -EINVAL;
	for (int i = 0; i < n; i++) {
		int j = i;

		for (; j > 0 && !before(mt->ser[j - 1], sers[i]); j--) {
			if (mt->ser[j - 1] == sers[i])
				return -EINVAL;
			mt->ser[j] = mt->ser[j - 1];
		}
		mt->ser[j] = sers[i];
	}
	mt->count = n;
	mt->held = 0;
	/* Not advance(): what it runs must run in the pool, and the poster may hold anything. */
	mt->task.flags = TASK_MULTI;
	if (push(mt->ser[0], &mt->task)) {
		pin(mt->ser[0]);
		pool_schedule(mt->ser[0]);
	}
	return 0;
}

bool serializer_held(const struct serializer *ser)
{
	for (int i = 0; i < running.count; i++)
		if (running.ser[i] == ser)
			return true;
	return false;
}

void serializer_assert_held(const struct serializer *ser)
{
	tlock_assert_held(&ser->lock);
}

/* --- serializer_call() ----------------------------------------------------------------------- */

enum call_state {
	CALL_QUEUED,
	CALL_RUNNING,
	CALL_DONE,
	CALL_ABANDONED,
};

struct serializer_call {
	struct task task;
	struct ref ref; /* one for the caller, one for the task */
	uint32_t state; /* enum call_state; futex */
	int result;
	call_fn fn;
	void *arg;
	void (*release)(void *arg);
};

static void call_free(struct ref *ref)
{
	struct serializer_call *call = container_of(ref, struct serializer_call, ref);

	if (call->release)
		call->release(call->arg);
	free(call);
}

static void call_task(struct task *task, int status)
{
	struct serializer_call *call = container_of(task, struct serializer_call, task);
	uint32_t queued = CALL_QUEUED, run = CALL_RUNNING;

	if (atomic_cas(&call->state, &queued, CALL_RUNNING)) {
		call->result = status ? status : call->fn(call, call->arg);
		if (atomic_cas(&call->state, &run, CALL_DONE))
			futex_wake(&call->state, 1);
	}
	ref_put(&call->ref);
}

bool serializer_call_abandoned(const struct serializer_call *call)
{
	return atomic_load(&call->state) == CALL_ABANDONED;
}

static int call_in_place(call_fn fn, void *arg, void (*release)(void *arg))
{
	struct serializer_call call = { .state = CALL_RUNNING };
	int result = fn(&call, arg);

	if (release)
		release(arg);
	return result;
}

int serializer_call(struct serializer *ser, call_fn fn, void *arg, void (*release)(void *arg),
		    uint64_t deadline_ns)
{
	struct serializer_call *call;
	uint32_t state;
	int result;

	if (serializer_held(ser))
		return ser->closed ? -ENODEV : call_in_place(fn, arg, release);
	if (!tthread_may_wait()) {
		pool_count_refused(false);
		if (release)
			release(arg);
		return -EDEADLK;
	}
	lock_assert_none_held();
	call = calloc(1, sizeof(*call));
	if (!call) {
		if (release)
			release(arg);
		return -ENOMEM;
	}
	ref_init(&call->ref, call_free);
	ref_get(&call->ref);
	task_init(&call->task, call_task);
	call->fn = fn;
	call->arg = arg;
	call->release = release;
	serializer_post(ser, &call->task);

	while ((state = atomic_load(&call->state)) != CALL_DONE) {
		if (futex_wait(&call->state, state, deadline_ns) != -ETIMEDOUT)
			continue;
		/* Whatever it is doing, we leave; unless it finished just now. */
		while (state != CALL_DONE && !atomic_cas(&call->state, &state, CALL_ABANDONED))
			;
		break;
	}
	result = state == CALL_DONE ? call->result : -ETIMEDOUT;
	if (state != CALL_DONE)
		pool_count_refused(true);
	ref_put(&call->ref);
	return result;
}

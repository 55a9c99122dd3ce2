// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Serializers and their pool. Every test runs with pools of one and of three threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/serializer.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "tests/unit/daemon/filter.h"

#define PATIENCE ((uint64_t)patience_ms() * NSEC_PER_MSEC)

static int pool_threads = 1;

struct obj {
	struct ref ref;
	struct serializer ser;
	uint64_t value;
	int inside; /* tasks that are in it at this moment: never over one */
	uint32_t freed;
};

static uint32_t objs_freed;

static void obj_release(struct ref *ref)
{
	struct obj *obj = container_of(ref, struct obj, ref);

	serializer_exit(&obj->ser);
	atomic_add(&objs_freed, 1);
	free(obj);
}

static struct obj *obj_new(enum lock_class class, uint64_t id)
{
	struct obj *obj = calloc(1, sizeof(*obj));

	assert_non_null(obj);
	ref_init(&obj->ref, obj_release);
	assert_int_equal(serializer_init(&obj->ser, class, id, &obj->ref), 0);
	return obj;
}

static int setup(void **state)
{
	(void)state;
	tthread_enter(TTHREAD_USER);
	objs_freed = 0;
	return serializer_pool_start(pool_threads, 0);
}

static int teardown(void **state)
{
	(void)state;
	return serializer_pool_stop(PATIENCE);
}

/* Until nobody has anything to do; fails when patience ends without anything done. */
static void settle(void)
{
	struct serializer_stats before, now;
	int err;

	serializer_pool_stats(&now);
	do {
		before = now;
		err = serializer_pool_drain(PATIENCE);
		serializer_pool_stats(&now);
	} while (err && now.executed != before.executed);
	assert_int_equal(err, 0);
}

/* --- order ----------------------------------------------------------------------------------- */

struct step {
	struct task task;
	struct obj *obj;
	uint64_t thread, n;
	int status;
};

static uint64_t last_of[4];
static uint32_t out_of_order, overlapped;

static void step_fn(struct task *task, int status)
{
	struct step *step = container_of(task, struct step, task);

	if (status)
		return;
	if (step->obj->inside++)
		atomic_inc_relaxed(&overlapped);
	if (last_of[step->thread] + 1 != step->n)
		atomic_inc_relaxed(&out_of_order);
	last_of[step->thread] = step->n;
	step->obj->value++;
	step->obj->inside--;
}

#define STEPS 20000

static struct step *steps[4];

static void post_many(void *arg)
{
	struct step *list = arg;

	for (int i = 0; i < STEPS; i++)
		serializer_post(&list[i].obj->ser, &list[i].task);
}

static void tasks_run_in_order_and_alone(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct tthread thread[4];

	(void)state;
	for (uint64_t t = 0; t < 4; t++) {
		last_of[t] = 0;
		steps[t] = calloc(STEPS, sizeof(**steps));
		for (uint64_t i = 0; i < STEPS; i++) {
			steps[t][i] = (struct step){ .obj = obj, .thread = t, .n = i + 1 };
			task_init(&steps[t][i].task, step_fn);
		}
	}
	for (int t = 0; t < 4; t++)
		assert_int_equal(tthread_start(&thread[t], TTHREAD_GROUP, "poster", post_many,
					       steps[t]),
				 0);
	for (int t = 0; t < 4; t++)
		tthread_join(&thread[t]);
	settle();
	assert_int_equal(obj->value, 4 * STEPS);
	assert_int_equal(out_of_order, 0);
	assert_int_equal(overlapped, 0);
	for (int t = 0; t < 4; t++)
		free(steps[t]);
	ref_put(&obj->ref);
	assert_int_equal(objs_freed, 1);
}

/* --- two at once (S20) ----------------------------------------------------------------------- */

#define OBJS 5

struct swap {
	struct task_multi mt;
	struct obj *a, *b;
	uint32_t *left;
};

static void swap_fn(struct task *task, int status)
{
	struct swap *swap = container_of(task, struct swap, mt.task);

	assert_int_equal(status, 0);
	serializer_assert_held(&swap->a->ser);
	serializer_assert_held(&swap->b->ser);
	assert_true(serializer_held(&swap->a->ser) && serializer_held(&swap->b->ser));
	if (swap->a->inside++ || swap->b->inside++)
		atomic_inc_relaxed(&overlapped);
	swap->a->value--;
	swap->b->value++;
	swap->a->inside--;
	swap->b->inside--;
	atomic_sub(swap->left, 1);
}

#define SWAPS 30000

static struct obj *ring[OBJS];
static uint32_t swaps_left;

static void swap_many(void *arg)
{
	struct swap *list = arg;

	for (int i = 0; i < SWAPS; i++) {
		struct serializer *sers[2] = { &list[i].a->ser, &list[i].b->ser };

		assert_int_equal(serializer_post_multi(&list[i].mt, sers, 2), 0);
	}
}

static void s20_two_threads_swap_each_others_objects(void **state)
{
	struct tthread thread[2];
	struct swap *list[2];

	(void)state;
	test_seed();
	swaps_left = 2 * SWAPS;
	overlapped = 0;
	for (uint64_t i = 0; i < OBJS; i++)
		ring[i] = obj_new(i ? TLOCK_CHANNEL : TLOCK_BRIDGE, i + 1);
	for (int t = 0; t < 2; t++) {
		list[t] = calloc(SWAPS, sizeof(**list));
		for (int i = 0; i < SWAPS; i++) {
			int a = rand() % OBJS, b = (a + 1 + rand() % (OBJS - 1)) % OBJS;

			list[t][i].left = &swaps_left;
			list[t][i].a = ring[t ? a : b];
			list[t][i].b = ring[t ? b : a];
			task_init(&list[t][i].mt.task, swap_fn);
		}
		assert_int_equal(tthread_start(&thread[t], TTHREAD_USER, "swapper", swap_many,
					       list[t]),
				 0);
	}
	for (int t = 0; t < 2; t++)
		tthread_join(&thread[t]);
	settle();
	assert_int_equal(swaps_left, 0);
	assert_int_equal(overlapped, 0);
	for (int i = 0; i < OBJS; i++)
		ref_put(&ring[i]->ref);
	assert_int_equal(objs_freed, OBJS);
	free(list[0]);
	free(list[1]);
}

/*
 * The two ask crosswise while neither object is free: taken in the order of asking, each would get its
 * first one and wait for the other's for ever, whoever comes first.
 */
static void s20_crosswise(void **state)
{
	struct obj *a = obj_new(TLOCK_CHANNEL, 1), *b = obj_new(TLOCK_CHANNEL, 2);
	struct swap swap[2] = { { .a = a, .b = b }, { .a = b, .b = a } };
	uint32_t left = 2;

	(void)state;
	overlapped = 0;
	serializer_hold(&a->ser);
	serializer_hold(&b->ser);
	for (int i = 0; i < 2; i++) {
		struct serializer *sers[2] = { &swap[i].a->ser, &swap[i].b->ser };

		swap[i].left = &left;
		task_init(&swap[i].mt.task, swap_fn);
		assert_int_equal(serializer_post_multi(&swap[i].mt, sers, 2), 0);
	}
	serializer_let_go(&a->ser);
	serializer_let_go(&b->ser);
	settle();
	assert_int_equal(left, 0);
	assert_int_equal(overlapped, 0);
	ref_put(&a->ref);
	ref_put(&b->ref);
	assert_int_equal(objs_freed, 2);
}

static void duplicates_are_refused(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct serializer *sers[2] = { &obj->ser, &obj->ser };
	struct task_multi mt;

	(void)state;
	task_init(&mt.task, swap_fn);
	assert_int_equal(serializer_post_multi(&mt, sers, 2), -EINVAL);
	assert_int_equal(serializer_post_multi(&mt, sers, 0), -EINVAL);
	assert_int_equal(serializer_post_multi(&mt, sers, TASK_MULTI_MAX + 1), -EINVAL);
	ref_put(&obj->ref);
}

/* --- serializer_call() ----------------------------------------------------------------------- */

static int return_42(struct serializer_call *call, void *arg)
{
	(void)call;
	(void)arg;
	return 42;
}

static uint64_t soon(uint64_t ns)
{
	return tnow() + ns;
}

static void call_returns_the_result(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);

	(void)state;
	assert_int_equal(serializer_call(&obj->ser, return_42, NULL, NULL, soon(PATIENCE)), 42);
	ref_put(&obj->ref);
}

struct nested {
	struct task task;
	struct obj *own, *other;
	int own_result, other_result;
	uint32_t done;
};

static void nested_fn(struct task *task, int status)
{
	struct nested *n = container_of(task, struct nested, task);

	assert_int_equal(status, 0);
	n->own_result = serializer_call(&n->own->ser, return_42, NULL, NULL, soon(PATIENCE));
	n->other_result = serializer_call(&n->other->ser, return_42, NULL, NULL, soon(PATIENCE));
	atomic_store(&n->done, 1);
}

/* S1, S12: a wait that would close a cycle is refused, and does not end by its deadline. */
static void s1_s12_call_from_a_task(void **state)
{
	struct nested n = { .own = obj_new(TLOCK_CHANNEL, 1), .other = obj_new(TLOCK_CHANNEL, 2) };

	(void)state;
	task_init(&n.task, nested_fn);
	serializer_post(&n.own->ser, &n.task);
	settle();
	assert_int_equal(n.done, 1);
	assert_int_equal(n.own_result, 42);
	assert_int_equal(n.other_result, -EDEADLK);
	ref_put(&n.own->ref);
	ref_put(&n.other->ref);
}

static struct obj *kind_obj;
static int kind_result;

static void call_from_kind(void *arg)
{
	(void)arg;
	kind_result = serializer_call(&kind_obj->ser, return_42, NULL, NULL, soon(PATIENCE));
}

static void call_by_kind_of_thread(void **state)
{
	static const int expect[TTHREAD_KINDS] = {
		[TTHREAD_USER] = 42,	    [TTHREAD_EVENT] = 42,	 [TTHREAD_POOL] = -EDEADLK,
		[TTHREAD_TIMER] = -EDEADLK, [TTHREAD_API] = -EDEADLK,	 [TTHREAD_GROUP] = -EDEADLK,
		[TTHREAD_MEDIA] = -EDEADLK, [TTHREAD_CPU] = -EDEADLK,
		[TTHREAD_RECORD] = -EDEADLK, [TTHREAD_SPANS] = -EDEADLK,
	};
	struct serializer_stats before, after;

	(void)state;
	kind_obj = obj_new(TLOCK_CHANNEL, 1);
	serializer_pool_stats(&before);
	for (int kind = 0; kind < TTHREAD_KINDS; kind++) {
		struct tthread thread;

		assert_int_equal(tthread_start(&thread, (enum tthread_kind)kind, "kind",
					       call_from_kind, NULL),
				 0);
		tthread_join(&thread);
		assert_int_equal(kind_result, expect[kind]);
	}
	serializer_pool_stats(&after);
	assert_int_equal(after.edeadlk - before.edeadlk, TTHREAD_KINDS - 2);
	ref_put(&kind_obj->ref);
}

struct slow {
	struct task task;
	uint32_t go, entered;
};

static void slow_fn(struct task *task, int status)
{
	struct slow *slow = container_of(task, struct slow, task);

	(void)status;
	atomic_store(&slow->entered, 1);
	while (!atomic_load(&slow->go))
		usleep(1000);
}

struct late_arg {
	uint32_t ran, released;
};

static int late_fn(struct serializer_call *call, void *arg)
{
	(void)call;
	atomic_store(&((struct late_arg *)arg)->ran, 1);
	return 0;
}

static void late_release(void *arg)
{
	atomic_add(&((struct late_arg *)arg)->released, 1);
}

static void call_times_out_and_then_never_runs(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct slow slow = { .go = 0 };
	struct late_arg arg = { 0 };

	(void)state;
	task_init(&slow.task, slow_fn);
	serializer_post(&obj->ser, &slow.task);
	assert_int_equal(serializer_call(&obj->ser, late_fn, &arg, late_release,
					 soon(30 * NSEC_PER_MSEC)),
			 -ETIMEDOUT);
	assert_int_equal(atomic_load(&arg.released), 0);
	atomic_store(&slow.go, 1);
	settle();
	assert_int_equal(arg.ran, 0);
	assert_int_equal(arg.released, 1);
	ref_put(&obj->ref);
}

struct told {
	uint32_t entered, abandoned, released;
};

static int wait_until_abandoned(struct serializer_call *call, void *arg)
{
	struct told *told = arg;

	atomic_store(&told->entered, 1);
	for (int i = 0; i < patience_ms() && !serializer_call_abandoned(call); i++)
		usleep(1000);
	atomic_store(&told->abandoned, serializer_call_abandoned(call));
	return 0;
}

static void told_release(void *arg)
{
	atomic_add(&((struct told *)arg)->released, 1);
}

static void a_running_task_learns_that_nobody_waits(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct told told = { 0 };
	uint32_t calls = 0;

	(void)state;
	/* On a busy machine the time may be over before it begins, and then it never runs. */
	for (uint64_t ms = 50; ms < 4000 && !atomic_load(&told.entered); ms *= 2, calls++) {
		assert_int_equal(serializer_call(&obj->ser, wait_until_abandoned, &told,
						 told_release, soon(ms * NSEC_PER_MSEC)),
				 -ETIMEDOUT);
		settle();
	}
	assert_int_equal(told.entered, 1);
	assert_int_equal(told.abandoned, 1);
	assert_int_equal(told.released, calls);
	ref_put(&obj->ref);
}

/* --- death and shutdown ---------------------------------------------------------------------- */

static void close_fn(struct task *task, int status)
{
	struct step *step = container_of(task, struct step, task);

	assert_int_equal(status, 0);
	serializer_close(&step->obj->ser);
}

static void status_fn(struct task *task, int status)
{
	container_of(task, struct step, task)->status = status;
}

static void tasks_of_a_dead_object_get_enodev(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct step first = { .obj = obj }, second = { .obj = obj, .status = 1 };

	(void)state;
	task_init(&first.task, close_fn);
	task_init(&second.task, status_fn);
	serializer_post(&obj->ser, &first.task);
	serializer_post(&obj->ser, &second.task);
	assert_int_equal(serializer_call(&obj->ser, return_42, NULL, NULL, soon(PATIENCE)),
			 -ENODEV);
	assert_int_equal(second.status, -ENODEV);
	ref_put(&obj->ref);
	settle();
	assert_int_equal(objs_freed, 1);
}

static void a_queued_task_pins_its_object(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct slow slow = { .go = 0 };
	struct step step = { .obj = obj };

	(void)state;
	task_init(&slow.task, slow_fn);
	task_init(&step.task, status_fn);
	serializer_post(&obj->ser, &slow.task);
	serializer_post(&obj->ser, &step.task);
	ref_put(&obj->ref);
	assert_int_equal(objs_freed, 0);
	atomic_store(&slow.go, 1);
	settle();
	assert_int_equal(objs_freed, 1);
}

struct forever {
	struct task task;
	struct obj *obj;
	int status;
};

static void forever_fn(struct task *task, int status)
{
	struct forever *f = container_of(task, struct forever, task);

	f->status = status;
	if (!status)
		serializer_post(&f->obj->ser, task);
}

static void shutdown_ends_a_task_that_posts_itself_for_ever(void **state)
{
	struct forever f = { .obj = obj_new(TLOCK_CHANNEL, 1) };

	(void)state;
	task_init(&f.task, forever_fn);
	serializer_post(&f.obj->ser, &f.task);
	assert_int_equal(serializer_pool_stop(500 * NSEC_PER_MSEC), -ETIMEDOUT);
	assert_int_equal(f.status, -ESHUTDOWN);
	ref_put(&f.obj->ref);
	assert_int_equal(objs_freed, 1);
}

static void capacity_is_a_limit(void **state)
{
	struct serializer ser[65];
	int i;

	(void)state;
	assert_int_equal(serializer_pool_stop(PATIENCE), 0);
	assert_int_equal(serializer_pool_start(1, 64), 0);
	for (i = 0; i < 64; i++)
		assert_int_equal(serializer_init(&ser[i], TLOCK_CHANNEL, (uint64_t)i + 1, NULL), 0);
	assert_int_equal(serializer_init(&ser[i], TLOCK_CHANNEL, 100, NULL), -ENFILE);
	while (i--)
		serializer_exit(&ser[i]);
}

static void depth_and_waiting_time_are_counted(void **state)
{
	struct obj *obj = obj_new(TLOCK_CHANNEL, 1);
	struct slow slow = { .go = 0 };
	struct step many[10];
	struct serializer_stats stats;

	(void)state;
	task_init(&slow.task, slow_fn);
	serializer_post(&obj->ser, &slow.task);
	while (!atomic_load(&slow.entered))
		usleep(1000);
	for (int i = 0; i < 10; i++) {
		task_init(&many[i].task, status_fn);
		serializer_post(&obj->ser, &many[i].task);
	}
	usleep(20000);
	atomic_store(&slow.go, 1);
	settle();
	serializer_pool_stats(&stats);
	assert_int_equal(stats.executed, 11);
	assert_int_equal(stats.depth_max, 10);
	assert_true(stats.wait_max_ns >= 20 * NSEC_PER_MSEC);
	assert_true(stats.wait_total_ns >= 200 * NSEC_PER_MSEC);
	assert_int_equal(stats.alive, 1);
	ref_put(&obj->ref);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tasks_run_in_order_and_alone),
		T(s20_two_threads_swap_each_others_objects),
		T(s20_crosswise),
		T(duplicates_are_refused),
		T(call_returns_the_result),
		T(s1_s12_call_from_a_task),
		T(call_by_kind_of_thread),
		T(call_times_out_and_then_never_runs),
		T(a_running_task_learns_that_nobody_waits),
		T(tasks_of_a_dead_object_get_enodev),
		T(a_queued_task_pins_its_object),
		T(shutdown_ends_a_task_that_posts_itself_for_ever),
		T(capacity_is_a_limit),
		T(depth_and_waiting_time_are_counted),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	pool_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which thread of the pool runs what: one that is awake does what follows from its task, and what it
 * cannot do at once is done by another one.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/serializer.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "tests/unit/daemon/filter.h"

#define PATIENCE ((uint64_t)patience_ms() * NSEC_PER_MSEC)
#define OBJS	 3

static struct serializer objs[OBJS];

static int setup(void **state)
{
	int err;

	(void)state;
	tthread_enter(TTHREAD_USER);
	err = serializer_pool_start(3, 0);
	for (uint64_t i = 0; !err && i < OBJS; i++)
		err = serializer_init(&objs[i], TLOCK_CHANNEL, i, NULL);
	return err;
}

/* All threads sleep. Some may still be on their way to it: a wake-up would find them awake. */
static void calm(void)
{
	assert_int_equal(serializer_pool_drain(2 * PATIENCE), 0);
	usleep(20000);
}

static int teardown(void **state)
{
	int err = serializer_pool_stop(PATIENCE);

	(void)state;
	for (int i = 0; i < OBJS; i++)
		serializer_exit(&objs[i]);
	return err;
}

struct hop {
	struct task task;
	uint32_t hops;
	uint32_t elsewhere; /* of them */
	pthread_t first;
};

static void hop_fn(struct task *task, int status)
{
	struct hop *hop = container_of(task, struct hop, task);

	(void)status;
	if (!hop->hops)
		hop->first = pthread_self();
	hop->elsewhere += !pthread_equal(hop->first, pthread_self());
	if (++hop->hops < 1000)
		serializer_post(&objs[hop->hops % 2], task);
}

static void what_a_task_posts_is_run_by_its_thread(void **state)
{
	struct hop hop = { .hops = 0 };

	(void)state;
	task_init(&hop.task, hop_fn);
	calm();
	serializer_post(&objs[0], &hop.task);
	calm();
	assert_int_equal(hop.hops, 1000);
	assert_int_equal(hop.elsewhere, 0);
}

/* Two tasks, each of which is over when the other one has begun. */
struct meet {
	struct task task;
	uint32_t here; /* atomic */
	bool alone;
};

static struct meet pair[2];

static void meet_fn(struct task *task, int status)
{
	struct meet *meet = container_of(task, struct meet, task);
	const uint32_t *other = &pair[meet == pair].here;
	uint64_t end = tnow() + PATIENCE;

	(void)status;
	atomic_store(&meet->here, 1);
	while (!atomic_load(other) && tnow() < end)
		;
	meet->alone = !atomic_load(other);
}

static void post_pair(struct task *task, int status)
{
	(void)task;
	(void)status;
	for (int i = 0; i < 2; i++)
		serializer_post(&objs[i], &pair[i].task);
}

/* From a third object: two are left in the ring; from the first one: its own next task is one. */
static void what_is_left_is_run_by_another_thread(void **state)
{
	struct task first;

	(void)state;
	for (int from = 0; from < OBJS; from += 2) {
		for (int i = 0; i < 2; i++) {
			pair[i] = (struct meet){ .alone = true };
			task_init(&pair[i].task, meet_fn);
		}
		task_init(&first, post_pair);
		calm();
		serializer_post(&objs[from], &first);
		calm();
		assert_false(pair[0].alone);
		assert_false(pair[1].alone);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_a_task_posts_is_run_by_its_thread),
		T(what_is_left_is_run_by_another_thread),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

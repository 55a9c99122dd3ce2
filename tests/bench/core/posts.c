// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Posts to serializers. Jobs go round among the objects of their thread's worth: where one is run it
 * posts itself to the next. Counted is what was run.
 */
#include <stdlib.h>

#include "tests/bench/core/bench.h"

#define HOPS	2000 /* of each job */
#define OBJECTS 64   /* of each thread's worth */
#define JOBS	16   /* that start at each */

struct object {
	struct ref ref;
	struct serializer ser;
	struct object *next;
	uint64_t ran;
	struct job {
		struct task task;
		struct object *at;
		uint32_t left, ran;
	} jobs[JOBS];
};

static void never(struct ref *ref)
{
	(void)ref;
	must(false);
}

static void hop(struct task *task, int status)
{
	struct job *job = container_of(task, struct job, task);

	must(!status);
	job->at->ran++;
	job->ran++;
	if (!--job->left)
		return;
	job->at = job->at->next;
	serializer_post(&job->at->ser, &job->task);
}

static void make(struct object *objects, int n, uint32_t hops)
{
	for (int i = 0; i < n; i++) {
		struct object *obj = &objects[i];

		ref_init(&obj->ref, never);
		must(!serializer_init(&obj->ser, TLOCK_CHANNEL, (uint64_t)i + 1, &obj->ref));
		obj->next = (i + 1) % OBJECTS ? obj + 1 : obj + 1 - OBJECTS;
		for (int j = 0; j < JOBS; j++) {
			task_init(&obj->jobs[j].task, hop);
			obj->jobs[j].at = obj;
			obj->jobs[j].left = hops;
		}
	}
}

static void posts(const struct bench *bench, unsigned int scale, struct sample *sample)
{
	int n = OBJECTS * bench->threads;
	struct object *objects = calloc((size_t)n, sizeof(*objects));
	uint32_t hops = HOPS / scale;
	uint64_t ran = 0;

	must(objects);
	bench_world(bench->threads);
	make(objects, n, hops);
	bench_start(sample);
	for (int j = 0; j < JOBS; j++)
		for (int i = 0; i < n; i++)
			serializer_post(&objects[i].ser, &objects[i].jobs[j].task);
	bench_settle();
	bench_stop(sample);
	for (int i = 0; i < n; i++) {
		ran += objects[i].ran;
		must(objects[i].ref.count == 1);
		for (int j = 0; j < JOBS; j++)
			must(objects[i].jobs[j].ran == hops);
	}
	must(ran == (uint64_t)n * JOBS * hops);
	sample->count = (double)ran;
}

const struct bench bench_posts[] = {
	{ "serializer post", 1, "posts/s", 5000000, false, posts },
	{ "serializer post", 2, "posts/s", 0, false, posts },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between serializer.c and pool.c: the ring of serializers that have something to do, and the
 * threads that do it.
 */
#ifndef TDMD_CORE_POOL_H
#define TDMD_CORE_POOL_H

#include "daemon/core/serializer.h"

/* What tasks get for status: 0, or -ESHUTDOWN. */
extern int pool_status;

/**
 * pool_schedule() - a thread shall run ser. It is not in the ring already. Any thread, any lock.
 */
void pool_schedule(struct serializer *ser);
/** pool_share() - the calling thread of the pool has work for now: what waits is for another one. */
void pool_share(void);
/** pool_admit() / pool_leave() - count living serializers, so that the ring can never be full. */
int pool_admit(void);
void pool_leave(void);

/* serializer.c's, called by the pool's threads with nothing held. */
void serializer_run(struct serializer *ser);

/* Totals, kept per thread and summed when asked for. */
struct pool_counts {
	uint64_t executed;
	uint64_t wait_total_ns;
	uint64_t wait_max_ns;
	uint32_t depth_max;
};
struct pool_counts *pool_counts(void); /* of the calling thread of the pool */
void pool_count_refused(bool timedout);

#endif

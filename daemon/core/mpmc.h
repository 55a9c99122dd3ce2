/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded ring of pointers for many producers and many consumers. Each cell has a sequence number
 * that says whose turn it is, so that a push and a pop are one compare-and-swap each, and no lock
 * is taken. A push's is sequentially consistent: what follows it is ordered after the ring's having
 * something (mpmc_count()).
 */
#ifndef TDMD_CORE_MPMC_H
#define TDMD_CORE_MPMC_H

#include <stdlib.h>

#include "daemon/core/types.h"

struct mpmc_cell {
	uint64_t seq;
	void *ptr;
};

struct mpmc {
	struct mpmc_cell *cells;
	uint64_t mask;

	/* Producers write the one and consumers the other. */
	uint64_t in __attribute__((aligned(TDM_CACHELINE)));
	uint64_t out __attribute__((aligned(TDM_CACHELINE)));
};

/** mpmc_init() - room for at least n; -ENOMEM. */
static inline int mpmc_init(struct mpmc *ring, uint64_t n)
{
	uint64_t cells = 64;

	while (cells < n)
		cells *= 2;
	*ring = (struct mpmc){ .mask = cells - 1 };
	ring->cells = calloc(cells, sizeof(*ring->cells));
	if (!ring->cells)
		return -ENOMEM;
	for (uint64_t i = 0; i < cells; i++)
		ring->cells[i].seq = i;
	return 0;
}

static inline void mpmc_exit(struct mpmc *ring)
{
	free(ring->cells);
	ring->cells = NULL;
}

/** mpmc_push() - false: full. */
static inline bool mpmc_push(struct mpmc *ring, void *ptr)
{
	uint64_t pos = atomic_load_relaxed(&ring->in);

	for (;;) {
		struct mpmc_cell *cell = &ring->cells[pos & ring->mask];
		uint64_t seq = atomic_load(&cell->seq);

		if (seq == pos) {
			if (__atomic_compare_exchange_n(&ring->in, &pos, pos + 1, true,
							__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
				cell->ptr = ptr;
				atomic_store(&cell->seq, pos + 1);
				return true;
			}
		} else if (seq < pos) {
			return false;
		} else {
			pos = atomic_load_relaxed(&ring->in);
		}
	}
}

/** mpmc_pop() - NULL: empty, or the next one is not quite pushed yet. */
static inline void *mpmc_pop(struct mpmc *ring)
{
	uint64_t pos = atomic_load_relaxed(&ring->out);

	for (;;) {
		struct mpmc_cell *cell = &ring->cells[pos & ring->mask];
		uint64_t seq = atomic_load(&cell->seq);

		if (seq == pos + 1) {
			if (__atomic_compare_exchange_n(&ring->out, &pos, pos + 1, true,
							__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
				void *ptr = cell->ptr;

				atomic_store(&cell->seq, pos + ring->mask + 1);
				return ptr;
			}
		} else if (seq < pos + 1) {
			return NULL;
		} else {
			pos = atomic_load_relaxed(&ring->out);
		}
	}
}

static inline uint64_t mpmc_count(const struct mpmc *ring)
{
	return __atomic_load_n(&ring->in, __ATOMIC_SEQ_CST) -
	       __atomic_load_n(&ring->out, __ATOMIC_SEQ_CST);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cast of calls, every operation of the core that can be asked of it, and what must hold after one
 * that something went wrong in: all of it was done, or nothing has changed.
 */
#ifndef TEST_CAST_H
#define TEST_CAST_H

#include "tests/unit/daemon/plant.h"

/*
 * A and B talk in a bridge, C and D are up, E is being called and rings, F calls us, G has been put on
 * hold by us, H is parked.
 */
enum { A, B, C, D, E, F, G, H, ALL };

extern struct channel *cast_ch[ALL];
extern struct testleg *cast_leg[ALL];
extern const char *cast_tech; /* of what operations call: "Local", "Test" */

/** cast() - all of them; with references on their legs. */
void cast(void);
/** cast_end() - everybody ends, also who was made meanwhile; no leg is left, none in quarantine. */
void cast_end(void);

/* One of run and work: the latter is done in a task of who. */
struct core_op {
	const char *name;
	int (*run)(void);
	int (*work)(struct channel_work *work, struct channel *of);
	int who;
	bool cannot_fail;
};

extern const struct core_op core_ops[];
extern const size_t core_op_count;

/** core_op_begin() - notes how things are, and asks for the operation. */
void core_op_begin(const struct core_op *op);
/** core_op_end() - when nothing goes wrong any more: its answer, and that it is true. */
void core_op_end(const struct core_op *op);

/** cast_setup() - a world in which nobody listens to events; ends with world_teardown(). */
int cast_setup(void **state);

#endif

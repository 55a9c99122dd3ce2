/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg whose every operation can be made to fail, to be delayed (nothing comes back until the test
 * says so), or to be lost for ever; and which counts what it was asked.
 */
#ifndef TEST_TESTLEG_H
#define TEST_TESTLEG_H

#include "daemon/call/leg.h"

enum behaviour {
	DO_IT,	/* what a well-behaved far end would answer comes at once */
	KEEP_IT, /* the operation is taken; its effect waits for testleg_play() */
	LOSE_IT, /* the operation is taken; nothing ever comes */
	FAIL_IT, /* the operation returns fail_errno */
};

struct testleg {
	struct leg leg;
	enum behaviour on[LEG_OPS];
	int fail_errno;
	uint32_t asked[LEG_OPS]; /* atomic */
	uint32_t kept;		 /* atomic; bits of operations that wait */
	int32_t release_cause;
	char digits[32];
	struct party connected;
};

struct testleg *testleg_new(bool outgoing);
/** testleg_play() - let a kept operation have its effect now. */
void testleg_play(struct testleg *tl, enum leg_op op);
/** testleg_say() - a signal without contents, as from the far end. */
void testleg_say(struct testleg *tl, enum leg_signal_type type);
void testleg_incoming(struct testleg *tl, const char *from, const char *to);
uint32_t testlegs_alive(void);

/* The technology "Test": Test/NUMBER. The leg made last is testleg_last. */
extern struct leg_tech testleg_tech;
extern struct testleg *testleg_last;
extern int testleg_request_err;

#endif

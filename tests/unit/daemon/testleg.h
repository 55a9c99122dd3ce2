/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg whose every operation can be made to fail, to be delayed (nothing comes back until the test
 * says so), or to be lost for ever; and which counts what it was asked.
 */
#ifndef TEST_TESTLEG_H
#define TEST_TESTLEG_H

#include "daemon/call/leg.h"
#include "daemon/core/lock.h"

enum behaviour {
	DO_IT,	/* what a well-behaved far end would answer comes at once */
	KEEP_IT, /* the operation is taken; its effect waits for testleg_play() */
	LOSE_IT, /* the operation is taken; nothing ever comes */
	FAIL_IT, /* the operation returns fail_errno */
	BLOCK_IT, /* the operation does not return, nor have its effect, before testleg_unblock() */
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
	uint32_t blocked; /* atomic; 1: in an operation that does not return; 2: it may */
	/*
	 * With locks of its own, as a SIP dialog has: every operation takes them, and so does
	 * whoever signals by testleg_say_locked(). NULL agent: without.
	 */
	tlock_t dialog; /* leg.dialog: this leg; always together with agent, which proves the rank */
	tlock_t *agent; /* leg.agent: what many dialogs share */
};

struct testleg *testleg_new(bool outgoing);
/** testleg_lock_by() - from now on with locks; before the leg is given to a channel. */
void testleg_lock_by(struct testleg *tl, tlock_t *agent);
/** testleg_say_locked() - signal with both locks held. */
void testleg_say_locked(struct testleg *tl, enum leg_signal_type type);
/** testleg_unblock() - let what is blocked, or will be, return. */
void testleg_unblock(struct testleg *tl);
/** testleg_fault() - the next operation of this kind, whichever leg it is asked of, does so: once. */
void testleg_fault(enum leg_op op, enum behaviour what);
/** testleg_faulted() - of which leg it was asked; NULL: of none so far. Until testleg_fault_end(). */
struct testleg *testleg_faulted(void);
/** testleg_fault_end() - and what that leg did not give up because of it, it gives up now. */
void testleg_fault_end(void);
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

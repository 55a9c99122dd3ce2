// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/testleg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t alive;
struct testleg *testleg_last;
int testleg_request_err;

/* The one fault: 0: none, or 1 + the operation + FAULT_SHIFT'ed behaviour. Whoever takes it clears it. */
#define FAULT_SHIFT 8
static uint32_t fault;		/* atomic */
static struct testleg *faulted; /* atomic; a reference */

static struct testleg *of(struct leg *leg)
{
	return container_of(leg, struct testleg, leg);
}

static void effect(struct testleg *tl, enum leg_op op)
{
	switch (op) {
	case LEG_OP_DIAL:
		leg_signal_simple(&tl->leg, LEG_PROCEEDING);
		break;
	case LEG_OP_ANSWER:
		leg_signal_simple(&tl->leg, LEG_ANSWERED);
		break;
	case LEG_OP_RELEASE:
		leg_released(&tl->leg);
		break;
	default:
		break;
	}
}

static enum behaviour behaviour_of(struct testleg *tl, enum leg_op op)
{
	uint32_t armed = atomic_load(&fault);

	if ((armed & ((1U << FAULT_SHIFT) - 1)) != op + 1U || !atomic_cas(&fault, &armed, 0))
		return tl->on[op];
	leg_get(&tl->leg);
	atomic_store(&faulted, tl);
	return (enum behaviour)(armed >> FAULT_SHIFT);
}

static int take_it(struct testleg *tl, enum leg_op op, enum behaviour what)
{
	atomic_add(&tl->asked[op], 1);
	switch (what) {
	case DO_IT:
		effect(tl, op);
		return 0;
	case KEEP_IT:
		__atomic_or_fetch(&tl->kept, 1U << op, __ATOMIC_SEQ_CST);
		return 0;
	case LOSE_IT:
		return 0;
	case FAIL_IT:
		return tl->fail_errno ? tl->fail_errno : -EIO;
	case BLOCK_IT:
		while (atomic_load(&tl->blocked) != 2)
			usleep(1000);
		effect(tl, op);
		return 0;
	}
	return -EINVAL;
}

static void locks_take(struct testleg *tl)
{
	if (tl->agent) {
		tlock_lock(&tl->dialog);
		tlock_lock(tl->agent);
	}
}

static void locks_give(struct testleg *tl)
{
	if (tl->agent) {
		tlock_unlock(tl->agent);
		tlock_unlock(&tl->dialog);
	}
}

static int take(struct leg *leg, enum leg_op op)
{
	struct testleg *tl = of(leg);
	enum behaviour what = behaviour_of(tl, op);
	uint32_t none = 0;
	int err;

	if (what == BLOCK_IT)
		atomic_cas(&tl->blocked, &none, 1);
	locks_take(tl);
	err = take_it(tl, op, what);
	locks_give(tl);
	return err;
}

void testleg_lock_by(struct testleg *tl, tlock_t *agent)
{
	tlock_init(&tl->dialog, TLOCK_LEG_DIALOG, 0);
	tl->agent = agent;
}

void testleg_say_locked(struct testleg *tl, enum leg_signal_type type)
{
	locks_take(tl);
	testleg_say(tl, type);
	locks_give(tl);
}

void testleg_unblock(struct testleg *tl)
{
	atomic_store(&tl->blocked, 2);
}

void testleg_fault(enum leg_op op, enum behaviour what)
{
	atomic_store(&fault, (op + 1U) | (uint32_t)what << FAULT_SHIFT);
}

struct testleg *testleg_faulted(void)
{
	return atomic_load(&faulted);
}

void testleg_fault_end(void)
{
	struct testleg *tl = atomic_xchg(&faulted, NULL);

	atomic_store(&fault, 0);
	if (!tl)
		return;
	leg_released(&tl->leg);
	leg_put(&tl->leg);
}

void testleg_play(struct testleg *tl, enum leg_op op)
{
	if (__atomic_fetch_and(&tl->kept, ~(1U << op), __ATOMIC_SEQ_CST) & 1U << op)
		effect(tl, op);
}

static int op_dial(struct leg *leg)
{
	return take(leg, LEG_OP_DIAL);
}

static int op_proceeding(struct leg *leg)
{
	return take(leg, LEG_OP_PROCEEDING);
}

static int op_progress(struct leg *leg, int cause)
{
	(void)cause;
	return take(leg, LEG_OP_PROGRESS);
}

static int op_ringing(struct leg *leg)
{
	return take(leg, LEG_OP_RINGING);
}

static int op_answer(struct leg *leg, const struct party *connected)
{
	(void)connected;
	return take(leg, LEG_OP_ANSWER);
}

static int op_digits(struct leg *leg, const char *digits)
{
	strncat(of(leg)->digits, digits, sizeof(of(leg)->digits) - strlen(of(leg)->digits) - 1);
	return take(leg, LEG_OP_DIGITS);
}

static int op_dtmf(struct leg *leg, const char *digits, unsigned int tone_ms, unsigned int gap_ms)
{
	(void)digits;
	(void)tone_ms;
	(void)gap_ms;
	return take(leg, LEG_OP_DTMF);
}

static int op_hold(struct leg *leg)
{
	return take(leg, LEG_OP_HOLD);
}

static int op_unhold(struct leg *leg)
{
	return take(leg, LEG_OP_UNHOLD);
}

static int op_connected(struct leg *leg, const struct party *party)
{
	of(leg)->connected = *party;
	return take(leg, LEG_OP_CONNECTED);
}

static int op_release(struct leg *leg, int cause)
{
	atomic_store(&of(leg)->release_cause, cause);
	return take(leg, LEG_OP_RELEASE);
}

static void op_free(struct leg *leg)
{
	free(of(leg));
	atomic_sub(&alive, 1);
}

static const struct leg_ops test_ops = {
	.tech = "Test",
	.dial = op_dial,
	.proceeding = op_proceeding,
	.progress = op_progress,
	.ringing = op_ringing,
	.answer = op_answer,
	.digits = op_digits,
	.dtmf = op_dtmf,
	.hold = op_hold,
	.unhold = op_unhold,
	.connected = op_connected,
	.release = op_release,
	.free = op_free,
};

struct testleg *testleg_new(bool outgoing)
{
	struct testleg *tl = calloc(1, sizeof(*tl));

	if (!tl)
		abort();
	atomic_add(&alive, 1);
	leg_init(&tl->leg, &test_ops, outgoing);
	tl->leg.ep.addr.kind = MEDIA_TEST;
	snprintf(tl->leg.label, sizeof(tl->leg.label), "t%llu", (unsigned long long)tl->leg.id);
	return tl;
}

uint32_t testlegs_alive(void)
{
	return atomic_load(&alive);
}

void testleg_say(struct testleg *tl, enum leg_signal_type type)
{
	if (leg_signal_simple(&tl->leg, type))
		abort();
}

void testleg_incoming(struct testleg *tl, const char *from, const char *to)
{
	struct leg_signal *sig = leg_signal_new(LEG_INCOMING);

	if (!sig)
		abort();
	snprintf(sig->u.call.caller.number, sizeof(sig->u.call.caller.number), "%s", from);
	snprintf(sig->u.call.called, sizeof(sig->u.call.called), "%s", to);
	leg_signal(&tl->leg, sig);
}

static int test_request(const struct leg_request *req, struct leg **leg, const char **reason)
{
	(void)req;
	if (testleg_request_err) {
		*reason = "the test wants it so";
		return testleg_request_err;
	}
	testleg_last = testleg_new(true);
	*leg = &testleg_last->leg;
	return 0;
}

struct leg_tech testleg_tech = { .name = "Test", .request = test_request };

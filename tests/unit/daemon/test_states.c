// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every operation and every signal in every state of a channel, and what becomes of causes.
 */
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/world.h"

/* --- a channel in each state ----------------------------------------------------------------- */

static int told, last_told;

static void noticed(struct controller *ctl, struct channel *ch, enum notice notice,
		    const struct leg_signal *sig)
{
	(void)ctl;
	(void)ch;
	(void)sig;
	told++;
	last_told = (int)notice;
}

static struct controller ears = { .name = "ears", .notice = noticed };

static int listen_to(struct channel *ch, void *arg)
{
	channel_set_controller(ch, arg);
	return 0;
}

/* With a count on the leg, which in_state_end() gives back. */
static struct channel *in_state(enum channel_state state, struct testleg **leg)
{
	struct testleg *tl = testleg_new(state != CHAN_RING);
	struct channel *ch = chan_new(tl, "it");

	*leg = tl;
	leg_get(&tl->leg);
	tl->on[LEG_OP_DIAL] = LOSE_IT;
	tl->on[LEG_OP_ANSWER] = LOSE_IT;
	assert_int_equal(in_task(ch, listen_to, &ears), 0);
	if (state == CHAN_RING)
		testleg_incoming(tl, "1", "2");
	else if (state != CHAN_DOWN)
		assert_int_equal(channel_post_dial(ch), 0);
	settle();
	if (state == CHAN_PROCEEDING)
		testleg_say(tl, LEG_PROCEEDING);
	else if (state == CHAN_RINGING)
		testleg_say(tl, LEG_RINGING);
	else if (state >= CHAN_UP)
		testleg_say(tl, LEG_ANSWERED);
	if (state == CHAN_ENDING)
		tl->on[LEG_OP_RELEASE] = KEEP_IT;
	settle();
	if (state >= CHAN_ENDING)
		channel_post_hangup(ch, CAUSE_BUSY);
	settle();
	assert_int_equal(info_of(ch).state, state);
	told = 0;
	return ch;
}

static void in_state_end(struct channel *ch, struct testleg *tl)
{
	tl->on[LEG_OP_RELEASE] = DO_IT;
	testleg_play(tl, LEG_OP_RELEASE);
	channel_post_hangup(ch, CAUSE_NORMAL);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_DEAD);
	leg_put(&tl->leg);
	channel_put(ch);
}

/* --- operations ------------------------------------------------------------------------------ */

static const struct party party = { .number = "4711" };

static int operation(struct channel *ch, void *arg)
{
	const int *op = arg;

	switch (*op) {
	case LEG_OP_DIAL:
		return channel_dial(ch);
	case LEG_OP_PROCEEDING:
		return channel_proceeding(ch);
	case LEG_OP_PROGRESS:
		return channel_progress(ch, 0);
	case LEG_OP_RINGING:
		return channel_ringing(ch);
	case LEG_OP_ANSWER:
		return channel_answer(ch);
	case LEG_OP_DIGITS:
		return channel_send_digits(ch, "1");
	case LEG_OP_DTMF:
		return channel_send_dtmf(ch, "1", 100, 100);
	case LEG_OP_HOLD:
		return channel_hold(ch);
	case LEG_OP_UNHOLD:
		return channel_unhold(ch);
	case LEG_OP_CONNECTED:
		return channel_connected(ch, &party);
	default:
		return -ENOSYS;
	}
}

#define S(state) (1U << (state))
#define CALLING	 (S(CHAN_DIALING) | S(CHAN_PROCEEDING) | S(CHAN_RINGING))
#define TALKS	 (CALLING | S(CHAN_RING) | S(CHAN_UP))

static const struct {
	enum leg_op op;
	unsigned int states;
} operations[] = {
	{ LEG_OP_DIAL, S(CHAN_DOWN) },	      { LEG_OP_PROCEEDING, S(CHAN_RING) },
	{ LEG_OP_PROGRESS, S(CHAN_RING) },    { LEG_OP_RINGING, S(CHAN_RING) },
	{ LEG_OP_ANSWER, S(CHAN_RING) },      { LEG_OP_DIGITS, CALLING },
	{ LEG_OP_DTMF, TALKS },		      { LEG_OP_HOLD, S(CHAN_UP) },
	{ LEG_OP_UNHOLD, S(CHAN_UP) },	      { LEG_OP_CONNECTED, TALKS },
};

static void each_operation_in_each_state(void **state)
{
	(void)state;
	for (int s = CHAN_DOWN; s < CHAN_STATES; s++)
		for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
			struct testleg *tl;
			struct channel *ch = in_state((enum channel_state)s, &tl);
			bool may = operations[i].states & S(s);
			int op = (int)operations[i].op, err, want = may ? 0 : -EINVAL;
			uint32_t asked = atomic_load(&tl->asked[op]);

			if (s >= CHAN_ENDING)
				want = s == CHAN_DEAD ? -ENODEV : -EBUSY;
			err = in_task(ch, operation, &op);
			if (err != want)
				fail_msg("operation %d in state %d: %d", op, s, err);
			assert_int_equal(atomic_load(&tl->asked[op]), asked + may);
			if (op == LEG_OP_CONNECTED)
				assert_string_equal(info_of(ch).connected.number,
						    may ? "4711" : "");
			else
				assert_int_equal(info_of(ch).state,
						 may && op == LEG_OP_DIAL ? CHAN_DIALING : s);
			in_state_end(ch, tl);
		}
}

static struct leg_ops bare;

/* A technology that has none but those that it must have, and one that fails. */
static void each_operation_that_cannot_be(void **state)
{
	(void)state;
	for (int s = CHAN_DOWN; s <= CHAN_UP; s++)
		for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
			bool line = operations[i].op == LEG_OP_CONNECTED;
			int op = (int)operations[i].op, err;
			struct testleg *tl;
			struct channel *ch;

			if (!(operations[i].states & S(s)))
				continue;
			ch = in_state((enum channel_state)s, &tl);
			/* Once: legs of former rounds go by it until their grace period is over. */
			if (!bare.tech)
				bare = (struct leg_ops){ .tech = "Bare",
							 .release = tl->leg.ops->release,
							 .free = tl->leg.ops->free };
			tl->on[op] = FAIL_IT;
			tl->fail_errno = -EXFULL;
			assert_int_equal(in_task(ch, operation, &op), -EXFULL);
			assert_int_equal(in_task(ch, operation, &op), -EXFULL);
			assert_int_equal(info_of(ch).state, s);
			assert_string_equal(info_of(ch).connected.number, "");
			tl->leg.ops = &bare;
			err = in_task(ch, operation, &op);
			/* A line that cannot show it is no reason not to know it. */
			assert_int_equal(err, line ? 0 : -EOPNOTSUPP);
			assert_string_equal(info_of(ch).connected.number, line ? "4711" : "");
			in_state_end(ch, tl);
		}
}

static int send_digits(struct channel *ch, void *arg)
{
	return channel_send_digits(ch, arg);
}

static int send_dtmf(struct channel *ch, void *arg)
{
	return channel_send_dtmf(ch, arg, 100, 100);
}

static void digits_that_a_line_takes(void **state)
{
	char most[sizeof(((struct leg_signal *)0)->u.digits) + 1];
	struct testleg *tl;
	struct channel *ch = in_state(CHAN_DIALING, &tl);

	(void)state;
	memset(most, '1', sizeof(most));
	most[sizeof(most) - 1] = '\0';
	assert_int_equal(in_task(ch, send_digits, most), -EINVAL);
	assert_int_equal(in_task(ch, send_dtmf, most), -EINVAL);
	most[sizeof(most) - 2] = '\0';
	assert_int_equal(in_task(ch, send_digits, most), 0);
	assert_int_equal(in_task(ch, send_dtmf, most), 0);
	assert_int_equal(in_task(ch, send_digits, (void *)""), -EINVAL);
	assert_int_equal(in_task(ch, send_dtmf, (void *)""), -EINVAL);
	assert_int_equal(in_task(ch, send_digits, (void *)"0123456789*#"), 0);
	assert_int_equal(in_task(ch, send_digits, (void *)"1A"), -EINVAL);
	assert_int_equal(in_task(ch, send_dtmf, (void *)"0123456789*#ABCDabcd"), 0);
	assert_int_equal(in_task(ch, send_dtmf, (void *)"1e"), -EINVAL);
	in_state_end(ch, tl);
	/* One that was called is not dialled. */
	tl = testleg_new(false);
	leg_get(&tl->leg);
	ch = chan_new(tl, "it");
	assert_int_equal(in_task(ch, operation, &(int){ LEG_OP_DIAL }), -EINVAL);
	in_state_end(ch, tl);
}

/* --- signals --------------------------------------------------------------------------------- */

#define LIVE (S(CHAN_DOWN) | TALKS)
#define SAME CHAN_STATES
#define NONE -1

static const struct {
	enum leg_signal_type type;
	unsigned int states;
	enum channel_state next;
	int notice, event;
} signals[] = {
	{ LEG_INCOMING, S(CHAN_DOWN), CHAN_RING, NOTICE_INCOMING, EVENT_CHANNEL_STATE },
	{ LEG_DIGITS, S(CHAN_RING), SAME, NOTICE_DIGITS, EVENT_CHANNEL_DIGITS },
	{ LEG_PROCEEDING, S(CHAN_DIALING), CHAN_PROCEEDING, NOTICE_PROCEEDING,
	  EVENT_CHANNEL_STATE },
	{ LEG_PROGRESS, CALLING, SAME, NOTICE_PROGRESS, NONE },
	{ LEG_RINGING, S(CHAN_DIALING) | S(CHAN_PROCEEDING), CHAN_RINGING, NOTICE_RINGING,
	  EVENT_CHANNEL_STATE },
	{ LEG_ANSWERED, CALLING | S(CHAN_RING), CHAN_UP, NOTICE_ANSWERED, EVENT_CHANNEL_STATE },
	{ LEG_DTMF, LIVE, SAME, NOTICE_DTMF, NONE },
	{ LEG_HOLD, S(CHAN_UP), SAME, NOTICE_HOLD, EVENT_CHANNEL_HOLD },
	{ LEG_UNHOLD, S(CHAN_UP), SAME, NOTICE_UNHOLD, EVENT_CHANNEL_UNHOLD },
	{ LEG_CONNECTED, LIVE, SAME, NOTICE_CONNECTED, EVENT_CHANNEL_CALLER },
	{ LEG_MEDIA_READY, LIVE, SAME, NOTICE_MEDIA, NONE },
	{ LEG_MEDIA_LOST, LIVE | S(CHAN_ENDING), SAME, NONE, NONE },
};

static void each_signal_in_each_state(void **state)
{
	(void)state;
	for (int s = CHAN_DOWN; s <= CHAN_ENDING; s++)
		for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
			bool heard = signals[i].states & S(s);
			bool media = signals[i].type == LEG_MEDIA_LOST;
			bool moves = heard && signals[i].next != SAME;
			struct testleg *tl;
			struct channel *ch = in_state((enum channel_state)s, &tl);
			uint32_t seen = events_all(), now;

			atomic_store(&tl->leg.ep.ready, media);
			testleg_say(tl, signals[i].type);
			now = events_all() - 1; /* but for our own */
			if (told != (heard && signals[i].notice != NONE) ||
			    (told && last_told != signals[i].notice) ||
			    now - seen != (heard && signals[i].event != NONE) ||
			    (now > seen && events[seen]->type != signals[i].event) ||
			    info_of(ch).state != (moves ? (int)signals[i].next : s))
				fail_msg("signal %d in state %d", (int)signals[i].type, s);
			if (media || signals[i].type == LEG_MEDIA_READY)
				assert_int_equal(atomic_load(&tl->leg.ep.ready), heard != media);
			in_state_end(ch, tl);
			events_forget();
		}
}

static void operations_that_come_to_nothing(void **state)
{
	(void)state;
	for (int op = 0; op <= LEG_OPS; op++) {
		bool ends = op == LEG_OP_DIAL || op == LEG_OP_ANSWER || op == LEG_OPS;
		struct testleg *tl;
		struct channel *ch = in_state(CHAN_UP, &tl);
		struct leg_signal *sig = leg_signal_new(LEG_OP_FAILED);

		sig->u.failed.op = (uint8_t)op;
		sig->u.failed.err = -ENETDOWN;
		leg_signal(&tl->leg, sig);
		settle();
		assert_int_equal(info_of(ch).state, ends ? CHAN_DEAD : CHAN_UP);
		assert_int_equal(last_told, ends ? NOTICE_ENDING : NOTICE_FAILED);
		assert_int_equal(told, 1);
		if (ends)
			assert_int_equal(info_of(ch).cause, CAUSE_NET_OUT_OF_ORDER);
		in_state_end(ch, tl);
	}
}

/* --- causes ---------------------------------------------------------------------------------- */

static int hang_up(struct channel *ch, void *arg)
{
	channel_hangup(ch, *(int *)arg);
	return 0;
}

static void causes_of_the_end(void **state)
{
	static const struct {
		int cause, posted, not_posted;
	} cases[] = {
		{ 0, 16, 31 }, { -5, 16, 31 }, { 1, 1, 1 }, { 127, 127, 127 }, { 128, 31, 31 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int how = 0; how < 3; how++) {
			int cause = cases[i].cause;
			struct testleg *tl;
			struct channel *ch = in_state(CHAN_UP, &tl);
			int want = cases[i].not_posted;

			if (how == 1)
				want = cases[i].posted;
			if (how == 0)
				assert_int_equal(in_task(ch, hang_up, &cause), 0);
			else if (how == 1)
				channel_post_hangup(ch, cause);
			else
				leg_hangup(&tl->leg, cause);
			leg_hangup(&tl->leg, 42); /* the first counts */
			settle();
			assert_int_equal(info_of(ch).cause, want);
			assert_int_equal(atomic_load(&tl->release_cause), want);
			in_state_end(ch, tl);
		}
}

static void causes_and_errors(void **state)
{
	static const int causes[][2] = {
		{ -ENOENT, 1 }, { -EINVAL, 28 }, { -EBUSY, 34 }, { -ENETDOWN, 38 }, { -ENODEV, 38 },
		{ -EAGAIN, 42 }, { -ENOMEM, 42 }, { -ENFILE, 42 }, { -EOPNOTSUPP, 79 },
		{ -ETIMEDOUT, 102 }, { -EIO, 41 },
	};
	static const int errors[][2] = {
		{ 1, -ENOENT }, { 2, -ENOENT }, { 3, -ENOENT }, { 22, -ENOENT }, { 28, -EINVAL },
		{ 17, -EBUSY }, { 34, -EBUSY }, { 44, -EBUSY }, { 47, -EBUSY }, { 21, -EPERM },
		{ 27, -ENETDOWN }, { 38, -ENETDOWN }, { 42, -EAGAIN }, { 63, -EOPNOTSUPP },
		{ 79, -EOPNOTSUPP }, { 16, -EIO }, { 0, -EIO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		assert_int_equal(leg_errno_cause(causes[i][0]), causes[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_int_equal(leg_cause_errno(errors[i][0]), errors[i][1]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_operation_in_each_state),
		T(each_operation_that_cannot_be),
		T(digits_that_a_line_takes),
		T(each_signal_in_each_state),
		T(operations_that_come_to_nothing),
		T(causes_of_the_end),
		cmocka_unit_test(causes_and_errors),
	};

	tests_chosen();
	return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}

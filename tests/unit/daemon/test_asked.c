// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events are made for who asks for them. Those that nobody asked for are counted all the same: in
 * the numbers of the others, and as what befell channels.
 */
#include "tests/unit/daemon/world.h"

static uint32_t heard;	/* atomic */
static uint64_t last_seq; /* atomic */
static uint32_t last_type; /* atomic */

static void deliver(struct event_sub *sub, struct event *event)
{
	(void)sub;
	atomic_store(&last_seq, event->seq);
	atomic_store(&last_type, event->type);
	atomic_add(&heard, 1);
}

static uint32_t over; /* atomic */

static void gone(struct event_sub *sub)
{
	(void)sub;
	atomic_add(&over, 1);
}

static int setup(void **state)
{
	heard = over = 0;
	world_deaf = true;
	return world_setup(state);
}

static int teardown(void **state)
{
	int err = world_teardown(state);

	world_deaf = false;
	return err;
}

static int set_var(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_set_var(ch, "A", "1");
}

static void say_digit(struct channel *ch, struct testleg *tl)
{
	struct leg_signal *sig = leg_signal_new(LEG_DTMF);

	(void)ch;
	assert_non_null(sig);
	strcpy(sig->u.digits, "7");
	leg_signal(&tl->leg, sig);
	settle();
}

/* The event thread is in no hurry: a moment without one is a sign, not a proof. */
static void nothing_more(uint32_t than)
{
	usleep(20000);
	assert_int_equal(atomic_load(&heard), than);
}

static void only_what_is_asked_for_is_made(void **state)
{
	static struct event_sub sub = { .deliver = deliver, .gone = gone };
	struct testleg *tl;
	struct channel *ch = chan_up(NULL, "1", &tl);
	uint64_t seq;

	(void)state;
	event_subscribe(&sub, EVENT_BIT(EVENT_CHANNEL_DTMF));
	say_digit(ch, tl);
	until(atomic_load(&heard) == 1);
	seq = atomic_load(&last_seq);
	assert_true(seq > 1); /* of the call's beginning nobody was told */
	for (int i = 0; i < 3; i++)
		assert_int_equal(in_task(ch, set_var, NULL), 0);
	nothing_more(1);
	say_digit(ch, tl);
	until(atomic_load(&heard) == 2);
	assert_int_equal(atomic_load(&last_seq), seq + 4);

	/* From the request on all, without a gap. */
	event_ask(&sub, EVENT_ALL);
	assert_int_equal(in_task(ch, set_var, NULL), 0);
	until(atomic_load(&heard) == 3);
	assert_int_equal(atomic_load(&last_seq), seq + 5);
	assert_int_equal(atomic_load(&last_type), EVENT_CHANNEL_VAR);
	event_ask(&sub, EVENT_NONE);
	assert_int_equal(in_task(ch, set_var, NULL), 0);
	say_digit(ch, tl);
	nothing_more(3);

	/* Who has gone asks for nothing; who is there hears on. */
	event_ask(&sub, EVENT_ALL);
	event_unsubscribe(&sub);
	until(atomic_load(&over));
	assert_int_equal(in_task(ch, set_var, NULL), 0);
	event_subscribe(&sub, EVENT_BIT(EVENT_CHANNEL_DTMF));
	assert_int_equal(in_task(ch, set_var, NULL), 0);
	say_digit(ch, tl);
	until(atomic_load(&heard) == 4);
	assert_int_equal(atomic_load(&last_seq), seq + 10);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

static void what_befell_channels_is_counted_untold(void **state)
{
	struct event_counts before, after;
	struct testleg *tl;
	struct channel *ch;

	(void)state;
	event_counts_read(&before);
	ch = chan_up(NULL, "1", &tl);
	channel_post_hangup(ch, CAUSE_BUSY);
	settle();
	event_counts_read(&after);
	assert_int_equal(after.created[0] + after.created[1],
			 before.created[0] + before.created[1] + 1);
	assert_int_equal(after.destroyed[CAUSE_BUSY], before.destroyed[CAUSE_BUSY] + 1);
	assert_int_equal(after.moved, before.moved);
	channel_put(ch);
}

/* --- one asks and ceases to, while events are made -------------------------------------------- */

#define ROUNDS 300

static uint64_t before_seq; /* the event thread's: of the event before; 0: begun anew */
static uint32_t gaps, marks; /* atomic */

/* Between the first mark and the second of a round all is asked for. */
static void look_for_gaps(struct event_sub *sub, struct event *event)
{
	bool mark = event->type == EVENT_CPU_REACHED;

	(void)sub;
	if (before_seq && event->seq != before_seq + 1)
		atomic_add(&gaps, 1);
	if (before_seq || mark)
		before_seq = event->seq;
	if (mark && atomic_add(&marks, 1) % 2 == 0)
		before_seq = 0;
}

static uint32_t working; /* atomic */

static void work(void *arg)
{
	while (atomic_load(&working))
		in_task(arg, set_var, NULL);
}

static void numbers_have_no_gaps_for_who_asks_for_all(void **state)
{
	static struct event_sub sub = { .deliver = look_for_gaps, .gone = gone };
	struct tthread workers[2];
	struct channel *ch[2];
	struct testleg *tl;

	(void)state;
	before_seq = 0;
	gaps = marks = 0;
	working = 1;
	event_subscribe(&sub, EVENT_NONE);
	for (int i = 0; i < 2; i++) {
		ch[i] = chan_up(NULL, "1", &tl);
		assert_int_equal(tthread_start(&workers[i], TTHREAD_USER, "work", work, ch[i]), 0);
	}
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		event_ask(&sub, EVENT_ALL);
		event_cpu(true, 1, 2, 3);
		usleep(100);
		event_cpu(true, 1, 2, 3);
		until(atomic_load(&marks) == 2 * i);
		event_ask(&sub, EVENT_NONE);
	}
	atomic_store(&working, 0);
	for (int i = 0; i < 2; i++) {
		tthread_join(&workers[i]);
		channel_post_hangup(ch[i], CAUSE_NORMAL);
		channel_put(ch[i]);
	}
	assert_int_equal(gaps, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_what_is_asked_for_is_made),
		T(what_befell_channels_is_counted_untold),
		T(numbers_have_no_gaps_for_who_asks_for_all),
	};

	tests_chosen();
	world_threads = 3;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

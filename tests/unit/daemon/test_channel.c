// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels: life, states, signals, hang-up that cannot fail, look-ups, events.
 */
#include <stdio.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/world.h"

static int do_answer(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_answer(ch);
}

static int do_ringing(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_ringing(ch);
}

static int do_dial(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_dial(ch);
}

static int do_hold(struct channel *ch, void *arg)
{
	(void)arg;
	return channel_hold(ch);
}

static int do_digits(struct channel *ch, void *arg)
{
	return channel_send_digits(ch, arg);
}

static int attach_nothing(struct channel *ch, const struct leg_signal *sig)
{
	(void)ch;
	(void)sig;
	return 0;
}

static void a_call_comes_in_and_is_answered(void **state)
{
	struct testleg *tl = testleg_new(false);
	struct channel *ch = chan_new(tl, "in-1");

	(void)state;
	channel_set_default_controller(attach_nothing);
	assert_int_equal(in_task(ch, do_answer, NULL), -EINVAL);
	testleg_incoming(tl, "4711", "2001");
	settle();
	assert_int_equal(info_of(ch).state, CHAN_RING);
	assert_string_equal(info_of(ch).exten, "2001");
	assert_string_equal(info_of(ch).caller.number, "4711");
	assert_int_equal(in_task(ch, do_ringing, NULL), 0);
	tl->on[LEG_OP_ANSWER] = KEEP_IT;
	assert_int_equal(in_task(ch, do_answer, NULL), 0);
	assert_int_equal(in_task(ch, do_answer, NULL), 0); /* asked once only */
	assert_int_equal(info_of(ch).state, CHAN_RING);
	testleg_play(tl, LEG_OP_ANSWER);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_UP);
	assert_int_equal(tl->asked[LEG_OP_ANSWER], 1);
	assert_int_equal(in_task(ch, do_ringing, NULL), -EINVAL);
	assert_int_equal(in_task(ch, do_dial, NULL), -EINVAL);
	leg_hangup(&tl->leg, 17);
	settle();
	until(events_of(EVENT_CHANNEL_DESTROYED, 0) == 1);
	assert_int_equal(info_of(ch).cause, 17);
	assert_int_equal(in_task(ch, do_answer, NULL), -ENODEV);
	assert_null(channel_by_name("in-1"));
	channel_put(ch);
}

static void nobody_wants_it(void **state)
{
	struct testleg *tl = testleg_new(false);
	struct channel *ch;

	(void)state;
	leg_get(&tl->leg);
	ch = chan_new(tl, NULL);
	testleg_incoming(tl, "1", "2");
	settle();
	assert_int_equal(atomic_load(&tl->release_cause), CAUSE_UNALLOCATED);
	channel_put(ch);
	leg_put(&tl->leg);
}

static void a_call_goes_out(void **state)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "out-1" };
	const char *reason = NULL;
	struct channel *ch, *other;

	(void)state;
	assert_int_equal(channel_originate("Nothing/1", &req, &params, &ch, &reason), -EINVAL);
	assert_string_equal(reason, "there is no such technology");
	assert_int_equal(channel_originate("Test", &req, &params, &ch, &reason), -EINVAL);
	testleg_request_err = -ENETDOWN;
	assert_int_equal(channel_originate("Test/5", &req, &params, &ch, &reason), -ENETDOWN);
	testleg_request_err = 0;
	assert_int_equal(channel_originate("Test/5", &req, &params, &ch, &reason), 0);
	struct testleg *tl = testleg_last;

	assert_int_equal(channel_originate("Test/6", &req, &params, &other, &reason), -EEXIST);
	assert_int_equal(channel_post_dial(ch), 0);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_PROCEEDING);
	assert_int_equal(in_task(ch, do_digits, (void *)"12"), 0);
	assert_int_equal(in_task(ch, do_digits, (void *)"1x"), -EINVAL);
	assert_string_equal(tl->digits, "12");
	testleg_say(tl, LEG_RINGING);
	testleg_say(tl, LEG_ANSWERED);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_UP);
	testleg_say(tl, LEG_RINGING); /* makes no sense any more */
	settle();
	assert_int_equal(info_of(ch).state, CHAN_UP);
	tl->on[LEG_OP_HOLD] = FAIL_IT;
	tl->fail_errno = -EOPNOTSUPP;
	assert_int_equal(in_task(ch, do_hold, NULL), -EOPNOTSUPP);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_post_hangup(ch, CAUSE_BUSY);
	settle();
	assert_int_equal(info_of(ch).cause, CAUSE_NORMAL);
	channel_put(ch);
}

static void look_ups(void **state)
{
	struct testleg *tl = testleg_new(true);
	struct channel *ch = chan_new(tl, "name-me"), *found;
	char other[CHANNEL_NAME_LEN + 8];

	(void)state;
	found = channel_by_id(channel_id(ch));
	assert_ptr_equal(found, ch);
	channel_put(found);
	found = channel_by_name("name-me");
	assert_ptr_equal(found, ch);
	channel_put(found);
	found = channel_by_name(channel_name(ch));
	assert_ptr_equal(found, ch);
	channel_put(found);
	assert_null(channel_by_id(channel_id(ch) + 1));
	assert_null(channel_by_name("name"));
	/* Its id alone does not make a name. */
	snprintf(other, sizeof(other), "Test/y-%08llx", (unsigned long long)channel_id(ch));
	assert_null(channel_by_name(other));
	snprintf(other, sizeof(other), "%sg", channel_name(ch));
	assert_null(channel_by_name(other));
	snprintf(other, sizeof(other), "%s", channel_name(ch));
	*strrchr(other, '-') = '\0';
	assert_null(channel_by_name(other));
	assert_null(channel_by_name("/"));
	channel_post_hangup(ch, CAUSE_NORMAL);
	settle();
	assert_null(channel_by_id(channel_id(ch)));
	assert_null(channel_by_name("name-me"));
	assert_null(channel_by_name(channel_name(ch)));
	channel_put(ch);
}

/* A name that is not given is made of the leg; one that could be an id of the API is refused. */
static void names(void **state)
{
	struct testleg *tl = testleg_new(true);
	struct channel_params params = { .name = "slash" };
	struct channel *ch, *found;
	char name[CHANNEL_NAME_LEN];

	(void)state;
	assert_int_equal(channel_create(&params, &tl->leg, &ch), -EINVAL);
	params.name = NULL;
	assert_int_equal(channel_create(&params, &tl->leg, &ch), 0);
	snprintf(name, sizeof(name), "Test/%s-%08llx", tl->leg.label,
		 (unsigned long long)channel_id(ch));
	assert_string_equal(channel_name(ch), name);
	found = channel_by_name(name);
	assert_ptr_equal(found, ch);
	channel_put(found);
	leg_put(&tl->leg);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

static void a_bad_sid_is_refused(void **state)
{
	static const char *const bad[] = { "", "a b", "a/b", "x?y",
					   "0123456789012345678901234567890123456789" };
	struct testleg *tl = testleg_new(true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct channel_params params = { .sid = bad[i] };

		assert_int_equal(channel_create(&params, &tl->leg, NULL), -EINVAL);
	}
	leg_put(&tl->leg);
}

/* S18: a release that fails at once. */
static void s18_release_fails(void **state)
{
	struct testleg *tl;
	struct channel *ch = chan_up("s18a", "1", &tl);

	(void)state;
	leg_get(&tl->leg);
	tl->on[LEG_OP_RELEASE] = FAIL_IT;
	channel_post_hangup(ch, CAUSE_NORMAL);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_DEAD);
	assert_int_equal(leg_quarantine_count(), 1);
	until(events_of(EVENT_LEG_QUARANTINED, 0) == 1);
	leg_released(&tl->leg);
	assert_int_equal(leg_quarantine_count(), 0);
	leg_put(&tl->leg);
	channel_put(ch);
}

static bool every_leg(const struct leg *leg, void *arg)
{
	(void)leg;
	(void)arg;
	return true;
}

/*
 * S17, S18: a release that never comes back: the channel ends, and counts are right at once. Its
 * time is over when the test says so, and not while it looks.
 */
static void s17_s18_release_never_returns(void **state)
{
	struct testleg *tl;
	struct channel *ch;

	(void)state;
	channel_release_timeout_ns = 3600 * NSEC_PER_SEC;
	ch = chan_up("s18b", "1", &tl);
	leg_get(&tl->leg);
	tl->on[LEG_OP_RELEASE] = LOSE_IT;
	assert_int_equal(channel_count(every_leg, NULL), 1);
	channel_post_hangup(ch, CAUSE_NORMAL);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_ENDING);
	assert_true(ttimer_cancel(&timer_sched, &ch->release_timer));
	assert_true(ch->release_timer.when > tnow());
	assert_int_equal(ttimer_start(&timer_sched, &ch->release_timer, 0), 0);
	until(info_of(ch).state == CHAN_DEAD);
	settle();
	assert_int_equal(channel_count(every_leg, NULL), 0);
	assert_int_equal(leg_quarantine_count(), 1);
	leg_released(&tl->leg);
	assert_int_equal(leg_quarantine_count(), 0);
	leg_put(&tl->leg);
	channel_put(ch);
}

static void released_without_being_asked(void **state)
{
	struct testleg *tl;
	struct channel *ch = chan_up(NULL, "1", &tl);

	(void)state;
	leg_get(&tl->leg);
	tl->on[LEG_OP_RELEASE] = LOSE_IT;
	leg_released(&tl->leg);
	settle();
	assert_int_equal(info_of(ch).state, CHAN_DEAD);
	assert_int_equal(info_of(ch).cause, CAUSE_NET_OUT_OF_ORDER);
	leg_put(&tl->leg);
	channel_put(ch);
}

static void what_was_said_before_the_end_is_heard(void **state)
{
	struct testleg *tl = testleg_new(true);
	struct channel *ch = chan_new(tl, NULL);
	uint64_t id = channel_id(ch);

	(void)state;
	assert_int_equal(channel_post_dial(ch), 0);
	settle();
	testleg_say(tl, LEG_RINGING);
	testleg_say(tl, LEG_ANSWERED);
	leg_hangup(&tl->leg, CAUSE_NORMAL);
	settle();
	until(events_of(EVENT_CHANNEL_DESTROYED, id) == 1);
	/* Dialing, Proceeding, Ringing, Up */
	assert_int_equal(events_of(EVENT_CHANNEL_STATE, id), 4);
	channel_put(ch);
}

static void a_failed_dial_ends_the_call(void **state)
{
	struct testleg *tl = testleg_new(true);
	struct channel *ch;

	(void)state;
	tl->on[LEG_OP_DIAL] = FAIL_IT;
	tl->fail_errno = -EBUSY;
	ch = chan_new(tl, NULL);
	assert_int_equal(channel_post_dial(ch), 0);
	settle();
	assert_int_equal(info_of(ch).cause, CAUSE_NO_CIRCUIT);
	assert_int_equal(info_of(ch).state, CHAN_DEAD);
	channel_put(ch);
}

static int set_vars(struct channel *ch, void *arg)
{
	(void)arg;
	assert_int_equal(channel_set_var(ch, "A", "1"), 0);
	assert_int_equal(channel_set_var(ch, "A", "2"), 0);
	assert_int_equal(channel_set_var(ch, "", "2"), -EINVAL);
	assert_string_equal(channel_var(ch, "A"), "2");
	assert_null(channel_var(ch, "B"));
	return 0;
}

static void variables(void **state)
{
	struct testleg *tl;
	struct channel *ch = chan_up(NULL, "1", &tl);

	(void)state;
	assert_int_equal(in_task(ch, set_vars, NULL), 0);
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

/* S17: one channel's task is stuck; the others and the lists go on. */
static uint32_t stuck_in, stuck_go;

static int stuck(struct serializer_call *call, void *arg)
{
	(void)arg;
	atomic_store(&stuck_in, 1);
	while (!atomic_load(&stuck_go) && !serializer_call_abandoned(call))
		usleep(1000);
	while (!atomic_load(&stuck_go))
		usleep(1000);
	return 0;
}

static void hold_it(void *arg)
{
	serializer_call(channel_serializer(arg), stuck, NULL, NULL, tnow() + patience_ns());
}

static int count_channels(struct channel *ch, void *arg)
{
	struct channel_info info;

	channel_info_read(ch, &info);
	++*(int *)arg;
	return 0;
}

static void list_them(void *arg)
{
	*(int *)arg = 0;
	channel_foreach(count_channels, arg);
}

static void s17_lists_do_not_wait_for_a_stuck_channel(void **state)
{
	struct testleg *tl[2];
	struct channel *a = chan_up("stuck", "1", &tl[0]), *b = chan_up("free", "2", &tl[1]);
	struct tthread thread;
	int n;

	(void)state;
	atomic_store(&stuck_in, 0);
	atomic_store(&stuck_go, 0);
	assert_int_equal(tthread_start(&thread, TTHREAD_USER, "stuck", hold_it, a), 0);
	until(atomic_load(&stuck_in));
	assert_true(promptly(list_them, &n));
	assert_int_equal(n, 2);
	if (world_threads > 1)
		assert_int_equal(in_task(b, set_vars, NULL), 0);
	atomic_store(&stuck_go, 1);
	tthread_join(&thread);
	channel_post_hangup(a, CAUSE_NORMAL);
	channel_post_hangup(b, CAUSE_NORMAL);
	channel_put(a);
	channel_put(b);
}

/* S13: a subscriber takes the application's lock, under which the application calls us. */
static tlock_t app_lock;
static uint32_t app_events;

static void app_deliver(struct event_sub *sub, struct event *event)
{
	(void)sub;
	(void)event;
	while (atomic_load(&app_lock.word))
		usleep(100);
	atomic_add(&app_events, 1);
}

static uint32_t app_gone;

static void app_sub_gone(struct event_sub *sub)
{
	(void)sub;
	atomic_store(&app_gone, 1);
}

static void s13_application_lock_against_events(void **state)
{
	struct event_sub sub = { .deliver = app_deliver, .gone = app_sub_gone };
	struct testleg *tl;
	struct channel *ch = chan_up(NULL, "1", &tl);

	(void)state;
	app_events = 0;
	app_gone = 0;
	event_subscribe(&sub, EVENT_ALL);
	/* An application's lock is none of ours: a word will do. */
	atomic_store(&app_lock.word, 1);
	for (int i = 0; i < 50; i++)
		assert_int_equal(in_task(ch, set_vars, NULL), 0); /* makes events */
	atomic_store(&app_lock.word, 0);
	until(atomic_load(&app_events) >= 100);
	event_unsubscribe(&sub);
	until(atomic_load(&app_gone));
	channel_post_hangup(ch, CAUSE_NORMAL);
	channel_put(ch);
}

/* S10: look-ups, lists and ends of channels from many threads. */
#define CHURN 400

static uint32_t churning;

static void look(void *arg)
{
	(void)arg;
	while (atomic_load(&churning)) {
		int n = 0;
		struct channel *ch;

		channel_foreach(count_channels, &n);
		ch = channel_by_name("churn-7");
		if (ch) {
			struct channel_info info;

			channel_info_read(ch, &info);
			channel_post_hangup(ch, CAUSE_NORMAL);
			channel_put(ch);
		}
	}
}

static void s10_channels_come_and_go_under_look_ups(void **state)
{
	struct tthread thread[2];

	(void)state;
	atomic_store(&churning, 1);
	for (int t = 0; t < 2; t++)
		assert_int_equal(tthread_start(&thread[t], TTHREAD_USER, "look", look, NULL), 0);
	for (int i = 0; i < CHURN; i++) {
		char sid[32];
		struct testleg *tl = testleg_new(true);
		struct channel_params params = { .sid = sid };
		int err;

		snprintf(sid, sizeof(sid), "churn-%d", i % 16);
		do {
			struct channel *old;

			err = channel_create(&params, &tl->leg, NULL);
			old = err ? channel_by_name(sid) : NULL;
			if (old) {
				channel_post_hangup(old, CAUSE_NORMAL);
				channel_put(old);
			}
			usleep(100);
		} while (err == -EEXIST);
		assert_int_equal(err, 0);
		leg_put(&tl->leg);
	}
	atomic_store(&churning, 0);
	for (int t = 0; t < 2; t++)
		tthread_join(&thread[t]);
	for (int i = 0; i < 16; i++) {
		char sid[32];
		struct channel *ch;

		snprintf(sid, sizeof(sid), "churn-%d", i);
		ch = channel_by_name(sid);
		if (ch) {
			channel_post_hangup(ch, CAUSE_NORMAL);
			channel_put(ch);
		}
	}
}

/* The same by steps: who found it in the list still looks when all have let it go, its seat included. */
static int look_at_the_last(struct channel *ch, void *arg)
{
	struct channel_info before, after;

	channel_info_read(ch, &before);
	channel_post_hangup(ch, CAUSE_NORMAL);
	settle();
	assert_null(channel_by_name("last"));
	channel_put(ch);
	channel_info_read(ch, &after);
	assert_int_equal(after.id, before.id);
	assert_int_equal(after.state, CHAN_DEAD);
	++*(int *)arg;
	return 0;
}

static void s10_the_last_reference_goes_under_a_look_up(void **state)
{
	struct testleg *tl;
	int n = 0;

	(void)state;
	chan_up("last", "1", &tl);
	channel_foreach(look_at_the_last, &n);
	assert_int_equal(n, 1);
}

static void idle_channel_is_small(void **state)
{
	(void)state;
	print_message("channel %zu + seat %zu + leg %zu bytes\n", sizeof(struct channel),
		      sizeof(struct media_seat), sizeof(struct leg));
#ifndef TDM_LOCK_CHECK
	assert_true(sizeof(struct channel) + sizeof(struct media_seat) + sizeof(struct leg) <=
		    2048);
#endif
}

/* Ids differ in a few digits, and ascend: chains stay short all the same. */
static void hashes_spread(void **state)
{
	static uint8_t texts[32768], ids[16384];
	char text[CHANNEL_SID_LEN];

	(void)state;
	memset(texts, 0, sizeof(texts));
	memset(ids, 0, sizeof(ids));
	for (uint32_t i = 1; i <= 10000; i++) {
		snprintf(text, sizeof(text), "application-call-%08x", i);
		texts[hash_text(text) % sizeof(texts)]++;
		snprintf(text, sizeof(text), "1764075000.%u", i);
		texts[hash_text(text) % sizeof(texts)]++;
		ids[hash_id(i) % sizeof(ids)]++;
	}
	for (size_t i = 0; i < sizeof(texts); i++)
		assert_true(texts[i] < 10);
	for (size_t i = 0; i < sizeof(ids); i++)
		assert_true(ids[i] < 10);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_comes_in_and_is_answered),
		T(nobody_wants_it),
		T(a_call_goes_out),
		T(look_ups),
		T(names),
		T(a_bad_sid_is_refused),
		T(s18_release_fails),
		T(s17_s18_release_never_returns),
		T(released_without_being_asked),
		T(what_was_said_before_the_end_is_heard),
		T(a_failed_dial_ends_the_call),
		T(variables),
		T(s17_lists_do_not_wait_for_a_stuck_channel),
		T(s13_application_lock_against_events),
		T(s10_channels_come_and_go_under_look_ups),
		T(s10_the_last_reference_goes_under_a_look_up),
		T(idle_channel_is_small),
		T(hashes_spread),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snooping: who hears what of whom, period by period; what ends with what; and moves.
 *
 *	A --- B, snooped on at A; whoever snoops is bridged with S, a second one with T
 */
#include "daemon/call/channel_priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/snoop.h"
#include "tests/unit/daemon/conference.h"

#define RX   MEDIA_TAP_RX
#define TX   MEDIA_TAP_TX
#define BOTH (RX | TX)

enum { A, B, S, T, ALL };

static struct bridge *call, *ear[2];
static int say[ALL], heard[ALL];

struct asked {
	struct snoop_params params;
	struct channel *ch;
};

static int snoop_fn(struct channel *ch, void *arg)
{
	struct asked *a = arg;

	return channel_snoop(ch, &a->params, &a->ch);
}

static struct channel *snoop(struct channel *of, unsigned int spy, unsigned int whisper)
{
	struct asked a = { .params = { .spy = spy, .whisper = whisper, .app = "spies" } };
	struct channel_info info;

	assert_int_equal(in_task(of, snoop_fn, &a), 0);
	assert_int_equal(channel_post_dial(a.ch), 0);
	settle();
	info = info_of(a.ch);
	assert_int_equal(info.state, CHAN_UP);
	assert_memory_equal(info.name, "Snoop/", 6);
	assert_string_equal(info.app, "spies");
	return a.ch;
}

static int refused(struct channel *of, const char *sid)
{
	struct asked a = { .params = { .spy = BOTH, .whisper = BOTH, .sid = sid } };
	unsigned int were = living();
	int err = in_task(of, snoop_fn, &a);

	assert_null(a.ch);
	assert_int_equal(living(), were);
	assert_null(of->port.taps);
	assert_null(of->port.whispers);
	return err;
}

/* A bridge for the snoop and for party i. */
static void listen_by(int i, struct channel *snooping)
{
	struct bridge **br_of = &ear[i - S];

	if (!*br_of)
		assert_int_equal(bridge_create(NULL, NULL, false, br_of), 0);
	if (!info_of(who[i].ch).bridge)
		assert_int_equal(add(*br_of, who[i].ch), 0);
	assert_int_equal(add(*br_of, snooping), 0);
}

static void scene(void)
{
	static const char *const numbers[ALL] = { "1", "2", "3", "4" };

	at_once = true;
	for (int i = 0; i < ALL; i++) {
		party_add(numbers[i]);
		say[i] = -1;
	}
	call = party_bridge(A, B, false);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_KERNEL);
}

static bool ended(struct channel *ch)
{
	return info_of(ch).state == CHAN_DEAD;
}

static void end(struct channel *snooping)
{
	channel_post_hangup(snooping, CAUSE_NORMAL);
	until(ended(snooping));
	channel_put(snooping);
	settle();
}

static int hang_up_one(struct channel *ch, void *arg)
{
	(void)arg;
	channel_post_hangup(ch, CAUSE_NORMAL);
	return 0;
}

static void scene_over(void)
{
	channel_foreach(hang_up_one, NULL);
	until(!living());
	for (int i = 0; i < 2; i++)
		if (ear[i]) {
			end_bridge(ear[i]);
			ear[i] = NULL;
		}
	scene_end();
	trcu_barrier();
	assert_int_equal(tframe_alive(), 0);
}

static void go(void)
{
	period(say, heard, ALL);
}

/* --- who hears what -------------------------------------------------------------------------- */

static void spies(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	/* What comes alone can be had beside the kernel's path; all of it is octet by octet. */
	k = snoop(who[A].ch, RX, 0);
	listen_by(S, k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_KERNEL);
	say[B] = 0x31;
	for (int octet = 0; octet < 256; octet++) {
		say[A] = octet;
		go();
		assert_int_equal(heard[S], octet);
		assert_int_equal(heard[B], octet);
	}
	end(k);
	k = snoop(who[A].ch, TX, 0);
	listen_by(S, k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	say[A] = 0x31;
	for (int octet = 0; octet < 256; octet++) {
		say[B] = octet;
		go();
		assert_int_equal(heard[S], octet ? octet - 1 : 0xd5);
		assert_int_equal(heard[A], octet);
	}
	end(k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_KERNEL);
	k = snoop(who[A].ch, BOTH, 0);
	listen_by(S, k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	for (int i = 0; i < 200; i++) {
		say[A] = 7 * i % 256;
		say[B] = 11 * i % 256;
		go();
		if (i) {
			int was = 11 * (i - 1) % 256;

			assert_int_equal(heard[S], say[A] == 0xd5 ? was :
					 was == 0xd5 ? say[A] : sum_of(say[A], was));
		}
	}
	/* Who speaks alone is heard octet by octet. */
	say[B] = -1;
	go();
	for (int octet = 0; octet < 256; octet++) {
		say[A] = octet;
		go();
		assert_int_equal(heard[S], octet);
	}
	end(k);
	scene_over();
}

static void whispers(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	k = snoop(who[A].ch, 0, TX);
	listen_by(S, k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	for (int i = 0; i < 3; i++) {
		go();
		assert_int_equal(heard[A], sum_of(50, 60));
		assert_int_equal(heard[B], 40);
		assert_int_equal(heard[S], 0xd5); /* it does not spy */
	}
	say[B] = -1;
	for (int octet = 0; octet < 256; octet++) {
		say[S] = octet;
		go();
		assert_int_equal(heard[A], octet);
	}
	end(k);
	k = snoop(who[A].ch, 0, RX);
	listen_by(S, k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	say[B] = 50;
	for (int i = 0; i < 3; i++) {
		say[A] = 40 + i;
		say[S] = 60 + i;
		go();
		assert_int_equal(heard[A], 50);
		assert_int_equal(heard[B], i ? sum_of(40 + i, 59 + i) : 40);
	}
	end(k);
	k = snoop(who[A].ch, BOTH, BOTH);
	listen_by(S, k);
	for (int i = 0; i < 3; i++) {
		go();
		assert_int_equal(heard[A], sum_of(50, 62));
		assert_int_equal(heard[B], i ? sum_of(42, 62) : 42);
		assert_int_equal(heard[S], i ? sum_of(42, 50) : 42); /* not itself */
	}
	/* Who is deaf by request does not hear it either. */
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	atomic_store(&who[A].ch->port.muted, TX);
	go();
	assert_int_equal(heard[A], -1);
	atomic_store(&who[A].ch->port.muted, 0);
	end(k);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_KERNEL);
	scene_over();
}

/* Digital octets are left alone. */
static void clear_is_clear(void **state)
{
	struct media_view view;
	struct channel *k;
	struct tframe *f;

	(void)state;
	scene();
	k = snoop(who[A].ch, 0, BOTH);
	listen_by(S, k);
	say[S] = 60;
	go();
	speak(who[S].leg, 60);
	trcu_read_lock();
	f = tframe_alloc();
	f->octets = 160;
	f->format = MEDIA_CLEAR;
	memset(f->data, 40, 160);
	media_view_load(&who[A].leg->leg.ep, &view);
	media_push(&view, f);
	f = tframe_alloc();
	f->octets = 160;
	f->format = MEDIA_CLEAR;
	memset(f->data, 50, 160);
	media_view_load(&who[B].leg->leg.ep, &view);
	media_push(&view, f);
	trcu_read_unlock();
	assert_int_equal(hear(who[B].leg), 40);
	assert_int_equal(hear(who[A].leg), 50);
	end(k);
	scene_over();
}

/* In which nothing comes: neither what was sent meanwhile nor what waits is heard later. */
static void nothing_waits(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	k = snoop(who[A].ch, BOTH, BOTH);
	listen_by(S, k);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	go();
	for (int i = 0; i < 9; i++) {
		say[A] = -1;
		say[B] = 100 + i;
		say[S] = 110 + i;
		go();
		assert_int_equal(heard[A], 100 + i); /* the snoop's line stands still */
		assert_int_equal(heard[S], -1);
	}
	for (int i = 0; i < 12; i++) {
		say[A] = 40;
		say[B] = 50 + i;
		say[S] = 70 + i;
		go();
		assert_int_equal(heard[A], sum_of(say[B], say[S]));
		assert_int_equal(heard[S], sum_of(40, i ? 49 + i : 108));
	}
	end(k);
	scene_over();
}

static void two_at_once(void **state)
{
	struct channel *k, *l;

	(void)state;
	scene();
	k = snoop(who[A].ch, BOTH, TX);
	l = snoop(who[A].ch, TX, BOTH);
	listen_by(S, k);
	listen_by(T, l);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	say[T] = 70;
	for (int i = 0; i < 3; i++) {
		go();
		assert_int_equal(heard[A], sum_of(sum_of(50, 70), 60));
		assert_int_equal(heard[B], i ? sum_of(40, 70) : 40);
		assert_int_equal(heard[S], i ? sum_of(40, 50) : 40);
		assert_int_equal(heard[T], i ? 50 : 0xd5);
	}
	end(k);
	go();
	assert_int_equal(heard[A], sum_of(50, 70));
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_USER);
	end(l);
	go();
	assert_int_equal(heard[A], 50);
	assert_int_equal(bridge_info_of(call).path, BRIDGE_PATH_KERNEL);
	scene_over();
}

static void one_on_another(void **state)
{
	struct channel *k[SNOOP_DEPTH];

	(void)state;
	scene();
	k[0] = snoop(who[A].ch, BOTH, TX);
	k[1] = snoop(k[0], BOTH, TX);
	listen_by(S, k[0]);
	listen_by(T, k[1]);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	say[T] = 70;
	for (int i = 0; i < 3; i++) {
		go();
		assert_int_equal(heard[A], sum_of(50, sum_of(60, 70)));
		assert_int_equal(heard[S], i ? sum_of(40, 50) : 40);
		assert_int_equal(heard[T], i ? sum_of(sum_of(40, 50), 60) : 40);
	}
	for (int i = 2; i < SNOOP_DEPTH; i++)
		k[i] = snoop(k[i - 1], RX, 0);
	assert_int_equal(refused(k[SNOOP_DEPTH - 1], NULL), -ELOOP);
	/* All end after the one on which all of it stands. */
	channel_post_hangup(who[A].ch, CAUSE_NORMAL);
	for (int i = 0; i < SNOOP_DEPTH; i++) {
		until(ended(k[i]));
		channel_put(k[i]);
	}
	scene_over();
}

/* A conference sees who snoops as it sees a line. */
static void in_a_conference(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	k = snoop(who[A].ch, RX, TX);
	assert_int_equal(bridge_create_type(BRIDGE_MIXING, NULL, NULL, false, &ear[0]), 0);
	assert_int_equal(add(ear[0], who[S].ch), 0);
	assert_int_equal(add(ear[0], who[T].ch), 0);
	assert_int_equal(add(ear[0], k), 0);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	say[T] = 70;
	for (int i = 0; i < 3; i++) {
		go();
		assert_int_equal(heard[A], sum_of(50, sum_of(60, 70)));
		assert_int_equal(heard[S], sum_of(40, 70));
		assert_int_equal(heard[T], sum_of(40, 60));
	}
	end(k);
	scene_over();
}

static int router(struct channel *ch, const struct leg_signal *sig)
{
	struct connect_params params = { .endpoint = "Test/9" };
	const char *reason = NULL;

	(void)sig;
	return channel_connect(ch, &params, &reason) ? CAUSE_UNALLOCATED : 0;
}

/* S - l ~ m - lb, where ~ is the pair; T listens at l, whose line is lb as others hear it. */
static void behind_a_local_pair(void **state)
{
	struct leg_request req = { .timeout_ms = 0 };
	struct channel_params params = { .sid = "local" };
	struct channel *l, *k;
	struct testleg *lb;

	(void)state;
	scene();
	channel_set_default_controller(router);
	assert_int_equal(channel_originate("Local/12345", &req, &params, &l, NULL), 0);
	assert_int_equal(channel_post_dial(l), 0);
	settle();
	lb = testleg_last;
	testleg_say(lb, LEG_ANSWERED);
	settle();
	listen_by(S, l);
	k = snoop(l, BOTH, TX);
	listen_by(T, k);
	say[S] = 60;
	say[T] = 70;
	for (int i = 0; i < 3; i++) {
		speak(lb, 90);
		go();
		assert_int_equal(hear(lb), sum_of(60, 70));
		assert_int_equal(heard[S], 90);
		assert_int_equal(heard[T], i ? sum_of(90, 60) : 90);
	}
	end(k);
	channel_put(l);
	scene_over();
}

/* --- ends and moves -------------------------------------------------------------------------- */

static uint32_t event_at(enum event_type type, struct channel *ch)
{
	uint32_t n = events_all(), i = 0;

	while (i < n && !(events[i]->type == type && events[i]->chan.id == channel_id(ch)))
		i++;
	assert_true(i < n);
	return i;
}

static void ends_after_the_other(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	k = snoop(who[A].ch, BOTH, BOTH);
	listen_by(S, k);
	channel_post_hangup(who[A].ch, CAUSE_NORMAL);
	until(ended(k));
	settle();
	assert_int_equal(info_of(who[S].ch).state, CHAN_UP);
	assert_int_equal(info_of(who[B].ch).state, CHAN_UP);
	assert_true(event_at(EVENT_CHANNEL_DESTROYED, who[A].ch) <
		    event_at(EVENT_CHANNEL_HANGUP_REQUEST, k));
	event_at(EVENT_CHANNEL_DESTROYED, k);
	assert_int_equal(refused(who[A].ch, NULL), -ENODEV);
	assert_int_equal(refused(who[B].ch, "with/slash"), -EINVAL);
	assert_int_equal(refused(who[B].ch, channel_sid(who[S].ch)), -EEXIST);
	channel_put(k);
	scene_over();
}

/* It stays with the channel, whichever leg that has. */
static void move_of_the_other(void **state)
{
	struct channel *k, *c;
	struct testleg *lc;

	(void)state;
	scene();
	c = up("c", "9", &lc);
	leg_get(&lc->leg);
	k = snoop(who[A].ch, BOTH, TX);
	listen_by(S, k);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	go();
	go();
	assert_int_equal(heard[S], sum_of(40, 50));
	lc->leg.ep.addr.clock = 7;
	assert_int_equal(move(who[A].ch, c), 0);
	for (int i = 0; i < 3; i++) {
		speak(lc, 90);
		say[A] = 33; /* it sits nowhere now */
		go();
		assert_int_equal(heard[A], -1);
		assert_int_equal(hear(lc), sum_of(50, 60));
		assert_int_equal(heard[B], 90);
		assert_int_equal(heard[S], sum_of(90, 50));
	}
	assert_false(ended(k));
	assert_int_equal(rcu_ptr_load(&k->leg)->ep.addr.clock, 7);
	channel_post_hangup(who[A].ch, CAUSE_NORMAL);
	until(ended(k));
	channel_put(k);
	channel_put(c);
	channel_foreach(hang_up_one, NULL);
	until(!living());
	leg_put(&lc->leg);
	scene_over();
}

/* A channel goes on with the leg that snoops on it: it hears nobody, and ends as others do. */
static void on_itself(void **state)
{
	struct channel *k;

	(void)state;
	scene();
	k = snoop(who[A].ch, BOTH, BOTH);
	listen_by(S, k);
	say[A] = 40;
	say[B] = 50;
	say[S] = 60;
	go();
	assert_int_equal(move(who[A].ch, k), 0);
	until(ended(k));
	go();
	go();
	assert_int_equal(heard[B], -1);
	assert_int_equal(info_of(who[A].ch).state, CHAN_UP);
	channel_post_hangup(who[A].ch, CAUSE_NORMAL);
	until(ended(who[A].ch));
	channel_put(k);
	scene_over();
}

static struct channel *met;

static void strike_other(void)
{
	channel_post_hangup(who[A].ch, CAUSE_NORMAL);
}

static void strike_snoop(void)
{
	channel_post_hangup(met, CAUSE_NORMAL);
}

static void both_end_at_once(void **state)
{
	(void)state;
	for (int n = -1; n <= TURNS; n += n < 4 ? 1 : 5)
		for (int first = 0; first < 2; first++) {
			scene();
			met = snoop(who[A].ch, BOTH, BOTH);
			listen_by(S, met);
			meet(n, first ? strike_snoop : strike_other,
			     first ? strike_other : strike_snoop);
			until(ended(met) && ended(who[A].ch));
			channel_put(met);
			scene_over();
			events_all();
			events_forget();
		}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spies),
		TEST(whispers),
		TEST(clear_is_clear),
		TEST(nothing_waits),
		TEST(two_at_once),
		TEST(one_on_another),
		TEST(in_a_conference),
		TEST(behind_a_local_pair),
		TEST(ends_after_the_other),
		TEST(move_of_the_other),
		TEST(on_itself),
		TEST(both_end_at_once),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conferences: who hears what, by which clock, through local pairs; and who is told that somebody
 * talks.
 */
#include "daemon/call/channel_priv.h"
#include "daemon/media/law.h"
#include "daemon/media/mix.h"
#include "tests/unit/daemon/conference.h"

/* --- what is heard --------------------------------------------------------------------------- */

static void each_hears_all_others(void **state)
{
	int say[4] = { 0x9a, 0x31, 0xaa, 0xa5 }, heard[4];
	struct channel *peer;
	struct bridge *found;

	(void)state;
	conference(BRIDGE_MIXING, 4);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	for (int round = 0; round < 20; round++) {
		period(say, heard, 3);
		assert_int_equal(heard[0], sum_of(say[1], say[2]));
		assert_int_equal(heard[1], sum_of(say[0], say[2]));
		assert_int_equal(heard[2], sum_of(say[0], say[1]));
		say[0]++;
	}
	/* As loud as can be: no more than that. */
	say[0] = say[1] = say[2] = 0xaa;
	period(say, heard, 3);
	assert_int_equal(heard[0], 0xaa);
	/* A block that did not come is silence to the others, and none of theirs is lost by it. */
	say[1] = -1;
	say[0] = 0x12;
	period(say, heard, 3);
	assert_int_equal(heard[0], 0xaa);
	assert_int_equal(heard[2], 0x12);
	say[1] = 0x77;
	period(say, heard, 3);
	assert_int_equal(heard[1], sum_of(0x12, 0xaa));
	for (int i = 0; i < 3; i++)
		assert_int_equal(hear(who[i].leg), -1);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EOPNOTSUPP);
	/* None of three is the other one, of whom a transfer would speak. */
	assert_int_equal(bridge_peer_find(who[0].ch, &found, &peer), -EINVAL);
	take_out(1);
	assert_int_equal(bridge_peer_find(who[0].ch, &found, &peer), 0);
	assert_ptr_equal(peer, who[2].ch);
	channel_put(peer);
	bridge_put(found);
	conference_end();
}

/*
 * Two hear each other's octets as they are: 0x7f is mu-law's other zero, and 64 kbit/s are no
 * sound.
 */
static void two_of_a_conference_are_transparent(void **state)
{
	(void)state;
	conference(BRIDGE_MIXING, 3);
	for (int i = 0; i < 2; i++) {
		who[i].leg->leg.ep.addr.format = MEDIA_ULAW;
		assert_int_equal(add(br, who[i].ch), 0);
	}
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	for (int octet = 0; octet < 256; octet++) {
		int say[2] = { octet, 255 - octet }, heard[2];

		period(say, heard, 2);
		assert_int_equal(heard[0], say[1]);
		assert_int_equal(heard[1], say[0]);
	}
	/* And so do three of whom one is muted. */
	assert_int_equal(add_as(2, true, false, 0), 0);
	for (int octet = 0; octet < 256; octet++) {
		int say[3] = { octet, 255 - octet, 0x80 }, heard[3];

		period(say, heard, 3);
		assert_int_equal(heard[0], say[1]);
		assert_int_equal(heard[1], say[0]);
	}
	conference_end();
}

static void mute_and_volume(void **state)
{
	int say[3] = { 0x9a, 0x31, 0xa5 }, heard[3];
	int16_t row;

	(void)state;
	conference(BRIDGE_MIXING, 4);
	assert_int_equal(add_as(0, false, false, 25), -EINVAL);
	assert_int_equal(add_as(0, false, true, 0), -EINVAL);
	assert_int_equal(add_as(0, true, false, 0), 0);
	assert_int_equal(voice(1, BRIDGE_VOICE_MUTE, true, 0), -ENOENT);
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(add(br, who[2].ch), 0);
	period(say, heard, 3);
	assert_int_equal(heard[0], sum_of(say[1], say[2]));
	assert_int_equal(heard[1], say[2]);
	assert_int_equal(heard[2], say[1]);
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, false, 0), 0);
	period(say, heard, 3);
	assert_int_equal(heard[1], sum_of(say[0], say[2]));
	assert_int_equal(voice(2, BRIDGE_VOICE_VOLUME, true, -6), 0);
	period(say, heard, 3);
	mix_linear(&row, &(uint8_t){ 0xa5 }, 1, MEDIA_ALAW);
	mix_gain(&row, 1, mix_gain_of(-6));
	row = (int16_t)(row + law_linear(MEDIA_ALAW, 0x9a));
	assert_int_equal(heard[1], law_octet(MEDIA_ALAW, row));
	assert_int_equal(heard[2], sum_of(say[0], say[1]));
	assert_int_equal(voice(2, BRIDGE_VOICE_VOLUME, false, -25), -EINVAL);
	/*
	 * A volume is no reason to be heard as one is: nor for two, who stay in user space with
	 * it.
	 */
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, true, 0), 0);
	take_out(1);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
	assert_int_equal(voice(2, BRIDGE_VOICE_VOLUME, false, 0), 0);
	assert_int_equal(mode(br, BRIDGE_KERNEL), -EBUSY);
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, false, 0), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
	conference_end();
	/* In a bridge of two there is nothing of the kind. */
	conference(BRIDGE_TWO_PARTY, 1);
	assert_int_equal(add_as(0, true, false, 0), -EINVAL);
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(voice(0, BRIDGE_VOICE_MUTE, true, 0), -EINVAL);
	conference_end();
}

static void a_holding_bridge(void **state)
{
	int say[4] = { 0x9a, 0x31, 0xa5, 0x11 }, heard[4];

	(void)state;
	conference(BRIDGE_HOLDING, 4);
	assert_int_equal(add(br, who[0].ch), 0);
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_USER);
	period(say, heard, 2);
	assert_int_equal(heard[0], -1);
	assert_int_equal(heard[1], -1);
	assert_int_equal(add_as(2, false, true, 0), 0);
	assert_int_equal(add_as(3, false, true, 0), 0);
	assert_int_equal(voice(3, BRIDGE_VOICE_MUTE, true, 0), 0);
	period(say, heard, 4);
	assert_int_equal(heard[0], say[2]);
	assert_int_equal(heard[1], say[2]);
	assert_int_equal(heard[2], -1);
	assert_int_equal(heard[3], -1);
	assert_int_equal(voice(3, BRIDGE_VOICE_MUTE, false, 0), 0);
	period(say, heard, 4);
	assert_int_equal(heard[0], sum_of(say[2], say[3]));
	assert_int_equal(heard[2], -1);
	conference_end();
}

static void how_many_there_may_be(void **state)
{
	struct testleg *tl;
	struct channel *ch[BRIDGE_MEMBERS + 1];

	(void)state;
	conference(BRIDGE_MIXING, 0);
	for (int i = 0; i <= BRIDGE_MEMBERS; i++) {
		ch[i] = up(NULL, "1", &tl);
		assert_int_equal(add(br, ch[i]), i < BRIDGE_MEMBERS ? 0 : -EBUSY);
	}
	assert_int_equal(bridge_info_of(br).members, BRIDGE_MEMBERS);
	for (int i = 0; i <= BRIDGE_MEMBERS; i++)
		hang_up(ch[i]);
	settle();
	assert_int_equal(bridge_info_of(br).members, 0);
	conference_end();
}

/* --- clocks ---------------------------------------------------------------------------------- */

/* How often tl hears what, of so many blocks; all that waits. */
static int hears(struct testleg *tl, int what)
{
	int count = 0, heard;

	while ((heard = hear(tl)) != -1)
		count += heard == what;
	return count;
}

static void another_clock(void **state)
{
	uint64_t slips = media_slips();
	int heard[3] = { 0 };

	(void)state;
	conference(BRIDGE_MIXING, 3);
	who[2].leg->leg.ep.addr.clock = 7;
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	/* The third one's clock is faster by one in ten: it slips, an octet each time. */
	for (int p = 0; p < 200; p++) {
		speak(who[0].leg, 0x9a);
		speak(who[1].leg, 0x31);
		heard[0] += hears(who[0].leg, sum_of(0x31, 0xa5));
		heard[1] += hears(who[1].leg, sum_of(0x9a, 0xa5));
		speak(who[2].leg, 0xa5);
		if (p % 10 == 0)
			speak(who[2].leg, 0xa5);
		heard[2] += hears(who[2].leg, sum_of(0x9a, 0x31));
	}
	assert_in_range(heard[0], 195, 200); /* but for what the buffer waits for */
	assert_int_equal(heard[0], heard[1]);
	assert_int_equal(heard[2], 200);
	assert_in_range(media_slips() - slips, 10, 200);
	conference_end();
}

/* The clock by which it went stands still, or has left: the others go on by theirs. */
static void a_clock_ends(void **state)
{
	int heard, is[2];

	(void)state;
	for (int c = 0; c < 2; c++) {
		conference(BRIDGE_MIXING, 3);
		who[0].leg->leg.ep.addr.clock = 7;
		for (int i = 0; i < 3; i++)
			assert_int_equal(add(br, who[i].ch), 0);
		speak(who[0].leg, 0x9a);
		assert_int_equal(hear(who[0].leg), -1);
		if (c)
			take_out(0);
		heard = 0;
		for (int p = 0; p < 30; p++) {
			speak(who[1].leg, (uint8_t)(0x20 + p));
			speak(who[2].leg, (uint8_t)(0xa0 + p));
			for (int i = 0; i < 2; i++)
				is[i] = hear(who[i + 1].leg);
			heard += is[0] == 0xa0 + p && is[1] == 0x20 + p;
		}
		/* A row of the old clock's was still to be heard. */
		assert_int_equal(heard, c ? 30 - 1 : 30 - 7);
		conference_end();
	}
}

/* --- local pairs ----------------------------------------------------------------------------- */

/* The third sits behind a local pair: in a bridge of its own with the one half. */
static void through_a_local_pair(void **state)
{
	struct leg_request req = { .target = "9" };
	int say[3] = { 0x9a, 0x31, 0xa5 }, heard[3];
	struct channel *near, *far;
	struct bridge *other;
	struct leg *a, *b;

	(void)state;
	conference(BRIDGE_MIXING, 3);
	assert_int_equal(local_pair_new(&req, &a, &b), 0);
	assert_int_equal(channel_create(&(struct channel_params){ .exten = "9" }, a, &near), 0);
	assert_int_equal(channel_create(&(struct channel_params){ .exten = "9" }, b, &far), 0);
	leg_put(a);
	leg_put(b);
	assert_int_equal(bridge_create(NULL, NULL, false, &other), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	assert_int_equal(add(br, near), 0);
	period(say, heard, 2);
	assert_int_equal(heard[0], say[1]);
	assert_int_equal(add(other, far), 0);
	assert_int_equal(add(other, who[2].ch), 0);
	for (int p = 0; p < 5; p++) {
		period(say, heard, 3);
		assert_int_equal(heard[0], sum_of(say[1], say[2]));
		assert_int_equal(heard[1], sum_of(say[0], say[2]));
		assert_int_equal(heard[2], sum_of(say[0], say[1]));
	}
	hang_up(near);
	hang_up(far);
	settle();
	period(say, heard, 3);
	assert_int_equal(heard[0], say[1]);
	assert_int_equal(heard[2], -1);
	end_bridge(other);
	conference_end();
}

static struct tframe *play(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct tframe *frame = tframe_alloc();

	(void)src;
	frame->octets = (uint16_t)octets;
	frame->format = (uint8_t)format;
	memset(frame->data, 0x25, octets);
	return frame;
}

static int attach(struct channel *ch, void *arg)
{
	channel_source_attach(ch, arg);
	return 0;
}

static int detach(struct channel *ch, void *arg)
{
	channel_source_detach(ch, arg);
	return 0;
}

/* What is played to the other half of a pair is heard in the conference in which the one is. */
static void an_announcement_by_a_local_pair(void **state)
{
	struct media_source src = { .pull = play };
	struct leg_request req = { .target = "9" };
	int say[2] = { 0x9a, 0x31 }, heard[2];
	struct channel *near, *far;
	struct leg *a, *b;

	(void)state;
	conference(BRIDGE_MIXING, 2);
	assert_int_equal(local_pair_new(&req, &a, &b), 0);
	assert_int_equal(channel_create(&(struct channel_params){ .exten = "9" }, a, &near), 0);
	assert_int_equal(channel_create(&(struct channel_params){ .exten = "9" }, b, &far), 0);
	leg_put(a);
	leg_put(b);
	for (int i = 0; i < 2; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	assert_int_equal(add(br, near), 0);
	assert_int_equal(in_task(far, attach, &src), 0);
	for (int p = 0; p < 40; p++) {
		period(say, heard, 2);
		assert_int_equal(heard[0], sum_of(say[1], 0x25));
		assert_int_equal(heard[1], sum_of(say[0], 0x25));
	}
	assert_int_equal(in_task(far, detach, &src), 0);
	period(say, heard, 2);
	assert_int_equal(heard[0], say[1]);
	trcu_barrier();
	hang_up(near);
	hang_up(far);
	settle();
	conference_end();
}

/* --- who talks ------------------------------------------------------------------------------- */

#define STARTED EVENT_CHANNEL_TALKING_STARTED
#define FINISHED EVENT_CHANNEL_TALKING_FINISHED

static bool finished_after(const struct event *event, const void *arg)
{
	return event->chan.id == channel_id(who[0].ch) && event->u.talking.ms == *(const uint32_t *)arg;
}

static void who_talks_is_told(void **state)
{
	int say[3] = { 0xaa, 0xd5, 0xd5 }, heard[3];
	uint64_t id;
	uint32_t ms = (3 + 50) * 20;

	(void)state;
	conference(BRIDGE_MIXING, 3);
	id = channel_id(who[0].ch);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	for (int p = 0; p < 3; p++)
		period(say, heard, 3);
	settle();
	until(events_of(STARTED, id) == 1);
	say[0] = 0xd5;
	for (int p = 0; p < 50; p++) {
		settle();
		assert_int_equal(events_of(FINISHED, id), 0);
		period(say, heard, 3);
	}
	settle();
	until(events_of(FINISHED, id) == 1);
	assert_int_equal(events_that(FINISHED, finished_after, &ms), 1);
	/* Who is muted does not talk, nor does who has left; and no other one did. */
	say[0] = 0xaa;
	period(say, heard, 3);
	settle();
	until(events_of(STARTED, id) == 2);
	take_out(0);
	until(events_of(FINISHED, id) == 2);
	ms = 20;
	assert_int_equal(events_that(FINISHED, finished_after, &ms), 1);
	assert_int_equal(add_as(0, true, false, 0), 0);
	period(say, heard, 3);
	settle();
	events_all();
	assert_int_equal(events_of(STARTED, id), 2);
	assert_int_equal(events_of(STARTED, channel_id(who[1].ch)), 0);
	conference_end();
}

/* What the kernel joins nobody listens to: who talked as it took them has finished. */
static void who_talks_in_the_kernel(void **state)
{
	int say[3] = { 0xaa, 0xd5, 0xd5 }, heard[3];
	uint32_t ms = 3 * 20;
	uint64_t id;

	(void)state;
	conference(BRIDGE_MIXING, 3);
	id = channel_id(who[0].ch);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(br, who[i].ch), 0);
	for (int round = 0; round < 2; round++) {
		for (int p = 0; p < 3; p++)
			period(say, heard, 3);
		until(events_of(STARTED, id) == (uint32_t)round + 1);
		take_out(2);
		assert_int_equal(bridge_info_of(br).path, BRIDGE_PATH_KERNEL);
		until(events_of(FINISHED, id) == (uint32_t)round + 1);
		assert_int_equal(events_that(FINISHED, finished_after, &ms), round + 1);
		assert_int_equal(add(br, who[2].ch), 0);
		settle();
		events_all();
		assert_int_equal(events_of(STARTED, id), round + 1);
	}
	conference_end();
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_hears_all_others),
		T(two_of_a_conference_are_transparent),
		T(mute_and_volume),
		T(a_holding_bridge),
		T(how_many_there_may_be),
		T(another_clock),
		T(a_clock_ends),
		T(through_a_local_pair),
		T(an_announcement_by_a_local_pair),
		T(who_talks_is_told),
		T(who_talks_in_the_kernel),
	};
	int failed;

	tests_chosen();
	failed = cmocka_run_group_tests_name("pool of one", tests, NULL, NULL);
	world_threads = 3;
	return failed + cmocka_run_group_tests_name("pool of three", tests, NULL, NULL);
}

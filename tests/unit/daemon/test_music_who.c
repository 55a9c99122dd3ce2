// SPDX-License-Identifier: GPL-2.0-or-later
/* Music on hold: who hears it, of which class, and when it ends. The player is the test's. */
#include <stdio.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/park.h"
#include "tests/unit/daemon/conference.h"

/* What is played: to whom, of which class; to NULL: it was stopped. */
#define PLAYS 64
static struct {
	const void *to;
	char class[MUSIC_CLASS_LEN];
} plays[PLAYS];
static uint32_t nplays; /* atomic */

static uint64_t play_start(struct channel *ch, struct bridge *b, const char *class)
{
	uint32_t id = atomic_add(&nplays, 1);

	assert_true(id < PLAYS && !ch == !!b);
	plays[id].to = ch ? (const void *)ch : (const void *)b;
	snprintf(plays[id].class, MUSIC_CLASS_LEN, "%s", class ? class : "-");
	return id;
}

static void play_stop(uint64_t id)
{
	assert_non_null(plays[id].to);
	plays[id].to = NULL;
}

static const struct music_player player = { .start = play_start, .stop = play_stop };

/* The class of what this hears; "": nothing. Twice at once would be one too many. */
static const char *hears(const void *to)
{
	const char *class = "";

	for (uint32_t id = 1; id <= atomic_load(&nplays); id++)
		if (plays[id].to == to) {
			assert_string_equal(class, "");
			class = plays[id].class;
		}
	return class;
}

static int setup(void **state)
{
	memset(plays, 0, sizeof(plays));
	atomic_store(&nplays, 0);
	music_set(&player);
	assert_int_equal(park_init(701, 3), 0);
	return plant_setup(state);
}

static int teardown(void **state)
{
	music_set(NULL);
	return world_teardown(state);
}

static int hold_fn(struct channel *ch, void *arg)
{
	return arg ? channel_hold(ch) : channel_unhold(ch);
}

static void hold(int i, bool on)
{
	assert_int_equal(in_task(who[i].ch, hold_fn, on ? who : NULL), 0);
	settle();
}

static int ask_fn(struct channel *ch, void *arg)
{
	channel_music(ch, MUSIC_ASKED, arg, arg);
	return 0;
}

/* NULL: no more. */
static void ask(int i, const char *class)
{
	in_task(who[i].ch, ask_fn, (void *)(uintptr_t)class);
}

static void ask_bridge(bool on, const char *class)
{
	struct result r = { 0 };

	assert_int_equal(bridge_set_music(br, on, class, result_done, &r), 0);
	settle();
	assert_int_equal(r.count, 1);
	assert_int_equal(r.err, 0);
}

/* The party holds, or goes on. */
static void party_holds(int i, bool on)
{
	testleg_say(who[i].leg, on ? LEG_HOLD : LEG_UNHOLD);
	settle();
}

static void a_held_channel(void **state)
{
	(void)state;
	conference(BRIDGE_MIXING, 1);
	hold(0, true);
	assert_string_equal(hears(who[0].ch), "-");
	/* A class that was asked for goes before its own, and one reason is enough. */
	ask(0, "jazz");
	assert_string_equal(hears(who[0].ch), "jazz");
	ask(0, "jazz");
	assert_int_equal(atomic_load(&nplays), 2);
	hold(0, false);
	assert_string_equal(hears(who[0].ch), "jazz");
	ask(0, "");
	assert_string_equal(hears(who[0].ch), "-");
	ask(0, NULL);
	assert_string_equal(hears(who[0].ch), "");
	ask(0, "jazz");
	hold(0, true);
	ask(0, NULL);
	assert_string_equal(hears(who[0].ch), "-");
	hold(0, false);
	assert_string_equal(hears(who[0].ch), "");
	/* Who comes by a move was not put on hold by this channel. */
	hold(0, true);
	party_add("2");
	assert_int_equal(move(who[0].ch, who[1].ch), 0);
	assert_string_equal(hears(who[0].ch), "");
	conference_end();
}

static void a_parked_call(void **state)
{
	struct result parked = { 0 }, back = { 0 };

	(void)state;
	conference(BRIDGE_MIXING, 2);
	assert_int_equal(channel_park(who[0].ch, &(struct park_params){ .place = 702 },
				      result_done, &parked), 0);
	settle();
	assert_int_equal(parked.err, 702);
	assert_string_equal(hears(who[0].ch), "-");
	assert_int_equal(channel_retrieve(702, who[1].ch, result_done, &back), 0);
	settle();
	assert_int_equal(back.err, 0);
	assert_string_equal(hears(who[0].ch), "");
	conference_end();
}

/* Until somebody announces; and not for nobody. */
static void a_holding_bridge(void **state)
{
	(void)state;
	conference(BRIDGE_HOLDING, 3);
	assert_string_equal(hears(br), "");
	assert_int_equal(add(br, who[0].ch), 0);
	assert_string_equal(hears(br), "-");
	assert_int_equal(add(br, who[1].ch), 0);
	assert_int_equal(atomic_load(&nplays), 1);
	assert_int_equal(add_as(2, false, true, 0), 0);
	assert_string_equal(hears(br), "");
	/* Asked for it is heard all the same. */
	ask_bridge(true, "jazz");
	assert_string_equal(hears(br), "jazz");
	ask_bridge(false, NULL);
	assert_string_equal(hears(br), "");
	take_out(2);
	assert_string_equal(hears(br), "-");
	take_out(0);
	take_out(1);
	assert_string_equal(hears(br), "");
	conference_end();
}

static void asked_of_a_bridge(void **state)
{
	static const enum bridge_type types[] = { BRIDGE_TWO_PARTY, BRIDGE_MIXING };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		conference(types[i], 2);
		assert_int_equal(add(br, who[0].ch), 0);
		assert_string_equal(hears(br), "");
		ask_bridge(true, NULL);
		assert_string_equal(hears(br), "-");
		ask_bridge(true, "jazz");
		assert_string_equal(hears(br), "jazz");
		assert_int_equal(add(br, who[1].ch), 0);
		ask_bridge(false, NULL);
		assert_string_equal(hears(br), "");
		ask_bridge(true, NULL);
		conference_end();
	}
}

/* Of two the one hears it while the other one's party holds: as long as those are the two. */
static void held_by_the_other_party(void **state)
{
	static const enum bridge_type types[] = { BRIDGE_TWO_PARTY, BRIDGE_MIXING };
	struct result r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		conference(types[i], 4);
		party_holds(0, true);
		assert_int_equal(add(br, who[0].ch), 0);
		assert_int_equal(add(br, who[1].ch), 0);
		assert_string_equal(hears(who[0].ch), "");
		assert_string_equal(hears(who[1].ch), "-");
		party_holds(0, false);
		assert_string_equal(hears(who[1].ch), "");
		party_holds(1, true);
		assert_string_equal(hears(who[0].ch), "-");
		/* In its place another one, who is held as well; then the one who holds goes. */
		r = (struct result){ 0 };
		assert_int_equal(bridge_swap(who[0].ch, who[2].ch, result_done, &r), 0);
		settle();
		assert_int_equal(r.err, 0);
		assert_string_equal(hears(who[0].ch), "");
		assert_string_equal(hears(who[2].ch), "-");
		if (types[i] == BRIDGE_MIXING) {
			/* Of three nobody hears music in the others' talk. */
			assert_int_equal(add(br, who[3].ch), 0);
			assert_string_equal(hears(who[2].ch), "");
			take_out(3);
			assert_string_equal(hears(who[2].ch), "-");
		}
		take_out(1);
		assert_string_equal(hears(who[2].ch), "");
		conference_end();
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_held_channel),
		T(a_parked_call),
		T(a_holding_bridge),
		T(asked_of_a_bridge),
		T(held_by_the_other_party),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

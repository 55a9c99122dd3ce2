// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A conference whose members are served by two media threads, each with a clock of its own, while
 * they come, go, are muted, swapped and moved, and hang up. Under the sanitizers; the seed replays
 * what is asked, not what the threads make of it.
 */
#include "daemon/call/channel_priv.h"
#include "tests/unit/daemon/plant.h"

#define LINES	4	/* of each thread */
#define TURNS_SHORT 300

static struct bridge *br;
static struct testleg *leg_of[2][LINES];
static uint32_t stop;	/* atomic */
static uint64_t heard[2]; /* atomics: blocks */

static void serve(void *arg)
{
	int t = (int)(intptr_t)arg;

	while (!atomic_load(&stop)) {
		trcu_read_lock();
		for (int i = 0; i < LINES; i++)
			speak(leg_of[t][i], 0x9a);
		for (int i = 0; i < LINES; i++)
			while (hear(leg_of[t][i]) >= 0)
				atomic_inc_relaxed(&heard[t]);
		trcu_read_unlock();
		usleep(50);
	}
}

static void any_of_it(void)
{
	struct channel *a = who[rand() % parties].ch, *b = who[rand() % parties].ch;
	struct bridge_voice v = { .mute = rand() % 2, .volume = (int8_t)(rand() % 49 - 24) };

	switch (rand() % 7) {
	case 0:
	case 1:
	case 2:
		bridge_add(br, a, NULL, NULL);
		break;
	case 3:
		bridge_remove(br, a, NULL, NULL);
		break;
	case 4:
		bridge_swap(a, b, NULL, NULL);
		break;
	case 5:
		bridge_set_voice(br, a, &v, BRIDGE_VOICE_MUTE | BRIDGE_VOICE_VOLUME, NULL, NULL);
		break;
	default:
		channel_move(a, b, NULL, NULL);
		break;
	}
}

static void two_threads_serve_it(void **state)
{
	int turns = getenv("OPENTDM_LONG") ? 20 * TURNS_SHORT : TURNS_SHORT;
	struct tthread thread[2];

	(void)state;
	test_seed();
	bridge_default_mode(BRIDGE_USER);
	assert_int_equal(bridge_create_type(BRIDGE_MIXING, "br", NULL, false, &br), 0);
	bridge_default_mode(BRIDGE_AUTO);
	for (int i = 0; i < 2 * LINES; i++) {
		party_add("1");
		leg_of[i % 2][i / 2] = who[i].leg;
		who[i].leg->leg.ep.addr.clock = (uint32_t)(i % 2);
		assert_int_equal(add(br, who[i].ch), 0);
	}
	atomic_store(&stop, 0);
	atomic_store(&heard[0], 0);
	atomic_store(&heard[1], 0);
	for (int t = 0; t < 2; t++)
		assert_int_equal(tthread_start(&thread[t], TTHREAD_MEDIA, "media", serve,
					       (void *)(intptr_t)t), 0);
	until(atomic_load(&heard[0]) > 100 && atomic_load(&heard[1]) > 100);
	for (int i = 0; i < turns; i++) {
		any_of_it();
		if (rand() % 4 == 0)
			settle();
	}
	settle();
	/* Whoever is left goes on. */
	for (int i = 0; i < parties; i++)
		bridge_add(br, who[i].ch, NULL, NULL);
	settle();
	if (bridge_info_of(br).members > 2) {
		uint64_t before = atomic_load(&heard[0]) + atomic_load(&heard[1]);

		until(atomic_load(&heard[0]) + atomic_load(&heard[1]) > before + 100);
	}
	atomic_store(&stop, 1);
	for (int t = 0; t < 2; t++)
		tthread_join(&thread[t]);
	end_bridge(br);
	scene_end();
	trcu_barrier();
	assert_int_equal(tframe_alive(), 0);
}

static uint32_t wrong; /* atomic: lists that lack somebody, or name one twice */

static void read_lists(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		struct bridge_info info;
		bool bad;

		bridge_info_read(br, &info);
		bad = info.members < PARTIES - 1;
		for (int i = 0; i < info.members; i++)
			for (int k = 0; k < i; k++)
				bad |= info.member[i] == info.member[k];
		if (bad)
			atomic_inc_relaxed(&wrong);
	}
}

/* Whoever stands first leaves and comes back: all others move up, and are in every list. */
static void a_list_lacks_nobody(void **state)
{
	int turns = getenv("OPENTDM_LONG") ? 100000 : 5000;
	struct tthread thread;

	(void)state;
	assert_int_equal(bridge_create_type(BRIDGE_MIXING, "br", NULL, false, &br), 0);
	for (int i = 0; i < PARTIES; i++) {
		party_add("1");
		assert_int_equal(add(br, who[i].ch), 0);
	}
	atomic_store(&stop, 0);
	assert_int_equal(tthread_start(&thread, TTHREAD_USER, "lists", read_lists, NULL), 0);
	for (int i = 0; i < turns; i++) {
		bridge_remove(br, who[i % PARTIES].ch, NULL, NULL);
		bridge_add(br, who[i % PARTIES].ch, NULL, NULL);
		if (i % 64 == 0)
			settle();
	}
	settle();
	atomic_store(&stop, 1);
	tthread_join(&thread);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_int_equal(bridge_info_of(br).members, PARTIES);
	end_bridge(br);
	scene_end();
	trcu_barrier();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_threads_serve_it, plant_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_list_lacks_nobody, plant_setup, world_teardown),
	};

	tests_chosen();
	world_threads = 3;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

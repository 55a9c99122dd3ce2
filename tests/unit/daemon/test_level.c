// SPDX-License-Identifier: GPL-2.0-or-later
/* Levels of calls: G.711's scale, what is not measured, and for how long it is. */
#include <string.h>
#include <unistd.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/level.h"
#include "daemon/media/law.h"
#include "tests/unit/daemon/plant.h"

/* 1 kHz in eight samples, of which the largest is 1000. */
static const int sine[8] = { 0, 707, 1000, 707, 0, -707, -1000, -707 };

static void fill(struct tframe *frame, unsigned int format, int amplitude)
{
	frame->octets = 160;
	frame->format = (uint8_t)format;
	frame->flags = 0;
	frame->frame = 0;
	for (int i = 0; i < 160; i++)
		frame->data[i] = law_octet(format, (int16_t)(sine[i % 8] * amplitude / 1000));
}

/* So many blocks of 20 ms come from the line. */
static void comes(struct testleg *tl, unsigned int format, int amplitude, int blocks)
{
	struct media_view view;

	for (int i = 0; i < blocks; i++) {
		struct tframe *frame = tframe_alloc();

		fill(frame, format, amplitude);
		trcu_read_lock();
		media_view_load(&tl->leg.ep, &view);
		media_push(&view, frame);
		trcu_read_unlock();
	}
}

static struct channel_levels levels_of(struct channel *ch)
{
	struct channel_levels levels;

	channel_levels_read(ch, &levels);
	return levels;
}

/* Blocks that follow each other come within half a second; else all of them once more. */
static bool in_time(uint64_t began)
{
	if (tnow() - began < NSEC_PER_SEC / 2)
		return true;
	usleep(600000);
	return false;
}

static void on_the_scale(void **state)
{
	static const struct {
		unsigned int format;
		int amplitude, mean, peak;
	} cases[] = {
		{ MEDIA_ALAW, 32256, 3, 3 },   { MEDIA_ULAW, 32124, 3, 3 },
		{ MEDIA_ALAW, 16384, -3, -3 }, { MEDIA_ULAW, 16384, -3, -3 },
		{ MEDIA_ALAW, 1640, -23, -23 }, { MEDIA_ULAW, 164, -43, -43 },
	};
	struct channel_levels levels;
	struct testleg *la;
	uint64_t began;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char sid[2] = { (char)('a' + i), '\0' };
		struct channel *a = up(sid, "1", &la);

		assert_false(levels_of(a).in.known);
		do {
			assert_int_equal(level_look(), 0);
			began = tnow();
			comes(la, cases[i].format, cases[i].amplitude, 1);
			levels = levels_of(a);
		} while (!in_time(began));
		assert_true(levels.in.known);
		assert_int_equal(levels.in.mean, cases[i].mean);
		assert_int_equal(levels.in.peak, cases[i].peak);
		assert_false(levels.out.known);
		hang_up(a);
	}
}

static void both_ways(void **state)
{
	struct testleg *la, *lb;
	struct channel *a = up("a", "1", &la), *b = up("b", "2", &lb);
	struct channel_levels in, out, soon, later, clear;
	struct bridge *br;
	uint64_t began;

	(void)state;
	assert_int_equal(bridge_create("br", NULL, false, &br), 0);
	assert_int_equal(mode(br, BRIDGE_USER), 0);
	assert_int_equal(add(br, a), 0);
	assert_int_equal(add(br, b), 0);
	do {
		while (hear(lb) >= 0) /* of an attempt that took too long */
			;
		usleep(600000);
		assert_int_equal(level_look(), 0);
		began = tnow();
		for (int i = 0; i < 10; i++) {
			comes(la, MEDIA_ALAW, 16384, 1);
			hear(lb);
		}
		out = levels_of(b);
		in = levels_of(a);
		/* The mean follows within a second, the peak some time later. */
		comes(la, MEDIA_ALAW, 155, 2);
		soon = levels_of(a);
		comes(la, MEDIA_ALAW, 155, 150);
		later = levels_of(a);
		comes(la, MEDIA_CLEAR, 16384, 3);
		clear = levels_of(a);
	} while (!in_time(began));
	assert_int_equal(out.out.mean, -3);
	assert_int_equal(in.in.mean, -3);
	assert_false(in.out.known || out.in.known);
	assert_in_range(in.in.mean - soon.in.mean, 1, 10);
	assert_in_range(-later.in.mean, 42, 44);
	assert_in_range(-clear.in.mean, 42, 44);
	usleep(600000);
	assert_false(levels_of(a).in.known || levels_of(b).out.known);
	end_bridge(br);
	hang_up(a);
	hang_up(b);
}

static void unless_nobody_looks(void **state)
{
	struct testleg *la;
	struct channel *a = up("a", "1", &la);
	uint64_t began;
	bool known;

	(void)state;
	atomic_store(&level_wanted, 0);
	comes(la, MEDIA_ALAW, 16384, 2);
	assert_false(levels_of(a).in.known);
	do {
		assert_int_equal(level_look(), 0);
		began = tnow();
		comes(la, MEDIA_ALAW, 16384, 2);
		known = levels_of(a).in.known;
	} while (!in_time(began));
	assert_true(known);
	hang_up(a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(on_the_scale),
		T(both_ways),
		T(unless_nobody_looks),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

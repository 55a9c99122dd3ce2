// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings of both sides of a call: what two ends record of one line is the same, octet by octet
 * and frame by frame, whichever of them says it. And who snoops on one of them.
 *
 *	near (port 1) --- far (port 2), each plays its own noise
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/snoop.h"
#include "daemon/core/timer.h"
#include "daemon/media/law.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/tape.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define LONG	8000	/* what is compared at least */

enum end { NEAR, FAR, ENDS };
enum side { LEFT, RIGHT };

static struct world_call *call[ENDS];
static struct tape tape[3];

static void record(struct tape *t, enum end end, enum talk_kind kind, bool beep)
{
	static const char *const ids[] = { "tape0", "tape1", "tape2" };

	tape_start(t, ids[t - tape], call[end]->ch, NULL, kind, beep);
}

static void play(enum end end)
{
	const char *file = wire_file(end == NEAR ? "near.alaw" : "far.alaw");
	struct talk_params p = { .kind = TALK_PLAY, .id = end == NEAR ? "n" : "f", .path = file };
	struct talk_report r = { 0 };
	uint8_t octets[NOISE];

	noise_make(file, 4711 + (unsigned int)end, octets);
	assert_int_equal(0, talk_start(call[end]->ch, &p));
	wire_until(!talk_report_read(p.id, &r) && r.started);
}

static int up(void **state)
{
	(void)state;
	if (wire_start())
		return -1;
	return world_up("[group near]\nspans = wire:1\nside = user\nrestart = no\ndtmf = no\n"
			"[group far]\nspans = wire:2\nside = network\nrestart = no\ndtmf = no\n");
}

static int down(void **state)
{
	int err = world_down();

	(void)state;
	wire_stop();
	return err;
}

static void call_up(void)
{
	call[NEAR] = world_dial("PRI/near/1", "");
	call[FAR] = world_incoming(PATIENCE);
	assert_non_null(call[FAR]);
	world_answer(call[FAR]);
	assert_int_equal(0, world_wait_state(call[NEAR], CHAN_UP, PATIENCE));
	wire_until(atomic_load(&call[NEAR]->media) && atomic_load(&call[FAR]->media));
}

static void call_down(void)
{
	world_hangup(call[NEAR], 16);
	assert_true(world_wait_end(call[FAR], PATIENCE) > 0);
	assert_true(world_wait_end(call[NEAR], PATIENCE) > 0);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

/* The frames of both ends are one card's: what is on the line together has one number. */
static void both_ends_agree(void **state)
{
	struct tape *n = &tape[NEAR], *f = &tape[FAR];
	size_t i, k, len;

	(void)state;
	call_up();
	play(NEAR);
	play(FAR);
	record(n, NEAR, TALK_RECORD_STEREO, false);
	record(f, FAR, TALK_RECORD_STEREO, false);
	tape_wait(f, 2 * LONG);
	tape_stop(n, LONG);
	tape_stop(f, LONG);
	assert_int_equal(2, n->sides);
	assert_true(f->report.frame >= n->report.frame);
	/* What was given to the line before anybody recorded is silence, of less than a second. */
	for (k = 0; k < LONG; k++)
		if (tape_at(n, RIGHT, k) != TAPE_IDLE && tape_at(f, RIGHT, k) != TAPE_IDLE)
			break;
	assert_true(k < LONG);
	i = k + f->report.frame - n->report.frame;
	while (tape_at(n, RIGHT, i) == TAPE_IDLE && k < LONG)
		i++, k++;
	len = n->n - i < f->n - k ? n->n - i : f->n - k;
	assert_true(len >= LONG);
	assert_int_equal(len, tape_same(n, RIGHT, i, f, LEFT, k));
	assert_int_equal(len, tape_same(n, LEFT, i, f, RIGHT, k));
	call_down();
}

/* While it pauses nothing of either side is kept, and afterwards both are in step as before. */
static void pause_keeps_step(void **state)
{
	struct tape *n = &tape[NEAR], *f = &tape[FAR];
	struct talk_report a, b;
	size_t back, i;

	(void)state;
	call_up();
	play(NEAR);
	play(FAR);
	record(f, FAR, TALK_RECORD_STEREO, false);
	tape_wait(f, 8);	/* so it begins before the other one, by the line */
	record(n, NEAR, TALK_RECORD_STEREO, false);
	tape_wait(n, LONG / 2);
	assert_int_equal(0, talk_control(n->id, TALK_PAUSE));
	wire_wait(2);		/* the block under way */
	assert_int_equal(0, talk_report_read(n->id, &a));
	wire_wait(23);
	assert_int_equal(0, talk_report_read(n->id, &b));
	assert_int_equal(a.octets, b.octets);
	assert_int_equal(0, talk_control(n->id, TALK_UNPAUSE));
	tape_wait(n, a.octets + LONG);
	tape_stop(n, LONG);
	tape_stop(f, LONG);
	/* The last second of the one, wherever it stands with the other; sounds come again and again. */
	i = n->n - LONG + 1000;
	for (back = i; back < f->n && tape_same(n, LEFT, i, f, RIGHT, back) < LONG - 1000; back++)
		;
	assert_true(back < f->n);
	assert_int_equal(LONG - 1000, tape_same(n, RIGHT, i, f, LEFT, back));
	assert_true(back > i);	/* it was paused indeed */
	call_down();
}

static int sum_of(uint8_t a, uint8_t b)
{
	int sum = law_linear(MEDIA_ALAW, a) + law_linear(MEDIA_ALAW, b);

	return sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
}

/* Both in one are the two of a stereo recording, added up. */
static void both_add_up(void **state)
{
	struct tape *s = &tape[0], *b = &tape[1];
	size_t from;

	(void)state;
	call_up();
	play(NEAR);
	play(FAR);
	record(s, NEAR, TALK_RECORD_STEREO, false);
	record(b, NEAR, TALK_RECORD_BOTH, false);
	tape_wait(b, 2 * LONG);
	tape_stop(b, LONG);
	tape_stop(s, LONG);
	assert_int_equal(1, b->sides);
	from = b->report.frame - s->report.frame;
	assert_true(s->n > from + LONG);
	for (size_t i = LONG / 2; i < b->n && from + i < s->n; i++) {
		uint8_t l = tape_at(s, LEFT, from + i), r = tape_at(s, RIGHT, from + i);
		uint8_t want = r == TAPE_IDLE ? l : law_octet(MEDIA_ALAW, (int16_t)sum_of(l, r));

		if (tape_at(b, LEFT, i) != want)
			fail_msg("sample %zu is %02x of %02x and %02x", i,
				 tape_at(b, LEFT, i), l, r);
	}
	call_down();
}

/* One who speaks alone is recorded as the line has it, also by who hears it; no beep, no shadow. */
static void alone_is_exact(void **state)
{
	struct tape *b = &tape[0], *r = &tape[1], *t = &tape[2];
	size_t from;

	(void)state;
	call_up();
	record(b, FAR, TALK_RECORD_BOTH, true);
	record(r, FAR, TALK_RECORD_RX, false);
	play(NEAR);
	record(t, NEAR, TALK_RECORD_BOTH, false);
	tape_wait(t, 2 * LONG);
	tape_stop(t, LONG);
	tape_stop(r, LONG);
	tape_stop(b, LONG);
	from = r->report.frame - b->report.frame;
	for (size_t i = 0; i < from; i++)
		assert_int_equal(TAPE_IDLE, tape_at(b, LEFT, i));
	assert_int_equal(r->n, tape_same(r, LEFT, 0, b, LEFT, from));
	from = t->report.frame - r->report.frame;
	assert_true(tape_same(t, LEFT, LONG, r, LEFT, from + LONG) >= LONG);
	call_down();
}

/* --- who snoops on the near end -------------------- */

static struct channel *snooping;
static struct snoop_params snoop;

static int snoop_fn(struct serializer_call *sc, void *arg)
{
	(void)sc;
	(void)arg;
	return channel_snoop(call[NEAR]->ch, &snoop, &snooping);
}

static enum channel_state snoop_state(void)
{
	struct channel_info info;

	channel_info_read(snooping, &info);
	return (enum channel_state)info.state;
}

static void snoop_begin(unsigned int spy, unsigned int whisper)
{
	snoop = (struct snoop_params){ .spy = spy, .whisper = whisper };
	assert_int_equal(0, serializer_call(channel_serializer(call[NEAR]->ch), snoop_fn, NULL,
					    NULL, tnow() + 60 * NSEC_PER_SEC));
	assert_int_equal(0, channel_post_dial(snooping));
	wire_until(snoop_state() == CHAN_UP);
}

static void snoop_end(void)
{
	call_down();
	wire_until(snoop_state() == CHAN_DEAD);
	channel_put(snooping);
}

static uint8_t spied(const struct tape *s, size_t i, size_t later)
{
	uint8_t l = tape_at(s, LEFT, i), r = tape_at(s, RIGHT, i + later);

	if (l == TAPE_IDLE || r == TAPE_IDLE)
		return l == TAPE_IDLE ? r : l;
	return law_octet(MEDIA_ALAW, (int16_t)sum_of(l, r));
}

/*
 * It hears what comes as it comes, and what is sent in the period after that in which the line was
 * given it: always so much before it is on the line.
 */
static void spied_is_exact(void **state)
{
	struct tape *s = &tape[0], *k = &tape[1];
	size_t from, later = 0, i, n = 0;

	(void)state;
	call_up();
	snoop_begin(MEDIA_TAP_RX | MEDIA_TAP_TX, 0);
	play(NEAR);
	play(FAR);
	record(s, NEAR, TALK_RECORD_STEREO, false);
	tape_wait(s, LONG);
	tape_start(k, "spied", snooping, NULL, TALK_RECORD_RX, false);
	tape_wait(k, 2 * LONG);
	tape_stop(k, LONG);
	tape_stop(s, LONG);
	from = k->report.frame - s->report.frame;
	for (; n < 100 && later < 10 * WIRE_PERIOD; later += n < 100)
		for (n = 0; n < 100 && spied(s, from + n, later) == tape_at(k, LEFT, n); n++)
			;
	assert_int_equal(100, n);
	for (i = 0; i < k->n && from + i + later < s->n; i++)
		if (spied(s, from + i, later) != tape_at(k, LEFT, i))
			fail_msg("sample %zu is %02x", i, tape_at(k, LEFT, i));
	assert_true(i >= LONG);
	snoop_end();
}

/* What is played to who snoops is heard at the far end, octet by octet, once and without a gap. */
static void whispered_is_exact(void **state)
{
	const char *file = wire_file("whisper.alaw");
	struct talk_params p = { .kind = TALK_PLAY, .id = "w", .path = file, .repeat = 1 };
	struct tape *f = &tape[0], *n = &tape[1];
	uint8_t octets[NOISE];
	struct talk_report r;
	size_t i = 0;

	(void)state;
	noise_make(file, 4711, octets);
	call_up();
	snoop_begin(0, MEDIA_TAP_TX);
	record(f, FAR, TALK_RECORD_RX, false);
	record(n, NEAR, TALK_RECORD_BOTH, false);
	assert_int_equal(0, talk_start(snooping, &p));
	wire_until(talk_report_read("w", &r) == -ENOENT);
	wire_wait(WIRE_THROUGH);
	tape_stop(f, NOISE);
	tape_stop(n, NOISE);
	while (i + NOISE < f->n && tape_at(f, LEFT, i) == TAPE_IDLE)
		i++;
	for (size_t k = 0; k < NOISE; k++, i++)
		assert_int_equal(octets[k], tape_at(f, LEFT, i));
	for (; i < f->n; i++)
		assert_int_equal(TAPE_IDLE, tape_at(f, LEFT, i));
	for (i = 0; i < n->n; i++) /* no recording has it */
		assert_int_equal(TAPE_IDLE, tape_at(n, LEFT, i));
	snoop_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ends_agree, up, down),
		cmocka_unit_test_setup_teardown(pause_keeps_step, up, down),
		cmocka_unit_test_setup_teardown(both_add_up, up, down),
		cmocka_unit_test_setup_teardown(alone_is_exact, up, down),
		cmocka_unit_test_setup_teardown(spied_is_exact, up, down),
		cmocka_unit_test_setup_teardown(whispered_is_exact, up, down),
	};

	tests_chosen();
	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings of both sides of a call: what two ends record of one line is the same, octet by octet
 * and frame by frame, whichever of them says it.
 *
 *	near (port 1) --- far (port 2), each plays its own noise
 */
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/media/law.h"
#include "daemon/media/talk.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define IDLE	0xd5
#define NOISE	7001	/* no whole number of periods */
#define LONG	8000	/* what is compared at least */
#define MAX	(64 * 8000)

enum end { NEAR, FAR, ENDS };
enum side { LEFT, RIGHT };

static struct world_call *call[ENDS];

/* What was recorded, and how it went. */
struct tape {
	uint8_t octet[MAX];
	size_t n;		/* samples */
	int sides;
	uint32_t over;		/* atomic */
	struct talk_report report;
	char id[16], file[64];
};
static struct tape tape[3];

static const char *noise_of(enum end end)
{
	return wire_file(end == NEAR ? "near.alaw" : "far.alaw");
}

/* Nothing in it is silence. */
static void noise_make(enum end end, unsigned int seed)
{
	FILE *f = fopen(noise_of(end), "w");

	assert_non_null(f);
	for (int i = 0; i < NOISE; i++) {
		int octet = rand_r(&seed) & 0xff;

		fputc(octet == IDLE ? 0 : octet, f);
	}
	fclose(f);
}

static void over(void *arg, const struct talk_report *r)
{
	struct tape *t = arg;

	t->report = *r;
	atomic_store(&t->over, 1);
}

static void record(struct tape *t, enum end end, enum talk_kind kind, bool beep)
{
	struct talk_params p = { .kind = (uint8_t)kind, .id = t->id, .path = t->file, .beep = beep,
				 .over = over, .arg = t };
	struct talk_report r = { 0 };

	snprintf(t->id, sizeof(t->id), "tape%d", (int)(t - tape));
	snprintf(t->file, sizeof(t->file), "%s.wav", wire_file(t->id));
	atomic_store(&t->over, 0);
	assert_int_equal(0, talk_start(call[end]->ch, &p));
	wire_until(!talk_report_read(t->id, &r) && r.started);
}

static void wait_octets(const struct tape *t, uint64_t n)
{
	struct talk_report r = { 0 };

	wire_until(!talk_report_read(t->id, &r) && r.octets >= n);
}

static void stop(struct tape *t)
{
	SF_INFO info = { 0 };
	SNDFILE *f;

	assert_int_equal(0, talk_stop(t->id));
	wire_until(atomic_load(&t->over));
	assert_int_equal(0, t->report.err);
	assert_int_equal(0, t->report.filled);
	f = sf_open(t->file, SFM_READ, &info);
	assert_non_null(f);
	t->sides = info.channels;
	t->n = (size_t)sf_read_raw(f, t->octet, MAX) / (size_t)info.channels;
	sf_close(f);
	assert_int_equal(t->report.octets, t->n);
	assert_in_range(t->n, LONG, MAX / info.channels - 1);
}

static uint8_t at(const struct tape *t, enum side side, size_t i)
{
	return t->octet[i * (size_t)t->sides + side];
}

/* How many samples of a's one side from i on are those of b's from k on. */
static size_t same(const struct tape *a, enum side left, size_t i, const struct tape *b,
		   enum side right, size_t k)
{
	size_t n = 0;

	while (i + n < a->n && k + n < b->n && at(a, left, i + n) == at(b, right, k + n))
		n++;
	return n;
}

static void play(enum end end)
{
	struct talk_params p = { .kind = TALK_PLAY, .id = end == NEAR ? "n" : "f" };
	struct talk_report r = { 0 };

	noise_make(end, 4711 + (unsigned int)end);
	p.path = noise_of(end);
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
	wait_octets(f, 2 * LONG);
	stop(n);
	stop(f);
	assert_int_equal(2, n->sides);
	assert_true(f->report.frame >= n->report.frame);
	/* What was given to the line before anybody recorded is silence, of less than a second. */
	for (k = 0; k < LONG && (at(n, RIGHT, k) == IDLE || at(f, RIGHT, k) == IDLE); k++)
		;
	assert_true(k < LONG);
	i = k + f->report.frame - n->report.frame;
	while (at(n, RIGHT, i) == IDLE && k < LONG)
		i++, k++;
	len = n->n - i < f->n - k ? n->n - i : f->n - k;
	assert_true(len >= LONG);
	assert_int_equal(len, same(n, RIGHT, i, f, LEFT, k));
	assert_int_equal(len, same(n, LEFT, i, f, RIGHT, k));
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
	record(n, NEAR, TALK_RECORD_STEREO, false);
	wait_octets(n, LONG / 2);
	assert_int_equal(0, talk_control(n->id, TALK_PAUSE));
	wire_wait(2);		/* the block under way */
	assert_int_equal(0, talk_report_read(n->id, &a));
	wire_wait(23);
	assert_int_equal(0, talk_report_read(n->id, &b));
	assert_int_equal(a.octets, b.octets);
	assert_int_equal(0, talk_control(n->id, TALK_UNPAUSE));
	wait_octets(n, a.octets + LONG);
	stop(n);
	stop(f);
	/* The last second of the one, wherever it stands with the other. */
	i = n->n - LONG + 1000;
	for (back = 0; back < f->n && same(n, LEFT, i, f, RIGHT, back) < LONG - 1000; back++)
		;
	assert_true(back < f->n);
	assert_int_equal(LONG - 1000, same(n, RIGHT, i, f, LEFT, back));
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
	wait_octets(b, 2 * LONG);
	stop(b);
	stop(s);
	assert_int_equal(1, b->sides);
	from = b->report.frame - s->report.frame;
	assert_true(s->n > from + LONG);
	for (size_t i = LONG / 2; i < b->n && from + i < s->n; i++) {
		uint8_t l = at(s, LEFT, from + i), r = at(s, RIGHT, from + i);
		uint8_t want = r == IDLE ? l : law_octet(MEDIA_ALAW, (int16_t)sum_of(l, r));

		if (at(b, LEFT, i) != want)
			fail_msg("sample %zu is %02x of %02x and %02x", i, at(b, LEFT, i), l, r);
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
	wait_octets(t, 2 * LONG);
	stop(t);
	stop(r);
	stop(b);
	from = r->report.frame - b->report.frame;
	for (size_t i = 0; i < from; i++)
		assert_int_equal(IDLE, at(b, LEFT, i));
	assert_int_equal(r->n, same(r, LEFT, 0, b, LEFT, from));
	from = t->report.frame - r->report.frame;
	assert_true(same(t, LEFT, LONG, r, LEFT, from + LONG) >= LONG);
	call_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ends_agree, up, down),
		cmocka_unit_test_setup_teardown(pause_keeps_step, up, down),
		cmocka_unit_test_setup_teardown(both_add_up, up, down),
		cmocka_unit_test_setup_teardown(alone_is_exact, up, down),
	};

	tests_chosen();
	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

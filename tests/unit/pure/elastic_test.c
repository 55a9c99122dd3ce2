// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The elastic buffer between clocks that differ: every frame accounted for, and as many slips
 * as arithmetic says.
 */
#include "test.h"
#include "kernel/core/pure/elastic.h"

#define SLOTS	3u

static struct tdm_elastic e;
static u8 mem[32 * 1024];
static u8 in_rows[32][8], out_rows[32][8];
static const u8 *in[32];
static u8 *out[32];
static u64 pushed, given;	/* frames; each carries its number, modulo 251, and its slot */
static bool synced;

static const struct tdm_elastic_config usual = {
	.slots = SLOTS, .depth = TDM_ELASTIC_DEPTH, .low = TDM_ELASTIC_LOW,
	.high = TDM_ELASTIC_HIGH, .start = TDM_ELASTIC_MIDDLE, .spread_pulls = TDM_ELASTIC_SPREAD,
};

static u8 octet(u64 frame, unsigned int slot)
{
	return (u8)((frame + 50 * slot) % 251);
}

static void start(const struct tdm_elastic_config *cfg)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		in[i] = in_rows[i];
		out[i] = out_rows[i];
	}
	memset(mem, 0xee, sizeof(mem));
	assert_int_equal(tdm_elastic_init(&e, cfg, mem), 0);
	pushed = 0;
	synced = false;
}

static void push(void)
{
	unsigned int s, i;

	for (s = 0; s < e.cfg.slots; s++)
		for (i = 0; i < 8; i++)
			in_rows[s][i] = octet(pushed + i, s);
	pushed += 8;
	tdm_elastic_push(&e, in);
}

/* Pull a row and check it against what the result claims, octet by octet and slot by slot. */
static enum tdm_elastic_result pull(void)
{
	enum tdm_elastic_result r;
	unsigned int s, i;
	u64 first;

	r = tdm_elastic_pull(&e, out, 0xff);
	if (r == TDM_ELASTIC_IDLE) {
		for (s = 0; s < e.cfg.slots; s++)
			for (i = 0; i < 8; i++)
				assert_int_equal(out_rows[s][i], 0xff);
		synced = false;
		return r;
	}
	/* where a new start begins is the buffer's choice: rd says so */
	if (!synced)
		given = e.rd - (r == TDM_ELASTIC_REPEATED ? 7 : r == TDM_ELASTIC_DELETED ? 9 : 8);
	synced = true;
	first = r == TDM_ELASTIC_REPEATED ? given - 1 : r == TDM_ELASTIC_DELETED ? given + 1 : given;
	for (s = 0; s < e.cfg.slots; s++)
		for (i = 0; i < 8; i++)
			assert_int_equal(out_rows[s][i], octet(first + i, s));
	given = first + 8;
	assert_true(given <= pushed);
	return r;
}

/* Running and in the middle: 20 before each pull from here on. */
static void begin(void)
{
	start(&usual);
	push();
	push();
	push();
	assert_int_equal(pull(), TDM_ELASTIC_OK);
}

static void both(unsigned int n)
{
	while (n--) {
		push();
		pull();
	}
}

TEST(test_limits)
{
	static const struct tdm_elastic_config bad[] = {
		{ .slots = 0, .depth = 64, .low = 16, .high = 24, .start = 20 },
		{ .slots = 33, .depth = 64, .low = 16, .high = 24, .start = 20 },
		{ .slots = 1, .depth = 32, .low = 16, .high = 24, .start = 20 },
		{ .slots = 1, .depth = 96, .low = 16, .high = 24, .start = 20 },
		{ .slots = 1, .depth = 2048, .low = 16, .high = 24, .start = 20 },
		{ .slots = 1, .depth = 64, .low = 15, .high = 24, .start = 20 },
		{ .slots = 1, .depth = 64, .low = 16, .high = 23, .start = 20 },
		{ .slots = 1, .depth = 64, .low = 16, .high = 41, .start = 20 },
		{ .slots = 1, .depth = 64, .low = 16, .high = 24, .start = 15 },
		{ .slots = 1, .depth = 64, .low = 16, .high = 24, .start = 25 },
	};
	struct tdm_elastic_config c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(tdm_elastic_init(&e, &bad[i], mem), -EINVAL);
	c = usual;
	c.high = 40;
	assert_int_equal(tdm_elastic_init(&e, &c, mem), 0);
	assert_int_equal(tdm_elastic_size(&usual), 3 * 64);
}

/* Same clock: nothing lost, nothing doubled, no slip, for ever; it begins in the middle. */
TEST(test_same_clock)
{
	unsigned int i, slots;

	for (slots = 1; slots <= 32; slots += 31) {
		struct tdm_elastic_config c = usual;

		c.slots = slots;
		start(&c);
		assert_int_equal(pull(), TDM_ELASTIC_IDLE);
		push();
		assert_int_equal(pull(), TDM_ELASTIC_IDLE);
		push();
		assert_int_equal(pull(), TDM_ELASTIC_IDLE);
		push();
		assert_int_equal(pull(), TDM_ELASTIC_OK);
		assert_int_equal(tdm_elastic_level(&e), 20 - 8);
		for (i = 0; i < 20000; i++) {
			push();
			assert_int_equal(pull(), TDM_ELASTIC_OK);
		}
		assert_int_equal(e.stats.repeated + e.stats.deleted + e.stats.underruns +
				 e.stats.overruns, 0);
	}
}

/* It starts with what it was told: the shortest delay has a whole row in reserve, and so has the longest. */
TEST(test_start)
{
	struct tdm_elastic_config c = usual;
	unsigned int i;

	for (c.start = c.low; c.start <= c.high; c.start++) {
		start(&c);
		for (i = 0; i < (c.start + 7) / 8; i++)
			push();
		assert_int_equal(pull(), TDM_ELASTIC_OK);
		assert_int_equal(tdm_elastic_level(&e), c.start - 8);
		assert_int_equal(pull(), TDM_ELASTIC_OK);	/* the writer is late by one tick */
		push();
		push();
		for (i = 0; i < 1000; i++) {
			assert_int_equal(pull(), TDM_ELASTIC_OK);
			push();
		}
		push();						/* and the reader by one */
		assert_int_equal(pull(), TDM_ELASTIC_OK);
		assert_int_equal(pull(), TDM_ELASTIC_OK);
	}
}

/* A tick that is late by any time up to a row, and catches up, costs nothing. */
TEST(test_jitter)
{
	unsigned int i, late = 0;

	begin();
	for (i = 0; i < 100000; i++) {
		if (!late && test_below(4)) {
			push();
		} else if (!late) {
			late = 1;
		} else {
			push();
			push();
			late = 0;
		}
		assert_int_equal(pull(), TDM_ELASTIC_OK);
	}
	if (late)
		push();
	late = 0;
	/* the same with the reader's ticks */
	for (i = 0; i < 100000; i++) {
		push();
		if (!late && !test_below(4)) {
			late = 1;
			continue;
		}
		assert_int_equal(pull(), TDM_ELASTIC_OK);
		if (late)
			assert_int_equal(pull(), TDM_ELASTIC_OK);
		late = 0;
	}
	assert_int_equal(e.stats.repeated + e.stats.deleted, 0);
}

/*
 * Writer and reader as clocks of 10^9 and 10^9 + ppm x 10^3 steps a row, @ms long. Every frame that the
 * writer sends more or less than the reader takes is one slip, but for the room of the window.
 */
static void drift(int ppm, unsigned int ms)
{
	u64 t_push = 0, t_pull = 500000000, period = 1000000000;
	u64 pull_period = (u64)((s64)period - ppm * 1000ll), rows = 0;
	s64 slips, expect;
	unsigned int last_slip = 0, pulls = 0;

	start(&usual);
	while (rows < ms) {
		enum tdm_elastic_result r;

		if (t_push <= t_pull) {
			push();
			rows++;
			t_push += period;
			continue;
		}
		r = pull();
		t_pull += pull_period;
		pulls++;
		if (r == TDM_ELASTIC_IDLE) {
			assert_int_equal(e.stats.underruns, 0);
			continue;
		}
		if (r == TDM_ELASTIC_OK)
			continue;
		assert_true(ppm > 0 ? r == TDM_ELASTIC_REPEATED : r == TDM_ELASTIC_DELETED);
		/* spread, not bunched */
		assert_true(!last_slip || pulls - last_slip >= TDM_ELASTIC_SPREAD);
		last_slip = pulls;
	}
	slips = (s64)e.stats.repeated - (s64)e.stats.deleted;
	/* all frames are accounted for exactly: what came = what went + what is there, and at the start */
	assert_int_equal(e.rd + tdm_elastic_level(&e), pushed);
	assert_int_equal(e.stats.underruns + e.stats.overruns, 0);
	/* and the drift in frames equals the slips within window, phase and spreading */
	expect = (s64)ms * 8 * ppm / 1000000;
	assert_in_range(slips - expect + 24, 0, 48);
	if (ppm > 100 || ppm < -100)
		assert_true(slips > 0 ? ppm > 0 : ppm < 0);
}

TEST(test_drift)
{
	static const int ppms[] = { 0, 1, -1, 10, -10, 50, -50, 100, -100, 300, -300 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ppms); i++)
		drift(ppms[i], 600000);
}

/* Exactly: k rows pushed too many in all make 8k - (room up to high) deletions, then rest. */
TEST(test_exact_count)
{
	unsigned int k, i;

	for (k = 1; k <= 20; k++) {
		begin();
		for (i = 0; i < k; i++) {
			push();
			both(2000);
		}
		/* level 20 at the start, then 8k more; deleted down to 24 */
		assert_int_equal(e.stats.deleted, 8 * k - 4);
		assert_int_equal(e.stats.repeated + e.stats.underruns + e.stats.overruns, 0);

		begin();
		for (i = 0; i < k; i++) {
			pull();
			both(2000);
		}
		/* and repeated up to 16 */
		assert_int_equal(e.stats.repeated, 8 * k - 4);
		assert_int_equal(e.stats.deleted + e.stats.underruns + e.stats.overruns, 0);
	}
}

/* Hysteresis: a phase that wanders to and fro by one row never slips after the first. */
TEST(test_hysteresis)
{
	unsigned int i;
	u64 before = 0;

	begin();
	for (i = 0; i < 50; i++) {
		push();			/* the reader's tick falls behind the writer's ... */
		both(2000);
		pull();			/* ... and overtakes it */
		both(2000);
		if (!i)
			before = e.stats.deleted + e.stats.repeated;
	}
	/* 20 + 8 goes down to 24, 24 - 8 stays; from then on it wanders between 16 and 24 */
	assert_int_equal(before, 4);
	assert_int_equal(e.stats.deleted + e.stats.repeated, before);
}

TEST(test_starved)
{
	unsigned int i;

	start(&usual);
	for (i = 0; i < 3; i++)
		push();
	/* no writer: rows as long as there are, at most one repeated, then idle, counted in frames */
	for (i = 0; i < 10; i++)
		pull();
	assert_in_range(e.stats.repeated, 0, 1);
	assert_int_equal(e.stats.underruns % 8, 0);
	assert_in_range(e.stats.underruns, 56, 72);
	assert_int_equal(pull(), TDM_ELASTIC_IDLE);
	/* it comes back: in the middle again, in order */
	push();
	push();
	assert_int_equal(pull(), TDM_ELASTIC_IDLE);
	push();
	assert_int_equal(pull(), TDM_ELASTIC_OK);

	/* no reader: what does not fit is counted, and the newest are kept */
	start(&usual);
	for (i = 0; i < 3; i++)
		push();
	pull();
	for (i = 0; i < 10; i++)
		push();
	synced = false;
	assert_int_equal(pull(), TDM_ELASTIC_OK);
	assert_true(e.stats.overruns > 0);
	assert_int_equal(e.rd + tdm_elastic_level(&e), pushed);
	assert_true(pushed - given <= 48);

	tdm_elastic_restart(&e);
	assert_int_equal(tdm_elastic_level(&e), 0);
	assert_int_equal(pull(), TDM_ELASTIC_IDLE);
}

TEST_SUITE_BEGIN(elastic)
	TEST_CASE(test_limits),
	TEST_CASE(test_same_clock),
	TEST_CASE(test_start),
	TEST_CASE(test_jitter),
	TEST_CASE(test_drift),
	TEST_CASE(test_exact_count),
	TEST_CASE(test_hysteresis),
	TEST_CASE(test_starved),
TEST_SUITE_END;

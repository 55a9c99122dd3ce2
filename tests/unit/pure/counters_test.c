// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Performance counters against timelines worked out by hand, and against a second
 * implementation that sees the whole timeline at once.
 *
 * Timelines are strings, one letter a second:
 *	.  nothing	e  one PCV		s  SES by PCV	o  LFA defect
 *	O  LFA defect with the failure declared		f  nothing, failure still there
 *	c  a slip	l  one LCV		A  AIS
 */
#include "test.h"
#include "kernel/core/pure/counters.h"

static struct tdm_perf p;

static struct tdm_perf_second second(char c)
{
	struct tdm_perf_second s = {
		.pcv = c == 'e' ? 1 : c == 's' ? 1000 : 0,
		.lcv = c == 'l',
		.slips = c == 'c',
		.defects = c == 'o' || c == 'O' ? TDM_ALARM_LFA : c == 'A' ? TDM_ALARM_AIS : 0,
		.failed = c == 'O' || c == 'f',
	};

	return s;
}

static void play(const char *t)
{
	while (*t) {
		struct tdm_perf_second s = second(*t++);

		tdm_perf_add_second(&p, &s);
	}
}

static void quiet(unsigned int n)
{
	while (n--)
		play(".");
}

static void fresh(enum tdm_perf_kind kind)
{
	assert_int_equal(tdm_perf_init(&p, kind, 10), 0);
}

static u32 now(unsigned int counter)
{
	return tdm_perf_current(&p)->count[counter];
}

static u32 ago(unsigned int n, unsigned int counter)
{
	return tdm_perf_interval_get(&p, n)->count[counter];
}

static void expect(u32 es, u32 ses, u32 uas)
{
	assert_int_equal(now(TDM_PERF_ES), es);
	assert_int_equal(now(TDM_PERF_SES), ses);
	assert_int_equal(now(TDM_PERF_UAS), uas);
}

TEST(test_simple)
{
	fresh(TDM_PERF_E1_CRC4);
	play("..e.s..oc.lA");
	expect(5, 3, 0);
	assert_int_equal(now(TDM_PERF_SEFS), 2);
	assert_int_equal(now(TDM_PERF_CSS), 1);
	assert_int_equal(now(TDM_PERF_PCV), 1001);
	assert_int_equal(now(TDM_PERF_LCV), 1);
	assert_int_equal(now(TDM_PERF_LES), 1);
	assert_int_equal(tdm_perf_current(&p)->secs, 12);
	assert_true(tdm_perf_current(&p)->valid);
}

/* Thresholds: one below, and at, for each kind. */
TEST(test_thresholds)
{
	static const struct {
		enum tdm_perf_kind kind;
		u32 pcv, lcv;
		bool es, ses, bes;
	} rows[] = {
		{ TDM_PERF_E1_CRC4, 831, 0, true, false, false },
		{ TDM_PERF_E1_CRC4, 832, 0, true, true, false },
		{ TDM_PERF_E1_CRC4, 0, 99999, false, false, false },
		{ TDM_PERF_E1_FAS, 0, 1, true, false, false },
		{ TDM_PERF_E1_FAS, 27, 2047, true, false, false },
		{ TDM_PERF_E1_FAS, 0, 2048, true, true, false },
		{ TDM_PERF_ESF, 1, 0, true, false, false },
		{ TDM_PERF_ESF, 2, 0, true, false, true },
		{ TDM_PERF_ESF, 319, 0, true, false, true },
		{ TDM_PERF_ESF, 320, 0, true, true, false },
		{ TDM_PERF_ESF, 0, 9999, false, false, false },
		{ TDM_PERF_D4, 1, 0, true, true, false },
		{ TDM_PERF_D4, 0, 1543, true, false, false },
		{ TDM_PERF_D4, 0, 1544, true, true, false },
		{ TDM_PERF_UNFRAMED, 0, 2048, true, true, false },
		{ TDM_PERF_FAR_E1, 831, 0, true, false, false },
		{ TDM_PERF_FAR_E1, 832, 0, true, true, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tdm_perf_second s = { .pcv = rows[i].pcv, .lcv = rows[i].lcv };

		fresh(rows[i].kind);
		tdm_perf_add_second(&p, &s);
		expect(rows[i].es, rows[i].ses, 0);
		assert_int_equal(now(TDM_PERF_BES), rows[i].bes);
		assert_int_equal(now(TDM_PERF_PCV), rows[i].pcv);
		assert_int_equal(now(TDM_PERF_LCV), rows[i].lcv);
	}
	/* defects */
	for (i = 0; i < TDM_PERF_KINDS; i++) {
		struct tdm_perf_second ais = { .defects = TDM_ALARM_AIS };
		struct tdm_perf_second los = { .defects = TDM_ALARM_LOS };
		struct tdm_perf_second rai = { .defects = TDM_ALARM_RAI };
		u32 near = i != TDM_PERF_FAR_E1;

		fresh((enum tdm_perf_kind)i);
		tdm_perf_add_second(&p, &ais);
		tdm_perf_add_second(&p, &los);
		expect(2 * near, 2 * near, 0);
		assert_int_equal(now(TDM_PERF_SEFS), near && i != TDM_PERF_UNFRAMED ? 2 : 0);
		tdm_perf_add_second(&p, &rai);
		expect(near ? 2 : 1, near ? 2 : 1, 0);
	}
	/* M.2100's threshold */
	fresh(TDM_PERF_E1_CRC4);
	tdm_perf_set_ses(&p, TDM_PERF_SES_E1_PCV_M2100);
	{
		struct tdm_perf_second s = { .pcv = 805 };

		tdm_perf_add_second(&p, &s);
		s.pcv = 804;
		tdm_perf_add_second(&p, &s);
		expect(2, 1, 0);
	}
	assert_int_equal(tdm_perf_init(&p, TDM_PERF_KINDS, 10), -EINVAL);
}

/* Ten SES, one at a time: at the tenth all ten become UAS. Nine do not. */
TEST(test_enter)
{
	unsigned int i;

	fresh(TDM_PERF_ESF);
	play("ee");
	for (i = 1; i <= 9; i++) {
		play("s");
		expect(2 + i, i, 0);
	}
	assert_int_equal(now(TDM_PERF_PCV), 2 + 9000);
	play("s");
	expect(2, 0, 10);
	assert_int_equal(now(TDM_PERF_PCV), 2);
	play("s");
	expect(2, 0, 11);

	fresh(TDM_PERF_ESF);
	play("sssssssss.sssssssss");
	expect(18, 18, 0);
}

/* Ten seconds without SES: at the tenth all ten are available again, with their errors. */
TEST(test_leave)
{
	unsigned int i;

	fresh(TDM_PERF_E1_CRC4);
	play("ssssssssss");
	for (i = 1; i <= 9; i++) {
		play(i == 3 ? "e" : i == 5 ? "c" : ".");
		expect(0, 0, 10 + i);
		assert_int_equal(now(TDM_PERF_PCV), 0);
	}
	play(".");
	expect(2, 0, 10);
	assert_int_equal(now(TDM_PERF_PCV), 1);
	assert_int_equal(now(TDM_PERF_CSS), 1);

	/* an SES in between starts the ten anew, and is unavailable itself */
	fresh(TDM_PERF_E1_CRC4);
	play("ssssssssss.........s..........");
	expect(0, 0, 20);
}

/* A failure (declared 2.5 s into the defect) makes it unavailable from the defect's onset. */
TEST(test_failure)
{
	fresh(TDM_PERF_E1_CRC4);
	play("..soo");
	expect(3, 3, 0);
	play("O");
	expect(0, 0, 4);
	/* clears after 10 s; the failure's end is no condition then */
	play("fffffffff");
	expect(0, 0, 13);
	play(".");
	expect(0, 0, 4);
	/* with an interruption only the run that led to it counts */
	fresh(TDM_PERF_E1_CRC4);
	play("oo.oO");
	expect(2, 2, 2);

	/* clearing time of 15 s: available from the onset of those 15, not before they are over */
	assert_int_equal(tdm_perf_init(&p, TDM_PERF_E1_CRC4, 15), 0);
	play("ooO");
	play("ffffffffffffff");
	expect(0, 0, 17);
	play(".");
	expect(0, 0, 3);
}

/* Ten SES astride the border of two intervals, at every position; the sum is always right. */
TEST(test_border)
{
	unsigned int before;

	for (before = 0; before <= 10; before++) {
		fresh(TDM_PERF_E1_CRC4);
		play("e");
		quiet(899 - before);
		play("ssssssssss");
		assert_int_equal(tdm_perf_intervals(&p), 1);
		assert_int_equal(ago(1, TDM_PERF_UAS), before);
		assert_int_equal(ago(1, TDM_PERF_SES), 0);
		assert_int_equal(ago(1, TDM_PERF_ES), 1);
		assert_int_equal(ago(1, TDM_PERF_PCV), 1);
		expect(0, 0, 10 - before);
		assert_int_equal(now(TDM_PERF_PCV), 0);
	}
	/* and back: "e" in each of the ten good ones */
	for (before = 0; before <= 10; before++) {
		fresh(TDM_PERF_E1_CRC4);
		quiet(890 - before);
		play("sssssssssseeeeeeeee");
		if (before == 10)
			expect(0, 0, 19);
		play("e");
		assert_int_equal(ago(1, TDM_PERF_UAS), 10);
		assert_int_equal(ago(1, TDM_PERF_ES), before);
		assert_int_equal(ago(1, TDM_PERF_PCV), before);
		expect(10 - before, 0, 0);
	}
}

TEST(test_intervals)
{
	struct tdm_perf_interval total;
	unsigned int i, k;

	fresh(TDM_PERF_ESF);
	assert_null(tdm_perf_interval_get(&p, 1));
	assert_null(tdm_perf_interval_get(&p, 0));
	tdm_perf_total(&p, &total);
	assert_int_equal(total.secs, 0);
	/* interval i has i ES */
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 900; k++) {
			struct tdm_perf_second s = { .pcv = k < i };

			if (k == 5 && i == 50)
				tdm_perf_invalidate(&p);
			assert_int_equal(tdm_perf_current(&p)->secs, k);
			assert_int_equal(tdm_perf_add_second(&p, &s), k == 899);
		}
		assert_int_equal(tdm_perf_intervals(&p), i < 96 ? i + 1 : 96);
	}
	for (i = 1; i <= 96; i++) {
		assert_int_equal(ago(i, TDM_PERF_ES), 100 - i);
		assert_int_equal(tdm_perf_interval_get(&p, i)->secs, 900);
		assert_int_equal(tdm_perf_interval_get(&p, i)->valid, i != 50);
	}
	assert_null(tdm_perf_interval_get(&p, 97));
	play("e");
	tdm_perf_total(&p, &total);
	assert_int_equal(total.count[TDM_PERF_ES], 99 * 100 / 2 - (0 + 1 + 2 + 3));
	assert_int_equal(total.valid, false);
	assert_int_equal(total.secs, 0xffff);
	tdm_perf_set_ses(&p, 7);
	tdm_perf_reset(&p);
	assert_int_equal(tdm_perf_intervals(&p), 0);
	assert_int_equal(now(TDM_PERF_ES), 0);
	assert_int_equal(p.ses_pcv, 7);
	assert_string_equal(tdm_perf_counter_name(TDM_PERF_UAS), "UAS");
	assert_null(tdm_perf_counter_name(TDM_PERF_COUNTERS));
}

/* G.821: sixty available seconds that are no SES, more than 1e-6 of their bits wrong. */
TEST(test_degraded)
{
	struct tdm_perf_second s = { .pcv = 3 };
	unsigned int i;

	fresh(TDM_PERF_E1_CRC4);	/* 122.88 errors in a minute */
	s.pcv = 122;
	tdm_perf_add_second(&p, &s);
	quiet(59);
	assert_int_equal(now(TDM_PERF_DM), 0);
	s.pcv = 123;
	tdm_perf_add_second(&p, &s);
	quiet(58);
	assert_int_equal(now(TDM_PERF_DM), 0);
	play("sss");			/* are left out of the minute */
	assert_int_equal(now(TDM_PERF_DM), 0);
	quiet(1);
	assert_int_equal(now(TDM_PERF_DM), 1);

	fresh(TDM_PERF_ESF);		/* 92.64 */
	s.pcv = 93;
	tdm_perf_add_second(&p, &s);
	quiet(9);
	/* unavailable time is left out; the ten seconds that end it are in */
	play("sssssssssssss");
	quiet(10);
	quiet(39);
	assert_int_equal(now(TDM_PERF_DM), 0);
	quiet(1);
	assert_int_equal(now(TDM_PERF_DM), 1);

	fresh(TDM_PERF_D4);		/* told by LCV */
	s.pcv = 0;
	s.lcv = 93;
	for (i = 0; i < 60; i++) {
		tdm_perf_add_second(&p, &s);
		s.lcv = 0;
	}
	assert_int_equal(now(TDM_PERF_DM), 1);
}

/*
 * The second implementation: knows all seconds, marks runs of ten, then adds up. It sees only
 * what is decided, so it is asked at ends that are quiet for ten seconds.
 */
TEST(test_random)
{
	static char t[5001];
	static bool ses[5000], un[5000];
	unsigned int round, i, k, run;

	for (round = 0; round < 200; round++) {
		unsigned int n = 1000 + test_below(4000), len = 0;
		u32 uas[6] = { 0 }, es[6] = { 0 }, sess[6] = { 0 };
		bool out = false;

		while (len < n) {
			char c = ".esc"[test_below(4)];
			unsigned int times = 1 + test_below(14);

			while (times-- && len < n)
				t[len++] = c;
		}
		for (i = n - 20; i < n; i++)
			t[i] = '.';
		t[n] = 0;
		for (i = 0, run = 0; i < n; i++) {
			ses[i] = t[i] == 's';
			run = i && ses[i] == ses[i - 1] ? run + 1 : 1;
			un[i] = out;
			if (run >= 10 && ses[i] != out) {
				out = ses[i];
				for (k = 0; k < 10; k++)
					un[i - k] = out;
			}
		}
		for (i = 0; i < n; i++) {
			uas[i / 900] += un[i];
			es[i / 900] += !un[i] && t[i] != '.';
			sess[i / 900] += !un[i] && ses[i];
		}
		fresh(TDM_PERF_E1_CRC4);
		play(t);
		assert_int_equal(tdm_perf_intervals(&p), n / 900);
		for (i = 0; i < n / 900; i++) {
			assert_int_equal(ago(n / 900 - i, TDM_PERF_UAS), uas[i]);
			assert_int_equal(ago(n / 900 - i, TDM_PERF_ES), es[i]);
			assert_int_equal(ago(n / 900 - i, TDM_PERF_SES), sess[i]);
		}
		expect(es[n / 900], sess[n / 900], uas[n / 900]);
	}
}

TEST_SUITE_BEGIN(counters)
	TEST_CASE(test_simple),
	TEST_CASE(test_thresholds),
	TEST_CASE(test_enter),
	TEST_CASE(test_leave),
	TEST_CASE(test_failure),
	TEST_CASE(test_border),
	TEST_CASE(test_intervals),
	TEST_CASE(test_degraded),
	TEST_CASE(test_random),
TEST_SUITE_END;

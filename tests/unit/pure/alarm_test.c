// SPDX-License-Identifier: GPL-2.0-or-later
/* Alarms against T1.231's times, in frames; CAS debouncing; frame number arithmetic. */
#include "test.h"
#include "kernel/core/pure/alarm.h"
#include "kernel/core/pure/debounce.h"
#include "kernel/core/pure/frame.h"

#define SEC		8000ull
#define DECLARE		(5 * SEC / 2)
#define CLEAR		(10 * SEC)
#define T0		1000000ull
#define NO_SIGNAL	(TDM_ACT_SEND_RAI | TDM_ACT_CAS_IDLE | TDM_ACT_MUTE | TDM_ACT_NO_CALLS)

static const struct {
	u32 bit;
	int index;
} kinds[] = {
	{ TDM_ALARM_LOS, TDM_ALARM_I_LOS },
	{ TDM_ALARM_LFA, TDM_ALARM_I_LFA },
	{ TDM_ALARM_AIS, TDM_ALARM_I_AIS },
	{ TDM_ALARM_LMFA, TDM_ALARM_I_LMFA },
};

static struct tdm_alarm a;
static struct tdm_alarm_out out;

static u64 bits_set(u32 v)
{
	u64 n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

static void start(u32 declare_ms, u32 clear_ms)
{
	struct tdm_alarm_config cfg;

	tdm_alarm_config_default(&cfg, declare_ms, clear_ms);
	tdm_alarm_init(&a, &cfg, T0);
}

static void at(u64 frame, u32 defects)
{
	tdm_alarm_defects(&a, T0 + frame, defects, &out);
}

static void until(u64 frame)
{
	tdm_alarm_advance(&a, T0 + frame, &out);
}

/* Declared at 2.5 s and not one frame before; cleared at 10 s and not one frame before. */
TEST(test_persistence)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		start(2500, 10000);
		at(0, kinds[k].bit);
		assert_int_equal(out.raised, 0);
		assert_int_equal(out.next, T0 + DECLARE);
		until(DECLARE - 1);
		assert_int_equal(out.raised, 0);
		assert_int_equal(a.failures, 0);
		until(DECLARE);
		assert_int_equal(out.raised, kinds[k].bit);
		assert_int_equal(a.failures, kinds[k].bit);
		assert_int_equal(out.when[kinds[k].index], T0 + DECLARE);
		assert_true(out.next == TDM_FRAME_NEVER);

		at(DECLARE + 100, 0);
		assert_int_equal(out.next, T0 + DECLARE + 100 + CLEAR);
		until(DECLARE + 100 + CLEAR - 1);
		assert_int_equal(a.failures, kinds[k].bit);
		until(DECLARE + 100 + CLEAR);
		assert_int_equal(out.cleared, kinds[k].bit);
		assert_int_equal(a.failures, 0);
		assert_true(out.next == TDM_FRAME_NEVER);
	}
}

/* A hit shorter than 2.5 s is no failure; a good spell shorter than 10 s no end of one. */
TEST(test_interrupted)
{
	start(2500, 10000);
	at(0, TDM_ALARM_LOS);
	at(DECLARE - 1, 0);
	assert_int_equal(out.raised, 0);
	assert_true(out.next == TDM_FRAME_NEVER);
	at(DECLARE, TDM_ALARM_LOS);
	assert_int_equal(out.next, T0 + 2 * DECLARE);
	until(2 * DECLARE);
	assert_int_equal(a.failures, TDM_ALARM_LOS);

	at(30 * SEC, 0);
	at(30 * SEC + CLEAR - 1, TDM_ALARM_LOS);
	assert_int_equal(out.cleared, 0);
	until(41 * SEC);
	assert_int_equal(out.cleared, 0);
	assert_int_equal(a.failures, TDM_ALARM_LOS);
	at(50 * SEC, 0);
	until(60 * SEC);
	assert_int_equal(a.failures, 0);
}

/* Late reports of a FIFO: the timers in between are served at their own frames. */
TEST(test_late)
{
	start(2500, 10000);
	at(0, TDM_ALARM_LOS);
	at(100 * SEC, 0);
	assert_int_equal(out.raised, TDM_ALARM_LOS);
	assert_int_equal(out.when[TDM_ALARM_I_LOS], T0 + DECLARE);
	assert_int_equal(out.next, T0 + 110 * SEC);
	at(200 * SEC, TDM_ALARM_LOS);
	assert_int_equal(out.cleared, TDM_ALARM_LOS);
	assert_int_equal(out.when_cleared[TDM_ALARM_I_LOS], T0 + 110 * SEC);
	/* time does not go back */
	at(199 * SEC, TDM_ALARM_LOS | TDM_ALARM_RAI);
	assert_int_equal(out.next, T0 + 200 * SEC + DECLARE);
}

TEST(test_configurable)
{
	struct tdm_alarm_config cfg;

	start(20000, 20000);
	at(0, TDM_ALARM_LOS);
	until(20 * SEC - 1);
	assert_int_equal(a.failures, 0);
	until(20 * SEC);
	assert_int_equal(a.failures, TDM_ALARM_LOS);

	start(0, 0);
	at(5, TDM_ALARM_LOS);
	assert_int_equal(out.raised, TDM_ALARM_LOS);
	assert_int_equal(out.when[TDM_ALARM_I_LOS], T0 + 5);
	at(6, 0);
	assert_int_equal(out.cleared, TDM_ALARM_LOS);

	/* changed while a timer runs */
	start(2500, 10000);
	at(0, TDM_ALARM_LOS);
	tdm_alarm_config_default(&cfg, 5000, 10000);
	assert_int_equal(tdm_alarm_set_config(&a, &cfg), T0 + 5 * SEC);
	until(5 * SEC - 1);
	assert_int_equal(a.failures, 0);
	until(5 * SEC);
	assert_int_equal(a.failures, TDM_ALARM_LOS);
	at(10 * SEC, 0);
	tdm_alarm_config_default(&cfg, 5000, 1000);
	assert_int_equal(tdm_alarm_set_config(&a, &cfg), T0 + 11 * SEC);
	until(13 * SEC);
	assert_int_equal(out.cleared, TDM_ALARM_LOS);
}

/* RAI follows its defect at once, both ways (RFC 4805: already integrated). */
TEST(test_rai)
{
	start(2500, 10000);
	at(7, TDM_ALARM_RAI);
	assert_int_equal(out.raised, TDM_ALARM_RAI);
	assert_int_equal(out.when[TDM_ALARM_I_RAI], T0 + 7);
	assert_int_equal(out.actions_on, TDM_ACT_NO_CALLS);
	at(8, 0);
	assert_int_equal(out.cleared, TDM_ALARM_RAI);
	assert_int_equal(out.actions_off, TDM_ACT_NO_CALLS);

	/* under LFA it is not believed; a failure of it ends with the LFA failure */
	at(10, TDM_ALARM_RAI | TDM_ALARM_LFA);
	assert_int_equal(out.raised, 0);
	at(20, TDM_ALARM_RAI);
	assert_int_equal(out.raised, TDM_ALARM_RAI);
	at(30, TDM_ALARM_RAI | TDM_ALARM_LFA);
	assert_int_equal(a.failures, TDM_ALARM_RAI);
	until(30 + DECLARE);
	assert_int_equal(out.raised, TDM_ALARM_LFA);
	assert_int_equal(out.cleared, TDM_ALARM_RAI);
	assert_int_equal(a.failures, TDM_ALARM_LFA);
	/* aligned again: it shows although the LFA failure is still clearing */
	at(30 + 2 * DECLARE, TDM_ALARM_RAI);
	assert_int_equal(a.failures, TDM_ALARM_LFA | TDM_ALARM_RAI);
}

/* T1.231: LOF is not declared beside LOS or AIS, and ends when one of those is declared. */
TEST(test_hierarchy)
{
	static const u32 over[] = { TDM_ALARM_LOS, TDM_ALARM_AIS };
	unsigned int k;

	for (k = 0; k < 2; k++) {
		start(2500, 10000);
		at(0, over[k] | TDM_ALARM_LFA | TDM_ALARM_LMFA);
		until(DECLARE);
		assert_int_equal(a.failures, over[k]);
		until(60 * SEC);
		assert_int_equal(a.failures, over[k]);
		/* the higher defect goes, LFA stays: blocked until its failure has cleared */
		at(60 * SEC, TDM_ALARM_LFA);
		until(70 * SEC - 1);
		assert_int_equal(a.failures, over[k]);
		until(70 * SEC);
		assert_int_equal(a.failures, 0);
		assert_int_equal(out.next, T0 + 70 * SEC + DECLARE);
		until(70 * SEC + DECLARE);
		assert_int_equal(a.failures, TDM_ALARM_LFA);

		/* now the higher one comes back */
		at(80 * SEC, TDM_ALARM_LFA | over[k]);
		assert_int_equal(a.failures, TDM_ALARM_LFA);
		until(80 * SEC + DECLARE);
		assert_int_equal(out.raised, over[k]);
		assert_int_equal(out.cleared, TDM_ALARM_LFA);
		assert_int_equal(a.failures, over[k]);
	}
	/* all of it in one late call gives the same */
	start(2500, 10000);
	at(0, TDM_ALARM_LOS | TDM_ALARM_LFA);
	at(60 * SEC, TDM_ALARM_LFA);
	until(1000 * SEC);
	assert_int_equal(out.cleared, TDM_ALARM_LOS);
	assert_int_equal(out.raised, TDM_ALARM_LFA);
	assert_int_equal(out.when_cleared[TDM_ALARM_I_LOS], T0 + 70 * SEC);
	assert_int_equal(out.when[TDM_ALARM_I_LFA], T0 + 70 * SEC + DECLARE);
	/* a LOS defect alone holds LFA up, and its time begins anew after it */
	start(2500, 10000);
	at(0, TDM_ALARM_LFA);
	at(SEC, TDM_ALARM_LFA | TDM_ALARM_LOS);
	until(3 * SEC);
	assert_int_equal(a.failures, 0);
	at(3 * SEC, TDM_ALARM_LFA);
	assert_int_equal(out.next, T0 + 3 * SEC + DECLARE);
	/* LFA hides LMFA */
	start(2500, 10000);
	at(0, TDM_ALARM_LFA | TDM_ALARM_LMFA);
	until(10 * SEC);
	assert_int_equal(a.failures, TDM_ALARM_LFA);
}

/* G.732 table 4: at once with the defect, and gone with it. */
TEST(test_actions)
{
	static const u32 strong[] = { TDM_ALARM_LOS, TDM_ALARM_LFA, TDM_ALARM_AIS };
	unsigned int k;

	for (k = 0; k < 3; k++) {
		start(2500, 10000);
		at(1, strong[k]);
		assert_int_equal(out.actions_on, NO_SIGNAL);
		assert_int_equal(a.actions, NO_SIGNAL);
		at(2, strong[k] | TDM_ALARM_RAI);
		assert_int_equal(out.actions_on | out.actions_off, 0);
		at(3, TDM_ALARM_RAI);
		assert_int_equal(out.actions_off, NO_SIGNAL & ~TDM_ACT_NO_CALLS);
		at(4, 0);
		assert_int_equal(a.actions, 0);
	}
	start(2500, 10000);
	at(1, TDM_ALARM_LMFA);
	assert_int_equal(a.actions, TDM_ACT_SEND_MRAI | TDM_ACT_CAS_IDLE);
	/* unknown bits are ignored */
	at(2, 0xffffff00);
	assert_int_equal(a.defects, 0);
	assert_string_equal(tdm_alarm_name(TDM_ALARM_AIS), "AIS");
	assert_string_equal(tdm_alarm_name(3), "?");
}

/* Any reports: feeding them late gives what feeding every frame's timer in time gives. */
TEST(test_random_late)
{
	static struct tdm_alarm now;
	unsigned int round, i;

	for (round = 0; round < 2000; round++) {
		u64 frame = 0, changes_now = 0, changes_late = 0;

		start(2500, 10000);
		now = a;
		for (i = 0; i < 30; i++) {
			u32 defects = (u32)test_rand() & 0x1f & (u32)test_rand();
			struct tdm_alarm_out o;

			frame += 1 + test_below(40000);
			for (;;) {
				tdm_alarm_advance(&now, now.now, &o);
				if (o.next > T0 + frame)
					break;
				tdm_alarm_advance(&now, o.next, &o);
				changes_now += bits_set(o.raised) +
					       bits_set(o.cleared);
			}
			tdm_alarm_defects(&now, T0 + frame, defects, &o);
			changes_now += bits_set(o.raised) +
				       bits_set(o.cleared);
			at(frame, defects);
			changes_late += bits_set(out.raised) +
					bits_set(out.cleared);
			assert_int_equal(now.failures, a.failures);
			assert_int_equal(now.actions, a.actions);
			assert_memory_equal(now.state, a.state, sizeof(a.state));
			/* LFA never stands beside a LOS or AIS failure that was declared later */
			assert_false((a.failures & TDM_ALARM_LFA) &&
				     (a.failures & (TDM_ALARM_LOS | TDM_ALARM_AIS)));
		}
		assert_int_equal(changes_now, changes_late);
	}
}

TEST(test_debounce)
{
	struct tdm_debounce d;
	struct tdm_debounced c;

	tdm_debounce_init(&d, 80, 0x9, 0);
	assert_true(tdm_debounce_next(&d) == TDM_FRAME_NEVER);
	assert_false(tdm_debounce_push(&d, 100, 0xd, &c));
	assert_int_equal(tdm_debounce_next(&d), 180);
	assert_false(tdm_debounce_poll(&d, 179, &c));
	assert_true(tdm_debounce_poll(&d, 180, &c));
	assert_int_equal(c.frame, 100);
	assert_int_equal(c.bits, 0xd);
	assert_int_equal(c.old, 0x9);
	assert_false(tdm_debounce_poll(&d, 500, &c));

	/* too short, and back */
	assert_false(tdm_debounce_push(&d, 1000, 0x1, &c));
	assert_false(tdm_debounce_push(&d, 1079, 0xd, &c));
	assert_true(tdm_debounce_next(&d) == TDM_FRAME_NEVER);
	/* bounces restart the time */
	assert_false(tdm_debounce_push(&d, 2000, 0x1, &c));
	assert_false(tdm_debounce_push(&d, 2040, 0x5, &c));
	assert_false(tdm_debounce_push(&d, 2050, 0x1, &c));
	assert_false(tdm_debounce_poll(&d, 2129, &c));
	assert_true(tdm_debounce_poll(&d, 2130, &c));
	assert_int_equal(c.frame, 2050);

	/* repeating what is known is no transition, but time passes */
	assert_false(tdm_debounce_push(&d, 3000, 0x2, &c));
	assert_false(tdm_debounce_push(&d, 3079, 0x2, &c));
	assert_true(tdm_debounce_push(&d, 3080, 0x2, &c));
	assert_int_equal(c.frame, 3000);

	tdm_debounce_init(&d, 0, 0, 0);
	assert_true(tdm_debounce_push(&d, 1, 5, &c));
	assert_true(tdm_debounce_push(&d, 2, 0, &c));
	assert_int_equal(c.frame, 2);
}

/*
 * Dial pulses of 60/40 ms, all fed long after: each comes out with its exact frames. The persistence
 * time is the shortest state that counts.
 */
TEST(test_pulses_late)
{
	struct tdm_debounce d;
	struct tdm_debounced c;
	unsigned int i, got = 0;
	u64 frame = 5000, last = 0;

	tdm_debounce_init(&d, 320, 1, 0);
	for (i = 0; i < 20; i++) {
		if (tdm_debounce_push(&d, frame, i & 1, &c)) {
			if (got)
				assert_int_equal(c.frame - last, got & 1 ? 480 : 320);
			last = c.frame;
			assert_int_equal(c.bits, got & 1);
			got++;
		}
		frame += i & 1 ? 320 : 480;
	}
	got += tdm_debounce_poll(&d, frame, &c);
	assert_int_equal(got, 20);
}

/* Against the definition, on random transitions: state k comes out iff it lasted, and differs. */
TEST(test_debounce_random)
{
	unsigned int round;

	for (round = 0; round < 500; round++) {
		u32 persist = test_below(50);
		struct tdm_debounce d;
		struct tdm_debounced c;
		u64 frame = 10, next;
		u8 bits = 0, stable = 0;
		unsigned int i;

		tdm_debounce_init(&d, persist, 0, 0);
		for (i = 0; i < 200; i++) {
			u8 to = (bits + 1 + test_below(15)) & 0xf;
			bool lasted;

			next = frame + 1 + test_below(80);
			lasted = next - frame >= persist && to != stable;
			/* the state [frame, next) of bits "to" */
			if (tdm_debounce_push(&d, frame, to, &c)) {
				assert_int_equal(persist, 0);
				assert_int_equal(c.bits, to);
				stable = to;
			}
			if (persist) {
				bool came = tdm_debounce_poll(&d, next, &c);

				assert_int_equal(came, lasted);
				if (came) {
					assert_int_equal(c.frame, frame);
					assert_int_equal(c.old, stable);
					stable = to;
				}
			}
			bits = to;
			frame = next;
		}
	}
}

TEST(test_frames)
{
	struct tdm_frame_gap g = { 0 };
	unsigned int i;

	assert_true(tdm_frame_reached(5, 5));
	assert_false(tdm_frame_reached(4, 5));
	assert_false(tdm_frame_reached(U64_MAX - 1, TDM_FRAME_NEVER));
	for (i = 0; i < 100000; i++) {
		u64 base = test_rand(), v = base + (u64)(s64)(s32)test_rand();

		if ((s64)(v - base) == -0x80000000ll)
			continue;
		assert_true(tdm_frame_extend(base, (u32)v) == v);
	}
	assert_int_equal(tdm_frame_gap_check(&g, 1000, 8), 0);
	assert_int_equal(tdm_frame_gap_check(&g, 1008, 16), 0);
	assert_int_equal(tdm_frame_gap_check(&g, 1040, 8), 16);
	assert_int_equal(tdm_frame_gap_check(&g, 1040, 8), -8);
	assert_int_equal(tdm_frame_gap_check(&g, 1048, 8), 0);
	assert_int_equal(tdm_frame_to_ms(8007), 1000);
}

TEST_SUITE_BEGIN(alarm)
	TEST_CASE(test_persistence),
	TEST_CASE(test_interrupted),
	TEST_CASE(test_late),
	TEST_CASE(test_configurable),
	TEST_CASE(test_rai),
	TEST_CASE(test_hierarchy),
	TEST_CASE(test_actions),
	TEST_CASE(test_random_late),
	TEST_CASE(test_debounce),
	TEST_CASE(test_pulses_late),
	TEST_CASE(test_debounce_random),
	TEST_CASE(test_frames),
TEST_SUITE_END;

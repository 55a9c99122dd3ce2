// SPDX-License-Identifier: GPL-2.0-or-later
/* Where ABCD lies, and timed sequences of it. */
#include "test.h"
#include "kernel/core/pure/cas.h"
#include "kernel/core/pure/casseq.h"

static u8 abcd[32], row[8], at[32];

static void random_abcd(void)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		abcd[i] = (u8)test_below(16);
	for (i = 1; i < 16; i++)
		if (!abcd[i])
			abcd[i] = 1;
}

/* G.704 5.1.3.2.2: octets by hand. */
TEST(test_e1_layout)
{
	u8 mf[16];

	memset(abcd, 0x9, sizeof(abcd));
	abcd[1] = 0xd;
	abcd[17] = 0x3;
	abcd[15] = 0x0;
	abcd[31] = 0x0;
	tdm_cas_e1_pack(mf, abcd, false);
	assert_int_equal(mf[0], 0x0b);
	assert_int_equal(mf[1], 0xd3);
	assert_int_equal(mf[2], 0x99);
	assert_int_equal(mf[15], 0x10);	/* 0000 is never sent for slots 1-15 */
	tdm_cas_e1_pack(mf, abcd, true);
	assert_int_equal(mf[0], 0x0f);
}

/* Any ABCD, any start of the receiver: what was sent is found, slot by slot. */
TEST(test_e1_loop)
{
	unsigned int round, i, k;

	for (round = 0; round < 300; round++) {
		struct tdm_cas_e1_tx tx = { .frame = (u8)test_below(16) };
		struct tdm_cas_e1_rx rx = { 0 };
		u32 changed, all = 0;
		bool alarm = test_below(2);

		random_abcd();
		for (i = 0; i < 6; i++) {
			tdm_cas_e1_tx_row(&tx, row, abcd, alarm);
			tdm_cas_e1_rx_row(&rx, row, &changed, at);
			all |= changed;
		}
		assert_true(rx.aligned);
		assert_int_equal(rx.alarm, alarm);
		for (i = 1; i < 32; i++)
			if (i != 16)
				assert_int_equal(rx.abcd[i], abcd[i]);
		/* one slot changes: one bit, at the frame where it is */
		i = 1 + test_below(15);
		abcd[i] ^= abcd[i] == 1 ? 2 : 1;
		if (!abcd[i])
			abcd[i] = 3;
		for (k = 0, all = 0; k < 2; k++) {
			u8 frame = tx.frame;

			tdm_cas_e1_tx_row(&tx, row, abcd, alarm);
			assert_false(tdm_cas_e1_rx_row(&rx, row, &changed, at));
			if (changed)
				assert_int_equal((frame + at[i]) % 16, i);
			all |= changed;
		}
		assert_int_equal(all, 1u << i);
	}
}

static void feed_mf(struct tdm_cas_e1_rx *rx, const u8 mf[16], unsigned int *changes)
{
	u32 changed;

	*changes += tdm_cas_e1_rx_row(rx, mf, &changed, NULL);
	*changes += tdm_cas_e1_rx_row(rx, mf + 8, &changed, NULL);
}

/* G.732 5.2: lost after two wrong ones in succession, not after one; or all zeros. */
TEST(test_e1_alignment)
{
	struct tdm_cas_e1_rx rx = { 0 };
	unsigned int changes = 0, i;
	u8 mf[16], bad[16], zero[16] = { 0 };

	random_abcd();
	tdm_cas_e1_pack(mf, abcd, false);
	memcpy(bad, mf, 16);
	bad[0] = 0x2b;
	bad[3] = 0x11;
	feed_mf(&rx, mf, &changes);
	feed_mf(&rx, mf, &changes);
	assert_true(rx.aligned);
	assert_int_equal(changes, 1);
	feed_mf(&rx, bad, &changes);
	feed_mf(&rx, mf, &changes);
	feed_mf(&rx, bad, &changes);
	assert_true(rx.aligned);
	assert_int_equal(changes, 1);
	/* what came with a wrong alignment signal was not believed */
	assert_int_equal(rx.abcd[3], abcd[3]);
	feed_mf(&rx, bad, &changes);
	assert_false(rx.aligned);
	assert_int_equal(changes, 2);
	feed_mf(&rx, mf, &changes);
	feed_mf(&rx, mf, &changes);
	assert_true(rx.aligned);
	feed_mf(&rx, zero, &changes);
	assert_true(rx.aligned);
	feed_mf(&rx, zero, &changes);
	assert_false(rx.aligned);
	/* nothing but zeros never aligns */
	for (i = 0; i < 20; i++)
		feed_mf(&rx, zero, &changes);
	assert_false(rx.aligned);
	assert_int_equal(changes, 4);
}

/* T1.403 9.2: only bit 0, only in frames 6, 12 (18, 24). */
static void t1(u8 frames)
{
	struct tdm_cas_t1 t = { .frames = frames, .frame = 0 };
	unsigned int frame = 0, i, round;
	u8 got = 0, sent = 0;

	for (round = 0; round < 2000; round++) {
		u8 orig[8];
		int last;

		if (frame % frames == 0)
			sent = (u8)test_below(16);
		if (frames == TDM_CAS_D4_FRAMES)
			sent = (u8)((sent & 0xc) | (sent & 0xc) >> 2);
		for (i = 0; i < 8; i++)
			orig[i] = row[i] = (u8)test_rand();
		assert_int_equal(t.frame, frame % frames);
		tdm_cas_t1_insert(&t, row, sent);
		for (i = 0; i < 8; i++) {
			/* frames from 1 as the standard counts them */
			unsigned int f = (frame + i) % frames + 1;

			if (f % 6) {
				assert_int_equal(row[i], orig[i]);
			} else {
				assert_int_equal(row[i] & 0xfe, orig[i] & 0xfe);
				assert_int_equal(row[i] & 1, sent >> (3 - (f / 6 - 1)) & 1);
			}
		}
		memcpy(orig, row, 8);
		last = tdm_cas_t1_extract(&t, row, &got);
		assert_memory_equal(row, orig, 8);
		assert_in_range(last + 1, 0, 8);
		frame += 8;
		tdm_cas_t1_advance(&t, 8);
		if (frame % frames == 0)
			assert_int_equal(got, sent);
	}
}

TEST(test_t1)
{
	struct tdm_cas_t1 t = { .frames = 24, .frame = 23 };
	u8 bits = 0xf;

	t1(TDM_CAS_D4_FRAMES);
	t1(TDM_CAS_ESF_FRAMES);
	memset(row, 0, 8);
	assert_int_equal(tdm_cas_t1_extract(&t, row, &bits), 6);	/* D at 0, then A at 6 */
	assert_int_equal(bits, 0x6);
	tdm_cas_t1_advance(&t, 1000001);
	assert_int_equal(t.frame, (23 + 1000001) % 24);
}

static struct tdm_casseq seq;

static void seq_start(void)
{
	struct tdm_casseq_config cfg;

	tdm_casseq_config_default(&cfg, 0x0, 0xf);
	tdm_casseq_init(&seq, &cfg);
}

/* Next change must be at @ms after T and leave @bits. */
static void change(u64 t, unsigned int ms, u8 bits)
{
	assert_int_equal(tdm_casseq_next(&seq), t + ms * 8ull);
	assert_false(tdm_casseq_advance(&seq, t + ms * 8ull - 1));
	assert_true(tdm_casseq_advance(&seq, t + ms * 8ull));
	assert_int_equal(seq.bits, bits);
}

TEST(test_wink_flash)
{
	seq_start();
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_WINK, NULL, 5000), 0);
	assert_int_equal(seq.bits, 0xf);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_WINK, NULL, 5000), -EBUSY);
	change(5000, 200, 0x0);
	assert_true(tdm_casseq_next(&seq) == TDM_FRAME_NEVER);
	assert_true(tdm_casseq_set(&seq, 0xf));
	assert_false(tdm_casseq_set(&seq, 0xf));
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_FLASH, NULL, 9000), 0);
	assert_int_equal(seq.bits, 0x0);
	change(9000, 500, 0xf);
	assert_true(tdm_casseq_next(&seq) == TDM_FRAME_NEVER);
}

TEST(test_dial)
{
	unsigned int ms = 0, i;

	seq_start();
	tdm_casseq_set(&seq, 0xf);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, "310", 800), 0);
	assert_int_equal(seq.bits, 0x0);
	for (i = 0; i < 2; i++) {
		change(800, ms += 60, 0xf);
		change(800, ms += 40, 0x0);
	}
	change(800, ms += 60, 0xf);
	change(800, ms += 700, 0x0);	/* pause, then digit 1 */
	change(800, ms += 60, 0xf);
	change(800, ms += 700, 0x0);	/* digit 0: ten pulses */
	for (i = 0; i < 9; i++) {
		change(800, ms += 60, 0xf);
		change(800, ms += 40, 0x0);
	}
	change(800, ms += 60, 0xf);
	change(800, ms += 700, 0xf);
	assert_int_equal(seq.kind, TDM_CASSEQ_NONE);

	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, "", 0), -EINVAL);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, NULL, 0), -EINVAL);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, "12#", 0), -EINVAL);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL,
					  "012345678901234567890123456789012", 0), -EINVAL);
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_NONE, NULL, 0), -EINVAL);
	assert_int_equal(tdm_casseq_start(&seq, (enum tdm_casseq_kind)9, NULL, 0), -EINVAL);
	seq.cfg.make_ms = 0;
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, "1", 0), -EINVAL);
}

/* A late caller: somewhat late shifts nothing; very late delays, but no pulse is swallowed. */
TEST(test_dial_late)
{
	unsigned int breaks = 1, steps = 0;
	u64 now = 0;

	seq_start();
	assert_int_equal(tdm_casseq_start(&seq, TDM_CASSEQ_DIAL, "5", 0), 0);
	assert_true(tdm_casseq_advance(&seq, 480 + 100));
	assert_int_equal(tdm_casseq_next(&seq), 800);
	while (seq.kind != TDM_CASSEQ_NONE) {
		now += 5000;
		while (tdm_casseq_advance(&seq, now)) {
			breaks += seq.bits == 0;
			assert_true(++steps < 50);
		}
	}
	assert_int_equal(breaks, 5);
}

TEST_SUITE_BEGIN(cas)
	TEST_CASE(test_e1_layout),
	TEST_CASE(test_e1_loop),
	TEST_CASE(test_e1_alignment),
	TEST_CASE(test_t1),
	TEST_CASE(test_wink_flash),
	TEST_CASE(test_dial),
	TEST_CASE(test_dial_late),
TEST_SUITE_END;

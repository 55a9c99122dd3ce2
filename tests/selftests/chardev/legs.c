// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many cross-connects that come and go at random, on spans that nobody else uses.
 *
 * Two spans of a card and one of another that only cross-connects use:
 *
 *	world (port 1) === 2 --connect--> 3 === 4 far[0]	of the card
 *				      \-> 1 === 2 far[1]	of the other
 */
#include "../harness.h"
#include "plant.h"

#define PERIOD	80
#define PERIODS	100

struct many {
	uint32_t card, other;
	struct mapped world, far[2];
	struct leg {
		uint32_t id;		/* 0: none */
		unsigned int from;	/* slot of the world */
		int both;
	} leg[2][32];			/* by where it leads to */
	uint64_t written[3][32];
	uint64_t dice;
};

static unsigned int roll(struct many *m, unsigned int n)
{
	m->dice = mix(m->dice);
	return m->dice % n;
}

static int says(unsigned int who, unsigned int slot)
{
	return 0x20 + 0x20 * who + slot;
}

static void many_begin(struct many *m)
{
	struct mapped *all[] = { &m->world, &m->far[0], &m->far[1] };
	unsigned int i, slot;

	m->card = plant_card(4, TDM_TYPE_E1);
	m->other = plant_card(2, TDM_TYPE_E1);
	if (stream_of(&m->world, m->card, 1, PERIOD, PERIODS) ||
	    stream_of(&m->far[0], m->card, 4, PERIOD, PERIODS) ||
	    stream_of(&m->far[1], m->other, 2, PERIOD, PERIODS))
		exit(2);
	for (i = 0; i < 3; i++) {
		for (slot = 1; slot < 32; slot++) {
			if (claim(all[i]->fd, slot, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL))
				exit(2);
		}
	}
}

static void many_speak(struct many *m)
{
	struct mapped *all[] = { &m->world, &m->far[0], &m->far[1] };
	unsigned int i, slot;

	for (i = 0; i < 3; i++)
		for (slot = 1; slot < 32; slot++)
			speak(all[i], slot, says(i, slot), &m->written[i][slot]);
}

/* A leg that is there goes; where none is, one comes from a slot that has none. */
static void many_step(struct many *m)
{
	unsigned int to = roll(m, 2), slot = 1 + roll(m, 31), from = 1 + roll(m, 31), i, k;
	struct leg *leg = &m->leg[to][slot];
	int taken;

	if (leg->id) {
		plant_disconnect(leg->id);
		*leg = (struct leg) { 0 };
		return;
	}
	for (i = 0; i < 31; i++, from = from % 31 + 1) {
		for (taken = 0, k = 0; k < 64; k++)
			taken |= m->leg[k / 32][k % 32].id && m->leg[k / 32][k % 32].from == from;
		if (taken)
			continue;
		leg->both = roll(m, 2);
		leg->from = from;
		leg->id = plant_connect(m->card, 2, from, to ? m->other : m->card, to ? 1 : 3, slot,
					leg->both);
		return;
	}
}

/* Slots of a stream that do not hear what they should, a while from now. */
static unsigned int many_wrong(struct many *m, unsigned int *checked)
{
	struct mapped *all[] = { &m->world, &m->far[0], &m->far[1] };
	unsigned int i, slot, to, wrong = 0;
	int want[3][32];

	for (i = 0; i < 3; i++)
		for (slot = 1; slot < 32; slot++)
			want[i][slot] = 0xd5;
	for (to = 0; to < 2; to++) {
		for (slot = 1; slot < 32; slot++) {
			const struct leg *leg = &m->leg[to][slot];

			if (!leg->id)
				continue;
			want[1 + to][slot] = says(0, leg->from);
			if (leg->both)
				want[0][leg->from] = says(1 + to, slot);
			++*checked;
		}
	}
	for (i = 0; i < 3; i++) {
		uint64_t r = rx_frame(all[i]) + 160;

		wrong += !wait_rx(all[i], r + 8);
		for (slot = 1; slot < 32; slot++) {
			uint8_t is = all[i]->rx[place(all[i], r + slot % 8, slot)];

			if (is != want[i][slot] && wrong++ < 5)
				printf("# stream %u slot %u: 0x%02x, not 0x%02x\n", i, slot, is,
				       want[i][slot]);
		}
	}
	return wrong;
}

TEST(many_legs_alone_on_their_spans)
{
	const char *given = getenv("OPENTDM_SEED");
	unsigned int step, wrong = 0, checked = 0;
	struct many m = { .dice = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) };

	TH_LOG("seed %llu", (unsigned long long)m.dice);
	many_begin(&m);
	for (step = 0; step < 60 && !wrong; step++) {
		many_step(&m);
		many_speak(&m);
		wrong = many_wrong(&m, &checked);
	}
	EXPECT_EQ(0, wrong) TH_LOG("after %u steps", step);
	EXPECT_LT(200, checked);
	/* All go, from anywhere; more than once, for what is left must be right for who comes next. */
	for (step = 0; step < 4 && !wrong; step++) {
		unsigned int i, at = roll(&m, 64);

		for (i = 0; i < 64; i++, at = (at + 23) % 64) {
			struct leg *leg = &m.leg[at / 32][at % 32];

			if (leg->id)
				plant_disconnect(leg->id);
			*leg = (struct leg) { 0 };
		}
		for (i = 0; i < 20; i++)
			many_step(&m);
		many_speak(&m);
		wrong = many_wrong(&m, &checked);
	}
	EXPECT_EQ(0, wrong);
	stream_close(&m.world);
	stream_close(&m.far[0]);
	stream_close(&m.far[1]);
	plant_unplug(m.card);
	plant_unplug(m.other);
}

TEST_HARNESS_MAIN

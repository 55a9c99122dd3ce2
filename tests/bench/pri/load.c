// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pri-far load FROM TO RATE CALLS HOLD - places CALLS calls on FROM's D-channel, RATE a second, and answers at once
 * what arrives at TO; each is held for HOLD ms and must carry, before it is hung up, one octet of its own each way.
 * One object of JSON says how it went: "right" when every call was answered, heard both ways and released.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/pri/far.h"

#define CALLS_MAX	20000
#define PATIENCE_US	20000000	/* after the last call was placed */
#define NUMBER		200000		/* the first call's number */

struct call {
	q931_call *call;
	unsigned int slot, to_slot;	/* 0: not so far */
	uint64_t placed, answered;	/* us; 0: not so far */
	bool hung_up, released;
};

static struct call calls[CALLS_MAX];
static unsigned int ncalls, rate, hold_us;
static unsigned int placed, answered, released, failed, deaf;
static unsigned int busy[SLOTS];	/* call + 1 */
static struct end *from, *to;

static uint8_t octet_of(unsigned int call)
{
	uint8_t octet = (uint8_t)(call % 100 + 1);

	return octet == 0x55 ? 101 : octet;	/* that is silence, as is its inverse below */
}

static struct call *call_of(q931_call *q)
{
	for (unsigned int slot = 1; slot < SLOTS; slot++)
		if (busy[slot] && calls[busy[slot] - 1].call == q)
			return &calls[busy[slot] - 1];
	return NULL;
}

static void arrived(struct end *end, pri_event_ring *r)
{
	unsigned int number = (unsigned int)strtoul(r->callednum, NULL, 10) - NUMBER;
	unsigned int slot = (unsigned int)r->channel & 0xff;

	if (number >= ncalls || !calls[number].placed || slot >= SLOTS || calls[number].to_slot)
		die("a call for %s on slot %u that nobody has placed", r->callednum, slot);
	calls[number].to_slot = slot;
	audio_say(to, slot, octet_of(number) | 0x80);
	pri_answer(end->d.pri, r->call, r->channel, 0);
}

static void ended(struct end *end, q931_call *q, int cause)
{
	struct call *c = end == from ? call_of(q) : NULL;

	pri_hangup(end->d.pri, q, cause);
	if (!c || c->released)
		return;
	if (!c->hung_up) {
		fprintf(stderr, "# call %u ends by cause %d\n", (unsigned int)(c - calls), cause);
		failed++;
	}
	c->released = true;
	released++;
	busy[c->slot] = 0;
}

static void event(struct end *end, pri_event *e)
{
	struct call *c;

	switch (e->e) {
	case PRI_EVENT_RING:
		arrived(end, &e->ring);
		break;
	case PRI_EVENT_ANSWER:
		c = call_of(e->answer.call);
		if (c && !c->answered) {
			c->answered = now_us();
			answered++;
		}
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
	case PRI_EVENT_HANGUP_ACK:
		ended(end, e->hangup.call, e->hangup.cause);
		break;
	default:
		break;
	}
}

static void place(void)
{
	struct call *c = &calls[placed];
	unsigned int slot = 1;
	char number[16];

	while (slot < SLOTS && (busy[slot] || slot == 16))
		slot++;
	if (slot == SLOTS)
		return;
	snprintf(number, sizeof(number), "%u", NUMBER + placed);
	c->slot = slot;
	c->placed = now_us();
	busy[slot] = placed + 1;
	audio_say(from, slot, octet_of(placed));
	placed++;
	c->call = pri_new_call(from->d.pri);
	if (!c->call || dchan_call(&from->d, PRI_SWITCH_EUROISDN_E1, c->call, (int)slot, number))
		die("libpri places no call");
}

static void hang_up(struct call *c)
{
	unsigned int i = (unsigned int)(c - calls);

	if (audio_heard(from, c->slot) != (octet_of(i) | 0x80) || !c->to_slot ||
	    audio_heard(to, c->to_slot) != octet_of(i)) {
		fprintf(stderr, "# call %u hears %02x and %02x\n", i, audio_heard(from, c->slot),
			audio_heard(to, c->to_slot));
		deaf++;
	}
	c->hung_up = true;
	pri_hangup(from->d.pri, c->call, PRI_CAUSE_NORMAL_CLEARING);
}

/* What is due, and for how many ms nothing is. */
static int turn(uint64_t begin)
{
	uint64_t now = now_us(), next = now + 100000, due;

	for (unsigned int slot = 1; slot < SLOTS; slot++) {
		struct call *c = busy[slot] ? &calls[busy[slot] - 1] : NULL;

		if (!c || !c->answered || c->hung_up)
			continue;
		if (c->answered + hold_us <= now)
			hang_up(c);
		else if (c->answered + hold_us < next)
			next = c->answered + hold_us;
	}
	if (placed < ncalls) {
		due = begin + (uint64_t)placed * 1000000 / rate;
		if (due <= now)
			place();
		else if (due < next)
			next = due;
	}
	return (int)((next - now) / 1000);
}

static int earlier(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void report(double seconds)
{
	static uint64_t delay[CALLS_MAX];
	unsigned int n = 0;
	bool right = answered == ncalls && released == ncalls && !failed && !deaf;

	for (unsigned int i = 0; i < ncalls; i++)
		if (calls[i].answered)
			delay[n++] = calls[i].answered - calls[i].placed;
	qsort(delay, n, sizeof(delay[0]), earlier);
	printf("{\"rate\": %u, \"calls\": %u, \"answered\": %u, \"released\": %u, \"failed\": %u, \"deaf\": %u, "
	       "\"seconds\": %.3f, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"right\": %s}\n",
	       rate, ncalls, answered, released, failed, deaf, seconds,
	       n ? (double)delay[n / 2] / 1e3 : 0, n ? (double)delay[n * 99 / 100] / 1e3 : 0,
	       n ? (double)delay[n - 1] / 1e3 : 0, right ? "true" : "false");
}

int load_main(int argc, char **argv)
{
	uint64_t begin, give_up;
	int fd;

	if (argc != 6)
		die("usage: pri-far load FROM TO RATE CALLS HOLD");
	rate = (unsigned int)atoi(argv[3]);
	ncalls = (unsigned int)atoi(argv[4]);
	hold_us = (unsigned int)atoi(argv[5]) * 1000;
	if (!rate || !ncalls || ncalls > CALLS_MAX)
		die("up to %d calls, at least one a second", CALLS_MAX);
	from = end_open(argv[1], event);
	to = end_open(argv[2], event);
	fd = audio_open(from, to);
	if (!ends_told())
		return 2;
	begin = now_us();
	give_up = begin + (uint64_t)ncalls * 1000000 / rate + PATIENCE_US;
	while (released < ncalls && now_us() < give_up) {
		ends_turn(fd, turn(begin));
		audio_turn();
	}
	report((double)(now_us() - begin) / 1e6);
	return !(answered == ncalls && released == ncalls && !failed && !deaf);
}

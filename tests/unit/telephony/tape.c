// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/telephony/tape.h"

#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

static void over(void *arg, const struct talk_report *r)
{
	struct tape *t = arg;

	t->report = *r;
	atomic_store(&t->over, 1);
}

void tape_start(struct tape *t, const char *id, struct channel *ch, struct bridge *br,
		enum talk_kind kind, bool beep)
{
	struct talk_params p = { .kind = (uint8_t)kind, .id = t->id, .path = t->file, .beep = beep,
				 .over = over, .arg = t };
	struct talk_report r = { 0 };

	snprintf(t->id, sizeof(t->id), "%s", id);
	snprintf(t->file, sizeof(t->file), "%s.wav", wire_file(id));
	atomic_store(&t->over, 0);
	assert_int_equal(0, br ? talk_start_bridge(br, &p) : talk_start(ch, &p));
	wire_until(!talk_report_read(t->id, &r) && r.started);
}

void tape_wait(const struct tape *t, uint64_t n)
{
	struct talk_report r = { 0 };

	wire_until(!talk_report_read(t->id, &r) && r.octets >= n);
}

void tape_stop(struct tape *t, size_t least)
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
	t->n = (size_t)sf_read_raw(f, t->octet, TAPE_MAX) / (size_t)info.channels;
	sf_close(f);
	assert_int_equal(t->report.octets, t->n);
	assert_in_range(t->n, least, TAPE_MAX / info.channels - 1);
}

uint8_t tape_at(const struct tape *t, unsigned int side, size_t i)
{
	return t->octet[i * (size_t)t->sides + side];
}

size_t tape_same(const struct tape *a, unsigned int aside, size_t i, const struct tape *b,
		 unsigned int bside, size_t k)
{
	size_t n = 0;

	while (i + n < a->n && k + n < b->n && tape_at(a, aside, i + n) == tape_at(b, bside, k + n))
		n++;
	return n;
}

void noise_make(const char *file, unsigned int seed, uint8_t octets[NOISE])
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	for (int i = 0; i < NOISE; i++) {
		octets[i] = (uint8_t)rand_r(&seed);
		if (octets[i] == TAPE_IDLE)
			octets[i] = 0;
	}
	assert_int_equal(NOISE, fwrite(octets, 1, NOISE, f));
	fclose(f);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Octets through bridges: bit-exact in user space, exactly the announced difference at each change
 * of the path.
 *
 *	world1 (port 2) --- pbx1 (port 1) ==bridge== pbx2 (port 3) --- world2 (port 4)
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/bridge.h"
#include "daemon/call/event.h"
#include "daemon/core/log.h"
#include "daemon/core/timer.h"
#include "daemon/group/group.h"
#include "daemon/media/talk.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define SENT	wire_file("sent.alaw")
#define HEARD	wire_file("heard.alaw")
#define RECORDED wire_file("heard.wav")
#define LEN	24000		/* 3 s */
#define HEARD_MAX (128 * LEN)
#define PART	4000		/* octets of a path that is looked at */

static uint8_t sent[LEN], heard[HEARD_MAX];
static size_t nheard;
static int64_t delta[2];	/* announced, in the direction world1 to world2 */
static uint32_t changes;

static void path_event(struct event_sub *sub, struct event *e)
{
	uint32_t n = atomic_load(&changes);

	(void)sub;
	if (e->type != EVENT_BRIDGE_PATH || n > 1)
		return;
	delta[n] = e->u.path.delta_ab;
	assert_int_equal(e->u.path.delta_ab, e->u.path.delta_ba);
	atomic_store(&changes, n + 1);
}

static struct event_sub sub = { .deliver = path_event };

static int up(void **state)
{
	FILE *f = fopen(SENT, "w");
	unsigned int seed = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < LEN; i++)
		sent[i] = (uint8_t)rand_r(&seed);
	if (!f || fwrite(sent, 1, LEN, f) != LEN || fclose(f))
		return -1;
	unlink(HEARD);
	atomic_store(&changes, 0);
	if (wire_start())
		return -1;
	return world_up("[group pbx1]\nspans = wire:1\nside = user\nrestart = no\ndtmf = no\n"
			"[group world1]\nspans = wire:2\nside = network\nrestart = no\ndtmf = no\n"
			"[group pbx2]\nspans = wire:3\nside = user\nrestart = no\ndtmf = no\n"
			"[group world2]\nspans = wire:4\nside = network\nrestart = no\n");
}

static int down(void **state)
{
	int err = world_down();

	(void)state;
	wire_stop();
	return err;
}

struct chain {
	struct world_call *out1, *in1, *out2, *in2;
	struct bridge *br;
};

static uint32_t bridged;
static int bridge_err;

static void bridge_did(void *arg, int err)
{
	(void)arg;
	bridge_err = err;
	atomic_store(&bridged, 1);
}

static void bridge_wait(int want)
{
	wire_until(atomic_load(&bridged));
	assert_int_equal(want, bridge_err);
	atomic_store(&bridged, 0);
}

static void chain_up(struct chain *c)
{
	c->out1 = world_dial("PRI/world1/1", "");
	c->in1 = world_incoming(PATIENCE);
	assert_non_null(c->in1);
	c->out2 = world_dial("PRI/pbx2/2", "");
	c->in2 = world_incoming(PATIENCE);
	assert_non_null(c->in2);
	world_answer(c->in1);
	world_answer(c->in2);
	assert_int_equal(0, world_wait_state(c->out1, CHAN_UP, PATIENCE));
	assert_int_equal(0, world_wait_state(c->out2, CHAN_UP, PATIENCE));
	wire_until(atomic_load(&c->out1->media) && atomic_load(&c->in1->media));
	wire_until(atomic_load(&c->out2->media) && atomic_load(&c->in2->media));
	assert_int_equal(0, bridge_create(NULL, NULL, true, &c->br));
	assert_int_equal(0, bridge_set_mode(c->br, BRIDGE_USER, NULL, NULL));
	assert_int_equal(0, bridge_add(c->br, c->in1->ch, bridge_did, NULL));
	bridge_wait(0);
	assert_int_equal(0, bridge_add(c->br, c->out2->ch, bridge_did, NULL));
	bridge_wait(0);
}

static void chain_down(struct chain *c)
{
	world_hangup(c->out1, 16);
	assert_true(world_wait_end(c->in2, PATIENCE) > 0);
	assert_true(world_wait_end(c->out1, PATIENCE) > 0);
	bridge_put(c->br);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static uint32_t over;
static struct talk_report play_report, record_report;

static void play_over(void *arg, const struct talk_report *r)
{
	(void)arg;
	play_report = *r;
	atomic_add(&over, 1);
}

static void record_over(void *arg, const struct talk_report *r)
{
	(void)arg;
	record_report = *r;
	atomic_add(&over, 1);
}

static uint64_t octets(const char *id)
{
	struct talk_report r;

	return talk_report_read(id, &r) ? 0 : r.octets;
}

/* Until this much more was recorded. */
static void hear(size_t more)
{
	uint64_t from = octets("rec");

	wire_until(octets("rec") >= from + more);
}

/* Again and again, if @repeat is 0. */
static void play_and_record(struct chain *c, struct world_call *at, unsigned int repeat)
{
	struct talk_params rec = { .kind = TALK_RECORD_RX, .id = "rec", .path = HEARD,
				   .over = record_over };
	struct talk_params play = { .kind = TALK_PLAY, .id = "play", .path = SENT,
				    .repeat = repeat, .over = play_over };

	atomic_store(&over, 0);
	assert_int_equal(0, talk_start(at->ch, &rec));
	wire_until(octets("rec"));
	assert_int_equal(0, talk_start(c->out1->ch, &play));
}

static void wait_over(uint32_t n)
{
	wire_until(atomic_load(&over) >= n);
	assert_int_equal(n, atomic_load(&over));
}

static void record_end(void)
{
	FILE *f;

	wait_over(1);
	wire_wait(WIRE_THROUGH);	/* the last octets are on their way */
	assert_int_equal(0, talk_stop("rec"));
	wait_over(2);
	assert_int_equal(0, play_report.err);
	assert_int_equal(0, record_report.err);
	assert_int_equal(0, record_report.filled);
	f = fopen(HEARD, "r");
	assert_non_null(f);
	nheard = fread(heard, 1, sizeof(heard), f);
	fclose(f);
	assert_in_range(nheard, 1, HEARD_MAX - 1);
	assert_int_equal(nheard, record_report.octets);
}

/* How many octets from heard[i] on are what was sent from octet k on. */
static size_t same(size_t i, size_t k)
{
	size_t n = 0;

	while (i + n < nheard && k + n < play_report.octets && heard[i + n] == sent[(k + n) % LEN])
		n++;
	return n;
}

static size_t first_heard(void)
{
	size_t i;

	for (i = 0; i + 64 < nheard; i++)
		if (same(i, 0) >= 64)
			return i;
	fail_msg("what was sent was never heard");
	return 0;
}

static void user_path_exact(void **state)
{
	struct chain c;

	(void)state;
	chain_up(&c);
	play_and_record(&c, c.in2, 1);
	record_end();
	assert_int_equal(LEN, play_report.octets);
	assert_int_equal(LEN, same(first_heard(), 0));
	chain_down(&c);
}

/* What their threads have still to do for calls that are over is done when they are to end. */
static void groups_end_at_once_when_no_call_is_left(void **state)
{
	struct chain c;
	uint64_t began;

	(void)state;
	chain_up(&c);
	chain_down(&c);
	began = tnow();
	groups_stop();
	assert_true(tnow() - began < 2500 * NSEC_PER_MSEC);
}

/* However long a change takes, there is enough to be heard before and after it. */
static void path_changes(void **state)
{
	size_t i, n, k;
	struct chain c;

	(void)state;
	world_subscribe(&sub);
	chain_up(&c);
	play_and_record(&c, c.in2, 0);
	wire_until(octets("play") >= PART);
	assert_int_equal(0, bridge_set_mode(c.br, BRIDGE_KERNEL, bridge_did, NULL));
	bridge_wait(0);
	hear(PART);
	assert_int_equal(0, bridge_set_mode(c.br, BRIDGE_USER, bridge_did, NULL));
	bridge_wait(0);
	hear(PART);
	wire_until(atomic_load(&changes) == 2);
	world_unsubscribe(&sub);
	assert_int_equal(0, talk_stop("play"));
	record_end();
	assert_true(delta[0] < 0);
	assert_int_equal(delta[0], -delta[1]);
	i = first_heard();
	n = same(i, 0);			/* user space; then delta[0] octets are dropped */
	assert_in_range(n, PART / 2, play_report.octets);
	i += n;
	k = n + (size_t)-delta[0];
	n = same(i, k);			/* kernel; then as many are heard again */
	assert_in_range(n, PART / 2, play_report.octets);
	i += n;
	k = k + n - (size_t)delta[1];
	n = same(i, k);
	assert_in_range(n, PART / 2, play_report.octets);
	assert_int_equal(play_report.octets, k + n);
	chain_down(&c);
}

/* Who listens to one of two whom the kernel joins hears on, octet by octet, and so does the other. */
static void heard_in_kernel(void **state)
{
	struct chain c;

	(void)state;
	chain_up(&c);
	play_and_record(&c, c.in1, 0);
	wire_until(octets("play") >= PART);
	assert_int_equal(0, bridge_set_mode(c.br, BRIDGE_KERNEL, bridge_did, NULL));
	bridge_wait(0);
	hear(PART);
	assert_int_equal(0, bridge_set_mode(c.br, BRIDGE_USER, bridge_did, NULL));
	bridge_wait(0);
	hear(PART);
	assert_int_equal(0, talk_stop("play"));
	record_end();
	assert_int_equal(play_report.octets, same(first_heard(), 0));
	chain_down(&c);
}

/* Digits made in band at one end are heard at the other. */
static void digits_across(void **state)
{
	struct talk_params p = { .kind = TALK_DTMF, .digits = "159D*#0", .over = play_over };
	struct chain c;

	(void)state;
	chain_up(&c);
	atomic_store(&over, 0);
	assert_int_equal(0, talk_start(c.out1->ch, &p));
	wait_over(1);
	wire_wait(WIRE_THROUGH);
	wire_until(world_has_digits(c.in2, p.digits));
	assert_string_equal(c.in2->digits, p.digits);
	chain_down(&c);
}

/* How many samples a reader finds in the file: -1: it is none. */
static sf_count_t readable(const char *path)
{
	SF_INFO info = { 0 };
	SNDFILE *f = sf_open(path, SFM_READ, &info);

	if (!f)
		return -1;
	sf_close(f);
	assert_int_equal(SF_FORMAT_WAV | SF_FORMAT_ALAW, info.format);
	return info.frames;
}

/* A file that is being recorded is readable at any time, as it would be after a kill. */
static void record_readable(void **state)
{
	struct talk_params rec = { .kind = TALK_RECORD_RX, .id = "rec", .path = RECORDED,
				   .over = record_over };
	struct chain c;

	(void)state;
	unlink(RECORDED);
	chain_up(&c);
	atomic_store(&over, 0);
	assert_int_equal(0, talk_start(c.in1->ch, &rec));
	wire_until(readable(RECORDED) > 1000);
	assert_int_equal(0, talk_stop("rec"));
	wait_over(1);
	chain_down(&c);
}

/* kernel-bridge = no: a bridge stays in user space by itself. */
static void mode_preset(void **state)
{
	struct bridge_info info;
	struct bridge *br;

	(void)state;
	assert_int_equal(0, bridge_create(NULL, NULL, false, &br));
	bridge_info_read(br, &info);
	assert_int_equal(BRIDGE_AUTO, info.mode);
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
	bridge_default_mode(BRIDGE_USER);
	assert_int_equal(0, bridge_create(NULL, NULL, false, &br));
	bridge_default_mode(BRIDGE_AUTO);
	bridge_info_read(br, &info);
	assert_int_equal(BRIDGE_USER, info.mode);
	bridge_destroy(br, NULL, NULL);
	bridge_put(br);
}

static void bad_files(void **state)
{
	struct talk_params p = { .kind = TALK_PLAY, .path = "/nonexistent.wav", .over = play_over };
	struct chain c;

	(void)state;
	chain_up(&c);
	atomic_store(&over, 0);
	assert_int_equal(0, talk_start(c.out1->ch, &p));
	wait_over(1);
	assert_true(play_report.err < 0);
	p.path = "relative";
	assert_int_equal(-EINVAL, talk_start(c.out1->ch, &p));
	p.kind = TALK_DTMF;
	p.digits = "12x";
	assert_int_equal(-EINVAL, talk_start(c.out1->ch, &p));
	assert_int_equal(-ENOENT, talk_stop("nothing"));
	chain_down(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(user_path_exact, up, down),
		cmocka_unit_test_setup_teardown(groups_end_at_once_when_no_call_is_left, up, down),
		cmocka_unit_test_setup_teardown(path_changes, up, down),
		cmocka_unit_test_setup_teardown(heard_in_kernel, up, down),
		cmocka_unit_test_setup_teardown(digits_across, up, down),
		cmocka_unit_test(mode_preset),
		cmocka_unit_test_setup_teardown(record_readable, up, down),
		cmocka_unit_test_setup_teardown(bad_files, up, down),
	};

	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

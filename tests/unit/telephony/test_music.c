// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Music on hold from files, octet by octet as the far end hears it.
 *
 *	near (port 1) --- far (port 2: records what it hears)
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/media/music.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/tape.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define ROUND (2 * NOISE + 37) /* the class's files in a row */

static struct world_call *near, *far;
static struct tape tape;
static uint8_t music[ROUND];

/* Classes are folders beside each other. */
static int folder(const char *class, char *path, size_t len)
{
	struct stat st;
	int n = snprintf(path, len, "%s", wire_file(class));

	if (n >= (int)len)
		return -ENAMETOOLONG;
	return stat(path, &st) ? -ENOENT : 0;
}

static void file_put(const char *name, const uint8_t *octets, size_t n)
{
	FILE *f = fopen(wire_file(name), "w");

	assert_non_null(f);
	assert_int_equal(n, fwrite(octets, 1, n, f));
	fclose(f);
}

static int up(void **state)
{
	(void)state;
	if (system("rm -rf default jazz silent && mkdir default jazz silent"))
		return -1;
	noise_make(wire_file("default/1.alaw"), 1, music);
	memcpy(music + NOISE, music + 1000, 37); /* shorter than a period */
	file_put("default/2.alaw", music + NOISE, 37);
	noise_make(wire_file("default/3.alaw"), 3, music + NOISE + 37);
	file_put("default/0.txt", (const uint8_t *)"no music", 8);
	file_put("default/.4.alaw", music, 100);
	file_put("jazz/1.alaw", (uint8_t[]){ 0x11, 0x22, 0x33 }, 3);
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
	near = world_dial("PRI/near/1", "");
	far = world_incoming(PATIENCE);
	assert_non_null(far);
	world_answer(far);
	assert_int_equal(0, world_wait_state(near, CHAN_UP, PATIENCE));
	wire_until(atomic_load(&near->media) && atomic_load(&far->media));
	tape_start(&tape, "heard", far->ch, NULL, TALK_RECORD_RX, false);
}

static void call_down(void)
{
	world_hangup(near, 16);
	assert_true(world_wait_end(far, PATIENCE) > 0);
	assert_true(world_wait_end(near, PATIENCE) > 0);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

struct asked {
	struct channel_work work;
	const char *class, *own;
	bool on;
	uint32_t done; /* atomic */
};

static int ask_fn(struct channel_work *work, struct channel *ch)
{
	struct asked *a = container_of(work, struct asked, work);

	if (a->own)
		channel_set_var(ch, MUSIC_VARIABLE, a->own);
	channel_music(ch, MUSIC_ASKED, a->on, a->class);
	return 0;
}

static void ask_done(struct channel_work *work, int err)
{
	assert_int_equal(err, 0);
	atomic_store(&container_of(work, struct asked, work)->done, 1);
}

static void ask(bool on, const char *class, const char *own)
{
	struct asked a = { .class = class, .own = own, .on = on };

	a.work.fn = ask_fn;
	a.work.done = ask_done;
	channel_post_work(near->ch, &a.work);
	wire_until(atomic_load(&a.done));
}

static size_t sound(size_t from)
{
	while (from < tape.n && tape.octet[from] == TAPE_IDLE)
		from++;
	return from;
}

/* How many octets from there on are music, begun at k. */
static size_t is_music(size_t from, size_t k)
{
	size_t n = 0;

	while (from + n < tape.n && tape.octet[from + n] == music[(k + n) % ROUND])
		n++;
	return n;
}

/* File after file and round after round, without a gap; what is no music is left out. */
static void without_a_gap(void **state)
{
	size_t from, n;

	(void)state;
	call_up();
	ask(true, NULL, NULL);
	tape_wait(&tape, 5 * ROUND / 2);
	ask(false, NULL, NULL);
	wire_wait(WIRE_THROUGH);
	tape_stop(&tape, 2 * ROUND);
	from = sound(0);
	n = is_music(from, 0);
	assert_true(n > 2 * ROUND);
	assert_int_equal(tape.n, sound(from + n));	/* and silence after it */
	call_down();
}

/* What is played is heard instead, and the music goes on where it was. */
static void behind_what_is_played(void **state)
{
	struct talk_params p = { .kind = TALK_PLAY, .id = "p", .repeat = 1 };
	static uint8_t said[800];
	struct talk_report r;
	size_t from, n;

	(void)state;
	memset(said, 0x7e, sizeof(said));
	file_put("said.alaw", said, sizeof(said));
	p.path = wire_file("said.alaw");
	call_up();
	ask(true, "default", NULL);
	tape_wait(&tape, 4000);
	assert_int_equal(0, talk_start(near->ch, &p));
	wire_until(talk_report_read("p", &r));
	tape_wait(&tape, ROUND);
	tape_stop(&tape, ROUND);
	from = sound(0);
	n = is_music(from, 0);
	assert_in_range(n, 80, ROUND - 1);
	assert_memory_equal(tape.octet + from + n, said, sizeof(said));
	from += n + sizeof(said);
	assert_int_equal(tape.n - from, is_music(from, n));
	call_down();
}

/* Music that begins while something is played waits until that is over. */
static void not_before_what_is_played(void **state)
{
	struct talk_params p = { .kind = TALK_PLAY, .id = "p", .repeat = 1 };
	static uint8_t said[8000];
	struct talk_report r = { 0 };
	size_t from;

	(void)state;
	memset(said, 0x7e, sizeof(said));
	file_put("said.alaw", said, sizeof(said));
	p.path = wire_file("said.alaw");
	call_up();
	assert_int_equal(0, talk_start(near->ch, &p));
	wire_until(!talk_report_read("p", &r) && r.started);
	ask(true, NULL, NULL);
	tape_wait(&tape, sizeof(said) + 8000);
	tape_stop(&tape, sizeof(said) + 8000);
	from = sound(0);
	assert_memory_equal(tape.octet + from, said, sizeof(said));
	from = sound(from + sizeof(said));
	assert_int_equal(tape.n - from, is_music(from, 0));
	call_down();
}

/* Its own class, that of a request, none at all, and one that is no more. */
static void classes(void **state)
{
	static const uint8_t jazz[] = { 0x11, 0x22, 0x33 };
	size_t from;

	(void)state;
	call_up();
	ask(true, "silent", NULL);	/* nothing is in its folder */
	ask(true, "nobody", NULL);
	ask(true, NULL, "jazz");
	tape_wait(&tape, 4000);
	ask(false, NULL, NULL);
	wire_wait(WIRE_THROUGH);
	tape_stop(&tape, 4000);
	from = sound(0);
	assert_true(from + 300 < tape.n);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(jazz[i % 3], tape.octet[from + i]);
	assert_int_equal(0, system("rm -r default"));
	ask(true, NULL, "default");	/* nobody has to have any */
	ask(false, NULL, NULL);
	call_down();
}

/* Of a bridge all hear it in step; it ends with the bridge. */
static void of_a_bridge(void **state)
{
	struct bridge *br;
	size_t from;

	(void)state;
	call_up();
	assert_int_equal(bridge_create_type(BRIDGE_HOLDING, NULL, NULL, false, &br), 0);
	assert_int_equal(bridge_add(br, near->ch, NULL, NULL), 0);
	tape_wait(&tape, ROUND + 8000);
	assert_int_equal(bridge_destroy(br, NULL, NULL), 0);
	bridge_put(br);
	wire_wait(WIRE_THROUGH);
	tape_stop(&tape, ROUND + 8000);
	from = sound(0);
	assert_true(is_music(from, 0) > ROUND);
	assert_int_equal(tape.n, sound(from + is_music(from, 0)));
	call_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_gap, up, down),
		cmocka_unit_test_setup_teardown(behind_what_is_played, up, down),
		cmocka_unit_test_setup_teardown(not_before_what_is_played, up, down),
		cmocka_unit_test_setup_teardown(classes, up, down),
		cmocka_unit_test_setup_teardown(of_a_bridge, up, down),
	};

	tests_chosen();
	music_init(folder);
	music_set(&music_player);
	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

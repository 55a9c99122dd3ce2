// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is played, octet by octet as the far end hears it, and what is told of it; and when a recording
 * ends by itself.
 *
 *	pbx1 (port 1: plays) --- world1 (port 2: records what it hears)
 */
#include <stdarg.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/event.h"
#include "daemon/core/types.h"
#include "daemon/media/media.h"
#include "daemon/media/talk.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define FOLDER	"played"
#define HEARD	wire_file(FOLDER "/heard.alaw")
#define IDLE	0xd5
#define FILES	3

/* No whole number of periods, and one shorter than a period. */
static const size_t lens[FILES] = { 24001, 37, 16003 };
#define LEN	(24001 + 37 + 16003)

static uint8_t sent[LEN], heard[16 * LEN];
static size_t nheard;
static char paths[FILES][64];
static const char *const uris[FILES] = { "sound:a", "sound:b", "sound:c" };

/* What is told: "Started p1 playing a b; ..." */
static char told[1024];
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;

static void told_event(struct event_sub *sub, struct event *e)
{
	static const char *const steps[] = { "started", "continuing", "finished" };
	const struct channel_talk *t = &e->u.talk;
	size_t n;

	(void)sub;
	if (e->type != EVENT_CHANNEL_TALK || t->record)
		return;
	pthread_mutex_lock(&told_lock);
	n = strlen(told);
	snprintf(told + n, sizeof(told) - n, "%s %s %s%s%s%s%s; ", steps[t->step], t->id, t->state,
		 *t->uri ? " " : "", t->uri, *t->next_uri ? " " : "", t->next_uri);
	pthread_mutex_unlock(&told_lock);
}

static struct event_sub sub = { .deliver = told_event };

static bool was_told(const char *what)
{
	bool yes;

	pthread_mutex_lock(&told_lock);
	yes = strstr(told, what);
	pthread_mutex_unlock(&told_lock);
	return yes;
}

static void wait_told(const char *what)
{
	struct wire_patience patience = { 0 };

	while (!was_told(what) && wire_patient(&patience))
		usleep(1000);
	if (!was_told(what))
		fail_msg("\"%s\" is not in \"%s\"", what, told);
}

static int files_make(void)
{
	const uint8_t *from = sent;

	if (system("rm -rf " FOLDER " && mkdir " FOLDER))
		return -1;
	for (int i = 0; i < FILES; i++) {
		FILE *f;

		snprintf(paths[i], sizeof(paths[i]), "%s/%d.alaw", wire_file(FOLDER), i);
		f = fopen(paths[i], "w");
		if (!f || fwrite(from, 1, lens[i], f) != lens[i] || fclose(f))
			return -1;
		from += lens[i];
	}
	return 0;
}

static int up(void **state)
{
	unsigned int seed = 4711;

	(void)state;
	/* Nothing in it is silence: a gap is seen. */
	for (size_t i = 0; i < LEN; i++)
		do
			sent[i] = (uint8_t)rand_r(&seed);
		while (sent[i] == IDLE);
	if (files_make())
		return -1;
	told[0] = '\0';
	if (wire_start())
		return -1;
	world_subscribe(&sub);
	return world_up("[group pbx1]\nspans = wire:1\nside = user\nrestart = no\ndtmf = no\n"
			"[group world1]\nspans = wire:2\nside = network\nrestart = no\n");
}

static int down(void **state)
{
	int err = world_down();

	(void)state;
	world_unsubscribe(&sub);
	wire_stop();
	return err | system("rm -rf " FOLDER);
}

static struct world_call *out, *in;
static uint32_t recorded;

static void record_over(void *arg, const struct talk_report *r)
{
	(void)arg;
	assert_int_equal(0, r->err);
	assert_int_equal(0, r->filled);
	atomic_store(&recorded, 1);
}

static void call_up(void)
{
	struct talk_params rec = { .kind = TALK_RECORD_RX, .id = "rec", .path = HEARD,
				   .over = record_over };
	struct talk_report r;

	out = world_dial("PRI/pbx1/1", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	wire_until(atomic_load(&out->media) && atomic_load(&in->media));
	atomic_store(&recorded, 0);
	assert_int_equal(0, talk_start(in->ch, &rec));
	wire_until(!talk_report_read("rec", &r) && r.started);
}

static void call_down(void)
{
	world_hangup(out, 16);
	assert_true(world_wait_end(in, PATIENCE) > 0 && world_wait_end(out, PATIENCE) > 0);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void record_end(void)
{
	FILE *f;

	wire_wait(WIRE_THROUGH);	/* the last octets are on their way */
	assert_int_equal(0, talk_stop("rec"));
	wire_until(atomic_load(&recorded));
	f = fopen(HEARD, "r");
	assert_non_null(f);
	nheard = fread(heard, 1, sizeof(heard), f);
	fclose(f);
	assert_in_range(nheard, 1, sizeof(heard) - 1);
}

/* Where the first octet that is no silence stands, from @i on. */
static size_t sound(size_t i)
{
	while (i < nheard && heard[i] == IDLE)
		i++;
	return i;
}

/* How many octets from heard[i] on are those from sent[k] on. */
static size_t same(size_t i, size_t k)
{
	size_t n = 0;

	while (i + n < nheard && k + n < LEN && heard[i + n] == sent[k + n])
		n++;
	return n;
}

static void wait_octets(const char *id, uint64_t n)
{
	struct talk_report r = { 0 };

	wire_until(!talk_report_read(id, &r) && r.octets >= n);
}

static struct talk_media media[FILES];

static struct talk_params play_of(const char *id, unsigned int files)
{
	for (int i = 0; i < FILES; i++)
		media[i] = (struct talk_media){ .path = paths[i], .uri = uris[i] };
	return (struct talk_params){ .kind = TALK_PLAY, .id = id, .repeat = 1, .queued = true,
				     .media = media, .media_n = files };
}

/* Three files, of which one is shorter than a period, are one sound without a gap. */
static void list_without_gap(void **state)
{
	struct talk_params p = play_of("p", FILES);
	size_t i;

	(void)state;
	call_up();
	assert_int_equal(0, talk_start(out->ch, &p));
	wait_told("finished");
	record_end();
	assert_string_equal(told, "started p playing sound:a sound:b; continuing p continuing sound:b "
			    "sound:c; continuing p continuing sound:c; finished p done sound:c; ");
	i = sound(0);
	assert_int_equal(LEN, same(i, 0));
	assert_int_equal(nheard, sound(i + LEN));
	call_down();
}

static void offset_into_first(void **state)
{
	struct talk_params p = play_of("p", 2);
	size_t i;

	(void)state;
	call_up();
	p.offset_ms = 100;
	assert_int_equal(0, talk_start(out->ch, &p));
	p.id = "q";
	p.offset_ms = 3600000;	/* past all of it: what follows is heard */
	assert_int_equal(0, talk_start(out->ch, &p));
	p.id = "r";
	p.media_n = 1;		/* nothing follows */
	assert_int_equal(0, talk_start(out->ch, &p));
	wait_told("finished r");
	record_end();
	assert_true(was_told("finished r done"));
	i = sound(0);
	assert_true(same(i, 800) >= lens[0] + lens[1] - 800);
	i = sound(i + lens[0] + lens[1] - 800);
	assert_true(same(i, lens[0]) >= lens[1]);
	assert_int_equal(nheard, sound(i + lens[1]));
	call_down();
}

/* While it is paused its place stands still: so how far each control goes can be told to the octet. */
static void controlled(enum talk_control control, long (*to)(long at))
{
	struct talk_params p = play_of("p", FILES);
	size_t i, n;

	call_up();
	p.skip_ms = 125;
	assert_int_equal(0, talk_start(out->ch, &p));
	wait_octets("p", 1500);	/* of the first 24001 */
	assert_int_equal(0, talk_control("p", TALK_PAUSE));
	wire_wait(2);		/* the block under way */
	assert_int_equal(0, talk_control("p", control));
	wire_wait(2);
	assert_int_equal(0, talk_control("p", TALK_UNPAUSE));
	wait_told("finished");
	record_end();
	assert_true(was_told("finished p done"));
	i = sound(0);
	n = same(i, 0);
	assert_in_range(n, 1, lens[0] - 1);
	assert_int_equal(IDLE, heard[i + n]);
	i = sound(i + n);
	n = (size_t)to((long)n);
	assert_int_equal(LEN - n, same(i, n));
	assert_int_equal(nheard, sound(i + LEN - n));
	call_down();
}

static long stay(long at)
{
	return at;
}

static long begin(long at)
{
	return at * 0;
}

static long back(long at)
{
	return at > 1000 ? at - 1000 : 0;
}

static long on(long at)
{
	return at + 1000 < (long)lens[0] ? at + 1000 : (long)lens[0];
}

static void paused(void **state)
{
	(void)state;
	controlled(TALK_PAUSE, stay);
}

static void restarted(void **state)
{
	(void)state;
	controlled(TALK_RESTART, begin);
}

static void reversed(void **state)
{
	(void)state;
	controlled(TALK_REVERSE, back);
}

static void forwarded(void **state)
{
	(void)state;
	controlled(TALK_FORWARD, on);
}

/* Several in a row, before the media thread has taken the first, add up; none leaves its file. */
static void controls_add_up(void **state)
{
	struct talk_params p = play_of("p", FILES);
	size_t i, n;

	(void)state;
	call_up();
	p.skip_ms = 10;
	assert_int_equal(0, talk_start(out->ch, &p));
	wait_told("started");
	assert_int_equal(0, talk_control("p", TALK_PAUSE));
	assert_int_equal(0, talk_control("p", TALK_RESTART));
	for (i = 0; i < 5; i++)
		assert_int_equal(0, talk_control("p", TALK_FORWARD));
	assert_int_equal(0, talk_control("p", TALK_REVERSE));
	assert_int_equal(0, talk_control("p", TALK_UNPAUSE));
	wait_told("continuing p continuing sound:c");
	assert_int_equal(0, talk_control("p", TALK_PAUSE));
	for (i = 0; i < 1000; i++)
		assert_int_equal(0, talk_control("p", TALK_REVERSE));
	assert_int_equal(0, talk_control("p", TALK_UNPAUSE));
	wait_told("finished");
	record_end();
	assert_int_equal(-ENOENT, talk_control("p", TALK_PAUSE));
	i = sound(0);
	i = sound(i + same(i, 0));
	assert_int_equal(0, same(i, 0));
	n = same(i, 4 * 80);	/* through the first two, and into the third */
	assert_in_range(n, lens[0] + lens[1] - 4 * 80, LEN);
	i = sound(i + n);
	assert_int_equal(lens[2], same(i, lens[0] + lens[1]));
	call_down();
}

/* Each waits for those before it; what is told is in the order of what is heard. */
static void in_turn(void **state)
{
	static const char *const ids[] = { "one", "two", "three", "four" };
	struct talk_params p = play_of("", 1);
	struct channel_talk t;
	size_t i = 0;

	(void)state;
	call_up();
	for (int n = 0; n < 4; n++) {
		p.id = ids[n];
		media[0] = (struct talk_media){ .path = paths[n == 1 ? 1 : 0], .uri = ids[n] };
		assert_int_equal(0, talk_start(out->ch, &p));
	}
	wait_told("started one");
	assert_int_equal(0, talk_read("three", &t));
	assert_string_equal("queued", t.state);
	assert_int_equal(-EINVAL, talk_control("three", TALK_PAUSE));
	assert_int_equal(0, talk_stop("three"));
	wait_told("finished four");
	record_end();
	assert_string_equal(told, "started one playing one; finished three done three; "
			    "finished one done one; started two playing two; finished two done two; "
			    "started four playing four; finished four done four; ");
	i = sound(i);
	assert_true(same(i, 0) >= lens[0]);
	i = sound(i + lens[0]);
	assert_true(same(i, lens[0]) >= lens[1]);
	i = sound(i + lens[1]);
	assert_true(same(i, 0) >= lens[0]);
	assert_int_equal(nheard, sound(i + lens[0]));
	call_down();
}

/* The channel ends under what is heard and what waits: each is told to have failed, once. */
static void ends_with_channel(void **state)
{
	struct talk_params p = play_of("heard", FILES);
	const char *at;
	int n = 0;

	(void)state;
	call_up();
	p.repeat = 0;
	assert_int_equal(0, talk_start(out->ch, &p));
	for (n = 0; n < 2; n++) {
		p.id = n ? "too" : "waits";
		assert_int_equal(0, talk_start(out->ch, &p));
	}
	n = 0;
	wait_told("started heard");
	call_down();
	/* In any order: one that has not come to its turn's place yet may end first. */
	wait_told("finished too failed");
	wait_told("finished heard failed");
	wait_told("finished waits failed");
	assert_false(was_told("started waits"));
	for (at = told; (at = strstr(at, "finished")); at++)
		n++;
	assert_int_equal(3, n);
	assert_int_equal(-ENOENT, talk_stop("waits"));
}

/* One of the list cannot be read: nothing is heard, and the next has its turn. */
static void bad_in_list(void **state)
{
	struct talk_params p = play_of("p", FILES);
	size_t i;

	(void)state;
	call_up();
	media[1].path = wire_file(FOLDER "/none.alaw");
	assert_int_equal(0, talk_start(out->ch, &p));
	p = play_of("q", 2);
	assert_int_equal(0, talk_start(out->ch, &p));
	wait_told("finished q");
	record_end();
	assert_string_equal(told, "finished p failed sound:a sound:b; started q playing sound:a sound:b; "
			    "continuing q continuing sound:b; finished q done sound:b; ");
	i = sound(0);
	assert_true(same(i, 0) >= lens[0] + lens[1]);
	assert_int_equal(nheard, sound(i + lens[0] + lens[1]));
	media[0].uri = NULL;
	p.id = "r";
	assert_int_equal(-EINVAL, talk_start(out->ch, &p));
	media[0] = (struct talk_media){ .path = "relative", .uri = "x" };
	assert_int_equal(-EINVAL, talk_start(out->ch, &p));
	call_down();
}

/* A play that clears the call does it at its end, when it is stopped before, and when it cannot begin. */
static void clears_the_call(void **state)
{
	char none[64];
	const struct {
		const char *path;
		const char *told;
		int stop, cause;
	} cases[] = {
		{ paths[1], "finished p done", false, 16 },
		{ paths[0], "finished p done", true, 16 },
		{ none, "finished p failed", false, 41 },
	};
	struct talk_params p;

	(void)state;
	snprintf(none, sizeof(none), "%s", wire_file(FOLDER "/none.alaw"));
	/* Round and round: its end is told by one thread while another puts it away. */
	for (int n = 0; n < 10 * (int)ARRAY_SIZE(cases); n++) {
		const int i = n % (int)ARRAY_SIZE(cases);

		call_up();
		told[0] = '\0';
		p = play_of("p", 1);
		media[0].path = cases[i].path;
		p.hangup = true;
		assert_int_equal(0, talk_start(out->ch, &p));
		if (cases[i].stop) {
			wait_octets("p", 80);
			assert_int_equal(0, talk_stop("p"));
		}
		assert_int_equal(cases[i].cause, world_wait_end(in, PATIENCE));
		assert_true(world_wait_end(out, PATIENCE) > 0);
		wait_told(cases[i].told);
		wire_until(atomic_load(&recorded));
		assert_int_equal(0, world_all_idle(PATIENCE));
	}
}

static struct talk_report ended;
static uint32_t ends;

static void ended_over(void *arg, const struct talk_report *r)
{
	(void)arg;
	ended = *r;
	atomic_add(&ends, 1);
}

/* One that ends by itself; returns how many octets its file has then. -1: there is none. */
static long record_until_end(const struct talk_params *more, void (*meanwhile)(void))
{
	struct talk_params p = *more;
	struct stat st;

	p.kind = TALK_RECORD_RX;
	p.id = "r";
	p.path = wire_file(FOLDER "/r.alaw");
	p.over = ended_over;
	atomic_store(&ends, 0);
	assert_int_equal(0, talk_start(in->ch, &p));
	if (meanwhile)
		meanwhile();
	wire_until(atomic_load(&ends));
	assert_int_equal(1, atomic_load(&ends));
	return stat(p.path, &st) ? -1 : (long)st.st_size;
}

static void discard(void)
{
	wait_octets("r", 80);
	assert_int_equal(0, talk_discard("r"));
}

static void press(void)
{
	wait_octets("r", 80);
	assert_int_equal(0, talk_start(out->ch, &(struct talk_params){ .kind = TALK_DTMF,
								       .digits = "5#" }));
}

/* Paused for four seconds of the line, none of which is in the file. */
static void pause_it(void)
{
	struct talk_report a, b;

	wait_octets("r", 80);
	assert_int_equal(0, talk_control("r", TALK_PAUSE));
	wire_wait(2);		/* the block under way */
	assert_int_equal(0, talk_report_read("r", &a));
	wire_wait(10);
	assert_int_equal(0, talk_report_read("r", &b));
	assert_int_equal(a.octets, b.octets);
	assert_int_equal(-EINVAL, talk_control("r", TALK_FORWARD));
	assert_int_equal(0, talk_control("r", TALK_UNPAUSE));
}

static void records_end(void **state)
{
	struct talk_params p = { .max_ms = 253 };

	(void)state;
	call_up();
	assert_int_equal(2024, record_until_end(&p, NULL));	/* to the octet */
	p.exists = TALK_APPEND;
	assert_int_equal(4048, record_until_end(&p, NULL));
	p.exists = TALK_FAIL;
	assert_int_equal(4048, record_until_end(&p, NULL));
	assert_int_equal(-EEXIST, ended.err);
	p.max_ms = 0;
	p.exists = TALK_APPEND;
	assert_int_equal(4048, record_until_end(&p, discard));	/* only what was added goes */
	p.exists = TALK_OVERWRITE;
	assert_int_equal(-1, record_until_end(&p, discard));
	p.max_ms = 1000;
	assert_int_equal(8000, record_until_end(&p, pause_it));
	assert_int_equal(0, ended.filled);
	p.max_ms = 0;
	p.max_silence_ms = 200;	/* nobody speaks */
	assert_in_range(record_until_end(&p, NULL), 1600, 1600 + 80);
	p.max_silence_ms = 0;
	p.digits = "#*";
	assert_true(record_until_end(&p, press) > 800);	/* after the 5, which is none of them */
	p.digits = NULL;
	p.beep = true;
	p.max_ms = 100;
	assert_int_equal(800, record_until_end(&p, NULL));
	record_end();
	call_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(list_without_gap, up, down),
		cmocka_unit_test_setup_teardown(offset_into_first, up, down),
		cmocka_unit_test_setup_teardown(paused, up, down),
		cmocka_unit_test_setup_teardown(restarted, up, down),
		cmocka_unit_test_setup_teardown(reversed, up, down),
		cmocka_unit_test_setup_teardown(forwarded, up, down),
		cmocka_unit_test_setup_teardown(controls_add_up, up, down),
		cmocka_unit_test_setup_teardown(in_turn, up, down),
		cmocka_unit_test_setup_teardown(ends_with_channel, up, down),
		cmocka_unit_test_setup_teardown(bad_in_list, up, down),
		cmocka_unit_test_setup_teardown(clears_the_call, up, down),
		cmocka_unit_test_setup_teardown(records_end, up, down),
	};

	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

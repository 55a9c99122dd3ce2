// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A conference of three ISDN calls, as its parties hear it: each plays a tone and records its line.
 *
 *	world1 (port 2) --- pbx1 (port 1) ==+
 *	world2 (port 4) --- pbx2 (port 3) ==+== conference
 *	world3 (port 6) --- pbx3 (port 5) ==+
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/bridge.h"
#include "daemon/call/event.h"
#include "daemon/media/law.h"
#include "daemon/media/talk.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define PARTIES	 3
#define RATE	 8000
#define WINDOW	 1600	/* whole periods of each tone: what is heard of one says nothing of another */
#define SETTLED	 4000	/* octets after which a change has come through */
#define LOUD	 4000.0
#define NAME_LEN 64

static const int hertz[PARTIES] = { 400, 700, 1100 };

static struct world_call *near[PARTIES], *far[PARTIES];
static struct bridge *br;
static uint32_t talking[PARTIES]; /* atomics: as events tell */

static void talk_event(struct event_sub *sub, struct event *e)
{
	(void)sub;
	if (e->type != EVENT_CHANNEL_TALKING_STARTED && e->type != EVENT_CHANNEL_TALKING_FINISHED)
		return;
	for (int p = 0; p < PARTIES; p++)
		if (near[p] && e->chan.id == channel_id(near[p]->ch))
			atomic_store(&talking[p], e->type == EVENT_CHANNEL_TALKING_STARTED);
}

static struct event_sub sub = { .deliver = talk_event };

static void name_of(char *out, const char *what, int party)
{
	snprintf(out, NAME_LEN, "/tmp/opentdm-test_conference-%d-%s-%d.alaw", (int)getpid(), what, party);
}

/* --- requests of the bridge ------------------------------------------------------------------ */

static uint32_t answers; /* atomic */
static int answer_err;

static void answered(void *arg, int err)
{
	(void)arg;
	answer_err = err;
	atomic_add(&answers, 1);
}

static void done(int asked)
{
	assert_int_equal(asked, 0);
	wire_until(atomic_load(&answers) == 1);
	atomic_store(&answers, 0);
	assert_int_equal(answer_err, 0);
}

static void voice(int party, struct bridge_voice v)
{
	done(bridge_set_voice(br, near[party]->ch, &v, BRIDGE_VOICE_MUTE | BRIDGE_VOICE_VOLUME,
			      answered, NULL));
}

/* --- what is said and heard ------------------------------------------------------------------ */

static uint32_t over; /* atomic */

static void talk_over(void *arg, const struct talk_report *r)
{
	(void)arg;
	(void)r;
	atomic_inc_relaxed(&over);
}

static void tone_write(int party)
{
	char name[NAME_LEN];
	uint8_t octet[RATE];
	FILE *f;

	name_of(name, "tone", party);
	for (int i = 0; i < RATE; i++)
		octet[i] = law_octet(MEDIA_ALAW,
				     (int16_t)lrint(LOUD * sin(2 * M_PI * hertz[party] * i / RATE)));
	f = fopen(name, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octet, 1, RATE, f), RATE);
	fclose(f);
}

/* The amplitude of a tone in a window of a recording (Goertzel). */
static double amplitude(const uint8_t *octet, int hz)
{
	double re = 0, im = 0;

	for (int i = 0; i < WINDOW; i++) {
		double s = law_linear(MEDIA_ALAW, octet[i]), at = 2 * M_PI * hz * i / RATE;

		re += s * cos(at);
		im += s * sin(at);
	}
	return 2 * sqrt(re * re + im * im) / WINDOW;
}

/* All record at once; level[a][b] is how loud a hears b's tone. */
static void listen(double level[PARTIES][PARTIES])
{
	struct talk_report r = { 0 };
	char name[NAME_LEN], id[CHANNEL_SID_LEN];

	atomic_store(&over, 0);
	for (int p = 0; p < PARTIES; p++) {
		struct talk_params rec = { .kind = TALK_RECORD_RX, .id = id, .path = name,
					   .over = talk_over };

		snprintf(id, sizeof(id), "rec%d", p);
		name_of(name, "heard", p);
		unlink(name);
		assert_int_equal(talk_start(far[p]->ch, &rec), 0);
	}
	for (int p = 0; p < PARTIES; p++) {
		snprintf(id, sizeof(id), "rec%d", p);
		wire_until(!talk_report_read(id, &r) && r.octets > SETTLED + WINDOW);
		assert_int_equal(talk_stop(id), 0);
	}
	wire_until(atomic_load(&over) == PARTIES);
	for (int p = 0; p < PARTIES; p++) {
		uint8_t octet[WINDOW];
		FILE *f;

		name_of(name, "heard", p);
		f = fopen(name, "r");
		assert_non_null(f);
		assert_int_equal(fseek(f, SETTLED, SEEK_SET), 0);
		assert_int_equal(fread(octet, 1, WINDOW, f), WINDOW);
		fclose(f);
		unlink(name);
		for (int q = 0; q < PARTIES; q++)
			level[p][q] = amplitude(octet, hertz[q]);
	}
}

/*
 * Whether each hears each as loud as want says, of 1; what is not to be heard, less than a
 * hundredth.
 */
static bool heard(double level[PARTIES][PARTIES], const double want[PARTIES][PARTIES])
{
	bool good = true;

	for (int p = 0; p < PARTIES; p++)
		for (int q = 0; q < PARTIES; q++)
			good &= fabs(level[p][q] / LOUD - want[p][q]) < 0.01 + 0.03 * want[p][q];
	return good;
}

static void hears(const double want[PARTIES][PARTIES])
{
	double level[PARTIES][PARTIES];

	listen(level);
	if (heard(level, want))
		return;
	for (int p = 0; p < PARTIES; p++)
		for (int q = 0; q < PARTIES; q++)
			print_error("%d hears %d with %.4f, not %.4f\n", p, q, level[p][q] / LOUD,
				    want[p][q]);
	fail();
}

static void talk(bool first, bool second, bool third)
{
	wire_until(atomic_load(&talking[0]) == first && atomic_load(&talking[1]) == second &&
	      atomic_load(&talking[2]) == third);
}

/* --- three calls ----------------------------------------------------------------------------- */

static int up(void **state)
{
	(void)state;
	for (int p = 0; p < PARTIES; p++) {
		near[p] = NULL;
		atomic_store(&talking[p], 0);
	}
	if (wire_start())
		return -1;
	world_subscribe(&sub);
	return world_up("[group pbx1]\nspans = wire:1\nside = user\nrestart = no\ndtmf = no\n"
			"[group world1]\nspans = wire:2\nside = network\nrestart = no\ndtmf = no\n"
			"[group pbx2]\nspans = wire:3\nside = user\nrestart = no\ndtmf = no\n"
			"[group world2]\nspans = wire:4\nside = network\nrestart = no\ndtmf = no\n"
			"[group pbx3]\nspans = wire:5\nside = user\nrestart = no\ndtmf = no\n"
			"[group world3]\nspans = wire:6\nside = network\nrestart = no\ndtmf = no\n");
}

static int down(void **state)
{
	int err = world_down();

	(void)state;
	world_unsubscribe(&sub);
	wire_stop();
	return err;
}

static void calls_up(enum bridge_type type)
{
	static const char *const to[PARTIES] = { "PRI/pbx1/1", "PRI/pbx2/2", "PRI/pbx3/3" };

	assert_int_equal(bridge_create_type(type, NULL, NULL, false, &br), 0);
	for (int p = 0; p < PARTIES; p++) {
		struct talk_params play = { .kind = TALK_PLAY, .over = talk_over };
		char name[NAME_LEN];

		near[p] = world_dial(to[p], "");
		far[p] = world_incoming(PATIENCE);
		assert_non_null(far[p]);
		world_answer(far[p]);
		assert_int_equal(world_wait_state(near[p], CHAN_UP, PATIENCE), 0);
		wire_until(atomic_load(&near[p]->media) && atomic_load(&far[p]->media));
		tone_write(p);
		name_of(name, "tone", p);
		play.path = name;
		assert_int_equal(talk_start(far[p]->ch, &play), 0);
	}
}

static void calls_down(void)
{
	for (int p = 0; p < PARTIES; p++) {
		char name[NAME_LEN];

		name_of(name, "tone", p);
		unlink(name);
		world_hangup(near[p], 16);
	}
	for (int p = 0; p < PARTIES; p++) {
		assert_true(world_wait_end(near[p], PATIENCE) > 0);
		assert_true(world_wait_end(far[p], PATIENCE) > 0);
	}
	done(bridge_destroy(br, answered, NULL));
	bridge_put(br);
	assert_int_equal(world_all_idle(PATIENCE), 0);
}

static void each_hears_the_others(void **state)
{
	static const double nobody[PARTIES][PARTIES] = { { 0 } };
	static const double all[PARTIES][PARTIES] = { { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 } };
	/* The first is muted, the second louder by 6 dB, the third less loud by 12. */
	static const double voices[PARTIES][PARTIES] = {
		{ 0, 1.9953, 0.2512 }, { 0, 0, 0.2512 }, { 0, 1.9953, 0 }
	};
	static const double two[PARTIES][PARTIES] = { { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 0 } };

	(void)state;
	calls_up(BRIDGE_MIXING);
	hears(nobody);
	for (int p = 0; p < PARTIES; p++)
		done(bridge_add(br, near[p]->ch, answered, NULL));
	hears(all);
	talk(true, true, true);
	voice(0, (struct bridge_voice){ .mute = true });
	voice(1, (struct bridge_voice){ .volume = 6 });
	voice(2, (struct bridge_voice){ .volume = -12 });
	hears(voices);
	talk(false, true, true);
	for (int p = 0; p < PARTIES; p++)
		voice(p, (struct bridge_voice){ 0 });
	hears(all);
	/* Who leaves hears nobody, and is heard by nobody; the other two have the kernel then. */
	done(bridge_remove(br, near[2]->ch, answered, NULL));
	hears(two);
	talk(false, false, false);
	done(bridge_add(br, near[2]->ch, answered, NULL));
	hears(all);
	calls_down();
}

static void announcers_alone_are_heard(void **state)
{
	static const double first[PARTIES][PARTIES] = { { 0 }, { 1, 0, 0 }, { 1, 0, 0 } };

	(void)state;
	calls_up(BRIDGE_HOLDING);
	done(bridge_add_as(br, near[0]->ch, &(struct bridge_voice){ .announcer = true }, answered,
			   NULL));
	for (int p = 1; p < PARTIES; p++)
		done(bridge_add(br, near[p]->ch, answered, NULL));
	hears(first);
	calls_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_hears_the_others, up, down),
		cmocka_unit_test_setup_teardown(announcers_alone_are_heard, up, down),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, world_init, world_exit);
}

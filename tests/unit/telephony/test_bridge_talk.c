// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is played to a bridge and recorded of one, on two ISDN calls, as their far ends hear it.
 *
 *	far1 (port 2) --- near1 (port 1) ==+
 *	far2 (port 4) --- near2 (port 3) ==+== bridge: plays, and records
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/media/law.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/tape.h"
#include "tests/unit/telephony/wire.h"
#include "tests/unit/telephony/world.h"

#define CALLS	2
#define LONG	(2 * NOISE)

static struct world_call *near[CALLS], *far[CALLS];
static struct bridge *br;
static struct tape tape[3];
static uint8_t noise[NOISE];
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

static int up(void **state)
{
	(void)state;
	if (wire_start())
		return -1;
	return world_up("[group near1]\nspans = wire:1\nside = user\nrestart = no\ndtmf = no\n"
			"[group far1]\nspans = wire:2\nside = network\nrestart = no\ndtmf = no\n"
			"[group near2]\nspans = wire:3\nside = user\nrestart = no\ndtmf = no\n"
			"[group far2]\nspans = wire:4\nside = network\nrestart = no\ndtmf = no\n");
}

static int down(void **state)
{
	int err = world_down();

	(void)state;
	wire_stop();
	return err;
}

static void calls_up(enum bridge_type type)
{
	assert_int_equal(bridge_create_type(type, NULL, NULL, false, &br), 0);
	noise_make(wire_file("noise.alaw"), 4711, noise);
	for (int i = 0; i < CALLS; i++) {
		near[i] = world_dial(i ? "PRI/near2/2" : "PRI/near1/1", "");
		far[i] = world_incoming(PATIENCE);
		assert_non_null(far[i]);
		world_answer(far[i]);
		assert_int_equal(world_wait_state(near[i], CHAN_UP, PATIENCE), 0);
		wire_until(atomic_load(&near[i]->media) && atomic_load(&far[i]->media));
		done(bridge_add(br, near[i]->ch, answered, NULL));
	}
}

static void calls_down(void)
{
	for (int i = 0; i < CALLS; i++)
		world_hangup(near[i], 16);
	for (int i = 0; i < CALLS; i++) {
		assert_true(world_wait_end(near[i], PATIENCE) > 0);
		assert_true(world_wait_end(far[i], PATIENCE) > 0);
	}
	done(bridge_destroy(br, answered, NULL));
	bridge_put(br);
	assert_int_equal(world_all_idle(PATIENCE), 0);
}

static void path(enum bridge_path want)
{
	struct bridge_info info;

	wire_until((bridge_info_read(br, &info), info.path == want));
}

static struct talk_params noise_play(const char *id, unsigned int repeat)
{
	static const char *file;

	file = wire_file("noise.alaw");
	return (struct talk_params){ .kind = TALK_PLAY, .id = id, .path = file, .repeat = repeat };
}

static bool runs(const char *id)
{
	struct talk_report r;

	return !talk_report_read(id, &r);
}

/* Where in a tape the noise begins; each octet up to there is silence. */
static size_t noise_in(const struct tape *t, size_t from)
{
	while (from < t->n && t->octet[from] == TAPE_IDLE)
		from++;
	return from;
}

/* Once, without a gap, and at both in the same frame, whoever of them is whose clock. */
static void all_hear_it_in_step(void **state)
{
	struct talk_params p = noise_play("p", 3);
	size_t at[CALLS];

	(void)state;
	calls_up(BRIDGE_MIXING);
	path(BRIDGE_PATH_KERNEL);
	for (int i = 0; i < CALLS; i++) {
		struct bridge_voice v = { .mute = true };

		done(bridge_set_voice(br, near[i]->ch, &v, BRIDGE_VOICE_MUTE, answered, NULL));
		tape_start(&tape[i], i ? "far2" : "far1", far[i]->ch, NULL, TALK_RECORD_RX, false);
	}
	assert_int_equal(talk_start_bridge(br, &p), 0);
	wire_until(!runs("p"));
	wire_wait(WIRE_THROUGH);
	for (int i = 0; i < CALLS; i++) {
		tape_stop(&tape[i], 3 * NOISE);
		at[i] = noise_in(&tape[i], 0);
		assert_true(at[i] + 3 * NOISE <= tape[i].n);
		for (size_t k = 0; k < 3 * NOISE; k++)
			if (tape[i].octet[at[i] + k] != noise[k % NOISE])
				fail_msg("far end %d: octet %zu is another", i, k);
		assert_int_equal(noise_in(&tape[i], at[i] + 3 * NOISE), tape[i].n);
	}
	assert_int_equal(at[0] + tape[0].report.frame, at[1] + tape[1].report.frame);
	calls_down();
}

/* How the silence of who only listens changes what the other one says. */
static uint8_t with_silence(uint8_t octet)
{
	return law_octet(MEDIA_ALAW, (int16_t)(law_linear(MEDIA_ALAW, octet) +
					       law_linear(MEDIA_ALAW, TAPE_IDLE)));
}

/* Whether its last octets are those of the noise up to this one. */
static bool ends_with(const struct tape *t, size_t last)
{
	size_t n = 0;

	while (n < 16 && t->octet[t->n - 1 - n] == with_silence(noise[(last + NOISE - n) % NOISE]))
		n++;
	return n == 16;
}

/* Two that talk through the kernel come to user space to be recorded, and go back; nothing is lost. */
static void two_are_recorded(enum bridge_type type)
{
	struct talk_params p = noise_play("far1 says", 0);
	struct tape *t = &tape[0];
	size_t from = 0;

	calls_up(type);
	path(BRIDGE_PATH_KERNEL);
	assert_int_equal(talk_start(far[0]->ch, &p), 0);
	tape_start(t, "bridge", NULL, br, TALK_RECORD_RX, false);
	path(BRIDGE_PATH_USER);
	tape_wait(t, LONG);
	tape_stop(t, LONG);
	path(BRIDGE_PATH_KERNEL);
	while (from < NOISE && !ends_with(t, from))
		from++;
	assert_true(from < NOISE);
	/* Back from the end: a second and more without an octet too many or too few. */
	for (size_t i = 0; i < NOISE; i++)
		assert_int_equal(t->octet[t->n - 1 - i],
				 with_silence(noise[(from + NOISE - i) % NOISE]));
	calls_down();
}

static void two_of_a_route_are_recorded(void **state)
{
	(void)state;
	two_are_recorded(BRIDGE_TWO_PARTY);
}

static void two_of_a_conference_are_recorded(void **state)
{
	(void)state;
	two_are_recorded(BRIDGE_MIXING);
}

/* One leaves and comes back: the play and the recording stay, and wait while nobody is there. */
static void members_come_and_go(void **state)
{
	struct talk_params p = noise_play("p", 0);
	struct talk_report a, b;
	struct channel_talk talk;

	(void)state;
	calls_up(BRIDGE_MIXING);
	assert_int_equal(talk_start_bridge(br, &p), 0);
	tape_start(&tape[0], "bridge", NULL, br, TALK_RECORD_RX, false);
	done(bridge_remove(br, near[0]->ch, answered, NULL));
	tape_wait(&tape[0], LONG);
	done(bridge_remove(br, near[1]->ch, answered, NULL));
	wire_wait(2);
	assert_int_equal(talk_report_read("p", &a), 0);
	wire_wait(10);
	assert_int_equal(talk_report_read("p", &b), 0);
	assert_int_equal(a.octets, b.octets);
	done(bridge_add(br, near[1]->ch, answered, NULL));
	wire_until(!talk_report_read("p", &b) && b.octets > a.octets);
	assert_int_equal(talk_control("p", TALK_PAUSE), 0);
	assert_int_equal(talk_read("p", &talk), 0);
	assert_true(talk.bridge);
	assert_string_equal(talk.target, bridge_sid(br));
	assert_string_equal(talk.state, "paused");
	assert_int_equal(talk_control("bridge", TALK_MUTE), 0);
	assert_int_equal(talk_start_bridge(br, &(struct talk_params){ .kind = TALK_ECHO }),
			 -EINVAL);
	done(bridge_add(br, near[0]->ch, answered, NULL));
	/* Both end with the bridge; what is recorded is whole. */
	calls_down();
	wire_until(!runs("p") && !runs("bridge"));
	assert_int_equal(tape[0].report.err, 0);
	assert_int_equal(tape[0].report.filled, 0);
	assert_true(tape[0].report.octets >= LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_hear_it_in_step, up, down),
		cmocka_unit_test_setup_teardown(two_of_a_route_are_recorded, up, down),
		cmocka_unit_test_setup_teardown(two_of_a_conference_are_recorded, up, down),
		cmocka_unit_test_setup_teardown(members_come_and_go, up, down),
	};

	tests_chosen();
	if (wire_folder())
		return 1;
	return wire_folder_end(cmocka_run_group_tests(tests, world_init, world_exit));
}

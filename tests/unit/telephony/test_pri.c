// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls between trunk groups that are joined back to back by sockets: libpri on both ends, the
 * core in between.
 *
 * Group "net" is the network side on port 2, "user" the user side on port 1.
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "daemon/group/capture.h"
#include "daemon/group/group.h"
#include "daemon/group/q931.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/daemon/filter.h"
#include "tests/unit/telephony/world.h"

static char capture[64];

static const char e1[] =
	"[group user]\nspans = wire:1\nside = user\nselect = ascending\nrestart = no\n"
	"[group net]\nspans = wire:2\nside = network\nselect = descending\nrestart = no\n";

static const char t1[] =
	"[group user]\nspans = wire:1\nside = user\nswitchtype = national\nrestart = no\n"
	"[group net]\nspans = wire:2\nside = network\nswitchtype = national\nselect = descending\n"
	"restart = no\n";

static int up_e1(void **state)
{
	(void)state;
	return world_up(e1);
}

static int up_t1(void **state)
{
	(void)state;
	return world_up(t1);
}

static int down(void **state)
{
	(void)state;
	return world_down();
}

static void one_call_more(const char *from, const char *to)
{
	struct world_call *out, *in;
	char endpoint[64];

	snprintf(endpoint, sizeof(endpoint), "PRI/%s/2001", from);
	out = world_dial(endpoint, "5551");
	assert_non_null(out);
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	assert_string_equal(in->called, "2001");
	assert_string_equal(in->caller, "5551");
	assert_non_null(strstr(in->name, to));
	world_ringing(in);
	assert_int_equal(0, world_wait_state(out, CHAN_RINGING, PATIENCE));
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	assert_int_equal(0, world_wait_state(in, CHAN_UP, PATIENCE));
	usleep(20000);		/* CONNECT ACKNOWLEDGE is through, too */
	world_hangup(in, 16);
	assert_int_equal(16, world_wait_end(out, PATIENCE));
	assert_int_equal(16, world_wait_end(in, PATIENCE));
}

static void one_call(const char *from, const char *to)
{
	one_call_more(from, to);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void call_from_user(void **state)
{
	(void)state;
	one_call("user", "PRI/net/");
}

static void call_from_network(void **state)
{
	(void)state;
	one_call("net", "PRI/user/");
}

/* Each cause that a called party may give arrives at the caller as it is. */
static void causes_arrive(void **state)
{
	static const int causes[] = { 1, 3, 16, 17, 18, 19, 21, 22, 27, 28, 31, 34, 38, 41, 42, 88 };
	struct world_call *out, *in;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		out = world_dial(i % 2 ? "PRI/user/2001" : "PRI/net/2001", "");
		in = world_incoming(PATIENCE);
		assert_non_null(in);
		world_hangup(in, causes[i]);
		assert_int_equal(causes[i], world_wait_end(out, PATIENCE));
		assert_int_equal(causes[i], world_wait_end(in, PATIENCE));
	}
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void caller_gives_up(void **state)
{
	struct world_call *out, *in;

	(void)state;
	out = world_dial("PRI/user/2001", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	world_hangup(out, 16);
	assert_int_equal(16, world_wait_end(in, PATIENCE));
	assert_int_equal(16, world_wait_end(out, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void all_slots_taken(void **state)
{
	struct world_call *out[31];
	const char *reason = NULL;
	int i;

	(void)state;
	for (i = 0; i < 30; i++) {
		out[i] = world_dial(i % 2 ? "PRI/user/2001" : "PRI/net/2001", "");
		assert_non_null(out[i]);
	}
	for (i = 0; i < 30; i++)
		assert_non_null(world_incoming(PATIENCE));
	assert_int_equal(-EBUSY, world_dial_err("PRI/user/2001", &reason));
	assert_non_null(reason);
	for (i = 0; i < 30; i++)
		world_hangup(out[i], 16);
	for (i = 0; i < 30; i++)
		assert_int_equal(16, world_wait_end(out[i], PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void bad_targets(void **state)
{
	const char *reason = NULL;

	(void)state;
	assert_int_equal(-EINVAL, world_dial_err("PRI/user", &reason));
	assert_non_null(reason);
	assert_int_equal(-EINVAL, world_dial_err("PRI/user/20x1", &reason));
	assert_int_equal(-ENOENT, world_dial_err("PRI/nobody/2001", &reason));
}

/* Glare: both sides take the same slot at once. Both calls must come up, on two slots. */
static void glare(void **state)
{
	struct world_call *out[2], *in[2];
	int round;

	(void)state;
	for (round = 0; round < 20; round++) {
		out[0] = world_dial("PRI/user/1", "");
		out[1] = world_dial("PRI/net/2", "");
		in[0] = world_incoming(PATIENCE);
		in[1] = world_incoming(PATIENCE);
		assert_non_null(in[0]);
		assert_non_null(in[1]);
		world_answer(in[0]);
		world_answer(in[1]);
		assert_int_equal(0, world_wait_state(out[0], CHAN_UP, PATIENCE));
		assert_int_equal(0, world_wait_state(out[1], CHAN_UP, PATIENCE));
		world_hangup(out[0], 16);
		world_hangup(out[1], 16);
		assert_true(world_wait_end(in[0], PATIENCE) > 0);
		assert_true(world_wait_end(in[1], PATIENCE) > 0);
		assert_true(world_wait_end(out[0], PATIENCE) > 0);
		assert_true(world_wait_end(out[1], PATIENCE) > 0);
		assert_int_equal(0, world_all_idle(PATIENCE));
	}
}

static int up_glare(void **state)
{
	(void)state;
	return world_up("[group user]\nspans = wire:1\nside = user\nrestart = no\n"
			"[group net]\nspans = wire:2\nside = network\nrestart = no\n");
}

static void over_cpu_limit(void **state)
{
	struct leg_request req = { .complete = true, .bearer = MEDIA_ALAW };
	struct channel_params params = { .exten = "2001" };
	const char *reason = NULL;
	struct channel_info info = { 0 };
	struct channel *ch;

	(void)state;
	groups_admit(false);
	assert_int_equal(-EAGAIN, world_dial_err("PRI/user/2001", &reason));
	groups_admit(true);
	/* Asked for before, and dialled when the load is high: the other side does not take it. */
	assert_int_equal(0, channel_originate("PRI/user/2001", &req, &params, &ch, &reason));
	groups_admit(false);
	assert_int_equal(0, channel_post_dial(ch));
	for (int i = 0; i < PATIENCE / 5; i++) {
		channel_info_read(ch, &info);
		if (info.state == CHAN_DEAD)
			break;
		usleep(5000);
	}
	channel_put(ch);
	groups_admit(true);
	assert_int_equal(CHAN_DEAD, info.state);
	assert_int_equal(CAUSE_CONGESTION, info.cause);
	one_call("user", "PRI/net/");
}

static void span_in_alarm(void **state)
{
	struct world_call *out;
	const char *reason = NULL;
	int i;

	(void)state;
	cable_alarm(2, true);
	for (i = 0; i < PATIENCE / 5 && world_blocked("net") != 30; i++)
		usleep(5000);
	assert_int_equal(30, world_blocked("net"));
	assert_int_equal(-ENETDOWN, world_dial_err("PRI/net/2001", &reason));
	out = world_dial("PRI/user/2001", "");
	assert_int_equal(38, world_wait_end(out, PATIENCE));
	cable_alarm(2, false);
	for (i = 0; i < PATIENCE / 5 && world_blocked("net"); i++)
		usleep(5000);
	one_call("user", "PRI/net/");
}

/* What was captured reads as a ladder: every message of a call, in order, with its causes. */
static void captured_ladder(void **state)
{
	static const char *const want[] = { "SETUP", "CALL PROCEEDING", "ALERTING", "CONNECT",
					    "CONNECT ACKNOWLEDGE", "DISCONNECT", "RELEASE",
					    "RELEASE COMPLETE" };
	struct capture_reader *r;
	struct capture_record rec;
	struct q931_info info;
	char *text = NULL, conf[256];
	size_t i = 0, len;
	FILE *f;

	(void)state;
	snprintf(conf, sizeof(conf), "[group user]\nspans = wire:1\nside = user\nrestart = no\n"
		 "capture = %s\n[group net]\nspans = wire:2\nside = network\nrestart = no\n", capture);
	unlink(capture);
	assert_int_equal(0, world_up(conf));
	one_call("user", "PRI/net/");
	assert_int_equal(0, world_down());
	assert_int_equal(0, capture_reader_open(capture, &r));
	while (capture_reader_next(r, &rec) > 0) {
		assert_int_equal(0, q931_decode(rec.frame, rec.len, &info));
		if (!info.layer3)
			continue;
		assert_true(i < 8);
		assert_string_equal(want[i], info.name);
		assert_string_equal(rec.label, "user");
		if (i == 0) {
			assert_string_equal(info.called, "2001");
			assert_string_equal(info.calling, "5551");
			assert_int_equal(info.channel, 1);
			assert_true(rec.sent);
		}
		if (i == 5)
			assert_int_equal(info.cause, 16);
		i++;
	}
	assert_int_equal(8, i);
	capture_reader_close(r);
	f = open_memstream(&text, &len);
	assert_int_equal(0, ladder_print(capture, 0, f));
	fclose(f);
	assert_non_null(strstr(text, "cause 16 normal clearing"));
	free(text);
}

/* A slot of the far end's RESTART: its call ends here without a message, and calls go on. */
static void restart_received(void **state)
{
	struct world_call *out, *in;

	(void)state;
	out = world_dial("PRI/user/2001", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	/* UI: RESTART on the global call reference, channel 1, as the user side would send it. */
	assert_int_equal(0, world_restart("user", 0, 1));
	assert_int_equal(41, world_wait_end(in, PATIENCE));
	world_hangup(out, 16);
	assert_true(world_wait_end(out, PATIENCE) > 0);
	assert_int_equal(0, world_all_idle(PATIENCE));
	one_call("user", "PRI/net/");
}

/* All idle slots are reset when the link comes up; calls work afterwards. */
static void restart_round(void **state)
{
	(void)state;
	assert_int_equal(0, world_up("[group user]\nspans = wire:1\nside = user\n"
				     "[group net]\nspans = wire:2\nside = network\n"));
	one_call("user", "PRI/net/");
	one_call("net", "PRI/user/");
	assert_int_equal(0, world_down());
}

/* A display, with and without the octet that National ISDN puts before it. */
static void displays(void **state)
{
	static const uint8_t plain[] = { 0x02, 0x01, 0, 0, 8, 2, 0, 1, 0x7b, 0x28, 3, 'A', 'n', 'n' };
	static const uint8_t typed[] = { 0x02, 0x01, 0, 0, 8, 2, 0, 1, 0x7b,
					 0x28, 4, 0xb1, 'A', 'n', 'n' };
	static const uint8_t empty[] = { 0x02, 0x01, 0, 0, 8, 2, 0, 1, 0x7b, 0x28, 1, 0xb1 };
	struct q931_info info;

	(void)state;
	assert_int_equal(0, q931_decode(plain, sizeof(plain), &info));
	assert_string_equal(info.text, "display \"Ann\"");
	assert_int_equal(0, q931_decode(typed, sizeof(typed), &info));
	assert_string_equal(info.text, "display \"Ann\"");
	assert_int_equal(0, q931_decode(empty, sizeof(empty), &info));
	assert_string_equal(info.text, "display \"\"");
}

/* How many of these messages (RESTART: of this slot) stand in the capture. */
static int sent(const char *name, int slot)
{
	struct capture_reader *r;
	struct capture_record rec;
	struct q931_info info;
	int n = 0;

	if (capture_reader_open(capture, &r))
		return 0;
	while (capture_reader_next(r, &rec) > 0)
		n += rec.sent && !q931_decode(rec.frame, rec.len, &info) &&
		     !strcmp(info.name, name) && (!slot || info.channel == slot);
	capture_reader_close(r);
	return n;
}

/* Milliseconds between the latest two RESTARTs of this slot in the capture. */
static int restart_pause(int slot)
{
	struct capture_record rec;
	struct capture_reader *r;
	struct q931_info info;
	uint64_t at[2] = { 0 };

	assert_int_equal(0, capture_reader_open(capture, &r));
	while (capture_reader_next(r, &rec) > 0) {
		if (!rec.sent || q931_decode(rec.frame, rec.len, &info) ||
		    strcmp(info.name, "RESTART") || info.channel != slot)
			continue;
		at[0] = at[1];
		at[1] = rec.time_us;
	}
	capture_reader_close(r);
	return (int)((at[1] - at[0]) / 1000);
}

/*
 * The far end answers our SABME, then sends its own: what we had sent in between is gone, and the
 * RESTART is sent again at once; after T316 when nobody answers it, but not for ever.
 */
static void restart_repeated(void **state)
{
	static const uint8_t ua[] = { 0x02, 0x01, 0x73 }, sabme[] = { 0x00, 0x01, 0x7f };
	char conf[256];
	int i;

	(void)state;
	snprintf(conf, sizeof(conf), "[group net]\nspans = wire:2\nside = network\nt200 = 20000\n"
		 "t316 = 4000\ncapture = %s\n", capture);
	unlink(capture);
	assert_int_equal(0, world_start(conf));
	for (i = 0; i < 4000 && !sent("SABME", 0); i++)
		usleep(5000);
	assert_int_equal(0, cable_inject(2, ua, sizeof(ua)));
	assert_int_equal(0, world_wait_active("net", 0, PATIENCE));
	for (i = 0; i < 4000 && !sent("RESTART", 1); i++)
		usleep(5000);
	assert_int_equal(1, sent("RESTART", 1));
	assert_int_equal(0, cable_inject(2, sabme, sizeof(sabme)));
	for (i = 0; i < 4000 && sent("RESTART", 1) < 2; i++)
		usleep(5000);
	assert_int_equal(2, sent("RESTART", 1));
	for (i = 0; i < 4000 && sent("RESTART", 1) < 3; i++)
		usleep(5000);
	assert_int_equal(3, sent("RESTART", 1));
	assert_true(restart_pause(1) >= 3990);
	assert_int_equal(0, world_down());
}

/*
 * Two spans, one D-channel and a backup: the call is on the other span; the first D-channel is
 * lost, then both.
 */
static const char nfas[] =
	"[group user]\nspans = wire:1, wire:3\ndchannels = wire:1:24, wire:3:24\nside = user\n"
	"switchtype = national\nrestart = no\nselect = descending\nt200 = 600\nt203 = 1000\n"
	"t309 = 1000\n"
	"[group net]\nspans = wire:2, wire:4\ndchannels = wire:2:24, wire:4:24\nside = network\n"
	"switchtype = national\nrestart = no\nt200 = 600\nt203 = 1000\nt309 = 1000\n";

static int up_nfas(void **state)
{
	(void)state;
	/* All links: a SETUP on one that the far end still sets up waits for T303. */
	return world_up(nfas) || world_wait_links("user", 3, PATIENCE) ||
	       world_wait_links("net", 3, PATIENCE);
}

static void nfas_backup(void **state)
{
	struct world_call *out, *in;

	(void)state;
	out = world_dial("PRI/user/2001", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	assert_non_null(strstr(in->name, "i1s23"));
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	cable_cut(1, true);
	assert_int_equal(0, world_wait_active("net", 1, PATIENCE));
	assert_int_equal(0, world_wait_active("user", 1, PATIENCE));
	one_call_more("user", "PRI/net/");	/* over the backup */
	cable_cut(3, true);			/* now there is none: T309 */
	assert_int_equal(27, world_wait_end(out, PATIENCE));
	assert_int_equal(27, world_wait_end(in, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
	cable_cut(1, false);
	cable_cut(3, false);
	/* Both ends of both, or the call is placed on one that the far end sets up once more. */
	assert_int_equal(0, world_wait_links("net", 3, PATIENCE));
	assert_int_equal(0, world_wait_links("user", 3, PATIENCE));
	one_call("net", "PRI/user/");
}

static int up_with(int t309_ms)
{
	char conf[256];

	snprintf(conf, sizeof(conf),
		 "[group user]\nspans = wire:1\nside = user\nrestart = no\nt200 = 600\n"
		 "t203 = 1000\nt309 = %d\n"
		 "[group net]\nspans = wire:2\nside = network\nrestart = no\nt200 = 600\n"
		 "t203 = 1000\nt309 = %d\n", t309_ms, t309_ms);
	return world_up(conf);
}

static int up_t309(void **state)
{
	(void)state;
	return up_with(6000);
}

/*
 * An active call lives on, and one that was being set up ends with cause 27. False: the machine is
 * so busy that the link was not back within T309; all is over then.
 */
static bool lost_and_back(struct world_call **out, struct world_call **in, int t309_ms)
{
	uint64_t began;

	out[0] = world_dial("PRI/user/1", "");
	in[0] = world_incoming(PATIENCE);
	assert_non_null(in[0]);
	world_answer(in[0]);
	assert_int_equal(0, world_wait_state(out[0], CHAN_UP, PATIENCE));
	out[1] = world_dial("PRI/user/2", "");
	in[1] = world_incoming(PATIENCE);
	assert_non_null(in[1]);
	began = tnow();
	cable_cut(1, true);
	assert_int_equal(27, world_wait_end(out[1], PATIENCE));
	assert_int_equal(27, world_wait_end(in[1], PATIENCE));
	cable_cut(1, false);
	assert_int_equal(0, world_wait_active("user", 0, PATIENCE));
	assert_int_equal(0, world_wait_active("net", 0, PATIENCE));
	if (tnow() - began < (uint64_t)t309_ms * NSEC_PER_MSEC)
		return true;
	world_hangup(out[0], 16);
	assert_true(world_wait_end(out[0], PATIENCE) > 0);
	assert_true(world_wait_end(in[0], PATIENCE) > 0);
	return false;
}

/* The link is lost for less than T309, and for longer. */
static void link_lost(void **state)
{
	struct world_call *out[2], *in[2];
	int t309_ms = 6000;

	(void)state;
	assert_int_equal(0, up_with(t309_ms));
	while (!lost_and_back(out, in, t309_ms)) {
		assert_int_equal(0, world_down());
		t309_ms *= 4;
		assert_int_equal(0, up_with(t309_ms));
	}
	usleep((useconds_t)(t309_ms + 1000) * 1000);
	assert_int_equal(0, world_wait_state(out[0], CHAN_UP, 1)); /* still there */
	assert_int_equal(0, world_wait_state(in[0], CHAN_UP, 1));
	cable_cut(1, true);			/* and now for longer */
	assert_int_equal(27, world_wait_end(out[0], PATIENCE + t309_ms));
	assert_int_equal(27, world_wait_end(in[0], PATIENCE + t309_ms));
	assert_int_equal(0, world_all_idle(PATIENCE));
	cable_cut(1, false);
	assert_int_equal(0, world_wait_active("user", 0, PATIENCE));
	assert_int_equal(0, world_wait_active("net", 0, PATIENCE));
	one_call("user", "PRI/net/");
}

/*
 * Hung up while the link is being lost: the slot comes back with the loss, not half a minute
 * later.
 */
static void link_lost_clearing(void **state)
{
	struct world_call *out, *in;

	(void)state;
	out = world_dial("PRI/user/1", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	cable_cut(1, true);
	world_hangup(out, 16);
	assert_int_equal(16, world_wait_end(out, PATIENCE));
	assert_int_equal(27, world_wait_end(in, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
	cable_cut(1, false);
	assert_int_equal(0, world_wait_active("user", 0, PATIENCE));
	assert_int_equal(0, world_wait_active("net", 0, PATIENCE));
	one_call("user", "PRI/net/");
}

/* Digits one by one: SETUP ACKNOWLEDGE, INFORMATION. */
static void overlap(void **state)
{
	struct world_call *out, *in;
	int i;

	(void)state;
	assert_int_equal(0, world_up("[group user]\nspans = wire:1\nside = user\nrestart = no\n"
				     "overlap = send\n"
				     "[group net]\nspans = wire:2\nside = network\nrestart = no\n"
				     "overlap = receive\n"));
	out = world_dial_overlap("PRI/user/2");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	assert_string_equal(in->called, "2");
	world_digits(out, "00");
	world_digits(out, "1");
	for (i = 0; i < PATIENCE / 5 && !world_has_digits(in, "2001"); i++)
		usleep(5000);
	assert_string_equal(in->digits, "2001");
	world_proceeding(in);
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	world_hangup(out, 16);
	assert_int_equal(16, world_wait_end(in, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
	assert_int_equal(0, world_down());
}

static int begin(void **state)
{
	int fd;

	snprintf(capture, sizeof(capture), "/tmp/opentdm-test_pri-XXXXXX");
	fd = mkstemp(capture);
	return fd < 0 || close(fd) || world_init(state);
}

static int end(void **state)
{
	unlink(capture);
	return world_exit(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(call_from_user, up_e1, down),
		cmocka_unit_test_setup_teardown(call_from_network, up_e1, down),
		cmocka_unit_test_setup_teardown(call_from_user, up_t1, down),
		cmocka_unit_test_setup_teardown(call_from_network, up_t1, down),
		cmocka_unit_test_setup_teardown(causes_arrive, up_e1, down),
		cmocka_unit_test_setup_teardown(causes_arrive, up_t1, down),
		cmocka_unit_test_setup_teardown(caller_gives_up, up_e1, down),
		cmocka_unit_test_setup_teardown(all_slots_taken, up_e1, down),
		cmocka_unit_test_setup_teardown(bad_targets, up_e1, down),
		cmocka_unit_test_setup_teardown(glare, up_glare, down),
		cmocka_unit_test_setup_teardown(over_cpu_limit, up_e1, down),
		cmocka_unit_test_setup_teardown(span_in_alarm, up_e1, down),
		cmocka_unit_test(captured_ladder),
		cmocka_unit_test(displays),
		cmocka_unit_test_setup_teardown(restart_received, up_e1, down),
		cmocka_unit_test(restart_round),
		cmocka_unit_test(restart_repeated),
		cmocka_unit_test_setup_teardown(nfas_backup, up_nfas, down),
		cmocka_unit_test_teardown(link_lost, down),
		cmocka_unit_test_setup_teardown(link_lost_clearing, up_t309, down),
		cmocka_unit_test(overlap),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, begin, end);
}

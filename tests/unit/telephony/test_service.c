// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots out of service: at our side, at the far end (SERVICE messages over a wire, libpri at both
 * ends), over a restart of the daemon.
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/group/capture.h"
#include "daemon/group/group_priv.h"
#include "daemon/group/q931.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/world.h"

#define SLOT(n) (1u << (n))

/* @ stands for a folder of this run's own: see placed(). */
#define STATE "[daemon]\nstate = @\n"

#define LINE(type, more) STATE \
	"[group user]\nspans = wire:1\nside = user\nswitchtype = " type "\n" more \
	"service-messages = yes\nselect = ascending\ncapture = @/line.pcap\n" \
	"[group net]\nspans = wire:2\nside = network\nswitchtype = " type "\n" more \
	"service-messages = yes\nselect = ascending\n"

/* Frames are not repeated because a busy machine is late: each message stands there once. */
#define COUNTED "restart = no\nt200 = 3000\n"

static const char quiet[] = STATE
	"[group user]\nspans = wire:1\nside = user\nrestart = no\ncapture = @/line.pcap\n"
	"[group net]\nspans = wire:2\nside = network\nrestart = no\n";

#define TEMPLATE "/tmp/opentdm-test_service-XXXXXX"
static char folder[sizeof(TEMPLATE)];

/* The text with the folder's name in it; until the next call. */
static const char *placed(const char *text)
{
	static char out[1024];
	size_t n = 0;

	for (; *text; text++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, *text == '@' ? "%s" : "%.1s",
				      *text == '@' ? folder : text);
	assert_true(n < sizeof(out));
	return out;
}

static int forget(void **state)
{
	(void)state;
	unlink(placed("@/slots.user"));
	unlink(placed("@/slots.net"));
	unlink(placed("@/line.pcap"));
	return 0;
}

static int folder_make(void **state)
{
	strcpy(folder, TEMPLATE);
	return mkdtemp(folder) ? world_init(state) : -1;
}

static int folder_remove(void **state)
{
	forget(state);
	return rmdir(folder) | world_exit(state);
}

static int down(void **state)
{
	(void)state;
	rmdir(placed("@/slots.user.new"));
	return world_down();
}

static int blocked(const char *group, int iface, int slot)
{
	int reasons = 0;

	assert_int_not_equal(BCHAN_NONE, group_slot(group, iface, slot, &reasons));
	return reasons;
}

/* Until a slot is blocked for exactly these reasons. */
static void wait_blocked(const char *group, int iface, int slot, int reasons)
{
	int i;

	for (i = 0; i < PATIENCE / 5 && blocked(group, iface, slot) != reasons; i++)
		usleep(5000);
	assert_int_equal(reasons, blocked(group, iface, slot));
}

static struct {
	uint32_t done;		/* atomic */
	int err;
} change;

static void changed(void *arg, int err)
{
	assert_ptr_equal(arg, &change);
	change.err = err;
	atomic_store(&change.done, 1);
}

/* 0, or why not; it is done when this returns. */
static int service(const char *group, int iface, uint32_t slots, bool in)
{
	int i, err;

	atomic_store(&change.done, 0);
	err = group_service(group, iface, slots, in, changed, &change);
	if (err)
		return err;
	for (i = 0; i < PATIENCE / 5 && !atomic_load(&change.done); i++)
		usleep(5000);
	assert_int_equal(1, atomic_load(&change.done));
	return change.err;
}

enum { SERVICE, SERVICE_ACK };

/* How many of these messages stand in the capture, sent by the group whose capture it is or not. */
static int messages(int which, bool sent)
{
	/* The switch types' discriminator of maintenance messages, and the two types under it. */
	static const struct {
		uint8_t discriminator, type[2];
	} kinds[] = { { 0x43, { 0x07, 0x0f } }, { 0x03, { 0x0f, 0x07 } } };
	struct capture_reader *r;
	struct capture_record rec;
	int i, n = 0;

	assert_int_equal(0, capture_reader_open(placed("@/line.pcap"), &r));
	while (capture_reader_next(r, &rec) > 0)
		for (i = 0; i < 2; i++)
			n += rec.sent == sent && rec.len > 9 &&
			     rec.frame[4] == kinds[i].discriminator &&
			     rec.frame[8] == kinds[i].type[which];
	capture_reader_close(r);
	return n;
}

/* Until as many stand there; on a busy machine an answer is late, and one more was sent. */
static void wait_messages(int which, bool sent, int n)
{
	int i;

	for (i = 0; i < PATIENCE / 5 && messages(which, sent) < n; i++)
		usleep(5000);
	assert_true(messages(which, sent) >= n);
}

/* A call of @from comes up on slot @slot of the far group. */
static void call_on(const char *from, const char *slot)
{
	struct world_call *out, *in;
	char endpoint[64];

	snprintf(endpoint, sizeof(endpoint), "PRI/%s/2001", from);
	out = world_dial(endpoint, "");
	assert_non_null(out);
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	assert_non_null(strstr(in->name, slot));
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	world_hangup(out, 16);
	assert_int_equal(16, world_wait_end(in, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
}

/* One side takes slots out: SERVICE goes across, is acknowledged, and neither side picks them. */
static void across(const char *conf, const char *near, const char *far)
{
	bool sent = !strcmp(near, "user");

	assert_int_equal(0, world_up(placed(conf)));
	assert_int_equal(0, service(near, 0, SLOT(1) | SLOT(2), false));
	assert_int_equal(BCHAN_NEAR, blocked(near, 0, 1));
	wait_blocked(far, 0, 1, BCHAN_FAR);
	wait_blocked(far, 0, 2, BCHAN_FAR);
	assert_int_equal(0, blocked(far, 0, 3));
	wait_messages(SERVICE, sent, 2);
	wait_messages(SERVICE_ACK, !sent, 2);
	call_on(near, "s3");
	call_on(far, "s3");
	/* Back: one of them, then whatever is left. */
	assert_int_equal(0, service(near, 0, SLOT(2), true));
	wait_blocked(far, 0, 2, 0);
	assert_int_equal(BCHAN_FAR, blocked(far, 0, 1));
	call_on(far, "s2");
	assert_int_equal(0, service(near, 0, 0, true));
	wait_blocked(far, 0, 1, 0);
	call_on(near, "s1");
}

static void from_user(void **state)
{
	(void)state;
	across(LINE("national", COUNTED), "user", "net");
}

static void from_network(void **state)
{
	(void)state;
	across(LINE("national", COUNTED), "net", "user");
}

static void lucent(void **state)
{
	(void)state;
	across(LINE("lucent5e", COUNTED), "user", "net");
}

static void att(void **state)
{
	(void)state;
	across(LINE("att4ess", COUNTED), "net", "user");
}

/* A call that is on the slot goes on; the slot is given to none after it. */
static void call_goes_on(void **state)
{
	struct world_call *out, *in;
	int n;

	(void)state;
	assert_int_equal(0, world_up(placed(LINE("national", COUNTED))));
	out = world_dial("PRI/user/2001", "");
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	world_answer(in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	assert_non_null(strstr(in->name, "s1"));
	assert_int_equal(0, service("user", 0, SLOT(1), false));
	wait_blocked("net", 0, 1, BCHAN_FAR);
	wait_messages(SERVICE_ACK, false, 1);
	n = messages(SERVICE, true);
	usleep(1700000);		/* acknowledged: it is not repeated */
	assert_int_equal(n, messages(SERVICE, true));
	assert_int_equal(0, world_wait_state(out, CHAN_UP, 1));
	world_hangup(in, 16);
	assert_int_equal(16, world_wait_end(out, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
	call_on("net", "s2");
	assert_int_equal(0, service("user", 0, SLOT(1), true));
}

/* Both sides: the slot is back only when both have put it back. */
static void both_sides(void **state)
{
	(void)state;
	assert_int_equal(0, world_up(placed(LINE("national", "restart = no\n"))));
	assert_int_equal(0, service("user", 0, SLOT(1), false));
	assert_int_equal(0, service("net", 0, SLOT(1), false));
	wait_blocked("net", 0, 1, BCHAN_NEAR | BCHAN_FAR);
	wait_blocked("user", 0, 1, BCHAN_NEAR | BCHAN_FAR);
	assert_int_equal(0, service("user", 0, SLOT(1), true));
	wait_blocked("net", 0, 1, BCHAN_NEAR);
	wait_blocked("user", 0, 1, BCHAN_FAR);
	call_on("user", "s2");
	assert_int_equal(0, service("net", 0, SLOT(1), true));
	wait_blocked("user", 0, 1, 0);
	call_on("user", "s1");
}

/* The daemon is started anew: it knows, and tells the far end again, with and without RESTART. */
static void over_restart(const char *conf)
{
	assert_int_equal(0, world_up(placed(conf)));
	assert_int_equal(0, service("user", 0, SLOT(1) | SLOT(3), false));
	assert_int_equal(0, world_down());
	assert_int_equal(0, world_up(placed(conf)));
	assert_int_equal(BCHAN_NEAR, blocked("user", 0, 1) & BCHAN_NEAR);
	wait_blocked("net", 0, 1, BCHAN_FAR);
	wait_blocked("net", 0, 3, BCHAN_FAR);
	assert_int_equal(0, blocked("user", 0, 2));
	call_on("net", "s2");
	assert_int_equal(0, service("user", 0, 0, true));
	wait_blocked("net", 0, 3, 0);
	assert_int_equal(0, world_down());
	assert_int_equal(0, world_up(placed(conf)));
	assert_int_equal(0, blocked("user", 0, 1));
	assert_int_equal(0, blocked("net", 0, 1));
}

static void kept(void **state)
{
	(void)state;
	over_restart(LINE("national", "restart = no\n"));
}

static void kept_with_restart(void **state)
{
	(void)state;
	over_restart(LINE("national", "restart = yes\n"));
}

/* Without SERVICE messages the far end is told nothing, and its call finds another slot. */
static void silent(void **state)
{
	struct world_call *out, *in;

	(void)state;
	assert_int_equal(0, world_up(placed(quiet)));
	assert_int_equal(0, service("user", 0, SLOT(1), false));
	out = world_dial("PRI/net/1", "");	/* wants slot 1 */
	assert_non_null(out);
	in = world_incoming(PATIENCE);
	assert_non_null(in);
	assert_non_null(strstr(in->name, "i0s2"));
	world_hangup(out, 16);
	assert_int_equal(16, world_wait_end(in, PATIENCE));
	assert_int_equal(0, blocked("net", 0, 1));
	assert_int_equal(0, messages(SERVICE, true));
	assert_int_equal(0, service("user", 0, 0, true));
}

/* A change while the D-channel is down is told when it is up. */
static void link_down(void **state)
{
	(void)state;
	assert_int_equal(0, world_up(placed(LINE("national", "restart = no\nt200 = 600\n"
					      "t203 = 1000\n"))));
	assert_int_equal(0, service("user", 0, SLOT(1), false));
	wait_blocked("net", 0, 1, BCHAN_FAR);
	cable_cut(1, true);
	assert_int_equal(0, world_wait_active("user", -1, PATIENCE));
	assert_int_equal(0, world_wait_active("net", -1, PATIENCE));
	assert_int_equal(0, service("user", 0, SLOT(2), false));
	assert_int_equal(0, service("user", 0, SLOT(1), true));
	cable_cut(1, false);
	wait_blocked("net", 0, 2, BCHAN_FAR);
	wait_blocked("net", 0, 1, 0);
	assert_int_equal(0, service("user", 0, 0, true));
	wait_blocked("net", 0, 2, 0);
}

/* No acknowledgement, and a link that is set up anew: it is sent again. */
static void repeated(void **state)
{
	static const uint8_t ua[] = { 0x02, 0x01, 0x73 }, sabme[] = { 0x00, 0x01, 0x7f };

	(void)state;
	assert_int_equal(0, world_start(placed(STATE
					"[group net]\nspans = wire:2\nside = network\nt200 = 3000\n"
					"switchtype = national\nservice-messages = yes\n"
					"restart = no\ncapture = @/line.pcap\n")));
	assert_int_equal(0, service("net", 0, SLOT(7), false));
	assert_int_equal(0, messages(SERVICE, true));
	assert_int_equal(0, cable_inject(2, ua, sizeof(ua)));
	assert_int_equal(0, world_wait_active("net", 0, PATIENCE));
	wait_messages(SERVICE, true, 1);
	/* It sets the link up anew, so what was sent may be lost. */
	assert_int_equal(0, cable_inject(2, sabme, sizeof(sabme)));
	wait_messages(SERVICE, true, 2);
	assert_int_equal(BCHAN_NEAR, blocked("net", 0, 7));
	assert_int_equal(0, service("net", 0, 0, true));
}

/* The link stands and nobody acknowledges: it is sent three times, and not for ever. */
static void unanswered(void **state)
{
	static const uint8_t ua[] = { 0x02, 0x01, 0x73 };
	uint8_t rr[] = { 0x02, 0x01, 0x01, 0x00 };
	int n;

	(void)state;
	assert_int_equal(0, world_start(placed(STATE
					"[group net]\nspans = wire:2\nside = network\n"
					"switchtype = lucent5e\nservice-messages = yes\n"
					"restart = no\nt200 = 20000\ncapture = @/line.pcap\n")));
	assert_int_equal(0, service("net", 0, SLOT(7), false));
	assert_int_equal(0, cable_inject(2, ua, sizeof(ua)));
	for (n = 1; n <= 3; n++) {
		wait_messages(SERVICE, true, n);
		rr[3] = (uint8_t)(n << 1);	/* the frame arrived */
		assert_int_equal(0, cable_inject(2, rr, sizeof(rr)));
	}
	usleep(1700000);
	assert_int_equal(3, messages(SERVICE, true));
	assert_int_equal(BCHAN_NEAR, blocked("net", 0, 7));
}

/* Two spans: the message names the interface. */
static void nfas(void **state)
{
	static const char conf[] =
		STATE "[group user]\nspans = wire:1, wire:3\ndchannels = wire:1:24\nside = user\n"
		"interface-ids = 0, 5\nswitchtype = national\nrestart = no\n"
		"service-messages = yes\ncapture = @/line.pcap\n"
		"[group net]\nspans = wire:2, wire:4\ndchannels = wire:2:24\nside = network\n"
		"interface-ids = 0, 5\nswitchtype = national\nrestart = no\n"
		"service-messages = yes\n";

	(void)state;
	assert_int_equal(0, world_up(placed(conf)));
	assert_int_equal(0, service("user", 1, SLOT(3), false));
	wait_blocked("net", 1, 3, BCHAN_FAR);
	assert_int_equal(0, blocked("net", 0, 3));
	assert_int_equal(0, service("net", 0, SLOT(4), false));
	wait_blocked("user", 0, 4, BCHAN_FAR);
	assert_int_equal(0, blocked("user", 1, 4));
	assert_int_equal(0, service("user", 1, 0, true));
	wait_blocked("net", 1, 3, 0);
	assert_int_equal(0, service("net", 0, 0, true));
}

static void count(const struct group_slot_info *info, void *arg)
{
	int *n = arg;

	assert_true(info->state == BCHAN_IDLE);
	n[0]++;
	n[1] += !!(info->blocked & BCHAN_NEAR);
}

/* What is refused changes nothing: slots that are none, a state folder that cannot be written. */
static void refusals(void **state)
{
	int n[2] = { 0, 0 };

	(void)state;
	assert_int_equal(0, world_up(placed(quiet)));
	assert_int_equal(-ENOENT, service("nobody", 0, SLOT(1), false));
	assert_int_equal(-EINVAL, service("user", 1, SLOT(1), false));
	assert_int_equal(-EINVAL, service("user", -1, SLOT(1), false));
	assert_int_equal(-EINVAL, service("user", 0, SLOT(1) | SLOT(16), false));
	assert_int_equal(-EINVAL, service("user", 0, SLOT(0), false));
	assert_int_equal(0, group_iface("user", "wire", 1));
	assert_int_equal(-ENODEV, group_iface("user", "wire", 2));
	assert_int_equal(-ENODEV, group_iface("user", "wir", 1));
	assert_int_equal(-ENOENT, group_iface("nobody", "wire", 1));
	assert_int_equal(0, service("user", 0, SLOT(2), false));
	/* A folder stands where the new file would be made. */
	assert_int_equal(0, mkdir(placed("@/slots.user.new"), 0700));
	assert_int_equal(-EISDIR, service("user", 0, SLOT(1) | SLOT(2), false));
	assert_int_equal(-EISDIR, service("user", 0, 0, true));
	assert_int_equal(0, rmdir(placed("@/slots.user.new")));
	assert_int_equal(0, blocked("user", 0, 1));
	assert_int_equal(BCHAN_NEAR, blocked("user", 0, 2));
	assert_int_equal(0, group_slots("user", count, n));
	assert_int_equal(30, n[0]);
	assert_int_equal(1, n[1]);
	assert_int_equal(-ENOENT, group_slots("nobody", count, n));
	assert_int_equal(0, service("user", 0, 0, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(from_user, forget, down),
		cmocka_unit_test_setup_teardown(from_network, forget, down),
		cmocka_unit_test_setup_teardown(lucent, forget, down),
		cmocka_unit_test_setup_teardown(att, forget, down),
		cmocka_unit_test_setup_teardown(call_goes_on, forget, down),
		cmocka_unit_test_setup_teardown(both_sides, forget, down),
		cmocka_unit_test_setup_teardown(kept, forget, down),
		cmocka_unit_test_setup_teardown(kept_with_restart, forget, down),
		cmocka_unit_test_setup_teardown(silent, forget, down),
		cmocka_unit_test_setup_teardown(link_down, forget, down),
		cmocka_unit_test_setup_teardown(repeated, forget, down),
		cmocka_unit_test_setup_teardown(unanswered, forget, down),
		cmocka_unit_test_setup_teardown(nfas, forget, down),
		cmocka_unit_test_setup_teardown(refusals, forget, down),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

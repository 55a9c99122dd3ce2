// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a trunk group tells of itself: its D-channels, and itself and its timeslots as endpoints. Line by
 * line, in the order in which it is told, and nothing else.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/event.h"
#include "daemon/group/group_priv.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/world.h"

#define SLOT(n) (1u << (n))

#define TEMPLATE "/tmp/opentdm-test_tell-XXXXXX"
static char folder[sizeof(TEMPLATE)];

/* Two spans, one D-channel and a backup, as NFAS has it. */
static const char conf[] =
	"[daemon]\nstate = %s\n"
	"[group user]\nspans = wire:1, wire:3\ndchannels = wire:1:24, wire:3:24\nside = user\n"
	"interface-ids = 0, 5\nswitchtype = national\nrestart = no\nservice-messages = yes\n"
	"t200 = 600\nt203 = 1000\n"
	"[group net]\nspans = wire:2, wire:4\ndchannels = wire:2:24, wire:4:24\nside = network\n"
	"interface-ids = 0, 5\nswitchtype = national\nrestart = no\nservice-messages = yes\n"
	"t200 = 600\nt203 = 1000\n";

/* --- what was told of group user, a line each ------------------------------------------------- */

static char told[16384];
static uint32_t told_len; /* atomic; the event thread appends */

static void deliver(struct event_sub *sub, struct event *event)
{
	size_t n = told_len;
	int more = 0;

	(void)sub;
	if (event->type == EVENT_ENDPOINT && !strncmp(event->u.endpoint.resource, "user", 4))
		more = snprintf(told + n, sizeof(told) - n, "%s/%s %s %s\n", event->u.endpoint.tech,
				event->u.endpoint.resource, event->u.endpoint.leg,
				event->u.endpoint.online ? "online" : "offline");
	else if (event->type == EVENT_DCHANNEL && !strcmp(event->u.dchannel.group, "user"))
		more = snprintf(told + n, sizeof(told) - n, "%d %s %s, %d in use\n",
				event->u.dchannel.number, event->u.dchannel.address,
				event->u.dchannel.up ? "up" : "down", event->u.dchannel.active);
	assert_true(n + (size_t)more < sizeof(told));
	atomic_store(&told_len, (uint32_t)n + (uint32_t)more);
}

static struct event_sub sub = { .deliver = deliver };
static uint32_t heard; /* what was looked at */

static void wait_told(const char *lines)
{
	size_t n = strlen(lines);

	for (int i = 0; i < PATIENCE / 5 && atomic_load(&told_len) - heard < n; i++)
		usleep(5000);
	if (atomic_load(&told_len) - heard < n || memcmp(told + heard, lines, n))
		fail_msg("told:\n%s\nnot:\n%s", told + heard, lines);
	heard += (uint32_t)n;
}

/* --- */

static void changed(void *arg, int err)
{
	*(int *)arg = err;
	atomic_store((uint32_t *)arg + 1, 1);
}

static int service(const char *group, int iface, uint32_t slots, bool in)
{
	int done[2] = { 0, 0 };

	assert_int_equal(0, group_service(group, iface, slots, in, changed, done));
	for (int i = 0; i < PATIENCE / 5 && !atomic_load((uint32_t *)&done[1]); i++)
		usleep(5000);
	assert_int_equal(1, atomic_load((uint32_t *)&done[1]));
	return done[0];
}

static int begin(void **state)
{
	char text[1024];

	strcpy(folder, TEMPLATE);
	if (!mkdtemp(folder) || world_init(state))
		return -1;
	event_subscribe(&sub, EVENT_ALL);
	snprintf(text, sizeof(text), conf, folder);
	return world_start(text);
}

static int end(void **state)
{
	char name[64];
	int err = world_down();

	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s/slots.%s", folder, i ? "user" : "net");
		unlink(name);
	}
	return err | rmdir(folder) | world_exit(state);
}

/* The first link makes the group an endpoint that can be called; the second is a backup. */
static void links(void **state)
{
	static const char *const first[] = {
		"1 wire:1:24 up, 1 in use\nPRI/user user online\n2 wire:3:24 up, 1 in use\n",
		"2 wire:3:24 up, 2 in use\nPRI/user user online\n1 wire:1:24 up, 2 in use\n",
	};
	bool second;

	(void)state;
	assert_int_equal(0, world_wait_links("user", 3, PATIENCE));
	assert_int_equal(0, world_wait_links("net", 3, PATIENCE));
	second = world_wait_active("user", 0, 1) != 0;
	wait_told(first[second]);
	cable_cut(second ? 3 : 1, true); /* the one in use: the backup takes over */
	wait_told(second ? "2 wire:3:24 down, 1 in use\n" : "1 wire:1:24 down, 2 in use\n");
	cable_cut(second ? 1 : 3, true);
	wait_told(second ? "1 wire:1:24 down, 0 in use\nPRI/user user offline\n" :
			   "2 wire:3:24 down, 0 in use\nPRI/user user offline\n");
	cable_cut(3, false);
	wait_told("2 wire:3:24 up, 2 in use\nPRI/user user online\n");
	cable_cut(1, false);
	wait_told("1 wire:1:24 up, 2 in use\n");
}

/* A timeslot is told once when it is usable no more, whatever the reasons, and once when it is. */
static void slots(void **state)
{
	char lines[2048] = "", back[2048] = "", made[64];
	size_t n = 0, m = 0;

	(void)state;
	assert_int_equal(0, world_wait_links("net", 3, PATIENCE));
	assert_int_equal(0, service("user", 1, SLOT(2) | SLOT(7), false));
	wait_told("PRI/user:wire:3:2 user/i5/s2 offline\nPRI/user:wire:3:7 user/i5/s7 offline\n");
	assert_int_equal(0, service("user", 1, SLOT(2), false)); /* it is so already */
	assert_int_equal(0, service("net", 0, SLOT(4), false));	 /* SERVICE of the far end */
	wait_told("PRI/user:wire:3:4 user/i5/s4 offline\n");
	assert_int_equal(0, service("net", 1, SLOT(4), true));
	wait_told("PRI/user:wire:3:4 user/i5/s4 online\n");
	/* What cannot be remembered is not done, and not told. */
	snprintf(made, sizeof(made), "%s/slots.user.new", folder);
	assert_int_equal(0, mkdir(made, 0700));
	assert_int_equal(-EISDIR, service("user", 1, SLOT(1) | SLOT(2), true));
	assert_int_equal(-EISDIR, service("user", 1, SLOT(1) | SLOT(2), false));
	assert_int_equal(0, rmdir(made));
	/* An alarm of the span: all of its slots but those that are out of service. */
	for (int slot = 1; slot < 24; slot++) {
		if (slot == 2 || slot == 7)
			continue;
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "PRI/user:wire:3:%d user/i5/s%d offline\n", slot, slot);
		m += (size_t)snprintf(back + m, sizeof(back) - m,
				      "PRI/user:wire:3:%d user/i5/s%d online\n", slot, slot);
	}
	cable_alarm(3, true);
	wait_told(lines);
	assert_int_equal(0, service("user", 1, SLOT(7), true)); /* the alarm is still there */
	cable_alarm(3, false);
	n = (size_t)(strstr(back, "PRI/user:wire:3:8") - back);
	memmove(back + n + strlen("PRI/user:wire:3:7 user/i5/s7 online\n"), back + n, m - n + 1);
	memcpy(back + n, "PRI/user:wire:3:7 user/i5/s7 online\n",
	       strlen("PRI/user:wire:3:7 user/i5/s7 online\n"));
	wait_told(back);
	assert_int_equal(0, service("user", 1, 0, true));
	wait_told("PRI/user:wire:3:2 user/i5/s2 online\n");
	assert_int_equal(atomic_load(&told_len), heard);
}

/* A group that is stopped has no D-channel any more, and is told so before it is gone. */
static void stopped(void **state)
{
	(void)state;
	assert_int_equal(0, world_wait_links("user", 3, PATIENCE));
	groups_stop();
	wait_told("1 wire:1:24 down, 0 in use\n2 wire:3:24 down, 0 in use\nPRI/user user offline\n");
	assert_int_equal(atomic_load(&told_len), heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		cmocka_unit_test(slots),
		cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

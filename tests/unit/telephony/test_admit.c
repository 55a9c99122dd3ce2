// SPDX-License-Identifier: GPL-2.0-or-later
/* How many calls may be: the limits at their edge, and the CPU gate fed with readings. */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/event.h"
#include "daemon/group/admit.h"
#include "daemon/group/group_priv.h"
#include "tests/unit/telephony/world.h"

static int down(void **state)
{
	(void)state;
	return world_down();
}

static int up_group_limit(void **state)
{
	(void)state;
	return world_up("[group user]\nspans = wire:1\nside = user\nrestart = no\n"
			"[group net]\nspans = wire:2\nside = network\nrestart = no\n"
			"select = descending\nmax-calls = 3\n");
}

static int up_limit(void **state)
{
	(void)state;
	/* A call has two channels here: both ends are ours. */
	return world_up("[limits]\nmax-calls = 4\n"
			"[group user]\nspans = wire:1\nside = user\nrestart = no\n"
			"[group net]\nspans = wire:2\nside = network\nrestart = no\n"
			"select = descending\n");
}

static struct world_call *call(const char *endpoint, struct world_call **in)
{
	struct world_call *out = world_dial(endpoint, "");

	assert_non_null(out);
	*in = world_incoming(PATIENCE);
	assert_non_null(*in);
	world_answer(*in);
	assert_int_equal(0, world_wait_state(out, CHAN_UP, PATIENCE));
	return out;
}

/* The group takes three, whoever calls; the place of one that ended is free at once. */
static void group_limit(void **state)
{
	struct world_call *out[3], *in[3], *more;
	const char *reason = NULL;
	int i, round;

	(void)state;
	for (i = 0; i < 3; i++)
		out[i] = call(i % 2 ? "PRI/net/1" : "PRI/user/1", &in[i]);
	for (round = 0; round < 20; round++) {
		assert_int_equal(-EBUSY, world_dial_err("PRI/net/1", &reason));
		assert_non_null(strstr(reason, "max-calls"));
		more = world_dial("PRI/user/1", "");	/* its own group has no limit */
		assert_non_null(more);
		assert_int_equal(34, world_wait_end(more, PATIENCE));
		i = round % 3;
		world_hangup(out[i], 16);
		assert_int_equal(16, world_wait_end(out[i], PATIENCE));
		assert_int_equal(16, world_wait_end(in[i], PATIENCE));
		assert_int_equal(0, world_wait_gone(in[i], PATIENCE));
		assert_int_equal(0, world_wait_gone(out[i], PATIENCE));
		out[i] = call(round % 2 ? "PRI/net/1" : "PRI/user/1", &in[i]);
	}
	for (i = 0; i < 3; i++)
		world_hangup(out[i], 16);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

static void daemon_limit(void **state)
{
	struct world_call *out[2], *in[2];
	const char *reason = NULL;

	(void)state;
	out[0] = call("PRI/user/1", &in[0]);
	out[1] = call("PRI/net/1", &in[1]);
	assert_int_equal(-EAGAIN, world_dial_err("PRI/user/1", &reason));
	assert_non_null(strstr(reason, "max-calls"));
	world_hangup(in[0], 17);
	assert_int_equal(17, world_wait_end(out[0], PATIENCE));
	assert_int_equal(0, world_wait_gone(in[0], PATIENCE));
	assert_int_equal(0, world_wait_gone(out[0], PATIENCE));
	out[0] = call("PRI/net/1", &in[0]);
	world_hangup(out[0], 16);
	world_hangup(out[1], 16);
	assert_int_equal(0, world_all_idle(PATIENCE));
}

/* The last place is taken by the caller's own channel: the far end's finds none, cause 42. */
static void daemon_limit_incoming(void **state)
{
	struct world_call *out;

	(void)state;
	assert_int_equal(0, world_up("[limits]\nmax-calls = 1\n"
				     "[group user]\nspans = wire:1\nside = user\nrestart = no\n"
				     "[group net]\nspans = wire:2\nside = network\nrestart = no\n"));
	out = world_dial("PRI/user/1", "");
	assert_non_null(out);
	assert_int_equal(42, world_wait_end(out, PATIENCE));
	assert_int_equal(0, world_all_idle(PATIENCE));
	assert_int_equal(0, world_down());
}

static bool feed(struct cpu_gate *gate, int load)
{
	struct cpu_reading now = { gate->last.busy + (uint64_t)load, gate->last.total + 100 };

	return cpu_gate_sample(gate, &now);
}

static void gate_hysteresis(void **state)
{
	static const struct {
		int load;
		bool closed;
	} steps[] = {
		{ 0, false }, { 89, false }, { 90, true }, { 89, true }, { 80, true },
		{ 100, true }, { 79, false }, { 80, false }, { 89, false }, { 95, true },
		{ 0, false },
	};
	struct cpu_gate gate = { .high = 90, .low = 80 };
	bool before = false;
	size_t i;

	(void)state;
	assert_false(cpu_gate_sample(&gate, &(struct cpu_reading){ 5000, 5000 }));
	assert_int_equal(-1, gate.load);	/* since boot: no sample yet */
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		assert_int_equal(before != steps[i].closed, feed(&gate, steps[i].load));
		assert_int_equal(steps[i].load, gate.load);
		assert_int_equal(steps[i].closed, gate.closed);
		before = steps[i].closed;
	}
}

/* The events of the monitor, in their order; the event thread writes. */
static struct heard {
	struct event_sub sub;
	uint32_t n, gone;			/* atomics */
	struct {
		uint8_t type;
		int load, high, low;
		bool admitted;
	} event[8];
} heard;

static void heard_one(struct event_sub *sub, struct event *event)
{
	uint32_t n = atomic_load(&heard.n);

	(void)sub;
	if (n == 8 || (event->type != EVENT_CPU_REACHED && event->type != EVENT_CPU_CLEARED))
		return;
	heard.event[n].type = event->type;
	heard.event[n].load = event->u.cpu.load;
	heard.event[n].high = event->u.cpu.high;
	heard.event[n].low = event->u.cpu.low;
	heard.event[n].admitted = atomic_load(&groups_admitting);
	atomic_store(&heard.n, n + 1);
}

static void heard_gone(struct event_sub *sub)
{
	(void)sub;
	atomic_store(&heard.gone, 1);
}

static void take(struct cpu_gate *gate, int load, uint32_t events)
{
	struct cpu_reading now = { gate->last.busy + (uint64_t)load, gate->last.total + 100 };
	int i;

	cpu_monitor_take(gate, &now);
	for (i = 0; i < PATIENCE / 5 && atomic_load(&heard.n) < events; i++)
		usleep(5000);
	assert_int_equal(events, atomic_load(&heard.n));
}

/* One event where the gate turns, none where it stays, and by then calls are refused, or taken. */
static void monitor_events(void **state)
{
	static const struct {
		int load;
		uint32_t events;
	} steps[] = {
		{ 89, 0 }, { 90, 1 }, { 100, 1 }, { 85, 1 }, { 90, 1 }, { 80, 1 }, { 79, 2 },
		{ 85, 2 }, { 89, 2 }, { 95, 3 },
	};
	struct cpu_gate gate = { 0 };
	size_t i;

	(void)state;
	heard.sub = (struct event_sub){ .deliver = heard_one, .gone = heard_gone };
	event_subscribe(&heard.sub, EVENT_ALL);
	cpu_monitor_limits(90, 80);
	take(&gate, 100, 0);		/* since boot: says nothing */
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		take(&gate, steps[i].load, steps[i].events);
	assert_int_equal(EVENT_CPU_REACHED, heard.event[0].type);
	assert_int_equal(90, heard.event[0].load);
	assert_int_equal(90, heard.event[0].high);
	assert_int_equal(80, heard.event[0].low);
	assert_int_equal(EVENT_CPU_CLEARED, heard.event[1].type);
	assert_int_equal(79, heard.event[1].load);
	assert_int_equal(EVENT_CPU_REACHED, heard.event[2].type);
	assert_false(heard.event[0].admitted);
	assert_true(heard.event[1].admitted);
	cpu_monitor_limits(0, 0);	/* a reload without a limit */
	take(&gate, 100, 4);
	assert_int_equal(EVENT_CPU_CLEARED, heard.event[3].type);
	event_unsubscribe(&heard.sub);
	for (i = 0; i < (size_t)PATIENCE / 5 && !atomic_load(&heard.gone); i++)
		usleep(5000);
	assert_int_equal(1, atomic_load(&heard.gone));
}

/* Without cpu-low the gate has its hysteresis all the same. */
static void gate_default(void **state)
{
	struct conf conf = { .cpu_high = 90 };
	struct cpu_gate gate = { 0 };

	(void)state;
	admit_limits(&conf);
	cpu_monitor_take(&gate, &(struct cpu_reading){ 0, 100 });
	assert_int_equal(90, gate.high);
	assert_int_equal(81, gate.low);
	conf.cpu_high = 1;
	admit_limits(&conf);
	cpu_monitor_take(&gate, &(struct cpu_reading){ 0, 200 });
	assert_int_equal(1, gate.low);	/* 0 would never open it */
	conf.cpu_high = 0;
	admit_limits(&conf);
}

static void gate_edges(void **state)
{
	struct cpu_gate gate = { .high = 50, .low = 50 };
	struct cpu_reading same;

	(void)state;
	cpu_gate_sample(&gate, &(struct cpu_reading){ 100, 1000 });
	assert_true(feed(&gate, 100));
	same = gate.last;
	assert_false(cpu_gate_sample(&gate, &same));		/* no time has passed */
	same.busy -= 10;
	assert_false(cpu_gate_sample(&gate, &same));		/* it ran backwards */
	assert_true(gate.closed);
	gate.high = 0;						/* a reload: no limit any more */
	assert_true(feed(&gate, 100));
	assert_false(gate.closed);
}

static void stat_line(void **state)
{
	struct cpu_reading r;

	(void)state;
	assert_int_equal(0, cpu_stat_parse("cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1", &r));
	assert_int_equal(10 + 20 + 30 + 400 + 50 + 6 + 7 + 8, r.total);
	assert_int_equal(10 + 20 + 30 + 6 + 7 + 8, r.busy);
	assert_int_equal(0, cpu_stat_parse("cpu 1 2 3 4\n", &r));
	assert_int_equal(6, r.busy);
	assert_int_equal(-EINVAL, cpu_stat_parse("intr 5", &r));
	assert_int_equal(-EINVAL, cpu_stat_parse("", &r));
}

static void monitor_runs(void **state)
{
	int i;

	(void)state;
	assert_int_equal(0, cpu_monitor_start());
	for (i = 0; i < PATIENCE / 5 && cpu_monitor_load() < 0; i++)
		usleep(5000);
	assert_in_range(cpu_monitor_load(), 0, 100);
	cpu_monitor_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(group_limit, up_group_limit, down),
		cmocka_unit_test_setup_teardown(daemon_limit, up_limit, down),
		cmocka_unit_test(daemon_limit_incoming),
		cmocka_unit_test(gate_hysteresis),
		cmocka_unit_test(monitor_events),
		cmocka_unit_test(gate_default),
		cmocka_unit_test(gate_edges),
		cmocka_unit_test(stat_line),
		cmocka_unit_test(monitor_runs),
	};

	return cmocka_run_group_tests(tests, world_init, world_exit);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU monitor: one thread, one reading of /proc/stat a second. The whole machine's load counts,
 * not only ours, since late media is what the limit is against.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/call/event.h"
#include "daemon/core/lock.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/group/admit.h"
#include "daemon/group/group.h"

#define PERIOD_MS 1000

static struct tthread thread;
static int doorbell = -1;
static int limit_high, limit_low;	/* atomics, written by the configuring thread */
static int load = -1;			/* atomic */

bool cpu_gate_sample(struct cpu_gate *gate, const struct cpu_reading *now)
{
	struct cpu_reading last = gate->last;
	bool closed = gate->closed;

	gate->last = *now;
	if (!gate->begun) {
		gate->begun = true;
		gate->load = -1;
		return false;
	}
	/* The kernel may take a little idle time back (proc(5)): no load is read from that. */
	if (now->total <= last.total || now->busy < last.busy)
		return false;
	gate->load = (int)((now->busy - last.busy) * 100 / (now->total - last.total));
	if (!gate->high)
		gate->closed = false;
	else if (gate->load >= gate->high)
		gate->closed = true;
	else if (gate->load < gate->low)
		gate->closed = false;
	return gate->closed != closed;
}

int cpu_stat_parse(const char *text, struct cpu_reading *out)
{
	/* user nice system idle iowait irq softirq steal; guest time is in user already */
	uint64_t v[8] = { 0 };
	int i, n = sscanf(text, "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			  " %" SCNu64 " %" SCNu64 " %" SCNu64, &v[0], &v[1], &v[2], &v[3], &v[4],
			  &v[5], &v[6], &v[7]);

	if (n < 4)
		return -EINVAL;
	*out = (struct cpu_reading){ 0 };
	for (i = 0; i < 8; i++)
		out->total += v[i];
	out->busy = out->total - v[3] - v[4];
	return 0;
}

static int stat_read(int fd, struct cpu_reading *out)
{
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return cpu_stat_parse(text, out);
}

void cpu_monitor_take(struct cpu_gate *gate, const struct cpu_reading *now)
{
	gate->high = atomic_load_relaxed(&limit_high);
	gate->low = atomic_load_relaxed(&limit_low);
	if (cpu_gate_sample(gate, now)) {
		/* First the deed: who hears of it may find it so. */
		groups_admit(!gate->closed);
		event_cpu(gate->closed, gate->load, gate->high, gate->low);
		if (gate->closed)
			log_warn("CPU load is %d %%, over the limit of %d %%: no new calls",
				 gate->load, gate->high);
		else
			log_notice("CPU load is %d %%: new calls are taken again", gate->load);
	}
	atomic_store(&load, gate->load);
}

static void sample(struct cpu_gate *gate, int fd)
{
	struct cpu_reading now = { 0 };

	if (!stat_read(fd, &now))
		cpu_monitor_take(gate, &now);
}

static void cpu_run(void *arg)
{
	struct pollfd p = { .fd = doorbell, .events = POLLIN };
	int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	struct cpu_gate gate = { 0 };

	(void)arg;
	if (fd < 0)
		log_error_errno(-errno, "/proc/stat: the CPU limit is not watched");
	do {
		if (fd >= 0)
			sample(&gate, fd);
		lock_boundary_check(LOCK_ENTER_WAIT);
	} while (poll(&p, 1, PERIOD_MS) <= 0);
	if (fd >= 0)
		close(fd);
}

void cpu_monitor_limits(int high, int low)
{
	atomic_store(&limit_high, high);
	atomic_store(&limit_low, low);
}

int cpu_monitor_load(void)
{
	return atomic_load(&load);
}

int cpu_monitor_start(void)
{
	int err;

	doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (doorbell < 0)
		return -errno;
	err = tthread_start(&thread, TTHREAD_CPU, "cpu", cpu_run, NULL);
	if (err) {
		close(doorbell);
		doorbell = -1;
	}
	return err;
}

void cpu_monitor_stop(void)
{
	uint64_t one = 1;

	if (doorbell < 0)
		return;
	if (write(doorbell, &one, sizeof(one)) < 0)
		log_error_errno(-errno, "the CPU monitor cannot be told to end");
	tthread_join(&thread);
	close(doorbell);
	doorbell = -1;
	groups_admit(true);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether one more call may be: the limits of the configuration, and the machine's load.
 *
 * Limits are computed from the channels that live when somebody asks, so there is no counter that
 * a forgotten path could leave wrong. Two calls that come in the same instant in different threads
 * may both find the last place.
 */
#ifndef OPENTDM_GROUP_ADMIT_H
#define OPENTDM_GROUP_ADMIT_H

#include "daemon/conf/conf.h"
#include "daemon/core/types.h"

struct group;

enum admit {
	ADMIT_OK,
	ADMIT_CPU,		/* over the CPU limit: cause 42 */
	ADMIT_LIMIT,		/* as many calls as the daemon may have: cause 42 */
	ADMIT_GROUP,		/* as many as the group may have: cause 34 */
};

/** admit_check() - any thread, no lock but queue.* held; walks all channels when there are limits */
enum admit admit_check(const struct group *g);
/** admit_limits() - [limits] of a new configuration; the configuring thread */
void admit_limits(const struct conf *conf);

/*
 * The CPU gate: closed when a sample is at or over @high per cent, open again when one is under
 * @low (in between it stays). Pure: two readings in, a state out.
 */
struct cpu_reading {
	uint64_t busy, total;	/* since boot, in any one unit */
};

struct cpu_gate {
	int high, low;		/* per cent; high 0: always open */
	bool closed, begun;
	struct cpu_reading last;
	int load;		/* per cent of the last sample; -1: none yet */
};

/** cpu_gate_sample() - take a reading; true: @gate->closed has changed */
bool cpu_gate_sample(struct cpu_gate *gate, const struct cpu_reading *now);
/** cpu_stat_parse() - the first line of /proc/stat (proc(5)). 0, or -EINVAL. */
int cpu_stat_parse(const char *text, struct cpu_reading *out);

/**
 * cpu_monitor_take() - take a reading; when the gate turns, new calls are refused or taken again,
 * and an event says so. The monitor's thread (or whoever stands in for it), nothing held.
 */
void cpu_monitor_take(struct cpu_gate *gate, const struct cpu_reading *now);

/** cpu_monitor_start() - one thread that samples once a second; the configuring thread */
int cpu_monitor_start(void);
void cpu_monitor_stop(void);
/** cpu_monitor_limits() - per cent, as in struct cpu_gate; any thread; good from the next second */
void cpu_monitor_limits(int high, int low);
/** cpu_monitor_load() - per cent in the last second, -1: not known yet. Any thread. */
int cpu_monitor_load(void);

#endif

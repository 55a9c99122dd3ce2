// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits on the number of calls; see admit.h. The load's half is cpu.c. */
#include "daemon/group/admit.h"

#include "daemon/call/channel.h"
#include "daemon/sig/pri_leg.h"

static unsigned int calls_max;		/* atomic; 0: no limit */

void admit_limits(const struct conf *conf)
{
	/* A gate that opens where it closes would flutter at the limit. */
	int low = conf->cpu_high * 9 / 10 ? conf->cpu_high * 9 / 10 : conf->cpu_high;

	atomic_store(&calls_max, (unsigned int)conf->max_calls);
	cpu_monitor_limits(conf->cpu_high, conf->cpu_low ? conf->cpu_low : low);
}

static bool any(const struct leg *leg, void *arg)
{
	(void)leg;
	(void)arg;
	return true;
}

static bool of_group(const struct leg *leg, void *arg)
{
	return pri_leg_group(leg) == arg;
}

enum admit admit_check(const struct group *g)
{
	unsigned int max = atomic_load_relaxed(&calls_max);

	if (!atomic_load_relaxed(&groups_admitting))
		return ADMIT_CPU;
	if (max && channel_count(any, NULL) >= max)
		return ADMIT_LIMIT;
	max = (unsigned int)g->cfg->max_calls;
	if (max && channel_count(of_group, (void *)(uintptr_t)g) >= max)
		return ADMIT_GROUP;
	return ADMIT_OK;
}

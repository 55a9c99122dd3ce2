// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, reload and end of telephony; see telephony.h. */
#include "daemon/group/telephony.h"

#include "daemon/call/bridge.h"
#include "daemon/core/log.h"
#include "daemon/group/admit.h"
#include "daemon/group/group.h"
#include "daemon/group/plant_tdm.h"
#include "daemon/media/media.h"
#include "daemon/media/talk.h"
#include "daemon/route/dialplan.h"

static void media_settings(const struct conf *conf)
{
	plant_tdm_period((unsigned int)conf->period);
	bridge_default_mode(conf->kernel_bridge ? BRIDGE_AUTO : BRIDGE_USER);
}

int telephony_start(struct conf *conf)
{
	int err = media_start((unsigned int)conf->lead);

	if (err)
		return err;
	err = talk_init();
	if (err)
		goto err_media;
	dialplan_init();
	dialplan_set(conf);
	media_settings(conf);
	err = cpu_monitor_start();
	if (err)
		goto err_dialplan;
	err = groups_start(conf, plant_tdm_open);
	if (err)
		goto err_cpu;
	return 0;

err_cpu:
	cpu_monitor_stop();
err_dialplan:
	dialplan_exit();
	talk_exit();
err_media:
	media_stop();
	return err;
}

int telephony_reload(struct conf *conf)
{
	dialplan_set(conf);
	media_settings(conf);
	return groups_apply(conf);
}

void telephony_clear(void)
{
	groups_stop();
}

void telephony_stop(void)
{
	cpu_monitor_stop();
	dialplan_exit();
	talk_exit();
	media_stop();
}

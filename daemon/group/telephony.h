/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of telephony in three calls: media thread, files, dial plan, trunk groups on /dev/tdm. For
 * main(). The configuring thread makes them all; the core (pool, timers, events, channels,
 * bridges) runs before and after.
 */
#ifndef OPENTDM_GROUP_TELEPHONY_H
#define OPENTDM_GROUP_TELEPHONY_H

#include "daemon/conf/conf.h"

/** telephony_start() - 0 or negative errno, said in the log; on failure nothing runs */
int telephony_start(struct conf *conf);
/** telephony_reload() - a new configuration that was read without a mistake; see groups_apply() */
int telephony_reload(struct conf *conf);
/** telephony_clear() - stop the groups: all calls are cleared. Then let the pool drain, */
void telephony_clear(void);
/** telephony_stop() - then end the rest. Every channel must be gone. */
void telephony_stop(void);

#endif

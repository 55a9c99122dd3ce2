/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between group.c and groups.c. */
#ifndef OPENTDM_GROUP_INTERNAL_H
#define OPENTDM_GROUP_INTERNAL_H

#include "daemon/sig/pri_leg.h"

/**
 * group_create() - make a group and start its thread; the configuring thread. 0 or negative errno.
 */
int group_create(struct conf *conf, const struct conf_group *cfg, plant_open_fn open,
		 struct group **out);
/**
 * group_stop() - clear its calls, end its thread, let go of it; the configuring thread, nothing
 * held.
 */
void group_stop(struct group *g);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's plants: /dev/tdm and netlink. */
#ifndef OPENTDM_GROUP_PLANT_TDM_H
#define OPENTDM_GROUP_PLANT_TDM_H

#include "daemon/group/plant.h"
#include "lib/tdm.h"

/** plant_tdm_period() - ms of a stream's periods from now on (1-40); before any plant_tdm_open() */
void plant_tdm_period(unsigned int ms);

/**
 * plant_tdm_open() - a plant_open_fn Cards that are not there yet are waited for. -ENOENT: tdm.ko
 * is not loaded; other errnos of libtdm.
 */
int plant_tdm_open(const struct conf_group *conf, struct plant **out);

/** dchan_tdm() - a D-channel on a slot. -ENODEV, -EBUSY: logged with the kernel's sentence. */
int dchan_tdm(uint32_t card, const struct conf_addr *addr, struct dchan **out);

#endif

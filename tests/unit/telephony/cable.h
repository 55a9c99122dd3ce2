/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plants without a kernel driver: port 1 of card "wire" is joined to port 2, 3 to 4, and so on.
 * D-channels are packet sockets; the streams, if asked for, are rows in memory whose clock the
 * test turns (wire.h).
 */
#ifndef TEST_CABLE_H
#define TEST_CABLE_H

#include "daemon/group/plant.h"

#define CABLE_PORTS 8

int cable_plant_open(const struct conf_group *conf, struct plant **out);

/** cable_cut() - frames on the D-channels between ports n and n + 1 (n odd) are lost while cut */
void cable_cut(int port, bool cut);

/** cable_alarm() - tell the group of a port that its span is in failure, or no more */
void cable_alarm(int port, bool failed);

/** cable_inject() - put a frame into the D-channel towards a port, as if the far end had sent it */
int cable_inject(int port, const void *frame, size_t len);

/** cable_lines() - give the groups streams; before they are started */
void cable_lines(bool on);

/** cable_reset() - forget everything; no group is running */
void cable_reset(void);

#endif

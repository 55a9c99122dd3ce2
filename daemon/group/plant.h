/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plant: what a trunk group is wired to. In the daemon that is /dev/tdm and netlink
 * (plant_tdm.c); without a kernel driver it is pairs of sockets.
 *
 * A plant belongs to one group and is used by that group's thread only, except that open() and
 * close() of it are the configuring thread's. Its ops must not wait for anything but the kernel's
 * own work.
 */
#ifndef OPENTDM_GROUP_PLANT_H
#define OPENTDM_GROUP_PLANT_H

#include "daemon/conf/conf.h"
#include "daemon/core/types.h"
#include "daemon/group/dchan.h"

struct media_line;
struct plant;

/* The state of one span of the group. */
struct plant_news {
	int iface;		/* index of the span in the configuration */
	bool up;		/* it exists, and its administrator wants it up */
	bool failed;		/* a failure is declared on it (T1.231: a defect for 2.5 s) */
	bool defect;		/* a defect is there, not yet a failure */
};

struct plant_ops {
	/* -ENODEV: no such card or port (yet): asked again after news or a second. */
	int (*dchan_open)(struct plant *p, const struct conf_addr *addr, struct dchan **out);
	/*
	 * The stream of span @iface, opened when it is not; NULL: there are no media. Stays the
	 * plant's.
	 */
	struct media_line *(*line)(struct plant *p, int iface);
	/* To poll for news, always the same; -1: there never are any, and every span is up. */
	int (*news_fd)(struct plant *p);
	/* 1 and *news; 0: none now; negative errno. Non-blocking. */
	int (*news_next)(struct plant *p, struct plant_news *news);
	void (*close)(struct plant *p);
};

struct plant {
	const struct plant_ops *ops;
};

/* Makes the plant of a group; the daemon's is plant_tdm_open(). */
typedef int (*plant_open_fn)(const struct conf_group *conf, struct plant **out);

#endif

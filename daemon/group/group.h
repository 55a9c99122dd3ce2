/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trunk groups: 1..n spans with a primary and backup D-channels, served by one thread each.
 *
 * That thread alone touches its groups' struct pri, so libpri needs no lock. Others post to its
 * mailbox (group_post()); nothing of it is ever called under a lock, and it never waits for
 * anybody: its news reach the channels through leg_signal().
 */
#ifndef OPENTDM_GROUP_GROUP_H
#define OPENTDM_GROUP_GROUP_H

#include "daemon/conf/conf.h"
#include "daemon/core/types.h"
#include "daemon/group/bchan.h"
#include "daemon/group/plant.h"

struct group;

/* A consistent picture of a group, for lists. */
struct group_info {
	char name[CONF_NAME_MAX + 1];
	bool up;			/* a D-channel is up: calls can be placed */
	bool ready;			/* and its first round of RESTART is through */
	int active_dchan;		/* index in the configuration; -1: none */
	uint32_t dchans_up;		/* bit i: D-channel i is up */
	struct bchan_counts slots;
	unsigned int calls;		/* legs that are not released */
	uint64_t setups_in, setups_out, refused, glare;
	uint64_t frames_rx, frames_tx, frames_dropped;
};

/**
 * groups_start() - make and start every group of a configuration
 * @conf: kept with references
 * @open: makes each group's plant
 *
 * Context: the configuring thread, nothing held. Registers the technology "PRI" the first time.
 * Return: 0 or negative errno; on failure no group is running.
 */
int groups_start(struct conf *conf, plant_open_fn open);

/**
 * groups_apply() - go over to a new configuration
 *
 * Groups whose section is unchanged go on undisturbed with their calls; changed ones and those
 * that are gone are stopped (their calls cleared with cause 27), changed and new ones started.
 * Context: as groups_start().
 * Return: 0, or the first errno of a group that could not be started; all others run.
 */
int groups_apply(struct conf *conf);

/**
 * groups_stop() - clear all calls and end all threads. The configuring thread; waits up to a
 * second.
 */
void groups_stop(void);

/** groups_info() - call fn for each group. Any thread; fn must not wait or lock. */
void groups_info(void (*fn)(const struct group_info *info, void *arg), void *arg);

/**
 * group_ready() - is a D-channel of it up, and its first RESTART through? Any thread. -ENOENT: no
 * such group.
 */
int group_ready(const char *name);

/** group_iface() - the index of a span in a group. Any thread. -ENOENT: no group; -ENODEV: no span. */
int group_iface(const char *name, const char *card, int port);

/**
 * group_service() - take slots out of service, or put them back; tells the far end when the group
 * uses SERVICE messages, and is remembered over a restart. A call on one of them goes on.
 * @slots: a mask; 0: all B-channels of the interface
 * @done: called when it is so, in the group's thread with nothing held; must not wait. 0;
 *	-ESHUTDOWN: the group is being stopped; the errno of the state folder's file system: then
 *	nothing was changed. May be NULL.
 *
 * Context: any thread. -ENOENT: no such group; -EINVAL: no such interface, or a slot of @slots is
 * no B-channel; -ENOMEM. After these nothing was changed, and @done is not called.
 */
int group_service(const char *name, int iface, uint32_t slots, bool in_service,
		  void (*done)(void *arg, int err), void *arg);

/* One B-channel of a group, for lists. */
struct group_slot_info {
	const struct conf_addr *span;	/* valid in the callback */
	int interface;			/* its NFAS identifier */
	int slot;
	enum bchan_state state;
	int blocked;			/* BCHAN_ALARM, ... */
};

/** group_slots() - call fn for each B-channel. Any thread; fn must not wait or lock. -ENOENT. */
int group_slots(const char *name, void (*fn)(const struct group_slot_info *info, void *arg),
		void *arg);

/**
 * group_slot() - a slot's state and reasons for being blocked; BCHAN_NONE when there is none. Any
 * thread.
 */
enum bchan_state group_slot(const char *name, int iface, int slot, int *blocked);

/**
 * groups_admit() - whether new calls may be placed and accepted: the CPU monitor's switch
 * Any thread. While false, request() answers -EAGAIN and arriving calls are refused with cause 42.
 */
void groups_admit(bool admit);

#endif

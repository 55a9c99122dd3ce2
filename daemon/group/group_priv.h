/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside a trunk group. Private to daemon/group and daemon/sig. */
#ifndef OPENTDM_GROUP_PRIV_H
#define OPENTDM_GROUP_PRIV_H

#include <libpri.h>
#include <sys/time.h>

#include "daemon/call/leg.h"
#include "daemon/core/mpsc.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "daemon/group/capture.h"
#include "daemon/group/group.h"

#define DCH_FRAME_MAX	512	/* Q.921 N201 is 260, and four octets of header */
#define DCH_QUEUE	64	/* frames to send; Q.921 has seven unacknowledged */

struct pri_leg;

/* A message to a group's thread. fn runs there with nothing held, and owns the message. */
struct group_msg {
	struct mpsc_node node;
	void (*fn)(struct group *g, struct group_msg *msg);
};

struct dch_frame {
	uint16_t len;
	uint8_t data[DCH_FRAME_MAX];
};

/* One D-channel. The group's thread only. */
struct pri_dch {
	struct group *grp;
	int index;			/* in conf->dchans */
	int iface;			/* the span it lies on */
	struct pri *pri;		/* lives as long as the process: libpri cannot free one */
	struct dchan *dchan;		/* NULL: not open */
	/* its span is down: not polled until there is news, or a second */
	bool muted;
	uint32_t watched;		/* EPOLL* that are waited for; 0: it is not in the epoll */
	bool up;			/* Q.921 is established */
	struct timeval due;		/* libpri's next timer, as it was when the thread last slept */
	const struct dch_frame *rx;	/* lent to libpri's read callback */
	unsigned int head, tail;	/* of the queue, free-running */
	struct dch_frame queue[DCH_QUEUE];
};

struct group {
	struct group *next;
	struct ref ref;
	struct rcu_head rcu;
	struct conf *conf;		/* pins cfg */
	const struct conf_group *cfg;
	struct plant *plant;
	struct tthread thread;
	bool threaded;

	struct mpsc mailbox;		/* any thread pushes */
	struct mpsc quiet;		/* the same, for messages that wake nobody */
	int doorbell;			/* eventfd */
	int epoll;			/* doorbell, alarm, the plant's news, D-channels */
	int alarm;			/* timerfd */
	struct bchan_table slots;	/* has its own lock */

	/* Read by any thread, written by the group's: atomics. */
	int active;			/* D-channel in use; -1: none is up */
	uint32_t dchans_up;
	bool closing;			/* no new calls: it is being stopped */
	bool ended;			/* its thread is gone */
	bool ready;			/* the first RESTART round is through */
	unsigned int nlegs;
	uint64_t setups_in, setups_out, refused, glare, frames_rx, frames_tx, frames_dropped;

	/* The group's thread only. */
	bool stopping;
	struct tsched sched;
	uint64_t alarm_at;		/* tnow(); passed: it is not set */
	struct pri_dch dch[CONF_DCHANS_MAX];
	int ndch;
	struct capture capture;
	bool capturing;
	struct pri_leg *legs;
	struct ttimer reopen;		/* D-channels that could not be opened */
	struct ttimer t309;		/* NFAS: all D-channels are down (libpri leaves it to us) */
	struct ttimer reset_timer;	/* no RESTART ACKNOWLEDGE came */
	struct bchan_ref resetting;	/* one at a time */
	struct bchan_ref reset_next;
	int reset_tries;
	uint32_t untold[CONF_SPANS_MAX];	/* slots whose SERVICE is not acknowledged */
	struct ttimer service_timer;	/* no SERVICE ACKNOWLEDGE came */
	int service_tries;
	/* a failed span's calls end when it fires */
	struct ttimer iface_timer[CONF_SPANS_MAX];
	uint8_t iface_ok[CONF_SPANS_MAX];
	struct ttimer stop_timer;	/* wakes a thread that is stopping */
};

/**
 * group_post() - any thread, any lock, cannot fail. The caller keeps the group alive until fn has
 * run.
 */
void group_post(struct group *g, struct group_msg *msg);
/**
 * group_post_quietly() - the same of what nobody waits for: it is run when the thread is awake for
 * something else.
 */
void group_post_quietly(struct group *g, struct group_msg *msg);

/** group_find() - a handle (ref_put(&g->ref)), or NULL. Any thread. */
struct group *group_find(const char *name);

/* tell.c: events of a group. Its thread, nothing held. */
/** group_block() - bchan_block(), and what it changes is told */
void group_block(struct group *g, struct bchan_ref ref, int reason, int on);
/** group_tell_slots() - slots of an interface, a mask, are usable now, or no more */
void group_tell_slots(struct group *g, int iface, uint32_t slots);
/** group_tell_dchannel() - a D-channel's state, or which is in use, has changed */
void group_tell_dchannel(struct group *g, int index, bool up);
/** group_tell() - calls can be placed in the group now, or no more */
void group_tell(struct group *g);

/* service.c */
/** group_service_load() - block the slots that were out of service; before the group's thread */
void group_service_load(struct group *g);
/** group_service_save() - remember which are. The group's thread; waits for the disk. */
int group_service_save(struct group *g);

extern bool groups_admitting;		/* atomic */

/* Everything below: the group's thread (or its creation and end, when there is none). */

/* sig/pri_dch.c: D-channels. */
int pri_dch_create(struct group *g);
void pri_dch_open(struct group *g);
void pri_dch_close(struct group *g);
void pri_dch_input(struct pri_dch *d);
void pri_dch_mute(struct pri_dch *d);
void pri_dch_timers(struct group *g);
void pri_dch_flush(struct pri_dch *d);
int pri_dch_timeout(struct group *g, int ms);
void pri_dch_event(struct pri_dch *d, int type);
void pri_span_init(struct group *g);
void pri_span_exit(struct group *g);
struct pri *pri_active(struct group *g);
void pri_span_news(struct group *g, const struct plant_news *news);

/* sig/pri_event.c: what libpri says. */
void pri_event_handle(struct pri_dch *d, pri_event *e);

/* sig/pri_restart.c */
void pri_restart_init(struct group *g);
void pri_restart_begin(struct group *g);
void pri_restart_again(struct group *g);
void pri_restart_acked(struct group *g, struct bchan_ref ref);
void pri_restart_received(struct group *g, struct bchan_ref ref);

/* sig/pri_service.c: nothing in it does anything unless the group uses SERVICE messages. */
void pri_service_init(struct group *g);
/** pri_service_tell() - tell the far end how slots of an interface stand with us: a mask */
void pri_service_tell(struct group *g, int iface, uint32_t slots);
/** pri_service_up() - the D-channel came up: tell what is out of service */
void pri_service_up(struct group *g);
/** pri_service_again() - the link was set up anew: what is not acknowledged may be lost */
void pri_service_again(struct group *g);
void pri_service_acked(struct pri_dch *d, int channel);
/** pri_service_received() - @status: 0 in service, 1 maintenance, 2 out of service (T1.607) */
void pri_service_received(struct pri_dch *d, int channel, int status);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PRI leg: one Q.931 call, seen from the daemon. Private to daemon/sig.
 *
 *	     request()                      PRI_EVENT_RING
 *	        |                                 |
 *	       NEW --SETUP--> SETUP          OVERLAP_IN / PROC_IN --ALERTING--> ALERT_IN
 *	                        |  \___ OVERLAP_OUT, PROC_OUT, ALERT_OUT    |  CONNECT
 *	                        v                                           v
 *	                      ACTIVE <------------------------------- ANSWERING
 *	  DISCONNECT came: FAR_END --release()--> CLEARING --RELEASE COMPLETE--> CLEARED
 *	  release() first:            CLEARING
 *	  the call vanished (RELEASE, RESTART, link down): CLEARED, until release() is asked
 *	  CLEARED and release() asked: the slot's media are given back, then leg_released(): END
 *
 * call, state and bch belong to the group's thread; before dial() they belong to whoever made the
 * leg.
 */
#ifndef OPENTDM_SIG_PRI_LEG_H
#define OPENTDM_SIG_PRI_LEG_H

#include "daemon/group/group_priv.h"
#include "daemon/media/media.h"

enum pri_leg_state {
	PL_NEW,
	PL_SETUP,
	PL_OVERLAP_OUT,
	PL_PROC_OUT,
	PL_ALERT_OUT,
	PL_OVERLAP_IN,
	PL_PROC_IN,
	PL_ALERT_IN,
	PL_ANSWERING,
	PL_ACTIVE,
	PL_FAR_END,
	PL_CLEARING,
	PL_CLEARED,
	PL_END,
};

#define PL_BIT(s)	(1u << (s))
#define PL_OUTGOING	(PL_BIT(PL_SETUP) | PL_BIT(PL_OVERLAP_OUT) | PL_BIT(PL_PROC_OUT) | \
			 PL_BIT(PL_ALERT_OUT))
#define PL_INCOMING	(PL_BIT(PL_OVERLAP_IN) | PL_BIT(PL_PROC_IN) | PL_BIT(PL_ALERT_IN))
#define PL_LIVE		(PL_OUTGOING | PL_INCOMING | PL_BIT(PL_ANSWERING) | PL_BIT(PL_ACTIVE))

#define PRI_GLARE_TRIES	3	/* SETUPs of one call on different slots */

struct pri_leg;

struct pri_leg_msg {
	struct group_msg msg;
	struct pri_leg *leg;		/* a reference */
	enum leg_op op;
	int cause;
	bool embedded;			/* part of the leg: not freed */
	bool has_party;
	struct party party;
	char digits[CONF_NUMBER_MAX + 1];
};

struct pri_leg {
	struct leg leg;
	struct group *grp;		/* a reference */
	struct pri_leg *next, **link;	/* g->legs */
	enum pri_leg_state state;
	q931_call *call;		/* NULL before SETUP and once libpri has dropped it */
	struct bchan_ref bch;
	uint8_t format;			/* enum media_format */

	struct leg_request req;		/* outgoing */
	char number[CONF_NUMBER_MAX + 1];
	char pending[CONF_NUMBER_MAX + 1];	/* digits before SETUP ACKNOWLEDGE */
	int tries;

	bool release_asked;
	int release_cause;
	bool claim_posted, unclaim_posted;
	struct media_claim claim;
	struct group_msg unclaimed;	/* the media thread has given the slot back */
	struct ttimer timer;		/* no answer; after release: clearing takes too long */
	struct pri_leg_msg m_dial, m_release;
};

static inline struct pri_leg *pri_leg_of(struct leg *leg)
{
	return container_of(leg, struct pri_leg, leg);
}

extern struct leg_tech pri_tech;

/* What an event of libpri says, copied out of libpri's memory before it is called again. */
struct pri_news {
	int type;			/* PRI_EVENT_* */
	int channel;			/* libpri's encoding; 0 or -1: none named */
	q931_call *call;
	int cause;
	int progressmask;
	int flexible;
	int complete;
	int ctype;			/* PRI_TRANS_CAP_* */
	int layer1;
	int changestatus;
	int notify;
	bool has_connected;
	struct party caller, redirecting, connected;
	int called_plan;
	char called[CONF_NUMBER_MAX + 1];	/* also digits of INFORMATION */
	char error[128];
};

void pri_incoming(struct pri_dch *d, const struct pri_news *n);
void pri_news_read(const pri_event *e, struct pri_news *news);

/* Group's thread. */
struct pri_leg *pri_leg_find(struct group *g, q931_call *call);
/* A new incoming leg on a slot taken by bchan_take*() for @owner, which is the returned leg. */
struct pri_leg *pri_leg_new(struct group *g, bool outgoing);
void pri_leg_timer_init(struct pri_leg *l);
void pri_leg_listed(struct pri_leg *l);
void pri_leg_label(struct pri_leg *l);
void pri_leg_claim(struct pri_leg *l);
/*
 * The Q.931 call is gone from libpri (or is about to be): tell the core, give the slot back when
 * asked.
 */
void pri_leg_cleared(struct pri_leg *l, int cause);
/* The call must end without another message: RESTART, T309, shutdown. */
void pri_leg_drop(struct pri_leg *l, int cause);
void pri_leg_hangup(struct pri_leg *l, int cause);
int pri_leg_setup(struct pri_leg *l);
void pri_leg_execute(struct pri_leg *l, struct pri_leg_msg *m);

/** pri_leg_group() - whose leg it is; NULL: another technology's. Any thread. */
struct group *pri_leg_group(const struct leg *leg);

int pri_channel_encode(struct group *g, struct bchan_ref ref);
/* slot -1: any; iface -1: none named or unknown. */
struct bchan_ref pri_channel_decode(struct group *g, const struct pri_dch *d, int channel);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg: the technology under a channel (a PRI call, half of a local pair, ...).
 *
 * Downward the core calls the leg's operations. Each runs in a task of the leg's channel: that
 * channel's lock is held, nothing else. It must not sleep, wait or take any lock but its
 * technology's (leg.*, queue.*): it posts to whoever does the work (a trunk group's mailbox) and
 * returns 0, or a negative errno when the operation is impossible. What comes of it comes back as a
 * signal.
 *
 * Upward the technology appends signals to the leg's own FIFO with leg_signal() and friends, from
 * any thread, under any of its own locks; the FIFO moves with the leg, so that a signal is always
 * handled by the channel in which the leg sits at that time. Signals are handled in order.
 *
 * Lifetime: the creator has the first reference. channel_create() takes one for the seat. When the
 * leg has released what it had on the line it says leg_released(); the core then lets go of it.
 * ops->free runs when the last reference is gone.
 */
#ifndef TDMD_CALL_LEG_H
#define TDMD_CALL_LEG_H

#include "daemon/call/media.h"
#include "daemon/call/party.h"
#include "daemon/core/mpsc.h"
#include "daemon/core/ref.h"
#include "daemon/core/types.h"

struct channel;
struct leg;

enum leg_op {
	LEG_OP_DIAL,
	LEG_OP_PROCEEDING,
	LEG_OP_PROGRESS,
	LEG_OP_RINGING,
	LEG_OP_ANSWER,
	LEG_OP_DIGITS,
	LEG_OP_DTMF,
	LEG_OP_HOLD,
	LEG_OP_UNHOLD,
	LEG_OP_CONNECTED,
	LEG_OP_RELEASE,
	LEG_OPS
};

/*
 * All return 0 or a negative errno and only post. "required" ones must be there; an absent optional
 * one counts as
 * -EOPNOTSUPP.
 */
struct leg_ops {
	const char *tech; /* "PRI" */
	/* Required for outgoing legs: place the call that request() was told of. Q.931 SETUP. */
	int (*dial)(struct leg *leg);
	/* Optional; incoming: CALL PROCEEDING; complete number, more digits are not wanted. */
	int (*proceeding)(struct leg *leg);
	/* Optional; incoming: PROGRESS, in-band information available, with a cause or 0. */
	int (*progress)(struct leg *leg, int cause);
	/* Optional; incoming: ALERTING. */
	int (*ringing)(struct leg *leg);
	/*
	 * Required for incoming: CONNECT. Answered is reported by LEG_ANSWERED when it is through.
	 */
	int (*answer)(struct leg *leg, const struct party *connected);
	/*
	 * Optional; outgoing, overlap sending: INFORMATION. The string is copied before it
	 * returns.
	 */
	int (*digits)(struct leg *leg, const char *digits);
	/* Optional; send digits in band (0-9A-D*#), each tone_ms long with gap_ms between. */
	int (*dtmf)(struct leg *leg, const char *digits, unsigned int tone_ms, unsigned int gap_ms);
	/* Optional; tell the far end that it is on hold, or no more. */
	int (*hold)(struct leg *leg);
	int (*unhold)(struct leg *leg);
	/* Optional; tell the far end whom it is now connected to. */
	int (*connected)(struct leg *leg, const struct party *party);
	/*
	 * Required: end it: DISCONNECT or RELEASE with the cause. Called once. An error, or no
	 * leg_released() within the core's time, puts the leg into quarantine: the channel ends all
	 * the same.
	 */
	int (*release)(struct leg *leg, int cause);
	/*
	 * Required: the last reference is gone, a grace period has passed. From liburcu's thread:
	 * free memory only.
	 */
	void (*free)(struct leg *leg);
};

enum leg_signal_type {
	LEG_INCOMING,	/* a call arrived: u.call */
	LEG_DIGITS,	/* overlap receiving: u.digits */
	LEG_PROCEEDING,
	LEG_PROGRESS,	/* in-band information: cause */
	LEG_RINGING,
	LEG_ANSWERED,	/* u.party: the connected party, if said */
	LEG_DTMF,	/* a digit was received in band: u.digits, ms */
	LEG_HOLD,	/* the far end put us on hold */
	LEG_UNHOLD,
	LEG_CONNECTED,	/* the far end is now somebody else: u.party */
	LEG_MEDIA_READY, /* the endpoint is claimed and served */
	LEG_MEDIA_LOST,	/* it is no more */
	LEG_OP_FAILED,	/* u.failed: an operation that was posted came to nothing */
	LEG_HANGUP,	/* the far end, or the line, ended the call: cause */
	LEG_RELEASED,	/* nothing of this leg is left on the line */
	LEG_SIGNALS
};

/* What an incoming call says of itself. */
struct leg_call {
	struct party caller;
	struct party redirecting;
	char called[32];
	bool complete;	/* sending complete: no more digits will follow */
	uint8_t bearer; /* enum media_format; MEDIA_CLEAR: unrestricted digital */
};

struct leg_signal {
	struct mpsc_node node;
	uint8_t type; /* enum leg_signal_type */
	int16_t cause; /* Q.850; HANGUP, PROGRESS */
	uint32_t ms;
	union {
		struct leg_call call;
		struct party party;
		char digits[32];
		struct {
			uint8_t op; /* enum leg_op */
			int err;
		} failed;
	} u;
};

#define LEG_ENDED_HANGUP   1
#define LEG_ENDED_RELEASED 2

struct leg {
	const struct leg_ops *ops;
	struct ref ref;
	uint64_t id;
	bool outgoing;
	struct media_ep ep;
	char label[40]; /* "i1/s5"; the technology's, for humans; set before channel_create() */

	/* The core's. */
	/* RCU: where it sits; NULL: nowhere. Written with the channel locked */
	struct channel *chan;
	struct mpsc fifo;	/* signals, filled by anyone */
	struct mpsc_node *todo;	/* taken from fifo, oldest first; the seat's task only */
	/* LEG_ENDED_*; apart from the FIFO, since they must need no memory */
	uint32_t ended;
	int32_t end_cause;
	bool releasing;		/* ops->release was called */
	bool quarantined;
	struct leg *q_next;	/* queue.quarantine */
	int q_err;
	struct rcu_head rcu;
};

/** leg_init() - set up the core's part; the creator has one reference. */
void leg_init(struct leg *leg, const struct leg_ops *ops, bool outgoing);
static inline void leg_get(struct leg *leg)
{
	ref_get(&leg->ref);
}
static inline void leg_put(struct leg *leg)
{
	ref_put(&leg->ref);
}

/** leg_signal_new() - a zeroed signal; NULL without memory. */
struct leg_signal *leg_signal_new(enum leg_signal_type type);
/** leg_signal() - append and ring; takes the signal. Any thread, never sleeps, cannot fail. */
void leg_signal(struct leg *leg, struct leg_signal *sig);
/** leg_signal_simple() - one without contents.  -ENOMEM. */
int leg_signal_simple(struct leg *leg, enum leg_signal_type type);
/**
 * leg_hangup() - the far end ended it; needs no memory; the first cause counts, later calls do
 * nothing.
 */
void leg_hangup(struct leg *leg, int cause);
/** leg_released() - nothing is left on the line; needs no memory; once. */
void leg_released(struct leg *leg);

/*
 * --- technologies
 * ----------------------------------------------------------------------------------
 */

/* An outgoing call, as asked for. */
struct leg_request {
	char target[64];  /* after "TECH/": "groupname/2001" */
	struct party caller;
	struct party redirecting;
	bool complete;	  /* sending complete: no digits will follow */
	uint8_t bearer;	  /* enum media_format; MEDIA_CLEAR asks for unrestricted digital */
	unsigned int timeout_ms; /* no answer; 0: for ever */
};

struct leg_tech {
	const char *name; /* "PRI" */
	/**
	 * request() - make a leg for an outgoing call, not yet dialled. Any thread, maybe in a
	 * task: must not sleep; only queue.* locks inside. -EINVAL: the target is not understood;
	 * -ENOENT: no such group; -EBUSY: no free slot;
	 * -ENETDOWN: down; -EAGAIN: over the CPU limit. *reason: a static sentence, may stay NULL.
	 */
	int (*request)(const struct leg_request *req, struct leg **leg, const char **reason);
	struct leg_tech *next;
};

/** leg_tech_register() - for the program's life; -EEXIST. */
int leg_tech_register(struct leg_tech *tech);
void leg_tech_unregister(struct leg_tech *tech);
const struct leg_tech *leg_tech_find(const char *name, size_t len);
/** leg_errno_cause() - the Q.850 cause that tells a caller why request() or an operation failed. */
int leg_errno_cause(int err);
/** leg_cause_errno() - the other way, for a cause with which a call was refused: never 0. */
int leg_cause_errno(int cause);

/*
 * --- quarantine
 * --------------------------------------------------------------------------------------
 */

/**
 * leg_quarantine_count() - legs that were asked to release and did not; each was logged and
 * reported.
 */
unsigned int leg_quarantine_count(void);

#endif

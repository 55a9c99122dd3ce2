/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media lines: the streams of whole spans, and the threads that serve them.
 *
 * A media thread serves whole cards, so that all spans of one clock move through a period in
 * lockstep: first what every line received is pushed, then what every line is to send is pulled. A
 * block therefore waits for its peer exactly as long in every period, and a bridge in user space
 * has one constant delay (line.h says which).
 */
#ifndef OPENTDM_MEDIA_MEDIA_H
#define OPENTDM_MEDIA_MEDIA_H

#include "daemon/call/leg.h"
#include "daemon/call/media.h"
#include "daemon/core/mpsc.h"
#include "daemon/core/types.h"

struct media_line;
struct media_msg;
struct media_slot;
struct media_thread;

/* A message to a media thread. fn runs there, outside of a period, and owns the message. */
struct media_msg {
	struct mpsc_node node;
	void (*fn)(struct media_thread *t, struct media_msg *msg);
};

/*
 * One slot of a line, claimed for a leg. Embedded in the leg. The owner fills the upper part, then
 * posts it with media_claim(); from then on it belongs to the media thread until unclaimed() is
 * called.
 *
 * Once the slot is claimed the thread fills leg->ep and signals LEG_MEDIA_READY; a failure is
 * signalled as LEG_OP_FAILED (op LEG_OPS: none of them), and the claim still has to be taken back.
 */
struct media_claim {
	struct media_line *line;
	struct leg *leg;		/* referenced by the owner until unclaimed() */
	uint8_t slot;
	uint8_t format;			/* enum media_format; MEDIA_CLEAR: transparent */
	bool detect;			/* signal DTMF digits (Q.23, Q.24) that the line brings */
	void (*unclaimed)(struct media_claim *claim);	/* media thread; must only post */

	/* Private to the media threads. */
	struct media_msg msg_claim, msg_unclaim;
	struct media_slot *seat;	/* NULL: not claimed, or lost */
};

/** media_claim() - post; any thread, any lock, cannot fail */
void media_claim(struct media_claim *claim);
/** media_unclaim() - post; once, after media_claim(). unclaimed() follows in any case. */
void media_unclaim(struct media_claim *claim);

/*
 * What the thread is doing right now, for sources and taps that want exact frame numbers. Valid
 * inside pull() and block() of an endpoint of kind MEDIA_SLOT.
 */
struct media_now {
	uint64_t rx_frame;	/* of the first octet that the period received */
	uint64_t tx_frame;	/* at which the next pulled octet will be sent */
	int tx_lead;		/* t - r of octets that are on the line together */
};
extern __thread struct media_now media_now;

struct media_stats {
	unsigned int lines, claims, connects;
	uint64_t periods;
	/* periods whose octets came too late to be sent, in part or whole */
	uint64_t late;
	uint64_t overruns;	/* frames that were not read in time */
	/* octets repeated or dropped between two clocks (G.822: one frame each), in conferences too */
	uint64_t slips;
	uint64_t starved;	/* periods in which a peer's octets were missing */
};

/**
 * media_start() - start the media thread
 * @lead_ms: how much later than it could an octet is sent, so that a late thread does no harm; 0:
 * one period
 *
 * Context: the configuring thread. 0 or negative errno.
 */
int media_start(unsigned int lead_ms);
/**
 * media_stop() - ends the thread; every claim must have been taken back. The configuring thread.
 */
void media_stop(void);
void media_stats_read(struct media_stats *stats);	/* any thread */

/**
 * media_line_add() - hand a line to the media thread, which closes it after media_line_drop(). Any
 * thread.
 */
void media_line_add(struct media_line *line);
/**
 * media_line_drop() - close it once its last claim is gone. Once. Whoever added it; no claim is
 * posted after.
 */
void media_line_drop(struct media_line *line);

#endif

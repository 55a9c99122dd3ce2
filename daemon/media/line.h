/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line: the stream of one span, as the media thread sees it.
 *
 *	receive frames r:	| rx_next ....... | rx_next + N ...	N: frames in a period
 *	transmit frames t:	                     ... | rx_next + D ....... |
 *
 * What is received in [rx_next, rx_next + N) is passed on in the same period, and sent from
 * transmit frame rx_next + D on: the bridge's delay is D, the same for all lines of a clock
 * (struct media_domain).
 *
 * Behind it stands a stream of /dev/tdm (line_tdm.c). All ops are called by the media thread with
 * nothing held, but for gone() and can_connect(), which are pure.
 */
#ifndef OPENTDM_MEDIA_LINE_H
#define OPENTDM_MEDIA_LINE_H

#include "daemon/media/media.h"

#define LINE_SLOTS	32
#define LINE_FIFO	2048	/* octets; power of two */

struct media_domain;

struct line_pos {
	bool running;		/* positions advance */
	bool gone;		/* for ever */
	uint64_t rx_frame;	/* frames below this can be read */
	uint64_t tx_frame;	/* frames below this have been sent */
};

struct line_connect {
	int64_t ab_delay, ba_delay;	/* r of one is sent as t = r + delay of the other */
	uint64_t a_tx_frame, b_tx_frame; /* from there on */
};

struct media_line_ops {
	void (*pos)(struct media_line *l, struct line_pos *pos);
	/* As tdm_stream_get() and tdm_stream_put(). */
	int (*get)(struct media_line *l, unsigned int slot, uint64_t frame, uint8_t *buf, size_t n);
	int (*put)(struct media_line *l, unsigned int slot, uint64_t frame, const uint8_t *buf,
		   size_t n);
	void (*consumed)(struct media_line *l, uint64_t frame);
	/* Both sides of a slot; the frames from which on it is ours. */
	int (*claim)(struct media_line *l, unsigned int slot, unsigned int format,
		     uint64_t *rx_frame, uint64_t *tx_frame);
	void (*release)(struct media_line *l, unsigned int slot);
	int (*connect)(struct media_line *a, unsigned int a_slot, struct media_line *b,
		       unsigned int b_slot, struct line_connect *con);
	int (*disconnect)(struct media_line *a, unsigned int a_slot, struct line_connect *con);
	void (*close)(struct media_line *l);
};

/* One claimed slot. */
struct media_slot {
	struct media_line *line;
	struct media_claim *claim;	/* NULL: the slot is not ours; else its bit is in claimed */
	uint64_t rx_from, tx_from;	/* ours from these frames on */
	struct media_view view;		/* of this period */
	struct media_slot *peer;	/* connected in the kernel with this one */
	bool first;			/* it was named first: a */
	bool feeding;			/* the connect is to end: rows are written again */
	uint64_t fed_from;		/* from this transmit frame on */
	struct media_op *undo;		/* waits for the above */
	int64_t ab_delay, ba_delay;	/* of the connect, at a */
	/* fifo: enough is there to begin (peers of another clock) */
	bool primed;
	struct dtmf_rx_state_s *digits;	/* listening for DTMF; NULL: not */
	char digit;			/* the tone that is heard now */
	bool gap;			/* frames were lost: the next block says so */
	unsigned int in, out;		/* fifo, free-running */
	uint8_t fifo[LINE_FIFO];
};

struct media_line {
	const struct media_line_ops *ops;
	int fd;				/* POLLIN once a period; -1: is polled for */
	uint32_t card;			/* instance id: lines of one card share a clock */
	uint32_t span;			/* machine-wide id */
	unsigned int period;		/* frames */
	unsigned int ring;		/* frames */
	int tx_lead;			/* t - r of octets that are on the line together */
	bool can_connect;		/* the kernel can join two of its slots */
	bool gone;			/* atomic; the card is no more: open another line */

	/* The media thread's. */
	struct media_line *next;	/* of the domain */
	struct media_domain *domain;
	struct media_msg msg_add, msg_drop;
	bool dropped, watched;		/* watched: the thread waits for its periods */
	unsigned int claims;		/* posted, and not taken back */
	uint32_t claimed;		/* slots that are ours: a mask */
	struct line_pos pos;		/* of this round */
	struct media_slot slot[LINE_SLOTS];
};

/* The lines of one card. */
struct media_domain {
	struct media_domain *next;
	uint32_t card;
	unsigned int period;
	struct media_line *lines;
	bool started;
	uint64_t rx_next;		/* the next period's first receive frame */
	uint64_t delay;			/* D above */
	unsigned int late;		/* periods in a row that were late */
};

struct media_thread {
	struct tthread *thread;
	struct mpsc mailbox;		/* struct media_msg */
	struct media_op *ops;		/* provider's operations, newest first; atomic */
	int epoll;			/* the doorbell and lines that run */
	int doorbell;
	bool stopping;
	uint64_t stop_by;
	unsigned int lead_ms;
	struct media_domain *domains;
	struct media_stats stats;	/* written here, read by any: atomics */
};

extern const struct media_provider media_lines_provider;

/* slot.c: one period of one slot. */
void media_slot_receive(struct media_thread *t, struct media_slot *s, uint64_t frame,
			unsigned int n);
void media_slot_send(struct media_thread *t, struct media_slot *s, uint64_t frame, unsigned int n);
void media_slot_claim(struct media_thread *t, struct media_msg *msg);
void media_slot_unclaim(struct media_thread *t, struct media_msg *msg);
void media_slot_lost(struct media_thread *t, struct media_slot *s);

/* digits.c: DTMF from the line, signalled as LEG_DTMF when the tone ends. */
int media_digits_new(struct media_slot *s);
void media_digits_free(struct media_slot *s);
void media_digits_detect(struct media_slot *s, const struct tframe *f);

/* xconn.c: the kernel's cross-connects. */
void media_ops_run(struct media_thread *t);
void media_undo_poll(struct media_thread *t, struct media_slot *s);
void media_connect_forget(struct media_thread *t, struct media_slot *s);

void media_wake(struct media_thread *t);
extern struct media_thread media_thread;

#endif

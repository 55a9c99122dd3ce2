/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line: what one port hears of another, a millisecond at a time. Usable without any card.
 *
 *   framer A --send--> [cable] --> impairments of B --> receive --> framer B
 *
 * A cable leads to a port of the same process, back to the port itself (a loop plug), over a socket
 * to a port of another process, or nowhere. Impairments belong to the receiving end.
 *
 * Each end has line time, which its ppm makes faster or slower. In step, an end must not run more
 * than LINE_LEAD_NS ahead of the other end of a socket, and takes a block when its own line time is
 * so much past the block's: whoever of two processes is scheduled when, their slips are exactly
 * what their ppm say. In real time it takes what has come.
 *
 * Everything runs in one thread. Errors are negative errno.
 */
#ifndef EMULATOR_LINE_H
#define EMULATOR_LINE_H

#include "kernel/core/pure/pure.h"

#define LINE_SLOTS	32u
#define LINE_FRAMES	8u		/* in a millisecond */
#define LINE_QUEUE	16u		/* milliseconds under way, at most */
#define LINE_LEAD_NS	2000000u
#define LINE_FOR_EVER	U32_MAX

/* struct line_ms.flags */
#define LINE_SIGNAL	BIT(0)		/* pulses at all */
#define LINE_AIS	BIT(1)		/* all ones, unframed */
#define LINE_FRAMED	BIT(2)
#define LINE_T1		BIT(3)		/* 24 slots; else E1 */
#define LINE_MULTI	BIT(4)		/* E1: CRC-4 multiframe; T1: F24 (else F12) */
#define LINE_RAI	BIT(5)
#define LINE_LOOP_UP	BIT(6)		/* T1's in-band codes */
#define LINE_LOOP_DOWN	BIT(7)

/**
 * struct line_ms - a millisecond of a line; also what goes over a socket, in host order
 * @time:	sender's line time at its end, ns
 * @flags:	LINE_*
 * @frame:	number of the first frame, modulo 48 (multiframes of 12, 16 and 24)
 * @sa:		Sa4..Sa8 in bits 4..0 (E1)
 * @crc:	CRC-4 or CRC-6 blocks in error
 * @code:	code violations
 * @fas:	framing errors
 * @ebits:	blocks that the far end found in error (E1)
 * @slots:	octets, oldest first; slot 0 has none of its own
 */
struct line_ms {
	u64 time;
	u8 flags;
	u8 frame;
	u8 sa;
	u8 crc;
	u8 code;
	u8 fas;
	u8 ebits;
	u8 spare;
	u8 slots[LINE_SLOTS][LINE_FRAMES];
};

/* Errors: so many at once, and so many a second from then on. */
enum line_error { LINE_ERR_CRC, LINE_ERR_CODE, LINE_ERR_FAS, LINE_ERR_EBIT, LINE_ERRORS };

struct line_inject {
	u32 count;
	u32 per_second;
	u32 phase;		/* thousandths of an error */
};

enum line_joint { LINE_OPEN, LINE_LOOP, LINE_PORT, LINE_SOCKET };

struct line {
	enum line_joint joint;
	struct line *peer;		/* LINE_PORT, LINE_LOOP: where sent blocks go */
	int fd;				/* LINE_SOCKET, -1 while nobody is there */
	int listen_fd;
	bool real_time;			/* not in step: with whatever the other end has sent */
	u64 peer_time;			/* of the last block that came over the socket */
	u64 time;			/* ns */
	s32 ppm;
	s32 far_ppm;			/* LINE_SOCKET: of the clock that the far end sends with */
	u64 sent, received, dropped;
	struct line_inject inject[LINE_ERRORS];
	u32 los, ais, rai, lfa;		/* injected into what is received: so many ms, or for ever */
	u32 head, count;
	struct line_ms queue[LINE_QUEUE];
};

/** line_init() - open, no impairment */
void line_init(struct line *l);
/** line_release() - cuts the cable and closes its descriptors */
void line_release(struct line *l);

/** line_open() - pulls the plug at this end, and at the other one if it is of this process */
void line_open(struct line *l);
/** line_join() - a cable between two ports; of one port with itself: a loop plug */
void line_join(struct line *a, struct line *b);
/** line_listen() - waits at a socket for the other end; at most one comes */
int line_listen(struct line *l, const char *path);
/** line_connect() - joins an end that listens */
int line_connect(struct line *l, const char *path);
/** line_poll_fd() - descriptor to wait at for line_ready(), or -1 */
int line_poll_fd(const struct line *l);
/** line_ready() - takes what the socket has; -ENOTCONN when the other end has gone (line open then) */
int line_ready(struct line *l);

/** line_may_tick() - false while this end is too far ahead of the other one */
bool line_may_tick(const struct line *l);
/** line_due() - is a block there that belongs to a time already past? Never two of them with equal clocks */
bool line_due(const struct line *l);
/** line_send() - gives a millisecond to the cable, and lets line time pass */
void line_send(struct line *l, const struct line_ms *ms);
/**
 * line_receive() - the oldest millisecond waiting whose time has come, with impairments
 *
 * Return: false if there is none: @ms is silence (no signal) then, also when the other end of the
 * cable is merely late.
 */
bool line_receive(struct line *l, struct line_ms *ms);

/** line_set_ppm() - frequency offset of this end's clock, -1000..1000, else -EINVAL */
int line_set_ppm(struct line *l, s32 ppm);

#endif /* EMULATOR_LINE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside pri-peer: one controller of libpri and its calls. */
#ifndef TEST_PRI_PEER_H
#define TEST_PRI_PEER_H

#include <stddef.h>

#include "tests/peers/dchan.h"

#define CALLS_MAX 64

struct options {
	int side, type, calls, at_once, receive, answers, peak, losses, seconds, hostile;
	int pair, hold_ms, t200, t203, t305, stay;
	unsigned int seed;
	const char *number, *refused;
};
extern struct options opt;

struct call {
	q931_call *call;	/* NULL: free */
	int chan;
	int incoming, up, ending;
	long due;		/* ms: when it is poked next */
};

struct peer {
	struct dchan d;
	int link;
	long since;		/* ms: when the link came up */
	struct call calls[CALLS_MAX];
	int placed, answered, received, failed, released, peak, links, losses;
	int restarts, garbage, stalls, illegal, broken;
	int stuck; /* calls that nothing would have ended */
	long stall_until;
};
extern struct peer peer;

/** roll() - 0 to n - 1, from the seed */
int roll(int n);
/** on_restart() - this channel (-1: all) is idle now, whatever was on it */
void on_restart(int channel);

/* hostile.c */
/** hostile_turn() - now and then something that no far end should do */
void hostile_turn(void);
/** hostile_frame() - maybe spoil a frame that is about to be sent; its new length */
size_t hostile_frame(unsigned char *frame, size_t len);
/** hostile_left() - has some kind not yet happened as often as was asked for? */
int hostile_left(void);

#endif

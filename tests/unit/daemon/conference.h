/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conference, and what its members say and hear; on a scene of plant.h. */
#ifndef TEST_CONFERENCE_H
#define TEST_CONFERENCE_H

#include "tests/unit/daemon/plant.h"

extern struct bridge *br;

void conference(enum bridge_type type, int n); /* n parties; none is in it */
void conference_end(void);
/* Requests about a party, and their results. */
int voice(int i, unsigned int what, bool mute, int volume);
int add_as(int i, bool mute, bool announcer, int volume);
void take_out(int i);

/*
 * A period as media threads go through it: all speak, then all hear. -1: says nothing, or hears
 * it.
 */
void period(const int *say, int *heard, int n);
/* What is heard of two octets of A-law. */
uint8_t sum_of(int a, int b);

/* A line of a media thread: one view in a period. */
struct line {
	struct media_view view;
	struct testleg *leg;
	uint8_t says, first, last; /* a count that goes on from octet to octet; what it heard */
	unsigned int heard;
	bool broken;
};

void line_push(struct line *l, bool counts);
void line_pull(struct line *l);

#endif

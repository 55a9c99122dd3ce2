/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading of LAPD and Q.931 frames for people: the ladder of a call.
 *
 * It only explains; the protocol itself is libpri's. Pure: no state, no allocation; any octets may
 * come.
 */
#ifndef OPENTDM_GROUP_Q931_H
#define OPENTDM_GROUP_Q931_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct q931_info {
	char name[32];		/* "SETUP", or of layer 2 "RR", "SABME", ... */
	int layer3;		/* it carries a Q.931 message */
	int message;		/* Q.931 message type; -1 without layer 3 */
	int cref;		/* call reference value; -1: none (dummy) */
	int from_dest;		/* flag: sent by the side that did not choose the reference */
	int cause;		/* Q.850; -1: no cause element */
	int channel;		/* B channel; -1: none named */
	int interface;		/* NFAS interface identifier; -1: implicit */
	char called[64], calling[64];
	char text[512];		/* the elements, as a person reads them */
};

/**
 * q931_decode() - explain a frame
 * @frame: LAPD frame without FCS
 *
 * Return: 0; -EBADMSG when it is not LAPD, or cut (what could be read is in @info).
 */
int q931_decode(const uint8_t *frame, size_t len, struct q931_info *info);

/** q931_cause_name() - Q.850 in a few words */
const char *q931_cause_name(int cause);

/**
 * ladder_print() - print the messages of a capture file, one line each
 * @path: written by capture_frame()
 * @all: layer 2's own frames too
 * @out: where to
 *
 * Return: 0 or negative errno.
 */
int ladder_print(const char *path, int all, FILE *out);

#endif

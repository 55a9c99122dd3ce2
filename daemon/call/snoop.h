/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snooping: a channel that hears another one, and speaks into it.
 *
 *	        spy in                            spy out
 *	line ----->-----+-----> who talks ----->-----+-----> line
 *	                ^       to it                ^
 *	           whisper in                   whisper out
 *
 * Its leg's line is the port of the channel that is snooped on: what it brings is what that one
 * receives, is sent, or both added up; what it is sent, by whomever it is bridged with or what is
 * played to it, is added to either. So it stays with that channel, whichever leg that has, and ends
 * after it. Nobody who spies hears what is whispered, nor does a recording.
 */
#ifndef TDMD_CALL_SNOOP_H
#define TDMD_CALL_SNOOP_H

#include "daemon/call/channel.h"

#define SNOOP_DEPTH 4 /* who snoops on one that snoops on one ... */

struct snoop_params {
	unsigned int spy, whisper; /* MEDIA_TAP_*: RX is ARI's "in", TX its "out"; 0: none */
	const char *sid;	   /* as of channel_params */
	const char *app;
};

/**
 * channel_snoop() - a channel that snoops on ch from now on; it has a handle of the caller's.
 * It is outgoing and down: channel_dial() answers it.
 *
 * Task of ch. -ENODEV, -EBUSY: ch has ended, or is about to; -ELOOP: more than SNOOP_DEPTH in a
 * row; else as channel_create(). What was refused has changed nothing.
 */
int channel_snoop(struct channel *ch, const struct snoop_params *params, struct channel **out);

#endif

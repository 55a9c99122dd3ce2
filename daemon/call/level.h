/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels of calls: how loud is what their lines bring and are sent, where octets pass user space.
 * What the kernel joins is not seen here, and has none.
 *
 * Measured only while somebody looks: for LEVEL_HOLD_NS after each level_look().
 */
#ifndef TDMD_CALL_LEVEL_H
#define TDMD_CALL_LEVEL_H

#include "daemon/call/channel.h"

#define LEVEL_HOLD_NS (10 * NSEC_PER_SEC)
#define LEVEL_FLOOR   -99 /* dBm0: nothing at all */

/* dBm0 by G.711: a sine that reaches the end of the scale has 3.14 (A-law). */
struct channel_level {
	bool known;	  /* of the last half second */
	int8_t mean, peak; /* peak: of a sine that reaches as far */
};

struct channel_levels {
	struct channel_level in, out; /* what comes from the line, what is sent to it */
};

/** level_look() - from now on levels are measured, for a while. Any thread. -ENOMEM. */
int level_look(void);
/** channel_levels_read() - as they are now. Any thread, no lock. */
void channel_levels_read(struct channel *ch, struct channel_levels *levels);

extern uint32_t level_wanted; /* atomic */
struct media_port;
struct tframe;
/** level_note() - one more block of that direction (MEDIA_TAP_*); the media thread of the endpoint. */
void level_note(const struct media_port *port, unsigned int dir, const struct tframe *frame);

#endif

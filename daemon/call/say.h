/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What controllers of two channels that belong together say to each other: operations as messages.
 */
#ifndef TDMD_CALL_SAY_H
#define TDMD_CALL_SAY_H

#include "daemon/call/channel.h"

enum say {
	SAY_PROCEEDING,
	SAY_PROGRESS,
	SAY_RINGING,
	SAY_ANSWER,
	SAY_DIGITS,
	SAY_HOLD,
	SAY_UNHOLD,
};

/**
 * say() - do this to a channel, in a task of it, if ctl is its controller then. Any thread, cannot
 * fail: what a line cannot do is left out, but a call that cannot be answered is none, and is hung
 * up. @owner: of ctl; pinned until then
 * @cause: of SAY_PROGRESS; @digits: of SAY_DIGITS, copied; else 0 and NULL.
 */
void say(struct channel *to, const struct controller *ctl, struct ref *owner, enum say what,
	 int cause, const char *digits);

#endif

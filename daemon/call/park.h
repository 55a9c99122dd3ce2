/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Park: a call waits in a numbered place until somebody retrieves it.
 *
 * The parked channel P is in no bridge: it hears nothing and is heard by nobody, and needs no media
 * path. Its far end is told that it is on hold, where its line can say so. If P was in a bridge,
 * its peer there is the parker, whose call ends with CAUSE_NORMAL. EVENT_CHANNEL_PARKED of P.
 *
 * It leaves its place, with EVENT_CHANNEL_UNPARKED of P and why,
 *	retrieved	P and the channel that retrieves it are in a new bridge, which dissolves
 *			when either ends
 *	timeout		P is connected to params.back; without one, or when that cannot be called,
 *			it is hung up with CAUSE_NO_ANSWER
 *	bridged		somebody put it in a bridge (and decides what follows)
 *	taken		somebody else became its controller
 *	gone		P's call ended, or its leg was moved to another channel
 * When a leg is moved into P, that is parked from then on.
 *
 * Places are words that change by compare-and-swap: no lock, and whoever looks does not delay
 * anybody.
 */
#ifndef TDMD_CALL_PARK_H
#define TDMD_CALL_PARK_H

#include "daemon/call/channel.h"

#define PARK_PLACES 1000 /* at most */

struct park_params {
	unsigned int place;	 /* 0: the lowest that is free */
	unsigned int timeout_ms; /* 0: for ever */
	/*
	 * Where it goes after that: an endpoint "TECH/target", or a number for the router. NULL:
	 * the parker's number, if there is a parker and it is known.
	 */
	const char *back;
};

/**
 * park_init() - the places are numbered first..first + count - 1; before the first call is parked.
 * -EINVAL: first is 0, or count not 1..PARK_PLACES.
 */
int park_init(unsigned int first, unsigned int count);
bool park_place_ok(unsigned int place); /* there is a place of this number */
/** park_foreach() - the taken places, ascending. Any thread; non-zero from fn ends it. */
int park_foreach(int (*fn)(unsigned int place, struct channel *ch, void *arg), void *arg);

/**
 * channel_park() - any thread. done(arg, result) exactly once, in a task (must only post), with the
 * place or:
 *	-ENODEV		P is dead
 *	-EBUSY		P is ending, in a move or parked already; the place is taken; the bridge
 *			changed meanwhile
 *	-ENOSPC		every place is taken
 *	-EINVAL		P is not answered (UP)
 *	-EPERM		parker and parked are of two applications
 *	-ENOMEM
 * Nothing is changed then. Returns 0 when begun; -EINVAL: no such place, or back too long; -ENODEV,
 * -ENOMEM: done() is not called then.
 */
int channel_park(struct channel *ch, const struct park_params *params,
		 void (*done)(void *arg, int result), void *arg);

/**
 * channel_retrieve() - any thread. done(arg, err) exactly once, in a task (must only post):
 *	-ENODEV		@by is dead, or the parked one just left
 *	-EBUSY		either is ending, or @by is in a bridge
 *	-EINVAL		@by is not UP, or is the parked one itself
 *	-EPERM		they are of two applications
 * Nothing is changed then. Returns 0 when begun; -EINVAL: no such place; -ENOENT: nobody is there;
 * -ENFILE, -ENOMEM: done() is not called then.
 */
int channel_retrieve(unsigned int place, struct channel *by, void (*done)(void *arg, int err),
		     void *arg);

#endif

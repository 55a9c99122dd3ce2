/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pickup: a call that rings at one place is answered at another.
 *
 * The outgoing channel that rings keeps its identity, controller and bridge, and gets the leg of
 * the channel that picks up, which is UP already: a move on the condition that it still rings at
 * the commit. It is UP then, and whoever called it hears the answer as from itself; so of a
 * ring group the picked-up branch wins. The leg that rang is cleared with CAUSE_PICKED_UP; the
 * channel that picked up ends, and leaves a bridge it may have been in.
 * EVENT_CHANNEL_PICKED_UP of the one that rang.
 *
 * Either dead				-ENODEV
 * Either ending, or in a move		-EBUSY
 * Does not ring, or no longer: answered
 * in the same moment, by itself or by another pickup (incoming calls do not ring, they
 * are answered)			-EINVAL
 * @by not UP, or the same channel	-EINVAL
 * Channels of two applications		-EPERM
 * Nothing is changed by a refusal.
 */
#ifndef TDMD_CALL_PICKUP_H
#define TDMD_CALL_PICKUP_H

#include "daemon/call/channel.h"

/**
 * channel_pickup() - any thread. done(arg, err) exactly once, in a task (must only post); may be
 * NULL. Returns 0 when begun; -EINVAL for ringing == by, -ENOMEM: done() is not called then.
 */
int channel_pickup(struct channel *ringing, struct channel *by, void (*done)(void *arg, int err),
		   void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local pairs: two legs back to back. What is asked of the one is told to the other.
 *
 * The technology "Local" makes them for endpoints Local/NUMBER: dialling the one half lets a call
 * to NUMBER arrive at the other, in a channel of its own, which the router gets.
 */
#ifndef TDMD_CALL_LOCAL_H
#define TDMD_CALL_LOCAL_H

#include "daemon/call/leg.h"

/**
 * local_pair_new() - two legs, each with a reference of the caller's; a is outgoing, b incoming.
 * -ENOMEM. Dialling a sends LEG_INCOMING to b, whose channel, if it has none yet, is made then.
 */
int local_pair_new(const struct leg_request *req, struct leg **a, struct leg **b);

int local_init(void); /* registers "Local" */
void local_exit(void);

#endif

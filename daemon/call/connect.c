// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connect: a ring group of one.
 */
#include "daemon/call/connect.h"

#include "daemon/call/ring.h"

int channel_connect(struct channel *ch, const struct connect_params *params, const char **reason)
{
	struct ring_params ring = { .endpoints = &params->endpoint, .count = 1,
				    .request = params->request,
				    .early_media = params->early_media };

	return channel_ring(ch, &ring, reason);
}

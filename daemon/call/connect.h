/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connect: the everyday call. A channel that is being called (or that is up) is connected to an
 * endpoint: an outgoing channel is made and dialled; what it reports (proceeding, progress,
 * ringing) is passed back; early media is joined; when it answers, the caller is answered and both
 * are in a bridge that dissolves when either ends. Digits received from an overlap caller are
 * passed on.
 */
#ifndef TDMD_CALL_CONNECT_H
#define TDMD_CALL_CONNECT_H

#include "daemon/call/channel.h"

struct connect_params {
	const char *endpoint;	    /* "PRI/group/2002" */
	/* target is filled from endpoint; caller: empty number: the caller's own */
	struct leg_request request;
	/* join at PROGRESS and RINGING when the far end has in-band information */
	bool early_media;
};

/**
 * channel_connect() - task of ch (state RING or UP). Takes over as its controller. Returns 0 when
 * dialling; or an error of channel_originate() with *reason: nothing changed, the caller's
 * controller still decides (leg_errno_cause() tells the cause to refuse with). When the far end
 * refuses or nobody answers, ch is hung up with its cause.
 */
int channel_connect(struct channel *ch, const struct connect_params *params, const char **reason);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call/pickup.h"

#include <stdlib.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/move_priv.h"

struct pickup {
	struct move_ext ext;
	void (*done)(void *arg, int err);
	void *arg;
};

static int pickup_check(struct move_ext *ext, struct channel *ringing, struct channel *by)
{
	(void)ext;
	if (ringing->face.state != CHAN_RINGING)
		return -EINVAL;
	return channel_same_owner(ringing, by);
}

static void pickup_committed(struct move_ext *ext, struct channel *ringing, struct channel *by)
{
	(void)ext;
	event_operation(ringing, EVENT_CHANNEL_PICKED_UP, by, NULL, NULL);
}

static void pickup_done(void *arg, int err)
{
	struct pickup *op = arg;

	if (op->done)
		op->done(op->arg, err);
	free(op);
}

int channel_pickup(struct channel *ringing, struct channel *by, void (*done)(void *arg, int err),
		   void *arg)
{
	struct pickup *op = calloc(1, sizeof(*op));
	int err;

	if (!op)
		return -ENOMEM;
	op->ext = (struct move_ext){ .check = pickup_check, .committed = pickup_committed };
	op->done = done;
	op->arg = arg;
	err = channel_move_ext(ringing, by, &op->ext, pickup_done, op);
	if (err)
		free(op);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Music on hold that is asked for: /ari/channels/{}/moh and /ari/bridges/{}/moh.
 */
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/music.h"

static const char *class_of(const struct api_req *req)
{
	const char *class = api_param(req, "mohClass");

	return class && *class ? class : NULL;
}

/* There is such a class; without a name each has its own. False: answered. */
static bool class_known(struct api_req *req)
{
	const char *class = class_of(req);

	if (!api_hooks || !api_hooks->music) {
		api_result(req, -EOPNOTSUPP, "moh");
		return false;
	}
	if (api_hooks->music(class ? class : "default"))
		return true;
	api_fail(req, 404, "tdmd.conf has no [music %.60s]", class ? class : "default");
	return false;
}

static void finish(struct api_req *req)
{
	api_result(req, req->err, "moh");
}

/* Task of the channel; op: whether it is to be heard. */
static int run(struct channel_work *work, struct channel *ch)
{
	struct api_req *req = container_of(work, struct api_req, work);

	if (channel_state(ch) >= CHAN_ENDING)
		return -EBUSY;
	channel_music(ch, MUSIC_ASKED, req->op, class_of(req));
	return 0;
}

static void done(struct channel_work *work, int err)
{
	api_done(container_of(work, struct api_req, work), err);
}

static void channel_ask(struct api_req *req, bool on)
{
	if (!api_find_channel(req, req->id[0], &req->ch) || (on && !class_known(req)))
		return;
	req->op = on;
	req->work.fn = run;
	req->work.done = done;
	req->finish = finish;
	atomic_add(&req->refs, 1);
	channel_post_work(req->ch, &req->work);
}

static void bridge_ask(struct api_req *req, bool on)
{
	int err;

	if (!api_find_bridge(req) || (on && !class_known(req)))
		return;
	req->finish = finish;
	atomic_add(&req->refs, 1);
	err = bridge_set_music(req->br, on, class_of(req), api_done, req);
	if (!err)
		return;
	api_result(req, err, "moh");
	api_req_put(req);
}

static void channel_start(struct api_req *req)
{
	channel_ask(req, true);
}

static void channel_stop(struct api_req *req)
{
	channel_ask(req, false);
}

static void bridge_start(struct api_req *req)
{
	bridge_ask(req, true);
}

static void bridge_stop(struct api_req *req)
{
	bridge_ask(req, false);
}

const struct api_row api_music_rows[] = {
	{ API_POST, "/ari/channels/{}/moh", "mohClass", channel_start, "startMoh", "void" },
	{ API_DELETE, "/ari/channels/{}/moh", "", channel_stop, "stopMoh", "void" },
	{ API_POST, "/ari/bridges/{}/moh", "mohClass", bridge_start, "startMoh", "void" },
	{ API_DELETE, "/ari/bridges/{}/moh", "", bridge_stop, "stopMoh", "void" },
	{ 0 },
};

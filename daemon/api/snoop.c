// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/channels/{}/snoop: a channel that hears another one, and speaks into it.
 *
 *	task of the channel	it is made, and hears
 *	task of the new one	it is dialled, which answers it
 *	another one		its application has it, and the request is answered
 */
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/snoop.h"

static struct api_req *req_of(struct channel_work *work)
{
	return container_of(work, struct api_req, work);
}

static void work_done(struct channel_work *work, int err)
{
	api_done(req_of(work), err);
}

static int enter_fn(struct channel_work *work, struct channel *ch)
{
	const struct api_req *req = req_of(work);
	int err = api_app_take(ch, api_param(req, "app"), api_param(req, "appArgs") ?: "");

	if (err)
		channel_hangup(ch, CAUSE_TEMPORARY);
	return err;
}

static int dial_fn(struct channel_work *work, struct channel *ch)
{
	int err = channel_dial(ch);

	(void)work;
	if (err)
		channel_hangup(ch, CAUSE_TEMPORARY);
	return err;
}

/* The new channel's next task, unless what went before has failed. */
static void then(struct channel_work *work, int err,
		 int (*fn)(struct channel_work *work, struct channel *ch),
		 void (*done)(struct channel_work *work, int err))
{
	struct api_req *req = req_of(work);

	if (err) {
		api_done(req, err);
		return;
	}
	work->fn = fn;
	work->done = done;
	channel_post_work(req->other, work);
}

/* It comes behind what the leg told when it was dialled. */
static void dial_done(struct channel_work *work, int err)
{
	then(work, err, enter_fn, work_done);
}

static int snoop_fn(struct channel_work *work, struct channel *ch)
{
	struct api_req *req = req_of(work);
	const struct snoop_params params = {
		.spy = req->number[0], .whisper = req->number[1], .app = api_param(req, "app"),
		.sid = req->id[1][0] ? req->id[1] : api_param(req, "snoopId"),
	};

	return channel_snoop(ch, &params, &req->other);
}

static void snoop_done(struct channel_work *work, int err)
{
	then(work, err, dial_fn, dial_done);
}

static void finish(struct api_req *req)
{
	if (req->err == -EINVAL)
		api_fail(req, 400, "snoopId has 1 to 39 characters, none of them a / ? # %% \" \\");
	else if (req->err)
		api_result(req, req->err, "snoop");
	else
		api_answer_channel(req, req->other);
}

/* What is asked for as MEDIA_TAP_*; false: answered. */
static bool direction(struct api_req *req, const char *name, unsigned int *dirs)
{
	static const char *const names[] = {
		[0] = "none", [MEDIA_TAP_RX] = "in", [MEDIA_TAP_TX] = "out",
		[MEDIA_TAP_RX | MEDIA_TAP_TX] = "both",
	};
	const char *value = api_param(req, name) ?: "none";

	for (*dirs = 0; *dirs < ARRAY_SIZE(names); ++*dirs)
		if (!strcmp(value, names[*dirs]))
			return true;
	api_fail(req, 400, "%s is none, in, out or both", name);
	return false;
}

static void channel_is_snooped(struct api_req *req)
{
	const char *app = api_param(req, "app");

	if (!direction(req, "spy", &req->number[0]) || !direction(req, "whisper", &req->number[1]))
		return;
	if (!req->number[0] && !req->number[1]) {
		api_fail(req, 400, "one of spy and whisper is needed: in, out or both");
		return;
	}
	if (!app) {
		api_fail(req, 400, "app is needed: the application that is to have the channel");
		return;
	}
	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	if (!api_app_named(app)) {
		api_fail(req, 404, "no stream of events names application %.80s", app);
		return;
	}
	req->work.fn = snoop_fn;
	req->work.done = snoop_done;
	req->finish = finish;
	atomic_add(&req->refs, 1);
	channel_post_work(req->ch, &req->work);
}

const struct api_row api_snoop_rows[] = {
	{ API_POST, "/ari/channels/{}/snoop", "spy whisper app appArgs snoopId", channel_is_snooped,
	  "snoopChannel", "Channel" },
	{ API_POST, "/ari/channels/{}/snoop/{}", "spy whisper app appArgs snoopId",
	  channel_is_snooped, "snoopChannelWithId", "Channel" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/channels: what an application does with a call that it has. Mute, silence, digits; and who
 * has it from then on: another leg, another application, somebody at an endpoint.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/connect.h"
#include "daemon/call/move.h"
#include "daemon/core/timer.h"

/* --- requests that end later ----------------------------------------------------------------- */

static void finish(struct api_req *req)
{
	if (req->err == -ESRCH)
		api_fail(req, 409, "no application has this call");
	else
		api_result(req, req->err, req->text);
}

static void finish_channel(struct api_req *req)
{
	if (req->err)
		finish(req);
	else
		api_answer_channel(req, req->ch);
}

static void work_done(struct channel_work *work, int err)
{
	api_done(container_of(work, struct api_req, work), err);
}

/* fn in a task of the channel of the path; what: as a refusal calls it. */
static void post(struct api_req *req, const char *what,
		 int (*fn)(struct channel_work *work, struct channel *ch))
{
	if (!req->ch && !api_find_channel(req, req->id[0], &req->ch))
		return;
	snprintf(req->text, sizeof(req->text), "%s", what);
	req->work.fn = fn;
	req->work.done = work_done;
	if (!req->finish)
		req->finish = finish;
	atomic_add(&req->refs, 1);
	channel_post_work(req->ch, &req->work);
}

static struct api_req *req_of(struct channel_work *work)
{
	return container_of(work, struct api_req, work);
}

/* --- mute, silence --------------------------------------------------------------------------- */

static int mute_fn(struct channel_work *work, struct channel *ch)
{
	const struct api_req *req = req_of(work);

	return channel_mute(ch, req->number[0], req->method == API_POST);
}

/* ARI's: "in" is what the channel says, "out" what it hears. */
static void channel_mutes(struct api_req *req)
{
	static const struct {
		const char *name;
		unsigned int dirs;
	} directions[] = {
		{ "both", MEDIA_TAP_RX | MEDIA_TAP_TX }, { "in", MEDIA_TAP_RX },
		{ "out", MEDIA_TAP_TX },
	};
	const char *direction = api_param(req, "direction") ?: "both";

	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		if (!strcmp(direction, directions[i].name))
			req->number[0] = directions[i].dirs;
	if (req->number[0])
		post(req, "mute", mute_fn);
	else
		api_fail(req, 400, "direction is both, in or out");
}

static int silence_fn(struct channel_work *work, struct channel *ch)
{
	return channel_silence(ch, req_of(work)->method == API_POST);
}

static void channel_is_silent(struct api_req *req)
{
	post(req, "silence", silence_fn);
}

/* --- digits ---------------------------------------------------------------------------------- */

/* Digits that are sent after a while. */
struct digits {
	struct ref ref; /* the timer's while armed, the work's */
	struct ttimer timer;
	struct channel_work work;
	uint64_t channel; /* no handle, which would keep a call that has ended for so long */
	struct channel *ch; /* the work's: a handle */
	unsigned int tone_ms, gap_ms;
	char digits[32];
};

static void digits_free(struct ref *ref)
{
	struct digits *d = container_of(ref, struct digits, ref);

	if (d->ch)
		channel_put(d->ch);
	free(d);
}

static int later_fn(struct channel_work *work, struct channel *ch)
{
	const struct digits *d = container_of(work, struct digits, work);

	return channel_send_dtmf(ch, d->digits, d->tone_ms, d->gap_ms);
}

/* If the call has ended meanwhile, or changed, nobody is there to be told. */
static void later_done(struct channel_work *work, int err)
{
	(void)err;
	ref_put(&container_of(work, struct digits, work)->ref);
}

static void digits_due(struct ttimer *timer)
{
	struct digits *d = container_of(timer, struct digits, timer);

	d->ch = channel_by_id(d->channel);
	if (!d->ch)
		return;
	ref_get(&d->ref);
	channel_post_work(d->ch, &d->work);
}

static void send_later(struct api_req *req, unsigned int before_ms)
{
	struct digits *d;
	int err;

	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	d = calloc(1, sizeof(*d));
	if (!d) {
		api_result(req, -ENOMEM, "dtmf");
		return;
	}
	ref_init(&d->ref, digits_free);
	ttimer_init(&d->timer, digits_due, &d->ref);
	d->work.fn = later_fn;
	d->work.done = later_done;
	d->channel = channel_id(req->ch);
	d->tone_ms = req->number[0];
	d->gap_ms = req->number[1];
	snprintf(d->digits, sizeof(d->digits), "%s", api_param(req, "dtmf"));
	err = ttimer_start(&timer_sched, &d->timer, before_ms * NSEC_PER_MSEC);
	ref_put(&d->ref);
	api_result(req, err, "dtmf");
}

static int digits_fn(struct channel_work *work, struct channel *ch)
{
	const struct api_req *req = req_of(work);

	return channel_send_dtmf(ch, api_param(req, "dtmf"), req->number[0], req->number[1]);
}

static void channel_sends_digits(struct api_req *req)
{
	const char *digits = api_param(req, "dtmf");
	unsigned int before, after;

	if (!digits || !*digits || strlen(digits) > 31 ||
	    digits[strspn(digits, "0123456789*#ABCDabcd")]) {
		api_fail(req, 400, "dtmf is 1 to 31 of 0-9, *, #, A-D");
		return;
	}
	/* Nothing waits for digits, so a pause after them is for nobody. */
	if (!api_number(req, "duration", 100, 10000, &req->number[0]) ||
	    !api_number(req, "between", 100, 10000, &req->number[1]) ||
	    !api_number(req, "before", 0, 60000, &before) ||
	    !api_number(req, "after", 0, 60000, &after))
		return;
	if (before)
		send_later(req, before);
	else
		post(req, "dtmf", digits_fn);
}

/* --- an application's controller ------------------------------------------------------------- */

struct app {
	struct controller ctl;
	char name[API_APP_LEN];
};

static void app_notice(struct controller *ctl, struct channel *ch, enum notice notice,
		       const struct leg_signal *sig)
{
	/* The application sees it as an event, and decides by requests. */
	(void)ctl;
	(void)sig;
	if (notice == NOTICE_INCOMING)
		channel_proceeding(ch);
}

static void app_detach(struct controller *ctl, struct channel *ch)
{
	(void)ch;
	free(container_of(ctl, struct app, ctl));
}

int api_app_take(struct channel *ch, const char *name, const char *args)
{
	struct app *app;

	if (!api_app_named(name))
		return -ENOENT;
	app = calloc(1, sizeof(*app));
	if (!app)
		return -ENOMEM;
	snprintf(app->name, sizeof(app->name), "%s", name);
	app->ctl = (struct controller){ .name = app->name, .app = true, .notice = app_notice,
					.detach = app_detach };
	channel_set_controller(ch, &app->ctl);
	channel_app_enter(ch, args);
	return 0;
}

/* --- who has it from then on ----------------------------------------------------------------- */

static int to_app_fn(struct channel_work *work, struct channel *ch)
{
	const struct api_req *req = req_of(work);

	if (!channel_in_app(ch))
		return -ESRCH;
	return api_app_take(ch, api_param(req, "app"), api_param(req, "appArgs") ?: "");
}

static void to_app(struct api_req *req)
{
	const char *app = api_param(req, "app");

	if (!api_app_named(app)) {
		api_fail(req, 404, "no stream of events names application %.80s", app);
		return;
	}
	req->finish = finish_channel;
	post(req, "move", to_app_fn);
}

static void channel_moves(struct api_req *req)
{
	const char *source = api_param(req, "source");
	int err;

	if (!source == !api_param(req, "app")) {
		api_fail(req, 400, "one of app and source is needed: the application that is to have this call, or "
			 "the channel whose call is to go on here");
		return;
	}
	if (!source) {
		to_app(req);
		return;
	}
	if (!api_find_channel(req, req->id[0], &req->ch) ||
	    !api_find_channel(req, source, &req->other))
		return;
	snprintf(req->text, sizeof(req->text), "move");
	req->finish = finish_channel;
	atomic_add(&req->refs, 1);
	err = channel_move(req->ch, req->other, api_done, req);
	if (err) {
		api_result(req, err, "move");
		api_req_put(req);
	}
}

static int redirect_fn(struct channel_work *work, struct channel *ch)
{
	struct connect_params params = { .endpoint = api_param(req_of(work), "endpoint"),
					 .request = { .complete = true }, .early_media = true };

	if (!channel_in_app(ch))
		return -ESRCH;
	/* Who talks is transferred. */
	return channel_bridge(ch) ? -EBUSY : channel_connect(ch, &params, NULL);
}

static void channel_is_redirected(struct api_req *req)
{
	const char *endpoint = api_param(req, "endpoint");

	if (!endpoint)
		api_fail(req, 400, "endpoint is needed: whom to call for this call");
	else if (api_endpoint_ok(req, endpoint))
		post(req, "redirect", redirect_fn);
}

const struct api_row api_control_rows[] = {
	{ API_POST, "/ari/channels/{}/mute", "direction", channel_mutes, "mute", "void" },
	{ API_DELETE, "/ari/channels/{}/mute", "direction", channel_mutes, "unmute", "void" },
	{ API_POST, "/ari/channels/{}/silence", "", channel_is_silent, "startSilence", "void" },
	{ API_DELETE, "/ari/channels/{}/silence", "", channel_is_silent, "stopSilence", "void" },
	{ API_POST, "/ari/channels/{}/dtmf", "dtmf before between duration after",
	  channel_sends_digits, "sendDTMF", "void" },
	{ API_POST, "/ari/channels/{}/move", "app appArgs source", channel_moves, "move", "Channel" },
	{ API_POST, "/ari/channels/{}/redirect", "endpoint", channel_is_redirected, "redirect", "void" },
	{ 0 },
};

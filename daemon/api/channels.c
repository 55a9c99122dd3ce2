// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/channels
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/core/timer.h"

/* --- finding and listing --------------------------------------------------------------------- */

bool api_find_channel(struct api_req *req, const char *id, struct channel **ch)
{
	*ch = channel_by_name(id);
	if (!*ch)
		api_fail(req, 404, "there is no channel %.80s", id);
	return *ch != NULL;
}

static int list_one(struct channel *ch, void *arg)
{
	struct channel_info info;

	channel_info_read(ch, &info);
	return json_array_append_new(arg, api_json_channel(&info)) ? -ENOMEM : 0;
}

static void channels_list(struct api_req *req)
{
	json_t *list = json_array();

	if (!list || channel_foreach(list_one, list)) {
		json_decref(list);
		api_result(req, -ENOMEM, "listing channels");
		return;
	}
	api_answer(req, 200, list);
}

void api_answer_channel(struct api_req *req, struct channel *ch)
{
	struct channel_info info;

	channel_info_read(ch, &info);
	api_answer(req, 200, api_json_channel(&info));
}

static void channel_show(struct api_req *req)
{
	if (api_find_channel(req, req->id[0], &req->ch))
		api_answer_channel(req, req->ch);
}

/* --- operations on one channel --------------------------------------------------------------- */

enum op {
	OP_ANSWER,
	OP_RING,
	OP_HOLD,
	OP_UNHOLD,
	OP_DIAL,
	OP_SET_VAR,
	OP_GET_VAR,
	OP_ROUTE,
};

static const char *const op_names[] = {
	[OP_ANSWER] = "answer", [OP_RING] = "ring",	  [OP_HOLD] = "hold",
	[OP_UNHOLD] = "unhold", [OP_DIAL] = "dial",
	[OP_SET_VAR] = "variable", [OP_GET_VAR] = "variable", [OP_ROUTE] = "continue",
};

/* Task of the channel. */
static int op_run(struct channel_work *work, struct channel *ch)
{
	struct api_req *req = container_of(work, struct api_req, work);
	const char *value;

	switch (req->op) {
	case OP_ANSWER:
		return channel_state(ch) == CHAN_UP ? 0 : channel_answer(ch);
	case OP_RING:
		return channel_ringing(ch);
	case OP_HOLD:
		return channel_hold(ch);
	case OP_UNHOLD:
		return channel_unhold(ch);
	case OP_DIAL:
		return channel_dial(ch);
	case OP_SET_VAR:
		value = api_param(req, "value");
		return channel_set_var(ch, api_param(req, "variable"), value ? value : "");
	case OP_GET_VAR:
		value = channel_var(ch, api_param(req, "variable"));
		if (!value)
			return -ENOENT;
		snprintf(req->text, sizeof(req->text), "%s", value);
		return 0;
	case OP_ROUTE:
		return channel_route(ch, api_param(req, "extension"), NULL);
	}
	return -EINVAL;
}

static void op_done(struct channel_work *work, int err)
{
	api_done(container_of(work, struct api_req, work), err);
}

static void op_finish(struct api_req *req)
{
	if (!req->err && req->op == OP_GET_VAR)
		api_answer(req, 200, json_pack("{s:s}", "value", req->text));
	else
		api_result(req, req->err, op_names[req->op]);
}

static void post_op(struct api_req *req, enum op op)
{
	if (!req->ch && !api_find_channel(req, req->id[0], &req->ch))
		return;
	req->op = op;
	req->work.fn = op_run;
	req->work.done = op_done;
	req->finish = op_finish;
	atomic_add(&req->refs, 1);
	channel_post_work(req->ch, &req->work);
}

static void channel_post_answer(struct api_req *req)
{
	post_op(req, OP_ANSWER);
}

static void channel_post_ring(struct api_req *req)
{
	post_op(req, OP_RING);
}

static void channel_post_hold(struct api_req *req)
{
	post_op(req, OP_HOLD);
}

static void channel_post_unhold(struct api_req *req)
{
	post_op(req, OP_UNHOLD);
}

static void post_dialling(struct api_req *req)
{
	post_op(req, OP_DIAL);
}

bool api_has_variable(struct api_req *req)
{
	const char *name = api_param(req, "variable");
	const char *value = api_param(req, "value");

	if (name && *name && strlen(name) < 32 && (!value || strlen(value) < 96))
		return true;
	api_fail(req, 400, "variable has 1 to 31 octets, its value at most 95");
	return false;
}

static void var_get(struct api_req *req)
{
	if (api_has_variable(req))
		post_op(req, OP_GET_VAR);
}

static void var_set(struct api_req *req)
{
	if (api_has_variable(req))
		post_op(req, OP_SET_VAR);
}

static void channel_continue(struct api_req *req)
{
	const char *exten = api_param(req, "extension");

	if (!exten || !*exten || strlen(exten) > 31)
		api_fail(req, 400, "extension is the number to route to");
	else
		post_op(req, OP_ROUTE);
}

/* --- ending ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int cause;
} reasons[] = {
	{ "normal", CAUSE_NORMAL },
	{ "busy", CAUSE_BUSY },
	{ "congestion", CAUSE_CONGESTION },
	{ "no_answer", CAUSE_NO_ANSWER },
	{ "timeout", CAUSE_TIMER_EXPIRY },
	{ "rejected", CAUSE_REJECTED },
	{ "unallocated", CAUSE_UNALLOCATED },
	{ "normal_unspecified", CAUSE_NORMAL_UNSPECIFIED },
	{ "number_incomplete", CAUSE_INVALID_NUMBER },
	{ "codec_mismatch", 58 },
	{ "interworking", CAUSE_INTERWORKING },
	{ "failure", CAUSE_NET_OUT_OF_ORDER },
	{ "answered_elsewhere", CAUSE_PICKED_UP },
};

static void channel_end(struct api_req *req)
{
	const char *reason = api_param(req, "reason");
	unsigned int cause;

	if (!api_number(req, "reason_code", CAUSE_NORMAL, 127, &cause))
		return;
	if (reason) {
		cause = 0;
		for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
			if (!strcmp(reason, reasons[i].name))
				cause = (unsigned int)reasons[i].cause;
	}
	if (!cause) {
		api_fail(req, 400, "this is no reason to hang up; reason_code takes 1 to 127");
		return;
	}
	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	channel_post_hangup(req->ch, (int)cause);
	api_answer(req, 200, NULL);
}

/* --- making ---------------------------------------------------------------------------------- */

bool api_caller_id(struct api_req *req, struct party *party)
{
	const char *text = api_param(req, "callerId");
	const char *open = text ? strchr(text, '<') : NULL;
	const char *number = text, *end;
	size_t len;

	if (!text)
		return true;
	if (open) {
		const char *from = text, *to = open;

		while (from < to && (*from == ' ' || *from == '"'))
			from++;
		while (to > from && (to[-1] == ' ' || to[-1] == '"'))
			to--;
		if (to - from >= (long)sizeof(party->name))
			goto bad;
		memcpy(party->name, from, (size_t)(to - from));
		number = open + 1;
	}
	end = open ? strchr(number, '>') : number + strlen(number);
	if (!end || (open && end[1]))
		goto bad;
	len = (size_t)(end - number);
	if (len >= sizeof(party->number) || strspn(number, "0123456789+*#") != len)
		goto bad;
	memcpy(party->number, number, len);
	if (party->number[0] == '+') {
		memmove(party->number, party->number + 1, len);
		party->ton = 1;
	}
	party->npi = 1;
	return true;
bad:
	api_fail(req, 400, "callerId is a number, or \"Name\" <number>");
	return false;
}

/* A controller for calls that an API client makes: what happens is told by events. */
struct originated {
	struct ref ref; /* one while it is attached, or to be; the timer's while armed */
	struct controller ctl;
	struct channel *ch; /* a handle, once it is attached */
	struct ttimer timer; /* no answer */
	bool entered; /* the application has it from the start: it was created */
	char app[32];
	char args[96];
	char exten[32];
	json_t *vars;
};

static void originated_notice(struct controller *ctl, struct channel *ch, enum notice notice,
			      const struct leg_signal *sig)
{
	struct originated *o = container_of(ctl, struct originated, ctl);
	char exten[32];
	int cause;

	(void)sig;
	if (notice != NOTICE_ANSWERED)
		return;
	ttimer_cancel(&timer_sched, &o->timer);
	if (o->app[0] && !o->entered) {
		if (!api_app_named(o->app)) { /* its stream ended while we called */
			channel_hangup(ch, CAUSE_OUT_OF_ORDER);
			return;
		}
		channel_app_enter(ch, o->args);
	}
	if (!o->exten[0])
		return;
	snprintf(exten, sizeof(exten), "%s", o->exten);
	/* Replaces this controller, which is free then. */
	if (channel_route(ch, exten, &cause))
		channel_hangup(ch, cause);
}

static void originated_free(struct ref *ref)
{
	struct originated *o = container_of(ref, struct originated, ref);

	if (o->ch)
		channel_put(o->ch);
	json_decref(o->vars);
	free(o);
}

static void originated_detach(struct controller *ctl, struct channel *ch)
{
	struct originated *o = container_of(ctl, struct originated, ctl);

	(void)ch;
	ttimer_cancel(&timer_sched, &o->timer);
	ref_put(&o->ref);
}

static void no_answer(struct ttimer *timer)
{
	channel_post_hangup(container_of(timer, struct originated, timer)->ch, CAUSE_NO_ANSWER);
}

struct start {
	struct channel_work work;
	struct originated *o;
	unsigned int timeout_ms;
	bool dial;
};

/* Task of the new channel. */
static int start_fn(struct channel_work *work, struct channel *ch)
{
	struct start *start = container_of(work, struct start, work);
	struct originated *o = start->o;
	const char *name;
	json_t *value;
	int err;

	start->o = NULL;
	channel_get(ch);
	o->ch = ch;
	channel_set_controller(ch, &o->ctl);
	json_object_foreach(o->vars, name, value)
		if (json_is_string(value))
			channel_set_var(ch, name, json_string_value(value));
	if (!start->dial) {
		o->entered = o->app[0];
		if (o->entered)
			channel_app_enter(ch, o->args);
		return 0;
	}
	err = channel_dial(ch);
	if (!err && start->timeout_ms)
		err = ttimer_start(&timer_sched, &o->timer, start->timeout_ms * NSEC_PER_MSEC);
	if (err)
		channel_hangup(ch, leg_errno_cause(err));
	return 0;
}

static void start_done(struct channel_work *work, int err)
{
	struct start *start = container_of(work, struct start, work);

	(void)err;
	if (start->o)
		ref_put(&start->o->ref);
	free(start);
}

static struct start *start_new(struct api_req *req, bool dial)
{
	struct start *start = calloc(1, sizeof(*start));
	struct originated *o = calloc(1, sizeof(*o));
	const char *app = api_param(req, "app"), *exten = api_param(req, "extension");
	const char *args = api_param(req, "appArgs");

	if (!start || !o) {
		free(start);
		free(o);
		return NULL;
	}
	snprintf(o->app, sizeof(o->app), "%s", app ? app : "");
	snprintf(o->args, sizeof(o->args), "%s", args ? args : "");
	snprintf(o->exten, sizeof(o->exten), "%s", !app && exten ? exten : "");
	ref_init(&o->ref, originated_free);
	ttimer_init(&o->timer, no_answer, &o->ref);
	o->vars = json_incref(req->vars);
	o->ctl = (struct controller){ .name = o->app, .app = o->app[0] != '\0',
				      .notice = originated_notice,
				      .detach = originated_detach };
	start->o = o;
	start->dial = dial;
	start->work.fn = start_fn;
	start->work.done = start_done;
	return start;
}

static void originate(struct api_req *req, const char *sid, bool dial)
{
	const char *endpoint = api_param(req, "endpoint"), *reason = NULL;
	struct leg_request leg = { .complete = true };
	struct channel_params params = { .sid = sid, .app = api_param(req, "app") };
	const char *exten = api_param(req, "extension");
	unsigned int timeout;
	struct start *start;
	int err;

	if (!endpoint || (dial && !params.app && !exten)) {
		api_fail(req, 400, dial ? "endpoint and one of app and extension are needed" :
					  "endpoint is needed");
		return;
	}
	if (exten && strlen(exten) > 31) {
		api_fail(req, 400, "extension has at most 31 characters");
		return;
	}
	if (!api_number(req, "timeout", 30, 3600, &timeout) || !api_caller_id(req, &leg.caller))
		return;
	if (params.app && !api_app_named(params.app)) {
		api_fail(req, 404, "no stream of events names application %.80s", params.app);
		return;
	}
	leg.timeout_ms = timeout * 1000;
	start = start_new(req, dial);
	if (start)
		start->timeout_ms = leg.timeout_ms;
	err = start ? channel_originate(endpoint, &leg, &params, &req->ch, &reason) : -ENOMEM;
	if (err) {
		if (start)
			start_done(&start->work, err);
		if (reason)
			api_fail(req, err == -EINVAL ? 400 : err == -EEXIST ? 409 :
				 err == -ENOENT ? 404 : 503, "%.60s: %s", endpoint, reason);
		else
			api_result(req, err == -EINVAL ? -EPERM : err, endpoint);
		return;
	}
	channel_post_work(req->ch, &start->work);
	api_answer_channel(req, req->ch);
}

static void channels_originate(struct api_req *req)
{
	originate(req, api_param(req, "channelId"), true);
}

static void originate_id(struct api_req *req)
{
	originate(req, req->id[0], true);
}

static void channels_create(struct api_req *req)
{
	originate(req, api_param(req, "channelId"), false);
}

#define ORIGINATE                                                                              \
	"endpoint extension context priority label app appArgs callerId timeout channelId "    \
	"otherChannelId originator formats variables"

const struct api_row api_channel_rows[] = {
	{ API_GET, "/ari/channels", "", channels_list, "list", "List[Channel]" },
	{ API_POST, "/ari/channels", ORIGINATE, channels_originate, "originate", "Channel" },
	{ API_POST, "/ari/channels/create", ORIGINATE, channels_create, "create", "Channel" },
	{ API_GET, "/ari/channels/{}", "", channel_show, "get", "Channel" },
	{ API_POST, "/ari/channels/{}", ORIGINATE, originate_id, "originateWithId", "Channel" },
	{ API_DELETE, "/ari/channels/{}", "reason reason_code", channel_end, "hangup", "void" },
	{ API_POST, "/ari/channels/{}/dial", "caller timeout", post_dialling, "dial", "void" },
	{ API_POST, "/ari/channels/{}/answer", "", channel_post_answer, "answer", "void" },
	{ API_POST, "/ari/channels/{}/ring", "", channel_post_ring, "ring", "void" },
	{ API_POST, "/ari/channels/{}/hold", "", channel_post_hold, "hold", "void" },
	{ API_DELETE, "/ari/channels/{}/hold", "", channel_post_unhold, "unhold", "void" },
	{ API_POST, "/ari/channels/{}/continue", "context extension priority label",
	  channel_continue, "continueInDialplan", "void" },
	{ API_GET, "/ari/channels/{}/variable", "variable", var_get, "getChannelVar", "Variable" },
	{ API_POST, "/ari/channels/{}/variable", "variable value", var_set,
	  "setChannelVar", "void" },
	{ 0 },
};

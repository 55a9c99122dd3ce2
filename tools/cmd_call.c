// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl call: speaks to tdmd by the paths of Asterisk's REST interface. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "http.h"
#include "tdmd.h"

#define PATH_MAX_	1024

/* "/ari/channels/" + id + "/move", each part escaped. */
static int channel_path(struct ctl *c, const char *id, const char *tail, char *path, size_t size)
{
	return ctl_path(c, "/ari/channels/", id, tail, "see 'tdmctl call list'", path, size);
}

int cmd_call_list(struct ctl *c)
{
	static const struct out_col cols[] = {
		{ "channel", false }, { "name", false }, { "state", false }, { "caller", false },
		{ "called", false }, { "connected", false }, { "since", false }, { NULL, false },
	};
	json_t *list = NULL, *ch;
	struct out *o;
	size_t i;
	int ret;

	ret = ctl_ask_list(c, "/ari/channels", "channels", &list);
	if (ret)
		return ret;
	o = out_new(cols);
	json_array_foreach(list, i, ch) {
		out_str(o, ctl_text(ch, NULL, "id"));
		out_str(o, ctl_text(ch, NULL, "name"));
		out_str(o, ctl_text(ch, NULL, "state"));
		out_str(o, ctl_text(ch, "caller", "number"));
		out_str(o, ctl_text(ch, "dialplan", "exten"));
		out_str(o, ctl_text(ch, "connected", "number"));
		out_str(o, ctl_text(ch, NULL, "creationtime"));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(list);
	return 0;
}

/* The id of the bridge that a channel is in; NULL: none. */
static const char *bridge_of(const json_t *bridges, const char *channel)
{
	json_t *bridge, *id;
	size_t i, j;

	json_array_foreach(bridges, i, bridge)
		json_array_foreach(json_object_get(bridge, "channels"), j, id)
			if (channel && !strcmp(channel, json_string_value(id)))
				return ctl_text(bridge, NULL, "id");
	return NULL;
}

int cmd_call_show(struct ctl *c)
{
	static const struct out_col cols[] = {
		{ "channel", false }, { "name", false }, { "state", false }, { "caller", false },
		{ "caller_name", false }, { "called", false }, { "connected", false },
		{ "connected_name", false }, { "app", false }, { "leg", false },
		{ "outgoing", false }, { "held", false }, { "bridge", false }, { "since", false },
		{ NULL, false },
	};
	json_t *ch = NULL, *bridges = NULL;
	char path[PATH_MAX_];
	struct out *o;
	int ret = channel_path(c, c->arg[0], "", path, sizeof(path)) ?:
		  ctl_ask(c, "GET", path, NULL, &ch) ?:
		  ctl_ask_list(c, "/ari/bridges", "bridges", &bridges);

	if (!ret) {
		o = out_new(cols);
		out_str(o, ctl_text(ch, NULL, "id"));
		out_str(o, ctl_text(ch, NULL, "name"));
		out_str(o, ctl_text(ch, NULL, "state"));
		out_str(o, ctl_text(ch, "caller", "number"));
		out_str(o, ctl_text(ch, "caller", "name"));
		out_str(o, ctl_text(ch, "dialplan", "exten"));
		out_str(o, ctl_text(ch, "connected", "number"));
		out_str(o, ctl_text(ch, "connected", "name"));
		out_str(o, ctl_text(ch, "dialplan", "app_name"));
		out_str(o, ctl_text(ch, NULL, "leg"));
		out_bool(o, json_is_true(json_object_get(ch, "outgoing")));
		out_bool(o, json_is_true(json_object_get(ch, "held")));
		out_str(o, bridge_of(bridges, ctl_text(ch, NULL, "id")));
		out_str(o, ctl_text(ch, NULL, "creationtime"));
		out_print_long(o, c->json, c->out);
		out_free(o);
	}
	json_decref(bridges);
	json_decref(ch);
	return ret;
}

int cmd_call_stats(struct ctl *c)
{
	static const struct out_col cols[] = {
		{ "what", false }, { "value", false }, { NULL, false },
	};
	json_t *info = NULL, *value;
	const char *key;
	struct out *o;
	int ret;

	ret = ctl_ask(c, "GET", "/ari/asterisk/info", NULL, &info);
	if (ret)
		return ret;
	o = out_new(cols);
	json_object_foreach(json_object_get(info, "core"), key, value) {
		out_str(o, key);
		out_num(o, json_integer_value(value));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(info);
	return 0;
}

int cmd_call_originate(struct ctl *c)
{
	const char *caller = ctl_opt(c, "caller"), *app = ctl_opt(c, "app");
	long long timeout = 30;
	json_t *body, *channel = NULL;
	char *text;
	int ret;

	if (c->n < 2 && !app)
		return ctl_usage(c, "it wants an EXTENSION to route the call to, or --app");
	if (c->n > 1 && app)
		return ctl_usage(c, "an EXTENSION and --app exclude each other");
	ret = ctl_opt_number(c, "timeout", 1, 3600, &timeout);
	if (ret)
		return ret;
	body = json_pack("{s:s, s:I}", "endpoint", c->arg[0], "timeout", (json_int_t)timeout);
	if (c->n > 1)
		json_object_set_new(body, "extension", json_string(c->arg[1]));
	if (app)
		json_object_set_new(body, "app", json_string(app));
	if (caller)
		json_object_set_new(body, "callerId", json_string(caller));
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (!text)
		return ctl_usage(c, "the arguments are not UTF-8");
	ret = ctl_ask(c, "POST", "/ari/channels", text, &channel);
	free(text);
	if (!ret && ctl_text(channel, NULL, "id"))
		fprintf(c->out, "%s\n", ctl_text(channel, NULL, "id"));
	json_decref(channel);
	return ret;
}

int cmd_call_hangup(struct ctl *c)
{
	char path[PATH_MAX_], tail[40] = "";
	json_t *reply = NULL;
	long long cause = 0;
	int ret;

	ret = ctl_opt_number(c, "cause", 1, 127, &cause);
	if (!ret && cause)
		snprintf(tail, sizeof(tail), "?reason_code=%lld", cause);
	if (!ret)
		ret = channel_path(c, c->arg[0], tail, path, sizeof(path)) ?:
		      ctl_ask(c, "DELETE", path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
}

static int mute(struct ctl *c, const char *method)
{
	const char *direction = ctl_opt(c, "direction");
	char path[PATH_MAX_], tail[64], word[32] = "both";
	json_t *reply = NULL;
	int ret;

	if (direction && http_escape(direction, word, sizeof(word)))
		return ctl_usage(c, "--direction is in, out or both");
	snprintf(tail, sizeof(tail), "/mute?direction=%s", word);
	ret = channel_path(c, c->arg[0], tail, path, sizeof(path)) ?:
	      ctl_ask(c, method, path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
}

int cmd_call_mute(struct ctl *c)
{
	return mute(c, "POST");
}

int cmd_call_unmute(struct ctl *c)
{
	return mute(c, "DELETE");
}

/* A new bridge with these channels; if they cannot be added it is taken away again. */
int cmd_call_bridge(struct ctl *c)
{
	char path[PATH_MAX_] = "/ari/bridges/", a[256], b[256], id[256];
	json_t *bridge = NULL, *reply = NULL;
	size_t n;
	int ret;

	if (http_escape(c->arg[0], a, sizeof(a)) || http_escape(c->arg[1], b, sizeof(b)))
		return ctl_usage(c, "a channel's id is not that long: see 'tdmctl call list'");
	ret = ctl_ask(c, "POST", "/ari/bridges", "{\"type\":\"mixing\"}", &bridge);
	if (ret)
		return ret;
	if (!ctl_text(bridge, NULL, "id") ||
	    http_escape(ctl_text(bridge, NULL, "id"), id, sizeof(id))) {
		json_decref(bridge);
		return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer names no bridge");
	}
	n = strlen(path);
	snprintf(path + n, sizeof(path) - n, "%s/addChannel?channel=%s%%2C%s", id, a, b);
	ret = ctl_ask(c, "POST", path, NULL, &reply);
	json_decref(reply);
	if (ret) {
		struct tdm_error why = c->e;

		snprintf(path + n, sizeof(path) - n, "%s", id);
		reply = NULL;
		if (!ctl_ask(c, "DELETE", path, NULL, &reply))
			json_decref(reply);
		c->e = why;
	} else {
		fprintf(c->out, "%s\n", ctl_text(bridge, NULL, "id"));
	}
	json_decref(bridge);
	return ret;
}

/*
 * POST to CHANNEL + tail (or, where tail begins with "/ari", to that) with a body, which is taken.
 * The reply in *out, to be put.
 */
static int post(struct ctl *c, const char *channel, const char *tail, json_t *body, json_t **out)
{
	char path[PATH_MAX_];
	char *text = json_dumps(body, JSON_COMPACT);
	int ret = 0;

	json_decref(body);
	if (!text)
		return ctl_usage(c, "the arguments are not UTF-8");
	if (channel)
		ret = channel_path(c, channel, tail, path, sizeof(path));
	else
		snprintf(path, sizeof(path), "%s", tail);
	ret = ret ?: ctl_ask(c, "POST", path, text, out);
	free(text);
	return ret;
}

/* The same where nothing of the reply is shown. */
static int post_quiet(struct ctl *c, const char *channel, const char *tail, json_t *body)
{
	json_t *reply = NULL;
	int ret = post(c, channel, tail, body, &reply);

	if (!ret)
		json_decref(reply);
	return ret;
}

int cmd_call_move(struct ctl *c)
{
	return post_quiet(c, c->arg[0], "/move", json_pack("{s:s}", "source", c->arg[1]));
}

int cmd_call_transfer(struct ctl *c)
{
	const char *to = c->n > 1 ? c->arg[1] : NULL, *with = ctl_opt(c, "with"), *kind;
	long long timeout = 0;
	json_t *body;
	int ret;

	if (!to == !with)
		return ctl_usage(c, "it wants a DESTINATION, or --with another call");
	ret = ctl_opt_number(c, "timeout", 1, 3600, &timeout);
	if (ret)
		return ret;
	if (with)
		kind = "channel";
	else
		kind = strchr(to, '/') ? "endpoint" : "extension";
	body = json_pack("{s:s, s:I}", kind, with ? with : to, "timeout", (json_int_t)timeout);
	return post_quiet(c, c->arg[0], "/transfer", body);
}

int cmd_call_pickup(struct ctl *c)
{
	return post_quiet(c, c->arg[0], "/pickup", json_pack("{s:s}", "channel", c->arg[1]));
}

int cmd_call_swap(struct ctl *c)
{
	return post_quiet(c, c->arg[0], "/swap", json_pack("{s:s}", "channel", c->arg[1]));
}

int cmd_call_ring(struct ctl *c)
{
	char endpoints[PATH_MAX_] = "";
	long long timeout = 30;
	size_t n = 0;
	int ret = ctl_opt_number(c, "timeout", 1, 3600, &timeout);

	if (ret)
		return ret;
	for (int i = 1; i < c->n; i++) {
		n += (size_t)snprintf(endpoints + n, sizeof(endpoints) - n, "%s%s",
				      i > 1 ? "," : "", c->arg[i]);
		if (n >= sizeof(endpoints))
			return ctl_usage(c, "these are too many endpoints");
	}
	return post_quiet(c, c->arg[0], "/ringGroup",
			  json_pack("{s:s, s:I}", "endpoints", endpoints, "timeout",
				    (json_int_t)timeout));
}

int cmd_call_park(struct ctl *c)
{
	long long place = 0, timeout = 45;
	const char *back = ctl_opt(c, "back");
	json_t *body, *reply = NULL;
	int ret = ctl_opt_number(c, "place", 1, 1000000, &place);

	if (!ret)
		ret = ctl_opt_number(c, "timeout", 0, 86400, &timeout);
	if (ret)
		return ret;
	body = json_pack("{s:I, s:I}", "place", (json_int_t)place, "timeout", (json_int_t)timeout);
	if (back)
		json_object_set_new(body, "back", json_string(back));
	ret = post(c, c->arg[0], "/park", body, &reply);
	if (!ret)
		fprintf(c->out, "%lld\n",
			(long long)json_integer_value(json_object_get(reply, "place")));
	json_decref(reply);
	return ret;
}

int cmd_call_retrieve(struct ctl *c)
{
	char path[PATH_MAX_], place[64];

	if (!*c->arg[0] || http_escape(c->arg[0], place, sizeof(place)))
		return ctl_usage(c, "'%.40s' is no place: see 'tdmctl call parked'", c->arg[0]);
	snprintf(path, sizeof(path), "/ari/parking/%s/retrieve", place);
	return post_quiet(c, NULL, path, json_pack("{s:s}", "channel", c->arg[1]));
}

int cmd_call_parked(struct ctl *c)
{
	static const struct out_col cols[] = {
		{ "place", false }, { "channel", false }, { "name", false }, { "caller", false },
		{ NULL, false },
	};
	json_t *list = NULL, *at;
	struct out *o;
	size_t i;
	int ret = ctl_ask_list(c, "/ari/parking", "places", &list);

	if (ret)
		return ret;
	o = out_new(cols);
	json_array_foreach(list, i, at) {
		const json_t *ch = json_object_get(at, "channel");

		out_num(o, json_integer_value(json_object_get(at, "place")));
		out_str(o, ctl_text(ch, NULL, "id"));
		out_str(o, ctl_text(ch, NULL, "name"));
		out_str(o, ctl_text(ch, "caller", "number"));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(list);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl call: speaks to tdmd by the paths of Asterisk's REST interface. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "http.h"

#define TDMD_SOCKET	"/run/opentdm/tdmd.sock"
#define TDMD_TIMEOUT_MS	10000
#define PATH_MAX_	1024

/* The reply's JSON (NULL where there is none) in *out, to be put; a refusal becomes its message. */
static int ask(struct ctl *c, const char *method, const char *path, const char *body, json_t **out)
{
	const char *socket_path = ctl_opt(c, "socket");
	struct http_reply reply;
	const char *message;
	json_t *json;
	int ret;

	ret = http_request(socket_path ? socket_path : TDMD_SOCKET, method, path, body,
			   TDMD_TIMEOUT_MS, &reply, &c->e);
	if (ret)
		return ret;
	json = json_loadb(reply.body, reply.len, 0, NULL);
	free(reply.body);
	if (reply.status >= 200 && reply.status < 300) {
		*out = json;
		return 0;
	}
	message = json_string_value(json_object_get(json, "message"));
	if (!message)
		message = json_string_value(json_object_get(json, "error"));
	if (message)
		ret = tdm_error_set(&c->e, -EPROTO, "tdmd refuses: %s", message);
	else
		ret = tdm_error_set(&c->e, -EPROTO, "tdmd refuses with status %d", reply.status);
	json_decref(json);
	return ret;
}

/* "/ari/channels/" + id + "/move", each part escaped. */
static int channel_path(struct ctl *c, const char *id, const char *tail, char *path, size_t size)
{
	char escaped[PATH_MAX_ / 2];

	if (!*id || http_escape(id, escaped, sizeof(escaped)) ||
	    strlen(escaped) + strlen(tail) + sizeof("/ari/channels/") > size)
		return ctl_usage(c, "'%.40s' is no channel: see 'tdmctl call list'", id);
	strcpy(stpcpy(stpcpy(path, "/ari/channels/"), escaped), tail);
	return 0;
}

static const char *text_of(const json_t *object, const char *group, const char *key)
{
	if (group)
		object = json_object_get(object, group);
	return json_string_value(json_object_get(object, key));
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

	ret = ask(c, "GET", "/ari/channels", NULL, &list);
	if (ret)
		return ret;
	if (!json_is_array(list)) {
		json_decref(list);
		return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer is no list of channels");
	}
	o = out_new(cols);
	json_array_foreach(list, i, ch) {
		out_str(o, text_of(ch, NULL, "id"));
		out_str(o, text_of(ch, NULL, "name"));
		out_str(o, text_of(ch, NULL, "state"));
		out_str(o, text_of(ch, "caller", "number"));
		out_str(o, text_of(ch, "dialplan", "exten"));
		out_str(o, text_of(ch, "connected", "number"));
		out_str(o, text_of(ch, NULL, "creationtime"));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(list);
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
	ret = ask(c, "POST", "/ari/channels", text, &channel);
	free(text);
	if (!ret && text_of(channel, NULL, "id"))
		fprintf(c->out, "%s\n", text_of(channel, NULL, "id"));
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
		      ask(c, "DELETE", path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
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
	ret = ask(c, "POST", "/ari/bridges", "{\"type\":\"mixing\"}", &bridge);
	if (ret)
		return ret;
	if (!text_of(bridge, NULL, "id") ||
	    http_escape(text_of(bridge, NULL, "id"), id, sizeof(id))) {
		json_decref(bridge);
		return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer names no bridge");
	}
	n = strlen(path);
	snprintf(path + n, sizeof(path) - n, "%s/addChannel?channel=%s%%2C%s", id, a, b);
	ret = ask(c, "POST", path, NULL, &reply);
	json_decref(reply);
	if (ret) {
		struct tdm_error why = c->e;

		snprintf(path + n, sizeof(path) - n, "%s", id);
		reply = NULL;
		if (!ask(c, "DELETE", path, NULL, &reply))
			json_decref(reply);
		c->e = why;
	} else {
		fprintf(c->out, "%s\n", text_of(bridge, NULL, "id"));
	}
	json_decref(bridge);
	return ret;
}

int cmd_call_move(struct ctl *c)
{
	char path[PATH_MAX_], tail[PATH_MAX_ / 2], source[256];
	json_t *reply = NULL;
	int ret;

	if (!*c->arg[1] || http_escape(c->arg[1], source, sizeof(source)))
		return ctl_usage(c, "'%.40s' is no channel: see 'tdmctl call list'", c->arg[1]);
	snprintf(tail, sizeof(tail), "/move?source=%s", source);
	ret = channel_path(c, c->arg[0], tail, path, sizeof(path)) ?:
	      ask(c, "POST", path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
}

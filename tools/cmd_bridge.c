// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl bridge: the bridges of tdmd, and who is in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "http.h"
#include "tdmd.h"

#define PATH_MAX_	4096
#define HINT		"see 'tdmctl bridge list'"

static const struct out_col cols[] = {
	{ "bridge", false }, { "name", false }, { "type", false }, { "path", false },
	{ "mode", true }, { "members", false }, { "channels", true }, { "since", false },
	{ NULL, false },
};

static void bridge_row(struct out *o, const json_t *bridge)
{
	const json_t *channels = json_object_get(bridge, "channels");
	char text[PATH_MAX_] = "";
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(channels) && n < sizeof(text); i++) {
		const char *id = json_string_value(json_array_get(channels, i));

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "," : "",
				      id ? id : "");
	}
	out_str(o, ctl_text(bridge, NULL, "id"));
	out_str(o, ctl_text(bridge, NULL, "name"));
	out_str(o, ctl_text(bridge, NULL, "bridge_type"));
	out_str(o, ctl_text(bridge, NULL, "path"));
	out_str(o, ctl_text(bridge, NULL, "mode"));
	out_num(o, (long long)json_array_size(channels));
	out_str(o, text);
	out_str(o, ctl_text(bridge, NULL, "creationtime"));
}

int cmd_bridge_list(struct ctl *c)
{
	json_t *list = NULL, *bridge;
	struct out *o;
	size_t i;
	int ret = ctl_ask_list(c, "/ari/bridges", "bridges", &list);

	if (ret)
		return ret;
	o = out_new(cols);
	json_array_foreach(list, i, bridge)
		bridge_row(o, bridge);
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(list);
	return 0;
}

int cmd_bridge_show(struct ctl *c)
{
	json_t *bridge = NULL;
	char path[PATH_MAX_];
	struct out *o;
	int ret = ctl_path(c, "/ari/bridges/", c->arg[0], "", HINT, path, sizeof(path)) ?:
		  ctl_ask(c, "GET", path, NULL, &bridge);

	if (ret)
		return ret;
	o = out_new(cols);
	bridge_row(o, bridge);
	out_print_long(o, c->json, c->out);
	out_free(o);
	json_decref(bridge);
	return 0;
}

int cmd_bridge_create(struct ctl *c)
{
	const char *name = ctl_opt(c, "name"), *type = ctl_opt(c, "type");
	json_t *body = json_object(), *bridge = NULL;
	char *text;
	int ret;

	json_object_set_new(body, "type", json_string(type ? type : "mixing"));
	if (name)
		json_object_set_new(body, "name", json_string(name));
	if (c->n)
		json_object_set_new(body, "bridgeId", json_string(c->arg[0]));
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (!text)
		return ctl_usage(c, "the arguments are not UTF-8");
	ret = ctl_ask(c, "POST", "/ari/bridges", text, &bridge);
	free(text);
	if (!ret && ctl_text(bridge, NULL, "id"))
		fprintf(c->out, "%s\n", ctl_text(bridge, NULL, "id"));
	json_decref(bridge);
	return ret;
}

int cmd_bridge_destroy(struct ctl *c)
{
	json_t *reply = NULL;
	char path[PATH_MAX_];
	int ret = ctl_path(c, "/ari/bridges/", c->arg[0], "", HINT, path, sizeof(path)) ?:
		  ctl_ask(c, "DELETE", path, NULL, &reply);

	if (!ret)
		json_decref(reply);
	return ret;
}

/* All channels in one request: tdmd does them in this order. */
static int members(struct ctl *c, const char *what)
{
	char tail[PATH_MAX_ / 2], path[PATH_MAX_], id[256];
	json_t *reply = NULL;
	size_t n = (size_t)snprintf(tail, sizeof(tail), "/%s?channel=", what);
	int ret;

	for (int i = 1; i < c->n; i++) {
		if (!*c->arg[i] || http_escape(c->arg[i], id, sizeof(id)))
			return ctl_usage(c, "'%.40s' is no channel: see 'tdmctl call list'",
					 c->arg[i]);
		n += (size_t)snprintf(tail + n, sizeof(tail) - n, "%s%s", i > 1 ? "%2C" : "", id);
		if (n >= sizeof(tail))
			return ctl_usage(c, "these are too many channels");
	}
	ret = ctl_path(c, "/ari/bridges/", c->arg[0], tail, HINT, path, sizeof(path)) ?:
	      ctl_ask(c, "POST", path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
}

int cmd_bridge_add(struct ctl *c)
{
	return members(c, "addChannel");
}

int cmd_bridge_remove(struct ctl *c)
{
	return members(c, "removeChannel");
}

int cmd_bridge_members(struct ctl *c)
{
	static const struct out_col member_cols[] = {
		{ "channel", false }, { "role", false }, { "mute", false }, { "volume", false },
		{ NULL, false },
	};
	json_t *bridge = NULL, *member;
	char path[PATH_MAX_];
	struct out *o;
	size_t i;
	int ret = ctl_path(c, "/ari/bridges/", c->arg[0], "", HINT, path, sizeof(path)) ?:
		  ctl_ask(c, "GET", path, NULL, &bridge);

	if (ret)
		return ret;
	o = out_new(member_cols);
	json_array_foreach(json_object_get(bridge, "members"), i, member) {
		out_str(o, ctl_text(member, NULL, "channel"));
		out_str(o, ctl_text(member, NULL, "role"));
		out_bool(o, json_is_true(json_object_get(member, "mute")));
		out_num(o, json_integer_value(json_object_get(member, "volume")));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(bridge);
	return 0;
}

int cmd_bridge_voice(struct ctl *c)
{
	const char *mute = ctl_opt(c, "mute");
	char tail[320], path[PATH_MAX_], id[256];
	json_t *body, *reply = NULL;
	long long volume = 0;
	char *text;
	int ret;

	if (!mute && !ctl_opt(c, "volume"))
		return ctl_usage(c, "it wants --mute or --volume");
	if (mute && strcmp(mute, "yes") && strcmp(mute, "no"))
		return ctl_usage(c, "--mute is yes or no");
	ret = ctl_opt_number(c, "volume", -24, 24, &volume);
	if (ret)
		return ret;
	if (!*c->arg[1] || http_escape(c->arg[1], id, sizeof(id)))
		return ctl_usage(c, "'%.40s' is no channel: see 'tdmctl call list'", c->arg[1]);
	snprintf(tail, sizeof(tail), "/members/%s", id);
	body = json_object();
	if (mute)
		json_object_set_new(body, "mute", json_boolean(!strcmp(mute, "yes")));
	if (ctl_opt(c, "volume"))
		json_object_set_new(body, "volume", json_integer(volume));
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (!text)
		return tdm_error_set(&c->e, -ENOMEM, "there is no memory");
	ret = ctl_path(c, "/ari/bridges/", c->arg[0], tail, HINT, path, sizeof(path)) ?:
	      ctl_ask(c, "POST", path, text, &reply);
	free(text);
	if (!ret)
		json_decref(reply);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/bridges
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"

static bool find(struct api_req *req)
{
	req->br = bridge_by_name(req->id[0]);
	if (!req->br)
		api_fail(req, 404, "there is no bridge %.80s", req->id[0]);
	return req->br != NULL;
}

static int list_one(struct bridge *br, void *arg)
{
	struct bridge_info info;

	bridge_info_read(br, &info);
	return json_array_append_new(arg, api_json_bridge(&info)) ? -ENOMEM : 0;
}

static void bridges_list(struct api_req *req)
{
	json_t *list = json_array();

	if (!list || bridge_foreach(list_one, list)) {
		json_decref(list);
		api_result(req, -ENOMEM, "listing bridges");
		return;
	}
	api_answer(req, 200, list);
}

static void answer_bridge(struct api_req *req)
{
	struct bridge_info info;

	bridge_info_read(req->br, &info);
	api_answer(req, 200, api_json_bridge(&info));
}

static void bridge_show(struct api_req *req)
{
	if (find(req))
		answer_bridge(req);
}

static void make(struct api_req *req, const char *sid)
{
	const char *type = api_param(req, "type");
	int err;

	if (type && strcmp(type, "mixing")) {
		api_fail(req, 400, "type is mixing");
		return;
	}
	err = bridge_create(sid, api_param(req, "name"), false, &req->br);
	if (err == -EINVAL)
		api_fail(req, 400, "a bridge's id has 1 to %d characters, its name at most %d",
			 CHANNEL_SID_LEN - 1, CHANNEL_NAME_LEN - 1);
	else if (err)
		api_result(req, err, "bridge");
	else
		answer_bridge(req);
}

static void bridges_create(struct api_req *req)
{
	make(req, api_param(req, "bridgeId"));
}

static void bridges_create_id(struct api_req *req)
{
	make(req, req->id[0]);
}

/* --- requests that end later ----------------------------------------------------------------- */

static const char *const names[] = { "bridge", "addChannel", "removeChannel", "path" };
enum { DESTROY, ADD, REMOVE, PATH };

static void finish(struct api_req *req)
{
	if (!req->err && req->op == PATH)
		answer_bridge(req);
	else
		api_result(req, req->err, names[req->op]);
}

static void begin(struct api_req *req, int op)
{
	req->op = op;
	req->finish = finish;
	atomic_add(&req->refs, 1);
}

static void begun(struct api_req *req, int err)
{
	if (!err)
		return;
	api_result(req, err, names[req->op]);
	api_req_put(req);
}

static void bridge_end(struct api_req *req)
{
	if (!find(req))
		return;
	begin(req, DESTROY);
	begun(req, bridge_destroy(req->br, api_done, req));
}

static void members(struct api_req *req);

/* Several channels go one after the other: each end begins the next. */
static void member_done(struct api_req *req)
{
	channel_put(req->ch);
	req->ch = NULL;
	if (req->err)
		api_result(req, req->err, names[req->op]);
	else
		members(req);
}

static void members(struct api_req *req)
{
	const char *list = api_param(req, "channel") + req->number[0];
	size_t len = strcspn(list, ",");
	char id[80];
	int err;

	if (!len) {
		if (req->number[0])
			api_answer(req, 200, NULL);
		else
			api_fail(req, 400, "channel is needed");
		return;
	}
	if (len >= sizeof(id)) {
		api_fail(req, 404, "there is no such channel");
		return;
	}
	memcpy(id, list, len);
	id[len] = '\0';
	req->ch = channel_by_name(id);
	if (!req->ch) {
		api_fail(req, 404, "there is no channel %s", id);
		return;
	}
	req->number[0] += (unsigned int)len + (list[len] == ',');
	atomic_add(&req->refs, 1);
	req->finish = member_done;
	err = req->op == ADD ? bridge_add(req->br, req->ch, api_done, req) :
			       bridge_remove(req->br, req->ch, api_done, req);
	begun(req, err);
}

static void change_members(struct api_req *req, int op)
{
	if (!api_param(req, "channel")) {
		api_fail(req, 400, "channel is needed: one id, or several with commas between");
		return;
	}
	req->op = op;
	if (find(req))
		members(req);
}

static void bridge_add_channel(struct api_req *req)
{
	change_members(req, ADD);
}

static void bridge_remove_channel(struct api_req *req)
{
	change_members(req, REMOVE);
}

static void bridge_path(struct api_req *req)
{
	const char *text = api_param(req, "mode");
	int mode = text ? bridge_mode_by_name(text) : -EINVAL;

	if (mode < 0) {
		api_fail(req, 400, "mode is user, kernel or auto");
		return;
	}
	if (!find(req))
		return;
	begin(req, PATH);
	begun(req, bridge_set_mode(req->br, (enum bridge_mode)mode, api_done, req));
}

const struct api_row api_bridge_rows[] = {
	{ API_GET, "/ari/bridges", "", bridges_list, "list", "List[Bridge]" },
	{ API_POST, "/ari/bridges", "type bridgeId name", bridges_create, "create", "Bridge" },
	{ API_GET, "/ari/bridges/{}", "", bridge_show, "get", "Bridge" },
	{ API_POST, "/ari/bridges/{}", "type name", bridges_create_id, "createWithId", "Bridge" },
	{ API_DELETE, "/ari/bridges/{}", "", bridge_end, "destroy", "void" },
	{ API_POST, "/ari/bridges/{}/addChannel",
	  "channel role absorbDTMF mute",
	  bridge_add_channel, "addChannel", "void" },
	{ API_POST, "/ari/bridges/{}/removeChannel", "channel", bridge_remove_channel,
	  "removeChannel", "void" },
	{ API_POST, "/ari/bridges/{}/path", "mode", bridge_path, "setPath", "Bridge" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/bridges
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/media/mix.h"

bool api_find_bridge(struct api_req *req)
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
	if (api_find_bridge(req))
		answer_bridge(req);
}

/* --- requests that end later ----------------------------------------------------------------- */

static const char *const names[] = { "bridge", "addChannel", "removeChannel", "path", "member" };
enum { DESTROY, ADD, REMOVE, PATH, MEMBER };

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

/*
 * ARI's attributes with commas between; without any it is mixing. dtmf_events: they always are;
 * proxy_media: what two say passes through user space even where the kernel could join them.
 */
static bool type_read(struct api_req *req, enum bridge_type *type, bool *proxy)
{
	static const char *const known[] = { "mixing", "holding", "dtmf_events", "proxy_media" };
	const char *at = api_param(req, "type");
	unsigned int seen = 0;
	size_t len, i;

	for (; at; at = at[len] ? at + len + 1 : NULL) {
		len = strcspn(at, ",");
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (strlen(known[i]) == len && !memcmp(known[i], at, len))
				break;
		seen |= 1U << i;
	}
	if (seen >> ARRAY_SIZE(known) || (seen & 3) == 3) {
		api_fail(req, 400, "type is mixing or holding, and with a comma dtmf_events or "
			 "proxy_media");
		return false;
	}
	*type = seen & 2 ? BRIDGE_HOLDING : BRIDGE_MIXING;
	*proxy = seen & 8;
	return true;
}

static void stay_in_user_space(struct api_req *req)
{
	int err;

	begin(req, PATH);
	err = bridge_set_mode(req->br, BRIDGE_USER, api_done, req);
	if (err)
		bridge_destroy(req->br, NULL, NULL);
	begun(req, err);
}

static void make(struct api_req *req, const char *sid)
{
	enum bridge_type type;
	bool proxy;
	int err;

	if (!type_read(req, &type, &proxy))
		return;
	err = bridge_create_type(type, sid, api_param(req, "name"), false, &req->br);
	if (err == -EINVAL)
		api_fail(req, 400, "a bridge's id has 1 to %d characters, its name at most %d",
			 CHANNEL_SID_LEN - 1, CHANNEL_NAME_LEN - 1);
	else if (err)
		api_result(req, err, "bridge");
	else if (proxy)
		stay_in_user_space(req);
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

static void bridge_end(struct api_req *req)
{
	if (!api_find_bridge(req))
		return;
	begin(req, DESTROY);
	begun(req, bridge_destroy(req->br, api_done, req));
}

static void members(struct api_req *req);

static bool is_true(const struct api_req *req, const char *name)
{
	const char *text = api_param(req, name);

	return text && !strcmp(text, "true");
}

/* Whether a parameter is none, or true or false; else answered with 400. */
static bool truth(struct api_req *req, const char *name)
{
	const char *text = api_param(req, name);

	if (!text || !strcmp(text, "true") || !strcmp(text, "false"))
		return true;
	api_fail(req, 400, "%s is true or false", name);
	return false;
}

static bool announces(const struct api_req *req)
{
	const char *role = api_param(req, "role");

	return role && !strcmp(role, "announcer");
}

/* Whether how a channel is to enter can be at all; else answered. */
static bool voice_known(struct api_req *req)
{
	const char *role = api_param(req, "role");

	if (!truth(req, "mute") || !truth(req, "absorbDTMF"))
		return false;
	if (role && !announces(req) && strcmp(role, "participant")) {
		api_fail(req, 400, "role is participant or announcer");
		return false;
	}
	if (!is_true(req, "absorbDTMF"))
		return true;
	api_fail(req, 422, "absorbDTMF: tones pass as the lines bring them");
	return false;
}

/* Whether members of this bridge can be muted, and announce; else answered. */
static bool voice_fits(struct api_req *req, bool voice)
{
	struct bridge_info info;

	bridge_info_read(req->br, &info);
	if (announces(req) && info.type != BRIDGE_HOLDING) {
		api_fail(req, 400, "an announcer is one of a holding bridge");
		return false;
	}
	if (!voice || info.type != BRIDGE_TWO_PARTY)
		return true;
	api_fail(req, 409, "a route made this bridge, for two: none of them is muted or louder in it");
	return false;
}

static int add_as_asked(struct api_req *req)
{
	struct bridge_voice voice = { .mute = is_true(req, "mute"), .announcer = announces(req) };

	return bridge_add_as(req->br, req->ch, &voice, api_done, req);
}

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
	err = req->op == ADD ? add_as_asked(req) :
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
	if (voice_known(req) && api_find_bridge(req) && voice_fits(req, is_true(req, "mute")))
		members(req);
}

static void bridge_member(struct api_req *req)
{
	const char *mute = api_param(req, "mute"), *volume = api_param(req, "volume");
	struct bridge_voice voice = { .mute = is_true(req, "mute") };
	char *end = "";
	long db = volume ? strtol(volume, &end, 10) : 0;

	if (!truth(req, "mute"))
		return;
	if (!mute && !volume) {
		api_fail(req, 400, "mute or volume is needed");
		return;
	}
	if ((volume && !*volume) || *end || db < -MIX_GAIN_DB || db > MIX_GAIN_DB) {
		api_fail(req, 400, "volume is a number of dB, %d to %d", -MIX_GAIN_DB, MIX_GAIN_DB);
		return;
	}
	voice.volume = (int8_t)db;
	if (!api_find_bridge(req) || !voice_fits(req, true) ||
	    !api_find_channel(req, req->id[1], &req->ch))
		return;
	begin(req, MEMBER);
	begun(req, bridge_set_voice(req->br, req->ch, &voice,
				    (mute ? BRIDGE_VOICE_MUTE : 0) |
				    (volume ? BRIDGE_VOICE_VOLUME : 0), api_done, req));
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
	if (!api_find_bridge(req))
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
	{ API_POST, "/ari/bridges/{}/members/{}", "mute volume", bridge_member, "setMember", "void" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What events can be about, as requests name it; and the events of users. API thread.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

const char *const api_schemes[API_SOURCES] = { "channel:", "bridge:", "endpoint:", "deviceState:" };

/* What a source of a request is, by the id under which events name it. */
static bool source_id(struct api_req *req, enum api_source source, const char *text, char *id)
{
	struct channel *ch = source == API_SOURCE_CHANNEL ? channel_by_name(text) : NULL;
	struct bridge *br = source == API_SOURCE_BRIDGE ? bridge_by_name(text) : NULL;

	if (ch) {
		snprintf(id, API_SOURCE_LEN, "%s", channel_sid(ch));
		channel_put(ch);
		return true;
	}
	if (br) {
		snprintf(id, API_SOURCE_LEN, "%s", bridge_sid(br));
		bridge_put(br);
		return true;
	}
	if (source >= API_SOURCE_ENDPOINT && *text && strlen(text) < API_SOURCE_LEN) {
		snprintf(id, API_SOURCE_LEN, "%s", text);
		return true;
	}
	api_fail(req, 422, "there is no event source %s%.60s", api_schemes[source], text);
	return false;
}

bool api_source_read(struct api_req *req, const char *from, size_t len, enum api_source *source,
		     char *id)
{
	char text[API_SOURCE_LEN + 16];

	if (len < sizeof(text)) {
		memcpy(text, from, len);
		text[len] = '\0';
		for (int i = 0; i < API_SOURCES; i++) {
			size_t scheme = strlen(api_schemes[i]);

			*source = (enum api_source)i;
			if (!strncmp(text, api_schemes[i], scheme))
				return source_id(req, *source, text + scheme, id);
		}
	}
	api_fail(req, 400, "an event source is channel:ID, bridge:ID, endpoint:TECH, "
		 "endpoint:TECH/GROUP or deviceState:NAME");
	return false;
}

/* --- events of users -------------------------------------------------------------------------- */

/* What a user's event is about, into it; false: answered. */
static bool add_source(struct api_req *req, json_t *json, enum api_source source, const char *id)
{
	struct channel *ch = source == API_SOURCE_CHANNEL ? channel_by_name(id) : NULL;
	struct bridge *br = source == API_SOURCE_BRIDGE ? bridge_by_name(id) : NULL;
	struct channel_info channel;
	struct bridge_info bridge;
	json_t *endpoint = NULL;
	char tech[API_SOURCE_LEN];

	if (ch) {
		channel_info_read(ch, &channel);
		channel_put(ch);
		return !json_object_set_new(json, "channel", api_json_channel(&channel));
	}
	if (br) {
		bridge_info_read(br, &bridge);
		bridge_put(br);
		return !json_object_set_new(json, "bridge", api_json_bridge(&bridge));
	}
	snprintf(tech, sizeof(tech), "%.*s", (int)strcspn(id, "/"), id);
	if (source == API_SOURCE_ENDPOINT && strchr(id, '/'))
		endpoint = api_endpoint_find(tech, strchr(id, '/') + 1);
	if (endpoint)
		return !json_object_set_new(json, "endpoint", endpoint);
	api_fail(req, 422, "there is no %s%s of which an event could tell", api_schemes[source], id);
	return false;
}

static void user_event(struct api_req *req)
{
	const char *app = api_param(req, "application"), *at = api_param(req, "source");
	json_t *json;

	if (!app || !*app) {
		api_fail(req, 400, "application is needed: who is to hear it");
		return;
	}
	if (!api_app_named(app)) {
		api_fail(req, 404, "no stream of events names application %.80s", app);
		return;
	}
	json = json_pack("{s:s,s:o}", "eventname", req->id[0], "userevent",
			 req->vars ? json_incref(req->vars) : json_object());
	while (at && *at) {
		size_t len = strcspn(at, ",");
		enum api_source source;
		char id[API_SOURCE_LEN];

		if (!api_source_read(req, at, len, &source, id) ||
		    !add_source(req, json, source, id)) {
			json_decref(json);
			return;
		}
		at += len + (at[len] == ',');
	}
	api_tell("ChannelUserevent", json, NULL, app);
	api_answer(req, 200, NULL);
}

const struct api_row api_source_rows[] = {
	{ API_POST, "/ari/events/user/{}", "application source variables", user_event,
	  "userEvent", "void" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/api-docs: what can be asked, for clients that make their methods from it. The form is Swagger
 * 1.1, as Asterisk's REST interface has it; what it says comes from the tables of rows by which
 * requests are found, and from that of models.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/models.h"
#include "daemon/api/priv.h"

static const struct {
	const char *name, *about;
} resources[] = {
	{ "applications", "Applications and what they hear of" },
	{ "asterisk", "The daemon" },
	{ "bridges", "Channels that hear each other" },
	{ "channels", "Calls" },
	{ "deviceStates", "States that applications keep" },
	{ "endpoints", "Trunk groups and timeslots" },
	{ "events", "What happens" },
	{ "groups", "Trunk groups" },
	{ "levels", "How loud calls are" },
	{ "parking", "Calls that wait" },
	{ "playbacks", "Sounds being played" },
	{ "recordings", "Recordings" },
	{ "records", "Call records" },
	{ "spans", "Lines" },
};

/* What {} stands for, by the part of the path before it; if that is one, too, by its name. */
static const struct {
	const char *after, *name;
} path_names[] = {
	{ "applications", "applicationName" }, { "user", "eventName" },
	{ "logging", "logChannelName" },       { "bridges", "bridgeId" },
	{ "channels", "channelId" },	       { "deviceStates", "deviceName" },
	{ "endpoints", "tech" },	       { "tech", "resource" },
	{ "groups", "groupName" },	       { "parking", "place" },
	{ "playbacks", "playbackId" },	       { "play", "playbackId" },
	{ "live", "recordingName" },	       { "stored", "recordingName" },
	{ "records", "recordId" },	       { "spans", "spanId" },
	{ "members", "channelId" },	       { "snoop", "snoopId" },
};

/* Parameters that are no strings. */
static const struct {
	const char *name, *type;
	bool multiple;
} param_types[] = {
	{ "timeout", "int", false },	     { "priority", "int", false },
	{ "before", "int", false },	     { "between", "int", false },
	{ "duration", "int", false },	     { "after", "int", false },
	{ "reason_code", "int", false },     { "offsetms", "int", false },
	{ "skipms", "int", false },	     { "maxDurationSeconds", "int", false },
	{ "maxSilenceSeconds", "int", false }, { "beep", "boolean", false },
	{ "subscribeAll", "boolean", false }, { "absorbDTMF", "boolean", false },
	{ "mute", "boolean", false },	     { "place", "int", false },
	{ "limit", "int", false },	     { "channel", "string", true },
	{ "eventSource", "string", true },   { "only", "string", true },
	{ "volume", "int", false },
};

static const char *name_after(const char *part, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(path_names); i++)
		if (strlen(path_names[i].after) == len && !memcmp(path_names[i].after, part, len))
			return path_names[i].name;
	return "id";
}

static json_t *param(const char *name, const char *where)
{
	const char *type = "string";
	bool multiple = false;

	for (size_t i = 0; i < ARRAY_SIZE(param_types); i++)
		if (!strcmp(param_types[i].name, name)) {
			type = param_types[i].type;
			multiple = param_types[i].multiple && !strcmp(where, "query");
		}
	if (!strcmp(name, "variables")) {
		type = "containers";
		where = "body";
	}
	return json_pack("{s:s,s:s,s:s,s:b,s:b}", "name", name, "paramType", where, "dataType",
			 type, "required", !strcmp(where, "path"), "allowMultiple", multiple);
}

/* "/ari/channels/{}/play" as "/channels/{channelId}/play", its names into params. */
static void path_of(const char *pattern, char *out, size_t len, json_t *params)
{
	const char *part = "", *name;
	size_t n, part_len = 0, at = 0;

	for (pattern += strlen("/ari"); *pattern; pattern += n) {
		n = 1 + strcspn(pattern + 1, "/");
		if (n == 3 && !memcmp(pattern, "/{}", 3)) {
			name = name_after(part, part_len);
			json_array_append_new(params, param(name, "path"));
			at += (size_t)snprintf(out + at, len - at, "/{%s}", name);
			part = name;
			part_len = strlen(name);
		} else {
			at += (size_t)snprintf(out + at, len - at, "%.*s", (int)n, pattern);
			part = pattern + 1;
			part_len = n - 1;
		}
	}
}

static json_t *operation(const char *method, const char *nick, const char *type, json_t *params)
{
	return json_pack("{s:s,s:s,s:s,s:o}", "httpMethod", method, "nickname", nick,
			 "responseClass", type, "parameters", params);
}

static const char *const method_names[] = {
	[API_GET] = "GET",
	[API_POST] = "POST",
	[API_PUT] = "PUT",
	[API_DELETE] = "DELETE",
};

static bool in_path(const char *path, const char *name)
{
	const char *at = strstr(path, name);

	return at && at[-1] == '{' && at[strlen(name)] == '}';
}

static json_t *api_of(const struct api_row *row)
{
	json_t *params = json_array();
	char path[API_PATH_MAX], name[32];
	size_t n;

	path_of(row->path, path, sizeof(path), params);
	for (const char *at = row->params; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		/* An id that the path gives is asked for once. */
		if (!in_path(path, name))
			json_array_append_new(params, param(name, "query"));
	}
	return json_pack("{s:s,s:[o]}", "path", path, "operations",
			 operation(method_names[row->method], row->nick, row->type, params));
}

/* The stream of events is no row: it has no answer. */
static json_t *events_api(void)
{
	json_t *op = operation("GET", "eventWebsocket", "Message",
			       json_pack("[o,o]", param("app", "query"),
					 param("subscribeAll", "query")));

	json_object_set_new(op, "upgrade", json_string("websocket"));
	return json_pack("{s:s,s:[o]}", "path", "/events", "operations", op);
}

static bool belongs(const struct api_row *row, const char *resource)
{
	static const char ari[] = "/ari/";
	size_t n = strlen(resource);

	return !strncmp(row->path, ari, strlen(ari)) &&
	       !strncmp(row->path + strlen(ari), resource, n) &&
	       (row->path[strlen(ari) + n] == '/' || !row->path[strlen(ari) + n]);
}

static void base_path(const struct api_req *req, char *out, size_t len)
{
	snprintf(out, len, "%s://%s/ari", req->tls ? "https" : "http",
		 req->host[0] ? req->host : "localhost");
}

static void list(struct api_req *req)
{
	json_t *apis = json_array();
	char base[API_HOST_MAX + 32], path[64];

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		snprintf(path, sizeof(path), "/api-docs/%s.{format}", resources[i].name);
		json_array_append_new(apis, json_pack("{s:s,s:s}", "path", path, "description",
						      resources[i].about));
	}
	base_path(req, base, sizeof(base));
	api_answer(req, 200, json_pack("{s:s,s:s,s:s,s:o}", "apiVersion", OPENTDM_VERSION,
				       "swaggerVersion", "1.1", "basePath", base, "apis", apis));
}

static void resource(struct api_req *req, const char *name)
{
	json_t *apis = json_array();
	char base[API_HOST_MAX + 32], path[64];

	for (size_t t = 0; api_tables[t]; t++)
		for (const struct api_row *row = api_tables[t]; row->path; row++)
			if (belongs(row, name))
				json_array_append_new(apis, api_of(row));
	if (!strcmp(name, "events"))
		json_array_append_new(apis, events_api());
	base_path(req, base, sizeof(base));
	snprintf(path, sizeof(path), "/api-docs/%s.{format}", name);
	api_answer(req, 200,
		   json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "apiVersion", OPENTDM_VERSION,
			     "swaggerVersion", "1.1", "basePath", base, "resourcePath", path,
			     "apis", apis, "models", api_models()));
}

static void docs(struct api_req *req)
{
	size_t n = strcspn(req->id[0], ".");

	if (!strcmp(req->id[0], "resources.json")) {
		list(req);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++)
		if (strlen(resources[i].name) == n && !strncmp(resources[i].name, req->id[0], n) &&
		    !strcmp(req->id[0] + n, ".json")) {
			resource(req, resources[i].name);
			return;
		}
	api_fail(req, 404, "there is no description of %.80s: resources.json lists them", req->id[0]);
}

const struct api_row api_docs_rows[] = {
	{ API_GET, "/ari/api-docs/{}", "", docs, NULL, NULL },
	{ 0 },
};

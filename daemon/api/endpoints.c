// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/endpoints. Of technology PRI each trunk group is one, with its name for resource, and each of
 * its B-channels, as GROUP:CARD:PORT:SLOT, one part of a path. A group is online while it has a
 * D-channel, a B-channel while neither an alarm nor either side takes it out of service. Of
 * technology Local each number is one that is called now.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

#define PRI   "PRI"
#define LOCAL "Local"

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* --- whose channels --------------------------------------------------------------------------- */

static void add_to(json_t *by, const char *key, size_t len, const char *sid)
{
	char name[sizeof(((struct channel_info *)0)->leg) + 8];
	json_t *ids;

	snprintf(name, sizeof(name), "%.*s", (int)len, key);
	ids = json_object_get(by, name);
	if (!ids) {
		ids = json_array();
		if (json_object_set_new(by, name, ids)) /* cut within a letter */
			return;
	}
	json_array_append_new(ids, json_string(sid));
}

/* By "GROUP/iN/sN", by "GROUP", by "Local/NUMBER". */
static int by_leg(struct channel *ch, void *arg)
{
	char key[sizeof(((struct channel_info *)0)->leg) + 8];
	struct channel_info info;

	channel_info_read(ch, &info);
	if (!strncmp(info.name, PRI "/", sizeof(PRI))) {
		add_to(arg, info.leg, strlen(info.leg), info.sid);
		add_to(arg, info.leg, strcspn(info.leg, "/"), info.sid);
	} else if (!strncmp(info.name, LOCAL "/", sizeof(LOCAL))) {
		snprintf(key, sizeof(key), LOCAL "/%s", info.leg);
		add_to(arg, key, strcspn(key, ";"), info.sid);
	}
	return 0;
}

static json_t *channels(void)
{
	json_t *by = json_object();

	channel_foreach(by_leg, by);
	return by;
}

/* --- endpoints -------------------------------------------------------------------------------- */

json_t *api_json_endpoint(const char *tech, const char *resource, bool online, json_t *ids)
{
	return json_pack("{s:s,s:s,s:s,s:o}", "technology", tech, "resource", resource, "state",
			 online ? "online" : "offline", "channel_ids",
			 ids ? json_incref(ids) : json_array());
}

json_t *api_json_endpoint_event(const struct event *event)
{
	json_t *by = channels();
	json_t *json = api_json_endpoint(event->u.endpoint.tech, event->u.endpoint.resource,
					 event->u.endpoint.online,
					 json_object_get(by, event->u.endpoint.leg));

	json_decref(by);
	return json;
}

static void add_slot(json_t *list, const json_t *group, const json_t *slot, const json_t *by)
{
	const char *name = text_of(group, "name");
	bool online = !json_is_true(json_object_get(slot, "alarm")) &&
		      !strcmp(text_of(slot, "service"), "in") &&
		      !strcmp(text_of(slot, "far_service"), "in");
	char resource[128], leg[128];

	snprintf(resource, sizeof(resource), "%s:%s", name, text_of(slot, "address"));
	snprintf(leg, sizeof(leg), "%s/i%d/s%d", name,
		 (int)json_integer_value(json_object_get(slot, "interface")),
		 (int)json_integer_value(json_object_get(slot, "slot")));
	json_array_append_new(list, api_json_endpoint(PRI, resource, online,
						      json_object_get(by, leg)));
}

static void add_groups(json_t *list, const json_t *by)
{
	json_t *groups = api_groups(), *group, *slot;
	size_t i, j;

	json_array_foreach(groups, i, group) {
		const char *name = text_of(group, "name");

		json_array_append_new(list, api_json_endpoint(PRI, name,
							      !strcmp(text_of(group, "state"), "up"),
							      json_object_get(by, name)));
		json_array_foreach(json_object_get(group, "timeslots"), j, slot)
			add_slot(list, group, slot, by);
	}
	json_decref(groups);
}

static void add_local(json_t *list, const json_t *by)
{
	const char *key;
	json_t *ids;

	json_object_foreach((json_t *)by, key, ids)
		if (!strncmp(key, LOCAL "/", sizeof(LOCAL)))
			json_array_append_new(list, api_json_endpoint(LOCAL, key + sizeof(LOCAL),
								      true, ids));
}

static json_t *endpoints(bool pri, bool local)
{
	json_t *list = json_array(), *by = channels();

	if (pri)
		add_groups(list, by);
	if (local)
		add_local(list, by);
	json_decref(by);
	return list;
}

json_t *api_endpoint_find(const char *tech, const char *resource)
{
	json_t *list = endpoints(!strcmp(tech, PRI), !strcmp(tech, LOCAL)), *one, *found = NULL;
	size_t i;

	json_array_foreach(list, i, one)
		if (!found && !strcmp(text_of(one, "resource"), resource))
			found = json_incref(one);
	json_decref(list);
	return found;
}

static void list_all(struct api_req *req)
{
	api_answer(req, 200, endpoints(true, true));
}

static void list_tech(struct api_req *req)
{
	bool pri = !strcmp(req->id[0], PRI), local = !strcmp(req->id[0], LOCAL);

	if (pri || local)
		api_answer(req, 200, endpoints(pri, local));
	else
		api_fail(req, 404, "there is no technology %.80s, only " PRI " and " LOCAL,
			 req->id[0]);
}

static void show(struct api_req *req)
{
	json_t *found = api_endpoint_find(req->id[0], req->id[1]);

	if (found)
		api_answer(req, 200, found);
	else
		api_fail(req, 404, "there is no endpoint %.80s/%.80s", req->id[0], req->id[1]);
}

const struct api_row api_endpoint_rows[] = {
	{ API_GET, "/ari/endpoints", "", list_all, "list", "List[Endpoint]" },
	{ API_GET, "/ari/endpoints/{}", "", list_tech, "listByTech", "List[Endpoint]" },
	{ API_GET, "/ari/endpoints/{}/{}", "", show, "get", "Endpoint" },
	{ 0 },
};

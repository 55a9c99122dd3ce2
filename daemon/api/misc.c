// SPDX-License-Identifier: GPL-2.0-or-later
/* /ari/groups */
#include <string.h>

#include "daemon/api/priv.h"

static void groups(struct api_req *req)
{
	json_t *list = api_hooks && api_hooks->groups ? api_hooks->groups() : json_array();

	if (list)
		api_answer(req, 200, list);
	else
		api_result(req, -ENOMEM, "listing groups");
}

json_t *api_groups(void)
{
	const struct api_hooks *hooks = api_hooks;
	json_t *whole = json_array(), *listed, *each;
	size_t i;

	if (!hooks || !hooks->groups || !hooks->group)
		return whole;
	listed = hooks->groups();
	json_array_foreach(listed, i, each) {
		const char *name = json_string_value(json_object_get(each, "name"));
		json_t *group = name ? hooks->group(name) : NULL;

		if (group) /* else it has gone meanwhile */
			json_array_append_new(whole, group);
	}
	json_decref(listed);
	return whole;
}

static void group_show(struct api_req *req)
{
	json_t *group = api_hooks && api_hooks->group ? api_hooks->group(req->id[0]) : NULL;

	if (group)
		api_answer(req, 200, group);
	else
		api_fail(req, 404, "there is no trunk group %.80s", req->id[0]);
}

static void service_finish(struct api_req *req)
{
	if (!req->err || req->err == -ESHUTDOWN)
		api_result(req, req->err, "service");
	else
		api_fail(req, 500, "nothing was changed, for it could not be remembered in the "
			 "state folder: %s", strerror(-req->err));
}

static void service_refuse(struct api_req *req, int err, const char *slots)
{
	if (err == -ENOENT)
		api_fail(req, 404, "there is no trunk group %.80s", req->id[0]);
	else if (err == -ENODEV)
		api_fail(req, 404, "%.80s is not on a span of trunk group %.80s", slots,
			 req->id[0]);
	else if (err == -EINVAL)
		api_fail(req, 412, "%.80s names a timeslot that is no B-channel", slots);
	else if (err == -EDOM)
		api_fail(req, 400, "slots is CARD:PORT or CARD:PORT:SLOTS, as in te0:1:1-15");
	else
		api_result(req, err, "service");
}

static void group_service(struct api_req *req)
{
	const char *slots = api_param(req, "slots"), *state = api_param(req, "state");
	int err = -EOPNOTSUPP;

	if (!slots || !state || (strcmp(state, "in") && strcmp(state, "out"))) {
		api_fail(req, 400, "it needs slots, and state: in or out");
		return;
	}
	req->finish = service_finish;
	atomic_add(&req->refs, 1);
	if (api_hooks && api_hooks->service)
		err = api_hooks->service(req->id[0], slots, !strcmp(state, "in"), api_done, req);
	if (!err)
		return;
	service_refuse(req, err, slots);
	api_req_put(req);
}

const struct api_row api_misc_rows[] = {
	{ API_GET, "/ari/groups", "", groups, "list", "List[object]" },
	{ API_GET, "/ari/groups/{}", "", group_show, "get", "object" },
	{ API_POST, "/ari/groups/{}/service", "slots state", group_service, "service", "void" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/deviceStates: states that applications keep for each other, of devices named Stasis:NAME.
 * They last as long as the daemon. API thread.
 */
#include <string.h>

#include "daemon/api/priv.h"

#define DEVICES_MAX 4096

static const char scheme[] = "Stasis:";
static json_t *devices; /* name: state */

static const char *const states[] = {
	"NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD",
	"UNKNOWN",
};

static json_t *device_json(const char *name, const char *state)
{
	return json_pack("{s:s,s:s}", "name", name, "state", state);
}

static void devices_list(struct api_req *req)
{
	json_t *list = json_array(), *state;
	const char *name;

	json_object_foreach(devices, name, state)
		json_array_append_new(list, device_json(name, json_string_value(state)));
	api_answer(req, 200, list);
}

/* Whether an application may have it; false: answered. */
static bool is_ours(struct api_req *req, int status)
{
	const char *name = req->id[0];

	if (!strncmp(name, scheme, sizeof(scheme) - 1) && name[sizeof(scheme) - 1])
		return true;
	api_fail(req, status, "%.80s is no device of an application: those are %sNAME", name,
		 scheme);
	return false;
}

static void device_show(struct api_req *req)
{
	const char *state;

	if (!is_ours(req, 404))
		return;
	state = json_string_value(json_object_get(devices, req->id[0]));
	api_answer(req, 200, device_json(req->id[0], state ? state : "UNKNOWN"));
}

static void tell(const char *name, const char *state)
{
	char source[sizeof("deviceState:") + API_ID_LEN];

	snprintf(source, sizeof(source), "deviceState:%s", name);
	api_tell("DeviceStateChanged", json_pack("{s:o}", "device_state", device_json(name, state)),
		 source, NULL);
}

static void device_set(struct api_req *req)
{
	const char *state = api_param(req, "deviceState"), *name = req->id[0], *old;
	bool known = false;

	for (size_t i = 0; state && i < ARRAY_SIZE(states); i++)
		known |= !strcmp(state, states[i]);
	if (!known) {
		api_fail(req, 400, "deviceState is NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, "
			 "RINGING, RINGINUSE, ONHOLD or UNKNOWN");
		return;
	}
	if (!is_ours(req, 409))
		return;
	if (!devices)
		devices = json_object();
	old = json_string_value(json_object_get(devices, name));
	if (!old && json_object_size(devices) >= DEVICES_MAX) {
		api_result(req, -ENOSPC, "device state");
		return;
	}
	if (!old || strcmp(old, state)) {
		if (json_object_set_new(devices, name, json_string(state))) {
			api_result(req, -ENOMEM, "device state");
			return;
		}
		tell(name, state);
	}
	api_answer(req, 200, NULL);
}

static void device_end(struct api_req *req)
{
	if (json_object_del(devices, req->id[0])) {
		api_fail(req, 404, "device %.80s has no state", req->id[0]);
		return;
	}
	tell(req->id[0], "UNKNOWN");
	api_answer(req, 200, NULL);
}

const struct api_row api_device_rows[] = {
	{ API_GET, "/ari/deviceStates", "", devices_list, "list", "List[DeviceState]" },
	{ API_GET, "/ari/deviceStates/{}", "", device_show, "get", "DeviceState" },
	{ API_PUT, "/ari/deviceStates/{}", "deviceState", device_set, "update", "void" },
	{ API_DELETE, "/ari/deviceStates/{}", "", device_end, "delete", "void" },
	{ 0 },
};

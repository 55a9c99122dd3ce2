// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to tdmd, by the paths of Asterisk's REST interface. */
#include <errno.h>
#include <stdlib.h>

#include "http.h"
#include "tdmd.h"

#define TDMD_SOCKET	"/run/opentdm/tdmd.sock"
#define TDMD_TIMEOUT_MS	10000

int ctl_ask(struct ctl *c, const char *method, const char *path, const char *body, json_t **out)
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

const char *ctl_text(const json_t *object, const char *group, const char *key)
{
	if (group)
		object = json_object_get(object, group);
	return json_string_value(json_object_get(object, key));
}

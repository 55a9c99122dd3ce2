// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to tdmd, by the paths of Asterisk's REST interface. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "tdmd.h"

#define TDMD_SOCKET	"/run/opentdm/tdmd.sock"
#define TDMD_TIMEOUT_MS	10000

const char *ctl_socket(const struct ctl *c)
{
	const char *path = ctl_opt(c, "socket");

	return path ? path : TDMD_SOCKET;
}

int ctl_refusal(struct ctl *c, struct http_reply *reply)
{
	const char *message;
	json_t *json;
	int ret;

	if (!reply->body)
		return 0;
	json = json_loadb(reply->body, reply->len, 0, NULL);
	free(reply->body);
	reply->body = NULL;
	message = json_string_value(json_object_get(json, "message"));
	if (!message)
		message = json_string_value(json_object_get(json, "error"));
	if (message)
		ret = tdm_error_set(&c->e, -EPROTO, "tdmd refuses: %s", message);
	else
		ret = tdm_error_set(&c->e, -EPROTO, "tdmd refuses with status %d", reply->status);
	json_decref(json);
	return ret;
}

/* A reply that is no refusal, whose body is to be freed. */
static int request(struct ctl *c, const char *method, const char *path, const char *body,
		   struct http_reply *reply)
{
	int ret = http_request(ctl_socket(c), method, path, body, TDMD_TIMEOUT_MS, reply, &c->e);

	if (ret || (reply->status >= 200 && reply->status < 300))
		return ret;
	return ctl_refusal(c, reply) ?: -EPROTO;
}

int ctl_ask(struct ctl *c, const char *method, const char *path, const char *body, json_t **out)
{
	struct http_reply reply;
	int ret = request(c, method, path, body, &reply);

	if (ret)
		return ret;
	*out = json_loadb(reply.body, reply.len, 0, NULL);
	free(reply.body);
	return 0;
}

int ctl_ask_list(struct ctl *c, const char *path, const char *what, json_t **out)
{
	int ret = ctl_ask(c, "GET", path, NULL, out);

	if (ret || json_is_array(*out))
		return ret;
	json_decref(*out);
	*out = NULL;
	return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer is no list of %s", what);
}

int ctl_ask_text(struct ctl *c, const char *path, char **out)
{
	struct http_reply reply;
	int ret = request(c, "GET", path, NULL, &reply);

	if (!ret)
		*out = reply.body;
	return ret;
}

int ctl_path(struct ctl *c, const char *base, const char *id, const char *tail, const char *hint,
	     char *path, size_t size)
{
	char escaped[512];

	if (!*id || http_escape(id, escaped, sizeof(escaped)) ||
	    strlen(base) + strlen(escaped) + strlen(tail) >= size)
		return ctl_usage(c, "'%.40s' is no id: %s", id, hint);
	strcpy(stpcpy(stpcpy(path, base), escaped), tail);
	return 0;
}

const char *ctl_text(const json_t *object, const char *group, const char *key)
{
	if (group)
		object = json_object_get(object, group);
	return json_string_value(json_object_get(object, key));
}

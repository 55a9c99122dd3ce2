// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests: from path and parameters to a row of a table, and from an errno to an answer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/metrics.h"
#include "daemon/api/priv.h"
#include "daemon/core/log.h"

const struct api_hooks *api_hooks;
static struct mpsc ended; /* requests whose operation has ended */

const struct api_row *const api_tables[] = {
	api_channel_rows, api_bridge_rows, api_transfer_rows, api_misc_rows,
	api_control_rows, api_record_rows, api_app_rows, api_source_rows, api_metric_rows,
	api_asterisk_rows,
	api_device_rows,  api_endpoint_rows, api_span_rows,   api_docs_rows,
	api_playback_rows, api_recording_rows, api_music_rows, api_snoop_rows,
	NULL,
};

struct api_req *api_req_new(enum api_method method, const char *path)
{
	struct api_req *req = calloc(1, sizeof(*req));

	if (!req)
		return NULL;
	req->refs = 1;
	req->method = method;
	req->params = json_object();
	snprintf(req->path, sizeof(req->path), "%s", path);
	if (req->params)
		return req;
	free(req);
	return NULL;
}

void api_req_put(struct api_req *req)
{
	if (atomic_sub(&req->refs, 1))
		return;
	json_decref(req->params);
	json_decref(req->vars);
	json_decref(req->body);
	free(req->octets);
	if (req->ch)
		channel_put(req->ch);
	if (req->other)
		channel_put(req->other);
	if (req->br)
		bridge_put(req->br);
	free(req);
}

/* --- answers --------------------------------------------------------------------------------- */

void api_answer(struct api_req *req, int status, json_t *body)
{
	char *text = NULL;

	if (req->answered) {
		json_decref(body);
		return;
	}
	req->answered = true;
	if (body) {
		text = json_dumps(body, JSON_COMPACT);
		json_decref(body);
		if (!text)
			status = 503;
	} else if (status == 200) {
		status = 204;
	}
	metric_count_answer(status);
	if (req->conn)
		api_send(req, status, text ? text : "", text ? strlen(text) : 0);
	free(text);
}

void api_answer_octets(struct api_req *req, const char *type, const void *octets, size_t len)
{
	if (req->answered)
		return;
	req->answered = true;
	req->type = type;
	metric_count_answer(200);
	if (req->conn)
		api_send(req, 200, octets, len);
}

void api_fail(struct api_req *req, int status, const char *fmt, ...)
{
	char text[256];
	json_t *message;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* What a client wrote may be cut within a letter: a refusal has its sentence all the same. */
	message = json_string(text);
	for (char *p = text; !message && *p; p++)
		if (*p & 0x80)
			*p = '?';
	api_answer(req, status, json_pack("{s:o}", "message", message ? message :
					  json_string(text)));
}

static const struct {
	int err, status;
	const char *text;
} errors[] = {
	{ -ENODEV, 404, "it is no more" },
	{ -ENOENT, 404, "there is no such thing" },
	{ -EINVAL, 412, "it is not in a state in which this can be done" },
	{ -EBUSY, 409, "it is busy with something else" },
	{ -EALREADY, 409, "this is done already" },
	{ -EEXIST, 409, "this id is taken" },
	{ -ENOSPC, 409, "every place is taken" },
	{ -ELOOP, 409, "too many snoop on one another" },
	{ -ENOTCONN, 409, "it needs two members whose media are ready" },
	{ -EOPNOTSUPP, 422, "its line cannot do this" },
	{ -EPERM, 403, "this is not allowed, or the channels are of two applications" },
	{ -ENETDOWN, 503, "the line is down" },
	{ -EAGAIN, 503, "the load is too high for new calls" },
	{ -ENFILE, 503, "there are too many channels" },
	{ -ENOMEM, 503, "there is no memory" },
	{ -ESHUTDOWN, 503, "the daemon is shutting down" },
	{ -ETIMEDOUT, 504, "it did not answer in time" },
};

void api_result(struct api_req *req, int err, const char *what)
{
	if (!err) {
		api_answer(req, 200, NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err) {
			api_fail(req, errors[i].status, "%s: %s", what, errors[i].text);
			return;
		}
	api_fail(req, 500, "%s: %s", what, strerror(-err));
}

/* --- continuations --------------------------------------------------------------------------- */

void api_done(void *arg, int err)
{
	struct api_req *req = arg;

	req->err = err;
	if (mpsc_push(&ended, &req->node))
		api_wake();
}

void api_run_queue(void)
{
	struct mpsc_node *node, *next;

	for (node = mpsc_take(&ended); node; node = next) {
		struct api_req *req = container_of(node, struct api_req, node);

		next = node->next;
		req->finish(req);
		api_req_put(req);
	}
	api_streams_run();
}

/* --- parameters ------------------------------------------------------------------------------ */

int api_param_add(struct api_req *req, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char name[64];
	json_t *value;

	if (!eq || eq == pair || (size_t)(eq - pair) >= sizeof(name))
		return -EINVAL;
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	value = json_string(eq + 1); /* NULL: not UTF-8 */
	if (!value || json_object_set_new(req->params, name, value))
		return -EINVAL;
	return 0;
}

const char *api_param(const struct api_req *req, const char *name)
{
	return json_string_value(json_object_get(req->params, name));
}

bool api_number(struct api_req *req, const char *name, unsigned int fallback, unsigned int max,
		unsigned int *out)
{
	const char *text = api_param(req, name);
	char *end;
	unsigned long n;

	*out = fallback;
	if (!text)
		return true;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n > max) {
		api_fail(req, 400, "%s is a number of 0 to %u", name, max);
		return false;
	}
	*out = (unsigned int)n;
	return true;
}

/* Scalars of the body become parameters; "variables" stays an object. */
static int read_body(struct api_req *req, const char *body, size_t len)
{
	json_error_t error;
	json_t *root, *value;
	const char *name;
	int ret = 0;

	if (!len)
		return 0;
	root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(root)) {
		api_fail(req, 400, "the body is no JSON object%s%s", root ? "" : ": ",
			 root ? "" : error.text);
		json_decref(root);
		return -EINVAL;
	}
	json_object_foreach(root, name, value) {
		char number[32];

		if (!strcmp(name, "variables") && json_is_object(value)) {
			req->vars = json_incref(value);
			continue;
		}
		if (json_is_integer(value))
			snprintf(number, sizeof(number), "%lld",
				 (long long)json_integer_value(value));
		if (json_is_string(value))
			ret = json_object_set(req->params, name, value);
		else if (json_is_integer(value))
			ret = json_object_set_new(req->params, name, json_string(number));
		else if (json_is_boolean(value))
			ret = json_object_set_new(req->params, name,
						  json_string(json_is_true(value) ? "true" :
										    "false"));
		else
			ret = -1;
		if (ret) {
			api_fail(req, 400, "%.60s has a value that cannot be", name);
			break;
		}
	}
	json_decref(root);
	return ret;
}

static bool known(const char *names, const char *name)
{
	size_t n = strlen(name);
	const char *at = names;

	while (n && (at = strstr(at, name))) {
		if ((at == names || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
		at += n;
	}
	return false;
}

static bool params_known(struct api_req *req, const struct api_row *row)
{
	const char *name;
	json_t *value;

	json_object_foreach(req->params, name, value)
		if (!known(row->params, name)) {
			api_fail(req, 400, "there is no parameter %.60s here", name);
			return false;
		}
	if (req->vars && !known(row->params, "variables")) {
		api_fail(req, 400, "there are no variables here");
		return false;
	}
	return true;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Whether path fits, noting the parts that stand for {}. */
static bool path_fits(struct api_req *req, const char *pattern)
{
	const char *path = req->path;
	int n = 0;

	while (*pattern) {
		size_t len;

		if (pattern[0] != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		pattern += 2;
		len = strcspn(path, "/");
		if (!len || len >= sizeof(req->id[0]))
			return false;
		memcpy(req->id[n], path, len);
		req->id[n++][len] = '\0';
		path += len;
	}
	return !*path || (path[0] == '/' && !path[1]);
}

void api_dispatch(struct api_req *req, const char *body, size_t len)
{
	json_t *path = json_string(req->path);
	bool path_known = false;

	json_decref(path);
	if (!path) {
		api_fail(req, 400, "the path is not UTF-8");
		return;
	}
	for (size_t t = 0; api_tables[t]; t++)
		for (const struct api_row *row = api_tables[t]; row->path; row++) {
			if (!path_fits(req, row->path))
				continue;
			path_known = true;
			if (row->method != req->method)
				continue;
			if (!read_body(req, body, len) && params_known(req, row))
				row->fn(req);
			return;
		}
	if (path_known)
		api_fail(req, 405, "this cannot be done to %.200s", req->path);
	else
		api_fail(req, 404, "there is nothing at %.200s", req->path);
}

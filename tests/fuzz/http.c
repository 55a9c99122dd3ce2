// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the control API, as they come out of the HTTP library: one line "METHOD PATH?QUERY",
 * then the body. The real tables act on a real core whose calls are local pairs. Each request is
 * answered exactly once, with a status and, when refused, with a sentence.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/local.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

#define CHANNELS_KEPT 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned int answers;

/* --- in the place of http.c and stream.c ------------------------------------------------------ */

void api_send(struct api_req *req, int status, const char *text, size_t len)
{
	json_t *body = len && !req->type ? json_loadb(text, len, JSON_DECODE_ANY, NULL) : NULL;

	if (status < 200 || status > 599 || (len && !body && !req->type))
		abort();
	if (status >= 400 && !json_is_string(json_object_get(body, "message")))
		abort();
	json_decref(body);
	answers++;
}

void api_wake(void)
{
}

/* Application app is there, and nobody reads its events. */
void api_stream_add(struct api_stream *stream, struct api_text *text, const char *app)
{
	(void)stream;
	(void)text;
	(void)app;
}

void api_stream_say(struct api_stream *stream, const char *type, const char *app)
{
	(void)stream;
	(void)type;
	(void)app;
}

void api_tell(const char *type, json_t *json, const char *source, const char *app)
{
	(void)type;
	(void)source;
	(void)app;
	json_decref(json);
}

void api_streams_run(void)
{
}

/* --- the core --------------------------------------------------------------------------------- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct api_stream_params app = { .apps = "app,pbx,x,y" };

	(void)argc;
	(void)argv;
	tthread_enter(TTHREAD_USER);
	log_init(LOG_LVL_ERROR);
	if (timer_thread_start() || serializer_pool_start(1, 0) || event_start() ||
	    channels_init() || bridges_init() || local_init() || api_apps_begin(NULL, &app))
		abort();
	return 0;
}

static int end_channel(struct channel *ch, void *arg)
{
	++*(unsigned int *)arg;
	channel_post_hangup(ch, CAUSE_NORMAL);
	return 0;
}

static int end_bridge(struct bridge *br, void *arg)
{
	++*(unsigned int *)arg;
	bridge_destroy(br, NULL, NULL);
	return 0;
}

static int count_one(struct channel *ch, void *arg)
{
	(void)ch;
	++*(unsigned int *)arg;
	return 0;
}

static void settle(void)
{
	/* What has ended makes the next step of a request of several. */
	for (int i = 0; i < 3; i++) {
		if (serializer_pool_drain(10 * NSEC_PER_SEC))
			abort();
		api_run_queue();
	}
}

/* What earlier inputs made stays for a while, so that ids are found. */
static void tidy(void)
{
	unsigned int n = 0;

	channel_foreach(count_one, &n);
	if (n < CHANNELS_KEPT)
		return;
	channel_foreach(end_channel, &n);
	bridge_foreach(end_bridge, &n);
	settle();
}

static enum api_method method_of(const char *line)
{
	switch (*line) {
	case 'G':
		return API_GET;
	case 'P':
		return line[1] == 'U' ? API_PUT : API_POST;
	case 'D':
		return API_DELETE;
	default:
		return API_OTHER;
	}
}

static void ask(char *line, const uint8_t *body, size_t len)
{
	char *path = strchr(line, ' '), *query = path ? strchr(path, '?') : NULL, *pair, *save;
	struct api_req *req;
	int err = 0, conn;

	if (query)
		*query++ = '\0';
	req = api_req_new(method_of(line), path ? path + 1 : "");
	if (!req)
		abort();
	req->conn = &conn;
	for (pair = query ? strtok_r(query, "&", &save) : NULL; pair && !err;
	     pair = strtok_r(NULL, "&", &save))
		err = api_param_add(req, pair);
	answers = 0;
	if (err)
		api_fail(req, 400, "no parameters");
	else
		api_dispatch(req, (const char *)body, len);
	settle();
	/* Several channels for a bridge go one after the other. */
	for (int i = 0; i < 4096 && !answers; i++)
		settle();
	if (answers != 1)
		abort();
	req->conn = NULL;
	api_req_put(req);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) : len;
	char line[API_PARAMS_MAX];

	if (n >= sizeof(line) || len - n > API_BODY_MAX)
		return 0;
	memcpy(line, data, n);
	line[n] = '\0';
	ask(line, end ? end + 1 : NULL, end ? len - n - 1 : 0);
	tidy();
	return 0;
}

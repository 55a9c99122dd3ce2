// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics with trunk groups and spans, as the hooks tell of them: a line for each, values of labels
 * escaped, and nothing for what is not told.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/metrics.h"
#include "daemon/api/priv.h"
#include "daemon/core/thread.h"

static char *page;
static const char *type;

/* --- in the place of http.c and stream.c ------------------------------------------------------ */

void api_send(struct api_req *req, int status, const char *text, size_t len)
{
	assert_int_equal(status, 200);
	assert_int_equal(strlen(text), len);
	type = req->type;
	page = strdup(text);
}

void api_wake(void)
{
}

void api_stream_add(struct api_stream *stream, struct api_text *text, const char *app)
{
	(void)stream;
	(void)text;
	(void)app;
}

void api_stream_say(struct api_stream *stream, const char *kind, const char *app)
{
	(void)stream;
	(void)kind;
	(void)app;
}

void api_tell(const char *kind, json_t *json, const char *source, const char *app)
{
	(void)kind;
	(void)source;
	(void)app;
	json_decref(json);
}

void api_streams_run(void)
{
}

/* --- what the hooks tell ---------------------------------------------------------------------- */

static json_t *group_named(const char *name)
{
	return json_pack("{s:s,s:s,s:b,s:i,s:i,s:i,s:i,s:i,"
			 "s:[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}]}",
			 "name", name, "state", "up", "ready", false, "calls", 3, "slots_idle", 40,
			 "slots_busy", 2, "slots_resetting", 0, "slots_blocked", 7, "timeslots",
			 "address", "te0:1:1", "state", "busy", "address", "te0:1:2", "state",
			 "idle", "address", "te0:10:1", "state", "busy", "address", "te0:10:2",
			 "state", "busy");
}

static json_t *groups(void)
{
	return json_pack("[o,o]", group_named("a\"b\\c\nd"), group_named("gone"));
}

static json_t *group(const char *name)
{
	return strcmp(name, "gone") ? group_named(name) : NULL;
}

static json_t *spans(void)
{
	return json_pack("[{s:s,s:s,s:{s:b,s:b},s:{s:{s:{s:i}},s:{s:{s:i}},s:{s:i}}},{s:s,s:s,s:n}]",
			 "id", "te0:1", "state", "up", "alarms", "los", true, "rai", false,
			 "counters", "current", "near", "es", 4, "day", "near", "es", 99, "line",
			 "lcv", 123456, "id", "te0:2", "state", "down", "counters");
}

static json_t *media(void)
{
	return json_pack("{s:I,s:i}", "late", (json_int_t)1 << 40, "starved", 5);
}

static const struct api_hooks hooks = {
	.groups = groups, .group = group, .spans = spans, .media = media,
};

/* --- the page --------------------------------------------------------------------------------- */

static void ask(const struct api_hooks *with)
{
	struct api_req *req = api_req_new(API_GET, "/metrics");

	free(page);
	page = NULL;
	api_hooks = with;
	req->conn = req;
	api_dispatch(req, NULL, 0);
	assert_non_null(page);
	req->conn = NULL;
	api_req_put(req);
}

static void test_lines(void **state)
{
	static const char *const lines[] = {
		"# TYPE opentdm_group_up gauge\n"
		"opentdm_group_up{group=\"a\\\"b\\\\c\\nd\"} 1\n# HELP",
		"\nopentdm_group_ready{group=\"a\\\"b\\\\c\\nd\"} 0\n",
		"\nopentdm_group_calls{group=\"a\\\"b\\\\c\\nd\"} 3\n",
		"opentdm_group_timeslots{group=\"a\\\"b\\\\c\\nd\",state=\"blocked\"} 7\n",
		"\nopentdm_span_calls{group=\"a\\\"b\\\\c\\nd\",span=\"te0:1\"} 1\n"
		"opentdm_span_calls{group=\"a\\\"b\\\\c\\nd\",span=\"te0:10\"} 2\n# HELP",
		"\nopentdm_span_up{span=\"te0:1\"} 1\nopentdm_span_up{span=\"te0:2\"} 0\n# HELP",
		"\nopentdm_span_alarm{span=\"te0:1\",alarm=\"los\"} 1\n"
		"opentdm_span_alarm{span=\"te0:1\",alarm=\"rai\"} 0\n# HELP",
		"\nopentdm_span_errored_seconds{span=\"te0:1\",interval=\"current\"} 4\n"
		"opentdm_span_errored_seconds{span=\"te0:1\",interval=\"day\"} 99\n# HELP",
		"# TYPE opentdm_span_severely_errored_seconds gauge\n# HELP",
		"\nopentdm_span_line_code_violations_total{span=\"te0:1\"} 123456\n# HELP",
		"\nopentdm_media_late_periods_total 1099511627776\n",
		"\nopentdm_media_starved_periods_total 5\n",
		"# TYPE opentdm_media_lines gauge\n# HELP",
	};

	(void)state;
	ask(&hooks);
	assert_string_equal(type, "text/plain; version=0.0.4; charset=utf-8");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strstr(page, lines[i]))
			fail_msg("not on the page: %s", lines[i]);
	ask(NULL); /* nothing is known of lines, nor of media */
	assert_null(strstr(page, "group=\""));
	assert_null(strstr(page, "span=\""));
	assert_non_null(strstr(page, "# TYPE opentdm_media_late_periods_total counter\n# HELP"));
}

/* Times are told in seconds, to the nanosecond; what a gauge counts may sink. */
static void test_numbers(void **state)
{
	(void)state;
	metric_count(METRIC_API_STREAMS, 3);
	metric_count(METRIC_API_STREAMS, -2);
	metric_count_answer(503);
	ask(&hooks);
	assert_non_null(strstr(page, "\nopentdm_api_streams 1\n"));
	assert_non_null(strstr(page, "\nopentdm_api_requests_total{code=\"503\"} 1\n"));
	assert_non_null(strstr(page, "\nopentdm_task_wait_seconds_total 0.000000000\n"));
	assert_non_null(strstr(page, "\nopentdm_calls{state=\"Down\"} 0\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_numbers),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	tthread_enter(TTHREAD_USER);
	if (serializer_pool_start(1, 0) || event_start() || channels_init() || bridges_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(page);
	serializer_pool_stop(NSEC_PER_SEC);
	bridges_exit();
	channels_exit();
	event_stop();
	tthread_leave();
	return failed;
}

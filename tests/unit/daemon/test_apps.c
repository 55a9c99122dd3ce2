// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who hears which events: what was made before it was asked for is not heard, however late it
 * comes; and of a bridge is heard until all have left it who came in as the application's.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/priv.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"

/* --- in the place of http.c and stream.c ------------------------------------------------------ */

static int answered;
static char heard[256]; /* names of applications, in the order in which they heard */

void api_send(struct api_req *req, int status, const char *text, size_t len)
{
	(void)req;
	(void)text;
	(void)len;
	answered = status;
}

void api_wake(void)
{
}

void api_stream_add(struct api_stream *stream, struct api_text *text, const char *app)
{
	size_t len = strlen(heard);

	(void)stream;
	(void)text;
	snprintf(heard + len, sizeof(heard) - len, "%s ", app);
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

/* --- events ----------------------------------------------------------------------------------- */

/* Of channel NUMBER, which is app's; bridge: NULL, or its name. */
static void tell(enum event_type type, unsigned int number, const char *app, const char *bridge,
		 uint64_t made_ns)
{
	struct event event = { .type = (uint8_t)type, .made_ns = made_ns, .has_chan = number };
	struct api_text text = { .refs = 1, .event = &event };

	event.chan.id = number;
	snprintf(event.chan.sid, sizeof(event.chan.sid), "c%u", number);
	snprintf(event.chan.name, sizeof(event.chan.name), "PRI/near/%u-1", number);
	snprintf(event.chan.app, sizeof(event.chan.app), "%s", app);
	if (bridge) {
		event.bridge = 1000;
		snprintf(event.bridge_sid, sizeof(event.bridge_sid), "%s", bridge);
	}
	heard[0] = '\0';
	api_apps_event(&text);
}

#define tells(who, ...)                           \
	do {                                      \
		tell(__VA_ARGS__);                \
		assert_string_equal(heard, who);  \
	} while (0)

static struct api_stream *const streams = (struct api_stream *)1; /* is only handed on */

static void begin(const char *apps, bool replace)
{
	const struct api_stream_params params = { .apps = apps, .may_replace = replace };

	assert_int_equal(api_apps_begin(streams, &params), 0);
}

static int ask(enum api_method method, const char *app, const char *source)
{
	char path[96], pair[96];
	struct api_req *req;

	snprintf(path, sizeof(path), "/ari/applications/%s/subscription", app);
	snprintf(pair, sizeof(pair), "eventSource=%s", source);
	req = api_req_new(method, path);
	req->conn = req;
	assert_int_equal(api_param_add(req, pair), 0);
	answered = 0;
	api_dispatch(req, NULL, 0);
	req->conn = NULL;
	api_req_put(req);
	return answered;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_since(void **state)
{
	uint64_t before = tnow();

	(void)state;
	begin("one,two", true);
	tells("", EVENT_CHANNEL_STATE, 1, "one", NULL, before);
	tells("one ", EVENT_CHANNEL_STATE, 1, "one", NULL, tnow());
	before = tnow();
	assert_int_equal(ask(API_POST, "two", "endpoint:PRI/near"), 200);
	tells("one ", EVENT_CHANNEL_STATE, 1, "one", NULL, before);
	tells("two one ", EVENT_CHANNEL_STATE, 1, "one", NULL, tnow());
	/* Asked for again it is what it was. */
	before = tnow();
	assert_int_equal(ask(API_POST, "two", "endpoint:PRI/near"), 200);
	tells("two one ", EVENT_CHANNEL_STATE, 1, "one", NULL, before);
	/* A stream that takes the name over hears what the other one has not. */
	before = tnow();
	begin("two", true);
	tells("two one ", EVENT_CHANNEL_STATE, 1, "one", NULL, before);
	assert_int_equal(ask(API_DELETE, "two", "endpoint:PRI/near"), 200);
	tells("one ", EVENT_CHANNEL_STATE, 1, "one", NULL, tnow());
	api_apps_end(streams);
	before = tnow();
	begin("one", true);
	tells("", EVENT_CHANNEL_STATE, 1, "one", NULL, before);
	api_apps_end(streams);
}

static void test_members(void **state)
{
	(void)state;
	begin("one", true);
	tells("", EVENT_BRIDGE_ENTERED, 1, "two", "br", tnow());
	tells("one ", EVENT_BRIDGE_ENTERED, 2, "one", "br", tnow());
	tells("one ", EVENT_BRIDGE_ENTERED, 3, "one", "br", tnow());
	tells("one ", EVENT_BRIDGE_LEFT, 1, "two", "br", tnow());
	/* One goes to another application first: it is one of those that came in all the same. */
	tells("one ", EVENT_BRIDGE_LEFT, 2, "two", "br", tnow());
	tells("one ", EVENT_BRIDGE_ENTERED, 4, "two", "br", tnow());
	/* Who came in as another's does not count when it leaves. */
	tells("one ", EVENT_BRIDGE_LEFT, 4, "one", "br", tnow());
	tells("one ", EVENT_BRIDGE_PATH, 0, "", "br", tnow());
	tells("one ", EVENT_BRIDGE_LEFT, 3, "one", "br", tnow());
	tells("", EVENT_BRIDGE_DESTROYED, 0, "", "br", tnow());
	/* A conference that grows, and a member of which is heard twice. */
	for (unsigned int i = 1; i <= 40; i++) {
		tells("one ", EVENT_BRIDGE_ENTERED, i, "one", "br", tnow());
		tells("one ", EVENT_BRIDGE_ENTERED, i, "one", "br", tnow());
	}
	for (unsigned int i = 1; i <= 40; i++)
		tells("one ", EVENT_BRIDGE_LEFT, i, "one", "br", tnow());
	tells("", EVENT_BRIDGE_PATH, 0, "", "br", tnow());
	/* The end of a bridge is heard by whose channels are in it, and ends it. */
	tells("one ", EVENT_BRIDGE_ENTERED, 2, "one", "br", tnow());
	tells("one ", EVENT_BRIDGE_DESTROYED, 0, "", "br", tnow());
	tells("", EVENT_BRIDGE_PATH, 0, "", "br", tnow());
	api_apps_end(streams);
}

/* The names are read by other threads; these look while streams come and go. */
static void looks(void *arg)
{
	uint32_t *stop = arg;

	while (!atomic_load(stop))
		assert_true(api_app_named("always"));
}

static void test_named(void **state)
{
	struct tthread thread;
	uint32_t stop = 0;

	(void)state;
	assert_false(api_app_named("always"));
	begin("some,always", true);
	assert_true(api_app_named("some"));
	assert_int_equal(tthread_start(&thread, TTHREAD_USER, "looks", looks, &stop), 0);
	for (int i = 0; i < 2000; i++) {
		struct api_stream *other = (struct api_stream *)(uintptr_t)(2 + i % 2);
		const struct api_stream_params params = { .apps = "always,other",
							  .may_replace = true };

		assert_int_equal(api_apps_begin(other, &params), 0);
		api_apps_end(i ? (struct api_stream *)(uintptr_t)(2 + !(i % 2)) : streams);
	}
	atomic_store(&stop, 1);
	tthread_join(&thread);
	api_apps_end((struct api_stream *)2);
	api_apps_end((struct api_stream *)3);
	assert_false(api_app_named("always") || api_app_named("some") || api_app_named("other"));
	trcu_barrier();
}

static int setup(void **state)
{
	(void)state;
	tthread_enter(TTHREAD_USER);
	return channels_init() || bridges_init();
}

static int teardown(void **state)
{
	(void)state;
	bridges_exit();
	channels_exit();
	tthread_leave();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}

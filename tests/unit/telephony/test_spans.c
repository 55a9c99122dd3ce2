// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spans as the API tells of them, and their events, of a kernel and a trunk group that are the test's.
 */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/call/event.h"
#include "daemon/core/thread.h"
#include "daemon/group/group.h"
#include "daemon/spans.h"
#include "lib/tdm.h"
#include "tests/unit/daemon/filter.h"

/* --- the kernel ------------------------------------------------------------------------------- */

static bool driver;
static struct tdm_news script[16]; /* what the watch tells */
static uint32_t scripted, told;	   /* atomics */
static int bell = -1;

int tdm_nl_open(struct tdm_nl **nl, tdm_call_check check, struct tdm_error *e)
{
	(void)check;
	*nl = NULL;
	return driver ? 0 : tdm_error_set(e, -ENOENT, "no driver");
}

void tdm_nl_close(struct tdm_nl *nl)
{
	(void)nl;
}

void tdm_free(void *list)
{
	free(list);
}

int tdm_nl_spans(struct tdm_nl *nl, const struct tdm_addr *filter, struct tdm_span_info **list,
		 struct tdm_error *e)
{
	(void)nl;
	(void)filter;
	(void)e;
	*list = calloc(2, sizeof(**list));
	(*list)[0] = (struct tdm_span_info){
		.card = 1, .card_name = "te0", .port = 2, .state = TDM_SPAN_UP, .stalled = true,
		.failures = TDM_ALARM_LOS, .defects = TDM_ALARM_LOS | TDM_ALARM_RAI, .slips = 5,
		.sending_rai = true,
		.conf = { .type = TDM_TYPE_T1, .loopback = TDM_LOOP_LOCAL },
	};
	(*list)[1] = (struct tdm_span_info){ .card = 2, .card_name = "te1", .port = 1 };
	return 2;
}

int tdm_nl_card_by_id(struct tdm_nl *nl, uint32_t card, struct tdm_card_info *info,
		      struct tdm_error *e)
{
	(void)nl;
	*info = (struct tdm_card_info){ .clock_state = TDM_CLOCK_HOLDOVER, .clock_usable = 1u << 2,
					.clock_port = 3, .clock_changes = 9 };
	return card == 1 ? 0 : tdm_error_set(e, -ENODEV, "gone");
}

int tdm_nl_counters(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_counters *current,
		    struct tdm_totals *totals, struct tdm_error *e)
{
	(void)nl;
	(void)port;
	*current = (struct tdm_counters){ .elapsed = 100, .valid = true, .near = { .es = 3, .lcv = 1 } };
	*totals = (struct tdm_totals){ .intervals = 4, .near = { .es = 40, .uas = 7 }, .crc = 11,
				       .slips = 12, .lcv = 13 };
	return card == 1 ? 0 : tdm_error_set(e, -ENODEV, "gone");
}

int tdm_watch_open(struct tdm_watch **watch, tdm_call_check check, struct tdm_error *e)
{
	(void)check;
	*watch = (struct tdm_watch *)script;
	return driver ? 0 : tdm_error_set(e, -ENOENT, "no driver");
}

void tdm_watch_close(struct tdm_watch *watch)
{
	(void)watch;
}

int tdm_watch_fd(const struct tdm_watch *watch)
{
	(void)watch;
	return bell;
}

int tdm_watch_next(struct tdm_watch *watch, struct tdm_news *news, struct tdm_error *e)
{
	uint64_t rung;

	(void)watch;
	(void)e;
	if (told == atomic_load(&scripted))
		return read(bell, &rung, sizeof(rung)) < 0 ? 0 : 0;
	*news = script[told++];
	return 1;
}

/* --- the trunk group -------------------------------------------------------------------------- */

int group_iface(const char *name, const char *card, int port)
{
	return !strcmp(name, "trunk") && !strcmp(card, "te0") && port == 2 ? 1 : -ENODEV;
}

int group_slots(const char *name, void (*fn)(const struct group_slot_info *info, void *arg),
		void *arg)
{
	static const struct conf_addr other = { .card = "te0", .port = 1 };
	static const struct conf_addr ours = { .card = "te0", .port = 2 };
	struct group_slot_info i = { .span = &other, .slot = 9, .state = BCHAN_BUSY };

	assert_string_equal(name, "trunk");
	fn(&i, arg);
	i.span = &ours;
	for (i.slot = 1; i.slot <= 23; i.slot++) {
		i.state = i.slot == 5 ? BCHAN_BUSY : BCHAN_IDLE;
		i.blocked = (i.slot < 4 ? BCHAN_NEAR : 0) | (i.slot == 7 ? BCHAN_FAR : 0);
		fn(&i, arg);
	}
	return 0;
}

/* --- */

static void objects(void **state)
{
	struct conf_group group = { .name = "trunk" };
	struct conf conf = { .groups = &group, .ngroups = 1 };
	json_t *list, *want;

	(void)state;
	driver = false;
	list = spans_json(&conf);
	assert_int_equal(0, json_array_size(list));
	json_decref(list);
	driver = true;
	list = spans_json(&conf);
	assert_int_equal(2, json_array_size(list));
	want = json_pack(
		"{s:s,s:s,s:i,s:s,s:b,s:s,s:{s:b,s:b,s:b,s:b,s:b},s:{s:b,s:b,s:b,s:b,s:b},s:b,s:i,"
		"s:{s:s,s:i,s:b,s:i},s:s,s:{s:s,s:s,s:s,s:s,s:s}}",
		"id", "te0:2", "card", "te0", "port", 2, "state", "up", "stalled", 1, "type", "t1",
		"alarms", "los", 1, "lfa", 0, "ais", 0, "rai", 0, "lmfa", 0, "defects", "los", 1,
		"lfa", 0, "ais", 0, "rai", 1, "lmfa", 0, "sending_rai", 1, "slips", 5, "clock",
		"state", "holdover", "port", 3, "usable", 1, "changes", 9, "group", "trunk",
		"maintenance", "loop", "local", "timeslots", "1-23", "busy", "5", "out_of_service",
		"1-3", "far_out_of_service", "7");
	assert_non_null(want);
	for (void *at = json_object_iter(want); at; at = json_object_iter_next(want, at)) {
		const char *key = json_object_iter_key(at);

		if (!json_equal(json_object_iter_value(at),
				json_object_get(json_array_get(list, 0), key)))
			fail_msg("%s is another one", key);
	}
	json_decref(want);
	json_decref(list);
}

static void counters(void **state)
{
	int es, day, elapsed, uas, crc, slips, lcv, valid;
	json_t *list, *far, *group, *of_gone, *clock;

	(void)state;
	driver = true;
	list = spans_json(NULL);
	assert_int_equal(0, json_unpack(json_array_get(list, 0),
		"{s:{s:{s:b,s:{s:i},s:o},s:{s:i,s:{s:i,s:i}},s:{s:i,s:i,s:i}},s:o}", "counters",
		"current", "valid", &valid, "near", "es", &es, "far", &far, "day", "elapsed",
		&elapsed, "near", "es", &day, "uas", &uas, "line", "crc", &crc, "slips", &slips,
		"lcv", &lcv, "group", &group));
	assert_int_equal(3, es);
	assert_int_equal(43, day); /* what is in store, and what runs now */
	assert_int_equal(3700, elapsed);
	assert_int_equal(7, uas);
	assert_int_equal(11, crc);
	assert_int_equal(12, slips);
	assert_int_equal(13, lcv);
	assert_true(valid && json_is_null(far) && json_is_null(group));
	/* Of a card that goes meanwhile what is still known. */
	assert_int_equal(0, json_unpack(json_array_get(list, 1), "{s:o,s:o}", "counters", &of_gone,
					"clock", &clock));
	assert_true(json_is_null(of_gone) && json_is_null(clock));
	json_decref(list);
}

static char heard[1024];
static uint32_t heard_len; /* atomic */

static void deliver(struct event_sub *sub, struct event *event)
{
	size_t n = heard_len;

	(void)sub;
	if (event->type == EVENT_SPAN_ALARM)
		n += (size_t)snprintf(heard + n, sizeof(heard) - n, "%s [%s] [%s] +[%s] -[%s] %d\n",
				      event->u.span.id, event->u.span.alarms, event->u.span.defects,
				      event->u.span.raised, event->u.span.cleared,
				      event->u.span.sending_rai);
	else if (event->type == EVENT_SPAN_CLOCK)
		n += (size_t)snprintf(heard + n, sizeof(heard) - n, "%s %s %u\n",
				      event->u.clock.card, event->u.clock.state,
				      event->u.clock.port);
	atomic_store(&heard_len, (uint32_t)n);
}

static void events(void **state)
{
	static const struct tdm_news news[] = {
		{ .type = TDM_NEWS_RESYNC, .card_name = "te0", .port = 1 },
		{ .type = TDM_NEWS_RESYNCED },
		{ .type = TDM_NEWS_ALARM, .card_name = "te0", .port = 1, .raised = TDM_ALARM_LOS,
		  .span = { .failures = TDM_ALARM_LOS | TDM_ALARM_AIS, .defects = TDM_ALARM_LOS,
			    .sending_rai = true } },
		{ .type = TDM_NEWS_SLIP, .card_name = "te0", .port = 1, .value = 1 },
		{ .type = TDM_NEWS_CLOCK, .card_name = "te0",
		  .info = { .clock_state = TDM_CLOCK_LOCKED, .clock_port = 1 } },
		{ .type = TDM_NEWS_ALARM, .card_name = "te0", .port = 1, .cleared = TDM_ALARM_LOS },
		{ .type = TDM_NEWS_RESYNC, .card_name = "te0", .port = 1,
		  .span = { .failures = TDM_ALARM_RAI } },
		{ .type = TDM_NEWS_RESYNCED },
	};
	static const char lines[] = "te0:1 [los,ais] [los] +[los] -[] 1\nte0 locked 1\n"
				    "te0:1 [] [] +[] -[los] 0\nte0:1 [rai] [] +[] -[] 0\n";
	static struct event_sub sub = { .deliver = deliver };
	uint64_t one = 1;

	(void)state;
	driver = false;
	assert_int_equal(0, spans_watch_start()); /* nothing to watch, and nothing to stop */
	spans_watch_stop();
	driver = true;
	bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	event_subscribe(&sub, EVENT_ALL);
	memcpy(script, news, 2 * sizeof(news[0]));
	scripted = 2;
	assert_int_equal(0, spans_watch_start());
	memcpy(script + 2, news + 2, sizeof(news) - 2 * sizeof(news[0]));
	atomic_store(&scripted, ARRAY_SIZE(news));
	assert_int_equal(sizeof(one), write(bell, &one, sizeof(one)));
	for (int i = 0; i < patience_ms() / 5 && atomic_load(&heard_len) < sizeof(lines) - 1; i++)
		usleep(5000);
	spans_watch_stop();
	assert_string_equal(lines, heard);
	close(bell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(counters),
		cmocka_unit_test(events),
	};
	int failed;

	tthread_enter(TTHREAD_USER);
	if (event_start())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	event_stop();
	tthread_leave();
	return failed;
}

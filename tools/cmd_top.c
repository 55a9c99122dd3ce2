// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl top: spans, alarms, calls and load of tdmd on one screen, again and again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmds.h"
#include "screen.h"
#include "tdmd.h"

#define HEAD_ROWS 3
#define ALARMS_MAX 32
#define RATE_SECONDS 0.5

/* What is shown as so many a second: where the page of metrics has it. */
enum rate { RATE_CPU, RATE_CALLS, RATE_TASKS, RATE_WAIT, RATE_LOCKS, RATE_EVENTS, RATES };

static const char *const rated[RATES] = {
	[RATE_CPU] = "process_cpu_seconds_total",
	[RATE_CALLS] = "opentdm_calls_started_total{direction=\"out\"}",
	[RATE_TASKS] = "opentdm_tasks_total",
	[RATE_WAIT] = "opentdm_task_wait_seconds_total",
	[RATE_LOCKS] = "opentdm_lock_contended_total",
	[RATE_EVENTS] = "opentdm_api_events_delivered_total",
};

struct look {
	char *page;
	json_t *spans, *channels;
	json_t *levels; /* by channel */
	double at; /* CLOCK_MONOTONIC, seconds */
	double count[RATES];
};

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A sample of the page, by its name with its labels; 0: there is none. */
static double metric(const char *page, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = page; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, len) && at[len] == ' ')
			return strtod(at + len + 1, NULL);
	}
	return 0;
}

static void look_end(struct look *look)
{
	free(look->page);
	json_decref(look->spans);
	json_decref(look->channels);
	json_decref(look->levels);
	*look = (struct look){ 0 };
}

/* The list, by the channel of each. */
static json_t *by_channel(const json_t *list)
{
	json_t *all = json_object(), *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (ctl_text(one, NULL, "channel"))
			json_object_set(all, ctl_text(one, NULL, "channel"), one);
	return all;
}

static int look_at(struct ctl *c, struct look *look)
{
	json_t *levels = NULL;
	int ret;

	*look = (struct look){ 0 };
	ret = ctl_ask_text(c, "/metrics", &look->page) ?:
	      ctl_ask_list(c, "/ari/spans", "spans", &look->spans) ?:
	      ctl_ask_list(c, "/ari/channels", "channels", &look->channels) ?:
	      ctl_ask_list(c, "/ari/levels", "levels", &levels);
	if (ret) {
		look_end(look);
		return ret;
	}
	look->levels = by_channel(levels);
	json_decref(levels);
	look->at = seconds(CLOCK_MONOTONIC);
	for (int i = 0; i < RATES; i++)
		look->count[i] = metric(look->page, rated[i]);
	return 0;
}

/* --- the picture ------------------------------------------------------------------------------ */

static void version_of(const char *page, char *out, size_t len)
{
	static const char name[] = "opentdm_build_info{version=\"";
	const char *at = strstr(page, name);

	at = at ? at + sizeof(name) - 1 : "";
	snprintf(out, len, "%.*s", (int)strcspn(at, "\"\n"), at);
}

static void duration(double s, char *out, size_t len)
{
	long long n = s > 0 ? (long long)s : 0;

	if (n >= 86400)
		snprintf(out, len, "%lldd%02lldh", n / 86400, n / 3600 % 24);
	else
		snprintf(out, len, "%lld:%02lld:%02lld", n / 3600, n / 60 % 60, n % 60);
}

static void head(struct screen *s, const struct look *now, const struct look *last)
{
	double rate[RATES] = { 0 }, span = now->at - last->at;
	char version[32], up[32], clock[16];
	time_t t = time(NULL);
	struct tm tm;

	for (int i = 0; last->page && span > 0 && i < RATES; i++)
		rate[i] = (now->count[i] - last->count[i]) / span;
	version_of(now->page, version, sizeof(version));
	duration(seconds(CLOCK_REALTIME) - metric(now->page, "process_start_time_seconds"), up,
		 sizeof(up));
	localtime_r(&t, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	screen_line(s, "tdmd %-8.16s up %-9s CPU %5.1f %%  memory %5.0f MB  %13s  %s", version, up,
		    100 * rate[RATE_CPU], metric(now->page, "process_resident_memory_bytes") / 1e6,
		    "", clock);
	screen_line(s, "calls %zu (%.0f up, %.1f/s out)  bridges %.0f  late %.0f  starved %.0f",
		    json_array_size(now->channels), metric(now->page, "opentdm_calls{state=\"Up\"}"),
		    rate[RATE_CALLS], metric(now->page, "opentdm_bridges"),
		    metric(now->page, "opentdm_media_late_periods_total"),
		    metric(now->page, "opentdm_media_starved_periods_total"));
	screen_line(s, "tasks %.0f/s, wait %.0f us  locks taken %.0f/s  events %.0f/s to %.0f readers",
		    rate[RATE_TASKS],
		    rate[RATE_TASKS] > 0 ? 1e6 * rate[RATE_WAIT] / rate[RATE_TASKS] : 0,
		    rate[RATE_LOCKS], rate[RATE_EVENTS], metric(now->page, "opentdm_api_streams"));
}

/* "los,rai" of an object of alarms; none is "-". */
static void alarms_of(const json_t *span, char *out, size_t len)
{
	const json_t *on;
	const char *name;
	size_t n = 0;

	snprintf(out, len, "-");
	json_object_foreach(json_object_get(span, "alarms"), name, on)
		if (json_is_true(on) && n < len)
			n += (size_t)snprintf(out + n, len - n, "%s%s", n ? "," : "", name);
}

static long long count_of(const json_t *span, const char *interval, const char *name)
{
	const json_t *counters = json_object_get(json_object_get(span, "counters"), interval);

	return json_integer_value(json_object_get(json_object_get(counters, "near"), name));
}

static double calls_of(const struct look *now, const json_t *span)
{
	const char *group = ctl_text(span, NULL, "group"), *id = ctl_text(span, NULL, "id");
	char name[256];

	snprintf(name, sizeof(name), "opentdm_span_calls{group=\"%s\",span=\"%s\"}",
		 group ? group : "", id ? id : "");
	return metric(now->page, name);
}

static const char *or_dash(const char *text)
{
	return text && *text ? text : "-";
}

/* At most @rows lines, with their heading. */
static void spans(struct screen *s, const struct look *now, int rows)
{
	size_t n = json_array_size(now->spans), shown = (size_t)rows - 1;
	char alarms[ALARMS_MAX];

	if (!n)
		screen_line(s, "no spans");
	if (!n || rows < 2)
		return;
	screen_line(s, "%-12s %-6s %-12s %6s %6s %6s %6s %5s  %s", "SPAN", "STATE", "ALARMS",
		    "SLIPS", "ES", "ES/DAY", "UAS", "CALLS", "GROUP");
	if (n > shown)
		shown--;
	for (size_t i = 0; i < n && i < shown; i++) {
		const json_t *span = json_array_get(now->spans, i);

		alarms_of(span, alarms, sizeof(alarms));
		screen_line(s, "%-12.20s %-6s %-12.24s %6lld %6lld %6lld %6lld %5.0f  %.20s",
			    or_dash(ctl_text(span, NULL, "id")),
			    or_dash(ctl_text(span, NULL, "state")), alarms,
			    json_integer_value(json_object_get(span, "slips")),
			    count_of(span, "current", "es"), count_of(span, "day", "es"),
			    count_of(span, "current", "uas"), calls_of(now, span),
			    or_dash(ctl_text(span, NULL, "group")));
	}
	if (n > shown)
		screen_line(s, "... and %zu more", n - shown);
}

/* How long ago "2026-01-31T12:00:00.000+0000" was. */
static double since(const char *text)
{
	struct tm tm = { 0 };

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	return seconds(CLOCK_REALTIME) - (double)timegm(&tm);
}

static int younger(const void *a, const void *b)
{
	const char *x = ctl_text(*(const json_t *const *)a, NULL, "creationtime");
	const char *y = ctl_text(*(const json_t *const *)b, NULL, "creationtime");

	return strcmp(y ? y : "", x ? x : "");
}

/* "-12/-40" of what comes and what is sent, in dBm0; "kernel": it is not seen here. */
static void levels_of(const struct look *now, const char *id, char *out, size_t len)
{
	const json_t *level = id ? json_object_get(now->levels, id) : NULL;
	const char *path = ctl_text(level, NULL, "path");
	char way[2][8];

	for (int i = 0; i < 2; i++) {
		const json_t *one = json_object_get(level, i ? "out" : "in");

		snprintf(way[i], sizeof(way[i]), "-");
		if (one)
			snprintf(way[i], sizeof(way[i]), "%d",
				 (int)json_integer_value(json_object_get(one, "mean")) % 1000);
	}
	if (path && !strcmp(path, "kernel"))
		snprintf(out, len, "kernel");
	else if (json_object_get(level, "in") || json_object_get(level, "out"))
		snprintf(out, len, "%s/%s", way[0], way[1]);
	else
		snprintf(out, len, "-");
}

static void calls(struct screen *s, const struct look *now, int rows)
{
	size_t n = json_array_size(now->channels), shown = (size_t)rows - 1;
	const json_t **sorted;
	char age[32], levels[20];

	if (!n)
		screen_line(s, "no calls");
	if (!n || rows < 2)
		return;
	sorted = calloc(n, sizeof(*sorted));
	if (!sorted)
		return;
	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(now->channels, i);
	qsort(sorted, n, sizeof(*sorted), younger);
	screen_line(s, "%-26s %-8s %-12s %-12s %8s %9s", "CALL", "STATE", "CALLER", "CALLED", "FOR",
		    "DBM0");
	if (n > shown)
		shown--;
	for (size_t i = 0; i < n && i < shown; i++) {
		const json_t *ch = sorted[i];

		duration(since(ctl_text(ch, NULL, "creationtime")), age, sizeof(age));
		levels_of(now, ctl_text(ch, NULL, "id"), levels, sizeof(levels));
		screen_line(s, "%-26.26s %-8.8s %-12.12s %-12.12s %8s %9s",
			    or_dash(ctl_text(ch, NULL, "name")),
			    or_dash(ctl_text(ch, NULL, "state")),
			    or_dash(ctl_text(ch, "caller", "number")),
			    or_dash(ctl_text(ch, "dialplan", "exten")), age, levels);
	}
	if (n > shown)
		screen_line(s, "... and %zu more", n - shown);
	free(sorted);
}

/* The spans get what they need, but no more than half of what is there while calls need it. */
static int draw(struct screen *s, const struct look *now, const struct look *last)
{
	int body, want_spans, want_calls;

	screen_begin(s);
	head(s, now, last);
	body = s->rows - HEAD_ROWS - 2; /* an empty line before each part */
	want_spans = json_array_size(now->spans) < 1000 ? (int)json_array_size(now->spans) + 1 : 1000;
	want_calls = json_array_size(now->channels) < 1000 ?
		     (int)json_array_size(now->channels) + 1 : 1000;
	if (want_spans + want_calls > body && want_spans > body / 2)
		want_spans = want_calls > body / 2 ? body / 2 : body - want_calls;
	screen_line(s, "%s", "");
	spans(s, now, want_spans < 2 ? 2 : want_spans);
	screen_line(s, "%s", "");
	calls(s, now, screen_left(s));
	return screen_end(s);
}

int cmd_top(struct ctl *c)
{
	bool once = ctl_opt(c, "once") != NULL;
	struct look now = { 0 }, last = { 0 };
	enum screen_event event = SCREEN_TIME;
	long long interval = 2;
	struct screen s;
	int ret = ctl_opt_number(c, "interval", 1, 3600, &interval) ?: look_at(c, &now);

	if (ret)
		return ret;
	ret = screen_open(&s, c->out, once);
	if (ret)
		tdm_error_set(&c->e, ret, "this is no terminal: with --once it prints what it sees");
	while (!ret) {
		ret = draw(&s, &now, &last);
		if (ret)
			tdm_error_set(&c->e, ret, "writing: %s", strerror(-ret));
		if (ret || once)
			break;
		event = screen_wait(&s, (int)interval * 1000);
		if (event == SCREEN_QUIT)
			break;
		/* What happened in a moment is no rate: a key does not make one of it. */
		if (last.page && now.at - last.at < RATE_SECONDS) {
			look_end(&now);
		} else {
			look_end(&last);
			last = now;
		}
		ret = look_at(c, &now);
	}
	screen_close(&s);
	look_end(&now);
	look_end(&last);
	return ret;
}

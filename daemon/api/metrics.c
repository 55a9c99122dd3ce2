// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics: the page for Prometheus, in its text form 0.0.4. Everything is counted where it
 * happens, or read when it is asked for; a look at the page waits for nobody but the kernel, for the
 * counters of the spans.
 */
#include "daemon/api/metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/api/priv.h"
#include "daemon/core/lock.h"

#define STATUSES 600 /* of HTTP */

/* The sets of labels in the table. */
enum labels {
	LABELS_NONE,
	LABELS_VERSION,
	LABELS_STATE,
	LABELS_DIRECTION,
	LABELS_CAUSE,
	LABELS_CODE,
	LABELS_GROUP,
	LABELS_GROUP_STATE,
	LABELS_GROUP_SPAN,
	LABELS_SPAN,
	LABELS_SPAN_ALARM,
	LABELS_SPAN_INTERVAL,
};

static const struct metric_row {
	const char *name, *type;
	enum labels labels;
	const char *from, *help;
} table[METRICS] = {
#define X(metric, name, type, labels, from, help) [metric] = { name, type, labels, from, help },
	METRIC_TABLE(X)
#undef X
};

/* Counted as it happens: atomics. */
static uint64_t counted[METRICS];
static uint64_t answered[STATUSES];
static uint64_t begun_us;

static void __attribute__((constructor)) metric_begin(void)
{
	begun_us = now_us();
}

uint64_t metric_started_us(void)
{
	return begun_us;
}

void metric_count(enum metric metric, int n)
{
	atomic_add_relaxed(&counted[metric], (uint64_t)(int64_t)n);
}

void metric_count_answer(int status)
{
	atomic_inc_relaxed(&answered[(unsigned int)status % STATUSES]);
}

/* --- the page --------------------------------------------------------------------------------- */

struct page {
	FILE *out;
	uint64_t plain[METRICS]; /* of those without labels */
	unsigned int states[CHAN_STATES];
	struct event_counts calls;
	json_t *groups; /* each whole, with its timeslots */
	json_t *spans;
	json_t *media;
};

static void escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

/* A line; pairs of a label and its value follow, and a NULL. */
static void __attribute__((sentinel)) sample(struct page *p, enum metric m, uint64_t value, ...)
{
	const struct metric_row *row = &table[m];
	const char *label;
	char between = '{';
	va_list args;

	fputs(row->name, p->out);
	va_start(args, value);
	while ((label = va_arg(args, const char *))) {
		fprintf(p->out, "%c%s=\"", between, label);
		escaped(p->out, va_arg(args, const char *));
		putc('"', p->out);
		between = ',';
	}
	va_end(args);
	if (between == ',')
		putc('}', p->out);
	if (row->from && !strcmp(row->from, "ns"))
		fprintf(p->out, " %llu.%09llu\n", (unsigned long long)(value / NSEC_PER_SEC),
			(unsigned long long)(value % NSEC_PER_SEC));
	else
		fprintf(p->out, " %llu\n", (unsigned long long)value);
}

/* A number of 0 or more, or a truth, at a path like "counters.line.lcv"; false: it is not told. */
static bool number_at(const json_t *object, const char *path, uint64_t *value)
{
	char name[32];

	for (;;) {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		object = json_object_get(object, name);
		if (!path[n])
			break;
		path += n + 1;
	}
	if (json_is_integer(object))
		*value = (uint64_t)json_integer_value(object);
	else if (json_is_string(object))
		*value = !strcmp(json_string_value(object), "up");
	else
		*value = json_is_true(object);
	return json_is_integer(object) || json_is_string(object) || json_is_boolean(object);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void tell_none(struct page *p, enum metric m)
{
	const char *from = table[m].from;
	uint64_t value = p->plain[m];

	if (!from || !strcmp(from, "ns") ||
	    number_at(p->media, strchr(from, '.') + 1, &value))
		sample(p, m, value, NULL);
}

static void tell_version(struct page *p, enum metric m)
{
	sample(p, m, 1, "version", OPENTDM_VERSION, NULL);
}

/* Several states have one name: told once, together. */
static void tell_states(struct page *p, enum metric m)
{
	for (int i = 0; i < CHAN_STATES; i++) {
		const char *name = channel_state_name((enum channel_state)i);
		uint64_t sum = 0;
		int first = CHAN_STATES;

		for (int j = CHAN_STATES - 1; j >= 0; j--) {
			if (strcmp(name, channel_state_name((enum channel_state)j)))
				continue;
			sum += p->states[j];
			first = j;
		}
		if (first == i)
			sample(p, m, sum, "state", name, NULL);
	}
}

static void tell_directions(struct page *p, enum metric m)
{
	sample(p, m, p->calls.created[0], "direction", "in", NULL);
	sample(p, m, p->calls.created[1], "direction", "out", NULL);
}

static void tell_array(struct page *p, enum metric m, const char *label, const uint64_t *array,
		       int len)
{
	char number[16];

	for (int i = 0; i < len; i++) {
		uint64_t value = atomic_load_relaxed(&array[i]);

		if (!value)
			continue;
		snprintf(number, sizeof(number), "%d", i);
		sample(p, m, value, label, number, NULL);
	}
}

static void tell_causes(struct page *p, enum metric m)
{
	tell_array(p, m, "cause", p->calls.destroyed, ARRAY_SIZE(p->calls.destroyed));
}

static void tell_codes(struct page *p, enum metric m)
{
	tell_array(p, m, "code", answered, STATUSES);
}

/* What each of a list says at the place that the table names; @label: its member @id. */
static void tell_each(struct page *p, enum metric m, const json_t *list, const char *label,
		      const char *id)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		uint64_t value;

		if (number_at(one, table[m].from, &value))
			sample(p, m, value, label, text_of(one, id), NULL);
	}
}

static void tell_groups(struct page *p, enum metric m)
{
	tell_each(p, m, p->groups, "group", "name");
}

static void tell_timeslots(struct page *p, enum metric m)
{
	static const char *const states[] = { "idle", "busy", "resetting", "blocked" };
	char name[32];
	json_t *group;
	size_t i;

	json_array_foreach(p->groups, i, group)
		for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
			uint64_t value;

			snprintf(name, sizeof(name), "slots_%s", states[s]);
			if (number_at(group, name, &value))
				sample(p, m, value, "group", text_of(group, "name"), "state",
				       states[s], NULL);
		}
}

/* The length of CARD:PORT in CARD:PORT:SLOT. */
static size_t span_len(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? (size_t)(colon - address) : strlen(address);
}

/* Timeslots stand span after span. */
static void tell_span_calls(struct page *p, enum metric m)
{
	json_t *group, *slot;
	size_t i, j;

	json_array_foreach(p->groups, i, group) {
		json_t *slots = json_object_get(group, "timeslots");
		uint64_t calls = 0;

		json_array_foreach(slots, j, slot) {
			const char *address = text_of(slot, "address");
			const char *next = text_of(json_array_get(slots, j + 1), "address");
			size_t len = span_len(address);
			char span[64];

			calls += !strcmp(text_of(slot, "state"), "busy");
			if (len == span_len(next) && !strncmp(address, next, len))
				continue;
			snprintf(span, sizeof(span), "%.*s", (int)len, address);
			sample(p, m, calls, "group", text_of(group, "name"), "span", span, NULL);
			calls = 0;
		}
	}
}

static void tell_spans(struct page *p, enum metric m)
{
	tell_each(p, m, p->spans, "span", "id");
}

static void tell_alarms(struct page *p, enum metric m)
{
	json_t *span, *on;
	const char *alarm;
	size_t i;

	json_array_foreach(p->spans, i, span)
		json_object_foreach(json_object_get(span, table[m].from), alarm, on)
			sample(p, m, json_is_true(on), "span", text_of(span, "id"), "alarm", alarm,
			       NULL);
}

static void tell_intervals(struct page *p, enum metric m)
{
	static const char *const intervals[] = { "current", "day" };
	char path[64];
	json_t *span;
	size_t i;

	json_array_foreach(p->spans, i, span)
		for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
			uint64_t value;

			snprintf(path, sizeof(path), "counters.%s.near.%s", intervals[n],
				 table[m].from);
			if (number_at(span, path, &value))
				sample(p, m, value, "span", text_of(span, "id"), "interval",
				       intervals[n], NULL);
		}
}

static void (*const tell[])(struct page *p, enum metric m) = {
	[LABELS_NONE] = tell_none,
	[LABELS_VERSION] = tell_version,
	[LABELS_STATE] = tell_states,
	[LABELS_DIRECTION] = tell_directions,
	[LABELS_CAUSE] = tell_causes,
	[LABELS_CODE] = tell_codes,
	[LABELS_GROUP] = tell_groups,
	[LABELS_GROUP_STATE] = tell_timeslots,
	[LABELS_GROUP_SPAN] = tell_span_calls,
	[LABELS_SPAN] = tell_spans,
	[LABELS_SPAN_ALARM] = tell_alarms,
	[LABELS_SPAN_INTERVAL] = tell_intervals,
};

/* --- what is read when it is asked for -------------------------------------------------------- */

static int count_channel(struct channel *ch, void *arg)
{
	struct channel_info info;
	struct page *p = arg;

	channel_info_read(ch, &info);
	p->states[info.state]++;
	return 0;
}

static int count_bridge(struct bridge *br, void *arg)
{
	struct page *p = arg;

	(void)br;
	p->plain[METRIC_BRIDGES]++;
	return 0;
}

static uint64_t time_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * NSEC_PER_SEC + (uint64_t)tv->tv_usec * NSEC_PER_USEC;
}

static uint64_t resident(void)
{
	unsigned long long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (!statm)
		return 0;
	if (fscanf(statm, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(statm);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void read_core(struct page *p)
{
	struct serializer_stats stats;
	struct rusage usage = { 0 };

	for (int i = 0; i < METRICS; i++)
		p->plain[i] = atomic_load_relaxed(&counted[i]);
	serializer_pool_stats(&stats);
	getrusage(RUSAGE_SELF, &usage);
	p->plain[METRIC_PROCESS_START_TIME_SECONDS] = begun_us * NSEC_PER_USEC;
	p->plain[METRIC_PROCESS_CPU_SECONDS_TOTAL] = time_ns(&usage.ru_utime) +
						     time_ns(&usage.ru_stime);
	p->plain[METRIC_PROCESS_RESIDENT_MEMORY_BYTES] = resident();
	event_counts_read(&p->calls);
	p->plain[METRIC_MOVES_TOTAL] = p->calls.moved;
	p->plain[METRIC_LEGS_QUARANTINED] = leg_quarantine_count();
	p->plain[METRIC_SERIALIZERS] = stats.alive;
	p->plain[METRIC_SERIALIZERS_RUNNABLE] = stats.runnable;
	p->plain[METRIC_SERIALIZER_THREADS] = stats.threads;
	p->plain[METRIC_SERIALIZER_DEPTH_MAX] = stats.depth_max;
	p->plain[METRIC_TASKS_TOTAL] = stats.executed;
	p->plain[METRIC_TASK_WAIT_SECONDS_TOTAL] = stats.wait_total_ns;
	p->plain[METRIC_TASK_WAIT_MAX_SECONDS] = stats.wait_max_ns;
	p->plain[METRIC_SERIALIZER_CALLS_REFUSED_TOTAL] = stats.edeadlk;
	p->plain[METRIC_SERIALIZER_CALLS_TIMEDOUT_TOTAL] = stats.timedout;
	p->plain[METRIC_LOCK_CONTENDED_TOTAL] = tlock_contended();
	p->plain[METRIC_LOCK_WAIT_SECONDS_TOTAL] = tlock_waited_ns();
	p->plain[METRIC_API_APPLICATIONS] = api_apps_count();
	p->plain[METRIC_EVENTS_LOST_TOTAL] = events_lost();
	channel_foreach(count_channel, p);
	bridge_foreach(count_bridge, p);
}

static void metrics(struct api_req *req)
{
	struct page p = { 0 };
	char *text = NULL;
	size_t len;

	p.out = open_memstream(&text, &len);
	if (!p.out) {
		api_result(req, -ENOMEM, "metrics");
		return;
	}
	read_core(&p);
	p.groups = api_groups();
	p.spans = api_hooks && api_hooks->spans ? api_hooks->spans() : NULL;
	p.media = api_hooks && api_hooks->media ? api_hooks->media() : NULL;
	for (int m = 0; m < METRICS; m++) {
		fprintf(p.out, "# HELP %s %s\n# TYPE %s %s\n", table[m].name, table[m].help,
			table[m].name, table[m].type);
		tell[table[m].labels](&p, (enum metric)m);
	}
	json_decref(p.groups);
	json_decref(p.spans);
	json_decref(p.media);
	if (fclose(p.out))
		api_result(req, -ENOMEM, "metrics");
	else
		api_answer_octets(req, "text/plain; version=0.0.4; charset=utf-8", text, len);
	free(text);
}

const struct api_row api_metric_rows[] = {
	{ API_GET, "/metrics", "", metrics, NULL, NULL },
	{ 0 },
};

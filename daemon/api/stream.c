// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event streams. The event thread makes the text of an event once; this thread hands it to the
 * queue of each stream that is to hear of it: one that names applications hears what they do, once
 * for each, one that names none hears all. A reader that lets its queue fill up is disconnected: it must not grow without
 * end, and a gap in the middle would be worse than an end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/metrics.h"
#include "daemon/api/priv.h"
#include "daemon/core/log.h"
#include "daemon/core/timer.h"

#define STREAM_MAX   2048 /* texts in a queue; power of two */
#define STREAMS_MAX  256

struct entry {
	struct api_text *text;
	char app[API_APP_LEN];
};

struct api_stream {
	struct api_stream *next;
	void *conn;
	bool all; /* it names no application */
	uint64_t since_ns; /* it hears what was made from then on; tnow() */
	bool overrun;
	uint32_t in, out;
	struct entry queue[STREAM_MAX];
};

static struct api_stream *streams; /* API thread */
static uint32_t stream_count;	   /* atomic: no event is asked for, and no text made, for nobody */
static struct mpsc fresh;	   /* texts, from the event thread */

void api_text_put(struct api_text *text)
{
	if (atomic_sub(&text->refs, 1))
		return;
	if (text->event)
		event_put(text->event);
	free(text->text);
	free(text);
}

/* Takes the JSON, an object without "application". NULL: no memory. */
static struct api_text *text_new(json_t *json)
{
	struct api_text *text = calloc(1, sizeof(*text));

	if (text && json)
		text->text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text && text->text) {
		text->len = strlen(text->text);
		text->refs = 1;
		return text;
	}
	free(text);
	return NULL;
}

/* Event thread. */
static void deliver(struct event_sub *self, struct event *event)
{
	struct api_text *text;

	(void)self;
	if (!atomic_load(&stream_count))
		return;
	text = text_new(api_json_event(event));
	if (!text) {
		log_warn("an event was not sent for want of memory");
		return;
	}
	event_get(event);
	text->event = event;
	if (mpsc_push(&fresh, &text->node))
		api_wake();
}

static struct event_sub sub = { .deliver = deliver };

int api_streams_start(void)
{
	event_subscribe(&sub, EVENT_NONE);
	return 0;
}

/* API and event thread have ended (the latter ended the subscription). */
void api_streams_stop(void)
{
	struct mpsc_node *node, *next;

	while (streams)
		api_stream_end(streams);
	for (node = mpsc_take(&fresh); node; node = next) {
		next = node->next;
		api_text_put(container_of(node, struct api_text, node));
	}
}

struct api_stream *api_stream_new(void *conn, const struct api_stream_params *params, int *err)
{
	struct api_stream *stream;

	*err = -ENOSPC;
	if (stream_count == STREAMS_MAX)
		return NULL;
	*err = -ENOMEM;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->conn = conn;
	stream->all = !params->apps;
	if (!stream_count)
		event_ask(&sub, EVENT_ALL); /* before it begins */
	stream->since_ns = tnow();
	*err = params->apps ? api_apps_begin(stream, params) : 0;
	if (*err) {
		api_apps_end(stream);
		free(stream);
		if (!stream_count)
			event_ask(&sub, EVENT_NONE);
		return NULL;
	}
	stream->next = streams;
	streams = stream;
	atomic_add(&stream_count, 1);
	metric_count(METRIC_API_STREAMS, 1);
	return stream;
}

void api_stream_end(struct api_stream *stream)
{
	struct api_stream **p = &streams;

	while (*p != stream)
		p = &(*p)->next;
	*p = stream->next;
	if (!atomic_sub(&stream_count, 1))
		event_ask(&sub, EVENT_NONE);
	metric_count(METRIC_API_STREAMS, -1);
	metric_count(METRIC_API_READERS_SLOW_TOTAL, stream->overrun);
	metric_count(METRIC_API_EVENTS_DROPPED_TOTAL, (int)(stream->in - stream->out));
	api_apps_end(stream);
	for (; stream->out != stream->in; stream->out++)
		api_text_put(stream->queue[stream->out % STREAM_MAX].text);
	free(stream);
}

void api_streams_each(void (*fn)(void *conn))
{
	struct api_stream *next;

	for (struct api_stream *s = streams; s; s = next) {
		next = s->next;
		fn(s->conn);
	}
}

char *api_stream_next(struct api_stream *stream, size_t room, size_t *len)
{
	struct entry *entry = &stream->queue[stream->out % STREAM_MAX];
	char *out;
	int head;

	stream->out++;
	metric_count(METRIC_API_EVENTS_DELIVERED_TOTAL, 1);
	out = malloc(room + sizeof("{'application':'',") + sizeof(entry->app) + entry->text->len + 1);
	if (out) {
		head = sprintf(out + room, "{\"application\":\"%s\",", entry->app);
		memcpy(out + room + head, entry->text->text + 1, entry->text->len);
		*len = (size_t)head + entry->text->len - 1;
	}
	api_text_put(entry->text);
	return out;
}

bool api_stream_pending(const struct api_stream *stream)
{
	return stream->in != stream->out;
}

bool api_stream_overrun(const struct api_stream *stream)
{
	return stream->overrun;
}

void api_stream_add(struct api_stream *stream, struct api_text *text, const char *app)
{
	struct entry *entry = &stream->queue[stream->in % STREAM_MAX];

	if (stream->in - stream->out == STREAM_MAX) {
		stream->overrun = true;
		metric_count(METRIC_API_EVENTS_DROPPED_TOTAL, 1);
	} else {
		atomic_add(&text->refs, 1);
		entry->text = text;
		snprintf(entry->app, sizeof(entry->app), "%s", app);
		stream->in++;
	}
	api_conn_writeable(stream->conn);
}

void api_stream_say(struct api_stream *stream, const char *type, const char *app)
{
	char when[48];
	struct api_text *text;

	api_time(when, sizeof(when), now_us());
	text = text_new(json_pack("{s:s,s:s}", "type", type, "timestamp", when));
	if (!text)
		return;
	api_stream_add(stream, text, app);
	api_text_put(text);
}

void api_tell(const char *type, json_t *json, const char *source, const char *app)
{
	struct api_text *text;
	char when[48];

	api_time(when, sizeof(when), now_us());
	json_object_set_new(json, "type", json_string(type));
	json_object_set_new(json, "timestamp", json_string(when));
	text = text_new(json);
	if (!text)
		return;
	for (struct api_stream *s = streams; s; s = s->next)
		if (s->all)
			api_stream_add(s, text, "opentdm");
	api_apps_tell(text, source, app);
	api_text_put(text);
}

void api_streams_run(void)
{
	struct mpsc_node *node, *next;

	for (node = mpsc_take(&fresh); node; node = next) {
		struct api_text *text = container_of(node, struct api_text, node);

		next = node->next;
		for (struct api_stream *s = streams; s; s = s->next)
			if (s->all && text->event->made_ns >= s->since_ns)
				api_stream_add(s, text, "opentdm");
		api_apps_event(text);
		api_text_put(text);
	}
}

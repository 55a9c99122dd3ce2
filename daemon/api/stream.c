// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event streams. The event thread makes the text of an event once; this thread hands it to each
 * stream's queue. A reader that lets its queue fill up is disconnected: it must not grow without
 * end, and a gap in the middle would be worse than an end.
 */
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/core/log.h"

#define STREAM_MAX   2048 /* texts in a queue; power of two */
#define STREAMS_MAX  64

struct api_stream {
	struct api_stream *next;
	void *conn;
	bool overrun;
	uint32_t in, out;
	struct api_text *queue[STREAM_MAX];
};

static struct api_stream *streams; /* API thread */
static uint32_t stream_count;	   /* atomic: the event thread makes no text for nobody */
static struct mpsc fresh;	   /* texts, from the event thread */

void api_text_put(struct api_text *text)
{
	if (atomic_sub(&text->refs, 1))
		return;
	free(text->text - LWS_PRE);
	free(text);
}

/* Event thread. */
static void deliver(struct event_sub *self, struct event *event)
{
	struct api_text *text;
	char *dump, *room;
	json_t *json;
	size_t len;

	(void)self;
	if (!atomic_load(&stream_count))
		return;
	json = api_json_event(event, "opentdm");
	dump = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	text = calloc(1, sizeof(*text));
	len = dump ? strlen(dump) : 0;
	room = malloc(LWS_PRE + len + 1);
	if (!dump || !text || !room) {
		free(dump);
		free(text);
		free(room);
		log_warn("an event was not sent for want of memory");
		return;
	}
	memcpy(room + LWS_PRE, dump, len);
	free(dump);
	room[LWS_PRE + len] = '\n'; /* for those who read lines; a WebSocket message ends before */
	text->text = room + LWS_PRE;
	text->len = len;
	text->refs = 1;
	if (mpsc_push(&fresh, &text->node))
		api_wake();
}

static struct event_sub sub = { .deliver = deliver };

int api_streams_start(void)
{
	event_subscribe(&sub);
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

struct api_stream *api_stream_new(void *conn)
{
	struct api_stream *stream;

	if (stream_count == STREAMS_MAX)
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->conn = conn;
	stream->next = streams;
	streams = stream;
	atomic_add(&stream_count, 1);
	return stream;
}

void api_stream_end(struct api_stream *stream)
{
	struct api_stream **p = &streams;
	struct api_text *text;

	while (*p != stream)
		p = &(*p)->next;
	*p = stream->next;
	atomic_sub(&stream_count, 1);
	while ((text = api_stream_next(stream)))
		api_text_put(text);
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

struct api_text *api_stream_next(struct api_stream *stream)
{
	if (stream->in == stream->out)
		return NULL;
	return stream->queue[stream->out++ % STREAM_MAX];
}

bool api_stream_pending(const struct api_stream *stream)
{
	return stream->in != stream->out;
}

bool api_stream_overrun(const struct api_stream *stream)
{
	return stream->overrun;
}

void api_streams_run(void)
{
	struct mpsc_node *node, *next;

	for (node = mpsc_take(&fresh); node; node = next) {
		struct api_text *text = container_of(node, struct api_text, node);

		next = node->next;
		for (struct api_stream *s = streams; s; s = s->next) {
			if (s->in - s->out == STREAM_MAX) {
				s->overrun = true;
			} else {
				atomic_add(&text->refs, 1);
				s->queue[s->in++ % STREAM_MAX] = text;
			}
			api_conn_writeable(s->conn);
		}
		api_text_put(text);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the API; everything here runs in the API thread unless it says otherwise.
 */
#ifndef TDMD_API_PRIV_H
#define TDMD_API_PRIV_H

#include "daemon/api/api.h"
#include "daemon/call/bridge.h"
#include "daemon/call/event.h"
#include "daemon/core/mpsc.h"

#define API_BODY_MAX   65536
#define API_PATH_MAX   512
#define API_PARAMS_MAX 4096
#define API_HOST_MAX   128
#define API_ID_LEN     80

enum api_method {
	API_GET,
	API_POST,
	API_PUT,
	API_DELETE,
	API_OTHER,
};

/* What a connection may do. */
enum api_may {
	API_NOTHING,
	API_READ, /* GET, and events */
	API_FULL,
};

/*
 * A request. Its connection has one reference; each thing that was posted for it has another. The
 * connection may be gone before the answer: then the answer is dropped.
 */
struct api_req {
	uint32_t refs;
	enum api_method method;
	char path[API_PATH_MAX];
	char id[2][API_ID_LEN]; /* the {id} parts of the path, in order */
	json_t *params; /* object of strings: query and body */
	json_t *vars;	/* "variables" of the body, or NULL */
	void *conn;	/* NULL: gone. API thread only */
	bool answered;
	bool tls;
	char host[API_HOST_MAX]; /* as the client calls us, with the port */

	/* For what is posted. */
	struct channel *ch; /* a handle, or NULL */
	struct channel *other;
	struct bridge *br;
	struct channel_work work;
	int op;
	int err; /* how it ended */
	const char *type; /* of the answer's body; NULL: JSON. Static */
	char text[128];
	json_t *body; /* what is answered if it ended well; may be NULL */
	void *octets; /* the same, if it is no JSON */
	size_t octets_len;
	unsigned int number[2];
	void (*finish)(struct api_req *req); /* API thread, after api_done() */
	struct mpsc_node node;
};

struct api_row {
	enum api_method method;
	const char *path;   /* "/ari/channels/{}/answer" */
	const char *params; /* names that are known, separated by blanks */
	void (*fn)(struct api_req *req);
	/* For the descriptions that clients read: its name there, and what it answers (models.c). */
	const char *nick, *type;
};

extern const struct api_row *const api_tables[]; /* the last is NULL */
extern const struct api_row api_docs_rows[], api_channel_rows[], api_bridge_rows[], api_transfer_rows[],
	api_misc_rows[], api_record_rows[], api_app_rows[], api_metric_rows[], api_asterisk_rows[],
	api_device_rows[], api_endpoint_rows[], api_span_rows[], api_playback_rows[], api_recording_rows[],
	api_source_rows[], api_control_rows[], api_music_rows[], api_snoop_rows[];
extern const struct api_hooks *api_hooks;

/* dispatch.c */
struct api_req *api_req_new(enum api_method method, const char *path);
void api_req_put(struct api_req *req);
/** api_param_add() - one of the query, "name=value" decoded. -EINVAL, -ENOMEM. */
int api_param_add(struct api_req *req, const char *pair);
/** api_dispatch() - the body (may be NULL) is read, and the request answered, now or later. */
void api_dispatch(struct api_req *req, const char *body, size_t len);
const char *api_param(const struct api_req *req, const char *name);
/** api_number() - a parameter as a number of 0..max; false: answered with 400. */
bool api_number(struct api_req *req, const char *name, unsigned int fallback, unsigned int max,
		unsigned int *out);
/** api_answer() - takes body (NULL: 204 when status is 200). Once. */
void api_answer(struct api_req *req, int status, json_t *body);
/** api_answer_octets() - with 200 and a body of that type (static), which is copied. Once. */
void api_answer_octets(struct api_req *req, const char *type, const void *octets, size_t len);
void api_fail(struct api_req *req, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** api_result() - the usual answer to the end of an operation. */
void api_result(struct api_req *req, int err, const char *what);
/** api_done() - any thread: what was posted for req ended with err; finish() follows. */
void api_done(void *req, int err);

/* bridges.c */
/** api_find_bridge() - the one of the path, with a handle, in req->br; false: answered with 404. */
bool api_find_bridge(struct api_req *req);

/* playbacks.c */
/** api_talk_of() - req's channel or bridge, as that of a play or recording that is being begun */
void api_talk_of(const struct api_req *req, struct channel_talk *talk);

/* channels.c */
/** api_find_channel() - a channel by its id, with a handle, in *ch; false: answered with 404. */
bool api_find_channel(struct api_req *req, const char *id, struct channel **ch);
void api_answer_channel(struct api_req *req, struct channel *ch);
/** api_has_variable() - variable and value may be a variable's; false: answered with 400. */
bool api_has_variable(struct api_req *req);
/** api_caller_id() - callerId, "Name" <number> or a number alone; false: answered with 400. */
bool api_caller_id(struct api_req *req, struct party *party);

/* transfers.c */
/** api_endpoint_ok() - an endpoint whose technology we know; false: answered with 400. */
bool api_endpoint_ok(struct api_req *req, const char *endpoint);

/* server.c */
struct lws;
struct lws_protocols;
/** api_conn_accept() - whether a connection that begins is let in */
bool api_conn_accept(struct lws *wsi, int fd);
void api_conn_count(struct lws *wsi, int by);
/** api_conn_by_tcp() - it came by TCP, and must say a user's name and password */
bool api_conn_by_tcp(struct lws *wsi);

/* http.c */
extern const struct lws_protocols *const api_protocols;
void api_conn_end_if_gone(void *conn);
void api_send(struct api_req *req, int status, const char *text, size_t len);
/** api_wake() - any thread: api_run_queue() shall be called. */
void api_wake(void);

/* queue.c of dispatch: called by http.c when woken */
void api_run_queue(void);

/* json.c */
json_t *api_json_channel(const struct channel_info *info);
json_t *api_json_bridge(const struct bridge_info *info);
json_t *api_json_playback(const struct channel_talk *talk);
json_t *api_json_recording(const struct channel_talk *talk);
/** api_json_event() - without the application that hears it */
json_t *api_json_event(const struct event *event);
void api_time(char *out, size_t len, uint64_t us);

/* users.c */
/**
 * api_access() - enum api_may of who says this name and password. -EACCES: they do not fit;
 * -EAGAIN: too many wrong ones were tried in this second.
 */
int api_access(const char *name, const char *password);
void api_users_exit(void);

/* stream.c: event streams */
struct api_stream;
struct api_text {
	struct mpsc_node node;
	uint32_t refs;
	struct event *event; /* NULL: none of the core's */
	size_t len;
	char *text; /* a JSON object without "application" */
};
int api_streams_start(void);
void api_streams_stop(void);
struct api_stream_params {
	const char *apps; /* names with commas between; NULL: it hears all */
	bool all;	  /* so do they */
	bool may_replace; /* a stream that has such a name */
};
/**
 * api_stream_new() - NULL, and in *err: -ENOSPC: there are as many as there may be; -EINVAL: this is
 * no name; -EPERM: it may not replace the one that has it; -ENOMEM.
 */
struct api_stream *api_stream_new(void *conn, const struct api_stream_params *params, int *err);
void api_stream_end(struct api_stream *stream);
/**
 * api_stream_next() - the next text, of *len octets, behind @room that are free, and with room for
 * one more; the caller frees it. There is one: api_stream_pending(). NULL: no memory.
 */
char *api_stream_next(struct api_stream *stream, size_t room, size_t *len);
/** api_stream_add() - a text, for that application. */
void api_stream_add(struct api_stream *stream, struct api_text *text, const char *app);
/** api_stream_say() - something that is told to this stream alone. */
void api_stream_say(struct api_stream *stream, const char *type, const char *app);
/**
 * api_tell() - something that the API itself brings about: no event of the core, so without a
 * number. Streams that name no application hear of it, and applications that hear all or have
 * subscribed to @source (may be NULL); with @app just that one. Takes @json, the members beyond
 * type and timestamp. Told before the request is answered that brings it about.
 */
void api_tell(const char *type, json_t *json, const char *source, const char *app);
/** api_streams_each() - fn may end that stream. */
void api_streams_each(void (*fn)(void *conn));
bool api_stream_pending(const struct api_stream *stream);
bool api_stream_overrun(const struct api_stream *stream);
void api_text_put(struct api_text *text);
void api_streams_run(void);
void api_conn_writeable(void *conn); /* http.c */

/* sources.c: what events can be about */
enum api_source {
	API_SOURCE_CHANNEL,
	API_SOURCE_BRIDGE,
	API_SOURCE_ENDPOINT,
	API_SOURCE_DEVICE,
	API_SOURCES
};
#define API_SOURCE_LEN API_ID_LEN
extern const char *const api_schemes[API_SOURCES]; /* "channel:" and so on */
/**
 * api_source_read() - one source of a request, @len octets from @from: what it is, and in @id (of
 * API_SOURCE_LEN) the name that events have for it; false: answered with 400 or 422.
 */
bool api_source_read(struct api_req *req, const char *from, size_t len, enum api_source *source,
		     char *id);

/* apps.c */
#define API_APP_LEN 32
/* Changed by the API thread alone; other threads read the list and names, under RCU. */
struct api_app {
	struct api_app *next;
	struct rcu_head rcu;
	struct api_stream *stream;
	uint64_t since_ns; /* it hears of its channels what was made from then on; tnow() */
	bool all;
	uint8_t replaced; /* atomic: another stream has the name; this is only kept with its own */
	struct sub *subs;
	char name[API_APP_LEN];
};
/**
 * api_apps_begin() - the stream names these. Errors of api_stream_new(); api_apps_end() in any case.
 */
int api_apps_begin(struct api_stream *stream, const struct api_stream_params *params);
void api_apps_end(const struct api_stream *stream);
unsigned int api_apps_count(void);
/** api_apps_event() - give a text to the streams of all applications that are to hear it. */
void api_apps_event(struct api_text *text);
/** api_apps_tell() - the same of what api_tell() tells. */
void api_apps_tell(struct api_text *text, const char *source, const char *app);

/* misc.c */
/** api_groups() - a new array of each trunk group, whole, with its timeslots. */
json_t *api_groups(void);

/* endpoints.c */
/** api_json_endpoint() - ARI's Endpoint; @ids stays the caller's, NULL: no channel. */
json_t *api_json_endpoint(const char *tech, const char *resource, bool online, json_t *ids);
/** api_json_endpoint_event() - the endpoint of an EVENT_ENDPOINT, with its channels. Any thread. */
json_t *api_json_endpoint_event(const struct event *event);
/** api_endpoint_find() - one that is there, new; NULL: there is none. */
json_t *api_endpoint_find(const char *tech, const char *resource);

#endif

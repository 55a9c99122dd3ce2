// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections, in libwebsockets' callback: requests come in here and answers go out. Who may come in
 * is server.c's, what requests mean dispatch.c's.
 */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/api/metrics.h"
#include "daemon/api/priv.h"
#include "daemon/core/log.h"

#define STREAM_TURN	64 /* texts that a stream of events writes before it waits for its next turn */
#define SAID_MAX	512 /* a name and a password, as they are sent */
#define ANSWER_SECONDS	60 /* no operation takes longer: a dead client must not keep a request */

/* One connection; libwebsockets allocates it zeroed. */
struct conn {
	struct lws *wsi;
	struct api_req *req;
	struct api_stream *stream;
	bool websocket;
	bool read_only;
	bool close; /* after the answer: the request said no length */
	bool asked; /* the request was dispatched: what follows is no part of it */
	char *body;
	size_t body_len;
	char *out; /* LWS_PRE bytes before what is to be sent */
	size_t out_len;
};

void api_conn_writeable(void *conn)
{
	lws_callback_on_writable(((struct conn *)conn)->wsi);
}

/* --- answers --------------------------------------------------------------------------------- */

void api_send(struct api_req *req, int status, const char *text, size_t len)
{
	struct conn *conn = req->conn;

	free(conn->out);
	conn->out = malloc(LWS_PRE + len + 1);
	conn->out_len = 0;
	if (conn->out) {
		memcpy(conn->out + LWS_PRE, text, len);
		conn->out_len = len;
	} else {
		status = 503;
	}
	req->op = status;
	lws_callback_on_writable(conn->wsi);
}

static int send_headers(struct conn *conn, int status, const char *type, lws_filepos_t len)
{
	uint8_t buf[LWS_PRE + 1024];
	uint8_t *start = &buf[LWS_PRE], *p = start, *end = &buf[sizeof(buf) - 1];
	static const char realm[] = "Basic realm=\"opentdm\"";

	if (lws_add_http_common_headers(conn->wsi, (unsigned int)status, type, len, &p, end) ||
	    (status == 401 &&
	     lws_add_http_header_by_token(conn->wsi, WSI_TOKEN_HTTP_WWW_AUTHENTICATE,
					  (const unsigned char *)realm, sizeof(realm) - 1, &p,
					  end)) ||
	    (conn->close &&
	     lws_add_http_header_by_token(conn->wsi, WSI_TOKEN_CONNECTION,
					  (const unsigned char *)"close", 5, &p, end)) ||
	    lws_finalize_write_http_header(conn->wsi, start, &p, end))
		return -1;
	return 0;
}

static void conn_reset(struct conn *conn)
{
	if (conn->req) {
		conn->req->conn = NULL;
		api_req_put(conn->req);
	}
	if (conn->stream)
		api_stream_end(conn->stream);
	free(conn->body);
	free(conn->out);
	conn->req = NULL;
	conn->stream = NULL;
	conn->body = NULL;
	conn->body_len = 0;
	conn->out = NULL;
	conn->out_len = 0;
}

static int write_answer(struct conn *conn)
{
	const char *type = conn->req->type ? conn->req->type : "application/json";
	int status = conn->req->op;
	bool close = conn->close;

	if (send_headers(conn, status, type, conn->out_len))
		return -1;
	if (conn->out_len &&
	    lws_write(conn->wsi, (uint8_t *)conn->out + LWS_PRE, conn->out_len,
		      LWS_WRITE_HTTP_FINAL) < 0)
		return -1;
	conn_reset(conn);
	if (close)
		return -1;
	return lws_http_transaction_completed(conn->wsi) ? -1 : 0;
}

/* --- streams --------------------------------------------------------------------------------- */

static int stream_refuse(struct conn *conn, int err)
{
	char why[80];

	if (err == -EINVAL)
		snprintf(why, sizeof(why), "app is names of 1 to %d letters, digits, _ . -, with commas",
			 API_APP_LEN - 1);
	else if (err == -EPERM)
		snprintf(why, sizeof(why), "a read-only user cannot take an application's place");
	else
		snprintf(why, sizeof(why), "%s", err == -ENOMEM ? "there is no memory" :
			 "there are as many readers of events as there may be");
	log_warn("api: a reader of events is refused: %s", why);
	if (!conn->websocket) {
		api_fail(conn->req, err == -EINVAL ? 400 : err == -EPERM ? 403 : 503, "%s", why);
		return 0;
	}
	lws_close_reason(conn->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)why,
			 strlen(why));
	return -1;
}

static int stream_begin(struct conn *conn, bool websocket)
{
	const char *all = api_param(conn->req, "subscribeAll");
	int err;

	conn->websocket = websocket;
	conn->stream = api_stream_new(conn, &(struct api_stream_params){
						    .apps = api_param(conn->req, "app"),
						    .all = all && !strcmp(all, "true"),
						    .may_replace = !conn->read_only },
				      &err);
	if (!conn->stream)
		return stream_refuse(conn, err);
	lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
	if (!websocket &&
	    send_headers(conn, 200, "application/x-ndjson", LWS_ILLEGAL_HTTP_CONTENT_LEN))
		return -1;
	lws_callback_on_writable(conn->wsi);
	return 0;
}

/* The oldest text that waits. */
static int write_text(struct conn *conn)
{
	size_t len;
	char *text = api_stream_next(conn->stream, LWS_PRE, &len);
	int n;

	if (!text)
		return -1;
	/* For those who read lines; a WebSocket message ends before it. */
	text[LWS_PRE + len] = '\n';
	n = lws_write(conn->wsi, (uint8_t *)text + LWS_PRE, conn->websocket ? len : len + 1,
		      conn->websocket ? LWS_WRITE_TEXT : LWS_WRITE_HTTP);
	free(text);
	return n < 0 ? -1 : 0;
}

static int stream_write(struct conn *conn)
{
	unsigned int turn = 0;

	if (api_stream_overrun(conn->stream)) {
		static const char why[] = "too slow";

		log_warn("api: a reader of events is too slow and was disconnected");
		if (conn->websocket)
			lws_close_reason(conn->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION,
					 (unsigned char *)why, sizeof(why) - 1);
		return -1;
	}
	/* Others come between; but one text for each of their requests would fall behind. */
	while (api_stream_pending(conn->stream) && turn++ < STREAM_TURN &&
	       !lws_send_pipe_choked(conn->wsi))
		if (write_text(conn))
			return -1;
	if (api_stream_pending(conn->stream))
		lws_callback_on_writable(conn->wsi);
	return 0;
}

static enum api_method method_of(struct lws *wsi)
{
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI))
		return API_GET;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
		return API_POST;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_PUT_URI))
		return API_PUT;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_DELETE_URI))
		return API_DELETE;
	return API_OTHER;
}

/* The methods after which the library waits for a body. */
static bool has_body(enum api_method method)
{
	return method == API_POST || method == API_PUT;
}

static const char bad_query[] = "the parameters are not NAME=VALUE&NAME=VALUE in UTF-8";

static bool read_query(struct conn *conn)
{
	char pair[API_PARAMS_MAX];
	int n;

	for (int i = 0; i < 64; i++) {
		n = lws_hdr_copy_fragment(conn->wsi, pair, sizeof(pair), WSI_TOKEN_HTTP_URI_ARGS,
					  i);
		if (n == -1)
			return true;
		/* libwebsockets 4.1 makes "/" of an empty last one, as in "/path?". */
		if (n < 0 || (n && strcmp(pair, "/") && api_param_add(conn->req, pair)))
			break;
	}
	return false;
}

/* --- who asks -------------------------------------------------------------------------------- */

/* NAME:PASSWORD of the request, from where clients put it. False: nothing was said. */
static bool credentials(struct lws *wsi, char *said, size_t len)
{
	char header[SAID_MAX] = "";
	const char *at;
	int n = lws_hdr_copy(wsi, header, sizeof(header), WSI_TOKEN_HTTP_AUTHORIZATION);

	if (n > 0) {
		if (strncasecmp(header, "Basic ", 6))
			return false;
		n = lws_b64_decode_string_len(header + 6, n - 6, said, (int)len - 1);
		if (n < 0 || memchr(said, '\0', (size_t)n))
			return false;
		said[n] = '\0';
		return true;
	}
	/* Browsers and ARI's clients cannot give a WebSocket a header. */
	at = lws_get_urlarg_by_name(wsi, "api_key=", said, (int)len);
	if (at)
		memmove(said, at, strlen(at) + 1);
	return at;
}

/* enum api_may of whoever sent the request, or as api_access() */
static int may(struct lws *wsi)
{
	char said[SAID_MAX], *colon;
	int ret;

	if (!api_conn_by_tcp(wsi))
		return API_FULL;
	if (!credentials(wsi, said, sizeof(said)))
		return -EACCES;
	colon = strchr(said, ':');
	if (!colon)
		return -EACCES;
	*colon = '\0';
	ret = api_access(said, colon + 1);
	if (ret < 0)
		log_notice("api: a request by TCP with %s was refused",
			   ret == -EAGAIN ? "one wrong password too many" : "a wrong name or password");
	lws_explicit_bzero(said, sizeof(said));
	return ret;
}

static const char *why_not(int err)
{
	return err == -EAGAIN ? "too many wrong passwords were tried: try again later" :
				"a user's name and password are needed";
}

/* False: answered, and the connection ends. */
static bool let_in(struct conn *conn)
{
	int ret = may(conn->wsi);

	json_object_del(conn->req->params, "api_key");
	conn->read_only = ret == API_READ;
	if (ret == API_FULL || (conn->read_only && conn->req->method == API_GET))
		return true;
	conn->close = true;
	if (ret > 0)
		api_fail(conn->req, 403, "this user may only read");
	else
		api_fail(conn->req, ret == -EAGAIN ? 429 : 401, "%s", why_not(ret));
	return false;
}

/* A WebSocket's request, before it is one. */
static int filter_websocket(struct lws *wsi)
{
	struct conn conn = { .wsi = wsi, .close = true };
	char path[32] = "", text[LWS_PRE + 128];
	int ret, len;

	lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI);
	if (strcmp(path, "/ari/events"))
		return -1;
	ret = may(wsi);
	if (ret > 0)
		return 0;
	len = snprintf(text + LWS_PRE, sizeof(text) - LWS_PRE, "{\"message\":\"%s\"}", why_not(ret));
	if (!send_headers(&conn, ret == -EAGAIN ? 429 : 401, "application/json", (lws_filepos_t)len))
		lws_write(wsi, (uint8_t *)text + LWS_PRE, (size_t)len, LWS_WRITE_HTTP_FINAL);
	return -1;
}

/* --- requests -------------------------------------------------------------------------------- */

/* Once a request. */
static void dispatch(struct conn *conn)
{
	if (!conn->req || conn->req->answered || conn->asked)
		return;
	conn->asked = true;
	api_dispatch(conn->req, conn->body, conn->body_len);
}

static bool length_of(const char *text, unsigned long *len)
{
	char *end;

	*len = strtoul(text, &end, 10); /* one that is too large is ULONG_MAX */
	return *text >= '0' && *text <= '9' && !*end;
}

static int begin(struct conn *conn, const char *path, size_t len)
{
	enum api_method method = method_of(conn->wsi);
	char text[32] = "";
	bool has_len, bad_len, wants_body;
	unsigned long body = 0;

	conn_reset(conn);
	conn->close = false;
	conn->asked = false;
	has_len = lws_hdr_copy(conn->wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
	conn->req = api_req_new(method, "");
	if (!conn->req)
		return -1;
	conn->req->conn = conn;
	conn->req->tls = lws_is_ssl(conn->wsi);
	lws_hdr_copy(conn->wsi, conn->req->host, sizeof(conn->req->host), WSI_TOKEN_HOST);
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_SECONDS);
	if (len >= sizeof(conn->req->path)) {
		api_fail(conn->req, 414, "the path is longer than %d octets", API_PATH_MAX);
		return 0;
	}
	memcpy(conn->req->path, path, len);
	conn->req->path[len] = '\0';
	if (!read_query(conn)) {
		api_fail(conn->req, 400, "%s", bad_query);
		return 0;
	}
	if (!let_in(conn))
		return 0;
	bad_len = has_len && !length_of(text, &body);
	wants_body = has_len && body;
	/*
	 * After a body the connection ends. Without a length the next request cannot be told from
	 * it; and with one, libwebsockets 4.1 takes octets of the next request for this body.
	 */
	conn->close = has_body(method) || wants_body;
	if (bad_len) {
		conn->close = true;
		api_fail(conn->req, 400, "Content-Length is a number");
		return 0;
	}
	if (body > API_BODY_MAX) {
		api_fail(conn->req, 413, "the body is longer than %d octets", API_BODY_MAX);
		return 0;
	}
	if (lws_hdr_total_length(conn->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
		conn->close = true;
		api_fail(conn->req, 411, "the body needs a Content-Length");
		return 0;
	}
	if (method == API_GET && !strcmp(conn->req->path, "/ari/events"))
		return stream_begin(conn, false);
	if (wants_body && has_body(method))
		return 0;
	/* The library tells of the end of a POST's body too when its length is 0; not of a PUT's. */
	if (method != API_POST || !has_len)
		dispatch(conn);
	return 0;
}

static int begin_websocket(struct conn *conn, struct lws *wsi)
{
	conn->wsi = wsi;
	conn->req = api_req_new(API_GET, "/ari/events");
	if (!conn->req)
		return -1;
	conn->req->answered = true; /* by 101 */
	conn->read_only = may(wsi) != API_FULL; /* users may have changed since the filter */
	if (read_query(conn))
		return stream_begin(conn, true);
	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)(uintptr_t)bad_query,
			 sizeof(bad_query) - 1);
	return -1;
}

static int take_body(struct conn *conn, const void *in, size_t len)
{
	char *body;

	if (!len || !conn->req || conn->req->answered || conn->asked)
		return 0;
	if (conn->body_len + len > API_BODY_MAX)
		return -1;
	body = realloc(conn->body, conn->body_len + len);
	if (!body)
		return -1;
	memcpy(body + conn->body_len, in, len);
	conn->body = body;
	conn->body_len += len;
	return 0;
}

/*
 * While it holds octets of a next request the library tells of the end of this one's body again and
 * again, and does nothing else. So what is answered at once is written at once; and who sends the
 * next request without waiting for an answer that takes longer is disconnected, as RFC 9112 9.3.2
 * lets us: a client that sends several at once must be ready to repeat them.
 */
static int end_of_body(struct conn *conn)
{
	bool again = conn->asked;

	dispatch(conn);
	if (conn->req && conn->req->answered)
		return write_answer(conn);
	return again ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len)
{
	struct conn *conn = user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		conn->wsi = wsi;
		return begin(conn, in, len);
	case LWS_CALLBACK_HTTP_BODY:
		return take_body(conn, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return end_of_body(conn);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		if (conn->stream)
			return stream_write(conn);
		return conn->req && conn->req->answered ? write_answer(conn) : 0;
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return api_conn_accept(wsi, (int)(intptr_t)in) ? 0 : -1;
	case LWS_CALLBACK_WSI_CREATE:
		api_conn_count(wsi, 1);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		api_conn_count(wsi, -1);
		return 0;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return filter_websocket(wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return begin_websocket(conn, wsi);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return conn->stream ? stream_write(conn) : 0;
	case LWS_CALLBACK_HTTP_BIND_PROTOCOL:
	case LWS_CALLBACK_WS_SERVER_BIND_PROTOCOL:
		metric_count(METRIC_API_CONNECTIONS, 1);
		return 0;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		metric_count(METRIC_API_CONNECTIONS, -1);
		/* fall through */
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_CLOSED:
		if (conn)
			conn_reset(conn);
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		api_run_queue();
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "ari", callback, sizeof(struct conn), 4096, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

const struct lws_protocols *const api_protocols = protocols;

/*
 * A reader of lines who has gone: libwebsockets 4.1 looks for that only between requests, and would
 * be woken by it without end.
 */
void api_conn_end_if_gone(void *arg)
{
	struct conn *conn = arg;
	char octet;

	if (!conn->websocket &&
	    !recv(lws_get_socket_fd(conn->wsi), &octet, 1, MSG_PEEK | MSG_DONTWAIT))
		lws_set_timeout(conn->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_SYNC);
}

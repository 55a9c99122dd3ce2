/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small HTTP/1.1 client over a Unix socket: one request a connection (RFC 9112). */
#ifndef TDMCTL_HTTP_H
#define TDMCTL_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/tdm.h"

#define HTTP_REPLY_MAX	(16U << 20)

struct http_reply {
	int status;
	char *body;		/* ends with NUL, which len does not count; free() it */
	size_t len;
};

/*
 * http_parse - look at what was received so far. @eof: nothing will follow. Returns 1 and *reply
 * when it is whole, 0 when more is needed, or -EBADMSG; -ENOMEM. Pure. Bodies end by
 * Content-Length, by chunks, or by the end of the connection; a 1xx reply before the last is
 * skipped.
 */
int http_parse(const char *buf, size_t len, bool eof, struct http_reply *reply);

/*
 * http_request - send and wait at most @timeout_ms for the whole reply. @path has its query,
 * encoded (http_escape). @json may be NULL. Negative errno with a sentence that says what to do; a
 * reply with any status is a success.
 */
int http_request(const char *socket_path, const char *method, const char *path, const char *json,
		 int timeout_ms, struct http_reply *reply, struct tdm_error *e);

/* What is done with a line of a stream, without its end: 0: go on; 1: that is all; negative errno. */
typedef int (*http_line)(void *arg, const char *line, struct tdm_error *e);

/*
 * http_stream - GET @path, whose answer is lines without end, and hand each to @fn. Returns 0 when
 * @fn has enough or @timeout_ms have passed (0: never), what @fn returned, or a negative errno with
 * a sentence: -ECONNRESET when the lines end. An answer with another status than 200 is given in
 * *reply, whose body is to be freed; it is NULL otherwise.
 */
int http_stream(const char *socket_path, const char *path, int timeout_ms, http_line fn, void *arg,
		struct http_reply *reply, struct tdm_error *e);

/* Percent-encode what may not stand in a path segment or a query's value (RFC 3986 2.3). -E2BIG. */
int http_escape(const char *text, char *out, size_t size);

#endif

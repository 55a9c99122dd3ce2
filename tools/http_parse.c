// SPDX-License-Identifier: GPL-2.0-or-later
/* Replies of HTTP/1.1, from a buffer that grows until they are whole. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

struct head {
	int status;
	bool chunked;
	bool has_length;
	size_t length;
	size_t size;		/* octets of the head with the empty line */
};

/* The end of the line at @at: its length without CR LF, *next behind it; -1 there is none yet. */
static long line_at(const char *buf, size_t len, size_t at, size_t *next)
{
	const char *nl = memchr(buf + at, '\n', len - at);
	size_t end;

	if (!nl)
		return -1;
	end = (size_t)(nl - buf);
	*next = end + 1;
	if (end > at && buf[end - 1] == '\r')
		end--;
	return (long)(end - at);
}

static int status_line(const char *line, long len, struct head *h)
{
	if (len < 12 || strncmp(line, "HTTP/1.", 7) || !isdigit((unsigned char)line[7]) ||
	    line[8] != ' ')
		return -EBADMSG;
	h->status = 0;
	for (int i = 9; i < 12; i++) {
		if (!isdigit((unsigned char)line[i]))
			return -EBADMSG;
		h->status = h->status * 10 + line[i] - '0';
	}
	return h->status >= 100 && (len == 12 || line[12] == ' ') ? 0 : -EBADMSG;
}

static int digits(const char *s, long len, int base, size_t *out)
{
	size_t n = 0;

	if (len <= 0)
		return -EBADMSG;
	for (long i = 0; i < len; i++) {
		int ch = tolower((unsigned char)s[i]);
		int d = isdigit(ch) ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : base;

		if (d >= base)
			return -EBADMSG;
		n = n * (size_t)base + (size_t)d;
		if (n > HTTP_REPLY_MAX)
			return -EBADMSG;
	}
	*out = n;
	return 0;
}

static int header(const char *line, long len, struct head *h)
{
	const char *colon = memchr(line, ':', (size_t)len);
	const char *value, *end = line + len;
	size_t name, length;

	if (!colon || colon == line)
		return -EBADMSG;
	name = (size_t)(colon - line);
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (name == 14 && !strncasecmp(line, "Content-Length", name)) {
		if (digits(value, end - value, 10, &length))
			return -EBADMSG;
		/* Two lengths that differ: nobody knows where the body ends. */
		if (h->has_length && h->length != length)
			return -EBADMSG;
		h->has_length = true;
		h->length = length;
	} else if (name == 17 && !strncasecmp(line, "Transfer-Encoding", name)) {
		if (end - value != 7 || strncasecmp(value, "chunked", 7))
			return -EBADMSG;
		h->chunked = true;
	}
	return 0;
}

/* 1: the head is whole; 0: more is needed. */
static int parse_head(const char *buf, size_t len, struct head *h)
{
	size_t at = 0, next;
	long n = line_at(buf, len, 0, &next);

	memset(h, 0, sizeof(*h));
	if (n < 0)
		return len > 65536 ? -EBADMSG : 0;
	if (status_line(buf, n, h))
		return -EBADMSG;
	for (;;) {
		at = next;
		n = line_at(buf, len, at, &next);
		if (n < 0)
			return at > 65536 ? -EBADMSG : 0;
		if (!n)
			break;
		if (header(buf + at, n, h))
			return -EBADMSG;
	}
	h->size = next;
	return 1;
}

/* Chunks at @buf into @out, which has room for @len octets. RFC 9112 7.1. */
static int unchunk(const char *buf, size_t len, char *out, size_t *out_len)
{
	size_t at = 0, next;

	*out_len = 0;
	for (;;) {
		long n = line_at(buf, len, at, &next);
		const char *ext;
		size_t size;

		if (n < 0)
			return len - at > 1024 ? -EBADMSG : 0;
		ext = memchr(buf + at, ';', (size_t)n);
		if (digits(buf + at, ext ? ext - (buf + at) : n, 16, &size))
			return -EBADMSG;
		at = next;
		if (!size)
			break;
		if (size > len - at)
			return 0;
		memcpy(out + *out_len, buf + at, size);
		*out_len += size;
		at += size;
		n = line_at(buf, len, at, &next);
		if (n < 0)
			return len - at > 2 ? -EBADMSG : 0;
		if (n)
			return -EBADMSG;
		at = next;
	}
	/* Trailer fields until an empty line: nobody needs them. */
	for (;;) {
		long n = line_at(buf, len, at, &next);

		if (n < 0)
			return 0;
		if (!n)
			return 1;
		at = next;
	}
}

static int body(const char *buf, size_t len, bool eof, const struct head *h,
		struct http_reply *reply)
{
	bool none = h->status == 204 || h->status == 304;
	int ret = 1;

	if (!none && !h->chunked && h->has_length && len < h->length)
		return eof ? -EBADMSG : 0;
	if (!none && !h->chunked && !h->has_length && !eof)
		return 0;
	reply->body = malloc(len + 1);
	if (!reply->body)
		return -ENOMEM;
	if (none) {
		reply->len = 0;
	} else if (h->chunked) {
		ret = unchunk(buf, len, reply->body, &reply->len);
		if (!ret && eof)
			ret = -EBADMSG;
	} else {
		reply->len = h->has_length ? h->length : len;
		memcpy(reply->body, buf, reply->len);
	}
	if (ret != 1) {
		free(reply->body);
		reply->body = NULL;
		return ret;
	}
	reply->body[reply->len] = '\0';
	reply->status = h->status;
	return 1;
}

int http_parse(const char *buf, size_t len, bool eof, struct http_reply *reply)
{
	struct head h;
	int ret;

	memset(reply, 0, sizeof(*reply));
	do {
		ret = parse_head(buf, len, &h);
		if (ret < 0)
			return ret;
		if (!ret)
			return eof ? -EBADMSG : 0;
		buf += h.size;
		len -= h.size;
	} while (h.status < 200);
	return body(buf, len, eof, &h, reply);
}

int http_escape(const char *text, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *text; text++) {
		unsigned char ch = (unsigned char)*text;

		if (n + 4 > size)
			return -E2BIG;
		if (isalnum(ch) || strchr("-._~", ch)) {
			out[n++] = (char)ch;
		} else {
			out[n++] = '%';
			out[n++] = hex[ch >> 4];
			out[n++] = hex[ch & 15];
		}
	}
	if (n >= size)
		return -E2BIG;
	out[n] = '\0';
	return 0;
}

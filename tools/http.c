// SPDX-License-Identifier: GPL-2.0-or-later
/* One request of HTTP/1.1 over a Unix socket. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

#define HEAD_TIMEOUT_MS 10000

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int open_socket(const char *path, struct tdm_error *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return tdm_error_set(e, -ENAMETOOLONG, "%s: the path is too long", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tdm_error_set(e, -errno, "socket: %s", strerror(errno));
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	if (err == -ENOENT || err == -ECONNREFUSED)
		return tdm_error_set(e, err,
			"tdmd does not run: start it with 'systemctl start tdmd' (no answer at %s)",
			path);
	if (err == -EACCES)
		return tdm_error_set(e, err, "%s: permission denied: become root", path);
	return tdm_error_set(e, err, "%s: %s", path, strerror(-err));
}

/* Wait for @events until @deadline: 0 or -ETIMEDOUT. */
static int wait_for(int fd, short events, long long deadline, struct tdm_error *e)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		long long left = deadline - now_ms();
		int ret = left > 0 ? poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) : 0;

		if (ret > 0)
			return 0;
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return tdm_error_set(e, -errno, "poll: %s", strerror(errno));
		return tdm_error_set(e, -ETIMEDOUT,
				     "tdmd does not answer: see 'journalctl -u tdmd'");
	}
}

static int send_all(int fd, const char *buf, size_t len, long long deadline, struct tdm_error *e)
{
	while (len) {
		ssize_t n;
		int ret = wait_for(fd, POLLOUT, deadline, e);

		if (ret)
			return ret;
		n = send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return tdm_error_set(e, -errno, "tdmd hung up: %s", strerror(errno));
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int receive(int fd, long long deadline, struct http_reply *reply, struct tdm_error *e)
{
	size_t len = 0, room = 0;
	char *buf = NULL;
	int ret = 0;

	while (!ret) {
		ssize_t n;

		if (len == room) {
			char *bigger = room < HTTP_REPLY_MAX ? realloc(buf, room + 65536) : NULL;

			if (!bigger) {
				ret = tdm_error_set(e, -ENOMEM, "tdmd's answer is too long");
				break;
			}
			buf = bigger;
			room += 65536;
		}
		ret = wait_for(fd, POLLIN, deadline, e);
		if (ret)
			break;
		n = recv(fd, buf + len, room - len, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			ret = tdm_error_set(e, -errno, "tdmd hung up: %s", strerror(errno));
			break;
		}
		len += (size_t)n;
		ret = http_parse(buf, len, n == 0, reply);
		if (ret < 0)
			ret = tdm_error_set(e, ret, "tdmd's answer is malformed");
	}
	free(buf);
	return ret < 0 ? ret : 0;
}

/* A connection on which the request was sent, or negative errno. */
static int ask(const char *socket_path, const char *method, const char *path, const char *json,
	       long long deadline, struct tdm_error *e)
{
	char *text;
	int fd, len, ret;

	fd = open_socket(socket_path, e);
	if (fd < 0)
		return fd;
	len = asprintf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		       "Accept: application/json\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
		       json ? "Content-Type: application/json\r\n" : "", json ? strlen(json) : 0,
		       json ? json : "");
	if (len < 0) {
		ret = tdm_error_set(e, -ENOMEM, "out of memory");
		goto close;
	}
	ret = send_all(fd, text, (size_t)len, deadline, e);
	free(text);
	if (!ret)
		return fd;
close:
	close(fd);
	return ret;
}

int http_request(const char *socket_path, const char *method, const char *path, const char *json,
		 int timeout_ms, struct http_reply *reply, struct tdm_error *e)
{
	long long deadline = now_ms() + timeout_ms;
	int fd = ask(socket_path, method, path, json, deadline, e), ret;

	if (fd < 0)
		return fd;
	ret = receive(fd, deadline, reply, e);
	close(fd);
	return ret;
}

/* --- lines without end ------------------------------------------------------------------------ */

/* What has come of the lines, and is not handed on yet. */
struct lines {
	char *buf;
	size_t len, room;
	bool begun; /* the head is gone */
};

/* 1: the head is whole, and says 200; 0: more is needed; -EPROTO: another status. */
static int head_end(struct lines *in)
{
	const char *end;

	if (in->len < 12)
		return 0;
	if (memcmp(in->buf, "HTTP/1.1 200", 12))
		return -EPROTO;
	end = memmem(in->buf, in->len, "\r\n\r\n", 4);
	if (!end)
		return 0;
	end += 4;
	in->len -= (size_t)(end - in->buf);
	memmove(in->buf, end, in->len);
	return 1;
}

static int hand_on(struct lines *in, http_line fn, void *arg, struct tdm_error *e)
{
	size_t at = 0;
	char *end;
	int ret = 0;

	while (!ret && (end = memchr(in->buf + at, '\n', in->len - at))) {
		*end = '\0';
		ret = fn(arg, in->buf + at, e);
		at = (size_t)(end + 1 - in->buf);
	}
	in->len -= at;
	memmove(in->buf, in->buf + at, in->len);
	return ret;
}

/* 1: something came; 0: the deadline passed; negative errno. */
static int more(int fd, struct lines *in, long long deadline, struct tdm_error *e)
{
	ssize_t n;
	int ret;

	if (in->room - in->len < 65536) {
		char *bigger = in->room < HTTP_REPLY_MAX ? realloc(in->buf, in->room + 131072) : NULL;

		if (!bigger)
			return tdm_error_set(e, -ENOMEM, "tdmd's line is too long");
		in->buf = bigger;
		in->room += 131072;
	}
	ret = wait_for(fd, POLLIN, deadline, e);
	if (ret == -ETIMEDOUT)
		return 0;
	if (ret)
		return ret;
	n = recv(fd, in->buf + in->len, in->room - in->len, 0);
	if (n <= 0)
		return tdm_error_set(e, -ECONNRESET, "tdmd ended, or did not want to wait for us");
	in->len += (size_t)n;
	return 1;
}

/* The rest of an answer that is no stream. */
static int refusal(int fd, struct lines *in, struct http_reply *reply, struct tdm_error *e)
{
	long long deadline = now_ms() + HEAD_TIMEOUT_MS;
	int ret;

	for (;;) {
		ret = http_parse(in->buf, in->len, false, reply);
		if (ret < 0)
			return tdm_error_set(e, ret, "tdmd's answer is malformed");
		if (ret)
			return 0;
		ret = more(fd, in, deadline, e);
		if (ret <= 0)
			return ret ? ret : -ETIMEDOUT;
	}
}

int http_stream(const char *socket_path, const char *path, int timeout_ms, http_line fn, void *arg,
		struct http_reply *reply, struct tdm_error *e)
{
	long long deadline = timeout_ms ? now_ms() + timeout_ms : LLONG_MAX;
	int fd = ask(socket_path, "GET", path, NULL, now_ms() + HEAD_TIMEOUT_MS, e), ret;
	struct lines in = { 0 };

	reply->body = NULL;
	if (fd < 0)
		return fd;
	do {
		ret = more(fd, &in, in.begun ? deadline : now_ms() + HEAD_TIMEOUT_MS, e);
		if (ret <= 0)
			break;
		ret = in.begun ? 0 : head_end(&in);
		if (ret < 0)
			break;
		in.begun |= ret > 0;
		ret = in.begun ? hand_on(&in, fn, arg, e) : 0;
	} while (!ret);
	if (ret == -EPROTO) /* a refusal: its body has a length */
		ret = refusal(fd, &in, reply, e);
	free(in.buf);
	close(fd);
	return ret < 0 ? ret : 0;
}

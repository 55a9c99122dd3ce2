// SPDX-License-Identifier: GPL-2.0-or-later
/* One request of HTTP/1.1 over a Unix socket. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

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
		int ret = left > 0 ? poll(&p, 1, (int)left) : 0;

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

int http_request(const char *socket_path, const char *method, const char *path, const char *json,
		 int timeout_ms, struct http_reply *reply, struct tdm_error *e)
{
	long long deadline = now_ms() + timeout_ms;
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
		ret = receive(fd, deadline, reply, e);
close:
	close(fd);
	return ret;
}

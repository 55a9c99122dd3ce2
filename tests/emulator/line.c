// SPDX-License-Identifier: GPL-2.0-or-later
/* A line between two ports; line.h says how. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "line.h"

#define NS_PER_MS	1000000

void line_init(struct line *l)
{
	*l = (struct line){ .joint = LINE_OPEN, .fd = -1, .listen_fd = -1 };
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void line_open(struct line *l)
{
	struct line *peer = l->peer;

	close_fd(&l->fd);
	close_fd(&l->listen_fd);
	l->joint = LINE_OPEN;
	l->peer = NULL;
	l->count = 0;
	if (peer && peer != l)
		line_open(peer);
}

void line_release(struct line *l)
{
	line_open(l);
}

void line_join(struct line *a, struct line *b)
{
	line_open(a);
	line_open(b);
	a->peer = b;
	b->peer = a;
	a->joint = LINE_PORT;
	b->joint = LINE_PORT;
	if (a == b)
		a->joint = LINE_LOOP;
}

static int address(struct sockaddr_un *sun, const char *path)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(sun->sun_path))
		return -ENAMETOOLONG;
	strcpy(sun->sun_path, path);
	return 0;
}

int line_listen(struct line *l, const char *path)
{
	struct sockaddr_un sun;
	int ret = address(&sun, path);
	int fd;

	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(fd, 1)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	line_open(l);
	l->listen_fd = fd;
	l->joint = LINE_SOCKET;
	return 0;
}

static void joined(struct line *l, int fd)
{
	l->fd = fd;
	l->joint = LINE_SOCKET;
	/* Both ends begin anew: what came before is of no interest to the other one. */
	l->time = 0;
	l->peer_time = 0;
	l->far_ppm = 0;
	l->count = 0;
}

int line_connect(struct line *l, const char *path)
{
	struct sockaddr_un sun;
	int ret = address(&sun, path);
	int fd;

	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	line_open(l);
	joined(l, fd);
	return 0;
}

int line_poll_fd(const struct line *l)
{
	return l->fd >= 0 ? l->fd : l->listen_fd;
}

static struct line_ms *queue_slot(struct line *l)
{
	/* Full: the oldest is lost, as a clock that runs away would have it. */
	if (l->count == LINE_QUEUE) {
		l->head = (l->head + 1) % LINE_QUEUE;
		l->count--;
		l->dropped++;
	}
	return &l->queue[(l->head + l->count++) % LINE_QUEUE];
}

int line_ready(struct line *l)
{
	struct line_ms ms;
	ssize_t n;

	if (l->fd < 0) {
		int fd = accept4(l->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return errno == EAGAIN ? 0 : -errno;
		joined(l, fd);
	}
	for (;;) {
		n = recv(l->fd, &ms, sizeof(ms), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n != sizeof(ms))
			break;
		*queue_slot(l) = ms;
		if (l->peer_time)
			l->far_ppm = (s32)(NS_PER_MS - (s64)(ms.time - l->peer_time));
		l->peer_time = ms.time;
	}
	/* One that listens goes on doing so: the far end may be plugged in again. */
	close_fd(&l->fd);
	l->count = 0;
	if (l->listen_fd < 0)
		line_open(l);
	return -ENOTCONN;
}

bool line_may_tick(const struct line *l)
{
	return l->joint != LINE_SOCKET || l->fd < 0 || l->time < l->peer_time + LINE_LEAD_NS;
}

bool line_due(const struct line *l)
{
	if (l->real_time)
		return l->count > 1;
	return l->count && l->queue[l->head].time + LINE_LEAD_NS <= l->time;
}

void line_send(struct line *l, const struct line_ms *ms)
{
	/* One ppm of a millisecond is a nanosecond. */
	l->time += (u64)(NS_PER_MS - l->ppm);
	l->sent++;
	if (l->peer) {
		*queue_slot(l->peer) = *ms;
	} else if (l->fd >= 0) {
		struct line_ms out = *ms;

		out.time = l->time;
		if (send(l->fd, &out, sizeof(out), MSG_NOSIGNAL) < 0)
			l->dropped++;
	}
}

static u32 errors_now(struct line_inject *e)
{
	u32 n = e->count;

	e->count = 0;
	e->phase += e->per_second;
	n += e->phase / 1000;
	e->phase %= 1000;
	if (n > 255) {
		e->count = n - 255;
		n = 255;
	}
	return n;
}

static void add(u8 *to, u32 n)
{
	*to = (u8)min_t(u32, *to + n, 255);
}

static bool injected(u32 *left)
{
	bool now = *left;

	if (now && *left != LINE_FOR_EVER)
		--*left;
	return now;
}

bool line_receive(struct line *l, struct line_ms *ms)
{
	bool there = l->joint == LINE_SOCKET && !l->real_time ? line_due(l) : l->count > 0;
	bool los = injected(&l->los), ais = injected(&l->ais);
	bool rai = injected(&l->rai), lfa = injected(&l->lfa);

	if (there) {
		*ms = l->queue[l->head];
		l->head = (l->head + 1) % LINE_QUEUE;
		l->count--;
		l->received++;
	} else {
		*ms = (struct line_ms){ 0 };
	}
	if (!(ms->flags & LINE_SIGNAL) || los) {
		ms->flags = 0;
		memset(ms->slots, 0xff, sizeof(ms->slots));
		return there;
	}
	if (ais) {
		ms->flags = LINE_SIGNAL | LINE_AIS;
		memset(ms->slots, 0xff, sizeof(ms->slots));
	}
	if (lfa)
		ms->flags &= (u8)~LINE_FRAMED;
	if (rai && (ms->flags & LINE_FRAMED))
		ms->flags |= LINE_RAI;
	add(&ms->crc, errors_now(&l->inject[LINE_ERR_CRC]));
	add(&ms->code, errors_now(&l->inject[LINE_ERR_CODE]));
	add(&ms->fas, errors_now(&l->inject[LINE_ERR_FAS]));
	add(&ms->ebits, errors_now(&l->inject[LINE_ERR_EBIT]));
	return there;
}

int line_set_ppm(struct line *l, s32 ppm)
{
	if (ppm < -1000 || ppm > 1000)
		return -EINVAL;
	l->ppm = ppm;
	return 0;
}

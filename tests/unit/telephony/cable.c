// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/telephony/cable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/telephony/wire.h"

struct cable_plant {
	struct plant plant;
	const struct conf_group *conf;
	int news_fd;
};

struct cut_dchan {
	struct dchan dchan;
	struct dchan *under;
	int port;
};

static int sockets[CABLE_PORTS + 1];	/* the end that waits to be opened; 0: none made */
static int spare[CABLE_PORTS + 1];	/* a copy, for cable_inject() on the far end */
static bool cut[CABLE_PORTS + 1];	/* by the odd port; atomic */
static bool failed[CABLE_PORTS + 1];	/* atomic */
static bool told[CABLE_PORTS + 1];	/* what the group knows; its thread */
static int news_fds[CABLE_PORTS + 1];	/* atomic */
static bool with_lines;

static int odd(int port)
{
	return (port - 1) / 2 * 2 + 1;
}

static int other(int port)
{
	return port % 2 ? port + 1 : port - 1;
}

static int cut_read(struct dchan *d, void *buf, size_t len)
{
	struct cut_dchan *c = (struct cut_dchan *)d;
	int n;

	do {
		n = dchan_read(c->under, buf, len);
	} while (n > 0 && atomic_load(&cut[odd(c->port)]));
	return n;
}

static int cut_write(struct dchan *d, const void *buf, size_t len)
{
	struct cut_dchan *c = (struct cut_dchan *)d;

	return atomic_load(&cut[odd(c->port)]) ? 0 : dchan_write(c->under, buf, len);
}

static void cut_close(struct dchan *d)
{
	struct cut_dchan *c = (struct cut_dchan *)d;

	dchan_close(c->under);
	free(c);
}

static const struct dchan_ops cut_ops = { cut_read, cut_write, cut_close };

static int dchan_open(struct plant *p, const struct conf_addr *addr, struct dchan **out)
{
	struct cut_dchan *c;
	int fd = sockets[addr->port];

	(void)p;
	if (!fd)
		return -ENODEV;
	sockets[addr->port] = 0;
	c = calloc(1, sizeof(*c));
	if (!c || dchan_socket(fd, &c->under)) {
		free(c);
		return -ENOMEM;
	}
	c->dchan.ops = &cut_ops;
	c->dchan.fd = c->under->fd;
	c->port = addr->port;
	*out = &c->dchan;
	return 0;
}

static struct media_line *line(struct plant *p, int iface)
{
	struct cable_plant *c = (struct cable_plant *)p;

	return with_lines ? wire_line(c->conf->spans[iface].port) : NULL;
}

static int news_fd(struct plant *p)
{
	return ((struct cable_plant *)p)->news_fd;
}

static int news_next(struct plant *p, struct plant_news *n)
{
	struct cable_plant *c = (struct cable_plant *)p;
	uint64_t count;
	int i, port;

	for (i = 0; i < c->conf->nspans; i++) {
		port = c->conf->spans[i].port;
		if (told[port] == atomic_load(&failed[port]))
			continue;
		told[port] = !told[port];
		*n = (struct plant_news){ .iface = i, .up = true, .failed = told[port] };
		return 1;
	}
	return read(c->news_fd, &count, sizeof(count)) < 0 ? 0 : 0;
}

static void plant_close(struct plant *p)
{
	struct cable_plant *c = (struct cable_plant *)p;

	close(c->news_fd);
	free(c);
}

static const struct plant_ops ops = {
	.dchan_open = dchan_open, .line = line, .news_fd = news_fd, .news_next = news_next,
	.close = plant_close,
};

/* The configuring thread makes the sockets of both ends. */
static int cable_make(int port)
{
	int fds[2];

	if (spare[port])
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	sockets[port] = fds[0];
	sockets[other(port)] = fds[1];
	spare[port] = dup(fds[1]);
	spare[other(port)] = dup(fds[0]);
	return 0;
}

int cable_plant_open(const struct conf_group *conf, struct plant **out)
{
	struct cable_plant *c = calloc(1, sizeof(*c));
	int i;

	if (!c)
		return -ENOMEM;
	c->plant.ops = &ops;
	c->conf = conf;
	c->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (i = 0; i < conf->nspans; i++)
		atomic_store(&news_fds[conf->spans[i].port], c->news_fd);
	for (i = 0; i < conf->ndchans; i++)
		if (cable_make(conf->dchans[i].port))
			return -EMFILE;
	*out = &c->plant;
	return 0;
}

void cable_cut(int port, bool on)
{
	atomic_store(&cut[odd(port)], on);
}

void cable_alarm(int port, bool on)
{
	uint64_t one = 1;

	atomic_store(&failed[port], on);
	if (write(atomic_load(&news_fds[port]), &one, sizeof(one)) < 0)
		abort();
}

int cable_inject(int port, const void *frame, size_t len)
{
	return send(spare[port], frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void cable_lines(bool on)
{
	with_lines = on;
}

void cable_reset(void)
{
	int i;

	for (i = 0; i <= CABLE_PORTS; i++) {
		if (sockets[i])
			close(sockets[i]);
		if (spare[i])
			close(spare[i]);
		sockets[i] = spare[i] = 0;
		cut[i] = failed[i] = told[i] = false;
	}
}

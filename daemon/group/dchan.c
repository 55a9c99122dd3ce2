// SPDX-License-Identifier: GPL-2.0-or-later
/* D-channels over packet sockets; the kernel's are in dchan_tdm.c. */
#include "daemon/group/dchan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int sock_read(struct dchan *d, void *buf, size_t len)
{
	ssize_t n = recv(d->fd, buf, len, MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	/* An empty packet cannot be a frame: the peer is gone. */
	return n ? (int)n : -EPIPE;
}

static int sock_write(struct dchan *d, const void *buf, size_t len)
{
	return send(d->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void sock_close(struct dchan *d)
{
	close(d->fd);
	free(d);
}

static const struct dchan_ops sock_ops = {
	.read = sock_read,
	.write = sock_write,
	.close = sock_close,
};

int dchan_socket(int fd, struct dchan **out)
{
	struct dchan *d = malloc(sizeof(*d));
	int err = ENOMEM;

	*out = NULL;
	if (!d)
		goto err_close;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		err = errno;
		goto err_close;
	}
	d->ops = &sock_ops;
	d->fd = fd;
	*out = d;
	return 0;

err_close:
	free(d);
	close(fd);
	return -err;
}

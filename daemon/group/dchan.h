/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A D-channel: whole HDLC frames, without flags and FCS, in and out of a descriptor.
 *
 * Behind it stands a bound /dev/tdm descriptor, or any packet socket (a socketpair in tests, so
 * that two trunk groups can be joined back to back without a kernel driver). Owned by one thread:
 * the trunk group's. No locks.
 */
#ifndef OPENTDM_GROUP_DCHAN_H
#define OPENTDM_GROUP_DCHAN_H

#include <stddef.h>

#define DCHAN_MTU	1024	/* octets of a frame without FCS; Q.921's N201 is 260 */

struct dchan;

/* Every op is called by the owning thread with nothing held, and must not block. */
struct dchan_ops {
	/*
	 * One frame into buf. Its length; -EAGAIN: none waits; another negative errno: it is
	 * broken.
	 */
	int (*read)(struct dchan *d, void *buf, size_t len);
	/* One frame, whole. 0; -EAGAIN: the queue is full, try when writable; negative errno. */
	int (*write)(struct dchan *d, const void *buf, size_t len);
	/* Releases everything, d too. */
	void (*close)(struct dchan *d);
};

struct dchan {
	const struct dchan_ops *ops;
	int fd;			/* to poll: POLLIN a frame waits, POLLOUT one can be written */
};

static inline int dchan_read(struct dchan *d, void *buf, size_t len)
{
	return d->ops->read(d, buf, len);
}

static inline int dchan_write(struct dchan *d, const void *buf, size_t len)
{
	return d->ops->write(d, buf, len);
}

static inline void dchan_close(struct dchan *d)
{
	if (d)
		d->ops->close(d);
}

/**
 * dchan_socket() - a D-channel over a connected SOCK_SEQPACKET or SOCK_DGRAM socket
 * @fd: taken over; made non-blocking. Closed on failure too.
 *
 * Return: 0, -ENOMEM, or fcntl()'s errno.
 */
int dchan_socket(int fd, struct dchan **out);

#endif

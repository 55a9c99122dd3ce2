// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors of /dev/tdm: opening, binding, reading, writing, connecting. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "private.h"

int tdm_ioctl(struct tdm_dev *dev, unsigned long request, void *arg, bool restart)
{
	int ret;

	do {
		ret = ioctl(dev->fd, request, arg);
	} while (ret < 0 && errno == EINTR && restart);
	return ret < 0 ? -errno : ret;
}

int tdm_dev_open(struct tdm_dev **dev, int flags, tdm_call_check check, struct tdm_error *e)
{
	struct tdm_dev *d;
	int err;

	if (flags & ~(O_ACCMODE | O_NONBLOCK))
		return tdm_error_set(e, -EINVAL, "only O_NONBLOCK may be added to the access mode");
	d = calloc(1, sizeof(*d));
	if (!d)
		return tdm_error_set(e, -ENOMEM, "out of memory");
	tdm_check(check, TDM_CALL_CONFIG, __func__);
	d->fd = open(TDM_DEVICE, flags | O_CLOEXEC);
	if (d->fd < 0) {
		err = -errno;
		free(d);
		if (err == -ENOENT || err == -ENXIO)
			return tdm_error_set(e, err, TDM_DEVICE
				" is not there: load the module with 'modprobe tdm'");
		return tdm_refused(e, err, "opening " TDM_DEVICE, NULL);
	}
	d->nonblock = flags & O_NONBLOCK;
	d->check = check;
	*dev = d;
	return 0;
}

void tdm_dev_close(struct tdm_dev *dev)
{
	if (!dev)
		return;
	tdm_check(dev->check, TDM_CALL_CONFIG, __func__);
	if (dev->kpos) {
		munmap((void *)dev->kpos, dev->pos_len);
		munmap(dev->upos, dev->pos_len);
		munmap((void *)dev->rx, dev->ring_len);
		munmap(dev->tx, dev->ring_len);
	}
	close(dev->fd);
	free(dev);
}

int tdm_fd(const struct tdm_dev *dev)
{
	return dev->fd;
}

int tdm_bind(struct tdm_dev *dev, struct tdm_bind *bind, struct tdm_error *e)
{
	int ret;

	bind->size = sizeof(*bind);
	bind->reason[0] = '\0';
	tdm_check(dev->check, TDM_CALL_CONFIG, __func__);
	ret = tdm_ioctl(dev, TDM_BIND, bind, true);
	return ret < 0 ? tdm_refused(e, ret, "taking the timeslot", bind->reason) : 0;
}

ssize_t tdm_read(struct tdm_dev *dev, void *buf, size_t len)
{
	ssize_t n;

	tdm_check(dev->check, dev->nonblock ? TDM_CALL_QUICK : TDM_CALL_WAIT, __func__);
	n = read(dev->fd, buf, len);
	return n < 0 ? -errno : n;
}

ssize_t tdm_write(struct tdm_dev *dev, const void *buf, size_t len)
{
	ssize_t n;

	tdm_check(dev->check, dev->nonblock ? TDM_CALL_QUICK : TDM_CALL_WAIT, __func__);
	n = write(dev->fd, buf, len);
	return n < 0 ? -errno : n;
}

int tdm_stats(struct tdm_dev *dev, struct tdm_stats *stats, struct tdm_error *e)
{
	struct tdm_stats s = { .size = sizeof(s) };
	int ret;

	tdm_check(dev->check, TDM_CALL_QUICK, __func__);
	ret = tdm_ioctl(dev, TDM_STATS, &s, true);
	if (ret < 0)
		return tdm_refused(e, ret, "reading the counters of a descriptor", NULL);
	*stats = s;
	return 0;
}

int tdm_flush(struct tdm_dev *dev, uint32_t flags, struct tdm_error *e)
{
	struct tdm_flush f = { .size = sizeof(f), .flags = flags };
	int ret;

	tdm_check(dev->check, TDM_CALL_QUICK, __func__);
	ret = tdm_ioctl(dev, TDM_FLUSH, &f, true);
	return ret < 0 ? tdm_refused(e, ret, "flushing", NULL) : 0;
}

int tdm_drain(struct tdm_dev *dev, uint32_t timeout_ms, struct tdm_error *e)
{
	struct tdm_drain d = { .size = sizeof(d), .timeout_ms = timeout_ms };
	int ret;

	tdm_check(dev->check, TDM_CALL_WAIT, __func__);
	ret = tdm_ioctl(dev, TDM_DRAIN, &d, false);
	return ret < 0 ? tdm_refused(e, ret, "waiting until all is sent", NULL) : 0;
}

static int connect_call(struct tdm_dev *a, struct tdm_connect *con, unsigned long request,
			const char *call, const char *what, struct tdm_error *e)
{
	int ret;

	con->size = sizeof(*con);
	con->reserved = 0;
	con->reason[0] = '\0';
	tdm_check(a->check, TDM_CALL_CONFIG, call);
	ret = tdm_ioctl(a, request, con, true);
	return ret < 0 ? tdm_refused(e, ret, what, con->reason) : 0;
}

int tdm_connect(struct tdm_dev *a, struct tdm_dev *b, struct tdm_connect *con, struct tdm_error *e)
{
	con->b_fd = b->fd;
	return connect_call(a, con, TDM_CONNECT, __func__, "connecting", e);
}

int tdm_disconnect(struct tdm_dev *a, struct tdm_connect *con, struct tdm_error *e)
{
	con->b_fd = -1;
	con->b_slot = 0;
	return connect_call(a, con, TDM_DISCONNECT, __func__, "disconnecting", e);
}

int tdm_event_get(struct tdm_dev *dev, struct tdm_event *event)
{
	struct tdm_event ev = { .size = sizeof(ev) };
	int ret;

	tdm_check(dev->check, TDM_CALL_QUICK, __func__);
	ret = tdm_ioctl(dev, TDM_EVENT_GET, &ev, true);
	if (ret == -EAGAIN)
		return 0;
	if (ret < 0)
		return ret;
	*event = ev;
	return 1;
}

int tdm_sig_set(struct tdm_dev *dev, unsigned int slot, unsigned int abcd, struct tdm_error *e)
{
	struct tdm_sig sig = { .size = sizeof(sig), .slot = slot, .tx = abcd };
	int ret;

	tdm_check(dev->check, TDM_CALL_CONFIG, __func__);
	ret = tdm_ioctl(dev, TDM_SIG_SET, &sig, true);
	return ret < 0 ? tdm_refused(e, ret, "setting signalling bits", NULL) : 0;
}

int tdm_sig_get(struct tdm_dev *dev, unsigned int slot, unsigned int *rx, unsigned int *tx,
		struct tdm_error *e)
{
	struct tdm_sig sig = { .size = sizeof(sig), .slot = slot };
	int ret;

	tdm_check(dev->check, TDM_CALL_QUICK, __func__);
	ret = tdm_ioctl(dev, TDM_SIG_GET, &sig, true);
	if (ret < 0)
		return tdm_refused(e, ret, "reading signalling bits", NULL);
	if (rx)
		*rx = sig.rx;
	if (tx)
		*tx = sig.tx;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* D-channels on timeslots: a bound descriptor in HDLC mode. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "daemon/core/log.h"
#include "daemon/group/plant_tdm.h"
#include "daemon/group/tdm_check.h"

struct dchan_dev {
	struct dchan dchan;
	struct tdm_dev *dev;
};

static int dev_read(struct dchan *d, void *buf, size_t len)
{
	return (int)tdm_read(container_of(d, struct dchan_dev, dchan)->dev, buf, len);
}

static int dev_write(struct dchan *d, const void *buf, size_t len)
{
	ssize_t n = tdm_write(container_of(d, struct dchan_dev, dchan)->dev, buf, len);

	return n < 0 ? (int)n : 0;
}

static void dev_close(struct dchan *d)
{
	struct dchan_dev *t = container_of(d, struct dchan_dev, dchan);

	tdm_dev_close(t->dev);
	free(t);
}

static const struct dchan_ops dev_ops = {
	.read = dev_read,
	.write = dev_write,
	.close = dev_close,
};

int dchan_tdm(uint32_t card, const struct conf_addr *addr, struct dchan **out)
{
	struct tdm_bind bind = {
		.flags = TDM_BIND_TX, .card = card, .port = (uint32_t)addr->port,
		.slots = 1u << addr->slot, .mode = TDM_MODE_HDLC, .bearer = TDM_BEARER_CLEAR,
		.mtu = DCHAN_MTU,
	};
	struct dchan_dev *t = calloc(1, sizeof(*t));
	struct tdm_error e = { 0 };
	int err;

	if (!t)
		return -ENOMEM;
	err = tdm_dev_open(&t->dev, O_RDWR | O_NONBLOCK, tdm_lock_check, &e);
	if (!err) {
		err = tdm_bind(t->dev, &bind, &e);
		if (err)
			tdm_dev_close(t->dev);
	}
	if (err) {
		if (err != -ENODEV)
			log_warn("D-channel: %s", e.text);
		free(t);
		return err;
	}
	t->dchan.ops = &dev_ops;
	t->dchan.fd = tdm_fd(t->dev);
	*out = &t->dchan;
	return 0;
}

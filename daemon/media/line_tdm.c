// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines on /dev/tdm: a stream of a span. */
#include "daemon/media/line_tdm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/conf.h"
#include "daemon/core/log.h"
#include "daemon/group/tdm_check.h"
#include "daemon/media/line.h"

#define RING_FRAMES	(CONF_RING_MS * 8)

struct line_dev {
	struct media_line line;
	struct tdm_dev *dev;
};

static struct tdm_dev *dev_of(struct media_line *l)
{
	return container_of(l, struct line_dev, line)->dev;
}

static void dev_pos(struct media_line *l, struct line_pos *pos)
{
	unsigned int state = tdm_stream_state(dev_of(l));

	pos->running = state == TDM_STREAM_RUNNING;
	pos->gone = state == TDM_STREAM_GONE;
	pos->rx_frame = tdm_stream_rx_frame(dev_of(l));
	pos->tx_frame = tdm_stream_tx_frame(dev_of(l));
}

static int dev_get(struct media_line *l, unsigned int slot, uint64_t frame, uint8_t *buf, size_t n)
{
	return tdm_stream_get(dev_of(l), slot, frame, buf, n);
}

static int dev_put(struct media_line *l, unsigned int slot, uint64_t frame, const uint8_t *buf,
		   size_t n)
{
	return tdm_stream_put(dev_of(l), slot, frame, buf, n);
}

static void dev_consumed(struct media_line *l, uint64_t frame)
{
	tdm_stream_consumed(dev_of(l), frame);
}

static int dev_claim(struct media_line *l, unsigned int slot, unsigned int format,
		     uint64_t *rx_frame, uint64_t *tx_frame)
{
	struct tdm_claim c = {
		.flags = TDM_CLAIM_RX | TDM_CLAIM_TX, .slot = slot,
		.bearer = format == MEDIA_CLEAR ? TDM_BEARER_CLEAR : TDM_BEARER_SPEECH,
	};
	struct tdm_error e = { 0 };
	int err = tdm_claim(dev_of(l), &c, &e);

	if (err) {
		log_warn("timeslot %u: %s", slot, e.text);
		return err;
	}
	*rx_frame = c.rx_frame;
	*tx_frame = c.tx_frame;
	return 0;
}

static void dev_release(struct media_line *l, unsigned int slot)
{
	struct tdm_claim c = { .flags = TDM_CLAIM_RX | TDM_CLAIM_TX, .slot = slot };
	struct tdm_error e = { 0 };
	int err = tdm_release(dev_of(l), &c, &e);

	if (err && err != -ENODEV)
		log_warn("timeslot %u is not given back: %s", slot, e.text);
}

static int dev_connect(struct media_line *a, unsigned int a_slot, struct media_line *b,
		       unsigned int b_slot, struct line_connect *con)
{
	struct tdm_connect c = { .flags = TDM_CONNECT_BOTH, .a_slot = a_slot, .b_slot = b_slot };
	struct tdm_error e = { 0 };
	int err = tdm_connect(dev_of(a), dev_of(b), &c, &e);

	if (err) {
		log_warn("cross-connect refused: %s", e.text);
		return err;
	}
	*con = (struct line_connect){ .ab_delay = c.ab_delay, .ba_delay = c.ba_delay,
				      .a_tx_frame = c.a_tx_frame, .b_tx_frame = c.b_tx_frame };
	return 0;
}

static int dev_disconnect(struct media_line *a, unsigned int a_slot, struct line_connect *con)
{
	struct tdm_connect c = { .flags = TDM_CONNECT_BOTH, .a_slot = a_slot };
	struct tdm_error e = { 0 };
	int err = tdm_disconnect(dev_of(a), &c, &e);

	if (err) {
		log_warn("cross-connect is not ended: %s", e.text);
		return err;
	}
	con->a_tx_frame = c.a_tx_frame;
	con->b_tx_frame = c.b_tx_frame;
	return 0;
}

static void dev_close(struct media_line *l)
{
	struct line_dev *d = container_of(l, struct line_dev, line);

	tdm_dev_close(d->dev);
	free(d);
}

static const struct media_line_ops dev_ops = {
	.pos = dev_pos, .get = dev_get, .put = dev_put, .consumed = dev_consumed,
	.claim = dev_claim, .release = dev_release, .connect = dev_connect,
	.disconnect = dev_disconnect, .close = dev_close,
};

int line_tdm_open(uint32_t card, uint32_t port, uint32_t span, unsigned int period_ms,
		  struct media_line **out)
{
	struct tdm_stream s = { .card = card, .port = port, .period_frames = period_ms * 8 };
	struct line_dev *d = calloc(1, sizeof(*d));
	struct tdm_error e = { 0 };
	int err;

	*out = NULL;
	if (!d)
		return -ENOMEM;
	s.periods = RING_FRAMES / s.period_frames;
	if (s.periods > CONF_RING_PERIODS)
		s.periods = CONF_RING_PERIODS;
	err = tdm_dev_open(&d->dev, O_RDWR | O_NONBLOCK, tdm_lock_check, &e);
	if (!err) {
		err = tdm_stream_open(d->dev, &s, &e);
		if (err)
			tdm_dev_close(d->dev);
	}
	if (err) {
		log_at(err == -ENODEV ? LOG_LVL_DEBUG : LOG_LVL_WARN, 0, "stream: %s", e.text);
		free(d);
		return err;
	}
	d->line.ops = &dev_ops;
	d->line.fd = tdm_fd(d->dev);
	d->line.card = card;
	d->line.span = span;
	d->line.period = s.period_frames;
	d->line.ring = s.period_frames * s.periods;
	d->line.tx_lead = s.tx_lead;
	d->line.can_connect = true;
	*out = &d->line;
	media_line_add(&d->line);
	return 0;
}

bool line_tdm_gone(const struct media_line *line)
{
	return atomic_load(&line->gone);
}

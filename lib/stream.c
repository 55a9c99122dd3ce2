// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams: every row of a span in shared memory.
 *
 *	[period][slot][frame in period]		octet of slot s, frame f:
 *	((f / period_frames) % periods) * period_len + s * period_frames + f % period_frames
 *
 * Ordering. The kernel writes rows, then releases kpos->rx_frame; we acquire rx_frame, then read
 * rows. A slow reader is overtaken, never waited for: whoever copies looks at rx_frame again
 * afterwards, as with a seqlock. Transmit rows need no publishing: the tick takes whatever lies
 * there.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "position.h"
#include "private.h"

static int map(struct tdm_dev *dev, uint64_t offset, uint32_t len, int prot, void **area)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, dev->fd, (off_t)offset);

	if (p == MAP_FAILED)
		return -errno;
	*area = p;
	return 0;
}

static int map_areas(struct tdm_dev *dev, const struct tdm_stream *s)
{
	void *kpos = NULL, *upos = NULL, *rx = NULL, *tx = NULL;
	int ret;

	ret = map(dev, TDM_MMAP_KPOS, s->pos_len, PROT_READ, &kpos);
	if (ret)
		return ret;
	ret = map(dev, TDM_MMAP_UPOS, s->pos_len, PROT_READ | PROT_WRITE, &upos);
	if (ret)
		goto unmap_kpos;
	ret = map(dev, TDM_MMAP_RX, s->ring_len, PROT_READ, &rx);
	if (ret)
		goto unmap_upos;
	ret = map(dev, TDM_MMAP_TX, s->ring_len, PROT_READ | PROT_WRITE, &tx);
	if (ret)
		goto unmap_rx;

	dev->period_frames = s->period_frames;
	dev->periods = s->periods;
	dev->period_len = s->period_len;
	dev->ring_len = s->ring_len;
	dev->pos_len = s->pos_len;
	dev->ring_frames = (uint64_t)s->period_frames * s->periods;
	dev->upos = upos;
	dev->rx = rx;
	dev->tx = tx;
	dev->kpos = kpos;
	return 0;

unmap_rx:
	munmap(rx, s->ring_len);
unmap_upos:
	munmap(upos, s->pos_len);
unmap_kpos:
	munmap(kpos, s->pos_len);
	return ret;
}

int tdm_stream_open(struct tdm_dev *dev, struct tdm_stream *stream, struct tdm_error *e)
{
	int ret;

	stream->size = sizeof(*stream);
	stream->reason[0] = '\0';
	tdm_check(dev->check, TDM_CALL_CONFIG, __func__);
	ret = tdm_ioctl(dev, TDM_STREAM_OPEN, stream, true);
	if (ret < 0)
		return tdm_refused(e, ret, "opening a stream", stream->reason);
	ret = map_areas(dev, stream);
	return ret ? tdm_refused(e, ret, "mapping a stream", NULL) : 0;
}

uint64_t tdm_stream_rx_frame(const struct tdm_dev *dev)
{
	return tdm_position((const uint64_t *)&dev->kpos->rx_frame, &dev->kpos->rx_frame_lo);
}

uint64_t tdm_stream_tx_frame(const struct tdm_dev *dev)
{
	return tdm_position((const uint64_t *)&dev->kpos->tx_frame, &dev->kpos->tx_frame_lo);
}

unsigned int tdm_stream_state(const struct tdm_dev *dev)
{
	return __atomic_load_n(&dev->kpos->state, __ATOMIC_ACQUIRE);
}

/* A counter without a low half: torn only on a 32-bit machine, and there only at 2^32. */
static uint64_t counter(const volatile __u64 *at)
{
	return *at;
}

void tdm_stream_gaps(const struct tdm_dev *dev, uint64_t *rx, uint64_t *tx)
{
	if (rx)
		*rx = counter(&dev->kpos->rx_gap_frames);
	if (tx)
		*tx = counter(&dev->kpos->tx_gap_frames);
}

uint64_t tdm_stream_wakeups(const struct tdm_dev *dev)
{
	return counter(&dev->kpos->wakeups);
}

static size_t offset_of(const struct tdm_dev *dev, uint64_t frame, unsigned int slot)
{
	uint64_t period = frame / dev->period_frames;

	return (size_t)(period % dev->periods) * dev->period_len +
	       (size_t)slot * dev->period_frames + (size_t)(frame - period * dev->period_frames);
}

const uint8_t *tdm_stream_rx_row(const struct tdm_dev *dev, uint64_t frame, unsigned int slot)
{
	return dev->rx + offset_of(dev, frame, slot);
}

uint8_t *tdm_stream_tx_row(const struct tdm_dev *dev, uint64_t frame, unsigned int slot)
{
	return dev->tx + offset_of(dev, frame, slot);
}

/* How many octets lie side by side from @frame on, at most @count. */
static size_t stretch(const struct tdm_dev *dev, uint64_t frame, size_t count)
{
	size_t left = dev->period_frames - (size_t)(frame % dev->period_frames);

	return left < count ? left : count;
}

int tdm_stream_get(const struct tdm_dev *dev, unsigned int slot, uint64_t frame, uint8_t *buf,
		   size_t count)
{
	uint64_t rx = tdm_stream_rx_frame(dev);
	uint64_t f = frame;
	size_t left = count;

	if (frame + count > rx)
		return -EAGAIN;
	if (rx - frame > dev->ring_frames)
		return -EOVERFLOW;
	while (left) {
		size_t n = stretch(dev, f, left);

		memcpy(buf, tdm_stream_rx_row(dev, f, slot), n);
		buf += n;
		f += n;
		left -= n;
	}
	/*
	 * What was copied must be read before the position that vouches for it. The block that the
	 * kernel is writing now is not in rx_frame yet, hence its frames on top.
	 */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	rx = tdm_stream_rx_frame(dev);
	return rx + TDM_BLOCK_FRAMES - frame > dev->ring_frames ? -EOVERFLOW : 0;
}

int tdm_stream_put(const struct tdm_dev *dev, unsigned int slot, uint64_t frame, const uint8_t *buf,
		   size_t count)
{
	uint64_t tx = tdm_stream_tx_frame(dev);

	if (frame < tx)
		return -ETIME;
	if (frame + count > tx + dev->ring_frames)
		return -EOVERFLOW;
	while (count) {
		size_t n = stretch(dev, frame, count);

		memcpy(tdm_stream_tx_row(dev, frame, slot), buf, n);
		buf += n;
		frame += n;
		count -= n;
	}
	return 0;
}

void tdm_stream_consumed(struct tdm_dev *dev, uint64_t frame)
{
	*(volatile __u64 *)&dev->upos->rx_frame = frame;
}

int tdm_stream_wait(struct tdm_dev *dev, int timeout_ms)
{
	struct pollfd p = { .fd = dev->fd, .events = POLLIN | POLLPRI };
	int ret;

	tdm_check(dev->check, TDM_CALL_WAIT, __func__);
	ret = poll(&p, 1, timeout_ms);
	if (ret < 0)
		return -errno;
	return ret ? p.revents : 0;
}

static int claim_call(struct tdm_dev *dev, struct tdm_claim *claim, unsigned long request,
		      const char *call, const char *what, struct tdm_error *e)
{
	int ret;

	claim->size = sizeof(*claim);
	claim->reason[0] = '\0';
	tdm_check(dev->check, TDM_CALL_CONFIG, call);
	ret = tdm_ioctl(dev, request, claim, true);
	return ret < 0 ? tdm_refused(e, ret, what, claim->reason) : 0;
}

int tdm_claim(struct tdm_dev *dev, struct tdm_claim *claim, struct tdm_error *e)
{
	return claim_call(dev, claim, TDM_CLAIM, __func__, "claiming a timeslot", e);
}

int tdm_release(struct tdm_dev *dev, struct tdm_claim *claim, struct tdm_error *e)
{
	return claim_call(dev, claim, TDM_RELEASE, __func__, "releasing a timeslot", e);
}

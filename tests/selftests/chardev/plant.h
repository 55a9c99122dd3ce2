/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the character device stand on: virtual cards whose spans are up and joined in
 * pairs (1-2, 3-4, ...), made through libtdm, and the ioctls themselves, made raw.
 *
 * A failure to set up is no test's failure: it ends the program with a sentence and status 2.
 */
#ifndef CHARDEV_PLANT_H
#define CHARDEV_PLANT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <opentdm.h>

/* plant.c; needs libtdm (not in 32-bit programs) */
#include "opentdm_netlink.h"
uint32_t plant_card(unsigned int ports, enum tdm_span_type type);
uint32_t plant_card_as(unsigned int ports, enum tdm_span_type type, int framing, int signalling,
		       int up);
void plant_unplug(uint32_t card);	/* ENODEV is fine: it may be away already */
void plant_up(uint32_t card, uint32_t port);
void plant_down(uint32_t card, uint32_t port);
void plant_late(uint32_t card, unsigned int ticks);
void plant_ppm(uint32_t card, int ppm);
void plant_yank(uint32_t card);
/* These and plant_there() may meet a card that is gone. A thread of their own has a socket of its own. */
void plant_defects(uint32_t card, uint32_t port, uint32_t defects);
void plant_errors(uint32_t card, uint32_t port, uint32_t per_billion);
void plant_cas(uint32_t card, uint32_t port, uint32_t slot, uint32_t abcd);
int plant_there(uint32_t card);
/* An administrative cross-connect of clear slots: its id. */
uint32_t plant_connect(uint32_t a_card, uint32_t a_port, uint32_t a_slot, uint32_t b_card,
		       uint32_t b_port, uint32_t b_slot, int both);
void plant_disconnect(uint32_t id);
uint32_t plant_taps(uint32_t card, uint32_t port, uint32_t slot);
const char *plant_name(uint32_t card);

/* Raw: 0 or a negative errno. */
static inline int ioc(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

static inline int dev_open(int flags)
{
	int fd = open(TDM_DEVICE, flags | O_CLOEXEC);

	if (fd < 0) {
		perror(TDM_DEVICE);
		exit(2);
	}
	return fd;
}

static inline struct tdm_bind bind_of(uint32_t card, uint32_t port, uint32_t slots, uint32_t flags)
{
	return (struct tdm_bind) {
		.size = sizeof(struct tdm_bind), .flags = flags, .card = card, .port = port,
		.slots = slots, .mode = TDM_MODE_PCM, .bearer = TDM_BEARER_CLEAR,
	};
}

static inline struct tdm_bind hdlc_of(uint32_t card, uint32_t port, uint32_t slots, uint32_t flags)
{
	struct tdm_bind bind = bind_of(card, port, slots, flags);

	bind.mode = TDM_MODE_HDLC;
	return bind;
}

/* A descriptor bound so; a refusal is printed and gives a negative errno. */
static inline int bound(struct tdm_bind bind, int flags)
{
	int fd = dev_open(flags), ret = ioc(fd, TDM_BIND, &bind);

	if (!ret)
		return fd;
	fprintf(stderr, "# bind: %s: %s\n", strerror(-ret), bind.reason);
	close(fd);
	return ret;
}

static inline struct tdm_stats stats_of(int fd)
{
	struct tdm_stats stats = { .size = sizeof(stats) };

	if (ioc(fd, TDM_STATS, &stats))
		memset(&stats, 0xff, sizeof(stats));
	return stats;
}

static inline int flush(int fd, uint32_t flags)
{
	struct tdm_flush arg = { .size = sizeof(arg), .flags = flags };

	return ioc(fd, TDM_FLUSH, &arg);
}

static inline int drain(int fd, uint32_t timeout_ms)
{
	struct tdm_drain arg = { .size = sizeof(arg), .timeout_ms = timeout_ms };

	return ioc(fd, TDM_DRAIN, &arg);
}

static inline int claim(int fd, uint32_t slot, uint32_t flags, uint32_t bearer,
			struct tdm_claim *out)
{
	struct tdm_claim arg = {
		.size = sizeof(arg), .flags = flags, .slot = slot, .bearer = bearer,
	};
	int ret = ioc(fd, TDM_CLAIM, &arg);

	if (out)
		*out = arg;
	return ret;
}

static inline int release(int fd, uint32_t slot, uint32_t flags, struct tdm_claim *out)
{
	struct tdm_claim arg = { .size = sizeof(arg), .flags = flags, .slot = slot };
	int ret = ioc(fd, TDM_RELEASE, &arg);

	if (out)
		*out = arg;
	return ret;
}

static inline int revents(int fd, int events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static inline void ms(unsigned int n)
{
	struct timespec t = { n / 1000, n % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/*
 * Until the line under a bound descriptor has sent so many more frames: its own time, which a slow machine
 * stretches and a late tick makes up for. Gives up after 30 s.
 */
static inline void line_passes(int fd, unsigned int frames)
{
	uint64_t from = stats_of(fd).tx_frame;
	double end = now() + 30;

	while (stats_of(fd).tx_frame < from + frames && now() < end)
		ms(1);
}

/* Numbers that depend on a seed only (splitmix64). */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* --- streams, mapped ---------------------------------------------------------------------------- */

struct mapped {
	int fd;
	struct tdm_stream s;
	const struct tdm_stream_kpos *kpos;
	struct tdm_stream_upos *upos;
	const uint8_t *rx;
	uint8_t *tx;
};

static inline void *area(int fd, uint64_t offset, size_t len, int prot)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, (off_t)offset);

	return p == MAP_FAILED ? NULL : p;
}

static inline int stream_of(struct mapped *m, uint32_t card, uint32_t port, uint32_t period_frames,
			    uint32_t periods)
{
	int ret;

	*m = (struct mapped) {
		.fd = dev_open(O_RDWR),
		.s = { .size = sizeof(m->s), .card = card, .port = port,
		       .period_frames = period_frames, .periods = periods },
	};
	ret = ioc(m->fd, TDM_STREAM_OPEN, &m->s);
	if (ret) {
		fprintf(stderr, "# stream: %s: %s\n", strerror(-ret), m->s.reason);
		close(m->fd);
		return ret;
	}
	m->kpos = area(m->fd, TDM_MMAP_KPOS, m->s.pos_len, PROT_READ);
	m->upos = area(m->fd, TDM_MMAP_UPOS, m->s.pos_len, PROT_READ | PROT_WRITE);
	m->rx = area(m->fd, TDM_MMAP_RX, m->s.ring_len, PROT_READ);
	m->tx = area(m->fd, TDM_MMAP_TX, m->s.ring_len, PROT_READ | PROT_WRITE);
	return m->kpos && m->upos && m->rx && m->tx ? 0 : -errno;
}

static inline void stream_unmap(struct mapped *m)
{
	munmap((void *)m->kpos, m->s.pos_len);
	munmap(m->upos, m->s.pos_len);
	munmap((void *)m->rx, m->s.ring_len);
	munmap(m->tx, m->s.ring_len);
}

static inline void stream_close(struct mapped *m)
{
	stream_unmap(m);
	close(m->fd);
}

static inline size_t place(const struct mapped *m, uint64_t frame, unsigned int slot)
{
	uint32_t pf = m->s.period_frames;

	return (frame / pf) % m->s.periods * m->s.period_len + slot * pf + frame % pf;
}

static inline uint64_t rx_frame(const struct mapped *m)
{
	return __atomic_load_n(&m->kpos->rx_frame, __ATOMIC_ACQUIRE);
}

static inline uint64_t tx_frame(const struct mapped *m)
{
	return __atomic_load_n(&m->kpos->tx_frame, __ATOMIC_ACQUIRE);
}

static inline uint64_t ring_frames(const struct mapped *m)
{
	return (uint64_t)m->s.period_frames * m->s.periods;
}

/*
 * A slot's row, but for two periods as far ahead as the ring is long: value, or what follows from the frame
 * number when it is negative. *written: up to where that has been done.
 */
static inline void speak(struct mapped *m, unsigned int slot, int value, uint64_t *written)
{
	uint64_t to = tx_frame(m) + ring_frames(m) - 2 * m->s.period_frames;

	if (*written < tx_frame(m) + 16)
		*written = tx_frame(m) + 16;
	for (; *written < to; ++*written)
		m->tx[place(m, *written, slot)] = value < 0 ? (uint8_t)mix(*written) : (uint8_t)value;
}

/* Until the receive position is at least there; false after 10 s. */
static inline int wait_rx(const struct mapped *m, uint64_t frame)
{
	double end = now() + 10;

	while (rx_frame(m) < frame) {
		if (now() > end)
			return 0;
		ms(1);
	}
	return 1;
}

#endif /* CHARDEV_PLANT_H */

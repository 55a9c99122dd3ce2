// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bound PCM descriptors: order of octets, buffers that run full or dry, draining and flushing, taps, what
 * a span that goes down does, and events. Each test has a card of its own, ports 1 and 2 joined.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include "../harness.h"
#include "plant.h"

FIXTURE(pcm) {
	uint32_t card;
};

FIXTURE_SETUP(pcm)
{
	self->card = plant_card(2, TDM_TYPE_E1);
}

FIXTURE_TEARDOWN(pcm)
{
	plant_unplug(self->card);
}

#define B(p, mask, fl, ...) ({ struct tdm_bind b_ = bind_of(self->card, p, mask, fl); \
	__VA_ARGS__; b_; })

/* Reads n octets whole; the time-out of the harness ends a wait for ever. */
static int read_all(int fd, uint8_t *to, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, to + got, n - got);

		if (r <= 0)
			return -errno;
		got += r;
	}
	return 0;
}

/* Where a piece of octets begins in others, or -1. */
static long find(const uint8_t *in, size_t len, const uint8_t *what, size_t n)
{
	size_t at;

	for (at = 0; at + n <= len; at++)
		if (!memcmp(in + at, what, n))
			return at;
	return -1;
}

TEST_F(pcm, mask_is_in_line_order)
{
	int a = bound(B(1, 0x228, TDM_BIND_TX), O_RDWR), b = bound(B(2, 0x228, 0), O_RDONLY);
	int b5 = bound(B(2, 0x20, 0), O_RDONLY);
	static uint8_t out[3 * 400], in[3 * 4000], one[4000], want[400];
	unsigned int i;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	for (i = 0; i < sizeof(out); i++)
		out[i] = mix(i);
	for (i = 0; i < 400; i++)
		want[i] = out[3 * i + 1];
	EXPECT_EQ(-1, write(a, out, 4));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, read(b, in, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, read(b, in, 0));
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	ASSERT_EQ(0, read_all(b, in, sizeof(in)));
	ASSERT_EQ(0, read_all(b5, one, sizeof(one)));
	EXPECT_LE(0, find(in, sizeof(in), out, sizeof(out)));
	EXPECT_EQ(0, find(in, sizeof(in), out, sizeof(out)) % 3);
	/* The middle slot alone: slots 3, 5, 9 in ascending order. */
	EXPECT_LE(0, find(one, sizeof(one), want, sizeof(want)));
}

TEST_F(pcm, whole_unframed_e1)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, TDM_FRAMING_UNFRAMED,
				      TDM_SIGNALLING_NONE, 1);
	struct tdm_bind bind = bind_of(card, 1, ~0U, TDM_BIND_TX);
	static uint8_t out[32 * 1000], in[32 * 6000];
	unsigned int i;
	int a = bound(bind, O_RDWR), b;

	bind.port = 2;
	bind.flags = 0;
	b = bound(bind, O_RDONLY);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	for (i = 0; i < sizeof(out); i++)
		out[i] = mix(i);
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	ASSERT_EQ(0, read_all(b, in, sizeof(in)));
	EXPECT_LE(0, find(in, sizeof(in), out, sizeof(out)));
	close(a);
	close(b);
	plant_unplug(card);
}

TEST_F(pcm, oldest_are_dropped_and_counted)
{
	int a = bound(B(1, 2, TDM_BIND_TX), O_RDWR);
	int small = bound(B(2, 2, 0, b_.rx_frames = 83), O_RDONLY | O_NONBLOCK);
	int big = bound(B(2, 2, 0), O_RDONLY | O_NONBLOCK);
	static uint8_t out[4000], in[200], all[8000];
	struct tdm_stats s, t;
	unsigned int i;
	ssize_t n;

	ASSERT_LE(0, big);
	for (i = 0; i < sizeof(out); i++)
		out[i] = mix(i);
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	ms(200);
	plant_down(self->card, 2);
	s = stats_of(small);
	t = stats_of(big);
	EXPECT_EQ(83, s.rx_queued);
	EXPECT_EQ(s.rx_frames - 83, s.rx_overruns);
	EXPECT_EQ(0, t.rx_overruns);
	n = read(small, in, sizeof(in));
	EXPECT_EQ(83, n);
	/* They are the newest: the end of what the other tap has. */
	n = read(big, all, sizeof(all));
	ASSERT_EQ(t.rx_queued, n);
	EXPECT_EQ(0, memcmp(all + n - 83, in, 83));
	EXPECT_EQ(s.rx_overruns, stats_of(small).rx_overruns);
	EXPECT_EQ(0, stats_of(small).rx_queued);
	EXPECT_EQ(-1, read(small, in, sizeof(in)));
	EXPECT_EQ(ENETDOWN, errno);
}

/* Pieces of any length go through buffers in which rows lie across the end; where one comes too late, idle lies between. */
TEST_F(pcm, odd_pieces_stay_in_order)
{
	int a = bound(B(1, 2, TDM_BIND_TX, b_.tx_frames = 83), O_RDWR);
	int b = bound(B(2, 2, 0, b_.rx_frames = 80000), O_RDONLY | O_NONBLOCK);
	static uint8_t out[4000], in[80000];
	unsigned int i, len, heard = 0;
	ssize_t n;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	for (i = 0; i < sizeof(out); i++)
		out[i] = mix(i) & 0x7f;	/* never the idle code, 0xd5, or 0xff of a line that is just there */
	for (i = 0; i < sizeof(out); i += len) {
		len = 1 + mix(i + 1) % 61;
		if (len > sizeof(out) - i)
			len = sizeof(out) - i;
		ASSERT_EQ(len, write(a, out + i, len));
		if (mix(i + 2) % 8 == 0)
			ms(mix(i) % 12);
	}
	EXPECT_EQ(0, drain(a, 0));
	EXPECT_EQ(sizeof(out), stats_of(a).tx_frames);
	EXPECT_LT(0, stats_of(a).tx_underruns);
	line_passes(a, 400);
	n = read(b, in, sizeof(in));
	ASSERT_LT(0, n);
	for (i = 0; i < n; i++)
		if (in[i] < 0x80 && heard < sizeof(out))
			ASSERT_EQ(out[heard++], in[i]);
	EXPECT_EQ(sizeof(out), heard);
}

/* A reader that is overtaken all the time gets runs of consecutive frames, and every frame is accounted for. */
TEST_F(pcm, reader_under_pressure)
{
	int a = bound(B(1, 2, TDM_BIND_TX), O_RDWR);
	int b = bound(B(2, 2, 0, b_.rx_frames = 16), O_RDONLY);
	uint64_t got = 0;
	double end = now() + 2;
	uint8_t in[16];
	struct tdm_stats s;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	while (now() < end) {
		ssize_t n = read(b, in, sizeof(in));

		ASSERT_LT(0, n);
		got += n;
		if (mix(got) % 8 == 0)
			ms(mix(got) % 5);
	}
	s = stats_of(b);
	EXPECT_EQ(s.rx_frames, got + s.rx_overruns + s.rx_queued);
	EXPECT_LT(0, s.rx_overruns);
}

TEST_F(pcm, underruns_count_after_the_first_write)
{
	int a = bound(B(1, 2, TDM_BIND_TX), O_RDWR);
	struct tdm_stats s, t;
	uint8_t out[100] = { 0 };

	ASSERT_LE(0, a);
	ms(50);
	EXPECT_EQ(0, stats_of(a).tx_underruns);
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	EXPECT_EQ(0, drain(a, 0));
	s = stats_of(a);
	EXPECT_EQ(100, s.tx_frames);
	line_passes(a, 400);
	t = stats_of(a);
	EXPECT_EQ(100, t.tx_frames);
	EXPECT_LE(400, t.tx_underruns - s.tx_underruns);
	/* Exactly what the line took in between. */
	EXPECT_EQ(t.tx_frame - s.tx_frame, t.tx_underruns - s.tx_underruns);
}

TEST_F(pcm, waits_and_wakes)
{
	int b = bound(B(2, 2, 0, b_.rx_wake = 4000), O_RDONLY);
	int a = bound(B(1, 2, TDM_BIND_TX, b_.tx_frames = 800), O_RDWR);
	int n = bound(B(1, 4, TDM_BIND_TX, b_.tx_frames = 8000), O_RDWR | O_NONBLOCK);
	static uint8_t octets[16000];
	uint64_t start;
	ssize_t r;

	ASSERT_LE(0, b);
	ASSERT_LE(0, a);
	EXPECT_EQ(0, flush(b, TDM_FLUSH_RX));
	EXPECT_EQ(0, revents(b, POLLIN, 0));
	EXPECT_EQ(POLLIN, revents(b, POLLIN, 20000));
	EXPECT_LE(4000, stats_of(b).rx_queued);
	EXPECT_LE(4000, read(b, octets, sizeof(octets)));
	EXPECT_LE(4000, read(b, octets, sizeof(octets)));
	/* Fewer than rx_wake were asked for. */
	EXPECT_EQ(8, read(b, octets, 8));
	/* 8,000 frames through a buffer of 800: all but the last of them were taken meanwhile. */
	start = stats_of(a).tx_frame;
	EXPECT_EQ(8000, write(a, octets, 8000));
	EXPECT_LE(8000 - 800, stats_of(a).tx_frame - start);
	r = write(n, octets, 16000);
	EXPECT_LE(8000, r);
	EXPECT_GT(16000, r);
	EXPECT_EQ(0, revents(n, POLLOUT, 0));
	EXPECT_EQ(POLLOUT, revents(n, POLLOUT, 20000));
	EXPECT_GE(4000 + 8, stats_of(n).tx_queued);
}

static void nothing(int signo)
{
}

TEST_F(pcm, drain)
{
	int a = bound(B(1, 2, TDM_BIND_TX, b_.tx_frames = 16000), O_RDWR);
	struct sigaction action = { .sa_handler = nothing };
	struct itimerval timer = { .it_value = { 0, 100000 } };
	static uint8_t octets[8000];
	uint64_t start;

	ASSERT_LE(0, a);
	start = stats_of(a).tx_frame;
	EXPECT_EQ(8000, write(a, octets, 8000));
	EXPECT_EQ(-ETIMEDOUT, drain(a, 50));
	EXPECT_EQ(0, sigaction(SIGALRM, &action, NULL));
	EXPECT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(-EINTR, drain(a, 0));
	EXPECT_EQ(0, drain(a, 0));
	EXPECT_LE(8000, stats_of(a).tx_frame - start);
	EXPECT_EQ(0, stats_of(a).tx_queued);
	EXPECT_EQ(8000, write(a, octets, 8000));
	EXPECT_EQ(0, flush(a, TDM_FLUSH_TX));
	EXPECT_EQ(0, drain(a, 1));
	EXPECT_EQ(8000, write(a, octets, 8000));
	if (!fork()) {
		ms(100);
		plant_down(self->card, 1);
		_exit(0);
	}
	EXPECT_EQ(-ENETDOWN, drain(a, 0));
	EXPECT_EQ(-1, write(a, octets, 8));
	EXPECT_EQ(ENETDOWN, errno);
	EXPECT_LT(0, stats_of(a).tx_queued);
	plant_up(self->card, 1);
	EXPECT_EQ(0, drain(a, 5000));
}

TEST_F(pcm, flushed_octets_are_not_heard)
{
	int a = bound(B(1, 2, TDM_BIND_TX), O_RDWR), b = bound(B(2, 2, 0), O_RDONLY);
	static uint8_t out[4000], in[8000];
	unsigned int i, n, heard = 0;

	ASSERT_LE(0, a);
	memset(out, 0x11, sizeof(out));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
		EXPECT_EQ(0, flush(a, TDM_FLUSH_TX));
	}
	ms(300);
	EXPECT_EQ(0, stats_of(a).tx_queued);
	n = stats_of(b).rx_queued;
	ASSERT_EQ(0, read_all(b, in, n));
	for (i = 0; i < n; i++)
		heard += in[i] == 0x11;
	EXPECT_EQ(stats_of(a).tx_frames, heard);
	EXPECT_GT(4000, heard);
}

TEST_F(pcm, restricted_digital)
{
	int a = bound(B(1, 2, TDM_BIND_TX, b_.bearer = TDM_BEARER_56K), O_RDWR);
	int b = bound(B(2, 2, 0), O_RDONLY);
	int r = bound(B(2, 2, 0, b_.bearer = TDM_BEARER_56K), O_RDONLY);
	uint8_t out[64], want[64], in[2000];
	unsigned int i;

	ASSERT_LE(0, a);
	for (i = 0; i < 64; i++) {
		out[i] = mix(i);
		want[i] = out[i] | 1;
	}
	EXPECT_EQ(64, write(a, out, 64));
	ASSERT_EQ(0, read_all(b, in, sizeof(in)));
	EXPECT_LE(0, find(in, sizeof(in), want, 64));
	ASSERT_EQ(0, read_all(r, in, sizeof(in)));
	EXPECT_LE(0, find(in, sizeof(in), want, 64));
	for (i = 0; i < sizeof(in); i++)
		ASSERT_EQ(1, in[i] & 1);
}

TEST_F(pcm, idle_code_when_nobody_owns)
{
	int b = bound(B(2, 2, 0), O_RDONLY), a = bound(B(1, 2, TDM_BIND_TX), O_RDWR);
	uint8_t in[800], out[400];
	unsigned int i;

	ASSERT_LE(0, a);
	memset(out, 0x22, sizeof(out));
	EXPECT_EQ(sizeof(out), write(a, out, sizeof(out)));
	EXPECT_EQ(0, drain(a, 0));
	close(a);
	ms(20);
	EXPECT_EQ(0, flush(b, TDM_FLUSH_RX));
	ASSERT_EQ(0, read_all(b, in, sizeof(in)));
	for (i = 0; i < sizeof(in); i++)
		ASSERT_EQ(0xd5, in[i]);
}

/* How often who polls for something to read wakes up until his time is over. */
static void *polls_to_read(void *arg)
{
	struct rusage before, after;
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	getrusage(RUSAGE_THREAD, &before);
	p.revents = poll(&p, 1, 1000);
	getrusage(RUSAGE_THREAD, &after);
	return (void *)(p.revents ? -1 : after.ru_nvcsw - before.ru_nvcsw);
}

/* Frames leave one after the other, and their room is free: that is nothing to read. */
TEST_F(pcm, room_wakes_no_reader)
{
	int fd = bound(hdlc_of(self->card, 1, 2, TDM_BIND_TX), O_RDWR);
	uint8_t frame[20] = { 2, 1, 0, 0 };
	pthread_t reader;
	void *woken;
	unsigned int i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pthread_create(&reader, NULL, polls_to_read, &fd));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(sizeof(frame), write(fd, frame, sizeof(frame)));
		line_passes(fd, 8 * 8);
	}
	ASSERT_EQ(0, pthread_join(reader, &woken));
	EXPECT_LE(0, (long)woken);
	EXPECT_GE(3, (long)woken);
	EXPECT_EQ(20, stats_of(fd).tx_frames);
}

TEST_F(pcm, span_down_and_up)
{
	int a = bound(B(1, 2, TDM_BIND_TX), O_RDWR), b = bound(B(2, 2, 0), O_RDONLY);
	struct tdm_event e = { .size = sizeof(e) };
	static uint8_t in[16000];

	ASSERT_LE(0, a);
	ms(20);
	EXPECT_EQ(0, revents(a, POLLPRI, 0) & (POLLERR | POLLHUP));
	plant_down(self->card, 2);
	EXPECT_NE(0, revents(b, POLLPRI, 1000) & POLLERR);
	EXPECT_LT(0, read(b, in, sizeof(in)));
	EXPECT_EQ(-1, read(b, in, sizeof(in)));
	EXPECT_EQ(ENETDOWN, errno);
	ms(100);
	EXPECT_NE(0, revents(b, POLLPRI, 1000) & POLLPRI);
	do {
		ASSERT_EQ(0, ioc(b, TDM_EVENT_GET, &e));
	} while (e.type != TDM_EVENT_SPAN_STATE);
	EXPECT_EQ(0, e.value);
	EXPECT_LT(0, e.time_ns);
	plant_up(self->card, 2);
	ASSERT_EQ(0, read_all(b, in, 800));
	EXPECT_EQ(0, revents(b, POLLIN, 0) & POLLERR);
	/* Bound while the span is down: data flows when it comes up. */
	plant_down(self->card, 2);
	close(b);
	b = bound(B(2, 2, 0), O_RDONLY);
	ASSERT_LE(0, b);
	EXPECT_EQ(-1, read(b, in, 8));
	EXPECT_EQ(ENETDOWN, errno);
	plant_up(self->card, 2);
	ASSERT_EQ(0, read_all(b, in, 800));
}

TEST_F(pcm, gaps_are_counted)
{
	int b = bound(B(2, 2, 0), O_RDONLY);
	struct tdm_stats s, t;

	ASSERT_LE(0, b);
	ms(20);
	s = stats_of(b);
	plant_late(self->card, 400);
	line_passes(b, 12000);
	t = stats_of(b);
	EXPECT_LT(0, t.rx_gap_frames - s.rx_gap_frames);
	EXPECT_EQ(t.rx_frame - s.rx_frame,
		  t.rx_frames - s.rx_frames + t.rx_gap_frames - s.rx_gap_frames);
}

TEST_F(pcm, signalling)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, -1, TDM_SIGNALLING_CAS, 1);
	int a = bound(bind_of(card, 1, 2, TDM_BIND_TX), O_RDWR);
	int b = bound(bind_of(card, 2, 2, TDM_BIND_TX), O_RDWR);
	int other = bound(bind_of(card, 2, 4, 0), O_RDONLY);
	struct tdm_sig sig = { .size = sizeof(sig), .slot = 1, .tx = 0x5 };
	struct tdm_event e = { .size = sizeof(e) };
	unsigned int i, n = 0;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	ms(200);
	while (!ioc(b, TDM_EVENT_GET, &e))
		;
	while (!ioc(other, TDM_EVENT_GET, &e))
		;
	EXPECT_EQ(0, ioc(a, TDM_SIG_SET, &sig));
	EXPECT_NE(0, revents(b, POLLPRI, 2000) & POLLPRI);
	ASSERT_EQ(0, ioc(b, TDM_EVENT_GET, &e));
	EXPECT_EQ(TDM_EVENT_CAS, e.type);
	EXPECT_EQ(1, e.slot);
	EXPECT_EQ(0x5, e.value);
	EXPECT_EQ(0, ioc(b, TDM_SIG_GET, &sig));
	EXPECT_EQ(0x5, sig.rx);
	sig.slot = 2;
	EXPECT_EQ(-EPERM, ioc(a, TDM_SIG_SET, &sig));
	EXPECT_EQ(-EINVAL, ioc(a, TDM_SIG_GET, &sig));
	/* Signalling is the owner's: another slot's descriptor hears nothing of it. */
	EXPECT_EQ(-EAGAIN, ioc(other, TDM_EVENT_GET, &e));
	/* Nobody fetches: the FIFO holds its fill, then says how many are missing. */
	for (i = 0; i < 100; i++) {
		sig.slot = 1;
		sig.tx = i % 2 ? 0x5 : 0x1;
		EXPECT_EQ(0, ioc(a, TDM_SIG_SET, &sig));
		line_passes(b, 320);
	}
	line_passes(b, 1600);
	for (i = 0; !ioc(b, TDM_EVENT_GET, &e); i++) {
		n += e.type == TDM_EVENT_LOST ? e.value : 1;
		if (e.type == TDM_EVENT_LOST)
			break;
	}
	EXPECT_EQ(TDM_EVENT_LOST, e.type);
	EXPECT_EQ(64, i);
	EXPECT_LE(90, n);
	EXPECT_GE(101, n);
	close(a);
	close(b);
	close(other);
	plant_unplug(card);
}

TEST_HARNESS_MAIN

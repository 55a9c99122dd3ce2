// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses DAHDI's channels as a telephony program would, and judges what comes back.
 *
 *	dahdi-peer audio SECONDS CARD A:B...	octets both ways between channels that the line joins
 *	dahdi-peer hdlc COUNT A:B		frames both ways between D channels
 *	dahdi-peer cas A:B...			signalling bits both ways
 *	dahdi-peer alarm SPAN NAME SECONDS	waits for red, yellow, blue or none
 *
 * The octets are PRBS 2^15 - 1 (O.150), xor the receiver's number: each receiver predicts the next
 * octet from those before, and a wrong channel cannot look right. CARD is the descriptor of the card's virtio port: its line
 * waits for us, so that no octet is lost because we are late. Exit status 0: as it should be.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "tests/peers/dahdi/chan.h"

#define MAX_ENDS	256
#define BLOCK		800
#define BLOCKS		32	/* 3.2 s each way */
#define GRANT		400	/* ms: an eighth of them */
#define BURST		8	/* frames: half of what DAHDI's buffers hold */
#define LIMIT		60	/* s: a busy machine's line time may be a twentieth of real time */
#define SYNC		256		/* octets in a row that must be right before all must be */

struct end {
	int fd, chan, peer;
	uint16_t tx, rx;		/* PRBS states */
	uint64_t sent, good, bad;
	unsigned int right;
	bool synced;
};

static struct end ends[MAX_ENDS];
static int nends;
static uint32_t seed;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void add_ends(char **pairs, int n, int size, int count)
{
	int a, b, i;

	for (i = 0; i < n; i++) {
		if (sscanf(pairs[i], "%d:%d", &a, &b) != 2 || nends + 2 > MAX_ENDS) {
			printf("# '%s' is no pair of channels\n", pairs[i]);
			exit(2);
		}
		ends[nends++] = (struct end){ .chan = a, .peer = b, .fd = channel_open(a, size, count) };
		ends[nends++] = (struct end){ .chan = b, .peer = a, .fd = channel_open(b, size, count) };
	}
}

static uint8_t prbs(uint16_t *state)
{
	unsigned int i, bit;
	uint8_t octet = 0;

	for (i = 0; i < 8; i++) {
		bit = (*state >> 14 ^ *state >> 13) & 1;
		*state = (uint16_t)(*state << 1 | bit);
		octet = (uint8_t)(octet << 1 | bit);
	}
	return octet;
}

static void audio_out(struct end *e)
{
	uint16_t state = e->tx;
	uint8_t out[BLOCK];
	int i;

	for (i = 0; i < BLOCK; i++)
		out[i] = prbs(&state) ^ (uint8_t)e->peer;
	if (write(e->fd, out, BLOCK) != BLOCK) {
		if (errno != EAGAIN && !channel_event(e->fd))
			die("write", e->chan);
		return;
	}
	e->tx = state;
	e->sent += BLOCK;
}

static void check(struct end *e, uint8_t octet)
{
	uint8_t expected = prbs(&e->rx);
	bool right = octet == expected;

	/* What came is what the next octet is predicted from. */
	e->rx = (uint16_t)(e->rx >> 8 << 8 | octet);
	if (e->synced) {
		e->good += right;
		e->bad += !right;
		return;
	}
	e->right = right && octet ? e->right + 1 : right ? e->right : 0;
	e->synced = e->right >= SYNC;
}

static void audio_in(struct end *e)
{
	uint8_t in[BLOCK];
	ssize_t i, n = read(e->fd, in, sizeof(in));

	if (n < 0 && errno != EAGAIN && !channel_event(e->fd))
		die("read", e->chan);
	for (i = 0; i < n; i++)
		check(e, in[i] ^ (uint8_t)e->chan);
}

/* As often as there is something: a turn leaves neither a full buffer to read nor an empty one to write. */
static void audio_turn(struct pollfd *p)
{
	int event, i, more;

	do {
		if (poll(p, (nfds_t)nends, 0) < 0)
			die("poll", 0);
		for (i = more = 0; i < nends; i++) {
			if (p[i].revents & POLLPRI)
				ioctl(ends[i].fd, DAHDI_GETEVENT, &event);
			if (p[i].revents & POLLIN)
				audio_in(&ends[i]);
			if (p[i].revents & POLLOUT)
				audio_out(&ends[i]);
			more |= p[i].revents;
		}
	} while (more);
}

static int audio_verdict(uint64_t octets, double begin)
{
	uint64_t least = UINT64_MAX, bad = 0;
	int i, unsynced = 0;

	for (i = 0; i < nends; i++) {
		bad += ends[i].bad;
		unsynced += !ends[i].synced;
		if (ends[i].good + ends[i].bad < least)
			least = ends[i].good + ends[i].bad;
		if (ends[i].bad || !ends[i].synced || ends[i].good < octets)
			printf("# channel %d: sent %llu, right %llu, wrong %llu%s\n", ends[i].chan,
			       (unsigned long long)ends[i].sent, (unsigned long long)ends[i].good,
			       (unsigned long long)ends[i].bad, ends[i].synced ? "" : ", never in step");
	}
	printf("# %d channels, at least %llu octets each, %llu wrong, in %.1f s\n", nends,
	       (unsigned long long)least, (unsigned long long)bad, now() - begin);
	return bad || unsynced || least < octets;
}

static bool audio_done(uint64_t octets)
{
	int i;

	for (i = 0; i < nends; i++)
		if (ends[i].good + ends[i].bad < octets)
			return false;
	return true;
}

static int audio(int card, uint64_t octets, double limit)
{
	struct pollfd p[MAX_ENDS];
	double begin = now();
	int i;

	for (i = 0; i < nends; i++) {
		ends[i].tx = (uint16_t)(random32() | 1);
		p[i] = (struct pollfd){ .fd = ends[i].fd, .events = POLLIN | POLLOUT | POLLPRI };
	}
	do {
		audio_turn(p);
		line_grant(card, GRANT);
		/* That a block of one channel has come, or the line stands. */
		poll(p, 1, 1000);
	} while (!audio_done(octets) && now() < begin + limit);
	return audio_verdict(octets, begin);
}

static bool wait_readable(struct end *e, double limit)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN | POLLPRI };
	int event;

	while (poll(&p, 1, (int)(limit * 1000)) > 0) {
		if (p.revents & POLLIN)
			return true;
		ioctl(e->fd, DAHDI_GETEVENT, &event);
	}
	return false;
}

static struct {
	uint8_t octets[264];
	int len;
} frames[2][BURST];		/* by end that sends */

static void frames_out(int from)
{
	int n, i;

	for (n = 0; n < BURST; n++) {
		frames[from][n].len = 4 + (int)(random32() % 257);
		for (i = 0; i < frames[from][n].len; i++)
			frames[from][n].octets[i] = (uint8_t)random32();
		/* Two octets more, where DAHDI wants room for an FCS. */
		while (write(ends[from].fd, frames[from][n].octets, (size_t)frames[from][n].len + 2) < 0)
			if (!channel_event(ends[from].fd))
				die("write", ends[from].chan);
	}
}

static bool frames_in(int from)
{
	struct end *to = &ends[1 - from];
	uint8_t in[512];
	ssize_t got;
	int n;

	for (n = 0; n < BURST; n++) {
		do {
			if (!wait_readable(to, LIMIT)) {
				printf("# frame %d of a burst, of %d octets, did not come\n", n, frames[from][n].len);
				return false;
			}
			got = read(to->fd, in, sizeof(in));
		} while (got < 0 && channel_event(to->fd));
		if (got < 0)
			die("read", to->chan);
		if (got == frames[from][n].len + 2 && !memcmp(in, frames[from][n].octets, (size_t)got - 2))
			continue;
		printf("# frame %d of a burst: %d octets sent, %zd came\n", n, frames[from][n].len, got);
		return false;
	}
	return true;
}

/* Both ways at once, as many in a row as wait at an end. */
static int hdlc(int count)
{
	int i;

	for (i = 0; i < count; i += 2 * BURST) {
		frames_out(0);
		frames_out(1);
		if (!frames_in(0) || !frames_in(1))
			return 1;
	}
	printf("# %d frames\n", i);
	return 0;
}

/* What the far end of an end of this number sends in a round: never what it sent in the one before. */
static int cas_bits(int round, int chan)
{
	return (round + chan * 7) & 15;
}

static int cas_wrong(int round, bool say)
{
	int i, bits, wrong = 0;

	for (i = 0; i < nends; i++) {
		if (ioctl(ends[i].fd, DAHDI_GETRXBITS, &bits))
			die("cannot read bits", ends[i].chan);
		if (bits == cas_bits(round, ends[i].peer))
			continue;
		if (wrong++ < 10 && say)
			printf("# channel %d: bits %x instead of %x\n", ends[i].chan, bits,
			       cas_bits(round, ends[i].peer));
	}
	return wrong;
}

static int cas(void)
{
	int round, i, bits;
	double begin;

	for (round = 0; round < 16; round++) {
		for (i = 0; i < nends; i++) {
			bits = cas_bits(round, ends[i].chan);
			if (ioctl(ends[i].fd, DAHDI_SETTXBITS, &bits))
				die("cannot send bits", ends[i].chan);
		}
		for (begin = now(); cas_wrong(round, false); usleep(10000))
			if (now() > begin + LIMIT)
				goto wrong;
	}
	printf("# 16 values on %d channels\n", nends);
	return 0;
wrong:
	cas_wrong(round, true);
	return 1;
}

static int alarm_wait(int span, const char *name, double limit)
{
	static const struct { const char *name; int bit; } names[] = {
		{ "red", DAHDI_ALARM_RED }, { "yellow", DAHDI_ALARM_YELLOW },
		{ "blue", DAHDI_ALARM_BLUE }, { "none", 0 },
	};
	double begin = now();
	unsigned int i = 0;
	int alarms;

	while (i < 3 && strcmp(names[i].name, name))
		i++;
	do {
		alarms = span_alarms(span);
		if (names[i].bit ? alarms & names[i].bit : !alarms)
			return 0;
		usleep(50000);
	} while (now() < begin + limit);
	printf("# span %d: alarms are %x instead of %s\n", span, alarms, name);
	return 1;
}

int main(int argc, char **argv)
{
	const char *given = getenv("OPENTDM_SEED");

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = given ? (uint32_t)strtoul(given, NULL, 0) : (uint32_t)time(NULL);
	seed |= 1;
	if (argc >= 5 && !strcmp(argv[1], "alarm"))
		return alarm_wait(atoi(argv[2]), argv[3], atof(argv[4]));
	printf("# seed %u\n", seed);
	if (argc >= 5 && !strcmp(argv[1], "audio")) {
		int card = atoi(argv[3]), ret;

		line_grant(card, GRANT);
		add_ends(argv + 4, argc - 4, BLOCK, BLOCKS);
		ret = audio(card, (uint64_t)(atof(argv[2]) * 8000), atof(argv[2]) * 20 + 60);
		line_grant(card, GRANT_ALL);
		return ret;
	}
	if (argc == 4 && !strcmp(argv[1], "hdlc")) {
		add_ends(argv + 3, 1, 512, 16);
		return hdlc(atoi(argv[2]));
	}
	if (argc >= 3 && !strcmp(argv[1], "cas")) {
		add_ends(argv + 2, argc - 2, BLOCK, 2);
		return cas();
	}
	printf("# dahdi-peer audio|hdlc|cas|alarm ...\n");
	return 2;
}

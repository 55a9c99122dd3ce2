// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chardev-stream [-t SECONDS] [-s SEED] - four spans of a card, every slot of each, both ways at once through
 * streams: E1, then T1. An octet depends on seed, span, slot and transmit frame, and must be in the receive frame
 * that tdm_stream.tx_lead says: one octet of a wrong slot, frame or value shows. Then the delay through
 * a stream at the shortest distance that the manual promises.
 */
#include "plant.h"

#define PERIOD	80
#define PERIODS	200		/* 2 s: a test machine may stand still for a second */

static uint8_t noise[1 << 16];
static unsigned int tests, failed;

static void result(int ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, what);
	failed += !ok;
	fflush(stdout);
}

static uint8_t octet(unsigned int port, unsigned int slot, uint64_t frame)
{
	return noise[(frame * 31 + slot * 2053 + port * 8191) & 0xffff];
}

struct line {
	struct mapped m;
	unsigned int port, peer, first_slot, last_slot;
	uint64_t written, checked;	/* transmit frames below are ours; receive frames below are right */
	uint64_t first;			/* transmit frame at which the pattern begins, of this port */
	uint64_t wrong, octets;
};

static void write_ahead(struct line *l)
{
	uint64_t to = tx_frame(&l->m) + ring_frames(&l->m) - 4 * PERIOD;
	unsigned int slot;

	for (; l->written < to; l->written++)
		for (slot = l->first_slot; slot <= l->last_slot; slot++)
			l->m.tx[place(&l->m, l->written, slot)] = octet(l->port, slot, l->written);
}

static void check(struct line *l, const struct line *peer)
{
	uint64_t to = rx_frame(&l->m), t;
	unsigned int slot;

	if (to - l->checked > ring_frames(&l->m) - PERIOD) {
		printf("# port %u: the test was too late by %llu frames\n", l->port,
		       (unsigned long long)(to - l->checked));
		l->wrong++;
		l->checked = to;
	}
	for (; l->checked < to; l->checked++) {
		t = l->checked + l->m.s.tx_lead;
		if (t < peer->first)
			continue;
		for (slot = l->first_slot; slot <= l->last_slot; slot++) {
			uint8_t is = l->m.rx[place(&l->m, l->checked, slot)];

			l->octets++;
			if (is != octet(l->peer, slot, t) && l->wrong++ < 3)
				printf("# port %u slot %u frame %llu: 0x%02x is not 0x%02x\n",
				       l->port, slot, (unsigned long long)l->checked, is,
				       octet(l->peer, slot, t));
		}
	}
	l->m.upos->rx_frame = l->checked;
}

static int open_line(struct line *l, uint32_t card, unsigned int port, enum tdm_span_type type)
{
	struct tdm_claim c = { 0 };
	unsigned int slot;

	*l = (struct line) {
		.port = port, .peer = port - 1 + 2 * (port % 2),
		.first_slot = 1, .last_slot = type == TDM_TYPE_E1 ? 31 : 24,
	};
	if (stream_of(&l->m, card, port, PERIOD, PERIODS))
		return 0;
	for (slot = l->first_slot; slot <= l->last_slot; slot++)
		if (claim(l->m.fd, slot, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, &c))
			return 0;
	l->checked = c.rx_frame;
	/* Not so close to the line that a slow machine misses the first frames. */
	l->first = c.tx_frame + 50 * PERIOD;
	l->written = l->first;
	return 1;
}

static int exact(enum tdm_span_type type, double seconds)
{
	uint32_t card = plant_card(4, type);
	struct line l[4] = { 0 };
	uint64_t wrong = 0, octets = 0, gaps = 0, wakeups = 0, polls = 0;
	double end = now() + seconds;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (!open_line(&l[i], card, i + 1, type))
			return 0;
		write_ahead(&l[i]);
	}
	while (now() < end) {
		struct pollfd p[4];

		for (i = 0; i < 4; i++)
			p[i] = (struct pollfd) { l[i].m.fd, POLLIN, 0 };
		polls += poll(p, 4, 1000) > 0;
		for (i = 0; i < 4; i++) {
			write_ahead(&l[i]);
			check(&l[i], &l[i ^ 1]);
		}
	}
	for (i = 0; i < 4; i++) {
		wrong += l[i].wrong;
		octets += l[i].octets;
		gaps += l[i].m.kpos->rx_gap_frames + l[i].m.kpos->tx_gap_frames;
		wakeups += l[i].m.kpos->wakeups;
		stream_close(&l[i].m);
	}
	printf("# %llu octets, %llu wrong; %llu frames of gaps; %llu periods, %llu polls\n",
	       (unsigned long long)octets, (unsigned long long)wrong, (unsigned long long)gaps,
	       (unsigned long long)wakeups, (unsigned long long)polls);
	plant_unplug(card);
	return !wrong && !gaps && octets > seconds * 8000 * 4 * 20 / 2;
}

/*
 * A mark written at the nearest legal frame; the time from then until the receiver can read it, of
 * which the line's part is known. At most two periods and 1 ms, by frame numbers.
 */
static int delay(uint32_t period_frames)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1);
	struct mapped a, b;
	uint64_t t, r, worst = 0, seen, at;
	unsigned int i;
	int ok = 1;

	if (stream_of(&a, card, 1, period_frames, 64) || stream_of(&b, card, 2, period_frames, 64) ||
	    claim(a.fd, 1, TDM_CLAIM_TX, TDM_BEARER_CLEAR, NULL) ||
	    claim(b.fd, 1, TDM_CLAIM_RX, TDM_BEARER_CLEAR, NULL))
		return 0;
	for (i = 0; i < 20; i++) {
		/* Written now, one period ahead; heard when the period that holds it is complete. */
		at = rx_frame(&b);
		t = tx_frame(&a) + 8 + period_frames;
		a.tx[place(&a, t, 1)] = 0x40 + i;
		r = t - a.s.tx_lead;
		ok &= wait_rx(&b, r / period_frames * period_frames + period_frames);
		seen = r / period_frames * period_frames + period_frames;
		if (b.rx[place(&b, r, 1)] != 0x40 + i && tx_frame(&a) - t < 64 * period_frames) {
			printf("# mark %u is not in receive frame %llu\n", i, (unsigned long long)r);
			ok = 0;
		}
		if (seen - at > worst && seen > at)
			worst = seen - at;
	}
	printf("# stream, period %u frames: worst one-way delay %.3f ms (limit %.3f)\n",
	       period_frames, worst / 8.0, 2 * period_frames / 8.0 + 1);
	ok &= worst <= 2 * period_frames + 8 + 8;
	stream_close(&a);
	stream_close(&b);
	plant_unplug(card);
	return ok;
}

int main(int argc, char **argv)
{
	double seconds = getenv("OPENTDM_LONG") ? 60 : 6;
	uint64_t seed = (uint64_t)time(NULL) << 16 ^ getpid();
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "t:s:")) != -1) {
		if (opt == 't')
			seconds = atof(optarg);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	printf("# %g s, seed 0x%llx\n", seconds, (unsigned long long)seed);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = mix(seed + i);
	result(exact(TDM_TYPE_E1, seconds), "four E1 spans, every slot, bit-exact");
	result(exact(TDM_TYPE_T1, seconds), "four T1 spans, every slot, bit-exact");
	result(delay(8), "delay of a stream, periods of 1 ms");
	result(delay(160), "delay of a stream, periods of 20 ms");
	printf("1..%u\n", tests);
	return failed != 0;
}

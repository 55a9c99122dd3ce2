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

	if (to > l->checked && to - l->checked > ring_frames(&l->m) - PERIOD) {
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
	printf("# count stream-seconds %.0f\n", seconds);
	plant_unplug(card);
	return !wrong && !gaps && octets > seconds * 8000 * 4 * 20 / 2;
}

/*
 * Slot to slot through a user: what a period brought is sent on as early as the manual allows, and its first
 * octet has waited longest. Frame numbers tell how long: an octet that waits not at all has t - r = tx_lead. A
 * round in which this process was woken late by the machine says nothing about the path and is left out.
 */
static int delay(uint32_t period_frames)
{
	uint32_t card = plant_card(4, TDM_TYPE_E1);
	uint64_t limit = 2 * period_frames + 8, worst = 0, end, t;
	struct mapped m, far;
	unsigned int i, prompt = 0, rounds;
	int ok = 1;

	if (stream_of(&m, card, 3, period_frames, 64) ||
	    stream_of(&far, card, 4, period_frames, 64) ||
	    claim(m.fd, 1, TDM_CLAIM_FLAGS, TDM_BEARER_CLEAR, NULL) ||
	    claim(far.fd, 1, TDM_CLAIM_RX, TDM_BEARER_CLEAR, NULL))
		return 0;
	for (rounds = 0; rounds < 400 && prompt < 20; rounds++) {
		m.upos->rx_frame = rx_frame(&m);
		if (!(revents(m.fd, POLLIN, 1000) & POLLIN))
			break;
		end = rx_frame(&m) / period_frames * period_frames;
		t = tx_frame(&m) + 8;
		for (i = 0; i < period_frames; i++)
			m.tx[place(&m, t + i, 1)] = 1 + (rounds + i) % 200;
		if (rx_frame(&m) >= end + 8 || tx_frame(&m) + 8 != t)
			continue;
		prompt++;
		if (t - (end - period_frames) - m.s.tx_lead > worst)
			worst = t - (end - period_frames) - m.s.tx_lead;
		/* And it is heard there, all of it. */
		ok &= wait_rx(&far, t - m.s.tx_lead + period_frames);
		for (i = 0; i < period_frames; i++)
			ok &= far.rx[place(&far, t - m.s.tx_lead + i, 1)] == 1 + (rounds + i) % 200;
	}
	printf("# stream, period of %u frames: %.3f ms slot to slot (limit %.3f), %u rounds of %u\n",
	       period_frames, worst / 8.0, limit / 8.0, prompt, rounds);
	stream_close(&m);
	stream_close(&far);
	plant_unplug(card);
	return ok && prompt >= 5 && worst <= limit;
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

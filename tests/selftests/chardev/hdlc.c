// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chardev-hdlc [-n FRAMES] [-s SEED] - random frames over the 31 slots of an E1, in both directions at
 * once, back to back; then every form of HDLC (56k, inverted, mark, no FCS, N x 64). Each frame must
 * arrive, in order, and no error may be counted.
 */
#include "plant.h"

#define SLOTS	31
#define LONGEST	300
#define SETTLED	128	/* frames of the line: 16 ms */

static uint64_t seed;
static unsigned int tests, failed;

static void result(int ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, what);
	failed += !ok;
	fflush(stdout);
}

/* Frame n of a channel: length and octets follow from the seed. Some are runs of ones or of flags. */
static unsigned int make(unsigned int channel, unsigned int n, unsigned int least, uint8_t *frame)
{
	uint64_t x = mix(seed ^ (uint64_t)channel << 40 ^ n);
	unsigned int len = least + x % (LONGEST - least), i;

	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			x = mix(x + i);
		frame[i] = x % 29 == 0 ? 0xff : x % 31 == 0 ? 0x7e : x >> i % 8 * 8;
	}
	return len;
}

struct channel {
	int tx, rx;
	unsigned int index, sent, got, want, bad, least;
};

static void send_some(struct channel *c)
{
	uint8_t frame[LONGEST];

	while (c->sent < c->want) {
		unsigned int len = make(c->index, c->sent, c->least, frame);
		ssize_t n = write(c->tx, frame, len);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n != (ssize_t)len) {
			printf("# channel %u: write: %s\n", c->index, strerror(errno));
			c->bad++;
			c->sent = c->want;
			return;
		}
		c->sent++;
	}
}

static void take_some(struct channel *c)
{
	uint8_t frame[LONGEST], in[LONGEST + 8];

	for (;;) {
		ssize_t n = read(c->rx, in, sizeof(in));
		unsigned int len;

		if (n < 0) {
			c->bad += errno != EAGAIN;
			return;
		}
		len = make(c->index, c->got, c->least, frame);
		if ((size_t)n != len || memcmp(frame, in, len)) {
			if (!c->bad++)
				printf("# channel %u: frame %u differs (%zd octets, not %u)\n",
				       c->index, c->got, n, len);
		}
		c->got++;
	}
}

/* Until all have arrived, or nothing has for 5 s. */
static int run(struct channel *c, unsigned int count)
{
	struct pollfd p[2 * 2 * SLOTS];
	unsigned int i, total = 0, last = ~0U;
	double moved = now();
	int left = 1;

	while (left) {
		left = 0;
		total = 0;
		for (i = 0; i < count; i++) {
			send_some(&c[i]);
			take_some(&c[i]);
			total += c[i].got + c[i].sent;
			p[2 * i] = (struct pollfd) { c[i].rx, POLLIN, 0 };
			p[2 * i + 1] = (struct pollfd) { c[i].tx,
				c[i].sent < c[i].want ? POLLOUT : 0, 0 };
			left |= c[i].got < c[i].want;
		}
		if (total != last)
			moved = now();
		else if (now() - moved > 5)
			break;
		last = total;
		if (left)
			poll(p, 2 * count, 1000);
	}
	for (i = 0; i < count; i++)
		left |= c[i].bad || c[i].got != c[i].want;
	return !left;
}

static int no_errors(const struct channel *c)
{
	struct tdm_stats rx = stats_of(c->rx), tx = stats_of(c->tx);

	/* What the line carried before the first flag is no frame, so nothing may be counted. */
	if (rx.rx_frames == c->want && tx.tx_frames == c->want && !rx.hdlc_fcs && !rx.hdlc_abort &&
	    !rx.hdlc_short && !rx.hdlc_long && !rx.hdlc_align && !rx.rx_overruns)
		return 1;
	printf("# channel %u: sent %llu, good %llu, fcs %llu abort %llu short %llu long %llu align %llu overrun %llu gap %llu\n",
	       c->index, (unsigned long long)tx.tx_frames, (unsigned long long)rx.rx_frames,
	       (unsigned long long)rx.hdlc_fcs, (unsigned long long)rx.hdlc_abort,
	       (unsigned long long)rx.hdlc_short, (unsigned long long)rx.hdlc_long,
	       (unsigned long long)rx.hdlc_align, (unsigned long long)rx.rx_overruns,
	       (unsigned long long)rx.rx_gap_frames);
	return 0;
}

static int all_slots(uint32_t card, unsigned int frames)
{
	struct channel c[2 * SLOTS] = { 0 };
	unsigned int i, each = (frames + 2 * SLOTS - 1) / (2 * SLOTS);
	double start = now();
	int ok;

	for (i = 0; i < SLOTS; i++) {
		int a = bound(hdlc_of(card, 1, 2U << i, TDM_BIND_TX), O_RDWR | O_NONBLOCK);
		int b = bound(hdlc_of(card, 2, 2U << i, TDM_BIND_TX), O_RDWR | O_NONBLOCK);

		if (a < 0 || b < 0)
			return 0;
		c[2 * i] = (struct channel) { a, b, 2 * i, 0, 0, each, 0, 1 };
		c[2 * i + 1] = (struct channel) { b, a, 2 * i + 1, 0, 0, each, 0, 1 };
	}
	ok = run(c, 2 * SLOTS);
	printf("# over %d slots, both directions, in %.1f s\n# count hdlc-frames %u\n", SLOTS,
	       now() - start, each * 2 * SLOTS);
	for (i = 0; i < 2 * SLOTS; i++)
		ok &= no_errors(&c[i]);
	for (i = 0; i < SLOTS; i++) {
		close(c[2 * i].tx);
		close(c[2 * i].rx);
	}
	return ok;
}

static int form(uint32_t card, uint32_t slots, uint32_t flags, uint16_t bearer, unsigned int frames)
{
	struct tdm_bind bind = hdlc_of(card, 1, slots, TDM_BIND_TX | flags);
	struct channel c = { .want = frames, .least = flags & TDM_BIND_NO_FCS ? 3 : 1 };
	int ok;

	bind.bearer = bearer;
	c.tx = bound(bind, O_RDWR | O_NONBLOCK);
	/* What the slots carried before would be heard as stumps of frames: let it pass. */
	line_passes(c.tx, SETTLED);
	bind.port = 2;
	bind.flags &= ~TDM_BIND_TX;
	c.rx = bound(bind, O_RDONLY | O_NONBLOCK);
	if (c.tx < 0 || c.rx < 0)
		return 0;
	ok = run(&c, 1);
	ok &= stats_of(c.rx).rx_frames == frames;
	if (!(flags & (TDM_BIND_INVERT | TDM_BIND_IDLE_MARK)))
		ok &= no_errors(&c);
	close(c.tx);
	close(c.rx);
	return ok;
}

/* The receiver's buffer is small and nobody reads: what is refused is counted, what waits is whole. */
static int overrun(uint32_t card)
{
	struct tdm_bind bind = hdlc_of(card, 2, 2, 0);
	uint8_t frame[LONGEST], in[LONGEST];
	struct tdm_stats s;
	unsigned int n, len;
	int tx = bound(hdlc_of(card, 1, 2, TDM_BIND_TX), O_RDWR), rx, ok = 1;
	ssize_t got;

	bind.mtu = LONGEST;
	bind.rx_frames = 2 * (LONGEST + 4);
	rx = bound(bind, O_RDONLY | O_NONBLOCK);
	line_passes(tx, SETTLED);
	for (n = 0; n < 20; n++) {
		len = make(0, n, 1, frame);
		ok &= write(tx, frame, len) == (ssize_t)len;
	}
	ok &= !drain(tx, 10000);
	ms(50);
	s = stats_of(rx);
	ok &= s.rx_queued > 0 && s.rx_queued == s.rx_frames && s.rx_frames + s.rx_overruns == 20;
	/* Too small a buffer refuses the frame and keeps it. */
	len = make(0, 0, 1, frame);
	ok &= read(rx, in, len - 1) < 0 && errno == EMSGSIZE;
	got = read(rx, in, sizeof(in));
	ok &= got == (ssize_t)len && !memcmp(in, frame, len);
	ok &= stats_of(rx).rx_queued == s.rx_queued - 1;
	ok &= !flush(rx, TDM_FLUSH_RX) && !stats_of(rx).rx_queued;
	ok &= read(rx, in, sizeof(in)) < 0 && errno == EAGAIN;
	ok &= write(tx, in, 0) < 0 && errno == EINVAL;
	close(tx);
	close(rx);
	return ok;
}

/* Flushing leaves the frame that is on the line whole: the far end sees good frames only. */
static int flushing(uint32_t card)
{
	int tx = bound(hdlc_of(card, 1, 2, TDM_BIND_TX), O_RDWR);
	int rx = bound(hdlc_of(card, 2, 2, 0), O_RDONLY | O_NONBLOCK), ok = 1;
	uint8_t frame[LONGEST];
	struct tdm_stats s, t;
	unsigned int i, n, len;

	line_passes(tx, SETTLED);
	for (i = 0; i < 20; i++) {
		for (n = 0; n < 10; n++) {
			len = make(1, n, 200, frame);
			ok &= write(tx, frame, len) == (ssize_t)len;
		}
		ms(10 + i);
		ok &= !flush(tx, TDM_FLUSH_TX);
		ok &= stats_of(tx).tx_queued <= 1;
	}
	ok &= !drain(tx, 10000) && !stats_of(tx).tx_queued;
	ms(50);
	s = stats_of(rx);
	t = stats_of(tx);
	ok &= t.tx_frames == s.rx_frames && t.tx_frames < 200 && t.tx_frames >= 10;
	ok &= !s.hdlc_fcs && !s.hdlc_abort && !s.hdlc_short && !s.hdlc_align;
	printf("# of 200 frames %llu were sent before a flush\n", (unsigned long long)t.tx_frames);
	close(tx);
	close(rx);
	return ok;
}

/* Frames 0 to @n of channel 3; those that arrived as they were sent, and those that did not. */
static int sent_and_heard(int tx, int rx, unsigned int n, unsigned int *good, unsigned int *bad)
{
	static uint8_t frame[LONGEST], in[4 * LONGEST];
	unsigned int i, next = 0, len;
	ssize_t got;

	*good = *bad = 0;
	for (i = 0; i < n; i++) {
		len = make(3, i, 3, frame);
		if (write(tx, frame, len) != (ssize_t)len)
			return 0;
	}
	if (drain(tx, 20000))
		return 0;
	line_passes(tx, SETTLED);
	while ((got = read(rx, in, sizeof(in))) > 0) {
		for (i = next; i < n; i++)
			if (make(3, i, 3, frame) == got && !memcmp(in, frame, got))
				break;
		if (i < n) {
			next = i + 1;
			++*good;
		} else {
			++*bad;
		}
	}
	return got < 0 && errno == EAGAIN;
}

/*
 * Bit errors on the line: with an FCS nothing wrong is handed over; without one it is, for nobody can tell. When they
 * end, every frame arrives again.
 */
static int spoiled(uint32_t card, uint32_t flags)
{
	struct tdm_bind bind = hdlc_of(card, 1, 0x7e, TDM_BIND_TX | flags);
	unsigned int good, bad, n = 200;
	struct tdm_stats s;
	int tx, rx, ok;
	uint64_t wrong;

	tx = bound(bind, O_RDWR);
	line_passes(tx, SETTLED);
	bind.port = 2;
	bind.flags &= ~TDM_BIND_TX;
	bind.rx_frames = 4 * n * LONGEST;
	rx = bound(bind, O_RDONLY | O_NONBLOCK);
	if (tx < 0 || rx < 0)
		return 0;
	plant_errors(card, 2, 200000);
	line_passes(tx, SETTLED);
	ok = sent_and_heard(tx, rx, n, &good, &bad);
	plant_errors(card, 2, 0);
	s = stats_of(rx);
	wrong = s.hdlc_fcs + s.hdlc_abort + s.hdlc_short + s.hdlc_long + s.hdlc_align;
	printf("# of %u frames %u arrived, %u others; fcs %llu abort %llu short %llu long %llu align %llu\n",
	       n, good, bad, (unsigned long long)s.hdlc_fcs, (unsigned long long)s.hdlc_abort,
	       (unsigned long long)s.hdlc_short, (unsigned long long)s.hdlc_long,
	       (unsigned long long)s.hdlc_align);
	ok &= good > n / 10 && good < n && wrong && !s.rx_overruns;
	ok &= flags & TDM_BIND_NO_FCS ? bad && !s.hdlc_fcs : !bad && s.hdlc_fcs;
	line_passes(tx, SETTLED);
	flush(rx, TDM_FLUSH_RX);
	ok &= sent_and_heard(tx, rx, 50, &good, &bad) && good == 50 && !bad;
	close(tx);
	close(rx);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned int frames = getenv("OPENTDM_LONG") ? 100000 : 10000;
	uint32_t card;
	int opt;

	seed = (uint64_t)time(NULL) << 16 ^ getpid();
	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			frames = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	printf("# %u frames, seed 0x%llx\n", frames, (unsigned long long)seed);
	card = plant_card(2, TDM_TYPE_E1);
	result(all_slots(card, frames), "random frames over 31 slots, none lost");
	result(form(card, 2, 0, TDM_BEARER_56K, 50), "56 kbit/s");
	result(form(card, 2, TDM_BIND_INVERT, TDM_BEARER_CLEAR, 50), "inverted");
	result(form(card, 2, TDM_BIND_IDLE_MARK, TDM_BEARER_CLEAR, 50), "mark between frames");
	result(form(card, 2, TDM_BIND_NO_FCS, TDM_BEARER_CLEAR, 50), "no FCS");
	result(form(card, 2, TDM_BIND_INVERT | TDM_BIND_IDLE_MARK, TDM_BEARER_56K, 50),
	       "inverted 56 kbit/s with mark");
	result(form(card, 0x7eU, 0, TDM_BEARER_CLEAR, 500), "6 x 64 kbit/s");
	result(form(card, ~1U, 0, TDM_BEARER_CLEAR, 2000), "31 x 64 kbit/s");
	result(overrun(card), "a full receive buffer drops whole frames and counts them");
	result(flushing(card), "a flush finishes the frame that is on the line");
	result(spoiled(card, 0), "bit errors: nothing wrong is handed over");
	result(spoiled(card, TDM_BIND_IDLE_MARK), "bit errors, mark between frames");
	result(spoiled(card, TDM_BIND_NO_FCS), "bit errors without FCS: handed over as it came");
	result(spoiled(card, TDM_BIND_NO_FCS | TDM_BIND_IDLE_MARK),
	       "bit errors without FCS, mark between frames");
	plant_unplug(card);
	printf("1..%u\n", tests);
	return failed != 0;
}

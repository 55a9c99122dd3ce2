// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One slot: claim and release, and what it does in a period.
 *
 * The fast path is media_slot_receive() and media_slot_send(). Between two lines of one clock
 * exactly one block goes in and one comes out per period. Between two clocks the block rate
 * differs a little: the fifo is then an elastic buffer, in which a slip is exactly one octet,
 * repeated or dropped, and counted (G.822).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "daemon/core/log.h"
#include "daemon/media/law.h"
#include "daemon/media/line.h"

#define CLOCK_PERIODS	1024	/* more than the frames of a period */
#define BLOCKS_MAX	4	/* blocks fetched in one period */

static unsigned int fifo_len(const struct media_slot *s)
{
	return s->in - s->out;
}

static void fifo_put(struct media_slot *s, const uint8_t *p, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && fifo_len(s) < LINE_FIFO; i++)
		s->fifo[s->in++ % LINE_FIFO] = p[i];
}

static void fifo_get(struct media_slot *s, uint8_t *p, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		p[i] = s->fifo[s->out++ % LINE_FIFO];
}

/* The kernel brings the peer's octets, and ours to the peer. */
static bool in_kernel(const struct media_slot *s)
{
	return s->peer && !s->feeding;
}

void media_slot_receive(struct media_thread *t, struct media_slot *s, uint64_t frame,
			unsigned int n)
{
	struct media_line *l = s->line;
	struct tframe *f;

	media_view_load(&s->claim->leg->ep, &s->view);
	if (!s->view.seat || frame < s->rx_from)
		return;
	if (in_kernel(s) && !s->digits && !media_wanted(&s->view))
		return;
	f = tframe_alloc();
	if (!f) {
		s->gap = true;
		return;
	}
	f->octets = (uint16_t)n;
	f->format = s->claim->format;
	f->flags = s->gap ? TFRAME_GAP : 0;
	f->frame = frame;
	if (l->ops->get(l, s->claim->slot, frame, f->data, n)) {
		atomic_add_relaxed(&t->stats.overruns, n);
		tframe_put(f);
		s->gap = true;
		return;
	}
	s->gap = false;
	media_now.rx_frame = frame;
	if (s->digits)
		media_digits_detect(s, f);
	media_push(&s->view, f);
}

/* What a line's period and clock are called among endpoints; see media_addr. */
static uint32_t line_clock(const struct media_line *l)
{
	return l->card * CLOCK_PERIODS + l->period;
}

/*
 * The period of those at the other end of the bridge, when they go by another clock than we do; 0:
 * they do not, or are none of ours.
 */
static unsigned int foreign_period(const struct media_slot *s)
{
	const struct media_ep *ep = s->view.peer && !s->view.member ? s->view.peer->ep : NULL;
	uint32_t clock;

	/* Who snoops goes by the clock of a line, too. */
	if (ep && ep->addr.kind != MEDIA_SNOOP &&
	    (ep->provider != &media_lines_provider || ep->addr.kind != MEDIA_SLOT))
		return 0;
	if (ep)
		clock = atomic_load_relaxed(&ep->addr.clock);
	else if (!media_mix_clock(&s->view, &clock))
		return 0;
	return clock == line_clock(s->line) ? 0 : clock % CLOCK_PERIODS; /* 0: not known yet */
}

static bool converts(const struct media_slot *s, const struct tframe *f)
{
	return f->format != s->claim->format && f->format != MEDIA_CLEAR &&
	       s->claim->format != MEDIA_CLEAR;
}

/* Takes the reference. */
static void fifo_put_block(struct media_slot *s, struct tframe *f)
{
	uint8_t conv[TFRAME_OCTETS];

	if (converts(s, f)) {
		memcpy(conv, f->data, f->octets);
		law_convert(f->format, s->claim->format, conv, f->octets);
		fifo_put(s, conv, f->octets);
	} else {
		fifo_put(s, f->data, f->octets);
	}
	tframe_put(f);
}

static struct tframe *pull(struct media_slot *s, unsigned int n, uint64_t frame)
{
	media_now.tx_frame = frame;
	media_now.tx_lead = s->line->tx_lead;
	return media_pull(&s->view, n, s->claim->format);
}

/* Fetches blocks until @n octets are there; returns how many there are. */
static unsigned int fetch(struct media_slot *s, unsigned int n, uint64_t frame)
{
	struct tframe *f;
	int blocks;

	for (blocks = 0; fifo_len(s) < n && blocks < BLOCKS_MAX; blocks++) {
		f = pull(s, n - fifo_len(s), frame + fifo_len(s));
		if (!f)
			break;
		fifo_put_block(s, f);
	}
	return fifo_len(s);
}

/*
 * Between two clocks: begin when enough waits, and slip one octet when the fill leaves its band.
 * False: there is nothing to send in this period.
 */
static bool elastic(struct media_thread *t, struct media_slot *s, unsigned int period,
		    unsigned int n)
{
	unsigned int step = period > n ? period : n;
	unsigned int fill = fifo_len(s) + media_queued(&s->view) * period;

	if (!s->primed) {
		s->primed = fill >= ELASTIC_START * step;
		return s->primed;
	}
	if (fill > ELASTIC_HIGH * step && fifo_len(s)) {
		s->out++;
		atomic_inc_relaxed(&t->stats.slips);
	} else if (fill < ELASTIC_LOW * step && fifo_len(s)) {
		s->out--;	/* the last octet that was sent still stands there */
		atomic_inc_relaxed(&t->stats.slips);
	}
	return true;
}

static void row_write(struct media_slot *s, uint64_t frame, const uint8_t *p, unsigned int n)
{
	struct media_line *l = s->line;
	uint64_t first = frame;

	/* What the kernel fills is not looked at. */
	if (in_kernel(s))
		return;
	/* What is too late already is left out; the rest keeps its place. */
	if (first < l->pos.tx_frame + 8)
		first = l->pos.tx_frame + 8;
	if (first < s->tx_from)
		first = s->tx_from;
	if (first >= frame + n)
		return;
	l->ops->put(l, s->claim->slot, first, p + (first - frame),
		    n - (unsigned int)(first - frame));
}

void media_slot_send(struct media_thread *t, struct media_slot *s, uint64_t frame, unsigned int n)
{
	unsigned int foreign = foreign_period(s);
	uint8_t row[TFRAME_OCTETS];
	struct tframe *f = NULL;
	unsigned int have;
	bool direct;

	if (!s->view.seat)
		return;
	if (foreign && !elastic(t, s, foreign, n))
		return;
	if (s->feeding && !s->fed_from)
		s->fed_from = frame;
	/* Between two lines of one clock and law the block that came is the row, and needs no fifo. */
	direct = !foreign && !fifo_len(s);
	if (direct)
		f = pull(s, n, frame);
	if (f && f->octets == n && !converts(s, f)) {
		row_write(s, frame, f->data, n);
		tframe_put(f);
		return;
	}
	if (f)
		fifo_put_block(s, f);
	have = direct && !f ? 0 : fetch(s, n, frame);
	if (have > n)
		have = n;
	if (have < n) {
		/* A conference in which nobody speaks has nothing to send. */
		if (s->view.peer && !s->view.member && !in_kernel(s))
			atomic_inc_relaxed(&t->stats.starved);
		s->primed = false;
	}
	fifo_get(s, row, have);
	/* A row that is not written is idle already. */
	if (!have)
		return;
	memset(row + have, law_idle(s->claim->format), n - have);
	row_write(s, frame, row, n);
}

/* --- claims -------------------- */

static void claim_failed(struct media_claim *c, int err)
{
	struct leg_signal *sig = leg_signal_new(LEG_OP_FAILED);

	log_warn_errno(err, "%s: its timeslot cannot be used", c->leg->label);
	if (!sig)
		return;
	sig->u.failed.op = LEG_OPS;
	sig->u.failed.err = err;
	leg_signal(c->leg, sig);
}

void media_slot_claim(struct media_thread *t, struct media_msg *msg)
{
	struct media_claim *c = container_of(msg, struct media_claim, msg_claim);
	struct media_line *l = c->line;
	struct media_slot *s = &l->slot[c->slot % LINE_SLOTS];
	int err;

	l->claims++;
	if (atomic_load_relaxed(&l->gone) || !l->domain || s->claim) {
		claim_failed(c, s->claim ? -EBUSY : -ENODEV);
		return;
	}
	memset(s, 0, offsetof(struct media_slot, fifo));	/* which is written before it is read */
	s->line = l;
	err = l->ops->claim(l, c->slot, c->format, &s->rx_from, &s->tx_from);
	if (err) {
		claim_failed(c, err);
		return;
	}
	s->claim = c;
	l->claimed |= 1u << c->slot % LINE_SLOTS;
	c->seat = s;
	atomic_inc_relaxed(&t->stats.claims);
	c->leg->ep.provider = &media_lines_provider;
	c->leg->ep.priv = s;
	c->leg->ep.addr = (struct media_addr){ .stream = l->span, .slot = c->slot,
					       .kind = MEDIA_SLOT, .format = c->format,
					       .clock = line_clock(l) };
	if (c->detect && c->format != MEDIA_CLEAR && media_digits_new(s))
		log_warn("%s: no memory to listen for digits", c->leg->label);
	leg_signal_simple(c->leg, LEG_MEDIA_READY);
}

/* Nothing refers to the slot any more; the claim stays until it is taken back. */
static void slot_drop(struct media_thread *t, struct media_slot *s)
{
	media_connect_forget(t, s);
	s->claim->leg->ep.priv = NULL;
	media_digits_free(s);
	s->claim->seat = NULL;
	s->line->claimed &= ~(1u << s->claim->slot % LINE_SLOTS);
	s->claim = NULL;
	atomic_store_relaxed(&t->stats.claims, t->stats.claims - 1);
}

void media_slot_lost(struct media_thread *t, struct media_slot *s)
{
	leg_signal_simple(s->claim->leg, LEG_MEDIA_LOST);
	slot_drop(t, s);
}

void media_slot_unclaim(struct media_thread *t, struct media_msg *msg)
{
	struct media_claim *c = container_of(msg, struct media_claim, msg_unclaim);
	struct media_line *l = c->line;

	if (c->seat) {
		slot_drop(t, c->seat);
		l->ops->release(l, c->slot);
	}
	l->claims--;
	c->unclaimed(c);
}

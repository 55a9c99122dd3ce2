// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snooping; snoop.h tells what it is.
 *
 * A period, as the media thread of the channel that is snooped on goes through it:
 *
 *	all push	tap, RX: a block came. The snoop's endpoint pushes one as long: the block
 *			itself, what was sent in the period before, or both.
 *			whisper, RX: so much of what the snoop was sent before goes on with it.
 *	all pull	whisper, TX: the snoop's endpoint pulls as much as came in this period,
 *			once, and what it gets is queued for the directions it whispers in.
 *			tap, TX: what is sent is kept for the next period.
 *
 * So the snoop's endpoint is one of that line's clock, and pushes and pulls when that does: bridges
 * of two and conferences see it as they see a timeslot. Nothing is delayed that is not whispered.
 *
 * The tap and the whisper are in the port of that channel, each with a reference on the leg until
 * it is gone(). The leg's release takes them out, or finds that the channel's end has, which ends
 * the snoop.
 *
 * A tap that pushes runs the taps of the snoop's own channel, which may be snooped on. How deep
 * that goes is looked at when one begins, and again here, since a move can make it longer. It
 * cannot be a ring but for a period in which a thread still has the view of before a move: so one
 * that is at work already goes without.
 */
#include "daemon/call/snoop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call/mixer.h"
#include "daemon/media/law.h"

#define FIFO	    1024 /* octets; power of two, and more than two blocks */
#define BLOCKS_MAX  4	 /* that are pulled in one period */

/* Octets in the snoop's law. */
struct fifo {
	unsigned int in, out; /* free-running */
	unsigned int block;   /* how many came last */
	uint8_t octet[FIFO];
};

struct snoop {
	struct leg leg;
	struct channel *of; /* a reference */
	struct media_tap tap;
	struct media_whisper whisper;
	unsigned int spy;
	struct channel_work detach;

	uint32_t busy; /* atomic: somebody is at work in what follows */
	struct fifo sent;      /* to the other one, for the next period */
	struct fifo got;       /* by the endpoint, and not passed on yet */
	struct fifo said[2];   /* to be said: RX, TX */
	unsigned int due;      /* octets that the endpoint is to pull in this period */
};

static struct snoop *snoop_of(struct leg *leg)
{
	return container_of(leg, struct snoop, leg);
}

/* --- octets: under the claim ------------------------------------------------------------------ */

static unsigned int fifo_len(const struct fifo *f)
{
	return f->in - f->out;
}

static void fifo_put(struct fifo *f, const uint8_t *octets, unsigned int n)
{
	for (unsigned int i = 0; i < n && fifo_len(f) < FIFO; i++)
		f->octet[f->in++ % FIFO] = octets[i];
	f->block = n;
}

static void fifo_put_frame(struct fifo *f, const struct tframe *frame, unsigned int format)
{
	uint8_t row[TFRAME_OCTETS];

	memcpy(row, frame->data, frame->octets);
	law_convert(frame->format, format, row, frame->octets);
	fifo_put(f, row, frame->octets);
}

/* At most n; how many. What is older than a block is let go: it would be heard late from now on. */
static unsigned int fifo_get(struct fifo *f, uint8_t *octets, unsigned int n)
{
	unsigned int most = f->block > n ? f->block : n, i;

	if (fifo_len(f) > most)
		f->out = f->in - most;
	for (i = 0; i < n && fifo_len(f); i++)
		octets[i] = f->octet[f->out++ % FIFO];
	return i;
}

/* --- media threads, under RCU ----------------------------------------------------------------- */

static __thread unsigned int depth;

static bool claim(struct snoop *sn)
{
	uint32_t nobody = 0;

	if (depth == SNOOP_DEPTH || !atomic_cas(&sn->busy, &nobody, 1))
		return false;
	depth++;
	return true;
}

static void unclaim(struct snoop *sn)
{
	depth--;
	atomic_store(&sn->busy, 0);
}

/* Of a block that came: what the snoop hears. NULL: no memory. */
static struct tframe *heard(struct snoop *sn, struct tframe *came)
{
	uint8_t format = sn->leg.ep.addr.format, sent[TFRAME_OCTETS];
	unsigned int n = came->octets;
	unsigned int had = sn->spy & MEDIA_TAP_TX ? fifo_get(&sn->sent, sent, n) : 0;
	struct tframe *frame;

	if (sn->spy & MEDIA_TAP_RX && !had)
		return tframe_get(came);
	frame = tframe_alloc();
	if (!frame)
		return NULL;
	frame->octets = (uint16_t)n;
	frame->format = format;
	frame->flags = came->flags;
	frame->frame = came->frame;
	if (sn->spy & MEDIA_TAP_RX) {
		memcpy(frame->data, came->data, n);
		law_convert(came->format, format, frame->data, n);
	} else {
		memset(frame->data, law_idle(format), n);
	}
	for (unsigned int i = 0; i < had; i++)
		frame->data[i] = mix_octet(format, frame->data[i], sent[i]);
	return frame;
}

static void snoop_push(struct snoop *sn, struct tframe *came)
{
	const struct media_port *hop;
	const struct media_seat *seat = mix_seat_of(&sn->of->port, &hop);
	struct tframe *frame = heard(sn, came);
	struct media_view view;

	if (seat)
		atomic_store_relaxed(&sn->leg.ep.addr.clock,
				     atomic_load_relaxed(&seat->ep->addr.clock));
	sn->due = came->octets;
	if (!frame)
		return;
	media_view_load(&sn->leg.ep, &view);
	media_push(&view, frame);
}

/*
 * What waits for us is one block a period from who goes by our clock, and some from who goes by
 * another: what is older, since we stood still or are slower, would be heard late from now on.
 */
static void drop_old(const struct snoop *sn, const struct media_view *view)
{
	uint32_t mine = atomic_load_relaxed(&sn->leg.ep.addr.clock), clock = mine;
	struct media_ring *ring = NULL;
	struct tframe *frame;

	if (view->member) {
		media_mix_clock(view, &clock);
		ring = &view->member->out;
	} else if (view->peer) {
		clock = atomic_load_relaxed(&view->peer->ep->addr.clock);
		/* const is the view's promise to its reader; we are the ring's consumer. */
		ring = (struct media_ring *)&view->peer->ring;
	}
	while (ring && media_ring_len(ring) > (clock == mine ? 1 : ELASTIC_HIGH)) {
		frame = media_ring_get(ring);
		if (frame)
			tframe_put(frame);
	}
}

static void snoop_pull(struct snoop *sn)
{
	unsigned int format = sn->leg.ep.addr.format, n = sn->due;
	uint8_t row[TFRAME_OCTETS];
	struct media_view view;
	struct tframe *frame;

	sn->due = 0;
	media_view_load(&sn->leg.ep, &view);
	drop_old(sn, &view);
	for (int i = 0; i < BLOCKS_MAX && fifo_len(&sn->got) < n; i++) {
		frame = media_pull(&view, n - fifo_len(&sn->got), format);
		if (!frame)
			break;
		fifo_put_frame(&sn->got, frame, format);
		tframe_put(frame);
	}
	n = fifo_get(&sn->got, row, n);
	if (sn->whisper.dir & MEDIA_TAP_RX)
		fifo_put(&sn->said[0], row, n);
	if (sn->whisper.dir & MEDIA_TAP_TX)
		fifo_put(&sn->said[1], row, n);
}

static void snoop_block(struct media_tap *tap, struct tframe *frame, unsigned int dir)
{
	struct snoop *sn = container_of(tap, struct snoop, tap);

	if (!claim(sn))
		return;
	if (dir == MEDIA_TAP_RX)
		snoop_push(sn, frame);
	else
		fifo_put_frame(&sn->sent, frame, sn->leg.ep.addr.format);
	unclaim(sn);
}

static struct tframe *snoop_say(struct media_whisper *whisper, unsigned int octets,
				unsigned int format, unsigned int dir)
{
	struct snoop *sn = container_of(whisper, struct snoop, whisper);
	struct fifo *said = &sn->said[dir == MEDIA_TAP_TX];
	struct tframe *frame = NULL;

	(void)format;
	if (!claim(sn))
		return NULL;
	if (dir == MEDIA_TAP_TX && sn->due)
		snoop_pull(sn);
	if (whisper->dir & dir && fifo_len(said))
		frame = tframe_alloc();
	if (frame) {
		frame->octets = (uint16_t)fifo_get(said, frame->data,
						   octets < TFRAME_OCTETS ? octets : TFRAME_OCTETS);
		frame->format = sn->leg.ep.addr.format;
	}
	unclaim(sn);
	return frame;
}

/* --- life ------------------------------------------------------------------------------------ */

/* It was taken out by the release, or by the end of the channel: then this is the snoop's, too. */
static void tap_gone(struct media_tap *tap)
{
	struct snoop *sn = container_of(tap, struct snoop, tap);

	leg_hangup(&sn->leg, CAUSE_NORMAL);
	leg_put(&sn->leg);
}

static void whisper_gone(struct media_whisper *whisper)
{
	leg_put(&container_of(whisper, struct snoop, whisper)->leg);
}

static int detach_fn(struct channel_work *work, struct channel *of)
{
	struct snoop *sn = container_of(work, struct snoop, detach);

	channel_tap_detach(of, &sn->tap);
	channel_whisper_detach(of, &sn->whisper);
	return 0;
}

/* -ENODEV: they were taken out when it ended. */
static void detach_done(struct channel_work *work, int err)
{
	struct snoop *sn = container_of(work, struct snoop, detach);

	(void)err;
	leg_released(&sn->leg);
	leg_put(&sn->leg);
}

/* There is nobody to be called: it is answered at once. */
static int snoop_dial(struct leg *leg)
{
	struct leg_signal *answered = leg_signal_new(LEG_ANSWERED);

	if (!answered)
		return -ENOMEM;
	if (leg_signal_simple(leg, LEG_MEDIA_READY)) {
		free(answered);
		return -ENOMEM;
	}
	leg_signal(leg, answered);
	return 0;
}

static int snoop_release(struct leg *leg, int cause)
{
	struct snoop *sn = snoop_of(leg);

	(void)cause;
	leg_get(leg);
	channel_post_work(sn->of, &sn->detach);
	return 0;
}

static void snoop_free(struct leg *leg)
{
	struct snoop *sn = snoop_of(leg);

	channel_put(sn->of);
	free(sn);
}

static const struct leg_ops snoop_ops = {
	.tech = "Snoop",
	.dial = snoop_dial,
	.release = snoop_release,
	.free = snoop_free,
};

/* How many snoops are in a row up to ch, itself among them. */
static unsigned int in_a_row(const struct channel *ch)
{
	unsigned int n = 0;

	trcu_read_lock();
	while (n < SNOOP_DEPTH) {
		struct leg *leg = rcu_ptr_load(&ch->leg);

		if (!leg || leg->ops != &snoop_ops)
			break;
		n++;
		ch = snoop_of(leg)->of;
	}
	trcu_read_unlock();
	return n;
}

static struct snoop *snoop_new(struct channel *of, const struct snoop_params *params)
{
	struct snoop *sn = calloc(1, sizeof(*sn));

	if (!sn)
		return NULL;
	leg_init(&sn->leg, &snoop_ops, true);
	channel_get(of);
	sn->of = of;
	sn->spy = params->spy;
	/* What comes counts the periods, whether or not it is listened to. */
	sn->tap = (struct media_tap){ .block = snoop_block, .gone = tap_gone,
				      .dir = MEDIA_TAP_RX | params->spy };
	sn->whisper = (struct media_whisper){ .say = snoop_say, .gone = whisper_gone,
					      .dir = params->whisper };
	sn->detach.fn = detach_fn;
	sn->detach.done = detach_done;
	sn->leg.ep.addr.kind = MEDIA_SNOOP;
	sn->leg.ep.addr.format = of->leg && of->leg->ep.addr.format == MEDIA_ULAW ? MEDIA_ULAW :
										    MEDIA_ALAW;
	snprintf(sn->leg.label, sizeof(sn->leg.label), "%.39s", of->sid);
	return sn;
}

int channel_snoop(struct channel *ch, const struct snoop_params *params, struct channel **out)
{
	char name[CHANNEL_NAME_LEN];
	struct channel_params chan = { .name = name, .sid = params->sid, .app = params->app,
				       .linked = ch->linked };
	int err = channel_alive(ch);
	struct snoop *sn;

	serializer_assert_held(&ch->ser);
	if (!err && in_a_row(ch) == SNOOP_DEPTH)
		err = -ELOOP;
	if (err)
		return err;
	sn = snoop_new(ch, params);
	if (!sn)
		return -ENOMEM;
	snprintf(name, sizeof(name), "Snoop/%.39s", ch->sid);
	err = channel_create(&chan, &sn->leg, out);
	if (!err) {
		leg_get(&sn->leg);
		channel_tap_attach(ch, &sn->tap);
		leg_get(&sn->leg);
		channel_whisper_attach(ch, &sn->whisper);
	}
	leg_put(&sn->leg); /* its channel has it */
	return err;
}

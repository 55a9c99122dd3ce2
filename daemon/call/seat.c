// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seats, views, taps, sources and whispers: media.h tells how they fit together.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/call/channel_priv.h"
#include "daemon/call/level.h"
#include "daemon/call/media_ring.h"
#include "daemon/call/mixer.h"
#include "daemon/core/log.h"
#include "daemon/core/mpmc.h"
#include "daemon/media/law.h"
#include "daemon/media/mix.h"

#define FRAMES_MAX 16384 /* outside the pool; 5 MB */
#define FRAMES_KEPT 1024

static uint64_t generations;
static uint64_t drops;

/* --- frames ---------------------------------------------------------------------------------- */

static struct mpmc frames;
static uint32_t frames_alive;

static void __attribute__((constructor)) frames_init(void)
{
	if (mpmc_init(&frames, FRAMES_KEPT))
		abort();
}

static void __attribute__((destructor)) frames_exit(void)
{
	struct tframe *frame;

	while ((frame = mpmc_pop(&frames)))
		free(frame);
	mpmc_exit(&frames);
}

struct tframe *tframe_alloc(void)
{
	struct tframe *frame;

	if (atomic_add(&frames_alive, 1) > FRAMES_MAX) {
		atomic_sub(&frames_alive, 1);
		return NULL;
	}
	frame = mpmc_pop(&frames);
	if (!frame)
		frame = malloc(sizeof(*frame));
	if (!frame) {
		atomic_sub(&frames_alive, 1);
		return NULL;
	}
	frame->refs = 1;
	frame->octets = 0;
	frame->format = MEDIA_ALAW;
	frame->flags = 0;
	frame->frame = 0;
	return frame;
}

void tframe_put(struct tframe *frame)
{
	if (__atomic_sub_fetch(&frame->refs, 1, __ATOMIC_ACQ_REL))
		return;
	atomic_sub(&frames_alive, 1);
	if (!mpmc_push(&frames, frame))
		free(frame);
}

uint32_t tframe_alive(void)
{
	return atomic_load(&frames_alive);
}

/* --- seats ----------------------------------------------------------------------------------- */

struct media_seat *media_seat_new(struct channel *ch, struct leg *leg)
{
	struct media_seat *seat = calloc(1, sizeof(*seat));

	if (!seat)
		return NULL;
	seat->ep = &leg->ep;
	seat->port = &ch->port;
	seat->generation = __atomic_add_fetch(&generations, 1, __ATOMIC_RELAXED);
	seat->leg = leg;
	seat->chan = ch;
	leg_get(leg);
	channel_get(ch);
	return seat;
}

void media_seat_free(struct media_seat *seat)
{
	struct tframe *frame;

	if (!seat)
		return;
	while ((frame = media_ring_get(&seat->ring)))
		tframe_put(frame);
	leg_put(seat->leg);
	channel_put(seat->chan);
	free(seat);
}

static void seat_free_rcu(struct rcu_head *rcu)
{
	media_seat_free(container_of(rcu, struct media_seat, rcu));
}

void media_seat_publish(struct media_port *port, struct media_ep *ep, struct media_seat *seat)
{
	struct media_seat *old_port = port ? port->seat : NULL;
	struct media_seat *old_ep = ep ? ep->seat : NULL;

	/* The port first: whoever sees the endpoint's new seat finds it in the port too. */
	if (port)
		rcu_ptr_publish(&port->seat, seat);
	if (ep)
		rcu_ptr_publish(&ep->seat, seat);
	/* A seat is dead when neither its port nor its endpoint names it any more. */
	if (old_port && rcu_ptr_load(&old_port->ep->seat) != old_port)
		trcu_free(&old_port->rcu, seat_free_rcu);
	if (old_ep && old_ep != old_port && rcu_ptr_load(&old_ep->port->seat) != old_ep)
		trcu_free(&old_ep->rcu, seat_free_rcu);
}

/* --- views: media threads, under RCU --------------------------------------------------------- */

void media_view_load(const struct media_ep *ep, struct media_view *view)
{
	const struct media_port *port;

	view->seat = rcu_ptr_load(&ep->seat);
	view->peer = NULL;
	view->member = NULL;
	view->hops = 0;
	if (!view->seat)
		return;
	view->member = rcu_ptr_load(&view->seat->port->member);
	port = rcu_ptr_load(&view->seat->port->peer);
	if (view->member) {
		view->peer = port ? rcu_ptr_load(&port->seat) : NULL;
		return;
	}
	while (port) {
		const struct media_seat *seat = rcu_ptr_load(&port->seat);

		if (!seat)
			return;
		if (seat->ep->addr.kind != MEDIA_LOCAL) {
			view->peer = seat;
			return;
		}
		/* Out of the one half of a pair, in at the other. */
		seat = seat->ep->other ? rcu_ptr_load(&seat->ep->other->seat) : NULL;
		if (!seat || view->hops == MEDIA_HOPS)
			return;
		view->hop[view->hops++] = seat->port;
		view->member = rcu_ptr_load(&seat->port->member);
		port = view->member ? NULL : rcu_ptr_load(&seat->port->peer);
	}
}

void media_taps_run(const struct media_port *port, struct tframe *frame, unsigned int dir)
{
	struct media_tap *tap;

	for (tap = rcu_ptr_load(&port->taps); tap; tap = rcu_ptr_load(&tap->next))
		if (tap->dir & dir)
			tap->block(tap, frame, dir);
}

/* Whether nothing passes this end in that direction: it is muted, or a channel behind local pairs is. */
static bool muted(const struct media_view *view, unsigned int dir)
{
	uint32_t dirs = atomic_load_relaxed(&view->seat->port->muted);

	for (unsigned int i = 0; i < view->hops; i++)
		dirs |= atomic_load_relaxed(&view->hop[i]->muted);
	return dirs & dir;
}

bool media_wanted(const struct media_view *view)
{
	bool wanted = view->member || rcu_ptr_load(&view->seat->port->taps);

	for (unsigned int i = 0; i < view->hops; i++)
		wanted = wanted || rcu_ptr_load(&view->hop[i]->taps);
	return wanted;
}

/* How blocks go by a port: which way, and what is asked of who adds to them. */
struct way {
	unsigned int octets, format, dir;
	bool quiet; /* nothing passes: who would add to it only goes through the period */
};

/* A block and what is said into it: as the one has it, for as long as it is. Takes both. */
static struct tframe *added(struct tframe *frame, struct tframe *said)
{
	unsigned int n = said->octets < frame->octets ? said->octets : frame->octets;
	struct tframe *sum = tframe_alloc();

	if (sum) {
		sum->octets = frame->octets;
		sum->format = frame->format;
		sum->flags = frame->flags;
		sum->frame = frame->frame;
		memcpy(sum->data, said->data, n);
		law_convert(said->format, frame->format, sum->data, n);
		for (unsigned int i = 0; i < n; i++)
			sum->data[i] = mix_octet(frame->format, frame->data[i], sum->data[i]);
		memcpy(sum->data + n, frame->data + n, frame->octets - n);
		tframe_put(frame);
		frame = sum;
	}
	tframe_put(said);
	return frame;
}

/* Digital octets, and the line on which they go, are left alone. */
static struct tframe *whispered(const struct media_port *port, struct tframe *frame,
				const struct way *way)
{
	struct media_whisper *w;

	for (w = rcu_ptr_load(&port->whispers); w; w = rcu_ptr_load(&w->next)) {
		unsigned int format = frame ? frame->format : way->format;
		struct tframe *said = w->say(w, frame ? frame->octets : way->octets, format,
					     way->dir);

		if (!said)
			continue;
		if (way->quiet || format == MEDIA_CLEAR)
			tframe_put(said);
		else
			frame = frame ? added(frame, said) : said;
	}
	return frame;
}

/* Takes the reference; the caller gets that of what goes on. NULL: nothing. */
static inline struct tframe *pass(const struct media_port *port, struct tframe *frame,
				  const struct way *way)
{
	if (frame)
		media_taps_run(port, frame, way->dir);
	return rcu_ptr_load(&port->whispers) ? whispered(port, frame, way) : frame;
}

void media_push(const struct media_view *view, struct tframe *frame)
{
	const struct way in = { .dir = MEDIA_TAP_RX };
	const struct media_port *port;

	if (!view->seat) {
		tframe_put(frame);
		return;
	}
	port = view->seat->port;
	if (atomic_load_relaxed(&level_wanted))
		level_note(port, MEDIA_TAP_RX, frame);
	frame = pass(port, frame, &in);
	for (unsigned int i = 0; i < view->hops; i++)
		frame = pass(view->hop[i], frame, &in);
	/* A conference wants all of them, by which it counts; what is muted it does not add. */
	if (!view->member && (!view->peer || muted(view, MEDIA_TAP_RX))) {
		tframe_put(frame);
		return;
	}
	/* const is the view's promise to its reader; the ring is the producer's, which we are. */
	media_ring_give((struct media_ring *)&view->seat->ring, frame);
	if (view->member)
		mix_pushed(view);
}

void media_ring_give(struct media_ring *ring, struct tframe *frame)
{
	if (media_ring_put(ring, frame))
		return;
	atomic_inc_relaxed(&drops);
	tframe_put(frame);
}

struct tframe *media_source_pull(const struct media_port *port, unsigned int octets,
				 unsigned int format)
{
	struct media_source *src;

	for (src = rcu_ptr_load(&port->sources); src; src = rcu_ptr_load(&src->next)) {
		struct tframe *frame = src->pull(src, octets, format);

		if (frame)
			return frame;
	}
	return NULL;
}

/*
 * In the period in which two that were joined become a conference one of them may still look at the
 * other, and the other already at the conference. What the one took the other gets directly; what
 * the other's turn took waits for the one as a row. So neither misses a block.
 */
static struct tframe *take_heard(const struct media_view *view)
{
	struct media_ring *peer = view->peer ? (struct media_ring *)&view->peer->ring : NULL;
	struct mix_member *became;
	struct tframe *frame;

	if (view->member) {
		frame = mix_pull(view);
		if (!frame && peer && !media_ring_len(&view->seat->ring) &&
		    !(atomic_load_relaxed(&view->peer->port->muted) & MEDIA_TAP_RX))
			frame = media_ring_get(peer);
		return frame;
	}
	frame = peer ? media_ring_get(peer) : NULL;
	became = frame || !peer ? NULL : rcu_ptr_load(&view->seat->port->member);
	return became ? media_ring_get(&became->out) : frame;
}

struct tframe *media_pull(const struct media_view *view, unsigned int octets, unsigned int format)
{
	struct way out = { .octets = octets, .format = format, .dir = MEDIA_TAP_TX };
	struct tframe *frame, *heard = NULL;
	const struct media_port *port;

	if (!view->seat)
		return NULL;
	port = view->seat->port;
	out.quiet = muted(view, MEDIA_TAP_TX);
	/* Taken in any case: what a source covers is not to be heard later. */
	heard = take_heard(view);
	frame = media_source_pull(port, octets, format);
	for (unsigned int i = 0; !frame && i < view->hops; i++)
		frame = media_source_pull(view->hop[i], octets, format);
	if (frame) {
		if (heard)
			tframe_put(heard);
	} else {
		frame = heard;
	}
	if (frame && out.quiet) {
		tframe_put(frame);
		frame = NULL;
	}
	for (unsigned int i = view->hops; i-- > 0;)
		frame = pass(view->hop[i], frame, &out);
	frame = pass(port, frame, &out);
	if (frame && atomic_load_relaxed(&level_wanted))
		level_note(port, MEDIA_TAP_TX, frame);
	return frame;
}

unsigned int media_queued(const struct media_view *view)
{
	if (view->member)
		return media_ring_len(&view->member->out);
	return view->peer ? media_ring_len(&view->peer->ring) : 0;
}

uint64_t media_drops(void)
{
	return atomic_load_relaxed(&drops);
}

/* --- taps, sources, whispers: tasks of the channel, or the bridge ----------------------------- */

static void tx_user(struct channel *ch, int add)
{
	atomic_add(&ch->port.tx_users, (uint32_t)add);
	if (ch->bridge)
		bridge_kick(ch->bridge);
}

static void tap_gone(struct rcu_head *rcu)
{
	struct media_tap *tap = container_of(rcu, struct media_tap, rcu);

	if (tap->gone)
		tap->gone(tap);
}

static void source_gone(struct rcu_head *rcu)
{
	struct media_source *src = container_of(rcu, struct media_source, rcu);

	if (src->gone)
		src->gone(src);
}

void media_tap_link(struct media_port *port, struct media_tap *tap)
{
	tap->next = port->taps;
	rcu_ptr_publish(&port->taps, tap);
}

bool media_tap_unlink(struct media_port *port, struct media_tap *tap)
{
	for (struct media_tap **p = &port->taps; *p; p = &(*p)->next)
		if (*p == tap) {
			rcu_ptr_publish(p, tap->next);
			trcu_free(&tap->rcu, tap_gone);
			return true;
		}
	return false;
}

void media_source_link(struct media_port *port, struct media_source *src)
{
	struct media_source **p = &port->sources;

	while (src->behind && *p)
		p = &(*p)->next;
	src->next = *p;
	rcu_ptr_publish(p, src);
}

bool media_source_unlink(struct media_port *port, struct media_source *src)
{
	for (struct media_source **p = &port->sources; *p; p = &(*p)->next)
		if (*p == src) {
			rcu_ptr_publish(p, src->next);
			trcu_free(&src->rcu, source_gone);
			return true;
		}
	return false;
}

void channel_tap_attach(struct channel *ch, struct media_tap *tap)
{
	serializer_assert_held(&ch->ser);
	media_tap_link(&ch->port, tap);
	if (tap->dir & MEDIA_TAP_TX)
		tx_user(ch, 1);
}

void channel_tap_detach(struct channel *ch, struct media_tap *tap)
{
	unsigned int dir = tap->dir;

	serializer_assert_held(&ch->ser);
	if (media_tap_unlink(&ch->port, tap) && (dir & MEDIA_TAP_TX))
		tx_user(ch, -1);
}

void channel_source_attach(struct channel *ch, struct media_source *src)
{
	serializer_assert_held(&ch->ser);
	media_source_link(&ch->port, src);
	tx_user(ch, 1);
}

void channel_source_detach(struct channel *ch, struct media_source *src)
{
	serializer_assert_held(&ch->ser);
	if (media_source_unlink(&ch->port, src))
		tx_user(ch, -1);
}

static void whisper_gone(struct rcu_head *rcu)
{
	struct media_whisper *whisper = container_of(rcu, struct media_whisper, rcu);

	whisper->gone(whisper);
}

void channel_whisper_attach(struct channel *ch, struct media_whisper *whisper)
{
	serializer_assert_held(&ch->ser);
	whisper->next = ch->port.whispers;
	rcu_ptr_publish(&ch->port.whispers, whisper);
	if (whisper->dir)
		tx_user(ch, 1);
}

void channel_whisper_detach(struct channel *ch, struct media_whisper *whisper)
{
	struct media_whisper **p = &ch->port.whispers;
	unsigned int dir = whisper->dir;

	serializer_assert_held(&ch->ser);
	while (*p && *p != whisper)
		p = &(*p)->next;
	if (!*p)
		return;
	rcu_ptr_publish(p, whisper->next);
	trcu_free(&whisper->rcu, whisper_gone);
	if (dir)
		tx_user(ch, -1);
}

/* --- mute, silence: tasks of the channel ----------------------------------------------------- */

int channel_mute(struct channel *ch, unsigned int dirs, bool on)
{
	uint32_t was = ch->port.muted, is = on ? was | dirs : was & ~dirs;
	int err = channel_alive(ch);

	serializer_assert_held(&ch->ser);
	if (err)
		return err;
	atomic_store(&ch->port.muted, is);
	if (!was != !is)
		tx_user(ch, is ? 1 : -1);
	return 0;
}

static struct tframe *silence_pull(struct media_source *src, unsigned int octets,
				   unsigned int format)
{
	struct tframe *frame = tframe_alloc();

	(void)src;
	if (!frame)
		return NULL;
	frame->octets = (uint16_t)octets;
	frame->format = (uint8_t)(format == MEDIA_ULAW ? MEDIA_ULAW : MEDIA_ALAW);
	frame->flags = 0;
	frame->frame = 0;
	/* G.711: the value of the least amplitude, even bits of A-law inverted. */
	memset(frame->data, frame->format == MEDIA_ULAW ? 0xff : 0xd5, octets);
	return frame;
}

static void silence_gone(struct media_source *src)
{
	free(src);
}

int channel_silence(struct channel *ch, bool on)
{
	struct media_source *src = ch->port.sources;
	int err = channel_alive(ch);

	serializer_assert_held(&ch->ser);
	while (src && src->pull != silence_pull)
		src = src->next;
	if (err || on == !!src)
		return err;
	if (src) {
		channel_source_detach(ch, src);
		return 0;
	}
	src = calloc(1, sizeof(*src));
	if (!src)
		return -ENOMEM;
	src->pull = silence_pull;
	src->gone = silence_gone;
	channel_source_attach(ch, src);
	return 0;
}

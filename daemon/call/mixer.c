// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conferences: members and turns. mixer.h tells how it works.
 */
#include "daemon/call/mixer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/media/law.h"

static uint64_t slips;	/* atomic */

uint64_t media_slips(void)
{
	return atomic_load_relaxed(&slips);
}

/* --- life ------------------------------------------------------------------------------------ */

static void mix_release(struct ref *ref)
{
	free(container_of(ref, struct media_mix, ref));
}

struct media_mix *mix_new(void)
{
	struct media_mix *mix = calloc(1, sizeof(*mix));

	if (!mix)
		return NULL;
	ref_init(&mix->ref, mix_release);
	mix->clock = MIX_NO_CLOCK;
	return mix;
}

void mix_put(struct media_mix *mix)
{
	ref_put(&mix->ref);
}

static void member_free_rcu(struct rcu_head *rcu)
{
	struct mix_member *m = container_of(rcu, struct mix_member, rcu);
	struct tframe *frame;

	while ((frame = media_ring_get(&m->out)))
		tframe_put(frame);
	channel_put(m->chan);
	mix_put(m->mix);
	free(m);
}

static void member_release(struct ref *ref)
{
	struct mix_member *m = container_of(ref, struct mix_member, ref);

	trcu_free(&m->rcu, member_free_rcu);
}

static void talk_event(struct mix_member *m, bool talking)
{
	struct event *event;

	m->told = talking;
	event = event_of_channel(m->chan, talking ? EVENT_CHANNEL_TALKING_STARTED :
						    EVENT_CHANNEL_TALKING_FINISHED);
	if (!event)
		return;
	if (!talking)
		event->u.talking.ms = atomic_load(&m->talk_ms);
	event_post(event);
}

static int tell_fn(struct channel_work *work, struct channel *ch)
{
	struct mix_member *m = container_of(work, struct mix_member, tell);
	bool talking;

	(void)ch;
	atomic_xchg(&m->telling, 0);
	talking = atomic_load(&m->talking) && !(atomic_load(&m->away) & 1);
	if (!m->left && talking != m->told)
		talk_event(m, talking);
	return 0;
}

static void tell_done(struct channel_work *work, int err)
{
	(void)err;
	ref_put(&container_of(work, struct mix_member, tell)->ref);
}

/* Any thread that holds a reference, or reads under RCU. */
static void tell(struct mix_member *m)
{
	if (!atomic_xchg(&m->telling, 1) && ref_tryget(&m->ref))
		channel_post_work(m->chan, &m->tell);
}

void mix_away(struct mix_member *m, bool away)
{
	uint32_t count = atomic_load_relaxed(&m->away);

	if ((count & 1) == away)
		return;
	atomic_store(&m->away, count + 1);
	if (away)
		tell(m);
}

struct mix_member *mix_member_new(struct media_mix *mix, struct channel *ch)
{
	struct mix_member *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	ref_init(&m->ref, member_release);
	ref_get(&mix->ref);
	channel_get(ch);
	m->mix = mix;
	m->chan = ch;
	m->port = &ch->port;
	m->gain = MIX_GAIN_UNITY;
	m->tell.fn = tell_fn;
	m->tell.done = tell_done;
	return m;
}

/*
 * The list first: whoever acts for the port as this member finds it among those that a turn is for.
 * Else its own turn could come a second time in one period.
 */
void mix_enter(struct mix_member *m)
{
	m->next = m->mix->members;
	rcu_ptr_publish(&m->mix->members, m);
	rcu_ptr_publish(&m->port->member, m);
}

/*
 * Those that stay go by a clock that one of them has; if it was that of who left, the next takes
 * it.
 */
static void clock_check(struct media_mix *mix)
{
	uint32_t clock = atomic_load(&mix->clock);
	const struct media_port *hop;
	bool kept = false;

	trcu_read_lock();
	for (struct mix_member *m = mix->members; m && !kept; m = m->next) {
		const struct media_seat *seat = mix_seat_of(m->port, &hop);

		kept = seat && atomic_load_relaxed(&seat->ep->addr.clock) == clock;
	}
	trcu_read_unlock();
	if (!kept)
		atomic_cas(&mix->clock, &clock, MIX_NO_CLOCK);
}

void mix_take_over(struct mix_member *const *all, int n)
{
	for (int i = 0; i < n; i++) {
		all[i]->next = all[i]->mix->members;
		rcu_ptr_publish(&all[i]->mix->members, all[i]);
	}
	for (int i = 0; i < n; i++)
		rcu_ptr_publish(&all[i]->port->member, all[i]);
}

void mix_finish(struct mix_member *m)
{
	m->left = true;
	if (m->told)
		talk_event(m, false);
}

void mix_leave(struct mix_member *m)
{
	struct mix_member **p = &m->mix->members;

	mix_finish(m);
	rcu_ptr_publish(&m->port->member, NULL);
	while (*p != m)
		p = &(*p)->next;
	rcu_ptr_publish(p, m->next);
	clock_check(m->mix);
	ref_put(&m->ref);
}

/* --- what members bring: whoever turns, under RCU -------------------------------------------- */

const struct media_seat *mix_seat_of(const struct media_port *port, const struct media_port **hop)
{
	const struct media_seat *seat = rcu_ptr_load(&port->seat);

	*hop = NULL;
	for (int i = 0; seat && seat->ep->addr.kind == MEDIA_LOCAL; i++) {
		const struct media_seat *other =
			seat->ep->other ? rcu_ptr_load(&seat->ep->other->seat) : NULL;

		if (!other || i == MEDIA_HOPS)
			return NULL;
		*hop = other->port;
		/* Two conferences that are joined: nobody turns the one for the other. */
		port = rcu_ptr_load(&other->port->member) ? NULL :
							    rcu_ptr_load(&other->port->peer);
		seat = port ? rcu_ptr_load(&port->seat) : NULL;
	}
	return seat;
}

static unsigned int fifo_len(const struct mix_member *m)
{
	return m->fifo_in - m->fifo_out;
}

/* All that came goes into the fifo; one block of n octets out of it, or NULL. */
static struct tframe *take_elastic(struct mix_member *m, struct media_ring *ring, unsigned int n)
{
	struct tframe *frame;

	while ((frame = media_ring_get(ring))) {
		for (unsigned int i = 0; i < frame->octets && fifo_len(m) < MIX_FIFO; i++)
			m->fifo[m->fifo_in++ % MIX_FIFO] = frame->data[i];
		m->format = frame->format;
		tframe_put(frame);
	}
	if (!m->primed) {
		m->primed = fifo_len(m) >= ELASTIC_START * n;
	} else if (fifo_len(m) > ELASTIC_HIGH * n) {
		m->fifo_out++;
		atomic_inc_relaxed(&slips);
	} else if (fifo_len(m) < ELASTIC_LOW * n && m->fifo_out) {
		m->fifo_out--; /* the last octet that was heard still stands there */
		atomic_inc_relaxed(&slips);
	}
	m->primed = m->primed && fifo_len(m) >= n;
	frame = m->primed ? tframe_alloc() : NULL;
	if (!frame)
		return NULL;
	frame->octets = (uint16_t)n;
	frame->format = (uint8_t)m->format;
	for (unsigned int i = 0; i < n; i++)
		frame->data[i] = m->fifo[m->fifo_out++ % MIX_FIFO];
	return frame;
}

/*
 * What a member brings to this turn, which has n octets; n is 0 while it is not known, and those
 * are asked whose blocks decide it.
 */
static void take(struct mix_member *m, unsigned int n)
{
	const struct media_port *hop;
	const struct media_seat *seat = mix_seat_of(m->port, &hop);
	/* const is the view's promise to its reader; whoever turns is the ring's consumer. */
	struct media_ring *ring = seat ? (struct media_ring *)&seat->ring : NULL;
	uint64_t generation = seat ? seat->generation : 0;
	bool foreign = seat && atomic_load_relaxed(&seat->ep->addr.clock) !=
			       atomic_load_relaxed(&m->mix->clock);
	bool fresh = generation != m->generation || foreign != m->foreign;
	struct tframe *old;
	uint32_t muted;

	if (m->in || (n ? seat && !foreign : !seat || foreign))
		return;
	m->served = seat != NULL;
	m->foreign = foreign;
	m->generation = generation;
	m->format = seat && seat->ep->addr.format == MEDIA_ULAW ? MEDIA_ULAW : MEDIA_ALAW;
	if (fresh) {
		m->primed = false;
		m->fifo_in = m->fifo_out = 0;
		while ((old = media_ring_get(&m->out)))
			tframe_put(old);
	}
	if (foreign) {
		m->in = take_elastic(m, ring, n);
	} else if (seat) {
		/* What waited before anybody listened is old by the time one does. */
		while (fresh && media_ring_len(ring) > 1)
			tframe_put(media_ring_get(ring));
		m->in = media_ring_get(ring);
	} else if (hop) {
		m->in = media_source_pull(hop, n, MEDIA_ALAW);
	}
	muted = atomic_load_relaxed(&m->port->muted);
	if (seat) /* the same, or behind local pairs */
		muted |= atomic_load_relaxed(&seat->port->muted);
	m->adds = m->in && !(muted & MEDIA_TAP_RX) &&
		  !(atomic_load_relaxed(&m->flags) & (MIX_MUTED | MIX_LISTENS));
}

/* --- a turn ---------------------------------------------------------------------------------- */

/* Who is heard in it: of the members that add the first two, and what is played to all. */
struct heard {
	struct mix_member *talker[2];
	unsigned int talkers;
	unsigned int format;   /* of the sum, for who listens to the whole */
	struct tframe *played; /* NULL: nothing */
};

static void talk_look(struct mix_member *m, unsigned int n)
{
	uint32_t away = atomic_load(&m->away);
	bool changed;

	if (away != m->away_seen) {
		m->away_seen = away;
		m->talk = (struct mix_talk){ 0 };
		atomic_store(&m->talking, 0);
	}
	if (away & 1)
		return;
	changed = mix_talk(&m->talk, m->adds ? mix_level(m->own, n) : 0, n);
	if (changed || m->talk.talking)
		atomic_store_relaxed(&m->talk_ms, (uint32_t)(m->talk.samples / 8));
	if (!changed)
		return;
	atomic_store(&m->talking, m->talk.talking);
	tell(m);
}

/* Everybody's row of samples, and their sum. The members that add come first in talker[]. */
static unsigned int listen(struct media_mix *mix, struct mix_member *const *all, unsigned int count,
			   unsigned int n, struct mix_member *talker[2])
{
	unsigned int talkers = 0;

	memset(mix->sum, 0, n * sizeof(*mix->sum));
	for (unsigned int i = 0; i < count; i++) {
		struct mix_member *m = all[i];
		int32_t gain = atomic_load_relaxed(&m->gain);
		const struct tframe *in = m->adds ? m->in : NULL;

		if (in) {
			unsigned int len = in->octets < n ? in->octets : n;

			mix_linear(m->own, in->data, len, in->format);
			memset(m->own + len, 0, (n - len) * sizeof(*m->own));
		}
		talk_look(m, n);
		if (!in)
			continue;
		if (gain != MIX_GAIN_UNITY)
			mix_gain(m->own, n, gain);
		mix_add(mix->sum, m->own, n);
		if (talkers < 2)
			talker[talkers] = m;
		talkers++;
	}
	return talkers;
}

/* n octets of what is played to all; the last ones of a play are filled up. NULL: nothing is. */
static struct tframe *played_to(struct media_mix *mix, unsigned int n)
{
	struct tframe *frame = media_source_pull(&mix->port, n, MEDIA_ALAW), *whole, *more;

	if (!frame || frame->octets == n)
		return frame;
	whole = tframe_alloc();
	for (more = frame; more && whole; more = media_source_pull(&mix->port, n - whole->octets,
								   whole->format)) {
		if (!whole->octets)
			whole->format = more->format;
		memcpy(whole->data + whole->octets, more->data, more->octets);
		law_convert(more->format, whole->format, whole->data + whole->octets,
			    more->octets);
		whole->octets = (uint16_t)(whole->octets + more->octets);
		tframe_put(more);
		if (whole->octets == n)
			return whole;
	}
	if (!whole) {
		tframe_put(frame);
		return NULL;
	}
	memset(whole->data + whole->octets, law_idle(whole->format), n - whole->octets);
	whole->octets = (uint16_t)n;
	return whole;
}

/*
 * One who hears a single other one gets that one's block, octet by octet as the line brought it: a
 * conference of two is as transparent as a bridge of two.
 */
static struct tframe *row_for(struct media_mix *mix, struct mix_member *m,
			      const struct heard *heard, unsigned int n)
{
	unsigned int others = heard->talkers - m->adds;
	struct mix_member *only = heard->talker[heard->talkers == 2 && heard->talker[0] == m];
	struct tframe *frame;

	if (!others)
		return heard->played ? tframe_get(heard->played) : NULL;
	if (others == 1 && !heard->played && mix_plain(only))
		return tframe_get(only->in);
	frame = tframe_alloc();
	if (!frame)
		return NULL;
	frame->octets = (uint16_t)n;
	frame->format = (uint8_t)m->format;
	mix_less(frame->data, mix->sum, m->adds ? m->own : NULL, n, m->format);
	return frame;
}

/* All that is heard, by whomever, to who listens to the whole. */
static void taps_run(struct media_mix *mix, const struct heard *heard, unsigned int n)
{
	const struct tframe *only = NULL;
	struct tframe *frame;

	if (!rcu_ptr_load(&mix->port.taps))
		return;
	frame = tframe_alloc();
	if (!frame)
		return;
	if (heard->talkers == 1 && !heard->played && mix_plain(heard->talker[0]))
		only = heard->talker[0]->in;
	else if (!heard->talkers)
		only = heard->played;
	frame->octets = (uint16_t)n;
	frame->format = (uint8_t)heard->format;
	frame->frame = mix->frame;
	if (only) {
		unsigned int len = only->octets < n ? only->octets : n;

		frame->format = only->format;
		memcpy(frame->data, only->data, len);
		memset(frame->data + len, law_idle(only->format), n - len);
	} else if (heard->talkers) {
		mix_less(frame->data, mix->sum, NULL, n, frame->format);
	} else {
		memset(frame->data, law_idle(frame->format), n);
	}
	media_taps_run(&mix->port, frame, MEDIA_TAP_RX);
	tframe_put(frame);
}

static void turn(struct media_mix *mix)
{
	struct mix_member *all[MIX_MEMBERS], *m;
	struct heard heard = { .format = MEDIA_ALAW };
	unsigned int count = 0, n = 0;

	for (m = rcu_ptr_load(&mix->members); m && count < MIX_MEMBERS; m = rcu_ptr_load(&m->next)) {
		all[count++] = m;
		m->in = NULL;
		m->adds = false;
		m->served = false;
		take(m, 0);
		if (m->in && m->in->octets > n)
			n = m->in->octets;
		/* The last of the list came first. */
		if (m->served)
			heard.format = m->format;
	}
	for (unsigned int i = 0; n && i < count; i++)
		take(all[i], n);
	heard.talkers = listen(mix, all, count, n, heard.talker);
	heard.played = n ? played_to(mix, n) : NULL;
	if (heard.played) {
		mix_linear(mix->row, heard.played->data, n, heard.played->format);
		mix_add(mix->sum, mix->row, n);
	}
	for (unsigned int i = 0; i < count; i++) {
		struct tframe *frame = NULL;

		m = all[i];
		/* A block in, a row out: who brings none has no period to fill. */
		if (m->served && (m->in || m->foreign) &&
		    !(atomic_load_relaxed(&m->flags) & MIX_DEAF))
			frame = row_for(mix, m, &heard, n);
		if (frame)
			media_ring_give(&m->out, frame);
	}
	if (n)
		taps_run(mix, &heard, n);
	mix->frame += n;
	if (heard.played)
		tframe_put(heard.played);
	for (unsigned int i = 0; i < count; i++)
		if (all[i]->in)
			tframe_put(all[i]->in);
}

void mix_pushed(const struct media_view *view)
{
	struct media_mix *mix = view->member->mix;
	uint32_t mine = atomic_load_relaxed(&view->seat->ep->addr.clock);
	uint32_t clock = atomic_load(&mix->clock);

	if (clock == MIX_NO_CLOCK ||
	    (clock != mine && media_ring_len(&view->seat->ring) >= MIX_PATIENCE))
		atomic_cas(&mix->clock, &clock, mine);
}

struct tframe *mix_pull(const struct media_view *view)
{
	struct mix_member *m = view->member;
	struct tframe *frame = media_ring_get(&m->out);
	uint32_t nobody = 0;

	if (frame || !media_ring_len(&view->seat->ring) ||
	    atomic_load(&m->mix->clock) != atomic_load_relaxed(&view->seat->ep->addr.clock) ||
	    !atomic_cas(&m->mix->turning, &nobody, 1))
		return frame;
	turn(m->mix);
	atomic_store(&m->mix->turning, 0);
	return media_ring_get(&m->out);
}

bool media_mix_clock(const struct media_view *view, uint32_t *clock)
{
	if (!view->member)
		return false;
	*clock = atomic_load_relaxed(&view->member->mix->clock);
	return *clock != MIX_NO_CLOCK;
}

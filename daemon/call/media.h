/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where calls and sample blocks meet.
 *
 *   struct media_ep	the endpoint of a leg: a claimed timeslot, or one half of a local pair.
 *			Moves with the leg.
 *   struct media_port	the channel's side: who it is joined to, its taps and sources. Stays with
 *			the channel.
 *   struct media_seat	immutable {endpoint, port, generation}: which endpoint sits in which port.
 *
 * A move publishes new seats. A media thread loads the view of each of its endpoints once per
 * period, and works with that view for the whole period:
 *
 *	trcu_read_lock();
 *	media_view_load(ep, &view);
 *	media_push(&view, frame);	what the line brought: to taps, and to whom we are joined
 *	frame = media_pull(&view, ...);	what the line is to send; NULL: idle
 *	trcu_read_unlock();
 *
 * Blocks pass through a ring that belongs to the producer's seat. One thread serves an endpoint, so
 * that a ring has one producer; a seat is never used again, so that blocks of an older generation
 * die with it: after the period in which a move was committed, nothing of the old peer is heard.
 *
 * No lock is taken here by media threads; nothing here sleeps.
 */
#ifndef TDMD_CALL_MEDIA_H
#define TDMD_CALL_MEDIA_H

#include "daemon/core/ref.h"
#include "daemon/core/types.h"

struct bridge;
struct channel;
struct leg;
struct media_ep;
struct media_port;
struct media_op;
struct mix_member;

/* --- frames ---------------------------------------------------------------------------------- */

#define TFRAME_OCTETS 320 /* 40 ms: the longest period of a stream */

enum media_format {
	MEDIA_ALAW,  /* G.711 A-law as on the line (even bits inverted) */
	MEDIA_ULAW,
	MEDIA_CLEAR, /* 64 kbit/s unrestricted: never converted */
};

/*
 * A block of samples, passed by reference: whoever is given one may read it and must tframe_put()
 * it or pass the reference on. Written only by its maker, before it is passed on.
 */
struct tframe {
	uint32_t refs;
	uint16_t octets; /* 1..TFRAME_OCTETS */
	uint8_t format;	 /* enum media_format */
	uint8_t flags;	 /* TFRAME_* */
	uint64_t frame;	 /* the line's receive frame number of data[0]; 0 for made-up ones */
	struct tframe *next; /* in the pool */
	uint8_t data[TFRAME_OCTETS];
};

#define TFRAME_GAP 1 /* samples were lost before this block */

/**
 * tframe_alloc() - from the pool; NULL when the pool's limit is reached (counted). Any thread, no
 * sleep.
 */
struct tframe *tframe_alloc(void);
static inline struct tframe *tframe_get(struct tframe *frame)
{
	__atomic_add_fetch(&frame->refs, 1, __ATOMIC_RELAXED);
	return frame;
}
void tframe_put(struct tframe *frame);
/** tframe_alive() - frames outside the pool: 0 when all is idle. */
uint32_t tframe_alive(void);

/* --- endpoints ------------------------------------------------------------------------------- */

enum media_kind {
	MEDIA_SLOT,  /* a timeslot of a span's stream */
	MEDIA_LOCAL, /* half of a local pair: no thread serves it, views look through it */
	MEDIA_SNOOP, /* who snoops on a channel: served by whoever serves that one; snoop.h */
	MEDIA_TEST,
};

/* What an endpoint is, for humans and for the provider's decisions. */
struct media_addr {
	uint32_t stream; /* span id (kernel's instance id) */
	uint16_t slot;
	uint8_t kind;	 /* enum media_kind */
	uint8_t format;	 /* enum media_format */
	/*
	 * Endpoints of one clock go through a period together: all push, then all pull, in one
	 * thread, blocks of the same length. Another clock is another number. Atomic: of who snoops
	 * it is that of whoever serves it.
	 */
	uint32_t clock;
};

/*
 * The provider: who serves endpoints of a kind (the media threads). Every op is optional and only
 * posts: it is called from a task, with the bridge's and its channels' locks held, must not sleep,
 * and cannot be waited for.
 */
struct media_provider {
	const char *name;
	/** can_xconnect() - pure: whether the kernel can join these two (both of this provider). */
	bool (*can_xconnect)(const struct media_ep *a, const struct media_ep *b);
	/**
	 * xconnect(), xdisconnect() - join two endpoints in the kernel, or take them back to user
	 * space. Completed by media_op_done(), from the provider's thread or in place, exactly
	 * once, also when it is refused and when an endpoint goes away meanwhile (-ENODEV). Until
	 * an xdisconnect is completed media_pull() feeds both sides in vain. Operations on the same
	 * pair are asked one at a time.
	 */
	void (*xconnect)(struct media_ep *a, struct media_ep *b, struct media_op *op);
	void (*xdisconnect)(struct media_ep *a, struct media_ep *b, struct media_op *op);
};

/* One xconnect or xdisconnect. Belongs to the provider from the call until media_op_done(). */
struct media_op {
	void (*done)(struct media_op *op); /* the core's: only posts */
	int err;
	/*
	 * Announced by the provider; frames; positive: so much is heard late (added), negative:
	 * dropped.
	 */
	int64_t delta_ab, delta_ba;
	int64_t delay_ab, delay_ba; /* one-way delay of the path now in use, frames; -1 unknown */
	struct media_op *next;	    /* for the provider's queue */
	void *priv;		    /* the provider's */
	struct media_ep *a, *b;
	bool connect;
};

static inline void media_op_done(struct media_op *op, int err)
{
	op->err = err;
	op->done(op);
}

/*
 * Embedded in a leg by its technology. addr and provider are set before the leg is given to a
 * channel, or together with LEG_MEDIA_READY; not changed while ready.
 */
struct media_ep {
	struct media_seat *seat; /* RCU; written by the core only */
	const struct media_provider *provider;
	struct media_addr addr;
	/* MEDIA_LOCAL: the pair's other half, which lives as long as this one */
	struct media_ep *other;
	bool ready; /* atomic: LEG_MEDIA_READY was handled, LEG_MEDIA_LOST was not */
	void *priv; /* the provider's */
};

/*
 * --- seats, ports, views
 * --------------------------------------------------------------------------
 */

#define MEDIA_RING 16 /* blocks; power of two */

/* Octets between two clocks, those of a line and those of a conference. */
#define ELASTIC_LOW	1	/* periods of octets below which one is repeated, ... */
#define ELASTIC_START	3	/* ... from which on we begin, ... */
#define ELASTIC_HIGH	6	/* ... and above which one is dropped */

/* One producer (the endpoint's thread), any consumers. */
struct media_ring {
	uint32_t in;
	uint32_t out;
	struct tframe *slot[MEDIA_RING];
};

struct media_seat {
	struct media_ep *ep;
	struct media_port *port;
	uint64_t generation; /* ascending over the whole process */
	struct media_ring ring;	 /* what the endpoint pushed and nobody pulled yet */
	struct leg *leg;	 /* these two are pinned by the seat, */
	struct channel *chan;	 /* so that a view's pointers last for its period */
	struct rcu_head rcu;
};

#define MEDIA_TAP_RX 1 /* what comes from the line */
#define MEDIA_TAP_TX 2 /* what is sent to it; keeps a bridge in user space */

/*
 * A tap sees blocks (recorder, DTMF detector); a source makes them (player, tone). Attached to a
 * channel's port: they survive a move. Their functions run in the media thread under RCU: must not
 * sleep, lock or wait, at most copy and post. A source is preferred to the bridge's peer; the last
 * attached wins, but for one that waits behind the others.
 */
struct media_tap {
	struct media_tap *next;
	void (*block)(struct media_tap *tap, struct tframe *frame, unsigned int dir);
	/* after the last block() and a grace period; may free it; any thread */
	void (*gone)(struct media_tap *tap);
	unsigned int dir; /* MEDIA_TAP_* */
	struct rcu_head rcu;
};

struct media_source {
	struct media_source *next;
	/*
	 * A block of up to octets in format, whose reference the caller gets; NULL: nothing now
	 * (the peer is heard).
	 */
	struct tframe *(*pull)(struct media_source *src, unsigned int octets, unsigned int format);
	void (*gone)(struct media_source *src);
	bool behind; /* set before it is attached: only while the others have nothing */
	struct rcu_head rcu;
};

/*
 * Who speaks into a channel beside whoever is heard anyway: what it says is added to what the line
 * brought (MEDIA_TAP_RX) or to what is sent (MEDIA_TAP_TX), behind the taps, which see both without
 * it. Rules as for taps and sources.
 */
struct media_whisper {
	struct media_whisper *next;
	/*
	 * Once or more in a period for what comes, then for what is sent, also of a dir in which it
	 * never says anything: a block of up to octets, in format if it can, whose reference the
	 * caller gets. NULL: nothing.
	 */
	struct tframe *(*say)(struct media_whisper *whisper, unsigned int octets,
			      unsigned int format, unsigned int dir);
	/* as a tap's */
	void (*gone)(struct media_whisper *whisper);
	unsigned int dir; /* MEDIA_TAP_* in which it says something; 0: it only counts periods */
	struct rcu_head rcu;
};

struct media_port {
	struct media_seat *seat;   /* RCU */
	struct media_port *peer;   /* RCU: whose received blocks we send; set by the bridge */
	/* RCU: in which conference we are, which then counts; set by the bridge */
	struct mix_member *member;
	struct media_tap *taps;	   /* RCU list; changed in tasks of the channel */
	struct media_source *sources;
	struct media_whisper *whispers;
	/* atomic; MEDIA_TAP_RX: what we receive is not passed on; TX: we send idle */
	uint32_t muted;
	/* atomic: sources, TX taps, whispers, mutes, moves: not 0 keeps the bridge in user space */
	uint32_t tx_users;
};

#define MEDIA_HOPS 4 /* local pairs in a row that a view looks through */

struct media_view {
	const struct media_seat *seat; /* NULL: in no channel: send idle, drop what arrives */
	const struct media_seat *peer; /* NULL: joined to nobody in user space */
	/* in a conference as this; peer is then NULL, or the other one of a bridge of two */
	struct mix_member *member;
	/* Channels behind local pairs on the way to the peer: their taps and sources count too. */
	const struct media_port *hop[MEDIA_HOPS];
	unsigned int hops;
};

/** media_view_load() - what to do for an endpoint in this period; under trcu_read_lock(). */
void media_view_load(const struct media_ep *ep, struct media_view *view);
/**
 * media_push() - a block from the line; takes the caller's reference. Full ring: the newest is
 * dropped and counted.
 */
void media_push(const struct media_view *view, struct tframe *frame);
/**
 * media_pull() - a block for the line: from a source, else from the peer; the caller gets the
 * reference.
 * @octets, @format: what a source is asked for. A peer's block comes as the peer's line sent it:
 * other format or length
 *	are the caller's to convert.
 * NULL: nothing to send, idle.
 */
struct tframe *media_pull(const struct media_view *view, unsigned int octets, unsigned int format);
/**
 * media_wanted() - whether anybody but the peer takes what is pushed: a tap, a conference. If not, and
 * the kernel joins the two, no block need be made.
 */
bool media_wanted(const struct media_view *view);
/** media_queued() - blocks waiting from the peer: what a jitter buffer looks at. */
unsigned int media_queued(const struct media_view *view);
/** media_taps_run() - a port's taps of that direction see a block; it stays the caller's. RCU. */
void media_taps_run(const struct media_port *port, struct tframe *frame, unsigned int dir);
/** media_source_pull() - what a port's sources have; NULL: nothing. Under RCU. */
struct tframe *media_source_pull(const struct media_port *port, unsigned int octets,
				 unsigned int format);
/**
 * media_mix_clock() - in a conference: whose clock turns it (media_addr's); false: in none, or
 * nobody's so far.
 */
bool media_mix_clock(const struct media_view *view, uint32_t *clock);
/** media_slips() - octets that conferences repeated or dropped between two clocks, in all. */
uint64_t media_slips(void);
/** media_drops() - blocks that found a full ring, in all. */
uint64_t media_drops(void);

/*
 * Attaching, from a task of the channel (its serializer held). A source, or a tap of TX, takes the
 * bridge back to user space; a tap of RX does not. Detaching: gone() follows after a grace period.
 */
void channel_tap_attach(struct channel *ch, struct media_tap *tap);
void channel_tap_detach(struct channel *ch, struct media_tap *tap);
void channel_source_attach(struct channel *ch, struct media_source *src);
void channel_source_detach(struct channel *ch, struct media_source *src);
/* One that never says anything leaves the bridge to the kernel. */
void channel_whisper_attach(struct channel *ch, struct media_whisper *whisper);
void channel_whisper_detach(struct channel *ch, struct media_whisper *whisper);
/*
 * The same of a bridge as a whole, from a task of the bridge, after bridge_mix(). A tap gets, as
 * RX, the sum of all that is heard in it, frame counting the octets; a source is heard by all who
 * hear anything, in the same block. Both keep the bridge in user space. Blocks come as long as
 * somebody is in it whose line is served.
 */
void bridge_tap_attach(struct bridge *br, struct media_tap *tap);
void bridge_tap_detach(struct bridge *br, struct media_tap *tap);
void bridge_source_attach(struct bridge *br, struct media_source *src);
void bridge_source_detach(struct bridge *br, struct media_source *src);
/*
 * Without what they mean for a path; in tasks of the port's owner. True: it was there.
 */
void media_tap_link(struct media_port *port, struct media_tap *tap);
bool media_tap_unlink(struct media_port *port, struct media_tap *tap);
void media_source_link(struct media_port *port, struct media_source *src);
bool media_source_unlink(struct media_port *port, struct media_source *src);

/**
 * channel_mute() - what comes from the line (MEDIA_TAP_RX) is passed on to nobody, what is sent to
 * it (MEDIA_TAP_TX) is idle; or no longer. Taps hear what comes all the same. It stays through
 * moves and bridges, and keeps these in user space.
 *
 * Task of the channel. -ENODEV, -EBUSY: it has ended, or is about to.
 */
int channel_mute(struct channel *ch, unsigned int dirs, bool on);
/**
 * channel_silence() - silence is sent in the place of what it would hear; what is played begins in
 * its place. Task of the channel. 0: it is so, or was; errors as above, and -ENOMEM.
 */
int channel_silence(struct channel *ch, bool on);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A conference: who hears the sum of whom; for daemon/call only.
 *
 *	seat's ring --+                            +--> ring of member 1 --> media_pull()
 *	seat's ring --+--> turn: sum, less one's --+--> ring of member 2
 *	seat's ring --+    own, for each of them   +--> ...
 *
 * One turn takes a block of each member and gives a row to each. It is done by the media thread
 * whose endpoint comes first in a period: it wants a row, has none, and has a block of its own in
 * its ring. Those that come after it in the period find theirs. So between endpoints of one clock
 * a conference delays not at all, as a bridge of two does not, and a row can be neither lost nor
 * repeated when members come and go: the ring in which a block waits is its seat's, whoever takes
 * it from there, and the same turn decides what each of them hears of it.
 *
 * Endpoints of another clock only take rows, and bring octets into an elastic buffer, in which a
 * slip is one octet. Whose clock it is stands in the conference: that of the first who came, until
 * no endpoint of it is left, or none has turned for MIX_PATIENCE blocks of somebody else.
 *
 * What is played to a conference is one more that is heard, by all, out of the same block; a tap of
 * it gets the sum of all that is heard.
 *
 * Nobody waits: what is read by media threads is found under RCU, and a turn is claimed by one
 * compare-and-swap. Who finds it claimed (two threads: at a change of clock only) goes without.
 */
#ifndef TDMD_CALL_MIXER_H
#define TDMD_CALL_MIXER_H

#include "daemon/call/channel_priv.h"
#include "daemon/call/media_ring.h"
#include "daemon/media/mix.h"

#define MIX_MEMBERS	64
#define MIX_FIFO	2048	/* octets; power of two */
#define MIX_PATIENCE	8	/* blocks */
#define MIX_NO_CLOCK	UINT32_MAX

#define MIX_MUTED	1	/* is not heard, as somebody asked */
#define MIX_LISTENS	2	/* is not heard, by its role */
#define MIX_DEAF	4	/* hears nothing, by its role */

struct media_mix {
	struct ref ref;			/* the bridge's, and one of each member's */
	struct mix_member *members;	/* RCU list; changed in tasks of the bridge */
	struct media_port port;		/* what is played to all, taps of all; likewise. No seat */
	uint32_t clock;			/* atomic; media_addr's, MIX_NO_CLOCK */
	uint32_t turning;		/* atomic: somebody does */
	/* The turn's. */
	uint64_t frame;			/* of the sum's next octet; counts octets that were mixed */
	int16_t row[TFRAME_OCTETS];
	int32_t sum[TFRAME_OCTETS];
};

/*
 * A channel in a conference, from before it enters. The bridge has a reference while it is in, and
 * so has work under way; its memory lasts a grace period longer.
 */
struct mix_member {
	struct mix_member *next;	/* RCU */
	struct ref ref;
	struct rcu_head rcu;
	struct media_mix *mix;		/* a reference */
	struct channel *chan;		/* a reference */
	struct media_port *port;	/* its */
	uint32_t flags;			/* atomic; MIX_*; written in tasks of the bridge */
	int32_t gain;			/* atomic; mix_gain()'s */
	struct media_ring out;		/* turns fill it, the endpoint's thread empties it */

	/* The turn's. */
	uint64_t generation;		/* of the seat whose blocks come; 0: of none */
	unsigned int format;		/* of the row to be made */
	bool served;			/* an endpoint takes its rows */
	bool foreign;			/* it goes by another clock */
	bool adds;			/* in this turn, to the sum */
	struct tframe *in;		/* what it brought to this turn; NULL: nothing */
	struct mix_talk talk;
	uint32_t away_seen;		/* away, as talk is of */
	bool primed;			/* enough is in the fifo to begin */
	unsigned int fifo_in, fifo_out;	/* free-running */
	uint8_t fifo[MIX_FIFO];		/* octets of that format */
	int16_t own[TFRAME_OCTETS];

	/* What is told of who talks. */
	uint32_t talking, talk_ms;	/* atomics, written by the turn */
	uint32_t away;			/* atomic; odd: the kernel's. Written in tasks of the bridge */
	uint32_t telling;		/* atomic: work is posted */
	bool told;			/* talking, as it was told; the channel's tasks */
	bool left;			/* likewise: it is in no more */
	struct channel_work tell;
};

struct media_mix *mix_new(void);	/* NULL: no memory */
void mix_put(struct media_mix *mix);

/** mix_member_new() - not in yet. NULL: no memory. Any thread. */
struct mix_member *mix_member_new(struct media_mix *mix, struct channel *ch);
/** mix_enter() - takes the reference. Task of bridge and channel, as the next two. */
void mix_enter(struct mix_member *m);
void mix_leave(struct mix_member *m);
/**
 * mix_take_over() - mix_enter() of all that were joined to each other without a conference, and
 * whose ports lead to each other on. The bridge's task is enough: none of them enters or leaves.
 */
void mix_take_over(struct mix_member *const *all, int n);
/**
 * mix_finish() - no more is told of whether it talks, and who talked has finished. Task of the
 * channel.
 */
void mix_finish(struct mix_member *m);
/**
 * mix_away() - the kernel joins it to the other one, or does so no more: meanwhile no turn hears
 * whether it talks, and who talked has finished. Task of the bridge.
 */
void mix_away(struct mix_member *m, bool away);
/** mix_plain() - nothing is done to what it says: octets may pass as they are. Any thread. */
static inline bool mix_plain(const struct mix_member *m)
{
	return !atomic_load_relaxed(&m->flags) &&
	       atomic_load_relaxed(&m->gain) == MIX_GAIN_UNITY;
}

/**
 * mix_seat_of() - the seat whose blocks a port brings: that in it, or that of the endpoint to which
 * it leads through local pairs; under RCU. NULL: nobody serves it, and *hop, if not NULL, is the
 * last channel behind it, which may have something to play.
 */
const struct media_seat *mix_seat_of(const struct media_port *port, const struct media_port **hop);
/** mix_pushed() - a block of this view's waits in its ring; under RCU. */
void mix_pushed(const struct media_view *view);
/** mix_pull() - the next row for a view in a conference, turning it if need be. As media_pull(). */
struct tframe *mix_pull(const struct media_view *view);

#endif

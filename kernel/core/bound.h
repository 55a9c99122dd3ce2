/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bound descriptors, private to bound*.c: a ring each way (ring.h), and what is made of their octets.
 */
#ifndef TDM_BOUND_H
#define TDM_BOUND_H

#include "client.h"
#include "pure/hdlc.h"
#include "ring.h"

/* Bounds of tdm_bind.rx_frames and tx_frames; in the uapi header's words. */
#define TDM_PCM_FRAMES_MAX	(60 * TDM_FRAMES_PER_SEC)
#define TDM_PCM_OCTETS_MAX	(8U << 20)
#define TDM_HDLC_OCTETS_MAX	(16U << 20)
#define TDM_HDLC_DEFAULT	(64U << 10)
#define TDM_HDLC_MTU_DEFAULT	1024U
#define TDM_HDLC_HEAD		4U	/* octets that a queued frame costs besides its own */

struct tdm_bound_hdlc;

struct tdm_bound {
	u8 mode;		/* enum tdm_mode */
	u8 bearer;
	bool tx_owner;		/* TDM_BIND_TX */
	u8 nslots;
	u8 slot[TDM_SLOTS_MAX];	/* ascending */
	u64 or;			/* tdm_bearer_or() */
	u32 rx_wake;		/* PCM: frames */
	u32 mtu;		/* HDLC */

	struct mutex rx_lock;	/* the consumer's side of rx; class client.rx */
	struct mutex tx_lock;	/* the producer's side of tx; class client.tx */
	struct tdm_ring rx, tx;
	const unsigned long *tx_left; /* positions below this have left; the tick's */
	u64 rx_lost;		/* PCM: skipped by the reader; rx_lock + tick lock */

	/* The tick's: written under the card tick lock, read under it by TDM_STATS. */
	struct tdm_stats stats;
	struct tdm_bound_hdlc *hdlc;	/* NULL: PCM */
};

/* The rings of a new bound descriptor; sizes are checked already. -ENOMEM. */
int tdm_ring_init(struct tdm_ring *ring, unsigned long positions, unsigned long limit,
		  unsigned int octets);
/* What the roles of both modes have in common. */
__poll_t tdm_bound_poll(struct tdm_client *client);
void tdm_bound_free(struct tdm_client *client);
/* Octets [from, from + n) of an HDLC ring; @n at most its size. */
void tdm_ring_get(const struct tdm_ring *ring, unsigned long from, void *to, unsigned long n);
void tdm_ring_put(struct tdm_ring *ring, unsigned long at, const void *from, unsigned long n);

/* One mode of a bound descriptor: what bound.c calls by mode. */
struct tdm_bound_ops {
	const struct tdm_role *role;
	/* Checks mode's part of the request and makes the rings. A sentence on refusal. */
	int (*setup)(struct tdm_bound *bound, const struct tdm_bind *arg, char *reason);
	void (*free)(struct tdm_bound *bound);
	bool (*readable)(const struct tdm_bound *bound);
	/* tx_lock and card tick lock held: drop what waits. */
	void (*flush_tx)(struct tdm_bound *bound);
	/* rx_lock held. */
	void (*flush_rx)(struct tdm_bound *bound);
	/* Card tick lock held: fields of stats that are not simply counted. */
	void (*stats)(const struct tdm_bound *bound, struct tdm_stats *to);
	const struct tdm_path_ops *path;
};

extern const struct tdm_bound_ops tdm_bound_pcm, tdm_bound_hdlc;

static inline const struct tdm_bound_ops *tdm_bound_ops(const struct tdm_bound *bound)
{
	return bound->mode == TDM_MODE_HDLC ? &tdm_bound_hdlc : &tdm_bound_pcm;
}

#endif /* TDM_BOUND_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The B-channels of a trunk group, addressed by (interface, slot).
 *
 *	IDLE --take--> BUSY --free--> IDLE
 *	IDLE --reset--> RESETTING --acknowledged--> IDLE	meanwhile calls are refused: 44
 *
 * Besides its state a slot may be blocked, for any number of reasons at a time; a blocked slot is
 * not given to new calls, and the call on it goes on until whoever blocked it clears it.
 *
 * Locking: the table's own lock (class queue.group, a leaf) protects all of it. request() takes
 * slots in any thread, the group's thread everything else. No call of this table does more than
 * compute.
 */
#ifndef OPENTDM_GROUP_BCHAN_H
#define OPENTDM_GROUP_BCHAN_H

#include "daemon/conf/conf.h"
#include "daemon/core/lock.h"

#define BCHAN_SLOTS	32

enum bchan_state {
	BCHAN_NONE,		/* framing, a D-channel, or beyond the line's end */
	BCHAN_IDLE,
	BCHAN_BUSY,
	BCHAN_RESETTING,
};

#define BCHAN_ALARM	1	/* the span is in alarm, down, or gone */
#define BCHAN_NEAR	2	/* our administrator took it out of service */
#define BCHAN_FAR	4	/* the far end did (SERVICE, or an unanswered RESTART) */

/* A place in the table. iface counts from 0 in the order of the configuration; -1: none. */
struct bchan_ref {
	int16_t iface;
	int16_t slot;
};

#define BCHAN_REF_NONE	((struct bchan_ref){ -1, -1 })

struct bchan {
	uint8_t state;		/* enum bchan_state */
	uint8_t blocked;	/* BCHAN_ALARM, ... */
	uint64_t freed;		/* order of becoming idle, for least recent */
	void *owner;		/* of a busy one */
};

struct bchan_table {
	tlock_t lock;
	int nifaces;
	int select;		/* enum conf_select */
	uint64_t frees;
	struct bchan_ref last;	/* the one taken last, for round robin */
	struct bchan slot[CONF_SPANS_MAX][BCHAN_SLOTS];
};

struct bchan_counts {
	/* blocked: idle but not to be used */
	unsigned int total, idle, busy, resetting, blocked;
	unsigned int alarm;					/* blocked by alarm */
};

/** bchan_init() - all slots of the configured spans but the D-channels are idle */
void bchan_init(struct bchan_table *t, const struct conf_group *conf);
void bchan_exit(struct bchan_table *t);

static inline int bchan_ref_valid(struct bchan_ref r)
{
	return r.iface >= 0;
}

static inline int bchan_ref_same(struct bchan_ref a, struct bchan_ref b)
{
	return a.iface == b.iface && a.slot == b.slot;
}

/**
 * bchan_take_any() - the next free slot in the group's order
 * @avoid: a slot not to take (glare), or BCHAN_REF_NONE
 *
 * Return: 0; -EBUSY: all are taken; -ENETDOWN: those that are not taken are all blocked.
 */
int bchan_take_any(struct bchan_table *t, struct bchan_ref avoid, void *owner,
		   struct bchan_ref *out);

/**
 * bchan_take() - this slot
 *
 * Return: 0; -EINVAL: there is none such; -EBUSY: it is taken or being reset; -ENETDOWN: it is
 * blocked.
 */
int bchan_take(struct bchan_table *t, struct bchan_ref ref, void *owner);

/** bchan_free() - BUSY by @owner to IDLE; anything else is left alone */
void bchan_free(struct bchan_table *t, struct bchan_ref ref, void *owner);

/** bchan_owner() - of a busy slot; NULL otherwise */
void *bchan_owner(struct bchan_table *t, struct bchan_ref ref);

/**
 * bchan_reset_begin() - IDLE to RESETTING; -EBUSY; -EINVAL; -ENETDOWN: it is out of service at
 * either side, and stays so
 */
int bchan_reset_begin(struct bchan_table *t, struct bchan_ref ref);
/** bchan_reset_end() - RESETTING to IDLE */
void bchan_reset_end(struct bchan_table *t, struct bchan_ref ref);

/**
 * bchan_block() - set or clear a reason; slot -1: the whole interface. The mask of the slots that had
 * none before, or have none any more.
 */
uint32_t bchan_block(struct bchan_table *t, struct bchan_ref ref, int reason, int on);

enum bchan_state bchan_read(struct bchan_table *t, struct bchan_ref ref, int *blocked);
void bchan_count(struct bchan_table *t, struct bchan_counts *out);

#endif

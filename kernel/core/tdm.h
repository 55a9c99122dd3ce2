/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opentdm - what a card driver sees of the core.
 *
 * A driver allocates a card, fills in its ports, registers it, and from its interrupt (or the thread
 * of it) calls tdm_card_tick() for every n blocks of 8 frames that the card has moved. What the
 * framers notice it reports with tdm_span_defects(), tdm_span_cas() and tdm_span_slip(), from any
 * context. Everything else the core asks for through the ops below.
 *
 * Life of a card:
 *
 *	tdm_card_alloc -> fill -> tdm_card_register -> ticks, reports ... -> tdm_card_unregister
 *	-> tdm_card_put
 *
 * tdm_card_unregister() may be called at any moment, with descriptors open, mappings alive and a netlink
 * dump running. When it returns no op of the card runs or will run, and ticks and reports are
 * ignored; the driver may then free its own resources, its interrupt first of all. What open
 * descriptors still need lives in struct tdm_card, which the last of them frees.
 *
 * Locks, outermost first (the whole table: docs/locking.md):
 *
 *	registry rwsem			the list of cards; names and ids
 *	  span mutex			configuration and state of a span; its work
 *	    span state spinlock		the FIFO of reports, current defects     (irqsave)
 *	      card tick spinlock	the paths that a tick walks              (irqsave)
 *		card register lock	the driver's own, innermost
 */
#ifndef TDM_H
#define TDM_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <opentdm.h>
#include <opentdm_netlink.h>

struct tdm_card;
struct tdm_span;

#define TDM_NAME_LEN		16	/* "te0", "virt12" */
#define TDM_PORTS_MAX		16	/* ports of one card */
#define TDM_BLOCK_OCTETS	(TDM_SLOTS_MAX * TDM_BLOCK_FRAMES)

/*
 * A block of a span: 8 frames, planar. Row s holds the eight octets of slot s, oldest first, at
 * block + 8 * s, 8-byte aligned. Rows of slots that the span has not are never touched.
 */
static inline u64 *tdm_row(void *block, unsigned int slot)
{
	return (u64 *)((u8 *)block + slot * TDM_BLOCK_FRAMES);
}

static inline const u64 *tdm_row_const(const void *block, unsigned int slot)
{
	return (const u64 *)((const u8 *)block + slot * TDM_BLOCK_FRAMES);
}

/* All that an administrator sets on a span. Written under the span mutex, while the span is down, except where noted. */
struct tdm_span_config {
	u8 type;		/* enum tdm_span_type: E1, T1, J1 */
	u8 framing;		/* enum tdm_framing */
	u8 line_code;		/* enum tdm_line_code */
	u8 signalling;		/* enum tdm_signalling: none, CCS, CAS */
	u8 loopback;		/* enum tdm_loopback; may change while up */
	u8 lbo;			/* T1 line build-out step 0-7, E1: 0 = 120 ohm, 1 = 75 ohm */
	u32 fail_declare_ms;	/* a defect this long is a failure (T1.231: 2500); may change while up */
	u32 fail_clear_ms;	/* and cleared after (T1.231: 10000); may change while up */
};

/* Events on the line since the last call; the core adds them up (RFC 4805). */
struct tdm_line_errors {
	u32 lcv;		/* line code violations */
	u32 crc;		/* CRC-4 or CRC-6 errors, or framing bit errors where there is no CRC */
	u32 ebit;		/* E1: E-bits, T1 ESF: far-end CRC errors from PRM; what the far end saw */
	u32 frame;		/* frame alignment errors */
	u32 slips;		/* controlled slips of one frame */
	u32 sef;		/* severely errored framing defects */
};

/*
 * Every op is called with the span mutex held and may sleep unless the comment says otherwise.
 * "Optional" ops may be NULL: the core then answers -EOPNOTSUPP, or does without.
 */
struct tdm_span_ops {
	/* Check and take over a configuration; the span is down. Refusals say why in extack (never NULL). */
	int (*configure)(struct tdm_span *span, const struct tdm_span_config *config,
			 struct netlink_ext_ack *extack);
	/* Line on, framer on, interrupts of this port on. The card's clock runs with its first span. */
	int (*start)(struct tdm_span *span, struct netlink_ext_ack *extack);
	/* Quiet again. Cannot fail; also called for a card that is physically gone. */
	void (*stop)(struct tdm_span *span);
	/* Optional. The card has reloaded: give the line, which is up, what is new, disturbing it no further. */
	void (*renew)(struct tdm_span *span);
	/* Optional. The card has forgotten all: the line, which is up, as it was. tdm_card_restore() only. */
	void (*restore)(struct tdm_span *span);
	/* Optional. Loopback while up. */
	int (*set_loopback)(struct tdm_span *span, u8 loopback, struct netlink_ext_ack *extack);
	/* Send RAI, or stop sending it: G.732 4.2, T1.231. Span work. */
	void (*set_rai)(struct tdm_span *span, bool on);
	/* Optional (a span without CAS). Transmit ABCD of a slot. Span work or ioctl. */
	void (*set_cas)(struct tdm_span *span, unsigned int slot, u8 abcd);
	/* Optional. Add what was counted since the last call. Span work, about once a second. */
	void (*get_errors)(struct tdm_span *span, struct tdm_line_errors *errors);
	/*
	 * Optional (a driver that reports CAS in the interrupt that ticks). Return when all that the framer saw up to
	 * now is reported: before bits count as ones that have lasted. Span work.
	 */
	void (*settle)(struct tdm_span *span);

	/*
	 * The i-th block of the current tick, 0 <= i < tick->blocks. Tick context: must not sleep;
	 * card tick lock held. Only for spans that are up, and not in ticks in which nobody listens to the
	 * span (rx_block), or nothing is to be sent that its memory does not repeat by itself (tx_block).
	 * In each tick for all blocks or for none. Valid until tdm_card_tick() returns.
	 */
	const void *(*rx_block)(struct tdm_span *span, unsigned int i);
	void *(*tx_block)(struct tdm_span *span, unsigned int i);
};

/*
 * There is no op for the last reference: it may be put long after the driver's module is gone. What
 * lives in priv is freed by the core; everything else the driver frees after tdm_card_unregister().
 */
struct tdm_card_ops {
	struct module *owner;
	/*
	 * Optional. Clock the card from the receive clock of port (1..n), 0 = its own oscillator. May
	 * sleep; called from the clock work with no span mutex held.
	 */
	int (*set_clock)(struct tdm_card *card, unsigned int port);
	/*
	 * Optional. Read the card's firmware files again; starts, and the spans' renew that follows, use
	 * them. Files that are refused change nothing: a negative errno and a sentence in extack (never
	 * NULL), which the core also sends as a notice. May sleep; card reload mutex held, so it waits for
	 * files, and for nobody in user space.
	 */
	int (*reload)(struct tdm_card *card, struct netlink_ext_ack *extack);
};

#define TDM_TICK_BLOCKS_MAX	32	/* of more blocks at once the oldest are a gap: bounds a tick's time */

/*
 * What a tick brings. Frame numbers are the card's own; the core checks that they never go back.
 * Number transmit frames by the line: transmit frame n leaves while receive frame n arrives. So
 * tx_frame is ahead of rx_frame by the depth of the card's buffers. A card that cannot know its depth to
 * the frame says what remains with tdm_card_set_lead().
 */
struct tdm_tick {
	unsigned int blocks;	/* blocks of 8 frames moved, 1.. */
	u64 rx_frame;		/* receive frame number of the first octets of block 0 */
	u64 tx_frame;		/* transmit frame number of the first octets of block 0 */
};

/*
 * tdm_card_alloc - a card with @ports ports and @priv_size octets for the driver, not yet visible.
 * @parent: the bus device, or NULL; @prefix: "te" gives te0, te1 ...
 * @key: what names the card across reboots (PCI path or serial number): the same key gets the same
 * name again as long as the core module stays loaded, and the lowest free number otherwise.
 * @tx_blocks: blocks of transmit memory that the card repeats when nobody writes to it; the core
 * writes idle that many times when a slot is released.
 * Process context, may sleep. ERR_PTR(-ENOMEM, -EINVAL).
 */
struct tdm_card *tdm_card_alloc(struct device *parent, const struct tdm_card_ops *ops,
				const char *prefix, const char *key, unsigned int ports,
				unsigned int tx_blocks, size_t priv_size);
void *tdm_card_priv(const struct tdm_card *card);
const char *tdm_card_name(const struct tdm_card *card);
u32 tdm_card_id(const struct tdm_card *card);

/* Before registration: what the port is and can. @types: BIT(TDM_TYPE_E1) | ...; @serial may be NULL. */
int tdm_card_init_port(struct tdm_card *card, unsigned int port, const struct tdm_span_ops *ops,
		       const struct tdm_span_config *initial, u32 types, void *priv);
void tdm_card_set_identity(struct tdm_card *card, const char *model, const char *serial);
/* Before registration: wish for exactly this name (a letter, then letters and digits); -EINVAL. */
int tdm_card_set_name(struct tdm_card *card, const char *name);
/*
 * Before registration. @turnaround: tx_frame - rx_frame of a tick, in frames (default 8); what a
 * cross-connect within the card delays. @tx_lead: see tdm_stream.tx_lead (default 0).
 */
void tdm_card_set_lead(struct tdm_card *card, unsigned int turnaround, int tx_lead);

/* Publish. On error (-ENOMEM, -EEXIST name) nothing of the card is visible and the caller still owns its reference. May sleep. */
int tdm_card_register(struct tdm_card *card);
/* Withdraw; see above. May sleep; must not be called with any lock of opentdm held, nor from an op. */
void tdm_card_unregister(struct tdm_card *card);
/*
 * The card has slept and forgotten what it was told: restore of each span that is up, then set_clock, are called once more,
 * under their locks, so nobody else tells it something meanwhile. Before interrupts and ticks go on. Nothing held; may sleep.
 */
void tdm_card_restore(struct tdm_card *card);
void tdm_card_put(struct tdm_card *card);

struct tdm_span *tdm_card_span(const struct tdm_card *card, unsigned int port);
void *tdm_span_priv(const struct tdm_span *span);
unsigned int tdm_span_port(const struct tdm_span *span);
struct tdm_card *tdm_span_card(const struct tdm_span *span);
const struct tdm_span_config *tdm_span_config(const struct tdm_span *span); /* span mutex held, or inside an op */

/*
 * tdm_card_tick - the card has moved tick->blocks blocks. For each block: what every running span
 * received goes to its paths, cross-connects are made, then every running span's transmit block is
 * filled. A jump of either frame number beyond the blocks is a gap: counted, and told to the paths.
 * Hard interrupt, softirq or thread context; takes the card tick lock (irqsave); wakes waiters after
 * dropping it. One caller at a time per card.
 */
void tdm_card_tick(struct tdm_card *card, const struct tdm_tick *tick);

/*
 * Reports, from any context but the ops rx_block and tx_block (under the tick lock); they only append to
 * the span's FIFO and queue its work. @frame is the card's receive frame number at which the framer
 * saw it (tdm_card_rx_frame() if it does not know). Ignored while the span is down. A slip is told either
 * here or in get_errors(), not twice.
 */
void tdm_span_defects(struct tdm_span *span, u64 frame, u32 defects);	/* all TDM_ALARM_* now present */
void tdm_span_cas(struct tdm_span *span, u64 frame, unsigned int slot, u8 abcd);
void tdm_span_slip(struct tdm_span *span, u64 frame, int frames);	/* +1 repeated, -1 deleted */
/* Something that the administrator should know: one sentence, copied. Process context. */
void tdm_span_notice(struct tdm_span *span, const char *sentence);
/* The same, of a card as a whole (a firmware image refused). Registered; nothing held; may sleep. */
void tdm_card_notice(struct tdm_card *card, const char *sentence);
u64 tdm_card_rx_frame(const struct tdm_card *card);
/*
 * @n seconds have passed in which the card did not tick and the line stayed as it is: the counters take
 * them into account (RFC 4805's intervals too). The first of them is the second that was running, with
 * all that was noticed in it. Process context; takes the span mutex and calls get_errors.
 */
void tdm_span_seconds(struct tdm_span *span, unsigned int n);

/* Initialises a driver's own innermost lock with the class that the lock table has for it. */
void tdm_reg_lock_init(spinlock_t *lock);
/* Initialises a driver's outer mutex with a class of the table (lock_classes.h). */
void tdm_mutex_init(struct mutex *lock, unsigned int class);

/*
 * tdm_extack - put a sentence made at run time into extack (may be NULL), where NL_SET_ERR_MSG() takes
 * constant ones only. Cut to TDM_REASON_LEN. Any context.
 */
__printf(2, 3) void tdm_extack(struct netlink_ext_ack *extack, const char *format, ...);

/* The idle code of a span's law: A-law 0xd5, mu-law 0xff (G.711; 0xff on T1 keeps the ones density). */
u8 tdm_span_idle(const struct tdm_span *span);

#endif /* TDM_H */

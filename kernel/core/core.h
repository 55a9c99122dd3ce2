/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opentdm core - the objects, private to tdm.ko.
 *
 *	main.c		module init and exit
 *	locks.c		the lock table, told to lockdep
 *	card.c		cards: ids, names, registry, registration and removal
 *	span.c		spans: configuration, up and down, state as netlink and sysfs see it
 *	tick.c		the fast path: receive, connect, transmit of one tick
 *	path.c		attaching and detaching paths, who owns which transmit side
 *	report.c	what drivers report: the FIFO of each span
 *	work.c		the span's work queue: reports -> alarms, CAS, counters -> events
 *	event.c		numbering and delivery of events
 *	clock.c		clock sources of a card: order, failover, wait to restore
 *	reload.c	firmware files of a card, read again
 *	sysfs.c		class "opentdm"
 *	connect.c	cross-connects, administrative and of descriptors
 *	chardev.c	/dev/tdm: open, ioctl table, poll, mmap, release
 *	bound.c		bound descriptors; bound_pcm.c, bound_hdlc.c
 *	ring.h		their rings, and what the tick does with those of one slot
 *	stream.c	streams
 *	netlink.c	family "opentdm"
 *	pure/		logic without kernel calls
 *
 * Lifetime. The registry holds a reference on each card; so does each attached client (a bound or
 * stream descriptor), each cross-connect and each dump in progress. Spans and slots live inside
 * their card. `gone` is set under every span mutex of the card by tdm_card_unregister(), after
 * which nothing can be attached; then each path is told, detached from the tick, and only then do
 * the driver's ops end. A client keeps its memory (rings, mapped pages) until its descriptor and
 * last mapping end.
 *
 * A path is reached without a lock in two places: the tick wakes it after it has dropped its lock,
 * and the span's work delivers private events to it holding nothing. Both do so inside an RCU read
 * section. So: whoever frees the memory of a path (its wait queue and event queue included) does it
 * after tdm_path_detach() and a grace period: kfree_rcu(), call_rcu() or synchronize_rcu().
 *
 * A sample: driver's block -> tick.c -> ring -> reader, and back: of one slot by ring.h, else by tdm_path.rx and tx.
 * A signal: tdm_span_defects()/cas() -> span->reports (kfifo, span state lock) -> span->work on
 * span->wq -> pure/alarm.c under the span mutex -> span->events -> unlock -> event.c.
 *
 * Locks, outermost first. No two of one class but spans, those in ascending id.
 *
 *	tdm_registry (rwsem)
 *	  card->reload_lock, card->clock.lock (mutexes)
 *	    span->lock (mutex)
 *	      span->state_lock (spinlock, irqsave)
 *		card->tick_lock (spinlock, irqsave)
 *		  a leg's; a client's events; a card driver's own (spinlocks, irqsave)
 *
 * Why one lock for a tick and not RCU: what attach, detach and connect change is seen by a tick
 * wholly or not at all, so the frame number at which a change is effective is exact, a detached
 * path's ops never run again without waiting for anything, and the price is one uncontended
 * spinlock per card and tick, whatever the number of spans and slots.
 */
#ifndef TDM_CORE_H
#define TDM_CORE_H

#include <linux/cdev.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "lock_classes.h"
#include "path.h"
#include "pure/counters.h"
#include "tdm.h"

/* An owner's name: "tdmd[312]", a process and its number. */
#define TDM_OWNER_LEN		(TASK_COMM_LEN + 16)

struct tdm_client;
struct tdm_span_logic;		/* work.c: alarm machine, CAS debouncers, counters */

/* The next frames of a card, or those at which a change is effective. */
struct tdm_frames {
	u64 rx;
	u64 tx;
};

/* locks.c: gives a lock the class of the table; the same for any of the four kinds of lock. */
extern struct lock_class_key tdm_lock_keys[TDM_LOCK_CLASSES];
extern const char *const tdm_lock_names[TDM_LOCK_CLASSES];
#define tdm_lock_class(lock, class) \
	lockdep_set_class_and_name(lock, &tdm_lock_keys[class], tdm_lock_names[class])
void tdm_locks_declare(void);		/* at load: tells lockdep the order of the table */

/* --- spans -------------------------------------------------------------------------------------- */

/* What an administrator may change, see tdm_span_set(). */
#define TDM_CHANGE_TYPE		BIT(0)
#define TDM_CHANGE_FRAMING	BIT(1)
#define TDM_CHANGE_LINE_CODE	BIT(2)
#define TDM_CHANGE_SIGNALLING	BIT(3)
#define TDM_CHANGE_LOOPBACK	BIT(4)
#define TDM_CHANGE_LBO		BIT(5)
#define TDM_CHANGE_FAIL_DECLARE	BIT(6)
#define TDM_CHANGE_FAIL_CLEAR	BIT(7)
#define TDM_CHANGE_STATE	BIT(8)
/* These only while the span is down; they may come together with going up. */
#define TDM_CHANGE_DOWN_ONLY	(TDM_CHANGE_TYPE | TDM_CHANGE_FRAMING | TDM_CHANGE_LINE_CODE | \
				 TDM_CHANGE_SIGNALLING | TDM_CHANGE_LBO)

struct tdm_span_change {
	u32 mask;			/* TDM_CHANGE_*: which of the following count */
	struct tdm_span_config config;
	u8 state;			/* enum tdm_span_state */
};

/* All that a listing or an event tells about a span, taken at one instant under its mutex. */
struct tdm_span_info {
	u32 card_id;
	char card_name[TDM_NAME_LEN];
	u32 id;
	u16 port;
	u8 state;			/* enum tdm_span_state */
	bool stalled;			/* up, but the card's tick died */
	bool gone;
	bool rai_sent;			/* consequent action: we send RAI */
	u32 types;			/* BIT(enum tdm_span_type) that the port can be */
	struct tdm_span_config config;
	u32 slots;			/* slots that it has for bearers in this configuration */
	u32 tx_slots;			/* of these, those whose transmit side is owned or connected */
	u32 defects, failures;		/* TDM_ALARM_* */
	u64 event_seq;			/* the last event that this reflects */
	u64 rx_frame, tx_frame;		/* next ones of the card */
	u64 reports_lost;		/* reports dropped because the FIFO was full (state was re-read) */
	u64 slips;			/* since the card was registered */
	u64 rx_gap_frames, tx_gap_frames; /* since the card was registered, while up */
};

struct tdm_slot_info {
	u16 slot;
	u8 bearer;			/* enum tdm_bearer, of the owner */
	u8 mode;			/* enum tdm_mode, of the owner */
	bool owned;			/* someone owns the transmit side */
	bool connected;			/* a cross-connect fills it: from peer_* */
	u32 connect;			/* id of the cross-connect that it takes part in; 0: none */
	char owner[TDM_OWNER_LEN];	/* "" when nobody does */
	u32 taps;			/* paths that receive the slot without owning it */
	u32 peer_card;
	char peer_card_name[TDM_NAME_LEN];
	u16 peer_port, peer_slot;
	u8 cas_tx, cas_rx;
	u8 idle;
};

enum tdm_report_kind {
	TDM_REPORT_DEFECTS,		/* value: TDM_ALARM_* now */
	TDM_REPORT_CAS,			/* slot, value: ABCD */
	TDM_REPORT_SLIP,		/* value: frames, signed */
	TDM_REPORT_GAP,			/* value: rx frames lost, slot: tx blocks missed (saturated) */
};

struct tdm_report {
	u64 frame;
	u32 value;
	u16 kind;			/* enum tdm_report_kind */
	u16 slot;
};

#define TDM_REPORTS		256	/* a second of CAS on 30 slots at 8 changes each; power of two */
#define TDM_OUTBOX		32	/* private events that the work gathers before it delivers */

/* A private event and whom it is for; path is compared, never followed. */
struct tdm_private {
	struct tdm_event event;
	const struct tdm_path *only;	/* NULL: every path of the span */
};

struct tdm_span {
	/* constant after tdm_card_init_port() */
	struct tdm_card *card;
	const struct tdm_span_ops *ops;	/* not to be used once gone is set: the module may be away */
	void *priv;
	u32 id;				/* card id * TDM_PORTS_MAX + port - 1: ascends with (card, port) */
	u16 port;
	u32 types;
	struct workqueue_struct *wq;	/* ordered: one sender of this span's events */
	struct work_struct work;
	struct device *dev;		/* sysfs; registered ... unregistered */

	/* Protects what follows up to state_lock, and every call of ops but rx_block and tx_block. */
	struct mutex lock;
	struct tdm_span_config config;
	u8 state;			/* enum tdm_span_state */
	bool gone;			/* set once, by removal */
	bool stalled;
	bool rai_sent;
	u32 defects, failures;		/* as the work has interpreted them */
	struct list_head paths;		/* tdm_path.node; RCU readers too */
	struct tdm_slot slots[TDM_SLOTS_MAX];
	u64 event_seq;			/* of the last event numbered */
	struct list_head events;	/* tdm_notice.node: numbered, to be sent by the work */
	struct tdm_span_logic *logic;	/* allocated with the span */
	u64 slips, rx_gap_frames, tx_gap_frames;

	/* Protects what follows up to the tick's part. Any context. */
	spinlock_t state_lock;
	DECLARE_KFIFO(reports, struct tdm_report, TDM_REPORTS);
	bool reports_overflow;		/* re-read the latest state below once the FIFO is empty */
	u64 reports_lost;
	u32 now_defects;		/* latest reported */
	u8 now_cas[TDM_SLOTS_MAX];
	u32 now_cas_valid;		/* bit n: now_cas[n] was reported since the span came up */
	s32 lost_slips;			/* of reports that did not fit */
	bool accepting;			/* up: reports are taken */
	bool closed;			/* gone: nothing is taken, the work is not queued any more */
	struct list_head sentences;	/* tdm_notice.node: notices not numbered yet */

	/* The tick's. Protected by card->tick_lock; the arrays' capacity by the span mutex too. */
	struct {
		const void *rx;		/* block of the tick under way, while listened to; NULL: down */
		void *tx;		/* the same, while there is something to send */
		bool running;
		u8 idle[TDM_SLOTS_MAX];	/* idle codes; written under the span mutex too */
		u32 idle_slots;		/* slots that still get idle written ... */
		u32 idle_blocks;	/* ... for so many blocks */
		u64 work_due;		/* receive frame at which the work wants to run */
		unsigned int rx_legs, tx_legs; /* legs from and to the span */
		unsigned int nrx, ntx;	/* who receives, who sends: paths and rings together */
		unsigned int nrx_paths, ntx_paths, nrx_rings, ntx_rings, room;
		/* Dense, in one allocation that begins with rx_paths. */
		struct tdm_path **rx_paths; /* those with rx_slots, or always */
		struct tdm_path **tx_paths; /* those with tx_now, or always */
		struct tdm_ring **rx_rings; /* of these, those that have a ring for the tick: they are */
		struct tdm_ring **tx_rings; /* not among the paths */
	} tick;

	/* Private events: the outbox under the mutex; delivery is the work's own, which never runs twice at once. */
	struct tdm_private outbox[TDM_OUTBOX];
	unsigned int outbox_len;
	struct tdm_private delivery[TDM_OUTBOX];
};

/* --- cards -------------------------------------------------------------------------------------- */

/* What an administrator sets, see tdm_clock_set(). */
#define TDM_CLOCK_KEEP		0xff		/* n: the sources, prefer: that stays as it is */
#define TDM_CLOCK_KEEP_MS	U32_MAX		/* restore_ms: stays as it is */

struct tdm_clock_config {
	u8 n;				/* ports in order of preference; 0: own oscillator */
	u8 ports[TDM_PORTS_MAX];
	u8 prefer;			/* one of ports, to be used first while it is usable; 0: none */
	u32 restore_ms;			/* wait to restore: how long a better source must be good (G.781) */
};

struct tdm_clock {
	struct mutex lock;		/* protects all of it but work; and the call of ops->set_clock */
	struct tdm_clock_config config;
	u8 state;			/* enum tdm_clock_state (opentdm_netlink.h) */
	u8 port;			/* what the card is clocked from; 0: own oscillator */
	u32 usable;			/* bit port: good now */
	unsigned long good_since[TDM_PORTS_MAX + 1]; /* jiffies */
	u64 changes;
	bool stopped;			/* removal */
	struct delayed_work work;	/* on card->wq: chooses, calls set_clock, sends the event */
};

/*
 * Dense arrays of legs that a card's tick walks; under tick_lock. Legs from one span to another with one
 * conversion stand together, a run, so that a tick looks up their blocks once. A leg between two cards is in
 * a set of either.
 */
struct tdm_leg_entry {
	struct tdm_connect_leg *leg;
	unsigned int run;		/* of the first of a run: how long it is */
};

struct tdm_leg_set {
	unsigned int n, room;
	unsigned int reserved;		/* of the room, for legs that are about to be plugged */
	struct tdm_leg_entry *entry;
};

struct tdm_card {
	struct kref ref;
	u32 id;				/* never reused */
	char name[TDM_NAME_LEN];
	char prefix[TDM_NAME_LEN];
	char key[64];
	char model[64];
	char serial[64];
	const struct tdm_card_ops *ops;
	struct device *parent;		/* until unregistered */
	struct device *dev;		/* sysfs; registered ... unregistered */
	unsigned int ports;
	unsigned int tx_blocks;		/* of transmit memory, which repeats */
	u32 turnaround;			/* frames: tx_frame - rx_frame of a tick */
	s32 tx_lead;			/* uapi: tdm_stream.tx_lead */
	struct tdm_span *spans;		/* [ports] */
	struct workqueue_struct *wq;	/* ordered: clock and watchdog; sends the card's own events */
	struct tdm_clock clock;
	struct delayed_work watchdog;
	u64 watchdog_ticks;		/* the watchdog's own: what it saw last */
	bool watchdog_ran, watchdog_stalled;
	bool registered;		/* registry */
	/* Protects withdrawn, and each reload until it is over. */
	struct mutex reload_lock;
	bool withdrawn;			/* set once: ops->reload is not called any more */

	/* Protects what a tick walks: the rest of this struct, span->tick, path masks, plugged legs. */
	spinlock_t tick_lock;
	bool dead;			/* set once: ticks are ignored */
	unsigned int nrunning;
	struct tdm_span *running[TDM_PORTS_MAX];
	struct tdm_leg_set local;	/* both ends here */
	struct tdm_leg_set push;	/* from here to another card */
	struct tdm_leg_set pull;	/* from another card to here */
	struct tdm_frames next;		/* what the next tick should begin with */
	bool synced;			/* next is valid: a tick has come */
	u64 ticks, blocks, gaps, rx_gap_frames, tx_gap_frames, late_ticks, bad_ticks;
	atomic64_t rx_now;		/* copy of next.rx for readers without the lock */

	void *priv;			/* the driver's, priv_size octets at the end of this allocation */
};

struct tdm_card_info {
	u32 id;
	char name[TDM_NAME_LEN];
	char model[64];
	char serial[64];
	char key[64];
	u16 ports;
	struct tdm_clock_config clock;
	u8 clock_state;			/* enum tdm_clock_state */
	u8 clock_port;
	u32 clock_usable;		/* bit port */
	u64 clock_changes;
	u64 ticks, blocks, gaps, rx_gap_frames, tx_gap_frames, late_ticks, bad_ticks;
	u64 rx_frame, tx_frame;
};

/* card.c ------------------------------------------------------------------------------------------
 * The registry. All may sleep and take tdm_registry. Found cards carry a reference of the caller's.
 */
struct tdm_card *tdm_card_find(u32 id);			/* NULL: none, or gone */
struct tdm_card *tdm_card_find_name(const char *name);
/* For dumps: the first registered card with id >= *from, NULL at the end; *from becomes its id. */
struct tdm_card *tdm_card_next(u32 *from);
/* Changes whenever a card comes or goes: a dump that sees two values was interrupted. Never 0. */
unsigned int tdm_registry_generation(void);
struct tdm_card *tdm_card_get(struct tdm_card *card);	/* any context; caller already has a reference */
void tdm_card_snapshot(struct tdm_card *card, struct tdm_card_info *info); /* may sleep */
void tdm_registry_init(void);
void tdm_cards_exit(void);

/* span.c ------------------------------------------------------------------------------------------ */
/*
 * The span mutex, for those who need several calls under it. Never take two but with
 * tdm_span_lock2(), which takes them in ascending id (a == b: once). Nothing is copied from or to user
 * memory, nothing flushed and nobody called back under it.
 */
void tdm_span_lock(struct tdm_span *span);
void tdm_span_unlock(struct tdm_span *span);
void tdm_span_lock2(struct tdm_span *a, struct tdm_span *b);
void tdm_span_unlock2(struct tdm_span *a, struct tdm_span *b);

/*
 * Applies @change wholly or not at all and numbers one event for it. Takes the span mutex. -EINVAL,
 * -EBUSY (a sentence in extack names what and why), -ENODEV gone, -ENOMEM, or what the driver says.
 */
int tdm_span_set(struct tdm_span *span, const struct tdm_span_change *change,
		 struct netlink_ext_ack *extack);
void tdm_span_snapshot(struct tdm_span *span, struct tdm_span_info *info);	/* takes the span mutex */
void tdm_span_info(const struct tdm_span *span, struct tdm_span_info *info);	/* span mutex held */
/* Slots that a span so configured has for bearers: E1 1-31 (0 too when unframed, 16 not with CAS), T1 1-24. */
u32 tdm_config_slots(const struct tdm_span_config *config);
/* -EINVAL and a sentence when the parts of @config do not go together or the port cannot be that. */
int tdm_config_check(const struct tdm_span_config *config, u32 types, struct netlink_ext_ack *extack);
u8 tdm_config_idle(const struct tdm_span_config *config);	/* of the law that follows from the type */
/* Eight octets of idle. */
static inline u64 tdm_idle_row(u8 idle)
{
	return idle * 0x0101010101010101ULL;
}

static inline u8 tdm_slot_idle(const struct tdm_span *span, unsigned int slot) /* span mutex or tick lock */
{
	return span->tick.idle[slot];
}
/* Idle code and ABCD of a slot that nobody owns or connects; takes the span mutex. -1: as it is. -EBUSY, -EINVAL, -EOPNOTSUPP, -ENODEV. */
int tdm_slot_set(struct tdm_span *span, unsigned int slot, int idle, int cas_tx,
		 struct netlink_ext_ack *extack);
/* -ENODEV gone, -EINVAL no such slot (reason names it). Span mutex taken. */
int tdm_slot_snapshot(struct tdm_span *span, unsigned int slot, struct tdm_slot_info *info);
/* Transmit ABCD of a slot; span mutex held. @path NULL: the administrator, only while unowned. -EOPNOTSUPP without CAS. */
int tdm_slot_set_cas(struct tdm_span *span, unsigned int slot, u8 abcd, const struct tdm_path *path);
int tdm_span_init(struct tdm_span *span, struct tdm_card *card, unsigned int port);
void tdm_span_free(struct tdm_span *span);
void tdm_idle_init(struct tdm_span *span);	/* span mutex held: idle codes and ABCD follow the type */
/*
 * Until its work has nothing to do any more (K1: so never with the mutex held that the work takes, nor by
 * an op or anything else that the work waits for; lockdep knows the order from the work queue's own map).
 */
void tdm_span_drain(struct tdm_span *span);
void tdm_span_gone(struct tdm_span *span);	/* removal: stop, tell and detach all; takes the mutex */
void tdm_span_stall(struct tdm_span *span, bool stalled); /* watchdog; takes the mutex */

/* path.c ------------------------------------------------------------------------------------------
 * All with the span mutex held; may sleep. @reason has TDM_REASON_LEN octets or is NULL.
 */
/* Attach without any slot yet. path->ops and mode are set by the caller, who holds a card reference. -ENODEV, -ENOMEM. */
int tdm_path_attach(struct tdm_path *path, struct tdm_span *span);
/*
 * Add slots; all or nothing. -EINVAL a slot that the span has not; -EBUSY and the owner's name.
 * @eff: the first frames at which it is effective (while the span is down: the card's next).
 */
int tdm_path_claim(struct tdm_path *path, u32 rx_slots, u32 tx_slots, u8 bearer,
		   struct tdm_frames *eff, char *reason);
/*
 * Give slots back; those not held are ignored. The caller has ended cross-connects of the transmit
 * sides before (asserted). The released transmit sides send idle. @eff may be NULL.
 */
void tdm_path_release(struct tdm_path *path, u32 rx_slots, u32 tx_slots, struct tdm_frames *eff);
/* Release everything and leave the span; no op of the path is called any more, see the top for its memory. */
void tdm_path_detach(struct tdm_path *path);
/*
 * Let a leg fill leg->dst_slot, or end that; both span mutexes held (tdm_span_lock2). The slot falls
 * back to its owner's rows, or to idle. plug: -ENODEV, -EBUSY connected already, -ENOMEM. @first: dst's first
 * transmit frame that the leg fills, or no longer fills.
 */
int tdm_leg_plug(struct tdm_connect_leg *leg, u64 *first);
void tdm_leg_unplug(struct tdm_connect_leg *leg, u64 *first);

/* Up or down as the tick sees it; span mutex held. Off: no op of the tick runs any more when it returns. */
void tdm_tick_run(struct tdm_span *span, bool on);
/* When the work wants to run again, in receive frames; true: that frame has passed already. Span mutex held. */
bool tdm_tick_due(struct tdm_span *span, u64 frame);
/* Put the paths' masks into the tick's arrays; span mutex and tick lock held. */
void tdm_tick_rebuild(struct tdm_span *span);

/* tick.c ------------------------------------------------------------------------------------------ */
void tdm_card_frames(struct tdm_card *card, struct tdm_frames *next);	/* takes the tick lock; any context */
/* Frames from reception to transmission on the same card: what a local cross-connect delays. Any context. */
s64 tdm_card_turnaround(struct tdm_card *card);

/* work.c ------------------------------------------------------------------------------------------ */
int tdm_logic_init(struct tdm_span *span);
void tdm_logic_free(struct tdm_span *span);
void tdm_logic_start(struct tdm_span *span);	/* span mutex held: came up */
void tdm_logic_stop(struct tdm_span *span);	/* span mutex held: goes down */
void tdm_logic_config(struct tdm_span *span);	/* span mutex held: fail times may have changed */
void tdm_span_kick(struct tdm_span *span);	/* run the work soon; any context but a tick's ops */
void tdm_span_work(struct work_struct *work);
void tdm_watchdog(struct work_struct *work);

/* report.c ---------------------------------------------------------------------------------------- */
void tdm_report_put(struct tdm_span *span, const struct tdm_report *report); /* any context but a tick's ops */
bool tdm_report_get(struct tdm_span *span, struct tdm_report *report);	/* the work: the oldest one */
void tdm_report_accept(struct tdm_span *span, bool on);	/* span mutex held; both ways forgets all reports */
void tdm_report_close(struct tdm_span *span);		/* removal: after the last kick */
void tdm_span_work(struct work_struct *work);

/*
 * Counters, for netlink. Take the span mutex. @ago: 0 the interval that runs, 1 the one before it ...
 * 96, or TDM_COUNTERS_TOTAL (the sum of all but the running one). -ENOENT: no such interval yet.
 */
#define TDM_COUNTERS_TOTAL	UINT_MAX

struct tdm_line_totals {
	u64 lcv, crc, ebit, frame, slips, sef;	/* struct tdm_line_errors, added up */
	u64 gap_rx, gap_tx;		/* frames that never came, that were sent without us */
};

struct tdm_counters {
	struct tdm_perf_interval near, far;
	bool has_far;			/* the framing tells what the far end receives */
	unsigned int intervals;		/* finished ones in store */
	unsigned int epoch;		/* another one after each end of an interval and each reset */
	struct tdm_line_totals line;	/* since registration or reset */
};

int tdm_counters_get(struct tdm_span *span, unsigned int ago, struct tdm_counters *counters);
int tdm_counters_reset(struct tdm_span *span);	/* -ENODEV gone */

/* event.c -----------------------------------------------------------------------------------------
 * An event on its way to the multicast group. A span's events are numbered under its mutex, in the
 * same hold as the change that they tell, and sent by its work in that order, holding nothing. A number
 * without an event (no memory) tells a listener to look again.
 */
enum tdm_notice_type {
	TDM_NOTICE_CARD_NEW,	/* card only */
	TDM_NOTICE_CARD_GONE,	/* card only */
	TDM_NOTICE_CLOCK,	/* card only: clock_state, clock_port */
	TDM_NOTICE_SPAN,	/* configuration or state: info */
	TDM_NOTICE_ALARM,	/* defects, failures, rai_sent: info */
	TDM_NOTICE_SLIP,	/* slip: +1 repeated, -1 deleted */
	TDM_NOTICE_GAP,		/* gap_rx, gap_tx: frames */
	TDM_NOTICE_SENTENCE,	/* sentence */
};

struct tdm_notice {
	struct list_head node;
	u8 type;			/* enum tdm_notice_type */
	u64 seq;			/* = info.event_seq; 0 for a card's */
	u64 frame;			/* receive frame at which it happened */
	u64 time_ns;			/* CLOCK_MONOTONIC, when numbered */
	u32 card_id;
	char card_name[TDM_NAME_LEN];
	u16 port;			/* 0: the card's */
	u32 span_id;
	struct tdm_span_info info;	/* span events: as of this number */
	u32 raised, cleared;		/* TDM_NOTICE_ALARM: failures that this event declares, clears */
	u8 clock_state, clock_port;
	s32 slip;
	u32 gap_rx, gap_tx;
	char sentence[TDM_REASON_LEN];
};

struct tdm_notice *tdm_notice_new(u8 type);			/* may sleep; NULL: no memory */
void tdm_notice_queue(struct tdm_span *span, struct tdm_notice *notice, u64 frame); /* span mutex held; notice may be NULL; kicks the work */
void tdm_notice_flush(struct tdm_span *span);			/* the work, nothing held */
void tdm_notice_card(struct tdm_card *card, u8 type);		/* card->wq or (un)registration; nothing held; may sleep */
/* Private events: gathered by the work under the span mutex, delivered with nothing held. */
void tdm_private_add(struct tdm_span *span, const struct tdm_event *event, const struct tdm_path *only);
void tdm_private_flush(struct tdm_span *span);

/* clock.c ----------------------------------------------------------------------------------------- */
void tdm_clock_init(struct tdm_card *card);
void tdm_clock_stop(struct tdm_card *card);	/* removal; nothing held; waits for the work */
void tdm_clock_kick(struct tdm_card *card);	/* a span's usability may have changed; any context */
void tdm_clock_restore(struct tdm_card *card);	/* the card has forgotten it; nothing held, may sleep */
int tdm_clock_set(struct tdm_card *card, const struct tdm_clock_config *config,
		  struct netlink_ext_ack *extack);	/* may sleep; -EINVAL, -EOPNOTSUPP, -ENODEV */

/* reload.c ---------------------------------------------------------------------------------------- */
void tdm_reload_init(struct tdm_card *card);
void tdm_reload_stop(struct tdm_card *card);	/* removal; nothing held; waits for a reload */
/*
 * The card reads its firmware files again, and the spans that are up get what is new in them. What the
 * driver refuses is sent as a notice too. Nothing held; may sleep; -EOPNOTSUPP, -ENODEV, or what the
 * driver says.
 */
int tdm_card_reload(struct tdm_card *card, struct netlink_ext_ack *extack);

/* sysfs.c ----------------------------------------------------------------------------------------- */
int tdm_sysfs_init(void);
void tdm_sysfs_exit(void);
int tdm_sysfs_add(struct tdm_card *card);	/* nothing held */
void tdm_sysfs_del(struct tdm_card *card);	/* nothing held; waits for readers of attributes */

/* Offered by the other files ------------------------------------------------------------------------ */
int tdm_chardev_init(void);
void tdm_chardev_exit(void);
/* connect.c: unplug and free every cross-connect with an end on this span, whose gone is set. Nothing held. */
void tdm_connect_span_gone(struct tdm_span *span);
int tdm_nl_init(void);
void tdm_nl_exit(void);
/* netlink.c: build and multicast. Process context, nothing held; may sleep. */
void tdm_nl_send_event(const struct tdm_notice *notice);

#endif /* TDM_CORE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libtdm - the client library of opentdm.
 *
 *	struct tdm_nl	  netlink: what there is, how it is set, counters, virtual cards
 *	struct tdm_watch  netlink: events as they happen, complete or else said to be incomplete
 *	struct tdm_dev	  one descriptor of /dev/tdm: bound to slots, or a stream of a span
 *
 * Everything here returns a negative errno on failure. Where a function takes a struct tdm_error it
 * also leaves a sentence there that says what was refused and, where the kernel said it, why; NULL
 * is allowed. On failure nothing was changed, and output arguments are as they were. A failed call
 * leaves its handle usable.
 *
 * Threads. The library has no globals and no locks. A tdm_nl or a tdm_watch belongs to one thread
 * at a time. A tdm_dev does not change after tdm_bind() or tdm_stream_open(): from then on all its
 * calls may be made by any number of threads at once, and the kernel orders them; tdm_dev_close()
 * must be the last of them.
 *
 * Locks of the caller. Kernel locks are always innermost, and the kernel never waits for user
 * space, so holding a lock of one's own is safe during TDM_CALL_QUICK and TDM_CALL_CONFIG. A QUICK
 * call takes spinlocks; stats, flush and I/O also a mutex of the descriptor's own, which another
 * thread has only as long as it moves octets. A CONFIG call may wait for the mutex of a span and
 * for memory. A TDM_CALL_WAIT call waits for the line or for another process: make it with nothing
 * held. To have that checked, pass a
 * tdm_call_check at opening: it is called with the class before the kernel is entered. NULL costs
 * one comparison.
 *
 * Cards are named by their instance id, which is never reused; tdm_nl_card() finds the id of a
 * name. Ports count from 1. A set of slots is a mask: bit n is slot n.
 */
#ifndef LIBTDM_H
#define LIBTDM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "opentdm.h"
#include "opentdm_netlink.h"
#include "opentdm_virt_netlink.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TDM_NAME_MAX	16	/* octets of a card's name with its NUL */
#define TDM_TEXT_MAX	256
#define TDM_CLOCK_MAX	16	/* clock sources of a card */

struct tdm_nl;
struct tdm_watch;
struct tdm_dev;

/*
 * Why a call failed: err is the negative errno that the call returned, text a sentence without
 * newline.
 */
struct tdm_error {
	int err;
	char text[TDM_TEXT_MAX];
};

/*
 * Write a sentence into @e (NULL: nothing happens) and return @err. For wrappers around this
 * library.
 */
int tdm_error_set(struct tdm_error *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- which calls enter the kernel under which locks ------------------------------------------- */

enum tdm_call_class {
	TDM_CALL_QUICK,		/* never for the line: stats, flush, events, CAS, O_NONBLOCK I/O */
	TDM_CALL_CONFIG,	/* span mutex, registry, memory: other ioctls, all netlink */
	TDM_CALL_WAIT,		/* waits for the line or somebody else: blocking I/O, poll, drain */
};

/*
 * Called in the caller's thread before the kernel is entered; @call names the function for a
 * message, as in "tdm_drain". What it does about a call that is not allowed is its own affair
 * (tdmd's debug build prints the held locks and aborts). It must not call back into the handle.
 */
typedef void (*tdm_call_check)(enum tdm_call_class cls, const char *call);

/* --- addresses: CARD[:PORT[:SLOTS]] ----------------------------------------------------------- */

struct tdm_addr {
	char card[TDM_NAME_MAX];
	uint32_t port;		/* 0: the text had none */
	uint32_t slots;		/* mask; 0: the text had none */
};

enum tdm_addr_parts {
	TDM_ADDR_CARD,		/* "te0" */
	TDM_ADDR_PORT,		/* "te0:1" */
	TDM_ADDR_SLOT,		/* "te0:1:16", exactly one slot */
	TDM_ADDR_SLOTS,		/* "te0:1:1-15,17-31", one or more */
};

/*
 * tdm_addr_parse - read an address. It must name at least what @least asks for, and no more than
 * @most. Slots are 0-31: whether the span has them only the kernel knows. -EINVAL with a sentence.
 * Pure: enters no kernel, as all functions of this section.
 */
int tdm_addr_parse(const char *text, enum tdm_addr_parts least, enum tdm_addr_parts most,
		   struct tdm_addr *addr, struct tdm_error *e);
/* The reverse; always ends with NUL. Returns the length that it needs, as snprintf() does. */
int tdm_addr_format(const struct tdm_addr *addr, char *buf, size_t len);

/* "1-15,17-31" to a mask and back. */
int tdm_slots_parse(const char *text, uint32_t *slots, struct tdm_error *e);
int tdm_slots_format(uint32_t slots, char *buf, size_t len);
unsigned int tdm_slots_count(uint32_t slots);

/*
 * Words for the constants, as people type and read them: "e1", "crc4", "hdb3", "ccs", "line",
 * "los,rai" ("-" for none). *_name() return "?" for an unknown value; *_parse() return the value or
 * -EINVAL with a sentence that lists the words.
 */
const char *tdm_type_name(unsigned int type);
const char *tdm_framing_name(unsigned int framing);
const char *tdm_line_code_name(unsigned int code);
const char *tdm_signalling_name(unsigned int signalling);
const char *tdm_loopback_name(unsigned int loopback);
const char *tdm_state_name(unsigned int state);
const char *tdm_bearer_name(unsigned int bearer);
const char *tdm_mode_name(unsigned int mode);
int tdm_alarms_format(uint32_t alarms, char *buf, size_t len);
int tdm_type_parse(const char *word, struct tdm_error *e);
int tdm_framing_parse(const char *word, struct tdm_error *e);
int tdm_line_code_parse(const char *word, struct tdm_error *e);
int tdm_signalling_parse(const char *word, struct tdm_error *e);
int tdm_loopback_parse(const char *word, struct tdm_error *e);
int tdm_alarms_parse(const char *words, uint32_t *alarms, struct tdm_error *e);

/*
 * The slots that a span of this type and framing can carry: E1 1-31 (0-31 unframed), T1 and J1
 * 1-24.
 */
uint32_t tdm_type_slots(unsigned int type, unsigned int framing);

/* --- netlink: what there is ------------------------------------------------------------------- */

struct tdm_card_info {
	uint32_t id;
	char name[TDM_NAME_MAX];
	char model[64];
	char serial[64];		/* empty: it has none */
	char key[64];			/* what its name hangs on: a bus path or serial number */
	uint32_t ports;
	uint64_t rx_frame, tx_frame;	/* numbers of the next frames */
	uint64_t ticks, late_ticks, bad_ticks;
	uint64_t gaps, gap_rx, gap_tx;	/* times, and frames, lost between ticks */
	uint32_t clock_state;		/* enum tdm_clock_state */
	uint32_t clock_port;		/* port that drives the card; 0: its own oscillator */
	uint32_t clock_usable;		/* bit n: the receive clock of port n is good now */
	uint32_t clock_prefer;		/* source to be used first while it is good; 0: none */
	uint32_t clock_restore;		/* ms that a better source must have been good */
	uint64_t clock_changes;
	uint32_t clock_count;
	uint32_t clock_sources[TDM_CLOCK_MAX]; /* ports, the best first */
};

/* What an administrator sets on a span. All but loopback and the times need the span to be down. */
struct tdm_span_conf {
	uint32_t type;			/* enum tdm_span_type */
	uint32_t framing;		/* enum tdm_framing */
	uint32_t line_code;		/* enum tdm_line_code */
	uint32_t signalling;		/* enum tdm_signalling */
	uint32_t loopback;		/* enum tdm_loopback */
	uint32_t lbo;			/* T1: build-out step 0-7; E1: 0 = 120 ohm, 1 = 75 ohm */
	uint32_t fail_declare_ms;	/* a defect this long is a failure (T1.231: 2500) */
	uint32_t fail_clear_ms;		/* ... over after this long without it (10000) */
};

struct tdm_span_info {
	uint32_t card;
	char card_name[TDM_NAME_MAX];
	uint32_t port;
	uint32_t id;			/* of the span, machine-wide, never reused */
	uint32_t types;			/* 1 << enum tdm_span_type: what the port can be */
	struct tdm_span_conf conf;
	uint32_t state;			/* enum tdm_span_state: what the administrator wants */
	uint32_t law;			/* enum tdm_law, from the type */
	uint32_t slots;			/* mask of those that a user can have */
	uint32_t slots_taken;		/* of them, those owned or connected */
	bool stalled;			/* up, but the card has stopped ticking */
	uint32_t defects;		/* TDM_ALARM_*: now on the line */
	uint32_t failures;		/* TDM_ALARM_*: lasted long enough to be declared */
	bool sending_rai;
	uint64_t slips, gap_rx, gap_tx;	/* frames, since the card was registered */
	uint64_t reports_lost;		/* framer's reports that came too fast to be told */
	uint64_t event_seq;		/* the last event of the span that this entry reflects */
};

struct tdm_slot_info {
	uint32_t card;
	char card_name[TDM_NAME_MAX];
	uint32_t port;
	uint32_t slot;
	char owner[64];			/* of the transmit side, as in "tdmd[312]"; empty: nobody */
	uint32_t bearer;		/* enum tdm_bearer; meaningful while owned */
	uint32_t mode;			/* enum tdm_mode; the same */
	uint32_t taps;			/* descriptors that receive it and do not own it */
	uint32_t connect;		/* id of the cross-connect that it takes part in; 0: none */
	struct tdm_addr peer;		/* cross-connected slot that fills it; card empty: none */
	uint8_t idle;			/* what it sends while nobody fills it */
	bool has_cas;			/* CAS, and the caller has CAP_NET_ADMIN */
	uint32_t cas_rx, cas_tx;	/* ABCD, A is bit 3 */
};

/*
 * A cross-connect: an administrative one has no owner and lasts until it is deleted or a card goes.
 */
struct tdm_connect_info {
	uint32_t id;
	struct tdm_addr a, b;		/* one slot each */
	bool both;			/* otherwise only a's receive to b's transmit */
	bool admin;			/* otherwise it belongs to descriptors */
	uint32_t bearer;		/* enum tdm_bearer */
	uint64_t slips;			/* frames repeated or left out by its elastic buffers */
};

/* By the names of RFC 4805; seconds unless said otherwise. */
struct tdm_count {
	uint32_t es;			/* errored */
	uint32_t ses;			/* severely errored */
	uint32_t sefs;			/* severely errored framing */
	uint32_t uas;			/* unavailable: ten-second rule applied */
	uint32_t css;			/* with a controlled slip */
	uint32_t les;			/* line errored */
	uint32_t bes;			/* bursty errored */
	uint32_t dm;			/* degraded minutes, in minutes */
	uint32_t pcv;			/* path code violations (CRC, framing bits), a count */
	uint32_t lcv;			/* line code violations, a count */
};

struct tdm_counters {
	uint32_t interval;		/* 0: the current 15 minutes; 1-96: so many before */
	uint32_t elapsed;		/* seconds that it has seen, 0-900 */
	bool valid;			/* nothing of it was missed */
	bool has_far;			/* the framing tells what the far end sees */
	struct tdm_count near, far;
};

/* Sum of the intervals in store, and raw counts since registration or reset. */
struct tdm_totals {
	uint32_t intervals;		/* in store before the current one, 0-96 */
	bool has_far;
	struct tdm_count near, far;
	uint64_t lcv, crc, ebit, frame, slips, sef, gap_rx, gap_tx;
};

/*
 * tdm_nl_open - a handle for requests. Enters the kernel (CONFIG). -ENOENT: tdm.ko is not loaded.
 */
int tdm_nl_open(struct tdm_nl **nl, tdm_call_check check, struct tdm_error *e);
void tdm_nl_close(struct tdm_nl *nl); /* NULL is allowed */

/*
 * Listings. Each puts an array into *list, to be freed with tdm_free(), and returns the number of
 * entries (0: *list is NULL). @filter may be NULL, or name a card, or a card and port (slots
 * ignored). A listing during which a card came or went is repeated up to 8 times by the library;
 * then -EAGAIN, never a list that mixes two states. CONFIG. -ENODEV: no such card or port.
 */
int tdm_nl_cards(struct tdm_nl *nl, struct tdm_card_info **list, struct tdm_error *e);
int tdm_nl_spans(struct tdm_nl *nl, const struct tdm_addr *filter, struct tdm_span_info **list,
		 struct tdm_error *e);
int tdm_nl_slots(struct tdm_nl *nl, const struct tdm_addr *filter, struct tdm_slot_info **list,
		 struct tdm_error *e);
int tdm_nl_connects(struct tdm_nl *nl, struct tdm_connect_info **list, struct tdm_error *e);
/* The intervals of a span that are there, the youngest first: at most 96. */
int tdm_nl_intervals(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_counters **list,
		     struct tdm_error *e);
void tdm_free(void *list);

/* One of them. CONFIG. -ENODEV: there is none. */
int tdm_nl_card(struct tdm_nl *nl, const char *name, struct tdm_card_info *info,
		struct tdm_error *e);
int tdm_nl_card_by_id(struct tdm_nl *nl, uint32_t card, struct tdm_card_info *info,
		      struct tdm_error *e);
int tdm_nl_span(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_span_info *info,
		struct tdm_error *e);
int tdm_nl_slot(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot,
		struct tdm_slot_info *info, struct tdm_error *e);
/* The interval that runs now, and the sums; either may be NULL. CONFIG. */
int tdm_nl_counters(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_counters *current,
		    struct tdm_totals *totals, struct tdm_error *e);

/* --- netlink: changes (CONFIG; CAP_NET_ADMIN, else -EPERM) ------------------------------------ */

#define TDM_SET_TYPE		(1U << 0)
#define TDM_SET_FRAMING		(1U << 1)
#define TDM_SET_LINE_CODE	(1U << 2)
#define TDM_SET_SIGNALLING	(1U << 3)
#define TDM_SET_LOOPBACK	(1U << 4)
#define TDM_SET_LBO		(1U << 5)
#define TDM_SET_FAIL_DECLARE	(1U << 6)
#define TDM_SET_FAIL_CLEAR	(1U << 7)
#define TDM_SET_STATE		(1U << 8)

/*
 * tdm_nl_span_set - change what @what names, all of it or nothing; state (enum tdm_span_state)
 * last. -EBUSY: it needs the span to be down; -EINVAL, -EOPNOTSUPP: the card cannot, in its own
 * words.
 */
int tdm_nl_span_set(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t what,
		    const struct tdm_span_conf *conf, uint32_t state, struct tdm_error *e);
int tdm_nl_span_up(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e);
int tdm_nl_span_down(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e);
int tdm_nl_loopback(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t loopback,
		    struct tdm_error *e);

/*
 * The ports whose receive clock drives the card, in order of preference; none: its own oscillator.
 * @ports NULL leaves the order as it is. @prefer is the source to be used first while it is good,
 * 0 none; @restore_ms is the wait to restore; either below 0 is left as it is.
 */
int tdm_nl_clock_set(struct tdm_nl *nl, uint32_t card, const uint32_t *ports, unsigned int count,
		     int prefer, int64_t restore_ms, struct tdm_error *e);
/*
 * Has the card read its firmware files again. -EOPNOTSUPP: it has none; any other error: the card
 * goes on with what it had.
 */
int tdm_nl_card_reload(struct tdm_nl *nl, uint32_t card, struct tdm_error *e);
int tdm_nl_counters_reset(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e);
/* The octet that a slot sends while nobody fills it, until the type of its span changes. */
int tdm_nl_slot_idle(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot, uint8_t idle,
		     struct tdm_error *e);
/* ABCD that a slot of a CAS span sends while nobody owns it. */
int tdm_nl_slot_cas(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot, uint32_t abcd,
		    struct tdm_error *e);

/*
 * Administrative cross-connect of two unowned slots. -EBUSY names the owner or the other connect.
 * @a and @b name one slot each; *id may be NULL. Deleting: -ENOENT no such id, -EPERM it belongs to
 * descriptors.
 */
int tdm_nl_connect_add(struct tdm_nl *nl, const struct tdm_addr *a, const struct tdm_addr *b,
		       bool both, uint32_t bearer, uint32_t *id, struct tdm_error *e);
int tdm_nl_connect_del(struct tdm_nl *nl, uint32_t id, struct tdm_error *e);

/* --- virtual cards (family opentdm_virt; -ENOENT: tdm_virt.ko is not loaded) ------------------ */

/* -1: the kernel's own choice (E1, CRC-4, HDB3, CCS; ESF and B8ZS where the type is T1). */
struct tdm_virt_new {
	char name[TDM_NAME_MAX];	/* virtN; empty: the lowest free one */
	char key[TDM_NAME_MAX];		/* the same key gets the same name again; empty: none */
	uint32_t ports;			/* 1-16 */
	int type, framing, line_code, signalling;
};

struct tdm_virt_port {
	uint32_t card;
	char card_name[TDM_NAME_MAX];
	uint32_t ports;			/* of the card */
	uint32_t port;
	struct tdm_addr peer;		/* CARD:PORT at the far end; card empty: not joined */
	uint32_t defects;		/* the fault panel, as in struct tdm_fault */
	uint32_t ber;
	int32_t ppm;
	uint32_t refuse;
	bool stall;
	uint64_t ticks;			/* of the card */
};

/* tdm_virt_new - make a card; *id is its instance id. -EEXIST: the name is taken. */
int tdm_virt_new(struct tdm_nl *nl, const struct tdm_virt_new *card, uint32_t *id,
		 struct tdm_error *e);
int tdm_virt_del(struct tdm_nl *nl, uint32_t card, struct tdm_error *e);
int tdm_virt_list(struct tdm_nl *nl, struct tdm_virt_port **list, struct tdm_error *e);
/*
 * Lay a line between two ports (the same port twice: a loop). -EBUSY: one of them is joined
 * already.
 */
int tdm_virt_join(struct tdm_nl *nl, const struct tdm_addr *a, const struct tdm_addr *b,
		  struct tdm_error *e);
int tdm_virt_unjoin(struct tdm_nl *nl, const struct tdm_addr *port, struct tdm_error *e);

/* The fault panel. Only what @what names is touched. */
#define TDM_FAULT_DEFECTS	(1U << 0)
#define TDM_FAULT_BER		(1U << 1)
#define TDM_FAULT_CRC		(1U << 2)
#define TDM_FAULT_LCV		(1U << 3)
#define TDM_FAULT_FRAME		(1U << 4)
#define TDM_FAULT_PPM		(1U << 5)
#define TDM_FAULT_REFUSE	(1U << 6)
#define TDM_FAULT_LATE		(1U << 7)
#define TDM_FAULT_STALL		(1U << 8)
#define TDM_FAULT_YANK		(1U << 9)
#define TDM_FAULT_SECONDS	(1U << 10)

struct tdm_fault {
	uint32_t what;		/* TDM_FAULT_* */
	uint32_t defects;	/* port: TDM_ALARM_* that its receiver sees; 0 ends them */
	uint32_t ber;		/* port: wrong bits per 10^9 received; 0 ends it */
	uint32_t crc;		/* port: this many CRC errors, once */
	uint32_t lcv;		/* port: this many line code violations, once */
	uint32_t frame;		/* port: this many framing errors, once */
	int32_t ppm;		/* card: its clock is this much fast; 0 ends it */
	uint32_t refuse;	/* port: TDM_VIRT_OP_*: these fail with EIO; 0 ends it */
	uint32_t late;		/* card: skip this many ticks, then deliver them at once */
	bool stall;		/* card: no tick until it is ended */
	uint32_t seconds;	/* port: the counters' second ends, and more pass: this many */
};

/*
 * @port: card and port; for faults of the card the port is ignored. TDM_FAULT_YANK removes the card
 * now.
 */
int tdm_virt_fault(struct tdm_nl *nl, const struct tdm_addr *port, const struct tdm_fault *fault,
		   struct tdm_error *e);

/* --- events ----------------------------------------------------------------------------------- */

enum tdm_news_type {
	TDM_NEWS_CARD_NEW,	/* card */
	TDM_NEWS_CARD_GONE,	/* card */
	TDM_NEWS_SPAN,		/* configuration or state changed: span */
	TDM_NEWS_ALARM,		/* defects, failures or sending_rai changed: span */
	TDM_NEWS_CLOCK,		/* the card's clock is made in another way: info */
	TDM_NEWS_SLIP,		/* value: +1 repeated, -1 deleted */
	TDM_NEWS_GAP,		/* value: receive frames lost, value_tx: transmit frames */
	TDM_NEWS_NOTICE,	/* text: a sentence for the administrator */
	TDM_NEWS_RESYNC,	/* events were lost: this is the span's state now; span */
	TDM_NEWS_RESYNCED,	/* value spans have been told; those not told are gone */
};

struct tdm_news {
	enum tdm_news_type type;
	uint64_t seq;		/* number of the event at its span; 0: not numbered */
	uint64_t time_ns;	/* CLOCK_MONOTONIC when it happened, 0 if not told */
	uint32_t card;
	char card_name[TDM_NAME_MAX];
	uint32_t port;		/* 0: it concerns the card */
	int64_t value;
	int64_t value_tx;
	uint32_t raised, cleared; /* ALARM: failures that it declares and clears */
	uint64_t frame;		/* receive frame of the card, 0 if not told */
	struct tdm_span_info span; /* SPAN, ALARM, RESYNC: whole */
	struct tdm_card_info info; /* CARD_NEW, CLOCK */
	char text[TDM_TEXT_MAX];
};

/*
 * tdm_watch_open - subscribe. The first news are one TDM_NEWS_RESYNC for each span that exists,
 * then RESYNCED, then what happens from there on: nothing twice, nothing missing, each span's in
 * its order. When the kernel had to drop events (the reader was slow) the same is given again:
 * RESYNC..., RESYNCED. CONFIG. Needs no privilege; nothing private is told here.
 */
int tdm_watch_open(struct tdm_watch **watch, tdm_call_check check, struct tdm_error *e);
void tdm_watch_close(struct tdm_watch *watch);
/*
 * To be polled for input; non-blocking. After it is readable call tdm_watch_next() until it returns
 * 0.
 */
int tdm_watch_fd(const struct tdm_watch *watch);
/*
 * tdm_watch_next - the next news: 1 and *news, 0 when there is none now, or negative errno. Never
 * waits for an event (CONFIG: a resynchronisation asks the kernel). -EAGAIN: a resynchronisation
 * was interrupted too often: call it again.
 */
int tdm_watch_next(struct tdm_watch *watch, struct tdm_news *news, struct tdm_error *e);

/* --- /dev/tdm --------------------------------------------------------------------------------- */

/*
 * tdm_dev_open - a new descriptor, close-on-exec. @flags: O_RDWR or O_RDONLY (taps only), with
 * O_NONBLOCK or not. CONFIG. -EACCES: the caller is not of group tdm; -ENOENT: tdm.ko is not
 * loaded.
 */
int tdm_dev_open(struct tdm_dev **dev, int flags, tdm_call_check check, struct tdm_error *e);
/*
 * Unmap and close. Transmit sides become idle, connects end. Any thread; no other may still use it.
 * NULL is allowed.
 */
void tdm_dev_close(struct tdm_dev *dev);
/* For poll() and read() and write(); stays the device's own. */
int tdm_fd(const struct tdm_dev *dev);

/*
 * tdm_bind - TDM_BIND as opentdm.h describes it. The caller fills all but size; out fields are
 * filled. CONFIG. -EBUSY: the sentence names the owner.
 */
int tdm_bind(struct tdm_dev *dev, struct tdm_bind *bind, struct tdm_error *e);
/*
 * read() and write() with the check (QUICK if opened O_NONBLOCK, else WAIT): octets moved, or
 * negative errno: -EAGAIN, -EMSGSIZE, -ENODEV, -ENETDOWN, -EINTR (not repeated).
 */
ssize_t tdm_read(struct tdm_dev *dev, void *buf, size_t len);
ssize_t tdm_write(struct tdm_dev *dev, const void *buf, size_t len);
int tdm_stats(struct tdm_dev *dev, struct tdm_stats *stats, struct tdm_error *e);	/* QUICK */
int tdm_flush(struct tdm_dev *dev, uint32_t flags, struct tdm_error *e); /* QUICK; TDM_FLUSH_* */
/*
 * WAIT. Until all written octets have left; timeout_ms 0: for ever. -ETIMEDOUT, -EINTR, -ENETDOWN,
 * -ENODEV.
 */
int tdm_drain(struct tdm_dev *dev, uint32_t timeout_ms, struct tdm_error *e);

/* --- streams ---------------------------------------------------------------------------------- */

/*
 * tdm_stream_open - make the device a stream and map its four areas. The caller fills card, port,
 * period_frames and periods; the out fields are filled. CONFIG. tdm_dev_close() undoes it.
 */
int tdm_stream_open(struct tdm_dev *dev, struct tdm_stream *stream, struct tdm_error *e);

/*
 * The functions below enter no kernel. Positions: receive frames below rx_frame are in the ring,
 * and stay for periods * period_frames frames; the kernel has taken transmit frames below tx_frame.
 * Both loads acquire: rows read afterwards are at least that new.
 */
uint64_t tdm_stream_rx_frame(const struct tdm_dev *dev);
uint64_t tdm_stream_tx_frame(const struct tdm_dev *dev);
unsigned int tdm_stream_state(const struct tdm_dev *dev);	/* enum tdm_stream_state */
/* Line frames lost since the opening; either may be NULL. */
void tdm_stream_gaps(const struct tdm_dev *dev, uint64_t *rx, uint64_t *tx);
uint64_t tdm_stream_wakeups(const struct tdm_dev *dev);

/*
 * The octet of @slot in @frame. It and those after it up to the end of its period, which is
 * period_frames - frame % period_frames octets, lie side by side. @slot below TDM_SLOTS_MAX.
 * Receive: valid for frames in [rx_frame - ring, rx_frame). After use read tdm_stream_rx_frame()
 * again if the thread may have been late: rows below (rx_frame - ring) may have been overwritten.
 * Transmit: to be written for frames in [tx_frame + 8, tx_frame + ring).
 */
const uint8_t *tdm_stream_rx_row(const struct tdm_dev *dev, uint64_t frame, unsigned int slot);
uint8_t *tdm_stream_tx_row(const struct tdm_dev *dev, uint64_t frame, unsigned int slot);

/*
 * Copy @count octets of a slot out of or into the rings, across periods. @count at most one ring.
 * tdm_stream_get() returns -EOVERFLOW if the frames were, or while copying became, too old, -EAGAIN
 * if they are not there yet; tdm_stream_put() -EOVERFLOW when @frame + @count is beyond the ring,
 * -ETIME if the first of them has been taken already (nothing is written).
 */
int tdm_stream_get(const struct tdm_dev *dev, unsigned int slot, uint64_t frame, uint8_t *buf,
		   size_t count);
int tdm_stream_put(const struct tdm_dev *dev, unsigned int slot, uint64_t frame, const uint8_t *buf,
		   size_t count);

/*
 * Frames below @frame are dealt with: poll() reports the next period beyond it. One thread at a
 * time.
 */
void tdm_stream_consumed(struct tdm_dev *dev, uint64_t frame);
/*
 * WAIT. poll() for the next period or event: revents (POLLIN, POLLPRI, POLLERR, POLLHUP), 0 at the
 * timeout (ms, -1 never), or negative errno.
 */
int tdm_stream_wait(struct tdm_dev *dev, int timeout_ms);

/*
 * TDM_CLAIM and TDM_RELEASE; the caller fills flags, slot, bearer. CONFIG. -EBUSY names the owner.
 */
int tdm_claim(struct tdm_dev *dev, struct tdm_claim *claim, struct tdm_error *e);
int tdm_release(struct tdm_dev *dev, struct tdm_claim *claim, struct tdm_error *e);

/* --- cross-connects, events and signalling of descriptors ------------------------------------- */

/*
 * TDM_CONNECT and TDM_DISCONNECT between @a's slot con->a_slot and @b's slot con->b_slot; b_fd is
 * filled in (@b NULL for a disconnect). The caller fills flags, a_slot, b_slot. CONFIG.
 */
int tdm_connect(struct tdm_dev *a, struct tdm_dev *b, struct tdm_connect *con, struct tdm_error *e);
int tdm_disconnect(struct tdm_dev *a, struct tdm_connect *con, struct tdm_error *e);

/* The oldest private event: 1 and *event, 0 when there is none, or negative errno. QUICK. */
int tdm_event_get(struct tdm_dev *dev, struct tdm_event *event);

/*
 * ABCD of a slot (A is bit 3). QUICK for get, CONFIG for set. -EOPNOTSUPP: the span's signalling is
 * not CAS.
 */
int tdm_sig_set(struct tdm_dev *dev, unsigned int slot, unsigned int abcd, struct tdm_error *e);
int tdm_sig_get(struct tdm_dev *dev, unsigned int slot, unsigned int *rx, unsigned int *tx,
		struct tdm_error *e);

#ifdef __cplusplus
}
#endif

#endif /* LIBTDM_H */

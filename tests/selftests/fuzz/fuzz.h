/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzzer that knows what it asks for: every command of the netlink families "opentdm" and
 * "opentdm_virt", every ioctl of /dev/tdm and what else a file can do, over a plant of virtual cards that it
 * makes, joins, breaks and removes itself.
 *
 *	dice --> kind (run.c) --> a good call, drawn from the book (book.c: what exists)
 *	                          --> perhaps one thing in it spoiled, and then it must be refused
 *	     --> the kernel --> checked: accepted or refused as it must be, a sentence, nothing written back
 *	     --> the book
 *
 * Alone, one thread asks for the same from the same seed again: nothing is drawn from what time decides
 * (instance ids, data, events), and what is asked for goes into a digest. With several threads the order is
 * the machine's.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opentdm.h"
#include "opentdm_netlink.h"
#include "opentdm_virt_netlink.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOT_TRIED INT_MIN /* the book has nothing for this kind now: another is drawn */

#define CARDS 4	    /* living at a time */
#define PORTS 6	    /* of most cards */
#define DESCS 24    /* descriptors */
#define CONNECTS 16 /* administrative cross-connects that are remembered */
#define MAPS 8	    /* mappings of one thread */

/* --- run.c: what can be asked for, and the dice ------------------------------------------------- */

enum needs {
	BOTH, /* accepted and refused, each at least once */
	ACCEPTED,
	REFUSED,
};

struct fuzzer;

struct kind {
	const char *name;
	unsigned int weight;
	int (*run)(struct fuzzer *me); /* at least 0: accepted; else a negative errno, or NOT_TRIED */
	enum needs needs;
	short errors[12]; /* what it may be refused with */
};

/* How often a kind was; atomic. */
struct tally {
	uint64_t accepted, refused;
};

struct map {
	void *at;
	size_t len;
	bool writable;
	unsigned int desc;
};

/* One thread. All of it is the thread's own. */
struct fuzzer {
	unsigned int number;
	uint64_t rng;
	uint64_t digest;   /* of what was asked for */
	uint64_t asked;	   /* others read it */
	const char *doing; /* others read it, when it stands still */
	const char *must;  /* why the kernel must refuse what is asked for now, or NULL */
	char line[1024];   /* of the trace */
	size_t line_len;
	int nl, low, events; /* sockets: the administrator's, one without rights, a listener's */
	uint32_t seq;
	uint8_t *arena, *ro; /* memory with an end, and memory that cannot be written */
	struct map maps[MAPS];
};

extern const struct kind kinds[];
extern struct tally tallies[]; /* of each kind */
extern const unsigned int kind_count;
extern bool alone;    /* one thread only: the book is exact */
extern bool trace;    /* say each call on stdout */
extern uint64_t seed; /* constant once threads run */

/** roll() - 0 to n - 1; n at least 1. */
uint32_t roll(struct fuzzer *me, uint32_t n);
static inline bool one_in(struct fuzzer *me, uint32_t n)
{
	return !roll(me, n);
}
/** say() - a part of the call goes into digest and trace. Ids are said as places in the book. */
void say(struct fuzzer *me, const char *what, uint64_t value);
/** violation() - the kernel did what it must not; counted, and said with how to have it again. */
void violation(struct fuzzer *me, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** run_calls() - this thread asks for so many things. */
void run_calls(struct fuzzer *me, uint64_t calls);
extern uint64_t violations; /* atomic */

/* --- book.c: what exists, for all threads --------------------------------------------------------- */

struct port {
	uint8_t type, framing, code, signalling, lbo;
	bool up;
	uint32_t peer; /* serial of the card that it is joined to; 0: to none */
	uint32_t peer_port;
};

struct card {
	uint32_t serial; /* the how manieth of this run, from 1; 0: an empty place */
	uint32_t id;	 /* the kernel's */
	char name[16];
	uint32_t ports;
	uint32_t clock_ports;	/* bitmap of the clock sources */
	struct port port[17];	/* from 1 */
};

enum role { NOTHING, BOUND, STREAM };

struct desc {
	unsigned int gen; /* moves on when the place is used again */
	bool there;	  /* open, or closed but still mapped */
	bool closed;
	int fd;
	bool rd, wr, wait; /* how it was opened; wait: without O_NONBLOCK */
	enum role role;
	uint32_t card, port; /* serial */
	uint32_t rx, tx;     /* slots */
	uint32_t linked;     /* slots that this descriptor has cross-connected as a */
	uint16_t mode;
	unsigned int nslots;
	uint32_t ring_len, pos_len, maps;
};

struct link {
	uint32_t id; /* 0: an empty place */
	uint32_t serial;
	bool both;
	uint32_t a_card, a_port, a_slot, b_card, b_port, b_slot;
};

struct book {
	struct card card[CARDS];
	struct desc desc[DESCS];
	struct link link[CONNECTS];
	uint32_t cards_made, links_made;
	uint32_t last_id, last_link; /* largest that the kernel has given */
};

/* Where something is: a copy. */
struct place {
	uint32_t serial; /* 0: there is no card */
	uint32_t card, port, slot;
	char name[16];
	uint32_t ports;
	struct port is;
	uint32_t taken; /* slots of it whose transmit side somebody has */
};

void book_lock(void);
void book_unlock(void);
extern struct book book; /* to be used locked */

/* All lock by themselves. */
/** draw_place() - a card, a port of it, and a slot that the port has; mostly a free one. */
bool draw_place(struct fuzzer *me, struct place *at);
/** draw_bit() - one of the bits that are set, or -1. */
int draw_bit(struct fuzzer *me, uint32_t bits);
/**
 * draw_desc() - an open descriptor, mostly one that fits; its place, and a copy. -1: none is open.
 * @fits: called with the book locked
 */
int draw_desc(struct fuzzer *me, bool (*fits)(const struct desc *d), struct desc *copy);
/** desc_of() - locked: the descriptor that was drawn, or NULL: its place is another's by now. */
struct desc *desc_of(int i, const struct desc *copy);
/** slots_of() - the slots that users can have. */
uint32_t slots_of(const struct port *port);
/** taken_of() - locked: the slots of a port whose transmit side somebody has. */
uint32_t taken_of(uint32_t serial, uint32_t port);
struct card *card_of(uint32_t serial); /* locked; NULL: it is gone */
unsigned int cards_there(void);
bool book_card_new(const struct card *card); /* serial is given here; false: no room */
void book_card_gone(uint32_t serial);
void book_link_new(const struct link *link);
void book_link_gone(uint32_t id);
void book_reset(void);
/** book_compare() - alone: the kernel's spans and cross-connects are those of the book. */
void book_compare(struct fuzzer *me);

/* --- nl.c: netlink by hand ------------------------------------------------------------------------ */

enum family { TDM, VIRT };

/* An attribute of a request. */
struct item {
	uint16_t type;
	uint8_t len;
	bool needed;	  /* without it the request is refused */
	bool names_card;  /* by id or by name */
	bool string;
	uint32_t min, max; /* of a number; min > max: no bounds */
	uint32_t norm;	   /* what the digest has of it */
	uint8_t data[24];
};

struct ask {
	enum family family;
	uint8_t cmd;
	bool dump, admin;
	unsigned int n;
	struct item item[24];
};

struct answer {
	bool sentence;	  /* a refusal came with one */
	uint32_t objects; /* replies */
	uint32_t id;	  /* of the last one: card (commands of cross-connects: of that) */
	char name[16];
	/* Called for each reply, if not NULL; attrs[type], NULL: not there. */
	void (*each)(void *arg, const void *const *attrs);
	void *arg;
};

#define ATTRS 96 /* of attrs[] */

int nl_open(struct fuzzer *me);
void nl_close(struct fuzzer *me);
uint32_t nl_u32(const void *attr); /* 0: not there */
uint8_t nl_u8(const void *attr);
void put_number(struct ask *ask, uint16_t type, unsigned int len, uint32_t value, uint32_t min,
		uint32_t max);
void put_string(struct ask *ask, uint16_t type, const char *text, uint32_t norm);
/** put_card() - an end of a request by id or name or both; @peer: of the other end. */
void put_card(struct fuzzer *me, struct ask *ask, const struct place *at, bool peer);
void put_port(struct ask *ask, const struct place *at, bool peer);
void put_slot(struct ask *ask, const struct place *at, bool peer);
/** nl_spoil() - one thing in the request is made wrong; me->must says what. */
void nl_spoil(struct fuzzer *me, struct ask *ask);
/** nl_call() - spoils it, now and then, asks, and checks the answer. */
int nl_call(struct fuzzer *me, struct ask *ask, struct answer *answer);
/** nl_plain() - asks as it is; no digest, no checks of refusals. */
int nl_plain(struct fuzzer *me, struct ask *ask, struct answer *answer);
int events_read(struct fuzzer *me);

/* --- the kinds -------------------------------------------------------------------------------------- */

/* nl_ops.c */
int ask_card_get(struct fuzzer *me), ask_card_dump(struct fuzzer *me), ask_card_set(struct fuzzer *me);
int ask_card_reload(struct fuzzer *me), ask_span_get(struct fuzzer *me), ask_span_dump(struct fuzzer *me);
int ask_span_set(struct fuzzer *me), ask_slot_get(struct fuzzer *me), ask_slot_dump(struct fuzzer *me);
int ask_slot_set(struct fuzzer *me), ask_connect_new(struct fuzzer *me), ask_connect_del(struct fuzzer *me);
int ask_connect_get(struct fuzzer *me), ask_connect_dump(struct fuzzer *me);
int ask_counters_get(struct fuzzer *me), ask_counters_dump(struct fuzzer *me);
int ask_counters_reset(struct fuzzer *me), ask_unknown(struct fuzzer *me);
void draw_config(struct fuzzer *me, struct port *config);
/* virt_ops.c */
int ask_virt_new(struct fuzzer *me), ask_virt_del(struct fuzzer *me), ask_virt_get(struct fuzzer *me);
int ask_virt_dump(struct fuzzer *me), ask_virt_join(struct fuzzer *me), ask_virt_unjoin(struct fuzzer *me);
int ask_virt_fault(struct fuzzer *me);
/** virt_remove() - no call of the fuzz: the card goes. */
void virt_remove(struct fuzzer *me, uint32_t id);
/* dev.c: calls with memory; dev_ops.c, io_ops.c */
int dev_call(struct fuzzer *me, int fd, unsigned long cmd, void *arg, size_t size, int reason);
int dev_memory(struct fuzzer *me);
/** patience() - signals interrupt this thread's calls from so many milliseconds on; 0: no more. */
void patience(struct fuzzer *me, unsigned int ms);
int dev_bind(struct fuzzer *me), dev_stats(struct fuzzer *me), dev_flush(struct fuzzer *me);
int dev_drain(struct fuzzer *me), dev_stream(struct fuzzer *me), dev_claim(struct fuzzer *me);
int dev_release(struct fuzzer *me), dev_connect(struct fuzzer *me), dev_disconnect(struct fuzzer *me);
int dev_event(struct fuzzer *me), dev_sig_set(struct fuzzer *me), dev_sig_get(struct fuzzer *me);
int dev_unknown(struct fuzzer *me);
int io_open(struct fuzzer *me), io_close(struct fuzzer *me), io_read(struct fuzzer *me);
int io_write(struct fuzzer *me), io_poll(struct fuzzer *me), io_mmap(struct fuzzer *me);
int io_munmap(struct fuzzer *me);
/** io_close_all() - no call of the fuzz: what the thread has mapped, and all descriptors. */
void io_unmap_all(struct fuzzer *me);
void io_close_all(void);

#endif

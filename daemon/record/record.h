/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call records: every step of every call (daemon/call/history.h) is appended to the journal in the
 * task in which it happens, and comes into the database within a second or two.
 *
 *	task: a step  --write()-->  journal  --thread "record"-->  SQLite
 *	                               |
 *	                    thread "sync": fdatasync() each second
 *
 * A killed daemon loses nothing that had counted: the journal is read into the database at the next
 * start, and calls that were up get their end then. A power cut loses at most the last second.
 *
 * When the journal cannot be written (its disk is full), either calls go on and their steps wait in
 * memory for the database and for room (RECORD_CONTINUE), or no call is placed, answered or moved
 * until it can again (RECORD_REFUSE).
 */
#ifndef TDMD_RECORD_RECORD_H
#define TDMD_RECORD_RECORD_H

#include "daemon/record/store.h"

enum record_failure {
	RECORD_CONTINUE,
	RECORD_REFUSE,
};

struct record_params {
	const char *journal, *database; /* paths */
	enum record_failure failure;
};

/**
 * record_start() - take over what an earlier run left, and keep records from now on; before the
 * first channel. User: waits. Errors are logged with their sentence; journal_open()'s and
 * store_open()'s.
 */
int record_start(const struct record_params *params);
/** record_stop() - all is in the database; after the last channel. Does nothing if not started. */
void record_stop(void);
void record_set_failure(enum record_failure failure);

/** A question to the records: what is asked is answered with all that had happened before. */
struct record_query {
	struct mpsc_node node;
	struct store_query find;
	/* Thread "record", nothing held: must only post. The answer (or NULL) is the taker's. */
	void (*done)(struct record_query *query, int err, json_t *answer);
};
/**
 * record_ask() - any thread; done() follows, once. -EOPNOTSUPP: no records are kept (done() is not
 * called).
 */
int record_ask(struct record_query *query);

struct record_stats {
	uint64_t appended; /* lines in the journal */
	uint64_t stored;   /* lines in the database */
	uint64_t refused;  /* steps */
	uint64_t late;	   /* lines that found no room in the journal */
	uint64_t lost;	   /* ... nor in memory */
};
void record_stats(struct record_stats *stats);

#endif

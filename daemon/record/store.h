/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The database of call records: SQLite, one file. Anybody may read it while the daemon runs.
 *
 *	calls	a row for each channel that called or was called
 *	history	a row for each step in a call's life: history_name(), and "interrupted"
 *
 * A row of calls is the latest that is known of it; records may be applied twice and late ones
 * after later ones, with the same result. PRAGMA user_version is the version of the schema: an
 * older one is brought up to date, a newer one is not touched.
 *
 * One thread at a time; everything here may wait, and nothing may be held.
 */
#ifndef TDMD_RECORD_STORE_H
#define TDMD_RECORD_STORE_H

#include <jansson.h>

#include "daemon/record/journal.h"

struct store;

/** store_schema() - the version that this program writes. */
int store_schema(void);

/**
 * store_open() - make or take a database.
 * -EPROTONOSUPPORT: its schema is newer, or it is another program's database; -EBADMSG: no
 * database; -EBUSY, -EIO, -ENOSPC, -ENOMEM, -EACCES. why: a sentence then.
 */
int store_open(const char *path, struct store **out, char *why, size_t size);
void store_close(struct store *store);

/** store_begin() - records are applied from here on; all or none of them. */
int store_begin(struct store *store);
int store_apply(struct store *store, const struct record *records, int n);
/** store_commit() - they are on the disk; an error: none of them is there. */
int store_commit(struct store *store);
void store_rollback(struct store *store);

/** store_last_run() - the highest run that any record has; 0. */
int store_last_run(struct store *store, uint64_t *run);
/**
 * store_interrupt() - calls that have no end, the daemon having been killed, end at seen_us (or
 * at the last that is known of them), disposition "interrupted". Returns how many, or an error.
 */
int store_interrupt(struct store *store, uint64_t seen_us);

struct store_query {
	unsigned int limit; /* 1..STORE_LIMIT_MAX */
	uint64_t before_us; /* calls that began before; 0: all */
	char number[32];    /* calls from or to it; empty: all */
	char id[48];	    /* this one alone, with its history */
};
#define STORE_LIMIT_MAX 1000

/**
 * store_find() - an array of objects, the youngest first; with an id one object.
 * -ENOENT: no such call; -EINVAL: no id; store_begin()'s errors.
 */
int store_find(struct store *store, const struct store_query *query, json_t **out);

#endif

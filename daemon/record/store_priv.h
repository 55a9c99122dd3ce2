/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the store; for daemon/record/store*.c only. */
#ifndef TDMD_RECORD_STORE_PRIV_H
#define TDMD_RECORD_STORE_PRIV_H

#include <sqlite3.h>

#include "daemon/record/store.h"

struct store {
	sqlite3 *db;
	sqlite3_stmt *call, *step; /* what store_apply() runs for each record */
};

/** store_errno() - what an SQLite result means; -EIO for what has no better one. */
int store_errno(const struct store *store, int rc);
/** store_run() - statements without parameters or results. */
int store_run(struct store *store, const char *sql);
/** store_prepare() - one statement. */
int store_prepare(struct store *store, const char *sql, sqlite3_stmt **out);

/* store_schema.c: brings a database up to date, or refuses it with a sentence. */
int store_migrate(struct store *store, char *why, size_t size);

#endif

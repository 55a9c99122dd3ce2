// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The schema and how each version of it becomes the next.
 */
#include <stdio.h>

#include "daemon/record/store_priv.h"

/* Databases of ours say so in their header: "TDMr". */
#define APPLICATION_ID 0x54444d72
#define STR_(x) #x
#define STR(x) STR_(x)

/*
 * step[n] makes version n + 1 of version n; 0 is an empty file. What was released is never edited:
 * a change is one more step.
 */
static const char *const step[] = {
	/* 1: run and call, or run and seq, are unique for ever */
	"CREATE TABLE calls ("
	" run INTEGER NOT NULL, call INTEGER NOT NULL, linked INTEGER NOT NULL,"
	" sid TEXT NOT NULL, name TEXT NOT NULL, direction TEXT NOT NULL, leg TEXT NOT NULL,"
	" caller TEXT NOT NULL, caller_name TEXT NOT NULL, called TEXT NOT NULL,"
	" connected TEXT NOT NULL, start_us INTEGER NOT NULL, answer_us INTEGER, end_us INTEGER,"
	" cause INTEGER, disposition TEXT, last_seq INTEGER NOT NULL,"
	" PRIMARY KEY (run, call)) WITHOUT ROWID;"
	"CREATE TABLE history ("
	" run INTEGER NOT NULL, seq INTEGER NOT NULL, call INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL, event TEXT NOT NULL, leg TEXT, caller TEXT, peer TEXT,"
	" bridge TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID;"
	"CREATE INDEX history_call ON history (run, call, seq);"
	"PRAGMA application_id = " STR(APPLICATION_ID) ";",
	/* 2: what an operation was told; listing by time, finding what belongs together or is open */
	"ALTER TABLE history ADD COLUMN detail TEXT;"
	"CREATE INDEX calls_start ON calls (start_us);"
	"CREATE INDEX calls_linked ON calls (run, linked);"
	"CREATE INDEX calls_open ON calls (run, call) WHERE end_us IS NULL;",
};

int store_schema(void)
{
	return (int)ARRAY_SIZE(step);
}

static int pragma(struct store *store, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt;
	int rc, err = store_prepare(store, sql, &stmt);

	if (err)
		return err;
	rc = sqlite3_step(stmt);
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : store_errno(store, rc);
}

static int one_step(struct store *store, int version)
{
	char set[64];
	int err = store_run(store, "BEGIN IMMEDIATE");

	if (err)
		return err;
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", version + 1);
	err = store_run(store, step[version]);
	if (!err)
		err = store_run(store, set);
	if (!err)
		err = store_run(store, "COMMIT");
	if (err)
		store_rollback(store);
	return err;
}

int store_migrate(struct store *store, char *why, size_t size)
{
	int64_t version, application, tables;
	int err = pragma(store, "PRAGMA user_version", &version);

	if (!err)
		err = pragma(store, "PRAGMA application_id", &application);
	if (!err)
		err = pragma(store, "SELECT count(*) FROM sqlite_master", &tables);
	if (err) {
		snprintf(why, size, "it cannot be read: %s", sqlite3_errmsg(store->db));
		return err;
	}
	if (tables && application != APPLICATION_ID) {
		snprintf(why, size, "it is the database of another program");
		return -EPROTONOSUPPORT;
	}
	if (version < 0 || version > store_schema()) {
		snprintf(why, size,
			 "its schema has version %lld and this tdmd knows up to %d: a newer tdmd wrote it",
			 (long long)version, store_schema());
		return -EPROTONOSUPPORT;
	}
	for (; version < store_schema(); version++) {
		err = one_step(store, (int)version);
		if (err) {
			snprintf(why, size, "version %lld of its schema cannot be made the next: %s",
				 (long long)version, sqlite3_errmsg(store->db));
			return err;
		}
	}
	return 0;
}

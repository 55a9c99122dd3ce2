// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/lock.h"
#include "daemon/record/store_priv.h"

/* How long somebody else's transaction is waited for; then the records wait in the journal. */
#define BUSY_MS 200

static const struct {
	int rc, err;
} errors[] = {
	{ SQLITE_BUSY, -EBUSY },     { SQLITE_LOCKED, -EBUSY },	 { SQLITE_NOMEM, -ENOMEM },
	{ SQLITE_FULL, -ENOSPC },    { SQLITE_PERM, -EACCES },	 { SQLITE_READONLY, -EROFS },
	{ SQLITE_NOTADB, -EBADMSG }, { SQLITE_CORRUPT, -EBADMSG }, { SQLITE_CANTOPEN, -ENOENT },
};

int store_errno(const struct store *store, int rc)
{
	int sys = sqlite3_system_errno(store->db);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].rc == (rc & 0xff))
			return errors[i].rc == SQLITE_CANTOPEN && sys ? -sys : errors[i].err;
	return -EIO;
}

int store_run(struct store *store, const char *sql)
{
	int rc;

	lock_boundary_check(LOCK_ENTER_WAIT);
	rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : store_errno(store, rc);
}

int store_prepare(struct store *store, const char *sql, sqlite3_stmt **out)
{
	int rc = sqlite3_prepare_v2(store->db, sql, -1, out, NULL);

	return rc == SQLITE_OK ? 0 : store_errno(store, rc);
}

/* --- life ------------------------------------------------------------------------------------ */

/*
 * A call's first identity stays when other legs come to sit in it: ?18; and whom it called, when it
 * is answered and routed to somewhere else: ?19.
 */
#define KEEP(column, when) \
	column " = CASE WHEN " when " THEN " column " ELSE excluded." column " END,"

static const char call_sql[] =
	"INSERT INTO calls (run, call, linked, sid, name, direction, leg, caller, caller_name,"
	" called, connected, start_us, answer_us, end_us, cause, disposition, last_seq)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
	" ON CONFLICT (run, call) DO UPDATE SET linked = excluded.linked," KEEP("leg", "?18")
	KEEP("caller", "?18") KEEP("caller_name", "?18") KEEP("called", "?19")
	KEEP("connected", "?18")
	" answer_us = excluded.answer_us, end_us = excluded.end_us, cause = excluded.cause,"
	" disposition = excluded.disposition, last_seq = excluded.last_seq"
	" WHERE excluded.last_seq > last_seq";

static const char step_sql[] =
	"INSERT OR IGNORE INTO history (run, seq, call, time_us, event, leg, caller, peer, bridge,"
	" detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

int store_open(const char *path, struct store **out, char *why, size_t size)
{
	struct store *store = calloc(1, sizeof(*store));
	int fd, rc, err;

	lock_boundary_check(LOCK_ENTER_WAIT);
	snprintf(why, size, "there is no memory");
	if (!store)
		return -ENOMEM;
	/* Whom people call is not for everybody: SQLite's other files get the mode of this one. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	if (fd >= 0)
		close(fd);
	rc = sqlite3_open_v2(path, &store->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK) {
		err = store->db ? store_errno(store, rc) : -ENOMEM;
		snprintf(why, size, "it cannot be opened: %s", strerror(-err));
		goto close;
	}
	sqlite3_busy_timeout(store->db, BUSY_MS);
	err = store_migrate(store, why, size);
	if (err)
		goto close;
	/* Readers do not stop us, nor we them; a commit is on the disk when it returns. */
	err = store_run(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	if (!err)
		err = store_prepare(store, call_sql, &store->call);
	if (!err)
		err = store_prepare(store, step_sql, &store->step);
	if (err) {
		snprintf(why, size, "it cannot be used: %s", sqlite3_errmsg(store->db));
		goto close;
	}
	*out = store;
	return 0;

close:
	store_close(store);
	return err;
}

void store_close(struct store *store)
{
	sqlite3_finalize(store->call);
	sqlite3_finalize(store->step);
	sqlite3_close(store->db);
	free(store);
}

/* --- writing --------------------------------------------------------------------------------- */

int store_begin(struct store *store)
{
	return store_run(store, "BEGIN IMMEDIATE");
}

int store_commit(struct store *store)
{
	int err = store_run(store, "COMMIT");

	if (err)
		store_rollback(store);
	return err;
}

void store_rollback(struct store *store)
{
	/* Some errors end the transaction by themselves. */
	if (!sqlite3_get_autocommit(store->db))
		store_run(store, "ROLLBACK");
}

static const char *disposition(const struct history_entry *e)
{
	static const struct {
		int cause;
		const char *name;
	} names[] = {
		{ CAUSE_NORMAL, "cancelled" },	  { CAUSE_BUSY, "busy" },
		{ CAUSE_NO_RESPONSE, "no answer" }, { CAUSE_NO_ANSWER, "no answer" },
		{ CAUSE_REJECTED, "rejected" },	  { CAUSE_PICKED_UP, "picked up elsewhere" },
	};

	if (!e->end_us)
		return NULL;
	if (e->answer_us)
		return "answered";
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].cause == e->info.cause)
			return names[i].name;
	return "failed";
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static void bind_int(sqlite3_stmt *stmt, int at, uint64_t n)
{
	sqlite3_bind_int64(stmt, at, (sqlite3_int64)n);
}

static void bind_time(sqlite3_stmt *stmt, int at, uint64_t us)
{
	if (us)
		bind_int(stmt, at, us);
	else
		sqlite3_bind_null(stmt, at);
}

static void bind_some(sqlite3_stmt *stmt, int at, const char *text)
{
	if (*text)
		bind_text(stmt, at, text);
	else
		sqlite3_bind_null(stmt, at);
}

/* Runs it once; its bindings may point to what is gone afterwards. */
static int step_once(struct store *store, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);
	int err = rc == SQLITE_DONE ? 0 : store_errno(store, rc);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return err;
}

static int apply_call(struct store *store, const struct record *rec)
{
	const struct history_entry *e = &rec->entry;
	const struct channel_info *info = &e->info;
	sqlite3_stmt *s = store->call;
	const char *how = disposition(e);

	bind_int(s, 1, rec->run);
	bind_int(s, 2, info->id);
	bind_int(s, 3, e->linked);
	bind_text(s, 4, info->sid);
	bind_text(s, 5, info->name);
	bind_text(s, 6, info->outgoing ? "out" : "in");
	bind_text(s, 7, info->leg);
	/* An outgoing channel's party is the one that was called. */
	bind_text(s, 8, info->outgoing ? e->calling : info->caller.number);
	bind_text(s, 9, info->outgoing ? "" : info->caller.name);
	bind_text(s, 10, info->exten);
	bind_text(s, 11, info->outgoing ? info->caller.number : info->connected.number);
	bind_int(s, 12, e->start_us);
	bind_time(s, 13, e->answer_us);
	bind_time(s, 14, e->end_us);
	if (e->end_us)
		sqlite3_bind_int(s, 15, info->cause);
	if (how)
		bind_text(s, 16, how);
	bind_int(s, 17, rec->seq);
	sqlite3_bind_int(s, 18, e->moved);
	sqlite3_bind_int(s, 19, e->moved || (e->answer_us && e->answer_us < e->time_us));
	return step_once(store, s);
}

static int apply_step(struct store *store, const struct record *rec)
{
	const struct history_entry *e = &rec->entry;
	sqlite3_stmt *s = store->step;

	bind_int(s, 1, rec->run);
	bind_int(s, 2, rec->seq);
	bind_int(s, 3, e->info.id);
	bind_int(s, 4, e->time_us);
	bind_text(s, 5, history_name((enum history)e->what));
	bind_some(s, 6, e->info.leg);
	bind_some(s, 7, e->info.caller.number);
	bind_some(s, 8, e->peer_sid);
	bind_some(s, 9, e->bridge);
	bind_some(s, 10, e->detail);
	return step_once(store, s);
}

int store_apply(struct store *store, const struct record *records, int n)
{
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		err = apply_call(store, &records[i]);
		if (!err)
			err = apply_step(store, &records[i]);
	}
	return err;
}

/* --- what a killed daemon left --------------------------------------------------------------- */

int store_last_run(struct store *store, uint64_t *run)
{
	sqlite3_stmt *stmt;
	int rc, err = store_prepare(store, "SELECT max(run) FROM history", &stmt);

	if (err)
		return err;
	rc = sqlite3_step(stmt);
	*run = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : store_errno(store, rc);
}

/* The number of the step is one that no run can count to, and the same if it is done again. */
static const char interrupt_step_sql[] =
	"INSERT OR IGNORE INTO history (run, seq, call, time_us, event)"
	" SELECT run, (1 << 62) + call, call, ?1, 'interrupted' FROM calls WHERE end_us IS NULL";
static const char interrupt_call_sql[] =
	"UPDATE calls SET end_us = max(start_us, coalesce(answer_us, 0), ?1), cause = ?2,"
	" disposition = 'interrupted' WHERE end_us IS NULL";

static int run_bound(struct store *store, const char *sql, uint64_t first, int second)
{
	sqlite3_stmt *stmt;
	int err = store_prepare(store, sql, &stmt);

	if (err)
		return err;
	bind_int(stmt, 1, first);
	if (second)
		sqlite3_bind_int(stmt, 2, second);
	err = step_once(store, stmt);
	sqlite3_finalize(stmt);
	return err;
}

int store_interrupt(struct store *store, uint64_t seen_us)
{
	int err = store_begin(store), n;

	if (err)
		return err;
	err = run_bound(store, interrupt_step_sql, seen_us, 0);
	if (!err)
		err = run_bound(store, interrupt_call_sql, seen_us, CAUSE_TEMPORARY);
	n = sqlite3_changes(store->db);
	if (err) {
		store_rollback(store);
		return err;
	}
	err = store_commit(store);
	return err ? err : n;
}

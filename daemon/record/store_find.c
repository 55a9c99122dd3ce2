// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking into the database: rows become objects by the names of their columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/lock.h"
#include "daemon/record/store_priv.h"

#define COLUMNS \
	"run || '-' || call AS id, run || '-' || linked AS linked, sid AS channel, name, direction," \
	" leg, caller, caller_name, called, connected, start_us, answer_us, end_us, cause," \
	" disposition"

static const char list_sql[] =
	"SELECT " COLUMNS " FROM calls WHERE (?1 = 0 OR start_us < ?1)"
	" AND (?2 = '' OR caller = ?2 OR called = ?2) ORDER BY start_us DESC, call DESC LIMIT ?3";
static const char one_sql[] = "SELECT " COLUMNS " FROM calls WHERE run = ?1 AND call = ?2";
static const char history_sql[] =
	"SELECT time_us, event, leg, caller, peer, bridge, detail FROM history"
	" WHERE run = ?1 AND call = ?2 ORDER BY seq";

/* What a network sent as a name need not be UTF-8. */
static json_t *text_json(const char *text)
{
	char copy[256], *p;
	json_t *json = json_string(text);

	if (json)
		return json;
	snprintf(copy, sizeof(copy), "%s", text);
	for (p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(copy);
}

static json_t *row_json(sqlite3_stmt *stmt)
{
	json_t *row = json_object();

	for (int i = 0; row && i < sqlite3_column_count(stmt); i++) {
		json_t *value;

		switch (sqlite3_column_type(stmt, i)) {
		case SQLITE_INTEGER:
			value = json_integer(sqlite3_column_int64(stmt, i));
			break;
		case SQLITE_TEXT:
			value = text_json((const char *)sqlite3_column_text(stmt, i));
			break;
		default:
			value = json_null();
		}
		if (json_object_set_new(row, sqlite3_column_name(stmt, i), value)) {
			json_decref(row);
			return NULL;
		}
	}
	return row;
}

/* All rows; the statement is done with. */
static int rows_json(struct store *store, sqlite3_stmt *stmt, json_t **out)
{
	json_t *list = json_array();
	int rc = SQLITE_NOMEM;

	while (list && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (json_array_append_new(list, row_json(stmt))) {
			rc = SQLITE_NOMEM;
			break;
		}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE) {
		json_decref(list);
		return store_errno(store, rc);
	}
	*out = list;
	return 0;
}

static int rows_of_call(struct store *store, const char *sql, const uint64_t id[2], json_t **out)
{
	sqlite3_stmt *stmt;
	int err = store_prepare(store, sql, &stmt);

	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)id[0]);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)id[1]);
	return rows_json(store, stmt, out);
}

/* RUN-CALL */
static int id_parse(const char *text, uint64_t id[2])
{
	for (int i = 0; i < 2; i++) {
		char *end;

		errno = 0;
		id[i] = strtoull(text, &end, 10);
		if (*text < '0' || *text > '9' || errno || id[i] > INT64_MAX ||
		    *end != (i ? '\0' : '-'))
			return -EINVAL;
		text = end + 1;
	}
	return 0;
}

static int find_one(struct store *store, const char *text, json_t **out)
{
	json_t *list = NULL, *history = NULL;
	uint64_t id[2];
	int err = id_parse(text, id);

	if (!err)
		err = rows_of_call(store, one_sql, id, &list);
	if (!err && !json_array_size(list))
		err = -ENOENT;
	if (!err)
		err = rows_of_call(store, history_sql, id, &history);
	if (!err) {
		*out = json_incref(json_array_get(list, 0));
		if (json_object_set_new(*out, "history", history)) {
			json_decref(*out);
			err = -ENOMEM;
		}
	}
	json_decref(list);
	return err;
}

int store_find(struct store *store, const struct store_query *query, json_t **out)
{
	sqlite3_stmt *stmt;
	int err;

	lock_boundary_check(LOCK_ENTER_WAIT);
	if (query->id[0])
		return find_one(store, query->id, out);
	err = store_prepare(store, list_sql, &stmt);
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)query->before_us);
	sqlite3_bind_text(stmt, 2, query->number, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 3, (int)query->limit);
	return rows_json(store, stmt, out);
}

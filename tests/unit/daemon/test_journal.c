// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal and the database as files: lines, and what is left of them after every kind of
 * accident.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/daemon/record_world.h"

/* --- lines ----------------------------------------------------------------------------------- */

static void fill(char *text, size_t size, char with)
{
	memset(text, with, size - 1);
	text[size - 1] = '\0';
}

static struct record a_record(char with)
{
	struct history_entry *e;
	struct record rec;

	memset(&rec, 0, sizeof(rec)); /* it is compared as memory */
	rec.run = rec.seq = INT64_MAX;
	e = &rec.entry;
	e->what = HISTORY_MOVED;
	e->moved = true;
	e->time_us = e->start_us = e->answer_us = e->end_us = e->linked = e->peer = INT64_MAX;
	e->info.id = INT64_MAX;
	e->info.outgoing = true;
	e->info.cause = 127;
	fill(e->peer_sid, sizeof(e->peer_sid), with);
	fill(e->bridge, sizeof(e->bridge), with);
	fill(e->detail, sizeof(e->detail), with);
	fill(e->calling, sizeof(e->calling), with);
	fill(e->info.sid, sizeof(e->info.sid), with);
	fill(e->info.name, sizeof(e->info.name), with);
	fill(e->info.leg, sizeof(e->info.leg), with);
	fill(e->info.exten, sizeof(e->info.exten), with);
	fill(e->info.caller.number, sizeof(e->info.caller.number), with);
	fill(e->info.caller.name, sizeof(e->info.caller.name), with);
	fill(e->info.connected.number, sizeof(e->info.connected.number), with);
	return rec;
}

static void a_line_reads_back_and_any_change_shows(void **state)
{
	static const char odd[] = { 'x', '\t', '\n', '\\', '\r', (char)0xff, 1 };
	struct record recs[2], got[HISTORY_AT_ONCE];
	char line[JOURNAL_LINE_MAX], copy[JOURNAL_LINE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(odd); i++) {
		recs[0] = a_record(odd[i]);
		recs[1] = a_record('y');
		for (int n = 1; n <= 2; n++) {
			size_t len = journal_format(line, recs, n);

			assert_true(len < JOURNAL_LINE_MAX);
			assert_true(line[0] == '\n' && line[len - 1] == '\n');
			assert_null(memchr(line + 1, '\n', len - 2));
			assert_int_equal(journal_parse(line + 1, len - 2, got), n);
			assert_memory_equal(got, recs, (size_t)n * sizeof(*got));
		}
	}
	memset(recs, 0, sizeof(recs));
	size_t len = journal_format(line, recs, 1) - 2;

	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(journal_parse(line + 1, cut, got), -EBADMSG);
	for (size_t at = 0; at < len; at++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, line + 1, len);
			copy[at] = (char)(copy[at] ^ 1 << bit);
			assert_true(journal_parse(copy, len, got) < 0);
		}
	/* Another version's line is whole, and says so. */
	memcpy(copy, line + 1, len);
	copy[1] = '2';
	assert_int_equal(journal_parse(copy, len, got), -EPROTONOSUPPORT);
}

/* --- torn, twice, killed --------------------------------------------------------------------- */

static int count_lines(void *arg, const struct record *records, int n)
{
	(void)records;
	*(int *)arg += n;
	return 0;
}

/* The journal of a short call, as a killed daemon leaves it; its length. */
static size_t killed_journal(char *text, size_t size)
{
	struct testleg *ta, *tb;
	struct result moved = { 0 };
	struct channel *a, *b;
	size_t len;

	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	a = call_in("a", &ta);
	b = chan_up("b", "2002", &tb);
	channel_move(a, b, result_done, &moved);
	settle();
	len = slurp(journal_path, text, size);
	call_end(a, CAUSE_NORMAL);
	channel_put(b);
	record_stop();
	unlink(journal_path);
	unlink(db_path);
	return len;
}

static void torn_at_every_octet(void **state)
{
	static char text[65536], more[65536 + JOURNAL_LINE_MAX];
	size_t len = killed_journal(text, sizeof(text)), tail;
	struct record rec = a_record('x');
	char line[JOURNAL_LINE_MAX];

	(void)state;
	assert_true(len > 500);
	tail = journal_format(line, &rec, 1);
	for (size_t cut = 0; cut <= len; cut++) {
		struct journal_counts counts = { 0 };
		struct journal j;
		int whole = 0, got = 0;
		size_t begun = 0;

		for (size_t i = 0; i < cut; i++)
			if (text[i] == '\n' && i && text[i - 1] != '\n') {
				struct record recs[HISTORY_AT_ONCE];

				whole += journal_parse(text + begun, i - begun, recs);
			} else if (text[i] == '\n') {
				begun = i + 1;
			}
		/* Cut short at the end, ... */
		spill(journal_path, text, cut);
		assert_int_equal(journal_open(&j, journal_path), 0);
		assert_true(journal_read(&j, 1000, true, count_lines, &got, &counts) >= 0);
		assert_int_equal(got, whole);
		assert_int_equal(counts.damaged, 0);
		assert_int_equal(counts.torn, cut && text[cut - 1] != '\n');
		/* ... and in the middle: a full disk, and then there was room again. */
		journal_close(&j);
		memcpy(more, text, cut);
		memcpy(more + cut, line, tail);
		spill(journal_path, more, cut + tail);
		got = 0;
		assert_int_equal(journal_open(&j, journal_path), 0);
		assert_true(journal_read(&j, 1000, true, count_lines, &got, &counts) >= 0);
		/* Only its line feed was missing: then the next line's has made it whole. */
		assert_in_range(got, whole + 1, whole + 3);
		assert_true(got == whole + 1 || !counts.damaged);
		journal_close(&j);
	}
	unlink(journal_path);
}

/* A power cut may leave pages of zeros, and a bad disk anything. */
static void garbage_between_lines(void **state)
{
	static char text[65536], more[400000];
	size_t len = killed_journal(text, sizeof(text)), at = 0;
	struct journal_counts counts = { 0 };
	struct journal j;
	int got = 0, all = 0;

	(void)state;
	memcpy(more, text, len);
	at = len + 100000; /* zeros */
	memcpy(more + at, text, len);
	at += len;
	memset(more + at, 'x', 150000);
	at += 150000;
	memcpy(more + at, text, len);
	at += len;
	spill(journal_path, text, len);
	assert_int_equal(journal_open(&j, journal_path), 0);
	assert_true(journal_read(&j, 1000, true, count_lines, &all, &counts) > 3);
	journal_close(&j);
	spill(journal_path, more, at);
	assert_int_equal(journal_open(&j, journal_path), 0);
	assert_true(journal_read(&j, 1000, true, count_lines, &got, &counts) > 0);
	assert_int_equal(got, 3 * all);
	assert_true(counts.damaged > 0);
	assert_false(counts.torn);
	journal_close(&j);
	unlink(journal_path);
}

static void a_killed_daemons_calls_end(void **state)
{
	static char text[65536];
	size_t len = killed_journal(text, sizeof(text));
	const char *dump = "SELECT group_concat(run || call || sid || caller || start_us ||"
			   " coalesce(answer_us, '-') || coalesce(end_us, '-') || disposition)"
			   " FROM calls";
	const char *steps = "SELECT group_concat(seq || event || call) FROM history";
	struct timespec times[2] = { { .tv_sec = 4000000000 }, { .tv_sec = 4000000000 } };
	char first[256], rows[256];

	(void)state;
	/* Killed now, though b has ended by then in the middle of the move or not at all. */
	for (int i = 0; i < 3; i++) {
		spill(journal_path, text, len);
		utimensat(AT_FDCWD, journal_path, times, 0);
		assert_int_equal(record_begin(RECORD_CONTINUE), 0);
		record_stop();
		if (!i) {
			snprintf(first, sizeof(first), "%s", sql(dump));
			snprintf(rows, sizeof(rows), "%s", sql(steps));
		}
		/* Read twice and three times: the same. */
		assert_string_equal(sql(dump), first);
		assert_string_equal(sql(steps), rows);
	}
	assert_string_equal(sql("SELECT disposition || cause || end_us FROM calls"
				" WHERE sid = 'a'"), "interrupted414000000000000000");
	assert_string_equal(sql("SELECT group_concat(event) FROM (SELECT event FROM history"
				" WHERE call = (SELECT call FROM calls WHERE sid = 'a')"
				" ORDER BY seq)"), "start,moved,interrupted");
	assert_string_equal(sql("SELECT count(*) FROM calls WHERE end_us IS NULL"), "0");
	struct stat st;

	assert_int_equal(stat(journal_path, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* --- the database ---------------------------------------------------------------------------- */

static void sql_run(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* As version 1 was made; never edited. */
static const char version_1[] =
	"CREATE TABLE calls (run INTEGER NOT NULL, call INTEGER NOT NULL, linked INTEGER NOT NULL,"
	" sid TEXT NOT NULL, name TEXT NOT NULL, direction TEXT NOT NULL, leg TEXT NOT NULL,"
	" caller TEXT NOT NULL, caller_name TEXT NOT NULL, called TEXT NOT NULL,"
	" connected TEXT NOT NULL, start_us INTEGER NOT NULL, answer_us INTEGER, end_us INTEGER,"
	" cause INTEGER, disposition TEXT, last_seq INTEGER NOT NULL,"
	" PRIMARY KEY (run, call)) WITHOUT ROWID;"
	"CREATE TABLE history (run INTEGER NOT NULL, seq INTEGER NOT NULL, call INTEGER NOT NULL,"
	" time_us INTEGER NOT NULL, event TEXT NOT NULL, leg TEXT, caller TEXT, peer TEXT,"
	" bridge TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID;"
	"CREATE INDEX history_call ON history (run, call, seq);"
	"PRAGMA application_id = 1413762418; PRAGMA user_version = 1;"
	"INSERT INTO calls VALUES (1, 2, 2, 's', 'n', 'in', 'l', '4711', '', '2001', '', 5, 6, 7,"
	" 16, 'answered', 9);";

static void schemas(void **state)
{
	static char before[1 << 20], after[1 << 20];
	struct store *store;
	char why[256];
	size_t len;

	(void)state;
	sql_run(version_1);
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	record_stop();
	assert_string_equal(sql("SELECT caller || called FROM calls"), "47112001");
	assert_int_equal(atoi(sql("PRAGMA user_version")), store_schema());
	assert_string_equal(sql("SELECT count(*) FROM sqlite_master WHERE name = 'calls_open'"),
			    "1");
	/* A newer one is refused with a sentence, and not touched. */
	sql_run("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
	len = slurp(db_path, before, sizeof(before));
	assert_int_equal(record_begin(RECORD_CONTINUE), -EPROTONOSUPPORT);
	assert_int_equal(store_open(db_path, &store, why, sizeof(why)), -EPROTONOSUPPORT);
	assert_non_null(strstr(why, "99"));
	assert_int_equal(slurp(db_path, after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
	/* So is what is not ours. */
	unlink(db_path);
	sql_run("CREATE TABLE precious (x)");
	assert_int_equal(store_open(db_path, &store, why, sizeof(why)), -EPROTONOSUPPORT);
	assert_non_null(strstr(why, "another program"));
	memset(before, 'x', 5000);
	spill(db_path, before, 5000);
	assert_int_equal(store_open(db_path, &store, why, sizeof(why)), -EBADMSG);
	assert_int_equal(slurp(db_path, after, sizeof(after)), 5000);
	assert_int_equal(store_open("/nowhere/at/all", &store, why, sizeof(why)), -ENOENT);
	assert_int_equal(record_begin(RECORD_CONTINUE), -EBADMSG);
}

/* A line that had to wait in memory comes after later ones, and changes nothing of what they say. */
static void a_late_record_changes_nothing(void **state)
{
	struct record start, end;
	struct store *store;
	char why[256];

	(void)state;
	memset(&start, 0, sizeof(start));
	start.run = 1;
	start.seq = 3;
	start.entry.what = HISTORY_START;
	start.entry.start_us = 10;
	start.entry.info.id = 2;
	end = start;
	end.seq = 5;
	end.entry.what = HISTORY_END;
	end.entry.end_us = 20;
	end.entry.info.cause = CAUSE_BUSY;
	assert_int_equal(store_open(db_path, &store, why, sizeof(why)), 0);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_apply(store, &end, 1), 0);
	assert_int_equal(store_apply(store, &start, 1), 0);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	assert_string_equal(sql("SELECT disposition || end_us || last_seq FROM calls"), "busy205");
	assert_string_equal(sql("SELECT group_concat(event) FROM (SELECT event FROM history"
				" ORDER BY seq)"), "start,end");
}

static void one_daemon_a_journal(void **state)
{
	struct journal j, second;

	(void)state;
	assert_int_equal(journal_open(&j, journal_path), 0);
	assert_int_equal(journal_open(&second, journal_path), -EBUSY);
	assert_int_equal(journal_open(&second, "/nowhere/at/all"), -ENOENT);
	assert_int_equal(journal_open(&second, "/dev/null"), -EINVAL);
	assert_int_equal(record_begin(RECORD_CONTINUE), -EBUSY);
	journal_close(&j);
	assert_int_equal(record_begin(RECORD_CONTINUE), 0);
	record_stop();
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, record_setup, record_teardown)
	static const struct CMUnitTest tests[] = {
		T(a_line_reads_back_and_any_change_shows),
		T(torn_at_every_octet),
		T(garbage_between_lines),
		T(a_killed_daemons_calls_end),
		T(schemas),
		T(a_late_record_changes_nothing),
		T(one_daemon_a_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

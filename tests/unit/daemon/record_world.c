// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/daemon/record_world.h"

#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char record_folder[64], journal_path[96], db_path[96];

/* --- files ----------------------------------------------------------------------------------- */

int record_setup(void **state)
{
	snprintf(record_folder, sizeof(record_folder), "/tmp/record-XXXXXX");
	if (!mkdtemp(record_folder))
		return -1;
	snprintf(journal_path, sizeof(journal_path), "%s/journal", record_folder);
	snprintf(db_path, sizeof(db_path), "%s/db", record_folder);
	return world_setup(state);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int record_teardown(void **state)
{
	int ret = world_teardown(state);

	return nftw(record_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) ? -1 : ret;
}

size_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, buf, size);

	assert_true(fd >= 0 && n >= 0 && (size_t)n < size);
	close(fd);
	buf[n] = '\0';
	return (size_t)n;
}

void spill(const char *path, const char *buf, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0 && write(fd, buf, len) == (ssize_t)len);
	close(fd);
}

/* One value, as text; "" for NULL. */
const char *sql(const char *text)
{
	static char out[8][1024];
	static int n;
	sqlite3_stmt *stmt;
	const unsigned char *value;
	sqlite3 *db;

	n = (n + 1) % 8;
	assert_int_equal(sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_text(stmt, 0);
	snprintf(out[n], sizeof(out[n]), "%s", value ? (const char *)value : "");
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return out[n];
}

const char *history_of(const struct channel *ch)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "SELECT group_concat(event) FROM (SELECT event FROM history WHERE call = %llu"
		 " ORDER BY seq)",
		 (unsigned long long)channel_id(ch));
	return sql(text);
}

const char *column(const struct channel *ch, const char *name)
{
	char text[200];

	snprintf(text, sizeof(text), "SELECT %s FROM calls WHERE call = %llu", name,
		 (unsigned long long)channel_id(ch));
	return sql(text);
}

int record_begin(enum record_failure failure)
{
	struct record_params params = { .journal = journal_path, .database = db_path,
					.failure = failure };

	return record_start(&params);
}

static int attach_nothing(struct channel *ch, const struct leg_signal *sig)
{
	(void)ch;
	(void)sig;
	return 0;
}

struct channel *call_in(const char *sid, struct testleg **tl)
{
	struct channel *ch;

	*tl = testleg_new(false);
	ch = chan_new(*tl, sid);
	channel_set_default_controller(attach_nothing);
	testleg_incoming(*tl, "4711", "2001");
	settle();
	return ch;
}

void call_end(struct channel *ch, int cause)
{
	channel_post_hangup(ch, cause);
	settle();
	channel_put(ch);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: a file to which any number of threads append, and which one reads.
 *
 *	<LF> T1 <TAB> CRC-32 <TAB> fields of an entry [<TAB> fields of a second] <LF>
 *
 * A line is one write() to a descriptor opened with O_APPEND, so that lines do not mingle and no
 * lock is held. It begins with a line feed, too, so that one cut short, by a full disk or by the end
 * of its writer (a kill takes effect between two pages), spoils no other.  A line is good when it ends with a line feed and its CRC is right; every beginning of a
 * line is therefore told from a line, and what a power cut left of a page as well. What was cut had
 * not returned from journal_append(), and its step did not take place.
 *
 * What was read and is safe elsewhere is given back to the file system as a hole, so that nobody
 * who appends has to be stopped; the file begins anew when the daemon does.
 */
#ifndef TDMD_RECORD_JOURNAL_H
#define TDMD_RECORD_JOURNAL_H

#include "daemon/call/history.h"

/* More than the longest line: two entries of which each octet is escaped. */
#define JOURNAL_LINE_MAX 4096

/* An entry as it is kept: which run of the daemon, and the place within it, make it unique. */
struct record {
	uint64_t run; /* us, CLOCK_REALTIME, of its start; no two are alike */
	uint64_t seq;
	struct history_entry entry;
};

/* What a reading found. */
struct journal_counts {
	uint64_t lines;
	uint64_t damaged; /* lines that are none, the torn last one apart */
	uint64_t unknown; /* lines of another version than this one's */
	bool torn;	  /* the last line has no end */
};

struct journal {
	int fd;
	uint64_t done; /* offset: all before it was read */
	uint64_t hole; /* offset: all before it was given back */
	char *buf;     /* the reader's */
};

/** journal_format() - n records as one line into buf[JOURNAL_LINE_MAX]; its length. Pure. */
size_t journal_format(char *buf, const struct record *records, int n);
/**
 * journal_parse() - a line without its line feeds. Pure.
 * Returns the number of records (1..HISTORY_AT_ONCE); -EBADMSG: damaged; -EPROTONOSUPPORT: written
 * by another version.
 */
int journal_parse(const char *line, size_t len, struct record *out);

/**
 * journal_open() - make or take a file; may wait.
 * -EBUSY: another daemon writes to it; -EINVAL: no regular file; open()'s errors.
 */
int journal_open(struct journal *journal, const char *path);
void journal_close(struct journal *journal);
/**
 * journal_append() - any thread, any lock that allows enter "append". 0: it is in the file; else
 * write()'s error, and what was written of the line counts as damaged.
 */
int journal_append(const struct journal *journal, const char *line, size_t len);
/** journal_sync() - what was appended is on the disk. May wait; any thread. */
int journal_sync(const struct journal *journal);

/*
 * The reader: one thread.
 */
/**
 * journal_read() - from where the last reading ended: apply() for each line's records, at most max
 * lines. apply()'s error ends it before that line. Returns the number of lines, or an error.
 * @last: nobody will append: a line without an end is torn.
 */
int journal_read(struct journal *journal, unsigned int max, bool last,
		 int (*apply)(void *arg, const struct record *records, int n), void *arg,
		 struct journal_counts *counts);
/** journal_forget() - what was read is safe: its room is given back where the file system can. */
void journal_forget(struct journal *journal);
/** journal_restart() - the file is empty; nobody appends meanwhile. */
int journal_restart(struct journal *journal);
/** journal_touched_us() - when it was last written or touched: a sign of life. */
uint64_t journal_touched_us(const struct journal *journal);
void journal_touch(const struct journal *journal);

#endif

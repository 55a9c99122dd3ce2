// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/record/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/lock.h"

#define CHUNK (16 * JOURNAL_LINE_MAX) /* of one read */
#define BLOCK 65536 /* what is given back begins and ends with one: above all block sizes */

int journal_open(struct journal *journal, const char *path)
{
	struct stat st;
	int err;

	*journal = (struct journal){ .fd = -1 };
	journal->buf = malloc(CHUNK);
	if (!journal->buf)
		return -ENOMEM;
	journal->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	if (journal->fd < 0 || fstat(journal->fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else if (flock(journal->fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else
		return 0;
	journal_close(journal);
	return err;
}

void journal_close(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->buf);
	*journal = (struct journal){ .fd = -1 };
}

int journal_append(const struct journal *journal, const char *line, size_t len)
{
	lock_boundary_check(LOCK_ENTER_APPEND);
	while (len) {
		ssize_t n = write(journal->fd, line, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* A disk that fills takes a part, and says why with the next. */
		line += n;
		len -= (size_t)n;
	}
	return 0;
}

int journal_sync(const struct journal *journal)
{
	lock_boundary_check(LOCK_ENTER_WAIT);
	return fdatasync(journal->fd) ? -errno : 0;
}

struct reading {
	unsigned int lines, max;
	int (*apply)(void *arg, const struct record *records, int n);
	void *arg;
	struct journal_counts *counts;
};

static int one_line(struct reading *r, const char *line, size_t len)
{
	struct record records[HISTORY_AT_ONCE];
	int n, err;

	if (!len)
		return 0;
	n = journal_parse(line, len, records);
	if (n == -EPROTONOSUPPORT)
		r->counts->unknown++;
	else if (n < 0)
		r->counts->damaged++;
	if (n < 0)
		return 0;
	err = r->apply(r->arg, records, n);
	if (!err) {
		r->counts->lines++;
		r->lines++;
	}
	return err;
}

/* Whole lines of a chunk; how much of it is done with. */
static int whole_lines(struct reading *r, const char *buf, size_t len, size_t *done)
{
	const char *end;
	int err = 0;

	*done = 0;
	while (!err && r->lines < r->max && (end = memchr(buf + *done, '\n', len - *done))) {
		size_t n = (size_t)(end - buf) - *done;
		const char *line = buf + *done;

		/* What was a hole or was never written reads as zeros. */
		while (n && !*line) {
			line++;
			n--;
		}
		err = one_line(r, line, n);
		if (!err)
			*done = (size_t)(end - buf) + 1;
	}
	return err;
}

static bool only_zeros(const char *buf, size_t len)
{
	return !len || (!buf[0] && !memcmp(buf, buf + 1, len - 1));
}

int journal_read(struct journal *journal, unsigned int max, bool last,
		 int (*apply)(void *arg, const struct record *records, int n), void *arg,
		 struct journal_counts *counts)
{
	struct reading r = { .max = max, .apply = apply, .arg = arg, .counts = counts };

	for (;;) {
		off_t data = lseek(journal->fd, (off_t)journal->done, SEEK_DATA);
		size_t done = 0;
		ssize_t n;
		int err;

		if (data > (off_t)journal->done)
			journal->done = (uint64_t)data;
		n = pread(journal->fd, journal->buf, CHUNK, (off_t)journal->done);
		if (n < 0)
			return -errno;
		err = whole_lines(&r, journal->buf, (size_t)n, &done);
		journal->done += done;
		if (err)
			return err;
		if (r.lines == r.max)
			return (int)r.lines;
		if (done)
			continue;
		/* No line ends in a chunk of many: this never was one. */
		if (n == CHUNK) {
			counts->damaged += !only_zeros(journal->buf, (size_t)n);
			journal->done += (size_t)n;
			continue;
		}
		if (last && n && !only_zeros(journal->buf, (size_t)n))
			counts->torn = true;
		return (int)r.lines;
	}
}

void journal_forget(struct journal *journal)
{
	uint64_t upto = journal->done / BLOCK * BLOCK;

	if (upto <= journal->hole)
		return;
	/* A file system that has no holes keeps it until the daemon starts again. */
	if (!fallocate(journal->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		       (off_t)journal->hole, (off_t)(upto - journal->hole)))
		journal->hole = upto;
}

int journal_restart(struct journal *journal)
{
	if (ftruncate(journal->fd, 0))
		return -errno;
	journal->done = 0;
	journal->hole = 0;
	return journal_sync(journal);
}

uint64_t journal_touched_us(const struct journal *journal)
{
	struct stat st;

	if (fstat(journal->fd, &st))
		return 0;
	return (uint64_t)st.st_mtim.tv_sec * 1000000 + (uint64_t)st.st_mtim.tv_nsec / 1000;
}

void journal_touch(const struct journal *journal)
{
	futimens(journal->fd, NULL);
}

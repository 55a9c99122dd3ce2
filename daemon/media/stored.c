// SPDX-License-Identifier: GPL-2.0-or-later
/* Recordings that are whole; see stored.h. */
#include "daemon/media/stored.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/media/wav.h"

static const char *const formats[] = { "wav", "alaw", "ulaw" };

bool stored_name_ok(const char *name)
{
	return *name && *name != '.' && strlen(name) < STORED_NAME_LEN && !strchr(name, '/');
}

static int fill(const char *folder, const char *name, const char *format, struct stored *s)
{
	int n;

	if (!stored_name_ok(name))
		return -EINVAL;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->format = format;
	n = snprintf(s->path, sizeof(s->path), "%s/%s.%s", folder, name, format);
	return n < (int)sizeof(s->path) ? 0 : -ENAMETOOLONG;
}

/* A link could lead anywhere. */
static bool is_file(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode);
}

static int by_file_name(const char *folder, const char *file, struct stored *s)
{
	const char *dot = strrchr(file, '.');
	char name[STORED_NAME_LEN];

	if (!dot || (size_t)(dot - file) >= sizeof(name))
		return -EINVAL;
	memcpy(name, file, (size_t)(dot - file));
	name[dot - file] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(dot + 1, formats[i]))
			return fill(folder, name, formats[i], s);
	return -EINVAL;
}

int stored_each(const char *folder, int (*fn)(const struct stored *stored, void *arg), void *arg)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stored s;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (!by_file_name(folder, entry->d_name, &s) && is_file(s.path))
			ret = fn(&s, arg);
	closedir(dir);
	return ret;
}

int stored_find(const char *folder, const char *name, struct stored *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int err = fill(folder, name, formats[i], s);

		if (err)
			return err;
		if (is_file(s->path))
			return 0;
	}
	return -ENOENT;
}

static int read_all(int fd, uint8_t *to, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(fd, to + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int stored_read(const struct stored *s, void **octets, size_t *len)
{
	int fd = open(s->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : st.st_size > STORED_READ_MAX ? -EFBIG : 0;
	if (err)
		goto close;
	*len = (size_t)st.st_size;
	*octets = malloc(*len + 1);
	err = *octets ? read_all(fd, *octets, *len) : -ENOMEM;
	if (err)
		free(*octets);
close:
	close(fd);
	return err;
}

static int copy_octets(int from, int to)
{
	ssize_t n;

	do
		n = copy_file_range(from, NULL, to, NULL, 1u << 20, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* Written under a hidden name, then given its own in one step, which finds it free or fails. */
int stored_copy(const char *folder, const struct stored *from, const char *name,
		struct stored *to)
{
	char hidden[STORED_PATH_LEN + 16];
	int err = fill(folder, name, from->format, to);
	int in, out;

	if (err)
		return err;
	in = open(from->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return -errno;
	snprintf(hidden, sizeof(hidden), "%s/.copy-XXXXXX", folder);
	out = mkostemp(hidden, O_CLOEXEC);
	err = out < 0 ? -errno : 0;
	if (err)
		goto close_in;
	err = copy_octets(in, out);
	if (!err && fchmod(out, 0644))
		err = -errno;
	if (!err && link(hidden, to->path))
		err = -errno;
	unlink(hidden);
	close(out);
close_in:
	close(in);
	return err;
}

int stored_remove(const struct stored *s)
{
	return unlink(s->path) ? -errno : 0;
}

static int mend(const struct stored *s, void *arg)
{
	unsigned int *mended = arg;
	int fd, ret;

	if (strcmp(s->format, "wav"))
		return 0;
	fd = open(s->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	ret = fd < 0 ? -errno : wav_mend(fd);
	if (fd >= 0)
		close(fd);
	if (ret < 0)
		log_warn_errno(ret, "%s: whether it is whole cannot be told", s->path);
	if (ret <= 0)
		return 0;
	log_notice("%s: nobody had finished it: its header is right now", s->path);
	(*mended)++;
	return 0;
}

unsigned int stored_mend(const char *folder)
{
	unsigned int mended = 0;
	int err = stored_each(folder, mend, &mended);

	if (err && err != -ENOENT)
		log_warn_errno(err, "%s: recordings that were not finished", folder);
	return mended;
}

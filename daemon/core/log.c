// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

int log_threshold = LOG_LVL_INFO;
static bool to_journal;

static const struct {
	const char *name;
	const char *prefix;
} levels[] = {
	[LOG_LVL_ERROR] = { "error", SD_ERR },	 [LOG_LVL_WARN] = { "warning", SD_WARNING },
	[LOG_LVL_NOTICE] = { "notice", SD_NOTICE }, [LOG_LVL_INFO] = { "info", SD_INFO },
	[LOG_LVL_DEBUG] = { "debug", SD_DEBUG },
};

void log_init(enum log_level level)
{
	to_journal = getenv("JOURNAL_STREAM") != NULL;
	log_set_level(level);
}

void log_set_level(enum log_level level)
{
	atomic_store_relaxed(&log_threshold, (int)level);
}

int log_level_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(name, levels[i].name))
			return (int)i;
	return -EINVAL;
}

void log_write(enum log_level level, int err, const char *fmt, ...)
{
	char line[1024], text[64];
	size_t room = sizeof(line) - 1; /* the last one is for the newline */
	int n, saved = errno;
	va_list args;

	if (to_journal) {
		n = snprintf(line, room, "%s", levels[level].prefix);
	} else {
		struct timespec now;
		struct tm tm;

		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &tm);
		n = (int)strftime(line, room, "%H:%M:%S", &tm);
		n += snprintf(line + n, room - (size_t)n, ".%03ld %-7s ", now.tv_nsec / 1000000,
			      levels[level].name);
	}
	va_start(args, fmt);
	n += vsnprintf(line + n, room - (size_t)n, fmt, args);
	va_end(args);
	if (n >= (int)room)
		n = (int)room - 1;
	if (err) {
		n += snprintf(line + n, room - (size_t)n, ": %s",
			      strerror_r(-err, text, sizeof(text)));
		if (n >= (int)room)
			n = (int)room - 1;
	}
	/* One line is one record: what came from outside must not make two. */
	for (int i = 0; i < n; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n++] = '\n';
	/* If that fails there is nobody left to tell. */
	(void)!write(STDERR_FILENO, line, (size_t)n);
	errno = saved;
}

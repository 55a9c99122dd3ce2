/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logging: five levels to standard error. Under systemd (JOURNAL_STREAM set) each line bears the
 * journal's "<N>" prefix; at a terminal it bears the time and the level's name. Callable from any
 * thread and under any lock: a line is one write(), and no lock is taken.
 */
#ifndef TDMD_CORE_LOG_H
#define TDMD_CORE_LOG_H

#include "daemon/core/types.h"

enum log_level {
	LOG_LVL_ERROR, /* something asked for was not done, and someone must look */
	LOG_LVL_WARN,  /* done, but not as one would wish */
	LOG_LVL_NOTICE, /* start, stop, configuration, spans and D-channels going up and down */
	LOG_LVL_INFO,  /* calls */
	LOG_LVL_DEBUG,
};

extern int log_threshold; /* read without a lock on every call; set by log_set_level() */

void log_init(enum log_level level);
void log_set_level(enum log_level level);
/** log_level_by_name() - "error".."debug"; -EINVAL for anything else. */
int log_level_by_name(const char *name);

/** log_write() - one line; err is 0, or a negative errno whose text is appended. */
void log_write(enum log_level level, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

#define log_at(lvl, err, ...)                                   \
	do {                                                    \
		if ((int)(lvl) <= atomic_load_relaxed(&log_threshold)) \
			log_write(lvl, err, __VA_ARGS__);       \
	} while (0)

#define log_error(...)	     log_at(LOG_LVL_ERROR, 0, __VA_ARGS__)
#define log_warn(...)	     log_at(LOG_LVL_WARN, 0, __VA_ARGS__)
#define log_notice(...)	     log_at(LOG_LVL_NOTICE, 0, __VA_ARGS__)
#define log_info(...)	     log_at(LOG_LVL_INFO, 0, __VA_ARGS__)
#define log_debug(...)	     log_at(LOG_LVL_DEBUG, 0, __VA_ARGS__)
/* The errno form: "text: No such device". */
#define log_error_errno(e, ...) log_at(LOG_LVL_ERROR, e, __VA_ARGS__)
#define log_warn_errno(e, ...)	log_at(LOG_LVL_WARN, e, __VA_ARGS__)

#endif

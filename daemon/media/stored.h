/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings that are whole: the files of a folder, by name and format.
 *
 * All of these read or write files: they run in the files thread (files_post()), or where nobody
 * minds. Names are those of clients: one that would lead out of the folder, or to a hidden file, is
 * refused with -EINVAL.
 */
#ifndef OPENTDM_MEDIA_STORED_H
#define OPENTDM_MEDIA_STORED_H

#include <stdint.h>

#include "daemon/core/mpsc.h"
#include "daemon/core/types.h"

#define STORED_NAME_LEN	 40	/* CHANNEL_SID_LEN: names of recordings are ids */
#define STORED_PATH_LEN	 512
#define STORED_READ_MAX	 (64u << 20)

struct stored {
	char name[STORED_NAME_LEN];
	const char *format;	/* "wav", "alaw", "ulaw" */
	char path[STORED_PATH_LEN];
};

/* Something for the files thread; fn owns it. */
struct files_job {
	struct mpsc_node node;
	void (*fn)(struct files_job *job);
};

/** files_post() - any thread, cannot fail; fn is called once. */
void files_post(struct files_job *job);

/** stored_name_ok() - 1 to 39 octets, no slash, none at its begin that hides it. Pure. */
bool stored_name_ok(const char *name);

/** stored_each() - fn for each file, in no order, until it returns not 0. -ENOENT: no folder. */
int stored_each(const char *folder, int (*fn)(const struct stored *stored, void *arg), void *arg);

/** stored_find() - by its name; of several formats the first of those above. -EINVAL, -ENOENT. */
int stored_find(const char *folder, const char *name, struct stored *stored);

/** stored_read() - all its octets, to be freed. -EFBIG: more than STORED_READ_MAX; -ENOMEM, -EIO. */
int stored_read(const struct stored *stored, void **octets, size_t *len);

/**
 * stored_copy() - under another name; all of it is there at once, or nothing.
 * -EINVAL: no name; -EEXIST: it is taken.
 */
int stored_copy(const char *folder, const struct stored *from, const char *name,
		struct stored *to);

/** stored_remove() - the file goes. */
int stored_remove(const struct stored *stored);

/**
 * stored_mend() - the headers of all WAV files that a killed daemon left are made right, and said in
 * the log; none is being written. How many were. Without a folder, 0.
 */
unsigned int stored_mend(const char *folder);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world of calls that has a folder for its records.
 */
#ifndef TEST_RECORD_WORLD_H
#define TEST_RECORD_WORLD_H

#include "daemon/record/record.h"
#include "tests/unit/daemon/world.h"

extern char record_folder[64], journal_path[96], db_path[96];

int record_setup(void **state);
int record_teardown(void **state);
/** record_begin() - record_start() with the world's paths. */
int record_begin(enum record_failure failure);

/** slurp() - a whole file, with a NUL behind it; its length. */
size_t slurp(const char *path, char *buf, size_t size);
void spill(const char *path, const char *buf, size_t len);

/** sql() - one value of the database, as text; "" for NULL. Good for eight calls. */
const char *sql(const char *text);
/** history_of() - the steps of a channel, with commas between. */
const char *history_of(const struct channel *ch);
const char *column(const struct channel *ch, const char *name);

/** call_in() - a call that rings here; 4711 calls 2001. */
struct channel *call_in(const char *sid, struct testleg **tl);
/** call_end() - and the caller's handle goes. */
void call_end(struct channel *ch, int cause);

#endif

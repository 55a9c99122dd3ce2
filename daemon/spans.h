/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spans as the control API tells of them: what the kernel says, and what their trunk group does
 * with their timeslots. Both are of the configuring thread where it is not said otherwise.
 */
#ifndef TDMD_SPANS_H
#define TDMD_SPANS_H

#include <jansson.h>

#include "daemon/conf/conf.h"

/**
 * spans_json() - a new array with one object for each span; empty without a driver. NULL: -ENOMEM.
 * @conf: whose groups the spans belong to; may be NULL
 *
 * Any thread, nothing held: it asks the kernel, which may be configuring a span.
 */
json_t *spans_json(const struct conf *conf);

/**
 * spans_watch_start() - from now on alarms of spans and changes of a card's clock are told as
 * events. Without a driver there are none, and nothing is started. 0 or negative errno.
 */
int spans_watch_start(void);
/** spans_watch_stop() - before the events stop. */
void spans_watch_stop(void);

#endif

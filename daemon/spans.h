/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spans as the control API tells of them: what the kernel says, and what their trunk group does
 * with their timeslots.
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

#endif

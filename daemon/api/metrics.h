/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the API counts for /metrics, and that page. The table of all that it tells is metrics.tbl.
 */
#ifndef TDMD_API_METRICS_H
#define TDMD_API_METRICS_H

#include "daemon/api/metrics_table.h"
#include "daemon/call/event.h"

/**
 * metric_count() - something that is counted here has happened @n times; a gauge may also sink.
 * Any thread, any lock. Of a metric without labels.
 */
void metric_count(enum metric metric, int n);
/** metric_count_answer() - a request was answered with this status. The API thread. */
void metric_count_answer(int status);
/** metric_started_us() - when the daemon started, CLOCK_REALTIME in us. Any thread. */
uint64_t metric_started_us(void);

#endif

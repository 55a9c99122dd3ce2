/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two calls on which locks, parking and waiting rest.
 */
#ifndef TDMD_CORE_FUTEX_H
#define TDMD_CORE_FUTEX_H

#include "daemon/core/types.h"

/**
 * futex_wait() - sleep while *word is val, until woken or until deadline_ns (CLOCK_MONOTONIC;
 * UINT64_MAX: for ever). May return early for no reason: look again. Returns 0 or -ETIMEDOUT.
 */
int futex_wait(uint32_t *word, uint32_t val, uint64_t deadline_ns);
void futex_wake(uint32_t *word, int count);

#endif

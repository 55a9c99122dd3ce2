/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What far ends send to, and must hear from, a daemon that does other things than to pass octets on. */
#ifndef BENCH_MEDIA_KINDS_H
#define BENCH_MEDIA_KINDS_H

#include "tests/bench/plane/ours.h"

/* Random octets go out, nothing comes. */
extern const struct ours_kind kind_silent;
/* All of a port hear the sum of the others, in A-law: kinds_conference() first. */
extern const struct ours_kind kind_conference;
/* A slot sends one digit all the time (Q.23), and nothing comes. A flip interrupts it for a period. */
extern const struct ours_kind kind_digits;

/** kinds_init() - tables, before the first use. */
void kinds_init(void);
/** kinds_conference() - what all of @port send, added; plane_soften() first, so that no sum is clipped. */
void kinds_conference(unsigned int port);
/** kinds_digit() - the digit that a slot sends. */
char kinds_digit(unsigned int slot);

#endif

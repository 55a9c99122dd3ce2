/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a millisecond of line time is over.
 *
 * In step: at the earliest a millisecond of real time after the one before, and not before the driver
 * has acknowledged it; the line is as slow as the guest, and nothing is lost. A program that must not be late gives
 * grants (control.c), beyond which line time stands. Real time: each
 * millisecond of the host's clock, with the card's ppm; what the process was too late for is made up
 * for, up to CLOCK_CATCH_UP of them. A card that does not run has its milliseconds some at a time.
 */
#ifndef EMULATOR_CLOCK_H
#define EMULATOR_CLOCK_H

#include "card.h"

#define CLOCK_CATCH_UP	100

struct clock {
	struct card *card;
	bool real_time;
	u64 next;		/* ns of CLOCK_MONOTONIC */
};

u64 clock_now(void);
void clock_init(struct clock *k, struct card *card, bool real_time);
/** clock_timeout() - ns until clock_run() has something to do by itself */
u64 clock_timeout(const struct clock *k, u64 now);
/** clock_run() - to be called when time has passed, and when the driver or a far end did something */
void clock_run(struct clock *k, u64 now);

#endif /* EMULATOR_CLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plant's timeslots as the kernel's: each is bound while a leg has it, a bridge's path through the
 * kernel is a cross-connect, and a span is lost by what the kernel tells. The kernel's book must be the
 * plant's. Unless it says otherwise, a function is for the plant's thread, which holds no lock.
 */
#ifndef STRESS_SLOTS_H
#define STRESS_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/stress/stress.h"

struct tdm_dev;

extern bool slots_real; /* constant once threads run; false: none of these is called */

/** slots_start() - main(): cards of tdm_virt, joined in pairs and up. Negative errno, and said why. */
int slots_start(void);
/** slots_stop() - main(), when all is idle: looks at it, and removes the cards. */
void slots_stop(void);
/** slots_take() - bind the timeslot of a place; NULL: refused, which is a violation. */
struct tdm_dev *slots_take(unsigned int place);
void slots_give(struct tdm_dev *dev);
/** slots_connect() - or disconnect. -ENODEV: one is not bound; a refusal is a violation. */
int slots_connect(const struct stress_leg *a, const struct stress_leg *b, bool connect);
/** slots_lose() - the signal of a span is lost, or it is taken down, in turn; when that was told. */
void slots_lose(unsigned int span);
void slots_restore(unsigned int span);
/** slots_owned() - any actor: whether the kernel says that we own the timeslot of a place. */
bool slots_owned(unsigned int actor, unsigned int place);

#define LINE_IDLE UINT32_MAX

/**
 * slots_look() - anybody, at rest: each timeslot is idle, or ours and refused to a second owner, and
 * connected as the calls are.
 * @line: of each place LINE_IDLE, itself, or the place to which it is connected
 */
void slots_look(const uint32_t line[PLACES]);

#endif

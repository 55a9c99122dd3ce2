/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plant's timeslots as the kernel's: each is bound while a leg owns it, and a span is lost by an
 * alarm that the kernel tells. Who is not the owner by the plant's book must not be by the kernel's.
 */
#ifndef STRESS_SLOTS_H
#define STRESS_SLOTS_H

#include <stdbool.h>

struct tdm_dev;

extern bool slots_real; /* constant once threads run; false: none of these is called */

/** slots_start() - makes cards of tdm_virt, joined in pairs and up. Negative errno, and said why. */
int slots_start(void);
/** slots_stop() - when all are idle; looks at each, and removes the cards. */
void slots_stop(void);
/** slots_take() - bind the timeslot of a place; NULL: refused, which is a violation. */
struct tdm_dev *slots_take(unsigned int place);
void slots_give(struct tdm_dev *dev);
/** slots_lose(), slots_restore() - the signal of a span, until the kernel has told. Plant's thread. */
void slots_lose(unsigned int span);
void slots_restore(unsigned int span);
/** slots_look() - at rest: the kernel's owners of a span's timeslots are the plant's. */
void slots_look(unsigned int span);

#endif

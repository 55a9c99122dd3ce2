/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opentdm's loads: one virtual card, its ports joined 1-2, 3-4, ...; odd ports are the far ends. */
#ifndef BENCH_PLANE_OURS_H
#define BENCH_PLANE_OURS_H

#include "plane.h"

#define PORTS_MAX	(2 * PLANE_PAIRS_MAX)

extern uint32_t ours_card;

void ours_plug(unsigned int pairs);
void ours_unplug(void);

/*
 * ours_stream.c: a stream of @port that sends its B channels, and judges what comes by the channels
 * that @from names for each slot.
 */
void ours_stream_add(unsigned int pairs, unsigned int port, unsigned int period,
		     unsigned int (*from)(unsigned int pairs, unsigned int port, unsigned int slot));
void ours_stream_step(const struct plane_load *load);
void ours_stream_end(void);

/* ours_hdlc.c: the D channels of all ports. */
void ours_hdlc_begin(const struct plane_load *load, unsigned int pairs);
void ours_hdlc_step(const struct plane_load *load);
void ours_hdlc_end(void);

#endif

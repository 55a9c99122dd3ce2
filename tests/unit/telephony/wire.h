/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines in memory: one card of CABLE_PORTS ports with one clock, which the test turns. What a port
 * sends in transmit frame t the joined port receives as frame t - WIRE_LEAD; a connect waits 8
 * frames.
 */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include "daemon/media/line.h"

#define WIRE_LEAD	16
#define WIRE_PERIOD	80
#define WIRE_RING	(80 * 64)

struct media_line *wire_line(int port);

/** wire_tick() - one block of 8 frames on all ports; the test's thread */
void wire_tick(void);


void wire_reset(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines in memory: one card of CABLE_PORTS ports with one clock, which the test turns. What a port
 * sends in transmit frame t the joined port receives as frame t - WIRE_LEAD; a connect waits 8
 * frames.
 */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include "daemon/media/line.h"
#include "daemon/core/types.h"

#define WIRE_LEAD	16
#define WIRE_PERIOD	80
#define WIRE_RING	(80 * 64)

struct media_line *wire_line(int port);

/** wire_tick() - one block of 8 frames on all ports; the test's thread */
void wire_tick(void);

/**
 * wire_start() - groups that are started from now on have lines, and a thread turns them, until
 * wire_stop(), which drops them. A period goes by when the one before it was served, so that a
 * loaded machine loses nothing. -1: there is no thread.
 */
int wire_start(void);
void wire_stop(void);

/* From a source through two bridges to a tap at the far end, with much to spare; in periods. */
#define WIRE_THROUGH	40

/** wire_wait() - until the media thread has served n more periods: time as the line counts it. */
void wire_wait(unsigned int n);

/* How long a test waits for what the line brings; zeroed at first. */
struct wire_patience {
	uint64_t began_ns, moved_ns, began, last;
};

/**
 * wire_patient() - whether to wait on: until PATIENCE is over and the line has gone on for a minute
 * of its own, or has stood still that long. A test that hardly gets the processor is slow, and not
 * wrong.
 */
bool wire_patient(struct wire_patience *p);

/** wire_until() - wait until the condition holds; fails when patience ends. */
#define wire_until(cond)                                     \
	do {                                                 \
		struct wire_patience p_ = { 0 };             \
		while (!(cond) && wire_patient(&p_))         \
			usleep(1000);                        \
		assert_true(cond);                           \
	} while (0)

/**
 * wire_folder() - makes a folder of this process's own and works in it until wire_folder_end()
 * removes it. -1: it cannot be made. wire_folder_end() returns what it is given.
 */
int wire_folder(void);
int wire_folder_end(int status);
/** wire_file() - the whole path of a file in it; the next seven calls leave it alone. */
const char *wire_file(const char *name);

#endif

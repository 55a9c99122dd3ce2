/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside pri-far: D-channels with libpri on them, and what is done with their calls. */
#ifndef BENCH_PRI_FAR_H
#define BENCH_PRI_FAR_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/peers/dchan.h"

#define ENDS_MAX	4
#define SLOTS		32
#define QUEUE		512		/* frames that wait for the line */

/* One D-channel. Frames that do not fit into the kernel's queue wait here: none is lost. */
struct end {
	struct dchan d;
	uint32_t card, port;
	bool up;
	uint8_t frame[QUEUE][300];
	uint16_t len[QUEUE];
	unsigned int in, out;
	void (*event)(struct end *end, pri_event *e);
};

extern struct end ends[ENDS_MAX];
extern unsigned int nends;

/* Ends the program with a sentence and status 2: it could not measure. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t now_us(void);

/** end_open() - libpri on CARD:PORT:SLOT, network side of EuroISDN; @event is called for each of its events. */
struct end *end_open(const char *slot, void (*event)(struct end *end, pri_event *e));
/**
 * ends_turn() - waits for frames, timers of libpri or POLLIN of @fd (-1: none), @ms at most (-1: for ever), and
 * takes what there is. False: standard input has ended.
 */
bool ends_turn(int fd, int ms);
/** ends_told() - serves the D-channels until standard input brings an empty line; false: it has ended. */
bool ends_told(void);

/* load.c, pair.c: argv as behind the program's first word; its exit status. */
int load_main(int argc, char **argv);
int pair_main(int argc, char **argv);

/*
 * audio.c: what the B channels of two spans carry. audio_turn() once its descriptor is readable: each slot sends
 * the octet that was given to it last.
 */
int audio_open(const struct end *from, const struct end *to);
void audio_turn(void);
void audio_say(const struct end *end, unsigned int slot, uint8_t octet);
uint8_t audio_heard(const struct end *end, unsigned int slot);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Noise that is said on lines in memory, and recordings, octet by octet. In wire_folder(). */
#ifndef TEST_TAPE_H
#define TEST_TAPE_H

#include "daemon/media/talk.h"

#define TAPE_IDLE	0xd5	/* A-law's silence */
#define TAPE_MAX	(64 * 8000)
#define NOISE		7001	/* no whole number of periods */

struct tape {
	uint8_t octet[TAPE_MAX];
	size_t n;		/* samples */
	int sides;
	uint32_t over;		/* atomic */
	struct talk_report report;
	char id[16], file[64];
};

/** tape_start() - record a channel, or a bridge; returns when it has begun */
void tape_start(struct tape *t, const char *id, struct channel *ch, struct bridge *br,
		enum talk_kind kind, bool beep);
/** tape_wait() - until so many samples are recorded */
void tape_wait(const struct tape *t, uint64_t n);
/** tape_stop() - end it and read its file: at least so many samples, and none filled in */
void tape_stop(struct tape *t, size_t least);
uint8_t tape_at(const struct tape *t, unsigned int side, size_t i);
/** tape_same() - how many samples of a's one side from i on are those of b's from k on */
size_t tape_same(const struct tape *a, unsigned int aside, size_t i, const struct tape *b,
		 unsigned int bside, size_t k);

/** noise_make() - a file of A-law octets, none of which is silence */
void noise_make(const char *file, unsigned int seed, uint8_t octets[NOISE]);

#endif

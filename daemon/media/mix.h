/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of a conference: rows of samples, and nothing else. Pure; any thread.
 *
 *	octets --mix_linear()--> row --mix_gain()--> row --mix_add()--> sum of all
 *	sum - own row --mix_less()--> octets for the one whose row that is
 *
 * Samples are 16-bit linear; the sum has room for 65,536 of them. Only what leaves saturates, so
 * that a loud third party never bends what two others hear of each other more than it must.
 */
#ifndef OPENTDM_MEDIA_MIX_H
#define OPENTDM_MEDIA_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIX_GAIN_SHIFT	12
#define MIX_GAIN_UNITY	(1 << MIX_GAIN_SHIFT)
#define MIX_GAIN_DB	24	/* both ways */

/** mix_linear() - octets of that law as samples (G.711 tables 1 and 2); as law_linear() */
void mix_linear(int16_t *row, const uint8_t *octets, size_t n, unsigned int format);

/** mix_gain_of() - a gain in dB, -24..24, as what mix_gain() takes; beyond: the nearest */
int32_t mix_gain_of(int db);
/** mix_gain() - in place, rounded, saturated */
void mix_gain(int16_t *row, size_t n, int32_t gain);

void mix_add(int32_t *sum, const int16_t *row, size_t n);

/** mix_less() - the sum without one's own row (NULL: with all), saturated, as octets of that law */
void mix_less(uint8_t *octets, const int32_t *sum, const int16_t *own, size_t n,
	      unsigned int format);

/**
 * mix_octet() - two octets of that law added up, saturated. Silence adds nothing, so that one who
 * speaks alone is heard octet by octet.
 */
uint8_t mix_octet(unsigned int format, uint8_t a, uint8_t b);

/** mix_level() - the mean magnitude of a row, 0..32768; 0 for an empty one */
unsigned int mix_level(const int16_t *row, size_t n);

/*
 * Whether somebody talks: from the first row that is as loud as MIX_TALK_LEVEL, until all rows of
 * MIX_TALK_HOLD samples were quieter. So a pause between two words is no end.
 */
#define MIX_TALK_LEVEL	256	/* about -45 dBm0 for a tone */
#define MIX_TALK_HOLD	8000	/* one second */

struct mix_talk {
	bool talking;
	uint32_t quiet;		/* samples since the last loud row */
	uint64_t samples;	/* since it began; the hold time is in it */
};

/** mix_talk() - one more row of that level; true: talking has changed */
bool mix_talk(struct mix_talk *talk, unsigned int level, size_t n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversion between G.711's two laws, octet by octet (G.711 tables 3 and 4). Pure. */
#ifndef OPENTDM_MEDIA_LAW_H
#define OPENTDM_MEDIA_LAW_H

#include <stddef.h>
#include <stdint.h>

/**
 * law_convert() - from one enum media_format to another, in place
 * Does nothing when they are the same or one is MEDIA_CLEAR: digital octets are never changed.
 */
void law_convert(unsigned int from, unsigned int to, uint8_t *octets, size_t n);

/** law_idle() - the octet of silence */
uint8_t law_idle(unsigned int format);

/** law_linear() - one octet as a 16-bit sample; MEDIA_CLEAR counts as A-law */
int16_t law_linear(unsigned int format, uint8_t octet);
uint8_t law_octet(unsigned int format, int16_t linear);

#endif

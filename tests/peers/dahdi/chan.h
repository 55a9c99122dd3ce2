/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DAHDI's channels, as a telephony program opens and serves them. */
#ifndef TEST_PEERS_DAHDI_CHAN_H
#define TEST_PEERS_DAHDI_CHAN_H

#include <stdbool.h>

/** die() - says what failed on a channel, and why (errno), and ends the program */
void die(const char *what, int chan) __attribute__((noreturn));
/** channel_open() - a channel by number with count buffers of size octets, not blocking; dies if there is none */
int channel_open(int chan, int size, int count);
/**
 * channel_event() - after a call that failed: was it for an event that waits, and is that fetched now? DAHDI refuses
 * everything until it is.
 */
bool channel_event(int fd);
/** span_alarms() - DAHDI_ALARM_* of a span; dies if there is none */
int span_alarms(int span);

#endif

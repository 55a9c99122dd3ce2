/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DAHDI's channels, as a telephony program opens and serves them. */
#ifndef TEST_PEERS_DAHDI_CHAN_H
#define TEST_PEERS_DAHDI_CHAN_H

#include <stdbool.h>

/* Of line time, ms. */
#define GRANT_ALL	-1

/** die() - says what failed on a channel, and why (errno), and ends the program */
void die(const char *what, int chan) __attribute__((noreturn));
/** channel_open() - a channel by number with count buffers of size octets, not blocking; dies if there is none */
int channel_open(int chan, int size, int count);
/**
 * channel_event() - after a call that failed: was it for an event that waits, and is that fetched now? DAHDI refuses
 * everything until it is.
 */
bool channel_event(int fd);
/**
 * line_grant() - lets so much line time pass until it is called again; GRANT_ALL: without end
 * @card: descriptor of the card's virtio port
 *
 * DAHDI drops in silence what a program fetches too late, and sends silence for what is written too late. A program that
 * calls this each time that it has served its channels, with less time than its buffers have, is late for neither.
 */
void line_grant(int card, int ms);
/** span_alarms() - DAHDI_ALARM_* of a span; dies if there is none */
int span_alarms(int span);

#endif

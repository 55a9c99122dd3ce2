/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libpri on a D-channel, whatever carries the frames: what the far ends of our tests are made of. */
#ifndef TEST_PEERS_DCHAN_H
#define TEST_PEERS_DCHAN_H

#include <libpri.h>
#include <sys/types.h>

/**
 * struct dchan - one D-channel; all but pri is its user's to fill in
 * @fd:		what dchan_turn() waits for; not blocking
 * @read:	one frame without FCS; its length, or -1
 * @write:	one frame without FCS; one that does not go out is lost, as on a line, and Q.921 repeats it
 * @event:	called for each of libpri's events
 */
struct dchan {
	struct pri *pri;
	int fd;
	ssize_t (*read)(int fd, void *frame, size_t room);
	ssize_t (*write)(int fd, const void *frame, size_t len);
	void (*event)(pri_event *e);
};

long now_ms(void);
/** dchan_start() - libpri for this side (PRI_CPE, ...) and switch type; 0, or 1 if it refuses */
int dchan_start(struct dchan *d, int side, int type);
/** dchan_take() - takes what frames and timers bring, and does not wait */
void dchan_take(struct dchan *d);
/** dchan_timeout() - for how long poll() may wait, of @ms (-1: for ever), until a timer of libpri runs out */
int dchan_timeout(struct dchan *d, int ms);
/** dchan_turn() - waits 5 ms at most, then does the same */
void dchan_turn(struct dchan *d);
/** dchan_is_e1() - has this switch type 30 channels, and A-law, or else 23 and mu-law? */
int dchan_is_e1(int type);
/** dchan_call() - SETUP for a call of speech on this channel; 0, or -1 */
int dchan_call(struct dchan *d, int type, q931_call *call, int chan, const char *called);

#endif

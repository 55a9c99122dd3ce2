/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the measurements of the data plane have in common, whoever's channels they use: the octets that
 * are sent and judged, the count of the guest's instructions, and the way from loads to figures.
 *
 * A channel sends a piece of one table of random octets that no other channel sends: the receiver
 * finds its place once, and from then on every octet is compared. A lost, repeated, foreign or
 * changed octet is wrong. Copying and comparing cost next to nothing, and the same for every system.
 */
#ifndef BENCH_PLANE_H
#define BENCH_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PLANE_SLOTS	31		/* channels of an E1 */
#define PLANE_D		16		/* the one that is no B channel */
#define PLANE_B		30		/* B channels of a span */
#define PLANE_B_SLOTS	0xfffefffeU	/* their slots */
#define PLANE_PAIRS_MAX	32
#define PLANE_REACH	1024		/* octets of the table that are a channel's own at the start */
#define PLANE_CHANNELS	(2 * PLANE_PAIRS_MAX * PLANE_SLOTS)
#define PLANE_RUN_MAX	512		/* the most that is copied or judged at once */

/* One load: something that the system is made to carry while instructions are counted. */
struct plane_load {
	const char *name;
	unsigned int period;		/* octets of a channel in a step; 0: not so */
	unsigned int frame;		/* HDLC: octets of a frame, in steps of their own; 0: not so */
	unsigned int channels;		/* of a pair of spans, by which the cost is divided */
	void (*open)(const struct plane_load *load, unsigned int pairs);
	void (*step)(const struct plane_load *load);
	void (*close)(const struct plane_load *load);
	/* NULL, or end and begin the traffic, so that what lies under it is counted alone */
	void (*pause)(const struct plane_load *load);
	void (*resume)(const struct plane_load *load, unsigned int pairs);
};

/** plane_frames_ready() - frames that lie ready to be sent on a D channel at any time: for 20 ms and more. */
static inline unsigned int plane_frames_ready(const struct plane_load *load)
{
	return load->frame < 64 ? 24 : 4;
}

/* A receiver. What it has judged is wrong once anything is. */
struct plane_check {
	unsigned int channel;		/* whose octets must come */
	bool synced;
	uint64_t next;			/* index of the octet, or number of the frame, that must come next */
	uint64_t octets;		/* judged since the last plane_window() */
	uint64_t wrong;
};

/** plane_channel() - number of a channel; @port counts from 1. */
static inline unsigned int plane_channel(unsigned int port, unsigned int slot)
{
	return (port - 1) * PLANE_SLOTS + slot - 1;
}

/* The channel whose octets arrive at a port's slot when pairs of ports are just joined: 1-2, 3-4, ... */
static inline unsigned int plane_joined(unsigned int pairs, unsigned int port, unsigned int slot)
{
	(void)pairs;
	return plane_channel(((port - 1) ^ 1) + 1, slot);
}

/*
 * How the near ends (even ports) are cross-connected: with one pair slots 1-15 to slots 17-31 of the same
 * port, with more the B channels of one pair's to those of the next's. So 30 channels a pair.
 */
static inline void plane_connected(unsigned int pairs, unsigned int port, unsigned int slot,
				   unsigned int *to_port, unsigned int *to_slot)
{
	*to_port = pairs == 1 ? port : ((port - 1) ^ 2) + 1;
	*to_slot = pairs == 1 ? slot ^ 16 : slot;
}

/* The channel whose octets arrive then at a slot of a far end (an odd port): another far end's. */
static inline unsigned int plane_across(unsigned int pairs, unsigned int port, unsigned int slot)
{
	unsigned int to_port, to_slot;

	plane_connected(pairs, port + 1, slot, &to_port, &to_slot);
	return plane_channel(to_port - 1, to_slot);
}

/* Ends the program with a sentence and status 2: it could not measure. */
void plane_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** plane_init() - the table of octets; plane_main() does it. */
void plane_init(void);
/** plane_octets() - what a channel sends from @index on, PLANE_RUN_MAX octets and more. */
const uint8_t *plane_octets(unsigned int channel, uint64_t index);
/** plane_soften() - from now on A-law that is not louder than +-2016 of 32768. */
void plane_soften(void);
/** plane_flip() - something is to be spoilt on its way now, once. */
bool plane_flip(void);
/** plane_send() - octets of a channel from @index on; @n at most PLANE_RUN_MAX. */
void plane_send(uint8_t *to, unsigned int channel, uint64_t index, size_t n);
/** plane_judge() - what has come next; @n at most PLANE_RUN_MAX. */
void plane_judge(struct plane_check *check, const uint8_t *octets, size_t n);
/** plane_judged() - for who judges otherwise: the next @n octets were those that had to come, or not. */
void plane_judged(struct plane_check *check, size_t n, bool right);
/** plane_frame_send(), plane_frame_judge() - the same for frame number @n of a channel, @len octets. */
void plane_frame_send(uint8_t *to, unsigned int channel, uint64_t n, size_t len);
void plane_frame_judge(struct plane_check *check, const uint8_t *frame, size_t len, size_t must);

/** plane_check_new() - a receiver that all verdicts include from now on. Freed by plane_checks_end(). */
struct plane_check *plane_check_new(unsigned int channel);
/** plane_checks_end() - its load is over. */
void plane_checks_end(void);

/** plane_call() - counts a system call, and passes its result on. */
#define plane_call(call)	(plane_calls++, (call))
extern uint64_t plane_calls;

/** plane_times() - the clock, and how long the CPU was idle: ns, which are instructions. */
void plane_times(uint64_t *now, uint64_t *idle_time);
/** plane_watch() - tell of each window what this process, all of its threads, took, too. */
void plane_watch(int pid);

/**
 * plane_main() - measures what the arguments ask for:
 * [--pairs N] [--windows N] [--seconds N] [--flip] [NAME...]. A window is of one second, or so many.
 * One line of JSON for each window; 1 when an octet was wrong or too few came. With --flip one bit of
 * one octet is inverted on its way out while the first window is measured: the run must fail.
 */
int plane_main(const char *system, const struct plane_load *loads, int argc, char **argv);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pri-far pair HOW CALLS - what libpri itself needs: both ends of CALLS calls in one process, one after the other,
 * from SETUP to RELEASE COMPLETE. HOW: "memory", frames are handed over in memory; "socket", through a socketpair.
 * One object of JSON tells the time on the CPU.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/pri/far.h"

static struct box {
	uint8_t frame[QUEUE][300];
	uint16_t len[QUEUE];
	unsigned int in, out;
} boxes[2];			/* [i]: what end i is to read */
static struct dchan chans[2];
static unsigned int up, rung, connected, gone;
static struct dchan *current;

static ssize_t box_read(int fd, void *frame, size_t room)
{
	struct box *b = &boxes[fd];
	unsigned int i = b->out % QUEUE;

	if (b->in == b->out || b->len[i] > room)
		return -1;
	memcpy(frame, b->frame[i], b->len[i]);
	b->out++;
	return b->len[i];
}

static ssize_t box_write(int fd, const void *frame, size_t len)
{
	struct box *b = &boxes[!fd];
	unsigned int i = b->in % QUEUE;

	if (b->in - b->out == QUEUE || len > sizeof(b->frame[0]))
		die("nobody reads");
	memcpy(b->frame[i], frame, len);
	b->len[i] = (uint16_t)len;
	b->in++;
	return (ssize_t)len;
}

static void event(pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		up |= 1U << (current - chans);
		break;
	case PRI_EVENT_RING:
		rung++;
		pri_answer(current->pri, e->ring.call, e->ring.channel, 0);
		break;
	case PRI_EVENT_ANSWER:
		connected++;
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
	case PRI_EVENT_HANGUP_ACK:
		gone += current == chans;
		pri_hangup(current->pri, e->hangup.call, e->hangup.cause);
		break;
	default:
		break;
	}
}

/* Until @what is @n: both read as long as something comes. */
static void until(const unsigned int *what, unsigned int n)
{
	pri_event *e;

	for (unsigned long i = 0; *what != n; i++) {
		if (i == 100000000)
			die("a call does not go on");
		current = &chans[i & 1];
		e = pri_check_event(current->pri);
		if (e)
			event(e);
		while ((e = pri_schedule_run(current->pri)))
			event(e);
	}
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int pair_main(int argc, char **argv)
{
	bool memory = argc == 3 && !strcmp(argv[1], "memory");
	unsigned int calls = argc == 3 ? (unsigned int)atoi(argv[2]) : 0;
	int fds[2] = { 0, 1 };
	uint64_t begin;

	if (!calls || (!memory && strcmp(argv[1], "socket")))
		die("usage: pri-far pair memory|socket CALLS");
	if (!memory && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds))
		die("no socketpair");
	for (int i = 0; i < 2; i++) {
		chans[i] = (struct dchan){ .fd = fds[i], .read = memory ? box_read : read,
					   .write = memory ? box_write : write, .event = event };
		if (dchan_start(&chans[i], i ? PRI_CPE : PRI_NETWORK, PRI_SWITCH_EUROISDN_E1))
			die("libpri does not begin");
	}
	until(&up, 3);
	sleep(3);
	begin = cpu_ns();
	for (unsigned int i = 1; i <= calls; i++) {
		q931_call *call = pri_new_call(chans[0].pri);

		if (!call || dchan_call(&chans[0], PRI_SWITCH_EUROISDN_E1, call, (int)(i % 15) + 1, "2001"))
			die("libpri places no call");
		until(&connected, i);
		pri_hangup(chans[0].pri, call, PRI_CAUSE_NORMAL_CLEARING);
		until(&gone, i);
	}
	printf("{\"how\": \"%s\", \"calls\": %u, \"ns\": %llu, \"right\": %s}\n", argv[1], calls,
	       (unsigned long long)(cpu_ns() - begin), rung == calls ? "true" : "false");
	return rung != calls;
}

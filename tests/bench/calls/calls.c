// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-calls - what the parts of a channel's cost are: system calls, one at a time, beside those of devices that do
 * nothing; and a tick's work for a descriptor, by the difference of a second with them and one without.
 *
 * Only where an instruction takes a nanosecond. A call's figure is the least of five rounds, so that no tick is in it.
 * One object of JSON a line: {"name", "unit", "value"}.
 */
#include <sys/syscall.h>

#include "tests/bench/plane/plane.h"
#include "tests/selftests/chardev/plant.h"

#define PORTS	8
#define PERIOD	160		/* octets of 20 ms */
#define WAITING	80000		/* frames: more than a measurement takes */

static char octets[PERIOD];
static int fds[PORTS * 31];
static unsigned int nfds;

static uint64_t ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void figure(const char *name, const char *unit, double value)
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.1f}\n", name, unit, value);
	fflush(stdout);
}

/* --- system calls ------------------------------------------------------------------------------ */

static void nothing(int fd)
{
	(void)fd;
	syscall(SYS_getppid);
}

static void reads(int fd)
{
	if (read(fd, octets, sizeof(octets)) != sizeof(octets))
		perror("read"), exit(2);
}

static void writes(int fd)
{
	if (write(fd, octets, sizeof(octets)) != sizeof(octets))
		perror("write"), exit(2);
}

static void call(const char *name, void (*make)(int fd), int fd)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int round = 0; round < 5; round++) {
		uint64_t begin = ns(), took;

		for (unsigned int i = 0; i < 50; i++)
			make(fd);
		took = (ns() - begin) / 50;
		if (took < least)
			least = took;
	}
	figure(name, "instructions/call", (double)least);
}

/* --- the tick ---------------------------------------------------------------------------------- */

/* Instructions of a second in which nobody does anything but the ticks. */
static double second(void)
{
	uint64_t now[2], idle[2];

	plane_times(&now[0], &idle[0]);
	ms(1000);
	plane_times(&now[1], &idle[1]);
	return (double)(now[1] - now[0] - (idle[1] - idle[0]));
}

static void bind_all(uint32_t card, uint32_t slots, struct tdm_bind like)
{
	for (uint32_t port = 1; port <= PORTS; port++) {
		for (unsigned int slot = 1; slot < 32; slot++) {
			if (!(slots & 1U << slot))
				continue;
			like.card = card;
			like.port = port;
			like.slots = 1U << slot;
			fds[nfds] = bound(like, O_RDWR | O_NONBLOCK);
			if (fds[nfds++] < 0)
				exit(2);
		}
	}
}

static void let_go(void)
{
	while (nfds)
		close(fds[--nfds]);
}

static void ticks(uint32_t card)
{
	struct tdm_bind rx = bind_of(0, 0, 0, 0), both = bind_of(0, 0, 0, TDM_BIND_TX);
	struct tdm_bind hdlc = hdlc_of(0, 0, 0, TDM_BIND_TX);
	static char frame[260];
	double idle = second(), few, received;

	rx.rx_frames = both.rx_frames = rx.rx_wake = both.rx_wake = WAITING;
	both.tx_frames = WAITING;
	hdlc.rx_frames = hdlc.tx_frames = 1 << 20;
	figure("tick: 8 idle spans", "instructions/ms", idle / 1000);
	bind_all(card, 2, both);
	few = second();
	let_go();
	figure("tick: a span in use, with one channel", "instructions/ms", (few - idle) / 1000 / PORTS);
	bind_all(card, 0xfffefffe, rx);
	received = second();
	figure("tick: a channel of 30, received", "instructions/ms", (received - idle) / 1000 / nfds);
	let_go();
	bind_all(card, 0xfffefffe, both);
	for (unsigned int i = 0; i < nfds; i++)
		for (unsigned int n = 0; n < WAITING / 4; n += PERIOD)
			writes(fds[i]);
	figure("tick: a channel of 30, sent", "instructions/ms", (second() - received) / 1000 / nfds);
	let_go();
	bind_all(card, 1U << 16, hdlc);
	for (unsigned int i = 0; i < nfds; i++)
		for (unsigned int n = 0; n < 90; n++)
			if (write(fds[i], frame, sizeof(frame)) != sizeof(frame))
				perror("write"), exit(2);
	figure("tick: a span in use, with HDLC of 260 octets", "instructions/ms", (second() - idle) / 1000 / PORTS);
	let_go();
}

int main(void)
{
	uint32_t card = plant_card(PORTS, TDM_TYPE_E1);
	struct tdm_bind bind = bind_of(card, 1, 2, TDM_BIND_TX);
	int fd;

	bind.rx_frames = WAITING;
	bind.tx_frames = WAITING;
	fd = bound(bind, O_RDWR);
	if (fd < 0)
		return 2;
	ms(6000);	/* that there is something to read; and first seconds are no second like others */
	call("call: getppid", nothing, -1);
	call("call: read 160 octets, /dev/zero", reads, open("/dev/zero", O_RDONLY));
	call("call: write 160 octets, /dev/null", writes, open("/dev/null", O_WRONLY));
	call("call: read 160 octets, a channel", reads, fd);
	call("call: write 160 octets, a channel", writes, fd);
	close(fd);
	ticks(card);
	plant_unplug(card);
	return 0;
}

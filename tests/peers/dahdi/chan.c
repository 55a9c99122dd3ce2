// SPDX-License-Identifier: GPL-2.0-or-later
/* DAHDI's channels; chan.h says how. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "tests/peers/dahdi/chan.h"

void die(const char *what, int chan)
{
	printf("# %s, channel %d: %s\n", what, chan, strerror(errno));
	exit(1);
}

int channel_open(int chan, int size, int count)
{
	struct dahdi_bufferinfo b = { .txbufpolicy = DAHDI_POLICY_IMMEDIATE,
				      .rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
				      .numbufs = count, .bufsize = size };
	int fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, DAHDI_SPECIFY, &chan))
		die("cannot open", chan);
	if (ioctl(fd, DAHDI_SET_BUFINFO, &b))
		die("cannot set buffers", chan);
	return fd;
}

bool channel_event(int fd)
{
	int event;

	return errno == ELAST && !ioctl(fd, DAHDI_GETEVENT, &event);
}

void line_grant(int card, int ms)
{
	char text[64];
	int n = ms < 0 ? sprintf(text, "grant all\n") : sprintf(text, "grant %d\n", ms);

	if (write(card, text, (size_t)n) != n)
		die("no line time is to be had", 0);
	/* Its "ok", or a refusal, is a line. */
	do {
		n = (int)read(card, text, sizeof(text) - 1);
		if (n <= 0)
			die("the card does not answer", 0);
		text[n] = 0;
		if (strstr(text, "error")) {
			printf("# grant: %s", text);
			exit(1);
		}
	} while (text[n - 1] != '\n');
}

int span_alarms(int span)
{
	static int ctl = -1;
	struct dahdi_spaninfo s = { .spanno = span };

	if (ctl < 0)
		ctl = open("/dev/dahdi/ctl", O_RDWR);
	if (ctl < 0 || ioctl(ctl, DAHDI_SPANSTAT, &s))
		die("cannot ask for the span", span);
	return s.alarms;
}

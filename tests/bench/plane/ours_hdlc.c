// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * D channels at full line rate: frames lie ready on each, and for each that comes one more is sent, so
 * the line never has to wait. One poll() for all; what is ready is read once.
 */
#include <fcntl.h>
#include <unistd.h>

#include "ours.h"
#include "tests/selftests/chardev/plant.h"

#define MTU	264

static struct dchannel {
	int fd;
	unsigned int channel;
	uint64_t frame;
	struct plane_check *check;
} dchannels[PORTS_MAX];
static struct pollfd polled[PORTS_MAX];
static unsigned int ndchannels;

static void send(struct dchannel *d, unsigned int len)
{
	uint8_t octets[MTU];

	plane_frame_send(octets, d->channel, d->frame++, len);
	if (plane_call(write(d->fd, octets, len)) != (ssize_t)len)
		plane_die("write, D channel %u: %s", d->channel, strerror(errno));
}

void ours_hdlc_begin(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port, i, n;

	for (port = 1; port <= 2 * pairs; port++) {
		struct tdm_bind bind = hdlc_of(ours_card(port), ours_port(port),
						1U << PLANE_D, TDM_BIND_TX);
		int fd;

		bind.mtu = MTU;
		fd = bound(bind, O_RDWR);
		if (fd < 0)
			plane_die("the D channel of port %u cannot be bound", port);
		polled[ndchannels] = (struct pollfd){ .fd = fd, .events = POLLIN };
		dchannels[ndchannels++] = (struct dchannel){
			.fd = fd,
			.channel = plane_channel(port, PLANE_D),
			.check = plane_check_new(plane_joined(pairs, port, PLANE_D)),
		};
	}
	for (i = 0; i < ndchannels; i++)
		for (n = 0; n < plane_frames_ready(load); n++)
			send(&dchannels[i], load->frame);
}

void ours_hdlc_step(const struct plane_load *load)
{
	uint8_t octets[MTU];
	unsigned int i;
	ssize_t n;

	if (plane_call(poll(polled, ndchannels, 1000)) <= 0)
		plane_die("poll: no frame comes: %s", strerror(errno));
	for (i = 0; i < ndchannels; i++) {
		if (!polled[i].revents)
			continue;
		n = plane_call(read(polled[i].fd, octets, sizeof(octets)));
		if (n < 0)
			plane_die("read, D channel %u: %s", dchannels[i].channel, strerror(errno));
		plane_frame_judge(dchannels[i].check, octets, (size_t)n, load->frame);
		send(&dchannels[i], load->frame);
	}
}

void ours_hdlc_end(void)
{
	while (ndchannels)
		close(dchannels[--ndchannels].fd);
}

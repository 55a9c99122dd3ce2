// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plane-dahdi - what DAHDI's data plane costs on local dynamic spans, joined in pairs; plane.h says how it
 * is asked. The twin of ours.c: the same channels, octets and periods.
 *
 * Spans are numbered so that no channel has one of the numbers 250 to 255, which DAHDI takes for
 * devices of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "plane.h"

#define SPANS_MAX	(2 * PLANE_PAIRS_MAX)
#define PCM_BUFFERS	16
#define TIMER_OCTETS	32	/* that DAHDI's timer takes at once: it fires every 4 ms */
#define DEVICES		"/sys/bus/dahdi_devices/devices/dynamic:loc:*"

static unsigned int npairs;
static int ctl = -1;

/* DAHDI's number of a channel. */
static int number(unsigned int port, unsigned int slot)
{
	return (int)((port - 1) * PLANE_SLOTS + slot + (port > 8 ? 256 - 249 : 0));
}

static struct dahdi_dynamic_span span_of(unsigned int port)
{
	struct dahdi_dynamic_span span = { .driver = "loc", .numchans = PLANE_SLOTS };

	snprintf(span.addr, sizeof(span.addr), "%x:%u", (port - 1) / 2, (port - 1) % 2);
	return span;
}

/* The device that has just come is the one with the highest number. */
static void assign(unsigned int port)
{
	unsigned long n, highest = 0;
	char path[128], text[64];
	glob_t found;
	int fd, len;

	if (glob(DEVICES, 0, NULL, &found))
		plane_die("there is no %s", DEVICES);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		n = strtoul(strrchr(found.gl_pathv[i], ':') + 1, NULL, 10);
		if (n > highest)
			highest = n;
	}
	globfree(&found);
	snprintf(path, sizeof(path), "%.*s%lu/assign_span", (int)sizeof(DEVICES) - 2, DEVICES,
		 highest);
	len = snprintf(text, sizeof(text), "1:%u:%d", port, number(port, 1));
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		plane_die("%s: %s", path, strerror(errno));
	close(fd);
}

static void configure(unsigned int port, unsigned int slot, int sigtype, int other)
{
	struct dahdi_chanconfig conf = { .chan = number(port, slot), .sigtype = sigtype,
					 .deflaw = DAHDI_LAW_ALAW, .idlebits = other };

	if (ioctl(ctl, DAHDI_CHANCONFIG, &conf))
		plane_die("channel %d cannot be configured: %s", conf.chan, strerror(errno));
}

static void plug(unsigned int pairs)
{
	unsigned int port, slot;
	int spanno;

	npairs = pairs;
	ctl = open("/dev/dahdi/ctl", O_RDWR);
	if (ctl < 0)
		plane_die("/dev/dahdi/ctl: %s", strerror(errno));
	for (port = 1; port <= 2 * pairs; port++) {
		struct dahdi_dynamic_span span = span_of(port);

		if (ioctl(ctl, DAHDI_DYNAMIC_CREATE, &span) < 0)
			plane_die("span %u cannot be made: %s", port, strerror(errno));
		assign(port);
		for (slot = 1; slot <= PLANE_SLOTS; slot++)
			configure(port, slot, slot == PLANE_D ? DAHDI_SIG_HDLCFCS : DAHDI_SIG_CLEAR, 0);
		spanno = (int)port;
		if (ioctl(ctl, DAHDI_STARTUP, &spanno))
			plane_die("span %u does not start: %s", port, strerror(errno));
	}
}

static void unplug(void)
{
	unsigned int port;

	for (port = 2 * npairs; port; port--) {
		struct dahdi_dynamic_span span = span_of(port);

		if (ioctl(ctl, DAHDI_DYNAMIC_DESTROY, &span) < 0)
			plane_die("span %u does not go: %s", port, strerror(errno));
	}
	close(ctl);
}

static int channel_open(unsigned int port, unsigned int slot, unsigned int size, int count)
{
	struct dahdi_bufferinfo b = { .txbufpolicy = DAHDI_POLICY_IMMEDIATE,
				      .rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
				      .numbufs = count, .bufsize = (int)size };
	int fd = open("/dev/dahdi/channel", O_RDWR), chan = number(port, slot);

	if (fd < 0 || ioctl(fd, DAHDI_SPECIFY, &chan) || ioctl(fd, DAHDI_SET_BUFINFO, &b))
		plane_die("channel %d cannot be opened: %s", chan, strerror(errno));
	return fd;
}

/* DAHDI refuses everything while an event waits to be fetched. */
static bool fetched_event(int fd)
{
	int event;

	return errno == ELAST && !plane_call(ioctl(fd, DAHDI_GETEVENT, &event));
}

static void send(int fd, const uint8_t *octets, size_t n)
{
	while (plane_call(write(fd, octets, n)) != (ssize_t)n)
		if (!fetched_event(fd))
			plane_die("write: %s", strerror(errno));
}

static void receive(int fd, uint8_t *octets, size_t n)
{
	while (plane_call(read(fd, octets, n)) != (ssize_t)n)
		if (!fetched_event(fd))
			plane_die("read: %s", strerror(errno));
}

/* --- spans that nobody reads ------------------------------------------------------------------- */

static void idle_open(const struct plane_load *load, unsigned int pairs)
{
	(void)load;
	plug(pairs);
}

static void idle_close(const struct plane_load *load)
{
	(void)load;
	unplug();
}

/* --- channels ---------------------------------------------------------------------------------- */

static struct pcm {
	int fd;
	unsigned int channel;
	uint64_t index;
	struct plane_check *check;
} pcms[SPANS_MAX * PLANE_B];
static unsigned int npcms;

static void pcm_send(struct pcm *p, unsigned int period)
{
	uint8_t octets[PLANE_RUN_MAX];

	plane_send(octets, p->channel, p->index, period);
	send(p->fd, octets, period);
	p->index += period;
}

static void pcm_add(unsigned int port, unsigned int period,
		    unsigned int (*from)(unsigned int pairs, unsigned int port, unsigned int slot))
{
	unsigned int slot;

	for (slot = 1; slot <= PLANE_SLOTS; slot++) {
		if (!(PLANE_B_SLOTS & 1U << slot))
			continue;
		pcms[npcms++] = (struct pcm){
			.fd = channel_open(port, slot, period, PCM_BUFFERS),
			.channel = plane_channel(port, slot),
			.check = plane_check_new(from(npairs, port, slot)),
		};
	}
}

static void pcm_prime(unsigned int period)
{
	unsigned int i, n;
	int what = DAHDI_FLUSH_READ;

	for (i = 0; i < npcms; i++)
		if (ioctl(pcms[i].fd, DAHDI_FLUSH, &what))
			plane_die("flush: %s", strerror(errno));
	for (i = 0; i < npcms; i++)
		for (n = 0; n < 2 * period || n < 3 * TIMER_OCTETS; n += period)
			pcm_send(&pcms[i], period);
}

static void pcm_resume(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port;

	for (port = 1; port <= 2 * pairs; port++)
		pcm_add(port, load->period, plane_joined);
	pcm_prime(load->period);
}

static void pcm_step(const struct plane_load *load)
{
	uint8_t octets[PLANE_RUN_MAX];
	unsigned int i;

	for (i = 0; i < npcms; i++) {
		receive(pcms[i].fd, octets, load->period);
		plane_judge(pcms[i].check, octets, load->period);
		pcm_send(&pcms[i], load->period);
	}
}

static void pcm_end(void)
{
	while (npcms)
		close(pcms[--npcms].fd);
}

static void pcm_close(const struct plane_load *load)
{
	(void)load;
	pcm_end();
	unplug();
}

/* --- cross-connects: DAHDI's DACS -------------------------------------------------------------- */

static void xconn_open(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port, slot, to_port, to_slot;

	(void)load;
	plug(pairs);
	for (port = 2; port <= 2 * pairs; port += 2) {
		for (slot = 1; slot <= PLANE_SLOTS; slot++) {
			if (!(PLANE_B_SLOTS & 1U << slot))
				continue;
			plane_connected(pairs, port, slot, &to_port, &to_slot);
			configure(port, slot, DAHDI_SIG_DACS, number(to_port, to_slot));
		}
	}
}

static void xconn_resume(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port;

	for (port = 1; port <= 2 * pairs; port += 2)
		pcm_add(port, load->period, plane_across);
	pcm_prime(load->period);
}

static void xconn_pause(const struct plane_load *load)
{
	(void)load;
	pcm_end();
	plane_checks_end();
}

/* --- D channels: HDLC with FCS, in software ---------------------------------------------------- */

#define FCS	2	/* octets that DAHDI wants room for, and hands over */

static struct pollfd polled[SPANS_MAX];

static void frame_send(struct pcm *d, unsigned int len)
{
	uint8_t octets[PLANE_RUN_MAX];

	plane_frame_send(octets, d->channel, d->index++, len);
	send(d->fd, octets, len + FCS);
}

static void hdlc_resume(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port, i, n;

	for (port = 1; port <= 2 * pairs; port++) {
		pcms[npcms] = (struct pcm){
			.fd = channel_open(port, PLANE_D, PLANE_RUN_MAX, DAHDI_MAX_NUM_BUFS),
			.channel = plane_channel(port, PLANE_D),
			.check = plane_check_new(plane_joined(pairs, port, PLANE_D)),
		};
		polled[npcms] = (struct pollfd){ .fd = pcms[npcms].fd, .events = POLLIN | POLLPRI };
		npcms++;
	}
	for (i = 0; i < npcms; i++)
		for (n = 0; n < plane_frames_ready(load); n++)
			frame_send(&pcms[i], load->frame);
}

static void hdlc_step(const struct plane_load *load)
{
	uint8_t octets[PLANE_RUN_MAX];
	unsigned int i;
	ssize_t n;

	if (plane_call(poll(polled, npcms, 1000)) <= 0)
		plane_die("poll: no frame comes: %s", strerror(errno));
	for (i = 0; i < npcms; i++) {
		if (!polled[i].revents)
			continue;
		n = plane_call(read(pcms[i].fd, octets, sizeof(octets)));
		if (n < 0 && fetched_event(pcms[i].fd))
			continue;
		if (n < FCS)
			plane_die("read: %s", strerror(errno));
		plane_frame_judge(pcms[i].check, octets, (size_t)n - FCS, load->frame);
		frame_send(&pcms[i], load->frame);
	}
}

/* --------------------------------------------------------------------------------------------- */

static const struct plane_load loads[] = {
	{ .name = "idle", .channels = 2 * PLANE_B, .open = idle_open, .close = idle_close },
	{ .name = "channels 20 ms", .period = 160, .channels = 2 * PLANE_B, .open = idle_open,
	  .resume = pcm_resume, .step = pcm_step, .close = pcm_close },
	{ .name = "channels 2 ms", .period = 16, .channels = 2 * PLANE_B, .open = idle_open,
	  .resume = pcm_resume, .step = pcm_step, .close = pcm_close },
	{ .name = "connect", .period = 160, .channels = PLANE_B, .open = xconn_open,
	  .resume = xconn_resume, .step = pcm_step, .pause = xconn_pause, .close = idle_close },
	{ .name = "hdlc 260", .frame = 260, .channels = 2, .open = idle_open,
	  .resume = hdlc_resume, .step = hdlc_step, .close = pcm_close },
	{ .name = "hdlc 4", .frame = 4, .channels = 2, .open = idle_open,
	  .resume = hdlc_resume, .step = hdlc_step, .close = pcm_close },
	{ }
};

int main(int argc, char **argv)
{
	return plane_main("dahdi", loads, argc, argv);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* plane-opentdm - what opentdm's data plane costs; plane.h says how it is asked. */
#include <fcntl.h>
#include <unistd.h>

#include "ours.h"
#include "tests/selftests/chardev/plant.h"

#define PCM_QUEUED	2	/* periods that lie ready to be sent, */
#define PCM_ROOM	16	/* and so many have room, so that no write() waits */

uint32_t ours_cards[PORTS_MAX / CARD_PORTS];

void ours_plug(unsigned int pairs)
{
	for (unsigned int i = 0, ports = 2 * pairs; ports; i++) {
		unsigned int n = ports < CARD_PORTS ? ports : CARD_PORTS;

		ours_cards[i] = plant_card(n, TDM_TYPE_E1);
		ports -= n;
	}
}

void ours_unplug(void)
{
	for (unsigned int i = 0; i < PORTS_MAX / CARD_PORTS && ours_cards[i]; i++) {
		plant_unplug(ours_cards[i]);
		ours_cards[i] = 0;
	}
}

/* --- spans that nobody reads ------------------------------------------------------------------- */

static void idle_open(const struct plane_load *load, unsigned int pairs)
{
	(void)load;
	ours_plug(pairs);
}

static void idle_close(const struct plane_load *load)
{
	(void)load;
	ours_unplug();
}

/* --- streams ----------------------------------------------------------------------------------- */

static void streams_resume(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port;

	for (port = 1; port <= 2 * pairs; port++)
		ours_stream_add(pairs, port, load->period, plane_joined);
}

static void streams_close(const struct plane_load *load)
{
	(void)load;
	ours_stream_end();
	ours_unplug();
}

/* --- a descriptor for each slot ---------------------------------------------------------------- */

static struct pcm {
	int fd;
	unsigned int channel;
	uint64_t index;
	struct plane_check *check;
} pcms[PORTS_MAX * PLANE_B];
static unsigned int npcms;

static void pcm_send(struct pcm *p, unsigned int period)
{
	uint8_t octets[PLANE_RUN_MAX];

	plane_send(octets, p->channel, p->index, period);
	if (plane_call(write(p->fd, octets, period)) != (ssize_t)period)
		plane_die("write, channel %u: %s", p->channel, strerror(errno));
	p->index += period;
}

static void pcm_open(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port, slot, i;

	ours_plug(pairs);
	for (port = 1; port <= 2 * pairs; port++) {
		for (slot = 1; slot <= PLANE_SLOTS; slot++) {
			struct tdm_bind bind = bind_of(ours_card(port), ours_port(port),
							1U << slot, TDM_BIND_TX);

			if (!(PLANE_B_SLOTS & 1U << slot))
				continue;
			bind.rx_wake = load->period;
			bind.tx_frames = PCM_ROOM * load->period;
			pcms[npcms].fd = bound(bind, O_RDWR);
			if (pcms[npcms].fd < 0)
				plane_die("port %u slot %u cannot be bound", port, slot);
			pcms[npcms].channel = plane_channel(port, slot);
			pcms[npcms].index = 0;
			pcms[npcms++].check = plane_check_new(plane_joined(pairs, port, slot));
		}
	}
	/* What was received while they were opened is no period of anybody's. */
	for (i = 0; i < npcms; i++)
		flush(pcms[i].fd, TDM_FLUSH_RX);
}

static void pcm_begin(const struct plane_load *load, unsigned int pairs)
{
	unsigned int i, n;

	(void)pairs;
	for (i = 0; i < npcms; i++)
		flush(pcms[i].fd, TDM_FLUSH_RX);
	for (i = 0; i < npcms; i++)
		for (n = 0; n < PCM_QUEUED; n++)
			pcm_send(&pcms[i], load->period);
}

static void pcm_step(const struct plane_load *load)
{
	uint8_t octets[PLANE_RUN_MAX];
	unsigned int i;

	for (i = 0; i < npcms; i++) {
		if (plane_call(read(pcms[i].fd, octets, load->period)) != (ssize_t)load->period)
			plane_die("read, channel %u: %s", pcms[i].channel, strerror(errno));
		plane_judge(pcms[i].check, octets, load->period);
		pcm_send(&pcms[i], load->period);
	}
}

static void pcm_close(const struct plane_load *load)
{
	(void)load;
	while (npcms)
		close(pcms[--npcms].fd);
	ours_unplug();
}

/* --- cross-connects ---------------------------------------------------------------------------- */

static void xconn_open(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port, slot, to_port, to_slot;

	(void)load;
	ours_plug(pairs);
	for (port = 2; port <= 2 * pairs; port += 2) {
		for (slot = 1; slot <= PLANE_SLOTS; slot++) {
			if (!(PLANE_B_SLOTS & 1U << slot))
				continue;
			plane_connected(pairs, port, slot, &to_port, &to_slot);
			if (to_port > port || (to_port == port && to_slot > slot))
				plant_connect(ours_card(port), ours_port(port), slot,
					      ours_card(to_port), ours_port(to_port), to_slot, 1);
		}
	}
}

static void xconn_resume(const struct plane_load *load, unsigned int pairs)
{
	unsigned int port;

	for (port = 1; port <= 2 * pairs; port += 2)
		ours_stream_add(pairs, port, load->period, plane_across);
}

static void xconn_pause(const struct plane_load *load)
{
	(void)load;
	ours_stream_end();
	plane_checks_end();
}

/* --- D channels -------------------------------------------------------------------------------- */

static void hdlc_close(const struct plane_load *load)
{
	(void)load;
	ours_hdlc_end();
	ours_unplug();
}

/* --------------------------------------------------------------------------------------------- */

static void nothing(const struct plane_load *load)
{
	(void)load;
}

static void nothing_open(const struct plane_load *load, unsigned int pairs)
{
	(void)load;
	(void)pairs;
}

static const struct plane_load loads[] = {
	{ .name = "nothing", .open = nothing_open, .close = nothing },
	{ .name = "idle", .channels = 2 * PLANE_B, .open = idle_open, .close = idle_close },
	{ .name = "stream 20 ms", .period = 160, .channels = 2 * PLANE_B, .open = idle_open,
	  .resume = streams_resume, .step = ours_stream_step, .close = streams_close },
	{ .name = "stream 2 ms", .period = 16, .channels = 2 * PLANE_B, .open = idle_open,
	  .resume = streams_resume, .step = ours_stream_step, .close = streams_close },
	{ .name = "channels 20 ms", .period = 160, .channels = 2 * PLANE_B, .open = pcm_open,
	  .resume = pcm_begin, .step = pcm_step, .close = pcm_close },
	{ .name = "channels 2 ms", .period = 16, .channels = 2 * PLANE_B, .open = pcm_open,
	  .resume = pcm_begin, .step = pcm_step, .close = pcm_close },
	{ .name = "connect", .period = 160, .channels = PLANE_B, .open = xconn_open,
	  .resume = xconn_resume, .step = ours_stream_step, .pause = xconn_pause,
	  .close = idle_close },
	{ .name = "hdlc 260", .frame = 260, .channels = 2, .open = idle_open,
	  .resume = ours_hdlc_begin, .step = ours_hdlc_step, .close = hdlc_close },
	{ .name = "hdlc 4", .frame = 4, .channels = 2, .open = idle_open,
	  .resume = ours_hdlc_begin, .step = ours_hdlc_step, .close = hdlc_close },
	{ }
};

int main(int argc, char **argv)
{
	return plane_main("opentdm", loads, argc, argv);
}

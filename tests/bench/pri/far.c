// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pri-far - far ends that cost little: libpri alone on D-channels, which sleeps while nothing happens.
 *
 *	pri-far answer CARD:PORT:SLOT...	answers every call, until standard input ends
 *	pri-far place CALLS FROM TO		told by a line, places calls on FROM, answers at both, and keeps them
 *	pri-far load ...			places calls, and answers them where they arrive: load.c
 *	pri-far pair ...			both ends of the calls, without a line: pair.c
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/tdm.h"
#include "tests/bench/pri/far.h"

struct end ends[ENDS_MAX];
unsigned int nends;
static struct end *current;	/* whose events libpri hands out */

void die(const char *fmt, ...)
{
	va_list args;

	fputs("pri-far: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* --- frames ------------------------------------------------------------------------------------ */

static void flush(struct end *end)
{
	while (end->out != end->in) {
		unsigned int i = end->out % QUEUE;

		if (write(end->d.fd, end->frame[i], end->len[i]) < 0) {
			if (errno == EAGAIN)
				return;
			die("port %u: a frame is refused: %s", end->port, strerror(errno));
		}
		end->out++;
	}
}

static ssize_t send_frame(int fd, const void *frame, size_t len)
{
	struct end *end = ends;
	unsigned int i;

	while (end->d.fd != fd)
		end++;
	i = end->in % QUEUE;
	if (end->in - end->out == QUEUE || len > sizeof(end->frame[0]))
		die("port %u: the line is too slow", end->port);
	memcpy(end->frame[i], frame, len);
	end->len[i] = (uint16_t)len;
	end->in++;
	flush(end);
	return (ssize_t)len;
}

static void on_event(pri_event *e)
{
	if (e->e == PRI_EVENT_DCHAN_UP)
		current->up = true;
	if (e->e == PRI_EVENT_DCHAN_DOWN)
		current->up = false;
	current->event(current, e);
}

struct end *end_open(const char *slot, void (*event)(struct end *end, pri_event *e))
{
	struct tdm_bind bind = { .flags = TDM_BIND_TX, .mode = TDM_MODE_HDLC,
				 .bearer = TDM_BEARER_CLEAR };
	struct end *end = &ends[nends];
	struct tdm_card_info card;
	struct tdm_addr addr;
	struct tdm_dev *dev;
	struct tdm_error e;
	struct tdm_nl *nl;

	if (nends == ENDS_MAX)
		die("%d D-channels are enough", ENDS_MAX);
	if (tdm_addr_parse(slot, TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &e) || tdm_nl_open(&nl, NULL, &e) ||
	    tdm_nl_card(nl, addr.card, &card, &e))
		die("%s", e.text);
	tdm_nl_close(nl);
	bind.card = card.id;
	bind.port = addr.port;
	bind.slots = addr.slots;
	if (tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, NULL, &e) || tdm_bind(dev, &bind, &e))
		die("%s", e.text);
	end->card = card.id;
	end->port = addr.port;
	end->event = event;
	end->d = (struct dchan){ .fd = tdm_fd(dev), .read = read, .write = send_frame, .event = on_event };
	nends++;
	if (dchan_start(&end->d, PRI_NETWORK, PRI_SWITCH_EUROISDN_E1))
		die("libpri does not begin");
	return end;
}

bool ends_turn(int fd, int ms)
{
	struct pollfd p[ENDS_MAX + 2];
	unsigned int i;

	for (i = 0; i < nends; i++) {
		ms = dchan_timeout(&ends[i].d, ms);
		p[i] = (struct pollfd){ .fd = ends[i].d.fd, .events = POLLIN };
		if (ends[i].in != ends[i].out)
			p[i].events |= POLLOUT;
	}
	p[i++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	p[i++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (poll(p, i, ms) < 0)
		die("poll: %s", strerror(errno));
	for (i = 0; i < nends; i++) {
		current = &ends[i];
		dchan_take(&current->d);
		flush(current);
	}
	return !p[nends].revents;
}

/* --- answering --------------------------------------------------------------------------------- */

static void answer(struct end *end, pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_RING:
		pri_answer(end->d.pri, e->ring.call, e->ring.channel, 0);
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
		pri_hangup(end->d.pri, e->hangup.call, e->hangup.cause);
		break;
	default:
		break;
	}
}

/* --- placing ----------------------------------------------------------------------------------- */

static unsigned int connected, wanted;

static void answer_and_count(struct end *end, pri_event *e)
{
	connected += e->e == PRI_EVENT_ANSWER;
	if (e->e == PRI_EVENT_HANGUP && connected < wanted)
		die("call %u ends by cause %d", connected + 1, e->hangup.cause);
	answer(end, e);
}

bool ends_told(void)
{
	while (ends_turn(-1, -1))
		;
	return getchar() == '\n';
}

/* One after the other, so that whoever gives slots in order gives the same ones behind the daemon. */
static int place(unsigned int calls, const char *from, const char *to)
{
	struct end *end = end_open(from, answer_and_count);
	bool serve;

	end_open(to, answer);
	serve = ends_told();
	wanted = calls;
	for (unsigned int slot = 1, i = 0; i < calls && slot < SLOTS; slot++) {
		q931_call *call;

		if (slot == 16)
			continue;
		call = pri_new_call(end->d.pri);
		if (!call || dchan_call(&end->d, PRI_SWITCH_EUROISDN_E1, call, (int)slot, "2001"))
			die("libpri places no call");
		for (i++; serve && connected < i;)
			serve = ends_turn(-1, -1);
	}
	while (serve)
		serve = ends_turn(-1, -1);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "load"))
		return load_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "pair"))
		return pair_main(argc - 1, argv + 1);
	if (argc == 5 && !strcmp(argv[1], "place"))
		return place((unsigned int)atoi(argv[2]), argv[3], argv[4]);
	if (argc < 3 || strcmp(argv[1], "answer"))
		die("usage: pri-far answer|place|load|pair ...");
	for (int i = 2; i < argc; i++)
		end_open(argv[i], answer);
	while (ends_turn(-1, -1))
		;
	return 0;
}

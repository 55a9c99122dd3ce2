// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An exchange, or a PBX, of libpri on the channels of DAHDI's first span: it does what it is told.
 *
 *	dahdi-pri e1|t1 network|user COMMANDS CARD
 *
 * CARD is the descriptor of the card's virtio port: the line waits for us, so that no octet is lost because we are late.
 * COMMANDS is a file to which others append lines (see commands[]) while it runs. What happens it tells on standard
 * output, a line each: "up", "down" (the D-channel), "alarms N" (as in dahdi/user.h), and of a channel "ring CHAN NUMBER",
 * "answered CHAN", "played CHAN", "gone CHAN CAUSE" (the call), "restarted CHAN" (by the far end), "acknowledged CHAN"
 * (our RESTART), "error CHAN SENTENCE". Exit status 0: it was told to quit, and no call was left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dahdi/user.h>

#include "tests/peers/dahdi/chan.h"
#include "tests/peers/dchan.h"

#define CHANNELS	32
#define BLOCK		800
#define BUFFERS		24	/* 2.4 s in each direction: so late this program may be */
#define GRANT		1000	/* ms: less than half of them */
#define FRAME		512
#define FCS		2	/* octets that DAHDI's D-channels have beside a frame's own */
#define WORDS		3
#define ALARMS		(DAHDI_ALARM_RED | DAHDI_ALARM_YELLOW | DAHDI_ALARM_BLUE | DAHDI_ALARM_RECOVER)
#define T200_MS		1000	/* of SABME: nobody may be there yet */
#define T200_UP_MS	8000	/* line time may be slow, and nothing is lost */
#define T3XX_MS		60000	/* the same */
#define T309_MS		90000	/* so long a call lives on without a D-channel; as tdmd has it */

/* A B-channel, by its slot. */
struct channel {
	q931_call *call;	/* NULL: idle */
	int fd;			/* 0: closed */
	FILE *heard;		/* what it receives goes there */
	uint8_t *voice;		/* what it sends; NULL: nothing */
	size_t len, sent;
	bool played;
};

static struct channel channels[CHANNELS];
static struct dchan d;
static int type;
static bool done;

static void tell(const char *what, int chan, const char *more)
{
	printf("%s %d %s\n", what, chan, more);
	fflush(stdout);
}

static ssize_t frame_in(int fd, void *frame, size_t room)
{
	uint8_t buf[FRAME];
	ssize_t n;

	do
		n = read(fd, buf, sizeof(buf));
	while (n < 0 && channel_event(fd));
	n -= FCS;
	if (n <= 0 || (size_t)n > room)
		return -1;
	memcpy(frame, buf, (size_t)n);
	return n;
}

static ssize_t frame_out(int fd, const void *frame, size_t len)
{
	uint8_t buf[FRAME] = { 0 };
	ssize_t n;

	if (len + FCS > sizeof(buf))
		return -1;
	memcpy(buf, frame, len);
	do
		n = write(fd, buf, len + FCS);
	while (n < 0 && channel_event(fd));
	return n;
}

static int find(const q931_call *call)
{
	int i;

	for (i = 1; i < CHANNELS; i++)
		if (call && channels[i].call == call)
			return i;
	return 0;
}

static void gone(int chan, int cause)
{
	char text[16];

	channels[chan].call = NULL;
	snprintf(text, sizeof(text), "%d", cause);
	tell("gone", chan, text);
}

static void on_ring(const pri_event_ring *r)
{
	int chan = r->channel & 0xff;

	if (chan < 1 || chan >= CHANNELS || channels[chan].call) {
		pri_hangup(d.pri, r->call, PRI_CAUSE_REQUESTED_CHAN_UNAVAIL);
		return;
	}
	channels[chan].call = r->call;
	pri_proceeding(d.pri, r->call, chan, 0);
	tell("ring", chan, r->callednum);
}

static void on_hangup(const pri_event_hangup *h, bool final)
{
	int chan = find(h->call);

	pri_hangup(d.pri, h->call, h->cause);
	if (chan && final)
		gone(chan, h->cause);
}

/* The channel is idle now, whatever was on it. */
static void on_restart(int chan)
{
	if (chan > 0 && chan < CHANNELS && channels[chan].call) {
		pri_destroycall(d.pri, channels[chan].call);
		gone(chan, PRI_CAUSE_NORMAL_TEMPORARY_FAILURE);
	}
}

static void on_event(pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		pri_set_timer(d.pri, PRI_TIMER_T200, T200_UP_MS);
		tell("up", 0, "");
		break;
	case PRI_EVENT_DCHAN_DOWN:
		pri_set_timer(d.pri, PRI_TIMER_T200, T200_MS);
		tell("down", 0, "");
		break;
	case PRI_EVENT_RING:
		on_ring(&e->ring);
		break;
	case PRI_EVENT_ANSWER:
		tell("answered", find(e->answer.call), "");
		break;
	case PRI_EVENT_HANGUP:
		on_hangup(&e->hangup, true);
		break;
	case PRI_EVENT_HANGUP_REQ:
		on_hangup(&e->hangup, false);
		break;
	case PRI_EVENT_HANGUP_ACK:
		if (find(e->hangup.call))
			gone(find(e->hangup.call), e->hangup.cause);
		break;
	case PRI_EVENT_RESTART:
		on_restart(e->restart.channel & 0xff);
		tell("restarted", e->restart.channel & 0xff, "");
		break;
	case PRI_EVENT_RESTART_ACK:
		tell("acknowledged", e->restartack.channel & 0xff, "");
		break;
	default:
		break;
	}
}

/* Each returns NULL, or a sentence. */
static const char *run_call(int chan, const char *number)
{
	struct channel *c = &channels[chan];

	if (c->call)
		return "there is a call already";
	c->call = pri_new_call(d.pri);
	return c->call && !dchan_call(&d, type, c->call, chan, number) ? NULL : "no SETUP";
}

static const char *run_answer(int chan, const char *unused)
{
	(void)unused;
	if (!channels[chan].call || pri_answer(d.pri, channels[chan].call, chan, 0))
		return "no CONNECT";
	return NULL;
}

static const char *run_hangup(int chan, const char *cause)
{
	if (!channels[chan].call || pri_hangup(d.pri, channels[chan].call, atoi(cause)))
		return "there is no call";
	return NULL;
}

/* What had been on it is idle here as well. */
static const char *run_restart(int chan, const char *unused)
{
	(void)unused;
	on_restart(chan);
	return pri_reset(d.pri, chan) ? "no RESTART" : NULL;
}

static const char *run_listen(int chan, const char *path)
{
	struct channel *c = &channels[chan];

	if (c->fd)
		return "it is open already";
	c->heard = fopen(path, "we");
	if (!c->heard)
		return strerror(errno);
	c->fd = channel_open(chan, BLOCK, BUFFERS);
	return NULL;
}

static const char *run_speak(int chan, const char *path)
{
	struct channel *c = &channels[chan];
	FILE *f = fopen(path, "re");
	long len;

	if (!f || !c->fd || c->voice || fseek(f, 0, SEEK_END)) {
		if (f)
			fclose(f);
		return "it is not open, or speaks, or there is no such file";
	}
	len = ftell(f);
	rewind(f);
	c->voice = malloc((size_t)len);
	c->len = c->voice ? fread(c->voice, 1, (size_t)len, f) : 0;
	c->sent = 0;
	c->played = false;
	fclose(f);
	return c->len ? NULL : "nothing can be read";
}

static const char *run_close(int chan, const char *unused)
{
	struct channel *c = &channels[chan];

	(void)unused;
	if (!c->fd)
		return "it is not open";
	close(c->fd);
	fclose(c->heard);
	free(c->voice);
	*c = (struct channel){ .call = c->call };
	tell("closed", chan, "");
	return NULL;
}

static const char *run_quit(int chan, const char *unused)
{
	(void)chan;
	(void)unused;
	done = true;
	return NULL;
}

static const struct {
	const char *name, *usage;
	int words;
	const char *(*run)(int chan, const char *word);
} commands[] = {
	{ "call", "CHAN NUMBER", 3, run_call },
	{ "answer", "CHAN", 2, run_answer },
	{ "hangup", "CHAN CAUSE", 3, run_hangup },
	{ "restart", "CHAN (RESTART; what was on it is gone)", 2, run_restart },
	{ "listen", "CHAN FILE (opens it; what it receives is written)", 3, run_listen },
	{ "speak", "CHAN FILE (octets)", 3, run_speak },
	{ "close", "CHAN (listens and speaks no longer)", 2, run_close },
	{ "quit", "", 1, run_quit },
};

static void command(char *line)
{
	const char *sentence = "there is no such command, or it has other words";
	char *w[WORDS] = { NULL }, *save, *word;
	int n = 0, chan;
	size_t i;

	for (word = strtok_r(line, "\n ", &save); word && n < WORDS; word = strtok_r(NULL, "\n ", &save))
		w[n++] = word;
	chan = n > 1 ? atoi(w[1]) : 1;
	for (i = 0; n && chan > 0 && chan < CHANNELS && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(w[0], commands[i].name) && n == commands[i].words)
			sentence = commands[i].run(chan, w[2]);
	if (sentence)
		tell("error", chan, sentence);
}

/* Whole lines only: the rest of one comes later. */
static void take_commands(int fd)
{
	static char text[1024];
	static size_t len;
	char *end;
	ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

	if (n <= 0)
		return;
	len += (size_t)n;
	text[len] = 0;
	while ((end = strchr(text, '\n'))) {
		*end = 0;
		command(text);
		len -= (size_t)(end + 1 - text);
		memmove(text, end + 1, len + 1);
	}
}

/* After the voice comes silence, as many blocks as DAHDI may still hold: then the voice has gone out. */
static void speak(struct channel *c, int chan)
{
	static const uint8_t silence[2] = { 0xff, 0xd5 };
	uint8_t block[BLOCK];
	size_t left;

	for (;;) {
		left = c->sent < c->len ? c->len - c->sent : 0;
		memset(block, silence[dchan_is_e1(type)], sizeof(block));
		if (left)
			memcpy(block, c->voice + c->sent, left < BLOCK ? left : BLOCK);
		if (write(c->fd, block, BLOCK) != BLOCK && !channel_event(c->fd))
			return;
		c->sent += BLOCK;
		if (!c->played && c->sent >= c->len + (size_t)BUFFERS * BLOCK) {
			c->played = true;
			tell("played", chan, "");
		}
	}
}

static void serve(struct channel *c, int chan)
{
	uint8_t in[BLOCK];
	ssize_t n;

	do {
		n = read(c->fd, in, sizeof(in));
		if (n > 0)
			fwrite(in, 1, (size_t)n, c->heard);
	} while (n > 0 || (n < 0 && channel_event(c->fd)));
	if (c->voice)
		speak(c, chan);
}

static void watch_alarms(void)
{
	static int before = -1;
	int alarms = span_alarms(1) & ALARMS;
	char text[16];

	if (alarms == before)
		return;
	before = alarms;
	snprintf(text, sizeof(text), "%d", alarms);
	tell("alarms", 0, text);
}

int main(int argc, char **argv)
{
	static const int slow[] = { PRI_TIMER_T303, PRI_TIMER_T305, PRI_TIMER_T308, PRI_TIMER_T310, PRI_TIMER_T313 };
	int fd, card, i, left = 0;
	long looked = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: dahdi-pri e1|t1 network|user COMMANDS CARD\n");
		for (i = 0; i < (int)(sizeof(commands) / sizeof(*commands)); i++)
			fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].usage);
		return 2;
	}
	type = strcmp(argv[1], "t1") ? PRI_SWITCH_EUROISDN_E1 : PRI_SWITCH_NI2;
	fd = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(argv[3], 0);
	card = atoi(argv[4]);
	d = (struct dchan){ .read = frame_in, .write = frame_out, .event = on_event };
	d.fd = channel_open(dchan_is_e1(type) ? 16 : 24, FRAME, 16);
	if (dchan_start(&d, strcmp(argv[2], "user") ? PRI_NETWORK : PRI_CPE, type))
		die("libpri", 0);
	pri_set_timer(d.pri, PRI_TIMER_T200, T200_MS);
	pri_set_timer(d.pri, PRI_TIMER_T309, T309_MS);
	for (i = 0; i < (int)(sizeof(slow) / sizeof(*slow)); i++)
		pri_set_timer(d.pri, slow[i], T3XX_MS);
	while (!done) {
		dchan_turn(&d);
		for (i = 1; i < CHANNELS; i++)
			if (channels[i].fd)
				serve(&channels[i], i);
		if (now_ms() < looked + 20)
			continue;
		looked = now_ms();
		line_grant(card, GRANT);
		watch_alarms();
		take_commands(fd);
	}
	line_grant(card, GRANT_ALL);
	for (i = 1; i < CHANNELS; i++)
		left += !!channels[i].call;
	tell("ended", left, "calls left");
	return left != 0;
}

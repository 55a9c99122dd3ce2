// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pri-peer: an ISDN far end that is not our daemon: libpri alone over one D-channel.
 *
 * It places calls, answers calls, hangs up at random points, and with --hostile N also sends
 * RESTART, garbage, illegal sequences and broken messages, and stalls, each at least N times.
 * Everything random comes from the seed, which is printed. It goes on until everything that the
 * options ask for has happened often enough, then ends when all calls are gone. JSON objects on
 * standard output, one a line, tell how far it is: "work" is 1 until all was done, "done" is 1 when
 * no call is left either; the last one has "ok". Exit status 0: all was done, nothing is left over.
 *
 *	pri-peer [options] CARD:PORT:SLOT	on a timeslot, HDLC
 *	pri-peer [options] --pair		two of it, back to back over a socketpair: its own test
 *
 *	--calls N	calls to place; at most --at-once of them at a time
 *	--receive N	calls to be received
 *	--answers N	calls of ours to be answered
 *	--peak N	calls at one time, both ways; until there were so many none is hung up
 *	--losses N	times that the link must have been lost
 *	--refused NUM	one call in eight goes to this number
 *	--stay		when all is done ("done":1), serve the line until standard input ends
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/tdm.h"
#include "tests/peers/pri-peer.h"

struct options opt = {
	.side = PRI_NETWORK, .type = PRI_SWITCH_EUROISDN_E1, .at_once = 1, .seconds = 120,
	.hold_ms = 50, .number = "2001",
};
struct peer peer;

int roll(int n)
{
	return (int)((unsigned int)rand_r(&opt.seed) % (unsigned int)n);
}

/* A full queue loses the frame. */
static ssize_t send_frame(int fd, const void *octets, size_t len)
{
	unsigned char frame[512];

	if (len > sizeof(frame))
		return -1;
	memcpy(frame, octets, len);
	if (opt.hostile)
		len = hostile_frame(frame, len);
	return write(fd, frame, len);
}

static struct call *find(q931_call *call)
{
	int i;

	for (i = 0; i < CALLS_MAX; i++)
		if (call && peer.calls[i].call == call)
			return &peer.calls[i];
	return NULL;
}

static struct call *add(q931_call *call, int chan, int incoming)
{
	int i;

	for (i = 0; i < CALLS_MAX; i++) {
		struct call *c = &peer.calls[i];

		if (c->call)
			continue;
		*c = (struct call){ call, chan, incoming, 0, 0, now_ms() + roll(opt.hold_ms + 1) };
		return c;
	}
	return NULL;
}

static int alive(void)
{
	int i, n = 0;

	for (i = 0; i < CALLS_MAX; i++)
		n += !!peer.calls[i].call;
	if (n > peer.peak)
		peer.peak = n;
	return n;
}

static int outgoing(void)
{
	int i, n = 0;

	for (i = 0; i < CALLS_MAX; i++)
		n += peer.calls[i].call && !peer.calls[i].incoming;
	return n;
}

static int chan_used(int chan)
{
	int i;

	for (i = 0; i < CALLS_MAX; i++)
		if (peer.calls[i].call && peer.calls[i].chan == chan)
			return 1;
	return 0;
}

/* From the top, so that an ascending far end and we seldom meet. */
static int chan_free(void)
{
	int chan;

	for (chan = dchan_is_e1(opt.type) ? 31 : 23; chan; chan--)
		if (!(dchan_is_e1(opt.type) && chan == 16) && !chan_used(chan))
			return chan;
	return 0;
}

static void gone(struct call *c)
{
	c->call = NULL;
	peer.released++;
}

/* Its timers, T305 and twice T308, have run out long before. */
#define STUCK_MS 60000

static void end_begins(struct call *c)
{
	c->ending = 1;
	c->due = now_ms() + STUCK_MS;
}

/*
 * libpri waits for nothing any more and says nothing: the wrong messages of --hostile bring its own
 * states out of step. Without them no call may end so.
 */
static void give_up(struct call *c)
{
	pri_destroycall(peer.d.pri, c->call);
	gone(c);
	peer.stuck++;
}

static void place(void)
{
	int chan = chan_free();
	q931_call *call = chan ? pri_new_call(peer.d.pri) : NULL;
	const char *number = opt.refused && !roll(8) ? opt.refused : opt.number;

	if (!call)
		return;
	if (!add(call, chan, 0) || dchan_call(&peer.d, opt.type, call, chan, number))
		peer.failed++;
	else
		peer.placed++;
}

static void on_ring(const pri_event_ring *r)
{
	int chan = r->channel & 0xff;

	if (chan == 0xff || chan_used(chan)) {
		if (chan != 0xff && !r->flexible) {
			pri_hangup(peer.d.pri, r->call, PRI_CAUSE_REQUESTED_CHAN_UNAVAIL);
			return;
		}
		chan = chan_free();
	}
	peer.received++;
	if (!chan || !add(r->call, chan, 1)) {
		pri_hangup(peer.d.pri, r->call, PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION);
		return;
	}
	pri_proceeding(peer.d.pri, r->call, chan, 0);
}

void on_restart(int channel)
{
	int i;

	for (i = 0; i < CALLS_MAX; i++) {
		struct call *c = &peer.calls[i];

		if (!c->call || (channel != -1 && c->chan != (channel & 0xff)))
			continue;
		pri_destroycall(peer.d.pri, c->call);
		gone(c);
	}
}

static void on_event(pri_event *e)
{
	struct call *c;

	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		peer.link = 1;
		peer.since = now_ms();
		peer.links++;
		break;
	case PRI_EVENT_DCHAN_DOWN:
		peer.losses += peer.link;
		peer.link = 0;
		break;
	case PRI_EVENT_RING:
		on_ring(&e->ring);
		break;
	case PRI_EVENT_PROCEEDING:
	case PRI_EVENT_RINGING:
		c = find(e->proceeding.call);
		if (c && (e->proceeding.channel & 0xff))
			c->chan = e->proceeding.channel & 0xff;
		break;
	case PRI_EVENT_ANSWER:
		c = find(e->answer.call);
		if (c) {
			c->up = 1;
			peer.answered++;
		}
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ: {
		int cause = e->hangup.cause, final = e->e == PRI_EVENT_HANGUP;
		q931_call *call = e->hangup.call;

		c = find(call);
		pri_hangup(peer.d.pri, call, cause);
		if (c && final)
			gone(c);
		else if (c)
			end_begins(c);
		break;
	}
	case PRI_EVENT_HANGUP_ACK:
		c = find(e->hangup.call);
		if (c)
			gone(c);
		break;
	case PRI_EVENT_RESTART:
		on_restart(e->restart.channel);
		break;
	default:
		break;
	}
}

static void hangup(struct call *c)
{
	static const int causes[] = { 16, 17, 18, 19, 21, 27, 31, 41 };

	end_begins(c);
	pri_hangup(peer.d.pri, c->call, causes[roll(8)]);
}

/* A random step of one call. */
static void poke(struct call *c)
{
	if (now_ms() < c->due)
		return;
	if (c->ending) {
		give_up(c);
		return;
	}
	c->due = now_ms() + roll(opt.hold_ms + 1);
	switch (roll(5)) {
	case 0:
		if (c->incoming && !c->up)
			pri_acknowledge(peer.d.pri, c->call, c->chan, 0);
		break;
	case 1:
	case 2:
		if (c->incoming && !c->up) {
			pri_answer(peer.d.pri, c->call, c->chan, 0);
			c->up = 1;
		}
		break;
	case 3:
		if (peer.peak >= opt.peak)
			hangup(c);
		break;
	default:
		break;
	}
}

static void turn(void)
{
	int i;

	if (now_ms() < peer.stall_until) {
		usleep(5000);
		return;
	}
	dchan_turn(&peer.d);
	for (i = 0; i < CALLS_MAX; i++)
		if (peer.calls[i].call)
			poke(&peer.calls[i]);
}

static int work_left(void)
{
	return peer.placed < opt.calls || peer.received < opt.receive ||
	       peer.answered < opt.answers || peer.peak < opt.peak ||
	       peer.losses < opt.losses || hostile_left();
}

static void report(const char *more)
{
	printf("{%s\"work\":%d,\"link\":%d,\"placed\":%d,\"answered\":%d,\"received\":%d,"
	       "\"released\":%d,\"failed\":%d,\"left\":%d,\"peak\":%d,\"links\":%d,\"losses\":%d,"
	       "\"restarts\":%d,\"garbage\":%d,\"stalls\":%d,\"illegal\":%d,\"broken\":%d,"
	       "\"stuck\":%d}\n",
	       more, work_left(), peer.link, peer.placed, peer.answered, peer.received,
	       peer.released, peer.failed, alive(), peer.peak, peer.links, peer.losses, peer.restarts,
	       peer.garbage, peer.stalls, peer.illegal, peer.broken, peer.stuck);
	fflush(stdout);
}

/* Nobody holds the other end of standard input any more. */
static int dismissed(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	return poll(&p, 1, 0) > 0 && read(STDIN_FILENO, &c, 1) <= 0;
}

/*
 * While the other side still waits for an answer to its own SABME it ignores what is said, which
 * is then lost: that takes T200.
 */
static int settled(void)
{
	return peer.link && now_ms() - peer.since > 2 * opt.t200 && now_ms() >= peer.stall_until;
}

static int start(void)
{
	peer.d.read = read;
	peer.d.write = send_frame;
	peer.d.event = on_event;
	if (dchan_start(&peer.d, opt.side, opt.type))
		return 1;
	if (opt.t200)
		pri_set_timer(peer.d.pri, PRI_TIMER_T200, opt.t200);
	if (opt.t305)
		pri_set_timer(peer.d.pri, PRI_TIMER_T305, opt.t305);
	if (opt.t203)
		pri_set_timer(peer.d.pri, PRI_TIMER_T203, opt.t203);
	return 0;
}

static int run(void)
{
	long until = now_ms() + opt.seconds * 1000L, quiet_since = 0, said = 0;
	unsigned int seed = opt.seed;
	char more[64];
	int ok;

	if (start())
		return 1;
	while (now_ms() < until) {
		/* Of calls there may be more than were asked for: what else is asked for needs them. */
		if (settled() && work_left() && outgoing() < opt.at_once)
			place();
		if (opt.hostile && settled() && work_left())
			hostile_turn();
		turn();
		/* Linger: the far end may still call, or finish what it has begun. */
		if (work_left() || alive())
			quiet_since = now_ms();
		else if (now_ms() - quiet_since > 1000 && (!opt.stay || dismissed()))
			break;
		if (now_ms() - said > 100) {
			said = now_ms();
			report(work_left() || alive() ? "" : "\"done\":1,");
		}
	}
	ok = !work_left() && !alive() && (opt.hostile || !peer.stuck);
	snprintf(more, sizeof(more), "\"ok\":%s,\"seed\":%u,", ok ? "true" : "false", seed);
	report(more);
	return !ok;
}

static int run_pair(void)
{
	int fds[2], status = 1, own;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds))
		return 1;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 1;
	peer.d.fd = fds[pid ? 0 : 1];
	close(fds[pid ? 1 : 0]);
	if (!pid) {
		opt.side = opt.side == PRI_NETWORK ? PRI_CPE : PRI_NETWORK;
		opt.seed++;
		opt.hostile = 0;
		exit(run());
	}
	own = run();
	waitpid(pid, &status, 0);
	return own || status;
}

static int run_slot(const char *text)
{
	struct tdm_bind bind = { .flags = TDM_BIND_TX, .mode = TDM_MODE_HDLC,
				 .bearer = TDM_BEARER_CLEAR };
	struct tdm_card_info card;
	struct tdm_addr addr;
	struct tdm_dev *dev;
	struct tdm_error e;
	struct tdm_nl *nl;
	int ret;

	if (tdm_addr_parse(text, TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &e) ||
	    tdm_nl_open(&nl, NULL, &e))
		goto err;
	ret = tdm_nl_card(nl, addr.card, &card, &e);
	tdm_nl_close(nl);
	bind.card = card.id;
	bind.port = addr.port;
	bind.slots = addr.slots;
	if (ret || tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, NULL, &e) || tdm_bind(dev, &bind, &e))
		goto err;
	peer.d.fd = tdm_fd(dev);
	ret = run();
	tdm_dev_close(dev);
	return ret;
err:
	fprintf(stderr, "pri-peer: %s\n", e.text);
	return 1;
}

static int option(int c)
{
	switch (c) {
	case 's':
		opt.side = strcmp(optarg, "user") ? PRI_NETWORK : PRI_CPE;
		return 0;
	case 't':
		opt.type = strcmp(optarg, "national") ? PRI_SWITCH_EUROISDN_E1 : PRI_SWITCH_NI2;
		return 0;
	case 'c':
		opt.calls = atoi(optarg);
		return 0;
	case 'a':
		opt.at_once = atoi(optarg) < CALLS_MAX / 2 ? atoi(optarg) : CALLS_MAX / 2;
		return 0;
	case 'r':
		opt.receive = atoi(optarg);
		return 0;
	case 'w':
		opt.seconds = atoi(optarg);
		return 0;
	case 'e':
		opt.seed = (unsigned int)strtoul(optarg, NULL, 10);
		return 0;
	case 'n':
		opt.number = optarg;
		return 0;
	case 'm':
		opt.hold_ms = atoi(optarg);
		return 0;
	case 'H':
		opt.hostile = atoi(optarg);
		return 0;
	case 'l':
		opt.losses = atoi(optarg);
		return 0;
	case 'A':
		opt.answers = atoi(optarg);
		return 0;
	case 'p':
		opt.peak = atoi(optarg);
		return 0;
	case 'S':
		opt.stay = 1;
		return 0;
	case 'R':
		opt.refused = optarg;
		return 0;
	case '2':
		opt.t200 = atoi(optarg);
		return 0;
	case '3':
		opt.t203 = atoi(optarg);
		return 0;
	case '5':
		opt.t305 = atoi(optarg);
		return 0;
	case 'P':
		opt.pair = 1;
		return 0;
	default:
		return -1;
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "side", 1, NULL, 's' }, { "switchtype", 1, NULL, 't' }, { "calls", 1, NULL, 'c' },
		{ "at-once", 1, NULL, 'a' }, { "receive", 1, NULL, 'r' },
		{ "seconds", 1, NULL, 'w' }, { "seed", 1, NULL, 'e' }, { "number", 1, NULL, 'n' },
		{ "hold-ms", 1, NULL, 'm' }, { "hostile", 1, NULL, 'H' },
		{ "losses", 1, NULL, 'l' }, { "stay", 0, NULL, 'S' },
		{ "answers", 1, NULL, 'A' }, { "peak", 1, NULL, 'p' }, { "refused", 1, NULL, 'R' },
		{ "t200", 1, NULL, '2' }, { "t203", 1, NULL, '3' }, { "t305", 1, NULL, '5' },
		{ "pair", 0, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opt.seed = (unsigned int)(time(NULL) ^ getpid());
	while ((c = getopt_long(argc, argv, "", names, NULL)) >= 0)
		if (option(c))
			return 2;
	fprintf(stderr, "pri-peer: seed %u\n", opt.seed);
	if (opt.pair)
		return run_pair();
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: pri-peer [options] CARD:PORT:SLOT | --pair\n");
		return 2;
	}
	return run_slot(argv[optind]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/telephony/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/timer.h"
#include "daemon/media/law.h"
#include "daemon/media/media.h"
#include "tests/unit/telephony/cable.h"
#include "tests/unit/telephony/world.h"

#define PORTS	(CABLE_PORTS + 1)
#define DELAY	8
#define MINUTE	(60 * 8000 / WIRE_PERIOD)

struct wire {
	struct media_line line;
	int port;
	uint8_t rx[LINE_SLOTS][WIRE_RING], tx[LINE_SLOTS][WIRE_RING];
	uint64_t consumed;
	bool claimed[LINE_SLOTS];
	struct wire *to[LINE_SLOTS];	/* connect: what we receive is sent there */
	int to_slot[LINE_SLOTS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* all of the below */
static struct wire *wires[PORTS];
static uint64_t clock_rx;

static pthread_t turner;
static uint32_t turning;	/* atomic */

/*
 * Periods that go by as soon as they are served: so many each time when a test that waits has looked.
 * Without one that waits they are slow: a test that does not get the processor finds little changed.
 */
#define AT_ONCE	5
#define SLOW_MS	20
static uint32_t at_once;	/* atomic */

static struct wire *of(struct media_line *l)
{
	return (struct wire *)l;
}

static void pos(struct media_line *l, struct line_pos *p)
{
	(void)l;
	pthread_mutex_lock(&lock);
	*p = (struct line_pos){ .running = true, .rx_frame = clock_rx,
				.tx_frame = clock_rx + WIRE_LEAD };
	pthread_mutex_unlock(&lock);
}

static int get(struct media_line *l, unsigned int slot, uint64_t frame, uint8_t *buf, size_t n)
{
	int ret = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	if (frame + WIRE_RING < clock_rx)
		ret = -EOVERFLOW;
	else if (frame + n > clock_rx)
		ret = -EAGAIN;
	for (i = 0; !ret && i < n; i++)
		buf[i] = of(l)->rx[slot][(frame + i) % WIRE_RING];
	pthread_mutex_unlock(&lock);
	return ret;
}

static int put(struct media_line *l, unsigned int slot, uint64_t frame, const uint8_t *buf, size_t n)
{
	int ret = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	if (frame < clock_rx + WIRE_LEAD)
		ret = -ETIME;
	else if (frame + n > clock_rx + WIRE_LEAD + WIRE_RING)
		ret = -EOVERFLOW;
	for (i = 0; !ret && i < n; i++)
		of(l)->tx[slot][(frame + i) % WIRE_RING] = buf[i];
	pthread_mutex_unlock(&lock);
	return ret;
}

static void consumed(struct media_line *l, uint64_t frame)
{
	pthread_mutex_lock(&lock);
	of(l)->consumed = frame;
	pthread_mutex_unlock(&lock);
}

static int claim(struct media_line *l, unsigned int slot, unsigned int format, uint64_t *rx,
		 uint64_t *tx)
{
	int ret = -EBUSY;

	(void)format;
	pthread_mutex_lock(&lock);
	if (!of(l)->claimed[slot]) {
		of(l)->claimed[slot] = true;
		*rx = clock_rx;
		*tx = clock_rx + WIRE_LEAD;
		ret = 0;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static void unconnect(struct wire *w, unsigned int slot)
{
	struct wire *o = w->to[slot];

	if (o)
		o->to[w->to_slot[slot]] = NULL;
	w->to[slot] = NULL;
}

static void release(struct media_line *l, unsigned int slot)
{
	pthread_mutex_lock(&lock);
	of(l)->claimed[slot] = false;
	unconnect(of(l), slot);
	memset(of(l)->tx[slot], 0xd5, WIRE_RING);
	pthread_mutex_unlock(&lock);
}

static int connect(struct media_line *a, unsigned int as, struct media_line *b, unsigned int bs,
		   struct line_connect *con)
{
	pthread_mutex_lock(&lock);
	of(a)->to[as] = of(b);
	of(a)->to_slot[as] = (int)bs;
	of(b)->to[bs] = of(a);
	of(b)->to_slot[bs] = (int)as;
	con->ab_delay = con->ba_delay = WIRE_LEAD + DELAY;
	con->a_tx_frame = con->b_tx_frame = clock_rx + WIRE_LEAD;
	pthread_mutex_unlock(&lock);
	return 0;
}

static int disconnect(struct media_line *a, unsigned int as, struct line_connect *con)
{
	pthread_mutex_lock(&lock);
	unconnect(of(a), as);
	con->a_tx_frame = con->b_tx_frame = clock_rx + WIRE_LEAD;
	pthread_mutex_unlock(&lock);
	return 0;
}

static void wire_close(struct media_line *l)
{
	pthread_mutex_lock(&lock);
	wires[of(l)->port] = NULL;
	pthread_mutex_unlock(&lock);
	free(l);
}

static const struct media_line_ops ops = {
	.pos = pos, .get = get, .put = put, .consumed = consumed, .claim = claim,
	.release = release, .connect = connect, .disconnect = disconnect, .close = wire_close,
};

struct media_line *wire_line(int port)
{
	struct wire *w;

	pthread_mutex_lock(&lock);
	w = wires[port];
	if (!w) {
		w = wires[port] = calloc(1, sizeof(*w));
		w->port = port;
		w->line.ops = &ops;
		w->line.fd = -1;
		w->line.card = 7;
		w->line.span = 100 + (uint32_t)port;
		w->line.period = WIRE_PERIOD;
		w->line.ring = WIRE_RING;
		w->line.tx_lead = WIRE_LEAD;
		w->line.can_connect = true;
		memset(w->tx, 0xd5, sizeof(w->tx));
		memset(w->rx, 0xd5, sizeof(w->rx));
		media_line_add(&w->line);
	}
	pthread_mutex_unlock(&lock);
	return &w->line;
}

/* What the slot of a port sends in one transmit frame; the row goes back to idle. */
static uint8_t sent(struct wire *w, unsigned int slot, uint64_t t)
{
	struct wire *from = w->to[slot];
	uint8_t *row = &w->tx[slot][t % WIRE_RING];
	uint8_t octet = *row;

	*row = 0xd5;
	if (from)
		octet = from->rx[w->to_slot[slot]][(t - WIRE_LEAD - DELAY) % WIRE_RING];
	return octet;
}

void wire_tick(void)
{
	uint8_t block[PORTS][LINE_SLOTS][8] = { 0 };
	unsigned int slot, i;
	int port;

	pthread_mutex_lock(&lock);
	/*
	 * In step: the line waits for a thread that does not get the processor, so that nothing is
	 * ever late.
	 */
	for (port = 1; port < PORTS; port++)
		if (wires[port] && wires[port]->consumed &&
		    clock_rx >= wires[port]->consumed + WIRE_PERIOD + WIRE_PERIOD / 2) {
			pthread_mutex_unlock(&lock);
			return;
		}
	for (port = 1; port < PORTS; port++)
		for (slot = 0; wires[port] && slot < LINE_SLOTS; slot++)
			for (i = 0; i < 8; i++)
				block[port][slot][i] = sent(wires[port], slot,
							    clock_rx + WIRE_LEAD + i);
	for (port = 1; port < PORTS; port++) {
		struct wire *w = wires[port];
		int from = port % 2 ? port + 1 : port - 1;

		for (slot = 0; w && slot < LINE_SLOTS; slot++)
			for (i = 0; i < 8; i++)
				w->rx[slot][(clock_rx + i) % WIRE_RING] =
					wires[from] ? block[from][slot][i] : 0xd5;
	}
	clock_rx += 8;
	pthread_mutex_unlock(&lock);
}

static void wait_for_turn(void)
{
	uint32_t n;

	for (int i = 0; i < SLOW_MS && !atomic_load(&at_once); i++)
		usleep(1000);
	n = atomic_load(&at_once);
	if (n)
		atomic_cas(&at_once, &n, n - 1);
}

/* While nothing is served it goes on all the same. */
static void *turn(void *arg)
{
	struct media_stats before, now;

	(void)arg;
	while (atomic_load(&turning)) {
		wait_for_turn();
		media_stats_read(&before);
		for (int i = 0; i < WIRE_PERIOD / 8; i++)
			wire_tick();
		for (int i = 0; i < 50; i++) {
			usleep(500);
			media_stats_read(&now);
			if (now.periods != before.periods)
				break;
		}
	}
	return NULL;
}

int wire_start(void)
{
	cable_lines(true);
	atomic_store(&turning, 1);
	return pthread_create(&turner, NULL, turn, NULL) ? -1 : 0;
}

/* While they turn: the media thread may wait for the line. */
static void lines_drop(void)
{
	for (int port = 1; port < PORTS; port++)
		if (wires[port])
			media_line_drop(&wires[port]->line);
}

void wire_stop(void)
{
	lines_drop();
	atomic_store(&turning, 0);
	pthread_join(turner, NULL);
	cable_lines(false);
}

void wire_wait(unsigned int n)
{
	struct media_stats before, now;

	media_stats_read(&before);
	wire_until((media_stats_read(&now), now.periods - before.periods >= n));
}

bool wire_patient(struct wire_patience *p)
{
	uint64_t now = tnow(), patience = (uint64_t)PATIENCE * NSEC_PER_MSEC;
	struct media_stats stats;

	media_stats_read(&stats);
	atomic_store(&at_once, AT_ONCE);
	if (!p->began_ns) {
		p->began_ns = now;
		p->began = stats.periods;
	}
	if (!p->moved_ns || stats.periods != p->last) {
		p->moved_ns = now;
		p->last = stats.periods;
	}
	return now - p->began_ns < patience ||
	       (now - p->moved_ns < patience && p->last - p->began < MINUTE);
}

static char folder[32];

int wire_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/opentdm-wire-XXXXXX");
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

const char *wire_file(const char *name)
{
	static char paths[8][64];
	static unsigned int n;
	char *path = paths[n++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

int wire_folder_end(int status)
{
	char command[sizeof(folder) + 16];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command) ? 1 : status;
}

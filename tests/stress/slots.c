// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>

#include "daemon/group/tdm_check.h"
#include "lib/tdm.h"
#include "tests/stress/slots.h"
#include "tests/stress/stress.h"

/*
 * Spans 2n and 2n + 1 are the two ends of a line; place s/i is timeslot i + 1 of span s. Cards have as
 * many ports as tdm_virt allows.
 */
#define PORTS 16
#define CARDS ((SPANS + PORTS - 1) / PORTS)
#define LOSS_MS 10000 /* until the kernel tells; a millisecond when nothing else runs */

bool slots_real;

static uint32_t card[CARDS]; /* constant once started */
static char card_name[CARDS][TDM_NAME_MAX];
static struct tdm_nl *nl;	/* the plant's thread's; of main() before it starts and after it ends */
static struct tdm_watch *watch; /* the same */
static struct tdm_nl *rest_nl;	/* of who looks when nobody does anything */

static unsigned int card_of(unsigned int span)
{
	return span / PORTS;
}

static uint32_t port_of(unsigned int span)
{
	return span % PORTS + 1;
}

static uint32_t slot_of(unsigned int place)
{
	return place % SLOTS + 1;
}

static struct tdm_addr address(unsigned int span)
{
	struct tdm_addr addr = { .port = port_of(span) };

	snprintf(addr.card, sizeof(addr.card), "%s", card_name[card_of(span)]);
	return addr;
}

/* --- one timeslot ---------------------------------------------------------------------------- */

struct tdm_dev *slots_take(unsigned int place)
{
	struct tdm_bind bind = {
		.flags = TDM_BIND_TX,
		.card = card[card_of(place / SLOTS)],
		.port = port_of(place / SLOTS),
		.slots = 1U << slot_of(place),
		.mode = TDM_MODE_PCM,
		.bearer = TDM_BEARER_SPEECH,
		.rx_frames = 160,
		.tx_frames = 160,
	};
	struct tdm_dev *dev;
	struct tdm_error e;

	if (tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, tdm_lock_check, &e)) {
		violation("timeslot %u: %s", place, e.text);
		return NULL;
	}
	if (tdm_bind(dev, &bind, &e)) {
		violation("timeslot %u is free, and yet: %s", place, e.text);
		tdm_dev_close(dev);
		return NULL;
	}
	return dev;
}

void slots_give(struct tdm_dev *dev)
{
	tdm_dev_close(dev);
}

/* --- a span ---------------------------------------------------------------------------------- */

static void fault(unsigned int span, uint32_t defects)
{
	struct tdm_fault fault = { .what = TDM_FAULT_DEFECTS, .defects = defects };
	struct tdm_addr addr = address(span);
	struct tdm_error e;

	if (tdm_virt_fault(nl, &addr, &fault, &e))
		violation("span %u: %s", span, e.text);
}

/* Reads news until the kernel says that the span has, or has not, lost its signal. */
static void hear(unsigned int span, bool lost)
{
	struct pollfd p = { .fd = tdm_watch_fd(watch), .events = POLLIN };
	uint64_t until = tnow() + LOSS_MS * NSEC_PER_MSEC;
	struct tdm_news news;
	struct tdm_error e;
	int got = 0;

	while (tnow() < until) {
		got = tdm_watch_next(watch, &news, &e);
		if (got < 0 && got != -EAGAIN)
			break;
		if (got <= 0) {
			poll(&p, 1, 100);
			continue;
		}
		if ((news.type == TDM_NEWS_ALARM || news.type == TDM_NEWS_RESYNC) &&
		    news.card == card[card_of(span)] && news.port == port_of(span) &&
		    !!(news.span.defects & TDM_ALARM_LOS) == lost)
			return;
	}
	violation("span %u: nobody says that its signal is %s (%s)", span, lost ? "lost" : "back",
		  got < 0 ? e.text : "no news");
}

void slots_lose(unsigned int span)
{
	fault(span, TDM_ALARM_LOS);
	hear(span, true);
}

void slots_restore(unsigned int span)
{
	fault(span, 0);
	hear(span, false);
}

/* --- all ------------------------------------------------------------------------------------- */

void slots_look(unsigned int span)
{
	struct tdm_addr addr = address(span);
	struct tdm_slot_info *list;
	struct tdm_error e;
	int n = tdm_nl_slots(rest_nl, &addr, &list, &e);

	if (n < 0) {
		violation("span %u: %s", span, e.text);
		return;
	}
	for (int i = 0; i < n; i++) {
		uint32_t slot = list[i].slot;
		bool ours = slot >= 1 && slot <= SLOTS && plant_owner(span * SLOTS + slot - 1);

		if (ours != !!list[i].owner[0])
			violation("timeslot %s:%u:%u is %s, and the kernel says '%s'",
				  list[i].card_name, list[i].port, slot, ours ? "in use" : "idle",
				  list[i].owner);
	}
	free(list);
}

static int make_card(unsigned int c, struct tdm_error *e)
{
	struct tdm_virt_new make = { .type = -1, .framing = -1, .line_code = -1, .signalling = -1 };
	struct tdm_card_info info;
	unsigned int spans = SPANS - c * PORTS < PORTS ? SPANS - c * PORTS : PORTS;
	int err;

	make.ports = spans;
	err = tdm_virt_new(nl, &make, &card[c], e);
	if (!err)
		err = tdm_nl_card_by_id(nl, card[c], &info, e);
	if (err)
		return err;
	snprintf(card_name[c], sizeof(card_name[c]), "%s", info.name);
	for (unsigned int i = 0; i < spans && !err; i += 2) {
		struct tdm_addr a = address(c * PORTS + i), b = address(c * PORTS + i + 1);

		err = tdm_virt_join(nl, &a, &b, e);
		if (!err)
			err = tdm_nl_span_up(nl, card[c], a.port, e);
		if (!err)
			err = tdm_nl_span_up(nl, card[c], b.port, e);
	}
	return err;
}

int slots_start(void)
{
	struct tdm_error e;
	int err = tdm_nl_open(&nl, tdm_lock_check, &e);

	if (!err)
		err = tdm_nl_open(&rest_nl, tdm_lock_check, &e);
	for (unsigned int c = 0; c < CARDS && !err; c++)
		err = make_card(c, &e);
	if (!err)
		err = tdm_watch_open(&watch, tdm_lock_check, &e);
	if (err) {
		fprintf(stderr, "stress: %s\n", e.text);
		return err;
	}
	for (unsigned int span = 0; span < SPANS; span++)
		hear(span, false);
	return 0;
}

void slots_stop(void)
{
	struct tdm_error e;

	for (unsigned int span = 0; span < SPANS; span++)
		slots_look(span);
	for (unsigned int c = 0; c < CARDS; c++)
		if (tdm_virt_del(nl, card[c], &e))
			violation("%s: %s", card_name[c], e.text);
	tdm_watch_close(watch);
	tdm_nl_close(rest_nl);
	tdm_nl_close(nl);
}

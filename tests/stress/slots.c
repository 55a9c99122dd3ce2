// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

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
static struct tdm_nl *actor_nl[ACTORS]; /* of each actor */
static unsigned int losses, rival;	/* the plant's thread's, and of who looks: in turn */

static unsigned int card_of(unsigned int span)
{
	return span / PORTS;
}

static uint32_t port_of(unsigned int span)
{
	return span % PORTS + 1;
}

/* SPANS: none of ours. */
static unsigned int span_of(uint32_t id, uint32_t port)
{
	for (unsigned int c = 0; c < CARDS; c++)
		if (card[c] == id)
			return c * PORTS + port - 1;
	return SPANS;
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

static int bind_to(struct tdm_dev *dev, unsigned int place, struct tdm_error *e)
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

	return tdm_bind(dev, &bind, e);
}

struct tdm_dev *slots_take(unsigned int place)
{
	struct tdm_dev *dev;
	struct tdm_error e;

	if (tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, tdm_lock_check, &e)) {
		violation("timeslot %u: %s", place, e.text);
		return NULL;
	}
	if (bind_to(dev, place, &e)) {
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

int slots_connect(const struct stress_leg *a, const struct stress_leg *b, bool connect)
{
	struct tdm_connect con = { .flags = TDM_CONNECT_BOTH, .a_slot = slot_of(a->place),
				   .b_slot = slot_of(b->place) };
	struct tdm_error e;
	int err;

	if (!a->dev || !b->dev)
		return -ENODEV;
	err = connect ? tdm_connect(a->dev, b->dev, &con, &e) :
			tdm_disconnect(a->dev, &con, &e);
	if (err)
		violation("timeslots %u and %u: %s", a->place, b->place, e.text);
	return err;
}

/* The owner is named by its process. */
static bool ours(const struct tdm_slot_info *info)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "[%d]", getpid());
	return strstr(info->owner, pid);
}

bool slots_owned(unsigned int actor, unsigned int place)
{
	unsigned int span = place / SLOTS;
	struct tdm_slot_info info;
	struct tdm_error e;

	if (!tdm_nl_slot(actor_nl[actor], card[card_of(span)], port_of(span), slot_of(place), &info,
			 &e))
		return ours(&info);
	violation("timeslot %u: %s", place, e.text);
	return false;
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

static bool lost(const struct tdm_span_info *info)
{
	return info->state != TDM_SPAN_UP || (info->defects & TDM_ALARM_LOS);
}

/*
 * Reads news until the kernel says that the span is lost, or is not. The last word counts: a span whose
 * partner was taken down is without a signal for a while as well.
 */
static void hear(unsigned int span, bool want)
{
	static bool is_lost[SPANS], told[SPANS]; /* as the news were */
	struct pollfd p = { .fd = tdm_watch_fd(watch), .events = POLLIN };
	uint64_t until = tnow() + LOSS_MS * NSEC_PER_MSEC;
	struct tdm_news news;
	struct tdm_error e;
	int got = 1;

	while (got >= 0 || got == -EAGAIN) {
		got = tdm_watch_next(watch, &news, &e);
		if (got > 0 && (news.type == TDM_NEWS_ALARM || news.type == TDM_NEWS_RESYNC ||
				news.type == TDM_NEWS_SPAN)) {
			unsigned int at = span_of(news.card, news.port);

			if (at < SPANS) {
				is_lost[at] = lost(&news.span);
				told[at] = true;
			}
		}
		if (got > 0)
			continue;
		if (told[span] && is_lost[span] == want)
			return;
		if (tnow() > until)
			break;
		poll(&p, 1, 100);
	}
	violation("span %u: nobody says that it is %s (%s)", span, want ? "lost" : "back",
		  got < 0 ? e.text : "no news");
}

static void up_or_down(unsigned int span, bool up)
{
	struct tdm_error e;
	int err = up ? tdm_nl_span_up(nl, card[card_of(span)], port_of(span), &e) :
		       tdm_nl_span_down(nl, card[card_of(span)], port_of(span), &e);

	if (err)
		violation("span %u: %s", span, e.text);
}

void slots_lose(unsigned int span)
{
	hear(span, false);
	if (losses % 2)
		up_or_down(span, false);
	else
		fault(span, TDM_ALARM_LOS);
	hear(span, true);
}

void slots_restore(unsigned int span)
{
	if (losses++ % 2)
		up_or_down(span, true);
	else
		fault(span, 0);
	hear(span, false);
}

/* --- all ------------------------------------------------------------------------------------- */

static unsigned int peer_of(const struct tdm_addr *peer)
{
	for (unsigned int place = 0; place < PLACES; place++)
		if (port_of(place / SLOTS) == peer->port && peer->slots == 1U << slot_of(place) &&
		    !strcmp(card_name[card_of(place / SLOTS)], peer->card))
			return place;
	return PLACES;
}

static void look_at(const struct tdm_slot_info *s, const uint32_t line[PLACES])
{
	unsigned int span = span_of(s->card, s->port);
	uint32_t want = LINE_IDLE, is = LINE_IDLE;

	if (span == SPANS)
		return; /* of a card that is not ours */
	if (s->slot >= 1 && s->slot <= SLOTS)
		want = line[span * SLOTS + s->slot - 1];
	if (s->owner[0])
		is = s->connect ? peer_of(&s->peer) : span * SLOTS + s->slot - 1;
	if (is != want || s->taps || (s->owner[0] && !ours(s)) || (!s->owner[0] && s->connect))
		violation("timeslot %s:%u:%u: %d is what it should be, and it is %d, owned by '%s'",
			  s->card_name, s->port, s->slot, (int)want, (int)is, s->owner);
}

/* A second owner is refused: a few, in turn. */
static void rivals(const uint32_t line[PLACES])
{
	unsigned int tries = 8;
	struct tdm_dev *dev;
	struct tdm_error e;

	if (tdm_dev_open(&dev, O_RDWR | O_NONBLOCK, tdm_lock_check, &e)) {
		violation("a second owner: %s", e.text);
		return;
	}
	for (unsigned int i = 0; i < PLACES && tries; i++) {
		int err;

		rival = (rival + 1) % PLACES;
		if (line[rival] == LINE_IDLE)
			continue;
		tries--;
		err = bind_to(dev, rival, &e);
		if (err != -EBUSY) {
			violation("timeslot %u: its second owner is answered %d", rival, err);
			break; /* the descriptor may be bound */
		}
	}
	tdm_dev_close(dev);
}

void slots_look(const uint32_t line[PLACES])
{
	struct tdm_slot_info *list;
	struct tdm_error e;
	int n = tdm_nl_slots(rest_nl, NULL, &list, &e);

	if (n < (int)PLACES) {
		violation("%d timeslots are listed: %s", n, n < 0 ? e.text : "too few");
		return;
	}
	for (int i = 0; i < n; i++)
		look_at(&list[i], line);
	tdm_free(list);
	rivals(line);
}

/* Of /dev/tdm, in this process. */
static unsigned int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned int n = 0;

	while (dir && (entry = readdir(dir))) {
		char to[64] = "";

		if (readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1) > 0)
			n += !strcmp(to, TDM_DEVICE);
	}
	if (dir)
		closedir(dir);
	return n;
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
	for (unsigned int i = 0; i < ACTORS && !err; i++)
		err = tdm_nl_open(&actor_nl[i], tdm_lock_check, &e);
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
	uint32_t line[PLACES];
	struct tdm_error e;

	for (unsigned int i = 0; i < PLACES; i++)
		line[i] = LINE_IDLE;
	slots_look(line);
	if (descriptors())
		violation("%u descriptors of " TDM_DEVICE " are left over", descriptors());
	for (unsigned int c = 0; c < CARDS; c++)
		if (tdm_virt_del(nl, card[c], &e))
			violation("%s: %s", card_name[c], e.text);
	tdm_watch_close(watch);
	for (unsigned int i = 0; i < ACTORS; i++)
		tdm_nl_close(actor_nl[i]);
	tdm_nl_close(rest_nl);
	tdm_nl_close(nl);
}

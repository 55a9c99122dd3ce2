// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libtdm's netlink half: a watch that lost events knows exactly again, a listing is never of two
 * states, refusals are sentences, private events and signalling bits. OPENTDM_SEED repeats a
 * run.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "../harness.h"
#include "lib/tdm.h"
#include "tests/selftests/chardev/plant.h"

#define SPANS_MAX	256

static struct tdm_nl *nl_open(void)
{
	struct tdm_error e;
	struct tdm_nl *nl;

	if (!tdm_nl_open(&nl, NULL, &e))
		return nl;
	fprintf(stderr, "# %s\n", e.text);
	exit(2);
}

/*
 * --- what a reader of the news believes
 * ---------------------------------------------------------
 */

struct model {
	struct tdm_watch *watch;
	struct tdm_span_info span[SPANS_MAX];
	bool known[SPANS_MAX], told[SPANS_MAX];
	unsigned int resyncs, news, wrong;
};

static int place_of(struct model *m, uint32_t card, uint32_t port, bool make)
{
	int free = -1;

	for (int i = 0; i < SPANS_MAX; i++) {
		if (m->known[i] && m->span[i].card == card && m->span[i].port == port)
			return i;
		if (!m->known[i] && free < 0)
			free = i;
	}
	if (!make || free < 0)
		return -1;
	m->known[free] = true;
	m->span[free] = (struct tdm_span_info) { .card = card, .port = port };
	return free;
}

static void gone(struct model *m, uint32_t card)
{
	for (int i = 0; i < SPANS_MAX; i++)
		if (m->known[i] && m->span[i].card == card)
			m->known[i] = false;
}

static void resynced(struct model *m, int64_t count)
{
	int64_t n = 0;

	for (int i = 0; i < SPANS_MAX; i++) {
		m->known[i] = m->known[i] && m->told[i];
		m->told[i] = false;
		n += m->known[i];
	}
	m->wrong += n != count;
	m->resyncs++;
}

static void believe(struct model *m, const struct tdm_news *news)
{
	int i;

	m->news++;
	switch (news->type) {
	case TDM_NEWS_RESYNCED:
		resynced(m, news->value);
		return;
	case TDM_NEWS_CARD_GONE:
		gone(m, news->card);
		return;
	case TDM_NEWS_CARD_NEW:
		for (uint32_t p = 1; p <= news->info.ports; p++)
			place_of(m, news->card, p, true);
		return;
	case TDM_NEWS_RESYNC:
		i = place_of(m, news->card, news->port, true);
		m->span[i] = news->span;
		m->told[i] = true;
		return;
	default:
		break;
	}
	if (!news->port)
		return;
	i = place_of(m, news->card, news->port, false);
	if (i < 0 || news->seq != m->span[i].event_seq + 1) {
		if (m->wrong++ < 5)
			printf("# %s:%u: number %llu after %lld\n", news->card_name, news->port,
			       (unsigned long long)news->seq,
			       i < 0 ? -1LL : (long long)m->span[i].event_seq);
		return;
	}
	if (news->type == TDM_NEWS_SPAN || news->type == TDM_NEWS_ALARM)
		m->span[i] = news->span;
	m->span[i].event_seq = news->seq;
}

/* Everything that is there now; after @quiet_ms without anything more. */
static int read_news(struct model *m, int quiet_ms)
{
	struct pollfd p = { .fd = tdm_watch_fd(m->watch), .events = POLLIN };
	struct tdm_news news;
	struct tdm_error e;
	int ret;

	do {
		while ((ret = tdm_watch_next(m->watch, &news, &e)) > 0)
			believe(m, &news);
		if (ret && ret != -EAGAIN) {
			printf("# %s\n", e.text);
			return ret;
		}
	} while (poll(&p, 1, quiet_ms) > 0);
	return 0;
}

static struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));
	struct tdm_error e;

	if (!m || tdm_watch_open(&m->watch, NULL, &e)) {
		fprintf(stderr, "# %s\n", m ? e.text : "memory");
		exit(2);
	}
	return m;
}

static void model_free(struct model *m)
{
	tdm_watch_close(m->watch);
	free(m);
}

/* A queue for few events. */
static void deafen(struct model *m)
{
	int octets = 8192;

	setsockopt(tdm_watch_fd(m->watch), SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
}

static bool same(const struct tdm_span_info *a, const struct tdm_span_info *b)
{
	return a->event_seq == b->event_seq && !memcmp(&a->conf, &b->conf, sizeof(a->conf)) &&
	       a->state == b->state && a->defects == b->defects && a->failures == b->failures;
}

/* How many spans the model is wrong about; nothing changes meanwhile. */
static int differs(struct model *m, struct tdm_nl *nl)
{
	struct tdm_span_info *list = NULL;
	struct tdm_error e;
	int n = tdm_nl_spans(nl, NULL, &list, &e), bad = 0, known = 0;

	for (int i = 0; i < n; i++) {
		int at = place_of(m, list[i].card, list[i].port, false);

		if (at >= 0 && same(&m->span[at], &list[i]))
			continue;
		printf("# %s:%u: it is at event %llu, the model at %lld\n", list[i].card_name,
		       list[i].port, (unsigned long long)list[i].event_seq,
		       at < 0 ? -1LL : (long long)m->span[at].event_seq);
		bad++;
	}
	for (int i = 0; i < SPANS_MAX; i++)
		known += m->known[i];
	tdm_free(list);
	return n < 0 ? n : bad + abs(known - n);
}

static int change(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t value)
{
	struct tdm_span_conf conf = { .fail_clear_ms = 1 + value % 30000 };
	struct tdm_error e;

	return tdm_nl_span_set(nl, card, port, TDM_SET_FAIL_CLEAR, &conf, 0, &e);
}

/*
 * --- the watch
 * ----------------------------------------------------------------------------------
 */

TEST(everything_in_order)
{
	struct tdm_nl *nl = nl_open();
	struct model *m = model_new();
	uint32_t card;

	ASSERT_EQ(0, read_news(m, 200));
	EXPECT_EQ(1, m->resyncs);
	card = plant_card(2, TDM_TYPE_E1);
	for (uint32_t i = 0; i < 20; i++)
		ASSERT_EQ(0, change(nl, card, 1 + i % 2, i));
	ASSERT_EQ(0, read_news(m, 1000));
	EXPECT_EQ(1, m->resyncs);
	EXPECT_EQ(0, m->wrong);
	EXPECT_EQ(0, differs(m, nl));
	plant_unplug(card);
	ASSERT_EQ(0, read_news(m, 200));
	EXPECT_EQ(0, differs(m, nl));
	tdm_nl_close(nl);
	model_free(m);
}

/*
 * The kernel tells of a loss once and then drops silently until the queue has been empty. What
 * happens between the first news of a resynchronisation and the next ones must not be lost: the
 * queue is emptied before the dump.
 */
TEST(loss_while_it_resynchronises)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, -1, -1, 0);
	struct tdm_nl *nl = nl_open();
	struct model *m = model_new();
	struct tdm_news news;
	struct tdm_error e;

	ASSERT_EQ(0, read_news(m, 200));
	deafen(m);
	for (uint32_t i = 0; i < 200; i++)
		ASSERT_EQ(0, change(nl, card, 1 + i % 2, i));
	ms(300);	/* the works have sent them all */
	do {
		ASSERT_EQ(1, tdm_watch_next(m->watch, &news, &e)) TH_LOG("%s", e.text);
		believe(m, &news);
	} while (news.type != TDM_NEWS_RESYNC);
	/* The dump has been made. This is newer. */
	ASSERT_EQ(0, change(nl, card, 1, 5555));
	ASSERT_EQ(0, change(nl, card, 2, 6666));
	ms(300);
	ASSERT_EQ(0, read_news(m, 500));
	EXPECT_LE(2, m->resyncs);
	EXPECT_EQ(0, m->wrong);
	EXPECT_EQ(0, differs(m, nl));
	plant_unplug(card);
	tdm_nl_close(nl);
	model_free(m);
}

struct churn {
	uint32_t card;
	atomic_int stop;
	uint64_t seed;
	unsigned int changes;
	bool cards;		/* make and remove some too */
};

static void *churns(void *arg)
{
	struct churn *c = arg;
	struct tdm_nl *nl = nl_open();
	struct tdm_virt_new new = { .ports = 4, .type = -1, .framing = -1, .line_code = -1,
				    .signalling = -1 };
	struct tdm_error e;
	uint32_t id;

	while (!atomic_load(&c->stop)) {
		uint64_t dice = mix(c->seed + c->changes++);

		if (change(nl, c->card, 1 + dice % 4, (uint32_t)(dice >> 8)))
			break;
		if (c->cards && dice % 32 == 0 && !tdm_virt_new(nl, &new, &id, &e))
			tdm_virt_del(nl, id, &e);
		if (dice % 16 == 1)
			ms(dice % 7);
	}
	tdm_nl_close(nl);
	return NULL;
}

static uint64_t seed_of(void)
{
	const char *s = getenv("OPENTDM_SEED");
	uint64_t seed = s ? strtoull(s, NULL, 0) : (uint64_t)time(NULL) << 16 ^ getpid();

	printf("# seed %llu\n", (unsigned long long)seed);
	return seed;
}

/* Slower than who changes, however slow that is. */
static void dawdle(struct churn *c, unsigned int changes)
{
	unsigned int until = __atomic_load_n(&c->changes, __ATOMIC_RELAXED) + changes;
	double end = now() + 5;

	while (__atomic_load_n(&c->changes, __ATOMIC_RELAXED) < until && now() < end)
		ms(1);
}

TEST(a_slow_reader_among_many_changes)
{
	double start = now(), end = start + (getenv("OPENTDM_LONG") ? 60 : 6);
	struct churn c = { .card = plant_card_as(4, TDM_TYPE_E1, -1, -1, 0), .seed = seed_of(),
			   .cards = true };
	struct tdm_nl *nl = nl_open();
	struct model *m = model_new();
	pthread_t thread;

	ASSERT_EQ(0, read_news(m, 200));
	deafen(m);
	ASSERT_EQ(0, pthread_create(&thread, NULL, churns, &c));
	/* On a slow machine there are fewer changes in that time. */
	while (now() < end || (m->resyncs < 2 && now() < start + 120)) {
		struct tdm_news news;
		struct tdm_error e;
		int ret = tdm_watch_next(m->watch, &news, &e);

		ASSERT_LE(ret == -EAGAIN ? -EAGAIN : 0, ret) TH_LOG("%s", e.text);
		if (ret > 0)
			believe(m, &news);
		if (ret <= 0 || mix(c.seed ^ m->news) % 8 == 0)
			dawdle(&c, mix(m->news) % 64);
	}
	atomic_store(&c.stop, 1);
	pthread_join(thread, NULL);
	ASSERT_EQ(0, read_news(m, 1000));
	TH_LOG("%u changes, %u news, %u resynchronisations", c.changes, m->news, m->resyncs);
	EXPECT_LE(2, m->resyncs);
	EXPECT_EQ(0, m->wrong);
	EXPECT_EQ(0, differs(m, nl));
	plant_unplug(c.card);
	tdm_nl_close(nl);
	model_free(m);
}

/*
 * A number that is missing, though nothing was said of a loss: the kernel had no memory for the
 * event.
 */
TEST(gap_of_numbers)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, -1, -1, 0);
	struct tdm_nl *nl = nl_open();
	struct model *m = model_new();
	char stolen[8192];

	ASSERT_EQ(0, read_news(m, 200));
	ASSERT_EQ(0, change(nl, card, 2, 1));
	ASSERT_LT(0, recv(tdm_watch_fd(m->watch), stolen, sizeof(stolen), 0));
	ASSERT_EQ(0, read_news(m, 200));
	EXPECT_EQ(1, m->resyncs);
	ASSERT_EQ(0, change(nl, card, 1, 2));
	ASSERT_EQ(0, read_news(m, 200));
	EXPECT_EQ(1, m->resyncs);	/* another span's numbers have nothing to do with it */
	ASSERT_EQ(0, change(nl, card, 2, 3));
	ASSERT_EQ(0, read_news(m, 200));
	EXPECT_EQ(2, m->resyncs);
	EXPECT_EQ(0, m->wrong);
	EXPECT_EQ(0, differs(m, nl));
	plant_unplug(card);
	tdm_nl_close(nl);
	model_free(m);
}

/*
 * --- listings
 * -----------------------------------------------------------------------------------
 */

static unsigned int asked;

static void counts(enum tdm_call_class cls, const char *call)
{
	asked += cls == TDM_CALL_CONFIG && !strcmp(call, "listing timeslots");
}

static void *cards_come_and_go(void *arg)
{
	struct churn *c = arg;
	struct tdm_nl *nl = nl_open();
	struct tdm_virt_new new = { .ports = 16, .type = -1, .framing = -1, .line_code = -1,
				    .signalling = -1 };
	struct tdm_error e;
	uint32_t id;

	while (!atomic_load(&c->stop)) {
		if (!tdm_virt_new(nl, &new, &id, &e)) {
			ms(mix(c->seed + c->changes++) % 60);
			tdm_virt_del(nl, id, &e);
		}
		ms(mix(c->seed + c->changes++) % 200);
	}
	tdm_nl_close(nl);
	return NULL;
}

/* Whole cards, in order, each slot once. */
static bool whole(const struct tdm_slot_info *list, int n)
{
	for (int i = 0; i < n; i++) {
		uint32_t slot = 1 + i % 31, port = 1 + i / 31 % 16;

		if (list[i].slot != slot || list[i].port != port ||
		    (i % 496 && list[i].card != list[i - 1].card) ||
		    (i && !(i % 496) && list[i].card <= list[i - 1].card))
			return false;
	}
	return n % 496 == 0;
}

/* A card that comes or goes in the middle of a dump: the library asks again, or says so. */
TEST(interrupted_listings)
{
	unsigned int i, again, none = 0, wrong = 0, n = getenv("OPENTDM_LONG") ? 300 : 30;
	struct churn c = { .seed = seed_of() };
	struct tdm_slot_info *list;
	uint32_t cards[6];
	struct tdm_error e;
	struct tdm_nl *nl;
	pthread_t thread;

	for (i = 0; i < 6; i++)
		cards[i] = plant_card_as(16, TDM_TYPE_E1, -1, -1, 0);
	ASSERT_EQ(0, tdm_nl_open(&nl, counts, &e)) TH_LOG("%s", e.text);
	ASSERT_EQ(0, pthread_create(&thread, NULL, cards_come_and_go, &c));
	asked = 0;
	for (i = 0; i < n; i++) {
		int ret = tdm_nl_slots(nl, NULL, &list, &e);

		if (ret == -EAGAIN) {
			none++;
			EXPECT_NE(NULL, strstr(e.text, "try again")) TH_LOG("%s", e.text);
			continue;
		}
		ASSERT_LE(6 * 496, ret) TH_LOG("%s", ret < 0 ? e.text : "too few");
		wrong += !whole(list, ret);
		tdm_free(list);
	}
	again = asked - n;
	atomic_store(&c.stop, 1);
	pthread_join(thread, NULL);
	TH_LOG("%u listings: asked again %u times, given up %u times", n, again, none);
	EXPECT_EQ(0, wrong);
	EXPECT_LT(0, again);
	tdm_nl_close(nl);
	for (i = 0; i < 6; i++)
		plant_unplug(cards[i]);
}

TEST(slots_tell_their_connect)
{
	uint32_t card = plant_card(2, TDM_TYPE_E1), id = 0;
	struct tdm_addr a = { .port = 1, .slots = 1U << 3 }, b = { .port = 2, .slots = 1U << 4 };
	struct tdm_slot_info at, bt;
	struct tdm_nl *nl = nl_open();
	struct tdm_error e;

	snprintf(a.card, sizeof(a.card), "%s", plant_name(card));
	snprintf(b.card, sizeof(b.card), "%s", a.card);
	ASSERT_EQ(0, tdm_nl_connect_add(nl, &a, &b, false, TDM_BEARER_CLEAR, &id, &e))
		TH_LOG("%s", e.text);
	ASSERT_EQ(0, tdm_nl_slot(nl, card, 1, 3, &at, &e));
	ASSERT_EQ(0, tdm_nl_slot(nl, card, 2, 4, &bt, &e));
	/* One direction: only b is filled, but both take part. */
	EXPECT_EQ(id, at.connect);
	EXPECT_EQ(id, bt.connect);
	EXPECT_EQ(0, at.peer.port);
	EXPECT_EQ(1, bt.peer.port);
	EXPECT_EQ(1U << 3, bt.peer.slots);
	EXPECT_EQ(-EBUSY, tdm_nl_connect_add(nl, &a, &b, true, TDM_BEARER_CLEAR, NULL, &e));
	EXPECT_NE(NULL, strstr(e.text, "cross-connected already")) TH_LOG("%s", e.text);
	ASSERT_EQ(0, tdm_nl_connect_del(nl, id, &e));
	ASSERT_EQ(0, tdm_nl_slot(nl, card, 1, 3, &at, &e));
	EXPECT_EQ(0, at.connect);
	plant_unplug(card);
	tdm_nl_close(nl);
}

/*
 * --- refusals and private things
 * ----------------------------------------------------------------
 */

static int nobody(uint32_t card)
{
	struct tdm_virt_new new = { .ports = 1, .type = -1, .framing = -1, .line_code = -1,
				    .signalling = -1 };
	struct tdm_error e;
	struct tdm_nl *nl;
	uint32_t id;

	if (setgid(65534) || setuid(65534) || tdm_nl_open(&nl, NULL, &e))
		return 1;
	if (tdm_nl_span_up(nl, card, 1, &e) != -EPERM || !strstr(e.text, "CAP_NET_ADMIN"))
		return 2;
	if (tdm_virt_new(nl, &new, &id, &e) != -EPERM || !strstr(e.text, "CAP_NET_ADMIN"))
		return 3;
	if (e.err != -EPERM || strncmp(e.text, "making a virtual card: ", 23))
		return 4;
	return 0;
}

TEST(who_may_not_is_told)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, -1, -1, 0);
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(nobody(card));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	plant_unplug(card);
}

TEST(a_port_joined_stays_joined)
{
	uint32_t card = plant_card(4, TDM_TYPE_E1);
	struct tdm_addr a = { .port = 1 }, b = { .port = 4 };
	struct tdm_virt_port *list;
	struct tdm_nl *nl = nl_open();
	struct tdm_error e;
	int n;

	snprintf(a.card, sizeof(a.card), "%s", plant_name(card));
	snprintf(b.card, sizeof(b.card), "%s", a.card);
	EXPECT_EQ(-EBUSY, tdm_virt_join(nl, &a, &b, &e));
	EXPECT_NE(NULL, strstr(e.text, "joined already")) TH_LOG("%s", e.text);
	n = tdm_virt_list(nl, &list, &e);
	ASSERT_EQ(4, n);
	EXPECT_EQ(2, list[0].peer.port);
	EXPECT_EQ(3, list[3].peer.port);
	tdm_free(list);
	plant_unplug(card);
	tdm_nl_close(nl);
}

/* ABCD set at one end is an event at the other, and can be read there. */
TEST(signalling_bits)
{
	uint32_t card = plant_card_as(2, TDM_TYPE_E1, -1, TDM_SIGNALLING_CAS, 1);
	struct tdm_bind bind = { .slots = 1U << 7, .mode = TDM_MODE_PCM, .flags = TDM_BIND_TX,
				 .card = card };
	struct tdm_dev *dev[2];
	struct tdm_event event;
	struct tdm_error e;
	unsigned int rx = 99, tx = 99;
	double end;
	int i, got = 0;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, tdm_dev_open(&dev[i], O_RDWR, NULL, &e));
		bind.port = i + 1;
		ASSERT_EQ(0, tdm_bind(dev[i], &bind, &e)) TH_LOG("%s", e.text);
	}
	EXPECT_EQ(-EINVAL, tdm_sig_set(dev[0], 7, 16, &e));
	ASSERT_EQ(0, tdm_sig_set(dev[0], 7, 5, &e)) TH_LOG("%s", e.text);
	for (end = now() + 10; now() < end && !(got > 0 && event.type == TDM_EVENT_CAS &&
						 event.value == 5);) {
		struct pollfd p = { .fd = tdm_fd(dev[1]), .events = POLLPRI };

		poll(&p, 1, 100);
		got = tdm_event_get(dev[1], &event);
		ASSERT_LE(0, got);
	}
	ASSERT_EQ(1, got);
	EXPECT_EQ(TDM_EVENT_CAS, event.type);
	EXPECT_EQ(7, event.slot);
	EXPECT_EQ(5, event.value);
	EXPECT_NE(0, event.frame);
	ASSERT_EQ(0, tdm_sig_get(dev[1], 7, &rx, &tx, &e)) TH_LOG("%s", e.text);
	EXPECT_EQ(5, rx);
	ASSERT_EQ(0, tdm_sig_get(dev[0], 7, NULL, &tx, &e));
	EXPECT_EQ(5, tx);
	tdm_dev_close(dev[0]);
	tdm_dev_close(dev[1]);
	plant_unplug(card);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* What exists, as far as we have been told: drawn from, and compared with what the kernel says. */
#include <pthread.h>

#include "fuzz.h"

struct book book;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* protects book; nothing is called under it */

void book_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void book_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

struct card *card_of(uint32_t serial)
{
	for (unsigned int i = 0; serial && i < CARDS; i++)
		if (book.card[i].serial == serial)
			return &book.card[i];
	return NULL;
}

unsigned int cards_there(void)
{
	unsigned int n = 0;

	book_lock();
	for (unsigned int i = 0; i < CARDS; i++)
		n += !!book.card[i].serial;
	book_unlock();
	return n;
}

uint32_t slots_of(const struct port *port)
{
	if (port->type != TDM_TYPE_E1)
		return 0x1fffffe;
	if (port->framing == TDM_FRAMING_UNFRAMED)
		return UINT32_MAX;
	return port->signalling == TDM_SIGNALLING_CAS ? ~0x10001U : ~1U;
}

uint32_t taken_of(uint32_t serial, uint32_t port)
{
	uint32_t taken = 0;

	for (unsigned int i = 0; i < DESCS; i++) {
		const struct desc *d = &book.desc[i];

		if (d->there && d->role && d->card == serial && d->port == port)
			taken |= d->tx;
	}
	for (unsigned int i = 0; i < CONNECTS; i++) {
		const struct link *l = &book.link[i];

		if (!l->id)
			continue;
		if (l->b_card == serial && l->b_port == port)
			taken |= 1U << l->b_slot;
		if (l->both && l->a_card == serial && l->a_port == port)
			taken |= 1U << l->a_slot;
	}
	return taken;
}

int draw_bit(struct fuzzer *me, uint32_t bits)
{
	unsigned int n = (unsigned int)__builtin_popcount(bits);
	uint32_t which;

	if (!n)
		return -1;
	for (which = roll(me, n); which; which--)
		bits &= bits - 1;
	return __builtin_ctz(bits);
}

bool draw_place(struct fuzzer *me, struct place *at)
{
	uint32_t there = 0;
	const struct card *card;
	int i, slot;

	memset(at, 0, sizeof(*at));
	book_lock();
	for (i = 0; i < CARDS; i++)
		there |= book.card[i].serial ? 1U << i : 0;
	i = draw_bit(me, there);
	if (i >= 0) {
		card = &book.card[i];
		at->serial = card->serial;
		at->card = card->id;
		at->ports = card->ports;
		memcpy(at->name, card->name, sizeof(at->name));
		at->port = 1 + roll(me, card->ports);
		at->is = card->port[at->port];
		at->taken = taken_of(card->serial, at->port);
		slot = draw_bit(me, slots_of(&at->is) & ~at->taken);
		if (slot < 0 || one_in(me, 8))
			slot = draw_bit(me, slots_of(&at->is));
		at->slot = (uint32_t)slot;
	}
	book_unlock();
	return i >= 0;
}

int draw_desc(struct fuzzer *me, bool (*fits)(const struct desc *d), struct desc *copy)
{
	uint32_t good = 0, open = 0;
	int i;

	book_lock();
	for (i = 0; i < DESCS; i++) {
		const struct desc *d = &book.desc[i];

		if (!d->there || d->closed)
			continue;
		open |= 1U << i;
		if (fits(d))
			good |= 1U << i;
	}
	/* One that does not fit is refused for that, and for nothing else: few of them. */
	i = draw_bit(me, one_in(me, 16) ? open : good);
	if (i >= 0)
		*copy = book.desc[i];
	book_unlock();
	if (i >= 0)
		say(me, "desc", (uint64_t)i);
	return i;
}

struct desc *desc_of(int i, const struct desc *copy)
{
	struct desc *d = &book.desc[i];

	return d->there && d->gen == copy->gen ? d : NULL;
}

bool book_card_new(const struct card *card)
{
	bool room = false;

	book_lock();
	for (unsigned int i = 0; !room && i < CARDS; i++) {
		if (book.card[i].serial)
			continue;
		book.card[i] = *card;
		book.card[i].serial = ++book.cards_made;
		room = true;
	}
	if (card->id > book.last_id)
		book.last_id = card->id;
	book_unlock();
	return room;
}

void book_card_gone(uint32_t serial)
{
	struct card *card;

	book_lock();
	card = card_of(serial);
	if (card)
		card->serial = 0;
	for (unsigned int i = 0; i < CARDS; i++)
		for (unsigned int p = 1; book.card[i].serial && p <= book.card[i].ports; p++)
			if (book.card[i].port[p].peer == serial)
				book.card[i].port[p].peer = 0;
	for (unsigned int i = 0; i < CONNECTS; i++)
		if (book.link[i].a_card == serial || book.link[i].b_card == serial)
			book.link[i].id = 0;
	book_unlock();
}

/* When there is no room for it the book does not know it, and it ends with one of its cards. */
void book_link_new(const struct link *link)
{
	book_lock();
	for (unsigned int i = 0; i < CONNECTS; i++) {
		if (book.link[i].id)
			continue;
		book.link[i] = *link;
		book.link[i].serial = ++book.links_made;
		break;
	}
	if (link->id > book.last_link)
		book.last_link = link->id;
	book_unlock();
}

void book_link_gone(uint32_t id)
{
	book_lock();
	for (unsigned int i = 0; i < CONNECTS; i++)
		if (book.link[i].id == id)
			book.link[i].id = 0;
	book_unlock();
}

void book_reset(void)
{
	book_lock();
	memset(&book, 0, sizeof(book));
	book_unlock();
}

/* --- compared with the kernel ----------------------------------------------------------------------- */

struct comparison {
	struct fuzzer *me;
	uint32_t spans, links;
};

/* Those of descriptors are in the slots that are taken, but for where they come from. */
static void compare_link(void *arg, const void *const *attrs)
{
	struct comparison *c = arg;
	uint32_t id = nl_u32(attrs[TDM_A_CONNECT]);

	if (!nl_u8(attrs[TDM_A_ADMIN]))
		return;
	c->links++;
	for (unsigned int i = 0; i < CONNECTS; i++)
		if (book.link[i].id == id)
			return;
	violation(c->me, "there is a cross-connect %u that nobody made", id);
}

static void compare_span(void *arg, const void *const *attrs)
{
	struct comparison *c = arg;
	const struct card *card = NULL;
	const struct port *port;
	uint32_t nr = nl_u32(attrs[TDM_A_PORT]);

	for (unsigned int i = 0; i < CARDS; i++)
		if (book.card[i].serial && book.card[i].id == nl_u32(attrs[TDM_A_CARD]))
			card = &book.card[i];
	if (!card || nr > card->ports) {
		violation(c->me, "there is a span %u:%u that nobody made",
			  nl_u32(attrs[TDM_A_CARD]), nr);
		return;
	}
	c->spans++;
	port = &card->port[nr];
	const struct {
		const char *what;
		uint32_t is, said;
	} all[] = {
		{ "type", port->type, nl_u32(attrs[TDM_A_TYPE]) },
		{ "framing", port->framing, nl_u32(attrs[TDM_A_FRAMING]) },
		{ "line code", port->code, nl_u32(attrs[TDM_A_LINE_CODE]) },
		{ "signalling", port->signalling, nl_u32(attrs[TDM_A_SIGNALLING]) },
		{ "lbo", port->lbo, nl_u32(attrs[TDM_A_LBO]) },
		{ "state", port->up, nl_u32(attrs[TDM_A_STATE]) },
		{ "slots", slots_of(port), nl_u32(attrs[TDM_A_SLOTS]) },
		{ "slots taken", taken_of(card->serial, nr), nl_u32(attrs[TDM_A_SLOTS_TAKEN]) },
	};
	for (unsigned int i = 0; i < COUNT(all); i++)
		if (all[i].is != all[i].said)
			violation(c->me, "card %u port %u: %s is 0x%x, and 0x%x was asked for",
				  card->serial, nr, all[i].what, all[i].said, all[i].is);
}

void book_compare(struct fuzzer *me)
{
	struct comparison c = { .me = me };
	struct answer answer = { .each = compare_span, .arg = &c };
	struct ask ask = { .family = TDM, .cmd = TDM_CMD_SPAN_GET, .dump = true };
	uint32_t spans = 0, links = 0;
	int err = nl_plain(me, &ask, &answer);

	answer.each = compare_link;
	ask.cmd = TDM_CMD_CONNECT_GET;
	if (!err)
		err = nl_plain(me, &ask, &answer);
	for (unsigned int i = 0; i < CARDS; i++)
		spans += book.card[i].serial ? book.card[i].ports : 0;
	for (unsigned int i = 0; i < CONNECTS; i++)
		links += !!book.link[i].id;
	if (err < 0 || c.spans != spans || c.links != links)
		violation(me, "the kernel has %u spans of %u, %u cross-connects of %u (%d)",
			  c.spans, spans, c.links, links, err);
}

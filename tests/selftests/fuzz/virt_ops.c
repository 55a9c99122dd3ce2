// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the family "opentdm_virt": the plant itself. */
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define WISHED 1000U /* names from virt1000 on are asked for; the kernel's own begin at virt0 */

static bool about(struct fuzzer *me, struct ask *ask, struct place *at, uint8_t cmd, bool port)
{
	*ask = (struct ask) { .family = VIRT, .cmd = cmd };
	if (!draw_place(me, at))
		return false;
	put_card(me, ask, at, false);
	if (port)
		put_port(ask, at, false);
	return true;
}

/* Named or known by a key: few of them, for what a key names is kept as long as the module is loaded. */
static void put_name(struct fuzzer *me, struct ask *ask)
{
	static const char *const bad[] = { "virt", "virtx", "te0", "virt1x", "VIRT1" };
	char text[16];
	uint32_t n = roll(me, 8);

	switch (roll(me, 6)) {
	case 0:
		snprintf(text, sizeof(text), "virt%u", WISHED + n);
		put_string(ask, TDM_VIRT_A_CARD_NAME, text, n);
		break;
	case 1:
		snprintf(text, sizeof(text), "fuzz%u", n);
		put_string(ask, TDM_VIRT_A_KEY, text, n);
		break;
	case 2:
		if (!one_in(me, 8))
			break;
		n = roll(me, COUNT(bad));
		put_string(ask, TDM_VIRT_A_CARD_NAME, bad[n], n);
		me->must = "a name that a virtual card cannot have";
		break;
	default:
		break;
	}
}

/* Sets on @card what the request says. */
static void put_initial(struct fuzzer *me, struct ask *ask, struct port *to)
{
	bool e1;

	if (!one_in(me, 3)) {
		to->type = (uint8_t)roll(me, 3);
		put_number(ask, TDM_VIRT_A_TYPE, 4, to->type, 0, 2);
	}
	e1 = to->type == TDM_TYPE_E1;
	to->framing = e1 ? TDM_FRAMING_CRC4 : TDM_FRAMING_ESF;
	to->code = e1 ? TDM_CODE_HDB3 : TDM_CODE_B8ZS;
	to->signalling = TDM_SIGNALLING_CCS;
	if (one_in(me, 2)) {
		to->framing = (uint8_t)(e1 ? TDM_FRAMING_FAS + roll(me, 2) : TDM_FRAMING_D4 + roll(me, 2));
		put_number(ask, TDM_VIRT_A_FRAMING, 4, to->framing, 0, 4);
	}
	if (one_in(me, 3)) {
		to->code = TDM_CODE_AMI;
		put_number(ask, TDM_VIRT_A_LINE_CODE, 4, to->code, 0, 2);
	}
	if (one_in(me, 2)) {
		to->signalling = (uint8_t)roll(me, 3);
		put_number(ask, TDM_VIRT_A_SIGNALLING, 4, to->signalling, 0, 2);
	}
}

int ask_virt_new(struct fuzzer *me)
{
	struct ask ask = { .family = VIRT, .cmd = TDM_VIRT_CMD_NEW, .admin = true };
	struct answer answer = {};
	struct card card = { .ports = 1 };
	struct port is = { .type = TDM_TYPE_E1 };
	int err;

	if (!one_in(me, 8)) {
		card.ports = one_in(me, 40) ? 16 : 1 + roll(me, PORTS);
		put_number(&ask, TDM_VIRT_A_PORTS, 4, card.ports, 1, 16);
	}
	put_name(me, &ask);
	put_initial(me, &ask, &is);
	if (!me->must && cards_there() == CARDS)
		nl_spoil(me, &ask);
	err = nl_call(me, &ask, &answer);
	if (err || me->must)
		return err;
	card.id = answer.id;
	memcpy(card.name, answer.name, sizeof(card.name));
	for (uint32_t p = 1; p <= card.ports; p++)
		card.port[p] = is;
	/* Another thread was faster: the book would not know it. */
	if (!book_card_new(&card))
		virt_remove(me, card.id);
	return 0;
}

int ask_virt_del(struct fuzzer *me)
{
	struct answer answer = {};
	struct place at;
	struct ask ask;
	int err;

	if (!about(me, &ask, &at, TDM_VIRT_CMD_DEL, false))
		return NOT_TRIED;
	ask.admin = true;
	if (cards_there() < CARDS - 1 || !one_in(me, 3))
		nl_spoil(me, &ask);
	err = nl_call(me, &ask, &answer);
	if (!err)
		book_card_gone(at.serial);
	return err;
}

int ask_virt_get(struct fuzzer *me)
{
	struct answer answer = {};
	struct place at;
	struct ask ask;

	if (!about(me, &ask, &at, TDM_VIRT_CMD_GET, true))
		return NOT_TRIED;
	return nl_call(me, &ask, &answer);
}

int ask_virt_dump(struct fuzzer *me)
{
	struct ask ask = { .family = VIRT, .cmd = TDM_VIRT_CMD_GET, .dump = true };
	struct answer answer = {};
	struct place at;

	if (one_in(me, 2)) {
		if (!about(me, &ask, &at, TDM_VIRT_CMD_GET, false))
			return NOT_TRIED;
		ask.dump = true;
		for (unsigned int i = 0; i < ask.n; i++)
			ask.item[i].needed = false;
	}
	return nl_call(me, &ask, &answer);
}

static bool same_line(const struct place *a, const struct place *b)
{
	return (a->is.type == TDM_TYPE_E1) == (b->is.type == TDM_TYPE_E1) && !a->is.peer && !b->is.peer;
}

int ask_virt_join(struct fuzzer *me)
{
	struct answer answer = {};
	struct place a, b;
	struct card *card;
	struct ask ask;
	int err;

	if (!draw_place(me, &a))
		return NOT_TRIED;
	/* Of a few the first that goes with it; now and then with itself. */
	b = a;
	for (unsigned int i = 0; i < 6 && !one_in(me, 6); i++)
		if (draw_place(me, &b) && same_line(&a, &b))
			break;
	ask = (struct ask) { .family = VIRT, .cmd = TDM_VIRT_CMD_JOIN, .admin = true };
	put_card(me, &ask, &a, false);
	put_port(&ask, &a, false);
	put_card(me, &ask, &b, true);
	put_port(&ask, &b, true);
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	book_lock();
	card = card_of(a.serial);
	if (card && card_of(b.serial)) {
		card->port[a.port].peer = b.serial;
		card->port[a.port].peer_port = b.port;
		card = card_of(b.serial);
		card->port[b.port].peer = a.serial;
		card->port[b.port].peer_port = a.port;
	}
	book_unlock();
	return 0;
}

int ask_virt_unjoin(struct fuzzer *me)
{
	struct answer answer = {};
	struct card *card, *peer;
	struct place at;
	struct ask ask;
	int err;

	for (unsigned int i = 0; i < 4; i++)
		if (!draw_place(me, &at) || at.is.peer)
			break;
	if (!at.serial)
		return NOT_TRIED;
	ask = (struct ask) { .family = VIRT, .cmd = TDM_VIRT_CMD_UNJOIN, .admin = true };
	put_card(me, &ask, &at, false);
	put_port(&ask, &at, false);
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	book_lock();
	card = card_of(at.serial);
	peer = card ? card_of(card->port[at.port].peer) : NULL;
	if (peer)
		peer->port[card->port[at.port].peer_port].peer = 0;
	if (card)
		card->port[at.port].peer = 0;
	book_unlock();
	return 0;
}

/* --- the fault panel ------------------------------------------------------------------------------------ */

/* More often than not a fault is put right. */
static uint32_t fault_of(struct fuzzer *me, uint32_t most)
{
	if (!one_in(me, 4))
		return 0;
	return one_in(me, 8) ? most : roll(me, most < 1000 ? most + 1 : 1000);
}

static const struct {
	uint16_t type;
	uint8_t len;
	uint32_t most;
} faults[] = {
	{ TDM_VIRT_A_DEFECTS, 4, TDM_ALARM_ALL },
	{ TDM_VIRT_A_BIT_ERRORS, 4, OPENTDM_VIRT_RATE_MAX },
	{ TDM_VIRT_A_CRC_ERRORS, 4, OPENTDM_VIRT_ERRORS_MAX },
	{ TDM_VIRT_A_LCV_ERRORS, 4, OPENTDM_VIRT_ERRORS_MAX },
	{ TDM_VIRT_A_FRAME_ERRORS, 4, OPENTDM_VIRT_ERRORS_MAX },
	{ TDM_VIRT_A_REFUSE_OPS, 4, 15 },
	{ TDM_VIRT_A_LATE_TICKS, 4, OPENTDM_VIRT_TICKS_MAX },
	{ TDM_VIRT_A_STALL, 1, 1 },
};

static void put_faults(struct fuzzer *me, struct ask *ask)
{
	static const int32_t ppms[] = { 0, 0, 1, -50, OPENTDM_VIRT_PPM_MAX, OPENTDM_VIRT_PPM_MIN };
	static const int32_t bad[] = { OPENTDM_VIRT_PPM_MAX + 1, OPENTDM_VIRT_PPM_MIN - 1, INT32_MIN };
	unsigned int n = 1 + roll(me, 3), f = roll(me, COUNT(faults));

	for (unsigned int i = 0; i < n; i++, f = (f + 1) % COUNT(faults))
		put_number(ask, faults[f].type, faults[f].len, fault_of(me, faults[f].most), 0,
			   faults[f].most);
	if (one_in(me, 4)) {
		put_number(ask, TDM_VIRT_A_SLIP_PPM, 4, (uint32_t)ppms[roll(me, COUNT(ppms))], 1, 0);
		if (one_in(me, 8)) {
			ask->n--;
			put_number(ask, TDM_VIRT_A_SLIP_PPM, 4, (uint32_t)bad[roll(me, COUNT(bad))], 1, 0);
			me->must = "a clock that is too fast or too slow";
		}
	}
	/* The most takes the kernel a second, with its checks many. */
	if (one_in(me, 20))
		put_number(ask, TDM_VIRT_A_SECONDS, 4,
			   one_in(me, 400) ? OPENTDM_VIRT_SECONDS_MAX : roll(me, 100), 0,
			   OPENTDM_VIRT_SECONDS_MAX);
}

/*
 * A card that was pulled goes when its work item runs. First nobody finds it any more, then its cross-connects
 * end, then it leaves sysfs, and then its name is free.
 */
static void wait_gone(struct fuzzer *me, const struct place *at)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/opentdm/%s", at->name);
	for (unsigned int i = 0; i < 60000; i++) {
		if (access(path, F_OK))
			return;
		nanosleep(&pause, NULL);
	}
	violation(me, "a card that was pulled is still there after a minute");
}

/* Whether somebody asked for its name, and would get it again too early. */
static bool wished(const struct place *at)
{
	return strtoul(at->name + 4, NULL, 10) >= WISHED;
}

int ask_virt_fault(struct fuzzer *me)
{
	struct answer answer = {};
	struct place at;
	struct ask ask;
	bool yank = cards_there() == CARDS && one_in(me, 40);
	int err;

	if (!about(me, &ask, &at, TDM_VIRT_CMD_FAULT, true))
		return NOT_TRIED;
	ask.admin = true;
	yank = yank && !wished(&at);
	/* Some are the card's, and the port may be left out: then all of them must be. */
	ask.item[ask.n - 1].needed = false;
	if (one_in(me, 8)) {
		ask.n--;
		put_number(&ask, TDM_VIRT_A_LATE_TICKS, 4, roll(me, 20), 0, OPENTDM_VIRT_TICKS_MAX);
	} else {
		put_faults(me, &ask);
	}
	say(me, "yank", yank);
	if (yank)
		put_number(&ask, TDM_VIRT_A_YANK, 0, 0, 1, 0);
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	if (yank) {
		wait_gone(me, &at);
		book_card_gone(at.serial);
	}
	return 0;
}

void virt_remove(struct fuzzer *me, uint32_t id)
{
	struct ask ask = { .family = VIRT, .cmd = TDM_VIRT_CMD_DEL };
	struct answer answer = {};
	int err;

	put_number(&ask, TDM_VIRT_A_CARD, 4, id, 1, 0);
	err = nl_plain(me, &ask, &answer);
	if (err)
		violation(me, "the card of id %u does not go: %d", id, err);
}

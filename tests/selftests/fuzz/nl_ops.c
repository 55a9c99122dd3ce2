// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the family "opentdm". */
#include "fuzz.h"

/* A request that names a card, and perhaps a port and a slot of it. */
static bool about(struct fuzzer *me, struct ask *ask, struct place *at, uint8_t cmd, unsigned int deep)
{
	*ask = (struct ask) { .family = TDM, .cmd = cmd };
	if (!draw_place(me, at))
		return false;
	put_card(me, ask, at, false);
	if (deep > 0)
		put_port(ask, at, false);
	if (deep > 1)
		put_slot(ask, at, false);
	return true;
}

static int get(struct fuzzer *me, uint8_t cmd, unsigned int deep, bool admin)
{
	struct answer answer = {};
	struct place at;
	struct ask ask;

	if (!about(me, &ask, &at, cmd, deep))
		return NOT_TRIED;
	ask.admin = admin;
	return nl_call(me, &ask, &answer);
}

int ask_card_get(struct fuzzer *me)
{
	return get(me, TDM_CMD_CARD_GET, 0, false);
}

int ask_card_reload(struct fuzzer *me)
{
	return get(me, TDM_CMD_CARD_RELOAD, 0, true);
}

int ask_span_get(struct fuzzer *me)
{
	return get(me, TDM_CMD_SPAN_GET, 1, false);
}

int ask_slot_get(struct fuzzer *me)
{
	return get(me, TDM_CMD_SLOT_GET, 2, false);
}

int ask_counters_get(struct fuzzer *me)
{
	return get(me, TDM_CMD_COUNTERS_GET, 1, false);
}

int ask_counters_reset(struct fuzzer *me)
{
	return get(me, TDM_CMD_COUNTERS_RESET, 1, true);
}

/* Of all, of a card, or of a port of it. */
static int dump(struct fuzzer *me, uint8_t cmd, unsigned int most, unsigned int least)
{
	struct ask ask = { .family = TDM, .cmd = cmd, .dump = true };
	struct answer answer = {};
	struct place at;
	unsigned int deep = least + roll(me, most - least + 1);

	if (deep) {
		if (!about(me, &ask, &at, cmd, deep - 1))
			return NOT_TRIED;
		ask.dump = true;
		/* A card alone is enough for most, and no name at all. */
		for (unsigned int i = 0; !least && i < ask.n; i++)
			ask.item[i].needed = false;
	}
	return nl_call(me, &ask, &answer);
}

int ask_card_dump(struct fuzzer *me)
{
	return dump(me, TDM_CMD_CARD_GET, 1, 0);
}

int ask_span_dump(struct fuzzer *me)
{
	return dump(me, TDM_CMD_SPAN_GET, 2, 0);
}

int ask_slot_dump(struct fuzzer *me)
{
	return dump(me, TDM_CMD_SLOT_GET, 2, 0);
}

int ask_counters_dump(struct fuzzer *me)
{
	return dump(me, TDM_CMD_COUNTERS_GET, 2, 2);
}

int ask_connect_dump(struct fuzzer *me)
{
	return dump(me, TDM_CMD_CONNECT_GET, 0, 0);
}

/* --- cards: the clock ----------------------------------------------------------------------------------- */

static void put_sources(struct fuzzer *me, struct ask *ask, const struct place *at, uint32_t *sources)
{
	unsigned int n = roll(me, 4);
	uint32_t port;

	*sources = 0;
	if (!n)
		put_number(ask, TDM_A_CLOCK_SOURCE, 4, 0, 0, 16);
	for (unsigned int i = 0; i < n; i++) {
		port = 1 + roll(me, at->ports);
		if (*sources & 1U << port && !one_in(me, 8))
			continue;
		if (*sources & 1U << port)
			me->must = "a clock source twice";
		*sources |= 1U << port;
		put_number(ask, TDM_A_CLOCK_SOURCE, 4, port, 0, 16);
	}
}

int ask_card_set(struct fuzzer *me)
{
	static const uint32_t waits[] = { 0, 1, 10, 1000, OPENTDM_RESTORE_MS_MAX };
	struct answer answer = {};
	uint32_t sources;
	struct place at;
	struct card *card;
	struct ask ask;
	int err;

	if (!about(me, &ask, &at, TDM_CMD_CARD_SET, 0))
		return NOT_TRIED;
	ask.admin = true;
	book_lock();
	card = card_of(at.serial);
	sources = card ? card->clock_ports : 0;
	book_unlock();
	if (one_in(me, 2))
		put_sources(me, &ask, &at, &sources);
	if (one_in(me, 3))
		put_number(&ask, TDM_A_CLOCK_PREFER, 4,
			   sources && !one_in(me, 4) ? (uint32_t)__builtin_ctz(sources) : 0, 0, 16);
	if (one_in(me, 2))
		put_number(&ask, TDM_A_CLOCK_RESTORE, 4, waits[roll(me, COUNT(waits))], 0,
			   OPENTDM_RESTORE_MS_MAX);
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	book_lock();
	card = card_of(at.serial);
	if (card)
		card->clock_ports = sources;
	book_unlock();
	return 0;
}

/* --- spans ---------------------------------------------------------------------------------------------- */

void draw_config(struct fuzzer *me, struct port *config)
{
	bool e1;

	config->type = one_in(me, 2) ? config->type : (uint8_t)roll(me, 3);
	e1 = config->type == TDM_TYPE_E1;
	config->framing = (uint8_t)(e1 ? roll(me, 3) : TDM_FRAMING_D4 + roll(me, 2));
	config->code = one_in(me, 3) ? TDM_CODE_AMI : e1 ? TDM_CODE_HDB3 : TDM_CODE_B8ZS;
	config->signalling = (uint8_t)roll(me, 3);
	if (config->framing == TDM_FRAMING_UNFRAMED && config->signalling == TDM_SIGNALLING_CAS)
		config->signalling = TDM_SIGNALLING_CCS;
	config->lbo = (uint8_t)roll(me, e1 ? 2 : 8);
}

static void put_config(struct fuzzer *me, struct ask *ask, struct port *to)
{
	draw_config(me, to);
	put_number(ask, TDM_A_TYPE, 4, to->type, 0, 2);
	put_number(ask, TDM_A_FRAMING, 4, to->framing, 0, 4);
	put_number(ask, TDM_A_LINE_CODE, 4, to->code, 0, 2);
	put_number(ask, TDM_A_SIGNALLING, 4, to->signalling, 0, 2);
	put_number(ask, TDM_A_LBO, 4, to->lbo, 0, 7);
}

/* One of them alone, whatever the rest is. */
static void put_any(struct fuzzer *me, struct ask *ask, struct port *to)
{
	uint8_t value = (uint8_t)roll(me, 3);

	switch (roll(me, 5)) {
	case 0:
		to->type = value;
		put_number(ask, TDM_A_TYPE, 4, value, 0, 2);
		break;
	case 1:
		to->framing = value;
		put_number(ask, TDM_A_FRAMING, 4, value, 0, 4);
		break;
	case 2:
		to->code = value;
		put_number(ask, TDM_A_LINE_CODE, 4, value, 0, 2);
		break;
	case 3:
		to->signalling = value;
		put_number(ask, TDM_A_SIGNALLING, 4, value, 0, 2);
		break;
	default:
		to->lbo = value;
		put_number(ask, TDM_A_LBO, 4, value, 0, 7);
	}
}

static void put_timers(struct fuzzer *me, struct ask *ask)
{
	static const uint32_t times[] = { 0, 1, 100, 2500, OPENTDM_FAIL_MS_MAX };

	if (one_in(me, 2))
		put_number(ask, TDM_A_LOOPBACK, 4, roll(me, 4), 0, 3);
	if (one_in(me, 2))
		put_number(ask, TDM_A_FAIL_DECLARE, 4, times[roll(me, COUNT(times))], 0,
			   OPENTDM_FAIL_MS_MAX);
	if (one_in(me, 2))
		put_number(ask, TDM_A_FAIL_CLEAR, 4, times[roll(me, COUNT(times))], 0,
			   OPENTDM_FAIL_MS_MAX);
}

int ask_span_set(struct fuzzer *me)
{
	struct answer answer = {};
	struct card *card;
	struct place at;
	struct port to;
	struct ask ask;
	int err;

	if (!about(me, &ask, &at, TDM_CMD_SPAN_SET, 1))
		return NOT_TRIED;
	ask.admin = true;
	to = at.is;
	switch (roll(me, at.is.up ? 12 : 4)) {
	case 0:
		put_config(me, &ask, &to);
		break;
	case 1:
		put_any(me, &ask, &to);
		break;
	default:
		put_timers(me, &ask);
	}
	if (one_in(me, at.is.up ? 12 : 2)) {
		to.up = !one_in(me, at.is.up ? 2 : 8);
		put_number(&ask, TDM_A_STATE, 4, to.up, 0, 1);
	}
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	book_lock();
	card = card_of(at.serial);
	if (card) {
		to.peer = card->port[at.port].peer;
		to.peer_port = card->port[at.port].peer_port;
		card->port[at.port] = to;
	}
	book_unlock();
	return 0;
}

/* --- slots ---------------------------------------------------------------------------------------------- */

int ask_slot_set(struct fuzzer *me)
{
	struct answer answer = {};
	struct place at;
	struct ask ask;

	if (!about(me, &ask, &at, TDM_CMD_SLOT_SET, 2))
		return NOT_TRIED;
	ask.admin = true;
	if (!one_in(me, 3))
		put_number(&ask, TDM_A_IDLE, 1, roll(me, 256), 0, 255);
	if (one_in(me, at.is.signalling == TDM_SIGNALLING_CAS ? 2 : 16))
		put_number(&ask, TDM_A_CAS_TX, 1, roll(me, 16), 0, 15);
	return nl_call(me, &ask, &answer);
}

/* --- cross-connects --------------------------------------------------------------------------------------- */

int ask_connect_new(struct fuzzer *me)
{
	struct answer answer = {};
	struct place a, b;
	struct link link;
	struct ask ask;
	unsigned int room = 0;
	int err;

	if (!about(me, &ask, &a, TDM_CMD_CONNECT_NEW, 2) || !draw_place(me, &b))
		return NOT_TRIED;
	ask.admin = true;
	link = (struct link) {
		.both = true, .a_card = a.serial, .a_port = a.port, .a_slot = a.slot,
		.b_card = b.serial, .b_port = b.port, .b_slot = b.slot,
	};
	put_card(me, &ask, &b, true);
	put_port(&ask, &b, true);
	put_slot(&ask, &b, true);
	if (one_in(me, 2)) {
		link.both = one_in(me, 2);
		put_number(&ask, TDM_A_BOTH, 1, link.both, 0, 1);
	}
	if (one_in(me, 2))
		put_number(&ask, TDM_A_BEARER, 4, roll(me, 3), 0, 2);
	book_lock();
	for (unsigned int i = 0; i < CONNECTS; i++)
		room += !book.link[i].id;
	book_unlock();
	/* What the book has no room for must not be made. */
	if (!room)
		nl_spoil(me, &ask);
	err = nl_call(me, &ask, &answer);
	if (err)
		return err;
	link.id = answer.id;
	book_link_new(&link);
	return 0;
}

/* One that the book has; its serial. 0: there is none. */
static uint32_t draw_link(struct fuzzer *me, uint32_t *id)
{
	unsigned int first = roll(me, CONNECTS);
	uint32_t serial = 0;

	book_lock();
	for (unsigned int i = 0; !serial && i < CONNECTS; i++) {
		const struct link *l = &book.link[(first + i) % CONNECTS];

		if (l->id) {
			serial = l->serial;
			*id = l->id;
		}
	}
	book_unlock();
	return serial;
}

static bool about_link(struct fuzzer *me, struct ask *ask, uint8_t cmd, uint32_t *id)
{
	uint32_t serial = draw_link(me, id);

	*ask = (struct ask) { .family = TDM, .cmd = cmd };
	if (one_in(me, 10)) {
		serial = 0xbad00 + roll(me, 3);
		*id = serial == 0xbad00 ? 0 : book.last_link + 100000 + serial;
		me->must = "a cross-connect that is none";
	} else if (!serial) {
		return false;
	}
	put_number(ask, TDM_A_CONNECT, 4, *id, 1, 0);
	ask->item[0].norm = serial;
	ask->item[0].needed = true;
	return true;
}

int ask_connect_get(struct fuzzer *me)
{
	struct answer answer = {};
	struct ask ask;
	uint32_t id;

	if (!about_link(me, &ask, TDM_CMD_CONNECT_GET, &id))
		return NOT_TRIED;
	return nl_call(me, &ask, &answer);
}

int ask_connect_del(struct fuzzer *me)
{
	struct answer answer = {};
	struct ask ask;
	uint32_t id;
	int err;

	if (!about_link(me, &ask, TDM_CMD_CONNECT_DEL, &id))
		return NOT_TRIED;
	ask.admin = true;
	err = nl_call(me, &ask, &answer);
	if (!err)
		book_link_gone(id);
	return err;
}

/* Numbers of events and numbers of nothing, asked for as if they were commands. */
int ask_unknown(struct fuzzer *me)
{
	static const uint8_t commands[] = { 0, TDM_CMD_CARD_NEW_NTF, TDM_CMD_NOTICE_NTF, TDM_CMD_MAX + 1,
					    127, 255 };
	struct answer answer = {};
	struct place at;
	struct ask ask;

	if (!about(me, &ask, &at, commands[roll(me, COUNT(commands))], roll(me, 3)))
		return NOT_TRIED;
	ask.dump = one_in(me, 2);
	ask.family = one_in(me, 2) ? TDM : VIRT;
	say(me, "command", ask.cmd);
	me->must = "a command that is none";
	return nl_call(me, &ask, &answer);
}

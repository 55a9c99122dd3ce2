// SPDX-License-Identifier: GPL-2.0-or-later
/* spans.conf and the kernel: what is there now, and making it what the file says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spansconf.h"

/* Everything that there is, read once. */
struct live {
	struct tdm_card_info *cards;
	struct tdm_span_info *spans;
	struct tdm_virt_port *ports;
	int card_count, span_count, port_count;
};

static void live_free(struct live *l)
{
	tdm_free(l->cards);
	tdm_free(l->spans);
	tdm_free(l->ports);
	memset(l, 0, sizeof(*l));
}

static int live_read(struct tdm_nl *nl, struct live *l, struct tdm_error *e)
{
	memset(l, 0, sizeof(*l));
	l->card_count = tdm_nl_cards(nl, &l->cards, e);
	if (l->card_count < 0)
		return l->card_count;
	l->span_count = tdm_nl_spans(nl, NULL, &l->spans, e);
	if (l->span_count < 0)
		return l->span_count;
	/* A machine with real cards only has no tdm_virt. */
	l->port_count = tdm_virt_list(nl, &l->ports, e);
	if (l->port_count == -ENOENT)
		l->port_count = 0;
	return l->port_count < 0 ? l->port_count : 0;
}

static const struct tdm_card_info *live_card(const struct live *l, const char *name)
{
	for (int i = 0; i < l->card_count; i++)
		if (!strcmp(l->cards[i].name, name))
			return &l->cards[i];
	return NULL;
}

static const struct tdm_span_info *live_span(const struct live *l, const struct tdm_addr *addr)
{
	for (int i = 0; i < l->span_count; i++)
		if (!strcmp(l->spans[i].card_name, addr->card) && l->spans[i].port == addr->port)
			return &l->spans[i];
	return NULL;
}

static const struct tdm_virt_port *live_port(const struct live *l, const struct tdm_addr *addr)
{
	for (int i = 0; i < l->port_count; i++)
		if (!strcmp(l->ports[i].card_name, addr->card) && l->ports[i].port == addr->port)
			return &l->ports[i];
	return NULL;
}

static bool is_virtual(const struct live *l, const char *name)
{
	for (int i = 0; i < l->port_count; i++)
		if (!strcmp(l->ports[i].card_name, name))
			return true;
	return false;
}

#define SET_ALL (TDM_SET_TYPE | TDM_SET_FRAMING | TDM_SET_LINE_CODE | TDM_SET_SIGNALLING |	\
		 TDM_SET_LOOPBACK | TDM_SET_LBO | TDM_SET_FAIL_DECLARE | TDM_SET_FAIL_CLEAR |	\
		 TDM_SET_STATE)
/* What may not change while the span is up. */
#define SET_DOWN (TDM_SET_TYPE | TDM_SET_FRAMING | TDM_SET_LINE_CODE | TDM_SET_SIGNALLING |	\
		  TDM_SET_LBO)

int spans_read_live(struct tdm_nl *nl, struct spans_conf *conf, struct tdm_error *e)
{
	struct live l;
	int ret = live_read(nl, &l, e);

	memset(conf, 0, sizeof(*conf));
	if (ret)
		goto out;
	conf->virtuals = calloc((size_t)l.card_count + 1, sizeof(*conf->virtuals));
	conf->cards = calloc((size_t)l.card_count + 1, sizeof(*conf->cards));
	conf->spans = calloc((size_t)l.span_count + 1, sizeof(*conf->spans));
	if (!conf->virtuals || !conf->cards || !conf->spans) {
		ret = tdm_error_set(e, -ENOMEM, "out of memory");
		goto out;
	}
	for (int i = 0; i < l.card_count; i++) {
		const struct tdm_card_info *k = &l.cards[i];
		struct spans_card *c = &conf->cards[conf->card_count++];

		*c = (struct spans_card){ .has_clock = true, .clock_count = k->clock_count,
					  .clock_prefer = (int)k->clock_prefer,
					  .clock_restore = k->clock_restore };
		memcpy(c->name, k->name, sizeof(c->name));
		memcpy(c->clock_sources, k->clock_sources, sizeof(c->clock_sources));
		if (is_virtual(&l, k->name)) {
			struct spans_virtual *v = &conf->virtuals[conf->virtual_count++];

			*v = (struct spans_virtual){ .ports = k->ports, .type = -1 };
			memcpy(v->name, k->name, sizeof(v->name));
		}
	}
	for (int i = 0; i < l.span_count; i++) {
		struct spans_span *s = &conf->spans[conf->span_count++];
		const struct tdm_virt_port *port;

		*s = (struct spans_span){ .set = SET_ALL, .conf = l.spans[i].conf,
					  .state = l.spans[i].state };
		memcpy(s->addr.card, l.spans[i].card_name, sizeof(s->addr.card));
		s->addr.port = l.spans[i].port;
		port = live_port(&l, &s->addr);
		if (port)
			s->join = port->peer;
	}
out:
	live_free(&l);
	return ret;
}

/* --- applying --------------------------------------------------------------------------------- */

struct apply {
	struct tdm_nl *nl;
	const struct spans_conf *conf;
	struct live live;
	bool dry;
	FILE *out;
	int changes;
	int *line;
	struct tdm_error *e;
};

static const struct spans_virtual *planned(const struct apply *a, const char *name)
{
	for (size_t i = 0; i < a->conf->virtual_count; i++)
		if (!strcmp(a->conf->virtuals[i].name, name))
			return &a->conf->virtuals[i];
	return NULL;
}

/* Will this port be there once the virtual cards are made? */
static int check_port(struct apply *a, const struct tdm_addr *addr, int line)
{
	const struct tdm_card_info *card = live_card(&a->live, addr->card);
	const struct spans_virtual *v = planned(a, addr->card);
	uint32_t ports = card ? card->ports : v ? v->ports : 0;

	*a->line = line;
	if (!ports)
		return tdm_error_set(a->e, -ENODEV, "there is no card %s: see 'tdmctl card list'",
				     addr->card);
	if (addr->port > ports)
		return tdm_error_set(a->e, -ENODEV, "%s has %u ports only", addr->card, ports);
	return 0;
}

static int check_before(struct apply *a)
{
	for (size_t i = 0; i < a->conf->virtual_count; i++) {
		const struct spans_virtual *v = &a->conf->virtuals[i];
		const struct tdm_card_info *card = live_card(&a->live, v->name);

		*a->line = v->line;
		if (card && !is_virtual(&a->live, v->name))
			return tdm_error_set(a->e, -EEXIST, "%s is a real card", v->name);
		if (card && card->ports != v->ports)
			return tdm_error_set(a->e, -EEXIST,
				"%s is there and has %u ports: remove it with 'tdmctl virt del %s' first",
				v->name, card->ports, v->name);
	}
	for (size_t i = 0; i < a->conf->card_count; i++) {
		struct tdm_addr addr = { .port = 0 };
		const struct spans_card *c = &a->conf->cards[i];
		int ret;

		memcpy(addr.card, c->name, sizeof(addr.card));
		ret = check_port(a, &addr, c->line);
		for (uint32_t k = 0; !ret && k < c->clock_count; k++) {
			addr.port = c->clock_sources[k];
			ret = check_port(a, &addr, c->line);
		}
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < a->conf->span_count; i++) {
		const struct spans_span *s = &a->conf->spans[i];
		int ret = check_port(a, &s->addr, s->line);

		if (!ret && s->join.port)
			ret = check_port(a, &s->join, s->line);
		if (ret)
			return ret;
	}
	return 0;
}

static int make_virtuals(struct apply *a)
{
	bool made = false;

	for (size_t i = 0; i < a->conf->virtual_count; i++) {
		const struct spans_virtual *v = &a->conf->virtuals[i];
		struct tdm_virt_new new = { .ports = v->ports, .type = v->type, .framing = -1,
					    .line_code = -1, .signalling = -1 };
		int ret;

		if (live_card(&a->live, v->name))
			continue;
		a->changes++;
		fprintf(a->out, "%s: made, %u ports\n", v->name, v->ports);
		if (a->dry)
			continue;
		*a->line = v->line;
		memcpy(new.name, v->name, sizeof(new.name));
		ret = tdm_virt_new(a->nl, &new, NULL, a->e);
		if (ret)
			return ret;
		made = true;
	}
	if (!made)
		return 0;
	live_free(&a->live);
	return live_read(a->nl, &a->live, a->e);
}

/* May a source that is preferred now stay so in the new order? */
static bool still_source(const struct spans_card *c, uint32_t port)
{
	for (uint32_t i = 0; i < c->clock_count; i++)
		if (c->clock_sources[i] == port)
			return true;
	return !port;
}

static int set_clock(struct apply *a, const struct spans_card *c)
{
	const struct tdm_card_info *k = live_card(&a->live, c->name);
	bool order, restore;
	int prefer = -1;

	order = c->has_clock && (!k || k->clock_count != c->clock_count ||
				 memcmp(k->clock_sources, c->clock_sources,
					c->clock_count * sizeof(c->clock_sources[0])));
	restore = c->clock_restore >= 0 && (!k || k->clock_restore != c->clock_restore);
	if (!k && !c->clock_count)
		order = false;
	if (c->clock_prefer >= 0 && (k ? (int)k->clock_prefer : 0) != c->clock_prefer)
		prefer = c->clock_prefer;
	else if (order && k && c->clock_prefer < 0 && !still_source(c, k->clock_prefer))
		prefer = 0;
	if (!order && !restore && prefer < 0)
		return 0;
	a->changes++;
	fprintf(a->out, "%s: clock set\n", c->name);
	if (a->dry)
		return 0;
	*a->line = c->line;
	if (!k)
		return tdm_error_set(a->e, -ENODEV, "card %s is gone", c->name);
	return tdm_nl_clock_set(a->nl, k->id, order ? c->clock_sources : NULL, c->clock_count,
				prefer, restore ? c->clock_restore : -1, a->e);
}

/* What of the section differs from the span as it is. */
static uint32_t differs(const struct spans_span *s, const struct tdm_span_info *now)
{
	const struct tdm_span_conf *a = &s->conf, *b = &now->conf;
	uint32_t d = 0;

	d |= a->type != b->type ? TDM_SET_TYPE : 0;
	d |= a->framing != b->framing ? TDM_SET_FRAMING : 0;
	d |= a->line_code != b->line_code ? TDM_SET_LINE_CODE : 0;
	d |= a->signalling != b->signalling ? TDM_SET_SIGNALLING : 0;
	d |= a->loopback != b->loopback ? TDM_SET_LOOPBACK : 0;
	d |= a->lbo != b->lbo ? TDM_SET_LBO : 0;
	d |= a->fail_declare_ms != b->fail_declare_ms ? TDM_SET_FAIL_DECLARE : 0;
	d |= a->fail_clear_ms != b->fail_clear_ms ? TDM_SET_FAIL_CLEAR : 0;
	d |= s->state != now->state ? TDM_SET_STATE : 0;
	return d & s->set;
}

static void tell(const struct apply *a, const struct spans_span *s, uint32_t d)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ TDM_SET_TYPE, "type" }, { TDM_SET_FRAMING, "framing" },
		{ TDM_SET_LINE_CODE, "line-code" }, { TDM_SET_SIGNALLING, "signalling" },
		{ TDM_SET_LOOPBACK, "loopback" }, { TDM_SET_LBO, "lbo" },
		{ TDM_SET_FAIL_DECLARE, "fail-declare" }, { TDM_SET_FAIL_CLEAR, "fail-clear" },
	};
	const char *between = " ";

	fprintf(a->out, "%s:%u:", s->addr.card, s->addr.port);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (d & names[i].bit) {
			fprintf(a->out, "%s%s", between, names[i].name);
			between = ", ";
		}
	}
	if (d & ~(uint32_t)TDM_SET_STATE)
		fputs(" set", a->out);
	if (d & TDM_SET_STATE)
		fprintf(a->out, "%s%s", d & ~(uint32_t)TDM_SET_STATE ? ", " : " ",
			tdm_state_name(s->state));
	putc('\n', a->out);
}

static int set_span(struct apply *a, const struct spans_span *s)
{
	const struct tdm_span_info *now = live_span(&a->live, &s->addr);
	uint32_t d = now ? differs(s, now) : s->set;
	int ret;

	if (!d || (!now && d == TDM_SET_STATE && s->state == TDM_SPAN_DOWN))
		return 0;
	a->changes++;
	tell(a, s, d);
	if (a->dry)
		return 0;
	*a->line = s->line;
	if (!now)
		return tdm_error_set(a->e, -ENODEV, "%s:%u is gone", s->addr.card, s->addr.port);
	/* What it may change only while it is down takes an interruption, which is short. */
	if (now->state == TDM_SPAN_UP && (d & SET_DOWN)) {
		ret = tdm_nl_span_down(a->nl, now->card, now->port, a->e);
		if (ret)
			return ret;
		return tdm_nl_span_set(a->nl, now->card, now->port, d | TDM_SET_STATE, &s->conf,
				       d & TDM_SET_STATE ? s->state : TDM_SPAN_UP, a->e);
	}
	if (s->state == TDM_SPAN_UP)
		d &= ~(uint32_t)TDM_SET_STATE;
	if (!d)
		return 0;
	return tdm_nl_span_set(a->nl, now->card, now->port, d, &s->conf, s->state, a->e);
}

/* Up comes last, when its line lies: else each start would be told as a loss of signal. */
static int bring_up(struct apply *a, const struct spans_span *s)
{
	const struct tdm_span_info *now = live_span(&a->live, &s->addr);

	if (a->dry || !now || !(differs(s, now) & TDM_SET_STATE) || s->state != TDM_SPAN_UP)
		return 0;
	*a->line = s->line;
	return tdm_nl_span_up(a->nl, now->card, now->port, a->e);
}

static bool same_port(const struct tdm_addr *a, const struct tdm_addr *b)
{
	return a->port == b->port && !strcmp(a->card, b->card);
}

/*
 * The other end of a line that was laid a moment ago, as its own section or a second run would say.
 */
static bool joined_before(const struct apply *a, size_t i)
{
	const struct spans_span *s = &a->conf->spans[i];

	for (size_t k = 0; k < i; k++)
		if (same_port(&a->conf->spans[k].addr, &s->join) &&
		    same_port(&a->conf->spans[k].join, &s->addr))
			return true;
	return false;
}

static int set_join(struct apply *a, size_t i)
{
	const struct spans_span *s = &a->conf->spans[i];
	const struct tdm_virt_port *port = live_port(&a->live, &s->addr);
	const struct tdm_virt_port *peer = live_port(&a->live, &s->join);
	int ret = 0;

	if (!s->join.port || (port && same_port(&port->peer, &s->join)) || joined_before(a, i))
		return 0;
	a->changes++;
	fprintf(a->out, "%s:%u: joined to %s:%u\n", s->addr.card, s->addr.port, s->join.card,
		s->join.port);
	if (a->dry)
		return 0;
	*a->line = s->line;
	if (!port || !peer)
		return tdm_error_set(a->e, -ENODEV, "only ports of virtual cards can be joined");
	/* What we read at the beginning may be parted already, by a section before. */
	if (port->peer.port)
		ret = tdm_virt_unjoin(a->nl, &s->addr, a->e);
	if ((!ret || ret == -ENOTCONN) && peer->peer.port)
		ret = tdm_virt_unjoin(a->nl, &s->join, a->e);
	if (ret == -ENOTCONN)
		ret = 0;
	return ret ?: tdm_virt_join(a->nl, &s->addr, &s->join, a->e);
}

/* Types first, for a line joins equal ones only; then lines; then up; then clocks. */
static int make_it_so(struct apply *a)
{
	int ret = make_virtuals(a);

	for (size_t i = 0; !ret && i < a->conf->span_count; i++)
		ret = set_span(a, &a->conf->spans[i]);
	for (size_t i = 0; !ret && i < a->conf->span_count; i++)
		ret = set_join(a, i);
	for (size_t i = 0; !ret && i < a->conf->span_count; i++)
		ret = bring_up(a, &a->conf->spans[i]);
	for (size_t i = 0; !ret && i < a->conf->card_count; i++)
		ret = set_clock(a, &a->conf->cards[i]);
	return ret;
}

int spans_apply(struct tdm_nl *nl, const struct spans_conf *conf, bool dry, FILE *out, int *line,
		struct tdm_error *e)
{
	struct apply a = { .nl = nl, .conf = conf, .dry = dry, .out = out, .line = line, .e = e };
	int ret;

	*line = 0;
	ret = live_read(nl, &a.live, e);
	if (!ret)
		ret = check_before(&a);
	if (!ret)
		ret = make_it_so(&a);
	live_free(&a.live);
	return ret ?: a.changes;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* spans.conf: parsing. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spansconf.h"

enum section { SECTION_NONE, SECTION_VIRTUAL, SECTION_CARD, SECTION_SPAN, SECTION_SKIP };

struct parser {
	struct spans_conf *conf;
	spans_mistake report;
	void *arg;
	int line;
	int mistakes;
	enum section section;
};

static void mistake(struct parser *p, int line, const char *sentence)
{
	p->mistakes++;
	if (p->report)
		p->report(p->arg, line, sentence);
}

static int parse_number(const char *word, uint32_t max, uint32_t *out, const char *key,
		  struct tdm_error *e)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || n > max)
		return tdm_error_set(e, -EINVAL, "%s: '%.40s' is not a number from 0 to %u", key,
				     word, max);
	*out = (uint32_t)n;
	return 0;
}

/* --- keys: a table a section ------------------------------------------------------------------ */

struct span_key {
	const char *name;
	uint32_t bit;
	int (*parse)(const char *word, struct tdm_error *e); /* a word ... */
	uint32_t max;					     /* ... or a number up to this */
	size_t at;
};

#define AT(field) offsetof(struct spans_span, field)
static const struct span_key span_keys[] = {
	{ "type", TDM_SET_TYPE, tdm_type_parse, 0, AT(conf.type) },
	{ "framing", TDM_SET_FRAMING, tdm_framing_parse, 0, AT(conf.framing) },
	{ "line-code", TDM_SET_LINE_CODE, tdm_line_code_parse, 0, AT(conf.line_code) },
	{ "signalling", TDM_SET_SIGNALLING, tdm_signalling_parse, 0, AT(conf.signalling) },
	{ "lbo", TDM_SET_LBO, NULL, OPENTDM_LBO_MAX, AT(conf.lbo) },
	{ "loopback", TDM_SET_LOOPBACK, tdm_loopback_parse, 0, AT(conf.loopback) },
	{ "fail-declare", TDM_SET_FAIL_DECLARE, NULL, OPENTDM_FAIL_MS_MAX,
	  AT(conf.fail_declare_ms) },
	{ "fail-clear", TDM_SET_FAIL_CLEAR, NULL, OPENTDM_FAIL_MS_MAX, AT(conf.fail_clear_ms) },
};
#undef AT
#define SPAN_KEYS (sizeof(span_keys) / sizeof(span_keys[0]))

int spans_span_key(struct spans_span *span, const char *key, const char *value,
		   struct tdm_error *e)
{
	for (size_t i = 0; i < SPAN_KEYS; i++) {
		const struct span_key *k = &span_keys[i];
		uint32_t *at = (uint32_t *)(void *)((char *)span + k->at);
		int ret;

		if (strcmp(k->name, key))
			continue;
		if (span->set & k->bit)
			return tdm_error_set(e, -EINVAL, "%s is set twice", key);
		ret = k->parse ? k->parse(value, e) : parse_number(value, k->max, at, key, e);
		if (ret < 0)
			return ret;
		if (k->parse)
			*at = (uint32_t)ret;
		span->set |= k->bit;
		return 0;
	}
	if (!strcmp(key, "state")) {
		if (span->set & TDM_SET_STATE)
			return tdm_error_set(e, -EINVAL, "state is set twice");
		if (strcmp(value, "up") && strcmp(value, "down"))
			return tdm_error_set(e, -EINVAL, "'%.40s' is no state: use one of down, up",
					     value);
		span->state = strcmp(value, "up") ? TDM_SPAN_DOWN : TDM_SPAN_UP;
		span->set |= TDM_SET_STATE;
		return 0;
	}
	if (!strcmp(key, "join")) {
		if (span->join.port)
			return tdm_error_set(e, -EINVAL, "join is set twice");
		return tdm_addr_parse(value, TDM_ADDR_PORT, TDM_ADDR_PORT, &span->join, e);
	}
	return tdm_error_set(e, -EINVAL, "a span has no key '%.40s'", key);
}

int spans_span_check(const struct spans_span *s, struct tdm_error *e)
{
	const uint32_t e1_framings = 1U << TDM_FRAMING_UNFRAMED | 1U << TDM_FRAMING_FAS |
				     1U << TDM_FRAMING_CRC4;
	bool e1 = s->conf.type == TDM_TYPE_E1;

	if (!(s->set & TDM_SET_TYPE))
		return 0;
	if ((s->set & TDM_SET_FRAMING) && !!(e1_framings & (1U << s->conf.framing)) != e1)
		return tdm_error_set(e, -EINVAL, "framing %s is not for %s: use %s",
				     tdm_framing_name(s->conf.framing), tdm_type_name(s->conf.type),
				     e1 ? "crc4, fas or unframed" : "esf or d4");
	if ((s->set & TDM_SET_LINE_CODE) &&
	    s->conf.line_code == (e1 ? TDM_CODE_B8ZS : TDM_CODE_HDB3))
		return tdm_error_set(e, -EINVAL, "line code %s is not for %s: use %s or ami",
				     tdm_line_code_name(s->conf.line_code),
				     tdm_type_name(s->conf.type), e1 ? "hdb3" : "b8zs");
	if ((s->set & TDM_SET_LBO) && e1 && s->conf.lbo > 1)
		return tdm_error_set(e, -EINVAL, "lbo of e1 is 0 (120 ohm) or 1 (75 ohm)");
	return 0;
}

static int virtual_key(struct spans_virtual *v, const char *key, const char *value,
		       struct tdm_error *e)
{
	int ret;

	if (!strcmp(key, "ports")) {
		if (v->ports)
			return tdm_error_set(e, -EINVAL, "ports is set twice");
		ret = parse_number(value, OPENTDM_VIRT_PORTS_MAX, &v->ports, key, e);
		if (!ret && !v->ports)
			ret = tdm_error_set(e, -EINVAL, "a card has at least one port");
		return ret;
	}
	if (!strcmp(key, "type")) {
		if (v->type >= 0)
			return tdm_error_set(e, -EINVAL, "type is set twice");
		ret = tdm_type_parse(value, e);
		if (ret >= 0)
			v->type = ret;
		return ret < 0 ? ret : 0;
	}
	return tdm_error_set(e, -EINVAL, "a virtual card has no key '%.40s'", key);
}

/* "own", or ports in the order of preference: "1, 2". */
static int clock_sources(struct spans_card *card, const char *value, struct tdm_error *e)
{
	char copy[SPANS_LINE_MAX + 1], *save = NULL;

	if (card->has_clock)
		return tdm_error_set(e, -EINVAL, "clock is set twice");
	card->has_clock = true;
	if (!strcmp(value, "own"))
		return 0;
	snprintf(copy, sizeof(copy), "%s", value);
	for (char *w = strtok_r(copy, ", \t", &save); w; w = strtok_r(NULL, ", \t", &save)) {
		uint32_t port = 0;
		int ret = parse_number(w, OPENTDM_PORTS_MAX, &port, "clock", e);

		if (ret)
			return ret;
		if (!port || card->clock_count == TDM_CLOCK_MAX)
			return tdm_error_set(e, -EINVAL, "clock: ports are 1 to %d, or write 'own'",
					     OPENTDM_PORTS_MAX);
		for (uint32_t i = 0; i < card->clock_count; i++)
			if (card->clock_sources[i] == port)
				return tdm_error_set(e, -EINVAL, "clock names port %u twice", port);
		card->clock_sources[card->clock_count++] = port;
	}
	if (!card->clock_count)
		return tdm_error_set(e, -EINVAL, "clock: write ports like 1, 2, or 'own'");
	return 0;
}

static int card_key(struct spans_card *card, const char *key, const char *value,
		    struct tdm_error *e)
{
	uint32_t n = 0;
	int ret;

	if (!strcmp(key, "clock"))
		return clock_sources(card, value, e);
	if (!strcmp(key, "clock-prefer")) {
		if (card->clock_prefer >= 0)
			return tdm_error_set(e, -EINVAL, "clock-prefer is set twice");
		ret = parse_number(value, OPENTDM_PORTS_MAX, &n, key, e);
		if (!ret)
			card->clock_prefer = (int)n;
		return ret;
	}
	if (!strcmp(key, "clock-restore")) {
		if (card->clock_restore >= 0)
			return tdm_error_set(e, -EINVAL, "clock-restore is set twice");
		ret = parse_number(value, OPENTDM_RESTORE_MS_MAX, &n, key, e);
		if (!ret)
			card->clock_restore = n;
		return ret;
	}
	return tdm_error_set(e, -EINVAL, "a card has no key '%.40s'", key);
}

/* --- sections --------------------------------------------------------------------------------- */

static void *grow(void *array, size_t count, size_t size)
{
	/* Room doubles at each power of two; between them there is room already. */
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? 2 * count : 1, size);
}

static int add_virtual(struct parser *p, const char *name, struct tdm_error *e)
{
	struct spans_conf *conf = p->conf;
	struct tdm_addr addr;
	struct spans_virtual *v;

	if (tdm_addr_parse(name, TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, e))
		return -EINVAL;
	for (size_t i = 0; i < conf->virtual_count; i++)
		if (!strcmp(conf->virtuals[i].name, addr.card))
			return tdm_error_set(e, -EINVAL, "virtual card %s was described in line %d",
					     addr.card, conf->virtuals[i].line);
	v = grow(conf->virtuals, conf->virtual_count, sizeof(*v));
	if (!v)
		return -ENOMEM;
	conf->virtuals = v;
	v += conf->virtual_count++;
	*v = (struct spans_virtual){ .line = p->line, .type = -1 };
	memcpy(v->name, addr.card, sizeof(v->name));
	return 0;
}

static int add_card(struct parser *p, const char *name, struct tdm_error *e)
{
	struct spans_conf *conf = p->conf;
	struct tdm_addr addr;
	struct spans_card *c;

	if (tdm_addr_parse(name, TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, e))
		return -EINVAL;
	for (size_t i = 0; i < conf->card_count; i++)
		if (!strcmp(conf->cards[i].name, addr.card))
			return tdm_error_set(e, -EINVAL, "card %s was described in line %d",
					     addr.card, conf->cards[i].line);
	c = grow(conf->cards, conf->card_count, sizeof(*c));
	if (!c)
		return -ENOMEM;
	conf->cards = c;
	c += conf->card_count++;
	*c = (struct spans_card){ .line = p->line, .clock_prefer = -1, .clock_restore = -1 };
	memcpy(c->name, addr.card, sizeof(c->name));
	return 0;
}

static int add_span(struct parser *p, const char *name, struct tdm_error *e)
{
	struct spans_conf *conf = p->conf;
	struct tdm_addr addr;
	struct spans_span *s;

	if (tdm_addr_parse(name, TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, e))
		return -EINVAL;
	for (size_t i = 0; i < conf->span_count; i++)
		if (!strcmp(conf->spans[i].addr.card, addr.card) &&
		    conf->spans[i].addr.port == addr.port)
			return tdm_error_set(e, -EINVAL, "span %s:%u was described in line %d",
					     addr.card, addr.port, conf->spans[i].line);
	s = grow(conf->spans, conf->span_count, sizeof(*s));
	if (!s)
		return -ENOMEM;
	conf->spans = s;
	s += conf->span_count++;
	*s = (struct spans_span){ .line = p->line, .addr = addr };
	return 0;
}

static int begin_section(struct parser *p, char *line, struct tdm_error *e)
{
	static const struct {
		const char *kind;
		enum section section;
		int (*add)(struct parser *p, const char *name, struct tdm_error *e);
	} kinds[] = {
		{ "virtual", SECTION_VIRTUAL, add_virtual },
		{ "card", SECTION_CARD, add_card },
		{ "span", SECTION_SPAN, add_span },
	};
	char *end = strchr(line, ']'), *save = NULL, *kind, *name;

	p->section = SECTION_SKIP;
	if (!end || end[1])
		return tdm_error_set(e, -EINVAL, "a section is written [kind name]");
	*end = '\0';
	kind = strtok_r(line + 1, " \t", &save);
	name = strtok_r(NULL, " \t", &save);
	if (!kind || !name || strtok_r(NULL, " \t", &save))
		return tdm_error_set(e, -EINVAL, "a section is written [kind name]");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int ret;

		if (strcmp(kinds[i].kind, kind))
			continue;
		ret = kinds[i].add(p, name, e);
		if (!ret)
			p->section = kinds[i].section;
		return ret;
	}
	return tdm_error_set(e, -EINVAL, "'%.40s' is no section: use one of virtual, card, span",
			     kind);
}

static int entry(struct parser *p, char *line, struct tdm_error *e)
{
	struct spans_conf *c = p->conf;
	char *value = strchr(line, '='), *end;

	if (p->section == SECTION_SKIP)
		return 0; /* the heading was wrong, and that was said */
	if (!value || value == line)
		return tdm_error_set(e, -EINVAL, "'%.40s' is neither [kind name] nor key = value",
				     line);
	for (end = value; end > line && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	value++;
	value += strspn(value, " \t");
	if (!*value)
		return tdm_error_set(e, -EINVAL, "'%.40s' has no value", line);
	switch (p->section) {
	case SECTION_VIRTUAL:
		return virtual_key(&c->virtuals[c->virtual_count - 1], line, value, e);
	case SECTION_CARD:
		return card_key(&c->cards[c->card_count - 1], line, value, e);
	case SECTION_SPAN:
		return spans_span_key(&c->spans[c->span_count - 1], line, value, e);
	default:
		return tdm_error_set(e, -EINVAL, "'%.40s' stands before the first [kind name]",
				     line);
	}
}

/*
 * Comments and blanks off; false: nothing is left. A '#' begins a comment where a blank stands
 * before it.
 */
static bool strip(char **line)
{
	char *s = *line, *end;

	for (char *c = s; *c; c++) {
		if (*c == '#' && (c == s || isspace((unsigned char)c[-1]))) {
			*c = '\0';
			break;
		}
	}
	s += strspn(s, " \t\r");
	for (end = s + strlen(s); end > s && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	*line = s;
	return *s;
}

static int one_line(struct parser *p, const char *text, size_t len)
{
	char buf[SPANS_LINE_MAX + 1], *line = buf;
	struct tdm_error e = { 0 };
	int ret;

	if (len > SPANS_LINE_MAX) {
		mistake(p, p->line, "the line is too long");
		return 0;
	}
	if (memchr(text, '\0', len)) {
		mistake(p, p->line, "the line holds a NUL");
		return 0;
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (!strip(&line))
		return 0;
	ret = *line == '[' ? begin_section(p, line, &e) : entry(p, line, &e);
	if (ret == -EINVAL)
		mistake(p, p->line, e.text);
	return ret == -ENOMEM ? ret : 0;
}

static bool same_port(const struct tdm_addr *a, const struct tdm_addr *b)
{
	return a->port == b->port && !strcmp(a->card, b->card);
}

/* Two lines that are not the same line and have an end in common. */
static bool lines_clash(const struct spans_span *s, const struct spans_span *t)
{
	bool aa = same_port(&s->addr, &t->addr), jj = same_port(&s->join, &t->join);
	bool aj = same_port(&s->addr, &t->join), ja = same_port(&s->join, &t->addr);

	if (!s->join.port || !t->join.port || (aa && jj) || (aj && ja))
		return false;
	return aa || jj || aj || ja;
}

/* What only the whole text shows. */
static void check_all(struct parser *p)
{
	const struct spans_conf *c = p->conf;
	struct tdm_error e;

	for (size_t i = 0; i < c->virtual_count; i++)
		if (!c->virtuals[i].ports)
			mistake(p, c->virtuals[i].line, "a virtual card needs 'ports = N'");
	for (size_t i = 0; i < c->span_count; i++) {
		const struct spans_span *s = &c->spans[i];

		if (spans_span_check(s, &e))
			mistake(p, s->line, e.text);
		for (size_t v = 0; v < c->virtual_count; v++) {
			if (strcmp(c->virtuals[v].name, s->addr.card) || !c->virtuals[v].ports ||
			    s->addr.port <= c->virtuals[v].ports)
				continue;
			tdm_error_set(&e, -EINVAL, "%s has %u ports only", s->addr.card,
				      c->virtuals[v].ports);
			mistake(p, s->line, e.text);
		}
		for (size_t k = 0; k < i; k++) {
			if (!lines_clash(s, &c->spans[k]))
				continue;
			tdm_error_set(&e, -EINVAL,
				      "one of %s:%u and %s:%u is joined otherwise in the section of line %d",
				      s->addr.card, s->addr.port, s->join.card, s->join.port,
				      c->spans[k].line);
			mistake(p, s->line, e.text);
		}
	}
}

int spans_parse(const char *text, size_t len, struct spans_conf *conf, spans_mistake report,
		void *arg)
{
	struct parser p = { .conf = conf, .report = report, .arg = arg };
	size_t at = 0;

	memset(conf, 0, sizeof(*conf));
	if (len > SPANS_TEXT_MAX) {
		mistake(&p, 0, "the file is too long");
		return p.mistakes;
	}
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		p.line++;
		if (one_line(&p, text + at, n))
			return -ENOMEM;
		at += n + 1;
	}
	check_all(&p);
	return p.mistakes;
}

void spans_free(struct spans_conf *conf)
{
	free(conf->virtuals);
	free(conf->cards);
	free(conf->spans);
	memset(conf, 0, sizeof(*conf));
}

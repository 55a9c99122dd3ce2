// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands, as a table. */
#include <stdlib.h>

#include "control.h"

#define WORDS	6

struct command {
	const char *name;
	unsigned int args;
	const char *usage;
	/* NULL or a sentence; w[0] is the command's name */
	const char *(*run)(struct card *c, char **w, FILE *to);
};

static struct line *port(struct card *c, const char *word)
{
	unsigned long n = strtoul(word, NULL, 10);

	return n >= 1 && n <= c->model->ports ? &c->lines[n - 1] : NULL;
}

static const char no_port[] = "there is no such port";

static bool number(const char *word, long *value)
{
	char *end;

	*value = strtol(word, &end, 0);
	return *word && !*end;
}

static const char *run_alarm(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);
	long ms = !strcmp(w[3], "off") ? 0 : LINE_FOR_EVER;
	u32 *what = NULL;

	(void)to;
	if (!l)
		return no_port;
	if (!strcmp(w[2], "los"))
		what = &l->los;
	else if (!strcmp(w[2], "ais"))
		what = &l->ais;
	else if (!strcmp(w[2], "rai"))
		what = &l->rai;
	else if (!strcmp(w[2], "lfa"))
		what = &l->lfa;
	if (!what || (ms && strcmp(w[3], "on") &&
		      (!number(w[3], &ms) || ms < 1 || ms > 60000)))
		return "say los, ais, rai or lfa, and on, off or 1 to 60000 milliseconds";
	*what = (u32)ms;
	return NULL;
}

static const char *run_errors(struct card *c, char **w, FILE *to)
{
	static const char *const kinds[LINE_ERRORS] = { "crc", "code", "fas", "ebit" };
	struct line *l = port(c, w[1]);
	bool rate = !strcmp(w[3], "rate");
	unsigned int i;
	long n;

	(void)to;
	if (!l)
		return no_port;
	if ((!rate && strcmp(w[3], "count")) || !number(w[4], &n) || n < 0 || n > 1000000)
		return "say 'count N' or 'rate N' (a second), N up to 1000000";
	for (i = 0; i < LINE_ERRORS; i++) {
		if (strcmp(w[2], kinds[i]))
			continue;
		if (rate)
			l->inject[i].per_second = (u32)n;
		else
			l->inject[i].count += (u32)n;
		return NULL;
	}
	return "say crc, code, fas or ebit";
}

static const char *run_cas(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);
	long slot, abcd, ms;

	(void)to;
	if (!l)
		return no_port;
	if (!number(w[2], &slot) || !number(w[3], &abcd) || !number(w[4], &ms) || abcd < 0 || ms < 1 ||
	    ms > 60000 || cas_disturb(&c->units[l - c->lines], (unsigned int)slot, (u8)abcd, (u32)ms))
		return "say a slot that has bits, ABCD as 0 to 15, and 1 to 60000 milliseconds";
	return NULL;
}

static const char *run_join(struct card *c, char **w, FILE *to)
{
	struct line *a = port(c, w[1]), *b = port(c, w[2]);

	(void)to;
	if (!a || !b)
		return no_port;
	line_join(a, b);
	return NULL;
}

static const char *run_open(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);

	(void)to;
	if (!l)
		return no_port;
	line_open(l);
	return NULL;
}

static const char *run_listen(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);
	int ret;

	(void)to;
	if (!l)
		return no_port;
	ret = line_listen(l, w[2]);
	return ret ? strerror(-ret) : NULL;
}

static const char *run_connect(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);
	int ret;

	(void)to;
	if (!l)
		return no_port;
	ret = line_connect(l, w[2]);
	return ret ? strerror(-ret) : NULL;
}

static const char *run_ppm(struct card *c, char **w, FILE *to)
{
	long n;

	(void)to;
	if (!number(w[1], &n) || n < -1000 || n > 1000)
		return "a clock is off by -1000 to 1000 ppm";
	return card_set_ppm(c, (s32)n) ? "refused" : NULL;
}

static const char *run_stats(struct card *c, char **w, FILE *to)
{
	const struct card_stats *s = &c->stats;

	(void)w;
	fprintf(to, "ticks %llu dma %llu acks %llu missed %llu faults %llu\n"
		"reads %llu writes %llu framer-reads %llu framer-writes %llu\n",
		(unsigned long long)s->ticks, (unsigned long long)s->dma_ticks,
		(unsigned long long)s->acks, (unsigned long long)s->missed,
		(unsigned long long)s->dma_faults, (unsigned long long)s->reg_reads,
		(unsigned long long)s->reg_writes, (unsigned long long)s->framer_reads,
		(unsigned long long)s->framer_writes);
	return NULL;
}

/* What the line hears, in words joined by commas. */
static const char *sent_words(const struct framer *f, char text[64])
{
	static const struct {
		u8 flag;
		const char *word;
	} words[] = {
		{ LINE_AIS, ",ais" }, { LINE_FRAMED, ",framed" }, { LINE_MULTI, ",multi" },
		{ LINE_RAI, ",rai" }, { LINE_LOOP_UP, ",loop-up" }, { LINE_LOOP_DOWN, ",loop-down" },
	};
	unsigned int i;

	*text = 0;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (f->last_tx.flags & words[i].flag)
			strcat(text, words[i].word);
	return *text ? text + 1 : "nothing";
}

static const char *run_ports(struct card *c, char **w, FILE *to)
{
	static const char *const leds[] = { "off", "red", "green", "yellow" };
	static const char *const joints[] = { "open", "loop", "port", "socket" };
	unsigned int i;

	(void)w;
	for (i = 0; i < c->model->ports; i++) {
		const struct framer *f = &c->units[i];
		u32 reg = i < 4 ? c->reg[R_LEDS] >> 2 * i : c->reg[R_LEDS2] >> 2 * (i - 4);
		char text[64];

		fprintf(to, "port %u %s %s led %s status %02x sends %s sa %02x slips %llu sent %llu received %llu\n",
			i + 1, framer_is_t1(f) ? "t1" : "e1", joints[c->lines[i].joint], leds[reg & 3],
			f->frs0, sent_words(f, text), f->sa, (unsigned long long)f->slips,
			(unsigned long long)c->lines[i].sent,
			(unsigned long long)c->lines[i].received);
	}
	return NULL;
}

static const char *run_config(struct card *c, char **w, FILE *to)
{
	struct line *l = port(c, w[1]);

	if (!l)
		return no_port;
	framer_describe(&c->units[l - c->lines], to);
	return NULL;
}

static const char *run_clock(struct card *c, char **w, FILE *to)
{
	int unit = card_clock_unit(c);

	(void)w;
	fprintf(to, unit < 0 ? "clock own" : "clock port %d", unit + 1);
	fprintf(to, " ppm %d\n", c->lines[0].ppm);
	return NULL;
}

static const char *run_hostile(struct card *c, char **w, FILE *to)
{
	(void)to;
	c->spares_version = !strcmp(w[1], "but-version");
	c->hostile = c->spares_version || !strcmp(w[1], "on");
	return c->hostile || !strcmp(w[1], "off") ? NULL : "say on, but-version or off";
}

static const char *run_hold(struct card *c, char **w, FILE *to)
{
	long n;

	(void)to;
	if (!number(w[1], &n) || n < 0 || n > 10000)
		return "an interrupt is held back for 0 to 10000 ms";
	c->hold_next = (u32)n;
	return NULL;
}

static const char *run_grant(struct card *c, char **w, FILE *to)
{
	long n = 0;

	(void)to;
	if (c->lines[0].real_time)
		return "in real time a card waits for nobody";
	if (strcmp(w[1], "all") && (!number(w[1], &n) || n < 0 || n > 10000))
		return "say 0 to 10000 ms, or all";
	c->grant = strcmp(w[1], "all") ? (u32)n : LINE_FOR_EVER;
	return NULL;
}

static const char *run_stray(struct card *c, char **w, FILE *to)
{
	(void)w;
	(void)to;
	c->host.interrupt(c->host.ctx);
	return NULL;
}

static const char *run_die(struct card *c, char **w, FILE *to)
{
	long n;

	(void)to;
	if (!number(w[1], &n) || n < 1)
		return "the card dies at an access to its registers, of which the next one is 1";
	c->die_in = (u64)n;
	return NULL;
}

static const char *run_help(struct card *c, char **w, FILE *to);

static const struct command commands[] = {
	{ "alarm", 3, "PORT los|ais|rai|lfa on|off|MS", run_alarm },
	{ "errors", 4, "PORT crc|code|fas|ebit count|rate N", run_errors },
	{ "cas", 4, "PORT SLOT ABCD MS (what it receives)", run_cas },
	{ "join", 2, "PORT PORT (the same: a loop plug)", run_join },
	{ "open", 1, "PORT", run_open },
	{ "listen", 2, "PORT SOCKET", run_listen },
	{ "connect", 2, "PORT SOCKET", run_connect },
	{ "ppm", 1, "N", run_ppm },
	{ "stats", 0, "", run_stats },
	{ "ports", 0, "", run_ports },
	{ "config", 1, "PORT", run_config },
	{ "clock", 0, "", run_clock },
	{ "hostile", 1, "on|but-version|off", run_hostile },
	{ "hold", 1, "MS (no interrupt for so long; the lines go on)", run_hold },
	{ "grant", 1, "MS|all (of line time that may pass before it must be said again)", run_grant },
	{ "stray", 0, "(an interrupt for which there is no cause)", run_stray },
	{ "die", 1, "N (the process ends at the Nth access to a register, without an answer)", run_die },
	{ "help", 0, "", run_help },
};

static const char *run_help(struct card *c, char **w, FILE *to)
{
	unsigned int i;

	(void)c;
	(void)w;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "%s %s\n", commands[i].name, commands[i].usage);
	fprintf(to, "quit\n");
	return NULL;
}

bool control_command(struct card *c, char *line, FILE *to)
{
	const char *sentence = "there is no such command; say 'help'";
	char *w[WORDS + 1], *save, *word;
	unsigned int i, n = 0;

	for (word = strtok_r(line, " \t\r\n", &save); word && n < WORDS;
	     word = strtok_r(NULL, " \t\r\n", &save))
		w[n++] = word;
	if (!n)
		return true;
	if (!strcmp(w[0], "quit")) {
		fprintf(to, "ok\n");
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(w[0], commands[i].name))
			continue;
		sentence = "too few or too many words; say 'help'";
		if (n == commands[i].args + 1)
			sentence = commands[i].run(c, w, to);
		break;
	}
	if (sentence)
		fprintf(to, "error: %s\n", sentence);
	else
		fprintf(to, "ok\n");
	return true;
}

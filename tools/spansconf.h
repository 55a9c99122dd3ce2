/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/opentdm/spans.conf: cards and spans as text (spans.conf(5)).
 *
 *	[virtual virt0]		a virtual card, made if it is not there
 *	[card te0]		the clock of a card
 *	[span te0:1]		a port of a card
 *
 * Parsing and printing are pure. What is printed parses again to the same.
 */
#ifndef TDMCTL_SPANSCONF_H
#define TDMCTL_SPANSCONF_H

#include <stdio.h>

#include "lib/tdm.h"

#define SPANS_CONF_PATH	"/etc/opentdm/spans.conf"
#define SPANS_TEXT_MAX	(1U << 20)
#define SPANS_LINE_MAX	512

struct spans_virtual {
	int line;
	char name[TDM_NAME_MAX];
	uint32_t ports;
	int type;			/* enum tdm_span_type; -1: not said */
};

struct spans_card {
	int line;
	char name[TDM_NAME_MAX];
	bool has_clock;
	uint32_t clock_count;		/* 0: its own oscillator */
	uint32_t clock_sources[TDM_CLOCK_MAX];
	int clock_prefer;		/* port, 0 none; -1: not said */
	int64_t clock_restore;		/* ms; -1: not said */
};

struct spans_span {
	int line;
	struct tdm_addr addr;
	uint32_t set;			/* TDM_SET_*: what is said of the following two */
	struct tdm_span_conf conf;
	uint32_t state;
	struct tdm_addr join;		/* port 0: not said */
};

struct spans_conf {
	struct spans_virtual *virtuals;
	struct spans_card *cards;
	struct spans_span *spans;
	size_t virtual_count, card_count, span_count;
};

/* Told of each mistake, in the order of the lines: "timeslot 40 ...", without file and line. */
typedef void (*spans_mistake)(void *arg, int line, const char *sentence);

/*
 * spans_parse - read a text of @len octets. All mistakes are reported, not only the first. Returns
 * their number, or -ENOMEM; *conf is to be freed by spans_free() in any case.
 */
int spans_parse(const char *text, size_t len, struct spans_conf *conf, spans_mistake report,
		void *arg);
void spans_free(struct spans_conf *conf);
void spans_print(const struct spans_conf *conf, FILE *out);

/* One key of a [span] section: 0 or -EINVAL with a sentence. */
int spans_span_key(struct spans_span *span, const char *key, const char *value,
		   struct tdm_error *e);
/* Mistakes that no single line shows, as a framing that the type has not. */
int spans_span_check(const struct spans_span *span, struct tdm_error *e);

/* spans_live.c: what the kernel has now, in the same form. 0 or negative errno. */
int spans_read_live(struct tdm_nl *nl, struct spans_conf *conf, struct tdm_error *e);
/*
 * Change what differs and nothing else; each change is a line on @out. Everything that can be
 * checked is checked before the first change. Returns the number of changes or negative errno;
 * *line is then that of the section refused. With @dry nothing is done and all is told.
 */
int spans_apply(struct tdm_nl *nl, const struct spans_conf *conf, bool dry, FILE *out, int *line,
		struct tdm_error *e);

#endif

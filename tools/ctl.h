/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tdmctl. One file a command group (cmd_*.c); one table (table.c), from which dispatch, --help, the
 * man page and the completion come.
 */
#ifndef TDMCTL_H
#define TDMCTL_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/tdm.h"

#define CTL_POS_MAX	40	/* positional arguments */
#define CTL_OPT_MAX	16	/* options of one command */
#define CTL_USAGE	(-10000) /* no errno: the command line is wrong */

#define CTL_EXIT_REFUSED 1
#define CTL_EXIT_USAGE	2

/* What an argument's word may be, for the completion. */
enum ctl_word {
	CTL_WORD_NONE,
	CTL_WORD_CARD,
	CTL_WORD_PORT,
	CTL_WORD_FILE,
	/* Of tdmd. */
	CTL_WORD_CALL,
	CTL_WORD_BRIDGE,
	CTL_WORD_MEMBER, /* a bridge, then channels */
	CTL_WORD_GROUP,
	CTL_WORD_PLACE, /* a place, then a channel */
};

struct ctl_opt {
	const char *name;	/* without "--" */
	const char *value;	/* what stands for its value in the help; NULL: a switch */
	const char *help;
};

struct ctl;

struct ctl_cmd {
	const char *group;
	const char *verb;	/* "": the group is the command */
	const char *args;	/* positional arguments as in a synopsis, "" for none */
	int least, most;	/* their number */
	enum ctl_word word;
	const char *help;	/* begins with a sentence in the imperative that stands in lists */
	const struct ctl_opt *opts; /* ends with a NULL name; may be NULL */
	bool json;		/* knows --json */
	const char *keys;	/* what --json and the table hold, for the man page */
	int (*run)(struct ctl *c);
};

extern const struct ctl_cmd ctl_cmds[];
extern const size_t ctl_cmd_count;

/* One run of one command. */
struct ctl {
	const struct ctl_cmd *cmd;
	bool json;
	int n;				/* positional arguments */
	const char *arg[CTL_POS_MAX];
	/* Values in the order of cmd->opts: "" for a switch, NULL where it was not given. */
	const char *opt[CTL_OPT_MAX];
	struct tdm_nl *nl;		/* opened by ctl_nl() */
	struct tdm_error e;		/* what a negative return of run() means */
	FILE *out;
};

/* args.c: split a command line; 0 or CTL_USAGE with c->e filled. Pure. */
int ctl_parse(struct ctl *c, int argc, char *const *argv);
const struct ctl_cmd *ctl_find(const char *group, const char *verb);
bool ctl_group_exists(const char *group);
/* The value of an option, NULL when it was not given. */
const char *ctl_opt(const struct ctl *c, const char *name);
/* A decimal number of a word: -EINVAL with a sentence that names @what and the limits. */
int ctl_number(struct ctl *c, const char *what, const char *word, long long min, long long max,
	       long long *out);
/* The same for an option; *out is left alone when it was not given. */
int ctl_opt_number(struct ctl *c, const char *name, long long min, long long max, long long *out);
/* A wrong command line, with a sentence. */
int ctl_usage(struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* main.c: the netlink handle, opened at the first need: 0 or negative errno with c->e filled. */
int ctl_nl(struct ctl *c);
/* Parse an address and find the card's id. */
int ctl_addr(struct ctl *c, const char *word, enum tdm_addr_parts least, enum tdm_addr_parts most,
	     struct tdm_addr *addr, uint32_t *card);

/* help.c */
void ctl_help(FILE *out);
void ctl_help_group(FILE *out, const char *group);
void ctl_help_cmd(FILE *out, const struct ctl_cmd *cmd);
void ctl_man(FILE *out);
void ctl_completion(FILE *out);

/* --- out.c: listings, as an aligned table or as a JSON array of flat objects ------------------ */

struct out_col {
	const char *key;	/* the key in JSON; in capitals the heading of the table */
	bool json_only;
};

struct out;

/* @cols ends with a NULL key. Never NULL: without memory the program ends. */
struct out *out_new(const struct out_col *cols);
/* Cells, in the order of the columns; after the last column comes the next row. */
void out_str(struct out *o, const char *s); /* NULL or "": null in JSON, "-" in a table */
void out_num(struct out *o, long long n);
void out_bool(struct out *o, bool b);
/* Print as one object a paragraph ("key: value") rather than as a table. */
void out_print_long(const struct out *o, bool json, FILE *to);
void out_print(const struct out *o, bool json, FILE *to);
void out_free(struct out *o);

#endif

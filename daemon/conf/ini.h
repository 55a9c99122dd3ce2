/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections, keys and values with their line numbers.
 *
 * An own reader, because the libraries at hand stop at the first mistake, and an administrator
 * who has made five wants to read about five. It knows nothing of telephony: conf.c gives the
 * text its meaning.
 *
 *	# a comment; also after a value, when white space stands before the '#'
 *	[kind name]
 *	key = value
 *	key = "a value with # or blanks at its ends"
 */
#ifndef OPENTDM_CONF_INI_H
#define OPENTDM_CONF_INI_H

#include <stddef.h>

#define INI_LINE_MAX	1024	/* characters of one line, its end not counted */
#define INI_TEXT_MAX	(4u << 20)

struct ini_entry {
	struct ini_entry *next;
	char *key;
	char *value;
	int line;
};

struct ini_section {
	struct ini_section *next;
	struct ini_entry *entries;	/* in the order of the file */
	char *kind;
	char *name;			/* "" when the section has none */
	int line;
};

/* Mistakes, in the order of their lines. Owned by whoever initialised it with zeroes. */
struct conf_error {
	struct conf_error *next;
	int line;			/* 0: the file as a whole */
	char *text;			/* a sentence, without file and line */
};

struct conf_errors {
	struct conf_error *first;
	unsigned int count;
	int nomem;			/* a mistake could not be recorded: the text is refused */
};

/**
 * conf_err() - record a mistake
 * @errs: where; the list stays sorted by line
 * @line: 1 is the first line, 0 the file as a whole
 * @fmt: a printf format that makes one sentence
 */
void conf_err(struct conf_errors *errs, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** conf_errors_free() - forget all mistakes; the list may be used again */
void conf_errors_free(struct conf_errors *errs);

/**
 * ini_parse() - split a text into sections
 * @text: need not end with a NUL
 * @len: bytes in @text, at most INI_TEXT_MAX
 * @out: the first section, or NULL for an empty text; always to be freed by ini_free()
 * @errs: receives every line that is neither section, entry, comment nor blank
 *
 * Context: any thread; allocates.
 * Return: 0, or -ENOMEM. Mistakes of the text are in @errs, and what could be read in @out.
 */
int ini_parse(const char *text, size_t len, struct ini_section **out, struct conf_errors *errs);

void ini_free(struct ini_section *first);

/** ini_needs_quotes() - must this value be printed in quotes to be read back as it is? */
int ini_needs_quotes(const char *value);

#endif

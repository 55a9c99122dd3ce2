/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of all keys: reading, defaults, bounds and printing follow from it.
 * Private to daemon/conf.
 */
#ifndef OPENTDM_CONF_KEYS_H
#define OPENTDM_CONF_KEYS_H

#include "conf.h"

enum key_type {
	KEY_INT,	/* int, min..max */
	KEY_BOOL,	/* int, yes or no */
	KEY_WORD,	/* int, one of words[] */
	KEY_TEXT,	/* char[], max is its size without the NUL */
	KEY_PATH,	/* as KEY_TEXT, but must begin with '/' */
	KEY_NAME,	/* as KEY_TEXT, letters, digits, '-', '_' */
	KEY_DIGITS,	/* as KEY_TEXT, what can be dialled */
	KEY_SPANS,	/* conf_addr[] without slot, count in the int at off2, max entries */
	KEY_SLOTS,	/* conf_addr[] with slot */
	KEY_INTS,	/* int[], values min..max, count in the int at off2 */
	KEY_NAMES,	/* char[][CONF_NAME_MAX + 1], count at off2, max entries */
};

struct conf_word {
	const char *word;
	int value;
};

struct conf_key {
	const char *name;
	enum key_type type;
	size_t off;
	size_t off2;
	long min, max;
	const struct conf_word *words;	/* ends with a NULL word */
	const char *preset;		/* read as if it stood in the file; NULL: stays zero */
	int required;
};

struct conf_kind {
	const char *kind;
	const struct conf_key *keys;	/* ends with a NULL name */
};

extern const struct conf_key conf_keys_daemon[], conf_keys_api[], conf_keys_limits[],
	conf_keys_media[], conf_keys_records[], conf_keys_group[], conf_keys_route[],
	conf_keys_user[], conf_keys_music[];

/* Sections of which there is one, whose keys lie in struct conf itself. */
extern const struct conf_kind conf_kinds_single[];

/**
 * conf_value_read() - read one value into the structure at @base
 * @key: a row of the table
 * @text: the value
 * @why: receives a sentence when it is wrong
 *
 * Return: 0 or -EINVAL (nothing changed).
 */
int conf_value_read(const struct conf_key *key, void *base, const char *text, char *why,
		    size_t whylen);

/** conf_value_print() - print one value so that conf_value_read() reads the same */
void conf_value_print(const struct conf_key *key, const void *base, FILE *out);

/** conf_value_empty() - would it print nothing (empty text or list)? */
int conf_value_empty(const struct conf_key *key, const void *base);

/** conf_cross_check() - what one value alone cannot show: names, spans used twice, and so on */
void conf_cross_check(struct conf *conf, struct conf_errors *errs);

#endif

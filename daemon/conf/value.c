// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and printing of single values; every key type has one row in the table below. */
#include "keys.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WHY(...)	do { snprintf(why, whylen, __VA_ARGS__); return -EINVAL; } while (0)

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

static void *at(const void *base, size_t off)
{
	return (char *)(uintptr_t)base + off;
}

static int *int_at(const void *base, size_t off)
{
	return at(base, off);
}

/* A decimal number and nothing after it. */
static int number_read(const char *text, long *val)
{
	char *end;

	if (*text != '-' && (*text < '0' || *text > '9'))
		return -EINVAL;
	errno = 0;
	*val = strtol(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

const char *conf_addr_str(const struct conf_addr *a, char *buf, size_t len)
{
	if (a->slot < 0)
		snprintf(buf, len, "%s:%d", a->card, a->port);
	else
		snprintf(buf, len, "%s:%d:%d", a->card, a->port, a->slot);
	return buf;
}

int conf_addr_parse(const char *text, int with_slot, struct conf_addr *addr)
{
	size_t len = strcspn(text, ":");
	struct conf_addr a = { .slot = -1 };
	char part[16];
	const char *p;
	long val;
	size_t n;

	if (!len || len > CONF_CARD_MAX || text[len] != ':')
		return -EINVAL;
	memcpy(a.card, text, len);
	if (a.card[strspn(a.card, LETTERS)])
		return -EINVAL;
	p = text + len + 1;
	n = strcspn(p, ":");
	if (n >= sizeof(part))
		return -EINVAL;
	memcpy(part, p, n);
	part[n] = '\0';
	if (number_read(part, &val) || val < 1 || val > CONF_PORT_MAX)
		return -EINVAL;
	a.port = (int)val;
	if (!!p[n] != !!with_slot)
		return -EINVAL;
	if (with_slot) {
		if (number_read(p + n + 1, &val) || val < 0 || val > 31)
			return -EINVAL;
		a.slot = (int)val;
	}
	*addr = a;
	return 0;
}

static int read_int(const struct conf_key *k, void *base, const char *text, char *why,
		    size_t whylen)
{
	long val;

	if (number_read(text, &val))
		WHY("'%s' must be a whole number, not '%.40s'", k->name, text);
	if (val < k->min || val > k->max)
		WHY("'%s' must lie between %ld and %ld, not be %ld", k->name, k->min, k->max, val);
	*int_at(base, k->off) = (int)val;
	return 0;
}

static int read_bool(const struct conf_key *k, void *base, const char *text, char *why,
		     size_t whylen)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		WHY("'%s' must be yes or no, not '%.40s'", k->name, text);
	*int_at(base, k->off) = text[0] == 'y';
	return 0;
}

static int read_word(const struct conf_key *k, void *base, const char *text, char *why,
		     size_t whylen)
{
	const struct conf_word *w;
	char list[256] = "";

	for (w = k->words; w->word; w++) {
		if (!strcmp(w->word, text)) {
			*int_at(base, k->off) = w->value;
			return 0;
		}
		if (strlen(list) + strlen(w->word) + 3 < sizeof(list)) {
			if (*list)
				strcat(list, ", ");
			strcat(list, w->word);
		}
	}
	WHY("'%s' must be one of %s, not '%.40s'", k->name, list, text);
}

static int read_text(const struct conf_key *k, void *base, const char *text, char *why,
		     size_t whylen)
{
	if (strlen(text) > (size_t)k->max)
		WHY("'%s' is longer than %ld characters", k->name, k->max);
	if (k->type == KEY_PATH && text[0] != '/')
		WHY("'%s' must be an absolute path, not '%.40s'", k->name, text);
	if (k->type == KEY_NAME && (!*text || text[strspn(text, LETTERS)]))
		WHY("'%s' is made of letters, digits, '-' and '_', unlike '%.40s'", k->name, text);
	if (k->type == KEY_DIGITS && text[strspn(text, "0123456789*#ABCDabcd+")])
		WHY("'%s' is a number of digits, '*', '#', '+' and A-D, unlike '%.40s'", k->name,
		    text);
	strcpy(at(base, k->off), text);
	return 0;
}

/*
 * One element of a list is read by its own rule into slot i of a scratch array first, so that a
 * wrong list changes nothing.
 */
static int element_read(const struct conf_key *k, void *array, int i, const char *item, char *why,
			size_t whylen)
{
	struct conf_addr *addrs = array;
	int *ints = array;
	char (*names)[CONF_NAME_MAX + 1] = array;
	long val;

	switch (k->type) {
	case KEY_SPANS:
		if (conf_addr_parse(item, 0, &addrs[i]))
			WHY("'%s' lists spans as CARD:PORT, unlike '%.40s'", k->name, item);
		return 0;
	case KEY_SLOTS:
		if (conf_addr_parse(item, 1, &addrs[i]))
			WHY("'%s' lists timeslots as CARD:PORT:SLOT, unlike '%.40s'", k->name,
			    item);
		return 0;
	case KEY_INTS:
		if (number_read(item, &val) || val < k->min || val > k->max)
			WHY("'%s' lists numbers from %ld to %ld, unlike '%.40s'", k->name, k->min,
			    k->max, item);
		ints[i] = (int)val;
		return 0;
	default:
		if (!*item || strlen(item) > CONF_NAME_MAX || item[strspn(item, LETTERS)])
			WHY("'%s' lists names, unlike '%.40s'", k->name, item);
		strcpy(names[i], item);
		return 0;
	}
}

static int list_max(const struct conf_key *k)
{
	return k->type == KEY_INTS ? CONF_SPANS_MAX : (int)k->max;
}

static size_t element_size(const struct conf_key *k)
{
	if (k->type == KEY_INTS)
		return sizeof(int);
	return k->type == KEY_NAMES ? CONF_NAME_MAX + 1 : sizeof(struct conf_addr);
}

static int read_list(const struct conf_key *k, void *base, const char *text, char *why,
		     size_t whylen)
{
	char scratch[CONF_SPANS_MAX * sizeof(struct conf_addr)]
		__attribute__((aligned(__alignof__(struct conf_addr))));
	char copy[INI_LINE_MAX + 1], *next = copy, *item;
	int n = 0;

	_Static_assert(sizeof(scratch) >= CONF_FROM_MAX * (CONF_NAME_MAX + 1), "scratch too small");
	memset(scratch, 0, sizeof(scratch));
	if (strlen(text) >= sizeof(copy))
		WHY("'%s' is too long", k->name);
	strcpy(copy, text);
	while ((item = strsep(&next, ","))) {
		size_t len;

		item += strspn(item, " \t");
		len = strlen(item);
		while (len && (item[len - 1] == ' ' || item[len - 1] == '\t'))
			item[--len] = '\0';
		if (n == list_max(k))
			WHY("'%s' lists more than %d items", k->name, list_max(k));
		if (element_read(k, scratch, n, item, why, whylen))
			return -EINVAL;
		n++;
	}
	memcpy(at(base, k->off), scratch, element_size(k) * (size_t)list_max(k));
	*int_at(base, k->off2) = n;
	return 0;
}

int conf_value_read(const struct conf_key *k, void *base, const char *text, char *why,
		    size_t whylen)
{
	switch (k->type) {
	case KEY_INT:
		return read_int(k, base, text, why, whylen);
	case KEY_BOOL:
		return read_bool(k, base, text, why, whylen);
	case KEY_WORD:
		return read_word(k, base, text, why, whylen);
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_NAME:
	case KEY_DIGITS:
		return read_text(k, base, text, why, whylen);
	default:
		return read_list(k, base, text, why, whylen);
	}
}

int conf_value_empty(const struct conf_key *k, const void *base)
{
	switch (k->type) {
	case KEY_INT:
	case KEY_BOOL:
	case KEY_WORD:
		return 0;
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_NAME:
	case KEY_DIGITS:
		return *(char *)at(base, k->off) == '\0';
	default:
		return *int_at(base, k->off2) == 0;
	}
}

static void print_list(const struct conf_key *k, const void *base, FILE *out)
{
	const struct conf_addr *addrs = at(base, k->off);
	const int *ints = at(base, k->off);
	const char (*names)[CONF_NAME_MAX + 1] = at(base, k->off);
	char buf[64];
	int i, n = *int_at(base, k->off2);

	for (i = 0; i < n; i++) {
		if (i)
			fputs(", ", out);
		if (k->type == KEY_INTS)
			fprintf(out, "%d", ints[i]);
		else if (k->type == KEY_NAMES)
			fputs(names[i], out);
		else
			fputs(conf_addr_str(&addrs[i], buf, sizeof(buf)), out);
	}
}

void conf_value_print(const struct conf_key *k, const void *base, FILE *out)
{
	const struct conf_word *w;
	const char *text;

	switch (k->type) {
	case KEY_INT:
		fprintf(out, "%d", *int_at(base, k->off));
		break;
	case KEY_BOOL:
		fputs(*int_at(base, k->off) ? "yes" : "no", out);
		break;
	case KEY_WORD:
		for (w = k->words; w->word && w->value != *int_at(base, k->off); w++)
			;
		fputs(w->word ? w->word : "?", out);
		break;
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_NAME:
	case KEY_DIGITS:
		text = at(base, k->off);
		fprintf(out, ini_needs_quotes(text) ? "\"%s\"" : "%s", text);
		break;
	default:
		print_list(k, base, out);
	}
}

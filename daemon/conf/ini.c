// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections, keys and values with their line numbers; see ini.h for the form. */
#include "ini.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct ini_section **next_section;
	struct ini_section *section;
	struct ini_entry **next_entry;
	struct conf_errors *errs;
	int line;
	int skipping;		/* the section's heading was wrong: do not blame its entries too */
};

void conf_err(struct conf_errors *errs, int line, const char *fmt, ...)
{
	struct conf_error **at = &errs->first;
	struct conf_error *err = calloc(1, sizeof(*err));
	va_list ap;

	errs->count++;
	va_start(ap, fmt);
	if (!err || vasprintf(&err->text, fmt, ap) < 0) {
		free(err);
		errs->nomem = 1;
		va_end(ap);
		return;
	}
	va_end(ap);
	err->line = line;
	while (*at && (*at)->line <= line)
		at = &(*at)->next;
	err->next = *at;
	*at = err;
}

void conf_errors_free(struct conf_errors *errs)
{
	struct conf_error *err;

	while ((err = errs->first)) {
		errs->first = err->next;
		free(err->text);
		free(err);
	}
	memset(errs, 0, sizeof(*errs));
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	len = strlen(s);
	while (len && is_blank(s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Everything from a '#' that begins the line or follows white space, outside quotes. */
static void cut_comment(char *s)
{
	int quoted = 0;
	char *p;

	for (p = s; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted && (p == s || is_blank(p[-1]))) {
			*p = '\0';
			return;
		}
	}
}

int ini_needs_quotes(const char *v)
{
	size_t len = strlen(v);
	const char *p;

	if (!len || is_blank(v[0]) || is_blank(v[len - 1]) || *v == '#')
		return 1;
	for (p = v; *p; p++)
		if (*p == '#' && is_blank(p[-1]))
			return 1;
	return 0;
}

static int name_ok(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] ==
		'\0';
}

static int section_begin(struct reader *r, char *s)
{
	size_t len = strlen(s);
	struct ini_section *sec;
	char *kind, *name;

	r->skipping = 1;
	r->section = NULL;
	if (s[len - 1] != ']') {
		conf_err(r->errs, r->line, "the heading of a section lacks its closing ']'");
		return 0;
	}
	s[len - 1] = '\0';
	kind = trim(s + 1);
	name = kind + strcspn(kind, " \t");
	if (*name)
		*name++ = '\0';
	name = trim(name);
	if (!*kind || !name_ok(kind)) {
		conf_err(r->errs, r->line,
			 "a section's kind is made of letters, digits, '-' and '_'");
		return 0;
	}
	sec = calloc(1, sizeof(*sec));
	if (!sec)
		return -ENOMEM;
	sec->kind = strdup(kind);
	sec->name = strdup(name);
	sec->line = r->line;
	*r->next_section = sec;
	r->next_section = &sec->next;
	if (!sec->kind || !sec->name)
		return -ENOMEM;
	r->section = sec;
	r->next_entry = &sec->entries;
	r->skipping = 0;
	return 0;
}

static char *unquote(struct reader *r, char *value)
{
	size_t len = strlen(value);

	if (*value != '"') {
		if (strchr(value, '"')) {
			conf_err(r->errs, r->line, "a quote stands in the middle of a value");
			return NULL;
		}
		return value;
	}
	if (len < 2 || value[len - 1] != '"') {
		conf_err(r->errs, r->line, "a quoted value lacks its closing quote");
		return NULL;
	}
	value[len - 1] = '\0';
	if (strchr(value + 1, '"')) {
		conf_err(r->errs, r->line, "a quote stands in the middle of a value");
		return NULL;
	}
	return value + 1;
}

static int entry_add(struct reader *r, char *s)
{
	char *eq = strchr(s, '=');
	struct ini_entry *e;
	char *key, *value;

	if (!eq) {
		conf_err(r->errs, r->line, "'%.40s' is neither a section nor 'key = value'", s);
		return 0;
	}
	*eq = '\0';
	key = trim(s);
	value = trim(eq + 1);
	if (!*key || !name_ok(key)) {
		conf_err(r->errs, r->line, "a key is made of letters, digits, '-' and '_'");
		return 0;
	}
	value = unquote(r, value);
	if (!value || r->skipping)
		return 0;
	if (!r->section) {
		conf_err(r->errs, r->line, "'%.40s' stands before the first section", key);
		return 0;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = strdup(key);
	e->value = strdup(value);
	e->line = r->line;
	*r->next_entry = e;
	r->next_entry = &e->next;
	return e->key && e->value ? 0 : -ENOMEM;
}

static int line_read(struct reader *r, const char *text, size_t len)
{
	char buf[INI_LINE_MAX + 1];
	size_t i;
	char *s;

	if (len > INI_LINE_MAX) {
		conf_err(r->errs, r->line, "the line is longer than %d characters", INI_LINE_MAX);
		return 0;
	}
	for (i = 0; i < len; i++) {
		if (((unsigned char)text[i] < ' ' && !is_blank(text[i])) || text[i] == 0x7f) {
			conf_err(r->errs, r->line, "the line holds a control character");
			return 0;
		}
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	cut_comment(buf);
	s = trim(buf);
	if (!*s)
		return 0;
	return *s == '[' ? section_begin(r, s) : entry_add(r, s);
}

int ini_parse(const char *text, size_t len, struct ini_section **out, struct conf_errors *errs)
{
	struct reader r = { .next_section = out, .errs = errs };
	const char *end = text + len;
	int ret = 0;

	*out = NULL;
	if (len > INI_TEXT_MAX) {
		conf_err(errs, 0, "the file is larger than %u bytes", INI_TEXT_MAX);
		return 0;
	}
	while (text < end && !ret) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		r.line++;
		ret = line_read(&r, text, n);
		text += n + (nl ? 1 : 0);
	}
	return ret;
}

void ini_free(struct ini_section *sec)
{
	while (sec) {
		struct ini_section *next = sec->next;

		while (sec->entries) {
			struct ini_entry *e = sec->entries;

			sec->entries = e->next;
			free(e->key);
			free(e->value);
			free(e);
		}
		free(sec->kind);
		free(sec->name);
		free(sec);
		sec = next;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Listings: rows of typed cells, printed as an aligned table, as paragraphs, or as JSON. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

enum cell_kind { CELL_STR, CELL_NUM, CELL_BOOL };

struct cell {
	enum cell_kind kind;
	long long n;
	char *s;		/* what a table shows */
};

struct out {
	const struct out_col *cols;
	size_t width;		/* columns */
	struct cell *cells;
	size_t count, room;
};

static void *must(void *p)
{
	if (!p) {
		fputs("tdmctl: out of memory\n", stderr);
		exit(CTL_EXIT_REFUSED);
	}
	return p;
}

struct out *out_new(const struct out_col *cols)
{
	struct out *o = must(calloc(1, sizeof(*o)));

	o->cols = cols;
	while (cols[o->width].key)
		o->width++;
	return o;
}

static void add(struct out *o, enum cell_kind kind, const char *s, long long n)
{
	if (o->count == o->room) {
		o->room = o->room ? 2 * o->room : 64;
		o->cells = must(reallocarray(o->cells, o->room, sizeof(*o->cells)));
	}
	o->cells[o->count++] = (struct cell){ kind, n, must(strdup(s)) };
}

void out_str(struct out *o, const char *s)
{
	add(o, CELL_STR, s && *s ? s : "-", !(s && *s && strcmp(s, "-")));
}

void out_num(struct out *o, long long n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", n);
	add(o, CELL_NUM, text, n);
}

void out_bool(struct out *o, bool b)
{
	add(o, CELL_BOOL, b ? "yes" : "no", b);
}

void out_free(struct out *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(o->cells[i].s);
	free(o->cells);
	free(o);
}

static json_t *value(const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NUM:
		return json_integer(cell->n);
	case CELL_BOOL:
		return json_boolean(cell->n);
	default:
		/* A cell's n says here that there is nothing to tell. */
		return cell->n ? json_null() : json_stringn_nocheck(cell->s, strlen(cell->s));
	}
}

static void print_json(const struct out *o, FILE *to)
{
	json_t *array = must(json_array());

	for (size_t i = 0; i < o->count; i++) {
		if (i % o->width == 0)
			json_array_append_new(array, must(json_object()));
		json_object_set_new(json_array_get(array, i / o->width), o->cols[i % o->width].key,
				    must(value(&o->cells[i])));
	}
	json_dumpf(array, to, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	putc('\n', to);
	json_decref(array);
}

/* Characters of UTF-8, which a terminal shows one to a column. */
static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Names come from elsewhere too: what a terminal would obey becomes a question mark. */
static void put_text(const char *s, FILE *to)
{
	for (; *s; s++)
		putc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, to);
}

static size_t column_width(const struct out *o, size_t col)
{
	size_t max = strlen(o->cols[col].key);

	for (size_t i = col; i < o->count; i += o->width)
		if (columns(o->cells[i].s) > max)
			max = columns(o->cells[i].s);
	return max;
}

/*
 * Numbers stand to the right, also under their heading; nothing is filled up at the end of a line.
 */
static void print_cell(const char *s, size_t width, bool right, bool last, FILE *to)
{
	int blanks = (int)(width - columns(s));

	if (right)
		fprintf(to, "%*s", blanks, "");
	put_text(s, to);
	if (!right && !last)
		fprintf(to, "%*s", blanks, "");
	fputs(last ? "\n" : "  ", to);
}

void out_print(const struct out *o, bool json, FILE *to)
{
	size_t last = 0;

	if (json) {
		print_json(o, to);
		return;
	}
	for (size_t c = 0; c < o->width; c++)
		if (!o->cols[c].json_only)
			last = c;
	for (size_t row = 0; o->width && row <= o->count / o->width; row++) {
		for (size_t c = 0; c < o->width; c++) {
			const struct cell *cell = row ? &o->cells[(row - 1) * o->width + c] : NULL;
			bool right = o->count && o->cells[c].kind == CELL_NUM;
			char head[40];
			size_t n = 0;

			if (o->cols[c].json_only)
				continue;
			for (; n < sizeof(head) - 1 && o->cols[c].key[n]; n++)
				head[n] = o->cols[c].key[n] == '_' ? '-' :
					  (char)toupper((unsigned char)o->cols[c].key[n]);
			head[n] = '\0';
			print_cell(cell ? cell->s : head, column_width(o, c), right, c == last, to);
		}
	}
}

void out_print_long(const struct out *o, bool json, FILE *to)
{
	size_t width = 0;

	if (json) {
		print_json(o, to);
		return;
	}
	for (size_t c = 0; c < o->width; c++)
		if (strlen(o->cols[c].key) > width)
			width = strlen(o->cols[c].key);
	for (size_t i = 0; o->width && i < o->count; i++) {
		if (i && i % o->width == 0)
			putc('\n', to);
		fprintf(to, "%-*s  ", (int)width, o->cols[i % o->width].key);
		put_text(o->cells[i].s, to);
		putc('\n', to);
	}
}

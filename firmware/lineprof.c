// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compiles line profiles, NAME.txt each, into one image; kernel/te4xx/profile.h draws it. What the
 * files say is in firmware/README.md.
 *
 * Usage: lineprof IMAGE TABLE.c NAME.txt...
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/te4xx/profile.h"

#define WORDS	5u

struct line {
	struct te4xx_write write;
	unsigned int number;
};

struct profile {
	const char *file;
	char name[TE4XX_PROFILE_NAME];
	char like[TE4XX_PROFILE_NAME];
	unsigned int like_line;
	int type, lbo;		/* -1: not said yet */
	struct line lines[TE4XX_WRITES_MAX];
	unsigned int count;
};

static struct profile profiles[TE4XX_PROFILES_MAX];
static unsigned int profile_count;
static unsigned int errors;
static u8 image[TE4XX_PROFILE_IMAGE_MAX];

__attribute__((format(printf, 3, 4)))
static void wrong(const char *file, unsigned int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, line ? "%s:%u: " : "%s: ", file, line);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	errors++;
}

/* -1 when it is no number up to @max. */
static int number(const char *word, long max)
{
	char *end;
	long n = isdigit((unsigned char)*word) ? strtol(word, &end, 0) : -1;

	return n < 0 || *end || n > max ? -1 : (int)n;
}

static void add(struct profile *p, const struct line *line)
{
	if (p->count == TE4XX_WRITES_MAX)
		wrong(p->file, line->number, "more than %u registers are set", TE4XX_WRITES_MAX);
	else
		p->lines[p->count++] = *line;
}

static void read_type(struct profile *p, unsigned int n, char **word)
{
	static const char *const types[] = {
		[TDM_TYPE_E1] = "E1", [TDM_TYPE_T1] = "T1", [TDM_TYPE_J1] = "J1",
	};

	if (p->type >= 0)
		wrong(p->file, n, "the type is said twice");
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(word[1], types[i]))
			p->type = (int)i;
	if (p->type < 0)
		wrong(p->file, n, "'%s' is no type: E1, T1 or J1", word[1]);
}

static void read_lbo(struct profile *p, unsigned int n, char **word)
{
	if (p->lbo >= 0)
		wrong(p->file, n, "the build-out is said twice");
	p->lbo = number(word[1], OPENTDM_LBO_MAX);
	if (p->lbo < 0)
		wrong(p->file, n, "'%s' is no build-out: 0 to %d", word[1], OPENTDM_LBO_MAX);
}

static void read_like(struct profile *p, unsigned int n, char **word)
{
	if (p->like_line)
		wrong(p->file, n, "'like' is said twice");
	if (strlen(word[1]) >= sizeof(p->like))
		wrong(p->file, n, "'%s' is too long for a profile's name", word[1]);
	else
		strcpy(p->like, word[1]);
	p->like_line = n;
}

static void read_set(struct profile *p, unsigned int n, char **word)
{
	int reg = number(word[1], 0xff), value = word[2] ? number(word[2], 0xff) : -1;
	struct line line = { .number = n };
	const char *why;

	if (reg < 0 || value < 0) {
		wrong(p->file, n, "'set' wants a register and a value, 0 to 0xff each");
		return;
	}
	if (te4xx_profile_allowed((u8)reg, (u8)value, &why)) {
		wrong(p->file, n, "register 0x%02x, value 0x%02x: %s", reg, value, why);
		return;
	}
	if (word[3] && strcmp(word[3], "v3.1")) {
		wrong(p->file, n, "'%s' is no condition: v3.1", word[3]);
		return;
	}
	line.write.reg = (u8)reg;
	line.write.value = (u8)value;
	line.write.when = word[3] ? TE4XX_WHEN_V31 : TE4XX_WHEN_ALWAYS;
	add(p, &line);
}

static const struct statement {
	const char *name;
	unsigned int min, max;	/* words, with the name */
	void (*read)(struct profile *p, unsigned int n, char **word);
} statements[] = {
	{ "type", 2, 2, read_type },
	{ "lbo", 2, 2, read_lbo },
	{ "like", 2, 2, read_like },
	{ "set", 3, 4, read_set },
};

static void read_line(struct profile *p, unsigned int n, char *text)
{
	char *word[WORDS + 1] = { NULL }, *save = NULL;
	unsigned int count = 0;

	text[strcspn(text, "#")] = '\0';
	for (char *w = strtok_r(text, " \t\r\n", &save); w && count < WORDS;
	     w = strtok_r(NULL, " \t\r\n", &save))
		word[count++] = w;
	if (!count)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(statements); i++) {
		const struct statement *s = &statements[i];

		if (strcmp(s->name, word[0]))
			continue;
		if (count < s->min || count > s->max)
			wrong(p->file, n, "'%s' wants %u to %u words after it", s->name,
			      s->min - 1, s->max - 1);
		else
			s->read(p, n, word);
		return;
	}
	wrong(p->file, n, "'%s' is none of type, lbo, like, set", word[0]);
}

static void read_file(const char *file)
{
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	size_t len = strcspn(base, ".");
	struct profile *p;
	unsigned int n = 0;
	char *text = NULL;
	size_t room = 0;
	FILE *f;

	if (profile_count == TE4XX_PROFILES_MAX || !len || len >= TE4XX_PROFILE_NAME) {
		wrong(file, 0, "the name is too long, or there are more than %u profiles",
		      TE4XX_PROFILES_MAX);
		return;
	}
	f = fopen(file, "r");
	if (!f) {
		wrong(file, 0, "%s", strerror(errno));
		return;
	}
	p = &profiles[profile_count++];
	*p = (struct profile) { .file = file, .type = -1, .lbo = -1 };
	memcpy(p->name, base, len);
	while (getline(&text, &room, f) >= 0)
		read_line(p, ++n, text);
	if (ferror(f))
		wrong(file, 0, "it cannot be read");
	free(text);
	fclose(f);
	if (p->type < 0 || p->lbo < 0)
		wrong(file, 0, "'type' or 'lbo' is missing");
	if (!p->count && !p->like_line)
		wrong(file, 0, "it sets no register");
}

/* What the profile sets itself takes the place of what the other one sets there, or comes after it. */
static void inherit(struct profile *p, const struct profile *from)
{
	struct profile own = *p;

	memcpy(p->lines, from->lines, sizeof(p->lines));
	p->count = from->count;
	for (unsigned int i = 0; i < own.count; i++) {
		struct line *at = NULL;
		unsigned int hits = 0;

		for (unsigned int j = 0; j < from->count; j++) {
			if (from->lines[j].write.reg == own.lines[i].write.reg) {
				at = &p->lines[j];
				hits++;
			}
		}
		if (hits > 1)
			wrong(p->file, own.lines[i].number, "'%s' sets register 0x%02x %u times",
			      from->name, own.lines[i].write.reg, hits);
		else if (hits)
			*at = own.lines[i];
		else
			add(p, &own.lines[i]);
	}
}

static void resolve(struct profile *p)
{
	struct profile *from = NULL;

	if (!p->like_line)
		return;
	for (unsigned int i = 0; i < profile_count; i++)
		if (!strcmp(profiles[i].name, p->like))
			from = &profiles[i];
	if (!from)
		wrong(p->file, p->like_line, "there is no profile '%s'", p->like);
	else if (from->like_line)
		wrong(p->file, p->like_line, "'%s' is like another one itself", p->like);
	else
		inherit(p, from);
}

/* The reader would refuse it too, but cannot say where. */
static void find_double(const struct profile *p)
{
	for (const struct profile *q = profiles; q < p; q++)
		if (q->type == p->type && q->lbo == p->lbo)
			wrong(p->file, 0, "it is for the same type and build-out as %s", q->file);
}

static void put16(u8 *p, unsigned int v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
}

static void put32(u8 *p, u32 v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

static size_t make_image(void)
{
	u8 *at = image + TE4XX_PROFILE_HEADER;

	memcpy(image, TE4XX_PROFILE_MAGIC, sizeof(TE4XX_PROFILE_MAGIC));
	put16(image + 8, TE4XX_PROFILE_VERSION);
	put16(image + 10, profile_count);
	for (unsigned int i = 0; i < profile_count; i++) {
		const struct profile *p = &profiles[i];

		memcpy(at, p->name, TE4XX_PROFILE_NAME);
		at[16] = (u8)p->type;
		at[17] = (u8)p->lbo;
		at[18] = (u8)p->count;
		at[19] = 0;
		at += TE4XX_PROFILE_RECORD;
		for (unsigned int j = 0; j < p->count; j++, at += TE4XX_PROFILE_WRITE) {
			at[0] = p->lines[j].write.reg;
			at[1] = p->lines[j].write.value;
			at[2] = p->lines[j].write.when;
		}
	}
	put32(image + 12, (u32)(at - image) + TE4XX_PROFILE_CRC);
	put32(at, te4xx_profile_crc(image, (size_t)(at - image)));
	return (size_t)(at - image) + TE4XX_PROFILE_CRC;
}

static void write_table(FILE *f, size_t len)
{
	fputs("// SPDX-License-Identifier: GPL-2.0-only\n"
	      "/* The image of firmware/, written by \"make line-profiles\"; do not edit. */\n"
	      "#include \"profile.h\"\n\n"
	      "const u8 te4xx_profile_default[] = {", f);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%s0x%02x,", i % 12 ? " " : "\n\t", image[i]);
	fputs("\n};\n\nconst u32 te4xx_profile_default_len = sizeof(te4xx_profile_default);\n", f);
}

static FILE *create(const char *file)
{
	FILE *f = fopen(file, "wb");

	if (!f)
		wrong(file, 0, "%s", strerror(errno));
	return f;
}

static void finish(const char *file, FILE *f)
{
	bool failed = ferror(f);

	if (fclose(f) || failed)
		wrong(file, 0, "it could not be written");
}

int main(int argc, char **argv)
{
	const char *why;
	size_t len;
	FILE *f;

	if (argc < 4) {
		fprintf(stderr, "usage: lineprof IMAGE TABLE.c NAME.txt...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		read_file(argv[i]);
	for (unsigned int i = 0; i < profile_count; i++)
		resolve(&profiles[i]);
	for (unsigned int i = 0; i < profile_count; i++)
		find_double(&profiles[i]);
	if (errors)
		return 1;
	len = make_image();
	if (te4xx_profile_check(image, len, &why)) {
		wrong(argv[1], 0, "%s", why);
		return 1;
	}
	f = create(argv[1]);
	if (f) {
		fwrite(image, 1, len, f);
		finish(argv[1], f);
	}
	f = create(argv[2]);
	if (f) {
		write_table(f, len);
		finish(argv[2], f);
	}
	return errors ? 1 : 0;
}

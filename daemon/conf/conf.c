// SPDX-License-Identifier: GPL-2.0-or-later
/* From sections to a struct conf, and back; see conf.h. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"

static const struct conf_key *key_find(const struct conf_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

static void presets(const struct conf_key *keys, void *base)
{
	char why[64];

	for (; keys->name; keys++)
		if (keys->preset)
			conf_value_read(keys, base, keys->preset, why, sizeof(why));
}

/* All entries of one section into the structure at @base, whose presets already stand there. */
static void section_read(const struct ini_section *sec, const struct conf_key *keys, void *base,
			 struct conf_errors *errs)
{
	const struct conf_key *k;
	const struct ini_entry *e, *before;
	char why[512];

	for (e = sec->entries; e; e = e->next) {
		k = key_find(keys, e->key);
		if (!k) {
			conf_err(errs, e->line, "a section [%s] has no key '%s'", sec->kind,
				 e->key);
			continue;
		}
		for (before = sec->entries; before != e; before = before->next)
			if (!strcmp(before->key, e->key))
				break;
		if (before != e)
			conf_err(errs, e->line, "'%s' already stands in line %d", e->key,
				 before->line);
		else if (conf_value_read(k, base, e->value, why, sizeof(why)))
			conf_err(errs, e->line, "%s", why);
	}
	for (k = keys; k->name; k++) {
		if (!k->required)
			continue;
		for (e = sec->entries; e && strcmp(e->key, k->name); e = e->next)
			;
		if (!e)
			conf_err(errs, sec->line, "[%s%s%s] lacks '%s'", sec->kind,
				 *sec->name ? " " : "", sec->name, k->name);
	}
}

static int name_read(const struct ini_section *sec, char *name, struct conf_errors *errs)
{
	const struct conf_key k = { .name = "name", .type = KEY_NAME, .max = CONF_NAME_MAX };
	char why[256];

	if (!conf_value_read(&k, name, sec->name, why, sizeof(why)))
		return 0;
	conf_err(errs, sec->line, "[%s NAME] needs a name of at most %d letters, digits, '-', '_'",
		 sec->kind, CONF_NAME_MAX);
	return -EINVAL;
}

/* A growing array; the new last element is zeroed. */
static void *grow(void *array, int *count, size_t size)
{
	char *p = realloc(array, (size_t)(*count + 1) * size);

	if (p)
		memset(p + (size_t)(*count)++ * size, 0, size);
	return p;
}

static int group_read(struct conf *c, const struct ini_section *sec, struct conf_errors *errs)
{
	struct conf_group *g = grow(c->groups, &c->ngroups, sizeof(*g));

	if (!g)
		return -ENOMEM;
	c->groups = g;
	g += c->ngroups - 1;
	g->line_no = sec->line;
	presets(conf_keys_group, g);
	name_read(sec, g->name, errs);
	section_read(sec, conf_keys_group, g, errs);
	return 0;
}

static int route_read(struct conf *c, const struct ini_section *sec, struct conf_errors *errs)
{
	const struct conf_key k = { .name = "match", .type = KEY_DIGITS, .max = CONF_NUMBER_MAX };
	struct conf_route *r = grow(c->routes, &c->nroutes, sizeof(*r));
	char why[256], match[INI_LINE_MAX + 1];
	size_t len;

	if (!r)
		return -ENOMEM;
	c->routes = r;
	r += c->nroutes - 1;
	r->line_no = sec->line;
	r->action = CONF_ACTION_NONE;
	presets(conf_keys_route, r);
	strcpy(match, sec->name);
	len = strlen(match);
	if (!len)
		conf_err(errs, sec->line, "[route NUMBER] needs a number, or a prefix and '*'");
	if (len && match[len - 1] == '*') {
		r->prefix = 1;
		match[len - 1] = '\0';
	}
	if (conf_value_read(&k, r->match, match, why, sizeof(why)))
		conf_err(errs, sec->line,
			 "a route matches digits, or digits and '*', unlike '%.70s'", sec->name);
	section_read(sec, conf_keys_route, r, errs);
	return 0;
}

static int user_read(struct conf *c, const struct ini_section *sec, struct conf_errors *errs)
{
	struct conf_user *u = grow(c->users, &c->nusers, sizeof(*u));

	if (!u)
		return -ENOMEM;
	c->users = u;
	u += c->nusers - 1;
	u->line_no = sec->line;
	presets(conf_keys_user, u);
	name_read(sec, u->name, errs);
	section_read(sec, conf_keys_user, u, errs);
	return 0;
}

static int music_read(struct conf *c, const struct ini_section *sec, struct conf_errors *errs)
{
	struct conf_music *m = grow(c->music, &c->nmusic, sizeof(*m));

	if (!m)
		return -ENOMEM;
	c->music = m;
	m += c->nmusic - 1;
	m->line_no = sec->line;
	presets(conf_keys_music, m);
	name_read(sec, m->name, errs);
	section_read(sec, conf_keys_music, m, errs);
	return 0;
}

/* [daemon], [api] and the like stand once, without a name. */
static void single_read(struct conf *c, const struct ini_section *first,
			const struct ini_section *sec, struct conf_errors *errs)
{
	const struct conf_kind *kind;
	const struct ini_section *s;

	for (kind = conf_kinds_single; kind->kind && strcmp(kind->kind, sec->kind); kind++)
		;
	if (!kind->kind) {
		conf_err(errs, sec->line, "there is no kind of section '%.40s'", sec->kind);
		return;
	}
	if (*sec->name)
		conf_err(errs, sec->line, "[%s] takes no name", sec->kind);
	for (s = first; s != sec; s = s->next)
		if (!strcmp(s->kind, sec->kind)) {
			conf_err(errs, sec->line, "[%s] already stands in line %d", sec->kind,
				 s->line);
			return;
		}
	section_read(sec, kind->keys, c, errs);
}

static int sections_read(struct conf *c, const struct ini_section *first, struct conf_errors *errs)
{
	const struct ini_section *sec;
	int ret = 0;

	for (sec = first; sec && !ret; sec = sec->next) {
		if (!strcmp(sec->kind, "group"))
			ret = group_read(c, sec, errs);
		else if (!strcmp(sec->kind, "route"))
			ret = route_read(c, sec, errs);
		else if (!strcmp(sec->kind, "user"))
			ret = user_read(c, sec, errs);
		else if (!strcmp(sec->kind, "music"))
			ret = music_read(c, sec, errs);
		else
			single_read(c, first, sec, errs);
	}
	return ret;
}

int conf_parse(const char *text, size_t len, struct conf **out, struct conf_errors *errs)
{
	struct conf *c = calloc(1, sizeof(*c));
	const struct conf_kind *kind;
	struct ini_section *first = NULL;
	int ret;

	*out = NULL;
	if (!c)
		return -ENOMEM;
	c->refs = 1;
	for (kind = conf_kinds_single; kind->kind; kind++)
		presets(kind->keys, c);
	ret = ini_parse(text, len, &first, errs);
	if (!ret)
		ret = sections_read(c, first, errs);
	ini_free(first);
	if (!ret)
		conf_cross_check(c, errs);
	if (!ret && errs->nomem)
		ret = -ENOMEM;
	if (!ret && errs->count)
		ret = -EINVAL;
	if (ret)
		conf_put(c);
	else
		*out = c;
	return ret;
}

static int file_read(const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 0;
	char *p;
	ssize_t n;
	int ret = 0;

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	do {
		if (*len == room) {
			room = room ? room * 2 : 8192;
			p = realloc(*text, room);
			if (!p) {
				ret = -ENOMEM;
				break;
			}
			*text = p;
		}
		n = read(fd, *text + *len, room - *len);
		if (n < 0)
			ret = -errno;
		else
			*len += (size_t)n;
	} while (n > 0 && *len <= INI_TEXT_MAX);
	close(fd);
	return ret;
}

int conf_load(const char *path, struct conf **out, struct conf_errors *errs)
{
	size_t len;
	char *text;
	int ret = file_read(path, &text, &len);

	*out = NULL;
	if (ret)
		conf_err(errs, 0, "it cannot be read: %s", strerror(-ret));
	else
		ret = conf_parse(text, len, out, errs);
	free(text);
	return ret;
}

int conf_check(const char *path, int print, FILE *out, FILE *err)
{
	struct conf_errors errs = { 0 };
	const struct conf_error *e;
	struct conf *c;
	int ret = conf_load(path, &c, &errs);

	for (e = errs.first; e; e = e->next)
		fprintf(err, "%s:%d: %s\n", path, e->line, e->text);
	if (ret == -ENOMEM)
		fprintf(err, "%s: not enough memory\n", path);
	if (!ret && print)
		conf_print(c, out);
	conf_errors_free(&errs);
	if (c)
		conf_put(c);
	return ret;
}

/* @sparse: leave out what says the same as its absence. */
static void keys_print(const struct conf_key *k, const void *base, int sparse, FILE *out)
{
	char *now, *then;
	size_t len;
	FILE *f;
	int same;

	for (; k->name; k++) {
		if (conf_value_empty(k, base))
			continue;
		now = NULL;
		f = open_memstream(&now, &len);
		if (!f)
			continue;
		conf_value_print(k, base, f);
		fclose(f);
		then = (char *)(uintptr_t)(k->preset ? k->preset : "");
		same = sparse && !k->required && now && !strcmp(now, then);
		if (!same && now)
			fprintf(out, "%s = %s\n", k->name, now);
		free(now);
	}
	fputc('\n', out);
}

void conf_print(const struct conf *c, FILE *out)
{
	const struct conf_kind *kind;
	int i;

	for (kind = conf_kinds_single; kind->kind; kind++) {
		fprintf(out, "[%s]\n", kind->kind);
		keys_print(kind->keys, c, 0, out);
	}
	for (i = 0; i < c->nusers; i++) {
		fprintf(out, "[user %s]\n", c->users[i].name);
		keys_print(conf_keys_user, &c->users[i], 0, out);
	}
	for (i = 0; i < c->nmusic; i++) {
		fprintf(out, "[music %s]\n", c->music[i].name);
		keys_print(conf_keys_music, &c->music[i], 0, out);
	}
	for (i = 0; i < c->ngroups; i++) {
		fprintf(out, "[group %s]\n", c->groups[i].name);
		keys_print(conf_keys_group, &c->groups[i], 0, out);
	}
	for (i = 0; i < c->nroutes; i++) {
		fprintf(out, "[route %s%s]\n", c->routes[i].match, c->routes[i].prefix ? "*" : "");
		keys_print(conf_keys_route, &c->routes[i], 1, out);
	}
}

struct conf *conf_get(struct conf *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void conf_put(struct conf *c)
{
	if (__atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free(c->groups);
	free(c->routes);
	free(c->users);
	free(c->music);
	free(c);
}

const struct conf_music *conf_music_find(const struct conf *c, const char *name)
{
	for (int i = 0; i < c->nmusic; i++)
		if (!strcmp(c->music[i].name, name))
			return &c->music[i];
	return NULL;
}

const struct conf_group *conf_group_find(const struct conf *c, const char *name)
{
	int i;

	for (i = 0; i < c->ngroups; i++)
		if (!strcmp(c->groups[i].name, name))
			return &c->groups[i];
	return NULL;
}

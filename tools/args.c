// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: GROUP VERB ARGUMENT... with options anywhere behind the verb. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

int ctl_usage(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->e.text, sizeof(c->e.text), fmt, ap);
	va_end(ap);
	c->e.err = -EINVAL;
	return CTL_USAGE;
}

const struct ctl_cmd *ctl_find(const char *group, const char *verb)
{
	for (size_t i = 0; i < ctl_cmd_count; i++)
		if (!strcmp(ctl_cmds[i].group, group) && !strcmp(ctl_cmds[i].verb, verb))
			return &ctl_cmds[i];
	return NULL;
}

bool ctl_group_exists(const char *group)
{
	for (size_t i = 0; i < ctl_cmd_count; i++)
		if (!strcmp(ctl_cmds[i].group, group))
			return true;
	return false;
}

const char *ctl_opt(const struct ctl *c, const char *name)
{
	for (int i = 0; c->cmd->opts && c->cmd->opts[i].name; i++)
		if (!strcmp(c->cmd->opts[i].name, name))
			return c->opt[i];
	return NULL;
}

int ctl_number(struct ctl *c, const char *what, const char *word, long long min, long long max,
	       long long *out)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(word, &end, 10);
	if (end == word || *end || errno || n < min || n > max)
		return ctl_usage(c, "%s: '%.40s' is not a number from %lld to %lld", what, word,
				 min, max);
	*out = n;
	return 0;
}

int ctl_opt_number(struct ctl *c, const char *name, long long min, long long max, long long *out)
{
	const char *word = ctl_opt(c, name);

	return word ? ctl_number(c, name, word, min, max, out) : 0;
}

/* --name, --name=value or --name value; *used says how many words it took. */
static int take_option(struct ctl *c, int argc, char *const *argv, int *used)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct ctl_opt *o = c->cmd->opts;

	*used = 1;
	if (c->cmd->json && len == 4 && !strncmp(name, "json", 4)) {
		if (equals)
			return ctl_usage(c, "--json takes no value");
		c->json = true;
		return 0;
	}
	for (int i = 0; o && o[i].name; i++) {
		if (strlen(o[i].name) != len || strncmp(o[i].name, name, len))
			continue;
		if (c->opt[i])
			return ctl_usage(c, "--%s is given twice", o[i].name);
		if (!o[i].value && equals)
			return ctl_usage(c, "--%s takes no value", o[i].name);
		if (o[i].value && !equals && argc < 2)
			return ctl_usage(c, "--%s wants %s", o[i].name, o[i].value);
		if (o[i].value && !equals)
			*used = 2;
		c->opt[i] = !o[i].value ? "" : equals ? equals + 1 : argv[1];
		return 0;
	}
	return ctl_usage(c, "there is no option '%.40s'", argv[0]);
}

int ctl_parse(struct ctl *c, int argc, char *const *argv)
{
	bool options = true;

	for (int i = 0; i < argc;) {
		int used = 1, ret = 0;

		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && !strncmp(argv[i], "--", 2))
			ret = take_option(c, argc - i, argv + i, &used);
		else if (c->n == c->cmd->most)
			ret = ctl_usage(c, "'%.60s' is one argument too many", argv[i]);
		else
			c->arg[c->n++] = argv[i];
		if (ret)
			return ret;
		i += used;
	}
	if (c->n < c->cmd->least)
		return ctl_usage(c, "it wants %s", c->cmd->args);
	return 0;
}

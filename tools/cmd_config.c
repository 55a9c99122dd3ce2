// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl config: check, show, apply. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "spansconf.h"

struct told {
	const char *file;
};

static void tell(void *arg, int line, const char *sentence)
{
	const struct told *t = arg;

	if (line)
		fprintf(stderr, "%s:%d: %s\n", t->file, line, sentence);
	else
		fprintf(stderr, "%s: %s\n", t->file, sentence);
}

static int read_all(struct ctl *c, const char *file, char **text, size_t *len)
{
	bool named = strcmp(file, "-") != 0;
	FILE *f = named ? fopen(file, "re") : stdin;
	char *buf = f ? malloc(SPANS_TEXT_MAX + 1) : NULL;
	int ret = 0;

	if (!f)
		return tdm_error_set(&c->e, -errno, "%s: %s", file, strerror(errno));
	if (!buf) {
		ret = tdm_error_set(&c->e, -ENOMEM, "out of memory");
		goto close;
	}
	*len = fread(buf, 1, SPANS_TEXT_MAX + 1, f);
	if (ferror(f)) {
		ret = tdm_error_set(&c->e, -EIO, "%s: cannot be read", file);
		free(buf);
		goto close;
	}
	*text = buf;
close:
	if (named)
		fclose(f);
	return ret;
}

static int load(struct ctl *c, struct spans_conf *conf)
{
	struct told told = { c->n ? c->arg[0] : SPANS_CONF_PATH };
	size_t len = 0;
	char *text = NULL;
	int ret;

	ret = read_all(c, told.file, &text, &len);
	if (ret)
		return ret;
	ret = spans_parse(text, len, conf, tell, &told);
	free(text);
	if (!ret)
		return 0;
	spans_free(conf);
	if (ret < 0)
		return tdm_error_set(&c->e, ret, "out of memory");
	return tdm_error_set(&c->e, -EINVAL, "%d mistake%s in %s; nothing was changed", ret,
			     ret == 1 ? "" : "s", told.file);
}

int cmd_config_check(struct ctl *c)
{
	struct spans_conf conf;
	int ret = load(c, &conf);

	if (!ret)
		spans_free(&conf);
	return ret;
}

int cmd_config_show(struct ctl *c)
{
	struct spans_conf conf;
	int ret;

	if (c->n)
		ret = load(c, &conf);
	else
		ret = ctl_nl(c) ?: spans_read_live(c->nl, &conf, &c->e);
	if (ret)
		return ret;
	spans_print(&conf, c->out);
	spans_free(&conf);
	return 0;
}

int cmd_config_apply(struct ctl *c)
{
	struct spans_conf conf;
	int line = 0, ret;

	ret = load(c, &conf);
	if (ret)
		return ret;
	ret = ctl_nl(c);
	if (!ret) {
		ret = spans_apply(c->nl, &conf, ctl_opt(c, "dry-run"), c->out, &line, &c->e);
		if (!ret)
			fputs("nothing to change\n", c->out);
	}
	spans_free(&conf);
	if (ret < 0 && line) {
		char text[TDM_TEXT_MAX];

		snprintf(text, sizeof(text), "%.200s", c->e.text);
		tdm_error_set(&c->e, ret, "%s:%d: %s", c->n ? c->arg[0] : SPANS_CONF_PATH, line,
			      text);
	}
	return ret < 0 ? ret : 0;
}

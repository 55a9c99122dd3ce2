// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl connect: add, del, list. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cmds.h"

static const struct out_col cols[] = {
	{ "id", false }, { "a", false }, { "b", false }, { "both", false }, { "bearer", false },
	{ "admin", false }, { "slips", false }, { NULL, false },
};

int cmd_connect_list(struct ctl *c)
{
	struct tdm_connect_info *list = NULL;
	struct out *o;
	int n = ctl_nl(c);

	if (n)
		return n;
	n = tdm_nl_connects(c->nl, &list, &c->e);
	if (n < 0)
		return n;
	o = out_new(cols);
	for (int i = 0; i < n; i++) {
		char text[64];

		out_num(o, list[i].id);
		tdm_addr_format(&list[i].a, text, sizeof(text));
		out_str(o, text);
		tdm_addr_format(&list[i].b, text, sizeof(text));
		out_str(o, text);
		out_bool(o, list[i].both);
		out_str(o, tdm_bearer_name(list[i].bearer));
		out_bool(o, list[i].admin);
		out_num(o, (long long)list[i].slips);
	}
	out_print(o, c->json, c->out);
	out_free(o);
	tdm_free(list);
	return 0;
}

static int parse_bearer(struct ctl *c, uint32_t *out)
{
	const char *word = ctl_opt(c, "bearer");

	*out = TDM_BEARER_SPEECH;
	if (!word)
		return 0;
	for (uint32_t i = TDM_BEARER_SPEECH; i <= TDM_BEARER_56K; i++) {
		if (!strcmp(word, tdm_bearer_name(i))) {
			*out = i;
			return 0;
		}
	}
	return ctl_usage(c, "'%.40s' is no bearer: use one of speech, clear, 56k", word);
}

int cmd_connect_add(struct ctl *c)
{
	uint32_t ida, idb, what, id = 0;
	struct tdm_addr a, b;
	int ret;

	ret = parse_bearer(c, &what) ?:
	      ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &a, &ida) ?:
	      ctl_addr(c, c->arg[1], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &b, &idb);
	if (!ret)
		ret = tdm_nl_connect_add(c->nl, &a, &b, !ctl_opt(c, "one-way"), what, &id, &c->e);
	if (!ret)
		fprintf(c->out, "%u\n", id);
	return ret;
}

static bool same_slot(const struct tdm_addr *a, const struct tdm_addr *b)
{
	return a->port == b->port && a->slots == b->slots && !strcmp(a->card, b->card);
}

/* The administrative cross-connect that has this end. */
static int find_end(struct ctl *c, const struct tdm_addr *end, uint32_t *id)
{
	struct tdm_connect_info *list = NULL;
	int n = tdm_nl_connects(c->nl, &list, &c->e);
	int ret = -ENOENT;

	if (n < 0)
		return n;
	for (int i = 0; i < n && ret; i++) {
		if (!same_slot(&list[i].a, end) && !same_slot(&list[i].b, end))
			continue;
		*id = list[i].id;
		ret = 0;
	}
	tdm_free(list);
	if (ret)
		return tdm_error_set(&c->e, ret,
				     "%s is not cross-connected: see 'tdmctl connect list'",
				     c->arg[0]);
	return 0;
}

/* An id as 'connect list' shows it, or either end. */
int cmd_connect_del(struct ctl *c)
{
	struct tdm_addr addr;
	uint32_t card, id = 0;
	long long n;
	int ret;

	if (isdigit((unsigned char)*c->arg[0])) {
		ret = ctl_number(c, "id", c->arg[0], 1, UINT32_MAX, &n) ?: ctl_nl(c);
		id = ret ? 0 : (uint32_t)n;
	} else {
		ret = ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &card) ?:
		      find_end(c, &addr, &id);
	}
	return ret ?: tdm_nl_connect_del(c->nl, id, &c->e);
}

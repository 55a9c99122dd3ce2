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
	int n = ctl_nl(c) ?: tdm_nl_connects(c->nl, &list, &c->e);

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

static int bearer(struct ctl *c, uint32_t *out)
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

	ret = bearer(c, &what) ?:
	      ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &a, &ida) ?:
	      ctl_addr(c, c->arg[1], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &b, &idb);
	if (!ret)
		ret = tdm_nl_connect_add(c->nl, &a, &b, !ctl_opt(c, "one-way"), what, &id, &c->e);
	if (!ret)
		fprintf(c->out, "%u\n", id);
	return ret;
}

/* An id as 'connect list' shows it, or either end. */
int cmd_connect_del(struct ctl *c)
{
	struct tdm_slot_info slot;
	struct tdm_addr addr;
	uint32_t card;
	long long id = 0;
	int ret;

	if (isdigit((unsigned char)*c->arg[0])) {
		ret = ctl_number(c, "id", c->arg[0], 1, UINT32_MAX, &id) ?: ctl_nl(c);
		return ret ?: tdm_nl_connect_del(c->nl, (uint32_t)id, &c->e);
	}
	ret = ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &card);
	if (!ret)
		ret = tdm_nl_slot(c->nl, card, addr.port, (uint32_t)__builtin_ctz(addr.slots),
				  &slot, &c->e);
	if (ret)
		return ret;
	if (!slot.connect)
		return tdm_error_set(&c->e, -ENOENT,
				     "%s is not cross-connected: see 'tdmctl connect list'",
				     c->arg[0]);
	return tdm_nl_connect_del(c->nl, slot.connect, &c->e);
}

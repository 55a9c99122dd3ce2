// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl card: list, show, clock, reload. */
#include <stdlib.h>
#include <string.h>

#include "cmds.h"

static const struct out_col cols[] = {
	{ "card", false }, { "id", true }, { "model", false }, { "serial", false }, { "key", true },
	{ "ports", false }, { "clock", false }, { "clock_state", true }, { "clock_sources", true },
	{ "clock_prefer", true }, { "clock_restore", true }, { "clock_usable", true },
	{ "clock_changes", true },
	{ "frames", true }, { "ticks", true }, { "late_ticks", false }, { "gaps", false },
	{ "gap_rx", true }, { "gap_tx", true }, { NULL, false },
};

static const char *clock_state(uint32_t state)
{
	static const char *const names[] = {
		[TDM_CLOCK_FREE] = "free",
		[TDM_CLOCK_LOCKED] = "locked",
		[TDM_CLOCK_HOLDOVER] = "holdover",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static void row(struct out *o, const struct tdm_card_info *k)
{
	char text[80] = "";
	size_t n = 0;

	out_str(o, k->name);
	out_num(o, k->id);
	out_str(o, k->model);
	out_str(o, k->serial);
	out_str(o, k->key);
	out_num(o, k->ports);
	if (k->clock_port) {
		snprintf(text, sizeof(text), "port %u", k->clock_port);
		out_str(o, text);
	} else {
		out_str(o, clock_state(k->clock_state));
	}
	out_str(o, clock_state(k->clock_state));
	text[0] = '\0';
	for (uint32_t i = 0; i < k->clock_count && n < sizeof(text) - 4; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", i ? "," : "",
				      k->clock_sources[i]);
	out_str(o, text);
	out_num(o, k->clock_prefer);
	out_num(o, k->clock_restore);
	tdm_slots_format(k->clock_usable, text, sizeof(text));
	out_str(o, text);
	out_num(o, (long long)k->clock_changes);
	out_num(o, (long long)k->rx_frame);
	out_num(o, (long long)k->ticks);
	out_num(o, (long long)k->late_ticks);
	out_num(o, (long long)k->gaps);
	out_num(o, (long long)k->gap_rx);
	out_num(o, (long long)k->gap_tx);
}

int cmd_card_list(struct ctl *c)
{
	struct tdm_card_info *list = NULL;
	struct out *o;
	int n = ctl_nl(c);

	if (n)
		return n;
	n = tdm_nl_cards(c->nl, &list, &c->e);
	if (n < 0)
		return n;
	o = out_new(cols);
	for (int i = 0; i < n; i++)
		row(o, &list[i]);
	out_print(o, c->json, c->out);
	out_free(o);
	tdm_free(list);
	return 0;
}

int cmd_card_show(struct ctl *c)
{
	struct tdm_card_info info;
	struct tdm_addr addr;
	struct out *o;
	uint32_t id;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, &id);
	if (!ret)
		ret = tdm_nl_card_by_id(c->nl, id, &info, &c->e);
	if (ret)
		return ret;
	o = out_new(cols);
	row(o, &info);
	out_print_long(o, c->json, c->out);
	out_free(o);
	return 0;
}

/* "own", or ports in the order of preference: "2,1". */
static int clock_ports(struct ctl *c, const char *word, uint32_t *ports, unsigned int *count)
{
	char copy[80], *save = NULL;

	*count = 0;
	if (!strcmp(word, "own"))
		return 0;
	if (strlen(word) >= sizeof(copy))
		return ctl_usage(c, "'%.40s...' is too long", word);
	strcpy(copy, word);
	for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		long long port;
		int ret = ctl_number(c, "port", p, 1, OPENTDM_PORTS_MAX, &port);

		if (ret)
			return ret;
		if (*count == TDM_CLOCK_MAX)
			return ctl_usage(c, "at most %d clock sources can be given", TDM_CLOCK_MAX);
		ports[(*count)++] = (uint32_t)port;
	}
	return *count ? 0 : ctl_usage(c, "give ports like 1,2, or 'own'");
}

int cmd_card_clock(struct ctl *c)
{
	uint32_t ports[TDM_CLOCK_MAX], id;
	struct tdm_addr addr;
	long long restore = -1, prefer = -1;
	unsigned int count;
	int ret;

	ret = clock_ports(c, c->arg[1], ports, &count) ?:
	      ctl_opt_number(c, "prefer", 0, OPENTDM_PORTS_MAX, &prefer) ?:
	      ctl_opt_number(c, "restore", 0, OPENTDM_RESTORE_MS_MAX, &restore) ?:
	      ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, &id);
	return ret ?: tdm_nl_clock_set(c->nl, id, ports, count, (int)prefer, restore, &c->e);
}

int cmd_card_reload(struct ctl *c)
{
	struct tdm_addr addr;
	uint32_t id;
	int ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, &id);

	return ret ?: tdm_nl_card_reload(c->nl, id, &c->e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl counters: show, intervals, reset. */
#include "cmds.h"

#define COUNT_COLS								\
	{ "es", false }, { "ses", false }, { "sefs", false }, { "uas", false },	\
	{ "css", false }, { "les", false }, { "bes", false }, { "dm", false },	\
	{ "pcv", false }, { "lcv", false }, { NULL, false }

static const struct out_col cols[] = {
	{ "span", false }, { "card", true }, { "port", true }, { "end", false },
	{ "interval", false }, { "elapsed", false }, { "valid", false }, COUNT_COLS
};

static const struct out_col raw_cols[] = {
	{ "span", false }, { "card", true }, { "port", true }, { "lcv", false }, { "crc", false },
	{ "ebit", false }, { "frame", false }, { "slips", false }, { "sef", false },
	{ NULL, false },
};

static void count(struct out *o, const struct tdm_count *n)
{
	out_num(o, n->es);
	out_num(o, n->ses);
	out_num(o, n->sefs);
	out_num(o, n->uas);
	out_num(o, n->css);
	out_num(o, n->les);
	out_num(o, n->bes);
	out_num(o, n->dm);
	out_num(o, n->pcv);
	out_num(o, n->lcv);
}

static void span(struct out *o, const struct tdm_addr *addr)
{
	char text[64];

	tdm_addr_format(addr, text, sizeof(text));
	out_str(o, text);
	out_str(o, addr->card);
	out_num(o, addr->port);
}

static void ends(struct out *o, const struct tdm_addr *addr, const char *interval,
		 unsigned int elapsed, bool valid, const struct tdm_count *near,
		 const struct tdm_count *far)
{
	for (int end = 0; end < (far ? 2 : 1); end++) {
		span(o, addr);
		out_str(o, end ? "far" : "near");
		out_str(o, interval);
		out_num(o, elapsed);
		out_bool(o, valid);
		count(o, end ? far : near);
	}
}

static int show_one(struct ctl *c, struct out *o, struct out *raw, const struct tdm_addr *addr,
		    uint32_t card)
{
	struct tdm_counters now;
	struct tdm_totals sum;
	int ret;

	ret = tdm_nl_counters(c->nl, card, addr->port, &now, &sum, &c->e);
	if (ret)
		return ret;
	ends(o, addr, "current", now.elapsed, now.valid, &now.near, now.has_far ? &now.far : NULL);
	ends(o, addr, "total", sum.intervals * 900, true, &sum.near,
	     sum.has_far ? &sum.far : NULL);
	span(raw, addr);
	out_num(raw, (long long)sum.lcv);
	out_num(raw, (long long)sum.crc);
	out_num(raw, (long long)sum.ebit);
	out_num(raw, (long long)sum.frame);
	out_num(raw, (long long)sum.slips);
	out_num(raw, (long long)sum.sef);
	return 0;
}

int cmd_counters_show(struct ctl *c)
{
	struct out *o = out_new(cols), *raw = out_new(raw_cols);
	struct tdm_span_info *list = NULL;
	struct tdm_addr filter = { 0 };
	uint32_t id;
	int n = 0, ret = 0;

	if (c->n)
		ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_PORT, &filter, &id);
	if (!ret)
		ret = ctl_nl(c);
	if (!ret)
		n = tdm_nl_spans(c->nl, c->n ? &filter : NULL, &list, &c->e);
	if (n < 0)
		ret = n;
	for (int i = 0; !ret && i < n; i++) {
		struct tdm_addr addr = { .port = list[i].port };

		snprintf(addr.card, sizeof(addr.card), "%s", list[i].card_name);
		ret = show_one(c, o, raw, &addr, list[i].card);
	}
	if (!ret)
		out_print(ctl_opt(c, "raw") ? raw : o, c->json, c->out);
	out_free(o);
	out_free(raw);
	tdm_free(list);
	return ret;
}

int cmd_counters_intervals(struct ctl *c)
{
	struct tdm_counters *list = NULL;
	struct tdm_addr addr;
	struct out *o;
	uint32_t id;
	int n;

	n = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, &id);
	if (n)
		return n;
	n = tdm_nl_intervals(c->nl, id, addr.port, &list, &c->e);
	if (n < 0)
		return n;
	o = out_new(cols);
	for (int i = 0; i < n; i++) {
		char interval[16];

		snprintf(interval, sizeof(interval), "%u", list[i].interval);
		ends(o, &addr, interval, list[i].elapsed, list[i].valid, &list[i].near,
		     list[i].has_far ? &list[i].far : NULL);
	}
	out_print(o, c->json, c->out);
	out_free(o);
	tdm_free(list);
	return 0;
}

int cmd_counters_reset(struct ctl *c)
{
	struct tdm_addr addr;
	uint32_t id;
	int ret = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, &id);

	return ret ?: tdm_nl_counters_reset(c->nl, id, addr.port, &c->e);
}

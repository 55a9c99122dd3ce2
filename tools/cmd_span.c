// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl span: list, show, set, up, down. */
#include <string.h>

#include "cmds.h"
#include "spansconf.h"

static const struct out_col cols[] = {
	{ "span", false }, { "card", true }, { "port", true }, { "type", false },
	{ "framing", false }, { "line_code", false }, { "signalling", false }, { "state", false },
	{ "alarms", false }, { "defects", false }, { "rai", false }, { "loopback", false },
	{ "lbo", true }, { "law", true }, { "slots", true }, { "taken", false },
	{ "stalled", true }, { "fail_declare", true }, { "fail_clear", true }, { "slips", false },
	{ "gap_rx", true }, { "gap_tx", true }, { "reports_lost", true }, { "events", true },
	{ NULL, false },
};

static void row(struct out *o, const struct tdm_span_info *s)
{
	char text[96];

	snprintf(text, sizeof(text), "%s:%u", s->card_name, s->port);
	out_str(o, text);
	out_str(o, s->card_name);
	out_num(o, s->port);
	out_str(o, tdm_type_name(s->conf.type));
	out_str(o, tdm_framing_name(s->conf.framing));
	out_str(o, tdm_line_code_name(s->conf.line_code));
	out_str(o, tdm_signalling_name(s->conf.signalling));
	out_str(o, tdm_state_name(s->state));
	tdm_alarms_format(s->failures, text, sizeof(text));
	out_str(o, text);
	tdm_alarms_format(s->defects, text, sizeof(text));
	out_str(o, text);
	out_bool(o, s->sending_rai);
	out_str(o, tdm_loopback_name(s->conf.loopback));
	out_num(o, s->conf.lbo);
	out_str(o, s->law == TDM_LAW_ALAW ? "alaw" : "ulaw");
	tdm_slots_format(s->slots, text, sizeof(text));
	out_str(o, text);
	tdm_slots_format(s->slots_taken, text, sizeof(text));
	out_str(o, text);
	out_bool(o, s->stalled);
	out_num(o, s->conf.fail_declare_ms);
	out_num(o, s->conf.fail_clear_ms);
	out_num(o, (long long)s->slips);
	out_num(o, (long long)s->gap_rx);
	out_num(o, (long long)s->gap_tx);
	out_num(o, (long long)s->reports_lost);
	out_num(o, (long long)s->event_seq);
}

int cmd_span_list(struct ctl *c)
{
	struct tdm_span_info *list = NULL;
	struct tdm_addr filter;
	struct out *o;
	uint32_t id;
	int n = 0;

	if (c->n)
		n = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_PORT, &filter, &id);
	if (!n)
		n = ctl_nl(c);
	if (n)
		return n;
	n = tdm_nl_spans(c->nl, c->n ? &filter : NULL, &list, &c->e);
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

int cmd_span_show(struct ctl *c)
{
	struct tdm_span_info info;
	struct tdm_addr addr;
	struct out *o;
	uint32_t id;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, &id);
	if (!ret)
		ret = tdm_nl_span(c->nl, id, addr.port, &info, &c->e);
	if (ret)
		return ret;
	o = out_new(cols);
	row(o, &info);
	out_print_long(o, c->json, c->out);
	out_free(o);
	return 0;
}

/* The keys are those of a [span] section of spans.conf. */
int cmd_span_set(struct ctl *c)
{
	struct spans_span want = { .set = 0 };
	struct tdm_addr addr;
	uint32_t id;
	int ret;

	for (int i = 1; i < c->n; i++) {
		const char *equals = strchr(c->arg[i], '=');
		char key[32];

		if (!equals || (size_t)(equals - c->arg[i]) >= sizeof(key))
			return ctl_usage(c, "'%.60s': write KEY=VALUE", c->arg[i]);
		memcpy(key, c->arg[i], (size_t)(equals - c->arg[i]));
		key[equals - c->arg[i]] = '\0';
		if (spans_span_key(&want, key, equals + 1, &c->e))
			return CTL_USAGE;
	}
	if (want.join.port)
		return ctl_usage(c, "lines between ports are laid by 'tdmctl virt join'");
	ret = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, &id);
	return ret ?: tdm_nl_span_set(c->nl, id, addr.port, want.set, &want.conf, want.state,
				      &c->e);
}

/* CARD:PORT, or every port of CARD. The first refusal ends it. */
static int each_port(struct ctl *c, int (*fn)(struct tdm_nl *nl, uint32_t card, uint32_t port,
					      struct tdm_error *e))
{
	struct tdm_card_info info;
	struct tdm_addr addr;
	uint32_t id;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_PORT, &addr, &id);
	if (ret)
		return ret;
	if (addr.port)
		return fn(c->nl, id, addr.port, &c->e);
	ret = tdm_nl_card_by_id(c->nl, id, &info, &c->e);
	for (uint32_t port = 1; !ret && port <= info.ports; port++)
		ret = fn(c->nl, id, port, &c->e);
	return ret;
}

int cmd_span_up(struct ctl *c)
{
	return each_port(c, tdm_nl_span_up);
}

int cmd_span_down(struct ctl *c)
{
	return each_port(c, tdm_nl_span_down);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* spans.conf: printing. */
#include "spansconf.h"

static void print_virtual(const struct spans_virtual *v, FILE *out)
{
	fprintf(out, "[virtual %s]\n", v->name);
	if (v->ports)
		fprintf(out, "ports = %u\n", v->ports);
	if (v->type >= 0)
		fprintf(out, "type = %s\n", tdm_type_name((unsigned int)v->type));
}

static void print_card(const struct spans_card *c, FILE *out)
{
	fprintf(out, "[card %s]\n", c->name);
	if (c->has_clock && !c->clock_count)
		fputs("clock = own\n", out);
	for (uint32_t i = 0; c->has_clock && i < c->clock_count; i++)
		fprintf(out, "%s%u%s", i ? ", " : "clock = ", c->clock_sources[i],
			i + 1 == c->clock_count ? "\n" : "");
	if (c->clock_prefer >= 0)
		fprintf(out, "clock-prefer = %d\n", c->clock_prefer);
	if (c->clock_restore >= 0)
		fprintf(out, "clock-restore = %lld\n", (long long)c->clock_restore);
}

static void print_span(const struct spans_span *s, FILE *out)
{
	const struct tdm_span_conf *c = &s->conf;

	fprintf(out, "[span %s:%u]\n", s->addr.card, s->addr.port);
	if (s->join.port)
		fprintf(out, "join = %s:%u\n", s->join.card, s->join.port);
	if (s->set & TDM_SET_TYPE)
		fprintf(out, "type = %s\n", tdm_type_name(c->type));
	if (s->set & TDM_SET_FRAMING)
		fprintf(out, "framing = %s\n", tdm_framing_name(c->framing));
	if (s->set & TDM_SET_LINE_CODE)
		fprintf(out, "line-code = %s\n", tdm_line_code_name(c->line_code));
	if (s->set & TDM_SET_SIGNALLING)
		fprintf(out, "signalling = %s\n", tdm_signalling_name(c->signalling));
	if (s->set & TDM_SET_LBO)
		fprintf(out, "lbo = %u\n", c->lbo);
	if (s->set & TDM_SET_LOOPBACK)
		fprintf(out, "loopback = %s\n", tdm_loopback_name(c->loopback));
	if (s->set & TDM_SET_FAIL_DECLARE)
		fprintf(out, "fail-declare = %u\n", c->fail_declare_ms);
	if (s->set & TDM_SET_FAIL_CLEAR)
		fprintf(out, "fail-clear = %u\n", c->fail_clear_ms);
	if (s->set & TDM_SET_STATE)
		fprintf(out, "state = %s\n", tdm_state_name(s->state));
}

void spans_print(const struct spans_conf *conf, FILE *out)
{
	const char *between = "";

	for (size_t i = 0; i < conf->virtual_count; i++, between = "\n") {
		fputs(between, out);
		print_virtual(&conf->virtuals[i], out);
	}
	for (size_t i = 0; i < conf->card_count; i++, between = "\n") {
		fputs(between, out);
		print_card(&conf->cards[i], out);
	}
	for (size_t i = 0; i < conf->span_count; i++, between = "\n") {
		fputs(between, out);
		print_span(&conf->spans[i], out);
	}
}

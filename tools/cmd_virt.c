// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl virt: virtual cards and their fault panel. */
#include <errno.h>
#include <string.h>

#include "cmds.h"

static const struct out_col cols[] = {
	{ "span", false }, { "card", true }, { "port", true }, { "peer", false },
	{ "defects", false }, { "ber", false }, { "ppm", false }, { "refuse", false },
	{ "stall", false }, { "ticks", false }, { NULL, false },
};

static const struct {
	uint32_t bit;
	const char *name;
} ops[] = {
	{ TDM_VIRT_OP_CONFIGURE, "configure" },
	{ TDM_VIRT_OP_START, "start" },
	{ TDM_VIRT_OP_LOOPBACK, "loopback" },
	{ TDM_VIRT_OP_CLOCK, "clock" },
};

#define OPS (sizeof(ops) / sizeof(ops[0]))

static void format_ops(uint32_t mask, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < OPS && n < len; i++)
		if (mask & ops[i].bit)
			n += (size_t)snprintf(buf + n, len - n, "%s%s", n ? "," : "", ops[i].name);
}

static int parse_ops(struct ctl *c, const char *words, uint32_t *mask)
{
	*mask = 0;
	if (!strcmp(words, "none"))
		return 0;
	for (const char *p = words; ; p++) {
		size_t len = strcspn(p, ","), i = 0;

		while (i < OPS && (strlen(ops[i].name) != len || strncmp(ops[i].name, p, len)))
			i++;
		if (i == OPS)
			return ctl_usage(c,
				"'%.*s' is no operation: use configure, start, loopback, clock or none",
					 (int)(len < 40 ? len : 40), p);
		*mask |= ops[i].bit;
		p += len;
		if (!*p)
			return 0;
	}
}

int cmd_virt_list(struct ctl *c)
{
	struct tdm_virt_port *list = NULL;
	struct out *o;
	int n = ctl_nl(c);

	if (n)
		return n;
	n = tdm_virt_list(c->nl, &list, &c->e);
	if (n < 0)
		return n;
	o = out_new(cols);
	for (int i = 0; i < n; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s:%u", list[i].card_name, list[i].port);
		out_str(o, text);
		out_str(o, list[i].card_name);
		out_num(o, list[i].port);
		tdm_addr_format(&list[i].peer, text, sizeof(text));
		out_str(o, text);
		tdm_alarms_format(list[i].defects, text, sizeof(text));
		out_str(o, text);
		out_num(o, list[i].ber);
		out_num(o, list[i].ppm);
		format_ops(list[i].refuse, text, sizeof(text));
		out_str(o, text);
		out_bool(o, list[i].stall);
		out_num(o, (long long)list[i].ticks);
	}
	out_print(o, c->json, c->out);
	out_free(o);
	tdm_free(list);
	return 0;
}

static int word(struct ctl *c, const char *opt, int (*parse)(const char *, struct tdm_error *),
		int *out)
{
	const char *value = ctl_opt(c, opt);

	*out = value ? parse(value, &c->e) : -1;
	return value && *out < 0 ? CTL_USAGE : 0;
}

int cmd_virt_add(struct ctl *c)
{
	struct tdm_virt_new new = { .ports = 1 };
	const char *key = ctl_opt(c, "key");
	struct tdm_card_info info;
	struct tdm_addr addr;
	long long ports = 1;
	uint32_t id = 0;
	int ret;

	ret = ctl_opt_number(c, "ports", 1, OPENTDM_VIRT_PORTS_MAX, &ports) ?:
	      word(c, "type", tdm_type_parse, &new.type) ?:
	      word(c, "framing", tdm_framing_parse, &new.framing) ?:
	      word(c, "line-code", tdm_line_code_parse, &new.line_code) ?:
	      word(c, "signalling", tdm_signalling_parse, &new.signalling);
	if (ret)
		return ret;
	if (c->n && tdm_addr_parse(c->arg[0], TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, &c->e))
		return CTL_USAGE;
	if (c->n)
		memcpy(new.name, addr.card, sizeof(new.name));
	if (key && strlen(key) >= sizeof(new.key))
		return ctl_usage(c, "a key has at most %zu characters", sizeof(new.key) - 1);
	if (key)
		strcpy(new.key, key);
	new.ports = (uint32_t)ports;
	ret = ctl_nl(c) ?: tdm_virt_new(c->nl, &new, &id, &c->e) ?:
	      tdm_nl_card_by_id(c->nl, id, &info, &c->e);
	if (!ret)
		fprintf(c->out, "%s\n", info.name);
	return ret;
}

int cmd_virt_del(struct ctl *c)
{
	struct tdm_addr addr;
	uint32_t id;
	int ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_CARD, &addr, &id);

	return ret ?: tdm_virt_del(c->nl, id, &c->e);
}

int cmd_virt_join(struct ctl *c)
{
	struct tdm_addr a, b;
	uint32_t ida, idb;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &a, &ida) ?:
	      ctl_addr(c, c->arg[1], TDM_ADDR_PORT, TDM_ADDR_PORT, &b, &idb);
	return ret ?: tdm_virt_join(c->nl, &a, &b, &c->e);
}

int cmd_virt_unjoin(struct ctl *c)
{
	struct tdm_addr addr;
	uint32_t id;
	int ret = ctl_addr(c, c->arg[0], TDM_ADDR_PORT, TDM_ADDR_PORT, &addr, &id);

	return ret ?: tdm_virt_unjoin(c->nl, &addr, &c->e);
}

/* A fault that is a number: where it goes, and its limits. */
static const struct fault_number {
	const char *key;
	uint32_t bit;
	size_t at;
	long long min, max;
	bool port;
} numbers[] = {
#define AT(field) offsetof(struct tdm_fault, field)
	{ "ber", TDM_FAULT_BER, AT(ber), 0, OPENTDM_VIRT_RATE_MAX, true },
	{ "crc", TDM_FAULT_CRC, AT(crc), 0, OPENTDM_VIRT_ERRORS_MAX, true },
	{ "lcv", TDM_FAULT_LCV, AT(lcv), 0, OPENTDM_VIRT_ERRORS_MAX, true },
	{ "frame", TDM_FAULT_FRAME, AT(frame), 0, OPENTDM_VIRT_ERRORS_MAX, true },
	{ "ppm", TDM_FAULT_PPM, AT(ppm), OPENTDM_VIRT_PPM_MIN, OPENTDM_VIRT_PPM_MAX, false },
	{ "late", TDM_FAULT_LATE, AT(late), 0, OPENTDM_VIRT_TICKS_MAX, false },
	{ "seconds", TDM_FAULT_SECONDS, AT(seconds), 0, OPENTDM_VIRT_SECONDS_MAX, true },
#undef AT
};

/* 1: it is one; 0: it is not; or CTL_USAGE. *port is set when it needs one. */
static int number_fault(struct ctl *c, struct tdm_fault *f, const char *key, const char *value,
			bool *port)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct fault_number *n = &numbers[i];
		long long v;
		int32_t narrow;

		if (strcmp(n->key, key))
			continue;
		if (ctl_number(c, key, value, n->min, n->max, &v))
			return CTL_USAGE;
		narrow = (int32_t)v;
		memcpy((char *)f + n->at, &narrow, sizeof(narrow));
		f->what |= n->bit;
		*port |= n->port;
		return 1;
	}
	return 0;
}

static int one_fault(struct ctl *c, struct tdm_fault *f, const char *word_, bool *port)
{
	const char *equals = strchr(word_, '=');
	char key[16];
	long long v;
	int ret;

	if (!strcmp(word_, "yank")) {
		f->what |= TDM_FAULT_YANK;
		return 0;
	}
	if (!equals || (size_t)(equals - word_) >= sizeof(key))
		return ctl_usage(c, "'%.40s' is no fault: write KEY=VALUE, or yank", word_);
	memcpy(key, word_, (size_t)(equals - word_));
	key[equals - word_] = '\0';

	ret = number_fault(c, f, key, equals + 1, port);
	if (ret)
		return ret < 0 ? ret : 0;
	if (!strcmp(key, "defects")) {
		f->what |= TDM_FAULT_DEFECTS;
		*port = true;
		return tdm_alarms_parse(equals + 1, &f->defects, &c->e) ? CTL_USAGE : 0;
	}
	if (!strcmp(key, "refuse")) {
		f->what |= TDM_FAULT_REFUSE;
		*port = true;
		return parse_ops(c, equals + 1, &f->refuse);
	}
	if (!strcmp(key, "stall")) {
		if (ctl_number(c, key, equals + 1, 0, 1, &v))
			return CTL_USAGE;
		f->what |= TDM_FAULT_STALL;
		f->stall = v;
		return 0;
	}
	return ctl_usage(c, "there is no fault '%s': see 'tdmctl virt fault --help'", key);
}

int cmd_virt_fault(struct ctl *c)
{
	struct tdm_fault fault = { 0 };
	struct tdm_addr addr;
	bool port = false;
	uint32_t id;
	int ret = 0;

	for (int i = 1; !ret && i < c->n; i++)
		ret = one_fault(c, &fault, c->arg[i], &port);
	if (!ret)
		ret = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_PORT, &addr, &id);
	if (ret)
		return ret;
	if (port && !addr.port)
		return ctl_usage(c, "this fault is a port's: write %s:PORT", addr.card);
	return tdm_virt_fault(c->nl, &addr, &fault, &c->e);
}

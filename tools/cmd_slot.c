// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl slot: list, show, cas; slot read and write are in slotio.c. */
#include "cmds.h"

static const struct out_col cols[] = {
	{ "address", false }, { "card", true }, { "port", true }, { "slot", true },
	{ "owner", false }, { "bearer", false }, { "mode", false }, { "taps", false },
	{ "connect", true }, { "peer", false }, { "idle", true }, { "cas_rx", false },
	{ "cas_tx", false },
	{ NULL, false },
};

static void cas(struct out *o, bool has, uint32_t abcd)
{
	char text[5] = "";

	for (int i = 0; has && i < 4; i++)
		text[i] = abcd & (8U >> i) ? '1' : '0';
	out_str(o, text);
}

static void row(struct out *o, const struct tdm_slot_info *s)
{
	char text[64];

	snprintf(text, sizeof(text), "%s:%u:%u", s->card_name, s->port, s->slot);
	out_str(o, text);
	out_str(o, s->card_name);
	out_num(o, s->port);
	out_num(o, s->slot);
	out_str(o, s->owner);
	out_str(o, *s->owner ? tdm_bearer_name(s->bearer) : NULL);
	out_str(o, *s->owner ? tdm_mode_name(s->mode) : NULL);
	out_num(o, s->taps);
	if (s->connect)
		out_num(o, s->connect);
	else
		out_str(o, NULL);
	tdm_addr_format(&s->peer, text, sizeof(text));
	out_str(o, text);
	out_num(o, s->idle);
	cas(o, s->has_cas, s->cas_rx);
	cas(o, s->has_cas, s->cas_tx);
}

/* The word names a card, a port, or slots of a port. */
int cmd_slot_list(struct ctl *c)
{
	struct tdm_slot_info *list = NULL;
	struct tdm_addr filter = { 0 };
	struct out *o;
	uint32_t id;
	int n = 0;

	if (c->n)
		n = ctl_addr(c, c->arg[0], TDM_ADDR_CARD, TDM_ADDR_SLOTS, &filter, &id);
	if (!n)
		n = ctl_nl(c);
	if (n)
		return n;
	n = tdm_nl_slots(c->nl, c->n ? &filter : NULL, &list, &c->e);
	if (n < 0)
		return n;
	o = out_new(cols);
	for (int i = 0; i < n; i++)
		if (!filter.slots || (list[i].slot < TDM_SLOTS_MAX &&
				      (filter.slots & (1U << list[i].slot))))
			row(o, &list[i]);
	out_print(o, c->json, c->out);
	out_free(o);
	tdm_free(list);
	return 0;
}

int cmd_slot_show(struct ctl *c)
{
	struct tdm_slot_info info;
	struct tdm_addr addr;
	struct out *o;
	uint32_t id;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &id);
	if (!ret)
		ret = tdm_nl_slot(c->nl, id, addr.port, (uint32_t)__builtin_ctz(addr.slots), &info,
				  &c->e);
	if (ret)
		return ret;
	o = out_new(cols);
	row(o, &info);
	out_print_long(o, c->json, c->out);
	out_free(o);
	return 0;
}

/* ABCD as four binary digits, A first. */
int cmd_slot_cas(struct ctl *c)
{
	const char *word = c->arg[1];
	struct tdm_addr addr;
	uint32_t id, abcd = 0;
	int i, ret;

	for (i = 0; i < 4 && (word[i] == '0' || word[i] == '1'); i++)
		abcd = abcd << 1 | (uint32_t)(word[i] - '0');
	if (i < 4 || word[4])
		return ctl_usage(c, "'%.40s': write the bits A, B, C, D as four digits, like 1101",
				 word);
	ret = ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOT, &addr, &id);
	return ret ?: tdm_nl_slot_cas(c->nl, id, addr.port, (uint32_t)__builtin_ctz(addr.slots),
				      abcd, &c->e);
}

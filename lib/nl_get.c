// SPDX-License-Identifier: GPL-2.0-or-later
/* What there is: listings and single objects of the family opentdm. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "nlparse.h"

/* Which object a request is about: zero or empty where it names none. */
struct object {
	const char *name;	/* of the card; used when id is 0 */
	uint32_t id;
	uint32_t port;
	int slot;		/* -1: none */
};

static int put_object(struct nl_msg *msg, const void *arg)
{
	const struct object *o = arg;
	int ret = 0;

	if (o->id)
		ret = nla_put_u32(msg, TDM_A_CARD, o->id);
	else if (o->name && *o->name)
		ret = nla_put_string(msg, TDM_A_CARD_NAME, o->name);
	if (!ret && o->port)
		ret = nla_put_u32(msg, TDM_A_PORT, o->port);
	if (!ret && o->slot >= 0)
		ret = nla_put_u32(msg, TDM_A_SLOT, (uint32_t)o->slot);
	return ret;
}

static int get(struct tdm_nl *nl, int cmd, const struct object *o, const char *what, nl_handler fn,
	       void *out, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_MAIN, cmd, false, &err, e);
	if (!msg)
		return err;
	if (put_object(msg, o)) {
		nlmsg_free(msg);
		return tdm_error_set(e, -ENOMEM, "out of memory");
	}
	return tdm_nl_transact(nl, msg, what, fn, out, e);
}

/* A dump's handler for each kind of object: an element more, filled by its parser. */
#define LIST_HANDLER(kind, type)						\
	static int list_##kind(const struct nlattr *head, int len, void *arg)	\
	{									\
		type *element = tdm_nl_list_add(arg);				\
										\
		return element ? tdm_nlp_##kind(head, len, element) : -ENOMEM;	\
	}									\
	static int one_##kind(const struct nlattr *head, int len, void *arg)	\
	{									\
		return tdm_nlp_##kind(head, len, arg);				\
	}

LIST_HANDLER(card, struct tdm_card_info)
LIST_HANDLER(span, struct tdm_span_info)
LIST_HANDLER(slot, struct tdm_slot_info)

static int list_connect(const struct nlattr *head, int len, void *arg)
{
	struct tdm_connect_info *c = tdm_nl_list_add(arg);

	return c ? tdm_nlp_connect(head, len, c) : -ENOMEM;
}

static int list_counters(const struct nlattr *head, int len, void *arg)
{
	struct tdm_counters *c = tdm_nl_list_add(arg);

	return c ? tdm_nlp_counters(head, len, c) : -ENOMEM;
}

/* Dump, and hand the array to the caller: the number of entries. */
static int listing(struct tdm_nl *nl, int cmd, const char *what, const struct object *o,
		   nl_handler fn, size_t size, void **out, struct tdm_error *e)
{
	struct nl_list list = { .size = size };
	int ret = tdm_nl_dump(nl, NL_MAIN, cmd, what, put_object, o, fn, &list, e);

	if (ret < 0 || !list.count) {
		free(list.data);
		list.data = NULL;
	}
	if (ret < 0)
		return ret;
	*out = list.data;
	return (int)list.count;
}

static struct object filtered(const struct tdm_addr *filter)
{
	struct object o = { .slot = -1 };

	if (filter) {
		o.name = filter->card;
		o.port = filter->port;
	}
	return o;
}

int tdm_nl_cards(struct tdm_nl *nl, struct tdm_card_info **list, struct tdm_error *e)
{
	struct object o = filtered(NULL);
	void *data = NULL;
	int ret = listing(nl, TDM_CMD_CARD_GET, "listing cards", &o, list_card,
			  sizeof(struct tdm_card_info), &data, e);

	if (ret >= 0)
		*list = data;
	return ret;
}

int tdm_nl_spans(struct tdm_nl *nl, const struct tdm_addr *filter, struct tdm_span_info **list,
		 struct tdm_error *e)
{
	struct object o = filtered(filter);
	void *data = NULL;
	int ret = listing(nl, TDM_CMD_SPAN_GET, "listing spans", &o, list_span,
			  sizeof(struct tdm_span_info), &data, e);

	if (ret >= 0)
		*list = data;
	return ret;
}

int tdm_nl_slots(struct tdm_nl *nl, const struct tdm_addr *filter, struct tdm_slot_info **list,
		 struct tdm_error *e)
{
	struct object o = filtered(filter);
	void *data = NULL;
	int ret = listing(nl, TDM_CMD_SLOT_GET, "listing timeslots", &o, list_slot,
			  sizeof(struct tdm_slot_info), &data, e);

	if (ret >= 0)
		*list = data;
	return ret;
}

int tdm_nl_connects(struct tdm_nl *nl, struct tdm_connect_info **list, struct tdm_error *e)
{
	struct object o = filtered(NULL);
	void *data = NULL;
	int ret = listing(nl, TDM_CMD_CONNECT_GET, "listing cross-connects", &o, list_connect,
			  sizeof(struct tdm_connect_info), &data, e);

	if (ret >= 0)
		*list = data;
	return ret;
}

int tdm_nl_intervals(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_counters **list,
		     struct tdm_error *e)
{
	struct object o = { .id = card, .port = port, .slot = -1 };
	void *data = NULL;
	int ret = listing(nl, TDM_CMD_COUNTERS_GET, "reading intervals", &o, list_counters,
			  sizeof(struct tdm_counters), &data, e);

	if (ret >= 0)
		*list = data;
	return ret;
}

void tdm_free(void *list)
{
	free(list);
}

int tdm_nl_card(struct tdm_nl *nl, const char *name, struct tdm_card_info *info,
		struct tdm_error *e)
{
	struct object o = { .name = name, .slot = -1 };

	return get(nl, TDM_CMD_CARD_GET, &o, name, one_card, info, e);
}

int tdm_nl_card_by_id(struct tdm_nl *nl, uint32_t card, struct tdm_card_info *info,
		      struct tdm_error *e)
{
	struct object o = { .id = card, .slot = -1 };

	return get(nl, TDM_CMD_CARD_GET, &o, "reading a card", one_card, info, e);
}

int tdm_nl_span(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_span_info *info,
		struct tdm_error *e)
{
	struct object o = { .id = card, .port = port, .slot = -1 };

	return get(nl, TDM_CMD_SPAN_GET, &o, "reading a span", one_span, info, e);
}

int tdm_nl_slot(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot,
		struct tdm_slot_info *info, struct tdm_error *e)
{
	struct object o = { .id = card, .port = port, .slot = (int)slot };

	return get(nl, TDM_CMD_SLOT_GET, &o, "reading a timeslot", one_slot, info, e);
}

struct current_and_totals {
	struct tdm_counters *current;
	struct tdm_totals *totals;
};

static int both_counters(const struct nlattr *head, int len, void *arg)
{
	struct current_and_totals *c = arg;
	int ret = 0;

	if (c->current)
		ret = tdm_nlp_counters(head, len, c->current);
	if (!ret && c->totals)
		ret = tdm_nlp_totals(head, len, c->totals);
	return ret;
}

int tdm_nl_counters(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_counters *current,
		    struct tdm_totals *totals, struct tdm_error *e)
{
	struct object o = { .id = card, .port = port, .slot = -1 };
	struct current_and_totals c = { current, totals };

	return get(nl, TDM_CMD_COUNTERS_GET, &o, "reading counters", both_counters, &c, e);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": the family itself, refusals, and what all its operations share.
 */
#include <linux/atomic.h>
#include <linux/module.h>
#include <net/net_namespace.h>
#include "nl.h"

const struct tdm_nl_end tdm_nl_self = {
	.card = TDM_A_CARD,
	.card_name = TDM_A_CARD_NAME,
	.port = TDM_A_PORT,
	.slot = TDM_A_SLOT,
	.need_card = "card or card-name is needed to say which card",
	.no_card = "there is no such card",
	.two_cards = "card and card-name name different cards",
	.need_port = "port is needed to say which span",
	.no_port = "the card has no such port",
	.need_slot = "slot is needed to say which slot",
};

const struct tdm_nl_end tdm_nl_peer = {
	.card = TDM_A_PEER_CARD,
	.card_name = TDM_A_PEER_CARD_NAME,
	.port = TDM_A_PEER_PORT,
	.slot = TDM_A_PEER_SLOT,
	.need_card = "peer-card or peer-card-name is needed to say which card",
	.no_card = "there is no such peer card",
	.two_cards = "peer-card and peer-card-name name different cards",
	.need_port = "peer-port is needed to say which span",
	.no_port = "the peer card has no such port",
	.need_slot = "peer-slot is needed to say which slot",
};

int tdm_nl_bad(struct netlink_ext_ack *extack, const struct nlattr *attr, int err,
	       const char *sentence)
{
	if (extack) {
		extack->_msg = sentence;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return err;
}

int tdm_nl_missing(struct netlink_ext_ack *extack, u16 type, const char *sentence)
{
	if (extack) {
		extack->_msg = sentence;
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
	}
	return -EINVAL;
}

/*
 * Sentences made at run time. netlink reads the sentence after the operation has returned, when its
 * stack is gone, and before 6.3 an extack has no room for it. So they live here, and a place is used again
 * after 63 others: only requests that need CAP_NET_ADMIN get such sentences, and should one of them
 * sleep that long between its refusal and its answer, it reads another one's, NUL-terminated like all.
 */
#define TDM_NL_SENTENCES	64

static char tdm_nl_sentences[TDM_NL_SENTENCES][TDM_REASON_LEN];
static atomic_t tdm_nl_sentence = ATOMIC_INIT(0);

void tdm_extack(struct netlink_ext_ack *extack, const char *format, ...)
{
	unsigned int n = (unsigned int)atomic_inc_return(&tdm_nl_sentence) % TDM_NL_SENTENCES;
	va_list args;

	if (!extack)
		return;
	va_start(args, format);
	vscnprintf(tdm_nl_sentences[n], TDM_REASON_LEN, format, args);
	va_end(args);
	extack->_msg = tdm_nl_sentences[n];
}
EXPORT_SYMBOL_GPL(tdm_extack);

struct tdm_card *tdm_nl_card(struct nlattr **attrs, const struct tdm_nl_end *end,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *id = attrs[end->card], *name = attrs[end->card_name];
	char text[TDM_NAME_LEN];
	struct tdm_card *card;

	if (!id && !name) {
		tdm_nl_missing(extack, end->card, end->need_card);
		return ERR_PTR(-EINVAL);
	}
	if (name)
		nla_strscpy(text, name, sizeof(text));
	card = id ? tdm_card_find(nla_get_u32(id)) : tdm_card_find_name(text);
	if (!card) {
		tdm_nl_bad(extack, id ?: name, 0, end->no_card);
		return ERR_PTR(-ENODEV);
	}
	if (id && name && strcmp(tdm_card_name(card), text)) {
		tdm_card_put(card);
		tdm_nl_bad(extack, name, 0, end->two_cards);
		return ERR_PTR(-EINVAL);
	}
	return card;
}

struct tdm_span *tdm_nl_span(struct nlattr **attrs, const struct tdm_nl_end *end,
			     struct netlink_ext_ack *extack)
{
	struct tdm_card *card;
	u32 port;

	/* What is missing is said before what is there is looked up. */
	if (!attrs[end->port] && (attrs[end->card] || attrs[end->card_name])) {
		tdm_nl_missing(extack, end->port, end->need_port);
		return ERR_PTR(-EINVAL);
	}
	card = tdm_nl_card(attrs, end, extack);
	if (IS_ERR(card))
		return ERR_CAST(card);
	port = nla_get_u32(attrs[end->port]);
	if (port > card->ports) {
		tdm_card_put(card);
		tdm_nl_bad(extack, attrs[end->port], 0, end->no_port);
		return ERR_PTR(-EINVAL);
	}
	return tdm_card_span(card, port);
}

int tdm_nl_slot(struct nlattr **attrs, const struct tdm_nl_end *end,
		struct netlink_ext_ack *extack)
{
	if (!attrs[end->slot])
		return tdm_nl_missing(extack, end->slot, end->need_slot);
	return nla_get_u32(attrs[end->slot]);
}

struct sk_buff *tdm_nl_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &tdm_nl_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

int tdm_nl_reply(struct sk_buff *skb, struct genl_info *info, void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* --- dumps ---------------------------------------------------------------------------------------- */

/* Never 0, for netlink takes 0 as "not compared". */
static void tdm_nl_dump_check(struct netlink_callback *cb)
{
	cb->seq = (tdm_registry_generation() + tdm_nl_dump(cb)->epoch) ?: 1;
}

int tdm_nl_dump_begin(struct netlink_callback *cb, const struct nla_policy *policy, int maxattr)
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct nlattr *attrs[TDM_A_MAX + 1] = {};
	struct tdm_card *card;
	int err;

	tdm_nl_dump_check(cb);
	if (dump->begun)
		return 0;
	dump->begun = true;
	dump->port = 1;
	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, attrs, maxattr, policy, cb->extack);
	if (err)
		return err;
	if (attrs[TDM_A_CARD] || attrs[TDM_A_CARD_NAME]) {
		card = tdm_nl_card(attrs, &tdm_nl_self, cb->extack);
		if (IS_ERR(card))
			return PTR_ERR(card);
		if (attrs[TDM_A_PORT])
			dump->only_port = nla_get_u32(attrs[TDM_A_PORT]);
		dump->only = true;
		dump->only_card = tdm_card_id(card);
		dump->card = dump->only_card;
		err = dump->only_port > card->ports ? -EINVAL : 0;
		tdm_card_put(card);
		if (err)
			return tdm_nl_bad(cb->extack, attrs[TDM_A_PORT], err, tdm_nl_self.no_port);
		if (dump->only_port)
			dump->port = dump->only_port;
	} else if (attrs[TDM_A_PORT]) {
		return tdm_nl_missing(cb->extack, TDM_A_CARD, tdm_nl_self.need_card);
	}
	if (attrs[TDM_A_SLOT])
		return tdm_nl_bad(cb->extack, attrs[TDM_A_SLOT], -EINVAL,
				  "a dump is of all slots: leave slot out");
	return 0;
}

void *tdm_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&tdm_nl_family, NLM_F_MULTI, cmd);

	if (hdr) {
		tdm_nl_dump_check(cb);
		genl_dump_check_consistent(cb, hdr);
	}
	return hdr;
}

int tdm_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb, int err)
{
	if (err == -EMSGSIZE && skb->len)
		return skb->len;
	if (err < 0)
		return err;
	/* An empty message ends the dump; netlink compares cb->seq once more for it. */
	tdm_nl_dump(cb)->end = true;
	tdm_nl_dump_check(cb);
	return skb->len;
}

/* The card where the dump is, or the one after it if that is gone; with a reference. NULL: no more. */
static struct tdm_card *tdm_nl_dump_card(struct tdm_nl_dump *dump)
{
	u32 id = dump->card;
	struct tdm_card *card;

	if (dump->end || (dump->only && id != dump->only_card))
		return NULL;
	card = tdm_card_next(&id);
	if (card && dump->only && id != dump->only_card) {
		tdm_card_put(card);
		return NULL;
	}
	if (card && id != dump->card) {
		dump->card = id;
		dump->port = 1;
		dump->at = 0;
	}
	return card;
}

static void tdm_nl_dump_card_done(struct tdm_nl_dump *dump, struct tdm_card *card)
{
	dump->card = tdm_card_id(card) + 1;
	dump->port = 1;
	dump->at = 0;
}

int tdm_nl_each_card(struct sk_buff *skb, struct netlink_callback *cb,
		     int (*fill)(struct sk_buff *skb, struct netlink_callback *cb,
				 struct tdm_card *card))
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct tdm_card *card;
	int err = 0;

	while (!err && (card = tdm_nl_dump_card(dump))) {
		err = fill(skb, cb, card);
		if (!err)
			tdm_nl_dump_card_done(dump, card);
		tdm_card_put(card);
	}
	return err;
}

int tdm_nl_each_span(struct sk_buff *skb, struct netlink_callback *cb,
		     int (*fill)(struct sk_buff *skb, struct netlink_callback *cb,
				 struct tdm_span *span))
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct tdm_card *card;
	int err = 0;

	while (!err && (card = tdm_nl_dump_card(dump))) {
		unsigned int last = dump->only_port ?: card->ports;

		while (!err && dump->port <= last) {
			err = fill(skb, cb, tdm_card_span(card, dump->port));
			if (!err) {
				dump->port++;
				dump->at = 0;
			}
		}
		if (!err)
			tdm_nl_dump_card_done(dump, card);
		tdm_card_put(card);
	}
	return err;
}

/* --- the family ------------------------------------------------------------------------------------ */

static const struct genl_multicast_group tdm_nl_groups[] = {
	[OPENTDM_NLGRP_EVENTS] = { .name = TDM_MCGRP_EVENTS },
};

struct genl_family tdm_nl_family __ro_after_init = {
	.name		= TDM_FAMILY_NAME,
	.version	= TDM_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= opentdm_nl_ops,
	.n_ops		= ARRAY_SIZE(opentdm_nl_ops),
	.mcgrps		= tdm_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(tdm_nl_groups),
};

/* Before the first card may be registered, and after the last one is gone: events need the family. */
int tdm_nl_init(void)
{
	return genl_register_family(&tdm_nl_family);
}

void tdm_nl_exit(void)
{
	genl_unregister_family(&tdm_nl_family);
}

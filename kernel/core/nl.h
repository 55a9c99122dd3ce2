/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of family "opentdm" share.
 *
 *	netlink.c	the family, refusals, who is meant by a request, dumps over all spans
 *	nl_card.c	cards
 *	nl_span.c	spans
 *	nl_slot.c	slots
 *	nl_connect.c	administrative cross-connects
 *	nl_counters.c	counters
 *	nl_event.c	the multicast group
 *	nl_gen.c	policies and the table of operations, made from uapi/opentdm.yaml
 *
 * Everything here runs in process context with nothing held (the family has parallel_ops, so not
 * even genl's mutex). An object is copied out under its own lock by a *_snapshot() function and put
 * into the message afterwards; no lock is held while a message grows.
 */
#ifndef TDM_NL_H
#define TDM_NL_H

#include <net/genetlink.h>
#include <net/netlink.h>
#include "core.h"
#include "nl_gen.h"

extern struct genl_family tdm_nl_family;

/* Which attributes name an end: those of the request itself, or those of the peer. */
struct tdm_nl_end {
	u16 card, card_name, port, slot;
	/* refusals: an attribute is missing, or does not name anything */
	const char *need_card, *no_card, *two_cards, *need_port, *no_port, *need_slot;
};

extern const struct tdm_nl_end tdm_nl_self, tdm_nl_peer;

/*
 * Who is meant. Each returns something that carries a reference on its card, to be put, or an
 * ERR_PTR with the refusal in extack: -EINVAL incomplete or contradictory, -ENODEV no such card.
 */
struct tdm_card *tdm_nl_card(struct nlattr **attrs, const struct tdm_nl_end *end,
			     struct netlink_ext_ack *extack);
struct tdm_span *tdm_nl_span(struct nlattr **attrs, const struct tdm_nl_end *end,
			     struct netlink_ext_ack *extack);
/* -EINVAL with the refusal, or the number. That the span has it is for others to check. */
int tdm_nl_slot(struct nlattr **attrs, const struct tdm_nl_end *end,
		struct netlink_ext_ack *extack);

/*
 * A refusal: blames an attribute of the request, or one that is missing, says why, and returns err. The
 * sentence must live as long as the module; tdm_extack() is for those made at run time.
 */
int tdm_nl_bad(struct netlink_ext_ack *extack, const struct nlattr *attr, int err,
	       const char *sentence);
int tdm_nl_missing(struct netlink_ext_ack *extack, u16 type, const char *sentence);

/* The sentence for what tdm_slot_*() returned; blames @attr. */
void tdm_nl_slot_refused(struct netlink_ext_ack *extack, const struct nlattr *attr, int err);

/* A reply to @info, and its end: sent, or freed if the object did not fit (-EMSGSIZE). */
struct sk_buff *tdm_nl_reply_new(struct genl_info *info, void **hdr);
int tdm_nl_reply(struct sk_buff *skb, struct genl_info *info, void *hdr, int err);

/* Where a dump is. Lives in cb->ctx, zeroed before the first call. */
struct tdm_nl_dump {
	u32 card;		/* id to go on from */
	u32 only_card;		/* filter, if only is set */
	u16 port, only_port;	/* port to go on from; filter, 0 = all */
	u32 at;			/* slot, cross-connect or interval to go on from */
	unsigned int epoch;	/* added to the registry's generation: see tdm_nl_dump_put() */
	bool begun, only, end;
};

static inline struct tdm_nl_dump *tdm_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct tdm_nl_dump) > sizeof(cb->ctx));
	return (struct tdm_nl_dump *)cb->ctx;
}

/*
 * First thing in a dumpit. Before the first message it reads the filter from the request (@policy and
 * @maxattr are those of the operation, which genl has checked already) and refuses a card or port
 * that does not exist. 0 or negative errno.
 */
int tdm_nl_dump_begin(struct netlink_callback *cb, const struct nla_policy *policy, int maxattr);

/*
 * One message of a dump; NULL: no room. With each the dump compares the registry's generation with the
 * one of the message before, so that a card that came or went in between shows as NLM_F_DUMP_INTR.
 */
void *tdm_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);

/* Last thing in a dumpit: what it returns. */
int tdm_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb, int err);

/*
 * Calls @fill for each card, or each span, of the dump until it returns non-zero (-EMSGSIZE: the
 * dump goes on there in the next message).
 */
int tdm_nl_each_card(struct sk_buff *skb, struct netlink_callback *cb,
		     int (*fill)(struct sk_buff *skb, struct netlink_callback *cb,
				 struct tdm_card *card));
int tdm_nl_each_span(struct sk_buff *skb, struct netlink_callback *cb,
		     int (*fill)(struct sk_buff *skb, struct netlink_callback *cb,
				 struct tdm_span *span));

/* Objects, as replies, dumps and events have them. 0 or -EMSGSIZE. */
int tdm_nl_put_card(struct sk_buff *skb, const struct tdm_card_info *info);
int tdm_nl_put_span(struct sk_buff *skb, const struct tdm_span_info *info);

static inline int tdm_nl_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, TDM_A_PAD);
}

#endif /* TDM_NL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": slots.
 */
#include <linux/capability.h>
#include "nl.h"

static int tdm_nl_put_slot_use(struct sk_buff *skb, const struct tdm_slot_info *info)
{
	if (info->owned &&
	    (nla_put_string(skb, TDM_A_OWNER, info->owner) ||
	     nla_put_u32(skb, TDM_A_BEARER, info->bearer) ||
	     nla_put_u32(skb, TDM_A_MODE, info->mode)))
		return -EMSGSIZE;
	if (info->connect && nla_put_u32(skb, TDM_A_CONNECT, info->connect))
		return -EMSGSIZE;
	if (info->connected &&
	    (nla_put_u32(skb, TDM_A_PEER_CARD, info->peer_card) ||
	     nla_put_string(skb, TDM_A_PEER_CARD_NAME, info->peer_card_name) ||
	     nla_put_u32(skb, TDM_A_PEER_PORT, info->peer_port) ||
	     nla_put_u32(skb, TDM_A_PEER_SLOT, info->peer_slot)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, TDM_A_TAPS, info->taps) ||
	    nla_put_u8(skb, TDM_A_IDLE, info->idle))
		return -EMSGSIZE;
	return 0;
}

/* @cas: the span has them, and the requester may see them, for they may be somebody's digits. */
static int tdm_nl_put_slot(struct sk_buff *skb, const struct tdm_span *span,
			   const struct tdm_slot_info *info, bool cas)
{
	if (nla_put_u32(skb, TDM_A_CARD, tdm_card_id(span->card)) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, tdm_card_name(span->card)) ||
	    nla_put_u32(skb, TDM_A_PORT, span->port) ||
	    nla_put_u32(skb, TDM_A_SLOT, info->slot) ||
	    tdm_nl_put_slot_use(skb, info))
		return -EMSGSIZE;
	if (cas && (nla_put_u8(skb, TDM_A_CAS_RX, info->cas_rx) ||
		    nla_put_u8(skb, TDM_A_CAS_TX, info->cas_tx)))
		return -EMSGSIZE;
	return 0;
}

static bool tdm_nl_has_cas(struct tdm_span *span)
{
	struct tdm_span_info info;

	tdm_span_snapshot(span, &info);
	return info.config.signalling == TDM_SIGNALLING_CAS;
}

int opentdm_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_slot_info snapshot;
	struct tdm_span *span;
	struct sk_buff *reply;
	void *hdr;
	int slot, err;
	bool cas;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	err = slot = tdm_nl_slot(info->attrs, &tdm_nl_self, info->extack);
	if (slot < 0)
		goto put;
	err = tdm_slot_snapshot(span, slot, &snapshot);
	if (err) {
		tdm_nl_slot_refused(info->extack, info->attrs[TDM_A_SLOT], err);
		goto put;
	}
	cas = netlink_capable(skb, CAP_NET_ADMIN) && tdm_nl_has_cas(span);
	err = -ENOMEM;
	reply = tdm_nl_reply_new(info, &hdr);
	if (reply)
		err = tdm_nl_reply(reply, info, hdr, tdm_nl_put_slot(reply, span, &snapshot, cas));
put:
	tdm_card_put(span->card);
	return err;
}

/* The slots of one span from dump->at. A slot that is no more when we come to it is passed over. */
static int tdm_nl_dump_slots(struct sk_buff *skb, struct netlink_callback *cb,
			     struct tdm_span *span)
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct tdm_span_info info;
	struct tdm_slot_info slot;
	void *hdr;
	bool cas;

	tdm_span_snapshot(span, &info);
	cas = info.config.signalling == TDM_SIGNALLING_CAS &&
	      netlink_capable(cb->skb, CAP_NET_ADMIN);
	for (; dump->at < TDM_SLOTS_MAX; dump->at++) {
		if (!(info.slots & BIT(dump->at)) || tdm_slot_snapshot(span, dump->at, &slot))
			continue;
		hdr = tdm_nl_dump_put(skb, cb, TDM_CMD_SLOT_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (tdm_nl_put_slot(skb, span, &slot, cas)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int opentdm_nl_slot_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = tdm_nl_dump_begin(cb, opentdm_slot_get_nl_policy,
				    ARRAY_SIZE(opentdm_slot_get_nl_policy) - 1);

	return tdm_nl_dump_end(skb, cb, err ?: tdm_nl_each_span(skb, cb, tdm_nl_dump_slots));
}

void tdm_nl_slot_refused(struct netlink_ext_ack *extack, const struct nlattr *attr, int err)
{
	tdm_nl_bad(extack, attr, err, err == -ENODEV ? "the card has just been removed" :
		   "the span has no such slot as it is configured");
}

/* A refusal of tdm_slot_set(): which attribute it was, and who owns the slot. */
static int tdm_nl_slot_blame(struct genl_info *info, struct tdm_span *span, u32 slot, int err)
{
	struct tdm_slot_info now;

	if (err == -EOPNOTSUPP)
		NL_SET_BAD_ATTR(info->extack, info->attrs[TDM_A_CAS_TX]);
	else
		NL_SET_BAD_ATTR(info->extack, info->attrs[TDM_A_SLOT]);
	/* The owner may be another one by now; then it is that one's name that helps. */
	if (err == -EBUSY && !tdm_slot_snapshot(span, slot, &now)) {
		if (now.owned)
			tdm_extack(info->extack, "the slot is owned by %s", now.owner);
		else if (now.connected)
			tdm_extack(info->extack, "the slot is cross-connected to %s:%u:%u",
				   now.peer_card_name, now.peer_port, now.peer_slot);
	}
	return err;
}

int opentdm_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *idle = info->attrs[TDM_A_IDLE], *cas = info->attrs[TDM_A_CAS_TX];
	struct tdm_span *span;
	int slot, err;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	err = slot = tdm_nl_slot(info->attrs, &tdm_nl_self, info->extack);
	if (slot < 0)
		goto put;
	if (!idle && !cas) {
		err = tdm_nl_missing(info->extack, TDM_A_IDLE, "nothing to change was given");
		goto put;
	}
	err = tdm_slot_set(span, slot, idle ? nla_get_u8(idle) : -1, cas ? nla_get_u8(cas) : -1,
			   info->extack);
	if (err)
		tdm_nl_slot_blame(info, span, slot, err);
put:
	tdm_card_put(span->card);
	return err;
}

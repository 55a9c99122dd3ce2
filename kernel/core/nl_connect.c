// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": cross-connects.
 */
#include "connect.h"
#include "nl.h"

static int tdm_nl_put_end(struct sk_buff *skb, const struct tdm_nl_end *names,
			  const struct tdm_connect_end *end)
{
	struct tdm_card *card = tdm_card_find(end->card);
	int err = 0;

	/* The card may have gone since; its id still says which one it was. */
	if (card) {
		err = nla_put_string(skb, names->card_name, tdm_card_name(card));
		tdm_card_put(card);
	}
	if (err ||
	    nla_put_u32(skb, names->card, end->card) ||
	    nla_put_u32(skb, names->port, end->port) ||
	    nla_put_u32(skb, names->slot, end->slot))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_put_connect(struct sk_buff *skb, const struct tdm_connect_info *info)
{
	if (nla_put_u32(skb, TDM_A_CONNECT, info->id) ||
	    tdm_nl_put_end(skb, &tdm_nl_self, &info->a) ||
	    tdm_nl_put_end(skb, &tdm_nl_peer, &info->b) ||
	    nla_put_u8(skb, TDM_A_BOTH, !!(info->flags & TDM_CONNECT_BOTH)) ||
	    nla_put_u32(skb, TDM_A_BEARER, info->bearer) ||
	    nla_put_u8(skb, TDM_A_ADMIN, info->admin) ||
	    tdm_nl_put_u64(skb, TDM_A_SLIPS, info->slips))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_reply_connect(struct genl_info *info, const struct tdm_connect_info *connect)
{
	struct sk_buff *reply;
	void *hdr;

	reply = tdm_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	return tdm_nl_reply(reply, info, hdr, tdm_nl_put_connect(reply, connect));
}

int opentdm_nl_connect_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_connect_info connect;
	u32 id;

	if (!info->attrs[TDM_A_CONNECT])
		return tdm_nl_missing(info->extack, TDM_A_CONNECT,
				      "connect is needed to say which cross-connect");
	id = nla_get_u32(info->attrs[TDM_A_CONNECT]);
	if (!id || tdm_connect_next(id - 1, &connect) || connect.id != id)
		return tdm_nl_bad(info->extack, info->attrs[TDM_A_CONNECT], -ENOENT,
				  "there is no such cross-connect");
	return tdm_nl_reply_connect(info, &connect);
}

int opentdm_nl_connect_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct tdm_connect_info connect;
	void *hdr;
	int err;

	dump->epoch = tdm_connect_generation();
	err = tdm_nl_dump_begin(cb, opentdm_connect_get_nl_policy,
				ARRAY_SIZE(opentdm_connect_get_nl_policy) - 1);
	while (!err && !dump->end && !tdm_connect_next(dump->at, &connect)) {
		/* Read after the object: what came or went before shows in this message or the next. */
		dump->epoch = tdm_connect_generation();
		hdr = tdm_nl_dump_put(skb, cb, TDM_CMD_CONNECT_GET);
		if (!hdr) {
			err = -EMSGSIZE;
		} else if (tdm_nl_put_connect(skb, &connect)) {
			genlmsg_cancel(skb, hdr);
			err = -EMSGSIZE;
		} else {
			genlmsg_end(skb, hdr);
			dump->at = connect.id;
		}
	}
	dump->epoch = tdm_connect_generation();
	return tdm_nl_dump_end(skb, cb, err);
}

/* The end of a request. connect.c asks once more under the locks whether it still exists. */
static int tdm_nl_get_end(struct genl_info *info, const struct tdm_nl_end *names,
			  struct tdm_connect_end *end)
{
	struct tdm_slot_info now;
	struct tdm_span *span;
	int slot, err;

	span = tdm_nl_span(info->attrs, names, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	end->card = tdm_card_id(span->card);
	end->port = span->port;
	err = slot = tdm_nl_slot(info->attrs, names, info->extack);
	if (slot >= 0) {
		end->slot = slot;
		err = tdm_slot_snapshot(span, slot, &now);
		if (err)
			tdm_nl_slot_refused(info->extack, info->attrs[names->slot], err);
	}
	tdm_card_put(span->card);
	return err;
}

int opentdm_nl_connect_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *both = info->attrs[TDM_A_BOTH], *bearer = info->attrs[TDM_A_BEARER];
	struct tdm_connect_info connect;
	struct tdm_connect_end a, b;
	char reason[TDM_REASON_LEN] = "";
	u32 flags, id;
	int err;

	err = tdm_nl_get_end(info, &tdm_nl_self, &a);
	if (!err)
		err = tdm_nl_get_end(info, &tdm_nl_peer, &b);
	if (err)
		return err;
	flags = !both || nla_get_u8(both) ? TDM_CONNECT_BOTH : 0;
	err = tdm_connect_admin_add(&a, &b, flags,
				    bearer ? nla_get_u32(bearer) : TDM_BEARER_SPEECH, &id, reason);
	if (err) {
		tdm_extack(info->extack, "%s", reason);
		return err;
	}
	/* Gone again already (its card was pulled): it was made, and a dump says that it is no more. */
	if (tdm_connect_next(id - 1, &connect) || connect.id != id)
		connect = (struct tdm_connect_info) {
			.id = id, .admin = true, .flags = flags, .a = a, .b = b,
		};
	return tdm_nl_reply_connect(info, &connect);
}

int opentdm_nl_connect_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[TDM_A_CONNECT];
	char reason[TDM_REASON_LEN] = "";
	int err;

	if (!id)
		return tdm_nl_missing(info->extack, TDM_A_CONNECT,
				      "connect is needed to say which cross-connect");
	err = tdm_connect_admin_del(nla_get_u32(id), reason);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, id);
		tdm_extack(info->extack, "%s", reason);
	}
	return err;
}

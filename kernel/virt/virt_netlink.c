// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm_virt": what makes a virtual card virtual, asked for and set.
 *
 * Process context, nothing held (parallel_ops). virt.c does everything under its own locks; here is
 * only what the attributes mean.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include "virt.h"
#include "virt_nl_gen.h"

/* Attributes that name a port, and what to say of them. */
struct virt_nl_end {
	u16 card, card_name, port;
	const char *need_card, *no_card, *two_cards, *need_port;
};

static const struct virt_nl_end virt_nl_self = {
	.card = TDM_VIRT_A_CARD,
	.card_name = TDM_VIRT_A_CARD_NAME,
	.port = TDM_VIRT_A_PORT,
	.need_card = "card or card-name is needed to say which card",
	.no_card = "there is no such virtual card",
	.two_cards = "card and card-name name different cards",
	.need_port = "port is needed to say which port",
};

static const struct virt_nl_end virt_nl_peer = {
	.card = TDM_VIRT_A_PEER_CARD,
	.card_name = TDM_VIRT_A_PEER_CARD_NAME,
	.port = TDM_VIRT_A_PEER_PORT,
	.need_card = "peer-card or peer-card-name is needed to say which card",
	.no_card = "there is no such virtual peer card",
	.two_cards = "peer-card and peer-card-name name different cards",
	.need_port = "peer-port is needed to say which port",
};

static struct genl_family virt_nl_family;

static int virt_nl_bad(struct netlink_ext_ack *extack, const struct nlattr *attr, int err,
		       const char *sentence)
{
	if (extack) {
		extack->_msg = sentence;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return err;
}

static int virt_nl_missing(struct netlink_ext_ack *extack, u16 type, const char *sentence)
{
	if (extack) {
		extack->_msg = sentence;
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
	}
	return -EINVAL;
}

/* A refusal of virt.c, which has said why: blame the attribute if it has not blamed one. */
static int virt_nl_blame(struct netlink_ext_ack *extack, const struct nlattr *attr, int err)
{
	if (err && extack && attr && !extack->bad_attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

static int virt_nl_card(struct nlattr **attrs, const struct virt_nl_end *end, u32 *card,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *id = attrs[end->card], *name = attrs[end->card_name];
	struct virt_port_info info;
	char text[TDM_NAME_LEN];

	if (!id && !name)
		return virt_nl_missing(extack, end->card, end->need_card);
	if (id) {
		*card = nla_get_u32(id);
		if (virt_port_get(*card, 1, &info))
			return virt_nl_bad(extack, id, -ENODEV, end->no_card);
		if (name && nla_strcmp(name, info.card_name))
			return virt_nl_bad(extack, name, -EINVAL, end->two_cards);
		return 0;
	}
	nla_strscpy(text, name, sizeof(text));
	if (virt_card_by_name(text, card))
		return virt_nl_bad(extack, name, -ENODEV, end->no_card);
	return 0;
}

static int virt_nl_port(struct nlattr **attrs, const struct virt_nl_end *end, u32 *card, u32 *port,
			struct netlink_ext_ack *extack)
{
	struct virt_port_info info;
	int err;

	if (!attrs[end->port] && (attrs[end->card] || attrs[end->card_name]))
		return virt_nl_missing(extack, end->port, end->need_port);
	err = virt_nl_card(attrs, end, card, extack);
	if (err)
		return err;
	*port = nla_get_u32(attrs[end->port]);
	err = virt_port_get(*card, *port, &info);
	/* The card may have gone since it was found. */
	if (err == -ENODEV)
		return virt_nl_bad(extack, attrs[end->card] ?: attrs[end->card_name], err,
				   end->no_card);
	if (err)
		return virt_nl_bad(extack, attrs[end->port], err, "the card has no such port");
	return 0;
}

static int virt_nl_put(struct sk_buff *skb, const struct virt_port_info *info)
{
	if (nla_put_u32(skb, TDM_VIRT_A_CARD, info->card) ||
	    nla_put_string(skb, TDM_VIRT_A_CARD_NAME, info->card_name) ||
	    nla_put_u32(skb, TDM_VIRT_A_PORTS, info->ports) ||
	    nla_put_u32(skb, TDM_VIRT_A_PORT, info->port) ||
	    nla_put_u32(skb, TDM_VIRT_A_DEFECTS, info->defects) ||
	    nla_put_u32(skb, TDM_VIRT_A_BIT_ERRORS, info->bit_errors) ||
	    nla_put_s32(skb, TDM_VIRT_A_SLIP_PPM, info->ppm) ||
	    nla_put_u32(skb, TDM_VIRT_A_REFUSE_OPS, info->refuse) ||
	    nla_put_u8(skb, TDM_VIRT_A_STALL, info->stall) ||
	    nla_put_u64_64bit(skb, TDM_VIRT_A_TICKS, info->ticks, TDM_VIRT_A_PAD))
		return -EMSGSIZE;
	if (info->joined &&
	    (nla_put_u32(skb, TDM_VIRT_A_PEER_CARD, info->peer_card) ||
	     nla_put_string(skb, TDM_VIRT_A_PEER_CARD_NAME, info->peer_card_name) ||
	     nla_put_u32(skb, TDM_VIRT_A_PEER_PORT, info->peer_port)))
		return -EMSGSIZE;
	return 0;
}

static int virt_nl_reply(struct genl_info *info, const struct virt_port_info *port)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &virt_nl_family, 0, info->genlhdr->cmd);
	if (!hdr || virt_nl_put(skb, port)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* An optional value of the initial configuration. */
static void virt_nl_setting(const struct nlattr *attr, u8 *to)
{
	if (attr)
		*to = nla_get_u32(attr);
}

int opentdm_virt_nl_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct virt_port_info port;
	char name[TDM_NAME_LEN], key[OPENTDM_VIRT_NAME_MAX + 1];
	struct virt_new new = { .ports = 1 };
	u32 id;
	int err;

	virt_config_default(&new.config, attrs[TDM_VIRT_A_TYPE] ?
			    nla_get_u32(attrs[TDM_VIRT_A_TYPE]) : TDM_TYPE_E1);
	virt_nl_setting(attrs[TDM_VIRT_A_FRAMING], &new.config.framing);
	virt_nl_setting(attrs[TDM_VIRT_A_LINE_CODE], &new.config.line_code);
	virt_nl_setting(attrs[TDM_VIRT_A_SIGNALLING], &new.config.signalling);
	if (attrs[TDM_VIRT_A_PORTS])
		new.ports = nla_get_u32(attrs[TDM_VIRT_A_PORTS]);
	if (attrs[TDM_VIRT_A_CARD_NAME]) {
		nla_strscpy(name, attrs[TDM_VIRT_A_CARD_NAME], sizeof(name));
		new.name = name;
	}
	if (attrs[TDM_VIRT_A_KEY]) {
		nla_strscpy(key, attrs[TDM_VIRT_A_KEY], sizeof(key));
		new.key = key;
	}
	err = virt_card_new(&new, &id, info->extack);
	if (err)
		return err;
	/* Deleted again by somebody else before we could look: say so, and not that it was never made. */
	if (virt_port_get(id, 1, &port))
		return virt_nl_bad(info->extack, NULL, -ENODEV, "the card has just been removed");
	return virt_nl_reply(info, &port);
}

int opentdm_virt_nl_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 card;
	int err = virt_nl_card(info->attrs, &virt_nl_self, &card, info->extack);

	return err ?: virt_card_del(card, info->extack);
}

int opentdm_virt_nl_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct virt_port_info port_info;
	u32 card, port;
	int err = virt_nl_port(info->attrs, &virt_nl_self, &card, &port, info->extack);

	if (!err && virt_port_get(card, port, &port_info))
		err = virt_nl_bad(info->extack, NULL, -ENODEV, "the card has just been removed");
	return err ?: virt_nl_reply(info, &port_info);
}

/* Where a dump is; in cb->ctx, zeroed before the first call. */
struct virt_nl_dump {
	u32 card, port;		/* to go on from */
	u32 only_card;
	bool begun, only, end;
};

static int virt_nl_dump_begin(struct netlink_callback *cb, struct virt_nl_dump *dump)
{
	struct nlattr *attrs[TDM_VIRT_A_MAX + 1] = {};
	int err;

	if (dump->begun)
		return 0;
	dump->begun = true;
	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, attrs, ARRAY_SIZE(opentdm_virt_get_nl_policy) - 1,
			  opentdm_virt_get_nl_policy, cb->extack);
	if (err)
		return err;
	if (attrs[TDM_VIRT_A_PORT])
		return virt_nl_bad(cb->extack, attrs[TDM_VIRT_A_PORT], -EINVAL,
				   "a dump is of all ports: leave port out");
	if (!attrs[TDM_VIRT_A_CARD] && !attrs[TDM_VIRT_A_CARD_NAME])
		return 0;
	dump->only = true;
	err = virt_nl_card(attrs, &virt_nl_self, &dump->only_card, cb->extack);
	dump->card = dump->only_card;
	return err;
}

int opentdm_virt_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct virt_nl_dump *dump = (struct virt_nl_dump *)cb->ctx;
	struct virt_port_info info;
	void *hdr;
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	cb->seq = virt_generation();
	err = virt_nl_dump_begin(cb, dump);
	if (err)
		return err;
	while (!dump->end && !virt_port_next(dump->card, dump->port, &info)) {
		if (dump->only && info.card != dump->only_card)
			break;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &virt_nl_family, NLM_F_MULTI, TDM_VIRT_CMD_GET);
		if (!hdr)
			return skb->len ?: -EMSGSIZE;
		/* A card or a join that came or went since the message before shows in this one. */
		cb->seq = virt_generation();
		genl_dump_check_consistent(cb, hdr);
		if (virt_nl_put(skb, &info)) {
			genlmsg_cancel(skb, hdr);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
		dump->card = info.card;
		dump->port = info.port + 1;
	}
	dump->end = true;
	cb->seq = virt_generation();
	return skb->len;
}

int opentdm_virt_nl_join_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 a_card, a_port, b_card, b_port;
	int err;

	err = virt_nl_port(info->attrs, &virt_nl_self, &a_card, &a_port, info->extack);
	if (!err)
		err = virt_nl_port(info->attrs, &virt_nl_peer, &b_card, &b_port, info->extack);
	if (!err)
		err = virt_nl_blame(info->extack, info->attrs[TDM_VIRT_A_PEER_PORT],
				    virt_join(a_card, a_port, b_card, b_port, info->extack));
	return err;
}

int opentdm_virt_nl_unjoin_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 card, port;
	int err = virt_nl_port(info->attrs, &virt_nl_self, &card, &port, info->extack);

	return err ?: virt_nl_blame(info->extack, info->attrs[TDM_VIRT_A_PORT],
				    virt_unjoin(card, port, info->extack));
}

/* Switches of the fault panel that are a number: attribute, bit, place, largest value. */
static const struct {
	u16 attr;
	u16 offset;
	u32 bit;
	u32 max;		/* 0: the policy has bounded it */
	const char *too_much;
} virt_nl_faults[] = {
#define FAULT(a, member, b, m, text) { \
	.attr = (a), .offset = offsetof(struct virt_fault, member), .bit = (b), .max = (m), \
	.too_much = (text) }
	FAULT(TDM_VIRT_A_DEFECTS, defects, VIRT_FAULT_DEFECTS, 0, NULL),
	FAULT(TDM_VIRT_A_BIT_ERRORS, bit_errors, VIRT_FAULT_BIT_ERRORS, OPENTDM_VIRT_RATE_MAX,
	      "bit-errors is at most 1000000000, every bit"),
	FAULT(TDM_VIRT_A_CRC_ERRORS, crc, VIRT_FAULT_CRC, OPENTDM_VIRT_ERRORS_MAX,
	      "crc-errors is at most 1000000"),
	FAULT(TDM_VIRT_A_LCV_ERRORS, lcv, VIRT_FAULT_LCV, OPENTDM_VIRT_ERRORS_MAX,
	      "lcv-errors is at most 1000000"),
	FAULT(TDM_VIRT_A_FRAME_ERRORS, frame, VIRT_FAULT_FRAME, OPENTDM_VIRT_ERRORS_MAX,
	      "frame-errors is at most 1000000"),
	FAULT(TDM_VIRT_A_REFUSE_OPS, refuse, VIRT_FAULT_REFUSE, 0, NULL),
	FAULT(TDM_VIRT_A_SECONDS, seconds, VIRT_FAULT_SECONDS, OPENTDM_VIRT_SECONDS_MAX,
	      "seconds is at most 172800, two days"),
	FAULT(TDM_VIRT_A_LATE_TICKS, late, VIRT_FAULT_LATE, 0, NULL),
#undef FAULT
};

static int virt_nl_fault_values(struct genl_info *info, struct virt_fault *fault,
				const struct nlattr **blame)
{
	struct nlattr **attrs = info->attrs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(virt_nl_faults); i++) {
		const struct nlattr *attr = attrs[virt_nl_faults[i].attr];
		u32 value;

		if (!attr)
			continue;
		value = nla_get_u32(attr);
		if (virt_nl_faults[i].max && value > virt_nl_faults[i].max)
			return virt_nl_bad(info->extack, attr, -ERANGE,
					   virt_nl_faults[i].too_much);
		fault->mask |= virt_nl_faults[i].bit;
		*(u32 *)((u8 *)fault + virt_nl_faults[i].offset) = value;
		*blame = attr;
	}
	if (attrs[TDM_VIRT_A_SLIP_PPM]) {
		fault->mask |= VIRT_FAULT_PPM;
		fault->ppm = nla_get_s32(attrs[TDM_VIRT_A_SLIP_PPM]);
		if (fault->ppm < OPENTDM_VIRT_PPM_MIN || fault->ppm > OPENTDM_VIRT_PPM_MAX)
			return virt_nl_bad(info->extack, attrs[TDM_VIRT_A_SLIP_PPM], -ERANGE,
					   "slip-ppm is -1000 to 1000");
	}
	if (attrs[TDM_VIRT_A_STALL]) {
		fault->mask |= VIRT_FAULT_STALL;
		fault->stall = nla_get_u8(attrs[TDM_VIRT_A_STALL]);
	}
	if (nla_get_flag(attrs[TDM_VIRT_A_YANK]))
		fault->mask |= VIRT_FAULT_YANK;
	return 0;
}

int opentdm_virt_nl_fault_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *port_attr = info->attrs[TDM_VIRT_A_PORT], *blame = NULL;
	struct virt_fault fault = {};
	u32 card, port = 0;
	int err;

	if (port_attr)
		err = virt_nl_port(info->attrs, &virt_nl_self, &card, &port, info->extack);
	else
		err = virt_nl_card(info->attrs, &virt_nl_self, &card, info->extack);
	if (!err)
		err = virt_nl_fault_values(info, &fault, &blame);
	if (err)
		return err;
	if (!fault.mask)
		return virt_nl_missing(info->extack, TDM_VIRT_A_DEFECTS,
				       "no fault to set was given");
	return virt_nl_blame(info->extack, blame,
			     virt_fault_set(card, port, &fault, info->extack));
}

static struct genl_family virt_nl_family __ro_after_init = {
	.name		= TDM_VIRT_FAMILY_NAME,
	.version	= TDM_VIRT_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= opentdm_virt_nl_ops,
	.n_ops		= ARRAY_SIZE(opentdm_virt_nl_ops),
};

int virt_nl_init(void)
{
	return genl_register_family(&virt_nl_family);
}

/* No request runs afterwards, and none comes. */
void virt_nl_exit(void)
{
	genl_unregister_family(&virt_nl_family);
}

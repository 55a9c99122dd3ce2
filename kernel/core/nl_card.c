// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": cards and their clocks.
 */
#include <linux/bitmap.h>
#include "nl.h"

static int tdm_nl_put_card_clock(struct sk_buff *skb, const struct tdm_card_info *info)
{
	unsigned int i;

	for (i = 0; i < info->clock.n; i++)
		if (nla_put_u32(skb, TDM_A_CLOCK_SOURCE, info->clock.ports[i]))
			return -EMSGSIZE;
	if (nla_put_u32(skb, TDM_A_CLOCK_PREFER, info->clock.prefer) ||
	    nla_put_u32(skb, TDM_A_CLOCK_RESTORE, info->clock.restore_ms) ||
	    nla_put_u32(skb, TDM_A_CLOCK_STATE, info->clock_state) ||
	    nla_put_u32(skb, TDM_A_CLOCK_PORT, info->clock_port) ||
	    nla_put_u32(skb, TDM_A_CLOCK_USABLE, info->clock_usable) ||
	    tdm_nl_put_u64(skb, TDM_A_CLOCK_CHANGES, info->clock_changes))
		return -EMSGSIZE;
	return 0;
}

int tdm_nl_put_card(struct sk_buff *skb, const struct tdm_card_info *info)
{
	if (nla_put_u32(skb, TDM_A_CARD, info->id) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, info->name) ||
	    nla_put_string(skb, TDM_A_MODEL, info->model) ||
	    (info->serial[0] && nla_put_string(skb, TDM_A_SERIAL, info->serial)) ||
	    nla_put_string(skb, TDM_A_KEY, info->key) ||
	    nla_put_u32(skb, TDM_A_PORTS, info->ports) ||
	    tdm_nl_put_u64(skb, TDM_A_RX_FRAME, info->rx_frame) ||
	    tdm_nl_put_u64(skb, TDM_A_TX_FRAME, info->tx_frame) ||
	    tdm_nl_put_u64(skb, TDM_A_TICKS, info->ticks) ||
	    tdm_nl_put_u64(skb, TDM_A_LATE_TICKS, info->late_ticks) ||
	    tdm_nl_put_u64(skb, TDM_A_BAD_TICKS, info->bad_ticks) ||
	    tdm_nl_put_u64(skb, TDM_A_GAPS, info->gaps) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_RX, info->rx_gap_frames) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_TX, info->tx_gap_frames))
		return -EMSGSIZE;
	return tdm_nl_put_card_clock(skb, info);
}

int opentdm_nl_card_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_card_info snapshot;
	struct tdm_card *card;
	struct sk_buff *reply;
	void *hdr;

	card = tdm_nl_card(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(card))
		return PTR_ERR(card);
	tdm_card_snapshot(card, &snapshot);
	tdm_card_put(card);
	reply = tdm_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	return tdm_nl_reply(reply, info, hdr, tdm_nl_put_card(reply, &snapshot));
}

static int tdm_nl_dump_one_card(struct sk_buff *skb, struct netlink_callback *cb,
				struct tdm_card *card)
{
	struct tdm_card_info info;
	void *hdr;

	tdm_card_snapshot(card, &info);
	hdr = tdm_nl_dump_put(skb, cb, TDM_CMD_CARD_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (tdm_nl_put_card(skb, &info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int opentdm_nl_card_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = tdm_nl_dump_begin(cb, opentdm_card_get_nl_policy,
				    ARRAY_SIZE(opentdm_card_get_nl_policy) - 1);

	return tdm_nl_dump_end(skb, cb, err ?: tdm_nl_each_card(skb, cb, tdm_nl_dump_one_card));
}

/* The attribute comes once for each source; a lone 0 is the empty list. */
static int tdm_nl_clock_sources(struct genl_info *info, const struct tdm_card *card,
				struct tdm_clock_config *config)
{
	DECLARE_BITMAP(seen, TDM_PORTS_MAX + 1) = {};
	const struct nlattr *attr;
	bool none = false;
	int rem;

	config->n = 0;
	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rem) {
		u32 port;

		if (nla_type(attr) != TDM_A_CLOCK_SOURCE)
			continue;
		port = nla_get_u32(attr);
		if (none || (!port && config->n))
			return tdm_nl_bad(info->extack, attr, -EINVAL,
					  "clock-source 0, the card's own oscillator, stands alone");
		if (!port) {
			none = true;
			continue;
		}
		if (port > card->ports)
			return tdm_nl_bad(info->extack, attr, -EINVAL, tdm_nl_self.no_port);
		if (__test_and_set_bit(port, seen))
			return tdm_nl_bad(info->extack, attr, -EINVAL,
					  "clock-source names a port twice");
		config->ports[config->n++] = port;
	}
	return 0;
}

int opentdm_nl_card_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *source = info->attrs[TDM_A_CLOCK_SOURCE];
	const struct nlattr *prefer = info->attrs[TDM_A_CLOCK_PREFER];
	const struct nlattr *restore = info->attrs[TDM_A_CLOCK_RESTORE];
	struct tdm_clock_config config = {
		.n = TDM_CLOCK_KEEP,
		.prefer = prefer ? nla_get_u32(prefer) : TDM_CLOCK_KEEP,
		.restore_ms = restore ? nla_get_u32(restore) : TDM_CLOCK_KEEP_MS,
	};
	struct tdm_card *card;
	int err = 0;

	card = tdm_nl_card(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(card))
		return PTR_ERR(card);
	if (!source && !prefer && !restore)
		err = tdm_nl_missing(info->extack, TDM_A_CLOCK_SOURCE,
				     "nothing to change was given");
	else if (restore && config.restore_ms > OPENTDM_RESTORE_MS_MAX)
		err = tdm_nl_bad(info->extack, restore, -ERANGE,
				 "clock-restore is at most 3600000 ms");
	else if (source)
		err = tdm_nl_clock_sources(info, card, &config);
	if (!err) {
		err = tdm_clock_set(card, &config, info->extack);
		if (err && info->extack && !info->extack->bad_attr)
			NL_SET_BAD_ATTR(info->extack, prefer ?: source ?: restore);
	}
	tdm_card_put(card);
	return err;
}

int opentdm_nl_card_reload_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_card *card;
	int err;

	card = tdm_nl_card(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(card))
		return PTR_ERR(card);
	err = tdm_card_reload(card, info->extack);
	tdm_card_put(card);
	return err;
}

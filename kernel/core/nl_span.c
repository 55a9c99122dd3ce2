// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": spans.
 */
#include "nl.h"

static int tdm_nl_put_span_config(struct sk_buff *skb, const struct tdm_span_config *config)
{
	u32 law = config->type == TDM_TYPE_E1 ? TDM_LAW_ALAW : TDM_LAW_ULAW;

	if (nla_put_u32(skb, TDM_A_TYPE, config->type) ||
	    nla_put_u32(skb, TDM_A_FRAMING, config->framing) ||
	    nla_put_u32(skb, TDM_A_LINE_CODE, config->line_code) ||
	    nla_put_u32(skb, TDM_A_SIGNALLING, config->signalling) ||
	    nla_put_u32(skb, TDM_A_LBO, config->lbo) ||
	    nla_put_u32(skb, TDM_A_LOOPBACK, config->loopback) ||
	    nla_put_u32(skb, TDM_A_FAIL_DECLARE, config->fail_declare_ms) ||
	    nla_put_u32(skb, TDM_A_FAIL_CLEAR, config->fail_clear_ms) ||
	    nla_put_u32(skb, TDM_A_LAW, law))
		return -EMSGSIZE;
	return 0;
}

int tdm_nl_put_span(struct sk_buff *skb, const struct tdm_span_info *info)
{
	if (nla_put_u32(skb, TDM_A_CARD, info->card_id) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, info->card_name) ||
	    nla_put_u32(skb, TDM_A_PORT, info->port) ||
	    nla_put_u32(skb, TDM_A_SPAN, info->id) ||
	    tdm_nl_put_u64(skb, TDM_A_EVENT_SEQ, info->event_seq) ||
	    nla_put_u32(skb, TDM_A_TYPES, info->types) ||
	    tdm_nl_put_span_config(skb, &info->config) ||
	    nla_put_u32(skb, TDM_A_STATE, info->state) ||
	    nla_put_u32(skb, TDM_A_SLOTS, info->slots) ||
	    nla_put_u32(skb, TDM_A_SLOTS_TAKEN, info->tx_slots) ||
	    nla_put_u8(skb, TDM_A_STALLED, info->stalled) ||
	    nla_put_u32(skb, TDM_A_DEFECTS, info->defects) ||
	    nla_put_u32(skb, TDM_A_FAILURES, info->failures) ||
	    nla_put_u8(skb, TDM_A_SENDING_RAI, info->rai_sent) ||
	    tdm_nl_put_u64(skb, TDM_A_RX_FRAME, info->rx_frame) ||
	    tdm_nl_put_u64(skb, TDM_A_TX_FRAME, info->tx_frame) ||
	    tdm_nl_put_u64(skb, TDM_A_REPORTS_LOST, info->reports_lost) ||
	    tdm_nl_put_u64(skb, TDM_A_SLIPS, info->slips) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_RX, info->rx_gap_frames) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_TX, info->tx_gap_frames))
		return -EMSGSIZE;
	return 0;
}

int opentdm_nl_span_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_span_info snapshot;
	struct tdm_span *span;
	struct sk_buff *reply;
	void *hdr;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	tdm_span_snapshot(span, &snapshot);
	tdm_card_put(span->card);
	reply = tdm_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	return tdm_nl_reply(reply, info, hdr, tdm_nl_put_span(reply, &snapshot));
}

static int tdm_nl_dump_one_span(struct sk_buff *skb, struct netlink_callback *cb,
				struct tdm_span *span)
{
	struct tdm_span_info info;
	void *hdr;

	tdm_span_snapshot(span, &info);
	hdr = tdm_nl_dump_put(skb, cb, TDM_CMD_SPAN_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (tdm_nl_put_span(skb, &info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int opentdm_nl_span_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = tdm_nl_dump_begin(cb, opentdm_span_get_nl_policy,
				    ARRAY_SIZE(opentdm_span_get_nl_policy) - 1);

	return tdm_nl_dump_end(skb, cb, err ?: tdm_nl_each_span(skb, cb, tdm_nl_dump_one_span));
}

/*
 * What span-set may carry: the attribute, its bit in the change, where its value goes, and the word that
 * a refusal of span.c begins with when it is to blame.
 */
static const struct {
	u16 attr;
	u16 offset;
	u8 size;
	u32 bit;
	const char *word;
} tdm_nl_span_settings[] = {
#define SETTING(a, member, b, w) { \
	.attr = (a), .bit = (b), .offset = offsetof(struct tdm_span_change, member), \
	.size = sizeof_field(struct tdm_span_change, member), .word = (w) }
	SETTING(TDM_A_TYPE, config.type, TDM_CHANGE_TYPE, "type:"),
	SETTING(TDM_A_FRAMING, config.framing, TDM_CHANGE_FRAMING, "framing:"),
	SETTING(TDM_A_LINE_CODE, config.line_code, TDM_CHANGE_LINE_CODE, "line code:"),
	SETTING(TDM_A_SIGNALLING, config.signalling, TDM_CHANGE_SIGNALLING, "signalling:"),
	SETTING(TDM_A_LBO, config.lbo, TDM_CHANGE_LBO, "lbo:"),
	SETTING(TDM_A_LOOPBACK, config.loopback, TDM_CHANGE_LOOPBACK, "loopback:"),
	SETTING(TDM_A_FAIL_DECLARE, config.fail_declare_ms, TDM_CHANGE_FAIL_DECLARE,
		"fail declare:"),
	SETTING(TDM_A_FAIL_CLEAR, config.fail_clear_ms, TDM_CHANGE_FAIL_CLEAR, "fail clear:"),
	SETTING(TDM_A_STATE, state, TDM_CHANGE_STATE, "state:"),
#undef SETTING
};

static void tdm_nl_span_change(struct nlattr **attrs, struct tdm_span_change *change)
{
	unsigned int i;

	memset(change, 0, sizeof(*change));
	for (i = 0; i < ARRAY_SIZE(tdm_nl_span_settings); i++) {
		const struct nlattr *attr = attrs[tdm_nl_span_settings[i].attr];
		void *to = (u8 *)change + tdm_nl_span_settings[i].offset;

		if (!attr)
			continue;
		change->mask |= tdm_nl_span_settings[i].bit;
		/* The policies have bounded the values: those of one octet fit. */
		if (tdm_nl_span_settings[i].size == sizeof(u8))
			*(u8 *)to = nla_get_u32(attr);
		else
			*(u32 *)to = nla_get_u32(attr);
	}
}

/*
 * Which attribute a refusal is about: the one that the sentence begins with, else the only one, else
 * the first of those that the span has to be down for (EBUSY). Of several that merely do not go
 * together none is to blame more than the others.
 */
static void tdm_nl_span_blame(struct genl_info *info, int err)
{
	const char *sentence = info->extack->_msg ?: "";
	const struct nlattr *blame = NULL;
	unsigned int i, n = 0;

	if (info->extack->bad_attr)
		return;
	for (i = 0; i < ARRAY_SIZE(tdm_nl_span_settings); i++) {
		const struct nlattr *attr = info->attrs[tdm_nl_span_settings[i].attr];

		if (!attr)
			continue;
		if (str_has_prefix(sentence, tdm_nl_span_settings[i].word)) {
			NL_SET_BAD_ATTR(info->extack, attr);
			return;
		}
		n++;
		if (!blame)
			blame = attr;
	}
	if (n == 1 || err == -EBUSY)
		NL_SET_BAD_ATTR(info->extack, blame);
}

int opentdm_nl_span_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_span_change change;
	struct tdm_span *span;
	int err;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	tdm_nl_span_change(info->attrs, &change);
	if (!change.mask) {
		err = tdm_nl_missing(info->extack, TDM_A_STATE, "nothing to change was given");
	} else {
		err = tdm_span_set(span, &change, info->extack);
		if (err)
			tdm_nl_span_blame(info, err);
	}
	tdm_card_put(span->card);
	return err;
}

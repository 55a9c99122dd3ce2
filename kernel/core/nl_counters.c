// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": counters.
 */
#include "nl.h"

static int tdm_nl_put_counts(struct sk_buff *skb, u16 nest_type,
			     const struct tdm_perf_interval *perf)
{
	static const u16 attrs[TDM_PERF_COUNTERS] = {
		[TDM_PERF_ES] = TDM_COUNT_A_ES,
		[TDM_PERF_SES] = TDM_COUNT_A_SES,
		[TDM_PERF_SEFS] = TDM_COUNT_A_SEFS,
		[TDM_PERF_UAS] = TDM_COUNT_A_UAS,
		[TDM_PERF_CSS] = TDM_COUNT_A_CSS,
		[TDM_PERF_PCV] = TDM_COUNT_A_PCV,
		[TDM_PERF_LES] = TDM_COUNT_A_LES,
		[TDM_PERF_BES] = TDM_COUNT_A_BES,
		[TDM_PERF_DM] = TDM_COUNT_A_DM,
		[TDM_PERF_LCV] = TDM_COUNT_A_LCV,
	};
	struct nlattr *nest = nla_nest_start(skb, nest_type);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < TDM_PERF_COUNTERS; i++)
		if (nla_put_u32(skb, attrs[i], perf->count[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int tdm_nl_put_line(struct sk_buff *skb, const struct tdm_line_totals *line)
{
	const struct {
		u16 attr;
		u64 value;
	} rows[] = {
		{ TDM_LINE_A_LCV, line->lcv },
		{ TDM_LINE_A_CRC, line->crc },
		{ TDM_LINE_A_EBIT, line->ebit },
		{ TDM_LINE_A_FRAME, line->frame },
		{ TDM_LINE_A_SLIPS, line->slips },
		{ TDM_LINE_A_SEF, line->sef },
		{ TDM_LINE_A_GAP_RX, line->gap_rx },
		{ TDM_LINE_A_GAP_TX, line->gap_tx },
	};
	struct nlattr *nest = nla_nest_start(skb, TDM_A_LINE);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (nla_put_u64_64bit(skb, rows[i].attr, rows[i].value, TDM_LINE_A_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* An interval with the span that it is of. */
static int tdm_nl_put_interval(struct sk_buff *skb, const struct tdm_span *span, u32 ago,
			       const struct tdm_counters *counters)
{
	if (nla_put_u32(skb, TDM_A_CARD, tdm_card_id(span->card)) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, tdm_card_name(span->card)) ||
	    nla_put_u32(skb, TDM_A_PORT, span->port) ||
	    nla_put_u32(skb, TDM_A_INTERVAL, ago) ||
	    nla_put_u32(skb, TDM_A_ELAPSED, counters->near.secs) ||
	    nla_put_u8(skb, TDM_A_VALID, counters->near.valid) ||
	    tdm_nl_put_counts(skb, TDM_A_NEAR, &counters->near) ||
	    (counters->has_far && tdm_nl_put_counts(skb, TDM_A_FAR, &counters->far)))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_put_totals(struct sk_buff *skb, const struct tdm_counters *totals)
{
	if (nla_put_u32(skb, TDM_A_INTERVALS, totals->intervals) ||
	    tdm_nl_put_counts(skb, TDM_A_TOTAL_NEAR, &totals->near) ||
	    (totals->has_far && tdm_nl_put_counts(skb, TDM_A_TOTAL_FAR, &totals->far)) ||
	    tdm_nl_put_line(skb, &totals->line))
		return -EMSGSIZE;
	return 0;
}

int opentdm_nl_counters_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_counters now, totals;
	struct tdm_span *span;
	struct sk_buff *reply;
	void *hdr;
	int err;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	/* An interval that ends between the two is in neither or in both: read again. */
	do {
		err = tdm_counters_get(span, 0, &now);
		if (!err)
			err = tdm_counters_get(span, TDM_COUNTERS_TOTAL, &totals);
	} while (!err && now.epoch != totals.epoch);
	if (err) {
		tdm_nl_bad(info->extack, info->attrs[TDM_A_PORT], err, "the span has no counters");
		goto put;
	}
	err = -ENOMEM;
	reply = tdm_nl_reply_new(info, &hdr);
	if (reply) {
		err = tdm_nl_put_interval(reply, span, 0, &now);
		err = tdm_nl_reply(reply, info, hdr, err ?: tdm_nl_put_totals(reply, &totals));
	}
put:
	tdm_card_put(span->card);
	return err;
}

/* All intervals of one span. One that ends meanwhile shifts them, which shows as an interrupted dump. */
static int tdm_nl_dump_intervals(struct sk_buff *skb, struct netlink_callback *cb,
				 struct tdm_span *span)
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	struct tdm_counters counters;
	void *hdr;

	for (; dump->at < TDM_PERF_INTERVALS; dump->at++) {
		if (tdm_counters_get(span, dump->at + 1, &counters))
			break;
		dump->epoch = counters.epoch;
		hdr = tdm_nl_dump_put(skb, cb, TDM_CMD_COUNTERS_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (tdm_nl_put_interval(skb, span, dump->at + 1, &counters)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int opentdm_nl_counters_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tdm_nl_dump *dump = tdm_nl_dump(cb);
	int err;

	err = tdm_nl_dump_begin(cb, opentdm_counters_get_nl_policy,
				ARRAY_SIZE(opentdm_counters_get_nl_policy) - 1);
	if (!err && !dump->only)
		err = tdm_nl_missing(cb->extack, TDM_A_CARD, tdm_nl_self.need_card);
	if (!err && !dump->only_port)
		err = tdm_nl_missing(cb->extack, TDM_A_PORT, tdm_nl_self.need_port);
	return tdm_nl_dump_end(skb, cb, err ?: tdm_nl_each_span(skb, cb, tdm_nl_dump_intervals));
}

int opentdm_nl_counters_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tdm_span *span;
	int err;

	span = tdm_nl_span(info->attrs, &tdm_nl_self, info->extack);
	if (IS_ERR(span))
		return PTR_ERR(span);
	err = tdm_counters_reset(span);
	if (err)
		tdm_nl_bad(info->extack, info->attrs[TDM_A_PORT], err,
			   "the card has just been removed");
	tdm_card_put(span->card);
	return err;
}

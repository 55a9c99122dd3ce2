// SPDX-License-Identifier: GPL-2.0-only
/*
 * Family "opentdm": the multicast group "events".
 *
 * Called by the ordered work queue of the span (or card) whose event it is, with nothing held, so
 * that the events of one span leave in the order of their numbers. A listener whose socket is full
 * is told so by ENOBUFS on its next read; nobody waits for it. What cannot be built for want of memory
 * is told to all listeners in the same way, and by the number that is missing.
 *
 * The group is open to every local user. So signalling bits never come here: they go to the descriptor
 * that owns the slot.
 */
#include <net/net_namespace.h>
#include "nl.h"

/* The card as it is now; what the notice says of it is newer or the same, and wins. */
static int tdm_nl_event_card(struct sk_buff *skb, const struct tdm_notice *notice)
{
	struct tdm_card *card = tdm_card_find(notice->card_id);
	struct tdm_card_info info;

	if (!card) {
		/* Gone again: its name and id are all that is left to say. */
		if (nla_put_u32(skb, TDM_A_CARD, notice->card_id) ||
		    nla_put_string(skb, TDM_A_CARD_NAME, notice->card_name))
			return -EMSGSIZE;
		return 0;
	}
	tdm_card_snapshot(card, &info);
	tdm_card_put(card);
	if (notice->type == TDM_NOTICE_CLOCK) {
		info.clock_state = notice->clock_state;
		info.clock_port = notice->clock_port;
	}
	return tdm_nl_put_card(skb, &info);
}

static int tdm_nl_event_card_gone(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (nla_put_u32(skb, TDM_A_CARD, notice->card_id) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, notice->card_name))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_event_span(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (tdm_nl_put_span(skb, &notice->info) ||
	    tdm_nl_put_u64(skb, TDM_A_FRAME, notice->frame))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_event_alarm(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (tdm_nl_event_span(skb, notice) ||
	    nla_put_u32(skb, TDM_A_RAISED, notice->raised) ||
	    nla_put_u32(skb, TDM_A_CLEARED, notice->cleared))
		return -EMSGSIZE;
	return 0;
}

/* Which span, and which of its events. */
static int tdm_nl_event_head(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (nla_put_u32(skb, TDM_A_CARD, notice->card_id) ||
	    nla_put_string(skb, TDM_A_CARD_NAME, notice->card_name) ||
	    (notice->port && nla_put_u32(skb, TDM_A_PORT, notice->port)) ||
	    (notice->seq && tdm_nl_put_u64(skb, TDM_A_EVENT_SEQ, notice->seq)))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_event_slip(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (tdm_nl_event_head(skb, notice) ||
	    tdm_nl_put_u64(skb, TDM_A_FRAME, notice->frame) ||
	    nla_put_s32(skb, TDM_A_SLIP, notice->slip))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_event_gap(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (tdm_nl_event_head(skb, notice) ||
	    tdm_nl_put_u64(skb, TDM_A_FRAME, notice->frame) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_RX, notice->gap_rx) ||
	    tdm_nl_put_u64(skb, TDM_A_GAP_TX, notice->gap_tx))
		return -EMSGSIZE;
	return 0;
}

static int tdm_nl_event_sentence(struct sk_buff *skb, const struct tdm_notice *notice)
{
	if (tdm_nl_event_head(skb, notice) ||
	    nla_put_string(skb, TDM_A_NOTICE, notice->sentence))
		return -EMSGSIZE;
	return 0;
}

static const struct {
	u8 cmd;
	int (*put)(struct sk_buff *skb, const struct tdm_notice *notice);
} tdm_nl_events[] = {
	[TDM_NOTICE_CARD_NEW] = { TDM_CMD_CARD_NEW_NTF, tdm_nl_event_card },
	[TDM_NOTICE_CARD_GONE] = { TDM_CMD_CARD_GONE_NTF, tdm_nl_event_card_gone },
	[TDM_NOTICE_CLOCK] = { TDM_CMD_CLOCK_CHANGE_NTF, tdm_nl_event_card },
	[TDM_NOTICE_SPAN] = { TDM_CMD_SPAN_CHANGE_NTF, tdm_nl_event_span },
	[TDM_NOTICE_ALARM] = { TDM_CMD_ALARM_NTF, tdm_nl_event_alarm },
	[TDM_NOTICE_SLIP] = { TDM_CMD_SLIP_NTF, tdm_nl_event_slip },
	[TDM_NOTICE_GAP] = { TDM_CMD_GAP_NTF, tdm_nl_event_gap },
	[TDM_NOTICE_SENTENCE] = { TDM_CMD_NOTICE_NTF, tdm_nl_event_sentence },
};

static struct sk_buff *tdm_nl_event(const struct tdm_notice *notice)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &tdm_nl_family, 0, tdm_nl_events[notice->type].cmd);
	if (!hdr || tdm_nl_events[notice->type].put(skb, notice) ||
	    tdm_nl_put_u64(skb, TDM_A_TIME, notice->time_ns)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/*
 * Without listeners an event is not built: a listener that comes later dumps first, and the dump
 * carries the number.
 */
void tdm_nl_send_event(const struct tdm_notice *notice)
{
	struct sk_buff *skb;

	might_sleep();
	if (WARN_ON_ONCE(notice->type >= ARRAY_SIZE(tdm_nl_events)))
		return;
	if (!genl_has_listeners(&tdm_nl_family, &init_net, OPENTDM_NLGRP_EVENTS))
		return;
	skb = tdm_nl_event(notice);
	if (skb)
		/* ESRCH, the last listener has just gone, and ENOBUFS, which it is told, are its affair. */
		genlmsg_multicast(&tdm_nl_family, skb, 0, OPENTDM_NLGRP_EVENTS, GFP_KERNEL);
	else
		genl_set_err(&tdm_nl_family, &init_net, 0, OPENTDM_NLGRP_EVENTS, ENOBUFS);
}

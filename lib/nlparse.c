// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes to structures: see nlparse.h. */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "nlparse.h"

#define U8	{ .type = NLA_U8 }
#define U32	{ .type = NLA_U32 }
#define U64	{ .type = NLA_U64 }
#define TEXT	{ .type = NLA_STRING }
#define NEST	{ .type = NLA_NESTED }

static const struct nla_policy main_policy[TDM_A_MAX + 1] = {
	[TDM_A_CARD] = U32, [TDM_A_CARD_NAME] = TEXT, [TDM_A_MODEL] = TEXT, [TDM_A_SERIAL] = TEXT,
	[TDM_A_KEY] = TEXT, [TDM_A_CLOCK_PREFER] = U32, [TDM_A_RAISED] = U32,
	[TDM_A_CLEARED] = U32,
	[TDM_A_PORTS] = U32, [TDM_A_RX_FRAME] = U64, [TDM_A_TX_FRAME] = U64,
	[TDM_A_TICKS] = U64, [TDM_A_LATE_TICKS] = U64, [TDM_A_BAD_TICKS] = U64, [TDM_A_GAPS] = U64,
	[TDM_A_GAP_RX] = U64, [TDM_A_GAP_TX] = U64, [TDM_A_CLOCK_SOURCE] = U32,
	[TDM_A_CLOCK_RESTORE] = U32, [TDM_A_CLOCK_STATE] = U32, [TDM_A_CLOCK_PORT] = U32,
	[TDM_A_CLOCK_USABLE] = U32, [TDM_A_CLOCK_CHANGES] = U64, [TDM_A_PORT] = U32,
	[TDM_A_SPAN] = U32, [TDM_A_TYPES] = U32, [TDM_A_TYPE] = U32, [TDM_A_FRAMING] = U32,
	[TDM_A_LINE_CODE] = U32, [TDM_A_SIGNALLING] = U32, [TDM_A_LBO] = U32,
	[TDM_A_LOOPBACK] = U32, [TDM_A_FAIL_DECLARE] = U32, [TDM_A_FAIL_CLEAR] = U32,
	[TDM_A_STATE] = U32, [TDM_A_LAW] = U32, [TDM_A_SLOTS] = U32, [TDM_A_SLOTS_TAKEN] = U32,
	[TDM_A_STALLED] = U8, [TDM_A_IDLE] = U8, [TDM_A_REPORTS_LOST] = U64,
	[TDM_A_DEFECTS] = U32, [TDM_A_FAILURES] = U32, [TDM_A_SENDING_RAI] = U8,
	[TDM_A_EVENT_SEQ] = U64, [TDM_A_SLOT] = U32, [TDM_A_OWNER] = TEXT, [TDM_A_BEARER] = U32,
	[TDM_A_MODE] = U32, [TDM_A_TAPS] = U32, [TDM_A_CAS_RX] = U8, [TDM_A_CAS_TX] = U8,
	[TDM_A_CONNECT] = U32, [TDM_A_PEER_CARD] = U32, [TDM_A_PEER_CARD_NAME] = TEXT,
	[TDM_A_PEER_PORT] = U32, [TDM_A_PEER_SLOT] = U32, [TDM_A_BOTH] = U8, [TDM_A_ADMIN] = U8,
	[TDM_A_SLIPS] = U64, [TDM_A_INTERVAL] = U32, [TDM_A_ELAPSED] = U32, [TDM_A_VALID] = U8,
	[TDM_A_INTERVALS] = U32, [TDM_A_NEAR] = NEST, [TDM_A_FAR] = NEST, [TDM_A_TOTAL_NEAR] = NEST,
	[TDM_A_TOTAL_FAR] = NEST, [TDM_A_LINE] = NEST, [TDM_A_FRAME] = U64, [TDM_A_TIME] = U64,
	[TDM_A_SLIP] = U32, [TDM_A_NOTICE] = TEXT,
};

static const struct nla_policy virt_policy[TDM_VIRT_A_MAX + 1] = {
	[TDM_VIRT_A_CARD] = U32, [TDM_VIRT_A_CARD_NAME] = TEXT, [TDM_VIRT_A_PORTS] = U32,
	[TDM_VIRT_A_PORT] = U32, [TDM_VIRT_A_PEER_CARD] = U32, [TDM_VIRT_A_PEER_CARD_NAME] = TEXT,
	[TDM_VIRT_A_PEER_PORT] = U32, [TDM_VIRT_A_DEFECTS] = U32, [TDM_VIRT_A_BIT_ERRORS] = U32,
	[TDM_VIRT_A_SLIP_PPM] = U32, [TDM_VIRT_A_REFUSE_OPS] = U32, [TDM_VIRT_A_STALL] = U8,
	[TDM_VIRT_A_TICKS] = U64,
};

static const struct nla_policy count_policy[TDM_COUNT_A_MAX + 1] = {
	[TDM_COUNT_A_ES] = U32, [TDM_COUNT_A_SES] = U32, [TDM_COUNT_A_SEFS] = U32,
	[TDM_COUNT_A_UAS] = U32, [TDM_COUNT_A_CSS] = U32, [TDM_COUNT_A_LES] = U32,
	[TDM_COUNT_A_BES] = U32, [TDM_COUNT_A_DM] = U32, [TDM_COUNT_A_PCV] = U32,
	[TDM_COUNT_A_LCV] = U32,
};

static const struct nla_policy line_policy[TDM_LINE_A_MAX + 1] = {
	[TDM_LINE_A_LCV] = U64, [TDM_LINE_A_CRC] = U64, [TDM_LINE_A_EBIT] = U64,
	[TDM_LINE_A_FRAME] = U64, [TDM_LINE_A_SLIPS] = U64, [TDM_LINE_A_SEF] = U64,
	[TDM_LINE_A_GAP_RX] = U64, [TDM_LINE_A_GAP_TX] = U64,
};

static uint32_t u32(struct nlattr *const *tb, int type)
{
	return tb[type] ? nla_get_u32(tb[type]) : 0;
}

static uint64_t u64(struct nlattr *const *tb, int type)
{
	return tb[type] ? nla_get_u64(tb[type]) : 0;
}

static uint8_t u8(struct nlattr *const *tb, int type)
{
	return tb[type] ? nla_get_u8(tb[type]) : 0;
}

/* Copy a string that need not end with NUL; control characters never reach a terminal. */
static void text(struct nlattr *const *tb, int type, char *out, size_t size)
{
	const char *s = tb[type] ? nla_data(tb[type]) : "";
	size_t len = tb[type] ? strnlen(s, (size_t)nla_len(tb[type])) : 0;

	if (len >= size)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i];
	out[len] = '\0';
}

static int attrs(struct nlattr **tb, const struct nlattr *head, int len)
{
	return nla_parse(tb, TDM_A_MAX, (struct nlattr *)head, len, main_policy) < 0 ? -EBADMSG : 0;
}

int tdm_nlp_card(const struct nlattr *head, int len, struct tdm_card_info *out)
{
	struct nlattr *tb[TDM_A_MAX + 1], *a;
	int rem;

	if (attrs(tb, head, len) || !tb[TDM_A_CARD] || !tb[TDM_A_CARD_NAME])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->id = u32(tb, TDM_A_CARD);
	text(tb, TDM_A_CARD_NAME, out->name, sizeof(out->name));
	text(tb, TDM_A_MODEL, out->model, sizeof(out->model));
	text(tb, TDM_A_SERIAL, out->serial, sizeof(out->serial));
	text(tb, TDM_A_KEY, out->key, sizeof(out->key));
	out->ports = u32(tb, TDM_A_PORTS);
	out->rx_frame = u64(tb, TDM_A_RX_FRAME);
	out->tx_frame = u64(tb, TDM_A_TX_FRAME);
	out->ticks = u64(tb, TDM_A_TICKS);
	out->late_ticks = u64(tb, TDM_A_LATE_TICKS);
	out->bad_ticks = u64(tb, TDM_A_BAD_TICKS);
	out->gaps = u64(tb, TDM_A_GAPS);
	out->gap_rx = u64(tb, TDM_A_GAP_RX);
	out->gap_tx = u64(tb, TDM_A_GAP_TX);
	out->clock_state = u32(tb, TDM_A_CLOCK_STATE);
	out->clock_port = u32(tb, TDM_A_CLOCK_PORT);
	out->clock_usable = u32(tb, TDM_A_CLOCK_USABLE);
	out->clock_prefer = u32(tb, TDM_A_CLOCK_PREFER);
	out->clock_restore = u32(tb, TDM_A_CLOCK_RESTORE);
	out->clock_changes = u64(tb, TDM_A_CLOCK_CHANGES);
	nla_for_each_attr(a, (struct nlattr *)head, len, rem) {
		if (nla_type(a) != TDM_A_CLOCK_SOURCE || nla_len(a) < 4 || !nla_get_u32(a))
			continue;
		if (out->clock_count < TDM_CLOCK_MAX)
			out->clock_sources[out->clock_count++] = nla_get_u32(a);
	}
	return 0;
}

int tdm_nlp_span(const struct nlattr *head, int len, struct tdm_span_info *out)
{
	struct nlattr *tb[TDM_A_MAX + 1];

	if (attrs(tb, head, len) || !tb[TDM_A_CARD] || !tb[TDM_A_PORT])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->card = u32(tb, TDM_A_CARD);
	text(tb, TDM_A_CARD_NAME, out->card_name, sizeof(out->card_name));
	out->port = u32(tb, TDM_A_PORT);
	out->id = u32(tb, TDM_A_SPAN);
	out->types = u32(tb, TDM_A_TYPES);
	out->conf.type = u32(tb, TDM_A_TYPE);
	out->conf.framing = u32(tb, TDM_A_FRAMING);
	out->conf.line_code = u32(tb, TDM_A_LINE_CODE);
	out->conf.signalling = u32(tb, TDM_A_SIGNALLING);
	out->conf.loopback = u32(tb, TDM_A_LOOPBACK);
	out->conf.lbo = u32(tb, TDM_A_LBO);
	out->conf.fail_declare_ms = u32(tb, TDM_A_FAIL_DECLARE);
	out->conf.fail_clear_ms = u32(tb, TDM_A_FAIL_CLEAR);
	out->state = u32(tb, TDM_A_STATE);
	out->law = u32(tb, TDM_A_LAW);
	out->slots = u32(tb, TDM_A_SLOTS);
	out->slots_taken = u32(tb, TDM_A_SLOTS_TAKEN);
	out->stalled = u8(tb, TDM_A_STALLED);
	out->defects = u32(tb, TDM_A_DEFECTS);
	out->failures = u32(tb, TDM_A_FAILURES);
	out->sending_rai = u8(tb, TDM_A_SENDING_RAI);
	out->slips = u64(tb, TDM_A_SLIPS);
	out->gap_rx = u64(tb, TDM_A_GAP_RX);
	out->gap_tx = u64(tb, TDM_A_GAP_TX);
	out->reports_lost = u64(tb, TDM_A_REPORTS_LOST);
	out->event_seq = u64(tb, TDM_A_EVENT_SEQ);
	return 0;
}

/* A slot number becomes a mask; one that no span has becomes none. */
static uint32_t slot_mask(uint32_t slot)
{
	return slot < TDM_SLOTS_MAX ? 1U << slot : 0;
}

static void peer(struct nlattr *const *tb, struct tdm_addr *out)
{
	text(tb, TDM_A_PEER_CARD_NAME, out->card, sizeof(out->card));
	out->port = u32(tb, TDM_A_PEER_PORT);
	out->slots = tb[TDM_A_PEER_SLOT] ? slot_mask(u32(tb, TDM_A_PEER_SLOT)) : 0;
}

int tdm_nlp_slot(const struct nlattr *head, int len, struct tdm_slot_info *out)
{
	struct nlattr *tb[TDM_A_MAX + 1];

	if (attrs(tb, head, len) || !tb[TDM_A_CARD] || !tb[TDM_A_PORT] || !tb[TDM_A_SLOT])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->card = u32(tb, TDM_A_CARD);
	text(tb, TDM_A_CARD_NAME, out->card_name, sizeof(out->card_name));
	out->port = u32(tb, TDM_A_PORT);
	out->slot = u32(tb, TDM_A_SLOT);
	text(tb, TDM_A_OWNER, out->owner, sizeof(out->owner));
	out->bearer = u32(tb, TDM_A_BEARER);
	out->mode = u32(tb, TDM_A_MODE);
	out->taps = u32(tb, TDM_A_TAPS);
	out->connect = u32(tb, TDM_A_CONNECT);
	peer(tb, &out->peer);
	out->idle = u8(tb, TDM_A_IDLE);
	out->has_cas = tb[TDM_A_CAS_RX] != NULL;
	out->cas_rx = u8(tb, TDM_A_CAS_RX);
	out->cas_tx = u8(tb, TDM_A_CAS_TX);
	return 0;
}

int tdm_nlp_connect(const struct nlattr *head, int len, struct tdm_connect_info *out)
{
	struct nlattr *tb[TDM_A_MAX + 1];

	if (attrs(tb, head, len) || !tb[TDM_A_CONNECT])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->id = u32(tb, TDM_A_CONNECT);
	text(tb, TDM_A_CARD_NAME, out->a.card, sizeof(out->a.card));
	out->a.port = u32(tb, TDM_A_PORT);
	out->a.slots = tb[TDM_A_SLOT] ? slot_mask(u32(tb, TDM_A_SLOT)) : 0;
	peer(tb, &out->b);
	out->both = u8(tb, TDM_A_BOTH);
	out->admin = u8(tb, TDM_A_ADMIN);
	out->bearer = u32(tb, TDM_A_BEARER);
	out->slips = u64(tb, TDM_A_SLIPS);
	return 0;
}

static int count(struct nlattr *nest, struct tdm_count *out)
{
	struct nlattr *tb[TDM_COUNT_A_MAX + 1];

	if (!nest)
		return 0;
	if (nla_parse(tb, TDM_COUNT_A_MAX, nla_data(nest), nla_len(nest), count_policy) < 0)
		return -EBADMSG;
	out->es = u32(tb, TDM_COUNT_A_ES);
	out->ses = u32(tb, TDM_COUNT_A_SES);
	out->sefs = u32(tb, TDM_COUNT_A_SEFS);
	out->uas = u32(tb, TDM_COUNT_A_UAS);
	out->css = u32(tb, TDM_COUNT_A_CSS);
	out->les = u32(tb, TDM_COUNT_A_LES);
	out->bes = u32(tb, TDM_COUNT_A_BES);
	out->dm = u32(tb, TDM_COUNT_A_DM);
	out->pcv = u32(tb, TDM_COUNT_A_PCV);
	out->lcv = u32(tb, TDM_COUNT_A_LCV);
	return 0;
}

int tdm_nlp_counters(const struct nlattr *head, int len, struct tdm_counters *out)
{
	struct nlattr *tb[TDM_A_MAX + 1];

	if (attrs(tb, head, len) || !tb[TDM_A_NEAR])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->interval = u32(tb, TDM_A_INTERVAL);
	out->elapsed = u32(tb, TDM_A_ELAPSED);
	out->valid = u8(tb, TDM_A_VALID);
	out->has_far = tb[TDM_A_FAR] != NULL;
	return count(tb[TDM_A_NEAR], &out->near) ?: count(tb[TDM_A_FAR], &out->far);
}

int tdm_nlp_totals(const struct nlattr *head, int len, struct tdm_totals *out)
{
	struct nlattr *tb[TDM_A_MAX + 1], *line[TDM_LINE_A_MAX + 1];
	int ret;

	if (attrs(tb, head, len))
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->intervals = u32(tb, TDM_A_INTERVALS);
	out->has_far = tb[TDM_A_TOTAL_FAR] != NULL;
	ret = count(tb[TDM_A_TOTAL_NEAR], &out->near) ?: count(tb[TDM_A_TOTAL_FAR], &out->far);
	if (ret || !tb[TDM_A_LINE])
		return ret;
	if (nla_parse(line, TDM_LINE_A_MAX, nla_data(tb[TDM_A_LINE]), nla_len(tb[TDM_A_LINE]),
		      line_policy) < 0)
		return -EBADMSG;
	out->lcv = u64(line, TDM_LINE_A_LCV);
	out->crc = u64(line, TDM_LINE_A_CRC);
	out->ebit = u64(line, TDM_LINE_A_EBIT);
	out->frame = u64(line, TDM_LINE_A_FRAME);
	out->slips = u64(line, TDM_LINE_A_SLIPS);
	out->sef = u64(line, TDM_LINE_A_SEF);
	out->gap_rx = u64(line, TDM_LINE_A_GAP_RX);
	out->gap_tx = u64(line, TDM_LINE_A_GAP_TX);
	return 0;
}

int tdm_nlp_virt_port(const struct nlattr *head, int len, struct tdm_virt_port *out)
{
	struct nlattr *tb[TDM_VIRT_A_MAX + 1];

	if (nla_parse(tb, TDM_VIRT_A_MAX, (struct nlattr *)head, len, virt_policy) < 0 ||
	    !tb[TDM_VIRT_A_CARD])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->card = u32(tb, TDM_VIRT_A_CARD);
	text(tb, TDM_VIRT_A_CARD_NAME, out->card_name, sizeof(out->card_name));
	out->ports = u32(tb, TDM_VIRT_A_PORTS);
	out->port = u32(tb, TDM_VIRT_A_PORT);
	text(tb, TDM_VIRT_A_PEER_CARD_NAME, out->peer.card, sizeof(out->peer.card));
	out->peer.port = u32(tb, TDM_VIRT_A_PEER_PORT);
	out->defects = u32(tb, TDM_VIRT_A_DEFECTS);
	out->ber = u32(tb, TDM_VIRT_A_BIT_ERRORS);
	out->ppm = (int32_t)u32(tb, TDM_VIRT_A_SLIP_PPM);
	out->refuse = u32(tb, TDM_VIRT_A_REFUSE_OPS);
	out->stall = u8(tb, TDM_VIRT_A_STALL);
	out->ticks = u64(tb, TDM_VIRT_A_TICKS);
	return 0;
}

static const struct news_kind {
	unsigned int cmd;
	enum tdm_news_type type;
} news_kinds[] = {
	{ TDM_CMD_CARD_NEW_NTF, TDM_NEWS_CARD_NEW },
	{ TDM_CMD_CARD_GONE_NTF, TDM_NEWS_CARD_GONE },
	{ TDM_CMD_CLOCK_CHANGE_NTF, TDM_NEWS_CLOCK },
	{ TDM_CMD_SPAN_CHANGE_NTF, TDM_NEWS_SPAN },
	{ TDM_CMD_ALARM_NTF, TDM_NEWS_ALARM },
	{ TDM_CMD_SLIP_NTF, TDM_NEWS_SLIP },
	{ TDM_CMD_GAP_NTF, TDM_NEWS_GAP },
	{ TDM_CMD_NOTICE_NTF, TDM_NEWS_NOTICE },
};

int tdm_nlp_news(unsigned int cmd, const struct nlattr *head, int len, struct tdm_news *out)
{
	struct nlattr *tb[TDM_A_MAX + 1];
	const struct news_kind *kind = news_kinds;
	const struct news_kind *end = kind + sizeof(news_kinds) / sizeof(news_kinds[0]);

	while (kind < end && kind->cmd != cmd)
		kind++;
	if (kind == end)
		return 0;
	if (attrs(tb, head, len) || !tb[TDM_A_CARD])
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	out->type = kind->type;
	out->seq = u64(tb, TDM_A_EVENT_SEQ);
	out->time_ns = u64(tb, TDM_A_TIME);
	out->frame = u64(tb, TDM_A_FRAME);
	out->card = u32(tb, TDM_A_CARD);
	text(tb, TDM_A_CARD_NAME, out->card_name, sizeof(out->card_name));
	out->port = u32(tb, TDM_A_PORT);
	out->raised = u32(tb, TDM_A_RAISED);
	out->cleared = u32(tb, TDM_A_CLEARED);
	text(tb, TDM_A_NOTICE, out->text, sizeof(out->text));

	switch (kind->type) {
	case TDM_NEWS_CARD_NEW:
	case TDM_NEWS_CLOCK:
		if (tdm_nlp_card(head, len, &out->info))
			return -EBADMSG;
		break;
	case TDM_NEWS_SPAN:
	case TDM_NEWS_ALARM:
		if (tdm_nlp_span(head, len, &out->span))
			return -EBADMSG;
		break;
	case TDM_NEWS_SLIP:
		out->value = (int32_t)u32(tb, TDM_A_SLIP);
		break;
	case TDM_NEWS_GAP:
		out->value = (int64_t)u64(tb, TDM_A_GAP_RX);
		out->value_tx = (int64_t)u64(tb, TDM_A_GAP_TX);
		break;
	default:
		break;
	}
	return 1;
}

void tdm_nlp_extack(const struct nlattr *head, int len, char *out, size_t size, int *attr,
		    int *missing)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	*out = '\0';
	*attr = *missing = -1;
	if (nla_parse(tb, NLMSGERR_ATTR_MAX, (struct nlattr *)head, len, NULL) < 0)
		return;
	text(tb, NLMSGERR_ATTR_MSG, out, size);
	if (tb[NLMSGERR_ATTR_OFFS] && nla_len(tb[NLMSGERR_ATTR_OFFS]) >= 4)
		*attr = (int)nla_get_u32(tb[NLMSGERR_ATTR_OFFS]);
	if (tb[NLMSGERR_ATTR_MISS_TYPE] && nla_len(tb[NLMSGERR_ATTR_MISS_TYPE]) >= 4)
		*missing = (int)nla_get_u32(tb[NLMSGERR_ATTR_MISS_TYPE]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes to structures. Messages are made with libnl, as the kernel makes them. */
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "test.h"
#include "lib/nlparse.h"

static const struct nlattr *head(struct nl_msg *m)
{
	return nlmsg_data(nlmsg_hdr(m));
}

static int len(struct nl_msg *m)
{
	return nlmsg_datalen(nlmsg_hdr(m));
}

static struct nl_msg *span_message(uint64_t seq)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);

	nla_put_u32(m, TDM_A_CARD, 7);
	nla_put_string(m, TDM_A_CARD_NAME, "virt0");
	nla_put_u32(m, TDM_A_PORT, 2);
	nla_put_u64(m, TDM_A_EVENT_SEQ, seq);
	nla_put_u32(m, TDM_A_TYPE, TDM_TYPE_T1);
	nla_put_u32(m, TDM_A_FAILURES, TDM_ALARM_LOS);
	nla_put_u32(m, TDM_A_DEFECTS, TDM_ALARM_LOS | TDM_ALARM_RAI);
	nla_put_u8(m, TDM_A_SENDING_RAI, 1);
	nla_put_u32(m, TDM_A_STATE, TDM_SPAN_UP);
	nla_put_u32(m, 900, 1); /* of a newer kernel */
	return m;
}

static void spans(void **state)
{
	struct nl_msg *m = span_message(1ULL << 40), *empty = nlmsg_alloc_simple(100, 0);
	struct tdm_span_info s;

	(void)state;
	assert_int_equal(tdm_nlp_span(head(m), len(m), &s), 0);
	assert_int_equal(s.card, 7);
	assert_string_equal(s.card_name, "virt0");
	assert_int_equal(s.port, 2);
	assert_true(s.event_seq == 1ULL << 40);
	assert_int_equal(s.conf.type, TDM_TYPE_T1);
	assert_int_equal(s.failures, TDM_ALARM_LOS);
	assert_true(s.sending_rai);
	assert_int_equal(tdm_nlp_span(head(empty), len(empty), &s), -EBADMSG);
	nlmsg_free(m);
	nlmsg_free(empty);
}

/* A wrong length is no value. */
static void wrong_length(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);
	struct tdm_span_info s;

	(void)state;
	nla_put_u32(m, TDM_A_CARD, 7);
	nla_put_u8(m, TDM_A_PORT, 2);
	assert_int_equal(tdm_nlp_span(head(m), len(m), &s), -EBADMSG);
	nlmsg_free(m);
}

static void strings(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);
	char lengthy[200];
	struct tdm_slot_info s;

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy));
	lengthy[sizeof(lengthy) - 1] = '\0';
	nla_put_u32(m, TDM_A_CARD, 7);
	nla_put_string(m, TDM_A_CARD_NAME, "a\033[2J"); /* what a terminal obeys */
	nla_put_u32(m, TDM_A_PORT, 1);
	nla_put_u32(m, TDM_A_SLOT, 31);
	nla_put(m, TDM_A_OWNER, sizeof(lengthy), lengthy);
	nla_put_string(m, TDM_A_PEER_CARD_NAME, "te0");
	nla_put_u32(m, TDM_A_PEER_PORT, 3);
	nla_put_u32(m, TDM_A_PEER_SLOT, 40);
	assert_int_equal(tdm_nlp_slot(head(m), len(m), &s), 0);
	assert_string_equal(s.card_name, "a?[2J");
	assert_int_equal(strlen(s.owner), sizeof(s.owner) - 1);
	assert_string_equal(s.peer.card, "te0");
	assert_int_equal(s.peer.slots, 0);
	nlmsg_free(m);
}

static void clocks(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);
	struct tdm_card_info k;

	(void)state;
	nla_put_u32(m, TDM_A_CARD, 1);
	nla_put_string(m, TDM_A_CARD_NAME, "te0");
	for (uint32_t i = 40; i > 0; i--)
		nla_put_u32(m, TDM_A_CLOCK_SOURCE, i);
	assert_int_equal(tdm_nlp_card(head(m), len(m), &k), 0);
	assert_int_equal(k.clock_count, TDM_CLOCK_MAX);
	assert_int_equal(k.clock_sources[0], 40);
	nlmsg_free(m);
}

static void counters(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);
	struct tdm_counters c;
	struct tdm_totals t;
	struct nlattr *nest;

	(void)state;
	nla_put_u32(m, TDM_A_INTERVAL, 3);
	nest = nla_nest_start(m, TDM_A_NEAR);
	nla_put_u32(m, TDM_COUNT_A_ES, 11);
	nla_put_u32(m, TDM_COUNT_A_LCV, 12);
	nla_nest_end(m, nest);
	nest = nla_nest_start(m, TDM_A_LINE);
	nla_put_u64(m, TDM_LINE_A_CRC, 13);
	nla_nest_end(m, nest);
	assert_int_equal(tdm_nlp_counters(head(m), len(m), &c), 0);
	assert_int_equal(c.interval, 3);
	assert_int_equal(c.near.es, 11);
	assert_int_equal(c.near.lcv, 12);
	assert_false(c.has_far);
	assert_int_equal(tdm_nlp_totals(head(m), len(m), &t), 0);
	assert_int_equal(t.crc, 13);
	nlmsg_free(m);
}

static void news(void **state)
{
	struct nl_msg *m = span_message(5), *slip = nlmsg_alloc_simple(100, 0);
	struct tdm_news n;

	(void)state;
	assert_int_equal(tdm_nlp_news(TDM_CMD_ALARM_NTF, head(m), len(m), &n), 1);
	assert_int_equal(n.type, TDM_NEWS_ALARM);
	assert_int_equal(n.seq, 5);
	assert_int_equal(n.span.defects, TDM_ALARM_LOS | TDM_ALARM_RAI);
	assert_int_equal(tdm_nlp_news(250, head(m), len(m), &n), 0);
	nla_put_u32(slip, TDM_A_CARD, 7);
	assert_int_equal(tdm_nlp_news(TDM_CMD_ALARM_NTF, head(slip), len(slip), &n), -EBADMSG);
	nla_put_s32(slip, TDM_A_SLIP, -1);
	assert_int_equal(tdm_nlp_news(TDM_CMD_SLIP_NTF, head(slip), len(slip), &n), 1);
	assert_int_equal(n.value, -1);
	nlmsg_free(m);
	nlmsg_free(slip);
}

static void refusals(void **state)
{
	struct nl_msg *m = nlmsg_alloc_simple(100, 0);
	int attr, missing;
	char text[20];

	(void)state;
	tdm_nlp_extack(head(m), len(m), text, sizeof(text), &attr, &missing);
	assert_string_equal(text, "");
	assert_int_equal(attr, -1);
	nla_put_string(m, NLMSGERR_ATTR_MSG, "a sentence that is longer than the room for it");
	nla_put_u32(m, NLMSGERR_ATTR_OFFS, 20);
	nla_put_u32(m, NLMSGERR_ATTR_MISS_TYPE, 3);
	tdm_nlp_extack(head(m), len(m), text, sizeof(text), &attr, &missing);
	assert_string_equal(text, "a sentence that is ");
	assert_int_equal(attr, 20);
	assert_int_equal(missing, 3);
	nlmsg_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans), cmocka_unit_test(wrong_length), cmocka_unit_test(strings),
		cmocka_unit_test(clocks), cmocka_unit_test(counters), cmocka_unit_test(news),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes of the family opentdm. */
#include <errno.h>
#include <stdlib.h>

#include "nl.h"
#include "nlparse.h"

/* Send a change whose attributes were put with the sum @err of their results. */
static int change(struct tdm_nl *nl, struct nl_msg *msg, int err, const char *what, nl_handler fn,
		  void *arg, struct tdm_error *e)
{
	if (err) {
		nlmsg_free(msg);
		return tdm_error_set(e, -ENOMEM, "out of memory");
	}
	return tdm_nl_transact(nl, msg, what, fn, arg, e);
}

static struct nl_msg *span_request(struct tdm_nl *nl, int cmd, uint32_t card, uint32_t port,
				   int *err, struct tdm_error *e)
{
	struct nl_msg *msg = tdm_nl_request(nl, NL_MAIN, cmd, false, err, e);

	if (!msg)
		return NULL;
	*err = nla_put_u32(msg, TDM_A_CARD, card) ?: nla_put_u32(msg, TDM_A_PORT, port);
	return msg;
}

int tdm_nl_span_set(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t what,
		    const struct tdm_span_conf *conf, uint32_t state, struct tdm_error *e)
{
	const struct {
		uint32_t bit;
		int attr;
		uint32_t value;
	} rows[] = {
		{ TDM_SET_TYPE, TDM_A_TYPE, conf ? conf->type : 0 },
		{ TDM_SET_FRAMING, TDM_A_FRAMING, conf ? conf->framing : 0 },
		{ TDM_SET_LINE_CODE, TDM_A_LINE_CODE, conf ? conf->line_code : 0 },
		{ TDM_SET_SIGNALLING, TDM_A_SIGNALLING, conf ? conf->signalling : 0 },
		{ TDM_SET_LOOPBACK, TDM_A_LOOPBACK, conf ? conf->loopback : 0 },
		{ TDM_SET_LBO, TDM_A_LBO, conf ? conf->lbo : 0 },
		{ TDM_SET_FAIL_DECLARE, TDM_A_FAIL_DECLARE, conf ? conf->fail_declare_ms : 0 },
		{ TDM_SET_FAIL_CLEAR, TDM_A_FAIL_CLEAR, conf ? conf->fail_clear_ms : 0 },
		{ TDM_SET_STATE, TDM_A_STATE, state },
	};
	struct nl_msg *msg;
	int err = 0;

	msg = span_request(nl, TDM_CMD_SPAN_SET, card, port, &err, e);
	if (!msg)
		return err;
	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (what & rows[i].bit)
			err = nla_put_u32(msg, rows[i].attr, rows[i].value);
	return change(nl, msg, err, "setting a span", NULL, NULL, e);
}

int tdm_nl_span_up(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e)
{
	return tdm_nl_span_set(nl, card, port, TDM_SET_STATE, NULL, TDM_SPAN_UP, e);
}

int tdm_nl_span_down(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e)
{
	return tdm_nl_span_set(nl, card, port, TDM_SET_STATE, NULL, TDM_SPAN_DOWN, e);
}

int tdm_nl_loopback(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t loopback,
		    struct tdm_error *e)
{
	struct tdm_span_conf conf = { .loopback = loopback };

	return tdm_nl_span_set(nl, card, port, TDM_SET_LOOPBACK, &conf, 0, e);
}

int tdm_nl_clock_set(struct tdm_nl *nl, uint32_t card, const uint32_t *ports, unsigned int count,
		     int prefer, int64_t restore_ms, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_MAIN, TDM_CMD_CARD_SET, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_u32(msg, TDM_A_CARD, card);
	for (unsigned int i = 0; !err && ports && i < count; i++)
		err = nla_put_u32(msg, TDM_A_CLOCK_SOURCE, ports[i]);
	if (!err && ports && !count)
		err = nla_put_u32(msg, TDM_A_CLOCK_SOURCE, 0);
	if (!err && prefer >= 0)
		err = nla_put_u32(msg, TDM_A_CLOCK_PREFER, (uint32_t)prefer);
	if (!err && restore_ms >= 0)
		err = nla_put_u32(msg, TDM_A_CLOCK_RESTORE,
				  restore_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)restore_ms);
	return change(nl, msg, err, "setting a clock", NULL, NULL, e);
}

int tdm_nl_card_reload(struct tdm_nl *nl, uint32_t card, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_MAIN, TDM_CMD_CARD_RELOAD, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_u32(msg, TDM_A_CARD, card);
	return change(nl, msg, err, "reloading firmware", NULL, NULL, e);
}

int tdm_nl_counters_reset(struct tdm_nl *nl, uint32_t card, uint32_t port, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = span_request(nl, TDM_CMD_COUNTERS_RESET, card, port, &err, e);
	return msg ? change(nl, msg, err, "resetting counters", NULL, NULL, e) : err;
}

int tdm_nl_slot_idle(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot, uint8_t idle,
		     struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = span_request(nl, TDM_CMD_SLOT_SET, card, port, &err, e);
	if (!msg)
		return err;
	if (!err)
		err = nla_put_u32(msg, TDM_A_SLOT, slot) ?: nla_put_u8(msg, TDM_A_IDLE, idle);
	return change(nl, msg, err, "setting an idle code", NULL, NULL, e);
}

int tdm_nl_slot_cas(struct tdm_nl *nl, uint32_t card, uint32_t port, uint32_t slot, uint32_t abcd,
		    struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = span_request(nl, TDM_CMD_SLOT_SET, card, port, &err, e);
	if (!msg)
		return err;
	if (!err)
		err = nla_put_u32(msg, TDM_A_SLOT, slot) ?:
		      nla_put_u8(msg, TDM_A_CAS_TX, abcd > UINT8_MAX ? UINT8_MAX : (uint8_t)abcd);
	return change(nl, msg, err, "setting signalling bits", NULL, NULL, e);
}

static int connect_id(const struct nlattr *head, int len, void *arg)
{
	struct tdm_connect_info info;
	uint32_t *id = arg;
	int ret = tdm_nlp_connect(head, len, &info);

	if (!ret && id)
		*id = info.id;
	return ret;
}

int tdm_nl_connect_add(struct tdm_nl *nl, const struct tdm_addr *a, const struct tdm_addr *b,
		       bool both, uint32_t bearer, uint32_t *id, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	if (tdm_slots_count(a->slots) != 1 || tdm_slots_count(b->slots) != 1)
		return tdm_error_set(e, -EINVAL,
				     "a cross-connect joins one timeslot with one other");
	msg = tdm_nl_request(nl, NL_MAIN, TDM_CMD_CONNECT_NEW, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_string(msg, TDM_A_CARD_NAME, a->card) ?:
	      nla_put_u32(msg, TDM_A_PORT, a->port) ?:
	      nla_put_u32(msg, TDM_A_SLOT, (uint32_t)__builtin_ctz(a->slots)) ?:
	      nla_put_string(msg, TDM_A_PEER_CARD_NAME, b->card) ?:
	      nla_put_u32(msg, TDM_A_PEER_PORT, b->port) ?:
	      nla_put_u32(msg, TDM_A_PEER_SLOT, (uint32_t)__builtin_ctz(b->slots)) ?:
	      nla_put_u8(msg, TDM_A_BOTH, both) ?:
	      nla_put_u32(msg, TDM_A_BEARER, bearer);
	return change(nl, msg, err, "connecting", connect_id, id, e);
}

int tdm_nl_connect_del(struct tdm_nl *nl, uint32_t id, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_MAIN, TDM_CMD_CONNECT_DEL, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_u32(msg, TDM_A_CONNECT, id);
	return change(nl, msg, err, "ending a cross-connect", NULL, NULL, e);
}

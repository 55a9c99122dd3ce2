// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual cards: the family opentdm_virt. */
#include <errno.h>
#include <stdlib.h>

#include "nl.h"
#include "nlparse.h"

static int send_it(struct tdm_nl *nl, struct nl_msg *msg, int err, const char *what, nl_handler fn,
		   void *arg, struct tdm_error *e)
{
	if (err) {
		nlmsg_free(msg);
		return tdm_error_set(e, -ENOMEM, "out of memory");
	}
	return tdm_nl_transact(nl, msg, what, fn, arg, e);
}

static int card_id(const struct nlattr *head, int len, void *arg)
{
	struct tdm_virt_port port;
	uint32_t *id = arg;
	int ret = tdm_nlp_virt_port(head, len, &port);

	if (!ret && id)
		*id = port.card;
	return ret;
}

int tdm_virt_new(struct tdm_nl *nl, const struct tdm_virt_new *card, uint32_t *id,
		 struct tdm_error *e)
{
	const struct {
		int attr;
		int value;
	} choices[] = {
		{ TDM_VIRT_A_TYPE, card->type },
		{ TDM_VIRT_A_FRAMING, card->framing },
		{ TDM_VIRT_A_LINE_CODE, card->line_code },
		{ TDM_VIRT_A_SIGNALLING, card->signalling },
	};
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_VIRT, TDM_VIRT_CMD_NEW, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_u32(msg, TDM_VIRT_A_PORTS, card->ports);
	if (!err && *card->name)
		err = nla_put_string(msg, TDM_VIRT_A_CARD_NAME, card->name);
	if (!err && *card->key)
		err = nla_put_string(msg, TDM_VIRT_A_KEY, card->key);
	for (size_t i = 0; !err && i < sizeof(choices) / sizeof(choices[0]); i++)
		if (choices[i].value >= 0)
			err = nla_put_u32(msg, choices[i].attr, (uint32_t)choices[i].value);
	return send_it(nl, msg, err, "making a virtual card", card_id, id, e);
}

int tdm_virt_del(struct tdm_nl *nl, uint32_t card, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_VIRT, TDM_VIRT_CMD_DEL, false, &err, e);
	if (!msg)
		return err;
	err = nla_put_u32(msg, TDM_VIRT_A_CARD, card);
	return send_it(nl, msg, err, "removing a virtual card", NULL, NULL, e);
}

static int list_port(const struct nlattr *head, int len, void *arg)
{
	struct tdm_virt_port *port = tdm_nl_list_add(arg);

	return port ? tdm_nlp_virt_port(head, len, port) : -ENOMEM;
}

int tdm_virt_list(struct tdm_nl *nl, struct tdm_virt_port **out, struct tdm_error *e)
{
	struct nl_list list = { .size = sizeof(**out) };
	int ret = tdm_nl_dump(nl, NL_VIRT, TDM_VIRT_CMD_GET, "listing virtual cards", NULL, NULL,
			      list_port, &list, e);

	if (ret < 0 || !list.count) {
		free(list.data);
		list.data = NULL;
	}
	if (ret < 0)
		return ret;
	*out = (struct tdm_virt_port *)(void *)list.data;
	return (int)list.count;
}

static int put_port(struct nl_msg *msg, const struct tdm_addr *port)
{
	int err = nla_put_string(msg, TDM_VIRT_A_CARD_NAME, port->card);

	if (!err && port->port)
		err = nla_put_u32(msg, TDM_VIRT_A_PORT, port->port);
	return err;
}

int tdm_virt_join(struct tdm_nl *nl, const struct tdm_addr *a, const struct tdm_addr *b,
		  struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_VIRT, TDM_VIRT_CMD_JOIN, false, &err, e);
	if (!msg)
		return err;
	err = put_port(msg, a) ?: nla_put_string(msg, TDM_VIRT_A_PEER_CARD_NAME, b->card) ?:
	      nla_put_u32(msg, TDM_VIRT_A_PEER_PORT, b->port);
	return send_it(nl, msg, err, "joining ports", NULL, NULL, e);
}

int tdm_virt_unjoin(struct tdm_nl *nl, const struct tdm_addr *port, struct tdm_error *e)
{
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_VIRT, TDM_VIRT_CMD_UNJOIN, false, &err, e);
	if (!msg)
		return err;
	err = put_port(msg, port);
	return send_it(nl, msg, err, "parting ports", NULL, NULL, e);
}

int tdm_virt_fault(struct tdm_nl *nl, const struct tdm_addr *port, const struct tdm_fault *fault,
		   struct tdm_error *e)
{
	const struct {
		uint32_t bit;
		int attr;
		uint32_t value;
	} rows[] = {
		{ TDM_FAULT_DEFECTS, TDM_VIRT_A_DEFECTS, fault->defects },
		{ TDM_FAULT_BER, TDM_VIRT_A_BIT_ERRORS, fault->ber },
		{ TDM_FAULT_CRC, TDM_VIRT_A_CRC_ERRORS, fault->crc },
		{ TDM_FAULT_LCV, TDM_VIRT_A_LCV_ERRORS, fault->lcv },
		{ TDM_FAULT_FRAME, TDM_VIRT_A_FRAME_ERRORS, fault->frame },
		{ TDM_FAULT_PPM, TDM_VIRT_A_SLIP_PPM, (uint32_t)fault->ppm },
		{ TDM_FAULT_REFUSE, TDM_VIRT_A_REFUSE_OPS, fault->refuse },
		{ TDM_FAULT_LATE, TDM_VIRT_A_LATE_TICKS, fault->late },
		{ TDM_FAULT_SECONDS, TDM_VIRT_A_SECONDS, fault->seconds },
	};
	struct nl_msg *msg;
	int err = 0;

	msg = tdm_nl_request(nl, NL_VIRT, TDM_VIRT_CMD_FAULT, false, &err, e);
	if (!msg)
		return err;
	err = put_port(msg, port);
	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fault->what & rows[i].bit)
			err = nla_put_u32(msg, rows[i].attr, rows[i].value);
	if (!err && (fault->what & TDM_FAULT_STALL))
		err = nla_put_u8(msg, TDM_VIRT_A_STALL, fault->stall);
	if (!err && (fault->what & TDM_FAULT_YANK))
		err = nla_put_flag(msg, TDM_VIRT_A_YANK);
	return send_it(nl, msg, err, "setting a fault", NULL, NULL, e);
}

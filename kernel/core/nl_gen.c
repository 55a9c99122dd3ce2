// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/opentdm.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/opentdm_netlink.h>
#include <opentdm.h>
#include <opentdm.h>
#include <opentdm.h>

/* TDM_CMD_CARD_GET - do */
const struct nla_policy opentdm_card_get_nl_policy[TDM_A_CARD_NAME + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
};

/* TDM_CMD_CARD_SET - do */
const struct nla_policy opentdm_card_set_nl_policy[TDM_A_CLOCK_RESTORE + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_CLOCK_SOURCE] = NLA_POLICY_MAX(NLA_U32, 16),
	[TDM_A_CLOCK_PREFER] = NLA_POLICY_MAX(NLA_U32, 16),
	[TDM_A_CLOCK_RESTORE] = { .type = NLA_U32, },
};

/* TDM_CMD_SPAN_GET - do */
const struct nla_policy opentdm_span_get_nl_policy[TDM_A_PORT + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_CMD_SPAN_SET - do */
const struct nla_policy opentdm_span_set_nl_policy[TDM_A_STATE + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_A_TYPE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TDM_A_FRAMING] = NLA_POLICY_MAX(NLA_U32, 4),
	[TDM_A_LINE_CODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TDM_A_SIGNALLING] = NLA_POLICY_MAX(NLA_U32, 2),
	[TDM_A_LBO] = NLA_POLICY_MAX(NLA_U32, 7),
	[TDM_A_LOOPBACK] = NLA_POLICY_MAX(NLA_U32, 3),
	[TDM_A_FAIL_DECLARE] = NLA_POLICY_MAX(NLA_U32, 30000),
	[TDM_A_FAIL_CLEAR] = NLA_POLICY_MAX(NLA_U32, 30000),
	[TDM_A_STATE] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* TDM_CMD_SLOT_GET - do */
const struct nla_policy opentdm_slot_get_nl_policy[TDM_A_SLOT + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_A_SLOT] = NLA_POLICY_MAX(NLA_U32, 31),
};

/* TDM_CMD_SLOT_SET - do */
const struct nla_policy opentdm_slot_set_nl_policy[TDM_A_CAS_TX + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_A_SLOT] = NLA_POLICY_MAX(NLA_U32, 31),
	[TDM_A_IDLE] = { .type = NLA_U8, },
	[TDM_A_CAS_TX] = NLA_POLICY_MAX(NLA_U8, 15),
};

/* TDM_CMD_CONNECT_NEW - do */
const struct nla_policy opentdm_connect_new_nl_policy[TDM_A_BOTH + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_A_SLOT] = NLA_POLICY_MAX(NLA_U32, 31),
	[TDM_A_PEER_CARD] = { .type = NLA_U32, },
	[TDM_A_PEER_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PEER_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_A_PEER_SLOT] = NLA_POLICY_MAX(NLA_U32, 31),
	[TDM_A_BOTH] = NLA_POLICY_MAX(NLA_U8, 1),
	[TDM_A_BEARER] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* TDM_CMD_CONNECT_DEL - do */
const struct nla_policy opentdm_connect_del_nl_policy[TDM_A_CONNECT + 1] = {
	[TDM_A_CONNECT] = { .type = NLA_U32, },
};

/* TDM_CMD_CONNECT_GET - do */
const struct nla_policy opentdm_connect_get_nl_policy[TDM_A_CONNECT + 1] = {
	[TDM_A_CONNECT] = { .type = NLA_U32, },
};

/* TDM_CMD_COUNTERS_GET - do */
const struct nla_policy opentdm_counters_get_nl_policy[TDM_A_PORT + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_CMD_COUNTERS_RESET - do */
const struct nla_policy opentdm_counters_reset_nl_policy[TDM_A_PORT + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
	[TDM_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_CMD_CARD_RELOAD - do */
const struct nla_policy opentdm_card_reload_nl_policy[TDM_A_CARD_NAME + 1] = {
	[TDM_A_CARD] = { .type = NLA_U32, },
	[TDM_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_CARD_NAME_MAX, },
};

/* Ops table for opentdm */
const struct genl_ops opentdm_nl_ops[12] = {
	{
		.cmd		= TDM_CMD_CARD_GET,
		.doit		= opentdm_nl_card_get_doit,
		.dumpit		= opentdm_nl_card_get_dumpit,
		.policy		= opentdm_card_get_nl_policy,
		.maxattr	= TDM_A_CARD_NAME,
	},
	{
		.cmd		= TDM_CMD_CARD_SET,
		.doit		= opentdm_nl_card_set_doit,
		.policy		= opentdm_card_set_nl_policy,
		.maxattr	= TDM_A_CLOCK_RESTORE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_SPAN_GET,
		.doit		= opentdm_nl_span_get_doit,
		.dumpit		= opentdm_nl_span_get_dumpit,
		.policy		= opentdm_span_get_nl_policy,
		.maxattr	= TDM_A_PORT,
	},
	{
		.cmd		= TDM_CMD_SPAN_SET,
		.doit		= opentdm_nl_span_set_doit,
		.policy		= opentdm_span_set_nl_policy,
		.maxattr	= TDM_A_STATE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_SLOT_GET,
		.doit		= opentdm_nl_slot_get_doit,
		.dumpit		= opentdm_nl_slot_get_dumpit,
		.policy		= opentdm_slot_get_nl_policy,
		.maxattr	= TDM_A_SLOT,
	},
	{
		.cmd		= TDM_CMD_SLOT_SET,
		.doit		= opentdm_nl_slot_set_doit,
		.policy		= opentdm_slot_set_nl_policy,
		.maxattr	= TDM_A_CAS_TX,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_CONNECT_NEW,
		.doit		= opentdm_nl_connect_new_doit,
		.policy		= opentdm_connect_new_nl_policy,
		.maxattr	= TDM_A_BOTH,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_CONNECT_DEL,
		.doit		= opentdm_nl_connect_del_doit,
		.policy		= opentdm_connect_del_nl_policy,
		.maxattr	= TDM_A_CONNECT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_CONNECT_GET,
		.doit		= opentdm_nl_connect_get_doit,
		.dumpit		= opentdm_nl_connect_get_dumpit,
		.policy		= opentdm_connect_get_nl_policy,
		.maxattr	= TDM_A_CONNECT,
	},
	{
		.cmd		= TDM_CMD_COUNTERS_GET,
		.doit		= opentdm_nl_counters_get_doit,
		.dumpit		= opentdm_nl_counters_get_dumpit,
		.policy		= opentdm_counters_get_nl_policy,
		.maxattr	= TDM_A_PORT,
	},
	{
		.cmd		= TDM_CMD_COUNTERS_RESET,
		.doit		= opentdm_nl_counters_reset_doit,
		.policy		= opentdm_counters_reset_nl_policy,
		.maxattr	= TDM_A_PORT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_CMD_CARD_RELOAD,
		.doit		= opentdm_nl_card_reload_doit,
		.policy		= opentdm_card_reload_nl_policy,
		.maxattr	= TDM_A_CARD_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group opentdm_nl_mcgrps[] = {
	[OPENTDM_NLGRP_EVENTS] = { "events", },
};

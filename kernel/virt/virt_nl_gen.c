// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/opentdm_virt.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "virt_nl_gen.h"

#include <uapi/opentdm_virt_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm.h>

/* TDM_VIRT_CMD_NEW - do */
const struct nla_policy opentdm_virt_new_nl_policy[TDM_VIRT_A_SIGNALLING + 1] = {
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PORTS] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_VIRT_A_KEY] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_TYPE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TDM_VIRT_A_FRAMING] = NLA_POLICY_MAX(NLA_U32, 4),
	[TDM_VIRT_A_LINE_CODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[TDM_VIRT_A_SIGNALLING] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* TDM_VIRT_CMD_DEL - do */
const struct nla_policy opentdm_virt_del_nl_policy[TDM_VIRT_A_CARD_NAME + 1] = {
	[TDM_VIRT_A_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
};

/* TDM_VIRT_CMD_GET - do */
const struct nla_policy opentdm_virt_get_nl_policy[TDM_VIRT_A_PORT + 1] = {
	[TDM_VIRT_A_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_VIRT_CMD_JOIN - do */
const struct nla_policy opentdm_virt_join_nl_policy[TDM_VIRT_A_PEER_PORT + 1] = {
	[TDM_VIRT_A_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_VIRT_A_PEER_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_PEER_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PEER_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_VIRT_CMD_UNJOIN - do */
const struct nla_policy opentdm_virt_unjoin_nl_policy[TDM_VIRT_A_PORT + 1] = {
	[TDM_VIRT_A_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TDM_VIRT_CMD_FAULT - do */
const struct nla_policy opentdm_virt_fault_nl_policy[TDM_VIRT_A_SECONDS + 1] = {
	[TDM_VIRT_A_CARD] = { .type = NLA_U32, },
	[TDM_VIRT_A_CARD_NAME] = { .type = NLA_NUL_STRING, .len = OPENTDM_VIRT_NAME_MAX, },
	[TDM_VIRT_A_PORT] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
	[TDM_VIRT_A_DEFECTS] = NLA_POLICY_MASK(NLA_U32, 0x1f),
	[TDM_VIRT_A_BIT_ERRORS] = { .type = NLA_U32, },
	[TDM_VIRT_A_CRC_ERRORS] = { .type = NLA_U32, },
	[TDM_VIRT_A_LCV_ERRORS] = { .type = NLA_U32, },
	[TDM_VIRT_A_FRAME_ERRORS] = { .type = NLA_U32, },
	[TDM_VIRT_A_SLIP_PPM] = { .type = NLA_S32, },
	[TDM_VIRT_A_REFUSE_OPS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[TDM_VIRT_A_LATE_TICKS] = NLA_POLICY_MAX(NLA_U32, 10000),
	[TDM_VIRT_A_STALL] = NLA_POLICY_MAX(NLA_U8, 1),
	[TDM_VIRT_A_YANK] = { .type = NLA_FLAG, },
	[TDM_VIRT_A_SECONDS] = { .type = NLA_U32, },
};

/* Ops table for opentdm_virt */
const struct genl_ops opentdm_virt_nl_ops[6] = {
	{
		.cmd		= TDM_VIRT_CMD_NEW,
		.doit		= opentdm_virt_nl_new_doit,
		.policy		= opentdm_virt_new_nl_policy,
		.maxattr	= TDM_VIRT_A_SIGNALLING,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_VIRT_CMD_DEL,
		.doit		= opentdm_virt_nl_del_doit,
		.policy		= opentdm_virt_del_nl_policy,
		.maxattr	= TDM_VIRT_A_CARD_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_VIRT_CMD_GET,
		.doit		= opentdm_virt_nl_get_doit,
		.dumpit		= opentdm_virt_nl_get_dumpit,
		.policy		= opentdm_virt_get_nl_policy,
		.maxattr	= TDM_VIRT_A_PORT,
	},
	{
		.cmd		= TDM_VIRT_CMD_JOIN,
		.doit		= opentdm_virt_nl_join_doit,
		.policy		= opentdm_virt_join_nl_policy,
		.maxattr	= TDM_VIRT_A_PEER_PORT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_VIRT_CMD_UNJOIN,
		.doit		= opentdm_virt_nl_unjoin_doit,
		.policy		= opentdm_virt_unjoin_nl_policy,
		.maxattr	= TDM_VIRT_A_PORT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= TDM_VIRT_CMD_FAULT,
		.doit		= opentdm_virt_nl_fault_doit,
		.policy		= opentdm_virt_fault_nl_policy,
		.maxattr	= TDM_VIRT_A_SECONDS,
		.flags		= GENL_ADMIN_PERM,
	},
};

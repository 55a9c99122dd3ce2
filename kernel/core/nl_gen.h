/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/opentdm.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_OPENTDM_GEN_H
#define _LINUX_OPENTDM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/opentdm_netlink.h>
#include <opentdm.h>
#include <opentdm.h>
#include <opentdm.h>

extern const struct nla_policy opentdm_card_get_nl_policy[TDM_A_CARD_NAME + 1];

extern const struct nla_policy opentdm_card_set_nl_policy[TDM_A_CLOCK_RESTORE + 1];

extern const struct nla_policy opentdm_span_get_nl_policy[TDM_A_PORT + 1];

extern const struct nla_policy opentdm_span_set_nl_policy[TDM_A_STATE + 1];

extern const struct nla_policy opentdm_slot_get_nl_policy[TDM_A_SLOT + 1];

extern const struct nla_policy opentdm_slot_set_nl_policy[TDM_A_CAS_TX + 1];

extern const struct nla_policy opentdm_connect_new_nl_policy[TDM_A_BOTH + 1];

extern const struct nla_policy opentdm_connect_del_nl_policy[TDM_A_CONNECT + 1];

extern const struct nla_policy opentdm_connect_get_nl_policy[TDM_A_CONNECT + 1];

extern const struct nla_policy opentdm_counters_get_nl_policy[TDM_A_PORT + 1];

extern const struct nla_policy opentdm_counters_reset_nl_policy[TDM_A_PORT + 1];

extern const struct nla_policy opentdm_card_reload_nl_policy[TDM_A_CARD_NAME + 1];

/* Ops table for opentdm */
extern const struct genl_ops opentdm_nl_ops[12];

int opentdm_nl_card_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_card_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int opentdm_nl_card_set_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_span_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_span_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int opentdm_nl_span_set_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_slot_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int opentdm_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_connect_new_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_connect_del_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_connect_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_connect_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int opentdm_nl_counters_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_counters_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int opentdm_nl_counters_reset_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_nl_card_reload_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	OPENTDM_NLGRP_EVENTS,
};

#endif /* _LINUX_OPENTDM_GEN_H */

/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/opentdm_virt.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_OPENTDM_VIRT_GEN_H
#define _LINUX_OPENTDM_VIRT_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/opentdm_virt_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm_netlink.h>
#include <opentdm.h>

extern const struct nla_policy opentdm_virt_new_nl_policy[TDM_VIRT_A_SIGNALLING + 1];

extern const struct nla_policy opentdm_virt_del_nl_policy[TDM_VIRT_A_CARD_NAME + 1];

extern const struct nla_policy opentdm_virt_get_nl_policy[TDM_VIRT_A_PORT + 1];

extern const struct nla_policy opentdm_virt_join_nl_policy[TDM_VIRT_A_PEER_PORT + 1];

extern const struct nla_policy opentdm_virt_unjoin_nl_policy[TDM_VIRT_A_PORT + 1];

extern const struct nla_policy opentdm_virt_fault_nl_policy[TDM_VIRT_A_SECONDS + 1];

/* Ops table for opentdm_virt */
extern const struct genl_ops opentdm_virt_nl_ops[6];

int opentdm_virt_nl_new_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_virt_nl_del_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_virt_nl_get_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_virt_nl_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int opentdm_virt_nl_join_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_virt_nl_unjoin_doit(struct sk_buff *skb, struct genl_info *info);
int opentdm_virt_nl_fault_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_OPENTDM_VIRT_GEN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the table: 0, CTL_USAGE, or a negative errno, with the sentence in c->e. */
#ifndef TDMCTL_CMDS_H
#define TDMCTL_CMDS_H

#include "ctl.h"

int cmd_card_list(struct ctl *c);
int cmd_card_show(struct ctl *c);
int cmd_card_clock(struct ctl *c);
int cmd_card_reload(struct ctl *c);
int cmd_span_list(struct ctl *c);
int cmd_span_show(struct ctl *c);
int cmd_span_set(struct ctl *c);
int cmd_span_up(struct ctl *c);
int cmd_span_down(struct ctl *c);
int cmd_slot_list(struct ctl *c);
int cmd_slot_show(struct ctl *c);
int cmd_slot_cas(struct ctl *c);
int cmd_slot_read(struct ctl *c);
int cmd_slot_write(struct ctl *c);
int cmd_connect_list(struct ctl *c);
int cmd_connect_add(struct ctl *c);
int cmd_connect_del(struct ctl *c);
int cmd_virt_list(struct ctl *c);
int cmd_virt_add(struct ctl *c);
int cmd_virt_del(struct ctl *c);
int cmd_virt_join(struct ctl *c);
int cmd_virt_unjoin(struct ctl *c);
int cmd_virt_fault(struct ctl *c);
int cmd_watch(struct ctl *c);
int cmd_counters_show(struct ctl *c);
int cmd_counters_intervals(struct ctl *c);
int cmd_counters_reset(struct ctl *c);
int cmd_config_check(struct ctl *c);
int cmd_config_show(struct ctl *c);
int cmd_config_apply(struct ctl *c);
int cmd_group_list(struct ctl *c);
int cmd_group_show(struct ctl *c);
int cmd_group_slots(struct ctl *c);
int cmd_group_service(struct ctl *c);
int cmd_call_list(struct ctl *c);
int cmd_call_show(struct ctl *c);
int cmd_call_stats(struct ctl *c);
int cmd_call_originate(struct ctl *c);
int cmd_call_hangup(struct ctl *c);
int cmd_call_mute(struct ctl *c);
int cmd_call_unmute(struct ctl *c);
int cmd_call_bridge(struct ctl *c);
int cmd_call_move(struct ctl *c);
int cmd_call_transfer(struct ctl *c);
int cmd_call_pickup(struct ctl *c);
int cmd_call_swap(struct ctl *c);
int cmd_call_ring(struct ctl *c);
int cmd_call_park(struct ctl *c);
int cmd_call_retrieve(struct ctl *c);
int cmd_call_parked(struct ctl *c);
int cmd_call_records(struct ctl *c);
int cmd_bridge_list(struct ctl *c);
int cmd_bridge_show(struct ctl *c);
int cmd_bridge_create(struct ctl *c);
int cmd_bridge_destroy(struct ctl *c);
int cmd_bridge_add(struct ctl *c);
int cmd_bridge_remove(struct ctl *c);
int cmd_bridge_members(struct ctl *c);
int cmd_bridge_voice(struct ctl *c);
int cmd_events(struct ctl *c);
int cmd_top(struct ctl *c);

#endif

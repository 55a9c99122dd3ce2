# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)netlink_refusals.py $(d)netlink_dump.py $(d)netlink_events.py $(d)netlink_ynl.py \
	$(d)netlink_counters.py
netlink_refusals-timeout := 300
netlink_dump-timeout := 600
netlink_events-timeout := 400
netlink_ynl-timeout := 600
netlink_ynl-debug := long
netlink_counters-timeout := 600
netlink_counters-debug := long

# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)virt_line.py $(d)virt_clock.py $(d)virt_removal.py
virt_line-timeout := 300
virt_clock-timeout := 300
virt_removal-timeout := 600

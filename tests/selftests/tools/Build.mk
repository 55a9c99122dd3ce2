# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)tdmctl.sh
tdmctl-timeout := 300
tdmctl-debug := long
guest-tests += $(d)unit.py
unit-timeout := 400
unit-kernels := 6.12
unit-debug := long

# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)tdmctl.sh
tdmctl-timeout := 300
tdmctl-debug := long

# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)calls.py $(d)load.py
calls-timeout := 300
calls-debug := long icount
load-timeout := 600
load-debug := long

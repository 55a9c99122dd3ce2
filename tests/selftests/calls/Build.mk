# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)calls.py $(d)load.py
calls-timeout := 300
calls-debug := long
# Audio is whole then, however busy the host is, also in a kernel that is too slow for it in real time.
calls-icount := y
load-timeout := 600
load-debug := long

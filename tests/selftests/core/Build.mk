# SPDX-License-Identifier: GPL-2.0-or-later
# The core alone, under a driver that does what it is told: tests/kunit/late.c.
guest-tests += $(d)settle.py
settle-kernels := debug
settle-timeout := 300

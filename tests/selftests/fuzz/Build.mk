# SPDX-License-Identifier: GPL-2.0-or-later
# Random calls to the kernel by netlink, ioctl and file: see fuzz.h.
guests += kernel-fuzz
kernel-fuzz-src := $(wildcard $(d)*.c)
guest-tests += kernel-fuzz
kernel-fuzz-timeout := 600
# Seconds on a stock kernel, minutes with all checks on.
kernel-fuzz-debug := long

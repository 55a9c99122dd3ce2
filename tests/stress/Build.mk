# SPDX-License-Identifier: GPL-2.0-or-later
stresses += stress
stress-src := $(wildcard $(d)*.c)
stress-uses := tdmd-call tdm

# The same with the kernel's timeslots.
guests += stress
guest-tests += $(d)kernel.sh
kernel-timeout := 300

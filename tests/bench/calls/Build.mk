# SPDX-License-Identifier: GPL-2.0-or-later
# What one system call and one descriptor's share of a tick cost, measured in the guest.
guests += bench-calls
bench-calls-src := $(d)calls.c tests/bench/plane/plane.c tests/selftests/chardev/plant.c
bench-calls-uses := tdm

# SPDX-License-Identifier: GPL-2.0-or-later
fuzzers += hdlc
hdlc-src := $(d)hdlc.c $(wildcard kernel/core/pure/hdlc*.c) kernel/core/pure/user.c

# SPDX-License-Identifier: GPL-2.0-or-later
# What HDLC costs an octet of the line; run counts its instructions.
benches += bench_hdlc
bench_hdlc-src := $(d)main.c $(wildcard kernel/core/pure/hdlc*.c) kernel/core/pure/user.c
# As in the kernel: no vectors, and what is not to be inlined is not.
bench_hdlc-cflags := -mgeneral-regs-only -Dnoinline='__attribute__((__noinline__))'

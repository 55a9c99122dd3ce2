# SPDX-License-Identifier: GPL-2.0-or-later
benches += bench_core
bench_core-src := $(wildcard $(d)*.c) tests/unit/daemon/testleg.c
bench_core-uses := tdmd-record tdmd-call
bench_core-libs := -lm

# SPDX-License-Identifier: GPL-2.0-or-later
benches += bench_mix
bench_mix-src := $(d)bench_mix.c
bench_mix-uses := tdmd-pcm

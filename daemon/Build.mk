# SPDX-License-Identifier: GPL-2.0-or-later
progs += tdmd
tdmd-src := $(d)main.c $(d)hooks.c $(d)hooks_media.c $(d)spans.c
tdmd-uses := tdmd-api tdmd-record tdmd-tel tdmd-conf tdmd-call tdmd-core tdm
tdmd-dir := /usr/sbin

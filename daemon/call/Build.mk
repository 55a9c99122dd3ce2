# SPDX-License-Identifier: GPL-2.0-or-later
# Channels, legs, bridges, moves.
libs += tdmd-call
tdmd-call-src := $(wildcard $(d)*.c)
tdmd-call-uses := tdmd-pcm tdmd-core

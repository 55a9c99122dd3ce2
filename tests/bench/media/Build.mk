# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon's media path, measured at the far ends of its lines.
guests += plane-media
plane-media-src := $(d)media.c $(d)kinds.c tests/bench/plane/plane.c tests/bench/plane/ours_stream.c
plane-media-uses := tdm
plane-media-libs := -lm

# SPDX-License-Identifier: GPL-2.0-or-later
# The far ends of a daemon under load: libpri alone.
guests += pri-far
pri-far-src := $(d)far.c $(d)load.c $(d)pair.c $(d)audio.c tests/peers/dchan.c
pri-far-uses := tdm
pri-far-libs := -lpri

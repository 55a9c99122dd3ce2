# SPDX-License-Identifier: GPL-2.0-or-later
# Far ends that are not ours.
progs += pri-peer
pri-peer-src := $(d)pri-peer.c $(d)hostile.c $(d)dchan.c
pri-peer-uses := tdm
pri-peer-libs := -lpri

progs += ladder
ladder-src := $(d)ladder.c daemon/group/ladder.c daemon/group/q931.c daemon/group/capture.c

# SPDX-License-Identifier: GPL-2.0-or-later
libs += tdmdtel
tdmdtel-src := $(wildcard daemon/group/*.c) $(wildcard daemon/sig/*.c) $(wildcard daemon/media/*.c)
tdmdtel-uses := tdmdconf
tdmdtel-pkgs := sndfile spandsp liburcu
tdmdtel-libs := -lpri -lm

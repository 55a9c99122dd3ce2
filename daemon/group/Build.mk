# SPDX-License-Identifier: GPL-2.0-or-later
# Trunk groups, libpri, media and the dial plan.
libs += tdmd-tel
tdmd-tel-src := $(wildcard $(d)*.c) $(wildcard daemon/sig/*.c) \
	$(filter-out %/law.c %/mix.c,$(wildcard daemon/media/*.c)) daemon/route/dialplan.c
tdmd-tel-uses := tdmd-pcm
tdmd-tel-pkgs := sndfile spandsp liburcu
tdmd-tel-libs := -lpri -lm

# SPDX-License-Identifier: GPL-2.0-or-later
# Laws and the arithmetic of conferences: pure, and below the core, which mixes. The rest of the folder
# is the telephony's (daemon/group/Build.mk).
libs += tdmd-pcm
tdmd-pcm-src := $(d)law.c $(d)mix.c
tdmd-pcm-pkgs := spandsp
# Its loops are made for vectors, which -O2 does not make of them: half the cost of a conference.
tdmd-pcm-cflags := $(if $(filter release,$(VARIANT)),-O3 -DMIX_WIDE)

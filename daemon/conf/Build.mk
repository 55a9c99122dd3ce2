# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration's reader and number arithmetic: pure.
libs += tdmd-conf
tdmd-conf-src := $(wildcard $(d)*.c) daemon/route/number.c daemon/route/route.c

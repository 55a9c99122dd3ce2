# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration's reader and number arithmetic: pure.
libs += tdmd-conf
tdmd-conf-src := $(wildcard $(d)*.c) daemon/route/number.c daemon/route/route.c
tdmd-conf-pkgs := libxcrypt

installs += 0644:docs/man/tdmd.8:/usr/share/man/man8/tdmd.8
installs += 0644:docs/man/tdmd.conf.5:/usr/share/man/man5/tdmd.conf.5
installs += 0644:daemon/tdmd.conf.sample:/usr/share/doc/opentdm/tdmd.conf.sample

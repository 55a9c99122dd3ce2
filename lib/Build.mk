# SPDX-License-Identifier: GPL-2.0-or-later
# libtdm: the static library that the project's own programs use, and the shared one for others.
libs += tdm
tdm-src := $(wildcard $(d)*.c)
tdm-pkgs := libnl-3.0 libnl-genl-3.0

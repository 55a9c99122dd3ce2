# SPDX-License-Identifier: GPL-2.0-or-later
tel-world := $(d)world.c $(d)cable.c $(d)wire.c
tel-uses := tdmd-tel tdmd-call tdmd-core tdmd-conf tdm

units += test_pri
test_pri-src := $(d)test_pri.c $(tel-world)
test_pri-uses := $(tel-uses)
test_pri-pkgs := cmocka

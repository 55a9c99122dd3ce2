# SPDX-License-Identifier: GPL-2.0-or-later
units += test_serializer
test_serializer-src := $(d)test_serializer.c
test_serializer-uses := tdmd-core
test_serializer-pkgs := cmocka

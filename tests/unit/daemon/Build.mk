# SPDX-License-Identifier: GPL-2.0-or-later
units += test_serializer
test_serializer-src := $(d)test_serializer.c
test_serializer-uses := tdmd-core
test_serializer-pkgs := cmocka

units += test_channel
test_channel-src := $(d)test_channel.c $(d)world.c $(d)testleg.c
test_channel-uses := tdmd-call
test_channel-pkgs := cmocka

units += test_bridge
test_bridge-src := $(d)test_bridge.c $(d)world.c $(d)testleg.c
test_bridge-uses := tdmd-call
test_bridge-pkgs := cmocka

units += test_lock
test_lock-src := $(d)test_lock.c
test_lock-uses := tdmd-core
test_lock-pkgs := cmocka

# SPDX-License-Identifier: GPL-2.0-or-later
# libtdm against the kernel. Programs with the kernel's harness do without the warnings that the harness
# itself causes.
lib-harness := -isystem $(KSELFTEST) -Wno-unused-parameter -Wno-sign-compare -Wno-missing-prototypes

units += lib-position
lib-position-src := $(d)position.c

guests += lib-position32 lib-stream lib-stream32 lib-watch
lib-position32-src := $(d)position.c
lib-position32-m32 := 1
lib-stream-src := $(d)stream.c
lib-stream-uses := tdm
lib-stream-cflags := $(lib-harness)
lib-stream32-src := $(d)stream.c lib/stream.c lib/dev.c lib/error.c
lib-stream32-cflags := $(lib-harness)
lib-stream32-m32 := 1
lib-watch-src := $(d)watch.c tests/selftests/chardev/plant.c
lib-watch-uses := tdm
lib-watch-cflags := $(lib-harness)

guest-tests += lib-position32 $(d)stream.sh $(d)stream32.sh lib-watch
lib-watch-timeout := 400

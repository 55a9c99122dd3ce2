# SPDX-License-Identifier: GPL-2.0-or-later
# The character device in the guest. Programs with the kernel's harness do without the warnings that the
# harness itself causes.
chardev-harness := -isystem $(KSELFTEST) -Wno-unused-parameter -Wno-sign-compare -Wno-missing-prototypes

guests += with-cards chardev-ioctl chardev-ioctl32 chardev-hdlc chardev-stream chardev-pcm \
	chardev-overtaken chardev-connect chardev-legs chardev-removal
with-cards-src := $(d)with_cards.c $(d)plant.c
with-cards-uses := tdm
chardev-ioctl-src := $(d)ioctl.c
chardev-ioctl-cflags := $(chardev-harness)
chardev-ioctl32-src := $(d)ioctl.c
chardev-ioctl32-cflags := $(chardev-harness)
chardev-ioctl32-m32 := 1
chardev-hdlc-src := $(d)hdlc.c $(d)plant.c
chardev-hdlc-uses := tdm
chardev-stream-src := $(d)stream.c $(d)plant.c
chardev-stream-uses := tdm
chardev-pcm-src := $(d)pcm.c $(d)plant.c
chardev-pcm-uses := tdm
chardev-pcm-cflags := $(chardev-harness)
chardev-overtaken-src := $(d)overtaken.c $(d)plant.c
chardev-overtaken-uses := tdm
chardev-overtaken-cflags := $(chardev-harness)
# The debug kernel has no userfaultfd.
chardev-overtaken-debug := never
chardev-connect-src := $(d)connect.c $(d)plant.c
chardev-connect-uses := tdm
chardev-connect-cflags := $(chardev-harness)
chardev-legs-src := $(d)legs.c $(d)plant.c
chardev-legs-uses := tdm
chardev-legs-cflags := $(chardev-harness)
chardev-removal-src := $(d)removal.c $(d)plant.c
chardev-removal-uses := tdm
chardev-removal-cflags := $(chardev-harness)

guest-tests += $(d)ioctl.sh $(d)ioctl32.sh chardev-hdlc chardev-stream chardev-pcm \
	chardev-overtaken chardev-connect chardev-legs chardev-removal
chardev-hdlc-timeout := 400
chardev-stream-timeout := 400
chardev-removal-timeout := 400

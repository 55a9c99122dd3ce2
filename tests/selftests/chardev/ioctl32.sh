#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every ioctl with good, boundary and bad arguments, from a 32-bit program, on cards of its own.
exec /build/guest/with-cards /build/guest/chardev-ioctl32

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same from a 32-bit program.
exec /build/guest/with-cards /build/guest/lib-stream32

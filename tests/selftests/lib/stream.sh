#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The library's streams as a 64-bit program has them, on cards of its own.
exec /build/guest/with-cards /build/guest/lib-stream

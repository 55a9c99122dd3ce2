#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: loads the modules and measures.
modprobe tdm && modprobe tdm_virt || exit 1
exec /build/guest/bench-calls

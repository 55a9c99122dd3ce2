#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Threads that do anything to anybody's call, on timeslots of the kernel. OPENTDM_SEED replays.
exec /build/guest/stress --kernel --threads 4 --ops "$([ -n "${OPENTDM_LONG:-}" ] && echo 20000 || echo 3000)"

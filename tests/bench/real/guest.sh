#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: more and more channels, ours and DAHDI's one after the other with each number, as long as they stay whole.
# Usage: guest.sh SECONDS "PAIRS..."; a line of JSON for each window. /share has what was built for us.
set -u
seconds=$1

# shellcheck source=tests/bench/plane/modules.sh
. /src/tests/bench/plane/modules.sh
opentdm_modules && modprobe dahdi auto_assign_spans=0 && modprobe dahdi_dynamic_loc || exit 1

# try NAME PROGRAM LOAD: one step; who fell behind is not asked for more.
declare -A behind
try() {
	[ -z "${behind[$1]:-}" ] || return 0
	"$2" --pairs "$n" --windows 1 --seconds "$seconds" "$3" || behind[$1]=yes
}

for n in $2; do
	try stream /build/guest/plane-opentdm "stream 20 ms"
	try channels /build/guest/plane-opentdm "channels 20 ms"
	try dahdi /share/plane-dahdi "channels 20 ms"
done
exit 0

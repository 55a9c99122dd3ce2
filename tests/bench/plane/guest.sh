#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: what is asked of the measuring programs, in turn, in this one boot.
# Usage: guest.sh WINDOWS "PAIRS..." SYSTEM...; each window is a line of JSON. /share has what was built for us.
set -u
windows=$1
pairs=$2
shift 2
failed=0

# shellcheck source=tests/bench/plane/modules.sh
. /src/tests/bench/plane/modules.sh
opentdm_modules || failed=1

# flips PROGRAM LOAD...: that it finds a single inverted bit, in each load.
flips() {
	local program=$1 load
	shift
	for load; do
		"$program" --flip --windows 1 "$load" | grep -v '^{'
		if [ "${PIPESTATUS[0]}" -ne 1 ]; then
			echo "not ok - $program, $load: an inverted bit was not found"
			failed=1
		fi
	done
}

proof() {
	flips /build/guest/plane-opentdm "stream 20 ms" "stream 2 ms" "channels 20 ms" "channels 2 ms" connect \
		"hdlc 260" "hdlc 4"
}

opentdm() {
	local n
	for n in $pairs; do
		/build/guest/plane-opentdm --pairs "$n" --windows "$windows" || failed=1
	done
}

# Nothing but a timer of 1 ms; and what is left without it.
timer() {
	/build/guest/plane-opentdm --system nothing --windows "$windows" nothing || failed=1
	insmod /share/plane_timer.ko || failed=1
	/build/guest/plane-opentdm --system timer --windows "$windows" nothing || failed=1
	rmmod plane_timer
}

dahdi() {
	local n
	modprobe dahdi auto_assign_spans=0 && modprobe dahdi_dynamic_loc || failed=1
	flips /share/plane-dahdi "channels 20 ms" "channels 2 ms" connect "hdlc 260" "hdlc 4"
	for n in $pairs; do
		/share/plane-dahdi --pairs "$n" --windows "$windows" || failed=1
	done
	modprobe -r dahdi_dynamic_loc
	modprobe -r dahdi
}

for system; do
	$system
done
exit $failed

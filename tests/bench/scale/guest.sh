#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: streams of more and more spans, every octet judged. Prints lines of JSON.
# Usage: guest.sh "PAIRS..."
set -u
failed=0

modprobe tdm && modprobe tdm_virt || exit 1
for n in $1; do
	sleep 2 # what the cards before have left is given back
	/build/guest/plane-opentdm --pairs "$n" "stream 20 ms" || failed=1
done
exit $failed

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the debug kernel: loads the KUnit module, which runs its suites, and reads their results from
# debugfs. One TAP line a case; insmod itself succeeds whatever they said.
set -u
results=/sys/kernel/debug/kunit
seed=${OPENTDM_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "# seed $seed"
if ! insmod /kunit/tdm_kunit.ko seed="$seed"; then
	echo "not ok 1 - tdm_kunit.ko can be loaded"
	exit 1
fi
# Suites lie in their folders as KTAP: cases are indented by four, their parameters by eight.
for suite in "$results"/tdm-*/results; do
	[ -f "$suite" ] || { echo "Bail out! no suite has run"; exit 1; }
	name=${suite%/results}
	cases=$(sed -n "s|^    \(\(not \)\{0,1\}ok\) [0-9]* \(.*\)|\1 - ${name##*/}: \3|p" "$suite")
	echo "$cases"
	case "$cases" in
	"") echo "not ok - ${name##*/}: no case has run" ;;
	*"not ok"*) sed 's/^/# /' "$suite" ;;
	esac
done
rmmod tdm_kunit || echo "not ok - tdm_kunit can be removed"

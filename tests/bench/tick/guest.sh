#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: how long each tick of a card took, by the kernel's function graph tracer. Prints lines of JSON.
# Usage: guest.sh PAIRS LOAD...
set -u
pairs=$1
shift
tracing=/sys/kernel/tracing
failed=0

modprobe tdm && modprobe tdm_virt || exit 1
[ -d $tracing/events ] || mount -t tracefs none $tracing
echo 16384 >$tracing/buffer_size_kb
echo tdm_card_tick >$tracing/set_ftrace_filter || exit 1
echo function_graph >$tracing/current_tracer || exit 1
for load; do
	echo >$tracing/trace
	echo 1 >$tracing/tracing_on
	/build/guest/plane-opentdm --pairs "$pairs" --windows 2 "$load" | grep -c '"right": true' >/dev/null || failed=1
	echo 0 >$tracing/tracing_on # reading takes longer than the load
	sed -n 's/.*[^0-9.]\([0-9.]*\) us *| *tdm_card_tick.*/\1/p' $tracing/trace | sort -n >/tmp/ticks
	echo "{\"load\": \"$load\", \"ticks\": $(wc -l </tmp/ticks), \"median\": $(sed -n "$(($(wc -l </tmp/ticks) / 2))p" /tmp/ticks), \"longest\": $(tail -1 /tmp/ticks)}"
done
exit $failed

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: DAHDI's own driver on an emulated card whose ports are joined 1-2 and 3-4.
# Usage: guest.sh e1|t1; prints TAP. /share/dahdi-peer is the program that uses the channels.
set -u
kind=$1
. "$(dirname "$0")/card.sh"
peer=/share/dahdi-peer
# Limits are so long because line time is slow on a busy machine.
limit=300
brief=${OPENTDM_BRIEF:-}
[ -z "${OPENTDM_LONG:-}" ] || brief=
seconds=${OPENTDM_AUDIO_SECONDS:-${brief:+1}}
alarms=(los:red lfa:red ais:blue rai:yellow)
[ -z "$brief" ] || alarms=(los:red rai:yellow)
n=0

verdict() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $kind: $2"
	else
		echo "not ok $n - $kind: $2"
		failed=1
	fi
}

check() {
	local what=$1
	shift
	"$@"
	verdict $? "$what"
}

card_open 1
if [ "$kind" = e1 ]; then
	channels=31 d=16 span=ccs,hdb3,crc4 cas=cas,hdb3,crc4
else
	channels=24 d=24 span=esf,b8zs cas=esf,b8zs
fi

# configure KIND-OF-SPANS-3-AND-4
configure() {
	local s first mode
	{
		for s in 1 2 3 4; do
			first=$(((s - 1) * channels + 1))
			mode=$span
			[ "$s" -le 2 ] || [ "$1" = ccs ] || mode=$cas
			echo "span=$s,$((s == 1)),0,$mode"
			if [ "$s" -gt 2 ] && [ "$1" = cas ]; then
				if [ "$kind" = e1 ]; then
					echo "cas=$first-$((first + 14)):1101"
					echo "cas=$((first + 16))-$((first + 30)):1101"
				else
					echo "cas=$first-$((first + 23)):1101"
				fi
				continue
			fi
			[ $d -eq 1 ] || echo "bchan=$first-$((first + d - 2))"
			[ $d -eq $channels ] || echo "bchan=$((first + d))-$((first + channels - 1))"
			echo "hardhdlc=$((first + d - 1))"
		done
		echo "loadzone=us"
		echo "defaultzone=us"
	} >/tmp/system.conf
	dahdi_cfg -c /tmp/system.conf
}

# pairs SPAN: the channels of SPAN and its neighbour, without the D channel
pairs() {
	local c first=$((($1 - 1) * channels))
	for c in $(seq $channels); do
		[ "$c" -eq $d ] || echo $((first + c)):$((first + channels + c))
	done
}

failed=0
modprobe dahdi auto_assign_spans=1 &&
	modprobe wct4xxp latency=100 alarmdebounce=200 losalarmdebounce=200 aisalarmdebounce=200 \
		yelalarmdebounce=200
check "driver binds" test -e /proc/dahdi/4
check "configuration" configure ccs
for s in 1 2 3 4; do
	check "span $s green" $peer alarm $s none $limit
done
before=$(card stats)
# shellcheck disable=SC2046
check "audio, all channels" $peer audio "${seconds:-5}" "$card_fd" $(pairs 1) $(pairs 3)
echo "# before: $before"
card stats
check "D channel" $peer hdlc 40 $d:$((channels + d))
for a in "${alarms[@]}"; do
	card alarm 1 ${a%:*} on
	check "${a%:*} seen as ${a#*:}" $peer alarm 1 ${a#*:} $limit
	[ ${a%:*} = rai ] || check "${a%:*}: far end hears of it" $peer alarm 2 yellow $limit
	card alarm 1 ${a%:*} off
	check "${a%:*} clears" $peer alarm 1 none $limit
	check "${a%:*} clears at the far end" $peer alarm 2 none $limit
done
check "configuration with signalling bits" configure cas
for s in 3 4; do
	check "span $s green" $peer alarm $s none $limit
done
# shellcheck disable=SC2046
check "signalling bits" $peer cas $(pairs 3)
card ports
card stats
echo "1..$n"
exit $failed

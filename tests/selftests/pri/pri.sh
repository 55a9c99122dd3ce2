#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls between tdmd and a far end that is libpri alone, over the kernel driver: both directions, random hang-up
# points, the D-channel's span taken down and up in between, then a hostile far end. Afterwards every timeslot is idle
# on both sides and tdmd holds no descriptor more than before. TAP. OPENTDM_LONG=1: 2,000 calls on E1, 500 on T1.
set -u

seed=${OPENTDM_SEED:-$RANDOM}
scale=10
[ "${OPENTDM_LONG:-}" = 1 ] && scale=1
peer=/build/bin/pri-peer
tmp=$(mktemp -d)
n=0
bad=0
tdmd=
card=none

say() { # STATUS SENTENCE
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		bad=$((bad + 1))
	fi
}

finish() {
	[ -n "$tdmd" ] && kill "$tdmd" 2>/dev/null && wait "$tdmd"
	tdmctl virt del "$card" >/dev/null 2>&1
	[ $bad = 0 ] || sed 's/^/# tdmd: /' "$tmp/tdmd.log" | tail -n 40
	rm -rf "$tmp"
	echo "1..$n"
	exit $((bad != 0))
}
trap finish EXIT

wait_log() { # WORDS SECONDS
	local i
	for ((i = 0; i < $2 * 10; i++)); do
		grep -q "$1" "$tmp/tdmd.log" && return 0
		sleep 0.1
	done
	return 1
}

fds() { ls "/proc/$tdmd/fd" | wc -l; }
# Slots of both ports that anybody owns; the D-channel is one on our side.
owned() { tdmctl slot list --json | jq --arg card "$card" '[.[] | select(.card == $card and .owner != "" and .owner != null)] | length'; }

start() { # e1|t1 SWITCHTYPE SLOT
	card=$(tdmctl virt add --ports 2 --type "$1") &&
		tdmctl virt join $card:1 $card:2 &&
		tdmctl span up $card:1 && tdmctl span up $card:2
	say $? "$1: a virtual card with two joined ports"
	cat >"$tmp/tdmd.conf" <<-END
	[daemon]
	log = debug
	[api]
	socket = $tmp/sock
	[group line]
	spans = $card:1
	dchannels = $card:1:$3
	side = user
	switchtype = $2
	restart = no
	[route 1*]
	action = refuse
	cause = 17
	[route *]
	action = answer
	echo = yes
	END
	: >"$tmp/tdmd.log"
	tdmd -c "$tmp/tdmd.conf" 2>"$tmp/tdmd.log" &
	tdmd=$!
	sleep 1
}

stop() {
	tdmctl span down $card:2 2>/dev/null
	kill "$tdmd" && wait "$tdmd"
	say $? "tdmd ends cleanly"
	tdmd=
	tdmctl virt del "$card" >/dev/null
}

run() { # NAME SLOT CALLS PEER-OPTIONS...
	local name=$1 slot=$2 calls=$3
	shift 3
	"$peer" --side network --number 2001 --calls "$calls" --seed "$seed" --seconds 240 "$@" \
		"$card:2:$slot" >"$tmp/peer.json" 2>"$tmp/peer.err"
	say $? "$name: $calls calls (seed $seed)"
	sed 's/^/# /' "$tmp/peer.json"
}

# The far end's span goes down for a second, now and then.
shake() {
	while sleep 4; do
		tdmctl virt fault $card:1 defects=los >/dev/null 2>&1
		sleep 1
		tdmctl virt fault $card:1 defects=none >/dev/null 2>&1
	done
}

world() { # e1|t1 SWITCHTYPE SLOT CALLS
	local before after i shaker
	start "$1" "$2" "$3"
	before=$(fds)
	run "$1" "$3" $(($4 / scale)) --switchtype "$2" --at-once 30 --hold-ms 200
	shake &
	shaker=$!
	run "$1, line lost now and then" "$3" $(($4 / scale / 2)) --switchtype "$2" --at-once 10 --hold-ms 200
	kill $shaker
	wait $shaker 2>/dev/null
	tdmctl virt fault $card:1 defects=none >/dev/null 2>&1
	run "$1, hostile" "$3" $(($4 / scale / 4)) --switchtype "$2" --at-once 10 --hold-ms 200 --hostile
	for ((i = 0; i < 600; i++)); do
		[ "$(owned)" = 1 ] && break
		sleep 0.1
	done
	say $(($(owned) != 1)) "$1: all slots idle but our D-channel"
	after=$(fds)
	say $((after > before + 1)) "$1: no descriptor leaked ($before before, $after after; one is the stream)"
	stop
}

world e1 euroisdn-e1 16 2000
world t1 national 24 500

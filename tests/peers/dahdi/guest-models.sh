#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: DAHDI's own driver on cards of several generations and port counts at once, neighbouring ports
# joined; prints TAP. Usage: guest-models.sh NAME:e1|t1:PORTS... in the order of the rotary switches.
set -u
. "$(dirname "$0")/card.sh"
peer=/share/dahdi-peer
n=0
failed=0

check() {
	local what=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		failed=1
	fi
}

# An eight-port card is given the firmware that it has, so that nothing is flashed.
python3 - <<'END'
import struct, zlib
body = bytes(18) + struct.pack("<I", 0xC01A0164)
with open("/lib/firmware/dahdi-fw-te820.bin", "wb") as f:
    f.write(b"DIGIUM" + struct.pack("<I", zlib.crc32(body)) + body)
END

span=0
chan=1
declare -A pairs
for card in "$@"; do
	IFS=: read -r name kind ports <<<"$card"
	channels=31 d=16 lines=ccs,hdb3,crc4
	[ "$kind" = e1 ] || channels=24 d=24 lines=esf,b8zs
	for ((s = 0; s < ports; s++)); do
		span=$((span + 1))
		echo "span=$span,0,0,$lines"
		for ((c = 0; c < channels; c++)); do
			if ((c + 1 == d)); then
				echo "hardhdlc=$((chan + c))"
			else
				echo "bchan=$((chan + c))"
				((s % 2)) || pairs[$name]+=" $((chan + c)):$((chan + channels + c))"
			fi
		done
		chan=$((chan + channels))
	done
done >/tmp/system.conf
modprobe dahdi auto_assign_spans=1 && modprobe wct4xxp latency=50
check "all cards bind" test -e "/proc/dahdi/$span"
check "configuration" dahdi_cfg -c /tmp/system.conf
for ((s = 1; s <= span; s++)); do
	check "span $s green" $peer alarm $s none 300
done
number=0
for card in "$@"; do
	name=${card%%:*}
	number=$((number + 1))
	card_open $number
	# shellcheck disable=SC2086
	check "$name: audio, all channels" $peer audio "${OPENTDM_AUDIO_SECONDS:-1}" "$card_fd" ${pairs[$name]}
done
dmesg | grep wct4xxp | grep -i 'gen)\|error\|fail\|missed' | sed 's/^/# /'
echo "1..$n"
exit $failed

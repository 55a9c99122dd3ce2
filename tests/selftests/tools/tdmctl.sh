#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command of tdmctl against the kernel: what it does, that --json is JSON with the keys that
# the man page tells, and every refusal with its status and sentence. TAP.
set -u
n=0
failed=0
tmp=$(mktemp -d)
out=$tmp/out err=$tmp/err

cleanup() {
	tdmctl virt del virt90 >/dev/null 2>&1
	tdmctl virt del virt91 >/dev/null 2>&1
	rm -rf "$tmp"
}
trap cleanup EXIT

verdict() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
		return
	fi
	failed=1
	echo "not ok $n - $2"
	sed 's/^/# stdout: /' "$out"
	sed 's/^/# stderr: /' "$err"
}

ok() { # ARGUMENT...: must succeed and say nothing on stderr
	tdmctl "$@" >"$out" 2>"$err" </dev/null && [ ! -s "$err" ]
	verdict $? "tdmctl $*"
}

prints() { # PATTERN: in the output of the command before
	grep -qE -- "$1" "$out"
	verdict $? "... prints $1"
}

refused() { # STATUS PATTERN ARGUMENT...
	local status=$1 pattern=$2
	shift 2
	tdmctl "$@" >"$out" 2>"$err" </dev/null
	[ $? -eq "$status" ] && grep -qE -- "$pattern" "$err"
	verdict $? "refused with $status, $pattern: tdmctl $*"
}

json() { # JQ-CONDITION ARGUMENT...: an array of flat objects that meets the condition
	local condition=$1
	shift
	tdmctl "$@" --json >"$out" 2>"$err" </dev/null &&
		jq -e 'type == "array" and all(.[]; type == "object" and all(.[]; type != "object" and type != "array"))' \
			<"$out" >/dev/null && jq -e "$condition" <"$out" >/dev/null
	verdict $? "json: tdmctl $*: $condition"
}

# --- without cards
ok --version
ok --help
refused 2 "no command" nonsense
refused 2 "" span
refused 2 "no 'span fly'" span fly
refused 1 "no card te99.*card list" card show te99
refused 2 "not an address" card show 'te 9'
refused 2 "wants CARD" card show
refused 2 "too many" card list x
refused 2 "no option" card list --bad

# --- virtual cards
ok virt add virt90 --ports 4
prints '^virt90$'
ok virt add virt91 --ports 2 --type t1
refused 1 "." virt add virt90
refused 1 "." virt add other
refused 2 "1 to 16" virt add --ports 17
refused 2 "e1, t1, j1" virt add --type e3
ok virt join virt90:1 virt90:2
ok virt join virt90:3 virt90:4
ok virt join virt91:1 virt91:2
refused 1 "." virt join virt90:1 virt90:3
refused 2 "CARD:PORT" virt join virt90 virt91
refused 1 "has 4 ports" virt join virt90:1 virt90:5
ok virt unjoin virt90:3
refused 1 "." virt unjoin virt90:3
ok virt join virt90:3 virt90:4
json 'map(select(.span == "virt90:1")) | length == 1 and .[0].peer == "virt90:2" and .[0].ppm == 0' virt list
ok virt list
prints '^SPAN .*PEER'

# --- cards and spans
json 'map(select(.card == "virt91")) | length == 1 and .[0].ports == 2' card list
json 'length == 1 and .[0].card == "virt90" and .[0].clock_state == "free"' card show virt90
ok card clock virt90 2,1 --restore 5000 --prefer 1
json '.[0].clock_sources == "2,1" and .[0].clock_restore == 5000 and .[0].clock_prefer == 1' card show virt90
ok card clock virt90 own --prefer 0
refused 1 "." card clock virt90 9
refused 2 "own" card clock virt90 ,
refused 1 "no firmware" card reload virt90
refused 1 "no card te99" card reload te99
refused 2 "wants CARD" card reload
json 'length == 4 and all(.[]; .type == "e1" and .state == "down")' span list virt90
json 'length == 1 and .[0].type == "t1" and .[0].law == "ulaw"' span show virt91:1
ok span set virt90:1 framing=fas fail-declare=1000
json '.[0].framing == "fas" and .[0].fail_declare == 1000' span show virt90:1
ok span set virt90:1 framing=crc4 fail-declare=2500
refused 1 "." span set virt90:1 framing=esf
refused 2 "no key" span set virt90:1 colour=red
refused 2 "KEY=VALUE" span set virt90:1 up
refused 2 "virt join" span set virt90:1 join=virt90:2
ok span up virt90
ok span up virt91:1
ok span up virt91:2
json 'all(.[]; .state == "up")' span list virt90
refused 1 "." span set virt90:1 framing=fas
ok span set virt90:1 loopback=local
ok span set virt90:1 loopback=none

# --- timeslots: what is written arrives, A-law octet by octet
head -c 16000 /dev/urandom >"$tmp/sent"
record() { # FILE ARGUMENT...
	tdmctl slot read "$@" >"$out" 2>"$err" &
	reader=$!
	for _ in $(seq 200); do
		[ "$(tdmctl slot list "$1" --json | jq '.[0].taps')" = 1 ] && return
		sleep 0.05
	done
}
record virt90:2:5 "$tmp/heard" --seconds 2
wait $reader
verdict $? "slot read ends by itself"
verdict "$(($(wc -c <"$tmp/heard") != 16000))" "... after so many octets"
# Until it is told to end: on a slow machine the writer takes long to begin.
record virt90:2:5 "$tmp/heard"
ok slot write virt90:1:5 "$tmp/sent"
kill $reader
wait $reader
verdict $? "slot read ends when it is told to"
python3 - "$tmp/sent" "$tmp/heard" <<'END'
import sys
sent, heard = (open(n, "rb").read() for n in sys.argv[1:])
sys.exit(0 if sent in heard else 1)
END
verdict $? "... and heard what was sent"

python3 - "$tmp/sent.wav" "$tmp/sent" <<'END'
import struct, sys
d = open(sys.argv[2], "rb").read()
fmt = struct.pack("<HHIIHHH", 6, 1, 8000, 8000, 1, 8, 0)
fact = struct.pack("<I", len(d))
b = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact
b += b"data" + struct.pack("<I", len(d)) + d
open(sys.argv[1], "wb").write(b"RIFF" + struct.pack("<I", len(b)) + b)
END
record virt90:2:6 "$tmp/heard.wav"
ok slot write virt90:1:6 "$tmp/sent.wav"
kill $reader
wait $reader
python3 - "$tmp/sent" "$tmp/heard.wav" <<'END'
import sys
sent, heard = (open(n, "rb").read() for n in sys.argv[1:])
sys.exit(0 if heard[20:22] == b"\x06\0" and sent in heard else 1)
END
verdict $? "a WAV file arrives octet by octet"
refused 1 "mu-law" slot write virt91:1:1 "$tmp/sent.wav"

printf '00 01 02 ff\nfeed\n' >"$tmp/frames"
record virt90:2:16 "$tmp/frames.heard" --hdlc --count 2
ok slot write virt90:1:16 "$tmp/frames" --hdlc
wait $reader
printf '000102ff\nfeed\n' | cmp -s - "$tmp/frames.heard"
verdict $? "HDLC frames arrive as lines of hex"
echo xyz >"$tmp/frames"
refused 1 "line 1" slot write virt90:1:16 "$tmp/frames" --hdlc
refused 2 "hex" slot read virt90:1:16 x.wav --hdlc
refused 2 "hdlc" slot read virt90:1:16 "$tmp/x" --count 1
refused 1 "." slot read virt90:1:0 "$tmp/x" --seconds 1
refused 1 "No such file" slot write virt90:1:1 "$tmp/none"
mkfifo "$tmp/fifo"
sleep 600 >"$tmp/fifo" &
holder=$!
tdmctl slot write virt90:1:7 "$tmp/fifo" 2>/dev/null &
writer=$!
for _ in $(seq 200); do
	tdmctl slot show virt90:1:7 | grep -q 'owner.*tdmctl' && break
	sleep 0.05
done
json '.[0].owner | test("tdmctl")' slot show virt90:1:7
refused 1 "tdmctl" slot write virt90:1:7 "$tmp/sent"
refused 1 "tdmctl" connect add virt90:1:7 virt90:3:7
kill $writer $holder
wait $writer $holder 2>/dev/null
json 'length == 31 and .[0].address == "virt90:1:1" and .[0].owner == null' slot list virt90:1
json 'length == 2' slot list virt90:1:3,4
refused 1 "CAS|cas" slot cas virt90:1:1 1101
refused 2 "four digits" slot cas virt90:1:1 11
ok span down virt90:3
ok span set virt90:3 signalling=cas
ok slot cas virt90:3:1 1101
json '.[0].cas_tx == "1101"' slot show virt90:3:1
refused 1 "is down" slot read virt90:3:1 "$tmp/x" --seconds 1
ok span set virt90:3 signalling=ccs
ok span up virt90:3

# --- cross-connects
ok connect add virt90:1:10 virt90:3:10
id=$(cat "$out")
json "map(select(.id == $id))[0] | .a == \"virt90:1:10\" and .b == \"virt90:3:10\" and .both and .admin" connect list
json '.[0].peer == "virt90:3:10"' slot show virt90:1:10
refused 1 "." connect add virt90:1:10 virt90:3:11
refused 2 "bearer" connect add virt90:1:11 virt90:3:11 --bearer x
refused 2 "CARD:PORT:SLOT" connect add virt90:1 virt90:3
ok connect del virt90:3:10
refused 1 "." connect del "$id"
refused 1 "not cross-connected" connect del virt90:3:10
ok connect add virt90:1:10 virt90:3:10 --one-way --bearer clear
ok connect del "$(cat "$out")"

# --- faults, events, counters
tdmctl watch --seconds 60 --json >"$tmp/events" 2>"$err" &
watcher=$!
for _ in $(seq 200); do
	grep -q synchronised "$tmp/events" && break
	sleep 0.05
done
ok virt fault virt90:1 defects=los
for _ in $(seq 200); do
	grep -q '"event":"alarm".*los' "$tmp/events" && break
	sleep 0.05
done
kill $watcher
wait $watcher 2>/dev/null
jq -es 'map(select(.event == "alarm" and .card == "virt90" and .port == 1 and (.defects | test("los")))) | length > 0' \
	<"$tmp/events" >"$out"
verdict $? "watch tells the defect"
json '.[0].defects | test("los")' span show virt90:1
ok virt fault virt90:1 defects=none crc=5 lcv=7
ok virt fault virt90 ppm=5
ok virt fault virt90 ppm=0 stall=0 late=2
ok virt fault virt90:1 refuse=loopback
refused 1 "." span set virt90:1 loopback=line
ok virt fault virt90:1 refuse=none seconds=900 ber=0
refused 2 "is a port's" virt fault virt90 crc=1
refused 2 "no fault" virt fault virt90:1 fire=1
refused 2 "1000" virt fault virt90 ppm=1001
refused 2 "configure" virt fault virt90:1 refuse=x
json 'map(select(.end == "near" and .interval == "current")) | length == 1 and .[0].card == "virt90"' counters virt90:1
json 'length >= 8' counters show virt90
json 'length == 1 and (.[0].crc >= 5)' counters show virt90:1 --raw
json 'length >= 1 and .[0].interval == "1"' counters intervals virt90:1
ok counters reset virt90:1
json '.[0].crc == 0' counters show virt90:1 --raw
refused 2 "CARD:PORT" counters reset virt90
ok watch --seconds 1
prints synchronised

# --- configuration
ok config show
cp "$out" "$tmp/live.conf"
prints '^\[span virt90:1\]'
ok config check "$tmp/live.conf"
ok config show "$tmp/live.conf"
cmp -s "$out" "$tmp/live.conf"
verdict $? "... the printed form parses to itself"
ok config apply "$tmp/live.conf"
prints '^nothing to change$'
ok virt del virt91
refused 1 "no card virt91" span list virt91
ok config apply "$tmp/live.conf" --dry-run
prints '^virt91: made'
refused 1 "no card" card show virt91
ok config apply "$tmp/live.conf"
prints '^virt91: made'
ok config apply "$tmp/live.conf"
prints '^nothing to change$'
ok config show
cmp -s "$out" "$tmp/live.conf"
verdict $? "... and all is as it was"
printf '[span virt90:1]\nframing = fas\n' >"$tmp/change.conf"
ok config apply "$tmp/change.conf"
json '.[0].framing == "fas" and .[0].state == "up"' span show virt90:1
printf '[span virt90:1]\nframing = wrong\n\nx\n' >"$tmp/bad.conf"
refused 1 "bad.conf:2: 'wrong'" config check "$tmp/bad.conf"
refused 1 "bad.conf:4: " config apply "$tmp/bad.conf"
printf '[span te99:1]\nstate = up\n' >"$tmp/bad.conf"
refused 1 "bad.conf:1: there is no card te99" config apply "$tmp/bad.conf"
printf '[virtual virt90]\nports = 3\n' >"$tmp/bad.conf"
refused 1 "virt del virt90" config apply "$tmp/bad.conf"
refused 1 "No such file" config check "$tmp/none"

# --- calls, with nobody there
for command in "list" "originate pri/g/1 2" "hangup 1" "bridge 1 2" "move 1 2"; do
	refused 1 "systemctl start tdmd" call $command --socket "$tmp/nobody.sock"
done
for command in "list" "show g" "slots g" "service g virt90:1:1 out"; do
	refused 1 "systemctl start tdmd" group $command --socket "$tmp/nobody.sock"
done
refused 2 "in or out" group service g virt90:1:1 off
refused 2 "CARD:PORT" group service g virt90 out
refused 2 "group list" group show ""
refused 2 "EXTENSION" call originate x
refused 2 "1 to 127" call hangup 1 --cause 128

# --- anybody may look, and only look
if id nobody >/dev/null 2>&1; then
	as() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	as tdmctl span list --json >"$out" 2>"$err"
	verdict $? "an unprivileged user lists spans"
	as tdmctl span down virt90:1 >"$out" 2>"$err"
	[ $? -eq 1 ] && [ -s "$err" ]
	verdict $? "... and may change nothing"
	as tdmctl slot read virt90:1:1 /dev/null --seconds 1 >"$out" 2>"$err"
	[ $? -eq 1 ] && grep -q "group tdm" "$err"
	verdict $? "... and hear nothing"
fi

ok span down virt90
ok virt fault virt90 yank
refused 1 "no card" card show virt90
ok virt del virt91
echo "1..$n"
exit $failed

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guide's driver at work, in the guest: its line is looped, so what a timeslot sends comes back. TAP.
# Usage: loop.sh FOLDER-OF-THE-MODULE
set -u
n=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

verdict() { # STATUS NAME
	n=$((n + 1))
	[ "$1" -eq 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

insmod "$1/tdm_example.ko"
verdict $? "the guide's driver loads"
tdmctl card list --json | grep -q '"card": "ex0"'
verdict $? "its card is ex0"
tdmctl span set ex0:1 framing=unframed 2>"$tmp/err"
[ $? -ne 0 ] && grep -q "this card cannot do without" "$tmp/err"
verdict $? "what it refuses is refused with its sentence"
tdmctl span up ex0:1
verdict $? "its span comes up"
head -c 800 /dev/urandom >"$tmp/sent"
# The line of this driver runs by the clock: a guest that stands still loses frames. Then once more.
found=1
for _ in $(seq 20); do
	tdmctl slot read ex0:1:5 "$tmp/heard" --seconds 2 2>"$tmp/lost" &
	reader=$!
	until tdmctl slot show ex0:1:5 --json | grep -q '"taps": 1' || ! kill -0 $reader; do sleep 0.1; done
	tdmctl slot write ex0:1:5 "$tmp/sent" || break
	wait $reader
	sed 's/^/# /' "$tmp/lost"
	python3 -c 'import sys; a, b = (open(f, "rb").read() for f in sys.argv[1:]); sys.exit(a not in b)' \
		"$tmp/sent" "$tmp/heard" && found=0 && break
done
verdict $found "a tenth of a second of octets comes back whole"
tdmctl span down ex0:1 && rmmod tdm_example && ! tdmctl card show ex0 >"$tmp/err" 2>&1
verdict $? "it goes, and its card with it"
echo "1..$n"

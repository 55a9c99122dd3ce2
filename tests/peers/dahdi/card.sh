# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The emulated cards of this machine, by their virtio ports.

# card_open N: its descriptor, in $card_fd
card_open() {
	local p
	card_fd=
	for p in /sys/class/virtio-ports/*; do
		[ "$(cat "$p/name")" != "card$1" ] || exec {card_fd}<>"/dev/${p##*/}"
	done
	[ -n "$card_fd" ]
}

# card COMMAND...: what the opened one answers is printed; returns whether it did it
card() {
	local line
	echo "$*" >&"$card_fd"
	while read -r -t 10 line <&"$card_fd"; do
		case "$line" in
		ok) return 0 ;;
		error:*) echo "# card: $line"; return 1 ;;
		*) echo "# $line" ;;
		esac
	done
	return 1
}

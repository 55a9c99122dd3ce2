#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Upstream's own ynl dumps and sets, knowing nothing of opentdm but the YAML. (That the specs keep to
# upstream's schema needs no kernel: specs.sh.)
ynl=${OPENTDM_LINUX:-/linux}
here=$(cd "$(dirname "$0")/../../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1
n=0 bad=0

check() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		bad=$((bad + 1))
		echo "not ok $n - $name"
	fi
}

# cli SPEC ARGUMENTS
cli() {
	local spec=$1
	shift
	/usr/bin/python3 "$ynl/tools/net/ynl/cli.py" --spec "$here/uapi/$spec.yaml" --no-schema \
		--output-json "$@"
}

# change SPEC ARGUMENTS: one that answers nothing.
change() {
	cli "$@" >/dev/null
}

# Whether the process listens to a group of generic netlink.
listens() {
	awk -v pid="$1" '$2 == 16 && $3 == pid && $4 != "00000000" { n++ } END { exit !n }' \
		/proc/net/netlink
}

# is FILTER EXPECTED < JSON
is() {
	local got
	got=$(jq -c "$1") && [ "$got" = "$2" ] && return
	echo "# $1: got $got, want $2"
	return 1
}

fails() {
	! "$@"
}

card=$(cli opentdm_virt --do new --json '{"ports": 2}' | jq .card)
check "a virtual card is made" test -n "$card"
check "and listed" is ".[] | select(.card == $card) | .port" $'1\n2' < <(cli opentdm_virt --dump get)
check "cards are dumped" is ".[] | select(.card == $card) | [.ports, .model != \"\"]" '[2,true]' \
	< <(cli opentdm --dump card-get)
check "spans are dumped, constants by name" is ".[0] | [.port, .type, .framing, .state]" \
	'[1,"e1","crc4","down"]' < <(cli opentdm --dump span-get --json "{\"card\": $card}")
check "a span is set, constants by name" change opentdm --do span-set \
	--json "{\"card\": $card, \"port\": 1, \"framing\": \"fas\", \"fail-clear\": 5000, \"state\": \"up\"}"
check "and is so" is '[.framing, ."fail-clear", .state, ."event-seq" > 0]' '["fas",5000,"up",true]' \
	< <(cli opentdm --do span-get --json "{\"card\": $card, \"port\": 1}")
check "slots are dumped" is 'length' 62 < <(cli opentdm --dump slot-get --json "{\"card\": $card}")
check "a cross-connect is made" is '[.slot, ."peer-slot", .both]' '[3,4,1]' < <(cli opentdm \
	--do connect-new --json "{\"card\": $card, \"port\": 1, \"slot\": 3, \"peer-card\": $card,
	\"peer-port\": 2, \"peer-slot\": 4}")
id=$(cli opentdm --dump connect-get | jq '.[0].connect')
check "and dumped" test "$id" -gt 0
check "and deleted" change opentdm --do connect-del --json "{\"connect\": $id}"
check "counters are read" is '[.interval, .near.es]' '[0,0]' \
	< <(cli opentdm --do counters-get --json "{\"card\": $card, \"port\": 2}")
check "intervals are dumped" is 'length' 0 \
	< <(cli opentdm --dump counters-get --json "{\"card\": $card, \"port\": 2}")
/usr/bin/python3 "$ynl/tools/net/ynl/cli.py" --spec "$here/uapi/opentdm.yaml" --no-schema \
	--output-json --subscribe events --sleep 15 >/tmp/ynl-events &
listener=$!
for _ in {1..300}; do
	! listens $listener || break
	sleep 0.2
done
check "the group is subscribed" listens $listener
check "a clock is set" change opentdm --do card-set --json "{\"card\": $card, \"clock-source\": [2, 1]}"
check "a fault is set, flags by name" change opentdm_virt --do fault \
	--json "{\"card\": $card, \"port\": 1, \"defects\": [\"ais\", \"rai\"]}"
check "and is so" is '.defects | sort' '["ais","rai"]' \
	< <(cli opentdm_virt --do get --json "{\"card\": $card, \"port\": 1}")
wait "$listener"
check "events are decoded" is '[.[].name] | index("alarm-ntf") != null' true </tmp/ynl-events

out=$(cli opentdm --do span-set --json "{\"card\": $card, \"port\": 9, \"state\": \"up\"}")
check "a refusal exits non-zero" test $? -ne 0
check "with the kernel's sentence" grep -q "the card has no such port" <<<"$out"
check "and its attribute" grep -q "'bad-attr': '.port'" <<<"$out"
out=$(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- \
	/usr/bin/python3 "$ynl/tools/net/ynl/cli.py" --spec "$here/uapi/opentdm.yaml" --no-schema \
	--do span-set --json "{\"card\": $card, \"port\": 2, \"state\": \"up\"}")
check "an unprivileged set exits non-zero" test $? -ne 0
check "with EPERM" grep -q "Operation not permitted" <<<"$out"
check "and has set nothing" is .state '"down"' \
	< <(cli opentdm --do span-get --json "{\"card\": $card, \"port\": 2}")
check "an unprivileged dump works" is 'length > 0' true < <(setpriv --reuid 65534 --regid 65534 \
	--clear-groups --inh-caps=-all -- /usr/bin/python3 "$ynl/tools/net/ynl/cli.py" \
	--spec "$here/uapi/opentdm.yaml" --no-schema --output-json --dump span-get)
check "the card is deleted" change opentdm_virt --do del --json "{\"card\": $card}"
check "and once only" fails cli opentdm_virt --do del --json "{\"card\": $card}"
echo "1..$n"
[ "$bad" -eq 0 ]

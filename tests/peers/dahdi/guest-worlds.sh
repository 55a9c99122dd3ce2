#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In DAHDI's guest of the two worlds: its driver on port 1, and dahdi-pri on its channels, to which worlds.py in the
# other guest gives commands by files in /share. Usage: guest-worlds.sh e1|t1
set -eu
kind=$1
. "$(dirname "$0")/card.sh"
card_open 1
if [ "$kind" = e1 ]; then
	span=ccs,hdb3,crc4 channels="bchan=1-15,17-31" d=16 side=network
else
	span=esf,b8zs channels="bchan=1-23" d=24 side=user
fi
# It takes its clock from the line.
printf '%s\n' "span=1,1,0,$span" "$channels" "dchan=$d" loadzone=us defaultzone=us >/tmp/system.conf
modprobe dahdi auto_assign_spans=1
modprobe wct4xxp latency=100 alarmdebounce=200 losalarmdebounce=200 aisalarmdebounce=200 yelalarmdebounce=200
dahdi_cfg -c /tmp/system.conf
/share/dahdi-pri "$kind" $side /share/commands "$card_fd" >/share/events

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The netlink specs keep to upstream's schema, and the committed C files are what upstream's generator makes
# of them. Needs upstream's tools, no kernel. TAP.
ynl=${OPENTDM_LINUX:-/linux}
top=$(cd "$(dirname "$0")/../../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1
n=0
for spec in opentdm opentdm_virt; do
	n=$((n + 1))
	PYTHONPATH=$ynl/tools/net/ynl /usr/bin/python3 - "$top/uapi/$spec.yaml" \
		"$ynl/Documentation/netlink/genetlink-legacy.yaml" <<'END' || printf 'not '
import sys
from lib import SpecFamily
sys.exit(len(SpecFamily(sys.argv[1], sys.argv[2]).ops) < 4)
END
	echo "ok $n - $spec.yaml keeps to upstream's schema"
done
n=$((n + 1))
YNL_KDIR=$ynl "$top/scripts/ynl-gen" --check || printf 'not '
echo "ok $n - the committed files are what the specs say"
echo "1..$n"

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# opentdm_modules() - load ours beside DAHDI's layer, which brings an index of modules in which they are not.
opentdm_modules() {
	local m d file
	for m in tdm tdm_virt; do
		file=$(find "/lib/modules/$(uname -r)/updates/dkms" -name "$m.ko*")
		for d in $(modinfo -F depends "$file" | tr , ' '); do
			[ "$d" = tdm ] || modprobe "$d" || return
		done
		[ -d /sys/module/$m ] || insmod "$file" || return
	done
}

# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of the rig share. To be sourced by bash, with vm_dir set to this folder.
# shellcheck shell=bash

vm_suite=trixie
vm_top=$(cd "$vm_dir/../.." && pwd)
vm_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/opentdm

vm_die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

vm_say() {
	echo "${0##*/}: $*" >&2
}

vm_need_root() {
	[ "$(id -u)" -eq 0 ] || vm_die "needs root: it mounts file systems and changes its root"
}

# The caller goes on in a mount namespace of its own, so that whatever it mounts goes away with it,
# however it ends. A root that is no mount point, as in a plain chroot, has no propagation to change.
vm_private_mounts() {
	local how=private
	if [ "${VM_PRIVATE_MOUNTS:-}" != "$$" ]; then
		vm_need_root
		export VM_PRIVATE_MOUNTS=$$
		unshare --mount --propagation private -- true 2>/dev/null || how=unchanged
		exec unshare --mount --propagation $how -- "$vm_self" "$@"
	fi
}

# The tree is named after everything that it is made from.
vm_tree_key() {
	{
		echo "$vm_suite"
		cat "$vm_dir/packages" "$vm_dir/tree" "$vm_dir/kernel-packages"
	} | sha256sum | cut -c 1-16
}

vm_tree_path() {
	echo "$vm_cache/tree-$(vm_tree_key)"
}

# vm_lock NAME: holds the cache's lock NAME, on a descriptor, until the script ends. Waiting is
# announced, for it may take minutes.
vm_lock() {
	mkdir -p "$vm_cache/locks"
	exec {vm_lock_fd}>"$vm_cache/locks/$1"
	if ! flock -n "$vm_lock_fd"; then
		vm_say "waiting for another run that makes $1"
		flock "$vm_lock_fd"
	fi
}

vm_unlock() {
	exec {vm_lock_fd}>&-
}

# vm_chroot_mounts ROOT: what programs in a chroot expect to find.
vm_chroot_mounts() {
	mount -t proc proc "$1/proc"
	mount -t sysfs -o ro sysfs "$1/sys"
	mount --rbind /dev "$1/dev"
	mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
	mount -t tmpfs -o mode=755 tmpfs "$1/run"
}

# vm_ccache ROOT: the compiler's cache, after vm_chroot_mounts; what is compiled there is run by vm_env.
vm_ccache() {
	mkdir -p "$vm_cache/ccache" "$1/tmp/ccache"
	mount --bind "$vm_cache/ccache" "$1/tmp/ccache"
}
vm_env=(/usr/bin/env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
	CCACHE_DIR=/tmp/ccache)

# vm_chroot_umounts ROOT: undoes it. Lazily: DKMS leaves a "sleep" behind for a second or two.
vm_chroot_umounts() {
	local d
	for d in run tmp sys proc dev; do
		umount -l -R "$1/$d" 2>/dev/null || :
	done
}

# vm_discard FOLDER: removes a folder in which a root may still be mounted, at m. The host's devices
# are on another file system, and stay.
vm_discard() {
	[ ! -d "$1/m" ] || { vm_chroot_umounts "$1/m"; umount -l -R "$1/m" 2>/dev/null || :; }
	rm -rf --one-file-system "$1"
}

# What nobody used for a while makes room: layers after two days, trees and debug kernels after two weeks,
# and what a killed run left behind after one.
vm_prune() {
	find "$vm_cache/layers" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} + 2>/dev/null || :
	find "$vm_cache" -mindepth 1 -maxdepth 1 -mtime +13 -name 'tree-*' \
		-exec rm -rf --one-file-system {} + 2>/dev/null || :
	find "$vm_cache/kernels" -mindepth 1 -maxdepth 1 -mtime +13 -exec rm -rf {} + 2>/dev/null || :
	find "$vm_cache" -mindepth 1 -maxdepth 1 -mtime +0 \( -name 'new-*' -o -name 'remove.*' \
		-o -name 'initramfs.*' -o -name 'tmp.*' \) \
		-exec rm -rf --one-file-system {} + 2>/dev/null || :
}

# vm_uname TREE KERNEL: the release of one of the kernels 6.1, 6.12, latest, debug.
vm_uname() {
	if [ "$2" = debug ]; then
		"$vm_dir/debug-kernel" --release
	else
		awk -v k="$2" '$1 == k { print $2 }' "$1/kernels"
	fi
}

# vm_kernel_layer KERNEL: the layer that brings this kernel, or nothing: the stock ones are in the tree.
vm_kernel_layer() {
	[ "$1" != debug ] || "$vm_dir/debug-kernel"
}

# Whether overlayfs can be mounted here, on the file system of the cache. Says so once if not.
vm_have_overlay() {
	local t r=0
	t=$(mktemp -d "$vm_cache/tmp.XXXXXX")
	mkdir "$t/l" "$t/u" "$t/w" "$t/m"
	mount -t overlay overlay -o "lowerdir=$t/l,upperdir=$t/u,workdir=$t/w" "$t/m" 2>/dev/null || r=1
	[ $r -ne 0 ] || umount "$t/m"
	rm -rf "$t"
	return $r
}

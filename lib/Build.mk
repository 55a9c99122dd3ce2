# SPDX-License-Identifier: GPL-2.0-or-later
# libtdm: the static library that the project's own programs use, and the shared one for others.
libs += tdm
tdm-src := $(wildcard $(d)*.c)
tdm-pkgs := libnl-3.0 libnl-genl-3.0

# Installed as libtdm.so.1; what it shows is in libtdm.map. Never with a sanitizer.
$(O)/lib/libtdm.so.1: $(tdm-src) $(wildcard lib/*.h uapi/*.h) lib/libtdm.map
	@mkdir -p $(@D)
	$(quiet-ld)$(CC) $(cflags) -O2 -fPIC -fvisibility=default $(call pkg-cflags,$(tdm-pkgs)) -shared \
		-Wl,-soname,libtdm.so.1 -Wl,--version-script=lib/libtdm.map -Wl,-z,defs \
		-o $@ $(tdm-src) $(call pkg-libs,$(tdm-pkgs))

# The name for the linker, as a script of its own: an installed file is no symbolic link.
$(O)/gen/libtdm.so:
	@mkdir -p $(@D)
	echo 'INPUT(libtdm.so.1)' >$@

$(O)/gen/libtdm.pc: lib/libtdm.pc.in VERSION
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< >$@

installs += 644:$(O)/lib/libtdm.so.1:/usr/lib/libtdm.so.1
installs += 644:$(O)/gen/libtdm.so:/usr/lib/libtdm.so
installs += 644:$(O)/gen/libtdm.pc:/usr/lib/pkgconfig/libtdm.pc
installs += 644:lib/tdm.h:/usr/include/opentdm/tdm.h
installs += $(foreach h,$(wildcard uapi/*.h),644:$(h):/usr/include/opentdm/$(notdir $(h)))

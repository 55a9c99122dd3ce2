# SPDX-License-Identifier: GPL-2.0-or-later
# Pure parts of the te4xx driver.
units += te4xx-profile
te4xx-profile-src := $(d)profile_test.c kernel/te4xx/profile.c kernel/te4xx/profile_default.c
te4xx-profile-pkgs := cmocka
te4xx-profile-cflags := -DLINES_IMAGE='"$(O)/gen/te4xx-lines.bin"'
$(O)/unit/te4xx-profile: $(O)/gen/te4xx-lines.bin

units += te4xx-program
te4xx-program-src := $(d)program_test.c $(addprefix kernel/te4xx/,program.c profile.c profile_default.c)
te4xx-program-pkgs := cmocka
te4xx-program-cflags := -Ikernel/core

units += te4xx-registers
te4xx-registers-src := $(d)registers_test.c $(addprefix kernel/te4xx/,decode.c program.c profile.c profile_default.c)
te4xx-registers-pkgs := cmocka
te4xx-registers-cflags := -Ikernel/core

units += te4xx-pace
te4xx-pace-src := $(d)pace_test.c kernel/te4xx/pace.c
te4xx-pace-pkgs := cmocka
te4xx-pace-cflags := -Ikernel/core

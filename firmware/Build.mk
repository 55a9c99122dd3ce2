# SPDX-License-Identifier: GPL-2.0-or-later
# Line profiles of the te4xx cards: the compiler, the image that request_firmware() finds, and the same
# image as the table that the module carries. DKMS has no user space to compile it with, so the table lies
# beside the module's sources; the unit test fails when it is not what the text files say.
progs += lineprof
lineprof-src := $(d)lineprof.c kernel/te4xx/profile.c

line-profiles-txt := $(sort $(wildcard $(d)*.txt))

$(O)/gen/te4xx-lines.bin: $(O)/bin/lineprof $(line-profiles-txt)
	@mkdir -p $(@D)
	$< $@ $(@D)/te4xx_lines.c $(line-profiles-txt)

.PHONY: line-profiles
line-profiles: $(O)/gen/te4xx-lines.bin
	cp $(O)/gen/te4xx_lines.c kernel/te4xx/profile_default.c

installs += 644:$(O)/gen/te4xx-lines.bin:/usr/lib/firmware/opentdm/te4xx-lines.bin

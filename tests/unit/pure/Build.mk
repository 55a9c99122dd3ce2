# SPDX-License-Identifier: GPL-2.0-or-later
pure-dir := kernel/core/pure/
pure-all := $(wildcard $(pure-dir)*.c)
pure-tests := hdlc hdlc_tx alarm cas counters law elastic

define pure-test
units += pure-$(1)
pure-$(1)-src := $(d)$(1)_test.c $(pure-all)
pure-$(1)-pkgs := cmocka
endef
$(foreach t,$(pure-tests),$(eval $(call pure-test,$(t))))
# The oracle for G.711.
pure-law-pkgs += spandsp

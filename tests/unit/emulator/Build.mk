# SPDX-License-Identifier: GPL-2.0-or-later
emulator-dir := tests/emulator/
emulator-parts := $(filter-out $(emulator-dir)main.c,$(wildcard $(emulator-dir)*.c)) \
	$(addprefix kernel/core/pure/,elastic.c hdlc_fcs.c hdlc_rx.c hdlc_tx.c user.c)

define emulator-test
units += emulator-$(1)
emulator-$(1)-src := $(d)$(1)_test.c $(emulator-parts)
emulator-$(1)-pkgs := cmocka
endef
$(foreach t,line framer card control vfio_user,$(eval $(call emulator-test,$(t))))

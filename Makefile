# SPDX-License-Identifier: GPL-2.0-or-later
# The one Makefile. Each folder says in its Build.mk what is in it (CONTRIBUTING.md); everything that
# is built lies in build/, one folder a variant. The kernel side is built by kbuild from Kbuild.

VERSION := $(shell cat VERSION)
VARIANT ?= release
BUILD ?= build
O := $(BUILD)/$(VARIANT)
DESTDIR ?=
KDIR ?= /lib/modules/$(shell uname -r)/build
export BUILD

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

include scripts/rules.mk

##@ Building
.PHONY: all modules deps
all: $(all-y) ## programs and libraries for this machine (VARIANT=release|debug|asan|tsan)

modules: ## kernel modules against KDIR, in build/modules (W=1 C=2 pass on)
	scripts/modules $(BUILD)/modules $(KDIR) $(if $(W),W=$(W)) $(if $(C),C=$(C))

deps: ## installs the Debian packages that this needs
	@scripts/deps

##@ Testing
.PHONY: check check-long check-kernels check-debug check-peers check-ari check-unit check-model check-scenario \
	mutate stress bench bench-check bench-core bench-hdlc demo style
check: deps ## every stage
	@scripts/check

check-long: deps ## every stage at full length; goes on where it stopped
	@scripts/check --long

check-kernels: deps ## install, selftests, demo and removal on each kernel
	@scripts/check-kernels

check-debug: deps ## selftests and KUnit suites in the debug kernel; logs in build/debug/dmesg
	@scripts/check-debug

check-peers: deps ## other people's drivers and programs against ours
	@tests/peers/dahdi/run

check-ari: deps ## npm's ari-client against tdmd, natively and over ISDN lines
	@tests/stages/60-ari
	@tests/stages/63-ari-pri

check-unit: ## unit tests: seconds, no root, no virtual machine
	@$(MAKE) --no-print-directory VARIANT=asan units
	@scripts/run-units $(BUILD)/asan/unit $(units)

check-scenario: deps ## the tests of a scenario: S=4, or S=all
	@tests/mutation/run check $(or $(S),all)

mutate: deps ## builds a scenario's naive variants, which its tests must catch: S=4, or S=all
	@nice -n 19 tests/mutation/run mutate $(or $(S),all)

stress: deps ## threads that do anything to anybody's call; OPENTDM_SEED replays, STRESS_SECONDS
	@tests/stages/56-stress

check-model: deps ## the model of the channel core, and the mutations that it must catch
	@nice -n 19 tests/model/run

bench-core: ## what the channel core does in a second; figures in build/bench/core.json
	@$(MAKE) --no-print-directory VARIANT=release $(BUILD)/release/bench/bench_core
	@mkdir -p $(BUILD)/bench
	@$(BUILD)/release/bench/bench_core --json $(BUILD)/bench/core.json

bench-hdlc: deps ## instructions that HDLC takes for an octet of the line
	@$(MAKE) --no-print-directory VARIANT=release $(BUILD)/release/bench/bench_hdlc
	@BUILD=$(BUILD) tests/bench/hdlc/run

bench: deps ## instructions of data plane (DAHDI's, too), media path and calls; build/bench/results.json
	@tests/bench/plane/run
	@tests/bench/media/run
	@tests/bench/pri/run
	@tests/bench/scale/run
	@tests/bench/tick/run
	@tests/bench/calls/run

bench-check: deps ## ours alone, held against tests/bench/plane.json and media.json: 3 % more has failed
	@tests/bench/plane/run --check
	@tests/bench/media/run --check

demo: deps ## a real call, start to end
	@tests/demo/run

style: ## the rules of the sources
	@scripts/style

##@ Installing
.PHONY: install install-programs install-dkms uninstall
install: install-programs install-dkms ## into DESTDIR, with the modules' source for DKMS

# What the modules are built from, and nothing else, is what DKMS gets.
dkms-src := $(DESTDIR)/usr/src/opentdm-$(VERSION)
install-dkms:
	rm -rf $(dkms-src)
	mkdir -p $(dkms-src)
	cp -r Kbuild kernel uapi $(dkms-src)/
	sed 's/#MODULE_VERSION#/$(VERSION)/' dkms.conf >$(dkms-src)/dkms.conf
	find $(dkms-src) \( -name Build.mk -o -name '*.o' -o -name '.*.cmd' -o -name '*.ko' \
		-o -name '*.mod*' \) -delete

install-programs: $(all-y) $(install-sources)
	$(foreach i,$(installs),$(call install-one,$(subst :, ,$(i))))
	mkdir -p $(DESTDIR)/usr/lib/firmware/opentdm

uninstall: ## removes what install put there
	$(if $(DESTDIR),,-[ ! -d $(dkms-src) ] || ! command -v dkms >/dev/null || \
		dkms remove opentdm/$(VERSION) --all)
	$(foreach i,$(installs),rm -f $(DESTDIR)$(word 3,$(subst :, ,$(i)))$(newline)$(tab))
	rm -rf $(dkms-src) $(DESTDIR)/usr/lib/firmware/opentdm
	@cd $(DESTDIR)/ && rmdir -p --ignore-fail-on-non-empty 2>/dev/null usr/src usr/lib/firmware \
		$(sort $(foreach i,$(installs),$(patsubst /%,%,$(dir $(word 3,$(subst :, ,$(i))))))) || :

##@ Rest
.PHONY: clean help
clean: ## removes build/
	rm -rf $(BUILD)

help: ## this
	@awk '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { t = $$0; sub(/:.*/, "", t); sub(/.*## /, ""); \
		printf "  %-14s %s\n", t, $$0 }' Makefile

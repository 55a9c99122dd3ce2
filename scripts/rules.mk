# SPDX-License-Identifier: GPL-2.0-or-later
# Reads the folders' Build.mk and makes rules of their lists: libs, progs, units, benches, stresses,
# fuzzers, guests, gens, installs, guest-tests.

CC ?= gcc
PKG_CONFIG ?= pkg-config

flags-release := -O2
flags-debug := -O1 -DOPENTDM_DEBUG=1
flags-asan := -O1 -DOPENTDM_DEBUG=1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
# gcc's thread sanitizer does not know fences and says so at each; what stands beside them are atomic
# accesses, which it does know.
flags-tsan := -O1 -DOPENTDM_DEBUG=1 -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan
flags-fuzz := -O1 -DOPENTDM_DEBUG=1 -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION=1 \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(flags-$(VARIANT)),)
$(error there is no variant '$(VARIANT)': choose release, debug, asan, tsan or fuzz)
endif
ifeq ($(VARIANT),fuzz)
CC := clang
endif

# What was compiled before, in whatever checkout, is not compiled again.
ifneq ($(shell command -v ccache),)
export CCACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/opentdm/ccache
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
compile := ccache
endif

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Werror=implicit-function-declaration -Werror=incompatible-pointer-types \
	-Werror=int-conversion -Werror=return-type -Werror=format -Wno-error=format-truncation
cflags := -std=gnu11 -g -D_GNU_SOURCE $(warnings) -DOPENTDM_VERSION='"$(VERSION)"' -I. -Iuapi \
	-I$(O)/gen $(CFLAGS)
ldflags := -pthread $(LDFLAGS)
# A 32-bit program tests an interface; the sanitizers' 32-bit libraries are not asked for.
flags-of = $(if $($(1)-m32),-O2 -m32,$(flags-$(VARIANT)))

libs :=
progs :=
units :=
benches :=
stresses :=
fuzzers :=
guests :=
guest-tests :=
gens :=
installs :=

define newline


endef
empty :=
tab := $(empty)	$(empty)

define include-folder
d := $(dir $(1))
include $(1)
endef
fragments := $(sort $(wildcard */Build.mk */*/Build.mk */*/*/Build.mk))
$(foreach f,$(fragments),$(eval $(call include-folder,$(f))))

# A library's own needs come along with it.
uses-of = $($(1)-uses) $(foreach l,$($(1)-uses),$(call uses-of,$(l)))
pkgs-of = $(sort $($(1)-pkgs) $(foreach l,$(call uses-of,$(1)),$($(l)-pkgs)))
libs-of = $($(1)-libs) $(foreach l,$(call uses-of,$(1)),$($(l)-libs))
incs-of = $($(1)-cflags) $(foreach l,$(call uses-of,$(1)),$($(l)-export-cflags))
objs-of = $(patsubst %.c,$(O)/obj/$(1)/%.o,$(patsubst $(O)/%,out/%,$($(1)-src)))

# pkg-config is asked once for each set of packages, and not at all by targets that build nothing.
pkg-cflags = $(if $(1),$(shell $(PKG_CONFIG) --cflags $(1)))
pkg-libs = $(if $(1),$(shell $(PKG_CONFIG) --libs $(1)))

define compile-rules
$(O)/obj/$(1)/%.o: private cc-flags = $(cflags) $(call flags-of,$(1)) $(call incs-of,$(1)) \
	$$(call pkg-cflags,$(call pkgs-of,$(1)))
$(O)/obj/$(1)/%.o: %.c | $(gens)
	@mkdir -p $$(@D)
	$(quiet-cc)$(compile) $(CC) $$(cc-flags) -MMD -MP -c -o $$@ $$<
$(O)/obj/$(1)/out/%.o: private cc-flags = $(cflags) $(call flags-of,$(1)) $(call incs-of,$(1)) \
	$$(call pkg-cflags,$(call pkgs-of,$(1)))
$(O)/obj/$(1)/out/%.o: $(O)/%.c | $(gens)
	@mkdir -p $$(@D)
	$(quiet-cc)$(compile) $(CC) $$(cc-flags) -MMD -MP -c -o $$@ $$<
-include $(patsubst %.o,%.d,$(call objs-of,$(1)))
endef

define lib-rules
$(call compile-rules,$(1))
$(O)/lib/lib$(1).a: $(call objs-of,$(1))
	@mkdir -p $$(@D)
	$(quiet-ar)rm -f $$@ && ar rcs $$@ $$^
endef

# link-rules NAME,FILE,FLAGS
define link-rules
$(call compile-rules,$(1))
$(2): $(call objs-of,$(1)) $(foreach l,$(call uses-of,$(1)),$(O)/lib/lib$(l).a)
	@mkdir -p $$(@D)
	$(quiet-ld)$(CC) $(filter -fsanitize% -m32,$(call flags-of,$(1))) $(ldflags) $(3) -o $$@ $(call objs-of,$(1)) \
		$(foreach l,$(call uses-of,$(1)),$(O)/lib/lib$(l).a) \
		$$(call pkg-libs,$(call pkgs-of,$(1))) $(call libs-of,$(1))
endef

ifneq ($(V),1)
quiet-cc = @echo "  CC      $$@" &&
quiet-ar = @echo "  AR      $$@" &&
quiet-ld = @echo "  LD      $$@" &&
endif

$(foreach l,$(libs),$(eval $(call lib-rules,$(l))))
$(foreach p,$(progs),$(eval $(call link-rules,$(p),$(O)/bin/$(p))))
$(foreach p,$(units),$(eval $(call link-rules,$(p),$(O)/unit/$(p))))
$(foreach p,$(benches),$(eval $(call link-rules,$(p),$(O)/bench/$(p))))
$(foreach p,$(stresses),$(eval $(call link-rules,$(p),$(O)/stress/$(p))))
$(foreach p,$(guests),$(eval $(call link-rules,$(p),$(O)/guest/$(p))))
ifeq ($(VARIANT),fuzz)
$(foreach p,$(fuzzers),$(eval $(call link-rules,$(p),$(O)/fuzz/$(p),-fsanitize=fuzzer)))
endif

all-y := $(gens) $(libs:%=$(O)/lib/lib%.a) $(progs:%=$(O)/bin/%)
.PHONY: units guests fuzzers guest-list
units: $(units:%=$(O)/unit/%)
guests: $(guests:%=$(O)/guest/%) $(O)/guest/tests.list
fuzzers: $(fuzzers:%=$(O)/fuzz/%)
	@printf '%s\n' $(fuzzers) >$(O)/fuzz.list

# What the selftest stage runs in the guest: command, time-out, kernels, cards, in which form of the
# check it runs in the debug kernel, how many machines of its own it wants, whether in the long form only,
# whether by a clock that counts instructions.
guest-base = $(basename $(notdir $(1)))
guest-command = $(if $(filter $(1),$(guests)),/build/guest/$(1),$(1))
guest-line = $(call guest-command,$(1))|$(or $($(call guest-base,$(1))-timeout),120)|$(or \
	$($(call guest-base,$(1))-kernels),6.1 6.12 latest)|$($(call guest-base,$(1))-cards)|$($(call \
	guest-base,$(1))-debug)|$($(call guest-base,$(1))-boots)|$($(call guest-base,$(1))-long)|$($(call \
	guest-base,$(1))-icount)
$(O)/guest/tests.list: $(fragments) scripts/rules.mk
	@mkdir -p $(@D)
	@: >$@
	@$(foreach t,$(guest-tests),echo '$(call guest-line,$(t))' >>$@;) :

# Programs that say where they belong are installed without further words.
installs += $(foreach p,$(progs),$(if $($(p)-dir),755:$(O)/bin/$(p):$($(p)-dir)/$(p)))
install-sources = $(foreach i,$(installs),$(word 2,$(subst :, ,$(i))))
define install-one
	install -D -m $(word 1,$(1)) $(word 2,$(1)) $(DESTDIR)$(word 3,$(1))

endef

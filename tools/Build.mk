# SPDX-License-Identifier: GPL-2.0-or-later
# tdmctl, its man page and its completion, which it makes itself from its table of commands.
progs += tdmctl
tdmctl-src := $(wildcard $(d)*.c)
tdmctl-uses := tdm
tdmctl-pkgs := jansson sndfile
tdmctl-dir := /usr/sbin

$(O)/gen/tdmctl.8: $(O)/bin/tdmctl
	@mkdir -p $(@D)
	$< --generate man >$@
$(O)/gen/tdmctl.bash: $(O)/bin/tdmctl
	@mkdir -p $(@D)
	$< --generate completion >$@

installs += 644:$(O)/gen/tdmctl.8:/usr/share/man/man8/tdmctl.8
installs += 644:$(O)/gen/tdmctl.bash:/usr/share/bash-completion/completions/tdmctl

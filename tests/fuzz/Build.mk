# SPDX-License-Identifier: GPL-2.0-or-later
fuzzers += hdlc
hdlc-src := $(d)hdlc.c $(wildcard kernel/core/pure/hdlc*.c) kernel/core/pure/user.c

# The API without its server: that part is the test's.
fuzzers += http
http-src := $(d)http.c $(filter-out $(api-server),$(wildcard daemon/api/*.c))
http-uses := tdmd-call tdmd-core
http-pkgs := jansson

fuzzers += profile
profile-src := $(d)profile.c kernel/te4xx/profile.c

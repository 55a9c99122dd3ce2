# SPDX-License-Identifier: GPL-2.0-or-later
units += lib_addr lib_spansconf lib_http lib_ctl lib_nlparse
lib_addr-src := $(d)test_addr.c
lib_addr-uses := tdm
lib_addr-pkgs := cmocka
lib_spansconf-src := $(d)test_spansconf.c tools/spansconf.c tools/spansprint.c
lib_spansconf-uses := tdm
lib_spansconf-pkgs := cmocka
lib_http-src := $(d)test_http.c tools/http_parse.c
lib_http-pkgs := cmocka
lib_nlparse-src := $(d)test_nlparse.c
lib_nlparse-uses := tdm
lib_nlparse-pkgs := cmocka
lib_ctl-src := $(d)test_ctl.c $(filter-out tools/main.c,$(wildcard tools/*.c)) $(d)no_kernel.c
lib_ctl-uses := tdm
lib_ctl-pkgs := cmocka jansson sndfile

fuzzers += spansconf nlparse httpreply
spansconf-src := tests/fuzz/spansconf.c tools/spansconf.c tools/spansprint.c
spansconf-uses := tdm
nlparse-src := tests/fuzz/nlparse.c
nlparse-uses := tdm
httpreply-src := tests/fuzz/httpreply.c tools/http_parse.c

# SPDX-License-Identifier: GPL-2.0-or-later
tel-world := $(d)world.c $(d)cable.c $(d)wire.c
tel-uses := tdmd-tel tdmd-call tdmd-core tdmd-conf tdm

units += test_pri
test_pri-src := $(d)test_pri.c $(tel-world)
test_pri-uses := $(tel-uses)
test_pri-pkgs := cmocka

units += test_conf
test_conf-src := $(d)test_conf.c
test_conf-uses := tdmd-conf
test_conf-pkgs := cmocka

units += test_route
test_route-src := $(d)test_route.c
test_route-uses := $(tel-uses)
test_route-pkgs := cmocka

units += test_media
test_media-src := $(d)test_media.c $(tel-world)
test_media-uses := $(tel-uses)
test_media-pkgs := cmocka

units += test_conference_lines
test_conference_lines-src := $(d)test_conference_lines.c $(tel-world)
test_conference_lines-uses := $(tel-uses)
test_conference_lines-pkgs := cmocka

units += test_random
test_random-src := $(d)test_random.c $(tel-world)
test_random-uses := $(tel-uses)
test_random-pkgs := cmocka

fuzzers += conf
conf-src := tests/fuzz/conf.c
conf-uses := tdmd-conf

fuzzers += q931
q931-src := tests/fuzz/q931.c daemon/group/q931.c

units += test_admit
test_admit-src := $(d)test_admit.c $(tel-world)
test_admit-uses := $(tel-uses)
test_admit-pkgs := cmocka

units += test_service
test_service-src := $(d)test_service.c $(tel-world)
test_service-uses := $(tel-uses)
test_service-pkgs := cmocka

units += test_law
test_law-src := $(d)test_law.c daemon/media/law.c
test_law-pkgs := cmocka spandsp

units += test_tell
test_tell-src := $(d)test_tell.c $(tel-world)
test_tell-uses := $(tel-uses)
test_tell-pkgs := cmocka

# The kernel and the trunk groups are the test's.
units += test_spans
test_spans-src := $(d)test_spans.c daemon/spans.c
test_spans-uses := tdmd-call tdmd-core tdm
test_spans-pkgs := cmocka jansson

units += test_play
test_play-src := $(d)test_play.c $(tel-world)
test_play-uses := $(tel-uses)
test_play-pkgs := cmocka

units += test_sides
test_sides-src := $(d)test_sides.c $(d)tape.c $(tel-world)
test_sides-uses := $(tel-uses)
test_sides-pkgs := cmocka sndfile

units += test_bridge_talk
test_bridge_talk-src := $(d)test_bridge_talk.c $(d)tape.c $(tel-world)
test_bridge_talk-uses := $(tel-uses)
test_bridge_talk-pkgs := cmocka sndfile

units += test_music
test_music-src := $(d)test_music.c $(d)tape.c $(tel-world)
test_music-uses := $(tel-uses)
test_music-pkgs := cmocka sndfile

# The leg that hears of digits is the test's.
units += test_talkoff
test_talkoff-src := $(d)test_talkoff.c daemon/media/digits.c
test_talkoff-uses := tdmd-pcm
test_talkoff-pkgs := cmocka spandsp sndfile
test_talkoff-libs := -lm

units += test_mix
test_mix-src := $(d)test_mix.c
test_mix-uses := tdmd-pcm
test_mix-pkgs := cmocka

units += test_wav
test_wav-src := $(d)test_wav.c daemon/media/wav.c
test_wav-pkgs := cmocka sndfile

# SPDX-License-Identifier: GPL-2.0-or-later
units += test_serializer
test_serializer-src := $(d)test_serializer.c
test_serializer-uses := tdmd-core
test_serializer-pkgs := cmocka

units += test_pool
test_pool-src := $(d)test_pool.c
test_pool-uses := tdmd-core
test_pool-pkgs := cmocka

units += test_channel
test_channel-src := $(d)test_channel.c $(d)world.c $(d)testleg.c
test_channel-uses := tdmd-call
test_channel-pkgs := cmocka

units += test_states
test_states-src := $(d)test_states.c $(d)world.c $(d)testleg.c
test_states-uses := tdmd-call
test_states-pkgs := cmocka

units += test_bridge
test_bridge-src := $(d)test_bridge.c $(d)plant.c $(d)world.c $(d)testleg.c
test_bridge-uses := tdmd-call
test_bridge-pkgs := cmocka

units += test_path
test_path-src := $(d)test_path.c $(d)plant.c $(d)world.c $(d)testleg.c
test_path-uses := tdmd-call
test_path-pkgs := cmocka

units += test_conference
test_conference-src := $(d)test_conference.c $(d)conference.c $(d)plant.c $(d)world.c $(d)testleg.c
test_conference-uses := tdmd-call
test_conference-pkgs := cmocka

units += test_bridge_media
test_bridge_media-src := $(d)test_bridge_media.c $(d)conference.c $(d)plant.c $(d)world.c $(d)testleg.c
test_bridge_media-uses := tdmd-call
test_bridge_media-pkgs := cmocka

units += test_snoop
test_snoop-src := $(d)test_snoop.c $(d)conference.c $(d)plant.c $(d)world.c $(d)testleg.c
test_snoop-uses := tdmd-call
test_snoop-pkgs := cmocka

units += test_music_who
test_music_who-src := $(d)test_music_who.c $(d)conference.c $(d)plant.c $(d)world.c $(d)testleg.c
test_music_who-uses := tdmd-call
test_music_who-pkgs := cmocka

units += test_conference_change
test_conference_change-src := $(d)test_conference_change.c $(d)conference.c $(d)plant.c $(d)world.c \
	$(d)testleg.c
test_conference_change-uses := tdmd-call
test_conference_change-pkgs := cmocka

units += test_conference_threads
test_conference_threads-src := $(d)test_conference_threads.c $(d)plant.c $(d)world.c $(d)testleg.c
test_conference_threads-uses := tdmd-call
test_conference_threads-pkgs := cmocka

units += test_told
test_told-src := $(d)test_told.c $(d)plant.c $(d)world.c $(d)testleg.c
test_told-uses := tdmd-call
test_told-pkgs := cmocka

units += test_asked
test_asked-src := $(d)test_asked.c $(d)world.c $(d)testleg.c
test_asked-uses := tdmd-call
test_asked-pkgs := cmocka

units += test_move
test_move-src := $(d)test_move.c $(d)plant.c $(d)world.c $(d)testleg.c
test_move-uses := tdmd-call
test_move-pkgs := cmocka

units += test_move_refused
test_move_refused-src := $(d)test_move_refused.c $(d)plant.c $(d)world.c $(d)testleg.c
test_move_refused-uses := tdmd-call
test_move_refused-pkgs := cmocka

units += test_transfer
test_transfer-src := $(d)test_transfer.c $(d)plant.c $(d)world.c $(d)testleg.c
test_transfer-uses := tdmd-call
test_transfer-pkgs := cmocka

units += test_pickup
test_pickup-src := $(d)test_pickup.c $(d)plant.c $(d)world.c $(d)testleg.c
test_pickup-uses := tdmd-call
test_pickup-pkgs := cmocka

units += test_ring
test_ring-src := $(d)test_ring.c $(d)plant.c $(d)world.c $(d)testleg.c
test_ring-uses := tdmd-call
test_ring-pkgs := cmocka

units += test_ring_say
test_ring_say-src := $(d)test_ring_say.c $(d)plant.c $(d)world.c $(d)testleg.c
test_ring_say-uses := tdmd-call
test_ring_say-pkgs := cmocka

units += test_park
test_park-src := $(d)test_park.c $(d)plant.c $(d)world.c $(d)testleg.c
test_park-uses := tdmd-call
test_park-pkgs := cmocka

units += test_lock
test_lock-src := $(d)test_lock.c
test_lock-uses := tdmd-core
test_lock-pkgs := cmocka

units += test_scenarios_move
test_scenarios_move-src := $(d)test_scenarios_move.c $(d)plant.c $(d)world.c $(d)testleg.c
test_scenarios_move-uses := tdmd-call
test_scenarios_move-pkgs := cmocka

units += test_scenarios
test_scenarios-src := $(d)test_scenarios.c $(d)world.c $(d)testleg.c
test_scenarios-uses := tdmd-call
test_scenarios-pkgs := cmocka

units += test_faults
test_faults-src := $(d)test_faults.c $(d)cast.c $(d)plant.c $(d)world.c $(d)testleg.c
test_faults-uses := tdmd-call
test_faults-pkgs := cmocka
test_faults-libs := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

units += test_record
test_record-src := $(d)test_record.c $(d)record_world.c $(d)world.c $(d)testleg.c
test_record-uses := tdmd-record tdmd-call
test_record-pkgs := cmocka sqlite3 jansson

units += test_journal
test_journal-src := $(d)test_journal.c $(d)record_world.c $(d)world.c $(d)testleg.c
test_journal-uses := tdmd-record tdmd-call
test_journal-pkgs := cmocka sqlite3 jansson

units += test_blocked
test_blocked-src := $(d)test_blocked.c $(d)cast.c $(d)plant.c $(d)world.c $(d)testleg.c
test_blocked-uses := tdmd-api tdmd-call
test_blocked-pkgs := cmocka

# The API without its server: that part is the test's.
units += test_metrics
test_metrics-src := $(d)test_metrics.c $(filter-out $(api-server),$(wildcard daemon/api/*.c))
test_metrics-uses := tdmd-call tdmd-core
test_metrics-pkgs := cmocka jansson

units += test_apps
test_apps-src := $(d)test_apps.c $(filter-out $(api-server),$(wildcard daemon/api/*.c))
test_apps-uses := tdmd-call tdmd-core
test_apps-pkgs := cmocka jansson

units += test_mute
test_mute-src := $(d)test_mute.c $(d)conference.c $(d)plant.c $(d)world.c $(d)testleg.c
test_mute-uses := tdmd-call
test_mute-pkgs := cmocka

units += test_level
test_level-src := $(d)test_level.c $(d)plant.c $(d)world.c $(d)testleg.c
test_level-uses := tdmd-call
test_level-pkgs := cmocka

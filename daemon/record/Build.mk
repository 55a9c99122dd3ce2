# SPDX-License-Identifier: GPL-2.0-or-later
# Call records: the journal and the database.
libs += tdmd-record
tdmd-record-src := $(wildcard $(d)*.c)
tdmd-record-uses := tdmd-call tdmd-core
tdmd-record-pkgs := sqlite3 jansson

# SPDX-License-Identifier: GPL-2.0-or-later
# Locks, serializers, timers, references, logging.
libs += tdmd-core
tdmd-core-src := $(wildcard $(d)*.c)
tdmd-core-pkgs := liburcu liburcu-cds libsystemd
tdmd-core-libs := -pthread

# SPDX-License-Identifier: GPL-2.0-or-later
stresses += stress
stress-src := $(wildcard $(d)*.c)
stress-uses := tdmd-call

# SPDX-License-Identifier: GPL-2.0-or-later
libs += tdmdconf
tdmdconf-src := $(wildcard daemon/conf/*.c) $(wildcard daemon/route/*.c)

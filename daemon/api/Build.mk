# SPDX-License-Identifier: GPL-2.0-or-later
# The control API.
libs += tdmd-api
tdmd-api-src := $(wildcard $(d)*.c)
tdmd-api-uses := tdmd-call tdmd-core
tdmd-api-pkgs := libwebsockets jansson libcrypto libxcrypt
# What a test has in the place of the server: the rest needs no library of it.
api-server := $(addprefix $(d),http.c server.c stream.c users.c)

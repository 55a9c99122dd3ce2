# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)pri.sh
pri-timeout := 900

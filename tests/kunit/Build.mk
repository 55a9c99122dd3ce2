# SPDX-License-Identifier: GPL-2.0-or-later
guest-tests += $(d)kunit.sh
kunit-kernels := debug

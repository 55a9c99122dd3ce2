# SPDX-License-Identifier: GPL-2.0-or-later
installs += 644:$(d)60-opentdm.rules:/usr/lib/udev/rules.d/60-opentdm.rules

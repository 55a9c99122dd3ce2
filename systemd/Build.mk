# SPDX-License-Identifier: GPL-2.0-or-later
installs += 644:$(d)tdmd.service:/usr/lib/systemd/system/tdmd.service
installs += 644:$(d)opentdm-spans.service:/usr/lib/systemd/system/opentdm-spans.service
installs += 644:$(d)opentdm.sysusers:/usr/lib/sysusers.d/opentdm.conf
installs += 644:$(d)opentdm.modules:/usr/lib/modules-load.d/opentdm.conf

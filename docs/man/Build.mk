# SPDX-License-Identifier: GPL-2.0-or-later
installs += 644:docs/man/spans.conf.5:/usr/share/man/man5/spans.conf.5
installs += 644:docs/man/spans.conf.example:/usr/share/doc/opentdm/spans.conf

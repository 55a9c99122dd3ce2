# SPDX-License-Identifier: GPL-2.0-or-later
# The data plane's cost, measured in the guest: ours. DAHDI's half needs DAHDI's header, and is built by run.
guests += plane-opentdm
plane-opentdm-src := $(d)plane.c $(d)ours.c $(d)ours_stream.c $(d)ours_hdlc.c tests/selftests/chardev/plant.c
plane-opentdm-uses := tdm

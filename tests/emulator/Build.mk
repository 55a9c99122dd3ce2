# SPDX-License-Identifier: GPL-2.0-or-later
# A TE2xx/TE4xx card as a process, and its parts as a library for the unit tests.
te4card-pure := $(addprefix kernel/core/pure/,elastic.c hdlc_fcs.c hdlc_rx.c hdlc_tx.c user.c)
te4card-parts := $(filter-out $(d)main.c,$(wildcard $(d)*.c)) $(te4card-pure)
progs += te4card
te4card-src := $(d)main.c $(te4card-parts)

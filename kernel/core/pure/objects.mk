# SPDX-License-Identifier: GPL-2.0-only
# What of this folder goes into a kernel module; user space adds user.o.
tdm-pure := alarm cas casseq counters debounce elastic hdlc_fcs hdlc_rx hdlc_tx law law_table

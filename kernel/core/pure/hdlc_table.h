/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole octet's worth of stuffing and destuffing by one look-up.
 *
 * Receive, [1s at the end of what came before, 6 = six or more][slot octet]:
 *	15		the octet holds (or ends) six 1s in a row: flag or abort; do it bit by bit
 *	14..12		1s at its end, 0..5
 *	11..8		data bits in it, 6..8
 *	7..0		the data bits, first one at bit 0
 *
 * Transmit, [1s at the end, 0..4][frame octet]:
 *	14..12		1s at its end, 0..4
 *	11..10		stuffed 0s, 0..2
 *	9..0		bits for the line, last one at bit 0
 */
#ifndef TDM_PURE_HDLC_TABLE_H
#define TDM_PURE_HDLC_TABLE_H

#include "pure.h"

#define TDM_HDLC_RX_SPECIAL	0x8000u

extern const u16 tdm_hdlc_rx_table[7][256];
extern const u16 tdm_hdlc_tx_table[5][256];

/* FCS-16 over a frame and its own FCS (Q.921 2.7: 0001110100001111, reflected). */
#define TDM_HDLC_FCS_INIT	0xffffu
#define TDM_HDLC_FCS_GOOD	0xf0b8u

#endif /* TDM_PURE_HDLC_TABLE_H */

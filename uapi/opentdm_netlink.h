/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/opentdm.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_OPENTDM_H
#define _UAPI_LINUX_OPENTDM_H

#define TDM_FAMILY_NAME		"opentdm"
#define TDM_FAMILY_VERSION	1

/**
 * enum tdm_span_type - What kind of line a span is.
 * @TDM_TYPE_E1: 2048 kbit/s, 32 slots (G.704 2.3), A-law.
 * @TDM_TYPE_T1: 1544 kbit/s, 24 slots (T1.403), mu-law.
 * @TDM_TYPE_J1: As T1, with JT-G704's alarm and CRC.
 */
enum tdm_span_type {
	TDM_TYPE_E1,
	TDM_TYPE_T1,
	TDM_TYPE_J1,
};

/**
 * enum tdm_framing - Frame structure of a span.
 * @TDM_FRAMING_UNFRAMED: E1 without frame alignment; slot 0 carries data too.
 * @TDM_FRAMING_FAS: E1 with frame alignment signal in slot 0 (G.704 2.3.2), no
 *   CRC.
 * @TDM_FRAMING_CRC4: E1 with FAS and CRC-4 multiframe (G.704 2.3.3).
 * @TDM_FRAMING_D4: T1 superframe of 12 frames.
 * @TDM_FRAMING_ESF: T1 extended superframe of 24 frames, with CRC-6.
 */
enum tdm_framing {
	TDM_FRAMING_UNFRAMED,
	TDM_FRAMING_FAS,
	TDM_FRAMING_CRC4,
	TDM_FRAMING_D4,
	TDM_FRAMING_ESF,
};

/**
 * enum tdm_line_code - Line code of a span (G.703, T1.102).
 * @TDM_CODE_HDB3: E1 only.
 * @TDM_CODE_B8ZS: T1 and J1 only.
 */
enum tdm_line_code {
	TDM_CODE_AMI,
	TDM_CODE_HDB3,
	TDM_CODE_B8ZS,
};

/**
 * enum tdm_signalling - Signalling that the framer takes part in.
 * @TDM_SIGNALLING_CCS: Common channel. Slots pass as they are.
 * @TDM_SIGNALLING_CAS: Channel associated. E1 has it in slot 16 (G.704
 *   5.1.3.2), T1 in robbed bits.
 */
enum tdm_signalling {
	TDM_SIGNALLING_NONE,
	TDM_SIGNALLING_CCS,
	TDM_SIGNALLING_CAS,
};

/**
 * enum tdm_loopback - Maintenance loops.
 * @TDM_LOOP_LOCAL: What we transmit comes back to us.
 * @TDM_LOOP_LINE: What the far end sends goes back to it, frame bits and all.
 * @TDM_LOOP_PAYLOAD: The same for the payload only. Framing is made anew.
 */
enum tdm_loopback {
	TDM_LOOP_NONE,
	TDM_LOOP_LOCAL,
	TDM_LOOP_LINE,
	TDM_LOOP_PAYLOAD,
};

/**
 * enum tdm_span_state - What the administrator wants of a span.
 */
enum tdm_span_state {
	TDM_SPAN_DOWN,
	TDM_SPAN_UP,
};

/**
 * enum tdm_clock_state - How the clock of a card is being made.
 * @TDM_CLOCK_FREE: From the card's own oscillator because no source is
 *   configured.
 * @TDM_CLOCK_LOCKED: From the receive clock of the port clock-port.
 * @TDM_CLOCK_HOLDOVER: From the oscillator because every configured source has
 *   failed.
 */
enum tdm_clock_state {
	TDM_CLOCK_FREE,
	TDM_CLOCK_LOCKED,
	TDM_CLOCK_HOLDOVER,
};

/**
 * enum tdm_law - Companding law of a span's speech (G.711).
 */
enum tdm_law {
	TDM_LAW_ALAW,
	TDM_LAW_ULAW,
};

#define OPENTDM_CARD_NAME_MAX	15
#define OPENTDM_PORTS_MAX	16
#define OPENTDM_SLOT_MAX	31
#define OPENTDM_LBO_MAX		7
#define OPENTDM_FAIL_MS_MAX	30000
#define OPENTDM_RESTORE_MS_MAX	3600000
#define OPENTDM_INTERVALS	96

enum tdm_attr {
	TDM_A_PAD = 1,
	TDM_A_CARD,
	TDM_A_CARD_NAME,
	TDM_A_MODEL,
	TDM_A_SERIAL,
	TDM_A_KEY,
	TDM_A_PORTS,
	TDM_A_RX_FRAME,
	TDM_A_TX_FRAME,
	TDM_A_TICKS,
	TDM_A_LATE_TICKS,
	TDM_A_BAD_TICKS,
	TDM_A_GAPS,
	TDM_A_GAP_RX,
	TDM_A_GAP_TX,
	TDM_A_CLOCK_SOURCE,
	TDM_A_CLOCK_PREFER,
	TDM_A_CLOCK_RESTORE,
	TDM_A_CLOCK_STATE,
	TDM_A_CLOCK_PORT,
	TDM_A_CLOCK_USABLE,
	TDM_A_CLOCK_CHANGES,
	TDM_A_PORT,
	TDM_A_SPAN,
	TDM_A_TYPES,
	TDM_A_TYPE,
	TDM_A_FRAMING,
	TDM_A_LINE_CODE,
	TDM_A_SIGNALLING,
	TDM_A_LBO,
	TDM_A_LOOPBACK,
	TDM_A_FAIL_DECLARE,
	TDM_A_FAIL_CLEAR,
	TDM_A_STATE,
	TDM_A_LAW,
	TDM_A_SLOTS,
	TDM_A_SLOTS_TAKEN,
	TDM_A_STALLED,
	TDM_A_REPORTS_LOST,
	TDM_A_DEFECTS,
	TDM_A_FAILURES,
	TDM_A_SENDING_RAI,
	TDM_A_EVENT_SEQ,
	TDM_A_SLOT,
	TDM_A_OWNER,
	TDM_A_BEARER,
	TDM_A_MODE,
	TDM_A_TAPS,
	TDM_A_IDLE,
	TDM_A_CAS_RX,
	TDM_A_CAS_TX,
	TDM_A_CONNECT,
	TDM_A_PEER_CARD,
	TDM_A_PEER_CARD_NAME,
	TDM_A_PEER_PORT,
	TDM_A_PEER_SLOT,
	TDM_A_BOTH,
	TDM_A_ADMIN,
	TDM_A_SLIPS,
	TDM_A_INTERVAL,
	TDM_A_ELAPSED,
	TDM_A_VALID,
	TDM_A_INTERVALS,
	TDM_A_NEAR,
	TDM_A_FAR,
	TDM_A_TOTAL_NEAR,
	TDM_A_TOTAL_FAR,
	TDM_A_LINE,
	TDM_A_FRAME,
	TDM_A_TIME,
	TDM_A_RAISED,
	TDM_A_CLEARED,
	TDM_A_SLIP,
	TDM_A_NOTICE,

	__TDM_A_MAX,
	TDM_A_MAX = (__TDM_A_MAX - 1)
};

enum tdm_count_attr {
	TDM_COUNT_A_ES = 1,
	TDM_COUNT_A_SES,
	TDM_COUNT_A_SEFS,
	TDM_COUNT_A_UAS,
	TDM_COUNT_A_CSS,
	TDM_COUNT_A_LES,
	TDM_COUNT_A_BES,
	TDM_COUNT_A_DM,
	TDM_COUNT_A_PCV,
	TDM_COUNT_A_LCV,

	__TDM_COUNT_A_MAX,
	TDM_COUNT_A_MAX = (__TDM_COUNT_A_MAX - 1)
};

enum tdm_line_attr {
	TDM_LINE_A_PAD = 1,
	TDM_LINE_A_LCV,
	TDM_LINE_A_CRC,
	TDM_LINE_A_EBIT,
	TDM_LINE_A_FRAME,
	TDM_LINE_A_SLIPS,
	TDM_LINE_A_SEF,
	TDM_LINE_A_GAP_RX,
	TDM_LINE_A_GAP_TX,

	__TDM_LINE_A_MAX,
	TDM_LINE_A_MAX = (__TDM_LINE_A_MAX - 1)
};

enum tdm_cmd {
	TDM_CMD_CARD_GET = 1,
	TDM_CMD_CARD_SET,
	TDM_CMD_SPAN_GET,
	TDM_CMD_SPAN_SET,
	TDM_CMD_SLOT_GET,
	TDM_CMD_SLOT_SET,
	TDM_CMD_CONNECT_NEW,
	TDM_CMD_CONNECT_DEL,
	TDM_CMD_CONNECT_GET,
	TDM_CMD_COUNTERS_GET,
	TDM_CMD_COUNTERS_RESET,
	TDM_CMD_CARD_NEW_NTF,
	TDM_CMD_CARD_GONE_NTF,
	TDM_CMD_CLOCK_CHANGE_NTF,
	TDM_CMD_SPAN_CHANGE_NTF,
	TDM_CMD_ALARM_NTF,
	TDM_CMD_SLIP_NTF,
	TDM_CMD_GAP_NTF,
	TDM_CMD_NOTICE_NTF,
	TDM_CMD_CARD_RELOAD,

	__TDM_CMD_MAX,
	TDM_CMD_MAX = (__TDM_CMD_MAX - 1)
};

#define TDM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_OPENTDM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is calling whom, and why a call ended.
 */
#ifndef TDMD_CALL_PARTY_H
#define TDMD_CALL_PARTY_H

#include "daemon/core/types.h"

/* Q.931 4.5.10, octet 3a. */
enum party_presentation {
	PARTY_ALLOWED,
	PARTY_RESTRICTED,
	PARTY_UNAVAILABLE,
};

struct party {
	char number[32]; /* digits, as dialled; empty when unknown */
	char name[48];	 /* UTF-8 */
	uint8_t ton;	 /* type of number, Q.931 4.5.10 octet 3: 0 unknown, 1 international, ... */
	uint8_t npi;	 /* numbering plan: 1 = E.164 */
	uint8_t presentation; /* enum party_presentation */
	uint8_t screening;    /* octet 3a, 0..3 */
};

/* Q.850 cause values that the core itself uses; any 1..127 is carried through. */
enum cause {
	CAUSE_NONE = 0,
	CAUSE_UNALLOCATED = 1,
	CAUSE_NORMAL = 16,
	CAUSE_BUSY = 17,
	CAUSE_NO_RESPONSE = 18,
	CAUSE_NO_ANSWER = 19,
	CAUSE_REJECTED = 21,
	CAUSE_PICKED_UP = 26, /* "non-selected user clearing" */
	CAUSE_OUT_OF_ORDER = 27,
	CAUSE_INVALID_NUMBER = 28,
	CAUSE_NORMAL_UNSPECIFIED = 31,
	CAUSE_NO_CIRCUIT = 34,
	CAUSE_NET_OUT_OF_ORDER = 38,
	CAUSE_TEMPORARY = 41,
	CAUSE_CONGESTION = 42,
	CAUSE_CHANNEL_NOT_AVAILABLE = 44,
	CAUSE_NOT_IMPLEMENTED = 79,
	CAUSE_TIMER_EXPIRY = 102,
	CAUSE_PROTOCOL = 111,
	CAUSE_INTERWORKING = 127,
};

/** cause_text() - Q.850's name of a cause value, in lower case; "unknown" for others. */
const char *cause_text(int cause);

#endif

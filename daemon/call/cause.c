// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q.850 cause values (ITU-T Q.850, table 1) and how errors become causes.
 */
#include "daemon/call/leg.h"

static const char *const texts[128] = {
	[1] = "unallocated number",
	[2] = "no route to transit network",
	[3] = "no route to destination",
	[6] = "channel unacceptable",
	[7] = "call awarded and delivered in an established channel",
	[16] = "normal call clearing",
	[17] = "user busy",
	[18] = "no user responding",
	[19] = "no answer from user",
	[20] = "subscriber absent",
	[21] = "call rejected",
	[22] = "number changed",
	[26] = "non-selected user clearing",
	[27] = "destination out of order",
	[28] = "invalid number format",
	[29] = "facility rejected",
	[30] = "response to status enquiry",
	[31] = "normal, unspecified",
	[34] = "no circuit or channel available",
	[38] = "network out of order",
	[41] = "temporary failure",
	[42] = "switching equipment congestion",
	[43] = "access information discarded",
	[44] = "requested circuit or channel not available",
	[47] = "resource unavailable, unspecified",
	[50] = "requested facility not subscribed",
	[57] = "bearer capability not authorized",
	[58] = "bearer capability not presently available",
	[63] = "service or option not available",
	[65] = "bearer capability not implemented",
	[69] = "requested facility not implemented",
	[79] = "service or option not implemented",
	[81] = "invalid call reference value",
	[82] = "identified channel does not exist",
	[88] = "incompatible destination",
	[95] = "invalid message",
	[96] = "mandatory information element is missing",
	[97] = "message type non-existent",
	[98] = "message not compatible with call state",
	[99] = "information element non-existent",
	[100] = "invalid information element contents",
	[101] = "message not compatible with call state",
	[102] = "recovery on timer expiry",
	[111] = "protocol error, unspecified",
	[127] = "interworking, unspecified",
};

const char *cause_text(int cause)
{
	return cause > 0 && cause < 128 && texts[cause] ? texts[cause] : "unknown";
}

int leg_errno_cause(int err)
{
	switch (err) {
	case -ENOENT:
		return CAUSE_UNALLOCATED;
	case -EINVAL:
		return CAUSE_INVALID_NUMBER;
	case -EBUSY:
		return CAUSE_NO_CIRCUIT;
	case -ENETDOWN:
	case -ENODEV:
		return CAUSE_NET_OUT_OF_ORDER;
	case -EAGAIN:
	case -ENOMEM:
	case -ENFILE:
		return CAUSE_CONGESTION;
	case -EOPNOTSUPP:
		return CAUSE_NOT_IMPLEMENTED;
	case -ETIMEDOUT:
		return CAUSE_TIMER_EXPIRY;
	default:
		return CAUSE_TEMPORARY;
	}
}

int leg_cause_errno(int cause)
{
	switch (cause) {
	case CAUSE_UNALLOCATED:
	case 2: /* no route to transit network */
	case 3: /* no route to destination */
	case 22: /* number changed */
		return -ENOENT;
	case CAUSE_INVALID_NUMBER:
		return -EINVAL;
	case CAUSE_BUSY:
	case CAUSE_NO_CIRCUIT:
	case CAUSE_CHANNEL_NOT_AVAILABLE:
	case 47: /* resource unavailable */
		return -EBUSY;
	case CAUSE_REJECTED:
		return -EPERM;
	case CAUSE_OUT_OF_ORDER:
	case CAUSE_NET_OUT_OF_ORDER:
		return -ENETDOWN;
	case CAUSE_CONGESTION:
		return -EAGAIN;
	case 63: /* service or option not available */
	case CAUSE_NOT_IMPLEMENTED:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

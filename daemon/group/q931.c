// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading of LAPD (Q.921) and Q.931 frames for people; see q931.h.
 *
 *	octet 1   SAPI | C/R | 0		Q.921 2.2
 *	octet 2   TEI  | 1
 *	octet 3   control, one or two octets	Q.921 3.4
 *	then      protocol discriminator 8, call reference, message type, elements	Q.931 4.1
 */
#include "daemon/group/q931.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct name {
	int value;
	const char *name;
};

static const struct name messages[] = {	/* Q.931 table 4-2; the SERVICE pair is ANSI's and NI-2's */
	{ 0x01, "ALERTING" }, { 0x02, "CALL PROCEEDING" }, { 0x03, "PROGRESS" },
	{ 0x05, "SETUP" }, { 0x07, "CONNECT" }, { 0x0d, "SETUP ACKNOWLEDGE" },
	{ 0x0f, "CONNECT ACKNOWLEDGE" }, { 0x20, "USER INFORMATION" },
	{ 0x21, "SUSPEND REJECT" }, { 0x22, "RESUME REJECT" }, { 0x24, "HOLD" },
	{ 0x25, "SUSPEND" }, { 0x26, "RESUME" }, { 0x28, "HOLD ACKNOWLEDGE" },
	{ 0x2d, "SUSPEND ACKNOWLEDGE" }, { 0x2e, "RESUME ACKNOWLEDGE" },
	{ 0x30, "HOLD REJECT" }, { 0x31, "RETRIEVE" }, { 0x33, "RETRIEVE ACKNOWLEDGE" },
	{ 0x37, "RETRIEVE REJECT" }, { 0x45, "DISCONNECT" }, { 0x46, "RESTART" },
	{ 0x4d, "RELEASE" }, { 0x4e, "RESTART ACKNOWLEDGE" }, { 0x5a, "RELEASE COMPLETE" },
	{ 0x60, "SEGMENT" }, { 0x62, "FACILITY" }, { 0x64, "REGISTER" }, { 0x6e, "NOTIFY" },
	{ 0x75, "STATUS ENQUIRY" }, { 0x79, "CONGESTION CONTROL" }, { 0x7b, "INFORMATION" },
	{ 0x7d, "STATUS" }, { 0, NULL },
};

static const struct name maintenance[] = {	/* protocol discriminators 3 and 0x43 */
	{ 0x07, "SERVICE ACKNOWLEDGE" }, { 0x0f, "SERVICE" }, { 0, NULL },
};

static const struct name causes[] = {	/* Q.850 table 1 */
	{ 1, "unallocated number" }, { 2, "no route to network" }, { 3, "no route" },
	{ 6, "channel unacceptable" }, { 16, "normal clearing" }, { 17, "user busy" },
	{ 18, "no user responding" }, { 19, "no answer" }, { 20, "subscriber absent" },
	{ 21, "call rejected" }, { 22, "number changed" }, { 26, "non-selected user clearing" },
	{ 27, "destination out of order" }, { 28, "invalid number format" },
	{ 29, "facility rejected" }, { 30, "response to STATUS ENQUIRY" },
	{ 31, "normal, unspecified" }, { 34, "no channel available" },
	{ 38, "network out of order" }, { 41, "temporary failure" },
	{ 42, "switching equipment congestion" }, { 43, "access information discarded" },
	{ 44, "requested channel not available" }, { 47, "resource unavailable" },
	{ 57, "bearer capability not authorized" }, { 58, "bearer capability not available" },
	{ 63, "service not available" }, { 65, "bearer capability not implemented" },
	{ 66, "channel type not implemented" }, { 69, "facility not implemented" },
	{ 79, "service not implemented" }, { 81, "invalid call reference" },
	{ 82, "channel does not exist" }, { 88, "incompatible destination" },
	{ 95, "invalid message" }, { 96, "mandatory element missing" },
	{ 97, "message type unknown" }, { 98, "message not compatible with state" },
	{ 99, "element unknown" }, { 100, "invalid element contents" },
	{ 101, "message not compatible with call state" }, { 102, "recovery on timer expiry" },
	{ 111, "protocol error" }, { 127, "interworking" }, { 0, NULL },
};

static const char *name_of(const struct name *table, int value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return NULL;
}

const char *q931_cause_name(int cause)
{
	const char *name = name_of(causes, cause);

	return name ? name : "unknown cause";
}

static void add(struct q931_info *i, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct q931_info *i, const char *fmt, ...)
{
	size_t len = strlen(i->text);
	va_list ap;

	if (len + 3 >= sizeof(i->text))
		return;
	if (len) {
		strcat(i->text, ", ");
		len += 2;
	}
	va_start(ap, fmt);
	vsnprintf(i->text + len, sizeof(i->text) - len, fmt, ap);
	va_end(ap);
}

/* IA5 text from the line: only printable characters come through. */
static void text_copy(char *to, size_t room, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && i + 1 < room; i++)
		to[i] = (from[i] & 0x7f) >= ' ' && (from[i] & 0x7f) < 0x7f ?
			(char)(from[i] & 0x7f) : '.';
	to[i] = '\0';
}

/* Octets 3, 3a...: the last of a group has bit 8 set. Returns how many octets the group has. */
static size_t group_len(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && !(p[n] & 0x80))
		n++;
	return n < len ? n + 1 : len;
}

/* Q.931 4.5.13: the channel identification of primary rate. */
static void ie_channel(struct q931_info *i, const uint8_t *p, size_t len)
{
	static const char *const select[] = { "none", "indicated", "reserved", "any" };
	const uint8_t *q = p + 1;
	size_t left = len - 1;
	size_t n;

	if ((p[0] & 0x40) && left) {
		n = group_len(q, left);
		i->interface = q[0] & 0x7f;
		q += n;
		left -= n;
	}
	if ((p[0] & 3) != 1 || left < 2) {
		add(i, "channel %s", select[p[0] & 3]);
		return;
	}
	if (q[0] & 0x10) {
		add(i, "channel map");
		return;
	}
	i->channel = q[1] & 0x7f;
	if (i->interface >= 0)
		add(i, "channel %d/%d%s", i->interface, i->channel, p[0] & 8 ? " exclusive" : "");
	else
		add(i, "channel %d%s", i->channel, p[0] & 8 ? " exclusive" : "");
}

static void ie_cause(struct q931_info *i, const uint8_t *p, size_t len)
{
	size_t n = group_len(p, len);

	if (n >= len)
		return;
	i->cause = p[n] & 0x7f;
	add(i, "cause %d %s", i->cause, q931_cause_name(i->cause));
}

static void ie_number(char *out, size_t room, const uint8_t *p, size_t len)
{
	size_t n = group_len(p, len);

	text_copy(out, room, p + n, len - n);
}

static void ie_bearer(struct q931_info *i, const uint8_t *p, size_t len)
{
	static const struct name caps[] = {
		{ 0x00, "speech" }, { 0x08, "unrestricted digital" },
		{ 0x09, "restricted digital" }, { 0x10, "3.1 kHz audio" },
		{ 0x11, "digital with tones" }, { 0x18, "video" }, { 0, NULL },
	};
	const char *name = name_of(caps, p[0] & 0x1f);

	(void)len;
	add(i, "%s", name ? name : "unknown bearer");
}

/* Q.931 4.5.1: one element; @p points behind its length octet. */
static void element(struct q931_info *i, int id, const uint8_t *p, size_t len)
{
	char text[64];

	switch (id) {
	case 0x04:
		ie_bearer(i, p, len);
		break;
	case 0x08:
		ie_cause(i, p, len);
		break;
	case 0x14:
		add(i, "call state %d", p[0] & 0x3f);
		break;
	case 0x18:
		ie_channel(i, p, len);
		break;
	case 0x1e:
		if (len >= 2)
			add(i, "progress %d", p[1] & 0x7f);
		break;
	case 0x28:
		/* National ISDN says a type, or a character set, first: with bit 8, which no letter has. */
		if (len && p[0] & 0x80)
			text_copy(text, sizeof(text), p + 1, len - 1);
		else
			text_copy(text, sizeof(text), p, len);
		add(i, "display \"%s\"", text);
		break;
	case 0x2c:
		text_copy(text, sizeof(text), p, len);
		add(i, "keypad %s", text);
		break;
	case 0x4c:
		ie_number(text, sizeof(text), p, len);
		add(i, "connected %s", text);
		break;
	case 0x6c:
		ie_number(i->calling, sizeof(i->calling), p, len);
		add(i, "from %s", i->calling);
		break;
	case 0x70:
		ie_number(i->called, sizeof(i->called), p, len);
		add(i, "to %s", i->called);
		break;
	case 0x74:
		ie_number(text, sizeof(text), p, len);
		add(i, "redirected by %s", text);
		break;
	case 0x79:
		add(i, "%s", (p[0] & 7) == 0 ? "indicated channels" :
			     (p[0] & 7) == 7 ? "all interfaces" : "single interface");
		break;
	default:
		break;
	}
}

static int elements(struct q931_info *i, const uint8_t *p, size_t len)
{
	while (len) {
		int id = *p++;
		size_t n;

		len--;
		if (id & 0x80) {	/* one octet: shift, more data, sending complete, ... */
			if (id == 0xa1)
				add(i, "sending complete");
			continue;
		}
		if (!len)
			return -EBADMSG;
		n = *p++;
		len--;
		if (n > len)
			return -EBADMSG;
		if (n)
			element(i, id, p, n);
		p += n;
		len -= n;
	}
	return 0;
}

static int layer3(struct q931_info *i, const uint8_t *p, size_t len)
{
	const struct name *table = messages;
	size_t n, k;
	const char *name;

	if (len < 3)
		return -EBADMSG;
	if (p[0] == 0x03 || p[0] == 0x43)
		table = maintenance;
	else if (p[0] != 0x08)
		return -EBADMSG;
	n = p[1] & 15;
	if (len < 3 + n)
		return -EBADMSG;
	if (n) {
		i->cref = 0;
		i->from_dest = p[2] >> 7;
		for (k = 0; k < n; k++)
			i->cref = (int)(((unsigned int)i->cref << 8 |
					 (k ? p[2 + k] : p[2] & 0x7f)) & 0x7fffff);
	}
	i->layer3 = 1;
	i->message = p[2 + n] & 0x7f;
	name = name_of(table, i->message);
	if (name)
		snprintf(i->name, sizeof(i->name), "%s", name);
	else
		snprintf(i->name, sizeof(i->name), "message 0x%02x", i->message);
	return elements(i, p + 3 + n, len - 3 - n);
}

/* Q.921 table 5: U frames with the P/F bit masked out. */
static const struct name unnumbered[] = {
	{ 0x6f, "SABME" }, { 0x0f, "DM" }, { 0x43, "DISC" }, { 0x63, "UA" }, { 0x87, "FRMR" },
	{ 0xaf, "XID" }, { 0x03, "UI" }, { 0, NULL },
};

static const struct name supervisory[] = {
	{ 0x01, "RR" }, { 0x05, "RNR" }, { 0x09, "REJ" }, { 0, NULL },
};

int q931_decode(const uint8_t *f, size_t len, struct q931_info *i)
{
	const char *name;

	memset(i, 0, sizeof(*i));
	i->message = i->cref = i->cause = i->channel = i->interface = -1;
	if (len < 3 || (f[0] & 1) || !(f[1] & 1))
		return -EBADMSG;
	if (!(f[2] & 1)) {
		if (len < 4)
			return -EBADMSG;
		if (len == 4 || f[0] >> 2)
			return 0;
		return layer3(i, f + 4, len - 4);
	}
	if ((f[2] & 3) == 1) {
		name = name_of(supervisory, f[2]);
		if (len >= 4)
			add(i, "N(R)=%d", f[3] >> 1);
	} else {
		name = name_of(unnumbered, f[2] & ~0x10);
		if ((f[2] & ~0x10) == 0x03 && !(f[0] >> 2) && len > 3)
			return layer3(i, f + 3, len - 3);
	}
	snprintf(i->name, sizeof(i->name), "%s", name ? name : "unknown control");
	return 0;
}

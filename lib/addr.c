// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses as people write them: CARD[:PORT[:SLOTS]], SLOTS being like 1-15,17-31. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* A decimal number of at most @max at *p, which is moved behind it; -1 when there is none. */
static int number(const char **p, int max)
{
	int n = 0;

	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p); (*p)++) {
		n = n * 10 + (**p - '0');
		if (n > max)
			return -1;
	}
	return n;
}

int tdm_slots_parse(const char *text, uint32_t *slots, struct tdm_error *e)
{
	const char *p = text;
	uint32_t mask = 0;

	do {
		int first = number(&p, TDM_SLOTS_MAX - 1), last = first;

		if (first >= 0 && *p == '-') {
			p++;
			last = number(&p, TDM_SLOTS_MAX - 1);
		}
		if (first < 0 || last < 0 || (*p && *p != ','))
			return tdm_error_set(e, -EINVAL,
				"'%.40s' is not a list of timeslots: write like 1-15,17-31", text);
		if (last < first)
			return tdm_error_set(e, -EINVAL, "'%.40s': %d-%d runs backwards",
					     text, first, last);
		for (int s = first; s <= last; s++) {
			if (mask & (1U << s))
				return tdm_error_set(e, -EINVAL, "'%.40s' names timeslot %d twice",
						     text, s);
			mask |= 1U << s;
		}
	} while (*p++ == ',');

	*slots = mask;
	return 0;
}

int tdm_slots_format(uint32_t slots, char *buf, size_t len)
{
	int n = 0;

	if (len)
		buf[0] = '\0';
	for (int s = 0; s < TDM_SLOTS_MAX; s++) {
		size_t at = (size_t)n < len ? (size_t)n : len;
		int last = s;

		if (!(slots & (1U << s)))
			continue;
		while (last + 1 < TDM_SLOTS_MAX && (slots & (1U << (last + 1))))
			last++;
		if (last > s)
			n += snprintf(buf + at, len - at, "%s%d-%d", n ? "," : "", s, last);
		else
			n += snprintf(buf + at, len - at, "%s%d", n ? "," : "", s);
		s = last;
	}
	return n;
}

unsigned int tdm_slots_count(uint32_t slots)
{
	return (unsigned int)__builtin_popcount(slots);
}

static const char *const addr_forms[] = {
	[TDM_ADDR_CARD] = "CARD, like te0",
	[TDM_ADDR_PORT] = "CARD:PORT, like te0:1",
	[TDM_ADDR_SLOT] = "CARD:PORT:SLOT, like te0:1:16",
	[TDM_ADDR_SLOTS] = "CARD:PORT:SLOTS, like te0:1:1-15,17-31",
};

static int parse_card(const char *text, size_t len, struct tdm_addr *addr)
{
	if (!len || len >= TDM_NAME_MAX || !isalpha((unsigned char)text[0]))
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return -EINVAL;
	memcpy(addr->card, text, len);
	return 0;
}

int tdm_addr_parse(const char *text, enum tdm_addr_parts least, enum tdm_addr_parts most,
		   struct tdm_addr *addr, struct tdm_error *e)
{
	struct tdm_addr out = { 0 };
	const char *p = text + strcspn(text, ":");
	enum tdm_addr_parts has = TDM_ADDR_CARD;
	int port, ret;

	if (parse_card(text, (size_t)(p - text), &out))
		goto malformed;
	if (*p == ':') {
		p++;
		port = number(&p, 255);
		if (port < 0 || (*p && *p != ':'))
			goto malformed;
		if (port == 0)
			return tdm_error_set(e, -EINVAL, "'%.60s': ports count from 1", text);
		out.port = (uint32_t)port;
		has = TDM_ADDR_PORT;
	}
	if (*p == ':') {
		ret = tdm_slots_parse(p + 1, &out.slots, e);
		if (ret)
			return ret;
		has = tdm_slots_count(out.slots) == 1 ? TDM_ADDR_SLOT : TDM_ADDR_SLOTS;
	}
	if (has < least || has > most)
		goto malformed;
	*addr = out;
	return 0;

malformed:
	if (least == most || (least == TDM_ADDR_SLOT && most == TDM_ADDR_SLOTS))
		return tdm_error_set(e, -EINVAL, "'%.60s' is not an address: write %s", text,
				     addr_forms[most]);
	return tdm_error_set(e, -EINVAL, "'%.60s' is not an address: write %s, or %s", text,
			     addr_forms[least], addr_forms[most]);
}

int tdm_addr_format(const struct tdm_addr *addr, char *buf, size_t len)
{
	char slots[96];

	if (!addr->port)
		return snprintf(buf, len, "%s", addr->card);
	if (!addr->slots)
		return snprintf(buf, len, "%s:%u", addr->card, addr->port);
	tdm_slots_format(addr->slots, slots, sizeof(slots));
	return snprintf(buf, len, "%s:%u:%s", addr->card, addr->port, slots);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers as they are dialled and as Q.931 carries them; see number.h. */
#include "daemon/route/number.h"

#include <errno.h>
#include <libpri.h>
#include <string.h>

int number_edit(const char *number, int strip, const char *prepend, char *out)
{
	size_t len = strlen(number), pre = strlen(prepend);

	number += (size_t)strip < len ? (size_t)strip : len;
	if (pre + strlen(number) > CONF_NUMBER_MAX) {
		*out = '\0';
		return -ENAMETOOLONG;
	}
	memcpy(out, prepend, pre);
	strcpy(out + pre, number);
	return 0;
}

int number_normalise(const struct conf_group *g, const char *number, int plan, char *out)
{
	const char *prefix = "";

	/* E.164: prefixes belong to dialling, not to the number; other plans have none. */
	if (NUMBER_PLAN(plan) == PRI_NPI_E163_E164 && *number) {
		if (NUMBER_TYPE(plan) == PRI_TON_INTERNATIONAL)
			prefix = g->international_prefix;
		else if (NUMBER_TYPE(plan) == PRI_TON_NATIONAL)
			prefix = g->national_prefix;
	}
	return number_edit(number, 0, prefix, out);
}

int number_outgoing(int type, int plan, const char *number, char *out, int *octet)
{
	int plus = number[0] == '+';

	*octet = NUMBER_OCTET(plus ? PRI_TON_INTERNATIONAL : type, plan);
	return number_edit(number, plus, "", out);
}

int number_valid(const char *number)
{
	if (*number == '+')
		number++;
	return strlen(number) <= CONF_NUMBER_MAX &&
	       !number[strspn(number, "0123456789*#ABCDabcd")];
}

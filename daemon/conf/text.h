/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OPENTDM_CONF_TEXT_H
#define OPENTDM_CONF_TEXT_H

#include <stddef.h>

/** text_set() - copy what fits, always with a NUL; cutting is what the caller wants */
static inline void text_set(char *to, size_t room, const char *from)
{
	while (--room && *from)
		*to++ = *from++;
	*to = '\0';
}

#define TEXT_SET(array, from)	text_set(array, sizeof(array), from)

#endif

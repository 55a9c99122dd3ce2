/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDMCTL_HEX_H
#define TDMCTL_HEX_H

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A line of hex digits, blanks allowed between octets, to octets: their number, or -EINVAL for
 * anything else or for more than @room.
 */
static inline int hex_parse(const char *line, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (;;) {
		int octet = 0;

		while (isspace((unsigned char)*line))
			line++;
		if (!*line)
			return (int)n;
		for (int i = 0; i < 2; i++, line++) {
			int ch = tolower((unsigned char)*line);

			if (!isxdigit(ch))
				return -EINVAL;
			octet = octet << 4 | (ch <= '9' ? ch - '0' : ch - 'a' + 10);
		}
		if (n == room)
			return -EINVAL;
		out[n++] = (uint8_t)octet;
	}
}

#endif

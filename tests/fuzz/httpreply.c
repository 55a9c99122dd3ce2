// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replies of tdmd: what is whole is whole at once and in two pieces, and its body ends where it
 * says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reply reply;

	for (int eof = 0; eof < 2; eof++) {
		if (http_parse((const char *)data, size, eof, &reply) != 1)
			continue;
		if (reply.body[reply.len] || reply.len > size || reply.status < 200)
			abort();
		free(reply.body);
	}
	return 0;
}

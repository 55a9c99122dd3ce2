// SPDX-License-Identifier: GPL-2.0-or-later
/* The ladder's reader: any octets may stand in a frame. */
#include <stddef.h>
#include <stdint.h>

#include "daemon/group/q931.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct q931_info info;

	q931_decode(data, len, &info);
	return 0;
}

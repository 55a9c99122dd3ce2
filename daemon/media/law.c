// SPDX-License-Identifier: GPL-2.0-or-later
/* G.711 conversions; see law.h. The tables are spandsp's. */
#include "daemon/media/law.h"

#include <spandsp.h>

#include "daemon/call/media.h"

void law_convert(unsigned int from, unsigned int to, uint8_t *p, size_t n)
{
	size_t i;

	if (from == to || from == MEDIA_CLEAR || to == MEDIA_CLEAR)
		return;
	for (i = 0; i < n; i++)
		p[i] = from == MEDIA_ALAW ? alaw_to_ulaw(p[i]) : ulaw_to_alaw(p[i]);
}

uint8_t law_idle(unsigned int format)
{
	return format == MEDIA_ALAW ? 0xd5 : 0xff;
}

int16_t law_linear(unsigned int format, uint8_t octet)
{
	return format == MEDIA_ULAW ? ulaw_to_linear(octet) : alaw_to_linear(octet);
}

uint8_t law_octet(unsigned int format, int16_t linear)
{
	return format == MEDIA_ULAW ? linear_to_ulaw(linear) : linear_to_alaw(linear);
}

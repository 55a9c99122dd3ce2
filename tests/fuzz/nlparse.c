// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink messages: no octets break a parser, and every string that comes out ends. */
#include <stdlib.h>
#include <string.h>

#include "lib/nlparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union {
		struct tdm_card_info card;
		struct tdm_span_info span;
		struct tdm_slot_info slot;
		struct tdm_connect_info connect;
		struct tdm_counters counters;
		struct tdm_totals totals;
		struct tdm_virt_port port;
		struct tdm_news news;
	} out;
	int attr, missing, len;
	char text[40];
	void *copy;

	if (size < 1 || size > 65536)
		return 0;
	/* A copy, aligned as a socket's buffer is, and of exactly the size. */
	len = (int)size - 1;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if (!tdm_nlp_card(copy, len, &out.card) &&
	    strnlen(out.card.name, sizeof(out.card.name)) == sizeof(out.card.name))
		abort();
	tdm_nlp_span(copy, len, &out.span);
	if (!tdm_nlp_slot(copy, len, &out.slot) &&
	    strnlen(out.slot.owner, sizeof(out.slot.owner)) == sizeof(out.slot.owner))
		abort();
	tdm_nlp_connect(copy, len, &out.connect);
	tdm_nlp_counters(copy, len, &out.counters);
	tdm_nlp_totals(copy, len, &out.totals);
	tdm_nlp_virt_port(copy, len, &out.port);
	tdm_nlp_news(data[0], copy, len, &out.news);
	tdm_nlp_extack(copy, len, text, sizeof(text), &attr, &missing);
	if (strnlen(text, sizeof(text)) == sizeof(text))
		abort();
	free(copy);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spans.conf: no text breaks the parser, and what it takes without mistakes prints and parses
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/spansconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct spans_conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		abort();
	spans_print(conf, f);
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spans_conf conf, again;
	char *first, *second;
	size_t len, len2;

	if (!spans_parse((const char *)data, size, &conf, NULL, NULL)) {
		first = print(&conf, &len);
		if (spans_parse(first, len, &again, NULL, NULL))
			abort();
		second = print(&again, &len2);
		if (len != len2 || memcmp(first, second, len))
			abort();
		spans_free(&again);
		free(first);
		free(second);
	}
	spans_free(&conf);
	return 0;
}

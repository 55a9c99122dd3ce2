// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdmd.conf: any text is read or refused with sentences; what was read prints and reads back the
 * same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char *print(const struct conf *c, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	conf_print(c, f);
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf_errors errs = { 0 };
	struct conf *a, *b;
	size_t la, lb;
	char *pa, *pb;

	if (conf_parse((const char *)data, len, &a, &errs)) {
		if (!errs.first)
			abort();
		conf_errors_free(&errs);
		return 0;
	}
	pa = print(a, &la);
	if (conf_parse(pa, la, &b, &errs))
		abort();
	pb = print(b, &lb);
	if (la != lb || memcmp(pa, pb, la))
		abort();
	free(pa);
	free(pb);
	conf_put(a);
	conf_put(b);
	return 0;
}

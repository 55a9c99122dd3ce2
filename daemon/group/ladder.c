// SPDX-License-Identifier: GPL-2.0-or-later
/* The ladder: one line for each message of a capture file, arrows between the two sides. */
#include <errno.h>
#include <string.h>

#include "daemon/group/capture.h"
#include "daemon/group/q931.h"

/* Left of the ladder stands the user side, right of it the network. */
static void line_print(const struct capture_record *rec, uint64_t first,
		       const struct q931_info *i, FILE *out)
{
	int rightwards = rec->sent != rec->network;
	uint64_t us = rec->time_us - first;
	char cref[24] = "";
	char label[64];
	int dashes, left;

	if (i->cref >= 0)
		snprintf(cref, sizeof(cref), "%d%s", i->cref, i->from_dest ? "'" : "");
	snprintf(label, sizeof(label), " %s ", i->name[0] ? i->name : "(empty)");
	dashes = 30 - (int)strlen(label);
	left = dashes / 2;
	fprintf(out, "%4llu.%06llu  %-7s  %c%.*s%s%.*s%c  %-6s  %s\n",
		(unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000),
		rec->label, rightwards ? '|' : '<', left > 0 ? left : 0,
		"------------------------------", label, dashes - left > 0 ? dashes - left : 0,
		"------------------------------", rightwards ? '>' : '|', cref, i->text);
}

int ladder_print(const char *path, int all, FILE *out)
{
	struct capture_reader *r;
	struct capture_record rec;
	struct q931_info info;
	uint64_t first = 0;
	int ret = capture_reader_open(path, &r);

	if (ret)
		return ret;
	fprintf(out, "%11s  %-7s  %-32s  %-6s\n", "seconds", "group",
		"user                     network", "call");
	while ((ret = capture_reader_next(r, &rec)) > 0) {
		if (!first)
			first = rec.time_us;
		q931_decode(rec.frame, rec.len, &info);
		if (info.layer3 || all)
			line_print(&rec, first, &info, out);
	}
	capture_reader_close(r);
	return ret;
}

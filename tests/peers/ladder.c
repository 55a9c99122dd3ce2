// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ladder [--all] FILE...: the Q.931 messages of capture files as a ladder; --all: the frames of
 * layer 2 too.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/group/q931.h"

int main(int argc, char **argv)
{
	int i, err, all = argc > 1 && !strcmp(argv[1], "--all");

	if (argc < 2 + all) {
		fprintf(stderr, "usage: ladder [--all] FILE...\n");
		return 2;
	}
	for (i = 1 + all; i < argc; i++) {
		err = ladder_print(argv[i], all, stdout);
		if (err) {
			fprintf(stderr, "ladder: %s: %s\n", argv[i], strerror(-err));
			return 1;
		}
	}
	return 0;
}

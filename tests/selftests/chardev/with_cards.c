// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * with-cards COMMAND... - runs a program that cannot make its own cards (a 32-bit one has no libtdm)
 * with CARD_E1 and CARD_T1 in its environment: the instance ids of two cards of four ports each,
 * up and joined 1-2, 3-4. The status is the command's.
 */
#include <sys/wait.h>
#include "plant.h"

int main(int argc, char **argv)
{
	uint32_t e1, t1;
	char text[16];
	int status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: with-cards COMMAND...\n");
		return 2;
	}
	e1 = plant_card(4, TDM_TYPE_E1);
	t1 = plant_card(4, TDM_TYPE_T1);
	snprintf(text, sizeof(text), "%u", e1);
	setenv("CARD_E1", text, 1);
	snprintf(text, sizeof(text), "%u", t1);
	setenv("CARD_T1", text, 1);
	pid = fork();
	if (!pid) {
		execv(argv[1], argv + 1);
		perror(argv[1]);
		_exit(2);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		status = 2 << 8;
	plant_unplug(e1);
	plant_unplug(t1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl: finds the command, runs it, says why it was refused. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "ctl.h"

int ctl_nl(struct ctl *c)
{
	return c->nl ? 0 : tdm_nl_open(&c->nl, NULL, &c->e);
}

int ctl_addr(struct ctl *c, const char *word, enum tdm_addr_parts least, enum tdm_addr_parts most,
	     struct tdm_addr *addr, uint32_t *card)
{
	struct tdm_card_info info;
	int ret;

	if (tdm_addr_parse(word, least, most, addr, &c->e))
		return CTL_USAGE;
	ret = ctl_nl(c) ?: tdm_nl_card(c->nl, addr->card, &info, &c->e);
	if (ret == -ENODEV)
		return tdm_error_set(&c->e, ret, "there is no card %s: see 'tdmctl card list'",
				     addr->card);
	if (ret)
		return ret;
	if (addr->port > info.ports)
		return tdm_error_set(&c->e, -ENODEV, "%s has %u ports, there is no port %u",
				     addr->card, info.ports, addr->port);
	*card = info.id;
	return 0;
}

static int run(const struct ctl_cmd *cmd, int argc, char *const *argv)
{
	struct ctl c = { .cmd = cmd, .out = stdout };
	const char *space = *cmd->verb ? " " : "";
	int ret;

	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			ctl_help_cmd(stdout, cmd);
			return 0;
		}
	}
	ret = ctl_parse(&c, argc, argv);
	if (!ret)
		ret = cmd->run(&c);
	tdm_nl_close(c.nl);
	if (fflush(stdout) && ret >= 0)
		ret = tdm_error_set(&c.e, -errno, "writing the output: %s", strerror(errno));
	if (ret >= 0)
		return 0;
	fprintf(stderr, "tdmctl %s%s%s: %s\n", cmd->group, space, cmd->verb, c.e.text);
	if (ret != CTL_USAGE)
		return CTL_EXIT_REFUSED;
	fprintf(stderr, "Try 'tdmctl %s%s%s --help'.\n", cmd->group, space, cmd->verb);
	return CTL_EXIT_USAGE;
}

/* What makes documents of the table; not in the help, for nobody but the build needs it. */
static int generate(const char *what)
{
	if (!strcmp(what, "man"))
		ctl_man(stdout);
	else if (!strcmp(what, "completion"))
		ctl_completion(stdout);
	else
		return CTL_EXIT_USAGE;
	return fflush(stdout) ? CTL_EXIT_REFUSED : 0;
}

int main(int argc, char **argv)
{
	const struct ctl_cmd *cmd;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		ctl_help(stderr);
		return CTL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		ctl_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("tdmctl " OPENTDM_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--generate") && argc == 3)
		return generate(argv[2]);
	if (!ctl_group_exists(argv[1])) {
		fprintf(stderr, "tdmctl: there is no command '%s'. Try 'tdmctl --help'.\n",
			argv[1]);
		return CTL_EXIT_USAGE;
	}
	cmd = argc > 2 ? ctl_find(argv[1], argv[2]) : NULL;
	if (cmd)
		return run(cmd, argc - 3, argv + 3);
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
		ctl_help_group(stdout, argv[1]);
		return 0;
	}
	cmd = ctl_find(argv[1], "");
	if (cmd)
		return run(cmd, argc - 2, argv + 2);
	if (argc > 2)
		fprintf(stderr, "tdmctl: there is no '%s %s'.\n", argv[1], argv[2]);
	ctl_help_group(stderr, argv[1]);
	return CTL_EXIT_USAGE;
}

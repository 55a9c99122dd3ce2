// SPDX-License-Identifier: GPL-2.0-or-later
/* --help, from the table. */
#include <string.h>

#include "ctl.h"

/* The first sentence, without its stop. */
static int first_sentence(const char *help)
{
	const char *end = help;

	/* Where a source line ends the table has a newline in place of the blank. */
	while ((end = strchr(end, '.')) && end[1] != ' ' && end[1] != '\n')
		end++;

	return end ? (int)(end - help) : (int)strlen(help) - 1;
}

static void summary(FILE *out, const struct ctl_cmd *cmd)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s%s%s", cmd->group, *cmd->verb ? " " : "", cmd->verb,
		 *cmd->args ? " " : "", cmd->args);
	if (strlen(name) > 36)
		fprintf(out, "  %s\n  %36s  %.*s\n", name, "", first_sentence(cmd->help), cmd->help);
	else
		fprintf(out, "  %-36s  %.*s\n", name, first_sentence(cmd->help), cmd->help);
}

void ctl_help(FILE *out)
{
	fputs("Usage: tdmctl COMMAND [ARGUMENT...]\n\n"
	      "Shows and changes the cards, spans and timeslots of opentdm, and the calls of tdmd.\n"
	      "Addresses are CARD, CARD:PORT and CARD:PORT:SLOT, like te0:1:16; ports count from 1.\n\n",
	      out);
	for (size_t i = 0; i < ctl_cmd_count; i++)
		summary(out, &ctl_cmds[i]);
	fputs("\nEach listing knows --json. 'tdmctl COMMAND --help' tells more; so does tdmctl(8).\n"
	      "Exit status: 0 done, 1 refused (the reason is on standard error), 2 wrong usage.\n",
	      out);
}

void ctl_help_group(FILE *out, const char *group)
{
	fprintf(out, "Commands of 'tdmctl %s':\n", group);
	for (size_t i = 0; i < ctl_cmd_count; i++)
		if (!strcmp(ctl_cmds[i].group, group))
			summary(out, &ctl_cmds[i]);
}

/* Words in lines of at most 78 columns, each after @indent. */
static void wrap(FILE *out, const char *text, int indent)
{
	int col = 0;

	while (*text) {
		int n = (int)strcspn(text, "\n ");

		if (col && col + 1 + n > 78 - indent) {
			putc('\n', out);
			col = 0;
		}
		col += fprintf(out, "%*s%.*s", col ? 1 : indent, "", n, text) - (col ? 0 : indent);
		text += n;
		text += *text != '\0';
	}
	putc('\n', out);
}

void ctl_help_cmd(FILE *out, const struct ctl_cmd *cmd)
{
	const struct ctl_opt *o = cmd->opts;
	bool any = cmd->json || (o && o->name);

	fprintf(out, "Usage: tdmctl %s%s%s%s%s%s\n\n", cmd->group, *cmd->verb ? " " : "", cmd->verb,
		any ? " [OPTION...]" : "", *cmd->args ? " " : "", cmd->args);
	wrap(out, cmd->help, 0);
	if (any)
		fputs("\nOptions:\n", out);
	for (; o && o->name; o++) {
		char name[64];

		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		fprintf(out, "  %-24s  %s\n", name, o->help);
	}
	if (cmd->json) {
		fprintf(out, "  %-24s  %s\n", "--json", "an array of flat objects, with the keys:");
		wrap(out, cmd->keys, 28);
	}
}

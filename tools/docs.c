// SPDX-License-Identifier: GPL-2.0-or-later
/* The man page (roff) and the completion (bash), from the table. */
#include <string.h>

#include "ctl.h"

/* Text that roff takes as text: '-' that is a minus, and no line that begins with a request. */
static void roff(FILE *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", out);
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", out);
		else if (*s == '\\')
			fputs("\\e", out);
		else
			putc(*s, out);
	}
}

static void man_command(FILE *out, const struct ctl_cmd *cmd)
{
	const struct ctl_opt *o = cmd->opts;

	fprintf(out, ".TP\n.B %s%s%s\n", cmd->group, *cmd->verb ? " " : "", cmd->verb);
	if (*cmd->args) {
		fputs(".I \"", out);
		roff(out, cmd->args);
		fputs("\"\n", out);
	}
	fputs(".br\n", out);
	roff(out, cmd->help);
	putc('\n', out);
	for (; o && o->name; o++) {
		fputs(".RS\n.TP\n.B \\-\\-", out);
		roff(out, o->name);
		if (o->value)
			fprintf(out, " \\fI%s\\fP", o->value);
		putc('\n', out);
		roff(out, o->help);
		fputs("\n.RE\n", out);
	}
	if (cmd->json) {
		fputs(".RS\n.TP\n.B \\-\\-json\nKeys: ", out);
		roff(out, cmd->keys);
		fputs(".\n.RE\n", out);
	}
}

void ctl_man(FILE *out)
{
	fputs(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
	      ".TH TDMCTL 8 \"\" \"opentdm " OPENTDM_VERSION "\" \"opentdm\"\n"
	      ".SH NAME\ntdmctl \\- show and change cards, spans, timeslots and calls\n"
	      ".SH SYNOPSIS\n.B tdmctl\n.I COMMAND\n[\\fIARGUMENT\\fP...] [\\fIOPTION\\fP...]\n"
	      ".br\n.B tdmctl\n[\\fICOMMAND\\fP] \\fB\\-\\-help\\fP | \\fB\\-\\-version\\fP\n"
	      ".SH DESCRIPTION\n"
	      "Configures the telephone lines that the kernel module\n.B tdm\ncarries, shows their\n"
	      "state, and speaks to\n.BR tdmd (8)\nabout trunk groups and calls.\n"
	      "Everybody may look; changes need root, timeslots the group\n.BR tdm .\n"
	      ".PP\nA card has a name, its ports count from 1, and the timeslots of a port are 0 to 31\n"
	      "(E1) or 1 to 24 (T1, J1). They are written\n"
	      ".IR CARD , \" CARD\" : \"PORT\" \" and \" CARD : PORT : SLOT ,\n"
	      "as in te0:1:16. Several timeslots are written like te0:1:1\\-15,17\\-31.\n"
	      ".PP\nEvery listing is an aligned table, or with\n.B \\-\\-json\n"
	      "an array of flat objects. A value that there is not is \\- in a table and null in JSON.\n"
	      "Alarms are\n.B los\n(loss of signal),\n.B lfa\n(loss of frame alignment),\n.B ais\n"
	      "(all ones),\n.B rai\n(the far end has an alarm) and\n.B lmfa\n"
	      "(loss of multiframe alignment).\n"
	      ".SH COMMANDS\n", out);
	for (size_t i = 0; i < ctl_cmd_count; i++)
		man_command(out, &ctl_cmds[i]);
	fputs(".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\n"
	      "refused; a sentence on standard error says why and what to do\n"
	      ".TP\n.B 2\nthe command line is wrong\n"
	      ".SH FILES\n.TP\n.I /etc/opentdm/spans.conf\ncards and spans\n"
	      ".TP\n.I /run/opentdm/tdmd.sock\nwhere tdmd listens\n"
	      ".TP\n.I /dev/tdm\nthe octets of the timeslots\n"
	      ".SH EXAMPLES\n.nf\n"
	      "tdmctl virt add virt0 \\-\\-ports 2\n"
	      "tdmctl virt join virt0:1 virt0:2\n"
	      "tdmctl span up virt0\n"
	      "tdmctl slot read virt0:2:1 heard.wav \\-\\-seconds 10 &\n"
	      "tdmctl slot write virt0:1:1 speech.wav\n"
	      "tdmctl span list \\-\\-json | jq \\(aq.[] | select(.alarms != null)\\(aq\n"
	      ".fi\n.SH SEE ALSO\n.BR spans.conf (5),\n.BR tdmd (8)\n", out);
}

/* --- completion ------------------------------------------------------------------------------- */

static const char *word_of(enum ctl_word word)
{
	static const char *const words[] = {
		[CTL_WORD_NONE] = "none", [CTL_WORD_CARD] = "card", [CTL_WORD_PORT] = "port",
		[CTL_WORD_FILE] = "file", [CTL_WORD_CALL] = "call", [CTL_WORD_BRIDGE] = "bridge",
		[CTL_WORD_MEMBER] = "member", [CTL_WORD_GROUP] = "group",
		[CTL_WORD_PLACE] = "place",
	};

	return words[word];
}

static void words_of(FILE *out, const struct ctl_cmd *cmd)
{
	const struct ctl_opt *o = cmd->opts;

	fprintf(out, "\t%s%s%s) words='", cmd->group, *cmd->verb ? "\\ " : "", cmd->verb);
	for (; o && o->name; o++)
		fprintf(out, "--%s ", o->name);
	fprintf(out, "%s--help'; kind=%s ;;\n", cmd->json ? "--json " : "", word_of(cmd->word));
}

/* Whether the group is one command without a verb. */
static bool no_verbs(size_t i)
{
	const char *group = ctl_cmds[i].group;

	return !*ctl_cmds[i].verb && (!i || strcmp(ctl_cmds[i - 1].group, group)) &&
	       (i + 1 == ctl_cmd_count || strcmp(ctl_cmds[i + 1].group, group));
}

void ctl_completion(FILE *out)
{
	const char *group = "";

	fputs("# SPDX-License-Identifier: GPL-2.0-or-later\n"
	      "# bash completion for tdmctl; made from its table of commands.\n"
	      "# The ids of a listing, of the tdmd that the line names; with two listings the second\n"
	      "# from the second argument on.\n"
	      "_tdmctl_ids() {\n"
	      "\tlocal i n=0; local -a at=()\n"
	      "\tfor ((i = 3; i < ${#w[@]} - 1; i++)); do\n"
	      "\t\tif [[ ${w[i]} == --socket ]]; then\n"
	      "\t\t\tat=(--socket \"${w[++i]}\")\n"
	      "\t\telif [[ ${w[i]} != --* ]]; then\n"
	      "\t\t\tn=$((n + 1))\n"
	      "\t\tfi\n"
	      "\tdone\n"
	      "\t(($# > 2 && n > 0)) && shift 2\n"
	      "\ttdmctl \"$1\" \"$2\" \"${at[@]}\" 2>/dev/null | awk 'NR > 1 { print $1 }'\n"
	      "}\n"
	      "_tdmctl() {\n"
	      "\tlocal cur words='' kind=none key names=''\n"
	      "\tlocal line=${COMP_LINE:0:COMP_POINT}\n"
	      "\t# Colons split words in COMP_WORDS, not here.\n"
	      "\tlocal -a w; read -ra w <<<\"$line\"\n"
	      "\t[[ $line == *' ' ]] && w+=('')\n"
	      "\tcur=${w[-1]}\n"
	      "\tif ((${#w[@]} <= 2)); then\n\t\twords='", out);
	for (size_t i = 0; i < ctl_cmd_count; i++) {
		if (strcmp(group, ctl_cmds[i].group))
			fprintf(out, "%s ", ctl_cmds[i].group);
		group = ctl_cmds[i].group;
	}
	fputs("--help --version'\n\telse\n\t\tkey=\"${w[1]}\"\n\t\tcase \"$key\" in\n", out);
	for (size_t i = 0; i < ctl_cmd_count;) {
		bool alone = false;

		group = ctl_cmds[i].group;
		fprintf(out, "\t\t%s) words='", group);
		for (; i < ctl_cmd_count && !strcmp(group, ctl_cmds[i].group); i++) {
			if (*ctl_cmds[i].verb)
				fprintf(out, "%s ", ctl_cmds[i].verb);
			else
				alone = true;
		}
		fprintf(out, "--help' ;;%s\n", alone ? " # may stand alone" : "");
	}
	fputs("\t\tesac\n\tfi\n"
	      "\tkey=\"${w[1]-} ${w[2]-}\"\n"
	      "\t((${#w[@]} > 3)) || key=none\n"
	      "\tcase ${w[1]-} in\n\t''", out);
	for (size_t i = 0; i < ctl_cmd_count; i++)
		if (no_verbs(i))
			fprintf(out, " | %s", ctl_cmds[i].group);
	fputs(") ((${#w[@]} > 2)) && key=${w[1]} ;;\n\tesac\n"
	      "\tcase \"$key\" in\n", out);
	for (size_t i = 0; i < ctl_cmd_count; i++)
		words_of(out, &ctl_cmds[i]);
	fputs("\tesac\n"
	      "\tcase $kind in\n"
	      "\tcard) names=$(tdmctl card list 2>/dev/null | awk 'NR > 1 { print $1 }') ;;\n"
	      "\tport) names=$(tdmctl span list 2>/dev/null | awk 'NR > 1 { print $1 }') ;;\n"
	      "\tfile) names=$(compgen -f -- \"$cur\") ;;\n"
	      "\tcall) names=$(_tdmctl_ids call list) ;;\n"
	      "\tbridge) names=$(_tdmctl_ids bridge list) ;;\n"
	      "\tgroup) names=$(_tdmctl_ids group list) ;;\n"
	      "\tmember) names=$(_tdmctl_ids bridge list call list) ;;\n"
	      "\tplace) names=$(_tdmctl_ids call parked call list) ;;\n"
	      "\tesac\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words $names\" -- \"$cur\")\n"
	      "\t# What stands before the last colon is on the line already.\n"
	      "\t[[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] &&\n"
	      "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"${cur%:*}:\"}\")\n"
	      "}\n"
	      "complete -o default -F _tdmctl tdmctl\n", out);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl: the command line, listings, hex, and the table itself. */
#include <jansson.h>
#include "test.h"
#include "tools/ctl.h"
#include "tools/hex.h"

static int parse(struct ctl *c, const char *group, const char *verb, const char *line)
{
	static char copy[256];
	char *argv[64] = { NULL }, *save = NULL;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	memset(c, 0, sizeof(*c));
	c->cmd = ctl_find(group, verb);
	assert_non_null(c->cmd);
	return ctl_parse(c, argc, argv);
}

static void command_line(void **state)
{
	struct ctl c;
	long long n = 7;

	(void)state;
	assert_int_equal(parse(&c, "span", "list", "--json te0"), 0);
	assert_true(c.json);
	assert_int_equal(c.n, 1);
	assert_int_equal(parse(&c, "slot", "read", "a:1:1 f --seconds 5 --hdlc"), 0);
	assert_string_equal(ctl_opt(&c, "seconds"), "5");
	assert_string_equal(ctl_opt(&c, "hdlc"), "");
	assert_null(ctl_opt(&c, "count"));
	assert_int_equal(ctl_opt_number(&c, "seconds", 1, 5, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(ctl_opt_number(&c, "seconds", 1, 4, &n), CTL_USAGE);
	assert_int_equal(ctl_opt_number(&c, "count", 1, 4, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(parse(&c, "slot", "read", "--seconds=9 a:1:1 -- --f"), 0);
	assert_string_equal(ctl_opt(&c, "seconds"), "9");
	assert_string_equal(c.arg[1], "--f");
	assert_int_equal(parse(&c, "slot", "read", "a:1:1 -"), 0);

	assert_int_equal(parse(&c, "slot", "read", "a:1:1"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b c"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b --seconds"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b --hdlc=1"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b --hdlc --hdlc"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b --json"), CTL_USAGE);
	assert_int_equal(parse(&c, "slot", "read", "a b --none"), CTL_USAGE);
	assert_true(*c.e.text);
}

static void numbers(void **state)
{
	static const char *const bad[] = { "", "x", "1x", "0x1", "1.0", "99999999999999999999", "-11", "11" };
	struct ctl c = { 0 };
	long long n;

	(void)state;
	assert_int_equal(ctl_number(&c, "n", "-10", -10, 10, &n), 0);
	assert_int_equal(n, -10);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (ctl_number(&c, "n", bad[i], -10, 10, &n) != CTL_USAGE)
			fail_msg("'%s' was taken", bad[i]);
}

static char *print(struct out *o, bool json, bool lengthy)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (lengthy)
		out_print_long(o, json, f);
	else
		out_print(o, json, f);
	fclose(f);
	return text;
}

static void listings(void **state)
{
	static const struct out_col cols[] = {
		{ "name", false }, { "line_code", false }, { "port", false }, { "id", true },
		{ "up", false }, { NULL, false },
	};
	struct out *o = out_new(cols);
	json_t *j;
	char *text;

	(void)state;
	text = print(o, true, false);
	assert_string_equal(text, "[]\n");
	free(text);
	text = print(o, false, false);
	assert_string_equal(text, "NAME  LINE-CODE  PORT  UP\n");
	free(text);
	for (int i = 0; i < 2; i++) {
		out_str(o, i ? "a\"\xc3\xa4\n" : "x");
		out_str(o, i ? NULL : "hdb3");
		out_num(o, i ? -12345 : 1);
		out_num(o, 1LL << 40);
		out_bool(o, i);
	}
	text = print(o, false, false);
	assert_non_null(strstr(text, "NAME  LINE-CODE    PORT  UP\nx     hdb3            1  no\n"
				     "a\"\xc3\xa4?  -          -12345  yes\n"));
	free(text);
	text = print(o, true, false);
	j = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(j), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(j, 1), "name")),
			    "a\"\xc3\xa4\n");
	assert_true(json_is_null(json_object_get(json_array_get(j, 1), "line_code")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(j, 0), "id")), 1LL << 40);
	assert_true(json_is_true(json_object_get(json_array_get(j, 1), "up")));
	assert_int_equal(json_object_size(json_array_get(j, 0)), 5);
	json_decref(j);
	free(text);
	text = print(o, false, true);
	assert_non_null(strstr(text, "name       x\nline_code  hdb3\nport       1\n"));
	free(text);
	out_free(o);
}

static void hex(void **state)
{
	uint8_t out[4];

	(void)state;
	assert_int_equal(hex_parse("00ff 1A\n", out, 4), 3);
	assert_memory_equal(out, "\x00\xff\x1a", 3);
	assert_int_equal(hex_parse("\n", out, 4), 0);
	assert_int_equal(hex_parse("00112233", out, 4), 4);
	assert_int_equal(hex_parse("0011223344", out, 4), -EINVAL);
	assert_int_equal(hex_parse("0", out, 4), -EINVAL);
	assert_int_equal(hex_parse("0 0", out, 4), -EINVAL);
	assert_int_equal(hex_parse("0g", out, 4), -EINVAL);
}

/* The table's own rules, on which help, man page and completion rely. */
static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ctl_cmd_count; i++) {
		const struct ctl_cmd *cmd = &ctl_cmds[i];
		int n = 0;

		assert_ptr_equal(ctl_find(cmd->group, cmd->verb), cmd);
		assert_true(cmd->least <= cmd->most && cmd->most <= CTL_POS_MAX);
		assert_true(!cmd->least == (!*cmd->args || *cmd->args == '['));
		assert_int_equal(cmd->help[strlen(cmd->help) - 1] == '.' || strstr(cmd->help, ". "), 1);
		assert_int_equal(cmd->json, cmd->keys != NULL);
		for (; cmd->opts && cmd->opts[n].name; n++)
			assert_string_not_equal(cmd->opts[n].name, "json");
		assert_true(n <= CTL_OPT_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_line), cmocka_unit_test(numbers), cmocka_unit_test(listings),
		cmocka_unit_test(hex), cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

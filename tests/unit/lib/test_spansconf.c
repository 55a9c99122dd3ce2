// SPDX-License-Identifier: GPL-2.0-or-later
/* spans.conf: what is printed parses again to the same; every mistake is told with its line. */
#include "test.h"
#include "tools/spansconf.h"

static const struct {
	const char *in, *out;
} good[] = {
	{ "", "" },
	{ "# only a comment\n\n   #\n", "" },
	{ "[virtual virt0]\nports=4", "[virtual virt0]\nports = 4\n" },
	{ "[virtual virt0]\r\nports = 4\r\ntype = t1 # comment\r\n",
	  "[virtual virt0]\nports = 4\ntype = t1\n" },
	{ "[ card te0 ]\nclock = own\n", "[card te0]\nclock = own\n" },
	{ "[card te0]\nclock=2,1 , 4\nclock-restore=0\nclock-prefer = 4",
	  "[card te0]\nclock = 2, 1, 4\nclock-prefer = 4\nclock-restore = 0\n" },
	{ "[card te0]\n", "[card te0]\n" },
	{ "[span te0:1]\nstate = up\ntype = e1\nframing=unframed\nline-code=ami\nsignalling=none\n"
	  "lbo=1\nloopback=payload\nfail-declare=0\nfail-clear=30000\njoin=te0:2",
	  "[span te0:1]\njoin = te0:2\ntype = e1\nframing = unframed\nline-code = ami\n"
	  "signalling = none\nlbo = 1\nloopback = payload\nfail-declare = 0\nfail-clear = 30000\n"
	  "state = up\n" },
	{ "[span te0:2]\n[virtual virt1]\nports=1\n[span virt1:1]\njoin = virt1:1\n",
	  "[virtual virt1]\nports = 1\n\n[span te0:2]\n\n[span virt1:1]\njoin = virt1:1\n" },
	{ "[span a:1]\njoin=a:2\n[span a:2]\njoin=a:1\n",
	  "[span a:1]\njoin = a:2\n\n[span a:2]\njoin = a:1\n" },
	{ "[span te0:1]\ntype = t1\nframing = esf\nline-code = b8zs\nlbo = 7\n",
	  "[span te0:1]\ntype = t1\nframing = esf\nline-code = b8zs\nlbo = 7\n" },
};

static char *print(const struct spans_conf *conf)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	spans_print(conf, f);
	fclose(f);
	return text;
}

static void tell(void *arg, int line, const char *sentence)
{
	(void)arg;
	print_message("line %d: %s\n", line, sentence);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct spans_conf conf, again;
		char *first, *second;

		assert_int_equal(spans_parse(good[i].in, strlen(good[i].in), &conf, tell, NULL), 0);
		first = print(&conf);
		assert_string_equal(first, good[i].out);
		assert_int_equal(spans_parse(first, strlen(first), &again, tell, NULL), 0);
		second = print(&again);
		assert_string_equal(first, second);
		spans_free(&conf);
		spans_free(&again);
		free(first);
		free(second);
	}
}

/* A text, and for each of its mistakes the line and words of the sentence. */
static const struct {
	const char *in;
	struct {
		int line;
		const char *words;
	} mistakes[4];
} bad[] = {
	{ "ports = 1\n", { { 1, "before the first" } } },
	{ "[virtual virt0]\n", { { 1, "needs 'ports" } } },
	{ "[virtual virt0]\nports = 17\n", { { 2, "0 to 16" }, { 1, "needs" } } },
	{ "[virtual virt0]\nports = 0\n", { { 2, "at least one" }, { 1, "needs" } } },
	{ "[virtual 0]\nports = 1\n", { { 1, "not an address" } } },
	{ "[virtual v]\nports = 1\nports = 2\n", { { 3, "set twice" } } },
	{ "[virtual v]\nports = 1\ntype = e2\ncolour = red\n",
	  { { 3, "e1, t1, j1" }, { 4, "no key 'colour'" } } },
	{ "[virtual v]\nports = 1\n[virtual v]\nports = 1\n", { { 3, "line 1" } } },
	{ "[card te0]\n\n[card te0]\n", { { 3, "line 1" } } },
	{ "[span te0:1]\n[span te0:1]\nstate = up\n", { { 2, "line 1" } } },
	{ "[span te0]\n", { { 1, "te0:1" } } },
	{ "[span te0:1:1]\n", { { 1, "te0:1" } } },
	{ "[line te0:1]\n", { { 1, "virtual, card, span" } } },
	{ "[span te0:1\n", { { 1, "[kind name]" } } },
	{ "[span te0:1] x\n", { { 1, "[kind name]" } } },
	{ "[span]\n", { { 1, "[kind name]" } } },
	{ "[span te0:1]\nstate\n", { { 2, "neither" } } },
	{ "[span te0:1]\n= up\n", { { 2, "neither" } } },
	{ "[span te0:1]\nstate =\n", { { 2, "no value" } } },
	{ "[span te0:1]\nstate = on\n", { { 2, "down, up" } } },
	{ "[span te0:1]\nstate = up\nstate = up\n", { { 3, "twice" } } },
	{ "[span te0:1]\nlbo = 8\n", { { 2, "0 to 7" } } },
	{ "[span te0:1]\nlbo = -1\n", { { 2, "0 to 7" } } },
	{ "[span te0:1]\nfail-clear = 30001\n", { { 2, "0 to 30000" } } },
	{ "[span te0:1]\nfail-clear = 99999999999999999999\n", { { 2, "0 to 30000" } } },
	{ "[span te0:1]\ntype = e1\nframing = esf\nline-code = hdb3\n", { { 1, "esf is not for e1" } } },
	{ "[span te0:1]\ntype = t1\nline-code = hdb3\n", { { 1, "hdb3 is not for t1" } } },
	{ "[span te0:1]\ntype = e1\nlbo = 2\n", { { 1, "120 ohm" } } },
	{ "[card te0]\nclock = 1, 1\n", { { 2, "port 1 twice" } } },
	{ "[card te0]\nclock = 0\n", { { 2, "1 to 16" } } },
	{ "[card te0]\nclock = ,\n", { { 2, "own" } } },
	{ "[card te0]\nclock = x\nclock-restore = 3600001\n", { { 2, "clock" }, { 3, "3600000" } } },
	{ "[virtual v]\nports = 2\n[span v:3]\n", { { 3, "2 ports only" } } },
	{ "[span a:1]\njoin = a:2\n[span a:2]\njoin = a:3\n", { { 3, "joined otherwise" } } },
	{ "[span a:1]\njoin = a:3\n[span a:2]\njoin = a:3\n", { { 3, "joined otherwise" } } },
	{ "[bad\nstate = up\n[span a:1]\nx = y\n", { { 1, "[kind name]" }, { 4, "no key" } } },
};

struct told {
	size_t row, count;
};

static void compare(void *arg, int line, const char *sentence)
{
	struct told *t = arg;

	if (t->count == 4 || !bad[t->row].mistakes[t->count].words)
		fail_msg("row %zu: line %d: '%s' was not expected", t->row, line, sentence);
	if (line != bad[t->row].mistakes[t->count].line ||
	    !strstr(sentence, bad[t->row].mistakes[t->count].words))
		fail_msg("row %zu: got line %d: '%s'", t->row, line, sentence);
	t->count++;
}

static void every_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct told told = { i, 0 };
		struct spans_conf conf;
		int ret = spans_parse(bad[i].in, strlen(bad[i].in), &conf, compare, &told);

		if (ret < 1 || (size_t)ret != told.count ||
		    (told.count < 4 && bad[i].mistakes[told.count].words))
			fail_msg("row %zu: %d mistakes, %zu told", i, ret, told.count);
		spans_free(&conf);
	}
}

static void strange_bytes(void **state)
{
	struct spans_conf conf;
	char line[SPANS_LINE_MAX + 8];
	char *huge = calloc(1, SPANS_TEXT_MAX + 1);

	(void)state;
	assert_int_equal(spans_parse("[card a]\0\n", 10, &conf, NULL, NULL), 1);
	spans_free(&conf);
	memset(line, '#', sizeof(line));
	assert_int_equal(spans_parse(line, SPANS_LINE_MAX, &conf, NULL, NULL), 0);
	spans_free(&conf);
	assert_int_equal(spans_parse(line, SPANS_LINE_MAX + 1, &conf, NULL, NULL), 1);
	spans_free(&conf);
	assert_int_equal(spans_parse(huge, SPANS_TEXT_MAX + 1, &conf, NULL, NULL), 1);
	spans_free(&conf);
	free(huge);
}

/* What is shipped must be right. */
static void shipped_example(void **state)
{
	struct spans_conf conf;
	char text[8192];
	FILE *f = fopen("docs/man/spans.conf.example", "r");
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_int_equal(spans_parse(text, len, &conf, tell, NULL), 0);
	assert_int_equal(conf.span_count, 2);
	spans_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(every_mistake),
		cmocka_unit_test(strange_bytes), cmocka_unit_test(shipped_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

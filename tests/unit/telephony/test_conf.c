// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: every kind of mistake with its line, round trips, the shipped files. */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/conf/conf.h"

static struct conf *parse_ok(const char *text)
{
	struct conf_errors errs = { 0 };
	struct conf *c = NULL;

	if (conf_parse(text, strlen(text), &c, &errs))
		print_error("%d: %s\n", errs.first ? errs.first->line : 0,
			    errs.first ? errs.first->text : "?");
	conf_errors_free(&errs);
	assert_non_null(c);
	return c;
}

static char *print(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	conf_print(c, f);
	fclose(f);
	return text;
}

static void defaults(void **state)
{
	struct conf *c = parse_ok("");

	(void)state;
	assert_string_equal(c->socket, "/run/opentdm/tdmd.sock");
	assert_int_equal(c->period, 10);
	assert_int_equal(c->ngroups, 0);
	conf_put(c);
}

#define HASH \
	"password = $6$saltsalt$8RWsOfwR6M6PpnoeQiEiWzNTPo1f"\
	"0HjVYjDnLZhGx16aBFRkeqiHAzfXP/LgrOWMBMXqiU2pLrXsSOHNUyUm91\n"
#define G "[group g]\nspans = te0:1\nside = user\n"	/* three lines */

static void group_of_e1(void **state)
{
	struct conf *c = parse_ok(G);

	(void)state;
	assert_int_equal(c->groups[0].dchans[0].slot, 16);
	assert_int_equal(c->groups[0].law, CONF_ALAW);
	conf_put(c);
	c = parse_ok(G "switchtype = national\n");
	assert_int_equal(c->groups[0].dchans[0].slot, 24);
	assert_int_equal(c->groups[0].law, CONF_ULAW);
	conf_put(c);
}

/* A text, the line of its one mistake, and a word of the sentence. */
static const struct {
	const char *text;
	int line;
	const char *word;
} mistakes[] = {
	{ "x = 1\n", 1, "before the first section" },
	{ "[api]\nnonsense\n", 2, "neither" },
	{ "[api\n", 1, "closing" },
	{ "[]\n", 1, "kind" },
	{ "[what]\n", 1, "no kind" },
	{ "[api]\n\n[api]\n", 3, "line 1" },
	{ "[api x]\n", 1, "no name" },
	{ "[api]\nfoo = 1\n", 2, "no key" },
	{ "[api]\nsocket = run\n", 2, "absolute" },
	{ "[api]\nsocket = /a\nsocket = /b\n", 3, "line 2" },
	{ "[api]\nlisten = \"a\n", 2, "closing quote" },
	{ "[api]\nlisten = a\"b\n", 2, "middle" },
	{ "[api]\nlisten = \x01\n", 2, "control" },
	{ "[media]\nperiod = 41\n", 2, "between 1 and 40" },
	{ "[media]\nperiod = ten\n", 2, "whole number" },
	{ "[media]\nkernel-bridge = maybe\n", 2, "yes or no" },
	{ "[media]\nperiod = 1\nlead = 253\n", 0, "at most 252" },
	{ "[media]\nperiod = 40\nlead = 1501\n", 3, "1500" },
	{ "[limits]\ncpu-high = 50\ncpu-low = 60\n", 0, "lower" },
	{ "[daemon]\nlog = loud\n", 2, "error, warning" },
	{ "[group]\nspans = te0:1\nside = user\n", 1, "name" },
	{ "[group a b]\nspans = te0:1\nside = user\n", 1, "name" },
	{ "[group g]\nside = user\n", 1, "lacks 'spans'" },
	{ "[group g]\nspans = te0:1\n", 1, "lacks 'side'" },
	{ "[group g]\nspans = te0\nside = user\n", 2, "CARD:PORT" },
	{ "[group g]\nspans = te0:0\nside = user\n", 2, "CARD:PORT" },
	{ "[group g]\nspans = te0:1:5\nside = user\n", 2, "CARD:PORT" },
	{ "[group g]\nspans = te0:1, te0:1\nside = user\n", 1, "twice" },
	{ G "switchtype = 5ess\n", 4, "euroisdn-e1, " },
	{ G "dchannels = te0:1\n", 4, "CARD:PORT:SLOT" },
	{ G "dchannels = te0:1:32\n", 4, "CARD:PORT:SLOT" },
	{ G "dchannels = te0:1:0\n", 1, "slots" },
	{ G "dchannels = te0:2:16\n", 1, "no span" },
	{ G "switchtype = ni2\ndchannels = te0:1:25\n", 1, "1 to 24" },
	{ G "service-messages = yes\n", 1, "switch types national" },
	{ G "interface-ids = 1, 2\n", 1, "interface-ids" },
	{ G "interface-ids = 200\n", 4, "0 to 127" },
	{ G "\n[group g]\nspans = te0:2\nside = user\n", 5, "line 1" },
	{ G "\n[group h]\nspans = te0:1\nside = user\n", 5, "already belongs" },
	{ "[route]\naction = refuse\ncause = 1\n", 1, "needs a number" },
	{ "[route 12x]\naction = refuse\ncause = 1\n", 1, "digits" },
	{ "[route 1]\n", 1, "lacks 'action'" },
	{ "[route 1]\naction = refuse\n", 1, "cause" },
	{ "[route 1]\naction = answer\nrepeat = -1\n", 3, "between" },
	{ "[route 1]\naction = bridge\n", 1, "'group'" },
	{ "[route 1]\naction = bridge\ngroup = x\n", 1, "no group" },
	{ "[route 1]\nfrom = x\naction = answer\n", 1, "come from" },
	{ "[route 1]\naction = app\n", 1, "'app'" },
	{ "[route 1]\naction = answer\ncause = 1\n", 1, "takes 'cause'" },
	{ "[route 1]\naction = answer\nhangup = yes\n", 1, "follows" },
	{ "[route 1]\naction = answer\necho = yes\nplay = x\n", 1, "both" },
	{ "[route 1]\naction = refuse\ncause = 1\necho = yes\n", 1, "only a route that answers" },
	{ G "[route 1]\naction = bridge\ngroup = g\nnumber = 2\nstrip = 1\n", 4, "replaces" },
	{ "[route 1]\naction = answer\n[route 1]\naction = answer\n", 3, "line 1" },
	{ "[music m]\n", 1, "lacks 'folder'" },
	{ "[music]\nfolder = /m\n", 1, "name" },
	{ "[music m]\nfolder = /m\n[music m]\nfolder = /n\n", 3, "line 1" },
	{ "[user u]\n", 1, "password" },
	{ "[user u]\n" HASH "[user u]\n" HASH, 3, "line 1" },
	{ "[user u]\npassword = secret\n", 1, "is no hash" },
	{ "[user a:b]\n" HASH, 1, "name" },
	{ "[api]\nlisten = 127.0.0.1:80\n", 0, "there is none" },
	{ "[api]\nlisten = 127.0.0.1\n[user u]\n" HASH, 0, "ADDRESS:PORT" },
	{ "[api]\nlisten = localhost:80\n[user u]\n" HASH, 0, "ADDRESS:PORT" },
	{ "[api]\nlisten = 1.2.3.4:65536\n[user u]\n" HASH, 0, "ADDRESS:PORT" },
	{ "[api]\nlisten = :80\n[user u]\n" HASH, 0, "ADDRESS:PORT" },
	{ "[api]\ncertificate = /c\n", 0, "no 'key'" },
	{ "[api]\nkey = /k\n", 0, "no 'certificate'" },
};

static void each_mistake(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct conf_errors errs = { 0 };
		struct conf *c;

		assert_int_equal(-EINVAL, conf_parse(mistakes[i].text, strlen(mistakes[i].text), &c,
						     &errs));
		assert_null(c);
		if (errs.first->line != mistakes[i].line ||
		    !strstr(errs.first->text, mistakes[i].word) || errs.count != 1)
			fail_msg("case %zu: %u mistakes, the first in line %d: %s", i, errs.count,
				 errs.first->line, errs.first->text);
		conf_errors_free(&errs);
	}
}

static void all_mistakes_at_once(void **state)
{
	static const char text[] = "[api]\nfoo = 1\nsocket = x\n[what]\nin = it\n[group g]\n";
	struct conf_errors errs = { 0 };
	struct conf_error *e;
	struct conf *c;
	int line = 0;

	(void)state;
	assert_int_equal(-EINVAL, conf_parse(text, strlen(text), &c, &errs));
	assert_int_equal(errs.count, 5);
	for (e = errs.first; e; e = e->next) {
		assert_true(e->line >= line);
		line = e->line;
	}
	conf_errors_free(&errs);
}

static void round_trip(const char *text)
{
	struct conf *a = parse_ok(text), *b;
	char *pa = print(a), *pb;
	int i;

	b = parse_ok(pa);
	pb = print(b);
	assert_string_equal(pa, pb);
	assert_int_equal(a->ngroups, b->ngroups);
	assert_int_equal(a->nroutes, b->nroutes);
	for (i = 0; i < a->ngroups; i++) {
		b->groups[i].line_no = a->groups[i].line_no;
		assert_memory_equal(&a->groups[i], &b->groups[i], sizeof(a->groups[i]));
	}
	for (i = 0; i < a->nroutes; i++) {
		b->routes[i].line_no = a->routes[i].line_no;
		assert_memory_equal(&a->routes[i], &b->routes[i], sizeof(a->routes[i]));
	}
	free(pa);
	free(pb);
	conf_put(a);
	conf_put(b);
}

static void round_trips(void **state)
{
	(void)state;
	round_trip("");
	round_trip(G);
	round_trip(G "capture = \"/tmp/a # b\"\nt309 = 90000\ninterface-ids = 5\n"
		   "[api]\nlisten = [::1]:8088\ncertificate = /c\nkey = \"/k #\"\n"
		   "[user u]\n" HASH "read-only = yes\n"
		   "[music default]\nfolder = /m\n[music jazz]\nfolder = \"/n #\"\n"
		   "[route *]\naction = answer\nplay = \" x\"\nrepeat = 0\n"
		   "[route 12*]\nfrom = g\naction = bridge\ngroup = g\nstrip = 1\nprepend = 00\n");
}

static void file_ok(const char *path)
{
	struct conf_errors errs = { 0 };
	struct conf *c;
	char *text;

	if (conf_load(path, &c, &errs))
		fail_msg("%s:%d: %s", path, errs.first->line, errs.first->text);
	text = print(c);
	round_trip(text);
	free(text);
	conf_put(c);
}

static void shipped_files(void **state)
{
	(void)state;
	file_ok("daemon/tdmd.conf.sample");
	file_ok("tests/demo/pbx-e1.conf");
	file_ok("tests/demo/pbx-t1.conf");
	file_ok("tests/demo/world-e1.conf");
	file_ok("tests/demo/world-t1.conf");
}

static void no_such_file(void **state)
{
	struct conf_errors errs = { 0 };
	struct conf *c;

	(void)state;
	assert_int_equal(-ENOENT, conf_load("/nonexistent/tdmd.conf", &c, &errs));
	assert_null(c);
	assert_non_null(errs.first);
	conf_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(group_of_e1),
		cmocka_unit_test(each_mistake), cmocka_unit_test(all_mistakes_at_once),
		cmocka_unit_test(round_trips), cmocka_unit_test(shipped_files),
		cmocka_unit_test(no_such_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

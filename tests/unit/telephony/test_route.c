// SPDX-License-Identifier: GPL-2.0-or-later
/* Routes by the longest match, numbers, and the table of B-channels. */
#include <stdarg.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/group/bchan.h"
#include "daemon/route/number.h"
#include "daemon/route/route.h"

static const char text[] =
	"[group a]\nspans = x:1\nside = user\ninternational-prefix = 00\nnational-prefix = 0\n"
	"[group b]\nspans = x:2, x:3\nside = network\nselect = descending\n"
	"[route 2*]\naction = refuse\ncause = 2\n"
	"[route 20*]\naction = refuse\ncause = 20\n"
	"[route 2001]\naction = refuse\ncause = 21\n"
	"[route 2001]\nfrom = b\naction = refuse\ncause = 22\n"
	"[route 20*]\nfrom = b\naction = refuse\ncause = 23\n"
	"[route 911]\naction = refuse\ncause = 91\n"
	"[route 7*]\naction = bridge\ngroup = a\nstrip = 1\nprepend = 0049\n"
	"[route 8]\naction = bridge\ngroup = a\nnumber = 123\n";

static struct conf *conf;

static int up(void **state)
{
	struct conf_errors errs = { 0 };

	(void)state;
	return conf_parse(text, strlen(text), &conf, &errs);
}

static int down(void **state)
{
	(void)state;
	conf_put(conf);
	return 0;
}

static void longest_match(void **state)
{
	static const struct {
		const char *from, *number;
		int verdict, cause;
	} cases[] = {
		{ "a", "2", ROUTE_MATCH_MORE, 2 }, { "a", "2100", ROUTE_MATCH_MORE, 2 },
		{ "a", "20", ROUTE_MATCH_MORE, 20 }, { "a", "2001", ROUTE_MATCH, 21 },
		{ "b", "2001", ROUTE_MATCH, 22 }, { "b", "2002", ROUTE_MATCH_MORE, 23 },
		{ "a", "20011", ROUTE_MATCH_MORE, 20 }, { "b", "9", ROUTE_MORE, 0 },
		{ "a", "91", ROUTE_MORE, 0 }, { "a", "911", ROUTE_MATCH, 91 },
		{ "a", "9111", ROUTE_NONE, 0 }, { "a", "", ROUTE_MORE, 0 },
		{ "a", "3", ROUTE_NONE, 0 },
	};
	const struct conf_route *r;
	size_t i;
	int cause;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(cases[i].verdict,
				 route_find(conf, cases[i].from, cases[i].number, &r));
		cause = r ? r->cause : 0;
		assert_int_equal(cases[i].cause, cause);
	}
}

static void numbers(void **state)
{
	const struct conf_group *a = conf_group_find(conf, "a");
	char out[CONF_NUMBER_MAX + 1], nines[CONF_NUMBER_MAX + 1];
	const struct conf_route *r;
	int octet;

	(void)state;
	route_find(conf, "a", "7123", &r);
	assert_int_equal(0, route_number(r, "7123", out));
	assert_string_equal(out, "0049123");
	route_find(conf, "a", "8", &r);
	assert_int_equal(0, route_number(r, "8", out));
	assert_string_equal(out, "123");
	memset(nines, '9', CONF_NUMBER_MAX);
	nines[CONF_NUMBER_MAX] = '\0';
	assert_int_equal(0, number_edit(nines, 1, "0", out));
	assert_int_equal(-ENAMETOOLONG, number_edit(nines, 0, "0", out));
	assert_int_equal(0, number_edit("12", 5, "", out));
	assert_string_equal(out, "");
	number_normalise(a, "301", NUMBER_OCTET(1, 1), out);
	assert_string_equal(out, "00301");
	number_normalise(a, "301", NUMBER_OCTET(2, 1), out);
	assert_string_equal(out, "0301");
	number_normalise(a, "301", NUMBER_OCTET(1, 9), out);
	assert_string_equal(out, "301");
	number_outgoing(0, 1, "+4930", out, &octet);
	assert_string_equal(out, "4930");
	assert_int_equal(octet, 0x11);
	number_outgoing(4, 1, "30", out, &octet);
	assert_int_equal(octet, 0x41);
	assert_true(number_valid("+12*#aD"));
	assert_false(number_valid("1+2"));
	assert_false(number_valid("12e"));
}

static void slots_in_order(void **state)
{
	const struct conf_group *b = conf_group_find(conf, "b");
	struct bchan_counts n;
	struct bchan_table t;
	struct bchan_ref r;
	int i, owner;

	(void)state;
	bchan_init(&t, b);
	bchan_count(&t, &n);
	assert_int_equal(n.total, 61);	/* one D-channel on two spans */
	for (i = 0; i < 61; i++) {
		assert_int_equal(0, bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r));
		assert_int_equal(r.iface, i < 31 ? 1 : 0);
		assert_true(r.iface || r.slot != 16);
	}
	assert_int_equal(-EBUSY, bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r));
	bchan_free(&t, (struct bchan_ref){ 0, 5 }, &i);		/* not the owner: nothing */
	assert_ptr_equal(&owner, bchan_owner(&t, (struct bchan_ref){ 0, 5 }));
	bchan_free(&t, (struct bchan_ref){ 0, 5 }, &owner);
	bchan_block(&t, (struct bchan_ref){ 0, -1 }, BCHAN_ALARM, 1);
	assert_int_equal(-ENETDOWN, bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r));
	assert_int_equal(-ENETDOWN, bchan_take(&t, (struct bchan_ref){ 0, 5 }, &owner));
	bchan_block(&t, (struct bchan_ref){ 0, 5 }, BCHAN_NEAR, 1);
	bchan_block(&t, (struct bchan_ref){ 0, -1 }, BCHAN_ALARM, 0);
	assert_int_equal(-ENETDOWN, bchan_take(&t, (struct bchan_ref){ 0, 5 }, &owner));
	bchan_block(&t, (struct bchan_ref){ 0, 5 }, BCHAN_NEAR, 0);
	assert_int_equal(0, bchan_reset_begin(&t, (struct bchan_ref){ 0, 5 }));
	assert_int_equal(-EBUSY, bchan_take(&t, (struct bchan_ref){ 0, 5 }, &owner));
	bchan_reset_end(&t, (struct bchan_ref){ 0, 5 });
	assert_int_equal(0, bchan_take(&t, (struct bchan_ref){ 0, 5 }, &owner));
	assert_int_equal(-EINVAL, bchan_take(&t, (struct bchan_ref){ 0, 16 }, &owner));
	assert_int_equal(-EINVAL, bchan_take(&t, (struct bchan_ref){ 2, 1 }, &owner));
	assert_int_equal(-EINVAL, bchan_take(&t, (struct bchan_ref){ 0, 99 }, &owner));
	bchan_exit(&t);
}

static void selections(void **state)
{
	struct conf_group g = *conf_group_find(conf, "a");
	struct bchan_table t;
	struct bchan_ref r;
	int owner;

	(void)state;
	g.select = CONF_ROUNDROBIN;
	bchan_init(&t, &g);
	bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r);
	assert_int_equal(r.slot, 1);
	bchan_free(&t, r, &owner);
	bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r);
	assert_int_equal(r.slot, 2);
	bchan_take(&t, (struct bchan_ref){ 0, 31 }, &owner);
	bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r);
	assert_int_equal(r.slot, 1);
	bchan_exit(&t);
	g.select = CONF_LEASTRECENT;
	bchan_init(&t, &g);
	bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r);
	assert_int_equal(r.slot, 1);
	bchan_free(&t, r, &owner);
	bchan_take_any(&t, BCHAN_REF_NONE, &owner, &r);
	assert_int_equal(r.slot, 2);
	bchan_take_any(&t, (struct bchan_ref){ 0, 3 }, &owner, &r);
	assert_int_equal(r.slot, 4);
	bchan_exit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_match), cmocka_unit_test(numbers),
		cmocka_unit_test(slots_in_order), cmocka_unit_test(selections),
	};

	return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a called number goes; see route.h. */
#include "daemon/route/route.h"

#include <string.h>

#include "daemon/route/number.h"

static int from_matches(const struct conf_route *r, const char *from)
{
	int i;

	for (i = 0; i < r->nfrom; i++)
		if (!strcmp(r->from[i], from))
			return 1;
	return !r->nfrom;
}

/* Larger is better; 0 does not match. Exact routes stand above any prefix. */
static size_t rank(const struct conf_route *r, const char *number)
{
	size_t len = strlen(r->match);
	int hit = r->prefix ? !strncmp(number, r->match, len) : !strcmp(number, r->match);

	if (!hit)
		return 0;
	if (!r->prefix)
		len = CONF_NUMBER_MAX + 1;
	return 2 * len + 1 + (r->nfrom ? 1 : 0);
}

/* Could digits added to @number make this route match? */
static int may_match(const struct conf_route *r, const char *number)
{
	size_t len = strlen(number);

	return strlen(r->match) > len && !strncmp(r->match, number, len);
}

enum route_verdict route_find(const struct conf *conf, const char *from, const char *number,
			      const struct conf_route **route)
{
	size_t best = 0, r;
	int more = 0, i;

	*route = NULL;
	for (i = 0; i < conf->nroutes; i++) {
		const struct conf_route *at = &conf->routes[i];

		if (!from_matches(at, from))
			continue;
		r = rank(at, number);
		if (r > best) {
			best = r;
			*route = at;
		}
		more |= may_match(at, number);
	}
	if (!*route)
		return more ? ROUTE_MORE : ROUTE_NONE;
	/* A prefix alone never says that dialling is over. */
	return more || (*route)->prefix ? ROUTE_MATCH_MORE : ROUTE_MATCH;
}

int route_number(const struct conf_route *r, const char *number, char *out)
{
	if (*r->number)
		return number_edit(r->number, 0, "", out);
	return number_edit(number, r->strip, r->prepend, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a called number goes: the longest match wins.
 *
 * An exact route beats every prefix; a longer prefix beats a shorter one; of two equal ones that
 * which names the group it comes from beats the one for all groups. The routes of a struct conf are
 * few (hundreds) and immutable, so a look-up walks them: no index to keep in step.
 */
#ifndef OPENTDM_ROUTE_H
#define OPENTDM_ROUTE_H

#include "daemon/conf/conf.h"

enum route_verdict {
	ROUTE_NONE,	/* nothing matches, and no further digit can change that: cause 3 or 1 */
	/* nothing matches yet: with overlap dialling wait for digits, else ROUTE_NONE */
	ROUTE_MORE,
	ROUTE_MATCH,	/* @route is it, and no further digit would choose another */
	ROUTE_MATCH_MORE, /* @route is it unless more digits come: wait for the timeout */
};

/**
 * route_find() - look a called number up
 * @conf: held by the caller
 * @from: the group the call came from
 * @number: the digits so far
 * @route: the route found, for ROUTE_MATCH and ROUTE_MATCH_MORE; else NULL
 *
 * Context: any thread, any lock held: pure.
 */
enum route_verdict route_find(const struct conf *conf, const char *from, const char *number,
			      const struct conf_route **route);

/**
 * route_number() - the number to send on
 * @route: a route whose action is CONF_BRIDGE
 * @number: the number that was dialled
 * @out: CONF_NUMBER_MAX + 1 bytes
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int route_number(const struct conf_route *route, const char *number, char *out);

#endif

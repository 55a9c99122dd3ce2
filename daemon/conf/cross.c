// SPDX-License-Identifier: GPL-2.0-or-later
/* What one value alone cannot show: names that must exist, slots that must not be shared. */
#include "keys.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <errno.h>
#include <libpri.h>
#include <stdlib.h>
#include <string.h>

static int addr_same_span(const struct conf_addr *a, const struct conf_addr *b)
{
	return a->port == b->port && !strcmp(a->card, b->card);
}

static int span_index(const struct conf_group *g, const struct conf_addr *a)
{
	int i;

	for (i = 0; i < g->nspans; i++)
		if (addr_same_span(&g->spans[i], a))
			return i;
	return -1;
}

static void group_line(struct conf_group *g)
{
	int e1 = g->switchtype == PRI_SWITCH_EUROISDN_E1 || g->switchtype == PRI_SWITCH_QSIG;

	if (g->line == CONF_LINE_AUTO)
		g->line = e1 ? CONF_E1 : CONF_T1;
	if (g->law == CONF_LAW_AUTO)
		g->law = g->line == CONF_E1 ? CONF_ALAW : CONF_ULAW;
}

/* G.704: slot 16 of a 2048 kbit/s line; Q.931/ANSI T1.403: slot 24 of a 1544 kbit/s line. */
static void group_dchans(struct conf_group *g, struct conf_errors *errs)
{
	int i, j, first = 1, last = g->line == CONF_E1 ? 31 : 24;
	char buf[64];

	if (!g->ndchans && g->nspans) {
		g->dchans[0] = g->spans[0];
		g->dchans[0].slot = g->line == CONF_E1 ? 16 : 24;
		g->ndchans = 1;
	}
	for (i = 0; i < g->ndchans; i++) {
		const struct conf_addr *d = &g->dchans[i];

		conf_addr_str(d, buf, sizeof(buf));
		if (d->slot < first || d->slot > last)
			conf_err(errs, g->line_no, "D-channel %s: slots of this line are %d to %d",
				 buf, first, last);
		if (span_index(g, d) < 0)
			conf_err(errs, g->line_no, "D-channel %s is on no span of group '%s'", buf,
				 g->name);
		for (j = 0; j < i; j++)
			if (addr_same_span(d, &g->dchans[j]))
				conf_err(errs, g->line_no,
					 "group '%s' has two D-channels on one span", g->name);
	}
}

/* Without identifiers the spans are numbered in the order in which they are listed. */
static void group_interfaces(struct conf_group *g, struct conf_errors *errs)
{
	int i, j;

	if (!g->ninterface_ids) {
		for (i = 0; i < g->nspans; i++)
			g->interface_ids[i] = i;
		g->ninterface_ids = g->nspans;
		return;
	}
	if (g->ninterface_ids != g->nspans)
		conf_err(errs, g->line_no, "group '%s' has %d spans but %d interface-ids", g->name,
			 g->nspans, g->ninterface_ids);
	for (i = 0; i < g->ninterface_ids; i++)
		for (j = 0; j < i; j++)
			if (g->interface_ids[i] == g->interface_ids[j])
				conf_err(errs, g->line_no, "group '%s' uses interface-id %d twice",
					 g->name, g->interface_ids[i]);
}

static void group_spans(const struct conf *c, const struct conf_group *g, struct conf_errors *errs)
{
	const struct conf_group *o;
	char buf[64];
	int i, j;

	for (i = 0; i < g->nspans; i++) {
		conf_addr_str(&g->spans[i], buf, sizeof(buf));
		for (j = 0; j < i; j++)
			if (addr_same_span(&g->spans[i], &g->spans[j]))
				conf_err(errs, g->line_no, "group '%s' lists span %s twice",
					 g->name, buf);
		for (o = c->groups; o < g; o++)
			if (span_index(o, &g->spans[i]) >= 0)
				conf_err(errs, g->line_no, "span %s already belongs to group '%s'",
					 buf, o->name);
	}
}

/* The switch types of which libpri speaks it. */
static void group_service(const struct conf_group *g, struct conf_errors *errs)
{
	if (g->service_messages && g->switchtype != PRI_SWITCH_NI2 &&
	    g->switchtype != PRI_SWITCH_LUCENT5E && g->switchtype != PRI_SWITCH_ATT4ESS)
		conf_err(errs, g->line_no, "only the switch types national, lucent5e and att4ess "
			 "have 'service-messages'");
}

static void groups_check(struct conf *c, struct conf_errors *errs)
{
	int i, j;

	for (i = 0; i < c->ngroups; i++) {
		struct conf_group *g = &c->groups[i];

		for (j = 0; j < i; j++)
			if (*g->name && !strcmp(g->name, c->groups[j].name))
				conf_err(errs, g->line_no, "group '%s' already stands in line %d",
					 g->name, c->groups[j].line_no);
		group_line(g);
		group_dchans(g, errs);
		group_interfaces(g, errs);
		group_spans(c, g, errs);
		group_service(g, errs);
	}
}

/* Two routes clash when the same number from the same group would find both. */
static int routes_clash(const struct conf_route *a, const struct conf_route *b)
{
	int i, j;

	if (a->prefix != b->prefix || strcmp(a->match, b->match) || !a->nfrom != !b->nfrom)
		return 0;
	for (i = 0; i < a->nfrom; i++)
		for (j = 0; j < b->nfrom; j++)
			if (!strcmp(a->from[i], b->from[j]))
				return 1;
	return !a->nfrom;
}

static void route_check(const struct conf *c, const struct conf_route *r, struct conf_errors *errs)
{
	int i;

	for (i = 0; i < r->nfrom; i++)
		if (!conf_group_find(c, r->from[i]))
			conf_err(errs, r->line_no, "there is no group '%s' to come from",
				 r->from[i]);
	if (r->action == CONF_BRIDGE && !*r->group)
		conf_err(errs, r->line_no, "a route that bridges needs 'group'");
	if (*r->group && r->action != CONF_BRIDGE)
		conf_err(errs, r->line_no, "only a route that bridges takes 'group'");
	if (*r->group && !conf_group_find(c, r->group))
		conf_err(errs, r->line_no, "there is no group '%s' to bridge to", r->group);
	if (*r->number && (r->strip || *r->prepend))
		conf_err(errs, r->line_no, "'number' replaces all digits: 'strip' and 'prepend' "
			 "cannot stand beside it");
	if (r->action == CONF_APP && !*r->app)
		conf_err(errs, r->line_no, "a route to an application needs 'app'");
	if (r->action == CONF_REFUSE && !r->cause)
		conf_err(errs, r->line_no, "a route that refuses needs a 'cause' from 1 to 127");
	if (r->cause && r->action != CONF_REFUSE && r->action != CONF_APP)
		conf_err(errs, r->line_no,
			 "only a route that refuses, or leads to an application, takes 'cause'");
	if (r->action != CONF_ANSWER && (*r->play || *r->record || r->echo || r->hangup))
		conf_err(errs, r->line_no,
			 "only a route that answers takes 'play', 'record', 'echo' and 'hangup'");
	if (r->echo && *r->play)
		conf_err(errs, r->line_no, "'echo' and 'play' cannot both fill the line");
	if (r->hangup && !*r->play)
		conf_err(errs, r->line_no, "'hangup' follows the end of 'play', which is missing");
}

static void routes_check(const struct conf *c, struct conf_errors *errs)
{
	int i, j;

	for (i = 0; i < c->nroutes; i++) {
		if (c->routes[i].action == CONF_APP && !c->routes[i].cause)
			c->routes[i].cause = PRI_CAUSE_DESTINATION_OUT_OF_ORDER;
		route_check(c, &c->routes[i], errs);
		for (j = 0; j < i; j++)
			if (routes_clash(&c->routes[i], &c->routes[j]))
				conf_err(errs, c->routes[i].line_no,
					 "this number already has a route in line %d",
					 c->routes[j].line_no);
	}
}

/* Octets are written into the ring a lead ahead of the line; some periods stay between the ends. */
static void media_check(const struct conf *c, struct conf_errors *errs)
{
	int ring = c->period * CONF_RING_PERIODS;

	if (ring > CONF_RING_MS)
		ring = CONF_RING_MS;
	if (c->lead + 4 * c->period > ring)
		conf_err(errs, 0, "'lead' (%d) can be at most %d with a 'period' of %d", c->lead,
			 ring - 4 * c->period, c->period);
}

static void records_check(const struct conf *c, struct conf_errors *errs)
{
	if (!c->journal[0] != !c->database[0])
		conf_err(errs, 0, "[records] has a '%s' but no '%s': it needs both",
			 c->journal[0] ? "journal" : "database",
			 c->journal[0] ? "database" : "journal");
	else if (c->journal[0] && !strcmp(c->journal, c->database))
		conf_err(errs, 0, "[records]: 'journal' and 'database' are the same file");
}

int conf_listen_split(const char *listen, char *address, size_t len)
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon ? (size_t)(colon - listen) : 0;
	struct in6_addr addr;
	char *end;
	long port;

	if (!n || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	port = strtol(colon + 1, &end, 10);
	if (*end || port < 1 || port > 65535)
		return -EINVAL;
	/* [::1]:8088 */
	if (listen[0] == '[' && listen[n - 1] == ']') {
		listen++;
		n -= 2;
	}
	if (n >= len)
		return -EINVAL;
	memcpy(address, listen, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, &addr) != 1 && inet_pton(AF_INET6, address, &addr) != 1)
		return -EINVAL;
	return (int)port;
}

static void api_check(const struct conf *c, struct conf_errors *errs)
{
	char address[CONF_PATH_MAX + 1];

	if (c->listen[0] && conf_listen_split(c->listen, address, sizeof(address)) < 0)
		conf_err(errs, 0, "'listen' is ADDRESS:PORT, as 127.0.0.1:8088 or [::1]:8088");
	if (c->listen[0] && !c->nusers)
		conf_err(errs, 0, "'listen' lets in the users of [user NAME], but there is none");
	if (!c->certificate[0] != !c->key[0])
		conf_err(errs, 0, "[api] has a '%s' but no '%s': TLS needs both",
			 c->certificate[0] ? "certificate" : "key",
			 c->certificate[0] ? "key" : "certificate");
	for (int i = 0; i < c->nusers; i++) {
		if (c->users[i].password[0] &&
		    crypt_checksalt(c->users[i].password) != CRYPT_SALT_OK)
			conf_err(errs, c->users[i].line_no,
				 "the password of '%s' is no hash: 'openssl passwd -6' makes one",
				 c->users[i].name);
		for (int j = 0; j < i; j++)
			if (!strcmp(c->users[i].name, c->users[j].name))
				conf_err(errs, c->users[i].line_no, "user '%s' already stands in "
					 "line %d", c->users[i].name, c->users[j].line_no);
	}
}

static void music_check(const struct conf *c, struct conf_errors *errs)
{
	for (int i = 0; i < c->nmusic; i++)
		for (int j = 0; j < i; j++)
			if (!strcmp(c->music[i].name, c->music[j].name))
				conf_err(errs, c->music[i].line_no, "music '%s' already stands in "
					 "line %d", c->music[i].name, c->music[j].line_no);
}

void conf_cross_check(struct conf *c, struct conf_errors *errs)
{
	if (c->cpu_high && c->cpu_low >= c->cpu_high)
		conf_err(errs, 0, "'cpu-low' (%d) must be lower than 'cpu-high' (%d)", c->cpu_low,
			 c->cpu_high);
	media_check(c, errs);
	records_check(c, errs);
	music_check(c, errs);
	api_check(c, errs);
	groups_check(c, errs);
	routes_check(c, errs);
}

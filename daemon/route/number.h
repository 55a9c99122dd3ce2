/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as they are dialled and as Q.931 carries them. Pure: no state, no allocation. */
#ifndef OPENTDM_ROUTE_NUMBER_H
#define OPENTDM_ROUTE_NUMBER_H

#include <stddef.h>

#include "daemon/conf/conf.h"

/*
 * The plan octet of Q.931 4.5.8 and 4.5.10 as libpri takes it: type of number in bits 4-6,
 * numbering plan in bits 0-3.
 */
#define NUMBER_TYPE(plan)	(((plan) >> 4) & 7)
#define NUMBER_PLAN(plan)	((plan) & 15)
#define NUMBER_OCTET(type, plan) (((type) << 4) | (plan))

/**
 * number_edit() - take digits off the front of a number and put others there
 * @number: the number as dialled
 * @strip: digits to take; more than there are leaves none
 * @prepend: what is put in front afterwards; may be ""
 * @out: CONF_NUMBER_MAX + 1 bytes; may not overlap
 *
 * Return: 0, or -ENAMETOOLONG when the result does not fit (@out is "").
 */
int number_edit(const char *number, int strip, const char *prepend, char *out);

/**
 * number_normalise() - a received number as a person would dial it
 * @g: the group it came by: its prefixes stand for "international" and "national" numbers
 * @number: digits from the line
 * @plan: the octet they came with
 *
 * Return: as number_edit().
 */
int number_normalise(const struct conf_group *g, const char *number, int plan, char *out);

/**
 * number_outgoing() - choose plan octet and digits for a number to be sent
 * @type, @plan: what the group's configuration says
 * @number: as dialled; a leading '+' makes the type international
 * @out: the digits to send
 * @octet: the plan octet to send
 *
 * Return: as number_edit().
 */
int number_outgoing(int type, int plan, const char *number, char *out, int *octet);

/** number_valid() - only what keypads and Q.931 know: digits, '*', '#', A-D, a leading '+' */
int number_valid(const char *number);

#endif

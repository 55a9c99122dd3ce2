/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dial plan: the default controller of calls that come in. It finds a call's route, waiting
 * for digits where they come one by one, and carries out its action; then somebody else is the
 * controller, or it is itself (answer).
 */
#ifndef OPENTDM_ROUTE_DIALPLAN_H
#define OPENTDM_ROUTE_DIALPLAN_H

#include "daemon/call/channel.h"
#include "daemon/conf/conf.h"

/**
 * dialplan_set() - the configuration from now on; calls that have begun keep the one they began
 * with
 * @conf: a reference is taken; NULL: every call is refused with cause 27
 * Any thread.
 */
void dialplan_set(struct conf *conf);

/**
 * dialplan_init() - become the default controller; the configuring thread
 * dialplan_exit() - stop being it; no channel is left
 */
void dialplan_init(void);
void dialplan_exit(void);

/**
 * dialplan_set_app() - who takes calls whose route names an application
 * @take: a task of the channel. Calls channel_set_controller() and returns 0; or -ENOENT: there is
 * no such application now; or another error.
 */
void dialplan_set_app(int (*take)(struct channel *ch, const char *app));

#endif

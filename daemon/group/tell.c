// SPDX-License-Identifier: GPL-2.0-or-later
/* Events of a trunk group: of itself and its timeslots as endpoints, and of its D-channels. */
#include <stdio.h>

#include "daemon/call/event.h"
#include "daemon/group/group_priv.h"

static void tell(struct group *g, const char *place, const char *leg, bool online)
{
	struct event *event = event_new(EVENT_ENDPOINT);

	if (!event)
		return;
	snprintf(event->u.endpoint.tech, sizeof(event->u.endpoint.tech), "PRI");
	snprintf(event->u.endpoint.resource, sizeof(event->u.endpoint.resource), "%s%s",
		 g->cfg->name, place);
	snprintf(event->u.endpoint.leg, sizeof(event->u.endpoint.leg), "%s%s", g->cfg->name, leg);
	event->u.endpoint.online = online;
	event_post(event);
}

void group_tell(struct group *g)
{
	tell(g, "", "", atomic_load_relaxed(&g->active) >= 0);
}

void group_tell_slots(struct group *g, int iface, uint32_t slots)
{
	struct conf_addr addr = g->cfg->spans[iface];
	char place[48], leg[24];
	int blocked;

	place[0] = ':';
	for (int slot = 0; slot < BCHAN_SLOTS; slot++) {
		if (!(slots & 1u << slot))
			continue;
		addr.slot = slot;
		conf_addr_str(&addr, place + 1, sizeof(place) - 1);
		snprintf(leg, sizeof(leg), "/i%d/s%d", g->cfg->interface_ids[iface], slot);
		bchan_read(&g->slots, (struct bchan_ref){ (int16_t)iface, (int16_t)slot },
			   &blocked);
		tell(g, place, leg, !blocked);
	}
}

void group_block(struct group *g, struct bchan_ref ref, int reason, int on)
{
	group_tell_slots(g, ref.iface, bchan_block(&g->slots, ref, reason, on));
}

void group_tell_dchannel(struct group *g, int index, bool up)
{
	struct event *event = event_new(EVENT_DCHANNEL);

	if (!event)
		return;
	snprintf(event->u.dchannel.group, sizeof(event->u.dchannel.group), "%s", g->cfg->name);
	conf_addr_str(&g->cfg->dchans[index], event->u.dchannel.address,
		      sizeof(event->u.dchannel.address));
	event->u.dchannel.number = index + 1;
	event->u.dchannel.active = atomic_load_relaxed(&g->active) + 1;
	event->u.dchannel.up = up;
	event_post(event);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SERVICE (ANSI T1.607 annex on B-channel availability; libpri speaks it on national, lucent5e and
 * att4ess): each side tells the other which slots its administrator took out of service.
 *
 *	administrator, or D-channel up --> untold --SERVICE ACKNOWLEDGE--> told
 *
 * It may be lost as the first RESTART may (see pri_restart.c), so what is not acknowledged is sent
 * again. Whether it was or not, our side keeps its word: the slot takes no calls here.
 */
#include "daemon/core/log.h"
#include "daemon/sig/pri_leg.h"

#define ACK_NS	(1500 * NSEC_PER_MSEC)
#define TRIES	3

/* libpri's values of the change status element */
#define IN_SERVICE	0
#define OUT_OF_SERVICE	2

static bool service_send(struct group *g)
{
	struct bchan_ref ref;
	bool any = false;
	int blocked;

	for (ref.iface = 0; ref.iface < g->slots.nifaces; ref.iface++)
		for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++) {
			if (!(g->untold[ref.iface] & 1u << ref.slot))
				continue;
			any = true;
			bchan_read(&g->slots, ref, &blocked);
			pri_maintenance_service(pri_active(g), g->cfg->interface_ids[ref.iface],
						ref.slot, blocked & BCHAN_NEAR ? OUT_OF_SERVICE :
										 IN_SERVICE);
		}
	return any;
}

static void untold_clear(struct group *g)
{
	int i;

	for (i = 0; i < CONF_SPANS_MAX; i++)
		g->untold[i] = 0;
	ttimer_cancel(&g->sched, &g->service_timer);
}

static void service_begin(struct group *g)
{
	g->service_tries = 1;
	/* Without a D-channel it is told when one is up. */
	if (atomic_load_relaxed(&g->active) < 0 || !service_send(g))
		return;
	if (ttimer_start(&g->sched, &g->service_timer, ACK_NS))
		log_error("%s: no memory to repeat SERVICE", g->cfg->name);
}

static void service_timeout(struct ttimer *t)
{
	struct group *g = container_of(t, struct group, service_timer);

	if (atomic_load_relaxed(&g->active) < 0)
		return;
	if (g->service_tries++ < TRIES && service_send(g) &&
	    !ttimer_start(&g->sched, &g->service_timer, ACK_NS))
		return;
	log_warn("%s: no answer to SERVICE: the far end may still offer calls on slots that are "
		 "out of service here", g->cfg->name);
	untold_clear(g);
}

void pri_service_init(struct group *g)
{
	ttimer_init(&g->service_timer, service_timeout, &g->ref);
}

void pri_service_tell(struct group *g, int iface, uint32_t slots)
{
	if (!g->cfg->service_messages)
		return;
	g->untold[iface] |= slots;
	service_begin(g);
}

void pri_service_up(struct group *g)
{
	struct bchan_ref ref;
	int blocked;

	if (!g->cfg->service_messages)
		return;
	for (ref.iface = 0; ref.iface < g->slots.nifaces; ref.iface++)
		for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++) {
			bchan_read(&g->slots, ref, &blocked);
			if (blocked & BCHAN_NEAR)
				g->untold[ref.iface] |= 1u << ref.slot;
		}
	service_begin(g);
}

void pri_service_again(struct group *g)
{
	int i;

	for (i = 0; i < g->slots.nifaces; i++)
		if (g->untold[i])
			break;
	if (i < g->slots.nifaces)
		service_begin(g);
}

void pri_service_acked(struct pri_dch *d, int channel)
{
	struct bchan_ref ref = pri_channel_decode(d->grp, d, channel);
	struct group *g = d->grp;
	int i;

	if (!bchan_ref_valid(ref) || ref.slot < 0)
		return;
	g->untold[ref.iface] &= ~(1u << ref.slot);
	/* The others' answers are on their way as long as answers come. */
	g->service_tries = 1;
	for (i = 0; i < g->slots.nifaces; i++)
		if (g->untold[i])
			return;
	ttimer_cancel(&g->sched, &g->service_timer);
}

void pri_service_received(struct pri_dch *d, int channel, int status)
{
	struct bchan_ref ref = pri_channel_decode(d->grp, d, channel);
	bool out = status != IN_SERVICE;
	int before;

	if (!bchan_ref_valid(ref))
		return;
	bchan_read(&d->grp->slots, ref, &before);
	group_block(d->grp, ref, BCHAN_FAR, out);
	if (!(before & BCHAN_FAR) != !out)
		log_notice("%s: the far end has taken slot i%d/s%d %s service", d->grp->cfg->name,
			   d->grp->cfg->interface_ids[ref.iface], ref.slot,
			   out ? "out of" : "back into");
}

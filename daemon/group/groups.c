// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of trunk groups.
 *
 * Written by the configuring thread only; read by any under RCU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/log.h"
#include "daemon/group/admit.h"
#include "daemon/group/group_internal.h"

static struct group *groups;		/* RCU */
static plant_open_fn plant_open;	/* configuring thread */
static bool registered;			/* configuring thread */

bool groups_admitting = true;

void groups_admit(bool admit)
{
	atomic_store(&groups_admitting, admit);
}

struct group *group_find(const char *name)
{
	struct group *g;

	trcu_read_lock();
	for (g = rcu_ptr_load(&groups); g; g = rcu_ptr_load(&g->next))
		if (!strcmp(g->cfg->name, name) && ref_tryget(&g->ref))
			break;
	trcu_read_unlock();
	return g;
}

static void group_unlink(struct group *g)
{
	struct group **p;

	for (p = &groups; *p != g; p = &(*p)->next)
		;
	rcu_ptr_publish(p, g->next);
}

static void group_link(struct group *g)
{
	struct group **p;

	for (p = &groups; *p; p = &(*p)->next)
		;
	rcu_ptr_publish(p, g);
}

static int start_missing(struct conf *conf)
{
	struct group *g;
	int i, err, ret = 0;

	for (i = 0; i < conf->ngroups; i++) {
		g = group_find(conf->groups[i].name);
		if (g) {
			ref_put(&g->ref);
			continue;
		}
		err = group_create(conf, &conf->groups[i], plant_open, &g);
		if (!err)
			group_link(g);
		else if (!ret)
			ret = err;
	}
	return ret;
}

int groups_start(struct conf *conf, plant_open_fn open)
{
	int err;

	plant_open = open;
	admit_limits(conf);
	if (!registered) {
		err = leg_tech_register(&pri_tech);
		if (err)
			return err;
		registered = true;
	}
	err = start_missing(conf);
	if (err)
		groups_stop();
	return err;
}

/* All of a section but the line it stands in. */
static bool section_same(const struct conf_group *a, const struct conf_group *b)
{
	struct conf_group x = *a, y = *b;

	x.line_no = y.line_no = 0;
	return !memcmp(&x, &y, sizeof(x));
}

int groups_apply(struct conf *conf)
{
	const struct conf_group *cfg;
	struct group *g, *next;

	admit_limits(conf);
	for (g = groups; g; g = next) {
		next = g->next;
		cfg = conf_group_find(conf, g->cfg->name);
		if (cfg && section_same(cfg, g->cfg))
			continue;
		log_notice("group %s %s: stopped", g->cfg->name, cfg ? "was changed" : "is gone");
		group_unlink(g);
		group_stop(g);
	}
	return start_missing(conf);
}

void groups_stop(void)
{
	struct group *g;

	while ((g = groups)) {
		group_unlink(g);
		group_stop(g);
	}
}

void groups_info(void (*fn)(const struct group_info *info, void *arg), void *arg)
{
	struct group *g;

	trcu_read_lock();
	for (g = rcu_ptr_load(&groups); g; g = rcu_ptr_load(&g->next)) {
		struct group_info i = { .active_dchan = atomic_load(&g->active) };

		strcpy(i.name, g->cfg->name);
		i.up = i.active_dchan >= 0;
		i.ready = i.up && atomic_load(&g->ready);
		i.dchans_up = atomic_load(&g->dchans_up);
		bchan_count(&g->slots, &i.slots);
		i.calls = atomic_load(&g->nlegs);
		i.setups_in = atomic_load_relaxed(&g->setups_in);
		i.setups_out = atomic_load_relaxed(&g->setups_out);
		i.refused = atomic_load_relaxed(&g->refused);
		i.glare = atomic_load_relaxed(&g->glare);
		i.frames_rx = atomic_load_relaxed(&g->frames_rx);
		i.frames_tx = atomic_load_relaxed(&g->frames_tx);
		i.frames_dropped = atomic_load_relaxed(&g->frames_dropped);
		fn(&i, arg);
	}
	trcu_read_unlock();
}

int group_ready(const char *name)
{
	struct group *g = group_find(name);
	int ready;

	if (!g)
		return -ENOENT;
	ready = atomic_load(&g->active) >= 0 && atomic_load(&g->ready);
	ref_put(&g->ref);
	return ready;
}

int group_iface(const char *name, const char *card, int port)
{
	struct group *g = group_find(name);
	int i, iface = -ENODEV;

	if (!g)
		return -ENOENT;
	for (i = 0; i < g->cfg->nspans; i++)
		if (g->cfg->spans[i].port == port && !strcmp(g->cfg->spans[i].card, card))
			iface = i;
	ref_put(&g->ref);
	return iface;
}

struct service_msg {
	struct group_msg msg;
	int iface;
	uint32_t slots;
	bool in_service;
	void (*done)(void *arg, int err);
	void *arg;
};

/*
 * The slots whose state at our side was another one; in *tell, those of them that this makes usable,
 * or no more.
 */
static uint32_t service_set(struct group *g, int iface, uint32_t slots, bool in_service,
			    uint32_t *tell)
{
	struct bchan_ref ref = { .iface = (int16_t)iface };
	uint32_t changed = 0;
	int blocked;

	*tell = 0;
	for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++) {
		if (!(slots & 1u << ref.slot))
			continue;
		bchan_read(&g->slots, ref, &blocked);
		if (!(blocked & BCHAN_NEAR) == in_service)
			continue;
		*tell |= bchan_block(&g->slots, ref, BCHAN_NEAR, !in_service);
		changed |= 1u << ref.slot;
	}
	return changed;
}

static void service_run(struct group *g, struct group_msg *msg)
{
	struct service_msg *m = container_of(msg, struct service_msg, msg);
	int err = -ESHUTDOWN;

	if (!atomic_load(&g->ended)) {
		uint32_t tell, undone;
		uint32_t changed = service_set(g, m->iface, m->slots, m->in_service, &tell);

		/* What would be forgotten at the next start is not done at all. */
		err = group_service_save(g);
		if (err) {
			service_set(g, m->iface, changed, !m->in_service, &undone);
		} else {
			group_tell_slots(g, m->iface, tell);
			pri_service_tell(g, m->iface, m->slots);
		}
	}
	if (m->done)
		m->done(m->arg, err);
	free(m);
	ref_put(&g->ref);
}

static uint32_t bchannels(struct group *g, int iface)
{
	struct bchan_ref ref = { .iface = (int16_t)iface };
	uint32_t slots = 0;

	for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++)
		if (bchan_read(&g->slots, ref, NULL) != BCHAN_NONE)
			slots |= 1u << ref.slot;
	return slots;
}

int group_service(const char *name, int iface, uint32_t slots, bool in_service,
		  void (*done)(void *arg, int err), void *arg)
{
	struct group *g = group_find(name);
	struct service_msg *m;
	uint32_t all;
	int err = -EINVAL;

	if (!g)
		return -ENOENT;
	all = iface < 0 || iface >= g->slots.nifaces ? 0 : bchannels(g, iface);
	if (!all || (slots & ~all))
		goto put_group;
	err = -ENOMEM;
	m = malloc(sizeof(*m));
	if (!m)
		goto put_group;
	*m = (struct service_msg){ { .fn = service_run }, iface, slots ? slots : all, in_service,
				   done, arg };
	group_post(g, &m->msg);		/* which has the reference now */
	return 0;

put_group:
	ref_put(&g->ref);
	return err;
}

int group_slots(const char *name, void (*fn)(const struct group_slot_info *info, void *arg),
		void *arg)
{
	struct group *g = group_find(name);
	struct bchan_ref ref;

	if (!g)
		return -ENOENT;
	for (ref.iface = 0; ref.iface < g->slots.nifaces; ref.iface++)
		for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++) {
			struct group_slot_info i = {
				.span = &g->cfg->spans[ref.iface],
				.interface = g->cfg->interface_ids[ref.iface],
				.slot = ref.slot,
			};

			i.state = bchan_read(&g->slots, ref, &i.blocked);
			if (i.state != BCHAN_NONE)
				fn(&i, arg);
		}
	ref_put(&g->ref);
	return 0;
}

enum bchan_state group_slot(const char *name, int iface, int slot, int *blocked)
{
	struct bchan_ref ref = { (int16_t)iface, (int16_t)slot };
	struct group *g = group_find(name);
	enum bchan_state state;

	if (!g)
		return BCHAN_NONE;
	state = bchan_read(&g->slots, ref, blocked);
	ref_put(&g->ref);
	return state;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bridges: names, look-ups and lists; as for channels (registry.c), without a lock.
 */
#include <string.h>

#include "daemon/call/bridge_priv.h"
#include "daemon/core/log.h"

static struct cds_lfht *bridge_ids, *bridge_sids;

static const char *const path_names[] = {
	[BRIDGE_PATH_NONE] = "none",	     [BRIDGE_PATH_USER] = "user",
	[BRIDGE_PATH_TO_KERNEL] = "to-kernel", [BRIDGE_PATH_KERNEL] = "kernel",
	[BRIDGE_PATH_TO_USER] = "to-user",
};

/* ARI knows no type for two alone. */
static const char *const type_names[] = {
	[BRIDGE_TWO_PARTY] = "mixing",
	[BRIDGE_MIXING] = "mixing",
	[BRIDGE_HOLDING] = "holding",
};

static const char *const mode_names[] = {
	[BRIDGE_AUTO] = "auto",
	[BRIDGE_USER] = "user",
	[BRIDGE_KERNEL] = "kernel",
};

const char *bridge_type_name(enum bridge_type type)
{
	return type_names[type];
}

const char *bridge_path_name(enum bridge_path path)
{
	return path_names[path];
}

const char *bridge_mode_name(enum bridge_mode mode)
{
	return mode_names[mode];
}

int bridge_mode_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_names); i++)
		if (!strcmp(name, mode_names[i]))
			return (int)i;
	return -EINVAL;
}

/* --- looking up ------------------------------------------------------------------------------ */

static int match_id(struct cds_lfht_node *node, const void *key)
{
	const struct bridge *br = container_of(node, struct bridge, by_id);

	tsan_acquire(br);
	return br->id == *(const uint64_t *)key;
}

static int match_sid(struct cds_lfht_node *node, const void *key)
{
	const struct bridge *br = container_of(node, struct bridge, by_sid);

	tsan_acquire(br);
	return !strcmp(br->sid, key);
}

static struct bridge *tryget(struct bridge *br)
{
	tsan_acquire(br);
	return ref_tryget(&br->ref) ? br : NULL;
}

struct bridge *bridge_by_id(uint64_t id)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;
	struct bridge *br = NULL;

	trcu_read_lock();
	cds_lfht_lookup(bridge_ids, hash_id(id), match_id, &id, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node)
		br = tryget(container_of(node, struct bridge, by_id));
	trcu_read_unlock();
	return br;
}

struct bridge *bridge_by_name(const char *sid)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;
	struct bridge *br = NULL;

	trcu_read_lock();
	cds_lfht_lookup(bridge_sids, hash_text(sid), match_sid, sid, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node)
		br = tryget(container_of(node, struct bridge, by_sid));
	trcu_read_unlock();
	return br;
}

int bridge_foreach(int (*fn)(struct bridge *br, void *arg), void *arg)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;
	int ret = 0;

	trcu_read_lock();
	for (cds_lfht_first(bridge_ids, &iter); !ret && (node = cds_lfht_iter_get_node(&iter));
	     cds_lfht_next(bridge_ids, &iter)) {
		struct bridge *br = container_of(node, struct bridge, by_id);

		tsan_acquire(br);
		ret = fn(br, arg);
	}
	trcu_read_unlock();
	return ret;
}

void bridge_info_read(struct bridge *br, struct bridge_info *info)
{
	uint32_t seq;

	*info = (struct bridge_info){
		.id = br->id,
		.created_us = br->created_us,
		.type = br->type,
		.mode = atomic_load(&br->mode),
		.path = atomic_load(&br->path),
	};
	/* A writer is at work for as many stores, with no call among them: this ends. */
	do {
		seq = atomic_load(&br->shifts);
		info->members = 0;
		for (int i = 0; i < br->max; i++) {
			uint64_t id = atomic_load_relaxed(&br->member[i].id);
			uint32_t voice = atomic_load_relaxed(&br->member[i].voice);

			if (!id)
				continue;
			info->voice[info->members] = voice_of(voice);
			info->member[info->members++] = id;
		}
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while ((seq & 1) || seq != atomic_load_relaxed(&br->shifts));
	memcpy(info->sid, br->sid, sizeof(info->sid));
	memcpy(info->name, br->name, sizeof(info->name));
}

int bridge_of(struct channel *ch, struct bridge **br)
{
	struct channel_info info;

	channel_info_read(ch, &info);
	*br = info.bridge ? bridge_by_id(info.bridge) : NULL;
	if (*br)
		return 0;
	return info.state == CHAN_DEAD ? -ENODEV : -EINVAL;
}

int bridge_peer_find(struct channel *ch, struct bridge **br, struct channel **peer)
{
	struct bridge_info members;
	int err = bridge_of(ch, br);

	*peer = NULL;
	if (err)
		return err;
	bridge_info_read(*br, &members);
	/* Of more than two none is the other. */
	for (int i = 0; members.members <= 2 && i < members.members && !*peer; i++)
		if (members.member[i] != ch->id)
			*peer = channel_by_id(members.member[i]);
	if (*peer)
		return 0;
	bridge_put(*br);
	*br = NULL;
	return -EINVAL;
}

bool bridge_has(const struct bridge *br, const struct channel *a, const struct channel *b)
{
	return a->bridge == br && b->bridge == br;
}

void bridge_get(struct bridge *br)
{
	ref_get(&br->ref);
}

void bridge_put(struct bridge *br)
{
	ref_put(&br->ref);
}

uint64_t bridge_id(const struct bridge *br)
{
	return br->id;
}

const char *bridge_sid(const struct bridge *br)
{
	return br->sid;
}

struct serializer *bridge_serializer(struct bridge *br)
{
	return &br->ser;
}

int bridge_register(struct bridge *br)
{
	struct cds_lfht_node *got;

	tsan_release(br);
	trcu_read_lock();
	got = cds_lfht_add_unique(bridge_sids, hash_text(br->sid), match_sid, br->sid, &br->by_sid);
	if (got == &br->by_sid)
		cds_lfht_add(bridge_ids, hash_id(br->id), &br->by_id);
	trcu_read_unlock();
	return got == &br->by_sid ? 0 : -EEXIST;
}

void bridge_unregister(struct bridge *br)
{
	trcu_read_lock();
	cds_lfht_del(bridge_sids, &br->by_sid);
	cds_lfht_del(bridge_ids, &br->by_id);
	trcu_read_unlock();
}

int bridges_init(void)
{
	bridge_ids = cds_lfht_new(64, 64, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, NULL);
	bridge_sids = cds_lfht_new(64, 64, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, NULL);
	if (bridge_ids && bridge_sids)
		return 0;
	if (bridge_ids)
		cds_lfht_destroy(bridge_ids, NULL);
	if (bridge_sids)
		cds_lfht_destroy(bridge_sids, NULL);
	return -ENOMEM;
}

static int count_left(struct bridge *br, void *arg)
{
	log_error("bridge %s is left over", br->sid);
	++*(int *)arg;
	return 0;
}

int bridges_exit(void)
{
	int left = 0;

	bridge_foreach(count_left, &left);
	if (left)
		return -EBUSY;
	trcu_barrier();
	cds_lfht_destroy(bridge_ids, NULL);
	cds_lfht_destroy(bridge_sids, NULL);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/lock.h"
#include "daemon/group/group.h"
#include "daemon/media/media.h"
#include "daemon/media/talk.h"
#include "daemon/record/record.h"
#include "daemon/spans.h"
#include "lib/tdm.h"

static struct conf *current;
static uint64_t loaded_us;
static tlock_t current_lock; /* queue.config: current, and loaded_us */

static void __attribute__((constructor)) hooks_locks(void)
{
	tlock_init(&current_lock, TLOCK_QUEUE_CONFIG, 0);
}

void hooks_set_conf(struct conf *conf)
{
	struct conf *old;

	if (conf)
		conf_get(conf);
	tlock_lock(&current_lock);
	old = current;
	current = conf;
	loaded_us = now_us();
	tlock_unlock(&current_lock);
	if (old)
		conf_put(old);
}

struct conf *hooks_conf(void)
{
	struct conf *conf;

	tlock_lock(&current_lock);
	conf = current ? conf_get(current) : NULL;
	tlock_unlock(&current_lock);
	return conf;
}

static json_t *group_json(const struct group_info *info)
{
	const struct bchan_counts *n = &info->slots;

	return json_pack("{s:s,s:s,s:b,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:i}",
			 "name", info->name, "state", info->up ? "up" : "down", "ready",
			 info->ready, "active_dchannel", info->active_dchan, "calls",
			 (int)info->calls, "calls_in", (json_int_t)info->setups_in, "calls_out",
			 (json_int_t)info->setups_out, "refused", (json_int_t)info->refused, "glare", (json_int_t)info->glare,
			 "frames_received", (json_int_t)info->frames_rx, "frames_sent",
			 (json_int_t)info->frames_tx, "frames_dropped",
			 (json_int_t)info->frames_dropped, "slots", (int)n->total, "slots_idle",
			 (int)n->idle, "slots_busy", (int)n->busy, "slots_resetting",
			 (int)n->resetting, "slots_blocked", (int)n->blocked);
}

static void add_group(const struct group_info *info, void *arg)
{
	json_array_append_new(arg, group_json(info));
}

static json_t *groups(void)
{
	json_t *list = json_array();

	if (list)
		groups_info(add_group, list);
	return list;
}

struct wanted {
	const char *name;
	json_t *group;
};

static void take_group(const struct group_info *info, void *arg)
{
	struct wanted *w = arg;

	if (!strcmp(info->name, w->name))
		w->group = group_json(info);
}

static void add_slot(const struct group_slot_info *info, void *arg)
{
	static const char *const states[] = {
		[BCHAN_NONE] = "none", [BCHAN_IDLE] = "idle", [BCHAN_BUSY] = "busy",
		[BCHAN_RESETTING] = "resetting",
	};
	struct conf_addr addr = *info->span;
	char text[64];

	addr.slot = info->slot;
	json_array_append_new(
		arg, json_pack("{s:s,s:i,s:i,s:s,s:b,s:s,s:s}", "address",
			       conf_addr_str(&addr, text, sizeof(text)), "interface",
			       info->interface, "slot", info->slot, "state", states[info->state],
			       "alarm", !!(info->blocked & BCHAN_ALARM), "service",
			       info->blocked & BCHAN_NEAR ? "out" : "in", "far_service",
			       info->blocked & BCHAN_FAR ? "out" : "in"));
}

static json_t *group(const char *name)
{
	struct wanted w = { .name = name };
	json_t *list;

	groups_info(take_group, &w);
	list = w.group ? json_array() : NULL;
	if (list && !group_slots(name, add_slot, list) &&
	    !json_object_set_new(w.group, "timeslots", list))
		return w.group;
	json_decref(w.group);	/* it has gone meanwhile */
	return NULL;
}

static int service(const char *name, const char *slots, bool in,
		   void (*done)(void *arg, int err), void *arg)
{
	struct tdm_error error;
	struct tdm_addr addr;
	int iface;

	if (tdm_addr_parse(slots, TDM_ADDR_PORT, TDM_ADDR_SLOTS, &addr, &error))
		return -EDOM;
	iface = group_iface(name, addr.card, (int)addr.port);
	return iface < 0 ? iface : group_service(name, iface, addr.slots, in, done, arg);
}

static json_t *spans(void)
{
	struct conf *conf = hooks_conf();
	json_t *list = spans_json(conf);

	if (conf)
		conf_put(conf);
	return list;
}

static void about(struct api_about *about)
{
	tlock_lock(&current_lock);
	about->loaded_us = loaded_us;
	if (current) {
		about->max_calls = (unsigned int)current->max_calls;
		about->cpu_high = (unsigned int)current->cpu_high;
	}
	tlock_unlock(&current_lock);
}

static json_t *media(void)
{
	struct media_stats stats;

	media_stats_read(&stats);
	return json_pack("{s:i,s:i,s:i,s:I,s:I,s:I,s:I,s:I}", "lines", (int)stats.lines, "claims",
			 (int)stats.claims, "connects", (int)stats.connects, "periods",
			 (json_int_t)stats.periods, "late", (json_int_t)stats.late, "overruns",
			 (json_int_t)stats.overruns, "slips", (json_int_t)stats.slips, "starved",
			 (json_int_t)stats.starved);
}

/* --- call records ---------------------------------------------------------------------------- */

struct asked {
	struct record_query query;
	void (*done)(void *arg, int err, json_t *answer);
	void *arg;
};

static void asked_done(struct record_query *query, int err, json_t *answer)
{
	struct asked *asked = container_of(query, struct asked, query);

	asked->done(asked->arg, err, answer);
	free(asked);
}

static int records(const struct api_records *what,
		   void (*done)(void *arg, int err, json_t *answer), void *arg)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct store_query *find;
	int err;

	if (!asked)
		return -ENOMEM;
	find = &asked->query.find;
	find->limit = what->limit;
	find->before_us = what->before_us;
	snprintf(find->number, sizeof(find->number), "%s", what->number ? what->number : "");
	snprintf(find->id, sizeof(find->id), "%s", what->id ? what->id : "");
	asked->query.done = asked_done;
	asked->done = done;
	asked->arg = arg;
	err = record_ask(&asked->query);
	if (err)
		free(asked);
	return err;
}

static const struct api_hooks hooks = {
	.play = hooks_play,
	.record = hooks_record,
	.talk = talk_read,
	.control = hooks_control,
	.stop = talk_stop,
	.discard = talk_discard,
	.music = hooks_music,
	.stored = hooks_stored,
	.groups = groups,
	.group = group,
	.service = service,
	.spans = spans,
	.about = about,
	.media = media,
	.records = records,
};

const struct api_hooks *hooks_get(void)
{
	return &hooks;
}

int hooks_take_app(struct channel *ch, const char *name)
{
	return api_app_take(ch, name, "");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Applications: who hears which events. An application is as long as a stream of events names it:
 * it hears of the channels that are its, of the bridges in which they are, and of what it has
 * subscribed to. Whoever names it later takes it over, with its subscriptions. API thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/core/log.h"
#include "daemon/core/timer.h"

struct sub {
	struct sub *next;
	uint8_t source;	  /* enum api_source */
	bool asked;	  /* by a request */
	uint64_t since_ns; /* what was made from then on; tnow() */
	/* bridge: those who came in as channels of the application's, and have not left */
	uint64_t *member;
	uint32_t members, room;
	char id[API_SOURCE_LEN];
};

static struct api_app *apps;
static uint32_t taken_over; /* atomic: how often a stream took over another one's name */

/* --- subscriptions --------------------------------------------------------------------------- */

static struct sub **find(struct api_app *app, enum api_source source, const char *id)
{
	struct sub **p = &app->subs;

	while (*p && ((*p)->source != source || strcmp((*p)->id, id)))
		p = &(*p)->next;
	return p;
}

/* One that is there stays as it is. NULL: no memory. */
static struct sub *get(struct api_app *app, enum api_source source, const char *id,
		       uint64_t since_ns)
{
	struct sub **p = find(app, source, id), *sub = *p;

	if (sub)
		return sub;
	sub = calloc(1, sizeof(*sub));
	if (!sub)
		return NULL;
	sub->source = (uint8_t)source;
	sub->since_ns = since_ns;
	snprintf(sub->id, sizeof(sub->id), "%s", id);
	*p = sub;
	return sub;
}

static void drop(struct sub **p)
{
	struct sub *sub = *p;

	*p = sub->next;
	free(sub->member);
	free(sub);
}

/* One that nothing needs any more goes. */
static void drop_idle(struct sub **p)
{
	if (*p && !(*p)->asked && !(*p)->members)
		drop(p);
}

static uint32_t member_index(const struct sub *sub, uint64_t channel)
{
	uint32_t i = 0;

	while (i < sub->members && sub->member[i] != channel)
		i++;
	return i;
}

/*
 * It hears of that bridge until this channel has left it, whosever it is by then. What was heard
 * of it already changes nothing.
 */
static void member_in(struct api_app *app, const char *bridge, uint64_t channel, uint64_t since_ns)
{
	struct sub *sub = get(app, API_SOURCE_BRIDGE, bridge, since_ns);

	if (sub && member_index(sub, channel) < sub->members)
		return;
	if (sub && sub->members == sub->room) {
		uint32_t room = sub->room ? 2 * sub->room : 2;
		uint64_t *member = realloc(sub->member, room * sizeof(*member));

		if (member) {
			sub->member = member;
			sub->room = room;
		}
	}
	if (sub && sub->members < sub->room) {
		sub->member[sub->members++] = channel;
		return;
	}
	log_warn("application %s does not hear of a bridge for want of memory", app->name);
	drop_idle(find(app, API_SOURCE_BRIDGE, bridge));
}

static void member_out(struct api_app *app, const char *bridge, uint64_t channel)
{
	struct sub **p = find(app, API_SOURCE_BRIDGE, bridge);
	uint32_t at = *p ? member_index(*p, channel) : 0;

	if (!*p || at == (*p)->members)
		return;
	(*p)->member[at] = (*p)->member[--(*p)->members];
	drop_idle(p);
}

/*
 * "PRI" hears of all endpoints of that technology, "PRI/group" of those of a group,
 * "PRI/group:CARD:PORT:SLOT" of that one.
 */
static bool hears_endpoint(const struct api_app *app, const char *name, uint64_t made_ns)
{
	for (const struct sub *sub = app->subs; sub; sub = sub->next) {
		size_t len = strlen(sub->id);

		if (sub->source == API_SOURCE_ENDPOINT && made_ns >= sub->since_ns &&
		    !strncmp(name, sub->id, len) && (!name[len] || strchr("/-:", name[len])))
			return true;
	}
	return false;
}

/* The name of the endpoint that an event is about, in its own right; "": none. */
static void endpoint_name(const struct event *event, char *name, size_t len)
{
	name[0] = '\0';
	if (event->type == EVENT_ENDPOINT)
		snprintf(name, len, "%s/%s", event->u.endpoint.tech, event->u.endpoint.resource);
	else if (event->type == EVENT_DCHANNEL)
		snprintf(name, len, "PRI/%s", event->u.dchannel.group);
}

static bool hears_source(struct api_app *app, enum api_source source, const char *id,
			 uint64_t made_ns)
{
	const struct sub *sub = *find(app, source, id);

	return sub && made_ns >= sub->since_ns;
}

/*
 * What was made before it was asked for may be on its way still, and is not heard: an answer that
 * came before the request tells of it.
 */
static bool hears(struct api_app *app, const struct event *event)
{
	uint64_t made = event->made_ns;
	char name[2 * API_SOURCE_LEN];

	if (app->replaced)
		return false;
	if (made >= app->since_ns &&
	    (app->all || (event->has_chan && !strcmp(event->chan.app, app->name))))
		return true;
	if (event->has_chan &&
	    (hears_source(app, API_SOURCE_CHANNEL, event->chan.sid, made) ||
	     hears_endpoint(app, event->chan.name, made)))
		return true;
	/* Of a bridge: whose it was when that began, also when it has no channel in it any more. */
	if (event->type == EVENT_CHANNEL_TALK && event->bridge &&
	    !strcmp(event->u.talk.app, app->name))
		return true;
	endpoint_name(event, name, sizeof(name));
	if (name[0] && hears_endpoint(app, name, made))
		return true;
	return event->bridge && hears_source(app, API_SOURCE_BRIDGE, event->bridge_sid, made);
}

/* The bridge in which a channel of its is, as that says. */
static void in_bridge(struct api_app *app, const struct channel_info *info, uint64_t since_ns)
{
	struct bridge *br = info->bridge ? bridge_by_id(info->bridge) : NULL;

	if (!br)
		return;
	member_in(app, bridge_sid(br), info->id, since_ns);
	bridge_put(br);
}

static void before(struct api_app *app, const struct event *event)
{
	if (!event->has_chan || strcmp(event->chan.app, app->name))
		return;
	if (event->type == EVENT_BRIDGE_ENTERED)
		member_in(app, event->bridge_sid, event->chan.id, event->made_ns);
	else if (event->type == EVENT_CHANNEL_APP_ENTERED)
		in_bridge(app, &event->chan, event->made_ns);
}

/* A later one that has the id. */
static bool there(enum api_source source, const char *id)
{
	struct bridge *br = source == API_SOURCE_BRIDGE ? bridge_by_name(id) : NULL;
	struct channel *ch = source == API_SOURCE_CHANNEL ? channel_by_name(id) : NULL;

	if (br)
		bridge_put(br);
	if (ch)
		channel_put(ch);
	return br || ch;
}

static void after(struct api_app *app, const struct event *event)
{
	struct sub **p;

	switch (event->type) {
	case EVENT_BRIDGE_LEFT:
		member_out(app, event->bridge_sid, event->chan.id);
		return;
	case EVENT_BRIDGE_DESTROYED:
		p = find(app, API_SOURCE_BRIDGE, event->bridge_sid);
		break;
	case EVENT_CHANNEL_DESTROYED:
		p = find(app, API_SOURCE_CHANNEL, event->chan.sid);
		break;
	default:
		return;
	}
	if (*p && !there((*p)->source, (*p)->id))
		drop(p);
}

void api_apps_event(struct api_text *text)
{
	for (struct api_app *app = apps; app; app = app->next) {
		before(app, text->event);
		if (hears(app, text->event))
			api_stream_add(app->stream, text, app->name);
		after(app, text->event);
	}
}

void api_apps_tell(struct api_text *text, const char *source, const char *app)
{
	size_t scheme = strlen(api_schemes[API_SOURCE_DEVICE]);

	for (struct api_app *a = apps; a; a = a->next) {
		if (a->replaced)
			continue;
		if (app ? !strcmp(a->name, app) :
			  a->all || (source && *find(a, API_SOURCE_DEVICE, source + scheme)))
			api_stream_add(a->stream, text, a->name);
	}
}

/* --- life ------------------------------------------------------------------------------------ */

/* API thread, or under RCU. */
static struct api_app *by_name(const char *name)
{
	struct api_app *app = rcu_ptr_load(&apps);

	while (app && (atomic_load(&app->replaced) || strcmp(app->name, name)))
		app = rcu_ptr_load(&app->next);
	return app;
}

bool api_app_named(const char *name)
{
	uint32_t before;
	bool named;

	/* Who began before the new one was there, and came to the old one when it was replaced. */
	do {
		before = atomic_load(&taken_over);
		trcu_read_lock();
		named = by_name(name);
		trcu_read_unlock();
	} while (!named && atomic_load(&taken_over) != before);
	return named;
}

static void app_free_rcu(struct rcu_head *rcu)
{
	free(container_of(rcu, struct api_app, rcu));
}

static bool name_ok(const char *name, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	return len && len < sizeof(((struct api_app *)0)->name) && strspn(name, letters) >= len;
}

/* The stream that had it is told, and hears no more. */
static void replace(struct api_app *old, struct api_app *app)
{
	app->subs = old->subs;
	app->since_ns = old->since_ns; /* what the old one has not heard yet is the new one's */
	old->subs = NULL;
	/* In this order: whoever finds it replaced sees that, and looks again. */
	atomic_add(&taken_over, 1);
	atomic_store(&old->replaced, true);
	api_stream_say(old->stream, "ApplicationReplaced", old->name);
}

/* One of a former stream's calls: its bridge is heard of again. */
static int take_call(struct channel *ch, void *arg)
{
	struct api_app *app = arg;
	struct channel_info info;

	channel_info_read(ch, &info);
	if (!strcmp(info.app, app->name))
		in_bridge(app, &info, app->since_ns);
	return 0;
}

static int add(struct api_stream *stream, const char *name, size_t len,
	       const struct api_stream_params *params)
{
	struct api_app *app = calloc(1, sizeof(*app)), *old;

	if (!app)
		return -ENOMEM;
	memcpy(app->name, name, len);
	app->stream = stream;
	app->all = params->all;
	app->since_ns = tnow();
	old = by_name(app->name);
	if (old && !params->may_replace) {
		free(app);
		return -EPERM;
	}
	/* The new one first: nobody finds the name without an application. */
	app->next = apps;
	rcu_ptr_publish(&apps, app);
	if (old)
		replace(old, app);
	else
		channel_foreach(take_call, app);
	return 0;
}

int api_apps_begin(struct api_stream *stream, const struct api_stream_params *params)
{
	const char *at;
	size_t len;

	for (at = params->apps;; at += len + 1) {
		len = strcspn(at, ",");
		if (!name_ok(at, len))
			return -EINVAL;
		if (!at[len])
			break;
	}
	for (at = params->apps;; at += len + 1) {
		int err;

		len = strcspn(at, ",");
		err = add(stream, at, len, params);
		if (err || !at[len])
			return err;
	}
}

void api_apps_end(const struct api_stream *stream)
{
	for (struct api_app **p = &apps; *p;) {
		struct api_app *app = *p;

		if (app->stream != stream) {
			p = &app->next;
			continue;
		}
		rcu_ptr_publish(p, app->next);
		while (app->subs)
			drop(&app->subs);
		trcu_free(&app->rcu, app_free_rcu);
	}
}

unsigned int api_apps_count(void)
{
	unsigned int n = 0;

	for (const struct api_app *app = apps; app; app = app->next)
		n += !app->replaced;
	return n;
}

/* --- /ari/applications ------------------------------------------------------------------------ */

struct channel_list {
	const char *app;
	json_t *ids;
};

static int add_own(struct channel *ch, void *arg)
{
	const struct channel_list *list = arg;
	struct channel_info info;

	channel_info_read(ch, &info);
	if (!strcmp(info.app, list->app))
		json_array_append_new(list->ids, json_string(info.sid));
	return 0;
}

static json_t *ids_of(const struct api_app *app, enum api_source source)
{
	json_t *ids = json_array();

	for (const struct sub *sub = app->subs; sub; sub = sub->next)
		if (sub->source == source)
			json_array_append_new(ids, json_string(sub->id));
	return ids;
}

static json_t *json_app(const struct api_app *app)
{
	json_t *channels = ids_of(app, API_SOURCE_CHANNEL);
	struct channel_list list = { .app = app->name, .ids = channels };

	channel_foreach(add_own, &list);
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:[],s:[]}", "name", app->name, "channel_ids",
			 channels, "bridge_ids", ids_of(app, API_SOURCE_BRIDGE), "endpoint_ids",
			 ids_of(app, API_SOURCE_ENDPOINT), "device_names",
			 ids_of(app, API_SOURCE_DEVICE), "events_allowed", "events_disallowed");
}

static void apps_list(struct api_req *req)
{
	json_t *list = json_array();

	for (const struct api_app *app = apps; app; app = app->next)
		if (!app->replaced)
			json_array_append_new(list, json_app(app));
	api_answer(req, 200, list);
}

static struct api_app *find_app(struct api_req *req)
{
	struct api_app *app = by_name(req->id[0]);

	if (!app)
		api_fail(req, 404, "no stream of events names application %.80s", req->id[0]);
	return app;
}

static void app_show(struct api_req *req)
{
	const struct api_app *app = find_app(req);

	if (app)
		api_answer(req, 200, json_app(app));
}

static int subscribe(struct api_app *app, enum api_source source, const char *id, bool on)
{
	struct sub *sub = on ? get(app, source, id, tnow()) : *find(app, source, id);

	if (!sub)
		return on ? -ENOMEM : 0;
	sub->asked = on;
	drop_idle(find(app, source, id));
	return 0;
}

/* false: answered. */
static bool each_source(struct api_req *req, struct api_app *app, const char *at, bool on,
			bool doing)
{
	for (;;) {
		size_t len = strcspn(at, ",");
		enum api_source source;
		char id[API_SOURCE_LEN];
		struct sub *sub;

		if (!api_source_read(req, at, len, &source, id))
			return false;
		sub = *find(app, source, id);
		if (!doing && !on && !(sub && sub->asked)) {
			api_fail(req, 409, "there is no subscription to %s%s", api_schemes[source], id);
			return false;
		}
		if (doing && subscribe(app, source, id, on)) {
			api_result(req, -ENOMEM, "subscription");
			return false;
		}
		if (!at[len])
			return true;
		at += len + 1;
	}
}

/* First all are looked at, then all are done: a wrong one changes nothing. */
static void change(struct api_req *req, bool on)
{
	const char *sources = api_param(req, "eventSource");
	struct api_app *app = find_app(req);

	if (!app)
		return;
	if (!sources) {
		api_fail(req, 400, "eventSource is needed: one, or several with commas between");
		return;
	}
	for (int doing = 0; doing < 2; doing++)
		if (!each_source(req, app, sources, on, doing))
			return;
	api_answer(req, 200, json_app(app));
}

static void app_subscribe(struct api_req *req)
{
	change(req, true);
}

static void app_unsubscribe(struct api_req *req)
{
	change(req, false);
}

const struct api_row api_app_rows[] = {
	{ API_GET, "/ari/applications", "", apps_list, "list", "List[Application]" },
	{ API_GET, "/ari/applications/{}", "", app_show, "get", "Application" },
	{ API_POST, "/ari/applications/{}/subscription", "eventSource", app_subscribe,
	  "subscribe", "Application" },
	{ API_DELETE, "/ari/applications/{}/subscription", "eventSource", app_unsubscribe,
	  "unsubscribe", "Application" },
	{ 0 },
};

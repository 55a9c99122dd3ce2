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

enum source {
	SOURCE_CHANNEL,
	SOURCE_BRIDGE,
	SOURCE_ENDPOINT,
	SOURCE_DEVICE,
	SOURCES
};

static const char *const schemes[SOURCES] = { "channel:", "bridge:", "endpoint:",
						"deviceState:" };

#define SOURCE_LEN API_ID_LEN

struct sub {
	struct sub *next;
	uint8_t source;	  /* enum source */
	bool asked;	  /* by a request */
	uint32_t members; /* bridge: how many of its channels are in it */
	char id[SOURCE_LEN];
};

static struct api_app *apps;

/* --- subscriptions --------------------------------------------------------------------------- */

static struct sub **find(struct api_app *app, enum source source, const char *id)
{
	struct sub **p = &app->subs;

	while (*p && ((*p)->source != source || strcmp((*p)->id, id)))
		p = &(*p)->next;
	return p;
}

/* NULL: no memory. */
static struct sub *get(struct api_app *app, enum source source, const char *id)
{
	struct sub **p = find(app, source, id), *sub = *p;

	if (sub)
		return sub;
	sub = calloc(1, sizeof(*sub));
	if (!sub)
		return NULL;
	sub->source = (uint8_t)source;
	snprintf(sub->id, sizeof(sub->id), "%s", id);
	*p = sub;
	return sub;
}

static void drop(struct sub **p)
{
	struct sub *sub = *p;

	*p = sub->next;
	free(sub);
}

/* One that nothing needs any more goes. */
static void drop_idle(struct sub **p)
{
	if (*p && !(*p)->asked && !(*p)->members)
		drop(p);
}

/*
 * "PRI" hears of all endpoints of that technology, "PRI/group" of those of a group,
 * "PRI/group:CARD:PORT:SLOT" of that one.
 */
static bool hears_endpoint(const struct api_app *app, const char *name)
{
	for (const struct sub *sub = app->subs; sub; sub = sub->next) {
		size_t len = strlen(sub->id);

		if (sub->source == SOURCE_ENDPOINT && !strncmp(name, sub->id, len) &&
		    (!name[len] || strchr("/-:", name[len])))
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

static bool hears(struct api_app *app, const struct event *event)
{
	char name[2 * SOURCE_LEN];

	if (app->replaced)
		return false;
	if (app->all)
		return true;
	if (event->has_chan && (!strcmp(event->chan.app, app->name) ||
				*find(app, SOURCE_CHANNEL, event->chan.sid) ||
				hears_endpoint(app, event->chan.name)))
		return true;
	endpoint_name(event, name, sizeof(name));
	if (name[0] && hears_endpoint(app, name))
		return true;
	return event->bridge && *find(app, SOURCE_BRIDGE, event->bridge_sid);
}

static void before(struct api_app *app, const struct event *event)
{
	struct sub *sub;

	if (event->type != EVENT_BRIDGE_ENTERED || strcmp(event->chan.app, app->name))
		return;
	sub = get(app, SOURCE_BRIDGE, event->bridge_sid);
	if (sub)
		sub->members++;
	else
		log_warn("application %s does not hear of a bridge for want of memory", app->name);
}

static void after(struct api_app *app, const struct event *event)
{
	struct sub **p;

	switch (event->type) {
	case EVENT_BRIDGE_LEFT:
		p = find(app, SOURCE_BRIDGE, event->bridge_sid);
		if (!*p || strcmp(event->chan.app, app->name))
			return;
		(*p)->members -= (*p)->members != 0;
		drop_idle(p);
		return;
	case EVENT_BRIDGE_DESTROYED:
		p = find(app, SOURCE_BRIDGE, event->bridge_sid);
		break;
	case EVENT_CHANNEL_DESTROYED:
		p = find(app, SOURCE_CHANNEL, event->chan.sid);
		break;
	default:
		return;
	}
	if (*p)
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
	size_t scheme = strlen(schemes[SOURCE_DEVICE]);

	for (struct api_app *a = apps; a; a = a->next) {
		if (a->replaced)
			continue;
		if (app ? !strcmp(a->name, app) :
			  a->all || (source && *find(a, SOURCE_DEVICE, source + scheme)))
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
	bool named;

	trcu_read_lock();
	named = by_name(name);
	trcu_read_unlock();
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
	old->subs = NULL;
	atomic_store(&old->replaced, true);
	api_stream_say(old->stream, "ApplicationReplaced", old->name);
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

static json_t *ids_of(const struct api_app *app, enum source source)
{
	json_t *ids = json_array();

	for (const struct sub *sub = app->subs; sub; sub = sub->next)
		if (sub->source == source)
			json_array_append_new(ids, json_string(sub->id));
	return ids;
}

static json_t *json_app(const struct api_app *app)
{
	json_t *channels = ids_of(app, SOURCE_CHANNEL);
	struct channel_list list = { .app = app->name, .ids = channels };

	channel_foreach(add_own, &list);
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:[],s:[]}", "name", app->name, "channel_ids",
			 channels, "bridge_ids", ids_of(app, SOURCE_BRIDGE), "endpoint_ids",
			 ids_of(app, SOURCE_ENDPOINT), "device_names",
			 ids_of(app, SOURCE_DEVICE), "events_allowed", "events_disallowed");
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

/* What a source of a request is, by the id under which events name it. */
static bool source_id(struct api_req *req, enum source source, const char *text, char *id)
{
	struct channel *ch = source == SOURCE_CHANNEL ? channel_by_name(text) : NULL;
	struct bridge *br = source == SOURCE_BRIDGE ? bridge_by_name(text) : NULL;

	if (ch) {
		snprintf(id, SOURCE_LEN, "%s", channel_sid(ch));
		channel_put(ch);
		return true;
	}
	if (br) {
		snprintf(id, SOURCE_LEN, "%s", bridge_sid(br));
		bridge_put(br);
		return true;
	}
	if (source >= SOURCE_ENDPOINT && *text && strlen(text) < SOURCE_LEN) {
		snprintf(id, SOURCE_LEN, "%s", text);
		return true;
	}
	api_fail(req, 422, "there is no event source %s%.60s", schemes[source], text);
	return false;
}

/* One of the list at @from; false: answered. */
static bool source_read(struct api_req *req, const char *from, size_t len, enum source *source,
			char *id)
{
	char text[SOURCE_LEN + 16];

	if (len < sizeof(text)) {
		memcpy(text, from, len);
		text[len] = '\0';
		for (int i = 0; i < SOURCES; i++) {
			size_t scheme = strlen(schemes[i]);

			*source = (enum source)i;
			if (!strncmp(text, schemes[i], scheme))
				return source_id(req, *source, text + scheme, id);
		}
	}
	api_fail(req, 400, "an event source is channel:ID, bridge:ID, endpoint:TECH, "
		 "endpoint:TECH/GROUP or deviceState:NAME");
	return false;
}

static int subscribe(struct api_app *app, enum source source, const char *id, bool on)
{
	struct sub *sub = on ? get(app, source, id) : *find(app, source, id);

	if (!sub)
		return on ? -ENOMEM : 0;
	sub->asked = on;
	drop_idle(find(app, source, id));
	return 0;
}

/* false: answered. */
static bool each_source(struct api_req *req, struct api_app *app, const char *at, bool on, bool doing)
{
	for (;;) {
		size_t len = strcspn(at, ",");
		enum source source;
		char id[SOURCE_LEN];
		struct sub *sub;

		if (!source_read(req, at, len, &source, id))
			return false;
		sub = *find(app, source, id);
		if (!doing && !on && !(sub && sub->asked)) {
			api_fail(req, 409, "there is no subscription to %s%s", schemes[source], id);
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

/* --- events of users -------------------------------------------------------------------------- */

/* What a user's event is about, into it; false: answered. */
static bool add_source(struct api_req *req, json_t *json, enum source source, const char *id)
{
	struct channel *ch = source == SOURCE_CHANNEL ? channel_by_name(id) : NULL;
	struct bridge *br = source == SOURCE_BRIDGE ? bridge_by_name(id) : NULL;
	struct channel_info channel;
	struct bridge_info bridge;
	json_t *endpoint = NULL;
	char tech[SOURCE_LEN];

	if (ch) {
		channel_info_read(ch, &channel);
		channel_put(ch);
		return !json_object_set_new(json, "channel", api_json_channel(&channel));
	}
	if (br) {
		bridge_info_read(br, &bridge);
		bridge_put(br);
		return !json_object_set_new(json, "bridge", api_json_bridge(&bridge));
	}
	snprintf(tech, sizeof(tech), "%.*s", (int)strcspn(id, "/"), id);
	if (source == SOURCE_ENDPOINT && strchr(id, '/'))
		endpoint = api_endpoint_find(tech, strchr(id, '/') + 1);
	if (endpoint)
		return !json_object_set_new(json, "endpoint", endpoint);
	api_fail(req, 422, "there is no %s%s of which an event could tell", schemes[source], id);
	return false;
}

static void user_event(struct api_req *req)
{
	const char *app = api_param(req, "application"), *at = api_param(req, "source");
	json_t *json;

	if (!app || !*app) {
		api_fail(req, 400, "application is needed: who is to hear it");
		return;
	}
	if (!by_name(app)) {
		api_fail(req, 404, "no stream of events names application %.80s", app);
		return;
	}
	json = json_pack("{s:s,s:o}", "eventname", req->id[0], "userevent",
			 req->vars ? json_incref(req->vars) : json_object());
	while (at && *at) {
		size_t len = strcspn(at, ",");
		enum source source;
		char id[SOURCE_LEN];

		if (!source_read(req, at, len, &source, id) ||
		    !add_source(req, json, source, id)) {
			json_decref(json);
			return;
		}
		at += len + (at[len] == ',');
	}
	api_tell("ChannelUserevent", json, NULL, app);
	api_answer(req, 200, NULL);
}

const struct api_row api_app_rows[] = {
	{ API_GET, "/ari/applications", "", apps_list, "list", "List[Application]" },
	{ API_GET, "/ari/applications/{}", "", app_show, "get", "Application" },
	{ API_POST, "/ari/applications/{}/subscription", "eventSource", app_subscribe,
	  "subscribe", "Application" },
	{ API_DELETE, "/ari/applications/{}/subscription", "eventSource", app_unsubscribe,
	  "unsubscribe", "Application" },
	{ API_POST, "/ari/events/user/{}", "application source variables", user_event,
	  "userEvent", "void" },
	{ 0 },
};

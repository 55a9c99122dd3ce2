// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/spans: state, alarms, counters and maintenance of each span of the kernel; and /ari/levels: how
 * loud it is on lines. Asterisk's REST interface has neither.
 */
#include <string.h>

#include "daemon/api/priv.h"
#include "daemon/call/level.h"

static json_t *spans(void)
{
	return api_hooks && api_hooks->spans ? api_hooks->spans() : json_array();
}

static void list(struct api_req *req)
{
	json_t *all = spans();

	if (all)
		api_answer(req, 200, all);
	else
		api_result(req, -ENOMEM, "listing spans");
}

static void show(struct api_req *req)
{
	json_t *all = spans(), *span, *found = NULL;
	size_t i;

	json_array_foreach(all, i, span) {
		const char *id = json_string_value(json_object_get(span, "id"));

		if (id && !strcmp(id, req->id[0]))
			found = span;
	}
	if (found)
		api_answer(req, 200, json_incref(found));
	else
		api_fail(req, 404, "there is no span %.80s: a span is CARD:PORT", req->id[0]);
	json_decref(all);
}

/* --- levels ---------------------------------------------------------------------------------- */

static json_t *level(const struct channel_level *level)
{
	return json_pack("{s:i,s:i}", "mean", level->mean, "peak", level->peak);
}

static const char *path_of(uint64_t id)
{
	struct bridge *br = id ? bridge_by_id(id) : NULL;
	struct bridge_info info = { .path = BRIDGE_PATH_NONE };

	if (br) {
		bridge_info_read(br, &info);
		bridge_put(br);
	}
	return bridge_path_name(info.path);
}

static int add_one(struct channel *ch, void *list)
{
	struct channel_levels levels;
	struct channel_info info;
	json_t *one;

	channel_info_read(ch, &info);
	channel_levels_read(ch, &levels);
	one = json_pack("{s:s,s:s}", "channel", info.sid, "path", path_of(info.bridge));
	if (levels.in.known)
		json_object_set_new(one, "in", level(&levels.in));
	if (levels.out.known)
		json_object_set_new(one, "out", level(&levels.out));
	return json_array_append_new(list, one) ? -ENOMEM : 0;
}

/* Who asks has them measured for a while: the first time there are none. */
static void levels(struct api_req *req)
{
	json_t *all = json_array();
	int err = all ? level_look() : -ENOMEM;

	if (!err)
		err = channel_foreach(add_one, all);
	if (err) {
		json_decref(all);
		api_result(req, err, "levels");
		return;
	}
	api_answer(req, 200, all);
}

const struct api_row api_span_rows[] = {
	{ API_GET, "/ari/spans", "", list, "list", "List[Span]" },
	{ API_GET, "/ari/spans/{}", "", show, "get", "Span" },
	{ API_GET, "/ari/levels", "", levels, "list", "List[Level]" },
	{ 0 },
};

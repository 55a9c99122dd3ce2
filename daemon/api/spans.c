// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/spans: state, alarms, counters and maintenance of each span of the kernel, which Asterisk's
 * REST interface does not have.
 */
#include <string.h>

#include "daemon/api/priv.h"

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

const struct api_row api_span_rows[] = {
	{ API_GET, "/ari/spans", "", list, "list", "List[Span]" },
	{ API_GET, "/ari/spans/{}", "", show, "get", "Span" },
	{ 0 },
};

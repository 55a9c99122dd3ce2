// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/records: call records, which Asterisk's REST interface does not have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/priv.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000
#define NUMBER_MAX    31
#define ID_MAX	      47

static void records_done(void *arg, int err, json_t *answer)
{
	struct api_req *req = arg;

	req->body = answer;
	api_done(req, err);
}

static void records_finish(struct api_req *req)
{
	json_t *body = req->body;

	req->body = NULL;
	if (!req->err) {
		api_answer(req, 200, body);
		return;
	}
	json_decref(body);
	if (req->err == -EINVAL)
		api_fail(req, 404, "there is no record %.60s: its id is RUN-CALL", req->id[0]);
	else
		api_result(req, req->err, "record");
}

static void ask(struct api_req *req, const struct api_records *what)
{
	int err = -EOPNOTSUPP;

	req->finish = records_finish;
	atomic_add(&req->refs, 1);
	if (api_hooks && api_hooks->records)
		err = api_hooks->records(what, records_done, req);
	if (!err)
		return;
	if (err == -EOPNOTSUPP)
		api_fail(req, 501, "no call records are kept: see [records] in tdmd.conf(5)");
	else
		api_result(req, err, "record");
	api_req_put(req);
}

/* Microseconds do not fit api_number(). */
static bool before(struct api_req *req, uint64_t *out)
{
	const char *text = api_param(req, "before");
	char *end;

	*out = 0;
	if (!text)
		return true;
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *out <= INT64_MAX)
		return true;
	api_fail(req, 400, "before is a time in microseconds, like start_us of a record");
	return false;
}

static void records_list(struct api_req *req)
{
	struct api_records what = { .number = api_param(req, "number") };

	if (what.number && (!*what.number || strlen(what.number) > NUMBER_MAX)) {
		api_fail(req, 400, "number has 1 to %d digits", NUMBER_MAX);
		return;
	}
	if (!api_number(req, "limit", LIMIT_DEFAULT, LIMIT_MAX, &what.limit) ||
	    !before(req, &what.before_us))
		return;
	if (!what.limit)
		api_fail(req, 400, "limit is a number of 1 to %d", LIMIT_MAX);
	else
		ask(req, &what);
}

static void record_show(struct api_req *req)
{
	struct api_records what = { .limit = 1, .id = req->id[0] };

	if (strlen(what.id) > ID_MAX)
		api_fail(req, 404, "there is no record %.60s: its id is RUN-CALL", what.id);
	else
		ask(req, &what);
}

const struct api_row api_record_rows[] = {
	{ API_GET, "/ari/records", "limit before number", records_list, "list", "List[object]" },
	{ API_GET, "/ari/records/{}", "", record_show, "get", "object" },
	{ 0 },
};

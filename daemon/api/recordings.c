// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/recordings, and how they begin.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

/* A name that a recording is to have. False: answered. */
static bool name_ok(struct api_req *req, const char *name, const char *parameter)
{
	if (name && *name && strlen(name) < CHANNEL_SID_LEN && *name != '.' && !strchr(name, '/'))
		return true;
	api_fail(req, 400, "%s has 1 to %d characters, none of them a slash, the first no dot",
		 parameter, CHANNEL_SID_LEN - 1);
	return false;
}

static void channel_record(struct api_req *req)
{
	struct api_record record = { .id = api_param(req, "name"),
				     .format = api_param(req, "format") };
	const char *dir = api_param(req, "direction");
	struct channel_talk talk = { .state = "queued" };
	int err;

	if (!name_ok(req, record.id, "name"))
		return;
	record.tx = dir && !strcmp(dir, "out");
	if (dir && !record.tx && strcmp(dir, "in")) {
		api_fail(req, 400, "direction is in or out");
		return;
	}
	if (!api_find_channel(req, req->id[0], &req->ch))
		return;
	err = api_hooks && api_hooks->record ? api_hooks->record(req->ch, &record) : -EOPNOTSUPP;
	if (err) {
		api_result(req, err, record.id);
		return;
	}
	snprintf(talk.id, sizeof(talk.id), "%s", record.id);
	snprintf(talk.uri, sizeof(talk.uri), "%s", record.format ? record.format : "wav");
	snprintf(talk.channel, sizeof(talk.channel), "%s", channel_sid(req->ch));
	api_answer(req, 201, api_json_recording(&talk));
}

/* False: answered. */
static bool find(struct api_req *req, struct channel_talk *talk)
{
	if (api_hooks && api_hooks->talk && !api_hooks->talk(req->id[0], talk) && talk->record)
		return true;
	api_fail(req, 404, "nothing of the name %.80s is being recorded", req->id[0]);
	return false;
}

static void live_show(struct api_req *req)
{
	struct channel_talk talk;

	if (find(req, &talk))
		api_answer(req, 200, api_json_recording(&talk));
}

static void live_stop(struct api_req *req)
{
	struct channel_talk talk;

	if (find(req, &talk))
		api_result(req, api_hooks->stop(req->id[0]), req->id[0]);
}

/* --- those that are whole --------------------------------------------------------------------- */

static void stored_done(void *arg, int err, const struct api_stored_answer *answer)
{
	struct api_req *req = arg;

	req->body = answer->json;
	req->octets = answer->octets;
	req->octets_len = answer->len;
	api_done(req, err);
}

static void stored_finish(struct api_req *req)
{
	json_t *body = req->body;

	req->body = NULL;
	if (!req->err && req->octets) {
		api_answer_octets(req, "audio/wav", req->octets, req->octets_len);
		return;
	}
	if (!req->err) {
		api_answer(req, req->op == API_STORED_COPY ? 201 : 200, body);
		return;
	}
	json_decref(body);
	if (req->err == -ENOENT)
		api_fail(req, 404, "there is no recording %.80s", req->id[0]);
	else if (req->err == -EEXIST)
		api_fail(req, 409, "there is a recording of the name that it is to have");
	else if (req->err == -EBUSY)
		api_fail(req, 409, "%.80s is being recorded", req->id[0]);
	else if (req->err == -EFBIG)
		api_fail(req, 413, "%.80s is too long to be fetched", req->id[0]);
	else
		api_result(req, req->err, "recording");
}

static void stored_ask(struct api_req *req, enum api_stored_op op, const char *to)
{
	const struct api_stored what = { .op = op, .name = req->id[0], .to = to };
	int err = -EOPNOTSUPP;

	req->op = (int)op;
	req->finish = stored_finish;
	atomic_add(&req->refs, 1);
	if (api_hooks && api_hooks->stored)
		err = api_hooks->stored(&what, stored_done, req);
	if (!err)
		return;
	if (err == -EINVAL)
		api_fail(req, 404, "%.80s cannot be the name of a recording", req->id[0]);
	else
		api_result(req, err, "recording");
	api_req_put(req);
}

static void stored_list(struct api_req *req)
{
	stored_ask(req, API_STORED_LIST, NULL);
}

static void stored_show(struct api_req *req)
{
	stored_ask(req, API_STORED_SHOW, NULL);
}

static void stored_file(struct api_req *req)
{
	stored_ask(req, API_STORED_FILE, NULL);
}

static void stored_copy(struct api_req *req)
{
	const char *to = api_param(req, "destinationRecordingName");

	if (name_ok(req, to, "destinationRecordingName"))
		stored_ask(req, API_STORED_COPY, to);
}

static void stored_delete(struct api_req *req)
{
	stored_ask(req, API_STORED_DELETE, NULL);
}

const struct api_row api_recording_rows[] = {
	{ API_POST, "/ari/channels/{}/record",
	  "name format direction maxDurationSeconds maxSilenceSeconds ifExists beep terminateOn",
	  channel_record, "record", "LiveRecording" },
	{ API_GET, "/ari/recordings/live/{}", "", live_show, "getLive", "LiveRecording" },
	{ API_POST, "/ari/recordings/live/{}/stop", "", live_stop, "stop", "void" },
	{ API_GET, "/ari/recordings/stored", "", stored_list, "listStored", "List[StoredRecording]" },
	{ API_GET, "/ari/recordings/stored/{}", "", stored_show, "getStored", "StoredRecording" },
	{ API_GET, "/ari/recordings/stored/{}/file", "", stored_file, "getStoredFile", "binary" },
	{ API_POST, "/ari/recordings/stored/{}/copy", "destinationRecordingName", stored_copy,
	  "copyStored", "StoredRecording" },
	{ API_DELETE, "/ari/recordings/stored/{}", "", stored_delete, "deleteStored", "void" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/recordings, and how they begin.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

#define SECONDS_MAX (24 * 3600)

/* A name that a recording is to have. False: answered. */
static bool name_ok(struct api_req *req, const char *name, const char *parameter)
{
	if (name && *name && strlen(name) < CHANNEL_SID_LEN && *name != '.' && !strchr(name, '/'))
		return true;
	api_fail(req, 400, "%s has 1 to %d characters, none of them a slash, the first no dot",
		 parameter, CHANNEL_SID_LEN - 1);
	return false;
}

static const char *const directions[] = {
	[API_IN] = "in", [API_OUT] = "out", [API_BOTH] = "both", [API_STEREO] = "stereo",
};
static const char *const exists[] = {
	[API_FAIL] = "fail", [API_OVERWRITE] = "overwrite", [API_APPEND] = "append",
};

/* What each ends a recording on. */
static const struct {
	const char *name, *digits;
} terminators[] = {
	{ "none", "" }, { "any", "0123456789*#ABCD" }, { "*", "*" }, { "#", "#" },
};

/* Which of the words a parameter is, in *out; without it the first. False: answered. */
static bool word(struct api_req *req, const char *name, const char *const *words, unsigned int n,
		 unsigned int *out)
{
	const char *text = api_param(req, name);

	for (*out = 0; text && *out < n; (*out)++)
		if (!strcmp(text, words[*out]))
			return true;
	if (!text)
		return true;
	api_fail(req, 400, "%s is not %.60s", name, text);
	return false;
}

static bool read_terminator(struct api_req *req, struct api_record *record)
{
	const char *text = api_param(req, "terminateOn");

	record->terminate = "";
	for (size_t i = 0; text && i < ARRAY_SIZE(terminators); i++)
		if (!strcmp(text, terminators[i].name)) {
			record->terminate = terminators[i].digits;
			return true;
		}
	if (!text)
		return true;
	api_fail(req, 400, "terminateOn is none, any, * or #");
	return false;
}

static bool read_beep(struct api_req *req, struct api_record *record)
{
	const char *text = api_param(req, "beep");

	record->beep = text && !strcmp(text, "true");
	if (!text || record->beep || !strcmp(text, "false"))
		return true;
	api_fail(req, 400, "beep is true or false");
	return false;
}

static bool read_record(struct api_req *req, struct api_record *record)
{
	unsigned int direction, there;

	record->id = api_param(req, "name");
	record->format = api_param(req, "format");
	if (!name_ok(req, record->id, "name") ||
	    !word(req, "direction", directions, ARRAY_SIZE(directions), &direction) ||
	    !word(req, "ifExists", exists, ARRAY_SIZE(exists), &there) ||
	    !api_number(req, "maxDurationSeconds", 0, SECONDS_MAX, &record->max_s) ||
	    !api_number(req, "maxSilenceSeconds", 0, SECONDS_MAX, &record->max_silence_s) ||
	    !read_terminator(req, record) || !read_beep(req, record))
		return false;
	record->direction = (enum api_direction)direction;
	record->exists = (enum api_exists)there;
	if (record->direction != API_STEREO || !record->format || !strcmp(record->format, "wav"))
		return true;
	api_fail(req, 400, "stereo is in a wav file: the others do not say how many sides they have");
	return false;
}

/* Of req's channel or bridge. */
static void record_begin(struct api_req *req, const struct api_record *record)
{
	struct channel_talk talk = { .state = "queued" };
	int err = -EOPNOTSUPP;

	if (api_hooks && api_hooks->record)
		err = api_hooks->record(req->ch, req->br, record);
	if (err) {
		api_result(req, err, record->id);
		return;
	}
	snprintf(talk.id, sizeof(talk.id), "%s", record->id);
	snprintf(talk.uri, sizeof(talk.uri), "%s", record->format ? record->format : "wav");
	api_talk_of(req, &talk);
	api_answer(req, 201, api_json_recording(&talk));
}

static void channel_record(struct api_req *req)
{
	struct api_record record = { 0 };

	if (read_record(req, &record) && api_find_channel(req, req->id[0], &req->ch))
		record_begin(req, &record);
}

static void bridge_record(struct api_req *req)
{
	struct api_record record = { 0 };

	if (read_record(req, &record) && api_find_bridge(req))
		record_begin(req, &record);
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

static void live_discard(struct api_req *req)
{
	struct channel_talk talk;

	if (find(req, &talk))
		api_result(req, api_hooks->discard(talk.id), talk.id);
}

static void control(struct api_req *req, enum api_control op)
{
	struct channel_talk talk;
	int err;

	if (!find(req, &talk))
		return;
	err = api_hooks->control(talk.id, op);
	if (err == -EINVAL)
		api_fail(req, 409, "%s is %s: this cannot be done then", talk.id, talk.state);
	else
		api_result(req, err, talk.id);
}

static void live_pause(struct api_req *req)
{
	control(req, API_PAUSE);
}

static void live_unpause(struct api_req *req)
{
	control(req, API_UNPAUSE);
}

static void live_mute(struct api_req *req)
{
	control(req, API_MUTE);
}

static void live_unmute(struct api_req *req)
{
	control(req, API_UNMUTE);
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
	{ API_POST, "/ari/bridges/{}/record",
	  "name format maxDurationSeconds maxSilenceSeconds ifExists beep terminateOn",
	  bridge_record, "record", "LiveRecording" },
	{ API_GET, "/ari/recordings/live/{}", "", live_show, "getLive", "LiveRecording" },
	{ API_POST, "/ari/recordings/live/{}/stop", "", live_stop, "stop", "void" },
	{ API_DELETE, "/ari/recordings/live/{}", "", live_discard, "cancel", "void" },
	{ API_POST, "/ari/recordings/live/{}/pause", "", live_pause, "pause", "void" },
	{ API_DELETE, "/ari/recordings/live/{}/pause", "", live_unpause, "unpause", "void" },
	{ API_POST, "/ari/recordings/live/{}/mute", "", live_mute, "mute", "void" },
	{ API_DELETE, "/ari/recordings/live/{}/mute", "", live_unmute, "unmute", "void" },
	{ API_GET, "/ari/recordings/stored", "", stored_list, "listStored", "List[StoredRecording]" },
	{ API_GET, "/ari/recordings/stored/{}", "", stored_show, "getStored", "StoredRecording" },
	{ API_GET, "/ari/recordings/stored/{}/file", "", stored_file, "getStoredFile", "binary" },
	{ API_POST, "/ari/recordings/stored/{}/copy", "destinationRecordingName", stored_copy,
	  "copyStored", "StoredRecording" },
	{ API_DELETE, "/ari/recordings/stored/{}", "", stored_delete, "deleteStored", "void" },
	{ 0 },
};

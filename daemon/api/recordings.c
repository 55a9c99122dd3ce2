// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/recordings, and how they begin.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

static void channel_record(struct api_req *req)
{
	struct api_record record = { .id = api_param(req, "name"),
				     .format = api_param(req, "format") };
	const char *dir = api_param(req, "direction");
	struct channel_talk talk = { .state = "queued" };
	int err;

	if (!record.id || !*record.id || strlen(record.id) >= CHANNEL_SID_LEN ||
	    strstr(record.id, "..") || strchr(record.id, '/')) {
		api_fail(req, 400, "name has 1 to %d characters, none of them a slash",
			 CHANNEL_SID_LEN - 1);
		return;
	}
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

const struct api_row api_recording_rows[] = {
	{ API_POST, "/ari/channels/{}/record",
	  "name format direction maxDurationSeconds maxSilenceSeconds ifExists beep terminateOn",
	  channel_record, "record", "LiveRecording" },
	{ API_GET, "/ari/recordings/live/{}", "", live_show, "getLive", "LiveRecording" },
	{ API_POST, "/ari/recordings/live/{}/stop", "", live_stop, "stop", "void" },
	{ 0 },
};

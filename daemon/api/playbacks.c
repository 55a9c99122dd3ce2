// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/playbacks, and how they begin.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/api/priv.h"

#define OFFSET_MAX (24 * 3600 * 1000) /* ms */

/* A list with commas between, which are overwritten. False: answered. */
static bool read_media(struct api_req *req, char *list, struct api_play *play)
{
	char *at = list;

	for (;;) {
		size_t len = strcspn(at, ",");
		bool last = !at[len];

		if (!len || len >= CHANNEL_URI_LEN || play->media_n == API_MEDIA_MAX) {
			api_fail(req, 400, "media is 1 to %d of 1 to %d octets, with commas "
				 "between, as in sound:hello,sound:world", API_MEDIA_MAX,
				 CHANNEL_URI_LEN - 1);
			return false;
		}
		at[len] = '\0';
		play->media[play->media_n++] = at;
		if (last)
			return true;
		at += len + 1;
	}
}

void api_talk_of(const struct api_req *req, struct channel_talk *talk)
{
	talk->bridge = req->br;
	snprintf(talk->target, sizeof(talk->target), "%s",
		 req->br ? bridge_sid(req->br) : channel_sid(req->ch));
}

static void started(struct api_req *req, const struct api_play *play)
{
	struct channel_talk talk = { .state = "queued" };

	snprintf(talk.id, sizeof(talk.id), "%s", play->id);
	api_talk_of(req, &talk);
	snprintf(talk.uri, sizeof(talk.uri), "%s", play->media[0]);
	if (play->media_n > 1)
		snprintf(talk.next_uri, sizeof(talk.next_uri), "%s", play->media[1]);
	api_answer(req, 201, api_json_playback(&talk));
}

typedef bool (*find_fn)(struct api_req *req);

static bool find_channel(struct api_req *req)
{
	return api_find_channel(req, req->id[0], &req->ch);
}

/* To what find finds. */
static void __attribute__((nonnull(1)))
play(struct api_req *req, const char *id, find_fn find_target)
{
	struct api_play play = { .id = id };
	const char *media = api_param(req, "media"), *missing = media;
	char list[API_MEDIA_MAX * CHANNEL_URI_LEN], made[CHANNEL_SID_LEN];
	static uint64_t plays;
	int err;

	if (!media) {
		api_fail(req, 400, "media is needed, as in sound:hello");
		return;
	}
	if (id && (!*id || strlen(id) >= CHANNEL_SID_LEN)) {
		api_fail(req, 400, "playbackId has 1 to %d characters", CHANNEL_SID_LEN - 1);
		return;
	}
	snprintf(list, sizeof(list), "%s", media);
	if (strlen(media) >= sizeof(list))
		list[0] = '\0';	/* more than there may be: refused there */
	if (!read_media(req, list, &play) ||
	    !api_number(req, "offsetms", 0, OFFSET_MAX, &play.offset_ms) ||
	    !api_number(req, "skipms", 3000, OFFSET_MAX, &play.skip_ms) ||
	    !find_target(req))
		return;
	plays++;
	snprintf(made, sizeof(made), "play-%llu", (unsigned long long)plays);
	if (!id)
		play.id = made;
	err = -EOPNOTSUPP;
	if (api_hooks && api_hooks->play)
		err = api_hooks->play(req->ch, req->br, &play, &missing);
	if (err)
		api_result(req, err == -EINVAL ? -ENOENT : err, missing);
	else
		started(req, &play);
}

static void channel_play(struct api_req *req)
{
	play(req, api_param(req, "playbackId"), find_channel);
}

static void channel_play_id(struct api_req *req)
{
	play(req, req->id[1], find_channel);
}

static void bridge_play(struct api_req *req)
{
	play(req, api_param(req, "playbackId"), api_find_bridge);
}

static void bridge_play_id(struct api_req *req)
{
	play(req, req->id[1], api_find_bridge);
}

/* False: answered. */
static bool find(struct api_req *req, struct channel_talk *talk)
{
	if (api_hooks && api_hooks->talk && !api_hooks->talk(req->id[0], talk) && !talk->record)
		return true;
	api_fail(req, 404, "there is no playback %.80s", req->id[0]);
	return false;
}

static void playback_show(struct api_req *req)
{
	struct channel_talk talk;

	if (find(req, &talk))
		api_answer(req, 200, api_json_playback(&talk));
}

static void playback_stop(struct api_req *req)
{
	struct channel_talk talk;

	if (find(req, &talk))
		api_result(req, api_hooks->stop(req->id[0]), req->id[0]);
}

static const char *const operations[] = {
	[API_RESTART] = "restart", [API_PAUSE] = "pause", [API_UNPAUSE] = "unpause",
	[API_REVERSE] = "reverse", [API_FORWARD] = "forward",
};

static void playback_control(struct api_req *req)
{
	const char *operation = api_param(req, "operation");
	struct channel_talk talk;
	size_t op = 0;
	int err;

	while (operation && op < ARRAY_SIZE(operations) && strcmp(operation, operations[op]))
		op++;
	if (!operation || op == ARRAY_SIZE(operations)) {
		api_fail(req, 400, "operation is restart, pause, unpause, reverse or forward");
		return;
	}
	if (!find(req, &talk))
		return;
	err = api_hooks->control(req->id[0], (enum api_control)op);
	if (err == -EINVAL)
		api_fail(req, 409, "%s is %s: it cannot %s", talk.id, talk.state, operation);
	else
		api_result(req, err, talk.id);
}

const struct api_row api_playback_rows[] = {
	{ API_POST, "/ari/channels/{}/play", "media lang offsetms skipms playbackId",
	  channel_play, "play", "Playback" },
	{ API_POST, "/ari/channels/{}/play/{}", "media lang offsetms skipms", channel_play_id,
	  "playWithId", "Playback" },
	{ API_POST, "/ari/bridges/{}/play", "media lang offsetms skipms playbackId",
	  bridge_play, "play", "Playback" },
	{ API_POST, "/ari/bridges/{}/play/{}", "media lang offsetms skipms", bridge_play_id,
	  "playWithId", "Playback" },
	{ API_GET, "/ari/playbacks/{}", "", playback_show, "get", "Playback" },
	{ API_DELETE, "/ari/playbacks/{}", "", playback_stop, "stop", "void" },
	{ API_POST, "/ari/playbacks/{}/control", "operation", playback_control, "control", "void" },
	{ 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* What the control API gets from the media: plays and recordings, and the folders they are in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/hooks.h"
#include "daemon/core/log.h"
#include "daemon/media/stored.h"
#include "daemon/media/talk.h"

#define PATH_MAX_LEN (2 * CONF_PATH_MAX)

/* A name from a client stays below the folder that the administrator chose. */
static bool name_ok(const char *name)
{
	return *name && *name != '/' && *name != '.' && !strstr(name, "/.");
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, R_OK);
}

/* The file of a name, with or without one of these at its end. -EINVAL: no name; -ENOENT. */
static int find_file(const char *folder, const char *name, char *path)
{
	static const char *const suffixes[] = { "", ".wav", ".alaw", ".ulaw" };

	if (!name_ok(name))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		int n = snprintf(path, PATH_MAX_LEN, "%s/%s%s", folder, name, suffixes[i]);

		if (n < PATH_MAX_LEN && is_file(path))
			return 0;
	}
	return -ENOENT;
}

static int find_media(const struct conf *conf, const char *uri, char *path)
{
	static const char sound[] = "sound:", recording[] = "recording:";

	if (!strncmp(uri, sound, sizeof(sound) - 1))
		return find_file(conf->sounds, uri + sizeof(sound) - 1, path);
	if (!strncmp(uri, recording, sizeof(recording) - 1))
		return find_file(conf->recordings, uri + sizeof(recording) - 1, path);
	return -EINVAL;
}

int hooks_play(struct channel *ch, struct bridge *br, const struct api_play *play,
	       const char **missing)
{
	struct talk_media media[API_MEDIA_MAX];
	char path[API_MEDIA_MAX][PATH_MAX_LEN];
	struct talk_params params = { .kind = TALK_PLAY, .id = play->id, .repeat = 1,
				      .queued = true, .media = media, .media_n = play->media_n,
				      .offset_ms = play->offset_ms, .skip_ms = play->skip_ms };
	struct conf *conf = hooks_conf();
	int err = 0;

	_Static_assert(API_MEDIA_MAX <= TALK_MEDIA_MAX, "more than can be played");
	if (!conf)
		return -ESHUTDOWN;
	for (unsigned int i = 0; i < play->media_n && !err; i++) {
		err = find_media(conf, play->media[i], path[i]);
		*missing = play->media[i];
		media[i] = (struct talk_media){ .path = path[i], .uri = play->media[i] };
	}
	conf_put(conf);
	if (err)
		return err;
	*missing = play->id;
	return br ? talk_start_bridge(br, &params) : talk_start(ch, &params);
}

int hooks_control(const char *id, enum api_control control)
{
	static const enum talk_control controls[] = {
		[API_RESTART] = TALK_RESTART, [API_PAUSE] = TALK_PAUSE,
		[API_UNPAUSE] = TALK_UNPAUSE, [API_REVERSE] = TALK_REVERSE,
		[API_FORWARD] = TALK_FORWARD, [API_MUTE] = TALK_MUTE, [API_UNMUTE] = TALK_UNMUTE,
	};

	return talk_control(id, controls[control]);
}

int hooks_record(struct channel *ch, struct bridge *br, const struct api_record *rec)
{
	static const enum talk_exists exists[] = {
		[API_FAIL] = TALK_FAIL, [API_OVERWRITE] = TALK_OVERWRITE,
		[API_APPEND] = TALK_APPEND,
	};
	static const uint8_t kinds[] = {
		[API_IN] = TALK_RECORD_RX, [API_OUT] = TALK_RECORD_TX,
		[API_BOTH] = TALK_RECORD_BOTH, [API_STEREO] = TALK_RECORD_STEREO,
	};
	struct talk_params params = { .kind = kinds[rec->direction], .id = rec->id,
				      .exists = exists[rec->exists], .beep = rec->beep,
				      .max_ms = rec->max_s * 1000,
				      .max_silence_ms = rec->max_silence_s * 1000,
				      .digits = rec->terminate };
	const char *format = rec->format ? rec->format : "wav";
	char path[PATH_MAX_LEN];
	struct conf *conf;
	int n;

	if (strcmp(format, "wav") && strcmp(format, "alaw") && strcmp(format, "ulaw"))
		return -EOPNOTSUPP;
	if (!stored_name_ok(rec->id))
		return -EINVAL;
	conf = hooks_conf();
	if (!conf)
		return -ESHUTDOWN;
	n = snprintf(path, sizeof(path), "%s/%s.%s", conf->recordings, rec->id, format);
	conf_put(conf);
	if (n >= (int)sizeof(path))
		return -EINVAL;
	if (rec->exists == API_FAIL && !access(path, F_OK))
		return -EEXIST;
	params.path = path;
	return br ? talk_start_bridge(br, &params) : talk_start(ch, &params);
}

/* --- music on hold --------------------------------------------------------------------------- */

int hooks_music_folder(const char *class, char *folder, size_t len)
{
	struct conf *conf = hooks_conf();
	const struct conf_music *music = conf ? conf_music_find(conf, class) : NULL;
	int err = music ? 0 : -ENOENT;

	if (music && snprintf(folder, len, "%s", music->folder) >= (int)len)
		err = -ENAMETOOLONG;
	if (conf)
		conf_put(conf);
	return err;
}

bool hooks_music(const char *class)
{
	char folder[CONF_PATH_MAX + 1];

	return !hooks_music_folder(class, folder, sizeof(folder));
}

/* --- recordings that are to be whole --------------------------------------------------------- */

static void mend_run(struct files_job *job)
{
	struct conf *conf = hooks_conf();

	if (conf) {
		stored_mend(conf->recordings);
		conf_put(conf);
	}
	free(job);
}

void hooks_mend(void)
{
	struct files_job *job = calloc(1, sizeof(*job));

	if (!job) {
		log_error("no memory to look for recordings that were not finished");
		return;
	}
	job->fn = mend_run;
	files_post(job);
}

/* --- recordings that are whole ----------------------------------------------------------------- */

struct stored_asked {
	struct files_job job;
	struct conf *conf;
	enum api_stored_op op;
	char name[STORED_NAME_LEN], to[STORED_NAME_LEN];
	void (*done)(void *arg, int err, const struct api_stored_answer *answer);
	void *arg;
};

/* What is still being written is none of them. */
static bool is_live(const char *name)
{
	struct channel_talk talk;

	return !talk_read(name, &talk) && talk.record;
}

static json_t *stored_json(const struct stored *stored)
{
	return json_pack("{s:s,s:s}", "name", stored->name, "format", stored->format);
}

static int add_stored(const struct stored *stored, void *arg)
{
	json_t *json = stored_json(stored);	/* NULL: its name is no UTF-8, and cannot be told */

	if (json && !is_live(stored->name))
		json_array_append(arg, json);
	json_decref(json);
	return 0;
}

static int stored_list(const char *folder, struct api_stored_answer *answer)
{
	int err;

	answer->json = json_array();
	if (!answer->json)
		return -ENOMEM;
	err = stored_each(folder, add_stored, answer->json);
	return err == -ENOENT ? 0 : err;
}

/* Files thread. */
static int stored_do(const struct stored_asked *asked, struct api_stored_answer *answer)
{
	const char *folder = asked->conf->recordings;
	struct stored stored, copy;
	int err;

	if (asked->op == API_STORED_LIST)
		return stored_list(folder, answer);
	if (is_live(asked->name))
		return asked->op == API_STORED_DELETE ? -EBUSY : -ENOENT;
	err = stored_find(folder, asked->name, &stored);
	if (err)
		return err;
	switch (asked->op) {
	case API_STORED_FILE:
		return stored_read(&stored, &answer->octets, &answer->len);
	case API_STORED_COPY:
		err = is_live(asked->to) ? -EEXIST : stored_copy(folder, &stored, asked->to, &copy);
		answer->json = err ? NULL : stored_json(&copy);
		return err;
	case API_STORED_DELETE:
		return stored_remove(&stored);
	default:
		answer->json = stored_json(&stored);
		return 0;
	}
}

static void stored_run(struct files_job *job)
{
	struct stored_asked *asked = container_of(job, struct stored_asked, job);
	struct api_stored_answer answer = { 0 };
	int err = stored_do(asked, &answer);

	asked->done(asked->arg, err, &answer);
	conf_put(asked->conf);
	free(asked);
}

int hooks_stored(const struct api_stored *what,
		 void (*done)(void *arg, int err, const struct api_stored_answer *answer),
		 void *arg)
{
	struct stored_asked *asked;

	if (what->op != API_STORED_LIST && !stored_name_ok(what->name))
		return -EINVAL;
	asked = calloc(1, sizeof(*asked));
	if (!asked)
		return -ENOMEM;
	asked->conf = hooks_conf();
	if (!asked->conf) {
		free(asked);
		return -ESHUTDOWN;
	}
	asked->job.fn = stored_run;
	asked->op = what->op;
	snprintf(asked->name, sizeof(asked->name), "%s", what->name);
	snprintf(asked->to, sizeof(asked->to), "%s", what->to ? what->to : "");
	asked->done = done;
	asked->arg = arg;
	files_post(&asked->job);
	return 0;
}

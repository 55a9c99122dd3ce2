/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control API gets from media and trunk groups, joined here since neither knows the other.
 */
#ifndef TDMD_HOOKS_H
#define TDMD_HOOKS_H

#include "daemon/api/api.h"
#include "daemon/conf/conf.h"

/** hooks_get() - with the folders of a configuration, of which a reference is kept. */
const struct api_hooks *hooks_get(void);
void hooks_set_conf(struct conf *conf); /* NULL at the end */
/** hooks_take_app() - a dialplan_set_app() function: the call is left to the API's clients. */
int hooks_take_app(struct channel *ch, const char *app);

/* hooks_media.c: the hooks of these names. */
int hooks_play(struct channel *ch, struct bridge *br, const struct api_play *play,
	       const char **missing);
int hooks_record(struct channel *ch, struct bridge *br, const struct api_record *record);
/** hooks_music() - whether the configuration has such a class of music on hold */
bool hooks_music(const char *class);
/** hooks_music_folder() - a music_folder_fn */
int hooks_music_folder(const char *class, char *folder, size_t len);
/** hooks_mend() - recordings that a killed daemon left are mended before any is asked for. Once. */
void hooks_mend(void);
int hooks_control(const char *id, enum api_control control);
int hooks_stored(const struct api_stored *what,
		 void (*done)(void *arg, int err, const struct api_stored_answer *answer),
		 void *arg);
/** hooks_conf() - the configuration now in use, counted. NULL: it ends. Any thread. */
struct conf *hooks_conf(void);

#endif

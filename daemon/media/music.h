/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Music on hold from files: a class is a folder, whose files are played one after the other, by
 * name, without a gap and without end. All who hear a class in one law share its octets; each hears
 * it from its begin.
 */
#ifndef OPENTDM_MEDIA_MUSIC_H
#define OPENTDM_MEDIA_MUSIC_H

#include <stddef.h>

#include "daemon/call/music.h"

/**
 * music_folder_fn - the folder of a class: 0; -ENOENT: there is no such class; -ENAMETOOLONG. Any
 * thread.
 */
typedef int (*music_folder_fn)(const char *class, char *folder, size_t len);

/** music_init() - who knows the classes; the configuring thread, before the first channel. */
void music_init(music_folder_fn folder);

/** music_player - what the core is given */
extern const struct music_player music_player;

#endif

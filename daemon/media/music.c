// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Music on hold: a source behind all others, so that who is played something hears that instead.
 * The files thread reads a class when the first begins to hear it, and forgets it with the last.
 */
#include "daemon/media/music.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf/text.h"
#include "daemon/core/log.h"
#include "daemon/media/talk_priv.h"

#define DEFAULT_CLASS "default"

/* What was read of a folder, in one law. The files thread's; octets are read by the media thread. */
struct talk_music {
	struct talk_music *next;
	unsigned int users, format;
	char folder[TALK_PATH_MAX];
	uint8_t *data;
	size_t len;
};

static struct talk_music *known;
static music_folder_fn folder_of;
static uint64_t ids; /* atomic */

void music_init(music_folder_fn folder)
{
	folder_of = folder;
}

/* --- files thread -------------------- */

static int is_music(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int read_folder(struct talk_music *m)
{
	struct dirent **entry;
	int n = scandir(m->folder, &entry, is_music, alphasort), err = n < 0 ? -errno : 0;
	char path[TALK_PATH_MAX + 256];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", m->folder, entry[i]->d_name);
		/* One that cannot be read is said in the log, and left out. */
		if (talk_file_read(path, m->format, &m->data, &m->len))
			log_warn("%s: it is no music", path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return err ? err : m->len ? 0 : -ENOENT;
}

static struct talk_music *music_get(const char *folder, unsigned int format, int *err)
{
	struct talk_music *m = known;

	while (m && (m->format != format || strcmp(m->folder, folder)))
		m = m->next;
	*err = 0;
	if (m) {
		m->users++;
		return m;
	}
	m = calloc(1, sizeof(*m));
	*err = -ENOMEM;
	if (!m)
		return NULL;
	m->users = 1;
	m->format = format;
	TEXT_SET(m->folder, folder);
	*err = read_folder(m);
	if (*err) {
		free(m->data);
		free(m);
		return NULL;
	}
	m->next = known;
	known = m;
	return m;
}

static void music_put(struct talk_music *m)
{
	struct talk_music **p = &known;

	if (--m->users)
		return;
	while (*p != m)
		p = &(*p)->next;
	*p = m->next;
	free(m->data);
	free(m);
}

static int music_open(struct talk *k)
{
	int err = folder_of ? folder_of(k->class, k->path, sizeof(k->path)) : -ENOENT;

	/* Nobody has to have any. */
	if (err == -ENOENT && !strcmp(k->class, DEFAULT_CLASS))
		return -ECANCELED;
	if (!err)
		k->music = music_get(k->path, k->format, &err);
	return err;
}

static void music_close(struct talk *k)
{
	if (k->music)
		music_put(k->music);
	k->music = NULL;
}

/* --- media thread -------------------- */

static struct tframe *music_pull(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct talk *k = container_of(src, struct talk, source);
	const struct talk_music *m = k->music;
	struct tframe *f = tframe_alloc();

	(void)format;
	if (!f)
		return NULL;
	for (f->octets = 0; f->octets < octets;) {
		size_t n = m->len - k->pos, room = octets - f->octets;

		n = n < room ? n : room;
		memcpy(f->data + f->octets, m->data + k->pos, n);
		f->octets = (uint16_t)(f->octets + n);
		k->pos = k->pos + n == m->len ? 0 : k->pos + n;
	}
	f->format = (uint8_t)m->format;
	f->flags = 0;
	f->frame = 0;
	talk_begun(k, media_now.tx_frame);
	atomic_add_relaxed(&k->octets, octets);
	return f;
}

static void music_attach(struct talk *k)
{
	k->source.pull = music_pull;
	k->source.behind = true;
	k->parts = 1;
	talk_source_attach(k);
}

static void music_detach(struct talk *k)
{
	talk_source_detach(k);
}

const struct talk_kind_ops talk_music_ops = {
	.open = music_open, .attach = music_attach, .detach = music_detach, .close = music_close,
	.what = "music",
};

/* --- the core's -------------------- */

static void id_of(uint64_t number, char id[CHANNEL_SID_LEN])
{
	snprintf(id, CHANNEL_SID_LEN, "music-%llu", (unsigned long long)number);
}

static uint64_t begin(struct channel *ch, struct bridge *br, const char *class)
{
	uint64_t number = atomic_add(&ids, 1);
	char id[CHANNEL_SID_LEN];
	struct talk_params p = { .kind = TALK_MUSIC, .id = id, .music = class };
	int err;

	id_of(number, id);
	err = br ? talk_start_bridge(br, &p) : talk_start(ch, &p);
	if (err)
		log_warn_errno(err, "%s hears no music on hold",
			       br ? bridge_sid(br) : channel_name(ch));
	return err ? 0 : number;
}

static void end(uint64_t number)
{
	char id[CHANNEL_SID_LEN];

	id_of(number, id);
	talk_stop(id);	/* -ENOENT: it ended by itself, for want of a class or with its channel */
}

const struct music_player music_player = { .start = begin, .stop = end };

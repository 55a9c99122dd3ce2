// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Playing files. The files thread reads all of them into memory, in the law of the line; octets of
 * a file in that law are sent as they stand there. The media thread copies from memory, so a slow
 * disk is never heard, and there is no gap between two of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/core/log.h"
#include "daemon/media/law.h"
#include "daemon/media/talk_priv.h"

#define PLAY_MAX	(64u << 20)	/* octets: more than two hours */

/* What the file's own octets are, or -1 when they must be converted from 16-bit samples. */
static int file_law(const SF_INFO *info)
{
	switch (info->format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_ALAW:
		return MEDIA_ALAW;
	case SF_FORMAT_ULAW:
		return MEDIA_ULAW;
	default:
		return -1;
	}
}

static void info_for(const char *path, SF_INFO *info)
{
	const char *dot = strrchr(path, '.');

	memset(info, 0, sizeof(*info));
	if (!dot)
		return;
	if (!strcasecmp(dot, ".alaw") || !strcasecmp(dot, ".al"))
		info->format = SF_FORMAT_RAW | SF_FORMAT_ALAW;
	else if (!strcasecmp(dot, ".ulaw") || !strcasecmp(dot, ".ul"))
		info->format = SF_FORMAT_RAW | SF_FORMAT_ULAW;
	else if (!strcasecmp(dot, ".raw") || !strcasecmp(dot, ".sln"))
		info->format = SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
	else
		return;
	info->samplerate = 8000;
	info->channels = 1;
}

static int read_octets(SNDFILE *f, unsigned int format, uint8_t *to, size_t len, int law)
{
	if (sf_read_raw(f, to, (sf_count_t)len) != (sf_count_t)len)
		return -EIO;
	law_convert((unsigned int)law, format, to, len);
	return 0;
}

static int read_samples(SNDFILE *f, unsigned int format, uint8_t *to, size_t len)
{
	int16_t buf[4096];
	size_t done = 0;
	sf_count_t n, i;

	while (done < len && (n = sf_read_short(f, buf, 4096)) > 0)
		for (i = 0; i < n && done < len; i++)
			to[done++] = law_octet(format, buf[i]);
	return done == len ? 0 : -EIO;
}

int talk_file_read(const char *path, unsigned int format, uint8_t **data, size_t *len)
{
	SF_INFO info;
	uint8_t *grown;
	SNDFILE *f;
	int err, law;

	info_for(path, &info);
	f = sf_open(path, SFM_READ, &info);
	if (!f)
		return sf_error(NULL) == SF_ERR_SYSTEM ? -ENOENT : -EILSEQ;
	err = -EINVAL;
	if (info.samplerate != 8000 || info.channels != 1 || info.frames <= 0 ||
	    info.frames > (sf_count_t)(PLAY_MAX - *len)) {
		log_warn("%s: a file to play has 8000 samples a second, one channel, "
			 "and with those before it at most two hours", path);
		goto close;
	}
	err = -ENOMEM;
	grown = realloc(*data, *len + (size_t)info.frames);
	if (!grown)
		goto close;
	*data = grown;
	law = file_law(&info);
	err = law >= 0 ? read_octets(f, format, grown + *len, (size_t)info.frames, law) :
			 read_samples(f, format, grown + *len, (size_t)info.frames);
	if (!err)
		*len += (size_t)info.frames;
close:
	sf_close(f);
	return err;
}

static int play_open(struct talk *k)
{
	size_t offset = (size_t)k->params.offset_ms * 8;
	int err = 0;

	for (unsigned int i = 0; i < k->nitems && !err; i++) {
		err = talk_file_read(k->items[i].path, k->format, &k->data, &k->len);
		k->items[i].end = k->len;
	}
	if (!err)
		k->seek = (offset < k->items[0].end ? offset : k->items[0].end) + 1;
	return err;
}

/* --- media thread -------------------- */

static void next_round(struct talk *k)
{
	k->rounds++;
	if (k->params.repeat && k->rounds >= k->params.repeat) {
		talk_finish(k, 0);
		return;
	}
	atomic_store(&k->item, 0);
	atomic_store(&k->pos, 0);
}

/* Which file is heard from here on. */
static void find_item(struct talk *k)
{
	uint32_t item = k->item;

	while (item + 1 < k->nitems && k->pos >= k->items[item].end)
		item++;
	if (item == k->item)
		return;
	atomic_store(&k->item, item);
	talk_step(k);
}

static void advance(struct talk *k, size_t pos)
{
	atomic_store(&k->pos, pos);
	find_item(k);
	if (pos >= k->len)
		next_round(k);
}

static struct tframe *play_pull(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct talk *k = container_of(src, struct talk, source);
	size_t n, seek = atomic_xchg(&k->seek, 0);
	struct tframe *f;

	(void)format;		/* whoever sends it converts when a move brought another law */
	if (seek)
		advance(k, seek - 1);
	if (k->params.repeat && k->rounds >= k->params.repeat)
		return NULL;
	f = tframe_alloc();
	if (!f)
		return NULL;
	f->format = (uint8_t)k->format;
	f->flags = 0;
	f->frame = 0;
	if (atomic_load(&k->state) == TALK_PAUSED) {
		memset(f->data, law_idle(k->format), octets);
		f->octets = (uint16_t)octets;
		return f;
	}
	n = k->len - k->pos < octets ? k->len - k->pos : octets;
	memcpy(f->data, k->data + k->pos, n);
	f->octets = (uint16_t)n;
	talk_begun(k, media_now.tx_frame);
	atomic_add_relaxed(&k->octets, n);
	advance(k, k->pos + n);
	return f;
}

/* --- controls -------------------- */

/*
 * Where it is, as far as is known here: the media thread goes on meanwhile, and takes what it is
 * told between two blocks.
 */
static size_t heard(struct talk *k)
{
	size_t seek = atomic_load(&k->seek);

	return seek ? seek - 1 : atomic_load(&k->pos);
}

static size_t skip(const struct talk *k)
{
	return (k->params.skip_ms ? k->params.skip_ms : TALK_SKIP_MS) * (size_t)8;
}

static size_t item_begin(struct talk *k)
{
	uint32_t item = atomic_load(&k->item);

	return item ? k->items[item - 1].end : 0;
}

static int nothing(struct talk *k)
{
	(void)k;
	return 0;
}

/* The end of either may come at the same time: then it is over. */
static int hold(struct talk *k)
{
	return talk_change(k, TALK_RUNNING, TALK_PAUSED);
}

static int go_on(struct talk *k)
{
	return talk_change(k, TALK_PAUSED, TALK_RUNNING);
}

static int restart(struct talk *k)
{
	atomic_store(&k->seek, item_begin(k) + 1);
	return 0;
}

static int reverse(struct talk *k)
{
	size_t begin = item_begin(k), at = heard(k);

	atomic_store(&k->seek, (at > begin + skip(k) ? at - skip(k) : begin) + 1);
	return 0;
}

static int forward(struct talk *k)
{
	size_t end = k->items[atomic_load(&k->item)].end, at = heard(k) + skip(k);

	atomic_store(&k->seek, (at < end ? at : end) + 1);
	return 0;
}

/* What each does in each state; where there is nothing it is refused. */
static int (*const controls[TALK_STATES][TALK_CONTROLS])(struct talk *k) = {
	[TALK_QUEUED] = { [TALK_RESTART] = nothing },
	[TALK_RUNNING] = { [TALK_RESTART] = restart, [TALK_PAUSE] = hold,
			   [TALK_UNPAUSE] = nothing, [TALK_REVERSE] = reverse,
			   [TALK_FORWARD] = forward },
	[TALK_PAUSED] = { [TALK_RESTART] = restart, [TALK_PAUSE] = nothing,
			  [TALK_UNPAUSE] = go_on, [TALK_REVERSE] = reverse,
			  [TALK_FORWARD] = forward },
};

static int play_control(struct talk *k, enum talk_control control)
{
	int (*fn)(struct talk *k) = controls[atomic_load(&k->state)][control];

	return fn ? fn(k) : -EINVAL;
}

static void play_attach(struct talk *k)
{
	k->source.pull = play_pull;
	k->parts = 1;
	talk_source_attach(k);
}

static void play_detach(struct talk *k)
{
	talk_source_detach(k);
}

const struct talk_kind_ops talk_play_ops = {
	.open = play_open, .attach = play_attach, .detach = play_detach,
	.control = play_control, .event = true, .what = "play",
};

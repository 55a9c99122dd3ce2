// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Playing a file. The files thread reads all of it into memory, in the law of the line; octets of
 * a file in that law are sent as they stand there. The media thread copies from memory, so a slow
 * disk is never heard.
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

static int read_octets(struct talk *k, SNDFILE *f, int law)
{
	sf_count_t n = sf_read_raw(f, k->data, (sf_count_t)k->len);

	if (n < 0)
		return -EIO;
	k->len = (size_t)n;
	law_convert((unsigned int)law, k->format, k->data, k->len);
	return 0;
}

static int read_samples(struct talk *k, SNDFILE *f)
{
	int16_t buf[4096];
	size_t done = 0;
	sf_count_t n, i;

	while (done < k->len && (n = sf_read_short(f, buf, 4096)) > 0)
		for (i = 0; i < n && done < k->len; i++)
			k->data[done++] = law_octet(k->format, buf[i]);
	k->len = done;
	return done ? 0 : -EIO;
}

static int play_open(struct talk *k)
{
	SF_INFO info;
	SNDFILE *f;
	int err, law;

	info_for(k->path, &info);
	f = sf_open(k->path, SFM_READ, &info);
	if (!f)
		return sf_error(NULL) == SF_ERR_SYSTEM ? -ENOENT : -EILSEQ;
	if (info.samplerate != 8000 || info.channels != 1 || info.frames <= 0 ||
	    info.frames > PLAY_MAX) {
		log_warn("%s: a file to play has 8000 samples a second, one channel, "
			 "and at most two hours", k->path);
		sf_close(f);
		return -EINVAL;
	}
	k->len = (size_t)info.frames;
	k->data = malloc(k->len);
	law = file_law(&info);
	err = !k->data ? -ENOMEM : law >= 0 ? read_octets(k, f, law) : read_samples(k, f);
	sf_close(f);
	return err;
}

/* Media thread. */
static struct tframe *play_pull(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct talk *k = container_of(src, struct talk, source);
	struct tframe *f;
	size_t n;

	if (k->params.repeat && k->rounds >= k->params.repeat)
		return NULL;
	f = tframe_alloc();
	if (!f)
		return NULL;
	n = k->len - k->pos < octets ? k->len - k->pos : octets;
	memcpy(f->data, k->data + k->pos, n);
	f->octets = (uint16_t)n;
	f->format = (uint8_t)k->format;
	f->flags = 0;
	f->frame = 0;
	(void)format;		/* whoever sends it converts when a move brought another law */
	talk_begun(k, media_now.tx_frame);
	atomic_add_relaxed(&k->octets, n);
	k->pos += n;
	if (k->pos == k->len) {
		k->pos = 0;
		k->rounds++;
		if (k->params.repeat && k->rounds >= k->params.repeat)
			talk_finish(k, 0);
	}
	return f;
}

static void play_attach(struct talk *k)
{
	k->source.pull = play_pull;
	channel_source_attach(k->ch, &k->source);
}

static void play_detach(struct talk *k)
{
	channel_source_detach(k->ch, &k->source);
}

const struct talk_kind_ops talk_play_ops = {
	.open = play_open, .attach = play_attach, .detach = play_detach, .event = true,
	.what = "play",
};

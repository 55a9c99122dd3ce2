// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recording: a tap copies octets into a ring, the files thread writes them into a WAV file of the
 * line's own law, so that the file holds exactly what was on the line. Frames that were lost are
 * filled with silence and counted: an octet's place in the file is its frame number minus the
 * first one's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/log.h"
#include "daemon/media/law.h"
#include "daemon/media/talk_priv.h"

static struct talk *reading;	/* files thread: recordings whose rings are to be emptied */

static void ring_put(struct talk *k, const uint8_t *p, size_t n)
{
	uint32_t in = k->in, room = TALK_RING - (in - atomic_load(&k->out));
	size_t i;

	/* the disk is 8 s behind: the gap is filled when it has caught up */
	if (n > room)
		return;
	for (i = 0; i < n; i++)
		k->ring[(in + i) % TALK_RING] = p[i];
	atomic_store(&k->in, in + (uint32_t)n);
	k->next_frame += n;
	atomic_add_relaxed(&k->octets, n);
}

static void ring_fill(struct talk *k, uint64_t upto)
{
	uint8_t idle[TFRAME_OCTETS];

	memset(idle, law_idle(k->format), sizeof(idle));
	while (k->next_frame < upto) {
		uint64_t before = k->next_frame;
		size_t n = upto - before < sizeof(idle) ? upto - before : sizeof(idle);

		ring_put(k, idle, n);
		if (k->next_frame == before)
			return;
		atomic_add_relaxed(&k->filled, n);
	}
}

/* Media thread. */
static void record_block(struct media_tap *tap, struct tframe *f, unsigned int dir)
{
	struct talk *k = container_of(tap, struct talk, tap);
	uint64_t frame = dir == MEDIA_TAP_RX ? f->frame : media_now.tx_frame;
	uint8_t conv[TFRAME_OCTETS];

	if (!atomic_load_relaxed(&k->begun)) {
		k->next_frame = frame;
		talk_begun(k, frame);
	}
	/* After a move the frames are another line's: the recording goes on without a gap. */
	if (frame < k->next_frame || frame > k->next_frame + TALK_RING)
		k->next_frame = frame;
	ring_fill(k, frame);
	if (k->next_frame != frame)
		return;
	if (f->format == k->format || f->format == MEDIA_CLEAR) {
		ring_put(k, f->data, f->octets);
	} else {
		memcpy(conv, f->data, f->octets);
		law_convert(f->format, k->format, conv, f->octets);
		ring_put(k, conv, f->octets);
	}
}

static int record_open(struct talk *k)
{
	SF_INFO info = { .samplerate = 8000, .channels = 1 };
	char path[TALK_PATH_MAX];
	const char *dot;

	dot = strrchr(k->path, '.');
	info.format = (k->format == MEDIA_ULAW ? SF_FORMAT_ULAW : SF_FORMAT_ALAW) |
		      (dot && strcmp(dot, ".wav") ? SF_FORMAT_RAW : SF_FORMAT_WAV);
	snprintf(path, sizeof(path), "%s", k->path);
	k->ring = malloc(TALK_RING);
	if (!k->ring)
		return -ENOMEM;
	k->file = sf_open(path, SFM_WRITE, &info);
	if (!k->file)
		return -EACCES;
	/* The header is right after every write: what a killed daemon leaves is a whole file. */
	sf_command(k->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	k->next_reading = reading;
	reading = k;
	k->reading = true;
	return 0;
}

static void ring_drain(struct talk *k)
{
	uint32_t out = k->out, in = atomic_load(&k->in);

	while (out != in) {
		uint32_t n = in - out, left = TALK_RING - out % TALK_RING;

		n = n < left ? n : left;
		if (sf_write_raw(k->file, k->ring + out % TALK_RING, n) != (sf_count_t)n &&
		    !k->err) {
			k->err = -ENOSPC;
			log_error("%s: the recording cannot be written: %s", k->path,
				  sf_strerror(k->file));
			talk_finish(k, -ENOSPC);
		}
		out += n;
		atomic_store(&k->out, out);
	}
}

bool talk_rings_drain(void)
{
	struct talk *k;

	for (k = reading; k; k = k->next_reading)
		ring_drain(k);
	return reading;
}

static void record_close(struct talk *k)
{
	struct talk **p;

	if (!k->reading)
		return;
	ring_drain(k);
	for (p = &reading; *p != k; p = &(*p)->next_reading)
		;
	*p = k->next_reading;
	k->reading = false;
	sf_close(k->file);
}

static void record_attach(struct talk *k)
{
	k->tap.block = record_block;
	k->tap.dir = k->params.kind == TALK_RECORD_RX ? MEDIA_TAP_RX : MEDIA_TAP_TX;
	channel_tap_attach(k->ch, &k->tap);
}

static void record_detach(struct talk *k)
{
	channel_tap_detach(k->ch, &k->tap);
}

const struct talk_kind_ops talk_record_ops = {
	.open = record_open, .attach = record_attach, .detach = record_detach,
	.close = record_close, .event = true, .what = "record",
};

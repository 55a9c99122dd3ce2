// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recording: a tap copies octets into a ring, the files thread writes them into a WAV file of the
 * line's own law, so that the file holds exactly what was on the line. Frames that were lost are
 * filled with silence and counted: an octet's place in the file is its frame number minus the
 * first one's, as long as it is not paused.
 *
 * Of both sides what is received leads: what is sent waits, since it is given to the line before it
 * is on it, until that arrives which is on the line together with it:
 *
 *	sent at t --> sent[r], r = t - lead        received at r --> r with sent[r] --> ring
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/media/law.h"
#include "daemon/media/mix.h"
#include "daemon/media/talk_priv.h"

#define SILENCE		256	/* mean of a block's samples, of 32767; -42 dBov */
#define BEEP_HZ		1000
#define BEEP_OCTETS	2000	/* 250 ms */
#define BEEP_PEAK	8000	/* of 32767; -12 dBov */

static struct talk *reading;	/* files thread: recordings whose rings are to be emptied */

/* n samples, of as many octets as it has sides. */
static void ring_put(struct talk *k, const uint8_t *p, size_t n)
{
	uint32_t in = k->in, room = TALK_RING - (in - atomic_load(&k->out));
	uint64_t most = (uint64_t)k->params.max_ms * 8;
	size_t at = in % TALK_RING, straight, count;

	if (most && n > most - k->octets)
		n = most - k->octets;
	count = n * k->sides;

	/* the disk is 8 s (stereo 4) behind: the gap is filled when it has caught up */
	if (count > room)
		return;
	straight = count < TALK_RING - at ? count : TALK_RING - at;
	memcpy(k->ring + at, p, straight);
	memcpy(k->ring, p + straight, count - straight);
	atomic_store(&k->in, in + (uint32_t)count);
	for (size_t i = 0; k->sent && i < n; i++)
		k->sent[(k->next_frame + i) % TALK_AHEAD] = law_idle(k->format);
	k->next_frame += n;
	atomic_add_relaxed(&k->octets, n);
	if (most && k->octets == most)
		talk_finish(k, 0);
}

/* Whether somebody speaks, block by block, on either side. */
static void hear(struct talk *k, const uint8_t *p, size_t n)
{
	uint64_t most = (uint64_t)k->params.max_silence_ms * 8;
	int16_t row[2 * TFRAME_OCTETS];

	mix_linear(row, p, n * k->sides, k->format);
	if (mix_level(row, n * k->sides) * k->sides >= SILENCE) {
		k->silence = 0;
		return;
	}
	k->silence += n;
	atomic_add_relaxed(&k->silent, n);
	if (most && k->silence >= most)
		talk_finish(k, 0);
}

/* --- both sides -------------------- */

/* What is given to the line in this period. */
static void sent_put(struct talk *k, const struct tframe *f)
{
	uint64_t r = media_now.tx_frame - (uint64_t)media_now.tx_lead;

	for (unsigned int i = 0; i < f->octets; i++, r++) {
		uint8_t octet = f->data[i];

		if (media_now.tx_frame + i < k->sent_from || r < k->next_frame ||
		    r - k->next_frame >= TALK_AHEAD)
			continue;
		if (f->format != MEDIA_CLEAR)
			law_convert(f->format, k->format, &octet, 1);
		k->sent[r % TALK_AHEAD] = octet;
	}
}

/* It is none of what is recorded: these frames are left out, or it was another line's. */
static void sent_drop(struct talk *k, uint64_t from, size_t n)
{
	for (size_t i = 0; k->sent && i < n && i < TALK_AHEAD; i++)
		k->sent[(from + i) % TALK_AHEAD] = law_idle(k->format);
}

/* The next n octets that were received, with what was sent meanwhile: samples of the file. */
static void join(const struct talk *k, const uint8_t *received, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t sent = k->sent[(k->next_frame + i) % TALK_AHEAD];

		if (k->sides == 1) {
			out[i] = mix_octet(k->format, received[i], sent);
		} else {
			out[2 * i] = received[i];
			out[2 * i + 1] = sent;
		}
	}
}

/* --- media thread -------------------- */

static void ring_fill(struct talk *k, uint64_t upto)
{
	uint8_t idle[TFRAME_OCTETS], joined[2 * TFRAME_OCTETS];

	memset(idle, law_idle(k->format), sizeof(idle));
	while (k->next_frame < upto) {
		uint64_t before = k->next_frame;
		size_t n = upto - before < sizeof(idle) ? upto - before : sizeof(idle);

		if (k->sent)
			join(k, idle, n, joined);
		ring_put(k, k->sent ? joined : idle, n);
		if (k->next_frame == before)
			return;
		atomic_add_relaxed(&k->filled, n);
	}
}

/* Its octets as they are written. */
static void put_block(struct talk *k, const struct tframe *f)
{
	uint8_t conv[TFRAME_OCTETS], joined[2 * TFRAME_OCTETS];
	bool muted = atomic_load(&k->muted);
	const uint8_t *p = f->data;

	if (muted) {
		memset(conv, law_idle(k->format), f->octets);
		sent_drop(k, k->next_frame, f->octets);
		p = conv;
	} else if (f->format != k->format && f->format != MEDIA_CLEAR) {
		memcpy(conv, f->data, f->octets);
		law_convert(f->format, k->format, conv, f->octets);
		p = conv;
	}
	if (k->sent) {
		join(k, p, f->octets, joined);
		p = joined;
	}
	hear(k, p, f->octets);
	ring_put(k, p, f->octets);
}

static void record_block(struct media_tap *tap, struct tframe *f, unsigned int dir)
{
	struct talk *k = container_of(tap, struct talk, tap);
	uint64_t frame = dir == MEDIA_TAP_RX ? f->frame : media_now.tx_frame;

	if (atomic_load(&k->finishing))	/* its end is where it was decided, not where it is told */
		return;
	if (k->sent && dir == MEDIA_TAP_TX) {
		sent_put(k, f);
		return;
	}
	if (atomic_load(&k->state) == TALK_PAUSED || k->pos < k->len) {
		sent_drop(k, frame, f->octets);
		k->next_frame = frame + f->octets;
		return;
	}
	if (!atomic_load_relaxed(&k->begun)) {
		k->next_frame = frame;
		talk_begun(k, frame);
	}
	/* After a move the frames are another line's: the recording goes on without a gap. */
	if (frame < k->next_frame || frame > k->next_frame + TALK_RING) {
		k->next_frame = frame;
		sent_drop(k, frame, TALK_AHEAD);
	}
	ring_fill(k, frame);
	if (k->next_frame == frame)
		put_block(k, f);
}

/* The tone before it, in the media thread; the recording begins when all of it was taken. */
static struct tframe *beep_pull(struct media_source *src, unsigned int octets, unsigned int format)
{
	struct talk *k = container_of(src, struct talk, source);
	size_t n = k->len - k->pos < octets ? k->len - k->pos : octets;
	struct tframe *f = n ? tframe_alloc() : NULL;

	(void)format;
	if (!f)
		return NULL;
	memcpy(f->data, k->data + k->pos, n);
	f->octets = (uint16_t)n;
	f->format = (uint8_t)k->format;
	f->flags = 0;
	f->frame = 0;
	k->pos += n;
	k->sent_from = media_now.tx_frame + n;
	return f;
}

static int beep_make(struct talk *k)
{
	k->data = malloc(BEEP_OCTETS);
	if (!k->data)
		return -ENOMEM;
	k->len = BEEP_OCTETS;
	for (int i = 0; i < BEEP_OCTETS; i++)
		k->data[i] = law_octet(k->format, (int16_t)(BEEP_PEAK *
					       sin(2 * M_PI * BEEP_HZ * i / 8000)));
	return 0;
}

/* What is there already must have the form of what is to follow. */
static int append_begin(struct talk *k, const SF_INFO *want, const SF_INFO *is)
{
	if (is->format != want->format || is->samplerate != 8000 ||
	    is->channels != want->channels) {
		log_warn("%s: it has another form, and nothing can be added to it", k->path);
		return -EILSEQ;
	}
	k->kept = sf_seek(k->file, 0, SEEK_END);
	return k->kept < 0 ? -EIO : 0;
}

static int file_open(struct talk *k)
{
	static const int flags[] = { [TALK_OVERWRITE] = O_TRUNC, [TALK_FAIL] = O_EXCL,
				     [TALK_APPEND] = 0 };
	SF_INFO want = { .samplerate = 8000, .channels = (int)k->sides }, is;
	const char *dot = strrchr(k->path, '.');
	bool append = k->params.exists == TALK_APPEND && !access(k->path, F_OK);
	int fd, err;

	want.format = (k->format == MEDIA_ULAW ? SF_FORMAT_ULAW : SF_FORMAT_ALAW) |
		      (dot && strcmp(dot, ".wav") ? SF_FORMAT_RAW : SF_FORMAT_WAV);
	fd = open(k->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags[k->params.exists],
		  0644);
	if (fd < 0)
		return -errno;
	is = want;
	if (append && (want.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV)
		memset(&is, 0, sizeof(is));	/* the file says it */
	k->file = sf_open_fd(fd, append ? SFM_RDWR : SFM_WRITE, &is, SF_TRUE);
	if (!k->file)
		return -EILSEQ;
	err = append ? append_begin(k, &want, &is) : 0;
	if (err)
		sf_close(k->file);
	return err;
}

static int record_open(struct talk *k)
{
	bool both = k->params.kind == TALK_RECORD_BOTH || k->params.kind == TALK_RECORD_STEREO;
	int err = k->params.beep ? beep_make(k) : 0;

	k->sides = k->params.kind == TALK_RECORD_STEREO ? 2 : 1;
	k->ring = malloc(TALK_RING);
	k->sent = both ? malloc(TALK_AHEAD) : NULL;
	if (err || !k->ring || (both && !k->sent))
		return -ENOMEM;
	sent_drop(k, 0, TALK_AHEAD);
	err = file_open(k);
	if (err)
		return err;
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
		    !atomic_load(&k->err)) {
			talk_failed(k, -ENOSPC);
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
	bool discarded;

	if (!k->reading)
		return;
	ring_drain(k);
	for (p = &reading; *p != k; p = &(*p)->next_reading)
		;
	*p = k->next_reading;
	k->reading = false;
	discarded = atomic_load(&k->discard);
	if (discarded && k->kept && sf_command(k->file, SFC_FILE_TRUNCATE, &k->kept,
					       sizeof(k->kept)))
		log_warn("%s: what was added to it could not be taken away", k->path);
	sf_close(k->file);
	if (discarded && !k->kept && unlink(k->path))
		log_warn_errno(-errno, "%s: it could not be discarded", k->path);
}

static void record_attach(struct talk *k)
{
	static const uint8_t dirs[] = {
		[TALK_RECORD_RX] = MEDIA_TAP_RX,
		[TALK_RECORD_TX] = MEDIA_TAP_TX,
		[TALK_RECORD_BOTH] = MEDIA_TAP_RX | MEDIA_TAP_TX,
		[TALK_RECORD_STEREO] = MEDIA_TAP_RX | MEDIA_TAP_TX,
	};

	k->tap.block = record_block;
	k->tap.dir = dirs[k->params.kind];
	k->parts = k->len ? 2 : 1;
	talk_tap_attach(k);
	if (!k->len)
		return;
	k->source.pull = beep_pull;
	talk_source_attach(k);
}

static void record_detach(struct talk *k)
{
	talk_tap_detach(k);
	if (k->len)
		talk_source_detach(k);
}

static int record_control(struct talk *k, enum talk_control control)
{
	uint32_t state = atomic_load(&k->state);
	bool begun = state == TALK_RUNNING || state == TALK_PAUSED;

	if (begun && (control == TALK_MUTE || control == TALK_UNMUTE)) {
		atomic_store(&k->muted, control == TALK_MUTE);
		return 0;
	}
	if (control == TALK_PAUSE)
		return state == TALK_PAUSED ? 0 : talk_change(k, TALK_RUNNING, TALK_PAUSED);
	if (control == TALK_UNPAUSE)
		return state == TALK_RUNNING ? 0 : talk_change(k, TALK_PAUSED, TALK_RUNNING);
	return -EINVAL;
}

const struct talk_kind_ops talk_record_ops = {
	.open = record_open, .attach = record_attach, .detach = record_detach,
	.close = record_close, .control = record_control, .event = true, .what = "record",
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WAV files are chunks, each with its length before it (RIFF, little-endian):
 *
 *	"RIFF" length "WAVE"  "fmt " length tag ... align ...  "fact" length samples  "data" length ...
 *	       ------------------------------------------------------------------------------------- >
 *
 * Three of the lengths tell of the same: how long the samples are. A chunk of odd length has one
 * octet more.
 */
#include "daemon/media/wav.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RIFF_HEAD	12
#define CHUNK_HEAD	8
#define FMT_LEN		16
#define CHUNKS_MAX	64	/* of a file that a person made */

enum tag { TAG_PCM = 1, TAG_ALAW = 6, TAG_ULAW = 7 };

/* What the header says. Places are those in the file; 0: there is none. */
struct wav {
	uint64_t len;		/* of the file */
	uint64_t fact_at, data_at;
	uint64_t end;		/* of the last chunk that can be one; beyond len: it is cut */
	uint32_t riff, samples, data;
	uint16_t tag, align;	/* align: octets of one sample of all channels */
};

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static int read_at(int fd, uint64_t at, uint8_t *p, size_t n)
{
	ssize_t got = pread(fd, p, n, (off_t)at);

	if (got < 0)
		return -errno;
	return (size_t)got == n ? 0 : -EILSEQ;
}

static int write_le32(int fd, uint64_t at, uint32_t value)
{
	uint8_t p[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
			 (uint8_t)(value >> 24) };
	ssize_t put = pwrite(fd, p, sizeof(p), (off_t)at);

	if (put < 0)
		return -errno;
	return put == sizeof(p) ? 0 : -EIO;
}

static bool is(const uint8_t *p, const char *id)
{
	return !memcmp(p, id, 4);
}

/* Samples hardly ever look like the begin of a chunk. */
static bool is_chunk(const uint8_t *p)
{
	return isprint(p[0]) && isprint(p[1]) && isprint(p[2]) && isprint(p[3]);
}

/* What a chunk that matters has in it. */
static int look_into(int fd, const uint8_t *head, uint64_t at, struct wav *w)
{
	uint32_t len = le32(head + 4);
	uint8_t fmt[FMT_LEN];
	int err = 0;

	if (is(head, "fmt ") && len >= sizeof(fmt)) {
		err = read_at(fd, at, fmt, sizeof(fmt));
		w->tag = le16(fmt);
		w->align = le16(fmt + 12);
	} else if (is(head, "fact") && len >= 4) {
		err = read_at(fd, at, fmt, 4);
		w->fact_at = at;
		w->samples = le32(fmt);
	} else if (is(head, "data")) {
		w->data_at = at;
		w->data = len;
	}
	return err;
}

static int walk(int fd, struct wav *w)
{
	uint8_t head[RIFF_HEAD];
	int err = read_at(fd, 0, head, sizeof(head));

	if (err || !is(head, "RIFF") || !is(head + 8, "WAVE"))
		return err ? err : -EILSEQ;
	w->riff = le32(head + 4);
	w->end = RIFF_HEAD;
	for (int n = 0; n < CHUNKS_MAX && w->end + CHUNK_HEAD <= w->len; n++) {
		err = read_at(fd, w->end, head, CHUNK_HEAD);
		if (err)
			return err;
		if (!is_chunk(head) || (w->data_at && is(head, "data")))
			break;
		err = look_into(fd, head, w->end + CHUNK_HEAD, w);
		if (err)
			return err;
		w->end += CHUNK_HEAD + (uint64_t)le32(head + 4);
		w->end += w->end & 1;
	}
	return w->data_at && w->align ? 0 : -EILSEQ;
}

static bool whole(const struct wav *w)
{
	bool told = !w->fact_at || w->samples == w->data / w->align;

	return w->end == w->len && w->riff == w->len - CHUNK_HEAD &&
	       (told || (w->tag != TAG_ALAW && w->tag != TAG_ULAW));
}

/* The last length is the one by which the file is whole. */
static int write_lengths(int fd, const struct wav *w, uint32_t data, uint64_t len)
{
	int err = 0;

	if (w->fact_at)
		err = write_le32(fd, w->fact_at, data / w->align);
	if (!err)
		err = write_le32(fd, w->data_at - 4, data);
	if (!err)
		err = write_le32(fd, 4, (uint32_t)(len - CHUNK_HEAD));
	return err;
}

int wav_mend(int fd)
{
	struct wav w = { 0 };
	uint64_t data, len;
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	w.len = (uint64_t)st.st_size;
	if (w.len > UINT32_MAX - 1)
		return -EFBIG;
	err = walk(fd, &w);
	if (err || whole(&w))
		return err;
	if (w.tag != TAG_PCM && w.tag != TAG_ALAW && w.tag != TAG_ULAW)
		return -EOPNOTSUPP;
	data = w.data;
	len = w.len;
	if (w.end != w.len) {
		data = (w.len - w.data_at) / w.align * w.align;
		len = w.data_at + data + (data & 1);
	}
	if (len != w.len && ftruncate(fd, (off_t)len))
		return -errno;
	err = write_lengths(fd, &w, (uint32_t)data, len);
	return err ? err : 1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdmctl slot read and write: octets of timeslots to and from a file, or HDLC frames as lines of
 * hex.
 *
 * A WAV file holds the line's own octets (A-law or mu-law, by the span's law; one channel for each
 * timeslot), so that what is read equals what was sent bit by bit. "-" is standard input or output.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmds.h"
#include "hex.h"

#define CHUNK_FRAMES	1600	/* 200 ms of the line */

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Ctrl-C ends a recording cleanly: a WAV header must be completed. */
static void catch_stop(void)
{
	struct sigaction sa = { .sa_handler = stop };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

struct sink {
	SNDFILE *wav;
	FILE *raw;
};

static bool is_wav(const struct ctl *c, const char *file)
{
	const char *dot = strrchr(file, '.');

	return !ctl_opt(c, "raw") && dot && !strcasecmp(dot, ".wav");
}

static int format_of(const struct tdm_span_info *span)
{
	return SF_FORMAT_WAV | (span->law == TDM_LAW_ALAW ? SF_FORMAT_ALAW : SF_FORMAT_ULAW);
}

static int open_file(struct ctl *c, const char *file, bool write, struct sink *s,
		     const struct tdm_span_info *span, unsigned int channels)
{
	SF_INFO info = { .samplerate = TDM_FRAMES_PER_SEC, .channels = (int)channels,
			 .format = format_of(span) };

	if (is_wav(c, file)) {
		if (!write)
			memset(&info, 0, sizeof(info));
		s->wav = sf_open(file, write ? SFM_WRITE : SFM_READ, &info);
		if (!s->wav)
			return tdm_error_set(&c->e, -EINVAL, "%s: %s", file, sf_strerror(NULL));
		if (info.samplerate != TDM_FRAMES_PER_SEC || info.channels != (int)channels ||
		    (info.format & SF_FORMAT_SUBMASK) != (format_of(span) & SF_FORMAT_SUBMASK))
			return tdm_error_set(&c->e, -EINVAL,
				"%s: it must be %s at 8000 Hz with %u channel%s: convert it, as with 'sox IN -r 8000 -c %u -e %s OUT.wav'",
				file, span->law == TDM_LAW_ALAW ? "A-law" : "mu-law", channels,
				channels == 1 ? "" : "s", channels,
				span->law == TDM_LAW_ALAW ? "a-law" : "mu-law");
		return 0;
	}
	if (!strcmp(file, "-"))
		s->raw = write ? stdout : stdin;
	else
		s->raw = fopen(file, write ? "we" : "re");
	return s->raw ? 0 : tdm_error_set(&c->e, -errno, "%s: %s", file, strerror(errno));
}

static int close_file(struct ctl *c, struct sink *s, int ret)
{
	if (s->wav && sf_close(s->wav) && !ret)
		ret = tdm_error_set(&c->e, -EIO, "closing the file failed");
	if (s->raw && s->raw != stdin && s->raw != stdout && fclose(s->raw) && !ret)
		ret = tdm_error_set(&c->e, -errno, "closing the file: %s", strerror(errno));
	return ret;
}

static int put(struct ctl *c, struct sink *s, const void *buf, size_t len)
{
	bool ok = s->wav ? sf_write_raw(s->wav, buf, (sf_count_t)len) == (sf_count_t)len :
			   fwrite(buf, 1, len, s->raw) == len;

	return ok ? 0 : tdm_error_set(&c->e, -EIO, "writing the file failed: is the disk full?");
}

static int data_error(struct ctl *c, int err)
{
	switch (err) {
	case -ENETDOWN:
		return tdm_error_set(&c->e, err, "the span is down: 'tdmctl span up' brings it up");
	case -ENODEV:
		return tdm_error_set(&c->e, err, "the card was removed");
	default:
		return tdm_error_set(&c->e, err, "moving octets: %s", strerror(-err));
	}
}

static int open_slots(struct ctl *c, bool write, struct tdm_span_info *span,
		      struct tdm_addr *addr, struct tdm_dev **dev)
{
	struct tdm_bind bind = { 0 };
	uint32_t id;
	int ret;

	ret = ctl_addr(c, c->arg[0], TDM_ADDR_SLOT, TDM_ADDR_SLOTS, addr, &id);
	if (!ret)
		ret = tdm_nl_span(c->nl, id, addr->port, span, &c->e);
	if (!ret && span->state != TDM_SPAN_UP)
		ret = tdm_error_set(&c->e, -ENETDOWN,
				    "%s:%u is down: 'tdmctl span up %s:%u' brings it up",
				    addr->card, addr->port, addr->card, addr->port);
	if (!ret)
		ret = tdm_dev_open(dev, write ? O_RDWR : O_RDONLY, NULL, &c->e);
	if (ret)
		return ret;
	bind.flags = (write ? TDM_BIND_TX : 0) | (ctl_opt(c, "invert") ? TDM_BIND_INVERT : 0);
	bind.card = id;
	bind.port = addr->port;
	bind.slots = addr->slots;
	bind.mode = ctl_opt(c, "hdlc") ? TDM_MODE_HDLC : TDM_MODE_PCM;
	bind.bearer = TDM_BEARER_CLEAR;
	bind.mtu = bind.mode == TDM_MODE_HDLC ? TDM_HDLC_MTU_MAX : 0;
	return tdm_bind(*dev, &bind, &c->e);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_octets(struct ctl *c, struct tdm_dev *dev, struct sink *s, unsigned int width,
		       long long frames)
{
	uint8_t buf[CHUNK_FRAMES * TDM_SLOTS_MAX];

	while (!stopped && frames) {
		size_t want = frames < CHUNK_FRAMES ? (size_t)frames : CHUNK_FRAMES;
		ssize_t n = tdm_read(dev, buf, want * width);
		int ret;

		if (n == -EINTR)
			continue;
		if (n < 0)
			return data_error(c, (int)n);
		ret = put(c, s, buf, (size_t)n);
		if (ret)
			return ret;
		frames -= n / width;
	}
	return 0;
}

static int read_hdlc(struct ctl *c, struct tdm_dev *dev, struct sink *s, long long count)
{
	uint8_t buf[TDM_HDLC_MTU_MAX];

	while (!stopped && count) {
		ssize_t n = tdm_read(dev, buf, sizeof(buf));

		if (n == -EINTR)
			continue;
		if (n < 0)
			return data_error(c, (int)n);
		for (ssize_t i = 0; i < n; i++)
			fprintf(s->raw, "%02x", buf[i]);
		if (putc('\n', s->raw) == EOF || fflush(s->raw))
			return tdm_error_set(&c->e, -EIO, "writing the file failed");
		count--;
	}
	return 0;
}

/* What was lost on the way is a failure: the file would not be what was on the line. */
static int nothing_lost(struct ctl *c, struct tdm_dev *dev)
{
	struct tdm_stats st;
	int ret = tdm_stats(dev, &st, &c->e);

	if (ret)
		return ret;
	if (st.rx_overruns || st.rx_gap_frames)
		return tdm_error_set(&c->e, -EOVERFLOW, "%llu frames were lost on the way",
				     (unsigned long long)(st.rx_overruns + st.rx_gap_frames));
	return 0;
}

int cmd_slot_read(struct ctl *c)
{
	long long seconds = LLONG_MAX / TDM_FRAMES_PER_SEC, count = -1;
	struct tdm_span_info span;
	struct tdm_dev *dev = NULL;
	struct sink s = { 0 };
	struct tdm_addr addr;
	int ret;

	ret = ctl_opt_number(c, "seconds", 1, 1000000, &seconds) ?:
	      ctl_opt_number(c, "count", 1, 1000000000, &count);
	if (!ret && ctl_opt(c, "count") && !ctl_opt(c, "hdlc"))
		ret = ctl_usage(c, "--count counts HDLC frames: add --hdlc, or use --seconds");
	if (!ret && ctl_opt(c, "seconds") && ctl_opt(c, "hdlc"))
		ret = ctl_usage(c, "HDLC frames are counted: use --count");
	if (!ret && ctl_opt(c, "hdlc") && is_wav(c, c->arg[1]))
		ret = ctl_usage(c, "HDLC frames are lines of hex, no WAV file");
	if (ret)
		return ret;
	catch_stop();
	ret = open_slots(c, false, &span, &addr, &dev);
	if (!ret)
		ret = open_file(c, c->arg[1], true, &s, &span, tdm_slots_count(addr.slots));
	if (!ret && ctl_opt(c, "hdlc"))
		ret = read_hdlc(c, dev, &s, count);
	else if (!ret)
		ret = read_octets(c, dev, &s, tdm_slots_count(addr.slots),
				  seconds * TDM_FRAMES_PER_SEC) ?: nothing_lost(c, dev);
	ret = close_file(c, &s, ret);
	tdm_dev_close(dev);
	return ret;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_all(struct ctl *c, struct tdm_dev *dev, const uint8_t *buf, size_t len)
{
	while (len && !stopped) {
		ssize_t n = tdm_write(dev, buf, len);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return data_error(c, (int)n);
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_octets(struct ctl *c, struct tdm_dev *dev, struct sink *s, unsigned int width)
{
	uint8_t buf[CHUNK_FRAMES * TDM_SLOTS_MAX];

	while (!stopped) {
		size_t want = (size_t)CHUNK_FRAMES * width;
		sf_count_t n = s->wav ? sf_read_raw(s->wav, buf, (sf_count_t)want) :
					(sf_count_t)fread(buf, 1, want, s->raw);
		int ret;

		if (n <= 0)
			break;
		if (n % width)
			return tdm_error_set(&c->e, -EINVAL,
				"the file ends within a frame: %u timeslots take %u octets each time",
				width, width);
		ret = write_all(c, dev, buf, (size_t)n);
		if (ret)
			return ret;
	}
	return 0;
}

static int write_hdlc(struct ctl *c, struct tdm_dev *dev, struct sink *s)
{
	uint8_t frame[TDM_HDLC_MTU_MAX];
	char *line = NULL;
	size_t room = 0;
	int number = 0, ret = 0;

	while (!ret && !stopped && getline(&line, &room, s->raw) >= 0) {
		int n = hex_parse(line, frame, sizeof(frame));

		number++;
		if (n < 0)
			ret = tdm_error_set(&c->e, -EINVAL,
				"line %d: write a frame as hex digits, at most %d octets", number,
				TDM_HDLC_MTU_MAX);
		else if (n)
			ret = write_all(c, dev, frame, (size_t)n);
	}
	free(line);
	return ret;
}

int cmd_slot_write(struct ctl *c)
{
	struct tdm_span_info span;
	struct tdm_dev *dev = NULL;
	struct sink s = { 0 };
	struct tdm_addr addr;
	int ret = 0;

	if (ctl_opt(c, "hdlc") && is_wav(c, c->arg[1]))
		return ctl_usage(c, "HDLC frames are lines of hex, no WAV file");
	catch_stop();
	ret = open_slots(c, true, &span, &addr, &dev);
	if (!ret)
		ret = open_file(c, c->arg[1], false, &s, &span, tdm_slots_count(addr.slots));
	if (!ret && ctl_opt(c, "hdlc"))
		ret = write_hdlc(c, dev, &s);
	else if (!ret)
		ret = write_octets(c, dev, &s, tdm_slots_count(addr.slots));
	if (!ret && !stopped)
		ret = tdm_drain(dev, 0, &c->e);
	ret = close_file(c, &s, ret);
	tdm_dev_close(dev);
	return ret;
}

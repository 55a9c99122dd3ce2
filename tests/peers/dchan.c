// SPDX-License-Identifier: GPL-2.0-or-later
/* libpri on a D-channel; dchan.h says how. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/peers/dchan.h"

#define FCS	2	/* libpri counts these octets and does not look at them */

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static int io_read(struct pri *pri, void *buf, int len)
{
	struct dchan *d = pri_get_userdata(pri);
	ssize_t n = d->read(d->fd, buf, (size_t)len - FCS);

	return n > 0 ? (int)n + FCS : 0;
}

static int io_write(struct pri *pri, void *buf, int len)
{
	struct dchan *d = pri_get_userdata(pri);

	if (len >= FCS)
		d->write(d->fd, buf, (size_t)len - FCS);
	return len;
}

static void quiet(struct pri *pri, char *text)
{
	(void)pri;
	if (getenv("PRI_PEER_LOG"))
		fputs(text, stderr);
}

int dchan_start(struct dchan *d, int side, int type)
{
	pri_set_message(quiet);
	pri_set_error(quiet);
	d->pri = pri_new_cb(d->fd, side, type, io_read, io_write, d);
	if (!d->pri)
		return 1;
	pri_hangup_fix_enable(d->pri, 1);
	return 0;
}

void dchan_take(struct dchan *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	pri_event *e;
	int i;

	for (i = 0; i < 64 && poll(&p, 1, 0) > 0 && (p.revents & POLLIN); i++) {
		e = pri_check_event(d->pri);
		if (e)
			d->event(e);
	}
	while ((e = pri_schedule_run(d->pri)))
		d->event(e);
}

int dchan_timeout(struct dchan *d, int ms)
{
	struct timeval now, *next = pri_schedule_next(d->pri);
	long left;

	if (!next)
		return ms;
	gettimeofday(&now, NULL);
	left = (next->tv_sec - now.tv_sec) * 1000 + (next->tv_usec - now.tv_usec) / 1000 + 1;
	if (left < 0)
		return 0;
	return ms < 0 || left < ms ? (int)left : ms;
}

void dchan_turn(struct dchan *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };

	if (poll(&p, 1, 5) > 0 && (p.revents & (POLLHUP | POLLERR)))
		usleep(5000);
	dchan_take(d);
}

int dchan_is_e1(int type)
{
	return type == PRI_SWITCH_EUROISDN_E1 || type == PRI_SWITCH_QSIG;
}

int dchan_call(struct dchan *d, int type, q931_call *call, int chan, const char *called)
{
	struct pri_sr *sr = pri_sr_new();
	int ret = -1;

	if (!sr)
		return ret;
	pri_sr_set_channel(sr, chan, 0, 0);
	pri_sr_set_bearer(sr, PRI_TRANS_CAP_SPEECH,
			  dchan_is_e1(type) ? PRI_LAYER_1_ALAW : PRI_LAYER_1_ULAW);
	pri_sr_set_called(sr, (char *)(uintptr_t)called, PRI_NATIONAL_ISDN, 1);
	pri_sr_set_caller(sr, "5550000", NULL, PRI_NATIONAL_ISDN,
			  PRES_ALLOWED_USER_NUMBER_NOT_SCREENED);
	ret = pri_setup(d->pri, call, sr);
	pri_sr_free(sr);
	return ret;
}

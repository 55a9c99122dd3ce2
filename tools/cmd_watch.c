// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl watch: events as they happen, a line each. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmds.h"

static const char *const names[] = {
	[TDM_NEWS_CARD_NEW] = "card-new",
	[TDM_NEWS_CARD_GONE] = "card-gone",
	[TDM_NEWS_SPAN] = "span",
	[TDM_NEWS_ALARM] = "alarm",
	[TDM_NEWS_CLOCK] = "clock",
	[TDM_NEWS_SLIP] = "slip",
	[TDM_NEWS_GAP] = "gap",
	[TDM_NEWS_NOTICE] = "notice",
	[TDM_NEWS_RESYNC] = "state",
	[TDM_NEWS_RESYNCED] = "synchronised",
};

/* What happened, in a few words. */
static void describe(const struct tdm_news *n, char *buf, size_t len)
{
	char failures[64], defects[64];

	switch (n->type) {
	case TDM_NEWS_SPAN:
	case TDM_NEWS_ALARM:
	case TDM_NEWS_RESYNC:
		tdm_alarms_format(n->span.failures, failures, sizeof(failures));
		tdm_alarms_format(n->span.defects, defects, sizeof(defects));
		snprintf(buf, len, "%s %s %s alarms %s defects %s%s",
			 tdm_state_name(n->span.state), tdm_type_name(n->span.conf.type),
			 tdm_framing_name(n->span.conf.framing), failures, defects,
			 n->span.sending_rai ? " sending rai" : "");
		break;
	case TDM_NEWS_CLOCK:
		if (n->info.clock_port)
			snprintf(buf, len, "clocked from port %u", n->info.clock_port);
		else
			snprintf(buf, len, "clocked from its own oscillator");
		break;
	case TDM_NEWS_CARD_NEW:
		snprintf(buf, len, "%u ports, %s", n->info.ports, n->info.model);
		break;
	case TDM_NEWS_SLIP:
		snprintf(buf, len, "%lld frame", (long long)n->value);
		break;
	case TDM_NEWS_GAP:
		snprintf(buf, len, "%lld frames not received, %lld sent unasked",
			 (long long)n->value, (long long)n->value_tx);
		break;
	case TDM_NEWS_NOTICE:
		snprintf(buf, len, "%s", n->text);
		break;
	case TDM_NEWS_RESYNCED:
		snprintf(buf, len, "%lld spans", (long long)n->value);
		break;
	default:
		buf[0] = '\0';
	}
}

static void address(const struct tdm_news *n, char *buf, size_t len)
{
	if (n->port)
		snprintf(buf, len, "%s:%u", n->card_name, n->port);
	else
		snprintf(buf, len, "%s", *n->card_name ? n->card_name : "-");
}

/* One object a line, so that a reader need not wait for the end of an array. */
static void print_json(FILE *out, const struct tdm_news *n, const char *text)
{
	char failures[64], defects[64];
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(names[n->type]));
	json_object_set_new(o, "card", *n->card_name ? json_string(n->card_name) : json_null());
	json_object_set_new(o, "port", n->port ? json_integer(n->port) : json_null());
	json_object_set_new(o, "number", json_integer((json_int_t)n->seq));
	json_object_set_new(o, "frame", json_integer((json_int_t)n->frame));
	json_object_set_new(o, "time_ns", json_integer((json_int_t)n->time_ns));
	json_object_set_new(o, "value", json_integer(n->value));
	json_object_set_new(o, "text", json_string(text));
	if (n->type == TDM_NEWS_SPAN || n->type == TDM_NEWS_ALARM || n->type == TDM_NEWS_RESYNC) {
		tdm_alarms_format(n->span.failures, failures, sizeof(failures));
		tdm_alarms_format(n->span.defects, defects, sizeof(defects));
		json_object_set_new(o, "state", json_string(tdm_state_name(n->span.state)));
		json_object_set_new(o, "alarms", json_string(failures));
		json_object_set_new(o, "defects", json_string(defects));
		json_object_set_new(o, "rai", json_boolean(n->span.sending_rai));
	}
	json_dumpf(o, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	putc('\n', out);
	json_decref(o);
}

static void print(struct ctl *c, const struct tdm_news *n)
{
	char text[TDM_TEXT_MAX + 64], where[40], now[32];
	struct timespec ts;
	struct tm tm;

	describe(n, text, sizeof(text));
	if (c->json) {
		print_json(c->out, n, text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(now, sizeof(now), "%H:%M:%S", &tm);
	address(n, where, sizeof(where));
	fprintf(c->out, "%s.%03ld  %-12s  %-12s  %s\n", now, ts.tv_nsec / 1000000, where,
		names[n->type], text);
}

/* Milliseconds until @deadline, -1 for never. */
static int remaining(const struct timespec *deadline)
{
	struct timespec now;
	long long ms;

	if (!deadline)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (deadline->tv_sec - now.tv_sec) * 1000LL + (deadline->tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

/* Until the count, the time, or a signal ends it. The states told at the beginning do not count. */
static int follow(struct ctl *c, struct tdm_watch *w, long long count, struct timespec *deadline)
{
	struct pollfd p = { .fd = tdm_watch_fd(w), .events = POLLIN };
	struct tdm_news news;
	bool begun = false;

	for (;;) {
		int ret = tdm_watch_next(w, &news, &c->e);

		if (ret < 0 && ret != -EAGAIN)
			return ret;
		if (ret > 0) {
			print(c, &news);
			if (begun && count > 0 && --count == 0)
				return 0;
			if (news.type == TDM_NEWS_RESYNCED)
				begun = true;
			continue;
		}
		if (fflush(c->out))
			return tdm_error_set(&c->e, -errno, "writing: %s", strerror(errno));
		ret = remaining(deadline);
		if (!ret)
			return 0;
		if (poll(&p, 1, ret) < 0 && errno != EINTR)
			return tdm_error_set(&c->e, -errno, "waiting: %s", strerror(errno));
	}
}

int cmd_watch(struct ctl *c)
{
	long long count = 0, seconds = 0;
	struct timespec deadline;
	struct tdm_watch *w;
	int ret;

	ret = ctl_opt_number(c, "count", 1, 1000000000, &count) ?:
	      ctl_opt_number(c, "seconds", 1, 1000000000, &seconds) ?:
	      tdm_watch_open(&w, NULL, &c->e);
	if (ret)
		return ret;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += seconds;
	ret = follow(c, w, count, seconds ? &deadline : NULL);
	tdm_watch_close(w);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/spans.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/call/event.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"
#include "daemon/group/group.h"
#include "daemon/group/tdm_check.h"
#include "lib/tdm.h"

/* An object with each alarm that there is, by its name. */
static json_t *alarms_json(uint32_t alarms)
{
	json_t *json = json_object();
	char name[16];

	for (uint32_t bit = 1; bit & TDM_ALARM_ALL; bit <<= 1) {
		tdm_alarms_format(bit, name, sizeof(name));
		json_object_set_new(json, name, json_boolean(alarms & bit));
	}
	return json;
}

/* --- counters --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t at;
} counts[] = {
	{ "es", offsetof(struct tdm_count, es) },     { "ses", offsetof(struct tdm_count, ses) },
	{ "sefs", offsetof(struct tdm_count, sefs) }, { "uas", offsetof(struct tdm_count, uas) },
	{ "css", offsetof(struct tdm_count, css) },   { "les", offsetof(struct tdm_count, les) },
	{ "bes", offsetof(struct tdm_count, bes) },   { "dm", offsetof(struct tdm_count, dm) },
	{ "pcv", offsetof(struct tdm_count, pcv) },   { "lcv", offsetof(struct tdm_count, lcv) },
};

/* The sum of one end's two counts; more may be NULL. */
static json_t *count_json(const struct tdm_count *count, const struct tdm_count *more)
{
	json_t *json = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		uint64_t sum = *(const uint32_t *)((const char *)count + counts[i].at);

		if (more)
			sum += *(const uint32_t *)((const char *)more + counts[i].at);
		json_object_set_new(json, counts[i].name, json_integer((json_int_t)sum));
	}
	return json;
}

/* The last day is what is in store, and the interval that runs now. */
static json_t *counters_json(struct tdm_nl *nl, const struct tdm_span_info *span)
{
	struct tdm_counters now;
	struct tdm_totals sum;
	bool far;

	if (tdm_nl_counters(nl, span->card, span->port, &now, &sum, NULL))
		return json_null();
	far = now.has_far;
	return json_pack("{s:{s:I,s:b,s:o,s:o},s:{s:I,s:o,s:o},s:{s:I,s:I,s:I,s:I,s:I,s:I}}",
			 "current", "elapsed", (json_int_t)now.elapsed, "valid", now.valid, "near",
			 count_json(&now.near, NULL), "far",
			 far ? count_json(&now.far, NULL) : json_null(), "day", "elapsed",
			 (json_int_t)sum.intervals * 900 + now.elapsed, "near",
			 count_json(&sum.near, &now.near), "far",
			 far ? count_json(&sum.far, &now.far) : json_null(), "line", "lcv",
			 (json_int_t)sum.lcv, "crc", (json_int_t)sum.crc, "ebit",
			 (json_int_t)sum.ebit, "frame", (json_int_t)sum.frame, "sef",
			 (json_int_t)sum.sef, "slips", (json_int_t)sum.slips);
}

/* --- what the trunk group says ---------------------------------------------------------------- */

struct slots {
	const char *card;
	int port;
	uint32_t total, busy, out, far_out;
};

static void add_slot(const struct group_slot_info *info, void *arg)
{
	struct slots *slots = arg;
	uint32_t bit = 1u << info->slot;

	if (info->span->port != slots->port || strcmp(info->span->card, slots->card))
		return;
	slots->total |= bit;
	if (info->state == BCHAN_BUSY)
		slots->busy |= bit;
	if (info->blocked & BCHAN_NEAR)
		slots->out |= bit;
	if (info->blocked & BCHAN_FAR)
		slots->far_out |= bit;
}

/* NULL: none has it. */
static const char *group_of(const struct conf *conf, const struct tdm_span_info *span)
{
	for (int i = 0; conf && i < conf->ngroups; i++)
		if (group_iface(conf->groups[i].name, span->card_name, (int)span->port) >= 0)
			return conf->groups[i].name;
	return NULL;
}

/* "1-15,17"; nothing is "". */
static json_t *slots_text(uint32_t slots)
{
	char text[TDM_TEXT_MAX] = "";

	if (slots)
		tdm_slots_format(slots, text, sizeof(text));
	return json_string(text);
}

/* --- a span ----------------------------------------------------------------------------------- */

static const char *clock_state(const struct tdm_card_info *card)
{
	static const char *const states[] = {
		[TDM_CLOCK_FREE] = "free", [TDM_CLOCK_LOCKED] = "locked",
		[TDM_CLOCK_HOLDOVER] = "holdover",
	};

	return card->clock_state < ARRAY_SIZE(states) ? states[card->clock_state] : "unknown";
}

static json_t *clock_json(struct tdm_nl *nl, const struct tdm_span_info *span)
{
	struct tdm_card_info card;

	if (tdm_nl_card_by_id(nl, span->card, &card, NULL))
		return json_null();
	return json_pack("{s:s,s:i,s:b,s:I}", "state", clock_state(&card), "port",
			 (int)card.clock_port, "usable",
			 !!(card.clock_usable & 1u << span->port), "changes",
			 (json_int_t)card.clock_changes);
}

static json_t *span_json(struct tdm_nl *nl, const struct conf *conf,
			 const struct tdm_span_info *span)
{
	struct slots slots = { .card = span->card_name, .port = (int)span->port };
	struct tdm_addr addr = { .port = span->port };
	const char *group = group_of(conf, span);
	char id[64];

	snprintf(addr.card, sizeof(addr.card), "%s", span->card_name);
	tdm_addr_format(&addr, id, sizeof(id));
	if (group && group_slots(group, add_slot, &slots))
		group = NULL; /* it has gone meanwhile */
	return json_pack("{s:s,s:s,s:i,s:s,s:b,s:s,s:s,s:s,s:s,s:o,s:o,s:b,s:I,s:o,s:o,s:s?,"
			 "s:{s:s,s:o,s:o,s:o,s:o}}",
			 "id", id, "card", span->card_name, "port", (int)span->port, "state",
			 span->state == TDM_SPAN_UP ? "up" : "down", "stalled", span->stalled,
			 "type", tdm_type_name(span->conf.type), "framing",
			 tdm_framing_name(span->conf.framing), "line_code",
			 tdm_line_code_name(span->conf.line_code), "signalling",
			 tdm_signalling_name(span->conf.signalling), "alarms",
			 alarms_json(span->failures), "defects", alarms_json(span->defects),
			 "sending_rai", span->sending_rai, "slips", (json_int_t)span->slips,
			 "clock", clock_json(nl, span), "counters", counters_json(nl, span),
			 "group", group, "maintenance", "loop",
			 tdm_loopback_name(span->conf.loopback), "timeslots",
			 slots_text(slots.total), "busy", slots_text(slots.busy), "out_of_service",
			 slots_text(slots.out), "far_out_of_service", slots_text(slots.far_out));
}

json_t *spans_json(const struct conf *conf)
{
	json_t *list = json_array();
	struct tdm_span_info *spans = NULL;
	struct tdm_nl *nl;
	int n;

	/* Without the driver there is no such family, and so no span. */
	if (!list || tdm_nl_open(&nl, tdm_lock_check, NULL))
		return list;
	n = tdm_nl_spans(nl, NULL, &spans, NULL);
	for (int i = 0; i < n; i++)
		json_array_append_new(list, span_json(nl, conf, &spans[i]));
	tdm_free(spans);
	tdm_nl_close(nl);
	return list;
}

/* --- events ----------------------------------------------------------------------------------- */

static struct tthread thread;
static struct tdm_watch *watch; /* NULL: it is not started */
static int doorbell = -1;

/* "los,lfa"; none is "". */
static void alarms_text(uint32_t alarms, char *out, size_t len)
{
	out[0] = '\0';
	if (alarms)
		tdm_alarms_format(alarms, out, len);
}

static void tell_alarm(const struct tdm_news *news)
{
	struct event *event = event_new(EVENT_SPAN_ALARM);

	if (!event)
		return;
	snprintf(event->u.span.id, sizeof(event->u.span.id), "%s:%u", news->card_name, news->port);
	alarms_text(news->span.failures, event->u.span.alarms, sizeof(event->u.span.alarms));
	alarms_text(news->span.defects, event->u.span.defects, sizeof(event->u.span.defects));
	alarms_text(news->raised, event->u.span.raised, sizeof(event->u.span.raised));
	alarms_text(news->cleared, event->u.span.cleared, sizeof(event->u.span.cleared));
	event->u.span.sending_rai = news->span.sending_rai;
	event_post(event);
}

static void tell_clock(const struct tdm_news *news)
{
	struct event *event = event_new(EVENT_SPAN_CLOCK);

	if (!event)
		return;
	snprintf(event->u.clock.card, sizeof(event->u.clock.card), "%s", news->card_name);
	snprintf(event->u.clock.state, sizeof(event->u.clock.state), "%s", clock_state(&news->info));
	event->u.clock.port = news->info.clock_port;
	event_post(event);
}

/*
 * What there was at the beginning is told to nobody. After events were lost each span is told as it
 * is: what it declared or cleared meanwhile is not known.
 */
static void tell_news(const struct tdm_news *news, bool *begun)
{
	switch (news->type) {
	case TDM_NEWS_RESYNC:
		if (*begun)
			tell_alarm(news);
		break;
	case TDM_NEWS_RESYNCED:
		*begun = true;
		break;
	case TDM_NEWS_ALARM:
		tell_alarm(news);
		break;
	case TDM_NEWS_CLOCK:
		tell_clock(news);
		break;
	default:
		break;
	}
}

static void watch_run(void *arg)
{
	struct pollfd p[] = { { .fd = doorbell, .events = POLLIN },
			      { .fd = tdm_watch_fd(watch), .events = POLLIN } };
	struct tdm_error error;
	bool begun = false;
	int ret;

	(void)arg;
	do {
		struct tdm_news news;

		while ((ret = tdm_watch_next(watch, &news, &error)) > 0)
			tell_news(&news, &begun);
		if (ret < 0 && ret != -EAGAIN) {
			log_error("alarms are told no more: %s", error.text);
			break;
		}
		lock_boundary_check(LOCK_ENTER_WAIT);
		/* One that was interrupted too often is asked for again. */
		if (poll(p, 2, ret == -EAGAIN ? 100 : -1) < 0)
			p[0].revents = 0;
	} while (!p[0].revents);
}

int spans_watch_start(void)
{
	struct tdm_error error;
	int err = tdm_watch_open(&watch, tdm_lock_check, &error);

	if (err) {
		log_debug("alarms of spans are not told: %s", error.text);
		watch = NULL;
		return 0;
	}
	doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	err = doorbell < 0 ? -errno : 0;
	if (err)
		goto close_watch;
	err = tthread_start(&thread, TTHREAD_SPANS, "spans", watch_run, NULL);
	if (!err)
		return 0;
	close(doorbell);
close_watch:
	tdm_watch_close(watch);
	watch = NULL;
	return err;
}

void spans_watch_stop(void)
{
	uint64_t one = 1;

	if (!watch)
		return;
	if (write(doorbell, &one, sizeof(one)) < 0)
		log_error_errno(-errno, "who watches the spans cannot be told to end");
	tthread_join(&thread);
	close(doorbell);
	tdm_watch_close(watch);
	watch = NULL;
}

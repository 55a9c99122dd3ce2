// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl events: what happens in tdmd, as it happens, a line each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "http.h"
#include "tdmd.h"

#define SUBJECT_MAX	256

struct reader {
	struct ctl *c;
	long long left; /* lines to come; negative: without end */
};

/* Names come from elsewhere too: what a terminal would obey becomes a question mark. */
static void put_text(const char *s, FILE *to)
{
	for (; *s; s++)
		putc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, to);
}

/* What it is about: the channel, the bridge, the endpoint, or whatever else has a name. */
static void subject(const json_t *event, char *out, size_t len)
{
	static const struct {
		const char *group, *key;
	} names[] = {
		{ "channel", "name" }, { "peer", "name" }, { "bridge", "id" },
		{ "endpoint", "resource" }, { "device_state", "name" }, { NULL, "span" },
		{ NULL, "address" }, { NULL, "card" }, { NULL, "eventname" },
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && n < len; i++) {
		const char *name = ctl_text(event, names[i].group, names[i].key);

		if (name)
			n += (size_t)snprintf(out + n, len - n, "%s%s", n ? " " : "", name);
	}
}

static void put_value(const json_t *value, FILE *to)
{
	char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	put_text(text ? text : json_string_value(value), to);
	free(text);
}

/* All that has not been said by then. */
static void details(const json_t *event, FILE *to)
{
	static const char *const said[] = { "type", "timestamp", "application", "seq", "channel",
					    "bridge", "peer", "endpoint", "span", "address",
					    "card", "eventname" };
	const json_t *channel = json_object_get(event, "channel"), *value;
	const char *key;

	if (channel) {
		fputs("  state=", to);
		put_value(json_object_get(channel, "state"), to);
	}
	if (json_object_get(event, "endpoint")) {
		fputs("  state=", to);
		put_value(json_object_get(json_object_get(event, "endpoint"), "state"), to);
	}
	json_object_foreach((json_t *)event, key, value) {
		bool skip = false;

		for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
			skip |= !strcmp(key, said[i]);
		if (skip || !value)
			continue;
		fprintf(to, "  %s=", key);
		put_value(value, to);
	}
}

static void print(FILE *to, const json_t *event)
{
	const char *when = ctl_text(event, NULL, "timestamp"), *type = ctl_text(event, NULL, "type");
	char about[SUBJECT_MAX];

	subject(event, about, sizeof(about));
	/* Of 2026-01-31T12:00:00.000+0000 the time. */
	fprintf(to, "%.12s  %-22s  ", when && strlen(when) > 23 ? when + 11 : "-", type ? type : "-");
	put_text(about, to);
	details(event, to);
	putc('\n', to);
}

static int take(void *arg, const char *line, struct tdm_error *e)
{
	struct reader *r = arg;
	json_t *event = json_loads(line, 0, NULL);

	if (!json_is_object(event)) {
		json_decref(event);
		return tdm_error_set(e, -EBADMSG, "tdmd's line is no event");
	}
	if (r->c->json) {
		json_dumpf(event, r->c->out, JSON_COMPACT | JSON_ENSURE_ASCII);
		putc('\n', r->c->out);
	} else {
		print(r->c->out, event);
	}
	json_decref(event);
	if (fflush(r->c->out))
		return tdm_error_set(e, -errno, "writing: %s", strerror(errno));
	return r->left > 0 && !--r->left;
}

int cmd_events(struct ctl *c)
{
	long long count = -1, seconds = 0;
	struct reader reader = { .c = c };
	struct http_reply reply;
	int ret = ctl_opt_number(c, "count", 1, 1000000000, &count) ?:
		  ctl_opt_number(c, "seconds", 1, 2000000, &seconds);

	if (ret)
		return ret;
	reader.left = count;
	ret = http_stream(ctl_socket(c), "/ari/events", (int)(seconds * 1000), take, &reader, &reply,
			  &c->e);
	return ret ? ret : ctl_refusal(c, &reply);
}
